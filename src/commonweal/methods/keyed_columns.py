"""One rule over a batch of events of many keys, column by column: `keyed_stream.receive` in NumPy alone.

It comes to the same edges and leaves the same memory behind, number for number. Events are brought into order of key
and period; what each key's ring held comes before them; what is closed is judged in one piece, and the machines then
move together: the first judged period of every key, the second, and so on.
"""

# ruff: noqa: PLR0917 - what the arrays are is told by their names, as in keyed_stream

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import dwelling
from .dwelling import FIELDS, NEVER, Ints, Spans
from .keyed_stream import CLOSED, EDGE, HEAD, MILLION, NO_LEVEL, OBSERVATION, OWN_SHARE, SILENCE
from .series import Bools, Floats

LEVEL = 2
"""Behind a key's ring stand the level and the share it is at, then the levels' machines."""


class Judged(NamedTuple):
    """What each cell is judged on; of each level `(on, off, at)`, and the value that the levels are of."""

    breached: Floats
    clear: Floats
    levels: tuple[tuple[Floats, Floats, Floats], ...]
    value: Floats

    def picked(self, which: NDArray[np.intp]) -> Judged:
        levels = tuple((on[which], off[which], at[which]) for on, off, at in self.levels)
        return Judged(self.breached[which], self.clear[which], levels, self.value[which])


Judge = Callable[[Floats], Judged]
"""From windows [periods, cells, series], the judged period last, to what each cell is judged on."""
CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Law:
    """A rule's numbers: its spans, its lateness, how far it looks back, the size of its rings, how many series.

    `levels` are the spans and the share of each of its levels.
    """

    spans: Spans
    lateness: int
    history: int
    ring: int
    series: int
    levels: tuple[tuple[Spans, float], ...] = ()

    @property
    def cells(self) -> int:
        """How many values a key's ring holds."""
        return self.ring * self.series

    @property
    def tail(self) -> int:
        """How many whole numbers the levels of a key take."""
        return LEVEL + FIELDS * len(self.levels) if self.levels else 0

    @property
    def width(self) -> int:
        """How many whole numbers are kept of a key."""
        return HEAD + self.cells + self.tail


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys that a batch speaks of, in ascending order, and where each one's closed and newest periods lie."""

    codes: Ints
    closed: Ints
    newest: Ints
    upto: Ints


@dataclass(frozen=True, slots=True)
class _Cells:
    """Values by key (its place among the keys), period and series, in that order; one line each."""

    key: Ints
    period: Ints
    column: Ints
    value: Floats
    order: Ints


def receive(
    keys: Ints, periods: Ints, columns: Ints, observed: Floats, places: Ints, memory: Ints, values: Floats,
    law: Law, judge: Judge,
) -> tuple[Ints, Bools]:  # fmt: skip
    """Take in a batch of events (none of them heartbeats). Changes `memory` and `values`.

    Returns the edges [n, `EDGE`] and which events came too late.
    """
    if not len(keys):
        return np.zeros((0, EDGE), dtype=np.int64), np.zeros(0, dtype=np.bool_)
    table = memory.reshape(-1, law.width)
    sort = np.argsort(keys, kind="stable")
    codes, place = np.unique(keys[sort], return_inverse=True)
    running, last = _running(place, periods[sort], _newest(table[codes, CLOSED], law))
    late: Bools = np.zeros(len(keys), dtype=np.bool_)
    late[sort] = periods[sort] < running - law.lateness
    newest = _newest(table[codes, CLOSED], law)
    known = _Keys(codes, table[codes, CLOSED], newest, last - law.lateness - 1)
    kept = sort[~late[sort]]
    fresh = _Cells(place[~late[sort]], periods[kept], columns[kept], observed[kept], places[kept])
    cells = _latest(_joined(_remembered(known, table, values, law), fresh))
    edges = _settled(known, cells, table, law, judge)
    _remember(known, cells, last, table, values, law)
    return edges, late


def heartbeat(keys: Ints, upto: int, memory: Ints, values: Floats, law: Law, judge: Judge) -> Ints:
    """Close keys (ascending, each once) up to a period and mark those silent by then. Returns the edges."""
    table = memory.reshape(-1, law.width)
    codes = keys[(table[keys, CLOSED] != NEVER) & (table[keys, CLOSED] < upto)]
    closed = table[codes, CLOSED]
    known = _Keys(codes, closed, _newest(closed, law), np.full(len(codes), upto, dtype=np.int64))
    cells = _remembered(known, table, values, law)
    edges = _settled(known, cells, table, law, judge)
    _remember(known, cells, known.upto + law.lateness + 1, table, values, law)
    machines = table[codes, :FIELDS].T.copy()
    quiet = dwelling.silent(machines, upto, law.spans.gap)
    falling = quiet & (machines[dwelling.STATE] != dwelling.UNKNOWN)
    silences = _edges(codes, machines[dwelling.LAST] + law.spans.gap + 1, machines[dwelling.STATE],
                      np.zeros(len(codes), dtype=np.int64), SILENCE, falling, _standing(table, codes, law))  # fmt: skip
    dwelling.silence(machines, quiet)
    table[codes, :FIELDS] = machines.T
    return np.concatenate([edges, silences])


