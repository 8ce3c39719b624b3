"""One case that moves long, or cannot move at all, keeps no other waiting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel import protocols
from commonweal.kernel.protocols import folding
from commonweal.kernel.protocols.cases import Case, Cause
from commonweal.kernel.protocols.events import DeadlinePassed
from commonweal.kernel.protocols.folding import advance, open_case
from commonweal.kernel.protocols.kinds import ITEMS_MAX
from commonweal.kernel.protocols.lints import lint
from commonweal.kernel.protocols.reading import LOOK_ITEMS_MAX, RUN_ITEMS_MAX, read
from commonweal.kernel.protocols.runs import run_items
from commonweal.kernel.record import Act
from commonweal.kernel.values import Conflict, instant
from long_cases import NOTE, T0, UNWRITABLE, YES, House, late, looping
from plays import book, sid, step

from .test_protocols_room import House as Room


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    made: list[House] = []

    def begin(text: str) -> House:
        made.append(House(tmp_path / "authority", text))
        return made[-1]

    yield begin
    for house in made:
        house.authority.close()


def test_a_long_move_is_told_in_several_entries_and_keeps_nobody_waiting(make: Any) -> None:
    """500 rounds of six things each (the loop and its note are entered and left, the note filed, the branch ended);
    before them the wait is escalated, after them the end is entered and the case closed."""
    house = make(looping(500))
    house.at("2026-01-03T00:00:00Z")
    assert house.of("playbook.test")["state"] == "closed"
    assert house.of("playbook.other")["next_deadline"] == "2026-01-11T00:00:00Z", "the other deadline passed as well"
    told = [
        entry for entry in house.entries("case.advanced") if entry.body["case"] == house.of("playbook.test")["case"]
    ]
    assert [len(entry.body["items"]) for entry in told] == [ITEMS_MAX, 1003]
    assert len(house.entries("case.notice")) == 500
    assert house.authority.faults() == []
    house.check()


@pytest.mark.parametrize("text", [UNWRITABLE, looping(1000, loops=5)], ids=["unwritable", "too long for one entry"])
def test_a_case_that_cannot_move_is_marked_alone_and_tried_again_each_day(make: Any, text: str) -> None:
    house = make(text)
    for second in range(3):
        house.at(f"2026-01-03T00:00:0{second}Z")
    row, other = house.of("playbook.test"), house.of("playbook.other")
    assert (other["waiting_for"], other["next_deadline"]) == ("desk", "2026-01-11T00:00:00Z")
    assert (row["state"], row["waiting_for"], row["next_deadline"]) == ("open", "stuck", "2026-01-04T00:00:00Z")
    assert len(house.entries("clock.tick")) == 1, "the clock is read when something falls due, not all the time"
    (fault,) = house.authority.status()["faults"]
    (stuck,) = protocols.stuck(house.authority.reader, row["case"])
    assert fault["entry"] == stuck["entry"] == house.entries("clock.tick")[0].index
    assert fault["problem"] == f"{row['case']}: {stuck['problem']}"
    assert "at most" in stuck["problem"]
    done = {"case": row["case"], "step": sid("action.wait")}
    with pytest.raises(Conflict, match=r"cannot move on so: .*at most"):
        house.authority.check(Act("case.step_done", done, ""))
    house.check()
    house.at("2026-01-04T00:00:00Z")
    assert house.of("playbook.test")["next_deadline"] == "2026-01-05T00:00:00Z"


def test_a_case_that_was_stuck_goes_on_when_what_kept_it_is_gone(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an upgrade: the next day it moves, and nothing is said of it any more."""
    house = make(looping(10))
    monkeypatch.setattr(folding, "LOOK_ITEMS_MAX", 20)
    house.at("2026-01-03T00:00:00Z")
    assert [row["case"] for row in protocols.stuck(house.authority.reader)] == [house.of("playbook.test")["case"]]
    monkeypatch.undo()
    house.at("2026-01-04T00:00:00Z")
    assert house.of("playbook.test")["state"] == "closed"
    assert protocols.stuck(house.authority.reader) == house.authority.faults() == []


def test_a_case_that_cannot_even_open_keeps_the_others_from_nothing(make: Any) -> None:
    opens = book(
        step("start", "action.a"), step("action.a", "end", commands=NOTE), step("end", ext={"outcome": "x" * 81})
    )
    house = make(opens)
    assert protocols.cases(house.authority.reader, playbook="playbook.test") == []
    assert house.of("playbook.other")["state"] == "open"
    (fault,) = house.authority.faults()
    assert fault["entry"] == house.entries("model_registration.organisation")[0].index
    house.check()


