"""A decision about a line, as an evaluator meets it: looks, losses, arms and a deadline."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
import scipy

from commonweal.methods import looking_plans, many_tests, proportions
from commonweal.methods.line_decisions import Lines, State, arm, between, decide, evidence

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


def test_a_rate_of_items_is_of_items_however_they_lie_together() -> None:
    """One text with 600 questions, all solved, and a hundred with one each that failed: of the texts hardly any, of
    the items six of seven. Below followed from the choice of what lies together."""
    values, texts = [1.0] * 600 + [0.0] * 100, [0] * 600 + list(range(1, 101))
    by_text = arm(values, texts, LINES, sized=True)
    verdict = decide([by_text], error=0.05)
    assert verdict.state is State.INCONCLUSIVE
    assert verdict.evidence[0].rate_most == pytest.approx(600 / 700)
    assert decide([arm(values, texts, LINES)], error=0.05).state is State.BELOW
    found = between(by_text, level=0.95)
    assert found is not None
    assert found.upper >= 600 / 700
    turned = decide([arm([1 - one for one in values], texts, LINES, sized=True)], error=0.05)
    assert turned.state is State.INCONCLUSIVE, "a hundred texts that were solved are a seventh of the items"


def test_a_text_that_is_outstanding_counts_as_the_largest_that_was_registered() -> None:
    """Of 101 texts the last has 600 questions: a hundred with one question each, all failed, were below without it, and
    with it six of seven were solved."""
    short, texts = [0.0] * 100, list(range(100))
    assert decide([arm(short, texts, LINES, sized=True, outstanding=1)], error=0.05).state is State.BELOW
    early = decide([arm(short, texts, LINES, sized=True, outstanding=1, largest=600)], error=0.05)
    assert (early.state, early.evidence[0].rate_most) == (State.INCONCLUSIVE, pytest.approx(600 / 700))
    whole = arm([*short, *[1.0] * 600], texts + [100] * 600, LINES, sized=True, largest=600)
    assert decide([whole], error=0.05).state is State.INCONCLUSIVE
    once = arm(short, texts, LINES, sized=True, single=True, outstanding=1, largest=600)
    assert decide([once], error=0.05).evidence[0].below > 0.99
    alike = arm(np.zeros(2000), np.repeat(np.arange(100), 20), LINES, sized=True, outstanding=1, largest=20)
    assert decide([alike], error=0.05).state is State.BELOW, "where they are of one size one of them changes little"


def test_texts_that_came_with_one_question_are_not_independent_items_where_others_may_have_more() -> None:
    """Sixty of them solved are past any line by the exact count; of texts with 400 nobody knows yet."""
    solved, texts = [1.0] * 60, np.arange(60)
    assert decide([arm(solved, texts, LINES, sized=True)], error=0.05).state is State.CROSSED
    assert decide([arm(solved, texts, LINES, sized=True, largest=400)], error=0.05).state is State.INCONCLUSIVE
    assert decide([arm(solved, texts, LINES, sized=True, largest=1)], error=0.05).state is State.CROSSED


@pytest.mark.parametrize("single", [False, True])
def test_a_cluster_larger_than_registered_shows_danger_as_it_came_and_no_safety(single: bool) -> None:
    """Who registers that no text has more than two questions is told of one with fifty: 200 failed show nothing."""
    texts = [*np.repeat(np.arange(100), 2), *[100] * 50]
    found = decide([arm([*[0.0] * 200, *[0.0] * 50], texts, LINES, sized=True, largest=2, single=single)], error=0.05)
    assert (found.state, found.evidence[0].below) == (State.INCONCLUSIVE, 1.0)
    assert found.evidence[0].rate_most == pytest.approx(1 / 5), "all of it solved"
    within = arm([0.0] * 202, [*texts[:200], 100, 100], LINES, sized=True, largest=2, single=single)
    assert decide([within], error=0.05).state is State.BELOW
    limits = between(arm([0.0] * 250, texts, LINES, sized=True, largest=2, single=single), level=0.95)
    assert limits is not None
    assert limits.upper == 1.0
    solved = evidence(arm([*[0.0] * 200, *[1.0] * 50], texts, LINES, sized=True, largest=2, single=single))
    assert solved.rate_least == pytest.approx(1 / 5), "as fifty questions"
    one_more = evidence(arm([0.0] * 250, texts, LINES, sized=True, largest=2, outstanding=1))
    assert one_more.rate_most == pytest.approx(1 / 3), "what has not come may be as large"


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("largest", [1, 2, 59])
def test_nobody_hides_a_danger_by_registering_too_small_a_largest(largest: int, single: bool) -> None:
    """Twenty texts with sixty questions, all solved, beside a hundred with one, none solved: in shares of one question
    1,200 of 1,300 solved were a sixth. Half of the stake goes by the items as they came."""
    values, texts = [1.0] * 1200 + [0.0] * 100, [*np.repeat(np.arange(20), 60), *range(20, 120)]
    asked = [arm(values, texts, LINES, sized=True, largest=of, single=single) for of in (largest, 0)]
    first, second = (evidence(one) for one in asked)
    assert first.crossed <= 2 * second.crossed
    assert first.rate_least == second.rate_least == pytest.approx(12 / 13)
    assert decide(asked[:1], error=0.05).state is State.CROSSED
    assert first.below == 1.0


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("giant", [50, 500, 3000])
def test_one_giant_that_comes_hides_no_danger_of_the_others(giant: int, single: bool) -> None:
    """A hundred texts of five questions, all solved as registered, and one of so many, solved too."""
    texts = [*np.repeat(np.arange(100), 5), *[100] * giant]
    found = decide([arm(np.ones(500 + giant), texts, LINES, sized=True, largest=5, single=single)], error=0.05)
    assert found.state is State.CROSSED


@pytest.mark.parametrize(("largest", "state"), [(5, State.CROSSED), (50, State.CROSSED), (500, State.INCONCLUSIVE)])
def test_a_largest_that_is_registered_too_large_makes_danger_hard_to_show(largest: int, state: State) -> None:
    """As docs/soundness.md says: 500 questions about a hundred texts, all of them solved."""
    solved = arm(np.ones(500), np.repeat(np.arange(100), 5), LINES, sized=True, largest=largest)
    assert decide([solved], error=0.05).state is state


def test_a_larger_cluster_past_what_was_planned_says_nothing_of_what_was() -> None:
    """All that was planned came within the largest: what goes past that may be of any size."""
    texts = [*np.repeat(np.arange(100), 2), *[100] * 3]
    solved = [*[0.0] * 200, *[1.0] * 3]
    past = evidence(arm(solved, texts, LINES, looks=[100, 101], sized=True, largest=2, past=1))
    planned = evidence(arm([0.0] * 200, texts[:200], LINES, sized=True, largest=2))
    assert (past.below, past.rate_most) == (planned.below, planned.rate_most)
    assert past.log_e_crossed > planned.log_e_crossed, "it shows danger all the same"
    within = arm(solved, texts, LINES, looks=[100, 101], sized=True, largest=2)
    assert evidence(within).below == 1.0


def test_without_a_largest_registered_clusters_count_as_they_did() -> None:
    """In shares of the largest that came, and what is outstanding as that one: records from before say the same."""
    values, texts = [1.0, 0.0, 0.0, 0.0, 0.0], [0, 1, 1, 1, 1]
    found = evidence(arm(values, texts, LINES, sized=True, outstanding=1))
    stakes = np.log1p(np.geomspace(0.01, 0.9, 24)[:, None] / 0.2 * np.asarray([0.25 * 0.8, -0.2]))
    assert found.log_e_warned == pytest.approx(scipy.special.logsumexp(stakes.sum(axis=1)) - np.log(24))
    assert found.rate_most == pytest.approx(5 / 9)


def test_clusters_of_one_size_count_as_they_did() -> None:
    values, texts = runs(20, 200), np.arange(200) // 5
    one, other = (evidence(arm(values, texts, LINES, sized=sized, outstanding=3)) for sized in (False, True))
    assert one == other


def test_one_look_at_clusters_is_korn_and_graubards_of_their_items() -> None:
    """Of means it was never worth more than there were clusters: 1,000 items in 40 of them as 40."""
    chance = np.random.default_rng(0)
    values = (chance.random((40, 25)) < chance.beta(3.92, 45.08, 40)[:, None]).astype(float).ravel()
    texts = np.repeat(np.arange(40), 25)
    once = arm(values, texts, LINES, single=True, sized=True)
    asked = proportions.clustered(values, texts)
    found = between(once, level=0.95)
    assert found is not None
    assert (found.lower, found.upper, found.worth) == pytest.approx((asked.lower, asked.upper, asked.worth))
    assert found.worth is not None
    assert found.worth > 40
    assert evidence(once).below == pytest.approx(proportions.clustered_p(values, texts, 0.15, side="below"))
    outstanding = evidence(once._replace(outstanding=2)).rate_most
    assert outstanding == pytest.approx((values.sum() + 50) / 1050)


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


def test_one_look_at_clusters_of_other_sizes_than_the_largest_is_decided_by_its_e_value() -> None:
    """Sixty texts with one question each say nothing of one with 400 that is among others: by how much those that came
    differ, a third of such models was below. Of texts that all have the largest size the sharper test decides."""
    short = decide([arm([0.0] * 60, np.arange(60), LINES, sized=True, single=True, largest=400)], error=0.05)
    assert short.state is State.INCONCLUSIVE
    values, texts = np.repeat(np.arange(60) % 20 < 7, 4).astype(float), np.repeat(np.arange(60), 4)
    single, often = (
        evidence(arm(values, texts, LINES, sized=True, single=single, largest=4)) for single in (True, False)
    )
    assert single.warned < often.warned
    uneven = [arm(values, texts, LINES, sized=True, single=single, largest=5) for single in (True, False)]
    assert evidence(uneven[0]).warned == evidence(uneven[1]).warned
    limits = between(uneven[0], level=0.95)
    assert limits is not None
    assert limits.basis == "any_look"


def test_a_largest_is_of_clusters_that_count_by_their_size() -> None:
    with pytest.raises(ValueError, match="a cluster that is sized"):
        arm([0.0], [0], LINES, largest=3)


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


def test_the_page_tells_of_each_procedure_by_which_arms_are_found() -> None:
    """e-Benjamini-Hochberg is simulated beside Holm, and keeps the rate that it promises."""
    tool = runpy.run_path(str(PAGE.parents[1] / "tools" / "soundness.py"))
    page = PAGE.read_text(encoding="utf-8")
    for name, rates in (("arms-together", (1, 2, 3)), ("several-lines", (1, 3))):
        written = _rows(re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", page, re.DOTALL)[1])  # type: ignore
        drawn = _rows(tool["TABLES"][name](3))
        assert [row[0] for row in written] == [row[0] for row in drawn]
        assert written[0] == drawn[0], "the same columns"
        for row in written[3:]:
            assert all(float(row[place].removesuffix(" %")) <= 5.0 for place in rates), row
    flat = np.log(np.full((3, 2), 40.0))
    rules = tool["ARM_RULES"]
    assert tool["_found"](flat, rules["e-Benjamini-Hochberg"]).all()
    assert not tool["_found"](flat, rules["Holm"]).any(), "the two are not the same"


def test_the_page_tells_how_often_unequal_clusters_are_decided_wrongly() -> None:
    """With the largest registered never more often than said, and it still finds what is there; without, far more."""
    tool = runpy.run_path(str(PAGE.parents[1] / "tools" / "soundness.py"))
    page = PAGE.read_text(encoding="utf-8")
    written = _rows(re.search(r"<!-- unequal-clusters -->\n(.*?)\n<!-- /unequal-clusters -->", page, re.DOTALL)[1])  # type: ignore
    drawn = _rows(tool["unequal_clusters"](2))
    assert [row[0] for row in written] == [row[0] for row in drawn]
    assert written[0] == drawn[0], "the same columns"
    before, *registered = ([float(cell.removesuffix(" %")) for cell in row[1:]] for row in written[2:5])
    assert len(registered) == 2, "at any number of looks, and at one"
    for row in registered:
        assert max(row[:6]) <= 5.0
        assert min(row[6:]) >= 80.0
    assert max(before[:6]) > 30.0


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_an_arm_that_comes_later_pays_by_itself_and_dilutes_nobody() -> None:
    """22 of 50 warn alone (p = .0104). Eight idle arms beside them undo that, unless they came once it was known."""
    seen, idle = runs(22, 50), [0.0]
    first, many = arm(seen, alone(seen), LINES), [arm(idle, [0], LINES, later=rank) for rank in range(1, 9)]
    assert decide([first, *many], error=0.05).state is State.INCONCLUSIVE
    kept = decide([first, *many], error=0.05, reserve=0.01)
    assert (kept.state, kept.decided_by) == (State.EARLY_WARNING, (0,))
    strong, weak = runs(26, 50), runs(22, 50)
    shown = decide([arm(idle, [0], LINES), arm(strong, alone(strong), LINES, later=1)], error=0.05, reserve=0.01)
    assert (shown.state, shown.decided_by) == (State.EARLY_WARNING, (1,)), "worse than all before it: it warns"
    late = decide([arm(idle, [0], LINES), arm(weak, alone(weak), LINES, later=1)], error=0.05, reserve=0.01)
    assert late.state is State.INCONCLUSIVE, ".0104 is not within the .005 that the first of them has"


@pytest.mark.parametrize(("solved", "state"), [(2, State.BELOW), (28, State.INCONCLUSIVE)])
def test_an_arm_that_comes_later_never_helps_towards_below(solved: int, state: State) -> None:
    before, few = runs(solved, 200), [0.0] * 5
    clear = arm([0.0] * 200, np.arange(200), LINES, later=1)
    assert decide([arm(before, alone(before), LINES), clear], error=0.05, reserve=0.01).state is state
    stops = decide([arm(before, alone(before), LINES), arm(few, alone(few), LINES, later=1)], error=0.05, reserve=0.01)
    assert stops.state is State.INCONCLUSIVE, "it stands in the way while it shows nothing"


def test_all_that_comes_later_together_is_wrong_no_more_often_than_what_is_kept_for_it() -> None:
    assert sum(0.01 / (rank * (rank + 1)) for rank in range(1, 10_000)) < 0.01
    with pytest.raises(ValueError, match="a part of the error"):
        decide([], error=0.05, reserve=0.05)


def test_how_many_items_a_plan_needs() -> None:
    """Power of .98 at ten points above .2, looked at every ten items; never at the line itself."""
    needed = looking_plans.items_needed(0.2, 0.3, error=0.05, power=0.98, every=10)
    assert needed is not None
    at = looking_plans.plan(range(10, needed + 1, 10), 0.2, 0.3, error=0.05)
    assert at.stopped[-1] >= 0.98 > at.stopped[-2]
    assert looking_plans.items_needed(0.2, 0.2, error=0.05, power=0.98, every=50, most=500) is None


def test_an_early_finding_of_safety_holds_with_all_that_is_outstanding_at_its_worst() -> None:
    """Who chooses which items come first chooses what an early look sees: sixty easy failures of 200 show nothing."""
    early = [0.0] * 60
    assert decide([arm(early, alone(early), LINES)], error=0.05).state is State.BELOW
    outstanding = decide([arm(early, alone(early), LINES, outstanding=140)], error=0.05)
    assert (outstanding.state, outstanding.evidence[0].rate_most) == (State.INCONCLUSIVE, 0.7)
    nearly = [0.0] * 190
    assert decide([arm(nearly, alone(nearly), LINES, outstanding=10)], error=0.05).state is State.BELOW


def test_a_finding_of_safety_never_stands_against_what_came_later() -> None:
    """The evidence of safety is what it is now: 60 failures, and then 60 of which 18 were solved, are not below."""
    values = [0.0] * 60 + runs(18, 60)
    assert decide([arm(values, alone(values), LINES, looks=[60, 120])], error=0.05).state is State.INCONCLUSIVE


def test_what_is_doubted_counts_towards_danger_alone() -> None:
    """Of a run without a date nobody knows whether it was made before the test: it may warn, and never clear."""
    safe, bad = runs(10, 200), runs(150, 200)
    assert decide([arm(safe, alone(safe), LINES, doubted=[True] * 200)], error=0.05).state is State.INCONCLUSIVE
    assert decide([arm(bad, alone(bad), LINES, doubted=[True] * 200)], error=0.05).state is State.CROSSED


def test_what_goes_past_what_was_planned_counts_towards_danger_and_safety_is_asked_of_the_rest() -> None:
    planned, more = runs(3, 100), [1.0] * 100
    whole = evidence(arm([*planned, *more], alone([*planned, *more]), LINES, looks=[100, 200], past=100))
    assert whole.below == evidence(arm(planned, alone(planned), LINES)).below
    assert whole.warned == evidence(arm([*planned, *more], alone([*planned, *more]), LINES, looks=[100, 200])).warned
    assert (whole.rate_least, whole.rate_most) == (0.515, 0.03)
    with pytest.raises(ValueError, match="past what was planned"):
        arm(planned, alone(planned), LINES, past=101)
    with pytest.raises(ValueError, match="past what was planned"):
        arm(planned, alone(planned), LINES, past=1, single=True)


def test_several_arms_of_moderate_evidence_warn_together() -> None:
    """Of three arms with e-values of about 45 none passes 3 / .05 = 60 by itself, and all pass 3 / (.05 · 3)."""
    values = runs(21, 50)
    arms = [arm(values, alone(values), LINES)] * 3
    found = decide(arms, error=0.05)
    assert 20 < np.exp(found.evidence[0].log_e_warned) < 60
    assert not np.any(many_tests.holm([one.warned for one in found.evidence]) <= 0.05)
    assert (found.state, found.decided_by) == (State.EARLY_WARNING, (0, 1, 2))


def test_one_registered_look_is_decided_by_the_exact_test_and_needs_fewer_items() -> None:
    """19 of 55 at a warning of .2: P(X ≥ 19) = .0083 by the binomial; an e-process asks for more."""
    values = runs(19, 55)
    once = decide([arm(values, alone(values), LINES, single=True)], error=0.05)
    assert (once.state, round(once.evidence[0].warned, 4)) == (State.EARLY_WARNING, 0.0083)
    assert decide([arm(values, alone(values), LINES)], error=0.05).state is State.INCONCLUSIVE
    assert decide([arm(values, alone(values), LINES, single=True, outstanding=45)], error=0.05).evidence[0].below > 0.99


@pytest.mark.parametrize(("clusters", "line"), [(10, 0.01), (10, 0.05), (20, 0.05), (60, 0.05), (100, 0.01), (30, 0.1)])
@pytest.mark.parametrize("side", ["above", "below"])
def test_two_tries_that_always_agree_are_one_and_no_look_at_them_is_wrong_more_often(clusters, line, side) -> None:  # type: ignore[no-untyped-def]
    """A model that answers alike each time: by Student's quantile a level of 5 % was one of 7 to 10 %."""
    at = line if side == "above" else 1 - line
    chances = scipy.stats.binom.pmf(np.arange(clusters + 1), clusters, at)
    wrong = 0.0
    for solved, chance in enumerate(chances):
        tries = np.repeat(np.arange(clusters) < solved, 2).astype(float)
        p = proportions.clustered_p(tries, np.repeat(np.arange(clusters), 2), at, side=side)
        assert p == pytest.approx(proportions.exact_p(solved, clusters, at, side=side))
        wrong += chance if p <= 0.05 else 0.0
    assert wrong <= 0.05


