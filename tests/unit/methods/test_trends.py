"""Rates and trends against published figures, and against the definitions worked out by other means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

from commonweal.methods.trends import (
    negative_binomial_trend,
    quasi_poisson_trend,
    rate_interval,
    rate_ratio,
    share_interval,
)

AIDS = np.array([12, 14, 33, 50, 67, 74, 123, 141, 165, 204, 253, 246, 240])
YEARS = np.arange(1, 14)
"""New AIDS cases in Belgium 1981 to 1993. source: the epidemic in S. N. Wood, Generalized Additive Models (2006)."""


def test_exact_limits_of_one_rate_as_published():
    """source: worked for 0 and 1 (−ln .025 = 3.6889, −ln .975 = 0.0253); R's poisson.test for 10, and for 137
    cases where 24.19893 were expected, the example of its manual."""
    found = rate_interval([0, 1, 10, 137], [1, 1, 1, 24.19893])
    assert found.low == pytest.approx([0, 0.0253, 4.7954, 4.753125], abs=5e-5)
    assert found.high == pytest.approx([3.6889, 5.5716, 18.3904, 6.692709], abs=5e-5)
    assert found.point == pytest.approx([0, 1, 10, 5.661407], abs=1e-6)


@pytest.mark.parametrize("events", [1, 4, 23])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_each_limit_leaves_half_the_rest_beyond_what_was_seen(events, level):
    """That is the definition of the exact interval, here summed over the Poisson distribution itself."""
    found = rate_interval(events, 2.0, level)
    assert stats.poisson.sf(events - 1, 2 * found.low) == pytest.approx((1 - level) / 2)
    assert stats.poisson.cdf(events, 2 * found.high) == pytest.approx((1 - level) / 2)


def test_the_exact_ratio_of_two_rates_as_published():
    """source: manual of R's poisson.test: 11 cases in 800 person-years, 21 in 3,011."""
    found = rate_ratio(11, 800, 21, 3011)
    assert (found.point, found.low, found.high) == pytest.approx((1.971488, 0.8584264, 4.2772659), abs=1e-6)


def test_ratios_with_nothing_on_one_side_stay_open_there():
    """source: worked. 3 against 0: (p/2)^3 = .025 at p = .2924, a ratio of .4132; turned over, 1/.4132."""
    found = rate_ratio([3, 0, 0], 1, [0, 3, 0], 1)
    assert found.point[:2].tolist() == [math.inf, 0]
    assert math.isnan(found.point[2])
    assert found.low == pytest.approx([0.41323, 0, 0], abs=1e-5)
    assert found.high == pytest.approx([math.inf, 1 / 0.41323, math.inf], rel=1e-4)


def test_a_poisson_trend_as_published():
    """source: Wood 2006: slope 0.2021 a year, residual deviance 80.69 on 11 degrees of freedom."""
    found = quasi_poisson_trend(AIDS, 1, YEARS)
    assert math.log(found.ratio) == pytest.approx(0.2021212, abs=1e-6)
    mean = np.exp(math.log(found.ratio) * YEARS)
    mean *= AIDS.sum() / mean.sum()
    assert 2 * np.sum(AIDS * np.log(AIDS / mean) - AIDS + mean) == pytest.approx(80.69, abs=0.005)
    assert found.dispersion == pytest.approx(np.sum((AIDS - mean) ** 2 / mean) / 11, rel=1e-6)


def poisson_likelihood(counts, exposure, at, slope):
    rates = exposure * np.exp(slope * at)
    return stats.poisson.logpmf(counts, counts.sum() * rates / rates.sum()).sum()


def binomial_likelihood(counts, exposure, at, slope):
    """The highest over the general rate and k, found by looking about."""

    def negative(where):
        size, mean = math.exp(-where[1]), exposure * np.exp(where[0] + slope * at)
        return -stats.nbinom.logpmf(counts, size, size / (size + mean)).sum()

    starts = [(math.log(counts.sum() / (exposure * np.exp(slope * at)).sum()), k) for k in (-3.0, 0.0)]
    options = {"xatol": 1e-8, "fatol": 1e-11, "maxiter": 5000}
    return max(-minimize(negative, start, method="Nelder-Mead", options=options).fun for start in starts)


@pytest.mark.parametrize("counts", [[3, 9, 1, 14, 6, 22, 9, 31], [9, 0, 4, 0, 2, 6, 0, 1]])
def test_ends_lie_where_the_likelihood_has_fallen_by_the_quantile(counts):
    counts, at = np.array(counts), np.array([0.0, 1, 2, 3, 5, 8, 9, 11])
    exposure = np.array([1.0, 2, 1, 3, 1, 2, 2, 3])
    quantile = stats.f.ppf(0.9, 1, 6)
    quasi = quasi_poisson_trend(counts, exposure, at, 0.9)
    assert quasi.dispersion > 1
    top = poisson_likelihood(counts, exposure, at, math.log(quasi.ratio))
    for end in (quasi.low, quasi.high):
        fall = 2 * (top - poisson_likelihood(counts, exposure, at, math.log(end)))
        assert fall == pytest.approx(quantile * quasi.dispersion, rel=1e-6)

    binomial = negative_binomial_trend(counts, exposure, at, 0.9)
    top = binomial_likelihood(counts, exposure, at, math.log(binomial.ratio))
    for off in (-0.02, 0.02):
        assert binomial_likelihood(counts, exposure, at, math.log(binomial.ratio) + off) < top
    for end in (binomial.low, binomial.high):
        fall = 2 * (top - binomial_likelihood(counts, exposure, at, math.log(end)))
        assert fall == pytest.approx(quantile, rel=1e-4)


