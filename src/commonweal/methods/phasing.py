"""How help follows what a trigger calls for: from which day, how long at most, and how fast it may fall.

A month has the part that is in effect on its first day; a month in which help comes on has its part from that day on.
Help in force and its replay both follow these functions.

Arrays have decisions (or months) down the rows and whatever they are about beside it. Shares lie between 0 and 1; NaN
is a row of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


def in_effect(begins: Sequence[date], days: Sequence[date]) -> NDArray[np.int64]:
    """Which decision is in effect on each day: the place of the last that begins by then; -1 where none does.

    `begins` is in order.
    """
    edges = np.array([day.toordinal() for day in begins], dtype=np.int64)
    return np.searchsorted(edges, [day.toordinal() for day in days], side="right") - 1


@dataclass(frozen=True)
class Calendar:
    """When decisions count: `first`, by month, the one in effect on its first day (-1 for none), and those that begin
    within a month, in their order, as `(decision by month or -1, part of the month's days that is left)`."""

    first: NDArray[np.int64]
    within: Sequence[tuple[NDArray[np.int64], Floats]]

    @classmethod
    def of(cls, begins: Sequence[date], months: Sequence[date]) -> Calendar:
        """Of decisions by the day on which each begins to count, and of months by their first days, both in order."""
        edges = np.array([day.toordinal() for day in begins], dtype=np.int64)
        starts = np.array([day.toordinal() for day in months], dtype=np.int64)
        after = np.append(starts[1:], starts[-1] + 31)
        first = in_effect(begins, months)
        through = np.searchsorted(edges, after, side="left") - 1
        within = []
        for step in range(1, int((through - first).max(initial=0)) + 1):
            place = np.where(first + step <= through, first + step, -1)
            left = np.where(place >= 0, (after - edges[np.maximum(place, 0)]) / (after - starts), 0.0)
            within.append((place, left))
        return cls(first, within)

    def by_month(self, called: Floats) -> tuple[Floats, Floats]:
        """`(called, part)` of each month, from what decisions call for: that of its first day, or, where that is
        nothing, of the first within it that calls for something, for the part of its days that is left. NaN stays NaN.
        """
        found = np.where(self.first[:, None] >= 0, called[np.maximum(self.first, 0)], np.nan)
        part = np.ones_like(found)
        for place, left in self.within:
            inside = np.where(place[:, None] >= 0, called[np.maximum(place, 0)], 0.0)
            starts = (found == 0) & (inside > 0)
            found, part = np.where(starts, inside, found), np.where(starts, left[:, None], part)
        return found, part


def followed(
    called: Floats, longest: int | None, over: int | None, *, holding: bool = False
) -> tuple[Floats, int]:  # fmt: skip
    """`(share, times expired)` of each month (a row), of what is called for in it: no longer than `longest` months, and
    falling by no more than `1 / over` from a month to the next.

    NaN is silence, which calls for nothing, or where help is `holding` leaves it as it was.
    """
    kept, expired = (called, 0) if longest is None else no_longer_than(called, longest)
    certain = np.nan_to_num(held(kept) if holding else kept)
    return (certain if over is None else falling_slowly(certain, over)), expired


def at_best(share: Floats) -> Floats:
    """The most that there was of the help since it last was nothing, up to each row; nothing where there is none."""
    run = 2.0 * np.cumsum(share == 0, axis=0)
    return np.where(share > 0, np.maximum.accumulate(share + run, axis=0) - run, 0.0)


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