def test_a_second_try_that_says_the_same_adds_nothing() -> None:
    once = [arm(runs(4, 20), alone(runs(4, 20)), LINES, single=True)]
    twice = [arm(np.repeat(runs(4, 20), 2), np.repeat(np.arange(20), 2), LINES, single=True)]
    assert decide(once, error=0.05).evidence[0].warned == pytest.approx(decide(twice, error=0.05).evidence[0].warned)


@pytest.mark.parametrize(
    ("values", "clusters", "looks", "basis"),
    [
        (runs(10, 50), range(50), [50], "exact"),
        (runs(10, 50), range(50), [20, 50], "any_look"),
        (runs(10, 50), [n // 5 for n in range(50)], [10], "clustered"),
        (runs(10, 50), [n // 5 for n in range(50)], [4, 10], "any_look"),
    ],
)
def test_limits_say_what_they_hold_for_and_widen_by_what_is_missing(values, clusters, looks, basis) -> None:  # type: ignore[no-untyped-def]
    whole = between(arm(values, list(clusters), LINES, looks=looks), level=0.95)
    lost = between(arm([np.nan, *values[1:]], list(clusters), LINES, looks=looks), level=0.95)
    assert whole is not None
    assert lost is not None
    assert whole.basis == lost.basis == basis
    assert 0 < whole.lower < 0.2 < whole.upper < 1
    assert lost.lower <= whole.lower
    assert lost.upper >= whole.upper
    assert (whole.worth is None) == (basis == "any_look")


def test_clusters_that_came_out_alike_count_as_clusters_in_limits() -> None:
    """Two texts with 25 questions each, all failed, are two: nothing is shown by that."""
    found = between(arm([0.0] * 50, [n // 25 for n in range(50)], LINES), level=0.95)
    assert found is not None
    assert found.worth == 2.0
    assert found.upper == pytest.approx(1 - 0.025**0.5), "Clopper and Pearson's of none in two"
    assert between(arm([], [], LINES), level=0.95) is None
