"""What evaluations report of scored attempts: attempts at an item reduced to one score, and metrics over the items.

An item may be attempted several times. A *reducer* makes one score of each item's attempts; a *metric* is then over the
items. Attempts that were not scored are NaN: they are left out of both, and an item without a scored attempt is NaN.

Sources: pass@k, M. Chen et al., Evaluating Large Language Models Trained on Code, arXiv 2107.03374, equation 1;
pass^k, S. Yao et al., τ-bench, arXiv 2406.12045; standard errors over clusters with C / (C − 1), E. Miller, Adding
Error Bars to Evals, arXiv 2411.00640, appendix A; the interval of E. B. Wilson, JASA 22 (1927), with the effective
sample size of E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998). Names of reducers are those of Inspect.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit  # type: ignore[import-untyped, unused-ignore]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
CORRECT = 1.0
"""From which score an attempt counts as a success where attempts are counted."""
_OF_K = re.compile(r"(at_least|pass_at|pass_k)_(\d{1,6})")
_PLAIN = ("mean", "median", "mode", "max", "majority")


def is_reducer(name: str) -> bool:
    """Whether a reducer of that name is known: `mean`, `median`, `mode`, `max`, `majority`, or one of k attempts."""
    return name in _PLAIN or _OF_K.fullmatch(name) is not None


def reduce_attempts(values: Floats, items: Whole, reducer: str, labels: Whole | None = None) -> Floats:
    """One score for each item of the scores of its attempts, which are `values[i]` for item `items[i]` (0 and up).

    `labels` tell apart what was said where that is more than its number (two wrong answers may both be 0): `mode` and
    `majority` go by them. Raises `ValueError` for a reducer that is not known.
    """
    if not is_reducer(reducer):
        raise ValueError(f"no reducer {reducer!r}")
    count = int(items.max()) + 1 if len(items) else 0
    scored = ~np.isnan(values)
    many = np.bincount(items[scored], minlength=count)
    if reducer == "mean" or len(items) == count:
        single = reducer if len(items) > count else _of_single_attempts(reducer)
        if single == "mean":
            sums = np.bincount(items[scored], values[scored], minlength=count)
            means: Floats = np.divide(sums, many, out=np.full(count, np.nan), where=many > 0)
            return means
    if found := _OF_K.fullmatch(reducer):
        hits = np.bincount(items[scored & (values >= CORRECT)], minlength=count)
        return _of_k(found[1], int(found[2]), many, hits)
    return _one_by_one(values, items, count, reducer, labels)


def _of_single_attempts(reducer: str) -> str:
    """`mean` where the reducer of one attempt is that attempt."""
    return "mean" if reducer in _PLAIN else reducer


def _of_k(kind: str, k: int, many: Whole, hits: Whole) -> Floats:
    """A count of successes `hits` among `many` attempts at each item as what is said of k of them."""
    pairs, back = np.unique(np.stack([many, hits]), axis=1, return_inverse=True)
    made: dict[str, Callable[[int, int], float]] = {
        "at_least": lambda n, c: math.nan if n == 0 else float(c >= k),
        "pass_at": lambda n, c: pass_at(n, c, k),
        "pass_k": lambda n, c: math.nan if n < k or n == 0 else math.comb(c, k) / math.comb(n, k),
    }
    return np.array([made[kind](int(n), int(c)) for n, c in pairs.T], dtype=np.float64)[back.reshape(-1)]


def pass_at(n: int, c: int, k: int) -> float:
    """The chance that of k attempts drawn from n, of which c succeeded, one at least did; NaN where n < k.

    >>> round(pass_at(5, 2, 2), 10)
    0.7
    """
    if n < k or n == 0:
        return math.nan
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)


def _one_by_one(values: Floats, items: Whole, count: int, reducer: str, labels: Whole | None) -> Floats:
    labels = values if labels is None else labels  # type: ignore[assignment]
    order = np.argsort(items, kind="stable")
    ends = np.cumsum(np.bincount(items, minlength=count))
    made: Callable[[Floats, Any], float] = {
        "median": lambda some, _: float(np.median(some)),
        "max": lambda some, _: float(some.max()),
    }.get(reducer, _most_common)
    found = np.full(count, np.nan)
    for item, places in enumerate(np.split(order, ends[:-1])):
        scored = places[~np.isnan(values[places])]
        if len(scored) == 0:
            continue
        if reducer == "majority" and 2 * _times(labels, scored) <= len(places):
            continue
        found[item] = made(values[scored], labels[scored])  # type: ignore[index]
    return found


def _most_common(values: Floats, labels: Any) -> float:
    """The score that is said most often, the first said of several."""
    _, first, times = np.unique(labels, return_index=True, return_counts=True)
    return float(values[first[times == times.max()].min()])


def _times(labels: Any, places: Whole) -> int:
    return int(np.unique(labels[places], return_counts=True)[1].max())


# ── metrics over the items ──────────────────────────────────────────────────────────────────────────────────────────


def mean(values: Floats) -> float:
    """The mean; NaN of nothing."""
    return float(np.mean(values)) if len(values) else math.nan


def variance(values: Floats) -> float:
    """The variance with n − 1; 0 of fewer than two values."""
    return float(np.var(values, ddof=1)) if len(values) > 1 else 0.0


def stderr(values: Floats, clusters: Whole | None = None) -> float:
    """The standard error of the mean; with `clusters` (0 and up, one for each value) over these. 0 of fewer than two.

    Values of one cluster may depend on each other; clusters may not.
    """
    if clusters is None:
        return math.sqrt(variance(values) / len(values)) if len(values) > 1 else 0.0
    if len(values) == 0 or len(sums := _cluster_sums(values, clusters)) < 2:
        return 0.0
    return math.sqrt(float(np.sum(sums**2)) * len(sums) / (len(sums) - 1)) / len(values)


def _cluster_sums(values: Floats, clusters: Whole) -> Floats:
    """How far the sum of each cluster is from what the mean of all would make it."""
    _, codes = np.unique(clusters, return_inverse=True)
    sums: Floats = np.bincount(codes.reshape(-1), values - np.mean(values)).astype(np.float64)
    return sums


def bootstrap_stderr_limit(values: Floats) -> float:
    """What the standard error by resampling goes to as resamples grow: the spread with n, over √n."""
    return float(np.std(values) / math.sqrt(len(values))) if len(values) else math.nan


def bootstrap_stderr_spread(values: Floats, resamples: int) -> float:
    """How far (one standard error, relative) so many resamples leave the standard error from that limit.

    The mean of a resample is near normal for more than a few values, so its spread varies by 1 / √(2 (B − 1)).
    """
    return 1.0 / math.sqrt(2.0 * max(resamples - 1, 1)) if len(values) else math.nan


def t_interval(values: Floats, level: float, clusters: Whole | None = None) -> tuple[float, float]:
    """The mean, and to each side Student's t (n − 1 or clusters − 1 degrees of freedom) times its standard error."""
    if len(values) < 2:
        point = float(values[0]) if len(values) else math.nan
        return point, point
    many = len(values) if clusters is None else len(np.unique(clusters))
    half = float(stdtrit(max(many - 1, 1), 1.0 - (1.0 - level) / 2.0)) * stderr(values, clusters)
    return mean(values) - half, mean(values) + half


