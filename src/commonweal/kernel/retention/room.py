"""Keeps, for each key, what is sealed to it and until when it is kept; follows schedules, holds and erasures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from commonweal.kernel import registry
from commonweal.kernel.obligations import PLAIN, Calendar, due_after
from commonweal.kernel.obligations.adoption import adopted_calendars
from commonweal.kernel.persons import ANONYMOUS, OPEN_MAX
from commonweal.kernel.record import Act, Entry, Reader, Row, Tables
from commonweal.kernel.values import digest, stamp

from .kinds import (
    ASKED,
    CLASS,
    COUNTED,
    ERASED,
    ERASURE,
    ERASURE_ASKED,
    EVENT,
    HOLD,
    HOLD_LIFTED,
    HOLD_PLACED,
    KEY,
    ROOM,
    TERM,
    TEXT,
)
from .reach import AUTHORS_MAX, note
from .schedules import Schedule, Schedules, read_schedules


class Retention:
    """Follows every entry: each is sealed to a key, and the key's time is the longest of what it holds."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.sealed_to:
            self._sealed(entry, tables)
        note(entry, tables)
        if entry.erased:
            return []
        if entry.kind == "rule.adopted" and entry.body.get("room") == ROOM:
            self._adopt(entry, tables)
        elif entry.kind == HOLD_PLACED.id:
            tables.put(HOLD, _hold(entry))
        elif entry.kind == HOLD_LIFTED.id:
            self._lift(entry, tables)
        elif entry.kind == ERASURE_ASKED.id:
            tables.put(ASKED, _asked(entry))
        elif entry.kind == ERASED.id:
            self._erase(entry, tables)
        elif entry.kind == "clock.tick":
            for row in _ended(entry.time, tables):
                tables.put(KEY, {**row, "phase": "due"})
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether something has come to the end of its time and is not named yet."""
        return bool(_ended(now, tables, limit=1))

    def due_in_public(self, now: datetime, tables: Reader) -> bool:
        """Never: by the end of its time one could tell to the second when something sealed was filed."""
        return False

    # ── what is sealed ──────────────────────────────────────────────────────────────────────────────────────────

    def _sealed(self, entry: Entry, tables: Tables) -> None:
        row = _standing(entry, tables) or _new(entry)
        at = stamp(entry.time)
        fresh = row["entries"] == 0 or row["last_at"] != at
        kinds = {**row["kinds"], entry.kind: row["kinds"].get(entry.kind, 0) + 1}
        authors = row["authors"]
        if entry.author not in authors and len(authors) < AUTHORS_MAX:
            authors = sorted([*authors, entry.author])
        row |= {"entries": row["entries"] + 1, "last": entry.index, "last_at": at, "kinds": kinds, "authors": authors}
        spoken = self._speak(row, at, tables) if fresh else False
        tables.put(KEY, _judged(row, at, tables) if spoken else row)
        self._event(entry, tables)

    def _speak(self, row: Row, at: str, tables: Tables) -> bool:
        """Let every text in force speak for the newest entry of a key; says whether there is any."""
        found = tables.select(CLASS, {"retention": row["retention"]})
        for item in found:
            self._term(row, item["rule_id"], item["adopted"], at, tables)
        return bool(found)

    def _term(self, row: Row, rule_id: str, adopted: int, latest: str, tables: Tables) -> None:
        """What one version promises for a key. A promise that stands is only ever made longer."""
        text = tables.get(TEXT, rule_id, adopted)
        before = tables.get(TERM, row["first"], rule_id, adopted)
        if text is None:
            return
        schedules = read_schedules(text["text"])
        schedule = schedules.classes[row["retention"]]
        latest = max(latest, before["latest"]) if before else latest
        found = _promise(schedules, schedule, row["holder"], latest, tables)
        if before is not None:
            found = _longer(before, found)
        tables.put(
            TERM,
            {"first": row["first"], "rule_id": rule_id, "adopted": adopted, "latest": latest,
             "automatic": int(schedule.automatic), **found},
        )  # fmt: skip

    def _event(self, entry: Entry, tables: Tables) -> None:
        """Keep the newest date of an event that a schedule counts from, and count again."""
        if entry.subject is None or entry.erased:
            return
        moved = False
        for item in tables.select(COUNTED, {"kind": entry.kind}):
            if not item["field"]:
                _ask(entry, tables)
                continue
            moved |= _noted(entry.subject, entry.kind, item["field"], entry.body, tables)
        if moved:
            for row in tables.select(KEY, {"holder": entry.subject}):
                for term in tables.select(TERM, {"first": row["first"]}):
                    self._term(row, term["rule_id"], term["adopted"], term["latest"], tables)
                tables.put(KEY, _judged(row, stamp(entry.time), tables))

    # ── schedules ───────────────────────────────────────────────────────────────────────────────────────────────

    def _adopt(self, entry: Entry, tables: Tables) -> None:
        """Put a text in force: it speaks for what is filed from now on, and for everything filed before besides."""
        rule_id, text = str(entry.body["rule_id"]), str(entry.body["text"])
        found = read_schedules(text)
        tables.put(
            TEXT,
            {"rule_id": rule_id, "adopted": entry.index, "version": found.version, "sha256": digest(text.encode()),
             "text": text, "adopted_on": stamp(entry.time)},
        )  # fmt: skip
        for row in tables.select(CLASS, {"rule_id": rule_id}):
            tables.delete(CLASS, row["retention"], rule_id)
        for name, schedule in found.classes.items():
            tables.put(CLASS, {"retention": name, "rule_id": rule_id, "adopted": entry.index})
            if schedule.event_kind:
                tables.put(COUNTED, {"kind": schedule.event_kind, "field": schedule.event_field})
            for ending in schedule.ended_by:
                tables.put(COUNTED, {"kind": ending.kind, "field": ""})
            for row in tables.select(KEY, {"retention": name, "phase": ("!=", "erased")}):
                _noted_before(row["holder"], schedule, tables)
                self._term(row, rule_id, entry.index, row["last_at"], tables)
                tables.put(KEY, _judged(row, stamp(entry.time), tables))

    # ── holds and erasures ──────────────────────────────────────────────────────────────────────────────────────

    def _lift(self, entry: Entry, tables: Tables) -> None:
        row = tables.get(HOLD, entry.body["hold"])
        if row is not None and row["lifted"] is None:
            tables.put(
                HOLD,
                {**row, "lifted": entry.index, "lifted_at": stamp(entry.time), "lifted_by": entry.body["ordered_by"],
                 "lifted_basis": entry.body["basis"]},
            )  # fmt: skip

    def _erase(self, entry: Entry, tables: Tables) -> None:
        body = entry.body
        names = set(ERASURE.columns) - {"entry", "at", "retention"}
        said = {name: body.get(name) for name in names} | {"entry": entry.index, "at": stamp(entry.time)}
        tables.put(ERASURE, {**said, "retention": body["retention_class"]})
        where = {"holder": body["holder"], "retention": body["retention_class"], "phase": ("!=", "erased")}
        for row in tables.select(KEY, where):
            tables.put(KEY, {**row, "phase": "erased", "erased": entry.index})


def _promise(schedules: Schedules, schedule: Schedule, holder: str, latest: str, tables: Reader) -> Row:
    """What a version says for a key: its state, until when it is kept, from when it is due."""
    event = _moment(schedules, schedule, holder, latest, tables)
    if event is None and not schedule.for_good:
        return {"state": "no_event", "keep_until": None, "due_at": None}
    kept, due = schedule.ends(_calendar(schedules, tables), schedules.zone, event or datetime.fromisoformat(latest))
    if kept is None:
        return {"state": "for_good", "keep_until": None, "due_at": None}
    return {"state": "until", "keep_until": stamp(kept), "due_at": stamp(due) if due else None}


def _moment(schedules: Schedules, schedule: Schedule, holder: str, latest: str, tables: Reader) -> datetime | None:
    """From when a period runs: the newest entry, or the event's day, begun in the schedule's own zone."""
    if not schedule.event_kind:
        return datetime.fromisoformat(latest)
    row = tables.get(EVENT, holder, schedule.event_kind, schedule.event_field)
    if row is None:
        return None
    return datetime.combine(datetime.fromisoformat(row["latest"]).date(), time.min, ZoneInfo(schedules.zone))


def _calendar(schedules: Schedules, tables: Reader) -> Calendar:
    return adopted_calendars(tables).get(schedules.calendar, PLAIN) if schedules.calendar else PLAIN


def _ask(entry: Entry, tables: Tables) -> None:
    """Note that an entry ends the keeping of what is sealed about its subject: from when, and on what basis.

    What was asked first for an earlier day stands.
    """
    for row in tables.select(KEY, {"holder": ("in", _holders(entry, tables)), "phase": ("!=", "erased")}):
        for item in tables.select(CLASS, {"retention": row["retention"]}):
            text = tables.get(TEXT, item["rule_id"], item["adopted"])
            schedules = read_schedules(text["text"]) if text else None
            ending = schedules.classes[row["retention"]].ending(entry.kind, entry.body) if schedules else None
            if schedules is None or ending is None:
                continue
            calendar = _calendar(schedules, tables)
            after = due_after(calendar, schedules.zone, entry.time, ending.after).at if ending.after else entry.time
            at = max(stamp(after), row["keep_until"] or "")
            if row["asked_at"] is None or at < row["asked_at"]:
                asked = {"asked_at": at, "asked_on": ending.basis, "asked_by": entry.author, "asked_in": entry.index}
                tables.put(KEY, {**row, **asked})


def _holders(entry: Entry, tables: Reader) -> list[str]:
    """Whose keys an entry about a subject may end: the subject's, and those of who filed it without a key.

    Such a party was made for that one filing, so that whatever it holds besides is of the same.
    """
    subject = str(entry.subject)
    owner = registry.filer(tables, subject) or ""
    return [subject, *([owner] if owner.startswith(ANONYMOUS) else [])]


def _longer(before: Row, after: Row) -> Row:
    """Of two promises the longer one: for good, then one whose event is missing, then the later end."""
    if "for_good" in (before["state"], after["state"]):
        return {"state": "for_good", "keep_until": None, "due_at": None}
    if after["state"] != "until":
        return {name: before[name] for name in ("state", "keep_until", "due_at")}
    if before["state"] != "until":
        return after
    due = None if after["due_at"] is None else max(after["due_at"], before["due_at"] or "")
    return {"state": "until", "keep_until": max(before["keep_until"], after["keep_until"]), "due_at": due}


def _judged(row: Row, at: str, tables: Reader) -> Row:
    """A key with the longest of what all versions promise for it."""
    terms = tables.select(TERM, {"first": row["first"]})
    states = {term["state"] for term in terms}
    state = next((name for name in ("for_good", "no_event", "until") if name in states), "unscheduled")
    until = state == "until"
    dues = [term["due_at"] for term in terms]
    kept = max((term["keep_until"] for term in terms), default=None) if until else None
    due = max([*dues, kept]) if until and None not in dues else None
    asked = row["asked_at"] is not None and row["asked_at"] <= at
    phase = "kept" if row["phase"] == "due" and (due is None or due > at) and not asked else row["phase"]
    automatic = int(until and all(term["automatic"] for term in terms))
    return {**row, "state": state, "keep_until": kept, "due_at": due, "automatic": automatic, "phase": phase}


def _noted(holder: str, kind: str, name: str, body: Mapping[str, Any], tables: Tables) -> bool:
    """Keep the latest day that was ever filed for an event; says whether it moved."""
    try:
        day = datetime.fromisoformat(body.get(name) or "").date().isoformat()
    except (TypeError, ValueError):
        return False
    before = tables.get(EVENT, holder, kind, name)
    if before is not None and before["latest"] >= day:
        return False
    tables.put(EVENT, {"holder": holder, "kind": kind, "field": name, "latest": day})
    return True


def _noted_before(holder: str, schedule: Schedule, tables: Tables) -> None:
    """What was filed about an event before any schedule counted from it."""
    for version in registry.versions(tables, holder) if schedule.event_kind else ():
        if version["kind"] == schedule.event_kind:
            _noted(holder, schedule.event_kind, schedule.event_field, version["body"], tables)


def _standing(entry: Entry, tables: Reader) -> Row | None:
    """The key that an entry is sealed to: the holder's of that class since the last one was erased."""
    where = {"holder": entry.subject or entry.author, "retention": entry.retention, "phase": ("!=", "erased")}
    found = tables.select(KEY, where, limit=1)
    return found[0] if found else None


