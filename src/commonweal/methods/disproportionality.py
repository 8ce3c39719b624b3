"""Disproportionality: which pairs are reported together more often than their own frequencies make one expect?

For tables of reports, say systems by kinds of harm: each cell holds the number of reports O that name both, and
E would be expected if the two had nothing to do with each other. O/E itself is worthless where E is small, for one
report of a rare pair can have O/E in the hundreds. So these measures shrink it towards 1, the more the less is known,
and a cell is looked at for its *lower* limit (IC025 above 0, EB05 above 1 or 2), never for its ratio. They say what is
reported together, not what causes what: a publicised case brings reports of its own.

`information_component` shrinks each cell by the same half a report. `fit_prior` and `shrunk_ratio` learn from the whole
table how much the ratios in it differ, and shrink by that. `reporting_odds_ratio`, for comparison, shrinks nothing.

Sources: G. N. Norén, J. Hopstadius and A. Bate, Shrinkage observed-to-expected ratios for robust and transparent
large-scale pattern discovery, Statistical Methods in Medical Research 22 (2013) 57-69; W. DuMouchel, Bayesian data
mining in large frequency tables, American Statistician 53 (1999) 177-190 (multi-item gamma Poisson shrinker); E. P. van
Puijenbroek and others, Pharmacoepidemiology and Drug Safety 11 (2002) 3-10 (odds ratio).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy  # type: ignore[import-untyped, unused-ignore]  # its parts are read when they are first used
from numpy.typing import ArrayLike, NDArray

from .counts import amounts, tail, whole
from .series import Floats

SHRINKAGE = 0.5
"""Reports added to both observed and expected (Norén and others 2013)."""
STARTS = (
    (0.2, 0.1, 2.0, 4.0, 1 / 3),
    (0.1, 0.1, 10.0, 10.0, 0.2),
    (0.3, 0.5, 6.0, 6.0, 0.5),
    (2.0, 0.5, 5.0, 5.0, 0.1),
    (20.0, 10.0, 2.0, 2.0, 0.2),
    (100.0, 10.0, 2.0, 2.0, 0.02),
    (200.0, 130.0, 10.0, 20.0, 0.4),
    (10.0, 7.0, 300.0, 900.0, 0.6),
    (2.0, 1.0, 200.0, 500.0, 0.7),
    (2.0, 1.5, 500.0, 500.0, 0.5),
)
"""Where searches for a prior begin, for there are often several peaks: the first is DuMouchel's (1999), then parts with
wide and with narrow spread, near and apart."""
CELLS_FIRST = 5_000
CALLS_FIRST, CALLS_MAX, FINALISTS = 40, 2000, 3
SLOPE_MOST = 1e-4
"""What is left of the slope of the log-likelihood, for each cell, where rounding ends a search that has arrived."""
NEAR_BOUND = 1e-6
PARAMETERS_WITHIN = (1e-3, 1e3)
SHARE_WITHIN = (1e-4, 1 - 1e-4)


class Prior(NamedTuple):
    """How the true ratios in a table are spread: a share of them Gamma(shape, rate) of one kind, the rest of another.

    The first part is the one with the higher mean. Its mean is shape / rate.
    """

    shape_1: float
    rate_1: float
    shape_2: float
    rate_2: float
    share_1: float


class Fit(NamedTuple):
    """The likeliest prior of a table and its log-likelihood.

    `at_bound` where a parameter ran to the end of what is searched: the table does not tell all five apart, as when
    its ratios hardly differ. The prior still serves to shrink; its parameters should not be read.
    """

    prior: Prior
    log_likelihood: float
    at_bound: bool


class Shrunk(NamedTuple):
    """A measure with its limits: arrays of the cells' shape."""

    point: Floats
    low: Floats
    high: Floats


def expected_counts(table: ArrayLike) -> Floats:
    """Row total × column total / all, for a table [rows, columns] of whole counts in which each report has one cell.

    Further axes before these two are strata (such as years or sectors): expected counts are added up over them, so that
    a pair is not found only because both were frequent in the same stratum; the answer is [rows, columns]. Where
    reports fall in several cells, use `independent` with the numbers of reports. A table of nothing expects nothing.
    """
    counts = whole(table, "counts")
    if counts.ndim < 2:
        raise ValueError(f"a table needs rows and columns, saw shape {counts.shape}")
    strata = counts.reshape(-1, *counts.shape[-2:])
    return np.asarray(sum(independent(one.sum(axis=1), one.sum(axis=0), one.sum()) for one in strata))


