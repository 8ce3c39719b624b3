"""The plan of surveillance as an adopted text has it, read before it is in force (`rules/surveillance.toml`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fault, Reader

from .surveillance import CITATION_MOST, PARAMETERS, watch

Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class Planned(registry.Head):
    """A plan as a text has it; what one leaves out is not asked for."""

    citation: Annotated[str, Field(min_length=3, max_length=CITATION_MOST)]
    since: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
    per_30_days: Positive
    limit: Annotated[Positive, Field(le=1_000)]
    events_min: Whole
    alpha: Annotated[Positive, Field(lt=1)]
    without_a_key: Literal["at_once", "once_handled"] = "at_once"
    copies_from: Annotated[Positive, Field(le=1)] | None = None
    filer_days: Whole | None = None
    filers_min: Whole | None = None
    occurred_within_days: Whole | None = None
    share_of_all: Annotated[Positive, Field(lt=1)] | None = None


def read(text: str) -> Planned:
    """What a text of surveillance says. Raises `RuleFault` naming every fault."""
    return registry.read_text(Planned, text, PARAMETERS)


def beside(text: str, reader: Reader) -> Iterator[Fault]:
    """What keeps a text from being a plan: no critical value belongs to it."""
    try:
        watch(registry.parsed(text, "application/toml"))
    except ValueError as error:
        yield Fault("(whole)", "(the plan)", str(error), "plan")
