"""Follows joiners, movers, leavers and delegations: what each holds, from when until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel.disclosure import concerning
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, FaultCollector, Forbidden, stamp

from .checking import faults_of, post_kind
from .kinds import (
    APPOINTMENT,
    APPOINTMENT_ASKED,
    APPOINTMENT_CONFIRMED,
    DELEGATED,
    DELEGATION,
    JOINED,
    LEFT,
    MOVED,
    NOTED,
    PERSON,
    POST,
    RECOVERY,
    RECOVERY_ASKED,
    REVOKED,
    Joined,
)
from .standing import post_at
from .two import BY_TWO, CONFIRMED, check_two

_KINDS = frozenset(kind.id for kind in (JOINED, MOVED, LEFT, DELEGATED, REVOKED))


class Persons:
    """Follows who holds what. Nothing is dated back: what is said of a day that is past counts from its entry on."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == NOTED.id and entry.body.get("name"):
            self._name(entry, tables)
        if entry.kind not in _KINDS | BY_TWO or not entry.body:
            return []
        if entry.kind in BY_TWO:
            self._of_two(entry, tables)
        elif not faults_of(entry.kind, entry.body, tables, entry.time):
            self._take(entry.kind, entry.body, entry, tables)
        row = tables.get(PERSON, entry.body["person"])
        if row is not None:
            tables.put(PERSON, {**row, "changed": entry.index})
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Never: a role ends by its date, without an entry that says so."""
        return False

    def _take(self, kind: str, body: Mapping[str, Any], entry: Entry, tables: Tables) -> None:
        person = body["person"]
        begins = max(body.get("since") or body.get("on") or "", stamp(entry.time))
        if kind == JOINED.id:
            before = tables.get(PERSON, person)
            name, named = _named(body, entry.index, before)
            if body.get("name") and named is not None:
                concerning.note(tables, body["party"], named)
            tables.put(
                PERSON,
                {"person": person, "party": body["party"], "name": name, "joined": entry.index,
                 "joined_at": stamp(entry.time), "begins": begins, "again": int(before is not None),
                 "changed": entry.index, "named": named},
            )  # fmt: skip
            tables.put(POST, _post(body, entry, begins))
        elif kind == MOVED.id:
            self._ended(person, begins, entry.index, tables)
            tables.put(POST, _post(body, entry, begins))
        elif kind == LEFT.id:
            self._ended(person, begins, entry.index, tables)
        elif kind == DELEGATED.id:
            rests_on = (post_at(tables, one, begins) for one in (person, body["to"]))
            ends = [post["until"] for post in rests_on if post is not None and post["until"] is not None]
            tables.put(
                DELEGATION,
                {"entry": entry.index, "person": person, "to": body["to"], "roles": sorted(body["roles"]),
                 "since": begins, "until": min([body["until"], *ends]), "ended": None,
                 "recorded": stamp(entry.time)},
            )  # fmt: skip
        else:
            row = tables.get(DELEGATION, body["delegation"])
            assert row is not None, "looked at a moment ago"
            tables.put(DELEGATION, _cut(row, begins, entry.index))

    @staticmethod
    def _name(entry: Entry, tables: Tables) -> None:
        """What somebody is called, from now on; also somebody whose appointment still waits. They may read it."""
        person, name = entry.body["person"], entry.body["name"]
        row = tables.get(PERSON, person)
        if row is not None:
            tables.put(PERSON, {**row, "name": name, "named": entry.index})
            concerning.note(tables, row["party"], entry.index)
        for asked in tables.select(APPOINTMENT, {"person": person, "confirmed": None}):
            tables.put(APPOINTMENT, {**asked, "post": {**asked["post"], "name": name, "named": entry.index}})

    def _of_two(self, entry: Entry, tables: Tables) -> None:
        kind, body, when = entry.kind, entry.body, entry.time

        def fits(post: Mapping[str, Any], faults: FaultCollector) -> None:
            faults.extend(faults_of(APPOINTMENT_ASKED.id, post, tables, when))

        try:
            by, row = check_two(kind, body, entry.author, tables, when=when, fits=fits)
        except (BadInput, Forbidden):
            return
        asked = {"entry": entry.index, "person": body["person"], "asked_by": by, "confirmed": None,
                 "confirmed_at": None, "confirmed_by": None}  # fmt: skip
        if kind == RECOVERY_ASKED.id:
            tables.put(RECOVERY, {**asked, "until": body["until"]})
        elif kind == APPOINTMENT_ASKED.id:
            post = {name: body.get(name) for name in Joined.model_fields} | {"named": entry.index}
            tables.put(APPOINTMENT, {**asked, "until": body["confirm_by"], "post": post})
        else:
            assert row is not None, "looked at a moment ago"
            done = {"confirmed": entry.index, "confirmed_at": stamp(when), "confirmed_by": by}
            tables.put(CONFIRMED[kind][0], {**row, **done})
            if kind == APPOINTMENT_CONFIRMED.id:
                self._take(post_kind(tables, body["person"], when), row["post"], entry, tables)

    @staticmethod
    def _ended(person: str, at: str, by: int, tables: Tables) -> None:
        """End what a person holds, lends and exercises; what was to begin later is not begun."""
        for table, column in ((POST, "person"), (DELEGATION, "person"), (DELEGATION, "to")):
            for row in tables.select(table, {column: person}):
                _end(table, row, at, by, tables)


def _named(body: Mapping[str, Any], index: int, before: Row | None) -> tuple[str, int | None]:
    """What somebody who joins is called, and the entry that says so: this one, an earlier one, or none."""
    if body.get("name"):
        return str(body["name"]), body.get("named", index)
    return (before["name"], before["named"]) if before else ("", None)


def _end(table: Table, row: Row, at: str, by: int, tables: Tables) -> None:
    if row["until"] is None or at < row["until"]:
        tables.put(table, _cut(row, at, by))


def _cut(row: Row, at: str, by: int) -> Row:
    return {**row, "until": max(row["since"], at), "ended": by}


def _post(body: Mapping[str, Any], entry: Entry, begins: str) -> Row:
    return {
        "entry": entry.index, "person": body["person"], "organisation": body["organisation"],
        "roles": sorted(set(body["roles"])), "since": begins, "until": body.get("until"), "ended": None,
        "recorded": stamp(entry.time),
    }  # fmt: skip
