from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonweal.kernel.protocols.admissible import check_approval, check_done
from commonweal.kernel.protocols.cases import Case, Cause, waiting_for
from commonweal.kernel.protocols.events import (
    ApprovalGiven,
    Closed,
    DeadlinePassed,
    Escalated,
    Event,
    EventArrived,
    Noticed,
    ReversalOrdered,
    Reversing,
    StepCompleted,
    StepDone,
    StepEntered,
    event_from_json,
    event_to_json,
)
from commonweal.kernel.protocols.folding import advance, fold, open_case
from commonweal.kernel.protocols.lints import load
from commonweal.kernel.values import BadInput, Conflict, Forbidden
from plays import APPROVED, AWAITING, book, sid, step

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return T0 + timedelta(days=number)


def opened(*steps: dict[str, Any], facts: dict[str, str | None] | None = None, **more: Any) -> Case:
    return open_case(load(book(*steps, **more)), "model:x", Cause(1, "duty.changed", facts or {}), T0, "case:x")


def stands_at(case: Case) -> list[str]:
    return [one.step for one in case.standing]


def entered(case: Case) -> list[str]:
    return [item.step for item in case.timeline if isinstance(item, StepEntered)]


def done(index: int, name: str, **more: Any) -> StepDone:
    return StepDone(index, sid(name), "party:desk", **more)


def says(index: int, by: str, organisation: str, decision: Any = "approve", role: str = "officer") -> ApprovalGiven:
    return ApprovalGiven(index, sid("action.approve"), by, organisation, role, decision)


def at_approval() -> Case:
    case, _ = advance(opened(*APPROVED), done(2, "action.check"), day(1))
    assert stands_at(case) == [sid("action.approve")]
    return case


def test_a_case_opens_at_the_first_step_that_waits() -> None:
    case = opened(*APPROVED)
    assert stands_at(case) == [sid("action.check")]
    assert entered(case) == [sid("start"), sid("action.check")]
    assert waiting_for(case, case.standing[0]) == {"kind": "desk", "agent": sid("group.desk")}


def test_two_organisations_approve_and_the_rest_runs_by_itself() -> None:
    case, _ = advance(at_approval(), says(3, "a", "x"), day(2))
    assert waiting_for(case, case.standing[0])["given"] == 1
    case, intents = advance(case, says(4, "b", "y"), day(3))
    assert (case.state, case.outcome) == ("closed", "accepted")
    assert [type(item) for item in intents[1:]] == [
        StepCompleted, StepEntered, StepCompleted, Noticed, StepEntered, Closed,
    ]  # fmt: skip


def test_one_organisation_has_one_voice_and_one_person_decides_once() -> None:
    case = fold(at_approval(), [(says(3, "a", "x"), day(2)), (says(4, "b", "x"), day(2)), (says(5, "a", "y"), day(2))])
    assert stands_at(case) == [sid("action.approve")]
    assert waiting_for(case, case.standing[0])["given"] == 1


def test_a_refusal_takes_the_way_for_failure() -> None:
    case, _ = advance(at_approval(), says(3, "a", "x", "refuse"), day(2))
    assert (case.state, case.outcome) == ("closed", "refused")


def test_the_wrong_role_is_refused_at_the_door_and_ignored_by_the_fold() -> None:
    case, wrong = at_approval(), says(3, "a", "x", role="desk")
    with pytest.raises(Forbidden, match="officer"):
        check_approval(case, wrong)
    assert advance(case, wrong, day(2)) == (case, [])


def test_who_has_decided_is_told_so_at_the_door() -> None:
    case, _ = advance(at_approval(), says(3, "a", "x"), day(2))
    with pytest.raises(Conflict, match="each person decides once"):
        check_approval(case, says(4, "a", "y"))
    with pytest.raises(Conflict, match="another organisation"):
        check_approval(case, says(4, "b", "x"))
    check_approval(case, says(4, "b", "y"))