def _newest(closed: Ints, law: Law) -> Ints:
    return np.where(closed == NEVER, NEVER, closed + law.lateness + 1)


def _running(place: Ints, periods: Ints, newest: Ints) -> tuple[Ints, Ints]:
    """The newest period each key had seen before each of its events (keys in order), and after the last of them."""
    base = periods.min(initial=0)
    step = periods.max(initial=0) - base + 1
    highest = np.maximum.accumulate(periods - base + place * step) - place * step + base
    highest = np.maximum(highest, newest[place])
    first = np.ones(len(place), dtype=np.bool_)
    first[1:] = place[1:] != place[:-1]
    before = np.where(first, newest[place], np.roll(highest, 1))
    return before, highest[np.flatnonzero(np.append(first[1:], True))]


def _remembered(known: _Keys, table: Ints, values: Floats, law: Law) -> _Cells:
    """What the keys' rings hold, by key and period."""
    shape = (-1, law.ring, law.series)
    held, came = values.reshape(shape)[known.codes], table[known.codes, HEAD : HEAD + law.cells].reshape(shape)
    place, slot, column = np.nonzero(came != NEVER)
    newest = known.newest[place]
    period = newest - ((newest - slot) & (law.ring - 1))
    cells = _Cells(place, period, column, held[place, slot, column], came[place, slot, column])
    return _sorted(cells)


def _joined(first: _Cells, second: _Cells) -> _Cells:
    names = ("key", "period", "column", "value", "order")
    return _Cells(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in names))


def _picked(cells: _Cells, which: NDArray[np.intp] | Bools) -> _Cells:
    return _Cells(cells.key[which], cells.period[which], cells.column[which], cells.value[which], cells.order[which])


def _sorted(cells: _Cells) -> _Cells:
    return _picked(cells, np.lexsort((cells.order, cells.column, cells.period, cells.key)))


def _latest(cells: _Cells) -> _Cells:
    """Of several values for one key, period and series the one of the highest place, the last told of those in one."""
    cells = _sorted(cells)
    last = np.ones(len(cells.key), dtype=np.bool_)
    last[:-1] = (
        (cells.key[1:] != cells.key[:-1])
        | (cells.period[1:] != cells.period[:-1])
        | (cells.column[1:] != cells.column[:-1])
    )
    return _picked(cells, last)


def _settled(known: _Keys, cells: _Cells, table: Ints, law: Law, judge: Judge) -> Ints:
    """Judge what is closed and move the machines; returns the edges."""
    table[known.codes, CLOSED] = np.maximum(known.upto, known.closed)
    heard = ~np.isnan(cells.value)
    key, period = _distinct(cells.key[heard], cells.period[heard])
    due = (period > known.closed[key]) & (period <= known.upto[key])
    key, period = key[due], period[due]
    if not len(key):
        return np.zeros((0, EDGE), dtype=np.int64)
    found = _judged(key, period, cells, law, judge)
    return np.concatenate(list(_moved(known.codes, key, period, found, table, law)))


def _distinct(key: Ints, period: Ints) -> tuple[Ints, Ints]:
    first = np.ones(len(key), dtype=np.bool_)
    first[1:] = (key[1:] != key[:-1]) | (period[1:] != period[:-1])
    return key[first], period[first]