# what is asked of a new playbook


def test_a_loop_that_runs_by_itself_for_too_long_is_named_with_its_number_and_the_bound() -> None:
    (fault,) = lint(read(looping(500)))
    assert (fault.code, fault.where) == ("too_long", f"workflow.{sid('while-condition.0')}.at_most.visits")
    assert fault.seen.startswith("500 visits in the loop of “0”")
    assert str(RUN_ITEMS_MAX) in fault.want
    assert lint(read(looping(250))) == []
    several = lint(read(looping(250, loops=2)))
    assert [fault.code for fault in several] == ["too_long"], "two loops one after another are one run"
    many = lint(read(book(step("start", "action.a"), step("action.a", "end", commands=NOTE * 2500), step("end"))))
    assert [(fault.code, fault.where) for fault in many] == [("too_long", "workflow")]


def test_a_loop_in_which_somebody_must_act_may_go_on_for_longer() -> None:
    work = [
        step("start", "action.a"), step("action.a", "action.b", {"at_most": {"visits": 1000, "then": "@end"}}),
        step("action.b", "action.a", commands=NOTE), step("end"),
    ]  # fmt: skip
    assert "too_long" not in {fault.code for fault in lint(read(book(*work)))}
    work[1] = step("action.a", "action.b", {"at_most": {"visits": 1000, "then": "@end"}, **late("action.b")})
    assert [fault.code for fault in lint(read(book(*work)))] == ["too_long"], "time alone leads round"


@st.composite
def bounded(draw: st.DrawFn) -> str:
    """A while loop with, inside it, what the dice say: notices, waits that time ends, branches, another loop."""
    rounds = st.integers(1, 4)
    inner: list[dict[str, Any]] = []
    last = "end.body"
    for n in range(draw(st.integers(1, 3))):
        name = f"action.{n}"
        form = draw(st.sampled_from(["note", "desk", "delay", "branches", "loop", "decide", "timeout"]))
        if form == "note":
            inner.append(step(name, last, commands=NOTE * draw(rounds)))
        elif form == "desk":
            inner.append(step(name, last, late(last, "PT1H")))
        elif form == "timeout":
            inner.append(step(name, last, timeout=60_000, on_failure=f"@{last}"))
        elif form == "delay":
            inner.append(step(name, last, commands=NOTE, delay=60_000))
        elif form == "branches":
            fork, sides = f"parallel.{n}", [f"action.{n}a", f"action.{n}b"]
            inner += [step(name, fork, commands=NOTE), step(fork, last, next_steps=[f"@{side}" for side in sides])]
            inner += [step(side, "end.body", late("end.body", "PT1H")) for side in sides]
        elif form == "decide":
            way = {"condition": "__x__:value = 'yes'", "on_true": f"@action.{n}c", "on_false": "@end.body"}
            inner += [step(name, f"if-condition.{n}", commands=NOTE), step(f"if-condition.{n}", last, **way)]
            inner.append(step(f"action.{n}c", "end.body", commands=NOTE))
        else:
            loop, bound = f"while-condition.{n}", {"at_most": {"visits": draw(rounds), "then": f"@{last}"}}
            inner += [step(name, loop, commands=NOTE), step(f"action.{n}c", "end.body", commands=NOTE)]
            inner.append(step(loop, ext=bound, condition="__x__:value = 'yes'", on_true=f"@action.{n}c"))
        last = name
    bound = {"at_most": {"visits": draw(rounds), "then": "@end"}}
    outer = step("while-condition", ext=bound, condition="__x__:value = 'yes'", on_true=f"@{last}")
    begin = draw(st.sampled_from([late("while-condition"), {}]))
    first = step("action.first", "while-condition", begin, **({} if begin else {"commands": NOTE}))
    return book(step("start", "action.first"), first, outer, *inner, step("end"), step("end.body"), **YES)


def opened(text: str) -> Case:
    return open_case(read(text), "model:x", Cause(0, "duty.changed", {}), T0, "case:x")


@settings(deadline=None)
@given(bounded())
def test_no_run_is_longer_than_what_the_linter_counts(text: str) -> None:
    playbook = read(text)
    assert not {fault.code for fault in lint(playbook)} - {"unreachable"}
    case, _ = advance(opened(text), DeadlinePassed(1), instant("2030-01-01T00:00:00Z"))
    assert case.state == "closed"
    assert len(case.timeline) <= run_items(playbook) <= RUN_ITEMS_MAX < LOOK_ITEMS_MAX


