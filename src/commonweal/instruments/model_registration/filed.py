"""What was on file at an instant, and since when a part of it has been what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fact, Interval, Reader, Row
from commonweal.kernel.values import instant, stamp


@dataclass(frozen=True, slots=True)
class Traced(Fact):
    """A figure with what it was in each filing, oldest first: filing it anew does not make it known anew."""

    history: tuple[tuple[datetime, Interval | None], ...] = ()


def filing(reader: Reader, subject: str, as_of: datetime) -> Row | None:
    """The version of a subject that was the newest at an instant."""
    newest = registry.subject(reader, subject)
    if newest is None or newest["filed_on"] <= stamp(as_of):
        return newest
    past = [row for row in registry.versions(reader, subject) if row["filed_on"] <= stamp(as_of)]
    return past[-1] if past else None


def known_since(reader: Reader, row: Row, part: Callable[[Mapping[str, Any]], Any]) -> datetime:
    """The filing since which a part of a subject's filing has been what it is in this version."""
    since, now = row["filed_on"], part(row["body"])
    if row["version"] > 1:
        earlier = [item for item in registry.versions(reader, row["subject"]) if item["version"] < row["version"]]
        for item in reversed(earlier):
            if part(item["body"]) != now:
                break
            since = item["filed_on"]
    return instant(since)


def traced(
    reader: Reader, row: Row, figure: Callable[[Mapping[str, Any]], Interval | None]
) -> tuple[tuple[datetime, Interval | None], ...]:
    """A figure by each version of a subject's filing up to this one."""
    rows = registry.versions(reader, row["subject"]) if row["version"] > 1 else [row]
    return tuple(
        (instant(item["filed_on"]), figure(item["body"])) for item in rows if item["version"] <= row["version"]
    )
