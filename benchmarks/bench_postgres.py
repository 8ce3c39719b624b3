"""PostgreSQL as the engine of the record, beside PostgreSQL's own rows and commits on the same server in the same run.

`record.sequenced_per_s.postgres`: sealed drafts to durable, checkpointed entries in batches, against a bare INSERT of
the same rows under the same indexes. `record.single_act_ms.postgres`: one act at a time against a one-row commit.
`record.contended_per_s.postgres`: processes that each file one act at a time, every batch electing its sequencer,
against handing the same acts over through a queue in the database to one sequencer that stays.
The server is the tests' own (fsync on); with no PostgreSQL to be had there are no figures.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bench_engine import BATCH, ORIGIN, sealed
from benchmarks.figures import Figure, quantile, seconds
from commonweal.engines.postgres import Database, PostgresRecord
from commonweal.engines.sqlite import SqliteKeys
from commonweal.kernel.record import Draft

ROOT = Path(__file__).parents[1]
BATCHES, SINGLES, SAMPLES = 8, 200, 512
PROCESSES, THREADS, CONTENDED_S = 3, 4, 4.0
_TABLE = """
CREATE TABLE bare ("index" BIGINT PRIMARY KEY, kind TEXT, subject TEXT, author TEXT, time TEXT, key TEXT, request TEXT,
  leaf BYTEA, payload BYTEA, UNIQUE (author, key));
CREATE INDEX bare_subject ON bare (subject, kind, "index");
ALTER TABLE bare ALTER COLUMN payload SET STORAGE EXTERNAL;

"""
_BARE = "INSERT INTO bare VALUES (%s, %s, %s, %s, %s, %s, %s, %b, %b)"


def measure() -> list[Figure]:
    with _server() as server, TemporaryDirectory() as scratch:
        if server is None:
            return []
        with closing(SqliteKeys(Path(scratch) / "keys.sqlite")) as keys:
            samples = sealed(keys, SAMPLES)
            database = Database(server.url("bench"))
            record = PostgresRecord(database, keys.log_signer(ORIGIN))
            with database.begin() as connection:
                connection.exec_driver_sql(_TABLE)
            figures = [_sequencing(database, record, samples), _singles(database, record, samples)]
            figures.append(_contended(server.url("contended")))
            database.close()
            return figures


def _sequencing(database: Database, record: PostgresRecord, samples: list[Draft]) -> Figure:
    """Batches of ours and of bare rows take turns; both figures are medians."""
    ours, theirs = [], []
    for batch in range(BATCHES):
        drafts = [replace(samples[n % SAMPLES], key=f"n{batch}:{n}") for n in range(BATCH)]
        ours.append(BATCH / seconds(lambda drafts=drafts: record.append(drafts)))  # type: ignore[misc]
        rows = [_row(batch * BATCH + n, draft) for n, draft in enumerate(drafts)]
        theirs.append(BATCH / seconds(lambda rows=rows: _insert(database, rows)))  # type: ignore[misc]
    against = f"PostgreSQL: the same rows and indexes, {BATCH} to a durable commit"
    limit = "the server's rows; then hashing and looking up each key"
    return Figure("record.sequenced_per_s.postgres", quantile(ours, 0.5), "1/s", against, quantile(theirs, 0.5), limit)


def _singles(database: Database, record: PostgresRecord, samples: list[Draft]) -> Figure:
    ours, theirs = [], []
    for number in range(SINGLES):
        draft = replace(samples[number], key=f"s{number}")
        ours.append(1e3 * seconds(lambda draft=draft: record.append([draft])))  # type: ignore[misc]
        row = _row(10**9 + number, draft)
        theirs.append(1e3 * seconds(lambda row=row: _insert(database, [row])))  # type: ignore[misc]
    limit = "six questions and answers to the server instead of three"
    return Figure("record.single_act_ms.postgres", quantile(ours, 0.5), "ms", "PostgreSQL: a one-row durable commit",
                  quantile(theirs, 0.5), limit)  # fmt: skip


def _contended(url: str) -> Figure:
    """Acts a second over all processes, each thread filing one at a time."""
    elected, queued = (_filed(url, how) for how in ("elected", "queued"))
    against = f"through a queue to one sequencer, {PROCESSES} processes of {THREADS} threads"
    limit = "one durable commit after another, shared within a process"
    return Figure("record.contended_per_s.postgres", elected, "1/s", against, queued, limit)


def _filed(url: str, how: str) -> float:
    script = [sys.executable, "-m", "benchmarks.contending", url, how, str(CONTENDED_S), str(THREADS)]
    started = [
        subprocess.Popen([*script, str(n)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for n in range(PROCESSES)
    ]
    return sum(int(process.communicate()[0]) for process in started) / CONTENDED_S


def _row(index: int, d: Draft) -> tuple[Any, ...]:
    return (index, d.kind, d.subject, d.author, d.time, f"{index}", d.request, d.leaf, d.payload)


def _insert(database: Database, rows: list[tuple[Any, ...]]) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(_BARE, rows)


@contextmanager
def _server() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "tests"))
    from postgres_server import Server, binaries

    found = binaries()
    if found is None:
        print("no PostgreSQL here: install the package postgresql, or the dev extra", file=sys.stderr)
        yield None
        return
    server = Server(found)
    try:
        yield server.found().start()
    finally:
        server.remove()
