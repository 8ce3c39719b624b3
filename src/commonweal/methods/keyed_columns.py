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

import numpy as np
from numpy.typing import NDArray

from . import dwelling
from .dwelling import FIELDS, NEVER, Ints, Spans
from .keyed_stream import CLOSED, EDGE, HEAD, OBSERVATION, SILENCE
from .series import Bools, Floats

Judge = Callable[[Floats], tuple[Floats, Floats]]
"""From windows [periods, cells, series], the judged period last, to `(breached, clear)` of each cell."""
CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Law:
    """A rule's numbers: its spans, its lateness, how far it looks back, the size of its rings, how many series."""

    spans: Spans
    lateness: int
    history: int
    ring: int
    series: int


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
    table = memory.reshape(-1, HEAD + law.ring * law.series)
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
    table = memory.reshape(-1, HEAD + law.ring * law.series)
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
                      np.zeros(len(codes), dtype=np.int64), SILENCE, falling)  # fmt: skip
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
    held, came = values.reshape(shape)[known.codes], table[known.codes, HEAD:].reshape(shape)
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
    """Of several values for one key, period and series the one that stands last in the record."""
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
    breached, clear = _judged(key, period, cells, law, judge)
    return np.concatenate(list(_moved(known.codes, key, period, breached, clear, table, law)))


def _distinct(key: Ints, period: Ints) -> tuple[Ints, Ints]:
    first = np.ones(len(key), dtype=np.bool_)
    first[1:] = (key[1:] != key[:-1]) | (period[1:] != period[:-1])
    return key[first], period[first]


def _judged(key: Ints, period: Ints, cells: _Cells, law: Law, judge: Judge) -> tuple[Floats, Floats]:
    """`(breached, clear)` of each key's periods, some at a time."""
    base = cells.period.min() - law.history
    span = cells.period.max() - base + 1
    index = (cells.key * span + cells.period - base) * law.series + cells.column
    at_once = max(CELLS_AT_ONCE // ((law.history + 1) * law.series), 1)
    found = []
    for first in range(0, len(key), at_once):
        part = slice(first, first + at_once)
        wanted = (key[part] * span + period[part] - base)[None, :, None] + np.arange(-law.history, 1)[:, None, None]
        found.append(judge(_looked_up(wanted * law.series + np.arange(law.series), index, cells.value)))
    return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])


def _looked_up(wanted: Ints, index: Ints, values: Floats) -> Floats:
    at = np.minimum(np.searchsorted(index, wanted), len(index) - 1)
    return np.where(index[at] == wanted, values[at], np.nan)


def _moved(
    codes: Ints, key: Ints, period: Ints, breached: Floats, clear: Floats, table: Ints, law: Law
) -> Iterator[Ints]:  # fmt: skip
    """Move every key's machine through its periods, all keys together; yields the edges."""
    start = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    turn = np.arange(len(key)) - np.repeat(start, np.diff(np.append(start, len(key))))
    order = np.argsort(turn, kind="stable")
    bounds = np.append(0, np.cumsum(np.bincount(turn)))
    machines = table[codes[key[start]], :FIELDS].T.copy()
    member = np.zeros(len(codes), dtype=np.int64)
    member[key[start]] = np.arange(len(start))
    for first, stop in pairwise(bounds.tolist()):
        which = order[first:stop]
        at = member[key[which]]
        moving = machines[:, at]
        yield from _turn(codes[key[which]], period[which], breached[which], clear[which], moving, law)
        machines[:, at] = moving
    table[codes[key[start]], :FIELDS] = machines.T


def _turn(
    codes: Ints, period: Ints, breached: Floats, clear: Floats, moving: Ints, law: Law
) -> Iterator[Ints]:  # fmt: skip
    gap = law.spans.gap
    quiet = dwelling.silent(moving, period, gap)
    before = np.where(quiet, dwelling.UNKNOWN, moving[dwelling.STATE])
    falling = quiet & (moving[dwelling.STATE] != dwelling.UNKNOWN)
    yield _edges(codes, moving[dwelling.LAST] + gap + 1, moving[dwelling.STATE], before, SILENCE, falling)
    dwelling.step(moving, period, breached, clear, np.ones(len(codes), dtype=np.bool_), law.spans)
    after = moving[dwelling.STATE]
    yield _edges(codes, period, before, after, OBSERVATION, before != after)


def _edges(codes: Ints, period: Ints, before: Ints, after: Ints, cause: int, which: Bools) -> Ints:
    parts = (codes, period, before, after, np.full(len(codes), cause, dtype=np.int64))
    return np.stack([part[which] for part in parts], axis=1)


def _remember(known: _Keys, cells: _Cells, newest: Ints, table: Ints, values: Floats, law: Law) -> None:
    """Leave in the rings what later judgements will look at."""
    held = values.reshape(-1, law.ring * law.series)
    held[known.codes], table[known.codes, HEAD:] = np.nan, NEVER
    stay = _picked(cells, cells.period > newest[cells.key] - law.ring)
    codes, slot = known.codes[stay.key], (stay.period & (law.ring - 1)) * law.series + stay.column
    held[codes, slot], table[codes, HEAD + slot] = stay.value, stay.order
