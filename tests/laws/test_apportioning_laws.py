"""Dividing an amount: nothing is lost, nobody is a whole part off, and who gets nothing owed gets nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.accounts import apportioned

amounts = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_the_parts_add_up_and_each_is_its_exact_share_rounded_down_or_up(amount: int, weights: list[int]) -> None:
    parts = apportioned(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount) * weight / sum(weights)) < 1
        assert weight or not part
        assert part * amount >= 0


@given(amounts, weights, st.integers(1, 1000))
def test_only_proportions_count_and_the_opposite_is_divided_alike(amount: int, weights: list[int], times: int) -> None:
    parts = apportioned(amount, weights)
    assert apportioned(amount, [Fraction(weight, times) for weight in weights]) == parts
    assert apportioned(-amount, weights) == [-part for part in parts]


def test_of_equal_remainders_the_first_is_rounded_up() -> None:
    assert apportioned(100, [1, 1, 1]) == [34, 33, 33]
    assert apportioned(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_what_cannot_be_divided_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError):
        apportioned(1, weights)
