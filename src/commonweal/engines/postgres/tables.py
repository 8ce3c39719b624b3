"""Projections in PostgreSQL: what the record says, laid out to be looked up, in a schema that can be dropped.

Rows and the follower's cursor commit together. A transaction holds the lock `follower`, so of all processes exactly one
follows at a time; the next in line takes over when that transaction ends, however it ends. Text compares by code point
whatever the database's collation, and nulls come first, so that every engine gives the same answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from commonweal.kernel.record.tables import Reader, Row, Table, Where, added, rows_of
from commonweal.kernel.values import Busy, Conflict, canonical

from .._layout import COMPARE, META, Shape, after, begins, bound, column, contains, mark_of, no_comparison, shapes_of
from ._database import Database, kept, read

LOOKED_THROUGH = 1_000
_SQL_TYPES = {"text": 'TEXT COLLATE "C"', "integer": "BIGINT", "real": "DOUBLE PRECISION", "json": 'TEXT COLLATE "C"'}
_ARRAYS = {"text": "text[]", "integer": "bigint[]", "real": "float8[]", "json": "text[]"}
# Two characters have small letters in ASCII; with them put in beforehand, the server's own rule gives Python's answer.
_LOWER = "lower(replace(replace({0}, '\u212a', 'k'), '\u0130', 'i\u0307') COLLATE \"C\")"

_Test = Callable[[Row], bool]


class _Layout(Shape):
    """The statements of one table in a schema, made once."""

    def __init__(self, table: Table, schema: str) -> None:
        super().__init__(table)
        self.schema_name = schema
        self.name = f'"{schema}"."{table.name}"'
        key = " AND ".join(f'"{name}" = %s' for name in table.key)
        rest = [name for name in self.columns if name not in table.key]
        update = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
        self.get = f"SELECT {self.names} FROM {self.name} WHERE {key}"
        self.put = (
            f"INSERT INTO {self.name} ({self.names}) VALUES ({', '.join(['%s'] * len(self.columns))}) "
            f"ON CONFLICT ({self.key_order}) DO {f'UPDATE SET {update}' if update else 'NOTHING'}"
        )
        self.delete = f"DELETE FROM {self.name} WHERE {key}"

    def schema(self) -> list[str]:
        table = self.table
        columns = [
            f'"{name}" {_SQL_TYPES[kind]}' + (" NOT NULL" if name in table.key else "")
            for name, kind in table.columns.items()
        ]
        made = [f"CREATE TABLE {self.name} ({', '.join(columns)}, PRIMARY KEY ({self.lies}))"]
        for number, index in enumerate(table.indexes):
            names = ", ".join(f'"{name}"' + ("" if name in table.key else " NULLS FIRST") for name in index)
            made.append(f'CREATE INDEX "{table.name}_{number}" ON {self.name} ({names})')
        return made

    def values(self, row: Row) -> list[Any]:
        return [_plain(kind, value) for kind, value in zip(self.kinds, super().values(row), strict=True)]

    def key(self, key: Sequence[Any]) -> list[Any]:
        return [_plain(self.table.columns[name], value) for name, value in zip(self.table.key, key, strict=True)]

    def row(self, values: Sequence[Any]) -> Row:
        row = super().row(values)
        for at in self.text:
            if (value := row[self.columns[at]]) is not None and "\x01" in value:
                row[self.columns[at]] = read(value)
        return row


class _Rows:
    """Reading with one way to ask (`Reader`)."""

    def __init__(self, owner: PostgresTables, ask: Callable[[str, Sequence[Any]], Sequence[Any]]) -> None:
        self._owner, self._ask = owner, ask

    def get(self, table: Table, *key: Any) -> Row | None:
        layout = self._owner.layout(table)
        rows = self._ask(layout.get, layout.key(key))
        return layout.row(rows[0]) if rows else None

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
        layout = self._owner.layout(table)
        clause, values, tests = _where(table, where or {})
        part = layout.of(() if tests else only)
        terms = [f'"{column(table, name.removeprefix("-"))}"{_direction(name)}' for name in order]
        sql = f"SELECT {part.names} FROM {layout.name}{clause} ORDER BY {', '.join([*terms, layout.key_order])}"
        if not tests and (limit >= 0 or offset):
            sql += " LIMIT %s OFFSET %s"
            values += [limit if limit >= 0 else None, offset]
        rows = [part.row(row) for row in self._ask(sql, values)]
        if not tests:
            return rows
        found = [row for row in rows if all(test(row) for test in tests)]
        found = [{name: row[name] for name in only} for row in found] if only else found
        return found[offset : None if limit < 0 else offset + limit]

    def count(self, table: Table, where: Where | None = None) -> int:
        layout = self._owner.layout(table)
        clause, values, tests = _where(table, where or {})
        if tests:
            return len(self.select(table, where))
        return int(self._ask(f"SELECT count(*) FROM {layout.name}{clause}", values)[0][0])


class _Writer(_Rows):
    """Reading and writing inside the follower's transaction (`Tables`)."""

    def __init__(self, owner: PostgresTables, connection: Connection) -> None:
        super().__init__(owner, lambda sql, values: connection.exec_driver_sql(sql, tuple(values)).fetchall())
        self._connection = connection
        self._parts: list[bool] = []
        self._known: dict[tuple[Any, ...], tuple[Any, ...] | None] = {}

    def get(self, table: Table, *key: Any) -> Row | None:
        """As a reader's, but asked of the server once: nobody else writes as long as this transaction lasts."""
        layout = self._owner.layout(table)
        name = (table.name, *layout.key(key))
        if name not in self._known:
            rows = self._ask(layout.get, name[1:])
            self._known[name] = tuple(rows[0]) if rows else None
        values = self._known[name]
        return None if values is None else layout.row(values)

    def put(self, table: Table, *rows: Row) -> None:
        self.put_many(table, rows)

    def put_many(self, table: Table, rows: Iterable[Row]) -> None:
        layout = self._owner.layout(table)
        values = [tuple(layout.values(row)) for row in rows]
        if values:
            self._mark()
            self._connection.exec_driver_sql(layout.put, values if len(values) > 1 else values[0])
            for row in values:
                self._known[(table.name, *(row[at] for at in layout.key_at))] = row

    def put_columns(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self.put_many(table, rows_of(table, columns))

    def add(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        layout, numbers, keys = self._owner.layout(table), added(table, columns), len(table.key)
        rows = zip(*(columns[name] for name in (*table.key, *numbers)), strict=True)
        values = [(*layout.key(row[:keys]), *row[keys:]) for row in rows]
        if values:
            self._mark()
            self._connection.exec_driver_sql(layout.adding(layout.name, numbers, "%s"), values)
            for row in values:
                self._known.pop((table.name, *row[:keys]), None)

    def delete(self, table: Table, *key: Any) -> None:
        layout = self._owner.layout(table)
        name = (table.name, *layout.key(key))
        self._mark()
        self._connection.exec_driver_sql(layout.delete, name[1:])
        self._known[name] = None

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that can fail on its own: when it raises, only what it wrote is undone.

        The server is told of it only when something is written: most parts write nothing.
        """
        self._parts.append(False)
        name = f"part_{len(self._parts)}"
        try:
            yield
        except BaseException:
            self._known.clear()
            if self._parts[-1]:
                self._connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        finally:
            if self._parts.pop():
                self._connection.exec_driver_sql(f"RELEASE SAVEPOINT {name}")

    def _mark(self) -> None:
        """Begin on the server whatever parts were begun here, since something is about to be written."""
        for number, begun in enumerate(self._parts):
            if not begun:
                self._connection.exec_driver_sql(f"SAVEPOINT part_{number + 1}")
                self._parts[number] = True

    def cursor(self) -> int:
        found = self._ask(self._owner.meta_query, ("cursor",))
        return int(found[0][0]) if found else 0

    def set_cursor(self, expected: int, new: int) -> None:
        """Move the cursor with the rows. Raises `Conflict` where another follower moved it, which undoes the rows."""
        found = self.cursor()
        if found != expected:
            raise Conflict(f"another process followed the record from {expected} to {found}; start again from there")
        self._connection.exec_driver_sql(self._owner.meta_put, ("cursor", str(new)))


class PostgresTables:
    """Projections in a schema of their own.

    `declare` first; write inside `with transaction() as tables`, reading and moving the cursor there too; read
    elsewhere through `reader()` or, for several looks at one state, `with snapshot() as reader`.
    """

    def __init__(self, database: Database, schema: str = "") -> None:
        self._database = database
        self._schema = schema or f"{database.schema}_tables"
        meta = f'"{self._schema}"."{META}"'
        self.meta_query = f"SELECT value FROM {meta} WHERE name = %s"
        self.meta_put = f"INSERT INTO {meta} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self._meta_delete = f"DELETE FROM {meta} WHERE name = %s"
        self._lock = threading.RLock()
        self._layouts: dict[str, _Layout] = {}
        self._writer: _Writer | None = None
        self._writing_in: int | None = None
        self._closed = False
        database.layout(
            self._schema,
            f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"; '
            f"CREATE TABLE IF NOT EXISTS {meta} (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        )

    def declare(self, tables: Iterable[Table]) -> bool:
        """Make the tables that there shall be. True if they were laid out anew, with the cursor at 0.

        That happens when any table is new, gone or different: what it should hold can only come from the record.
        """
        layouts = {name: _Layout(table, self._schema) for name, table in shapes_of(tables).items()}
        wanted = mark_of(sql for layout in layouts.values() for sql in layout.schema())
        with self._lock:
            self._layouts = layouts
            if self._meta("layout") == wanted:
                return False
            with self._begin() as connection:
                found = connection.exec_driver_sql(self.meta_query, ("layout",)).scalar()
                if found == wanted:  # another process was here first
                    return False
                self._drop(connection)
                for layout in layouts.values():
                    for sql in layout.schema():
                        connection.exec_driver_sql(sql)
                connection.exec_driver_sql(self.meta_put, ("layout", wanted))
            return True

    def layout(self, table: Table) -> _Layout:
        layout = self._layouts.get(table.name)
        if layout is None or (layout.table is not table and layout.table != table):
            raise ValueError(f"table {table.name} was not declared (or declared otherwise)")
        return layout

    @contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[_Writer]:
        """The one writer of all processes. Everything in it is committed together, or nothing if it raises.

        Raises `Busy` where another process has the tables for long, or, unless it may `wait`, `Taken` at once.
        """
        with self._lock:
            if self._writer is not None:
                raise RuntimeError("a transaction on the projections is open already in this thread")
            with self._begin(wait) as connection:
                self._writer, self._writing_in = _Writer(self, connection), threading.get_ident()
                try:
                    yield self._writer
                finally:
                    self._writer = self._writing_in = None

    def _begin(self, wait: bool = True) -> Any:
        self._check_open()
        return self._database.begin(f"follower of {self._schema}", wait=wait)

    def cursor(self) -> int:
        """How many entries were followed: the index of the next one. Waits for no transaction elsewhere."""
        if self._writer is not None and self._writing_in == threading.get_ident():
            return self._writer.cursor()
        return int(self._meta("cursor") or 0)

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
        with self._begin() as connection:
            connection.exec_driver_sql(self.meta_put, ("cleared", str(entry)))

    def emptied(self) -> bool:
        """Write the tables' files anew without the rows that were deleted; False where others keep them busy.

        What the server has archived of its own write-ahead log is beyond this.
        """
        self._check_open()
        return self._database.rewritten([layout.name for layout in self._layouts.values()])

    def reader(self) -> Reader:
        """A reader that any thread may use; each look sees the newest commit."""
        return _Rows(self, self._look)

    def _look(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        self._check_open()
        return self._database.rows(sql, *values)

    @contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """A reader that sees one state throughout, on a connection of its own."""
        self._check_open()
        with self._database.snapshot() as connection:
            yield _Rows(self, lambda sql, values: connection.exec_driver_sql(sql, tuple(values)).fetchall())

    def drop_all(self) -> None:
        """Drop every table and put the cursor at 0; `declare` makes them again."""
        with self._lock, self._begin() as connection:
            self._drop(connection)
            connection.exec_driver_sql(self._meta_delete, ("layout",))

    @contextmanager
    def fresh(self) -> Iterator[PostgresTables]:
        """Empty tables, declared like these, in a schema beside them; filled, they take the place of all these at once.

        If anything raises, or the process is killed, these stay as they were. Readers, here and in other processes,
        see the old state until they see the new one. Raises `Busy` while another process is at the same.
        """
        draft = f"{self._schema}_new"
        busy = f"the projections in schema {self._schema} are being rebuilt by another process; wait for it"
        with self._database.alone(f"rebuild of {self._schema}", busy):
            self._forget(draft)
            try:
                built = PostgresTables(self._database, draft)
                built.declare([layout.table for layout in self._layouts.values()])
                yield built
                self._become(built)
            finally:
                self._forget(draft)

    def _forget(self, draft: str) -> None:
        with self._database.begin() as connection:
            connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{draft}" CASCADE')
        self._database.forget(draft)

    def _become(self, built: PostgresTables) -> None:
        """Take over another schema's rows in one transaction. Whoever reads waits for nothing."""
        cursor = built.cursor()
        with self.transaction() as writer:
            run = writer._connection.exec_driver_sql
            for name, layout in self._layouts.items():
                run(f"DELETE FROM {layout.name}")
                run(
                    f"INSERT INTO {layout.name} ({layout.names}) SELECT {layout.names} FROM {built._layouts[name].name}"
                )
            run(self.meta_put, ("cursor", str(cursor)))
            run(self.meta_put, ("cleared", str(built.cleared())))

    def dump(self) -> bytes:
        """Every row of every table in one canonical form (RFC 8785): tables by name, rows by key."""
        with self.snapshot() as reader:
            tables = []
            for name in sorted(self._layouts):
                rows = reader.select(self._layouts[name].table)
                tables.append(canonical(name) + b":[" + b",".join(map(canonical, rows)) + b"]")
        return b"{" + b",".join(tables) + b"}"

    def close(self) -> None:
        """Take no more questions. The database stays open."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise Busy(f"the schema {self._schema} was closed")

    def _meta(self, name: str) -> str | None:
        self._check_open()
        row = self._database.one(self.meta_query, name)
        return row[0] if row else None

    def _drop(self, connection: Connection) -> None:
        names = connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> %s", (self._schema, META)
        ).fetchall()
        for (name,) in names:
            connection.exec_driver_sql(f'DROP TABLE "{self._schema}"."{name}"')
        connection.exec_driver_sql(self._meta_delete, ("cursor",))


def _direction(name: str) -> str:
    return " DESC NULLS LAST" if name[0] == "-" else " NULLS FIRST"


def _plain(kind: str, value: Any) -> Any:
    """A value as the server takes it for a column of this kind. Raises `ValueError` for one that it cannot hold.

    What the server would refuse is refused here: an error there would end the whole transaction.
    """
    if value is None:
        return None
    if kind in ("text", "json"):
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text")
        value.encode()
        return kept(value)
    if isinstance(value, str):
        raise ValueError(f"{value!r} is no number")
    if kind == "real":
        return float(value)
    if value != int(value) or not -(2**63) <= value < 2**63:
        raise ValueError(f"{value!r} is no whole number of 64 bits")
    return int(value)


def _where(table: Table, where: Where) -> tuple[str, list[Any], list[_Test]]:
    """The WHERE clause of a query, its values, and what remains to be tested here."""
    terms: list[str] = []
    values: list[Any] = []
    tests: list[_Test] = []
    for name, want in where.items():
        term, wanted, test = _term(column(table, name), table.columns[name], want)
        if term:
            terms.append(term)
            values += wanted
        if test:
            tests.append(test)
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), values, tests


def _term(name: str, kind: str, want: Any) -> tuple[str, list[Any], _Test | None]:
    quoted = f'"{name}"'
    if not isinstance(want, tuple):
        return (f"{quoted} IS NULL", [], None) if want is None else (f"{quoted} = %s", [_compared(kind, want)], None)
    op, value = want
    if op in COMPARE:
        return f"{quoted} {op} %s", [_compared(kind, value)], None
    if op == "!=":
        sort = _SQL_TYPES[kind].partition(" COLLATE")[0]
        return f"{quoted} IS DISTINCT FROM %s::{sort}", [_compared(kind, value)], None
    if op == "between":
        return f"({quoted} >= %s AND {quoted} < %s)", [_compared(kind, item) for item in value], None
    if op == "in":
        wanted = [_compared(kind, item) for item in value if item is not None]
        null = f" OR {quoted} IS NULL" if None in value else ""
        array = "float8[]" if any(isinstance(item, float) for item in wanted) else _ARRAYS[kind]
        return f"({quoted} = ANY(%s::{array}){null})", [wanted], None
    if op == "prefix":
        return _prefix(name, kind, value)
    if op == "contains":
        return _contains(name, kind, value)
    raise no_comparison(op)


def _compared(kind: str, value: Any) -> Any:
    """A value to compare a column with: whole columns may be compared with fractions."""
    value = bound(kind, value)
    if kind == "integer" and isinstance(value, float):
        return value
    return _plain(kind, value)


def _prefix(name: str, kind: str, prefix: str) -> tuple[str, list[Any], _Test | None]:
    """A range, so that an index serves it; text only ever compares by code point."""
    if kind != "text":
        return "", [], lambda row: begins(row[name], prefix)
    begin, end = kept(prefix), after(kept(prefix))
    if end is None:
        return f'"{name}" >= %s', [begin], None
    return f'("{name}" >= %s AND "{name}" < %s)', [begin, end], None


def _contains(name: str, kind: str, part: str) -> tuple[str, list[Any], _Test | None]:
    """Looked for by the server where its rule for small letters is Python's, which it is in ASCII; else here."""
    if kind == "text" and part.isascii() and "\x00" not in part and "\x01" not in part:
        return f"strpos({_LOWER.format(chr(34) + name + chr(34))}, %s) > 0", [part.lower()], None
    return "", [], lambda row: contains(row[name], part)
