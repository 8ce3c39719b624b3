"""Looking at a folder's files without changing them: how they are laid out, and whether a process has one open."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from .._layout import META
from ._files import translated

# Where each connection in WAL mode holds its shared lock in a database file for as long as it is open
# (SQLite's os.h: PENDING_BYTE + 2, SHARED_SIZE; its format never changes).
_SHARED_FIRST, _SHARED_BYTES = 0x40000002, 510


def schema_of(path: Path) -> dict[str, str]:
    """Each table of a database file and the statement that made it. Raises `RecordFault` for a file that is none."""
    rows = looked_up(path, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name: sql for name, sql in rows if name != META}


def columns_of(path: Path) -> dict[str, frozenset[str]]:
    """Each table of a database file and the names of its columns."""
    rows = looked_up(
        path, "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    )
    return {table: frozenset(column for name, column in rows if name == table) for table, _ in rows}


def layout_of(path: Path) -> str:
    """The digest of the layout that projections were declared in; "" where they were not."""
    rows = looked_up(path, f"SELECT value FROM {META} WHERE name = 'layout'")
    return str(rows[0][0]) if rows else ""


def looked_up(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query on a database file gives, through a connection that can change nothing."""
    with translated(path), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def open_elsewhere(paths: Sequence[Path]) -> list[Path]:
    """Those of some database files that another process has open now.

    Only to be asked while this process has none of them open: closing a file gives up a process's locks on it.
    """
    found = []
    for path in paths:
        if path.is_file():
            handle = os.open(path, os.O_RDWR)
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_BYTES, _SHARED_FIRST)
            except OSError:
                found.append(path)
            finally:
                os.close(handle)
    return found