@settings(deadline=None)
@given(bounded(), st.lists(st.integers(1, 200), max_size=6, unique=True))
def test_many_looks_at_the_clock_lead_where_one_does(text: str, minutes: list[int]) -> None:
    looked, end = opened(text), instant("2026-01-09T00:00:00Z")
    for number, minute in enumerate(sorted(minutes), 1):
        looked, _ = advance(looked, DeadlinePassed(number), instant("2026-01-01T00:00:00Z") + minute * (end - T0) / 400)
    looked, _ = advance(looked, DeadlinePassed(99), end)
    once, _ = advance(opened(text), DeadlinePassed(99), end)
    assert (looked.standing, looked.variables, looked.visits) == (once.standing, once.variables, once.visits)
    assert (looked.state, looked.outcome, looked.timeline) == (once.state, once.outcome, once.timeline)


TOLD = [{"type": "notify", "command": "told"}]


def note(name: str, then: str, times: int = 1, **more: Any) -> dict[str, Any]:
    return step(name, then, commands=NOTE * times, **more)


def telling(times: int, *targets: str) -> list[dict[str, Any]]:
    return [step("action.a", "end", {"deliver": list(targets)}, commands=TOLD * times)]


def forking(sides: str) -> list[dict[str, Any]]:
    fork = step("parallel", "end", next_steps=[f"@action.{side}" for side in sides])
    return [note("action.a", "parallel"), fork, *(note(f"action.{side}", "end.side") for side in sides)]


def deciding() -> list[dict[str, Any]]:
    """Thirty rounds with two decisions in each, whose branches end before the round goes on."""
    bound = {"at_most": {"visits": 30, "then": "@end"}}
    way = {"condition": "__x__:value = 'yes'"}
    ways = [{**way, "on_true": f"@action.{n}"} for n in range(2)]
    sides = [note(f"action.{n}", "end.side") for n in range(2)]
    first = step("if-condition.0", "if-condition.1", **ways[0])
    second = step("if-condition.1", "action.z", **ways[1])
    outer = step("while-condition", ext=bound, on_true="@if-condition.0", **way)
    return [note("action.a", "while-condition"), outer, first, second, note("action.z", "end.side"), *sides]


def going_round(visits: int) -> list[dict[str, Any]]:
    """The step without a bound is entered once more than the one that has it."""
    bound = {"at_most": {"visits": visits, "then": "@end"}}
    return [note("action.a", "action.b", 30), step("action.b", "action.a", bound, commands=NOTE)]


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ([note("action.a", "end")], [note("action.a", "end", 3)]),
        ([note("action.a", "end")], [note("action.a", "end", delay=1000)]),
        (telling(1, "peer"), telling(2, "peer", "press")),
        (forking("xy"), forking("xyz")),
        ([note("action.a", "end", 30)], going_round(1)),
        ([note("action.a", "end")], deciding()),
    ],
    ids=["notices", "a delay", "what leaves", "a branch", "a loop", "decisions"],
)
def test_what_more_can_happen_is_counted_as_it_happens(less: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    """The count grows by at least as much as the case's own history does."""
    counted, happened = [], []
    for parts in (less, more):
        text = book(step("start", "action.a"), *parts, step("end"), step("end.side"), **YES)
        case, _ = advance(opened(text), DeadlinePassed(1), instant("2026-01-02T00:00:00Z"))
        assert case.state == "closed"
        counted.append(run_items(read(text)))
        happened.append(len(case.timeline))
    assert 0 < happened[1] - happened[0] <= counted[1] - counted[0]


def test_a_case_that_an_entry_could_not_move_keeps_the_deadline_that_it_has() -> None:
    """What is awaited leads to what cannot be recorded; the deadline leads elsewhere, and comes when it would have."""
    waits = {"await_event": {"kind": "x.filed", "match": {"subject": "*"}}, **late("end", "P9D")}
    made = Room()
    made.adopt(book(step("start", "action.a"), step("action.a", "end.long", waits), step("end"),
                    step("end.long", ext={"outcome": "x" * 81})))  # fmt: skip
    made.owe()
    assert made.file("x.filed", {}, 1, "model:x") == []
    (row,) = protocols.cases(made.tables)
    assert (row["waiting_for"], row["next_deadline"]) == ("stuck", "2026-01-10T00:00:00Z")
    assert [found["case"] for found in protocols.stuck(made.tables)] == [row["case"]]
    made.file("clock.tick", {"at": ""}, 9)
    assert protocols.cases(made.tables)[0]["state"] == "closed"
    assert protocols.stuck(made.tables) == []
    assert made.rebuilt() == made.dump()
