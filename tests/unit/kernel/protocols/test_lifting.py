"""What several approved is lifted by as many: an order to undo it asks first, and until then everything goes on."""

from __future__ import annotations

from typing import Any

import pytest

from commonweal.kernel.protocols import case, cases, check_filing, lint, timeline, turn
from commonweal.kernel.protocols.foresight import foreseen
from commonweal.kernel.protocols.reading import read
from commonweal.kernel.values import Conflict
from plays import book, sid, step

from .test_protocols_room import CASE, T0, House

ASK = {"n": 2, "of_roles": ["officer"], "distinct_organisations": True}
WHY = {"statement": "It is needed.", "least_intrusive": "Nothing milder would do."}
PAUSE = {"approval": ASK, "restrictive": True, "proportionality": WHY, "reversal_step": "@action.lift"}
LATE = {"deadline": {"from_event": "step.entered", "duration": "P7D", "escalate_to": "@action.stands"}}
WATCH = {"deadline": {"from_event": "step.entered", "duration": "P30D", "escalate_to": "@end.over"}}


def playbook(version: str = "1.3.0", pause: dict[str, Any] = PAUSE, lift: dict[str, Any] | None = None) -> str:
    gate = {"approval": ASK, **LATE} if lift is None else lift
    return book(
        step("start", "action.pause"),
        step("action.pause", "action.watch", pause, on_failure="@end.over"),
        step("action.watch", "end.over", WATCH),
        step("action.lift", "action.lifted", gate, on_failure="@action.stands"),
        step("action.lifted", "end.lifted", commands=[{"type": "record", "command": "lifted"}]),
        step("action.stands", "end.branch", commands=[{"type": "record", "command": "stands"}]),
        step("end.over", ext={"outcome": "over"}), step("end.lifted", ext={"outcome": "lifted"}), step("end.branch"),
    ).replace('"version": "1.1.0"', f'"version": "{version}"')  # fmt: skip


def paused(version: str = "1.3.0") -> House:
    """Two organisations have paused something on the second day; a desk watches it until the 32nd."""
    made = House()
    made.adopt(playbook(version))
    made.owe()
    for who in ("ana", "ben"):
        says(made, who, "pause", 2)
    return made


def says(made: House, who: str, name: str, day: float, decision: str = "approve") -> None:
    body = {"case": CASE, "step": sid(f"action.{name}"), "decision": decision, "role": "officer"}
    body["organisation"] = f"org-{who}"
    check_filing(made.tables, "approval.given", body, f"party:{who}")
    made.file("approval.given", body, day, by=f"party:{who}")


def order(made: House, day: float) -> None:
    check_filing(made.tables, "case.reversed", {"case": CASE, "reason": "r"}, "party:ana", ("officer",))
    made.file("case.reversed", {"case": CASE, "reason": "r"}, day, by="party:ana")


def standing(made: House) -> set[str]:
    assert made.rebuilt() == made.dump()
    return {one.step for one in case(made.tables, CASE).standing}


def notices(made: House) -> list[str]:
    return [entry.body["notice"]["en"] for entry in made.entries if entry.kind == "case.notice"]


def test_one_officers_order_lifts_nothing_and_drops_nothing() -> None:
    made = paused()
    told = foreseen(made.tables, "case.reversed", {"case": CASE, "reason": "r"}, T0)
    assert told.after.asking is not None
    order(made, 3)
    assert standing(made) == {sid("action.watch"), sid("action.lift")}
    assert notices(made) == []
    assert "others have to approve that first" in timeline(made.tables, CASE)[-2]["text"]["en"]
    says(made, "ana", "lift", 4)
    assert standing(made) == {sid("action.watch"), sid("action.lift")}, "who ordered it has one voice"
    with pytest.raises(Conflict, match="each person decides once"):
        says(made, "ana", "lift", 4)
    with pytest.raises(Conflict, match="being reversed already"):
        order(made, 4)
    says(made, "ben", "lift", 5)
    found = case(made.tables, CASE)
    assert (found.state, found.outcome, standing(made), notices(made)) == ("reversed", "lifted", set(), ["lifted"])


