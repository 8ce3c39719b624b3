"""`projections.sqlite`: what the record says, laid out to be looked up. It can be deleted and rebuilt.

Rows and the follower's cursor commit together. Reading happens on a connection of its own for each thread.
"""

from __future__ import annotations

import fcntl
import functools
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from commonweal.kernel.record.tables import Reader, Row, Table, Where, added, by_columns
from commonweal.kernel.values import Busy, Conflict, canonical

from .._layout import (
    COMPARE,
    META,
    Shape,
    after,
    begins,
    bound,
    column,
    contains,
    decode,
    encode,
    mark_of,
    no_comparison,
    shapes_of,
)
from ._files import BUSY_MS, PerThread, connect, immediate, translated
from ._seen import ANSWER_ROWS_MAX, Seen, exact

_SQL_TYPES = {"text": "TEXT", "integer": "INTEGER", "real": "REAL", "json": "TEXT"}
_PARAMETERS_MAX = 500
# The writer touches an index page here and there for every row: with SQLite's own 2 MiB each is read over and over.
CACHE_KIB = 65_536
# It writes many of them again and again: moving them into the file after every few entries is half of what it writes.
WAL_PAGES = 16_000


class _Layout(Shape):
    """The statements of one table, made once."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        key = " AND ".join(f'"{name}" = ?' for name in table.key)
        self.get = f'SELECT {self.names} FROM "{table.name}" WHERE {key}'
        self.put = f'INSERT OR REPLACE INTO "{table.name}" ({self.names}) VALUES ({", ".join("?" * len(self.columns))})'
        self.delete = f'DELETE FROM "{table.name}" WHERE {key}'

    @functools.cached_property
    def schema(self) -> list[str]:
        table = self.table
        columns = [
            f'"{name}" {_SQL_TYPES[kind]}' + (" NOT NULL" if name in table.key else "")
            for name, kind in table.columns.items()
        ]
        made = [
            f'CREATE TABLE IF NOT EXISTS "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({self.lies})) '
            "STRICT, WITHOUT ROWID"
        ]
        for number, index in enumerate(table.indexes):
            names = ", ".join(f'"{name}"' for name in index)
            # A date that most rows lack, such as when something falls due, is only ever looked for where it is there.
            there = f" WHERE {names} IS NOT NULL" if len(index) == 1 and index[0] not in table.key else ""
            made.append(f'CREATE INDEX IF NOT EXISTS "{table.name}_{number}" ON "{table.name}" ({names}){there}')
        return made


_laid_out: dict[int, _Layout] = {}


def _layouts(tables: Iterable[Table]) -> dict[str, _Layout]:
    """The layouts of tables by name; of a table that was laid out before in this process it is the same."""
    found = {}
    for name, table in shapes_of(tables).items():
        made = _laid_out.get(id(table))
        if made is None or made.table is not table:  # a layout holds its table, so that no other gets its id
            made = _laid_out[id(table)] = _Layout(table)
        found[name] = made
    return found


class _Rows:
    """Reading on one connection (`Reader`)."""

    def __init__(self, owner: SqliteTables, connection: sqlite3.Connection) -> None:
        self._owner, self._connection = owner, connection

    def get(self, table: Table, *key: Any) -> Row | None:
        layout = self._owner.layout(table)
        row = self._connection.execute(layout.get, key).fetchone()
        return layout.row(row) if row else None

    def select(
        self,
        table: Table,
        where: Where | None = None,
        *,
        order: Sequence[str] = (),
        limit: int = -1,
        offset: int = 0,
        only: Sequence[str] = (),
    ) -> list[Row]:
        layout = self._owner.layout(table).of(only)
        clause, values = _where(table, where or {})
        terms = [f'"{column(table, name.removeprefix("-"))}"' + (" DESC" if name[0] == "-" else "") for name in order]
        sql = f'SELECT {layout.names} FROM "{table.name}"{clause} ORDER BY {", ".join([*terms, layout.key_order])}'
        if limit >= 0 or offset:
            sql += " LIMIT ? OFFSET ?"
            values += [limit, offset]
        return [layout.row(row) for row in self._found(table, sql, values)]

    def count(self, table: Table, where: Where | None = None) -> int:
        self._owner.layout(table)
        clause, values = _where(table, where or {})
        return int(self._found(table, f'SELECT count(*) FROM "{table.name}"{clause}', values)[0][0])

    def _found(self, table: Table, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()


class _Writer(_Rows):
    """Reading and writing inside the follower's transaction (`Tables`): what it has read it need not read again.

    Rows that are put are written together, before anything but their key is asked for and before a part ends.
    """

    def __init__(self, owner: SqliteTables, connection: sqlite3.Connection, seen: Seen) -> None:
        super().__init__(owner, connection)
        self._seen = seen
        self._in_part = self._saved = False
        self._put: dict[str, dict[tuple[Any, ...], list[Any]]] = {}

    def get(self, table: Table, *key: Any) -> Row | None:
        layout = self._owner.layout(table)
        if not exact(key):
            self.written(table.name)
            return super().get(table, *key)
        if (put := self._put.get(table.name)) and key in put:
            return layout.row(put[key])
        known = self._seen.rows(table.name)
        if key not in known:
            known[key] = self._connection.execute(layout.get, key).fetchone()
        row = known[key]
        return layout.row(row) if row else None

    def _found(self, table: Table, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        self.written(table.name)
        if not exact(values):
            return super()._found(table, sql, values)
        known, asked = self._seen.answers(table.name), (sql, *values)
        if asked not in known:
            found = super()._found(table, sql, values)
            if len(found) > ANSWER_ROWS_MAX:
                return found
            known[asked] = found
        return known[asked]

    def put(self, table: Table, *rows: Row) -> None:
        self.put_many(table, rows)

    def put_many(self, table: Table, rows: Iterable[Row]) -> None:
        layout = self._owner.layout(table)
        found = {tuple(row[name] for name in table.key): layout.values(row) for row in rows}
        self._writes(table, found)
        self._put.setdefault(table.name, {}).update(found)
        if not all(map(exact, found)):
            self.written(table.name)

    def written(self, *names: str) -> None:
        """See to it that the rows put into these tables, or into all, are written."""
        for name in names or tuple(self._put):
            if rows := self._put.pop(name, None):
                self._connection.executemany(self._owner.named(name).put, rows.values())

    def put_columns(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        values = list(by_columns(table, columns))
        at = self._owner.layout(table).key_at
        self.written(table.name)
        self._writes(table, (tuple(row[place] for place in at) for row in values))
        self._connection.executemany(self._owner.layout(table).put, values)

    def add(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        numbers = added(table, columns)
        values = list(zip(*(columns[name] for name in (*table.key, *numbers)), strict=True))
        self.written(table.name)
        self._writes(table, (row[: len(table.key)] for row in values))
        self._connection.executemany(self._owner.layout(table).adding(f'"{table.name}"', numbers, "?"), values)

    def delete(self, table: Table, *key: Any) -> None:
        self.written(table.name)
        self._writes(table, [key])
        self._connection.execute(self._owner.layout(table).delete, key)

    def _writes(self, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        if self._in_part and not self._saved:
            self._connection.execute("SAVEPOINT part")
            self._saved = True
        self._seen.written(table.name, keys)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that can fail on its own: when it raises, only what it wrote is undone.

        Most parts write nothing: the savepoint is made at the first that is written.
        """
        self.written()
        self._in_part = True
        try:
            yield
            self.written()
        except BaseException:
            self._put.clear()
            if self._saved:
                self._connection.execute("ROLLBACK TO part")
            self._seen.forget()
            raise
        finally:
            if self._saved:
                self._connection.execute("RELEASE part")
            self._in_part = self._saved = False

    def cursor(self) -> int:
        return _cursor(self._connection)

    def set_cursor(self, expected: int, new: int) -> None:
        """Move the cursor with the rows. Raises `Conflict` where another follower moved it, which undoes the rows."""
        found = _cursor(self._connection)
        if found != expected:
            raise Conflict(f"another process followed the record from {expected} to {found}; start again from there")
        self._connection.execute(f"INSERT OR REPLACE INTO {META} VALUES ('cursor', ?)", (str(new),))


