"""Who may act twice, what can be undone, and whose clock counts: a case is the same whenever it was looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.protocols import case, check_filing, read_playbook
from commonweal.kernel.protocols.cases import Case, Cause
from commonweal.kernel.protocols.envelopes import untimely
from commonweal.kernel.protocols.events import DeadlinePassed, Resumed, ReversalOrdered, StepDone, Stopped
from commonweal.kernel.protocols.folding import advance, open_case
from commonweal.kernel.values import Conflict, Forbidden, instant, stamp
from plays import book, sid, step

from .test_protocols_room import CASE, T0, House

DAY = timedelta(days=1)
FIRST = {"approval": {"n": 1, "of_roles": ["officer"]}}
SECOND = {"approval": {"n": 1, "of_roles": ["officer"], "separate_from": ["@action.one"]}}


def approved(who: str, name: str) -> dict[str, Any]:
    return {"case": CASE, "step": sid(name), "decision": "approve", "role": "officer", "organisation": f"org-{who}"}


def test_who_approved_a_step_may_not_approve_the_one_that_is_to_be_separate_from_it() -> None:
    made = House()
    made.adopt(book(step("start", "action.one"), step("action.one", "action.two", FIRST),
                    step("action.two", "end", SECOND), step("end")))  # fmt: skip
    made.owe()
    made.file("approval.given", approved("ana", "action.one"), 1, by="party:ana")
    with pytest.raises(Forbidden, match="another person is needed"):
        check_filing(made.tables, "approval.given", approved("ana", "action.two"), "party:ana")
    made.file("approval.given", approved("ana", "action.two"), 2, by="party:ana")
    assert case(made.tables, CASE).state == "open", (
        "what the door refuses counts for nothing if it is there all the same"
    )
    made.file("approval.given", approved("ben", "action.two"), 3, by="party:ben")
    assert case(made.tables, CASE).state == "closed"


def test_who_refused_a_step_does_not_judge_the_appeal() -> None:
    made = House()
    made.adopt(book(step("start", "action.one"), step("action.one", "end", FIRST, on_failure="@action.two"),
                    step("action.two", "end", SECOND), step("end")))  # fmt: skip
    made.owe()
    made.file("approval.given", {**approved("ana", "action.one"), "decision": "refuse"}, 1, by="party:ana")
    with pytest.raises(Forbidden, match="another person is needed"):
        check_filing(made.tables, "approval.given", approved("ana", "action.two"), "party:ana")
    check_filing(made.tables, "approval.given", approved("ben", "action.two"), "party:ben")


def test_under_the_first_version_who_approved_may_approve_again_as_they_could() -> None:
    """The record may hold that they did, and that the case went on: it is followed to the same end."""
    text = book(step("start", "action.one"), step("action.one", "action.two", FIRST),
                step("action.two", "end", SECOND), step("end"))  # fmt: skip
    made = House()
    made.adopt(text.replace('"version": "1.1.0"', '"version": "1.0.0"'))
    made.owe()
    for day, name in enumerate(("action.one", "action.two"), 1):
        check_filing(made.tables, "approval.given", approved("ana", name), "party:ana")
        made.file("approval.given", approved("ana", name), day, by="party:ana")
    assert case(made.tables, CASE).state == "closed"


def opened(*steps: dict[str, Any], version: str = "1.1.0") -> Case:
    text = book(*steps).replace('"version": "1.1.0"', f'"version": "{version}"')
    return open_case(read_playbook(text), "m:x", Cause(1, "k"), T0, "case:1")


def test_what_a_failed_case_did_can_be_undone() -> None:
    begun = opened(
        step("start", "action.do"),
        step("action.do", "action.more", {"reversal_step": "@action.undo"}),
        step("action.more", "end"),
        step("action.undo", "end"),
        step("end"),
    )
    done, _ = advance(begun, StepDone(2, sid("action.do"), "p"), T0 + DAY)
    failed, _ = advance(done, StepDone(3, sid("action.more"), "p", "failed"), T0 + 2 * DAY)
    assert failed.state == "failed"
    undoing, _ = advance(failed, ReversalOrdered(4, "p"), T0 + 3 * DAY)
    assert [one.step for one in undoing.standing] == [sid("action.undo")]
    undone, _ = advance(undoing, StepDone(5, sid("action.undo"), "p"), T0 + 4 * DAY)
    assert undone.state == "reversed"


TWICE = (
    step("start", "action.a"),
    step("action.a", "action.b", {"reversal_step": "@action.undo_a"}),
    step("action.b", "action.c", {"reversal_step": "@action.undo_b"}),
    step("action.c", "end"),
    step("action.undo_a", "end"),
    step("action.undo_b", "end"),
    step("end"),
)


def test_the_door_lets_a_failed_case_be_reversed_and_what_was_undone_is_not_undone_again() -> None:
    made = House()
    made.adopt(book(*TWICE))
    made.owe()

    def reports(name: str, day: float, outcome: str = "done") -> None:
        made.file("case.step_done", {"case": CASE, "step": sid(name), "outcome": outcome}, day)

    def reverses(day: float) -> list[str]:
        check_filing(made.tables, "case.reversed", {"case": CASE}, "p")
        made.file("case.reversed", {"case": CASE}, day)
        return [one.step for one in case(made.tables, CASE).standing]

    for day, (name, outcome) in enumerate((("action.a", "done"), ("action.b", "done"), ("action.c", "failed")), 1):
        reports(name, day, outcome)
    assert case(made.tables, CASE).state == "failed"
    assert reverses(4) == [sid("action.undo_b")]
    reports("action.undo_b", 5)
    reports("action.undo_a", 6, "failed")
    assert case(made.tables, CASE).state == "failed"
    assert reverses(7) == [sid("action.undo_a")], "b is undone already"
    reports("action.undo_a", 8)
    assert case(made.tables, CASE).state == "reversed"
    with pytest.raises(Conflict, match="is reversed already"):
        check_filing(made.tables, "case.reversed", {"case": CASE}, "p")
    assert made.rebuilt() == made.dump()


WAITS = {"approval": {"n": 1, "of_roles": ["officer"]},
         "deadline": {"from_event": "step.entered", "duration": "P9D", "escalate_to": "@action.z"}}  # fmt: skip


@pytest.mark.parametrize("more", [{}, {"timeout": 5 * 86_400_000}])
def test_a_stop_moves_deadlines_and_not_the_day_on_which_a_step_was_come_to(more: dict[str, Any]) -> None:
    """So what was signed before the stop is timely still, and CACAO's timeout is moved as our deadline is."""
    begun = opened(
        step("start", "action.a"), step("action.a", "end", WAITS, **more), step("action.z", "end"), step("end")
    )
    (before,) = begun.standing
    stopped, _ = advance(begun, Stopped(2), T0 + DAY)
    going, _ = advance(stopped, Resumed(3), T0 + 4 * DAY)
    (after,) = going.standing
    assert before.deadline is not None
    assert after.deadline == before.deadline + 3 * DAY
    assert after.entered_at == before.entered_at == T0
    assert untimely({"at": stamp(T0 + timedelta(hours=1))}, after.entered_at, T0 + 5 * DAY) is None
    late, _ = advance(going, DeadlinePassed(4), after.deadline)
    assert (late.state, [one.step for one in late.standing]) == (
        ("failed", []) if more else ("open", [sid("action.z")])
    )


