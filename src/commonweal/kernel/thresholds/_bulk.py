"""The port for running a rule over a large ordered record, and the engine in this process.

A job names the rule's text and the record; its answer is every edge. Keys are spread over shards, each of which reads
the record in order and remembers how far it came. Where a folder is named, each shard lays down from time to time what
it remembers *together with* how far it came and the edges so far, in one atomic step: stopped or killed at any point,
it goes on from there to the very same edges. `engines.bulk` runs the same shards on several machines.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
import polars as pl

from commonweal.kernel.values import BadInput, Conflict, Fault, digest
from commonweal.methods.dwelling import Ints
from commonweal.methods.keyed_stream import EDGE, MILLION, NO_LEVEL, OWN_SHARE

from ._events import INSTANT, EventFile, Numbering, Order
from ._machine import STATES
from ._rules import ThresholdRule, read_rule
from ._stream import CAUSES, Engine, Memory, Stream

FORMAT = 3
ROWS_AT_ONCE = 2_000_000
ROWS_BETWEEN_SNAPSHOTS = 20_000_000
SHARDS_MAX = 256
EDGE_COLUMNS = ("subject", "event", "from_state", "to_state", "cause")
Said = Callable[[int, int], None]
"""Told of progress: how many events of how many, over all shards."""


@dataclass(frozen=True)
class Job:
    """A rule over a record. `until` is the period up to which time has come (None: that of the newest event).

    `order` is how the events of one period stand to one another, as `checked` finds it out.
    """

    text: str
    record: Path
    until: int | None = None
    shards: int = 1
    folder: Path | None = None
    rows: int = ROWS_AT_ONCE
    between: int = ROWS_BETWEEN_SNAPSHOTS
    engine: Engine | None = None
    order: Order | None = None

    @cached_property
    def rule(self) -> ThresholdRule:
        return read_rule(self.text)

    def checked(self) -> Job:
        """The job with its end and order known. Raises `BadInput` naming what is wrong with rule, record or shards."""
        if not 1 <= self.shards <= SHARDS_MAX:
            raise BadInput(Fault("shards", str(self.shards), f"from 1 to {SHARDS_MAX}", "range"), "run")
        Stream(self.rule, self.engine)
        file = EventFile(self.record)
        file.check(self.rule)
        until, order = self.until, file.order(self.rule)
        if until is None:
            newest = file.newest()
            until = 0 if newest is None else int(self.rule.grid.numbered(np.array([newest]))[0])
        return replace(self, until=until, order=order)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What must be the same for a run to be taken up again."""
        record = EventFile(self.record).fingerprint()
        return {
            "format": FORMAT, "rule": digest(self.text.encode()), "record": record, "until": self.until,
            "shards": self.shards,
        }  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """Every edge of a run ([`EDGE_COLUMNS`], by event and subject), and what was taken in.

    A rule with levels has the columns `level` and `scale` besides, and an edge where only its level is another.

    `late` events were set aside because their period was closed; `resumed` is how many had been taken in before.
    """

    edges: pl.DataFrame
    events: int
    late: int
    keys: int
    resumed: int = 0
    restarts: int = 0


class Bulk(Protocol):
    """Runs a rule over a record."""

    def run(self, job: Job, said: Said = ...) -> Outcome:
        """Every edge. Raises `BadInput` for rule, record or folder, `Conflict` where the folder holds another run."""
        ...


def nothing_said(so_far: int, total: int) -> None:
    """For runs that nobody watches."""


@dataclass
class Shard:
    """One shard of a job: its part of the keys, from where it was last laid down."""

    job: Job
    index: int = 0
    stream: Stream = field(init=False)
    parts: list[str] = field(init=False, default_factory=list)
    finished: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        held = self._held()
        memory = held and Memory(*held["memory"])
        self.stream = Stream(self.job.rule, self.job.engine, memory or None)
        self._numbering = Numbering(self.stream, self.index, self.job.shards, self.job.order or Order())
        self._file = EventFile(self.job.record)
        self._columns = self._file.columns(self.job.rule)
        self._made: list[Ints] = []
        self._kept_at = self.stream.offset
        if held:
            self.parts, self.finished = held["parts"], held["finished"]

    @property
    def offset(self) -> int:
        """How many events of the record it has read."""
        return self.stream.offset

    def read(self) -> pl.DataFrame:
        """The events that come next."""
        return self._file.read(self.offset, self.job.rows, self._columns)

    def take(self, frame: pl.DataFrame) -> None:
        """Take in the events that come next."""
        edges, _ = self.stream.receive(self._numbering.events(frame))
        self.stream.offset += len(frame)
        self._made.append(edges)
        if self.job.folder and self.offset - self._kept_at >= self.job.between:
            self.keep()

    def finish(self) -> pl.DataFrame:
        """Bring time to its end; the shard's edges, in the order in which they were made."""
        if not self.finished:
            assert self.job.until is not None
            self._made.append(self.stream.heartbeat(self.job.until))
            self.finished = True
            if self.job.folder:
                self.keep()
        laid = [pl.read_parquet(self._path(name)) for name in self.parts]
        return pl.concat([*laid, self._edges()]) if laid else self._edges()

    def keep(self) -> None:
        """Lay down what it remembers, how far it came, and the edges so far: all of it or nothing."""
        part = f"edges-{self.index}-{self.offset}{'-end' if self.finished else ''}.parquet"
        edges, out = self._edges(), io.BytesIO()
        if len(edges):
            edges.write_parquet(out, compression="zstd")
            written(self._path(part), out.getvalue())
            self.parts = [*(name for name in self.parts if name != part), part]
        memory = self.stream.snapshot()
        head = {
            **self.job.identity, "index": self.index, "offset": memory.offset, "late": memory.late,
            "parts": self.parts, "finished": self.finished, "keys": list(memory.keys),
        }  # fmt: skip
        told = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
        out = io.BytesIO()
        np.savez(out, head=told, numbers=memory.numbers, values=memory.values)
        written(self._path(f"shard-{self.index}.npz"), out.getvalue())
        self._made, self._kept_at = [], self.offset

    def _held(self) -> dict[str, Any] | None:
        """What was laid down before. Raises `Conflict` where it is of another run."""
        if self.job.folder is None:
            return None
        path = self._path(f"shard-{self.index}.npz")
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as held:
                head = json.loads(held["head"].tobytes())
                numbers, values = held["numbers"], held["values"]
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise Conflict(f"{path} cannot be read ({error}); move it away and run again") from error
        now = self.job.identity
        other = [name for name, value in now.items() if head.get(name) != value]
        if other:
            differ = " and another ".join(other)
            raise Conflict(f"{self.job.folder} holds a run with another {differ}; name another folder for this one")
        memory = (tuple(head["keys"]), numbers, values, head["offset"], head["late"])
        return {"memory": memory, "parts": head["parts"], "finished": head["finished"]}

    def _edges(self) -> pl.DataFrame:
        made = np.concatenate(self._made) if self._made else np.zeros((0, EDGE), dtype=np.int64)
        return edge_frame(made, self.stream.keys, self.job.rule)

    def _path(self, name: str) -> Path:
        assert self.job.folder is not None
        self.job.folder.mkdir(parents=True, exist_ok=True)
        return self.job.folder / name


