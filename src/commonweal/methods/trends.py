"""Rates of events and how they change: exact intervals for one rate and for two, and trends of counts that vary.

For questions such as "how many incidents per million sessions", "more than before the update?" and "do near misses rise
from month to month?". One rate, or two where events come independently of each other, have exact intervals. Counts in
periods usually vary more than that, because one cause brings several reports: a trend through them takes its spread
from the counts themselves, as a multiple of the mean (quasi-Poisson) or as a share of it (negative binomial). Intervals
come from the profile of the likelihood: they need no symmetry, and stay open on the side on which nothing bounds them.

A rate ratio between two groups of periods is a trend in which `at` is 0 for one group and 1 for the other.

Sources: F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936); ratio of two rates through the
binomial distribution given their total: J. Przyborowski and H. Wilenski, Biometrika 31 (1940), with the limits of
C. J. Clopper and E. S. Pearson, Biometrika 26 (1934); P. McCullagh and J. A. Nelder, Generalized Linear Models (2nd
edition, 1989), chapters 6 and 9; J. F. Lawless, Negative binomial and mixed Poisson regression, Canadian Journal of
Statistics 15 (1987).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy  # type: ignore[import-untyped, unused-ignore]  # its parts are read when they are first used
from numpy.typing import ArrayLike

from .counts import tail, whole
from .series import TIE_DECIMALS, Floats

FAR = 50.0
"""A logarithm of a ratio of rates beyond which the smaller of them counts for nothing."""
LOG_MOST = 600.0
SPREADS = (-14.0, 7.0)
"""Logarithms between which the spread of a negative binomial distribution is looked for."""


class Interval(NamedTuple):
    """A figure with its interval, arrays of one shape; NaN where nothing is known of it."""

    point: Floats
    low: Floats
    high: Floats


class Trend(NamedTuple):
    """The ratio of rates for each unit of `at`, with its interval, and how far the counts vary.

    `dispersion` is variance / mean (quasi-Poisson), or k in variance = mean + k·mean² (negative binomial).
    """

    ratio: float
    low: float
    high: float
    dispersion: float


NOTHING = Trend(math.nan, 0.0, math.inf, math.nan)
"""What no events at all tell of a trend."""


def rate_interval(events: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> Interval:
    """Events per unit of exposure with the exact interval (Garwood 1936, as quantiles of the gamma distribution).

    Shapes broadcast; exposure is above 0 in any unit. No events have the low end 0. Raises `ValueError` naming what is
    no count, no exposure or no level.
    """
    n, exposed, beyond = whole(events, "events"), _exposure(exposure), tail(level)
    low = np.where(n > 0, scipy.special.gammaincinv(np.maximum(n, 1), beyond), 0.0)
    return Interval(n / exposed, low / exposed, scipy.special.gammaincinv(n + 1, 1 - beyond) / exposed)


def share_interval(hits: ArrayLike, drawn: ArrayLike, level: float = 0.95) -> Interval:
    """The share of all of which so many were found in a sample, with the exact interval (Clopper and Pearson 1934).

    Shapes broadcast; `drawn` is at least 1. Of a sample out of few the interval is wider than it need be. Raises
    `ValueError` naming what is no count, or more hits than were drawn.
    """
    found, of, beyond = whole(hits, "hits"), whole(drawn, "drawn"), tail(level)
    if np.any(of < 1) or np.any(found > of):
        raise ValueError(f"hits must lie between 0 and drawn, and drawn above 0; saw {hits!r} of {drawn!r}")
    low = np.where(found > 0, scipy.special.betaincinv(np.maximum(found, 1), of - found + 1, beyond), 0.0)
    high = np.where(found < of, scipy.special.betaincinv(found + 1, np.maximum(of - found, 1), 1 - beyond), 1.0)
    return Interval(found / of, low, high)


def rate_ratio(
    events: ArrayLike, exposure: ArrayLike, events_before: ArrayLike, exposure_before: ArrayLike, level: float = 0.95
) -> Interval:
    """One rate divided by another with the exact interval, given how many events there are in all.

    Shapes broadcast. No events before: the ratio and its high end are infinite; none now: it and its low end are 0;
    none at all: NaN, from 0 to infinity. Raises `ValueError` as `rate_interval` does. Only for events that come
    independently: where they cluster the interval is too narrow, and a trend over several periods is the better way.
    """
    now, before, beyond = whole(events, "events"), whole(events_before, "events_before"), tail(level)
    exposures = _exposure(exposure_before) / _exposure(exposure)
    low = np.where(now > 0, scipy.special.betaincinv(np.maximum(now, 1), before + 1, beyond), 0.0)
    high = np.where(before > 0, scipy.special.betaincinv(now + 1, np.maximum(before, 1), 1 - beyond), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (part * exposures for part in (now / before, low / (1 - low), high / (1 - high)))
        return Interval(*np.broadcast_arrays(*found))


def quasi_poisson_trend(counts: ArrayLike, exposure: ArrayLike, at: ArrayLike, level: float = 0.95) -> Trend:
    """The rate ratio for each unit of `at` when the variance is a multiple of the mean.

    Vectors of one length: whole counts, exposures above 0 (a scalar serves all), and when or where each was. The
    multiple is Pearson's χ² / (periods − 2). Below 1 it is told but not used: that few counts happen to agree well
    narrows no interval. Ends where the deviance is F(level; 1, periods − 2) times it above the least (McCullagh and
    Nelder, chapter 9). Where all events lie at one end of `at` the ratio is 0 or infinite; without events it is NaN,
    from 0 to infinity. Raises `ValueError` for fewer than 3 periods, all at one place, or what is no count, exposure or
    level.
    """
    found = _periods(counts, exposure, at)
    y, x, log_exposed = found.counts, found.places, found.log_exposed
    cut = _cut(level, len(y))
    if not y.any():
        return NOTHING

    def likelihood(slope: float) -> float:
        return float(slope * (y @ x) - y.sum() * scipy.special.logsumexp(slope * x + log_exposed))

    best = _likeliest(found)
    mean = y.sum() * _shares(found, best)
    chi2 = np.divide((y - mean) ** 2, mean, out=np.zeros_like(mean), where=mean > 0)
    dispersion = float(chi2.sum()) / (len(y) - 2)
    return _trend(found, likelihood, best, cut * max(dispersion, 1.0), dispersion)


def negative_binomial_trend(counts: ArrayLike, exposure: ArrayLike, at: ArrayLike, level: float = 0.95) -> Trend:
    """The rate ratio for each unit of `at` when rates vary by a share: variance = mean + k·mean², k by likelihood.

    Arguments, errors and open ends as for `quasi_poisson_trend`. For each ratio the general rate and k are the most
    likely ones (Lawless 1987); ends where twice the log-likelihood is F(level; 1, periods − 2) below the
    highest, which allows for few periods. k may be 0: then the counts vary no more than Poisson counts.
    """
    found = _periods(counts, exposure, at)
    y, cut = found.counts, _cut(level, len(found.counts))
    if not y.any():
        return NOTHING

    def likelihood(slope: float) -> float:
        return _spread(y, slope * found.places + found.log_exposed)[0]

    best = _likeliest(found)
    if not found.open_side:
        around = (best - 0.5, best + 0.5)
        best = float(scipy.optimize.minimize_scalar(lambda slope: -likelihood(slope), bracket=around).x)
    return _trend(found, likelihood, best, cut, _spread(y, best * found.places + found.log_exposed)[1])


def _likeliest(found: _Periods) -> float:
    """The slope at which the mean place of Poisson events is the one observed; the furthest where that is an end."""
    if found.open_side:
        return found.open_side * found.furthest
    observed = float(found.counts @ found.places / found.counts.sum())

    def excess(slope: float) -> float:
        return float(found.places @ _shares(found, slope)) - observed

    reach = 1.0
    while excess(-reach) > 0 or excess(reach) < 0:
        reach *= 2
    return float(scipy.optimize.brentq(excess, -reach, reach))


def _shares(found: _Periods, slope: float) -> Floats:
    """What share of all events each period is to have."""
    log_rates = slope * found.places + found.log_exposed
    return np.asarray(np.exp(log_rates - scipy.special.logsumexp(log_rates)))


def _spread(y: Floats, log_rates: Floats) -> tuple[float, float]:
    """The highest log-likelihood of negative binomial counts with means in these proportions, and its k.

    The counts' own factor, which is the same for all, is left out.
    """

    def negative(log_k: float) -> float:
        k = math.exp(log_k)
        log_mean = log_rates + _log_rate(y, log_rates, k)
        own = scipy.special.gammaln(y + 1 / k) - scipy.special.gammaln(1 / k) + y * log_k
        return -float(np.sum(own + y * log_mean - (y + 1 / k) * np.logaddexp(0, log_k + log_mean)))

    total = y.sum()
    poisson = float(y @ log_rates + total * (math.log(total) - scipy.special.logsumexp(log_rates) - 1))
    found = scipy.optimize.minimize_scalar(negative, bounds=SPREADS, method="bounded", options={"xatol": 1e-5})
    return (poisson, 0.0) if poisson >= -found.fun else (-float(found.fun), math.exp(found.x))


def _log_rate(y: Floats, log_rates: Floats, k: float) -> float:
    """The logarithm of what the rates must be multiplied by to be the likeliest at this k."""
    start = math.log(y.sum()) - float(scipy.special.logsumexp(log_rates))

    def score(log_rate: float) -> float:
        mean = np.exp(np.minimum(log_rates + log_rate, LOG_MOST))
        return float(np.sum((y - mean) / (1 + k * mean)))

    reach = 1.0
    while score(start - reach) < 0 or score(start + reach) > 0:
        reach *= 2
    return float(scipy.optimize.brentq(score, start - reach, start + reach))


def _trend(found: _Periods, likelihood: Callable[[float], float], best: float, cut: float, dispersion: float) -> Trend:
    """Ends where twice the log-likelihood is `cut` below that of the best slope, on each side that is not open."""
    top = likelihood(best)

    def excess(slope: float) -> float:
        return 2 * (top - likelihood(slope)) - cut

    def end(side: int) -> float:
        reach, furthest = 1.0, found.furthest + abs(best)
        while side != found.open_side and reach < furthest:
            if excess(best + side * reach) >= 0:
                return float(scipy.optimize.brentq(excess, best, best + side * reach))
            reach *= 2
        return side * math.inf

    ratio = _power((found.open_side * math.inf if found.open_side else best) / found.unit)
    return Trend(ratio, _power(end(-1) / found.unit), _power(end(1) / found.unit), dispersion)


def _power(log_ratio: float) -> float:
    return math.exp(log_ratio) if log_ratio < LOG_MOST else math.inf


class _Periods(NamedTuple):
    """Vectors: counts, logarithms of exposures, places from 0 to 1, which is `unit` of `at`.

    `open_side` is 1 where all events lie at the last place and −1 at the first, so that no finite trend is likeliest,
    else 0. At the `furthest` slope only the events at one end count.
    """

    counts: Floats
    log_exposed: Floats
    places: Floats
    unit: float
    open_side: int
    furthest: float


def _periods(counts: ArrayLike, exposure: ArrayLike, at: ArrayLike) -> _Periods:
    y, exposed, x = np.broadcast_arrays(whole(counts, "counts"), _exposure(exposure), np.asarray(at, dtype=np.float64))
    if y.ndim != 1 or len(y) < 3:
        raise ValueError(f"a trend needs a vector of at least 3 counts, saw shape {y.shape}")
    if not np.isfinite(x).all() or np.ptp(x) == 0:
        raise ValueError(f"at must be finite and not the same for all counts, saw {x.min()} to {x.max()}")
    places = np.round((x - x.min()) / np.ptp(x), TIE_DECIMALS)
    open_side = int(not y[places < 1].any()) - int(not y[places > 0].any())
    nearest = float(np.diff(np.unique(places)).min())
    return _Periods(y, np.log(exposed), places, float(np.ptp(x)), open_side, FAR / nearest)


def _cut(level: float, periods: int) -> float:
    return float(scipy.special.fdtri(1, periods - 2, 1 - 2 * tail(level)))


def _exposure(values: ArrayLike) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    wrong = found[~(np.isfinite(found) & (found > 0))]
    if wrong.size:
        raise ValueError(f"an exposure must be a finite number above 0, saw {wrong.flat[0]}")
    return found