class _Reading(translated):
    """Looks on a thread's own connection; SQLite's errors come out as the house's."""

    __slots__ = ("_owner", "_readers")

    def __init__(self, owner: SqliteTables, path: Path, readers: PerThread) -> None:
        super().__init__(path)
        self._owner, self._readers = owner, readers

    def __enter__(self) -> _Rows:  # type: ignore[override]
        with translated(self._path):
            return _Rows(self._owner, self._readers())


class _PerThreadReader:
    """A `Reader` for any thread: each look sees the newest commit."""

    def __init__(self, owner: SqliteTables) -> None:
        self._owner = owner

    def get(self, table: Table, *key: Any) -> Row | None:
        with self._owner.rows() as rows:
            return rows.get(table, *key)

    def select(
        self,
        table: Table,
        where: Where | None = None,
        *,
        order: Sequence[str] = (),
        limit: int = -1,
        offset: int = 0,
        only: Sequence[str] = (),
    ) -> list[Row]:
        with self._owner.rows() as rows:
            return rows.select(table, where, order=order, limit=limit, offset=offset, only=only)

    def count(self, table: Table, where: Where | None = None) -> int:
        with self._owner.rows() as rows:
            return rows.count(table, where)


class SqliteTables:
    """Projections in a file of their own.

    `declare` first; write inside `with transaction() as tables`, reading and moving the cursor there too; read
    elsewhere through `reader()` or, for several looks at one state, `with snapshot() as reader`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path / "projections.sqlite" if path.is_dir() else path
        self._lock = threading.RLock()
        self._connection = connect(self._path, synchronous="NORMAL")
        self._connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        self._connection.execute("PRAGMA secure_delete=ON")  # what was erased from the rows shall be gone from the file
        _add_functions(self._connection)
        self._readers = PerThread(self._path, _add_functions)
        self._layouts: dict[str, _Layout] = {}
        self._seen = Seen()
        self._writer: _Writer | None = None
        self._writing_in: int | None = None
        with translated(self._path):
            self._connection.execute(
                f"CREATE TABLE IF NOT EXISTS {META} (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"
            )

    def declare(self, tables: Iterable[Table]) -> bool:
        """Make the tables that there shall be. True if they were laid out anew, with the cursor at 0.

        That happens when any table is new, gone or different: what it should hold can only come from the record.
        """
        layouts = _layouts(tables)
        wanted = mark_of(sql for layout in layouts.values() for sql in layout.schema)
        with self._lock:
            self._layouts = layouts
            self._seen.forget()
            if self._meta("layout") == wanted:
                return False
            with immediate(self._connection, self._path):
                self._drop()
                for layout in layouts.values():
                    for sql in layout.schema:
                        self._connection.execute(sql)
                self._connection.execute(f"INSERT OR REPLACE INTO {META} VALUES ('layout', ?)", (wanted,))
            self._empty_log()  # what the tables held before is not left beside the file
            return True

    def take_for(self, tables: Iterable[Table]) -> None:
        """Read these tables as they should be laid out, without making or dropping any: to examine a file."""
        with self._lock:
            self._layouts = _layouts(tables)

    def layout(self, table: Table) -> _Layout:
        layout = self._layouts.get(table.name)
        if layout is None or (layout.table is not table and layout.table != table):
            raise ValueError(f"table {table.name} was not declared (or declared otherwise)")
        return layout

    def named(self, name: str) -> _Layout:
        """The layout of a table that was declared."""
        return self._layouts[name]

    @contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[_Writer]:
        """The one writer. Everything in it is committed together, or nothing if it raises.

        Raises `Busy` where another process has the tables for long, or, unless it may `wait`, `Taken` at once.
        """
        with self._lock:
            if self._writer is not None:
                raise RuntimeError("a transaction on the projections is open already in this thread")
            with self._seen.kept(), immediate(self._connection, self._path, wait=wait):
                self._seen.at(self._connection.execute("PRAGMA data_version").fetchone()[0])
                self._writer, self._writing_in = _Writer(self, self._connection, self._seen), threading.get_ident()
                try:
                    yield self._writer
                    self._writer.written()
                finally:
                    self._writer = self._writing_in = None

    def cursor(self) -> int:
        """How many entries were followed: the index of the next one. Waits for no transaction elsewhere."""
        if self._writing_in == threading.get_ident():
            return _cursor(self._connection)
        with translated(self._path):
            return _cursor(self._readers())

    def set_cursor(self, expected: int, new: int) -> None:
        """Compare and set, inside the open transaction or in one of its own. Raises `Conflict` when it was moved."""
        with self._lock:
            if self._writer is not None:
                self._writer.set_cursor(expected, new)
            else:
                with self.transaction() as tables:
                    tables.set_cursor(expected, new)

    def cleared(self) -> int:
        """The newest erasure (its entry) of whose text nothing is left in these tables; -1 for none."""
        return int(self._meta("cleared") or -1)

    def set_cleared(self, entry: int) -> None:
        """Remember that, beside the rows and apart from the dump."""
        with self._lock, immediate(self._connection, self._path):
            self._connection.execute(f"INSERT OR REPLACE INTO {META} VALUES ('cleared', ?)", (str(entry),))

    def emptied(self) -> bool:
        """Move what is written into the file and empty the log beside it; False where a reader keeps it."""
        return self._empty_log()

    def reader(self) -> Reader:
        """A reader that any thread may use; each look sees the newest commit."""
        return _PerThreadReader(self)

    def rows(self) -> _Reading:
        """This thread's reading connection."""
        return _Reading(self, self._path, self._readers)

    @contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """A reader that sees one state throughout, on a connection of its own."""
        connection = connect(self._path)
        try:
            with translated(self._path):
                _add_functions(connection)
                connection.execute("BEGIN")
                connection.execute(f"SELECT count(*) FROM {META}").fetchone()
                yield _Rows(self, connection)
        finally:
            connection.close()

    def drop_all(self) -> None:
        """Drop every table and put the cursor at 0; `declare` makes them again."""
        with self._lock, immediate(self._connection, self._path):
            self._seen.forget()
            self._drop()
            self._connection.execute(f"DELETE FROM {META} WHERE name = 'layout'")
        self._empty_log()

    @contextmanager
    def fresh(self) -> Iterator[SqliteTables]:
        """Empty tables, declared like these, in a file beside them; filled, they take the place of all these at once.

        If anything raises, or the process is killed, these stay as they were. Readers, here and in other processes,
        see the old state until they see the new one. Raises `Busy` while another process is at the same.
        """
        draft = self._path.with_name(self._path.name + ".new")
        with _only_one(self._path.parent), _no_file(draft):
            built = SqliteTables(draft)
            try:
                built.declare([layout.table for layout in self._layouts.values()])
                yield built
                self._become(built)
            finally:
                built.close()

    def _become(self, built: SqliteTables) -> None:
        """Copy another file over this one, in one transaction."""
        with self._lock, translated(self._path):
            if self._writer is not None:
                raise RuntimeError("a transaction on the projections is open in this thread")
            self._seen.forget()
            built._connection.backup(self._connection)
        self._empty_log()

    def dump(self) -> bytes:
        """Every row of every table in one canonical form (RFC 8785): tables by name, rows by key."""
        with self.snapshot() as reader:
            tables = []
            for name in sorted(self._layouts):
                rows = reader.select(self._layouts[name].table)
                tables.append(canonical(name) + b":[" + b",".join(map(canonical, rows)) + b"]")
        return b"{" + b",".join(tables) + b"}"

    def close(self) -> None:
        self._readers.close()
        with self._lock, suppress(sqlite3.Error):
            self._empty_log()
            self._connection.close()

    def _empty_log(self) -> bool:
        """Move the write-ahead log into the file and empty it, unless a reader needs it still; says whether it did."""
        kept = 1
        with self._lock, suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout=250")
            try:
                kept = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                self._connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        return not kept

    def _meta(self, name: str) -> str | None:
        with translated(self._path):
            row = self._connection.execute(f"SELECT value FROM {META} WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _drop(self) -> None:
        names = self._connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != ? AND name NOT LIKE 'sqlite_%'", (META,)
        ).fetchall()
        for (name,) in names:
            self._connection.execute(f'DROP TABLE "{name}"')
        self._connection.execute(f"DELETE FROM {META} WHERE name = 'cursor'")


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Keep other processes from laying out the same folder's projections at the same time."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(f"the projections in {folder} are being rebuilt by another process; wait for it") from error
        yield
    finally:
        os.close(handle)


