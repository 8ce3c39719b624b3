"""Projections: what the record says, laid out to be looked up.

A projection can be dropped and rebuilt from the record to an equal dump. Rooms declare `Table`s; an engine stores
them. Rows are plain dictionaries with one value per declared column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Column = Literal["text", "integer", "real", "json"]
Row = dict[str, Any]
Where = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """One projection table: `columns` by name and type, a unique `key`, and the `indexes` its queries need.

    Two instruments may not declare the same name; prefix it with the room or instrument, e.g. `obligations_duty`.
    """

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = field(default=())


class Reader(Protocol):
    """Read access to projections.

    `where` maps a column to a value (equality; None means is null) or to a pair `(op, value)` with op one of
    `< <= > >= != in prefix contains`. `order` names columns, `-name` for descending; rows are otherwise in key order.
    """

    def get(self, table: Table, *key: Any) -> Row | None: ...

    def select(
        self, table: Table, where: Where | None = None, *, order: Sequence[str] = (), limit: int = -1, offset: int = 0
    ) -> list[Row]: ...

    def count(self, table: Table, where: Where | None = None) -> int: ...


class Tables(Reader, Protocol):
    """Write access: only from inside the follower's transaction. `put` replaces the row with the same key."""

    def put(self, table: Table, *rows: Row) -> None: ...

    def put_many(self, table: Table, rows: Iterable[Row]) -> None: ...

    def delete(self, table: Table, *key: Any) -> None: ...
