"""Laws of cell suppression: whatever the table, an attacker with all that is published stays outside the interval."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from commonweal.methods.suppression import (
    Problem,
    attack,
    below_threshold,
    known_cells,
    known_group,
    suppress,
    whole_group,
    with_margins,
)

NEAR = 1e-6
SHAPES = st.sampled_from([(3,), (5,), (2, 2), (3, 3), (2, 5), (4, 3), (2, 2, 2), (2, 3, 2)])
TABLES = SHAPES.flatmap(lambda shape: arrays(np.int64, shape, elements=st.integers(0, 9))).map(with_margins)


@settings(max_examples=40)
@given(TABLES, st.integers(2, 5), st.integers(1, 4))
def test_no_small_cell_can_be_bounded_within_the_protection_interval(table: np.ndarray, k: int, reach: int) -> None:
    primary = below_threshold(table, k)
    problem = Problem.of(table, primary, reach=reach)
    hidden = suppress(problem)
    low, high = attack(problem, hidden)
    assert not (primary & ~hidden).any()
    assert (low[primary] <= np.maximum(table[primary] - reach, 0) + NEAR).all()
    assert (high[primary] >= table[primary] + reach - NEAR).all()
    assert (high[hidden] - low[hidden] > NEAR).all()  # nor can any other hidden cell be recomputed


@settings(max_examples=30)
@given(TABLES.filter(lambda table: table.ndim > 1), st.integers(2, 4), st.integers(1, 3), st.integers(1, 3))
def test_the_same_where_one_axis_is_known_to_everybody(table: np.ndarray, k: int, reach: int, rest: int) -> None:
    public = (True, *(False for _ in table.shape[1:]))
    known, group = known_cells(table.shape, public), known_group(table, public)
    primary = (below_threshold(table, k) | whole_group(table, group, rest)) & ~known
    problem = Problem.of(table, primary, reach=reach, known=known, high=group)
    hidden = suppress(problem)
    low, high = attack(problem, hidden)
    assert not hidden[known].any()
    assert (low[primary] <= np.maximum(table[primary] - reach, 0) + NEAR).all()
    assert (high[primary] >= np.minimum(table[primary] + reach, group[primary]) - NEAR).all()


@settings(max_examples=6)
@given(arrays(np.int64, (2, 2), elements=st.integers(0, 6)), st.integers(1, 2))
def test_the_attacker_finds_what_trying_every_table_finds(inner: np.ndarray, reach: int) -> None:
    """The programme against brute force: all whole tables with the same published cells."""
    table = with_margins(inner)
    problem = Problem.of(table, below_threshold(table, 3), reach=reach)
    hidden = suppress(problem)
    low, high = attack(problem, hidden)
    most = int(problem.high.max())
    for cells in itertools.product(range(min(most, 9) + 1), repeat=4):
        other = with_margins(np.array(cells).reshape(2, 2))
        if (other == table)[~hidden].all() and (other <= problem.high).all():
            assert (low - NEAR <= other).all()
            assert (other <= high + NEAR).all()
