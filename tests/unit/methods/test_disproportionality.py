"""Measures of disproportionality against published figures and against integrals that use none of their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from commonweal.methods.disproportionality import (
    Prior,
    expected_counts,
    fit_prior,
    independent,
    information_component,
    observed_ratio,
    reporting_odds_ratio,
    shrunk_ratio,
)

CAERS = Prior(3.25379064, 0.39988801, 2.02613219, 1.90808279, 0.06534557)
"""source: vignette "Empirical Bayes Metrics with openEBGM" (2018): the prior found there for the CAERS reports."""


def test_expected_counts_of_a_table_worked_by_hand():
    """source: worked. Rows 30 and 70, columns 40 and 60 of 100."""
    assert expected_counts([[10, 20], [30, 40]]).tolist() == [[12, 18], [28, 42]]


def test_what_two_strata_explain_is_not_out_of_proportion():
    """source: worked. In each stratum the pair is as frequent as its parts; taken together it looks 1.6 times so."""
    early, late = np.array([[80, 20], [20, 5]]), np.array([[5, 20], [20, 80]])
    assert expected_counts([early, late])[0, 0] == pytest.approx(85)
    assert expected_counts(early + late)[0, 0] == pytest.approx(62.5)


def test_reports_that_name_several_things_are_counted_once_in_all():
    """source: worked. 100 reports, 40 name the system and 30 the harm, whatever else they name: 12 expected."""
    assert independent([40, 90], [30, 80, 5], 100)[0].tolist() == [12, 32, 2]
    assert independent([0, 0], [0], 0).tolist() == [[0], [0]]


@pytest.mark.parametrize(("observed", "expected"), [(0, 0.0), (0, 3.2), (1, 0.01), (4, 1.0), (250, 90.0)])
def test_limits_of_the_information_component_hold_what_they_say(observed, expected):
    """The density of the ratio after the data, written out and integrated: 2.5 % below IC025, 2.5 % above IC975."""

    def density_in_log2(y):
        shape, rate, ratio = observed + 0.5, expected + 0.5, 2.0**y
        return math.exp(shape * math.log(rate * ratio) - rate * ratio - math.lgamma(shape)) * math.log(2)

    found = information_component(observed, expected)
    assert quad(density_in_log2, found.low - 200, found.low, limit=400)[0] == pytest.approx(0.025, abs=1e-6)
    assert quad(density_in_log2, found.high, found.high + 12, limit=400)[0] == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (20, 12.217, 30.888)]
)
def test_the_plain_ratio_has_the_exact_limits_of_a_count(count, low, high):
    """source: Garwood (1936), the table of 95 % limits of a Poisson count, over 2 expected."""
    found = observed_ratio(count, 2)
    assert (found.point, found.low, found.high) == pytest.approx((count / 2, low / 2, high / 2), abs=1e-3)


def test_information_components_worked_by_hand():
    """source: worked. log₂(4.5/1.5) = 1.585; one report where .01 were expected is 1.557, not log₂ 100 = 6.64; nothing
    known is 0."""
    found = information_component([4, 1, 0], [1, 0.01, 0])
    assert found.point == pytest.approx([math.log2(3), math.log2(1.5 / 0.51), 0])
    assert found.low[1] < 0
    assert found.low[2] < -9


def test_the_limits_agree_with_the_published_approximation():
    """source: Norén, Hopstadius and Bate 2013: IC − 3.3·(O + ½)^−½ − 2·(O + ½)^−3/2 and IC + 2.4·(O + ½)^−½ −
    0.5·(O + ½)^−3/2, good to about a tenth from one report on."""
    observed = np.array([1, 2, 3, 5, 10, 30, 100])
    found, n = information_component(observed, 2.0), observed + 0.5
    assert found.low == pytest.approx(found.point - 3.3 * n**-0.5 - 2 * n**-1.5, abs=0.12)
    assert found.high == pytest.approx(found.point + 2.4 * n**-0.5 - 0.5 * n**-1.5, abs=0.12)


def test_empirical_bayes_scores_as_published():
    """source: the same vignette of openEBGM: N, E, then QUANT_05, ebgm and QUANT_95, to two decimals."""
    published = np.array([
        (1, 0.0360548272, 0.49, 2.23, 13.85), (1, 0.0038736591, 0.52, 2.58, 15.78),
        (1, 0.0002979738, 0.52, 2.63, 16.02), (1, 0.0765792610, 0.47, 1.92, 11.77),
        (16, 0.40643623, 15.68, 23.26, 33.48), (19, 0.89690107, 11.65, 16.78, 23.55),
        (6, 0.07866508, 10.16, 18.28, 30.83), (8, 0.30482718, 9.00, 15.25, 24.52), (11, 0.56317044, 8.98, 14.28, 21.78),
    ])  # fmt: skip
    found = shrunk_ratio(published[:, 0], published[:, 1], CAERS)
    assert np.stack([found.low, found.point, found.high], axis=1) == pytest.approx(published[:, 2:], abs=0.01)


@pytest.mark.parametrize(("observed", "expected"), [(0, 0.4), (1, 0.02), (3, 2.5), (40, 11.0)])
def test_scores_by_integrating_prior_times_poisson(observed, expected):
    """Prior density times the chance of the count, on a fine grid of ratios: no gamma function of the posterior."""
    prior = Prior(1.5, 0.3, 3.0, 3.5, 0.2)
    ratio = np.exp(np.linspace(-16, 7, 400_001))
    density = ratio * stats.poisson.pmf(observed, ratio * expected) * (
        prior.share_1 * stats.gamma.pdf(ratio, prior.shape_1, scale=1 / prior.rate_1)
        + (1 - prior.share_1) * stats.gamma.pdf(ratio, prior.shape_2, scale=1 / prior.rate_2)
    )  # fmt: skip
    density /= density.sum()
    found = shrunk_ratio(observed, expected, prior)
    assert found.point == pytest.approx(math.exp(density @ np.log(ratio)), rel=1e-6)
    below = np.cumsum(density)
    assert found.low == pytest.approx(ratio[np.searchsorted(below, 0.05)], rel=1e-3)
    assert found.high == pytest.approx(ratio[np.searchsorted(below, 0.95)], rel=1e-3)


def simulated(cells, seed):
    """Ratios drawn from a known prior, expected counts as uneven as in a table, and reports."""
    rng = np.random.default_rng(seed)
    truth = Prior(3.0, 0.6, 4.0, 5.0, 0.1)
    expected = rng.gamma(0.8, 3.0, cells) + 0.01
    first = rng.random(cells) < truth.share_1
    ratio = np.where(first, rng.gamma(3.0, 1 / 0.6, cells), rng.gamma(4.0, 1 / 5.0, cells))
    return truth, expected, ratio, rng.poisson(ratio * expected)


@pytest.mark.parametrize("zeros", [True, False])
def test_the_prior_that_made_a_table_is_found_again(zeros):
    """Within what 20,000 cells can tell: what the prior says of ratios, rather than each parameter."""
    truth, expected, _ratio, observed = simulated(20_000, 11)
    prior, _, at_bound = fit_prior(observed, expected, zeros=zeros)
    assert not at_bound
    assert prior.share_1 == pytest.approx(truth.share_1, abs=0.02)
    assert prior.shape_1 / prior.rate_1 == pytest.approx(5.0, rel=0.1)
    assert prior.shape_2 / prior.rate_2 == pytest.approx(0.8, rel=0.05)
    assert prior.shape_1 == pytest.approx(truth.shape_1, rel=0.35)
    assert prior.shape_2 == pytest.approx(truth.shape_2, rel=0.2)


@pytest.mark.parametrize("zeros", [True, False])
def test_the_likelihood_is_the_one_of_a_mixture_and_no_prior_near_by_has_more(zeros):
    _truth, expected, _ratio, observed = simulated(2_000, 3)
    fit = fit_prior(observed, expected, zeros=zeros)
    used = slice(None) if zeros else observed > 0
    o, e = observed[used], expected[used]

    def likelihood(prior):
        def chance(count):
            one, two = (
                stats.nbinom.pmf(count, shape, rate / (rate + e))
                for shape, rate in ((prior.shape_1, prior.rate_1), (prior.shape_2, prior.rate_2))
            )
            return prior.share_1 * one + (1 - prior.share_1) * two

        return np.log(chance(o) / (1.0 if zeros else 1 - chance(0))).sum()

    assert likelihood(fit.prior) == pytest.approx(fit.log_likelihood, rel=1e-9)
    for at in range(5):
        for factor in (0.97, 1.03):
            other = list(fit.prior)
            other[at] *= factor
            assert likelihood(Prior(*other)) < fit.log_likelihood


def test_intervals_from_the_fitted_prior_hold_the_true_ratios_as_often_as_they_say():
    _truth, expected, ratio, observed = simulated(20_000, 29)
    found = shrunk_ratio(observed, expected, fit_prior(observed, expected).prior)
    assert np.mean((found.low <= ratio) & (ratio <= found.high)) == pytest.approx(0.9, abs=0.015)
    assert np.mean(ratio < found.low) == pytest.approx(0.05, abs=0.01)


def test_a_table_whose_ratios_do_not_differ_is_shrunk_to_one():
    rng = np.random.default_rng(2)
    expected = rng.gamma(0.8, 3.0, 3_000) + 0.01
    observed = rng.poisson(expected)
    found = shrunk_ratio(observed, expected, fit_prior(observed, expected).prior)
    assert np.quantile(np.abs(np.log(found.point)), 0.99) < 0.3
    assert (found.low > 1.2).sum() <= 3


def test_a_table_that_cannot_tell_the_parameters_apart_says_so():
    """Each cell has just what was expected, so any prior tight enough around 1 would do."""
    fit = fit_prior(np.full(60, 5), 5.0)
    assert fit.at_bound
    assert shrunk_ratio(5, 5.0, fit.prior).point == pytest.approx(1, abs=0.01)


def test_a_part_of_almost_nothing_draws_the_point_of_an_empty_cell_below_its_lower_limit():
    """source: worked. A twenty-fifth of the ratios is practically 0 (their logarithm −100 on average); the 5 % quantile
    lies among the others."""
    found = shrunk_ratio(0, 1e-3, Prior(5.0, 5.0, 0.01, 1.0, 0.96))
    assert found.point == pytest.approx(math.exp(0.04 * -100.5608855 + 0.96 * -0.1036), rel=0.01)
    assert found.low > found.point


def test_an_odds_ratio_worked_by_hand():
    """source: worked. a, b, c, d = 20, 80, 100, 800: ratio 2; spread exp(1.959964·√.07375) = 1.7028."""
    found = reporting_odds_ratio(20, 100, 120, 1000)
    assert (found.point, found.low, found.high) == pytest.approx((2, 2 / 1.7028, 2 * 1.7028), rel=1e-4)


def test_an_odds_ratio_with_an_empty_part_has_open_limits():
    found = reporting_odds_ratio([0, 5, 0], [10, 5, 0], [10, 10, 10], 100)
    assert found.point[:2].tolist() == [0, math.inf]
    assert math.isnan(found.point[2])
    assert found.low.tolist() == [0, 0, 0]
    assert found.high.tolist() == [math.inf] * 3


def test_a_table_keeps_its_shape():
    table = np.array([[3, 0, 8], [0, 1, 40]])
    expected = expected_counts(table)
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0)
    for found in (
        information_component(table, expected),
        shrunk_ratio(table, expected, CAERS),
        reporting_odds_ratio(table, rows, columns, table.sum()),
    ):
        assert [part.shape for part in found] == [(2, 3)] * 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_counts([1, 2]), r"needs rows and columns, saw shape \(2,\)"),
        (lambda: expected_counts([[1, 0.5]]), "counts must be whole numbers from 0, saw 0.5"),
        (lambda: independent([5], [11], 10), "no row or column can have more reports than there are in all, 10"),
        (lambda: information_component(1, -1), "expected must be finite numbers, not below 0; saw -1"),
        (lambda: information_component(-1, 1), "observed must be whole numbers from 0, saw -1"),
        (lambda: information_component(2, 0), "2 reports were observed where none could be expected"),
        (lambda: information_component(2, 1, 95), "level must lie between 0 and 1, saw 95"),
        (lambda: fit_prior([1, 2, 3, 4], 1), "5 parameters needs at least so many cells, saw 4"),
        (lambda: fit_prior([0, 1, 2, 3, 4], 1, zeros=False), "at least so many cells, saw 4"),
        (lambda: fit_prior([0, 1, 2, 3, 4], [0, 1, 1, 1, 1]), "something must be expected in each cell"),
        (lambda: shrunk_ratio(1, 1, Prior(1, 1, 1, 1, 1)), "share between 0 and 1, saw"),
        (lambda: shrunk_ratio(1, 1, Prior(0, 1, 1, 1, 0.5)), "shapes and rates above 0"),
        (lambda: reporting_odds_ratio(5, 4, 9, 20), "do not hold what was observed: .* is -1"),
    ],
)
def test_what_cannot_be_a_table_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
