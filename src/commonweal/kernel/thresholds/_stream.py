"""One rule over a stream of events of many keys: batches or single events in, edges out, in event time.

A period of a key is judged once, when the rule's `lateness` has passed after it in that key's own time (or a heartbeat
says that time has come so far), with what came for it until then; an event for a period that is closed is set aside and
counted. Hence the edges do not depend on how the stream was cut into batches, on how keys were spread over shards, on
where it was stopped and resumed, nor on the order in which events within the lateness came. Of several values for one
key, series and period the one of the latest event counts; of several of one event, the newest.

Three forms of one kernel give the same edges and the same memory: compiled by numba, NumPy over whole batches where
numba is not installed, and plain Python for single events there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from commonweal.kernel.expressions import Frame
from commonweal.methods import keyed_columns
from commonweal.methods.dwelling import FIELDS, NEVER, Ints
from commonweal.methods.keyed_columns import LEVEL, Judged, Law
from commonweal.methods.keyed_stream import EDGE, HEAD, HEARTBEAT, MILLION, NO_LEVEL, OK, OWN_SHARE, UNKNOWN
from commonweal.methods.series import Bools, Floats

from ._backtest import evaluate
from ._compile import columns_of, kernel, kernel_text, numba_is_here
from ._levels import rungs
from ._machine import STATES, State
from ._rules import ThresholdRule
from ._writer import BOUNDED

Engine = Literal["numba", "numpy"]
CAUSES: tuple[Literal["observation", "silence"], ...] = ("observation", "silence")
EDGES_AT_ONCE = 65_536
_NONE: Ints = np.zeros((0, EDGE), dtype=np.int64)


class Events(NamedTuple):
    """A batch of events as columns of one length, in the order of the record.

    `keys` are codes (see `Stream.code`), `periods` periods of the rule's grid, `columns` positions in `Stream.columns`.
    Of the values for one key, series and period the one with the highest of `places` counts, the last told of those in
    one place: where in the period the event lies, or that and a sequence (see `Order`). A rule that acts on a bound
    also takes what each value may be at least and at most (NaN: the value itself).
    """

    keys: Ints
    periods: Ints
    columns: Ints
    values: Floats
    places: Ints
    lows: Floats | None = None
    highs: Floats | None = None


class Edge(NamedTuple):
    """One change of state or level of one key, in the period of event time in which it happened.

    `level` and `scale` are what it then stands at: "" on no level, and None for a rule without levels.
    """

    key: str
    period: int
    from_state: State
    to_state: State
    cause: Literal["observation", "silence"]
    level: str = ""
    scale: float | None = None


@dataclass(frozen=True)
class Memory:
    """Everything that later edges depend on, and how far into the record it goes: what a snapshot holds."""

    keys: tuple[str, ...]
    numbers: Ints
    values: Floats
    offset: int
    late: int


def law_of(rule: ThresholdRule) -> Law:
    """The rule's numbers, as the kernels take them."""
    lateness = 0 if rule.lateness is None else rule.lateness
    ring = 1 << (rule.history + lateness).bit_length()
    levels = tuple((level.dwell.spans, level.scale) for level in rule.levels)
    wide = BOUNDED if rule.act_on != "point" else 1
    return Law(rule.dwell.spans, lateness, rule.history, ring, len(columns_of(rule)) * wide, levels)


def standing_at(rule: ThresholdRule, level: int, share: int) -> tuple[str, float | None]:
    """`(level, scale)` in words from the numbers of an edge."""
    if not rule.levels:
        return "", None
    if level == NO_LEVEL:
        return "", 0.0
    return rule.levels[level].name, rule.levels[level].scale if share == OWN_SHARE else share / MILLION