@pytest.mark.parametrize(
    ("at", "timely"),
    [
        (T0 - timedelta(minutes=5, seconds=1), False),  # before there was anything to approve
        (T0 - timedelta(minutes=5), True),  # two clocks may be five minutes apart
        (T0 + DAY + timedelta(minutes=5), True),
        (T0 + DAY + timedelta(minutes=5, seconds=1), False),
    ],
)
def test_what_is_signed_before_the_step_or_after_now_is_untimely_by_more_than_clocks_differ(
    at: datetime, timely: bool
) -> None:
    assert (untimely({"at": stamp(at)}, T0, T0 + DAY) is None) == timely


def escalating(to: str) -> dict[str, Any]:
    return {"deadline": {"from_event": "step.entered", "duration": "P1D", "escalate_to": to}}


CHAIN = (
    step("start", "action.a"),
    step("action.a", "end", escalating("@action.b")),
    step("action.b", "end", escalating("@action.c")),
    step("action.c", "end", escalating("@action.d")),
    step("action.d", "end"),
    step("end"),
)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6, unique=True))
def test_a_chain_that_nobody_answers_goes_as_far_in_one_look_as_in_many(quarters: list[int]) -> None:
    """Ticks at any instants, or only the last of them: the case stands where it would, since the instant it would."""
    looked = opened(*CHAIN)
    for number, quarter in enumerate(sorted(quarters), 2):
        looked, _ = advance(looked, DeadlinePassed(number), T0 + quarter * DAY / 4)
    once, _ = advance(opened(*CHAIN), DeadlinePassed(2), T0 + max(quarters) * DAY / 4)
    assert looked.standing == once.standing
    assert [(one.step, one.entered_at) for one in once.standing] == [
        (sid(f"action.{'abcd'[min(max(quarters) // 4, 3)]}"), T0 + min(max(quarters) // 4, 3) * DAY)
    ]


def test_cases_under_the_first_version_of_the_extension_go_on_as_they_went() -> None:
    late, _ = advance(opened(*CHAIN, version="1.0.0"), DeadlinePassed(2), T0 + 3 * DAY)
    assert [(one.step, one.entered_at) for one in late.standing] == [(sid("action.b"), T0 + 3 * DAY)]


def test_nothing_is_entered_before_the_case_last_moved() -> None:
    """A clock that ran backwards: the deadline lies before what the record says happened last."""
    begun = opened(*CHAIN)
    done, _ = advance(begun, StepDone(2, sid("action.z"), "p"), T0 + 2 * DAY)
    again, _ = advance(done, DeadlinePassed(3), instant("2020-01-01T00:00:00Z"))
    assert again.changed_at >= begun.changed_at


FOUND = {"playbook_variables": {"__x__": {"type": "string"}, "__y__": {"type": "string", "external": True}}}
LATER = {"deadline": {"from_event": "step.entered", "duration": "P1D", "escalate_to": "@if-condition"}}
ASKED = {"deadline": {"from_event": "step.entered", "duration": "P9D", "escalate_to": "@end"}}


def judged(apart: str, variable: str = "__x__", version: str = "1.4.0") -> House:
    """Somebody is to find a fact within a day; else whoever says it where it is decided; then another approves."""
    made = House()
    made.adopt(book(step("start", "action.find"), step("action.find", "if-condition", LATER, out_args=["__x__"]),
                    step("if-condition", ext=ASKED, condition=f"{variable}:value = 'a'", on_true="@action.two",
                         on_false="@end"),
                    step("action.two", "end", {"approval": {**FIRST["approval"], "separate_from": [apart]}}),
                    step("end"), **FOUND).replace('"version": "1.1.0"', f'"version": "{version}"'))  # fmt: skip
    made.owe()
    return made


@pytest.mark.parametrize(
    ("apart", "variable"), [("@action.find", "__x__"), ("@if-condition", "__x__"), ("@if-condition", "__y__")]
)
def test_who_states_a_fact_where_it_is_decided_has_decided_and_done_the_step_that_was_to_find_it(
    apart: str, variable: str
) -> None:
    made = judged(apart, variable)
    made.file("clock.tick", {"at": ""}, 2)
    said = {"case": CASE, "step": sid("if-condition"), "variables": {variable: "a"}}
    check_filing(made.tables, "case.step_done", said, "party:ana", ("officer",))
    made.file("case.step_done", said, 3, by="party:ana")
    with pytest.raises(Forbidden, match="another person is needed"):
        check_filing(made.tables, "approval.given", approved("ana", "action.two"), "party:ana")
    made.file("approval.given", approved("ana", "action.two"), 4, by="party:ana")
    assert case(made.tables, CASE).state == "open"
    made.file("approval.given", approved("ben", "action.two"), 5, by="party:ben")
    assert case(made.tables, CASE).state == "closed"


def test_who_found_a_fact_anew_has_done_every_step_that_was_to_find_it() -> None:
    """The evading order of two: one reports it, the other reports it again otherwise, and approves that."""
    text = book(step("start", "action.one"), step("action.one", "action.more", out_args=["__x__"]),
                step("action.more", "if-condition", out_args=["__x__"]),
                step("if-condition", condition="__x__:value = 'a'", on_true="@action.two", on_false="@end"),
                step("action.two", "end", SECOND), step("end"), **FOUND)  # fmt: skip
    for version, counts in ("1.4.0", False), ("1.3.0", True):
        made = House()
        made.adopt(text.replace('"version": "1.1.0"', f'"version": "{version}"'))
        made.owe()
        for day, (who, name, fact) in enumerate((("ana", "one", "b"), ("ben", "more", "a")), 1):
            body = {"case": CASE, "step": sid(f"action.{name}"), "variables": {"__x__": fact}}
            made.file("case.step_done", body, day, by=f"party:{who}")
        made.file("approval.given", approved("ben", "action.two"), 3, by="party:ben")
        assert (case(made.tables, CASE).state == "closed") == counts


def test_before_version_1_4_who_stated_a_fact_may_approve_as_they_could() -> None:
    made = judged("@action.find", version="1.3.0")
    made.file("clock.tick", {"at": ""}, 2)
    made.file(
        "case.step_done", {"case": CASE, "step": sid("if-condition"), "variables": {"__x__": "a"}}, 3, by="party:ana"
    )
    made.file("approval.given", approved("ana", "action.two"), 4, by="party:ana")
    assert case(made.tables, CASE).state == "closed"
