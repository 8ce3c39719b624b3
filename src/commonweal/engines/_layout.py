"""What every engine's projections share: a declared table read for mistakes, rows to values and back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, Self

import msgspec

from commonweal.kernel.record.tables import Row, Table

META = "weal_meta"
LAID_OUT = 2
"""How entries are laid out in tables: a change that no table's columns show, as what is left out of one. It lays all of
them out anew, so that what an earlier release wrote there is gone."""
COMPARE = {"<", "<=", ">", ">="}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
decode = msgspec.json.Decoder().decode
_fast = msgspec.json.Encoder(order="deterministic").encode
_strict = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def encode(value: Any) -> str:
    """A JSON value as text, the same for equal values. Raises `ValueError` for a number that is not finite.

    The fast encoder would write such a number as null, so what holds a null is written by the strict one, and so is
    what the fast one refuses.
    """
    try:
        text = _fast(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return _strict(value)
    return _strict(value) if b"null" in text else text.decode()


class Shape:
    """One declared table. Raises `ValueError` for names that cannot be and keys or indexes without a column."""

    def __init__(self, table: Table) -> None:
        for name in (table.name, *table.columns):
            if not _NAME.fullmatch(name):
                want = "a name like obligations_duty (lower-case letters, digits, _)"
                raise ValueError(f"{table.name}: {name!r} is not {want}")
        strangers = {*table.key, *(name for index in table.indexes for name in index)} - set(table.columns)
        if strangers or not table.key:
            raise ValueError(f"{table.name}: key and indexes name unknown columns {sorted(strangers)}")
        if table.lies and sorted(table.lies) != sorted(table.key):
            raise ValueError(f"{table.name}: its rows lie by {table.lies}, which is not its key {table.key}")
        self.table = table
        self.lies = ", ".join(f'"{name}"' for name in table.lies or table.key)
        self.key_order = ", ".join(f'"{name}"' for name in table.key)
        self.key_at = tuple(list(table.columns).index(name) for name in table.key)
        self._see(tuple(table.columns))
        self._parts: dict[tuple[str, ...], Self] = {}

    def _see(self, columns: tuple[str, ...]) -> None:
        self.columns, self.named = columns, frozenset(columns)
        self.kinds = tuple(self.table.columns[column(self.table, name)] for name in columns)
        self.json = frozenset(at for at, kind in enumerate(self.kinds) if kind == "json")
        self.text = frozenset(at for at, kind in enumerate(self.kinds) if kind == "text")
        self.names = ", ".join(f'"{name}"' for name in columns)

    def of(self, only: Sequence[str]) -> Self:
        """The same table seen by some of its columns (all, where none is named). Raises `ValueError` for a stranger."""
        if not only:
            return self
        asked = tuple(only)
        if asked not in self._parts:
            part = copy(self)
            part._see(asked)
            self._parts[asked] = part
        return self._parts[asked]

    def adding(self, into: str, numbers: Sequence[str], place: str) -> str:
        """The statement that adds to these columns of a table, which takes the key's values and then theirs."""
        names = [f'"{name}"' for name in (*self.table.key, *numbers)]
        sums = (f"{name} = coalesce(now.{name}, 0) + excluded.{name}" for name in names[len(self.table.key) :])
        return (
            f"INSERT INTO {into} AS now ({', '.join(names)}) VALUES ({', '.join([place] * len(names))}) "
            f"ON CONFLICT ({self.key_order}) DO UPDATE SET {', '.join(sums)}"
        )

    def values(self, row: Row) -> list[Any]:
        """The row's values in the order of the columns. Raises `ValueError` where it has other columns."""
        if row.keys() != self.named:
            raise ValueError(f"{self.table.name}: columns differ by {sorted(set(row) ^ set(self.columns))}")
        values = [row[name] for name in self.columns]
        for at in self.json:
            if values[at] is not None:
                values[at] = encode(values[at])
        return values

    def row(self, values: Sequence[Any]) -> Row:
        row = dict(zip(self.columns, values, strict=True))
        for at in self.json:
            if values[at] is not None:
                row[self.columns[at]] = decode(values[at])
        return row


def shapes_of(tables: Iterable[Table]) -> dict[str, Table]:
    """Tables by name. Raises `ValueError` where two have one name."""
    found: dict[str, Table] = {}
    for table in tables:
        if table.name in found or table.name == META:
            raise ValueError(f"two tables are named {table.name}; prefix one with its room or instrument")
        found[table.name] = table
    return found


def mark_of(statements: Iterable[str]) -> str:
    """By what it is known that tables are made by these statements and laid out as this release does."""
    return hashlib.sha256("\n".join([*sorted(statements), f"-- laid out {LAID_OUT}"]).encode()).hexdigest()


def column(table: Table, name: str) -> str:
    """The name, if the table has such a column. Raises `ValueError`."""
    if name not in table.columns:
        raise ValueError(f"{table.name} has no column {name!r}; it has {', '.join(table.columns)}")
    return name


def no_comparison(op: object) -> ValueError:
    return ValueError(f"{op!r} is no comparison; there are < <= > >= != in between prefix contains")


def after(prefix: str) -> str | None:
    """The least text that comes after every text with this prefix; None if there is none."""
    head = prefix.rstrip("\U0010ffff")
    if not head:
        return None
    following = ord(head[-1]) + 1
    return head[:-1] + chr(0xE000 if following == 0xD800 else following)


def bound(kind: str, value: Any) -> Any:
    """A value to compare a column with, as the column keeps it."""
    return encode(value) if kind == "json" and value is not None else value


def contains(value: Any, part: str) -> bool:
    """Whether a value, written out, holds a text; large and small letters are the same."""
    return value is not None and part.lower() in str(value).lower()


def begins(value: Any, part: str) -> bool:
    """Whether a value, written out, begins with a text."""
    return value is not None and str(value).startswith(part)