def test_an_approval_of_a_step_that_asks_for_none_names_the_step_that_does() -> None:
    wrong = ApprovalGiven(3, sid("action.check"), "a", "x", "officer", "approve")
    with pytest.raises(BadInput) as caught:
        check_approval(at_approval(), wrong)
    assert sid("action.approve") in caught.value.faults[0].want


def test_who_did_the_work_may_not_approve_it_where_duties_are_separated() -> None:
    ext = {"approval": {"n": 1, "of_roles": ["officer"], "separate_from": ["@action.check"]}}
    case = opened(
        step("start", "action.check"),
        step("action.check", "action.approve"),
        step("action.approve", "end", ext),
        step("end"),
    )
    case, _ = advance(case, done(2, "action.check"), day(1))
    own = says(3, "party:desk", "x")
    with pytest.raises(Forbidden, match="another person"):
        check_approval(case, own)
    assert advance(case, own, day(2))[1] == []
    assert advance(case, says(4, "party:other", "x"), day(2))[0].state == "closed"


def test_a_step_that_fails_without_a_way_for_failure_fails_the_case() -> None:
    case, _ = advance(opened(*APPROVED), done(2, "action.check", outcome="failed"), day(1))
    assert (case.state, case.standing) == ("failed", ())


def test_a_step_that_fails_takes_everything_to_the_exception_step() -> None:
    steps = [
        step("start", "parallel"),
        step("parallel", "end", next_steps=["@action.a", "@action.b"]),
        step("action.a", "end.a"),
        step("action.b", "end.b"),
        step("end.a"),
        step("end.b"),
        step("end"),
        step("action.rescue", "end"),
    ]
    case = opened(*steps, workflow_exception="@action.rescue")
    case, _ = advance(case, done(2, "action.a", outcome="failed"), day(1))
    assert stands_at(case) == [sid("action.rescue")]
    case, _ = advance(case, done(3, "action.rescue", outcome="failed"), day(1))
    assert case.state == "failed"


# waiting for entries and for time

DUE = {"due": "2026-01-11T00:00:00Z", "duty": "notification"}


def filed(index: int, duty: str = "notification", subject: str = "model:x") -> EventArrived:
    return EventArrived(index, "x.filed", subject, {"duty": duty})


def test_what_is_awaited_completes_its_step() -> None:
    case, _ = advance(opened(*AWAITING, facts=DUE), filed(2), day(5))
    assert case.outcome == "met"


@pytest.mark.parametrize("event", [filed(2, duty="other"), filed(2, subject="model:y")])
def test_what_does_not_match_is_ignored(event: EventArrived) -> None:
    case = opened(*AWAITING, facts=DUE)
    assert advance(case, event, day(5)) == (case, [])


def test_a_deadline_that_passes_goes_to_the_escalation() -> None:
    case = opened(*AWAITING, facts=DUE)
    assert case.next_deadline() == day(10)
    assert advance(case, DeadlinePassed(2), day(9.9)) == (case, [])
    case, intents = advance(case, DeadlinePassed(2), day(10))
    assert intents[0] == Escalated(sid("action.await"), day(10), sid("action.chase"), day(10))
    assert stands_at(case) == [sid("action.chase")]


def test_what_comes_at_the_due_instant_is_late_even_if_no_clock_ticked_between() -> None:
    # a due instant is exclusive: the day before it was the last one
    case, _ = advance(opened(*AWAITING, facts=DUE), filed(2), day(10))
    assert stands_at(case) == [sid("action.chase")]


def test_what_comes_early_is_kept_for_the_step_that_awaits_it() -> None:
    case = fold(opened(*AWAITING, facts=DUE), [(filed(2), day(12)), (done(3, "action.chase"), day(13))])
    assert case.outcome == "late"
    assert case.arrived == ()


@pytest.mark.parametrize("due", [None, "", "soon"])
def test_an_unknown_due_date_is_taken_from_the_opening_and_says_so(due: str | None) -> None:
    # the cautious side, visibly: somebody is asked to look at it now
    case = opened(*AWAITING, facts={"due": due})
    waits = next(item for item in case.timeline if isinstance(item, StepEntered) and item.step == sid("action.await"))
    assert (waits.deadline, waits.deadline_assumed) == (T0, True)
    assert stands_at(case) == [sid("action.chase")]


