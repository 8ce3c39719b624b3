"""What the room remembers: playbooks put in force, cases with their events, and which entries they await."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import NotFound, instant, stamp

from .approvers import APPROVER, NONCE, WITHDRAWN
from .cases import ANY, Case, Cause, resolved, waiting_for
from .effects import EFFECT
from .events import Event, event_from_json, event_to_json
from .folding import fold, open_case
from .playbooks import Playbook
from .reading import read

PREFIX = "case:"
NEAR_AMONG = 1_000
PLAYBOOK = Table(
    "protocols_playbook",
    columns={
        "playbook": "text",
        "sha256": "text",
        "cacao_id": "text",
        "version": "text",
        "name": "json",
        "text": "text",
        "adopted": "integer",
        "adopted_at": "text",
        "faults": "json",
    },
    key=("playbook", "sha256"),
    indexes=(("cacao_id",),),
)
CASE = Table(
    "protocols_case",
    columns={
        "case": "text",
        "playbook": "text",
        "version": "text",
        "sha256": "text",
        "subject": "text",
        "about": "text",
        "cause": "integer",
        "cause_kind": "text",
        "facts": "json",
        "opened_at": "text",
        "opened_index": "integer",
        "changed_at": "text",
        "state": "text",
        "outcome": "text",
        "waiting_for": "text",
        "steps": "json",
        "next_deadline": "text",
        "events": "json",
    },
    key=("case",),
    indexes=(("next_deadline",), ("subject", "state"), ("state",)),
)
WAIT = Table(
    "protocols_wait",
    columns={"kind": "text", "value": "text", "case": "text"},
    key=("kind", "value", "case"),
    indexes=(("case",),),
)
STUCK = Table(
    "protocols_stuck", columns={"case": "text", "entry": "integer", "at": "text", "problem": "text"}, key=("case",)
)
"""Cases that an entry could not move, with the reason, until they move again (see `recording`)."""
TABLES = (PLAYBOOK, CASE, WAIT, STUCK, APPROVER, WITHDRAWN, NONCE, EFFECT)


def playbook_in_force(reader: Reader, playbook: str) -> Row | None:
    """The newest adopted playbook under an adopted id or a CACAO id that can be executed."""
    column = "cacao_id" if playbook.startswith("playbook--") else "playbook"
    rows = reader.select(PLAYBOOK, {column: playbook}, order=("-adopted",))
    return next((row for row in rows if not row["faults"]), None)


def playbook_of(reader: Reader, row: Row) -> Playbook:
    """The playbook that a case began under, whatever was adopted since. Raises `NotFound`."""
    found = reader.get(PLAYBOOK, row["playbook"], row["sha256"])
    if found is None:
        raise NotFound("adopted playbook", f"{row['playbook']} {row['sha256']}")
    return read(found["text"])


def case_row(reader: Reader, case_id: str) -> Row:
    """The stored row of a case, named with or without `case:` before it. Raises `NotFound`, naming those near it."""
    row = reader.get(CASE, case_id if case_id.startswith(PREFIX) else f"{PREFIX}{case_id}")
    if row is None:
        names = [one["case"] for one in reader.select(CASE, only=("case",), order=("-cause",), limit=NEAR_AMONG)]
        near = [PREFIX + name for name in _near(case_id.removeprefix(PREFIX), [one[len(PREFIX) :] for one in names])]
        hint = f"near it: {', '.join(near)}" if near else "the list of cases says which there are"
        raise NotFound("case", case_id, hint)
    return row


def _near(wanted: str, names: list[str]) -> list[str]:
    """At most three of the names that are near the wanted one: by what they hold, then by their spelling."""
    holding = [name for name in names if wanted and wanted in name]
    return list(dict.fromkeys(holding + get_close_matches(wanted[:120], names, cutoff=0.7)))[:3]


def case_of(reader: Reader, row: Row, when: datetime | None = None) -> Case:
    """The case as its events make it: opened again and folded, up to `when` where that is given."""
    events = [(event_from_json(item["of"]), instant(item["at"])) for item in row["events"]]
    return fold(opened_of(reader, row), (pair for pair in events if when is None or pair[1] <= when))


def opened_of(reader: Reader, row: Row) -> Case:
    """The case as it was opened, before anything else happened in it."""
    cause = Cause(row["cause"], row["cause_kind"], row["facts"])
    return open_case(playbook_of(reader, row), row["subject"], cause, instant(row["opened_at"]), row["case"])


def new_row(case: Case, adopted: Row, about: str) -> Row:
    """The row of a case just opened under an adopted playbook, about a subject with its dimensions ("" for none)."""
    row = {
        "case": case.id,
        "playbook": adopted["playbook"],
        "version": adopted["version"],
        "sha256": adopted["sha256"],
        "subject": case.subject,
        "about": about,
        "cause": case.cause.index,
        "cause_kind": case.cause.kind,
        "facts": dict(case.cause.facts),
        "opened_at": stamp(case.opened_at),
        "opened_index": None,
        "events": [],
    }
    return {**row, **_state(case)}


def moved_row(row: Row, case: Case, event: Event) -> Row:
    """The row after one more event."""
    events = [*row["events"], {"at": stamp(case.changed_at), "of": event_to_json(event)}]
    return {**row, "events": events, **_state(case)}


def _state(case: Case) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [
        {
            "step": one.step,
            "entered_at": stamp(one.entered_at),
            "visit": one.visit,
            "deadline": stamp(one.deadline) if one.deadline else None,
            "waiting_for": waiting_for(case, one),
        }
        for one in case.standing
    ]
    deadline = case.next_deadline()
    waits = ", ".join(dict.fromkeys(step["waiting_for"]["kind"] for step in steps))
    return {
        "changed_at": stamp(case.changed_at),
        "state": case.state,
        "outcome": case.outcome,
        "waiting_for": "stopped" if case.stopped_at else waits,
        "steps": steps,
        "next_deadline": stamp(deadline) if deadline else None,
    }


def put_case(tables: Tables, row: Row, case: Case) -> None:
    """Write a case's row, and what it awaits while it is open."""
    tables.put(CASE, row)
    wanted = set(_waits(case)) if case.state == "open" else set()
    there = {(found["kind"], found["value"]) for found in tables.select(WAIT, {"case": case.id})}
    for kind, value in sorted(there - wanted):
        tables.delete(WAIT, kind, value, case.id)
    for kind, value in sorted(wanted - there):
        tables.put(WAIT, {"kind": kind, "value": value, "case": case.id})


def _waits(case: Case) -> Iterator[tuple[str, str]]:
    """For each kind awaited, one value that an entry must name (as subject or in a field) to concern this case."""
    for wait in case.playbook.awaited():
        wanted = {"subject": "$subject", **dict(wait.match)}
        values = [resolved(case, want) for want in wanted.values() if want.startswith("$")]
        yield wait.kind, next((value for value in values if value and value != ANY), "")
