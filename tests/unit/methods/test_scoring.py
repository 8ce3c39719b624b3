"""Reducers and metrics of evaluations, beside the same said plainly, one item at a time."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.methods import scoring

SCORE = st.sampled_from([0.0, 0.5, 1.0, math.nan])
ITEMS = st.lists(st.lists(SCORE, min_size=1, max_size=6), min_size=1, max_size=8)


def plainly(reducer: str, scores: list[float]) -> float:
    scored = [one for one in scores if not math.isnan(one)]
    kind, _, k = reducer.rpartition("_")
    if not scored:
        return math.nan
    most, times = Counter(scored).most_common(1)[0]
    if reducer == "majority":
        return most if 2 * times > len(scores) else math.nan
    if not kind:
        made = {"mean": statistics.mean, "median": statistics.median, "max": max, "mode": lambda _: most}
        return made[reducer](scored)
    hits = [one >= 1 for one in scored]
    if kind == "at_least":
        return float(sum(hits) >= int(k))
    if len(hits) < int(k):
        return math.nan
    draws = list(itertools.combinations(hits, int(k)))
    return sum((any if kind == "pass_at" else all)(one) for one in draws) / len(draws)


@given(ITEMS, st.sampled_from(["mean", "median", "mode", "max", "majority", "at_least_2", "pass_at_2", "pass_k_2"]))
def test_a_reducer_is_what_it_says_of_each_item_by_itself(items: list[list[float]], reducer: str) -> None:
    """pass@k and pass^k are over every way to draw k attempts; an attempt that was not scored is none."""
    mixed = [(item, score) for item, scores in enumerate(items) for score in scores]
    values = np.array([score for _, score in mixed])
    numbers = np.array([item for item, _ in mixed])
    found = scoring.reduce_attempts(values, numbers, reducer)
    assert found == pytest.approx([plainly(reducer, scores) for scores in items], nan_ok=True)


def test_the_mode_goes_by_what_was_said_and_not_by_its_number() -> None:
    """Incorrect and no answer are both 0: of I, N, C, C the mode is C."""
    values, labels = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 1, 2, 2])
    assert scoring.reduce_attempts(values, np.zeros(4, dtype=np.int64), "mode", labels) == [1.0]


def test_a_reducer_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no reducer"):
        scoring.reduce_attempts(np.array([1.0]), np.array([0]), "collect")


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1)), min_size=2, max_size=30))
def test_an_error_over_clusters_is_the_sum_over_pairs_within_them(rows: list[tuple[int, float]]) -> None:
    """Miller's appendix A, with the correction for few clusters."""
    clusters, values = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    mean, many = values.mean(), len(set(clusters.tolist()))
    pairs = sum((x - mean) * (y - mean) for (a, x), (b, y) in itertools.product(rows, rows) if a == b)
    wanted = math.sqrt(max(pairs, 0) * many / (many - 1)) / len(rows) if many > 1 else 0.0
    assert scoring.stderr(values, clusters) == pytest.approx(wanted, abs=1e-7)


def test_alone_in_its_cluster_each_value_has_the_plain_error() -> None:
    values = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    assert scoring.stderr(values, np.arange(5)) == pytest.approx(scoring.stderr(values))


def test_wilson_and_t_are_the_published_ones() -> None:
    """Wilson's 95 % interval of 8 in 10 is 0.490 to 0.943 (Brown, Cai and DasGupta, Statistical Science 16, 2001)."""
    values = np.array([1.0] * 8 + [0.0] * 2)
    assert scoring.wilson_interval(values, 0.95) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    low, high = scoring.t_interval(values, 0.95)
    assert (high - low) / 2 == pytest.approx(2.262157 * scoring.stderr(values), rel=1e-6)  # t of 9 degrees, tables


def test_wilson_over_clusters_is_never_narrower_than_without_and_needs_two() -> None:
    values, clusters = np.array([1.0, 1.0, 0.0, 0.0] * 4), np.array([0, 0, 1, 1] * 4)
    low, high = scoring.wilson_interval(values, 0.95, clusters)
    plain = scoring.wilson_interval(values, 0.95)
    assert low <= plain[0]
    assert high >= plain[1]
    with pytest.raises(ValueError, match="two clusters"):
        scoring.wilson_interval(values, 0.95, np.zeros(16, dtype=np.int64))
    with pytest.raises(ValueError, match="from 0 to 1"):
        scoring.wilson_interval(np.array([2.0]), 0.95)


def test_resampling_tends_to_the_spread_over_the_root_of_n() -> None:
    values = np.array([1.0] * 30 + [0.0] * 70)
    draws = np.random.default_rng(1).choice(values, (4_000, 100)).mean(axis=1)
    near = 4 * scoring.bootstrap_stderr_spread(values, 4_000)
    assert float(draws.std()) == pytest.approx(scoring.bootstrap_stderr_limit(values), rel=near)


def test_of_nothing_there_is_no_mean_and_no_error() -> None:
    none = np.empty(0)
    assert math.isnan(scoring.mean(none))
    assert scoring.stderr(none) == scoring.variance(none) == 0.0
    assert len(scoring.reduce_attempts(none, np.empty(0, dtype=np.int64), "mean")) == 0
