"""The log of reads in a file beside the keys, begun with the first read. What stands in it cannot be changed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._group_commit import Job
from .._reads import COLUMNS, INDEXES, Reads, lines_of
from ._files import connect, immediate, translated

FILE = "reads.sqlite"
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS read_log (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, party TEXT NOT NULL, roles TEXT NOT NULL, keyid TEXT NOT NULL,
    organisation TEXT NOT NULL, entry INTEGER NOT NULL, fields TEXT NOT NULL, door TEXT NOT NULL,
    purpose TEXT NOT NULL, link BLOB NOT NULL
) STRICT;
{INDEXES}
CREATE TRIGGER IF NOT EXISTS read_log_kept BEFORE DELETE ON read_log
    BEGIN SELECT RAISE(ABORT, 'the log of reads only grows'); END;
CREATE TRIGGER IF NOT EXISTS read_log_unchanged BEFORE UPDATE ON read_log
    BEGIN SELECT RAISE(ABORT, 'the log of reads only grows'); END;
"""


class SqliteReads(Reads):
    """Reads in one SQLite file, for all processes of one machine."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self._path, self._lock = path, threading.Lock()
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()

    def _db(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = connect(self._path)
            with translated(self._path):
                self._open.executescript(_SCHEMA)
        return self._open

    def _write(self, jobs: list[Job]) -> None:
        with self._lock, immediate(self._db(), self._path):
            last = self._db().execute("SELECT number, link FROM read_log ORDER BY number DESC LIMIT 1").fetchone()
            places = ", ".join("?" * len(COLUMNS.split(", ")))
            self._db().executemany(f"INSERT INTO read_log ({COLUMNS}) VALUES ({places})", lines_of(jobs, last))

    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        with self._lock:
            if self._open is None and not self._path.is_file():
                return []
            with translated(self._path):
                return self._db().execute(query, tuple(values)).fetchall()
