"""What a report repeats, and whether anybody handles that: else nobody handles the matter of either.

A report is closed as a duplicate only as long as what it repeats in the end is open or handled. Whatever becomes of
that later is held against every report that repeats it, and whatever is said to repeat is held against what became of
that: it is one question, asked on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Table

from .. import tables as filed
from .kinds import CLOSING

TRIAGED = Table(
    "incident_reports_triaged",
    columns={
        "report": "text", "entry": "integer", "at": "text", "by": "text", "urgency": "text", "decision": "text",
        "duplicate_of": "text", "seen": "integer",
    },
    key=("report",),
    indexes=(("duplicate_of",),),
)  # fmt: skip
"""The newest decision about each report; `seen` is the newest entry that whoever decided had before them, its own where
it does not say."""
DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Left:
    """That nobody handles a report which others repeat: since which entry, and why."""

    report: str
    entry: int
    why: Literal["annulled", "turned_away", "taken_back", "circle"]


def left(reader: Reader, report: str) -> Left | None:
    """Of a report that is said to repeat another, that nobody handles this; None where somebody does, or it repeats
    none."""
    triaged = reader.get(TRIAGED, report)
    if triaged is None or triaged["decision"] != DUPLICATE:
        return None
    return unhandled(reader, report, str(triaged["duplicate_of"]))


def unhandled(reader: Reader, report: str, repeats: str) -> Left | None:
    """That nobody would handle the matter of a report if it repeated another: what it comes to in the end is not there
    any more, was turned away, or was taken back and no officer decided since to handle it all the same."""
    seen, newest = [report], -1
    while repeats not in seen:
        seen.append(repeats)
        if registry.subject(reader, repeats) is None:
            marks = registry.annulled_of(reader, repeats)
            return Left(repeats, max((int(row["by"]) for row in marks), default=newest), "annulled")
        triaged = reader.get(TRIAGED, repeats)
        if triaged is None or triaged["decision"] != DUPLICATE:
            return _in_the_end(reader, repeats, triaged)
        newest = max(newest, int(triaged["entry"]))
        repeats = str(triaged["duplicate_of"])
    return Left(seen[-1], newest, "circle")


def _in_the_end(reader: Reader, report: str, triaged: Row | None) -> Left | None:
    """That nobody handles a report that repeats no other."""
    if triaged is not None and triaged["decision"] in CLOSING:
        return Left(report, int(triaged["entry"]), "turned_away")
    gone = filed.taken_back(reader, report)
    if gone is None or (triaged is not None and triaged["entry"] > gone):
        return None
    return Left(report, gone, "taken_back")


def repeating(reader: Reader, report: str) -> Iterator[str]:
    """The reports that are said to repeat one, or another that repeats it."""
    seen, waiting = {report}, [report]
    while waiting:
        where = {"duplicate_of": waiting.pop(), "decision": DUPLICATE}
        new = [row["report"] for row in reader.select(TRIAGED, where) if row["report"] not in seen]
        seen.update(new)
        waiting += new
        yield from new
