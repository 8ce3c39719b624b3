"""Laws of disproportionality: shrinking only ever shrinks, more reports only ever raise, and names do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from commonweal.methods.disproportionality import (
    Prior,
    expected_counts,
    fit_prior,
    information_component,
    reporting_odds_ratio,
    shrunk_ratio,
)

counts = st.integers(0, 2_000)
expectations = st.floats(1e-4, 2_000)
parameters = st.floats(0.3, 20)
priors = st.builds(Prior, parameters, parameters, parameters, parameters, st.floats(0.01, 0.99))
tables = arrays.arrays(
    np.int64, arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=st.integers(0, 40)
)
NEAR = 1e-9


@given(counts, expectations)
def test_the_information_component_lies_between_nothing_and_the_bare_ratio(observed, expected):
    found = information_component(observed, expected)
    assert found.low <= found.point <= found.high
    if observed:
        bare = np.log2(observed / expected)
        assert min(bare, 0) - NEAR <= found.point <= max(bare, 0) + NEAR


@given(counts, expectations, priors)
def test_the_shrunk_ratio_lies_within_its_limits_and_a_surer_interval_is_wider(observed, expected, prior):
    found, surer = shrunk_ratio(observed, expected, prior), shrunk_ratio(observed, expected, prior, 0.99)
    assert found.low <= found.point <= found.high
    assert surer.low <= found.low * (1 + NEAR)
    assert surer.high >= found.high * (1 - NEAR)


@given(st.integers(1, 2_000), expectations, st.floats(1, 20), st.floats(1, 20), st.floats(0.05, 0.95))
def test_with_a_prior_around_one_the_mean_ratio_never_goes_past_the_bare_one(observed, expected, first, second, share):
    """Both parts have mean 1 here, so the mean after the data lies between 1 and O/E, and EBGM below that mean."""
    found = shrunk_ratio(observed, expected, Prior(first, first, second, second, share))
    assert found.point <= max(observed / expected, 1) * (1 + NEAR)


@given(counts, expectations, priors, st.integers(1, 50), st.floats(1.01, 5))
def test_another_report_raises_and_a_higher_expectation_lowers_every_measure(observed, expected, prior, more, factor):
    for measure in (information_component, lambda o, e: shrunk_ratio(o, e, prior)):
        found = measure(observed, expected)
        for part, raised in zip(found, measure(observed + more, expected), strict=True):
            assert raised >= part - NEAR * abs(part)
        for part, lowered in zip(found, measure(observed, expected * factor), strict=True):
            assert lowered <= part + NEAR * abs(part)


@given(counts, st.floats(1e-3, 1e3))
def test_the_more_is_known_the_nearer_the_component_comes_to_the_bare_ratio(observed, expected):
    assume(observed)
    bare = np.log2(observed / expected)
    off = np.abs(
        information_component(observed * np.array([1, 10, 100]), expected * np.array([1, 10, 100])).point - bare
    )
    assert (np.diff(off) <= NEAR).all()


@given(tables, st.randoms())
def test_renaming_and_turning_a_table_over_changes_nothing_else(table, random):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)

    def measures(one):
        expected = expected_counts(one)
        odds = reporting_odds_ratio(one, one.sum(axis=1, keepdims=True), one.sum(axis=0), one.sum())
        return [*information_component(one, expected), *shrunk_ratio(one, expected, Prior(2, 1, 3, 4, 0.3)), *odds]

    for found, renamed, turned in zip(
        measures(table), measures(table[rows][:, columns]), measures(table.T), strict=True
    ):
        assert renamed == pytest.approx(found[rows][:, columns], nan_ok=True)
        assert found == pytest.approx(turned.T, nan_ok=True)


@given(tables)
def test_expected_counts_keep_the_totals(table):
    expected = expected_counts(table)
    assert expected.sum(axis=0) == pytest.approx(table.sum(axis=0))
    assert expected.sum(axis=1) == pytest.approx(table.sum(axis=1))


@settings(max_examples=2)
@given(st.integers(0, 1_000), st.randoms())
def test_a_fitted_prior_does_not_depend_on_the_order_of_the_cells(seed, random):
    rng = np.random.default_rng(seed)
    expected = rng.gamma(0.8, 3.0, 600) + 0.01
    ratio = np.where(rng.random(600) < 0.2, rng.gamma(3.0, 2.0, 600), rng.gamma(5.0, 0.15, 600))
    observed = rng.poisson(ratio * expected)
    order = list(range(600))
    random.shuffle(order)
    found, shuffled = fit_prior(observed, expected), fit_prior(observed[order], expected[order])
    assert shuffled.log_likelihood == pytest.approx(found.log_likelihood, rel=1e-7)
    assert shuffled.prior == pytest.approx(found.prior, rel=0.02)
