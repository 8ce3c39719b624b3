"""Observations laid out on a grid: one array [periods, subjects] a series, NaN where nothing was observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from commonweal.methods.series import Floats

from .grid import Grid

CELLS_MAX = 20_000_000
"""Most cells of one frame. A batch may name days centuries apart: what lies too far before its newest is left out."""


@dataclass(frozen=True)
class Frame:
    """`values[series]` has one row a period from `start` on, and one column a subject."""

    start: int
    subjects: tuple[str, ...]
    values: Mapping[str, Floats]
    memo: dict[Any, Floats] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return next(iter(self.values.values())).shape[0] if self.values else 0

    def column(self, series: str) -> Floats:
        """The array of a series; all unknown if the frame does not hold it."""
        found = self.values.get(series)
        return np.full((len(self), len(self.subjects)), np.nan) if found is None else found


def earliest(stop: int, subjects: int, series: int) -> int:
    """The first period that a frame ending before `stop` may hold."""
    return stop - CELLS_MAX // max(subjects * series, 1)


def frame(rows: Iterable[tuple[str, str, date, float]], grid: Grid) -> Frame:
    """A frame from `(series, subject, event, value)` rows; of two values for one period the later row counts.

    It holds at most `CELLS_MAX` cells: periods too far before the newest are left out.
    """
    kept = [(series, subject, grid.period(event), value) for series, subject, event, value in rows]
    subjects = tuple(sorted({row[1] for row in kept}))
    names = sorted({row[0] for row in kept})
    stop = max((row[2] for row in kept), default=-1) + 1
    floor = earliest(stop, len(subjects), len(names))
    kept = [row for row in kept if row[2] >= floor]
    place = {subject: at for at, subject in enumerate(subjects)}
    start = min((row[2] for row in kept), default=0)
    values = {name: np.full((stop - start, len(subjects)), np.nan) for name in names}
    for name, subject, period, value in kept:
        values[name][period - start, place[subject]] = value
    return Frame(start, subjects, values)