def test_a_case_opened_after_its_due_date_is_escalated_at_once() -> None:
    case = opened(*AWAITING, facts={"due": "2025-06-01"})
    assert stands_at(case) == [sid("action.chase")]


def test_a_step_reached_after_its_own_deadline_is_left_at_once() -> None:
    late = {"deadline": {"from_event": "cause.due", "duration": "P0D", "escalate_to": "@action.c"}}
    steps = (
        step("start", "action.a"),
        step("action.a", "action.b"),
        step("action.b", "end", late),
        step("action.c", "end"),
        step("end"),
    )
    case, intents = advance(opened(*steps, facts=DUE), done(2, "action.a"), day(11))
    assert stands_at(case) == [sid("action.c")]
    assert [type(item) for item in intents] == [StepCompleted, StepEntered, Escalated, StepEntered]


def test_deadlines_count_from_the_opening_or_from_the_step() -> None:
    def waits(source: str) -> dict[str, Any]:
        return {"deadline": {"from_event": source, "duration": "P3D", "escalate_to": "@end"}}

    case = opened(
        step("start", "action.a"),
        step("action.a", "action.b", waits("case.opened")),
        step("action.b", "end", waits("step.entered")),
        step("end"),
    )
    assert case.next_deadline() == day(3)
    case, _ = advance(case, done(2, "action.a"), day(1))
    assert case.next_deadline() == day(4)


def test_several_deadlines_pass_in_one_step_of_the_clock_in_their_order() -> None:
    def to(target: str) -> dict[str, Any]:
        return {"deadline": {"from_event": "case.opened", "duration": "P1D", "escalate_to": f"@{target}"}}

    case = opened(
        step("start", "action.a"),
        step("action.a", "end", to("action.b")),
        step("action.b", "end", to("action.c")),
        step("action.c", "end"),
        step("end"),
    )
    case, _ = advance(case, DeadlinePassed(2), day(30))
    assert [item.step for item in case.timeline if isinstance(item, Escalated)] == [sid("action.a"), sid("action.b")]
    assert stands_at(case) == [sid("action.c")]


def test_a_case_is_withdrawn_when_what_it_is_about_ends() -> None:
    from commonweal.kernel.protocols.playbooks import EXTENSION

    ends = {EXTENSION: {"withdrawn_by": [{"kind": "duty.changed", "match": {"state": "lapsed"}}]}}
    case = opened(*AWAITING, facts=DUE, playbook_extensions=ends)
    same, _ = advance(case, EventArrived(2, "duty.changed", "model:x", {"state": "owed"}), day(1))
    assert same is case
    case, intents = advance(case, EventArrived(2, "duty.changed", "model:x", {"state": "lapsed"}), day(1))
    assert (case.state, case.outcome, case.next_deadline()) == ("closed", "withdrawn", None)
    assert intents == [Closed("", day(1), "closed", "withdrawn", 2)]


# decisions and branches

BRANCHING = (
    step("start", "action.look"),
    step("action.look", "if-condition", out_args=["__found__"]),
    step("if-condition", condition="__found__:value = 'yes'", on_true="@action.act", on_false="@end.nothing"),
    step("action.act", "end"),
    step("end"),
    step("end.nothing", ext={"outcome": "nothing"}),
)
FOUND = {"__found__": {"type": "string"}}


def test_a_condition_is_decided_by_what_the_desk_found() -> None:
    case = opened(*BRANCHING, playbook_variables=FOUND)
    yes, _ = advance(case, done(2, "action.look", variables={"__found__": "yes"}), day(1))
    no, _ = advance(case, done(2, "action.look", variables={"__found__": "no"}), day(1))
    assert stands_at(yes) == [sid("action.act")]
    assert no.outcome == "nothing"


