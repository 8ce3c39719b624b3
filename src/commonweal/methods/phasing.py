"""How help follows what a trigger calls for: how long at most, how fast it may fall, and on which days of a month.

Arrays have decisions (or months) down the rows and whatever they are about beside it. Shares lie between 0 and 1; NaN
is a row of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .series import Floats


def no_longer_than(called: Floats, longest: int) -> tuple[Floats, int]:
    """`(share, cut)`: what is called for, but no more than `longest` rows on end; how many times that cut it short.

    After that it is nothing until nothing is called for, so a new run needs the trigger to have gone off: a row of
    which nothing is known is no such thing. It counts as a row of the run that it falls into.
    """
    began = _run(called)
    place = np.arange(len(called)).reshape(-1, *([1] * (called.ndim - 1)))
    since = np.where(began >= 0, place - began + 1, 0)
    return np.where(since > longest, 0.0, called), int(np.count_nonzero(since == longest + 1))


def held(called: Floats) -> Floats:
    """What is called for, where a row of which nothing is known keeps what its run called for last."""
    place = np.arange(len(called)).reshape(-1, *([1] * (called.ndim - 1)))
    last = np.maximum.accumulate(np.where(np.isnan(called), -1, place), axis=0)
    return np.where(np.isnan(called) & (last >= 0), np.take_along_axis(called, np.maximum(last, 0), axis=0), called)


def _run(called: Floats) -> NDArray[np.int64]:
    """The row in which the run began that each row falls into; -1 in none. Only a row known to be off ends one."""
    place = np.arange(len(called)).reshape(-1, *([1] * (called.ndim - 1)))
    off = np.maximum.accumulate(np.where(called == 0, place, -1), axis=0)
    on = np.cumsum(called > 0, axis=0)
    before = np.where(off >= 0, np.take_along_axis(on, np.maximum(off, 0), axis=0), 0)
    first = (called > 0) & (on - before == 1)
    began = np.maximum.accumulate(np.where(first, place, -1), axis=0)
    return np.where(began > off, began, -1)


def falling_slowly(called: Floats, rows: int) -> Floats:
    """The least share at or above what is called for that falls by no more than `1 / rows` from a row to the next.

    It rises at once. Where nothing is called for any more it is gone after `rows` rows at most: no cliff, no tail.
    """
    if rows <= 1:
        return called
    slope = (np.arange(len(called)) / rows).reshape(-1, *([1] * (called.ndim - 1)))
    found = np.maximum.accumulate(called + slope, axis=0) - slope
    return np.where(found - called < 1e-9, called, found)  # what binary arithmetic leaves over is no help


def days_governed(begins: Sequence[date], months: Sequence[date]) -> list[tuple[int, Floats]]:
    """Which share of each month's days each decision governs: `(rows back, share a month)`.

    Decision `i` governs from `begins[i]` until the next begins; both lists are in order, a decision and a month a row.
    A month's shares add up to less than one where some of its days precede the first decision.
    """
    edges = np.array([*(day.toordinal() for day in begins), date.max.toordinal()])
    first = np.array([day.toordinal() for day in months])
    after = np.append(first[1:], first[-1] + 31)
    rows, found = np.arange(len(months)), []
    for back in range(len(months)):
        decision = rows - back
        known = (decision >= 0) & (decision < len(begins))
        start, stop = (np.where(known, edges[np.clip(decision + n, 0, len(begins))], 0) for n in (0, 1))
        share = np.clip(np.minimum(stop, after) - np.maximum(start, first), 0, None) / (after - first)
        if share.any():
            found.append((back, np.where(known, share, 0.0)))
        elif found:
            break
    return found


def governed(share: Floats, days: Sequence[tuple[int, Floats]]) -> Floats:
    """The mean share of each month, by the days that each decision governs (see `days_governed`)."""
    out = np.zeros_like(share)
    for back, weight in days:
        out[back:] += weight[back:, None] * share[: len(share) - back]
    return out


def entitled(enrolled: Floats, rows: int) -> Floats:
    """Who is entitled in each row, where everybody is for `rows` rows from the one in which they enrol."""
    total = np.cumsum(enrolled, axis=0)
    out = total.copy()
    out[rows:] -= total[:-rows]
    return np.maximum(out, 0.0)


def within_ceilings(wanted: Floats, years: NDArray[np.int64], ceiling: float) -> Floats:
    """The share of what is wanted in a year that its ceiling allows, one for all its rows; 1 where it allows all.

    `wanted` is [..., rows]; `years` is in order, so the rows of a year stand together.
    """
    _, first, place = np.unique(years, return_index=True, return_inverse=True)
    total = np.take(np.add.reduceat(wanted, first, axis=-1), place, axis=-1)
    found: Floats = np.divide(ceiling, total, out=np.ones_like(total), where=total > ceiling)
    return found
