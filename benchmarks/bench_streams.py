"""rules.bulk_events_per_s, rules.incremental_events_per_s, rules.ray2_events_per_s: a full rule over many keys.

10,000 units report by the minute; 1 % of the events are late, within what the rule allows and beyond it. The rule has
`for`, `keep_firing_for`, hysteresis, lateness and silence. Parquet in, edges in a Parquet file out, beside a plain
Python state machine that does the same; all must give the same edges, or there is no figure. rtamt and reelay can do
only `for`, of one signal, in order: they are held to the same edges on that part (20 units), and their rate there
stands beside ours on the full rule.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.figures import Figure, seconds
from benchmarks.monitors import Monitored, monitored
from benchmarks.plain_stream import CALM, FOR, GAP, KEEP, LATENESS, LINE, Rule
from commonweal.engines.bulk import RayBulk
from commonweal.kernel.thresholds import (
    EventFile,
    Events,
    Incremental,
    InProcess,
    Job,
    Outcome,
    Shard,
    read_rule,
)

UNITS, MINUTES = 10_000, 800
SINGLES = 1_000_000
PART_UNITS, PART_MINUTES = 20, 10_000
FIRST_MINUTE = 1_700_000_040 // 60
EPOCH_MINUTES = 719_162 * 1440  # the rule's grid counts from the year 1
ROOT = Path(__file__).resolve().parent.parent
TEXT = f"""
id = "bench.load"
version = "1"
citation = "made for a benchmark"
every = "1m"
title = {{ en = "Load", zh = "负载" }}
text = {{ en = "Load.", zh = "负载。" }}
in_force = {{ from = 2000-01-01 }}
expr = "unit.load >= {LINE}"
clear = "unit.load < {CALM}"
for = "{FOR}m"
keep_firing_for = "{KEEP}m"
lateness = "{LATENESS}m"
max_gap = "{GAP}m"
"""
ONLY_FOR = "\n".join(line for line in TEXT.splitlines() if not line.startswith(("clear", "keep", "lateness")))
_COLD = """
import sys
from pathlib import Path
from benchmarks.bench_streams import TEXT, whole
whole(TEXT, Path(sys.argv[1]), Path(sys.argv[2]))
"""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record, events = folder / "events.parquet", written(folder / "events.parquet")
        say("plain Python over the same file")
        plain, spent, alone = _plain(record, folder / "plain.parquet")
        say("the engine, cold and warm")
        figures = _bulk(folder, record, events, plain, (events / spent, events / alone))
        say("one event at a time")
        figures += _incremental(record)
        say("two Ray actors")
        figures += _ray(record, events, plain, events / spent)
        say("rtamt and reelay over what they can do")
        return figures + _beside(figures, _peers(folder))


def say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)


def written(path: Path) -> int:
    """The record of events; returns how many."""
    dice = np.random.default_rng(4)
    count = UNITS * MINUTES
    unit, minute = np.tile(np.arange(UNITS), MINUTES), np.repeat(np.arange(MINUTES), UNITS)
    level = 70 + 9 * np.sin(minute / 37 + unit) + dice.normal(0, 1.5, count)
    late = dice.random(count) < 0.01
    at = np.maximum(minute - np.where(late, dice.integers(1, 5, count), 0), 0) + FIRST_MINUTE
    silent = (unit % 50 == 0) & (minute % 100 > 90)
    frame = pl.DataFrame(
        {
            "subject": pl.Series([f"unit:{number}" for number in range(UNITS)]).gather(unit).cast(pl.Categorical),
            "event": pl.Series(at * 60_000_000).cast(pl.Datetime("us", "UTC")),
            "value": level.round(3),
        }
    ).filter(~pl.Series(silent))
    frame.write_parquet(path, compression="zstd", row_group_size=1_000_000)
    return len(frame)


def whole(text: str, record: Path, to: Path) -> Outcome:
    """Parquet in, edges out."""
    found = InProcess().run(Job(text, record))
    found.edges.write_parquet(to)
    return found


def _plain(record: Path, to: Path) -> tuple[pl.DataFrame, float, float]:
    """The edges of the plain program, its seconds from file to file, and those of its machine alone."""
    start = time.perf_counter()
    frame = pl.read_parquet(record)
    minutes = (frame["event"].to_physical() // 60_000_000).to_list()
    rows = list(zip(frame["subject"].cast(pl.String).to_list(), minutes, frame["value"].to_list(), strict=True))
    rule = Rule()
    began = time.perf_counter()
    rule.run(rows)
    alone = time.perf_counter() - began
    rule.finish(max(minutes))
    units, at, before, after, cause = zip(*rule.edges, strict=True)
    event = (pl.Series(at) * 60_000_000).cast(pl.Datetime("us", "UTC"))
    columns = {"subject": units, "event": event, "from_state": before, "to_state": after, "cause": cause}
    edges = pl.DataFrame(columns).sort("event", "subject", pl.col("cause") != "silence", maintain_order=True)
    edges.write_parquet(to)
    return edges, time.perf_counter() - start, alone


def _bulk(
    folder: Path, record: Path, events: int, plain: pl.DataFrame, rates: tuple[float, float]
) -> list[Figure]:  # fmt: skip
    plain_rate, machine_rate = rates
    cold, kept = (_process(folder, record) for _ in range(2))
    assert pl.read_parquet(folder / "cold.parquet").equals(plain), "the engine and plain Python give different edges"
    whole(TEXT, record, folder / "edges.parquet")
    warm = min(seconds(lambda: whole(TEXT, record, folder / "edges.parquet")) for _ in range(3))
    against = f"plain Python, file to file, same edges ({events:,} events, {UNITS:,} units, {len(plain):,} edges)"
    return [
        Figure("rules.bulk_events_per_s", events / warm, "1/s", against, plain_rate,
               "reading Parquet, then the kernel"),
        Figure("rules.bulk_events_per_s.cold", events / cold, "1/s", against, plain_rate,
               "a new process without anything kept: numba compiles the rule"),
        Figure("rules.bulk_events_per_s.new_process", events / kept, "1/s", against, plain_rate,
               "a new process, the compiled rule kept: starting Python, loading numba"),
        _kernel(record, events, machine_rate),
        _numpy(record, events, plain, plain_rate),
    ]  # fmt: skip


def _process(folder: Path, record: Path) -> float:
    """Seconds of a new Python process over the record; compiled rules are kept in the folder."""
    environment = {**os.environ, "COMMONWEAL_CACHE": str(folder / "cache")}
    command = [sys.executable, "-c", _COLD, str(record), str(folder / "cold.parquet")]
    return seconds(lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True))


def _kernel(record: Path, events: int, machine_rate: float) -> Figure:
    """The kernel over numbers that lie ready."""
    best = float("inf")
    for _ in range(3):
        shard = Shard(Job(TEXT, record, rows=events).checked())
        ready = shard._numbering.events(shard.read())
        best = min(best, seconds(lambda: shard.stream.receive(ready)))  # noqa: B023 - called at once
    return Figure("rules.kernel_events_per_s", events / best, "1/s", "the plain Python machine alone", machine_rate,
                  "memory: two cache lines a key, in the order of the events")  # fmt: skip


def _numpy(record: Path, events: int, plain: pl.DataFrame, plain_rate: float) -> Figure:
    found: dict[str, Outcome] = {}
    spent = seconds(lambda: found.update(run=InProcess().run(Job(TEXT, record, engine="numpy"))))
    assert found["run"].edges.equals(plain), "NumPy alone gives different edges"
    return Figure("rules.bulk_events_per_s.numpy", events / spent, "1/s", "plain Python, file to file, same edges",
                  plain_rate, "without numba: sorting by key and period")  # fmt: skip


def _incremental(record: Path) -> list[Figure]:
    """Events one by one, as a service would tell them; and in pieces of 256."""
    frame = EventFile(record).read(0, SINGLES, ("subject", "event", "value"))
    at = (frame["event"].to_physical() // 1_000_000).to_list()
    rows = list(zip(frame["subject"].cast(pl.String).to_list(), at, frame["value"].to_list(), strict=True))
    plain = Rule()
    rate = len(rows) / seconds(lambda: plain.run((unit, at // 60, value) for unit, at, value in rows))
    figures = []
    for engine, name, limit in (
        ("numba", "", "handing arrays from Python to compiled code, about 0.5 µs a call"),
        ("numpy", ".without_numba", "the same kernel as plain Python over lists"),
    ):
        machine = Incremental(read_rule(TEXT), engine)  # type: ignore[arg-type]
        machine.receive("warm", EPOCH_MINUTES, 0.0)
        edges: list[Any] = []
        spent = seconds(lambda: _told(machine, rows, edges))  # noqa: B023 - called at once
        made = [(edge.key, edge.period - EPOCH_MINUTES, *edge[2:5]) for edge in edges]
        assert made == plain.edges, "one by one, other edges come out"
        against = f"the plain Python machine ({len(rows):,} events one by one, same edges)"
        figures.append(Figure(f"rules.incremental_events_per_s{name}", len(rows) / spent, "1/s", against, rate, limit))
    by_256 = len(rows) / _by_256(record, frame)
    figures.append(Figure("rules.incremental_events_per_s.by_256", by_256, "1/s", "the plain Python machine", rate,
                          "the call, spread over 256 events"))  # fmt: skip
    return figures


def _told(machine: Incremental, rows: list[tuple[str, int, float]], edges: list[Any]) -> None:
    receive = machine.receive
    for unit, at, value in rows:
        found = receive(unit, at // 60 + EPOCH_MINUTES, value)
        if found:
            edges += found


def _by_256(record: Path, frame: pl.DataFrame) -> float:
    """Seconds for events in pieces of 256, told in numbers."""
    shard = Shard(Job(TEXT, record, rows=SINGLES).checked())
    ready = shard._numbering.events(frame)
    parts = [Events(*(column[at : at + 256] for column in ready[:5])) for at in range(0, len(frame), 256)]  # type: ignore[arg-type]
    return seconds(lambda: [shard.stream.receive(part) for part in parts])


def _ray(record: Path, events: int, plain: pl.DataFrame, plain_rate: float) -> list[Figure]:
    engine, found = RayBulk(processors=2), dict[str, Outcome]()
    job = Job(TEXT, record, shards=2)
    start = time.perf_counter()
    found["run"] = engine.run(job)
    end = time.perf_counter()
    assert found["run"].edges.equals(plain), "Ray gives different edges"
    against = "plain Python, file to file, same edges"
    limit = "bringing the edges together; both actors read the whole record on the same two processors"
    return [
        Figure("rules.ray2_events_per_s", events / (end - engine.ready), "1/s", against, plain_rate, limit),
        Figure("rules.ray2_events_per_s.whole", events / (end - start), "1/s", against, plain_rate,
               "starting a cluster and two actors"),
    ]  # fmt: skip


def _peers(folder: Path) -> list[Monitored]:
    """rtamt and reelay over the part they can do, held to our edges."""
    dice = np.random.default_rng(7)
    walk = LINE - 3 + np.cumsum(dice.normal(0, 1, (PART_UNITS, PART_MINUTES)), axis=1) % 8
    walk[:, : FOR + 1] = 0.0
    units = [row.round(3).tolist() for row in walk]
    machine, edges = Incremental(read_rule(ONLY_FOR)), list[tuple[int, int, bool]]()
    for number, values in enumerate(units):
        for at, value in enumerate(values):
            found = [*machine.receive(str(number), at, value), *machine.heartbeat(str(number), at)]
            edges += [(number, edge.period, edge.to_state == "firing") for edge in found if "firing" in edge[2:4]]
    peers = monitored(folder, units, FOR, LINE)
    for peer in peers:
        assert peer.skipped or sorted(peer.edges) == sorted(edges), f"{peer.name} gives different edges"
    return peers


def _beside(figures: list[Figure], peers: list[Monitored]) -> list[Figure]:
    wanted = ("rules.bulk_events_per_s", "rules.incremental_events_per_s", "rules.ray2_events_per_s")
    what = f"on the part it can do (for = {FOR}m of one signal, in order, no silence; same edges there)"
    return [
        Figure(
            f"{figure.figure}.{peer.name}",
            figure.value,
            "1/s",
            peer.skipped or f"{peer.name} {what}",
            peer.events_per_s,
        )
        for figure in figures
        if figure.figure in wanted
        for peer in peers
    ]
