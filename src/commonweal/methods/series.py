"""Windows, rounding, three-valued logic and runs on regularly spaced series.

Arrays have time down the rows (one row a period, oldest first) and any further axes beside it. NaN means *not known*:
it is never skipped, so a window that holds one is itself not known. Sums run oldest to newest in a fixed order, so a
value is bit for bit the same whether it was computed on a short window or on the whole history.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TIE_DECIMALS = 9
"""Figures that agree to this many decimals count as equal: 4.1 - 3.6 reaches 0.5, whatever binary arithmetic says."""


def lagged(x: Floats, periods: int) -> Floats:
    """`x` moved `periods` rows later; the first rows become NaN. Same shape as `x`."""
    if periods == 0:
        return x
    out = np.full_like(x, np.nan)
    if periods < len(x):
        out[periods:] = x[:-periods]
    return out


def windowed_sum(x: Floats, periods: int) -> Floats:
    """Sum of the last `periods` rows, this one included; NaN until there are so many."""
    total = lagged(x, periods - 1).copy()
    for back in range(periods - 2, -1, -1):
        total += lagged(x, back)
    return total


def windowed_mean(x: Floats, periods: int) -> Floats:
    """Mean of the last `periods` rows, this one included; NaN until there are so many."""
    return windowed_sum(x, periods) / periods


def windowed_min(x: Floats, periods: int) -> Floats:
    """Smallest of the last `periods` rows, this one included; NaN where one of them is."""
    found = x
    for back in range(1, periods):
        found = np.minimum(found, lagged(x, back))
    return found


def windowed_max(x: Floats, periods: int) -> Floats:
    """Largest of the last `periods` rows, this one included; NaN where one of them is."""
    return -windowed_min(-x, periods)


def windowed_last(x: Floats, periods: int) -> Floats:
    """The newest known value of the last `periods` rows, this one included; NaN where none of them is known."""
    found = x
    for back in range(1, periods):
        found = np.where(np.isnan(found), lagged(x, back), found)
    return found


def windowed_rate(x: Floats, periods: int) -> Floats:
    """The mean change a row since `periods` rows ago."""
    return (x - lagged(x, periods)) / periods


def windowed_both(x: Floats, periods: int) -> Floats:
    """Kleene's *and* of the last `periods` rows of a truth: false once one is, true only when all are known to be."""
    found = x
    for back in range(1, periods):
        found = both(found, lagged(x, back))
    return found


def windowed_either(x: Floats, periods: int) -> Floats:
    """Kleene's *or* of the last `periods` rows of a truth."""
    found = x
    for back in range(1, periods):
        found = either(found, lagged(x, back))
    return found


def windowed_since(hold: Floats, start: Floats, periods: int) -> Floats:
    """Whether `start` was true in one of the last `periods` rows and `hold` has been in every row after it."""
    found = lagged(start, periods - 1)
    for back in range(periods - 2, -1, -1):
        found = either(lagged(start, back), both(lagged(hold, back), found))
    return found


def rounded(x: Floats, decimals: int) -> Floats:
    """Rounded half away from zero, as statutes and statistical offices round (numpy rounds half to even).

    A figure that lies within 1e-9 of a tie counts as a tie, so that 6.45 rounds to 6.5 though its binary form is less.
    """
    scale = 10.0**decimals
    return np.sign(x) * np.floor(np.round(np.abs(x) * scale, TIE_DECIMALS) + 0.5) / scale


def compared(left: Floats, op: str, right: Floats) -> Floats:
    """1.0 where `left op right`, 0.0 where not, NaN where either is not known. `op` is one of `>= <= > < == !=`.

    Both sides are compared after rounding to nine decimals (see `TIE_DECIMALS`).
    """
    difference = np.round(left - right, TIE_DECIMALS)
    tests = {
        ">=": difference >= 0,
        "<=": difference <= 0,
        ">": difference > 0,
        "<": difference < 0,
        "==": difference == 0,
        "!=": difference != 0,
    }
    return np.where(np.isnan(difference), np.nan, tests[op].astype(np.float64))


def both(a: Floats, b: Floats) -> Floats:
    """Kleene's strong *and*: false if either is false, else not known if either is, else true."""
    unknown = np.isnan(a) | np.isnan(b)
    false = (a == 0) | (b == 0)
    return np.where(false, 0.0, np.where(unknown, np.nan, 1.0))


def either(a: Floats, b: Floats) -> Floats:
    """Kleene's strong *or*: true if either is true, else not known if either is, else false."""
    unknown = np.isnan(a) | np.isnan(b)
    true = (a == 1) | (b == 1)
    return np.where(true, 1.0, np.where(unknown, np.nan, 0.0))


def negated(a: Floats) -> Floats:
    """Kleene's *not*."""
    return 1.0 - a


def runs(mask: Bools) -> list[tuple[int, int]]:
    """The unbroken runs of true in a one-dimensional mask, as `(first, last)` positions, both included.

    >>> runs(np.array([False, True, True, False, True]))
    [(1, 2), (4, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(stop) - 1) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