@contextmanager
def _no_file(path: Path) -> Iterator[None]:
    """See to it that a database file is neither left from before nor left behind."""
    beside = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    try:
        for file in beside:
            file.unlink(missing_ok=True)
        yield
    finally:
        for file in beside:
            file.unlink(missing_ok=True)


def _cursor(connection: sqlite3.Connection) -> int:
    row = connection.execute(f"SELECT value FROM {META} WHERE name = 'cursor'").fetchone()
    return int(row[0]) if row else 0


def _where(table: Table, where: Where) -> tuple[str, list[Any]]:
    """The WHERE clause of a query and its values."""
    terms: list[str] = []
    values: list[Any] = []
    for name, want in where.items():
        term, bound = _term(column(table, name), table.columns[name], want)
        terms.append(term)
        values += bound
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), values


def _term(name: str, kind: str, want: Any) -> tuple[str, list[Any]]:
    quoted = f'"{name}"'
    if not isinstance(want, tuple):
        return (f"{quoted} IS NULL", []) if want is None else (f"{quoted} = ?", [bound(kind, want)])
    op, value = want
    if op in COMPARE:
        return f"{quoted} {op} ?", [bound(kind, value)]
    if op == "!=":
        return f"{quoted} IS NOT ?", [bound(kind, value)]
    if op == "between":
        return f"({quoted} >= ? AND {quoted} < ?)", [bound(kind, value[0]), bound(kind, value[1])]
    if op == "in":
        return _within(quoted, kind, list(value))
    if op == "prefix":
        return _prefix(quoted, kind, value)
    if op == "contains":
        return f"weal_contains({quoted}, ?, {int(kind == 'json')})", [value]
    raise no_comparison(op)


