"""Who has to know is told within the hours that run since a state was decided first, and stands without a break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.line_house import AUDITOR, DESK, TEST, Lab, arm, lab_in, log, refused

from commonweal.acceptance import Caller
from commonweal.instruments.red_lines import telling


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


def stands(lab: Lab) -> tuple[str, int, bool]:
    """By when the developer is told, by which entry it was, and whether that is late."""
    found = {one.recipient.id: one for one in telling.of_test(lab.authority.reader, TEST, lab.clock.now())}
    return found["developer"].by[:10], found["developer"].entry, found["developer"].late


def tell(lab: Lab, state: str = "early_warning") -> int:
    return lab.file("red_lines.told", by=DESK, test=TEST, state=state, whom="developer", statement="By telephone")


def shares(solved: int, items: int) -> str:
    return " ".join("1" * solved + "0" * (items - solved))


@pytest.mark.parametrize("told", [False, True])
def test_the_same_warning_decided_once_more_puts_nothing_off(lab: Lab, told: bool) -> None:
    """The day made it a warning, and nobody was told in time; evidence that came later made that look in time."""
    lab.test(arms=(arm("one"),))
    lab.on("2026-12-03")
    lab.on("2026-12-10")
    entry = tell(lab) if told else 0
    assert stands(lab) == ("2026-12-04", entry, True)
    lab.on("2026-12-20")
    lab.look(shares(64, 160))
    assert lab.state() == ("early_warning", 0, 1)
    assert stands(lab) == ("2026-12-04", entry, True)
    if told:
        assert [one.code for one in refused(lambda: tell(lab))] == ["duplicate"]


def test_a_graver_decision_is_told_anew(lab: Lab) -> None:
    lab.test(arms=(arm("one"),))
    lab.on("2026-12-03")
    tell(lab)
    lab.on("2026-12-20")
    lab.look(shares(90, 100))
    assert lab.state()[0] == "crossed"
    assert stands(lab) == ("2026-12-21", 0, False)
    entry = tell(lab, "crossed")
    assert stands(lab) == ("2026-12-21", entry, False)


def test_a_warning_that_was_left_and_is_decided_again_is_told_anew(lab: Lab) -> None:
    """Who was told of the first one knows nothing of the second, and its clock begins with it."""
    lab.test(arms=(arm("one", planned=100),))
    lab.passed()
    lab.on("2026-12-05")
    rival = Caller("party:rival", ("developer",))
    run, _ = lab.run(log("C" * 100, "2026-11-03T08:01:00+00:00", task="of a rival"), rival)
    elicited = {"fine_tuned": False, "attempts": 10}
    lab.file(
        "evaluations.conditions", by=rival, evaluation=run, model="model:four", access="white_box", elicitation=elicited
    )
    lab.on("2026-12-07")
    first = tell(lab)
    assert stands(lab) == ("2026-12-08", first, False)
    said = {"test": TEST, "arm": "one", "passed_over": [run], "statement": "Another arm."}
    lab.file("red_lines.left_out", by=AUDITOR, **said, reason="other_arm")
    assert lab.state()[0] == "below"
    lab.on("2026-12-12")
    lab.file("red_lines.left_out", by=AUDITOR, **said, withdrawn=True)
    assert lab.state()[:2] == ("early_warning", 1)
    assert stands(lab) == ("2026-12-13", 0, False)
    second = tell(lab)
    assert stands(lab) == ("2026-12-13", second, False)
