"""series.late_million_s: `weal observe` of a million points that all come late, until what follows is laid out.

One series, a point a minute, two years before the newest that is known; a rule with a lateness reads it and sets every
point aside. `….derived` is the same with an hourly series derived from it. `….peak_mb` is the most memory that the
command had resident. Against a plain program that reads the same file with Polars and inserts the same rows, under the
same key and indexes, into SQLite in one transaction: no checks, no record, no rule, no vintage.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, seconds
from commonweal.authority import Authority
from commonweal.doors.cli.main import main
from commonweal.instruments import rule_file
from commonweal.kernel.indicators import OBSERVATION, batch_act
from commonweal.kernel.thresholds import LATE
from commonweal.kernel.values import Text
from commonweal.settings import Settings

POINTS = 1_000_000
SERIES, SUBJECT = "grid.load", "grid:one"
OPENED = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = datetime(2023, 12, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTINGS = Settings(Text(en="Bench", zh="测量"), "bench.example/log", OPENED)
MAPPING = f'id = "grid"\ncitation = "made for a measurement"\nsubject = "{SUBJECT}"\nseries = "{SERIES}"\n'
HEAD = """
version = "1"
citation = "made for a measurement"
title = { en = "Load", zh = "负荷" }
text = { en = "Load.", zh = "负荷。" }
in_force = { from = 2020-01-01 }
"""
RULE = f'id = "bench.load"{HEAD}every = "1m"\nmax_gap = "1d"\nlateness = "10m"\nexpr = "{SERIES} > 90"\n'
DERIVED = f'id = "bench.hourly"{HEAD}series = "grid.hourly"\nevery = "1h"\nexpr = "mean({SERIES}, 3h)"\n'
PEER = "Polars reads the file, SQLite takes the same rows under the same key and indexes"


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-series-") as name:
        folder = Path(name)
        table, mapping = folder / "late.csv", folder / "mapping.toml"
        mapping.write_text(MAPPING, "utf-8")
        with table.open("w", encoding="utf-8") as file:
            file.writelines(_lines())
        plain = _child("plain", folder / "plain.sqlite", table)
        found = {}
        for kind, texts in (("", (RULE,)), (".derived", (RULE, DERIVED))):
            _found(folder / f"house{kind}", texts)
            found[kind] = _child("observe", folder / f"house{kind}", mapping, table)
    limit = {
        "": "one interpreter: each point as an object when it is read, compared, filed, followed and judged",
        ".derived": "the same, and reading them again; at most so many rows of the table at once",
    }
    return [
        Figure(f"{name}{kind}", told[what], unit, PEER, plain[what], limit[kind])
        for kind, told in found.items()
        for name, what, unit in (
            ("series.late_million_s", "seconds", "s"),
            ("series.late_million_peak_mb", "peak", "MB"),
        )
    ]


def _lines() -> Iterator[str]:
    draw = random.Random(1)
    yield "event,value\n"
    for minute in range(POINTS):
        yield f"{FIRST + minute * MINUTE:%Y-%m-%dT%H:%M:%SZ},{draw.uniform(10, 80):.3f}\n"


def _found(folder: Path, texts: tuple[str, ...]) -> None:
    """An authority with these texts in force, which knows the first hour of the day it was opened."""
    with Authority.create(folder, SETTINGS) as authority:
        for text in texts:
            authority.adopt(rule_file(text))
        rows = [(SERIES, SUBJECT, OPENED + minute * MINUTE, 50.0) for minute in range(60)]
        authority.act(batch_act(rows, series_set="grid", citation="made for a measurement", released_on=OPENED.date()))
        authority.follow()


def _child(what: str, *paths: Path) -> dict[str, Any]:
    """What a fresh process says of itself."""
    print(f"  {what} {paths[0].name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.bench_series", what, *map(str, paths)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return found


def _peak_mb() -> float:
    """The most memory this process has had resident."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def _observe(folder: Path, mapping: Path, table: Path) -> None:
    def command() -> None:
        with redirect_stdout(sys.stderr):
            assert main(["observe", str(folder), str(mapping), str(table)]) == 0

    took, peak = seconds(command), _peak_mb()
    with Authority.open(folder) as authority:
        points = len(table.read_text("utf-8").splitlines()) - 1
        assert [row["count"] for row in authority.reader.select(LATE)] == [points]
        assert authority.reader.count(OBSERVATION, {"series": SERIES}) == points + 60
    print(json.dumps({"seconds": took, "peak": peak}))


def _plain(database: Path, table: Path) -> None:
    took = seconds(lambda: _inserted(database, table))
    print(json.dumps({"seconds": took, "peak": _peak_mb()}))


def _inserted(database: Path, table: Path) -> None:
    import polars as pl

    frame = pl.read_csv(table, schema={"event": pl.String, "value": pl.Float64})
    now = f"{OPENED:%Y-%m-%dT%H:%M:%SZ}"
    names = ", ".join(OBSERVATION.columns)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(
            f"CREATE TABLE rows ({names}, PRIMARY KEY ({', '.join(OBSERVATION.key)})) WITHOUT ROWID;"
            + "".join(f"CREATE INDEX i{n} ON rows ({', '.join(index)});" for n, index in enumerate(OBSERVATION.indexes))
        )
        rows = (
            (SERIES, SUBJECT, event, 1, now[:10], 0, now[:10], now, value, None, None, "")
            for event, value in frame.iter_rows()
        )
        connection.executemany(f"INSERT INTO rows VALUES ({', '.join('?' * len(OBSERVATION.columns))})", rows)


if __name__ == "__main__":
    {"observe": _observe, "plain": _plain}[sys.argv[1]](*map(Path, sys.argv[2:]))