def _judged(key: Ints, period: Ints, cells: _Cells, law: Law, judge: Judge) -> Judged:
    """What each key's periods are judged on, some at a time."""
    base = cells.period.min() - law.history
    span = cells.period.max() - base + 1
    index = (cells.key * span + cells.period - base) * law.series + cells.column
    at_once = max(CELLS_AT_ONCE // ((law.history + 1) * law.series), 1)
    found = []
    for first in range(0, len(key), at_once):
        part = slice(first, first + at_once)
        wanted = (key[part] * span + period[part] - base)[None, :, None] + np.arange(-law.history, 1)[:, None, None]
        found.append(judge(_looked_up(wanted * law.series + np.arange(law.series), index, cells.value)))
    levels = tuple(
        (on, off, at)
        for number in range(len(law.levels))
        for on, off, at in [[np.concatenate([part.levels[number][n] for part in found]) for n in range(3)]]
    )
    breached, clear, value = (np.concatenate([part[n] for part in found]) for n in (0, 1, 3))
    return Judged(breached, clear, levels, value)


def _looked_up(wanted: Ints, index: Ints, values: Floats) -> Floats:
    at = np.minimum(np.searchsorted(index, wanted), len(index) - 1)
    return np.where(index[at] == wanted, values[at], np.nan)


def _moved(codes: Ints, key: Ints, period: Ints, found: Judged, table: Ints, law: Law) -> Iterator[Ints]:
    """Move every key's machine through its periods, all keys together; yields the edges."""
    start = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    turn = np.arange(len(key)) - np.repeat(start, np.diff(np.append(start, len(key))))
    order = np.argsort(turn, kind="stable")
    bounds = np.append(0, np.cumsum(np.bincount(turn)))
    machines = table[codes[key[start]], :FIELDS].T.copy()
    tails = table[codes[key[start]], HEAD + law.cells :].T.copy()
    member = np.zeros(len(codes), dtype=np.int64)
    member[key[start]] = np.arange(len(start))
    for first, stop in pairwise(bounds.tolist()):
        which = order[first:stop]
        at = member[key[which]]
        moving, climbing = machines[:, at], tails[:, at]
        yield from _turn(codes[key[which]], period[which], found.picked(which), moving, climbing, law)
        machines[:, at], tails[:, at] = moving, climbing
    table[codes[key[start]], :FIELDS], table[codes[key[start]], HEAD + law.cells :] = machines.T, tails.T


def _turn(codes: Ints, period: Ints, found: Judged, moving: Ints, climbing: Ints, law: Law) -> Iterator[Ints]:
    gap = law.spans.gap
    quiet = dwelling.silent(moving, period, gap)
    before = np.where(quiet, dwelling.UNKNOWN, moving[dwelling.STATE])
    falling = quiet & (moving[dwelling.STATE] != dwelling.UNKNOWN)
    stood = climbing[:LEVEL].copy() if law.levels else _none(codes)
    yield _edges(codes, moving[dwelling.LAST] + gap + 1, moving[dwelling.STATE], before, SILENCE, falling, stood)
    dwelling.step(moving, period, found.breached, found.clear, np.ones(len(codes), dtype=np.bool_), law.spans)
    after = moving[dwelling.STATE]
    stands = _climbed(period, found, moving, climbing, law) if law.levels else stood
    changed = (before != after) | (stands[0] != stood[0])
    yield _edges(codes, period, before, after, OBSERVATION, changed, stands)


def _climbed(period: Ints, found: Judged, moving: Ints, climbing: Ints, law: Law) -> Ints:
    """Move the machines of the levels; the level and the share that each key then stands at [2, keys]."""
    everyone = np.ones(len(period), dtype=np.bool_)
    top, share = np.full(len(period), NO_LEVEL, dtype=np.int64), np.zeros(len(period), dtype=np.int64)
    for number, ((on, off, at), (spans, scale)) in enumerate(zip(found.levels, law.levels, strict=True)):
        place = slice(LEVEL + FIELDS * number, LEVEL + FIELDS * (number + 1))
        dwelling.step(climbing[place], period, on, off, everyone, spans)
        held = climbing[place][dwelling.BASE] == dwelling.FIRING
        own = np.full(len(period), OWN_SHARE, dtype=np.int64)
        if number + 1 < len(law.levels):
            own = _shared(found.value, at, found.levels[number + 1][2], scale, law.levels[number + 1][1])
        top, share = np.where(held, number, top), np.where(held, own, share)
    firing = moving[dwelling.BASE] == dwelling.FIRING
    shown = moving[dwelling.STATE] != dwelling.UNKNOWN
    climbing[0] = np.where(shown, np.where(firing, top, NO_LEVEL), climbing[0])
    climbing[1] = np.where(shown, np.where(firing, share, 0), climbing[1])
    return climbing[:LEVEL].copy()


def _shared(value: Floats, at: Floats, beyond: Floats, scale: float, further: float) -> Ints:
    """The share between a level and the next in millionths, or `OWN_SHARE` where it is the level's own."""
    with np.errstate(all="ignore"):
        width = beyond - at
        part = np.divide(value - at, width, out=np.zeros(len(value)), where=width != 0.0)
        unknown = ~np.isfinite(value) | np.isnan(width) | np.isnan(part)
        found = np.rint((scale + np.clip(np.where(unknown, 0.0, part), 0.0, 1.0) * (further - scale)) * MILLION)
    return np.where(unknown, OWN_SHARE, found.astype(np.int64))


def _standing(table: Ints, codes: Ints, law: Law) -> Ints:
    """The level and the share that keys stand at [2, keys]."""
    place = HEAD + law.cells
    return table[codes, place : place + LEVEL].T if law.levels else _none(codes)


def _none(codes: Ints) -> Ints:
    return np.stack([np.full(len(codes), NO_LEVEL, dtype=np.int64), np.zeros(len(codes), dtype=np.int64)])


def _edges(codes: Ints, period: Ints, before: Ints, after: Ints, cause: int, which: Bools, stands: Ints) -> Ints:
    parts = (codes, period, before, after, np.full(len(codes), cause, dtype=np.int64), *stands)
    return np.stack([part[which] for part in parts], axis=1)


def _remember(known: _Keys, cells: _Cells, newest: Ints, table: Ints, values: Floats, law: Law) -> None:
    """Leave in the rings what later judgements will look at."""
    held = values.reshape(-1, law.ring * law.series)
    held[known.codes], table[known.codes, HEAD : HEAD + law.cells] = np.nan, NEVER
    stay = _picked(cells, cells.period > newest[cells.key] - law.ring)
    codes, slot = known.codes[stay.key], (stay.period & (law.ring - 1)) * law.series + stay.column
    held[codes, slot], table[codes, HEAD + slot] = stay.value, stay.order
