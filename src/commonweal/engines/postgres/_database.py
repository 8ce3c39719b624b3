"""How a PostgreSQL database is reached by URL, and what its errors mean to the rest of the house.

The URL is libpq's (`postgresql://user@host1,host2/name?target_session_attrs=read-write`), so passwords may stay in
`PGPASSFILE`, the environment or a `${VARIABLE}`. One parameter is ours: `schema` (default `commonweal`), so that
several authorities may share a database.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError, TimeoutError

from commonweal.kernel.record.tables import Taken
from commonweal.kernel.values import BadInput, Busy, CommonwealError, Fault, RecordFault, shown

VERSION = "1"
LOCK_WAIT_S = 10
STALLED_S = 300
POOL = 4
SAID_CHARS_MAX = 200
POOL_MORE = 28
SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,40}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# A host that loses its power says nothing: without these the server would hold its lock for hours.
_CONNECTING = {
    "connect_timeout": "5",
    "application_name": "commonweal",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_SESSION = (
    "SET search_path = {schema}; SET lock_timeout = '{wait}s'; SET timezone = 'UTC'; SET bytea_output = 'hex'; "
    "SET client_min_messages = 'error'; "
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
)
_MEANING = {
    "28": "refused the user or password; give them in the URL, in PGPASSFILE or in the environment",
    "3D": "has no such database; make one with `createdb`",
    "53100": "the server's disk is full; free some space and try again",
    "53300": "the server takes no more connections; raise max_connections or run fewer processes",
    "25P03": "this process stood still inside a transaction, which the server ended",
    "25006": "takes no writes: it is a standby or read-only. Point the URL at the primary",
    "42501": "this user may not do that; it must own the schema, or be allowed to make it",
    "55P03": f"another process held the lock for {LOCK_WAIT_S} s",
    "40": "another transaction stood in the way",
    "57": "the server is starting, stopping or ended the session",
    "58": "the server's disk failed",
    "42P01": "is being laid out anew; try again in a moment",
    "3F000": "is being laid out anew; try again in a moment",
}
_LOCK = "SELECT set_config('idle_in_transaction_session_timeout', %s, true), pg_advisory_xact_lock(%s)"
_TRY = "SELECT set_config('idle_in_transaction_session_timeout', %s, true), pg_try_advisory_xact_lock(%s)"
_DAMAGED = ("XX001", "XX002")
_T = TypeVar("_T")


def expanded(url: str) -> str:
    """The URL with each `${VARIABLE}` put in from the environment. Raises `BadInput` where one is not set."""
    missing = [name for name in _VARIABLE.findall(url) if name not in os.environ]
    if missing:
        raise BadInput([Fault("database", f"${{{name}}}", "set this environment variable") for name in missing])
    return _VARIABLE.sub(lambda match: os.environ[match[1]], url)


def _parted(url: str) -> tuple[str, str]:
    """libpq's URL, and the schema that ours names beside it. Raises `BadInput`."""
    address, _, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    schema = dict(pairs).get("schema", "commonweal")
    if not SCHEMA.fullmatch(schema):
        raise BadInput(Fault("database, schema", shown(schema), "a name like commonweal: a-z, 0-9, _"), "database")
    rest = urlencode([pair for pair in pairs if pair[0] != "schema"], quote_via=quote)
    return address + (f"?{rest}" if rest else ""), schema


class Lost(Busy):
    """The connection broke. What was being committed may stand or not: the same act under the same key tells."""


