"""Tables in memory, for what is followed and thrown away: a rule tried out on a record, an exercise, a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .tables import Row, Table, Where, added_rows, rows_of

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "!=": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "between": lambda a, b: b[0] <= a < b[1],
    "prefix": lambda a, b: str(a).startswith(b),
    "contains": lambda a, b: b in str(a),
}


class MemoryTables:
    """The port `Tables` over dictionaries. Rows handed out are copies of their own; nested values are shared.

    Rows that share their first key column are kept together, and a condition that names it looks no further.
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[Any, dict[tuple[Any, ...], Row]]] = {}

    def get(self, table: Table, *key: Any) -> Row | None:
        found = self._rows.get(table.name, {}).get(key[0], {}).get(key)
        return dict(found) if found is not None else None

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
        found = [(key, row) for key, row in self._candidates(table, where or {}) if _matches(row, where or {})]
        found.sort(key=lambda item: item[0])
        for name in reversed(order):
            column = name.removeprefix("-")
            found.sort(key=lambda item: (item[1][column] is not None, item[1][column]), reverse=name.startswith("-"))
        end = None if limit < 0 else offset + limit
        return [{name: row[name] for name in only or row} for _, row in found[offset:end]]

    def _candidates(self, table: Table, where: Where) -> list[tuple[tuple[Any, ...], Row]]:
        groups = self._rows.get(table.name, {})
        first = where.get(table.key[0])
        if isinstance(first, tuple) and first[0] == "in":
            kept = [groups[name] for name in first[1] if name in groups]
        elif first is not None and not isinstance(first, tuple):
            kept = [groups[first]] if first in groups else []
        else:
            kept = list(groups.values())
        return [item for group in kept for item in group.items()]

    def count(self, table: Table, where: Where | None = None) -> int:
        return sum(1 for _, row in self._candidates(table, where or {}) if _matches(row, where or {}))

    def put(self, table: Table, *rows: Row) -> None:
        groups = self._rows.setdefault(table.name, {})
        for row in rows:
            key = tuple(row[name] for name in table.key)
            groups.setdefault(key[0], {})[key] = dict(row)

    def put_many(self, table: Table, rows: Iterable[Row]) -> None:
        self.put(table, *rows)

    def put_columns(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self.put(table, *rows_of(table, columns))

    def add(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self.put(table, *added_rows(table, columns, self.get))

    def delete(self, table: Table, *key: Any) -> None:
        self._rows.get(table.name, {}).get(key[0], {}).pop(key, None)


def _matches(row: Row, where: Where) -> bool:
    for column, wanted in where.items():
        have = row[column]
        if isinstance(wanted, tuple):
            if have is None or not _TESTS[wanted[0]](have, wanted[1]):
                return False
        elif have != wanted:
            return False
    return True
