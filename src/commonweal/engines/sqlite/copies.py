"""Copies of SQLite files while others write to them, each as of one moment; the record's grows by what is new."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from commonweal.kernel.values import Conflict

from ._files import BUSY_MS, connect, translated

PAGES_AT_ONCE = 4_096
LEVELS = 8
_NEWEST = "SELECT size, root FROM {}.checkpoint ORDER BY size DESC LIMIT 1"


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as of one moment, in place of what was at `target`: whole, durable, and its owner's alone."""
    draft = target.with_name(target.name + ".new")
    for old in draft.parent.glob(draft.name + "*"):
        old.unlink()
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with translated(source), closing(_reading(source)) as here, closing(sqlite3.connect(draft)) as there:
        here.backup(there, pages=PAGES_AT_ONCE)
        there.execute("PRAGMA journal_mode=DELETE")
    for leftover in target.parent.glob(target.name + "-*"):
        leftover.unlink()
    _durable(draft)
    draft.replace(target)
    _durable(target.parent)


def grow_record(source: Path, target: Path) -> tuple[int, int]:
    """Bring a copy of a record up to date by what it lacks, in one transaction; its size before and after.

    Where there is none, or it is laid out otherwise, the whole is copied. Raises `Conflict`, and changes nothing,
    where the copy is of another record, or of more than there is here.
    """
    if not target.is_file():
        copy_database(source, target)
        return 0, _size(target)
    with translated(target), closing(connect(target)) as copy:
        copy.execute("ATTACH ? AS here", (str(source),))
        copy.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        copy.execute("BEGIN IMMEDIATE")
        try:
            before, size = _sizes(copy, target)
            same = _layout(copy, "main") == _layout(copy, "here")
            if same:
                _take_over(copy, before)
            copy.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                copy.execute("ROLLBACK")
            raise
        finally:
            copy.execute("DETACH here")
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if not same:
        copy_database(source, target)
        size = _size(target)
    return before, size


def note_as_signed(keys: Path, record: Path) -> None:
    """Let a copy of keys say that its log has signed what the copied record holds, so that the two fit together."""
    with closing(sqlite3.connect(record)) as held:
        size, root = held.execute(_NEWEST.format("main")).fetchone()
    with translated(keys), closing(sqlite3.connect(keys, isolation_level=None)) as copy:
        copy.execute("UPDATE signed_tree SET size = ?, root = ? WHERE size > ?", (size, root, size))
    _durable(keys)


def attached_in(record: Path) -> list[str]:
    """The addresses of the files that entries of a record brought in; none in one from before there were any."""
    with translated(record), closing(_reading(record)) as held:
        if held.execute("SELECT 1 FROM sqlite_master WHERE name = 'attached'").fetchone() is None:
            return []
        return [str(row[0]) for row in held.execute("SELECT sha256 FROM attached ORDER BY sha256")]


def _sizes(copy: sqlite3.Connection, target: Path) -> tuple[int, int]:
    """The size of the copy and of the source, after making sure that the latter grew out of the former."""
    before, root = copy.execute(_NEWEST.format("main")).fetchone() or (0, None)
    size = copy.execute(_NEWEST.format("here")).fetchone()[0]
    known = copy.execute("SELECT root FROM here.checkpoint WHERE size = ?", (before,)).fetchone()
    if root is not None and (known is None or known[0] != root):
        raise Conflict(
            f"{target} holds {before} entries of a record that the one here ({size} entries) did not grow out of; "
            "nothing was copied. Keep that copy, and choose another target"
        )
    return before, size


def _take_over(copy: sqlite3.Connection, before: int) -> None:
    copy.execute('INSERT INTO main.entry SELECT * FROM here.entry WHERE "index" >= ?', (before,))
    for level in range(LEVELS):
        first = before >> (8 * (level + 1))
        query = "INSERT OR REPLACE INTO main.tile SELECT * FROM here.tile WHERE level = ? AND n >= ?"
        copy.execute(query, (level, first))
    copy.execute("INSERT OR IGNORE INTO main.blob SELECT * FROM here.blob")
    copy.execute("INSERT OR IGNORE INTO main.attached SELECT * FROM here.attached")
    copy.execute("INSERT INTO main.checkpoint SELECT * FROM here.checkpoint WHERE size > ?", (before,))
    copy.execute("DELETE FROM main.kind_count")
    copy.execute("INSERT INTO main.kind_count SELECT * FROM here.kind_count")


def _layout(copy: sqlite3.Connection, schema: str) -> list[str]:
    return [str(row[0]) for row in copy.execute(f"SELECT sql FROM {schema}.sqlite_master ORDER BY type, name")]


def _size(record: Path) -> int:
    with closing(_reading(record)) as held:
        return int(held.execute(_NEWEST.format("main")).fetchone()[0])


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_MS / 1000)


def _durable(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