@pytest.mark.parametrize("how", ["refused", "left"])
def test_what_was_not_approved_to_be_lifted_stands_and_the_case_goes_on(how: str) -> None:
    made = paused()
    order(made, 3)
    if how == "refused":
        says(made, "ben", "lift", 4, "refuse")
    else:
        made.file("clock.tick", {"at": ""}, 11)
    assert standing(made) == {sid("action.watch")}
    assert notices(made) == ["stands"]
    assert cases(made.tables)[0]["next_deadline"] == "2026-02-02T00:00:00Z", "30 days from the second, as before"
    assert turn(made.tables, "case.reversed", {"case": CASE}) == 1, "an order in the same words is another order"
    order(made, 12)
    assert standing(made) == {sid("action.watch"), sid("action.lift")}
    made.file("clock.tick", {"at": ""}, 40)
    found = case(made.tables, CASE)
    assert (found.state, found.outcome, found.standing) == ("closed", "over", ()), "what it ends with is its own end"


def test_a_case_that_had_ended_has_ended_as_it_had_where_lifting_was_refused() -> None:
    made = paused()
    made.file("clock.tick", {"at": ""}, 33)
    assert case(made.tables, CASE).outcome == "over"
    order(made, 34)
    assert case(made.tables, CASE).state == "open"
    says(made, "ben", "lift", 35, "refuse")
    found = case(made.tables, CASE)
    assert (found.state, found.outcome, notices(made)) == ("closed", "over", ["stands"])
    order(made, 36)
    says(made, "ana", "lift", 36)
    says(made, "ben", "lift", 36)
    assert (case(made.tables, CASE).state, standing(made)) == ("reversed", set())


def test_an_order_to_undo_lets_a_stopped_case_go_on_with_the_time_it_had() -> None:
    made = paused()
    made.file("case.stopped", {"case": CASE, "reason": "r"}, 3)
    order(made, 13)
    assert standing(made) == {sid("action.watch"), sid("action.lift")}
    watch = case(made.tables, CASE).at(sid("action.watch"))
    assert watch is not None
    assert str(watch.deadline) == "2026-02-12 00:00:00+00:00", "30 days, and the ten that it stood"


def test_cases_under_an_earlier_version_go_as_they_went() -> None:
    made = paused("1.2.0")
    order(made, 3)
    assert standing(made) == {sid("action.lift")}
    says(made, "ben", "lift", 4, "refuse")
    assert case(made.tables, CASE).state == "reversed"


def test_the_linter_asks_for_as_many_to_lift_as_to_impose_unless_the_playbook_says_otherwise() -> None:
    assert lint(read(playbook())) == []
    weak = ({"approval": {**ASK, "n": 1}, **LATE}, {"approval": {**ASK, "distinct_organisations": False}, **LATE},
            {"approval": {**ASK, "of_roles": ["officer", "expert"]}, **LATE}, {})  # fmt: skip
    for gate in weak:
        found = lint(read(playbook(lift=gate)))
        assert [(fault.code, fault.where.rpartition(".")[2]) for fault in found] == [("reversal", "reversal_step")]
        assert "at least 2 of officer, of distinct organisations" in found[0].want
    said = {**PAUSE, "reversal_approval": {"n": 1, "of_roles": ["officer"]}}
    assert lint(read(playbook(pause=said, lift={}))) == [], "an order by one officer is that one's voice"
    auditor = {**PAUSE, "reversal_approval": {"n": 1, "of_roles": ["auditor"], "signed": False}}
    assert [fault.code for fault in lint(read(playbook(pause=auditor, lift={})))] == ["reversal"]
    slip = lint(read(playbook(pause={**PAUSE, "reversal_approval": {"of": 1}})))
    assert {fault.code for fault in slip} >= {"unknown_field", "count"}