def test_an_unknown_fact_is_waited_for_and_never_guessed() -> None:
    case, _ = advance(opened(*BRANCHING, playbook_variables=FOUND), done(2, "action.look"), day(1))
    assert waiting_for(case, case.standing[0]) == {"kind": "fact", "variables": ["__found__"]}
    case, _ = advance(case, done(3, "if-condition", variables={"__found__": "yes"}), day(2))
    assert stands_at(case) == [sid("action.act")]


def test_the_door_refuses_variables_that_the_step_does_not_give() -> None:
    case = opened(*BRANCHING, playbook_variables=FOUND)
    with pytest.raises(BadInput) as caught:
        check_done(case, done(2, "action.act", variables={"__other__": "1"}))
    assert [fault.where for fault in caught.value.faults] == ["step", "variables.__other__"]
    check_done(case, done(2, "action.look", variables={"__found__": "yes"}))


def test_the_door_refuses_a_step_done_without_the_fact_that_a_decision_goes_by() -> None:
    case = opened(*BRANCHING, playbook_variables=FOUND)
    with pytest.raises(BadInput) as caught:
        check_done(case, done(2, "action.look"))
    assert [(fault.where, fault.code) for fault in caught.value.faults] == [("variables.__found__", "fact")]
    check_done(case, StepDone(2, sid("action.look"), "p", "failed"))
    asked, _ = advance(case, done(2, "action.look"), day(1))  # as the fold takes it: an older record may hold one
    with pytest.raises(BadInput, match="the fact that is waited for: __found__"):
        check_done(asked, done(3, "if-condition"))
    check_done(asked, done(3, "if-condition", variables={"__found__": "no"}))
    free = [step("action.look", "end", out_args=["__found__"]), step("start", "action.look"), step("end")]
    check_done(opened(*free, playbook_variables=FOUND), done(2, "action.look"))


def test_a_switch_takes_its_case_or_the_default() -> None:
    late = {"deadline": {"from_event": "step.entered", "duration": "P30D", "escalate_to": "@end"}}
    switch = step("switch-condition", ext=late, switch="__found__:value", cases={"a": "@action.a", "default": "@end"})
    steps = (step("start", "switch-condition"), switch, step("action.a", "end"), step("end"))
    variables = {"__found__": {"type": "string", "external": True}}
    taken = opened(*steps, playbook_variables=variables, facts={"found": "a"})
    other = opened(*steps, playbook_variables=variables, facts={"found": "b"})
    unknown = opened(*steps, playbook_variables=variables)
    assert stands_at(taken) == [sid("action.a")]
    assert other.state == "closed"
    assert stands_at(unknown) == [sid("switch-condition")]


def test_parallel_branches_are_all_done_before_the_case_goes_on() -> None:
    case = opened(
        step("start", "parallel"),
        step("parallel", "action.after", next_steps=["@action.auto", "@action.a", "@action.b"]),
        step("action.auto", "end.branch", commands=[{"type": "record", "command": "x"}]),
        step("action.a", "end.branch"),
        step("action.b", "end.branch"),
        step("end.branch"),
        step("action.after", "end"),
        step("end"),
    )
    assert stands_at(case) == [sid("action.a"), sid("action.b")]
    case, _ = advance(case, done(2, "action.b"), day(1))
    assert stands_at(case) == [sid("action.a")]
    case, _ = advance(case, done(3, "action.a"), day(1))
    assert stands_at(case) == [sid("action.after")]


def test_a_bounded_loop_goes_round_as_often_as_it_says_and_then_leaves() -> None:
    case = opened(
        step("start", "action.a"),
        step("action.a", "end", {"at_most": {"visits": 2, "then": "@action.give_up"}}, on_failure="@action.again"),
        step("action.again", "action.a", commands=[{"type": "record", "command": "again"}]),
        step("action.give_up", "end"),
        step("end"),
    )
    case, _ = advance(case, done(2, "action.a", outcome="failed"), day(1))
    assert stands_at(case) == [sid("action.a")]
    case, _ = advance(case, done(3, "action.a", outcome="failed"), day(1))
    assert stands_at(case) == [sid("action.give_up")]