def independent(rows: ArrayLike, columns: ArrayLike, total: ArrayLike) -> Floats:
    """Expected reports [rows, columns] of `total` where `rows` and `columns` count the reports that name each thing."""
    row, column = whole(rows, "rows"), whole(columns, "columns")
    every = float(whole(total, "total"))
    if max(row.max(initial=0), column.max(initial=0)) > every:
        raise ValueError(f"no row or column can have more reports than there are in all, {every:g}")
    return np.outer(row, column) / every if every else np.zeros((row.size, column.size))


def observed_ratio(observed: ArrayLike, expected: ArrayLike, level: float = 0.95) -> Shrunk:
    """O/E as it is, unshrunk, with the exact limits of a Poisson count over an expectation taken as known.

    Shapes broadcast. Limits are those between which at least `level` of such intervals hold the ratio (F. Garwood,
    Biometrika 28 (1936) 437-442). One report of a rare pair has a high ratio and limits far apart: it is for tables too
    small to learn from them how much ratios differ. Raises `ValueError` for what is no count, level or expectation.
    """
    o, e = np.broadcast_arrays(whole(observed, "observed"), amounts(expected, "expected"))
    if (e == 0).any():
        raise ValueError("something must be expected of each ratio, saw 0")
    beyond = tail(level)
    low = np.where(o > 0, scipy.special.gammaincinv(np.maximum(o, 1), beyond), 0.0)
    return Shrunk(o / e, low / e, scipy.special.gammaincinv(o + 1, 1 - beyond) / e)


def information_component(observed: ArrayLike, expected: ArrayLike, level: float = 0.95) -> Shrunk:
    """IC = log₂((O + ½)/(E + ½)) with exact limits; at level .95 these are IC025 and IC975.

    Shapes broadcast. 2^IC is the mean of the ratio's distribution Gamma(O + ½, E + ½) after the data; limits are the
    logarithms of its quantiles (Norén and others 2013). Without reports and expectation IC is 0 with wide limits:
    nothing is known. IC lies within the limits at any level from .4. Raises `ValueError` for what is no count, no
    expectation or no level, and for reports where nothing was expected.
    """
    o, e = _cells(observed, expected)
    counts, place = np.unique(o, return_inverse=True)
    beyond = tail(level)
    low, high = (
        np.log2(scipy.special.gammaincinv(counts + SHRINKAGE, q))[place].reshape(o.shape) for q in (beyond, 1 - beyond)
    )
    added = np.log2(e + SHRINKAGE)
    return Shrunk(np.log2(o + SHRINKAGE) - added, low - added, high - added)


