"""What comes between two ticks after a deadline is kept, does not count, and is said not to count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commonweal.kernel.protocols import case, check_filing, missed, not_counted, timeline
from plays import book, sid, step

from .test_protocols_room import CASE, T0, House

LATE = {"deadline": {"from_event": "step.entered", "duration": "P10D", "escalate_to": "@action.chase"}}
APPROVAL = {"approval": {"n": 1, "of_roles": ["officer"]}}


def house(ext: dict[str, Any], chase: str = "end.late") -> House:
    made = House()
    noticed = [{"type": "record", "command": "late"}]
    made.adopt(book(step("start", "action.a"), step("action.a", "end", {**ext, **LATE}),
                    step("action.chase", chase, {"at_most": {"visits": 3, "then": "@end.late"}}, commands=noticed),
                    step("end"), step("end.late", ext={"outcome": "late"})))  # fmt: skip
    made.owe()
    return made


DONE = ("case.step_done", {"case": CASE, "step": sid("action.a")})
VOICE = ("approval.given", {**DONE[1], "decision": "approve", "role": "officer", "organisation": "org-ana"})


@pytest.mark.parametrize(("ext", "kind", "body"), [({}, *DONE), (APPROVAL, *VOICE)])
def test_what_came_after_the_deadline_is_kept_and_told_not_to_count(
    ext: dict[str, Any], kind: str, body: dict[str, Any]
) -> None:
    """Due on 11 January; filed on the 12th, before anybody's clock noticed. It is taken, and said not to count."""
    made = house(ext)
    check_filing(made.tables, kind, body, "party:ana", ("officer",), now=T0 + timedelta(days=11))
    assert missed(case(made.tables, CASE), body["step"], T0 + timedelta(days=11)) == T0 + timedelta(days=10)
    index = len(made.entries)
    made.file(kind, body, 11, by="party:ana")
    found = case(made.tables, CASE)
    assert (found.state, found.outcome) == ("closed", "late")
    (told,) = [item for item in timeline(made.tables, CASE) if item["what"] == "late"]
    assert (told["step"], told["entry"], told["deadline"]) == (sid("action.a"), index, "2026-01-11T00:00:00Z")
    why = not_counted(made.tables, CASE, index)
    assert why is not None
    assert why["en"] == "What came for “a” came after its deadline (2026-01-11T00:00:00Z) and does not count"
    before = timeline(made.tables, CASE, T0 + timedelta(days=10))
    assert "late" not in {item["what"] for item in before}, "nor was it known then"
    assert made.rebuilt() == made.dump()


def test_what_comes_in_time_or_for_the_step_as_a_reminder_opened_it_again_counts() -> None:
    made = house({})
    made.file(*DONE, 9)
    assert case(made.tables, CASE).outcome == "closed"
    assert not_counted(made.tables, CASE, len(made.entries) - 2) is None
    made = house({}, chase="action.a")
    index = len(made.entries)
    made.file(*DONE, 11)
    assert case(made.tables, CASE).state == "closed", "the reminder leads back to the step, which is then done"
    assert not_counted(made.tables, CASE, index) is None
