"""A case replayed from the record: the room that runs cases live follows the same entries again, under their own clock.

Tables of the room are laid out anew in memory, so what is told here rests on the record alone; and each thing that the
room would record about the case is held against what was recorded.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.authority import Authority
from commonweal.kernel import disclosure, protocols
from commonweal.kernel.record import Act, Reader, Row, Table, added_rows, rows_of
from commonweal.kernel.values import NotFound, stamp

MOVES = ("case.opened", "case.advanced")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "in": lambda seen, wanted: seen in wanted, "between": lambda seen, wanted: wanted[0] <= seen < wanted[1],
    "prefix": lambda seen, wanted: str(seen).startswith(wanted),
    "contains": lambda seen, wanted: wanted in str(seen),
}  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A case after an entry moved it: where it stands (English names), and what the room said happened."""

    at: datetime
    entry: int
    kind: str
    state: str
    outcome: str
    steps: tuple[str, ...]
    items: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Replayed:
    """A case's states over time, and every way in which the record says something else (empty: it says the same)."""

    case: str
    moves: tuple[Moved, ...]
    differences: tuple[str, ...]


def replay_case(authority: Authority, case: str, until: datetime | None = None) -> Replayed:
    """Replay one case up to an instant (else to the end of the record). Raises `NotFound` where there is none."""
    authority.follow()
    protocols.find_case(authority.reader, case)
    room, tables = authority.protocols_room(), Scratch(authority.reader)
    made: dict[str, Act] = {}
    moves: list[Moved] = []
    recorded: dict[str, Mapping[str, Any]] = {}
    for index in range(authority.store.size()):
        entry = authority.entry(index)
        if until is not None and entry.time > until:
            break
        if entry.kind in MOVES and entry.body.get("case") == case:
            recorded[entry.key] = entry.body
        for act in room.follow(entry, tables):
            if act.kind in MOVES and act.body["case"] == case:
                made[act.key] = act
                moves.append(_moved(entry.time, index, entry.kind, act, tables))
    if not moves:
        raise NotFound("case", case, f"it was opened after {stamp(until)}" if until else "no entry opens it")
    return Replayed(case, tuple(moves), tuple(_differences(authority, made, recorded)))


def _moved(at: datetime, index: int, kind: str, act: Act, tables: Reader) -> Moved:
    steps = protocols.case(tables, act.body["case"]).playbook.steps
    standing = tuple(steps[step].name["en"] for step in act.body["steps"])
    return Moved(at, index, kind, act.body["state"], act.body["outcome"], standing, tuple(act.body["items"]))


def _differences(
    authority: Authority, made: Mapping[str, Act], recorded: Mapping[str, Mapping[str, Any]]
) -> Iterable[str]:
    for key, act in made.items():
        if key not in recorded:
            yield f"{key}: the replay would record this, and the record does not hold it"
        elif disclosure.validate(authority.kinds[act.kind], act.body) != dict(recorded[key]):
            yield f"{key}: the record says something else than the replay"
    for key in recorded:
        if key not in made:
            yield f"{key}: the record holds this, and the replay does not come to it"


class Scratch:
    """The tables of one room in memory. Tables that nothing was put into are read from `behind`."""

    def __init__(self, behind: Reader) -> None:
        self._behind, self._rows = behind, {table.name: dict[tuple[Any, ...], Row]() for table in protocols.TABLES}

    def get(self, table: Table, *key: Any) -> Row | None:
        if table.name not in self._rows:
            return self._behind.get(table, *key)
        found = self._rows[table.name].get(key)
        return dict(found) if found is not None else None

    def select(
        self,
        table: Table,
        where: Mapping[str, Any] | None = None,
        *,
        order: Sequence[str] = (),
        limit: int = -1,
        offset: int = 0,
        only: Sequence[str] = (),
    ) -> list[Row]:
        if table.name not in self._rows:
            return self._behind.select(table, where, order=order, limit=limit, offset=offset, only=only)
        rows = [dict(row) for _, row in sorted(self._rows[table.name].items()) if _meets(row, where or {})]
        for name in reversed(order):
            plain = name.removeprefix("-")
            rows.sort(key=lambda row, plain=plain: (row[plain] is not None, row[plain]), reverse=name.startswith("-"))  # type: ignore[misc]
        shown = rows[offset:] if limit < 0 else rows[offset : offset + limit]
        return [{name: row[name] for name in only} for row in shown] if only else shown

    def count(self, table: Table, where: Mapping[str, Any] | None = None) -> int:
        return len(self.select(table, where))

    def put(self, table: Table, *rows: Row) -> None:
        self.put_many(table, rows)

    def put_many(self, table: Table, rows: Iterable[Row]) -> None:
        for row in rows:
            self._rows.setdefault(table.name, {})[tuple(row[name] for name in table.key)] = dict(row)

    def put_columns(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self.put_many(table, rows_of(table, columns))

    def add(self, table: Table, columns: Mapping[str, Iterable[Any]]) -> None:
        self.put_many(table, added_rows(table, columns, self.get))

    def delete(self, table: Table, *key: Any) -> None:
        self._rows.get(table.name, {}).pop(key, None)


def _meets(row: Row, where: Mapping[str, Any]) -> bool:
    return all(_holds(row[name], wanted) for name, wanted in where.items())


def _holds(seen: Any, wanted: Any) -> bool:
    if not isinstance(wanted, tuple):
        return bool(seen == wanted)
    sign, value = wanted
    if sign == "!=":
        return seen is not None and seen != value
    return seen is not None and _OPERATORS[sign](seen, value)
