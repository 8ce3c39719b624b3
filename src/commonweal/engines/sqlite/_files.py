"""How the SQLite files are opened, and what their errors mean to the rest of the house."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from commonweal.kernel.record.tables import Taken
from commonweal.kernel.values import Busy, CommonwealError, RecordFault

BUSY_MS = 10_000
WAIT_S = 0.0005
ROOM_BYTES = 64 << 10
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FULL = {sqlite3.SQLITE_FULL}
_CLOSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_IO = {sqlite3.SQLITE_IOERR}


def connect(path: Path, *, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> sqlite3.Connection:
    """Open a SQLite file in WAL mode. Transactions are explicit.

    A file that is made is its owner's alone (so are its log and index, which take its mode): beside keys and sealed
    payloads, what is not public lies open in the projections.
    """
    with translated(path):
        if not path.exists():
            with suppress(FileExistsError, FileNotFoundError, PermissionError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(
            path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        # A new file turns to WAL under a rollback journal, whose deletion only EXTRA makes sure of: if that journal
        # came back after a power failure, it would roll the file back to nothing.
        connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
    return connection


class translated:
    """Turn SQLite's errors into the house's, each saying which file and what to do."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, where: object) -> None:
        if isinstance(error, sqlite3.DatabaseError):
            raise _meaning(self._path, error) from error


def _meaning(path: Path, error: sqlite3.DatabaseError) -> CommonwealError | sqlite3.DatabaseError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        return RecordFault(path.name, f"is damaged or no database ({error}); restore it from a copy")
    if code in _FULL or (code in _CLOSED | _IO and _no_room(path)):
        return Busy(f"{path.name}: the disk is full; nothing was written. Free some space and try again")
    if code in _CLOSED:
        return Busy(f"{path.name} cannot be opened for writing ({error}); nothing was written. Check its permissions")
    if code in _IO:
        return Busy(f"{path.name}: the disk failed ({error}); nothing was acknowledged. Check the disk, then try again")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Busy(f"{path.name} was locked by another process for {BUSY_MS // 1000} s; nothing was written")
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return Busy(f"{path.name} was closed")
    if "no such table" in str(error):
        return Busy(f"{path.name} is being laid out anew; try again in a moment")
    return error


def _no_room(path: Path) -> bool:
    """Whether the disk is full: SQLite says of some writes (its log's index) only that they failed."""
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free < ROOM_BYTES
    return False


@contextmanager
def immediate(connection: sqlite3.Connection, path: Path, *, wait: bool = True) -> Iterator[None]:
    """One write transaction: the lock is taken at once; any exception rolls everything back.

    Raises `Busy` where another process keeps the lock for long, or, unless it may `wait`, `Taken` at once.
    """
    with translated(path):
        if wait:
            _begin(connection)
        else:
            _begin_if_free(connection, path)
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            raise


def _begin(connection: sqlite3.Connection, rest: Callable[[float], None] = time.sleep) -> None:
    """Take the lock for writing, looking again and again for a while where another process has it.

    SQLite's own way of waiting sleeps longer each time, up to a tenth of a second, long past the end of a transaction
    of a few milliseconds: whoever files would wait for that.
    """
    waiting = connection.execute("PRAGMA busy_timeout").fetchone()
    if waiting is None:  # keys in a database server, which waits by itself
        connection.execute("BEGIN IMMEDIATE")
        return
    patience_ms = waiting[0]
    until = time.monotonic() + patience_ms / 1000
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise
                rest(WAIT_S)
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience_ms}")


def _begin_if_free(connection: sqlite3.Connection, path: Path) -> None:
    """Take the lock for writing, or raise `Taken`."""
    patience_ms = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout=0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        raise Taken(f"{path.name} is being written by another process; nothing was written") from error
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience_ms}")


def integrity(path: Path) -> list[str]:
    """What SQLite's own `integrity_check` finds wrong in a file (empty: nothing)."""
    try:
        with translated(path):
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=BUSY_MS / 1000)
            try:
                found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
            finally:
                connection.close()
    except CommonwealError as error:
        return [str(error)]
    return [] if found == ["ok"] else found


class PerThread:
    """Connections for reading, one for each thread, each prepared once. They close with their thread, or by `close`."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection], None] | None = None) -> None:
        self._path, self._prepare = path, prepare
        self._local = threading.local()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self) -> sqlite3.Connection:
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = self._open()
        return held.connection

    def _open(self) -> _Held:
        held = _Held(connect(self._path))
        if self._prepare:
            self._prepare(held.connection)
        with self._lock:
            if self._closed:
                held.connection.close()
                raise Busy(f"{self._path.name} was closed")
            self._all.add(held)
        return held

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for held in list(self._all):
                held.connection.close()


class _Held:
    """A connection that is closed when nobody holds it any more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()