class Database:
    """One database and schema, with its pool of connections. Safe from any thread."""

    def __init__(self, url: str) -> None:
        """Opens nothing yet. Raises `BadInput` for a URL that cannot be one."""
        address, self.schema = _parted(expanded(url))
        try:
            given = conninfo_to_dict(address)
        except psycopg.ProgrammingError as error:
            fault = Fault("database", shown(_VARIABLE.sub("…", url).rpartition("@")[2]), str(error).strip())
            raise BadInput(fault, "database") from error
        wanted = make_conninfo(**{**_CONNECTING, **{name: str(value) for name, value in given.items()}})
        host = given.get("host") or given.get("hostaddr") or "the local socket"
        self.name = f"PostgreSQL at {host}, database {given.get('dbname') or given.get('user') or 'of this user'}"
        self.engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(wanted),
            pool_size=POOL,
            max_overflow=POOL_MORE,
            pool_timeout=LOCK_WAIT_S,
            pool_use_lifo=True,
        )
        event.listen(self.engine, "connect", self._prepare)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._looking = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._closed = False
        self._made: set[str] = set()
        self._lock = threading.Lock()

    def _prepare(self, connection: Any, _record: object) -> None:
        connection.execute(_SESSION.format(schema=f'"{self.schema}"', wait=LOCK_WAIT_S))
        connection.commit()

    # ── laying out ──────────────────────────────────────────────────────────────────────────────────────────────

    def layout(self, part: str, statements: str) -> None:
        """See to it that the schema and the tables of one part are there, once for each process that starts.

        Raises `RecordFault` where they are of another version, or where the server would lose what it acknowledged.
        """
        with self._lock:
            if part in self._made:
                return
            if not self._laid_out(part):
                with self.begin("layout", LOCK_WAIT_S) as run:
                    run.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
                    run.exec_driver_sql("CREATE TABLE IF NOT EXISTS weal_part (name TEXT PRIMARY KEY, version TEXT)")
                    run.exec_driver_sql(statements)
                    run.exec_driver_sql("INSERT INTO weal_part VALUES (%s, %s) ON CONFLICT DO NOTHING", (part, VERSION))
            self._made.add(part)

    def forget(self, part: str) -> None:
        """Take note that a part was dropped."""
        with self._lock:
            self._made.discard(part)
            with self.begin("layout", LOCK_WAIT_S) as run:
                run.exec_driver_sql("DELETE FROM weal_part WHERE name = %s", (part,))

    def _laid_out(self, part: str) -> bool:
        there = self.one("SELECT to_regclass('weal_part') IS NOT NULL, current_setting('fsync')")
        if there[1] != "on":
            raise RecordFault(self.name, "runs with fsync off: it would lose acts it acknowledged. Set fsync = on")
        found = self.one("SELECT version FROM weal_part WHERE name = %s", part) if there[0] else None
        if found and found[0] != VERSION:
            raise RecordFault(
                self.name, f"{part} is laid out as version {found[0]}, this release knows {VERSION}: run the release "
                "that made it, or a newer one"
            )  # fmt: skip
        return found is not None

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, query: str, *values: object) -> list[Any]:
        """What a query gives, seen as of now. Asked again once where the connection turns out to be gone."""
        return self.again(lambda: self._rows(query, values))

    def one(self, query: str, *values: object) -> Any:
        """The first row that a query gives, or None."""
        rows = self.rows(query, *values)
        return rows[0] if rows else None

    def again(self, work: Callable[[], _T]) -> _T:
        """Do work that may be repeated once more if the connection breaks (a pooled one may be long gone)."""
        try:
            return work()
        except Lost:
            return work()

    def _rows(self, query: str, values: Sequence[object]) -> list[Any]:
        with self.translated(), self._open(self._reading) as connection:
            return list(connection.exec_driver_sql(query, tuple(values)).fetchall())

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees one state throughout."""
        with self.translated(), self._open(self._looking) as connection:
            connection.exec_driver_sql("SELECT 1 FROM pg_class LIMIT 1")
            yield connection

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def begin(self, lock: str = "", idle_s: int = STALLED_S, *, wait: bool = True) -> Iterator[Connection]:
        """One write transaction. `lock` names what only one process at a time may do, as long as it lasts.

        The lock is the server's and ends with the transaction or its connection, whichever is first: a process that
        dies holds nothing up. One that holds it and stands still for `idle_s` is ended by the server. Who waits for it
        gets it in the order they came; who would not `wait` gets `Taken` instead. Raises `Lost` when the connection
        broke.
        """
        connection = self.again(lambda: self._begun(lock, idle_s, wait))
        try:
            with self.translated():
                try:
                    yield connection
                    connection.commit()
                except BaseException:
                    _undone(connection)
                    raise
        finally:
            connection.close()

    def _begun(self, lock: str, idle_s: int, wait: bool) -> Connection:
        with self.translated():
            connection = self._open(self.engine)
            try:
                if lock:
                    asked = (f"{int(idle_s)}s", self.lock_key(lock))
                    got = connection.exec_driver_sql(_LOCK if wait else _TRY, asked).one()[1]
                    if not wait and not got:
                        raise Taken(f"{self.name}: another process is {lock}; nothing was written")
                return connection
            except BaseException:
                _undone(connection)
                connection.close()
                raise

    @contextmanager
    def alone(self, lock: str, otherwise: str) -> Iterator[None]:
        """Keep every other process from the same, for as long as it takes. Raises `Busy` where one is at it."""
        with self.translated(), self._open(self._reading) as connection:
            key = (self.lock_key(lock),)
            if not connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", key).scalar():
                raise Busy(otherwise)
            try:
                yield
            finally:
                connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", key)

    def alone_statement(self, sql: str) -> None:
        """Run what the server does only outside a transaction."""
        with self.translated(), self._open(self._reading) as connection:
            connection.exec_driver_sql(sql)

    def rewritten(self, tables: Iterable[str]) -> bool:
        """Have the server write these tables' files anew, without dead rows; False where others keep one locked."""
        with suppress(Busy):
            for name in tables:
                self.alone_statement(f"VACUUM (FULL) {name}")
            return True
        return False

    def lock_key(self, purpose: str) -> int:
        """The number under which the server knows a lock of this schema."""
        named = hashlib.sha256(f"commonweal {self.schema} {purpose}".encode()).digest()
        return int.from_bytes(named[:8], "big", signed=True)

    def _open(self, engine: Any) -> Connection:
        if self._closed:
            raise Busy(f"{self.name} was closed")
        connection: Connection = engine.connect()
        return connection

    # ── errors ──────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the driver's errors into the house's, each saying which database and what to do."""
        try:
            yield
        except TimeoutError as error:
            problem = f"all {POOL + POOL_MORE} connections were in use for {LOCK_WAIT_S} s; nothing was written"
            raise Busy(f"{self.name}: {problem}") from error
        except DBAPIError as error:
            raise self._meaning(error) from error

    def _meaning(self, error: DBAPIError) -> CommonwealError | DBAPIError:
        code, said = str(getattr(error.orig, "sqlstate", None) or ""), _first_line(error.orig)
        if code in _DAMAGED:
            return RecordFault(self.name, f"is damaged ({said}); restore it from a copy")
        if isinstance(error.orig, psycopg.OperationalError) and not code:
            if error.connection_invalidated:
                return Lost(f"{self.name}: the connection broke ({said}); send the same again under the same key")
            how = "refused the connection" if "FATAL" in said else "cannot be reached; is it running?"
            return Busy(f"{self.name} {how} ({said}). Nothing was written")
        for head in (code, code[:2]):
            if head in _MEANING:
                kind = Lost if error.connection_invalidated or head == "25P03" else Busy
                return kind(f"{self.name}: {_MEANING[head]} ({said})")
        return error

    def close(self) -> None:
        """Close every connection. Closing twice is harmless."""
        self._closed = True
        self.engine.dispose()


def _undone(connection: Connection) -> None:
    """Roll back; a connection that cannot is closed by the pool, and its transaction ended by the server."""
    try:
        connection.rollback()
    except DBAPIError:
        connection.invalidate()


def _first_line(error: object) -> str:
    """What the driver says, short: of several attempts to connect, the last."""
    lines = [line.strip("- \t") for line in str(error).strip().splitlines()] or [""]
    failed = [line for line in lines if "failed: " in line]
    return (failed[-1] if failed else lines[0]).rpartition("failed: ")[2][:SAID_CHARS_MAX]


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def kept(text: str) -> str:
    """Text as the server can keep it: it takes no NUL, so that is written in two other characters.

    Order and beginnings stay what they were: U+0000 becomes U+0001 U+0001, and U+0001 becomes U+0001 U+0002.
    """
    if "\x00" not in text and "\x01" not in text:
        return text
    return text.replace("\x01", "\x01\x02").replace("\x00", "\x01\x01")


def read(text: str) -> str:
    """Text as it was before `kept`."""
    return text.replace("\x01\x01", "\x00").replace("\x01\x02", "\x01") if "\x01" in text else text
