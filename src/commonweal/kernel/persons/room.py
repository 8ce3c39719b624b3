"""Follows joiners, movers, leavers and delegations: what each holds, from when until when."""

from __future__ import annotations

from datetime import datetime

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, Forbidden, stamp

from .checking import RECOVERIES, faults_of
from .kinds import DELEGATED, DELEGATION, JOINED, LEFT, MOVED, PERSON, POST, RECOVERY, RECOVERY_ASKED, REVOKED
from .recovery import check_recovery

_KINDS = frozenset(kind.id for kind in (JOINED, MOVED, LEFT, DELEGATED, REVOKED))


class Persons:
    """Follows who holds what. Nothing is dated back: what is said of a day that is past counts from its entry on."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind not in _KINDS | RECOVERIES or not entry.body:
            return []
        if entry.kind in RECOVERIES:
            self._recover(entry, tables)
        elif not faults_of(entry.kind, entry.body, tables, entry.time):
            self._take(entry, tables)
        row = tables.get(PERSON, entry.body["person"])
        if row is not None:
            tables.put(PERSON, {**row, "changed": entry.index})
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Never: a role ends by its date, without an entry that says so."""
        return False

    def _take(self, entry: Entry, tables: Tables) -> None:
        body, person = entry.body, entry.body["person"]
        begins = max(body.get("since") or body.get("on") or "", stamp(entry.time))
        if entry.kind == JOINED.id:
            before = tables.get(PERSON, person)
            tables.put(
                PERSON,
                {"person": person, "party": body["party"], "name": body["name"], "joined": entry.index,
                 "joined_at": stamp(entry.time), "begins": begins, "again": int(before is not None),
                 "changed": entry.index},
            )  # fmt: skip
            tables.put(POST, _post(entry, begins))
        elif entry.kind == MOVED.id:
            self._ended(person, begins, entry.index, tables)
            tables.put(POST, _post(entry, begins))
        elif entry.kind == LEFT.id:
            self._ended(person, begins, entry.index, tables)
        elif entry.kind == DELEGATED.id:
            tables.put(
                DELEGATION,
                {"entry": entry.index, "person": person, "to": body["to"], "roles": sorted(body["roles"]),
                 "since": begins, "until": body["until"], "ended": None},
            )  # fmt: skip
        else:
            row = tables.get(DELEGATION, body["delegation"])
            assert row is not None, "looked at a moment ago"
            tables.put(DELEGATION, _cut(row, begins, entry.index))

    @staticmethod
    def _recover(entry: Entry, tables: Tables) -> None:
        body = entry.body
        try:
            by = check_recovery(entry.kind, body, entry.author, tables, entry.time)
        except (BadInput, Forbidden):
            return
        if entry.kind == RECOVERY_ASKED.id:
            tables.put(
                RECOVERY,
                {"entry": entry.index, "person": body["person"], "asked_by": by, "until": body["until"],
                 "confirmed": None, "confirmed_at": None, "confirmed_by": None},
            )  # fmt: skip
            return
        row = tables.get(RECOVERY, body["recovery"])
        assert row is not None, "looked at a moment ago"
        done = {"confirmed": entry.index, "confirmed_at": stamp(entry.time), "confirmed_by": by}
        tables.put(RECOVERY, {**row, **done})

    @staticmethod
    def _ended(person: str, at: str, by: int, tables: Tables) -> None:
        """End what a person holds, lends and exercises; what was to begin later is not begun."""
        for table, column in ((POST, "person"), (DELEGATION, "person"), (DELEGATION, "to")):
            for row in tables.select(table, {column: person}):
                _end(table, row, at, by, tables)


def _end(table: Table, row: Row, at: str, by: int, tables: Tables) -> None:
    if row["until"] is None or at < row["until"]:
        tables.put(table, _cut(row, at, by))


def _cut(row: Row, at: str, by: int) -> Row:
    return {**row, "until": max(row["since"], at), "ended": by}


def _post(entry: Entry, begins: str) -> Row:
    body = entry.body
    return {
        "entry": entry.index, "person": body["person"], "organisation": body["organisation"],
        "roles": sorted(set(body["roles"])), "since": begins, "until": body.get("until"), "ended": None,
    }  # fmt: skip