def edge_frame(edges: Ints, keys: Sequence[str], rule: ThresholdRule) -> pl.DataFrame:
    """Edges in words: subject, event (a day or an instant), states and cause; for a rule with levels, these as well."""
    grid = rule.grid
    starts = grid.starting(edges[:, 1])
    words: dict[str, tuple[int, Sequence[str]]] = {
        "from_state": (2, STATES),
        "to_state": (3, STATES),
        "cause": (4, CAUSES),
    }
    event = pl.Series("event", starts)
    named = pl.Series("subject", keys, dtype=pl.String)
    columns = {
        name: pl.Series(name, list(said), dtype=pl.String).gather(edges[:, at]) for name, (at, said) in words.items()
    }
    found = pl.DataFrame(
        {
            "subject": named.gather(edges[:, 0]),
            "event": event if grid.daily else event.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            **columns,
        },
        schema={"subject": pl.String, "event": pl.Date if grid.daily else INSTANT, **dict.fromkeys(words, pl.String)},
    )
    return found.with_columns(_levels(edges, rule)) if rule.levels else found


def _levels(edges: Ints, rule: ThresholdRule) -> list[pl.Series]:
    """The level and the scale of each edge."""
    names = pl.Series("level", ["", *(level.name for level in rule.levels)], dtype=pl.String)
    own = np.array([0.0, *(level.scale for level in rule.levels)])[edges[:, 5] + 1]
    between = (edges[:, 5] != NO_LEVEL) & (edges[:, 6] != OWN_SHARE)
    return [names.gather(edges[:, 5] + 1), pl.Series("scale", np.where(between, edges[:, 6] / MILLION, own))]


def joined(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The edges of all shards in one order: by event and subject, silence before what was observed."""
    whole = pl.concat(parts)
    return whole.sort("event", "subject", pl.col("cause") != "silence", maintain_order=True)


def written(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all, and on disk when this returns."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class InProcess:
    """The `bulk` port in this process: every batch is read once, ahead of time; each shard's kernel has a thread."""

    def run(self, job: Job, said: Said = nothing_said) -> Outcome:
        job = job.checked()
        shards = [Shard(job, index) for index in range(job.shards)]
        resumed, total = sum(shard.offset for shard in shards) // job.shards, EventFile(job.record).count()
        with ThreadPoolExecutor(job.shards) as kernels, ThreadPoolExecutor(1) as reader:
            for group in _in_step(shards):
                self._together(group, total, said, kernels, reader)
            parts = list(kernels.map(Shard.finish, shards))
        late, keys = (
            sum(shard.stream.late for shard in shards),
            sum(len(shard.stream.keys) for shard in shards),
        )
        return Outcome(joined(parts), total, late, keys, resumed)

    def _together(self, shards: Sequence[Shard], total: int, said: Said, kernels: Executor, reader: Executor) -> None:
        """Take shards that stand at one offset to the end of the record."""
        job = shards[0].job
        file, columns = EventFile(job.record), EventFile(job.record).columns(job.rule)
        offset = shards[0].offset
        coming = reader.submit(file.read, offset, job.rows, columns)
        while offset < total:
            frame = coming.result()
            offset += len(frame)
            coming = reader.submit(file.read, offset, job.rows, columns)
            list(kernels.map(Shard.take, shards, [frame] * len(shards)))
            said(offset, total)
        coming.result()


def _in_step(shards: Sequence[Shard]) -> Iterator[Sequence[Shard]]:
    """Shards that stand at the same offset; a run that was stopped may have left them at different ones."""
    waiting = [shard for shard in shards if not shard.finished]
    for offset in sorted({shard.offset for shard in waiting}):
        yield [shard for shard in waiting if shard.offset == offset]
