"""What a rule remembers about one subject: its machine, the cells it may still look back on, and how it got here."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from commonweal.kernel.expressions import Frame, frames
from commonweal.kernel.expressions.names import any_of, moved
from commonweal.kernel.record.tables import Row
from commonweal.methods.series import Floats

from ._machine import Machine, machine
from ._rules import ThresholdRule

Cell = tuple[float, float | None, float | None]
"""A value with its bounds."""
UNKNOWN = (None, None, None)
Cells = dict[tuple[str, str], dict[int, Cell]]
"""By series and subject, the known value of each period."""


class Told(NamedTuple):
    """One value as a rule takes it: which of its subjects it concerns, where it lies, and of when it is."""

    about: str
    series: str
    subject: str
    period: int
    event: date
    cell: Cell


def placed(rule: ThresholdRule, series: str, subject: str) -> tuple[str, str, str] | None:
    """`(about, series, subject)` under which a rule takes a series; None if it does not read it.

    The dimensions in `by` are taken off the series and put on the subject: `area:us{sector=11}`.
    """
    if rule.dims:
        found = moved(series, subject, rule.dims)
        if found is None:
            return None
        series, subject = found
    if not rule.reads(series):
        return None
    return (rule.subject if rule.by == "all" else subject), series, subject


def read_from(rule: ThresholdRule) -> frozenset[str]:
    """The series of the indicators that a rule reads, `*` for any value of a dimension."""
    return frozenset(any_of(name, rule.dims) for name in rule.series)


class Step(NamedTuple):
    """A period as it was judged: the machines before it, and whether silence had fallen in between."""

    period: int
    machine: Machine
    levels: tuple[Machine, ...]
    fell: bool


@dataclass
class Slot:
    """One rule's memory about one subject, while it is being advanced.

    `trail` holds a step for every judged period that may still be judged again: the newest, and those within the
    lateness before it.
    """

    about: str
    machine: Machine = field(default_factory=Machine)
    levels: tuple[Machine, ...] = ()
    trail: list[Step] = field(default_factory=list)
    since: str = ""
    known: str = ""
    silent_at: str | None = None
    end: int | None = None
    cells: Cells = field(default_factory=dict)
    level: str = ""
    scale: float | None = None
    value: float | None = None
    quantities: dict[str, float | None] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Row) -> Slot:
        kept = row["memory"]
        cells = {(series, subject): _unpacked(*packed) for series, subject, *packed in kept["cells"]}
        trail = [Step(period, machine(m), _levels(levels), fell) for period, m, levels, fell in kept["trail"]]
        return cls(
            row["subject"],
            machine(kept["machine"]),
            _levels(kept["levels"]),
            trail,
            row["since"],
            row["known"],
            row["silent_at"],
            kept["end"],
            cells,
            row["level"],
            row["scale"],
            row["value"],
            dict(row["quantities"]),
        )

    @property
    def last(self) -> int | None:
        """The newest period judged, or the one before the first that is to be."""
        return self.machine.last if self.machine.last is not None else self.end

    @property
    def latched(self) -> bool:
        """Whether it was firing when silence fell, and is so behind what is shown."""
        return self.machine.state == "unknown" and self.machine.base == "firing"

    def holds(self, told: Told) -> bool:
        """Whether a value of the same series and period is known already."""
        return told.period in self.cells.get((told.series, told.subject), ())

    def memory(self) -> dict[str, Any]:
        """What `of` reads again."""
        return {
            "machine": self.machine.as_json(),
            "levels": [level.as_json() for level in self.levels],
            "trail": [
                [step.period, step.machine.as_json(), [level.as_json() for level in step.levels], step.fell]
                for step in self.trail
            ],
            "end": self.end,
            "cells": [[*name, *_packed(periods)] for name, periods in sorted(self.cells.items())],
        }

    def forget(self, before: int) -> None:
        """Drop the cells and steps that nothing can look back on any more."""
        for key in list(self.cells):
            kept = {period: cell for period, cell in self.cells[key].items() if period >= before}
            if kept:
                self.cells[key] = kept
            else:
                del self.cells[key]


def _packed(periods: Mapping[int, Cell]) -> list[Any]:
    """Cells as `[first period, values]`, with `lows, highs` where any is bounded; None where nothing is known.

    This is written and read for every subject at every observation, so it is kept short.
    """
    first = min(periods)
    run = [periods.get(period, UNKNOWN) for period in range(first, max(periods) + 1)]
    values, lows, highs = map(list, zip(*run, strict=True))
    bounded = any(side is not None for side in (*lows, *highs))
    return [first, values, lows, highs] if bounded else [first, values]


def _unpacked(first: int, values: Sequence[float | None], *bounds: Sequence[float | None]) -> dict[int, Cell]:
    lows, highs = bounds or ((None,) * len(values), (None,) * len(values))
    cells = enumerate(zip(values, lows, highs, strict=True), first)
    return {period: (value, low, high) for period, (value, low, high) in cells if value is not None}


def _levels(data: Iterable[Sequence[Any]]) -> tuple[Machine, ...]:
    return tuple(machine(item) for item in data)


def laid_out(
    rule: ThresholdRule, slots: Sequence[Slot], judged: Sequence[int]
) -> Iterator[tuple[Sequence[int], Frame, dict[int, int]]]:
    """`(periods, frame, row of each period)` in runs of judged periods, each frame bounded in size.

    A frame holds, for every period to be judged, the rows of the rule's history before it, and nothing in between:
    what is far apart takes no room, and every value is bit for bit what it is in the whole series.
    """
    columns = sorted({subject for slot in slots for _, subject in slot.cells})
    names = sorted({series for slot in slots for series, _ in slot.cells})
    depth = rule.history + 1
    most = max(1, frames.CELLS_MAX // (max(1, len(columns) * len(names)) * depth))
    for at in range(0, len(judged), most):
        part = judged[at : at + most]
        rows = sorted({period - back for period in part for back in range(depth)})
        place = {period: row for row, period in enumerate(rows)}
        yield part, _frame(rule, slots, names, tuple(columns), rows), place


def _frame(
    rule: ThresholdRule, slots: Sequence[Slot], names: Sequence[str], columns: tuple[str, ...], rows: Sequence[int]
) -> Frame:
    shape = (len(rows), len(columns))
    values: dict[str, Floats] = {name: np.full(shape, np.nan) for name in names}
    lows: dict[str, Floats] = {}
    highs: dict[str, Floats] = {}
    place = {period: row for row, period in enumerate(rows)}
    column = {subject: at for at, subject in enumerate(columns)}
    bounded = rule.act_on != "point"
    for slot in slots:
        for (series, subject), periods in slot.cells.items():
            at = column[subject]
            for period, (value, low, high) in periods.items():
                row = place.get(period)
                if row is None:
                    continue
                values[series][row, at] = value
                for side, bound in ((lows, low), (highs, high)) if bounded else ():
                    if bound is not None:
                        side.setdefault(series, np.full(shape, np.nan))[row, at] = bound
    return Frame(rows[0], columns, values, lows, highs)


def from_period(steps: Sequence[Step], period: int) -> int:
    """Where in a trail the steps of a period and later begin."""
    return bisect_left(steps, period, key=lambda step: step.period)