def _new(entry: Entry) -> Row:
    at = stamp(entry.time)
    return {
        "holder": entry.subject or entry.author, "retention": entry.retention, "entries": 0,
        "first": entry.index, "last": entry.index, "first_at": at, "last_at": at, "kinds": {}, "authors": [],
        "state": "unscheduled", "keep_until": None, "due_at": None, "automatic": 0, "phase": "kept", "erased": None,
        "asked_at": None, "asked_on": None, "asked_by": None, "asked_in": None,
    }  # fmt: skip


def _hold(entry: Entry) -> Row:
    names = ("basis", "legal_basis", "ordered_by", "reference", "document_sha256", "scope", "about")
    return {
        "hold": entry.index, **{name: entry.body.get(name) for name in names}, "placed_at": stamp(entry.time),
        "placed_by": entry.author, "lifted": None, "lifted_at": None, "lifted_by": None, "lifted_basis": None,
    }  # fmt: skip


def _asked(entry: Entry) -> Row:
    said = {name: entry.body[name] for name in ("holder", "basis")} | {"retention": entry.body["retention_class"]}
    until = stamp(entry.time + OPEN_MAX)
    return {"entry": entry.index, **said, "by": entry.author, "at": stamp(entry.time), "until": until}


def _ended(now: datetime, tables: Reader, limit: int = -1) -> list[Row]:
    """What is kept though its time has ended, or somebody who may ended it."""
    at = ("<=", stamp(now))
    found = {row["first"]: row for name in ("due_at", "asked_at")
             for row in tables.select(KEY, {"phase": "kept", name: at}, limit=limit)}  # fmt: skip
    return list(found.values())
