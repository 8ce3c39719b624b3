"""Projections: what the record says, laid out to be looked up.

A projection can be dropped and rebuilt from the record to an equal dump. Rooms declare `Table`s; an engine stores
them. Rows are plain dictionaries with one value per declared column.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from commonweal.kernel.values import Busy

from .entries import Act

Column = Literal["text", "integer", "real", "json"]
Row = dict[str, Any]
Where = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """One projection table: `columns` by name and type, a unique `key`, and the `indexes` its queries need.

    Rows lie in the order of the key, or of its columns as `lies` names them: what is written together lies together.
    Two instruments may not declare the same name; prefix it with the room or instrument, e.g. `obligations_duty`.
    """

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = field(default=())
    lies: tuple[str, ...] = ()


class Reader(Protocol):
    """Read access to projections.

    `where` maps a column to a value (equality; None means is null) or to a pair `(op, value)` with op one of
    `< <= > >= != in between prefix contains`; between takes `(least, end)`, and the end is outside. `order` names
    columns, `-name` for descending; rows are otherwise in key order. `only` names the columns that rows shall have:
    what is not named is not read either.
    """

    def get(self, table: Table, *key: Any) -> Row | None: ...

    def select(
        self,
        table: Table,
        where: Where | None = None,
        *,
        order: Sequence[str] = (),
        limit: int = -1,
        offset: int = 0,
        only: Sequence[str] = (),
    ) -> list[Row]: ...

    def count(self, table: Table, where: Where | None = None) -> int: ...


class Relaying(ABC):
    """A reader that passes each question on to another: to whichever `_now` names when it is asked."""

    def get(self, table: Table, *key: Any) -> Row | None:
        return self._now().get(table, *key)

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
        return self._now().select(table, where, order=order, limit=limit, offset=offset, only=only)

    def count(self, table: Table, where: Where | None = None) -> int:
        return self._now().count(table, where)

    @abstractmethod
    def _now(self) -> Reader: ...


class CaughtUp(Relaying):
    """A reader that has the tables brought up to the record when it is first asked, and not before.

    Checks get it: most filings are found sound without a look at any table, and those need not wait until what came
    before them is followed. `new` names a subject of which the record says nothing yet: no row's key begins with it,
    and none is about it (column `subject`).
    """

    def __init__(self, reader: Reader, follow: Callable[[], object], new: str | None = None) -> None:
        self._reader, self._follow, self._there, self._new = reader, follow, False, new

    def get(self, table: Table, *key: Any) -> Row | None:
        if self._new is not None and key[0] == self._new:
            return None
        return super().get(table, *key)

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
        if self._new is not None and (where or {}).get("subject") == self._new:
            return []
        return super().select(table, where, order=order, limit=limit, offset=offset, only=only)

    def _now(self) -> Reader:
        if not self._there:
            self._follow()
            self._there = True
        return self._reader


class Tables(Reader, Protocol):
    """Write access: only from inside the follower's transaction. `put` replaces the row with the same key."""

    def put(self, table: Table, *rows: Row) -> None: ...

    def put_many(self, table: Table, rows: Iterable[Row]) -> None: ...

    def put_columns(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        """The same for many rows given by columns of one length, every column of the table among them and none JSON.

        Raises `ValueError` where the columns differ.
        """

    def add(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        """Add to whole numbers of many rows, given by columns of one length: the key, each once, and what is added.

        Null counts as 0, and a row that is not there is begun, with null in every other column. Raises `ValueError`
        where a column of the key is missing, or another holds no whole numbers.
        """

    def delete(self, table: Table, *key: Any) -> None: ...


class Taken(Busy):
    """Another has the tables to write to, and whoever asked would not wait; nothing was written."""


class Partly(list[Act]):
    """What follows from a part of an entry: whoever gives it is asked for the next part, perhaps in a transaction of
    its own, until what it gives is no `Partly`."""


def by_columns(table: Table, columns: Mapping[str, Iterable[Any]]) -> Iterable[tuple[Any, ...]]:
    """Values by row, in the order of the table's columns. Raises `ValueError` where the columns differ or are JSON."""
    strangers = set(columns) ^ set(table.columns) | {name for name, kind in table.columns.items() if kind == "json"}
    if strangers:
        raise ValueError(f"{table.name}: columns differ by {sorted(strangers)}")
    return zip(*(columns[name] for name in table.columns), strict=True)


def added(table: Table, columns: Mapping[str, Iterable[Any]]) -> tuple[str, ...]:
    """The columns that numbers are added to. Raises `ValueError` where the key is not whole or one holds no numbers."""
    names = tuple(name for name in columns if name not in table.key)
    wrong = {*table.key} - {*columns} | {name for name in names if table.columns.get(name) != "integer"}
    if wrong or not names:
        raise ValueError(f"{table.name}: nothing can be added by {sorted(wrong)}")
    return names


def added_rows(table: Table, columns: Mapping[str, Iterable[Any]], get: Callable[..., Row | None]) -> Iterable[Row]:
    """The rows as they are once numbers were added, for a store of rows; `get` reads one. Raises like `added`."""
    names = added(table, columns)
    for values in zip(*(columns[name] for name in (*table.key, *names)), strict=True):
        key, numbers = values[: len(table.key)], values[len(table.key) :]
        before = get(table, *key) or {**dict.fromkeys(table.columns), **dict(zip(table.key, key, strict=True))}
        yield {**before, **{name: (before[name] or 0) + number for name, number in zip(names, numbers, strict=True)}}


def rows_of(table: Table, columns: Mapping[str, Iterable[Any]]) -> Iterable[Row]:
    """Rows that are given by columns. Raises like `by_columns`."""
    return (dict(zip(table.columns, values, strict=True)) for values in by_columns(table, columns))


class Following(Tables, Protocol):
    """The follower's transaction: rows and the cursor are committed together."""

    def part(self) -> AbstractContextManager[None]:
        """A part of the transaction that can fail on its own: when it raises, only what it wrote is undone."""

    def cursor(self) -> int: ...

    def set_cursor(self, expected: int, new: int) -> None:
        """Move the cursor. Raises `Conflict` where another follower moved it."""


class TablesStore(Protocol):
    """Projections as an engine keeps them: one writer over all processes, any number of readers."""

    def declare(self, tables: Iterable[Table]) -> bool:
        """Make the tables that there shall be. True if they were laid out anew, with the cursor at 0."""

    def transaction(self, *, wait: bool = True) -> AbstractContextManager[Following]:
        """The one writer. Everything in it is committed together, or nothing if it raises.

        Raises `Busy` where others have the tables for long, or, unless it may `wait`, `Taken` at once.
        """

    def cursor(self) -> int:
        """How many entries were followed: the index of the next one."""

    def set_cursor(self, expected: int, new: int) -> None:
        """Compare and set, inside the open transaction or in one of its own."""

    def reader(self) -> Reader:
        """A reader that any thread may use; each look sees the newest commit."""

    def snapshot(self) -> AbstractContextManager[Reader]:
        """A reader that sees one state throughout."""

    def drop_all(self) -> None:
        """Drop every table and put the cursor at 0; `declare` makes them again."""

    def cleared(self) -> int:
        """The newest erasure (its entry) of whose text nothing is left in these tables; -1 for none."""

    def set_cleared(self, entry: int) -> None:
        """Remember that. It is kept with the rows, and is no part of the dump."""

    def emptied(self) -> bool:
        """Rid the files of rows that were deleted or replaced; False where a reader keeps them for now."""

    def fresh(self) -> AbstractContextManager[TablesStore]:
        """Empty tables, declared like these, that take their place at once when the block ends well."""

    def dump(self) -> bytes:
        """Every row of every table in one canonical form (RFC 8785)."""

    def close(self) -> None: ...