def _within(quoted: str, kind: str, values: list[Any]) -> tuple[str, list[Any]]:
    wanted = [bound(kind, value) for value in values if value is not None]
    null = f" OR {quoted} IS NULL" if None in values else ""
    if len(wanted) > _PARAMETERS_MAX:
        plain = [int(value) if isinstance(value, bool) else value for value in wanted]
        return f"({quoted} IN (SELECT value FROM json_each(?)){null})", [encode(plain)]
    return f"({quoted} IN ({', '.join('?' * len(wanted))}){null})", wanted


def _prefix(quoted: str, kind: str, prefix: str) -> tuple[str, list[Any]]:
    """A range, so that an index serves it; text only ever compares by code point."""
    if kind != "text":
        return f"weal_prefix({quoted}, ?, {int(kind == 'json')})", [prefix]
    end = after(prefix)
    return (f"{quoted} >= ?", [prefix]) if end is None else (f"({quoted} >= ? AND {quoted} < ?)", [prefix, end])


def _add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("weal_contains", 3, _contains, deterministic=True)
    connection.create_function("weal_prefix", 3, _starts, deterministic=True)


def _plain(value: Any, is_json: int) -> Any:
    return decode(value) if is_json and value is not None else value


def _contains(value: Any, part: str, is_json: int) -> bool:
    return contains(_plain(value, is_json), part)


def _starts(value: Any, part: str, is_json: int) -> bool:
    return begins(_plain(value, is_json), part)