def wilson_interval(values: Floats, level: float, clusters: Whole | None = None) -> tuple[float, float]:
    """Wilson's interval for a mean of scores from 0 to 1; over `clusters` with the effective size and Student's t.

    The effective size is p (1 − p) / v with v the variance over clusters, and at most n; n itself where p or v leave it
    undefined. Raises `ValueError` for scores beyond 0 and 1, and where there are fewer than two clusters.
    """
    if len(values) == 0:
        return math.nan, math.nan
    if values.min() < 0 or values.max() > 1:
        raise ValueError("scores from 0 to 1")
    n, p, tail = float(len(values)), mean(values), (1.0 - level) / 2.0
    critical = float(-ndtri(tail))
    if clusters is not None:
        if (many := len(np.unique(clusters))) < 2:
            raise ValueError("two clusters at least")
        spread = stderr(values, clusters) ** 2
        if p * (1 - p) > 0 and spread > 0:
            n = min(p * (1 - p) / spread, n)
        critical = float(stdtrit(many - 1, 1.0 - tail))
    square = critical**2 / n
    centre, scale = (p + square / 2) / (1 + square), critical / (1 + square)
    half = scale * math.sqrt(p * (1 - p) / n + square / (4 * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def codes(names: Sequence[Any]) -> Whole:
    """Whole numbers from 0 that tell names apart as `==` does, in order of first appearance."""
    known: dict[Any, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)
