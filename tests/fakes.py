"""Fakes for tests: an in-memory implementation of the `Tables` port."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from commonweal.kernel.record.tables import Row, Table, Where, added_rows, rows_of

_OPS = {
    "<": lambda a, b: a is not None and a < b,
    "<=": lambda a, b: a is not None and a <= b,
    ">": lambda a, b: a is not None and a > b,
    ">=": lambda a, b: a is not None and a >= b,
    "!=": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "between": lambda a, b: a is not None and b[0] <= a < b[1],
    "prefix": lambda a, b: a is not None and str(a).startswith(b),
    "contains": lambda a, b: a is not None and b.lower() in str(a).lower(),
}


def _matches(row: Row, where: Where) -> bool:
    for column, want in where.items():
        if isinstance(want, tuple):
            if not _OPS[want[0]](row[column], want[1]):
                return False
        elif row[column] != want:
            return False
    return True


_UNCHANGING = frozenset({str, int, float, bool, type(None)})


def _copied(value: Any) -> Any:
    """A copy that shares nothing that could change."""
    if isinstance(value, dict):
        return {key: item if type(item) in _UNCHANGING else _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [item if type(item) in _UNCHANGING else _copied(item) for item in value]
    return value if value is None or isinstance(value, str | int | float) else copy.deepcopy(value)


_key = itemgetter(0)


class MemoryTables:
    """Rows in dictionaries; the same answers as the SQLite engine, without the file."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[tuple[Any, ...], Row]] = {}

    def _of(self, table: Table) -> dict[tuple[Any, ...], Row]:
        return self._rows.setdefault(table.name, {})

    def get(self, table: Table, *key: Any) -> Row | None:
        return _copied(self._of(table).get(key))

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
        rows = self._of(table).items()
        found = [row for _, row in sorted(((key, row) for key, row in rows if _matches(row, where or {})), key=_key)]
        for name in reversed(order):
            column = name.removeprefix("-")
            found.sort(key=lambda row: (row[column] is not None, row[column]), reverse=name.startswith("-"))
        end = None if limit < 0 else offset + limit
        return [_copied({name: row[name] for name in only} if only else row) for row in found[offset:end]]

    def count(self, table: Table, where: Where | None = None) -> int:
        return sum(_matches(row, where or {}) for row in self._of(table).values())

    def put(self, table: Table, *rows: Row) -> None:
        for row in rows:
            missing = set(table.columns) ^ set(row)
            assert not missing, f"{table.name}: columns differ by {missing}"
            self._of(table)[tuple(row[name] for name in table.key)] = _copied(row)

    def put_many(self, table: Table, rows: Iterable[Row]) -> None:
        self.put(table, *rows)

    def put_columns(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self.put(table, *rows_of(table, columns))

    def add(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self.put(table, *added_rows(table, columns, self.get))

    def delete(self, table: Table, *key: Any) -> None:
        self._of(table).pop(key, None)