def fit_prior(observed: ArrayLike, expected: ArrayLike, *, zeros: bool = True) -> Fit:
    """The prior under which the cells of a table are likeliest (DuMouchel 1999).

    Counts and expected counts of one shape, all above 0 expected. With `zeros` all cells of the table must be there,
    also those without a report; without, cells of 0 are left out and the likelihood is that of a cell given that it has
    a report. Searched from several places by truncated Newton steps on logarithms, first on an even selection of a
    large table, and from the best of them on all of it. Raises `ValueError` for fewer cells than parameters, what is no
    count, and where nothing was expected; `ArithmeticError` where the search does not end.
    """
    o, e = (part.ravel() for part in _cells(observed, expected))
    if not zeros:
        o, e = o[o > 0], e[o > 0]
    if len(o) < len(Prior._fields):
        raise ValueError(f"a prior of {len(Prior._fields)} parameters needs at least so many cells, saw {len(o)}")
    if not (e > 0).all():
        raise ValueError(f"something must be expected in each cell that a prior is fitted to, saw {e.min()}")

    low, high = np.log(PARAMETERS_WITHIN)
    bounds = [(low, high)] * 4 + [tuple(scipy.special.logit(SHARE_WITHIN))]

    def search(cells: _Cells, start: Floats, calls: int) -> scipy.optimize.OptimizeResult:
        def negative(where: Floats) -> tuple[float, Floats]:
            height, slope = _likelihood(where, cells, zeros)
            return -height / len(cells.observed), -slope / len(cells.observed)

        # TNC, for L-BFGS-B calls a linear algebra library whose threads wait for each other over five numbers
        options = {"maxfun": calls, "ftol": 1e-10, "gtol": 1e-7}
        return scipy.optimize.minimize(negative, start, jac=True, method="TNC", bounds=bounds, options=options)

    every, some = _Cells.of(o, e), slice(None, None, 1 + len(o) // CELLS_FIRST)
    first = _Cells.of(o[some], e[some])
    begun = [
        search(first, np.array([*np.log(start[:4]), scipy.special.logit(start[4])]), CALLS_FIRST) for start in STARTS
    ]
    finalists = sorted(begun, key=lambda end: float(end.fun))[:FINALISTS]
    best = min((search(every, end.x, CALLS_MAX) for end in finalists), key=lambda end: float(end.fun))
    least, most = np.transpose(bounds)
    held = (best.x - least < NEAR_BOUND) & (best.jac > 0) | (most - best.x < NEAR_BOUND) & (best.jac < 0)
    if not best.success and np.abs(best.jac[~held]).max(initial=0) > SLOPE_MOST:
        raise ArithmeticError(f"the search for a prior came to no end: {best.message}")
    at_bound = bool(((best.x - least < NEAR_BOUND) | (most - best.x < NEAR_BOUND)).any())
    return Fit(_ordered(best.x), -float(best.fun) * len(o), at_bound)


def shrunk_ratio(observed: ArrayLike, expected: ArrayLike, prior: Prior, level: float = 0.90) -> Shrunk:
    """EBGM with its limits; at level .90 these are EB05 and EB95 (DuMouchel 1999).

    Shapes broadcast. After the data a ratio is a mixture of Gamma(shape_k + O, rate_k + E); the point is its geometric
    mean, exp(E[ln λ]), the limits are its quantiles. A part of a prior with a shape far below 1 draws the point of
    cells without a report towards 0, even beyond the lower limit. Raises `ValueError` for what is no count, level or
    prior, and for reports where nothing was expected.
    """
    o, e = _cells(observed, expected)
    _check(prior)
    cells, shape = _Cells.of(o.ravel(), e.ravel()), np.array([[prior.shape_1], [prior.shape_2]])
    rate = np.array([[prior.rate_1], [prior.rate_2]])
    parts = _part(cells, shape, rate)
    first = scipy.special.expit(scipy.special.logit(prior.share_1) + parts[0] - parts[1])
    log_means = cells.spread(scipy.special.digamma(shape + cells.counts)) - np.log(rate + cells.expected)
    point = np.exp(first * log_means[0] + (1 - first) * log_means[1])
    beyond = tail(level)
    ends = (_mixture_quantile(q, cells, shape, rate, first) for q in (beyond, 1 - beyond))
    return Shrunk(*(part.reshape(o.shape) for part in (point, *ends)))


def reporting_odds_ratio(
    observed: ArrayLike, row: ArrayLike, column: ArrayLike, total: ArrayLike, level: float = 0.95
) -> Shrunk:
    """The odds of the column's thing in reports of the row's, over its odds in all other reports; Woolf's limits.

    Shapes broadcast: `observed` reports name both, `row` and `column` each of the two, of `total` reports. With a, b, c
    and d the four numbers that these make up, the ratio is ad/bc and the variance of its logarithm 1/a + 1/b + 1/c +
    1/d. Where one of them is 0 there are no such limits: 0 and infinity are given. Raises `ValueError` where the totals
    cannot hold what was observed, and for what is no count or level.
    """
    a, r, c, n = np.broadcast_arrays(
        *(whole(part, name) for part, name in
          ((observed, "observed"), (row, "row"), (column, "column"), (total, "total")))
    )  # fmt: skip
    four = np.stack([a, r - a, c - a, n - r - c + a])
    if (four < 0).any():
        raise ValueError(f"the totals do not hold what was observed: a part of the four-fold table is {four.min():g}")
    z = float(scipy.special.ndtri(1 - tail(level)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = four[0] * four[3] / (four[1] * four[2])
        spread = np.exp(z * np.sqrt((1 / four).sum(axis=0)))
        low = np.where((four > 0).all(axis=0), ratio / spread, 0.0)
        high = np.where((four > 0).all(axis=0), ratio * spread, np.inf)
    return Shrunk(ratio, low, high)


class _Cells(NamedTuple):
    """Vectors of cells, with the counts that occur and the place of each cell's among them.

    Special functions of counts are worked out once for each count that occurs.
    """

    observed: Floats
    expected: Floats
    counts: Floats
    place: NDArray[np.intp]

    @classmethod
    def of(cls, observed: Floats, expected: Floats) -> _Cells:
        return cls(observed, expected, *np.unique(observed, return_inverse=True))

    def spread(self, of_counts: Floats) -> Floats:
        """What was worked out for each count, last axis, for each cell."""
        return np.take(of_counts, self.place, axis=-1)


def _likelihood(where: Floats, cells: _Cells, zeros: bool) -> tuple[float, Floats]:
    """Log-likelihood of all cells and its gradient in the logarithms of the first four and the logit of the share."""
    shapes, rates = np.exp(where[[0, 2]])[:, None], np.exp(where[[1, 3]])[:, None]
    o, e, share = cells.observed, cells.expected, float(scipy.special.expit(where[4]))
    log_shares = np.log([[share], [1 - share]])
    parts = log_shares + _part(cells, shapes, rates)
    heights = np.logaddexp(*parts)
    weights = np.exp(parts - heights)
    total = float(np.sum(heights + scipy.special.xlogy(o, e) - scipy.special.gammaln(o + 1)))
    in_shapes = (
        weights
        * shapes
        * (
            cells.spread(scipy.special.digamma(shapes + cells.counts) - scipy.special.digamma(shapes))
            - np.log1p(e / rates)
        )
    )
    in_rates = weights * (shapes * e - rates * o) / (rates + e)
    in_share = weights[0] - share
    if not zeros:
        none = np.exp(log_shares - shapes * np.log1p(e / rates))
        some = 1 - none.sum(axis=0)
        total -= float(np.log(some).sum())
        in_shapes -= none / some * shapes * np.log1p(e / rates)
        in_rates += none / some * shapes * e / (rates + e)
        in_share += (none[0] - share * none.sum(axis=0)) / some
    by_part = np.stack([in_shapes.sum(axis=1), in_rates.sum(axis=1)], axis=1)
    return total, np.append(by_part.ravel(), in_share.sum())


def _part(cells: _Cells, shape: Floats, rate: Floats) -> Floats:
    """Logarithm of the chance of each count under each part of the prior (negative binomial), but for E^O/O!."""
    own = cells.spread(scipy.special.gammaln(shape + cells.counts) - scipy.special.gammaln(shape))
    return np.asarray(own - shape * np.log1p(cells.expected / rate) - cells.observed * np.log(rate + cells.expected))


def _mixture_quantile(q: float, cells: _Cells, shape: Floats, rate: Floats, first: Floats) -> Floats:
    """Where the two gamma distributions of each cell hold `q` together: between their own quantiles."""
    from scipy.optimize import elementwise  # type: ignore[import-untyped, unused-ignore]

    own: Floats = cells.spread(scipy.special.gammaincinv(shape + cells.counts, q)) / (rate + cells.expected)
    low, high = np.asarray(own.min(axis=0)), np.asarray(own.max(axis=0))

    def excess(x: Floats, count: Floats, expected: Floats, share: Floats) -> Floats:
        below = (scipy.special.gammainc(shape[k] + count, x * (rate[k] + expected)) for k in (0, 1))
        return np.asarray(share * next(below) + (1 - share) * next(below) - q)

    apart = high - low > 1e-12 * high
    ends = (low[apart] * (1 - 1e-9), high[apart] * (1 + 1e-9))
    found = elementwise.find_root(
        excess, ends, args=(cells.observed[apart], cells.expected[apart], first[apart]), tolerances={"xrtol": 1e-12}
    )
    high[apart] = found.x
    return high


def _ordered(where: Floats) -> Prior:
    shape_1, rate_1, shape_2, rate_2 = (float(part) for part in np.exp(where[:4]))
    share = float(scipy.special.expit(where[4]))
    if shape_1 / rate_1 >= shape_2 / rate_2:
        return Prior(shape_1, rate_1, shape_2, rate_2, share)
    return Prior(shape_2, rate_2, shape_1, rate_1, 1 - share)


def _check(prior: Prior) -> None:
    if not all(math.isfinite(part) and part > 0 for part in prior) or prior.share_1 >= 1:
        raise ValueError(f"a prior has shapes and rates above 0 and a share between 0 and 1, saw {tuple(prior)}")


def _cells(observed: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    o, e = np.broadcast_arrays(whole(observed, "observed"), amounts(expected, "expected"))
    if ((e == 0) & (o > 0)).any():
        raise ValueError(f"{o[e == 0].max():g} reports were observed where none could be expected")
    return o, e
