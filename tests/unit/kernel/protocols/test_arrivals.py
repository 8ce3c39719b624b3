"""What is filed before a case waits for it: whether it counts, and how much of it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from commonweal.kernel.protocols import case, lint, read_playbook
from commonweal.kernel.protocols.reading import read
from commonweal.kernel.protocols.runs import awaits_max
from plays import book, sid, step

from .test_protocols_room import CASE, House

DAY_MS = 86_400_000
WAIT = {"await_event": {"kind": "x.filed"}}
EARLY = {"await_event": {"kind": "x.filed", "since": "case.opened"}}


def evidence(wait: dict[str, Any] = WAIT, version: str = "1.4.0", **more: Any) -> str:
    """A desk prepares; then evidence is awaited, at most three times, and examined until it will do."""
    bound = {"at_most": {"visits": 3, "then": "@end.held"}}
    return book(
        step("start", "action.prepare"), step("action.prepare", "action.await"),
        step("action.await", "action.check", {**wait, **bound}, **more),
        step("action.check", "end.met", on_failure="@action.await"),
        step("end.met", ext={"outcome": "met"}), step("end.held", ext={"outcome": "held"}),
    ).replace('"version": "1.1.0"', f'"version": "{version}"')  # fmt: skip


def opened(text: str) -> House:
    made = House()
    made.adopt(text)
    made.owe()
    return made


def filed(made: House, day: float, times: int = 1) -> None:
    for _ in range(times):
        made.file("x.filed", {}, day, "model:x")


def reported(made: House, name: str, day: float, outcome: str = "done") -> None:
    made.file("case.step_done", {"case": CASE, "step": sid(f"action.{name}"), "outcome": outcome}, day)


def stands_at(made: House) -> list[str]:
    assert made.rebuilt() == made.dump()
    return [one.step for one in case(made.tables, CASE).standing]


def kept(made: House) -> int:
    return len(case(made.tables, CASE).arrived)


def test_what_was_filed_before_it_was_awaited_is_no_answer() -> None:
    """Evidence of day 0 says nothing of what was prepared on day 1, nor of what was found wanting on day 3."""
    made = opened(evidence())
    filed(made, 0, 4)
    reported(made, "prepare", 1)
    assert stands_at(made) == [sid("action.await")]
    filed(made, 2)
    filed(made, 2)
    reported(made, "check", 3, "failed")
    assert stands_at(made) == [sid("action.await")]
    filed(made, 4)
    reported(made, "check", 5)
    assert case(made.tables, CASE).outcome == "met"


def test_what_may_come_early_is_kept_once_where_the_playbook_says_so() -> None:
    made = opened(evidence(EARLY))
    filed(made, 0, 40)
    assert kept(made) == 1
    reported(made, "prepare", 1)
    assert stands_at(made) == [sid("action.check")]
    assert kept(made) == 0
    reported(made, "check", 3, "failed")
    assert stands_at(made) == [sid("action.await")], "the other 39 are as old and count no more"


@pytest.mark.parametrize(("version", "most"), [("1.4.0", 0), ("1.3.0", 3)])
def test_however_much_is_filed_the_case_keeps_no_more_than_it_can_use(version: str, most: int) -> None:
    """So that many filings cost each as much as the first: a case is folded from what its row keeps."""
    made = opened(evidence(version=version))
    filed(made, 0, 50)
    (row,) = made.dump()["protocols_case"]
    assert len(row["events"]) == kept(made) == most


def test_before_version_1_4_what_came_early_counts_one_after_the_other_as_it_did() -> None:
    made = opened(evidence(version="1.3.0"))
    filed(made, 0, 50)
    reported(made, "prepare", 1)
    for day in (2, 3):
        assert stands_at(made) == [sid("action.check")]
        reported(made, "check", day, "failed")
    reported(made, "check", 4, "failed")
    assert case(made.tables, CASE).outcome == "held", "three visits took three of the fifty"


def test_what_comes_while_a_step_waits_is_taken_when_the_case_goes_on() -> None:
    """While the case is stopped, and while the step has not begun after its delay: it was awaited by then."""
    made = opened(evidence())
    reported(made, "prepare", 1)
    made.file("case.stopped", {"case": CASE, "reason": "r"}, 2)
    filed(made, 3, 5)
    assert kept(made) == 1
    made.file("case.resumed", {"case": CASE}, 4)
    assert stands_at(made) == [sid("action.check")]
    slow = opened(evidence(delay=5 * DAY_MS))
    filed(slow, 0.5)
    reported(slow, "prepare", 1)
    filed(slow, 2, 5)
    assert stands_at(slow) == [sid("action.await")]
    assert kept(slow) == 1
    slow.file("clock.tick", {"at": ""}, 7)
    assert stands_at(slow) == [sid("action.check")]


def test_a_step_come_to_by_a_deadline_is_waited_at_before_the_filing_that_comes_next() -> None:
    """The deadline passes first, whether or not a clock ticked: what is filed then was filed after it."""
    late = {"deadline": {"from_event": "step.entered", "duration": "P1D", "escalate_to": "@action.await"}}
    made = opened(book(step("start", "action.a"), step("action.a", "end", late), step("action.await", "end.b", WAIT),
                       step("end"), step("end.b", ext={"outcome": "came"})).replace("1.1.0", "1.4.0"))  # fmt: skip
    filed(made, 2)
    assert case(made.tables, CASE).outcome == "came"


def test_how_many_early_arrivals_a_case_can_use() -> None:
    """By hand: a step that says three visits is come to three times; another once more than its loops go round."""
    assert awaits_max(read_playbook(evidence())) == 3
    around = {"at_most": {"visits": 4, "then": "@end"}}
    loop = book(step("start", "action.a"), step("action.a", "action.b", around), step("action.b", "action.a", WAIT),
                step("end"))  # fmt: skip
    assert awaits_max(read_playbook(loop)) == 5


def test_since_when_is_said_in_one_of_two_ways() -> None:
    (fault,) = lint(read(evidence({"await_event": {"kind": "x.filed", "since": "yesterday"}})))
    assert (fault.code, fault.where.rpartition(".")[2], fault.want) == (
        "await",
        "since",
        "'step.entered' or 'case.opened'",
    )
