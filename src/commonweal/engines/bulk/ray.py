"""The `bulk` port on Ray: one actor a shard, each running the very kernel that runs in one process.

An actor reads the record itself, in order, a batch at a time, and takes the keys of its shard. What it remembers, how
far it came and its edges are laid down together in the run's folder (on several machines: a folder they share). An
actor that dies is begun again and goes on from there, so its death changes no edge; only what it had done since it last
laid down is done again. Ray itself keeps nothing that counts: its object store carries numbers and the last edges.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from commonweal.kernel.thresholds import EventFile, Job, Outcome, Said, Shard, joined, nothing_said
from commonweal.kernel.values import BadInput, Busy, Fault

HOW = "pip install 'commonweal[cluster]' gives what is needed to run on Ray"
STORE_BYTES = 96 << 20
RESTARTS_MAX = 20
"""How often one shard may die without having come any further, before the run gives up."""
ROWS_BETWEEN_SNAPSHOTS = 8_000_000


class ShardActor:
    """One shard in a process of its own."""

    def __init__(self, job: Job, index: int) -> None:
        self.shard = Shard(job, index)
        self.shard.stream.warm()

    def process(self) -> int:
        """The process it runs in."""
        import os

        return os.getpid()

    def advance(self, total: int) -> int:
        """Take in the next batch; returns how many events it has read."""
        if self.shard.offset < total and not self.shard.finished:
            self.shard.take(self.shard.read())
        return self.shard.offset

    def finish(self) -> tuple[pl.DataFrame, int, int]:
        """`(edges, late events, keys)` once time has come to its end."""
        return self.shard.finish(), self.shard.stream.late, len(self.shard.stream.keys)


@dataclass
class RayBulk:
    """Runs jobs on the cluster at `address`, or on one begun here with `processors` for as long as the run lasts.

    Raises `BadInput` where Ray is not installed, `Busy` where no cluster answers or a shard dies again and again. A
    cluster in which no shard says anything for `silent_s` seconds is taken for stuck: what waits is killed and begun
    again, and where that does not help either the run gives up.
    """

    address: str = ""
    processors: int = 2
    silent_s: float = 600.0
    actors: dict[int, Any] = field(default_factory=dict, init=False)
    restarts: int = field(default=0, init=False)
    ready: float = field(default=0.0, init=False)
    """When every shard's process stood ready (`time.perf_counter`): before it, time goes into starting them."""

    def run(self, job: Job, said: Said = nothing_said) -> Outcome:
        ray = _ray()
        self.restarts = 0
        with _folder(job.checked()) as placed, _cluster(ray, self.address, self.processors):
            try:
                return self._run(ray, placed, said)
            finally:
                for actor in self.actors.values():
                    ray.kill(actor, no_restart=True)
                self.actors.clear()

    def _run(self, ray: Any, job: Job, said: Said) -> Outcome:
        total = EventFile(job.record).count()
        come: dict[int, int] = dict.fromkeys(range(job.shards), 0)
        for index in come:
            self._begin(ray, job, index)
        resumed: dict[int, int] = {}
        for index, offset in self._each(ray, job, come, lambda actor: actor.advance.remote(0)):
            resumed[index] = offset
        come.update(resumed)
        self.ready = time.perf_counter()
        while min(come.values()) < total:
            behind = {index: offset for index, offset in come.items() if offset < total}
            for index, offset in self._each(ray, job, behind, lambda actor: actor.advance.remote(total)):
                come[index] = offset
                said(sum(come.values()) // len(come), total)
        done = dict(self._each(ray, job, come, lambda actor: actor.finish.remote()))
        edges, late, keys = zip(*(done[index] for index in sorted(done)), strict=True)
        return Outcome(joined(edges), total, sum(late), sum(keys), sum(resumed.values()) // job.shards, self.restarts)

    def _begin(self, ray: Any, job: Job, index: int) -> None:
        kind = ray.remote(num_cpus=1, max_restarts=0)(ShardActor)
        self.actors[index] = kind.remote(job, index)

    def _each(self, ray: Any, job: Job, shards: dict[int, int], ask: Callable[[Any], Any]) -> Iterator[tuple[int, Any]]:
        """Ask every shard's actor; yields answers as they come. One that has died is begun again and asked again."""
        waiting = {ask(self.actors[index]): index for index in shards}
        deaths, silent = dict.fromkeys(shards, 0), False
        while waiting:
            ready, _ = ray.wait(list(waiting), num_returns=1, timeout=self.silent_s)
            if not ready:
                if silent:
                    raise Busy(f"no shard on Ray said anything for {self.silent_s:g} s, begun again or not")
                silent = True
                for index in waiting.values():
                    ray.kill(self.actors[index], no_restart=True)
                continue
            index = waiting.pop(ready[0])
            try:
                found = ray.get(ready[0])
            except ray.exceptions.RayTaskError as error:
                raise error.as_instanceof_cause() from None
            except ray.exceptions.RayActorError as error:
                deaths[index] += 1
                self.restarts += 1
                if deaths[index] > RESTARTS_MAX:
                    raise Busy(
                        f"shard {index} died {deaths[index]} times at one place of the record: {error}"
                    ) from error
                self._begin(ray, job, index)
                waiting[ask(self.actors[index])] = index
                continue
            yield index, found


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise BadInput(Fault("ray", "(not installed)", HOW, "missing_extra"), "run") from error
    return ray


@contextmanager
def _folder(job: Job) -> Iterator[Job]:
    """The job with a folder to lay things down in: its own, or one for as long as the run lasts."""
    between = min(job.between, ROWS_BETWEEN_SNAPSHOTS)
    if job.folder is not None:
        yield replace(job, between=between, folder=job.folder.absolute(), record=job.record.absolute())
        return
    with tempfile.TemporaryDirectory(prefix="weal-bulk-") as folder:
        yield replace(job, between=between, folder=Path(folder), record=job.record.absolute())


@contextmanager
def _cluster(ray: Any, address: str, processors: int) -> Iterator[None]:
    """A cluster: the one at an address, or a small one on this machine that ends with the run."""
    if ray.is_initialized():
        yield
        return
    quiet = {"include_dashboard": False} if not address else {}
    begun = {} if address else {"num_cpus": processors, "object_store_memory": STORE_BYTES}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="error", **quiet, **begun)
    except Exception as error:  # Ray raises no narrower one when its processes do not begin
        raise Busy(f"Ray cannot be reached or begun ({error})") from error
    try:
        yield
    finally:
        ray.shutdown()
