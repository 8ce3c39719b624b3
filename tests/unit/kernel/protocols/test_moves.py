"""What may happen to a step beside being done: waits that CACAO states, hand-over, a stop, what leaves the house."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commonweal.kernel.protocols import case, case_at, cases, check_filing, effects, timeline, who_must_act
from commonweal.kernel.values import BadInput, Conflict, NotFound
from plays import book, sid, step

from .test_protocols_room import CASE, T0, House

TOLD = [{"type": "notify", "command": "The model is withdrawn."}]
LATE = {"deadline": {"from_event": "step.entered", "duration": "P10D", "escalate_to": "@end.late"}}


def house(*steps: dict[str, Any], **more: Any) -> House:
    made = House()
    made.adopt(book(*steps, **more))
    made.owe()
    return made


def standing(made: House) -> list[str]:
    return [one.step for one in case(made.tables, CASE).standing]


def tick(made: House, day: float) -> None:
    made.file("clock.tick", {"at": ""}, day)


def moved(made: House) -> list[str]:
    assert made.rebuilt() == made.dump()
    return [item["what"] for item in timeline(made.tables, CASE)]


# CACAO's own waits


def test_a_delayed_step_begins_when_its_delay_is_over_and_not_before() -> None:
    wait = step("action.a", "end", delay=86_400_000)
    made = house(step("start", "action.a"), wait, step("end"))
    assert who_must_act(made.tables, CASE)[0]["kind"] == "delay"
    with pytest.raises(BadInput):
        check_filing(made.tables, "case.step_done", {"case": CASE, "step": sid("action.a")}, "p")
    made.file("case.step_done", {"case": CASE, "step": sid("action.a")}, 0.5)
    assert case(made.tables, CASE).state == "open"
    tick(made, 1)
    assert who_must_act(made.tables, CASE)[0]["kind"] == "desk"
    made.file("case.step_done", {"case": CASE, "step": sid("action.a")}, 1.5)
    assert case(made.tables, CASE).state == "closed"
    assert moved(made).count("entered") == 4


def test_a_step_that_times_out_has_failed() -> None:
    wait = step("action.a", "end", timeout=1500, on_failure="@end.late")
    made = house(step("start", "action.a"), wait, step("end"), step("end.late", ext={"outcome": "late"}))
    assert case(made.tables, CASE).next_deadline() == T0 + timedelta(seconds=2), "in whole seconds, rounded up"
    tick(made, 1)
    assert case(made.tables, CASE).outcome == "late"
    assert "not done in time" in str([dict(item["text"]) for item in timeline(made.tables, CASE)])


def test_of_a_deadline_and_a_timeout_the_first_counts() -> None:
    steps = (step("start", "action.a"), step("end"), step("end.late", ext={"outcome": "late"}))
    soon = step("action.a", "end", LATE, timeout=86_400_000)
    made = house(*steps, soon)
    tick(made, 2)
    assert case(made.tables, CASE).state == "failed"
    made = house(*steps, step("action.a", "end", LATE, timeout=86_400_000 * 20))
    tick(made, 11)
    assert case(made.tables, CASE).outcome == "late"


# hand-over and stop


def test_another_desk_takes_a_step_over_and_its_time_runs_on() -> None:
    made = house(step("start", "action.a"), step("action.a", "end", LATE), step("end"), step("end.late"))
    body = {"case": CASE, "to": "ministry-of-labour", "reason": "It is theirs."}
    with pytest.raises(BadInput):
        check_filing(made.tables, "case.handed_over", {**body, "step": "action--other"}, "p")
    check_filing(made.tables, "case.handed_over", body, "p")
    made.file("case.handed_over", body, 2)
    (asked,) = who_must_act(made.tables, CASE)
    assert (asked["handed_to"], asked["until"]) == ("ministry-of-labour", "2026-01-11T00:00:00Z")
    assert "It is theirs" not in str(timeline(made.tables, CASE)), "why is sealed in its entry"
    assert moved(made)[-1] == "handed_over"


def test_while_a_case_is_stopped_nothing_is_done_and_no_deadline_passes() -> None:
    made = house(step("start", "action.a"), step("action.a", "end", LATE), step("end"), step("end.late"))
    made.file("case.stopped", {"case": CASE, "reason": "A court said so."}, 4)
    assert cases(made.tables)[0]["waiting_for"] == "stopped"
    assert cases(made.tables)[0]["next_deadline"] is None
    done = {"case": CASE, "step": sid("action.a")}
    with pytest.raises(Conflict, match="was stopped on"):
        check_filing(made.tables, "case.step_done", done, "p")
    made.file("case.step_done", done, 5)
    tick(made, 40)
    assert standing(made) == [sid("action.a")]
    made.file("case.resumed", {"case": CASE}, 44)
    assert cases(made.tables)[0]["next_deadline"] == "2026-02-20T00:00:00Z", "six of its ten days were left"
    with pytest.raises(Conflict, match="was not stopped"):
        check_filing(made.tables, "case.resumed", {"case": CASE}, "p")
    made.file("case.step_done", done, 45)
    assert case(made.tables, CASE).state == "closed"
    assert [what for what in moved(made) if what in ("stopped", "resumed")] == ["stopped", "resumed"]


def test_a_stop_does_not_move_what_the_law_set_and_keeps_what_arrived() -> None:
    due = {"deadline": {"from_event": "cause.due", "duration": "P0D", "escalate_to": "@action.b"}}
    wait = step("action.a", "end", {**due, "await_event": {"kind": "x.filed", "match": {}}})
    made = house(step("start", "action.a"), wait, step("action.b", "end"), step("end"))
    made.file("case.stopped", {"case": CASE, "reason": "r"}, 1)
    made.file("x.filed", {}, 2, "model:x")
    assert standing(made) == [sid("action.a")]
    made.file("case.resumed", {"case": CASE}, 3)
    assert case(made.tables, CASE).state == "closed", "what arrived meanwhile is looked at then"
    made = house(step("start", "action.a"), wait, step("action.b", "end"), step("end"))
    made.file("case.stopped", {"case": CASE, "reason": "r"}, 1)
    made.file("case.resumed", {"case": CASE}, 20)
    assert standing(made) == [sid("action.b")], "the duty's own day passed meanwhile"
    assert moved(made)[-1] == "entered"


# what leaves the house


def test_a_notice_leaves_once_for_each_target_and_its_evidence_is_kept() -> None:
    tell = step("action.a", "action.b", {"deliver": ["press-list", "peer"]}, commands=TOLD)
    wait = {"await_event": {"kind": "effect.delivered", "match": {"case": "$case", "target": "peer"}}}
    made = house(step("start", "action.a"), tell, step("action.b", "end", wait), step("end"))
    wanted = effects(made.tables)
    assert [row["target"] for row in wanted] == ["press-list", "peer"]
    assert {row["state"] for row in wanted} == {"wanted"}
    assert wanted[0]["text"]["en"] == "The model is withdrawn."
    assert "withdrawn" not in str(cases(made.tables)), "what is said stays in its entry"
    body = {"effect": wanted[1]["effect"], "case": CASE, "target": "peer", "at": "2026-01-01T01:00:00Z", "attempts": 2}
    check_filing(made.tables, "effect.delivered", body, "party:authority", by_house=True)
    made.file("effect.delivered", body, 1, "model:x")
    assert case(made.tables, CASE).state == "closed"
    with pytest.raises(Conflict, match="was delivered"):
        check_filing(made.tables, "effect.delivered", body, "party:authority", by_house=True)
    made.file("effect.failed", {**body, "problem": "late"}, 2, "model:x")
    assert [row["state"] for row in effects(made.tables, case=CASE)] == ["wanted", "delivered"]
    assert made.rebuilt() == made.dump()


def test_what_a_step_says_again_at_its_next_visit_is_filed_and_sent_again() -> None:
    """Three visits: three notices and three things to send, each an entry and a key of its own."""
    said = [*TOLD, {"type": "record", "command": "told"}]
    again = {"deliver": ["peer"], "at_most": {"visits": 3, "then": "@end"}}
    made = House()
    made.adopt(book(step("start", "action.a"), step("action.a", "action.a", again, commands=said), step("end")))
    acts = [act for act in made.owe() if act.kind in ("case.notice", "effect.requested")]
    assert [act.kind for act in acts].count("case.notice") == 3
    assert len({act.key for act in acts}) == len(acts) == 6
    assert len({row["effect"] for row in effects(made.tables)}) == 3


def test_a_command_for_a_machine_is_told_to_people_or_leaves_and_is_never_run() -> None:
    bash = [{"type": "bash", "command": "systemctl stop model"}]
    made = house(step("start", "action.a"), step("action.a", "end", commands=bash), step("end"))
    (asked,) = who_must_act(made.tables, CASE)
    assert (asked["kind"], asked["instruction"]["en"]) == ("desk", "[bash] systemctl stop model")
    assert effects(made.tables) == []
    made = house(step("start", "action.a"), step("action.a", "end", {"deliver": ["host"]}, commands=bash), step("end"))
    assert [(row["command"], row["target"]) for row in effects(made.tables)] == [("bash", "host")]


def test_what_a_person_does_first_is_done_before_it_leaves() -> None:
    both = [{"type": "manual", "command": "read it again"}, *TOLD]
    made = house(step("start", "action.a"), step("action.a", "end", {"deliver": ["press"]}, commands=both), step("end"))
    assert effects(made.tables) == []
    assert who_must_act(made.tables, CASE)[0]["instruction"]["en"] == "read it again"
    made.file("case.step_done", {"case": CASE, "step": sid("action.a")}, 1)
    assert len(effects(made.tables)) == 1


# replay


def test_a_case_stands_as_it_stood_at_any_instant() -> None:
    made = house(step("start", "action.a"), step("action.a", "action.b", LATE), step("action.b", "end"), step("end"),
                 step("end.late"))  # fmt: skip
    seen = [(T0, case(made.tables, CASE))]
    for day, kind, more in ((1, "case.handed_over", {"to": "x", "reason": "r"}), (2, "case.step_done", {}),
                            (3, "case.stopped", {"reason": "r"}), (9, "case.resumed", {}),
                            (9.5, "case.step_done", {"step": sid("action.b")})):  # fmt: skip
        body = {"case": CASE, **({"step": sid("action.a")} if kind == "case.step_done" else {}), **more}
        made.file(kind, body, day)
        seen.append((T0 + timedelta(days=day), case(made.tables, CASE)))
    for number, (when, stood) in enumerate(seen):
        assert case_at(made.tables, CASE, when) == stood
        assert case_at(made.tables, CASE, when + timedelta(hours=2)) == stood
        assert len(timeline(made.tables, CASE, when)) == len(stood.timeline)
        assert number == 0 or stood != seen[number - 1][1]
    with pytest.raises(NotFound, match="it was opened at"):
        case_at(made.tables, CASE, T0 - timedelta(seconds=1))
