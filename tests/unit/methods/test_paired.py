"""Two systems over the same items: the difference in pairs, and the exact test of discordant ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_rel

from commonweal.methods.paired import discordant_p, paired

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=3, max_size=40)


@given(PAIRS)
def test_it_is_the_paired_t_interval_and_the_exact_sign_test(pairs: list[tuple[int, int]]) -> None:
    first, second = (np.array(one, dtype=float) for one in zip(*pairs, strict=True))
    found = paired(first, second)
    if found.stderr:
        low, high = ttest_rel(second, first).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((low, high))
    few = min(found.gained, found.lost), found.gained + found.lost
    assert found.p == pytest.approx(binomtest(*few).pvalue if few[1] else 1.0)
    back = paired(second, first)
    assert (back.difference, back.gained, back.lost) == (-found.difference, found.lost, found.gained)


def test_pairs_tell_apart_what_two_intervals_would_not() -> None:
    """Each item is hard or easy for both; one system is a little better on every item."""
    hard = np.random.default_rng(1).random(50) * 0.8
    found = paired(hard, hard + 0.05 + np.random.default_rng(2).normal(0, 0.02, 50))
    assert found.low > 0
    assert found.high - found.low < 0.05 < hard.std() / math.sqrt(50) * 2
    assert found.correlation > 0.9
    assert math.isnan(found.p), "graded scores have no exact test of counts"


def test_one_item_has_no_spread_and_other_items_are_no_pairs() -> None:
    assert math.isnan(paired(np.array([1.0]), np.array([0.0])).stderr)
    assert discordant_p(0, 0) == 1.0
    for first, second in (([], []), ([1.0], [1.0, 0.0])):
        with pytest.raises(ValueError, match="same items"):
            paired(np.array(first), np.array(second))
