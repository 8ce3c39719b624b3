"""The ordered record of events as a Parquet file, read a piece at a time and turned into a stream's numbers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from commonweal.kernel.expressions.names import full_name, moved, name_parts
from commonweal.kernel.values import BadInput, Fault, FaultCollector, NotFound, column_kind, digest
from commonweal.methods.dwelling import Ints
from commonweal.methods.series import Floats

from ._rules import ThresholdRule
from ._stream import Events, Stream

INSTANT = pl.Datetime("us", "UTC")
TEXT = (pl.String, pl.Categorical, pl.Enum)
WANTED = "a Parquet file with the columns subject, event, value and, if the rule reads several or by dimensions, series"
PLACES = 2**62
"""How many places there are for the events of one period."""
UNITS = (86_400_000_000, 1_000_000, 1)
"""What events may be told apart by, in microseconds: days, seconds, or one."""
SIDES = ("low", "high")
BOUNDS_WANTED = "a column low or high, or both: the rule acts on a bound, and null means that the value is its own"
UNSEEN, ELSEWHERE = -2, -1


@dataclass(frozen=True)
class Order:
    """How the values of one period stand to one another, as one number: by event, those of one event by sequence.

    Events are told apart by `unit` microseconds; sequences are at least `low`, and fewer than `span` above it.
    """

    unit: int = 1
    low: int = 0
    span: int = 1

    def places(self, within: Ints, sequence: Ints | None) -> Ints:
        """The place of each value, from how far into its period it lies (microseconds) and its sequence."""
        return within if sequence is None else within // self.unit * self.span + (sequence - self.low)


@dataclass(frozen=True)
class EventFile:
    """A Parquet file of events in the order in which they came.

    Of several values in one period of a rule the one of the latest event counts; of several of one event the one with
    the highest `sequence`, and without that column the one that stands later in the file.

    Columns: `subject`; `event` (a day, or an instant in microseconds UTC); `value`; `series` unless the rule reads just
    one; `low` and `high` for a rule that acts on a bound; `sequence` where the order of the file is not that of the
    record. Others are not read.
    """

    path: Path

    def check(self, rule: ThresholdRule) -> None:
        """Refuse a file that cannot be such a record, naming every fault."""
        if not self.path.is_file():
            raise NotFound("file of events", self.path)
        faults = FaultCollector(f"events in {self.path.name}")
        schema = self._schema(faults)
        wanted: dict[str, tuple[Any, ...]] = {"subject": TEXT, "value": (pl.Float64, pl.Float32), "event": ()}
        if _needs_names(rule) or "series" in schema:
            wanted["series"] = TEXT
        sides = [side for side in SIDES if side in schema] if rule.act_on != "point" else []
        wanted |= dict.fromkeys(sides, (pl.Float64, pl.Float32))
        if rule.act_on != "point" and not sides:
            faults.add("low, high", "(absent)", BOUNDS_WANTED, "missing")
        if "sequence" in schema:
            wanted["sequence"] = (pl.Int64, pl.Int32, pl.UInt32)
        for name, kinds in wanted.items():
            kind = schema.get(name)
            if kind is None:
                faults.add(name, "(absent)", f"a column {name}; want {WANTED}", "missing")
            elif name == "event":
                if kind not in ((pl.Date,) if rule.grid.daily else (pl.Date, INSTANT)) and kind != INSTANT:
                    faults.add(name, column_kind(kind), f"days, or {column_kind(INSTANT)}", "type")
            elif kind.base_type() not in kinds:
                faults.add(name, column_kind(kind), " or ".join(dict.fromkeys(map(column_kind, kinds))), "type")
        faults.done()

    def _schema(self, faults: FaultCollector) -> dict[str, Any]:
        try:
            return dict(pl.read_parquet_schema(self.path))
        except (pl.exceptions.PolarsError, OSError):
            faults.add("(whole)", self.path.name, f"a Parquet file, whole and undamaged; {WANTED}", "parquet")
            faults.done()
            raise

    def count(self) -> int:
        """How many events the file holds."""
        return int(pl.scan_parquet(self.path).select(pl.len()).collect().item())

    def newest(self) -> np.datetime64 | None:
        """The latest event time in the file; None if it holds none."""
        found = pl.scan_parquet(self.path).select(pl.col("event").max()).collect()["event"].to_numpy()
        return None if np.isnat(found[0]) else found[0]

    def order(self, rule: ThresholdRule) -> Order:
        """How the values of one period stand to one another. Raises `BadInput` where sequences reach too far."""
        lazy = pl.scan_parquet(self.path)
        schema = lazy.collect_schema()
        if "sequence" not in schema or not self.count():
            return Order()
        at = pl.col("event").cast(INSTANT).cast(pl.Int64)
        units = [((at % unit) == 0).all().alias(str(unit)) for unit in UNITS]
        numbers = pl.col("sequence").cast(pl.Int64).fill_null(0)
        found = lazy.select(*units, low=numbers.min(), high=numbers.max()).collect().row(0, named=True)
        unit = next(unit for unit in UNITS if found[str(unit)])
        span, most = found["high"] - found["low"] + 1, PLACES // -(-rule.grid.width // unit)
        if span > most:
            seen = f"from {found['low']} to {found['high']}"
            want = (
                f"numbers that lie less than {most} apart: events and sequences of one {rule.grid.every} are told apart"
            )
            raise BadInput(Fault("sequence", seen, want, "range"), f"events in {self.path.name}")
        return Order(unit, found["low"], span)

    def fingerprint(self) -> str:
        """Tells one file from another: of its size, its head and its end, where Parquet keeps what it holds."""
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            head = file.read(65_536)
            file.seek(max(size - 65_536, 0))
            return digest(b"%d|" % size + head + file.read())

    def read(self, offset: int, rows: int, names: tuple[str, ...]) -> pl.DataFrame:
        """Some of the events, from an offset on. Raises `BadInput` where subject, event or sequence are not told."""
        found = pl.scan_parquet(self.path).slice(offset, rows).select(names).collect()
        for name in (name for name in ("subject", "event", "sequence") if name in names):
            if found[name].null_count():
                row = offset + int(found[name].is_null().arg_max() or 0)
                raise BadInput(Fault(f"row {row}, {name}", "(null)", "a value in every row", "missing"), "events")
        return found

    def columns(self, rule: ThresholdRule) -> tuple[str, ...]:
        """The columns that a rule needs."""
        there = pl.read_parquet_schema(self.path)
        several = ("series",) if _needs_names(rule) or "series" in there else ()
        sides = [side for side in SIDES if side in there] if rule.act_on != "point" else []
        return ("subject", "event", "value", *sides, *several, *(("sequence",) if "sequence" in there else ()))


def _needs_names(rule: ThresholdRule) -> bool:
    """Whether a rule has to be told which series each value is of."""
    return len(rule.series) > 1 or bool(rule.dims)


def shard_of(key: str, shards: int) -> int:
    """The shard that a key belongs to: the same in every process, on every machine and with every release."""
    return zlib.crc32(key.encode()) % shards


@dataclass
class Numbering:
    """Turns frames of events into the numbers of one stream, leaving out the keys of other shards.

    For a rule by dimensions a key is a subject with their values, `area:us{sector=11}`, as its states are named live.
    """

    stream: Stream
    shard: int = 0
    shards: int = 1
    order: Order = Order()
    _codes: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _series: dict[str, int] = field(default_factory=dict)
    _kept: list[pl.Series] = field(default_factory=list)
    _parted: dict[str, tuple[str, str] | None] = field(default_factory=dict)

    def events(self, frame: pl.DataFrame) -> Events:
        """The events of a frame that are this shard's and that the rule reads."""
        if self.stream.rule.dims:
            frame = self._moved(frame)
        keys = self._keys(frame["subject"])
        columns = self._columns(frame["series"]) if "series" in frame.columns else np.zeros(len(keys), dtype=np.int64)
        on, times = self.stream.rule.grid, _times(frame["event"])
        periods = on.numbered(times)
        values = _figures(frame, "value")
        sides = [_figures(frame, side) if side in frame.columns else None for side in SIDES]
        sequence = frame["sequence"].cast(pl.Int64).to_numpy() if "sequence" in frame.columns else None
        places = self.order.places(on.within(times, periods), sequence)
        found = Events(keys, periods, columns, values, places, *sides)
        if self.shards == 1 and "series" not in frame.columns:
            return found
        mine = (keys >= 0) & (columns >= 0)
        if mine.all():
            return found
        return Events(*(part if part is None else part[mine] for part in found))  # type: ignore[arg-type]

    def _moved(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the dimensions in `by` put on the subject, and without what lacks one of them."""
        dims = self.stream.rule.dims
        for name in frame["series"].unique().cast(pl.String).to_list():
            if name is not None and name not in self._parted:
                base, pairs = name_parts(name)
                self._parted[name] = moved(full_name(base, dict(pairs)), "", dims)
        told = {name: parts for name, parts in self._parted.items() if parts is not None}
        named = pl.col("series").cast(pl.String)
        series, bears = (
            named.replace_strict({name: parts[n] for name, parts in told.items()}, default=None, return_dtype=pl.String)
            for n in (0, 1)
        )
        found = frame.with_columns(pl.col("subject").cast(pl.String) + bears, series=series)
        return found.filter(pl.col("series").is_not_null())

    def _keys(self, subjects: pl.Series) -> Ints:
        """The stream's numbers of subjects, by way of the numbers that Polars gives to repeated texts."""
        coded = subjects if subjects.dtype == pl.Categorical else subjects.cast(pl.Categorical)
        if not self._kept:
            self._kept.append(coded[:1])  # while one series of them is held, Polars keeps its numbers
        numbers = coded.to_physical().to_numpy()
        top = int(numbers.max(initial=0)) + 1
        if top > len(self._codes):
            more = np.full(max(top, 2 * len(self._codes)) - len(self._codes), UNSEEN, dtype=np.int64)
            self._codes = np.concatenate([self._codes, more])
        found: Ints = self._codes[numbers]
        unseen = np.flatnonzero(found == UNSEEN)
        if len(unseen):
            fresh, first = np.unique(numbers[unseen], return_index=True)
            order = np.argsort(first)
            for number, name in zip(fresh[order], coded.gather(unseen[first[order]]).cast(pl.String), strict=True):
                mine = shard_of(name, self.shards) == self.shard
                self._codes[number] = self.stream.code(name) if mine else ELSEWHERE
            found = self._codes[numbers]
        return found

    def _columns(self, names: pl.Series) -> Ints:
        for name in names.unique().cast(pl.String).to_list():
            if name is not None and name not in self._series:
                base, dims = name_parts(name)
                full = full_name(base, dict(dims))
                columns = self.stream.columns
                self._series[name] = columns.index(full) if full in columns else ELSEWHERE
        told = {name: column for name, column in self._series.items() if column != ELSEWHERE}
        coded = names.cast(pl.String).replace_strict(told or {"": ELSEWHERE}, default=ELSEWHERE, return_dtype=pl.Int64)
        found: Ints = coded.to_numpy()
        return found


def _figures(frame: pl.DataFrame, name: str) -> Floats:
    found: Floats = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return found


def _times(events: pl.Series) -> NDArray[np.datetime64]:
    days = events.dtype == pl.Date
    return events.to_physical().cast(pl.Int64).to_numpy().view("datetime64[D]" if days else "datetime64[us]")
