"""What we are held against, measured beside us: SQLite itself, without anything of ours around it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.figures import seconds
from commonweal.kernel.record import Stored

Row = tuple[object, ...]


def durable(path: Path, *, any_thread: bool = False) -> sqlite3.Connection:
    """A SQLite file as careful as the record's: write-ahead log, on disk before a commit returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=not any_thread)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def entry_rows(stored: Iterable[Stored]) -> list[Row]:
    """Entries as the rows that hold them, byte for byte."""
    return [
        (item.index, item.kind, item.subject, item.author, item.time, item.key, item.request, item.leaf, item.payload)
        for item in stored
    ]


def laid_out(path: Path) -> sqlite3.Connection:
    """A durable file with the one table and the indexes that entries have in the record."""
    connection = durable(path)
    connection.execute("PRAGMA wal_autocheckpoint=8000")
    connection.execute(
        "CREATE TABLE entry (number INTEGER PRIMARY KEY, kind TEXT, subject TEXT, author TEXT, time TEXT, "
        "key TEXT, request TEXT, leaf BLOB, payload BLOB, UNIQUE (author, key)) STRICT"
    )
    connection.execute("CREATE INDEX entry_subject ON entry (subject, kind) WHERE subject IS NOT NULL")
    return connection


def rows_seconds(path: Path, rows: Sequence[Row], batch: int) -> float:
    """Seconds that SQLite takes for rows of these bytes, `batch` to a durable commit, with the indexes they need."""
    with closing(laid_out(path)) as connection:
        return seconds(lambda: insert(connection, rows, batch))


def insert(connection: sqlite3.Connection, rows: Sequence[Row], batch: int) -> None:
    """Rows as they come from `entry_rows`, `batch` to a durable commit."""
    for at in range(0, len(rows), batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows[at : at + batch])
        connection.execute("COMMIT")
