"""The terms by which jobs are drawn and credits and prizes given out: an adopted text, never code."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fault, Reader
from commonweal.kernel.values.partial import LAST_ON_EARTH

RULE = "third_party_testing.terms"
Days = Annotated[int, Field(ge=1, le=3650)]


class Lease(BaseModel):
    """For how many days a job is whose who drew it, and how many jobs somebody has at most at a time."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)
    days: Days
    at_once_most: Annotated[int, Field(ge=1, le=1000)]


class Bounty(BaseModel):
    """For how many days after a bounty closed submissions are opened, and for how many days after that reviewed."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)
    reveal_days: Days
    review_days: Days


class Unit(BaseModel):
    """A unit in which credits are pooled. Its name carries its scale: `usd_api.e-2` is counted in hundredths."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)
    id: Annotated[str, Field(pattern=r"^(?:[A-Z]{3}|[a-z][a-z0-9_.\-]{0,22}[a-z0-9])$")]
    title: registry.Words


class Terms(registry.Head):
    """The terms in force."""

    lease: Lease
    bounty: Bounty
    unit: Annotated[tuple[Unit, ...], Field(min_length=1, max_length=50)]


@functools.lru_cache(maxsize=8)
def read_terms(text: str) -> Terms:
    """The terms that a text holds. Raises `RuleFault` naming every fault."""
    return registry.read_text(Terms, text, RULE)


def in_force(reader: Reader, as_of: datetime | None = None) -> Terms | None:
    """The newest terms that can be read, of those adopted by an instant; None where none are."""
    found = registry.newest_read(reader, RULE, read_terms, as_of)
    return found[0] if found else None


def missing() -> Fault:
    """That nothing can be given out where no terms are in force."""
    return Fault("(whole)", "no terms", f"a text {RULE} in force: adopt one first", "rule")


def day_over(now: datetime) -> str:
    """The day before which every day is over wherever one is: what lapses and what follows go by the same."""
    return (now.astimezone(UTC) - LAST_ON_EARTH).date().isoformat()


def day(told: object) -> date:
    """A day of a body, in whichever form it stands there."""
    return told if isinstance(told, date) else date.fromisoformat(str(told))
