"""Observations laid out on a grid: one array [periods, subjects] a series, NaN where nothing was observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import numpy as np

from commonweal.methods.series import Floats

from .grid import Grid

CELLS_MAX = 20_000_000
"""Most cells of one frame. A batch may name days centuries apart: what lies too far before its newest is left out."""
Row = Sequence[Any]
"""`(series, subject, event, value)`, with `low` and `high` (or None) behind it where the value has bounds."""


@dataclass(frozen=True)
class Frame:
    """`values[series]` has one row a period from `start` on, and one column a subject.

    `lows` and `highs` hold the bounds of the series that have any; a cell without its own bounds is NaN there. `maybe`
    names series of which any value may not be known, for what looks at all that could be.
    """

    start: int
    subjects: tuple[str, ...]
    values: Mapping[str, Floats]
    lows: Mapping[str, Floats] = field(default_factory=dict)
    highs: Mapping[str, Floats] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    maybe: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return next(iter(self.values.values())).shape[0] if self.values else 0

    def column(self, series: str) -> Floats:
        """The array of a series; all unknown if the frame does not hold it."""
        found = self.values.get(series)
        return np.full((len(self), len(self.subjects)), np.nan) if found is None else found

    def bound(self, series: str, side: Literal["low", "high"]) -> Floats:
        """The lower or upper bound of a series: its value where it has no bound, never on the wrong side of it."""
        value = self.column(series)
        found = (self.lows if side == "low" else self.highs).get(series)
        if found is None:
            return value
        return np.where(np.isnan(found), value, (np.minimum if side == "low" else np.maximum)(found, value))


def earliest(stop: int, subjects: int, series: int) -> int:
    """The first period that a frame ending before `stop` may hold."""
    return stop - CELLS_MAX // max(subjects * series, 1)


def frame(rows: Iterable[Row], grid: Grid) -> Frame:
    """A frame from rows (see `Row`); of two values in one period the one of the later event counts, with its bounds.

    Of two of one event it is the later row; a day comes before every instant in it.

    It holds at most `CELLS_MAX` cells: periods too far before the newest are left out.
    """
    kept = [(row[0], row[1], grid.period(row[2]), row[3], *_sides(row)) for row in sorted(rows, key=_when)]
    subjects = tuple(sorted({row[1] for row in kept}))
    names = sorted({row[0] for row in kept})
    stop = max((row[2] for row in kept), default=-1) + 1
    floor = earliest(stop, len(subjects), len(names))
    kept = [row for row in kept if row[2] >= floor]
    place = {subject: at for at, subject in enumerate(subjects)}
    start = min((row[2] for row in kept), default=0)
    shape = (stop - start, len(subjects))
    sides: tuple[dict[str, Floats], ...] = ({name: np.full(shape, np.nan) for name in names}, {}, {})
    for name, subject, period, *cells in kept:
        for side, cell in zip(sides, cells, strict=True):
            if name not in side:
                if cell is None:
                    continue
                side[name] = np.full(shape, np.nan)
            side[name][period - start, place[subject]] = np.nan if cell is None else cell
    return Frame(start, subjects, sides[0], sides[1], sides[2])


def _when(row: Row) -> tuple[datetime, bool]:
    event: date = row[2]
    if isinstance(event, datetime):
        return event, True
    return datetime.combine(event, time.min, UTC), False


def _sides(row: Row) -> tuple[float | None, float | None]:
    return (row[4], row[5]) if len(row) > 5 else (None, None)