class Stream:
    """A rule's state about every key. `engine` is chosen by what is installed unless it is named."""

    def __init__(self, rule: ThresholdRule, engine: Engine | None = None, memory: Memory | None = None) -> None:
        self.rule, self.law, self.columns = rule, law_of(rule), columns_of(rule)
        self.engine: Engine = engine or ("numba" if numba_is_here() else "numpy")
        self._text = kernel_text(rule)
        self.bounded = rule.act_on != "point"
        ladder = [wait for spans, _ in self.law.levels for wait in (spans.before_firing, spans.keep_firing)]
        shape = (self.law.lateness, self.law.ring - 1, self.law.series, self.law.tail)
        self._numbers = np.array([*self.law.spans, *shape, *ladder])
        self._codes: dict[str, int] = {}
        self._keys: list[str] = []
        self._memory, self._values = self._fresh(0)
        self._out: Ints = np.zeros(EDGE * (EDGES_AT_ONCE + 2 * self.law.lateness + 3), dtype=np.int64)
        self.offset, self.late = 0, 0
        if memory is not None:
            self._resume(memory)

    def code(self, key: str) -> int:
        """The number of a key; a new key gets the next one."""
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = len(self._keys)
            self._keys.append(key)
            if len(self._keys) > len(self._memory) // self.law.width:
                self._grow()
        return found

    @property
    def keys(self) -> Sequence[str]:
        """Every key met so far, in the order of their numbers."""
        return self._keys

    def warm(self) -> None:
        """Have the kernel ready, so that the first batch does not wait for numba."""
        if self.engine == "numba":
            nothing, none = np.zeros(0, dtype=np.int64), np.zeros(0)
            late = np.zeros(0, dtype=np.uint8)
            kernel(self._text, "numba").receive(
                0, nothing, nothing, nothing, none, nothing, late, self._memory, self._values, self._numbers, self._out
            )

    def receive(self, events: Events) -> tuple[Ints, Bools]:
        """Take in a batch. Returns the edges and which events came too late.

        An edge is a row of seven numbers: key, period, from, to, cause, level, share in millionths.
        """
        events = self._in_columns(events)
        if self.engine == "numba":
            late: Bools = np.zeros(len(events.keys), dtype=np.uint8).view(np.bool_)
            edges = self._run(events, late)
        else:
            edges, late = keyed_columns.receive(*events[:5], self._memory, self._values, self.law, self._judge)
        late = late[::BOUNDED] if self.bounded else late
        self.late += int(np.count_nonzero(late))
        return edges, late

    def heartbeat(self, upto: int) -> Ints:
        """Time has come to the end of a period: close every key up to it and note who is silent. Returns the edges."""
        keys = np.arange(len(self._keys), dtype=np.int64)
        if self.engine == "numpy":
            return keyed_columns.heartbeat(keys, upto, self._memory, self._values, self.law, self._judge)
        same = np.full(len(keys), HEARTBEAT, dtype=np.int64)
        events = Events(keys, np.full_like(keys, upto), same, np.full(len(keys), np.nan), same)
        return self._run(events, np.zeros(len(keys), dtype=np.bool_))

    def named(self, edges: Ints) -> list[Edge]:
        """Edges in words, in the order of period, key and cause (silence first)."""
        rows = [
            Edge(
                self._keys[key], period, STATES[before], STATES[after], CAUSES[cause], *standing_at(self.rule, *stands)
            )
            for key, period, before, after, cause, *stands in edges.tolist()
        ]
        return sorted(rows, key=lambda row: (row.period, row.key, row.cause != "silence"))

    def snapshot(self) -> Memory:
        """A copy of everything that later edges depend on."""
        count = len(self._keys)
        numbers, values = self._memory[: count * self.law.width], self._values[: count * self.law.cells]
        return Memory(tuple(self._keys), numbers.copy(), values.copy(), self.offset, self.late)

    # --- the inside ----------------------------------------------------------------------------------------------

    def _fresh(self, keys: int) -> tuple[Ints, Floats]:
        memory = np.full((keys, self.law.width), NEVER, dtype=np.int64)
        memory[:, 0], memory[:, 1] = UNKNOWN, OK
        if self.law.levels:
            tail = memory[:, HEAD + self.law.cells :]
            tail[:, 0], tail[:, 1] = NO_LEVEL, 0
            tail[:, LEVEL::FIELDS], tail[:, LEVEL + 1 :: FIELDS] = UNKNOWN, OK
        return memory.reshape(-1), np.full(keys * self.law.cells, np.nan)

    def _grow(self) -> None:
        more = max(len(self._keys), 64)
        memory, values = self._fresh(more)
        self._memory, self._values = np.concatenate([self._memory, memory]), np.concatenate([self._values, values])

    def _resume(self, memory: Memory) -> None:
        self._keys, self._codes = list(memory.keys), {key: code for code, key in enumerate(memory.keys)}
        self._memory, self._values = memory.numbers.copy(), memory.values.copy()
        self.offset, self.late = memory.offset, memory.late

    def _run(self, events: Events, late: Bools) -> Ints:
        receive, aside, out = kernel(self._text, "numba").receive, late.view(np.uint8), self._out
        found, first = [_NONE], 0
        while first < len(events.keys):
            first, count = receive(first, *events[:5], aside, self._memory, self._values, self._numbers, out)
            found.append(out[: count * EDGE].reshape(-1, EDGE).copy())
        return np.concatenate(found)

    def _in_columns(self, events: Events) -> Events:
        """Where bounds are kept, each event as three: its value, what it is at least, and what it is at most."""
        if not self.bounded:
            return events
        value = events.values
        sides = [value]
        for side, nearer in ((events.lows, np.minimum), (events.highs, np.maximum)):
            sides.append(value if side is None else np.where(np.isnan(side), value, nearer(side, value)))
        keys, periods, places = (np.repeat(part, BOUNDED) for part in (events.keys, events.periods, events.places))
        columns = (events.columns[:, None] * BOUNDED + np.arange(BOUNDED)).reshape(-1)
        return Events(keys, periods, columns, np.stack(sides, axis=1).reshape(-1), places)

    def _judge(self, windows: Floats) -> Judged:
        """What the last period of windows [periods, cells, series] is judged on, as the backtest computes it."""
        wide = BOUNDED if self.bounded else 1
        values, lows, highs = (
            {name: windows[:, :, at * wide + side] for at, name in enumerate(self.columns)} if side < wide else {}
            for side in range(BOUNDED)
        )
        frame = Frame(0, ("",) * windows.shape[1], values, lows, highs)
        breached, clear, _, _ = evaluate(self.rule, frame)
        with np.errstate(all="ignore"):
            climb = rungs(self.rule, frame)
        count = windows.shape[1]
        if climb is None:
            return Judged(breached[-1], clear[-1], (), np.zeros(count))
        levels = tuple(
            (_wide(on, count), _wide(off, count), _wide(at, count))
            for on, off, at in zip(climb.on, climb.off, climb.at, strict=True)
        )
        return Judged(breached[-1], clear[-1], levels, _wide(climb.value, count))


