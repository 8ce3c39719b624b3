"""A decision about a line, as an evaluator meets it: looks, losses, arms and a deadline."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from commonweal.methods import looking_plans, many_tests
from commonweal.methods.line_decisions import Lines, State, arm, decide

LINES = Lines(warning=0.2, line=0.5, buffer=0.05)
PAGE = Path(__file__).resolve().parents[3] / "docs" / "soundness.md"


def runs(solved: int, items: int, **more: object) -> list[float]:
    """So many solved of so many items, spread evenly so that no look is luckier than another."""
    return [float((place + 1) * solved // items > place * solved // items) for place in range(items)]


def alone(values: list[float]) -> np.ndarray:
    return np.arange(len(values))


@pytest.mark.parametrize(
    ("solved", "state"),
    [(10, State.BELOW), (28, State.INCONCLUSIVE), (70, State.EARLY_WARNING), (150, State.CROSSED)],
)
def test_four_answers_of_two_hundred_items(solved: int, state: State) -> None:
    values = runs(solved, 200)
    assert decide([arm(values, alone(values), LINES)], error=0.05).state is state


def test_the_deadline_turns_what_is_not_known_into_a_warning_and_says_so() -> None:
    values = runs(28, 200)
    verdict = decide([arm(values, alone(values), LINES)], error=0.05, deadline_passed=True)
    assert (verdict.state, verdict.by_deadline, verdict.decided_by) == (State.EARLY_WARNING, True, ())


def test_nothing_measured_is_no_evidence_of_safety() -> None:
    assert decide([], error=0.05).state is State.INCONCLUSIVE
    assert decide([], error=0.05, deadline_passed=True).by_deadline


def test_the_best_elicited_arm_decides() -> None:
    """A bare prompt solves nothing, a third party's scaffold three quarters: the model can, so the line is crossed."""
    bare, scaffold = runs(4, 200), runs(150, 200)
    verdict = decide([arm(v, alone(v), LINES) for v in (bare, scaffold)], error=0.05)
    assert (verdict.state, verdict.decided_by) == (State.CROSSED, (1,))


def test_every_arm_has_to_be_below() -> None:
    """One arm of ten items shows nothing, so the other's two hundred do not show that the capability is absent."""
    long, short = runs(10, 200), runs(0, 10)
    assert decide([arm(long, alone(long), LINES)], error=0.05).state is State.BELOW
    both = decide([arm(v, alone(v), LINES) for v in (long, short)], error=0.05)
    assert both.state is State.INCONCLUSIVE


def test_samples_that_are_missing_undo_a_finding_of_safety() -> None:
    values = np.asarray(runs(10, 200))
    assert decide([arm(values, alone(list(values)), LINES)], error=0.05).state is State.BELOW
    values[np.flatnonzero(values == 0)[:40]] = np.nan
    verdict = decide([arm(values, alone(list(values)), LINES)], error=0.05)
    assert verdict.state is State.INCONCLUSIVE
    assert verdict.evidence[0].missing == 40
    assert (verdict.evidence[0].rate_least, verdict.evidence[0].rate_most) == (0.05, 0.25)


def test_what_an_early_look_showed_is_not_undone_by_a_later_one() -> None:
    """A p-value that holds at any time keeps the strongest evidence there was; who looks on cannot look it away."""
    values = [1.0] * 30 + [0.0] * 170
    now = decide([arm(values, alone(values), LINES, looks=[30, 200])], error=0.05)
    once = decide([arm(values, alone(values), LINES, looks=[200])], error=0.05)
    assert (now.state, once.state) == (State.CROSSED, State.INCONCLUSIVE)


def test_ten_tries_at_one_item_are_one_item() -> None:
    """Twenty items solved ten times of ten say what twenty say: two hundred would have crossed."""
    once = [1.0] * 4 + [0.0] * 4
    tries = np.repeat(once, 25)
    assert decide([arm(tries, np.arange(200), LINES)], error=0.05).state is State.EARLY_WARNING
    grouped = decide([arm(tries, np.repeat(np.arange(8), 25), LINES)], error=0.05)
    assert (grouped.state, grouped.evidence[0].clusters) == (State.INCONCLUSIVE, 8)


@pytest.mark.parametrize(
    ("values", "clusters", "lines", "looks", "says"),
    [
        ([0.0, 2.0], [0, 1], LINES, None, "values are outside"),
        ([0.0], [0, 1], LINES, None, "want one of each"),
        ([0.0], [0], Lines(0.6, 0.5, 0.1), None, "want 0 < warning"),
        ([0.0], [0], Lines(0.1, 0.5, 0.1), None, "want 0 < warning"),
        ([0.0, 1.0], [0, 1], LINES, [2, 1], "growing numbers of clusters up to 2"),
        ([0.0, 1.0], [0, 1], LINES, [3], "growing numbers of clusters up to 2"),
    ],
)
def test_what_cannot_be_an_arm_is_refused(values, clusters, lines, looks, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        arm(values, clusters, lines, looks=looks)


def test_e_values_and_p_values_correct_for_one_another_as_worked_by_hand() -> None:
    """Holm: 0.01·3, max(0.03, 0.02·2), max(…, 0.04·1). e-BH at .05 of three: 60, 30, 20 are wanted in turn."""
    assert many_tests.holm([0.02, 0.01, 0.04]).tolist() == pytest.approx([0.04, 0.03, 0.04])
    assert many_tests.e_benjamini_hochberg(np.log([31.0, 61.0, 19.0]), 0.05).tolist() == [True, True, False]
    assert many_tests.e_benjamini_hochberg(np.log([29.0, 31.0, 21.0]), 0.05).tolist() == [True, True, True]
    assert many_tests.intersection_union([0.01, 0.03]) == 0.03
    assert many_tests.intersection_union([]) == 1.0


def test_the_page_tells_what_the_recursion_tells() -> None:
    """The exact row of docs/soundness.md, worked again: a change of the method that is not simulated anew is found."""
    row = re.search(r"added up exactly \(no draws\) \|(.*)\|", PAGE.read_text(encoding="utf-8"))
    assert row
    wanted = [
        f"{100 * looking_plans.plan(range(1, 601), line, line + above, error=0.05).stopped[-1]:.1f} %"
        for line in (0.2, 0.5)
        for above in (0.0, 0.1)
    ]
    assert [cell.strip() for cell in row[1].split("|")] == wanted


def test_how_many_items_a_plan_needs() -> None:
    """Power of .98 at ten points above .2, looked at every ten items; never at the line itself."""
    needed = looking_plans.items_needed(0.2, 0.3, error=0.05, power=0.98, every=10)
    assert needed is not None
    at = looking_plans.plan(range(10, needed + 1, 10), 0.2, 0.3, error=0.05)
    assert at.stopped[-1] >= 0.98 > at.stopped[-2]
    assert looking_plans.items_needed(0.2, 0.2, error=0.05, power=0.98, every=50, most=500) is None
