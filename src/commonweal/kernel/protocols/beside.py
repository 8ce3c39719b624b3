"""What is told of a case beside its own moves: what came too late to count, and decisions by a key withdrawn since.

Neither changes a case, so neither is an event or an intent: both are read from the entries that its row keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import instant, stamp

from .approvers import APPROVER, WITHDRAWN
from .cases import Case
from .events import (
    ApprovalCounted,
    ApprovalGiven,
    Escalated,
    Event,
    HandedOver,
    StepCompleted,
    StepDone,
    VoiceStruck,
    event_from_json,
)
from .folding import advance, missed
from .projections import CASE, case_of, opened_of

DECIDED = ("approved", "refused")


def beside(reader: Reader, row: Row, found: Case, when: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Items such as `kinds.item_of` gives, each with its instant in `at`: `late` and `doubted`, up to `when`.

    `row` is the case's, `found` the case folded from it up to `when`.
    """
    items = [*_late(reader, row, when), *_doubted(reader, row, found)]
    yield from (item for item in items if when is None or instant(item["at"]) <= when)


def spoke(reader: Reader, key: str) -> list[tuple[str, str]]:
    """The cases in which a key approved or refused, each with the party whose voice it was, in order of case."""
    rows = reader.select(CASE, order=("case",), only=("case", "events"))
    said = [(row["case"], item["of"]) for row in rows for item in row["events"] if item["of"]["event"] == "approval"]
    return list(dict.fromkeys((case, of["by"]) for case, of in said if of["key"] == key))


def approves(reader: Reader, key: str) -> bool:
    """Whether a key that was not withdrawn is registered for approvals, or has decided by signed requests."""
    return reader.get(WITHDRAWN, key) is None and bool(reader.get(APPROVER, key) or spoke(reader, key))


def doubted(reader: Reader, key: str) -> list[str]:
    """The cases in which a step was decided with the help of a key that was withdrawn since, in order of case."""
    rows = [reader.get(CASE, case) for case in dict.fromkeys(case for case, _ in spoke(reader, key))]
    asked = [row for row in rows if row is not None]
    return [
        row["case"] for row in asked if any(one["key"] == key for one in _doubted(reader, row, case_of(reader, row)))
    ]


def came_late(case: Case, event: Event, now: datetime) -> datetime | None:
    """The deadline that had passed before a report, a voice or a hand-over came for a step; None where it counts."""
    return missed(case, event.step, now) if isinstance(event, StepDone | ApprovalGiven | HandedOver) else None


def _late(reader: Reader, row: Row, when: datetime | None) -> Iterator[dict[str, Any]]:
    case = opened_of(reader, row)
    for item in row["events"]:
        event, at = event_from_json(item["of"]), instant(item["at"])
        if when is not None and at > when:
            return
        if (passed := came_late(case, event, at)) is not None and isinstance(
            event, StepDone | ApprovalGiven | HandedOver
        ):
            said = {"what": "late", "step": event.step, "deadline": stamp(passed), "entry": event.index}
            yield {"at": item["at"], **said}
        case, _ = advance(case, event, at)


def _doubted(reader: Reader, row: Row, found: Case) -> Iterator[dict[str, Any]]:
    keys = {item["of"]["index"]: item["of"]["key"] for item in row["events"] if item["of"].get("key")}
    for voice in _decisive(found):
        key = keys.get(voice.index, "")
        gone = reader.get(WITHDRAWN, key) if key else None
        if gone is not None:
            whose = {"role": voice.role, "organisation": voice.organisation, "outcome": voice.decision}
            yield {"at": gone["at"], "what": "doubted", "step": voice.step, **whose, "entry": gone["entry"], "key": key}


def _decisive(found: Case) -> Iterator[ApprovalCounted]:
    """The voices that stood when their step was decided."""
    standing: dict[str, list[ApprovalCounted]] = {}
    for item in found.timeline:
        if isinstance(item, ApprovalCounted):
            standing.setdefault(item.step, []).append(item)
        elif isinstance(item, VoiceStruck):
            standing[item.step] = [one for one in standing.get(item.step, []) if one.index != item.index]
        elif isinstance(item, StepCompleted | Escalated):
            voices = standing.pop(item.step, [])
            yield from voices if isinstance(item, StepCompleted) and item.outcome in DECIDED else ()
