"""Laws of linking: whatever is held and in whichever order it came, the same question has the same answer."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from commonweal.methods.linking import Chances, Index, Report, alike, signs
from commonweal.methods.linking.copies import resemblance, runs

WORDS = st.sampled_from([
    "robot", "robots", "tesla", "telsa", "crash", "crashed", "voice", "bank", "机器人", "撞车", "银行", "voicé", "3",
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=30)
DAYS = st.none() | st.tuples(st.integers(1, 900), st.integers(0, 400)).map(lambda day: (day[0], day[0] + day[1]))
REPORTS = st.builds(Report, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple), DAYS)
HELD = st.lists(REPORTS, max_size=12).map(lambda reports: {f"r{place}": each for place, each in enumerate(reports)})
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=10).map(lambda each: np.array(sorted(each, reverse=True)))


def holding(reports: dict[str, Report], order: list[str] | None = None) -> Index:
    held = Index()
    for key in reports if order is None else order:
        held.add(key, reports[key])
    return held


@given(HELD, REPORTS, st.randoms(use_true_random=False))
def test_the_order_of_adding_does_not_show(reports: dict[str, Report], asked: Report, dice: object) -> None:
    order = list(reports)
    dice.shuffle(order)  # type: ignore[attr-defined]
    assert holding(reports).suggest(asked) == holding(reports, order).suggest(asked)


@given(HELD, HELD, REPORTS)
def test_what_was_added_and_taken_out_again_does_not_show(
    reports: dict[str, Report], others: dict[str, Report], asked: Report
) -> None:
    held = Index()
    for key, report in others.items():
        held.add(f"gone {key}", report)
    for key, report in reports.items():
        held.add(key, report)
    for key in others:
        held.remove(f"gone {key}")
    assert held.suggest(asked) == holding(reports).suggest(asked)
    for key, report in reports.items():  # and what takes the room that was left agrees too
        held.remove(key)
        held.add(key, report)
    assert held.suggest(asked) == holding(reports).suggest(asked)


@given(HELD, REPORTS)
def test_nothing_ranks_before_an_exact_copy(reports: dict[str, Report], asked: Report) -> None:
    held = holding({**reports, "copy": asked})
    found = held.suggest(asked, best=len(held)).suggestions
    scores = {each.key: each.score for each in found}
    assert not found or scores["copy"] == found[0].score


@given(HELD, REPORTS)
def test_reasons_sum_to_the_score_and_stand_by_weight(reports: dict[str, Report], asked: Report) -> None:
    answer = holding(reports).suggest(asked)
    assert 0 < answer.chance_new < 1
    for found in answer.suggestions:
        weights = [part.weight for part in found.why]
        assert math.isclose(math.fsum(weights), found.score, abs_tol=1e-8)
        assert weights == sorted(weights, reverse=True)
        assert min(weights) > 0
        assert 0 <= found.score <= 1
    scores = [found.score for found in answer.suggestions]
    assert scores == sorted(scores, reverse=True)


@given(HELD, REPORTS)
def test_agreements_weigh_to_the_score(reports: dict[str, Report], asked: Report) -> None:
    held = holding(reports)
    found = held.suggest(asked, best=len(held)).suggestions
    agreed = held.agreements(asked, [each.key for each in found])
    weights = [held.weights.words, held.weights.names, held.weights.days]
    assert np.allclose(agreed @ weights, [each.score for each in found], atol=1e-8)


@given(SCORES, st.floats(0, 1), st.booleans(), st.booleans())
def test_a_better_best_never_raises_the_chance_of_being_new(
    scores: np.ndarray, more: float, names: bool, days: bool
) -> None:
    raised = scores.copy()
    raised[0] = scores[0] + more * (1 - scores[0])
    chances = Index().chances
    before, after = (chances.new(signs(each, names, days)[None])[0] for each in (scores, raised))
    assert after <= before


@given(st.integers(0, 1000))
def test_fitted_chances_keep_their_direction_even_where_the_data_run_against_it(seed: int) -> None:
    dice = np.random.default_rng(seed)
    found = Chances.fitted(dice.random((40, 4)), np.tile([0.0, 1.0], 20))
    assert found.top >= 0
    assert found.lead >= 0


@given(st.lists(TEXTS, max_size=8), st.floats(0.05, 1))
def test_no_pair_of_copies_is_overlooked_and_none_is_made_up(texts: list[str], least: float) -> None:
    """Against every pair by itself; over several steps, and whichever came first."""
    said = {f"r{place}": text for place, text in enumerate(texts)}
    pairs = {(one, other) for one in said for other in said if resemblance(runs(said[one]), runs(said[other])) >= least}
    root = {key: {key} for key in said}
    for one, other in sorted(pairs):
        joined = root[one] | root[other]
        root |= dict.fromkeys(joined, joined)
    assert alike(said, least) == {key: min(root[key]) for key in said}