def _wide(array: Floats, count: int) -> Floats:
    """The last row of an array, one figure a cell."""
    return np.broadcast_to(array[-1], (count,))


class Incremental:
    """A rule's state about every key, moved by one event at a time.

    `receive(key, period, value, column, place)` gives the edges that the event made. It is the same kernel: compiled
    where numba is installed, else plain Python over lists. What it holds can be taken on by a `Stream`, and back.
    """

    def __init__(self, rule: ThresholdRule, engine: Engine | None = None, memory: Memory | None = None) -> None:
        self.stream = Stream(rule, engine, memory)
        self._lists: tuple[list[int], list[float]] | None = None
        self._bind()

    def _bind(self) -> None:
        stream = self.stream
        room = EDGE * (2 * stream.law.lateness + 8)
        self._out: Any = np.zeros(room, dtype=np.int64)
        self._held: tuple[Any, ...]
        if stream.engine == "numpy":
            self._out, self._lists = [0] * room, (stream._memory.tolist(), stream._values.tolist())
            self._held = ([0] * 5, [0.0], [0], *self._lists, stream._numbers.tolist(), self._out)
            self._one: Callable[..., int] = kernel(stream._text, "plain").receive_one
            return
        box, value, aside = np.zeros(5, dtype=np.int64), np.zeros(1), np.zeros(1, dtype=np.uint8)
        self._held = (box, value, aside, stream._memory, stream._values, stream._numbers, self._out)
        self._one = kernel(stream._text, "numba").single(*self._held)

    def receive(
        self, key: str, period: int, value: float, column: int = 0, place: int = 0, *bounds: float
    ) -> Sequence[Edge]:
        """Take in one event; returns the edges it made (most make none).

        Of several values for one key, series and period the one with the highest `place` counts, as in `Events`.
        `bounds`, for a rule that acts on one, are what the value is at least and at most; NaN where there is none.
        """
        code = self.stream._codes.get(key)
        if code is None:
            if column == HEARTBEAT:
                return ()
            code = self._met(key)
        if self.stream.bounded and column != HEARTBEAT:
            return self._three(key, code, period, column, place, value, *bounds)
        made = self._one(code, period, column, value, place, *self._held)
        return self._told(key, made) if made else ()

    def _three(  # noqa: PLR0917 - an event as it is told
        self, key: str, code: int, period: int, column: int, place: int, value: float, *bounds: float
    ) -> Sequence[Edge]:
        """One event as its value and its bounds: what it closes is closed by the first of the three."""
        low, high = bounds or (value, value)
        below = value if math.isnan(value) or math.isnan(low) else min(low, value)
        above = value if math.isnan(value) or math.isnan(high) else max(high, value)
        edges: Sequence[Edge] = ()
        for at, told in enumerate((value, below, above)):
            made = self._one(code, period, column * BOUNDED + at, told, place, *self._held)
            if made < 0:
                return self._told(key, made)
            edges = edges or (self._told(key, made) if made else ())
        return edges

    def heartbeat(self, key: str, upto: int) -> Sequence[Edge]:
        """Time has come to the end of a period for one key."""
        return self.receive(key, upto, float("nan"), HEARTBEAT, 0)

    def snapshot(self) -> Memory:
        """A copy of everything that later edges depend on."""
        stream = self.stream
        if self._lists is not None:
            stream._memory, stream._values = np.array(self._lists[0], dtype=np.int64), np.array(self._lists[1])
        return stream.snapshot()

    def _told(self, key: str, made: int) -> Sequence[Edge]:
        stream = self.stream
        if made < 0:
            stream.late += 1
            return ()
        out = [int(number) for number in self._out[: made * EDGE]]
        return [
            Edge(
                key,
                out[at + 1],
                STATES[out[at + 2]],
                STATES[out[at + 3]],
                CAUSES[out[at + 4]],
                *standing_at(stream.rule, out[at + 5], out[at + 6]),
            )
            for at in range(0, len(out), EDGE)
        ]

    def _met(self, key: str) -> int:
        stream = self.stream
        if self._lists is not None:
            fresh = stream._fresh(1)
            self._lists[0].extend(fresh[0].tolist())
            self._lists[1].extend(fresh[1].tolist())
            stream._codes[key] = len(stream._keys)
            stream._keys.append(key)
            return stream._codes[key]
        code = stream.code(key)
        self._held = (*self._held[:3], stream._memory, stream._values, *self._held[5:])
        return code