def test_a_trend_over_two_groups_is_the_ratio_of_their_rates():
    """source: worked. 12 events in 4 weeks, then 20 in 5: 4 / 3."""
    found = quasi_poisson_trend([5, 7, 6, 14], [2, 2, 2, 3], [0, 0, 1, 1])
    assert found.ratio == pytest.approx((20 / 5) / (12 / 4))
    assert found.low < 1 < found.high


def test_agreeing_suspiciously_well_narrows_no_interval():
    """Ten a month, exactly: the dispersion is told as 0, and the interval is the one of Poisson counts."""
    found = quasi_poisson_trend([10] * 6, 1, range(6))
    assert (found.ratio, found.dispersion) == pytest.approx((1, 0))
    fall = 2 * (poisson_likelihood(np.full(6, 10), 1, np.arange(6), 0) - poisson_likelihood(
        np.full(6, 10), 1, np.arange(6), math.log(found.high)))  # fmt: skip
    assert fall == pytest.approx(stats.f.ppf(0.95, 1, 4), rel=1e-6)


def test_the_spread_and_trend_of_simulated_counts_are_found_again():
    rng = np.random.default_rng(7)
    at = np.arange(200)
    counts = rng.poisson(8 * 1.004**at * rng.gamma(1 / 0.4, 0.4, size=200))
    found = negative_binomial_trend(counts, 1, at)
    assert found.dispersion == pytest.approx(0.4, abs=0.12)
    assert found.low < 1.004 < found.high
    assert quasi_poisson_trend(counts, 1, at).dispersion > 2


@pytest.mark.parametrize("trend", [quasi_poisson_trend, negative_binomial_trend])
def test_too_little_to_tell_is_said_openly(trend):
    nothing = trend([0, 0, 0, 0], 1, [0, 1, 2, 3])
    assert math.isnan(nothing.ratio)
    assert (nothing.low, nothing.high) == (0, math.inf)
    rising = trend([0, 0, 0, 50], 1, [0, 1, 2, 3])
    assert rising.ratio == rising.high == math.inf
    falling = trend([50, 0, 0, 0], 1, [0, 1, 2, 3])
    assert falling.ratio == falling.low == 0
    assert falling.high == (pytest.approx(1 / rising.low) if rising.low else math.inf)


def test_fifty_events_all_in_the_last_of_four_periods_rise_for_certain_if_they_came_one_by_one():
    assert quasi_poisson_trend([0, 0, 0, 50], 1, [0, 1, 2, 3]).low > 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], 1, [0, 1]), r"at least 3 counts, saw shape \(2,\)"),
        (([1, 2, 3], 1, [4, 4, 4]), "not the same for all counts, saw 4.0 to 4.0"),
        (([1, 2, 3], 1, [0, 1, math.nan]), "at must be finite"),
        (([1, 2.5, 3], 1, [0, 1, 2]), "counts must be whole numbers from 0, saw 2.5"),
        (([1, -2, 3], 1, [0, 1, 2]), "counts must be whole numbers from 0, saw -2"),
        (([1, 2, 3], [1, 0, 1], [0, 1, 2]), "exposure must be a finite number above 0, saw 0"),
        (([1, 2, 3], 1, [0, 1, 2], 1.0), "level must lie between 0 and 1, saw 1"),
    ],
)
@pytest.mark.parametrize("trend", [quasi_poisson_trend, negative_binomial_trend])
def test_what_cannot_be_a_trend_is_refused(trend, arguments, message):
    with pytest.raises(ValueError, match=message):
        trend(*arguments)


def test_what_cannot_be_a_rate_is_refused():
    for arguments, message in (((1, 0), "exposure"), ((0.5, 1), "events must be whole"), ((1, 1, 0), "level")):
        with pytest.raises(ValueError, match=message):
            rate_interval(*arguments)
    with pytest.raises(ValueError, match="events_before must be whole"):
        rate_ratio(1, 1, math.nan, 1)


def test_the_interval_of_a_share_is_the_exact_one_and_knows_its_ends() -> None:
    """Against scipy's own exact interval of a binomial test; none and all have closed forms, (1 - 0.025)^(1/n)."""
    found = share_interval([2, 0, 20], 20)
    exact = stats.binomtest(2, 20).proportion_ci(method="exact")
    assert np.allclose(found.point, [0.1, 0, 1])
    assert np.allclose(found.low, [exact.low, 0, 0.025 ** (1 / 20)])
    assert np.allclose(found.high, [exact.high, 1 - 0.025 ** (1 / 20), 1])
    for hits, drawn in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="must"):
            share_interval(hits, drawn)
