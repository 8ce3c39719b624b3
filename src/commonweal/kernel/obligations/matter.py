"""What several filings are together that are one matter: what one debtor owes on it, it owes once.

The first of them in time meets it, and its days are those that began first by what the debtor itself says. Who owes
what is judged of each subject by its own filings first (`OWN`), and held together after that. So what is told of each
follows from what stands on each and from which are one matter now: undoing that gives back what was.

Nobody is in time by what another reported, nor rid of anything: whose it is tells which are held together. What the
authority owes on one debtor's report it owes once, however often that debtor reports; on another's it has days of its
own, and has done it where it did so for the matter since they began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from commonweal.kernel.record.tables import Reader, Row

from .clocks import Decision
from .evaluation import noun_of
from .kinds import DUTY, ELSEWHERE, OPEN, OWN, UNDECIDED
from .laws import Rule
from .reasons import clock_steps, presumed_start

JOINED = (*OPEN, "met", ELSEWHERE, *UNDECIDED)
"""States in which a duty of one subject is held together with those of others; what is forbidden was done each time."""
BOOKED = ("changed_on", "entry", "filed_state", "filed_entry")
"""What a row remembers of what was told of it."""


def owing(reader: Reader, subject: str) -> bool:
    """Whether anything is or may be owed on a subject: of a thousand people who saw it, and owe nothing, nothing is."""
    held = {"subject": subject, "state": ("in", list(JOINED))}
    return bool(reader.count(OWN, held) or reader.count(DUTY, held))


def alike(row: Row, other: Row) -> bool:
    """Whether two rows say the same of a duty, whenever that was told."""
    nothing: Row = dict.fromkeys(BOOKED)
    return {**row, **nothing} == {**other, **nothing}


def booked(row: Row, before: Row | None) -> Row:
    """A row with what was told of the one before it."""
    kept = before or {"changed_on": None, "entry": None, "filed_state": "", "filed_entry": None}
    return {**row, **{name: kept[name] for name in BOOKED}}


def stands(row: Row) -> bool:
    """Whether a duty is or may be owed, or was met, and its clock has begun; one that recurs also once it has ended."""
    return bool(row["started_on"] and (row["state"] in JOINED or row["rounds"]))


def may_stand(row: Row) -> bool:
    """Whether it stands, or all that it asks for is there but that another duty is met first."""
    why = row["why"]
    awaits = row["state"] == "not_owed" and str(why.get("awaits", "")).startswith("met ")
    return stands(row) or (awaits and why["conditions"]["truth"] == "yes")


def lead(rows: Sequence[Row], rule: Rule) -> Row:
    """The one by whose clock they go: a start that is stated before one that is presumed, what the debtor says itself
    before what others say, then the first to begin."""

    def place(row: Row) -> tuple[Any, ...]:
        theirs = noun_of(row["subject"]) in rule.lasting
        return bool(presumed_start(row, rule)), not theirs, row["started_on"], row["subject"]

    return min(rows, key=place)


def on_clock(own: Row, first: Row, rule: Rule) -> Row:
    """A duty by the clock of another of its set, before that is moved, met or awaited."""
    due = first["due"] or first["due_if_owed"]
    open_ = bool(own["missing"])
    doubts = [name for name in own["why"]["doubts"] if name != rule.start.fact]
    doubts += [rule.start.fact] if presumed_start(first, rule) else []
    steps = clock_steps(first["why"]["steps"])
    if first["subject"] != own["subject"]:
        steps = [{"code": "told_before" if rule.by_authority else "began_there"}, *steps]
    why = {name: value for name, value in own["why"].items() if name != "awaits"}
    return {
        **own,
        **{name: first[name] for name in ("started_on", "last_day", "counted", "clock", "stopped_on")},
        **dict.fromkeys(("met_on", "met_entry", "received_on", "late", "stated", "watch", "rounds")),
        "state": "unknown" if open_ else "owed",
        "due": None if open_ else due,
        "due_if_owed": due if open_ else None,
        "why": {**why, "doubts": doubts, "steps": steps},
    }


def granted(decisions: Iterable[Decision]) -> list[Decision]:
    """Decisions about the clocks of one set, by entry; what was granted on several of them alike is granted once."""
    found: dict[tuple[Any, ...], Decision] = {}
    for one in sorted(decisions, key=lambda one: one.entry):
        found.setdefault((one.kind, one.reason, one.period) if one.kind == "extend" else (one.entry,), one)
    return list(found.values())
