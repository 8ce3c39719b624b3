"""As how grave a report counts in the order of the queue where nobody said how grave it is (`rules/severity.toml`)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextlib import suppress
from importlib import resources
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader
from commonweal.kernel.values import NotFound, read_toml

from ..scales import SEVERITIES, Severity

RULE = "incident_reports.severity"


class Ordering(registry.Head):
    """As how severe a report is taken that names a death and leaves its severity open."""

    death: Severity


def read(text: str) -> Ordering:
    """What a text of severities says. Raises `RuleFault` naming every fault."""
    return registry.read_text(Ordering, text, RULE)


def gravity(reader: Reader, body: Mapping[str, Any]) -> Severity | None:
    """How severe what is told is: as was said; left open, where somebody died, as the text in force has it."""
    died = bool(body.get("deaths")) or "death" in (body.get("harms") or ())
    return body.get("severity") or (_of_a_death(reader) if died else None)


def _of_a_death(reader: Reader) -> Severity | None:
    """By the text in force; by the one shipped where none was adopted, or where it names no severity."""
    with suppress(NotFound, ValueError, TypeError, KeyError):
        row = registry.text_in_force(reader, RULE)
        return _named(registry.parsed(row["text"], row["media_type"]))
    return _shipped()


@functools.cache
def _shipped() -> Severity | None:
    path = resources.files("commonweal.instruments.incident_reports").joinpath("rules", "severity.toml")
    return _named(read_toml(path.read_text("utf-8"), path.name))


def _named(text: Mapping[str, Any]) -> Severity | None:
    return {str(code): code for code in SEVERITIES}[text["death"]]