def test_a_while_step_repeats_until_its_condition_no_longer_holds() -> None:
    loop = {"condition": "__more__:value = 'yes'", "on_true": "@action.a"}
    steps = (
        step("start", "while-condition"),
        step("while-condition", "end", {"at_most": {"visits": 9, "then": "@end"}}, **loop),
        step("action.a", "end.round", out_args=["__more__"]),
        step("end.round"),
        step("end"),
    )
    case = opened(*steps, playbook_variables={"__more__": {"type": "string", "value": "yes"}})
    case, _ = advance(case, done(2, "action.a", variables={"__more__": "yes"}), day(1))
    assert stands_at(case) == [sid("action.a")]
    case, _ = advance(case, done(3, "action.a", variables={"__more__": "no"}), day(1))
    assert case.state == "closed"


# reversal

UNDOABLE = (
    step("start", "action.a"),
    step("action.a", "action.b", {"reversal_step": "@action.undo_a"}),
    step("action.b", "end", {"reversal_step": "@action.undo_b"}),
    step("end"),
    step("action.undo_a", "end.undone"),
    step("action.undo_b", "end.undone"),
    step("end.undone", ext={"outcome": "undone"}),
)


def test_what_was_done_is_undone_newest_first() -> None:
    case = fold(opened(*UNDOABLE), [(done(2, "action.a"), day(1)), (done(3, "action.b"), day(1))])
    assert case.state == "closed"
    case, _ = advance(case, ReversalOrdered(4), day(2))
    assert (case.state, stands_at(case)) == ("open", [sid("action.undo_b")])
    case, _ = advance(case, done(5, "action.undo_b"), day(3))
    assert stands_at(case) == [sid("action.undo_a")]
    case, _ = advance(case, done(6, "action.undo_a"), day(3))
    assert (case.state, case.outcome) == ("reversed", "undone")
    assert advance(case, ReversalOrdered(7), day(4)) == (case, [])


def test_only_what_was_done_is_undone() -> None:
    case, _ = advance(opened(*UNDOABLE), done(2, "action.a"), day(1))
    case, _ = advance(case, ReversalOrdered(3), day(2))
    assert stands_at(case) == [sid("action.undo_a")]


def test_a_case_that_did_nothing_reversible_is_left_alone() -> None:
    case = opened(*UNDOABLE)
    assert advance(case, ReversalOrdered(2), day(1)) == (case, [])


@pytest.mark.parametrize(
    "event",
    [
        done(2, "action.a", variables={"__x__": "y"}),
        says(2, "a", "x"),
        DeadlinePassed(2),
        filed(2),
        ReversalOrdered(2, "a"),
    ],
)
def test_events_survive_json(event: Event) -> None:
    assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event


@pytest.mark.parametrize("looked", [False, True])
def test_what_was_escalated_unnoticed_is_undone_too(looked: bool) -> None:
    """Whether somebody looked at the case when the deadline passed changes nothing of what a reversal has to undo."""
    late = {"deadline": {"from_event": "step.entered", "duration": "P10D", "escalate_to": "@action.publish"}}
    notice = {"commands": [{"type": "record", "command": "told"}]}
    case = opened(
        step("start", "action.first"),
        step("action.first", "action.wait", {"reversal_step": "@action.undo_first"}),
        step("action.wait", "end", late),
        step("action.publish", "action.later", {"reversal_step": "@action.undo"}, **notice),
        step("action.later", "end.later"),
        step("end.later"),
        step("end"),
        step("action.undo", "end.undone", **notice),
        step("end.undone"),
        step("action.undo_first", "end.first", **notice),
        step("end.first"),
    )
    case, _ = advance(case, done(2, "action.first"), day(1))
    if looked:
        case, _ = advance(case, DeadlinePassed(3), day(12))
    case, _ = advance(case, ReversalOrdered(4), day(12))
    (ordered,) = (item for item in case.timeline if isinstance(item, Reversing))
    assert ordered.steps == (sid("action.undo"), sid("action.undo_first")), "newest first"
    assert case.state == "reversed"
