"""Weekly snapshots: all that is public at the end of each week, by the entries of the record that say it.

A snapshot names entries and the SHA-256 of each one's leaf, and its digest is made of these alone: leaves hold salted
digests of what entries say, so a citation stays checkable, and nobody can try out words, after some of them were taken
out again. What was withdrawn or is kept back now for a reason that hides is shown of no snapshot, nor is what was
erased; the snapshot says which fields, since when and why.

A week ends with its Sunday where the authority is. Its snapshot is due from then on, whether or not anything was
published in it, and is taken before anything that comes later is followed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import (
    PUBLIC,
    Act,
    Entry,
    Filing,
    Index,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    Text,
    Timed,
)
from commonweal.kernel.values import canonical, digest, stamp

from .publication import OPEN, PUBLICATIONS, PUBLISHED, each_said, said_of, standing_rows, state, taken_out
from .reports import kind_of
from .tables import ANNULLED

NOUN, TICK, CHUNK = "snapshot", "clock.tick", 10_000
SNAPSHOTS_KEPT = 8
ERASED = "erased"


def _of_a_week(name: str) -> str:
    try:
        date.fromisocalendar(int(name[:4]), int(name[-2:]), 1)
    except ValueError as error:
        raise ValueError("must be an ISO week that there is, such as 2026-W10") from error
    return name


class Snapshot(Filing):
    """All that was public at the end of a week, by its digest: recorded by the authority.

    `entries` are the publications that stood when the week had `ended`, in lists of at most ten thousand. `sha256` is
    that of the canonical JSON (RFC 8785) of `[[entry, SHA-256 of its leaf], …]`, by entry. Of a snapshot of the first
    version it is that of the publications themselves, as they stood after entry `as_of`.
    """

    name: Annotated[
        str, Field(pattern=r"^(?:19|20|21)[0-9]{2}-W(?:0[1-9]|[1-4][0-9]|5[0-3])$"), AfterValidator(_of_a_week), PUBLIC
    ]
    ended: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"), PUBLIC]
    count: Annotated[int, Field(ge=0), PUBLIC]
    entries: Annotated[tuple[tuple[Index, ...], ...], PUBLIC] = ()
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), PUBLIC]
    as_of: Annotated[Index | None, PUBLIC] = None


def _from_first(body: dict[str, Any]) -> dict[str, Any]:
    """A snapshot of the first version: its weeks ended by UTC."""
    return {**body, "ended": stamp(_end(body["name"], UTC))}


SNAPSHOT = kind_of(
    NOUN, Snapshot, Text(en="Weekly snapshot", zh="每周快照"), (), NOUN, version=2, upcasters={1: _from_first}
)
KINDS = (SNAPSHOT,)
WEEKS = Table("incident_reports_week", columns={"one": "integer", "week": "text", "ends": "text"}, key=("one",))
"""The week that has no snapshot yet, and when it ends: one row, from the first publication on."""
TABLES = (WEEKS,)


def due(now: datetime, reader: Reader) -> bool:
    """Whether a week is over that has no snapshot."""
    row = reader.get(WEEKS, 1)
    return row is not None and str(row["ends"]) <= stamp(now)


def follow(entry: Entry, tables: Tables, zone: tzinfo) -> Iterable[Act]:
    """The snapshots of the weeks that are over before an entry that changes what is public, or says what time it is."""
    if entry.kind not in (PUBLISHED.id, ANNULLED, TICK):
        return
    row = tables.get(WEEKS, 1)
    if row is None:
        if entry.kind == PUBLISHED.id:
            tables.put(WEEKS, _week(_name(entry.time, zone), zone))
        return
    if row["ends"] > stamp(entry.time):
        return
    parts = [(one["entry"], one["leaf"]) for one in standing_rows(tables)]
    while row["ends"] <= stamp(entry.time):
        yield _taken(row, sorted(parts))
        row = _week(_name(datetime.fromisoformat(row["ends"]), zone), zone)
    tables.put(WEEKS, row)


def _taken(row: Row, parts: Sequence[tuple[int, str]]) -> Act:
    indexes = [entry for entry, _ in parts]
    body = {
        "name": row["week"],
        "ended": row["ends"],
        "count": len(parts),
        "entries": [indexes[at : at + CHUNK] for at in range(0, len(indexes), CHUNK)],
        "sha256": digest_of(parts),
    }
    return Act(SNAPSHOT.id, body, f"{NOUN}:{row['week']}", f"{NOUN}:{row['week'].lower()}")


def digest_of(parts: Iterable[tuple[int, str]]) -> str:
    """The digest of a snapshot, by entries and the SHA-256 of their leaves."""
    return digest(canonical([list(part) for part in parts]))


def _name(when: datetime, zone: tzinfo) -> str:
    """The ISO week of an instant where the authority is."""
    year, week, _ = when.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def _end(name: str, zone: tzinfo) -> datetime:
    """When a week is over: the first instant of the Monday after it."""
    return datetime.combine(_monday(name) + timedelta(days=7), time(), zone).astimezone(UTC)


def _monday(name: str) -> date:
    """The first day of a week, counted from the first week of its year."""
    return date.fromisocalendar(int(name[:4]), 1, 1) + timedelta(weeks=int(name[-2:]) - 1)


def _week(name: str, zone: tzinfo) -> Row:
    return {"one": 1, "week": name, "ends": stamp(_end(name, zone))}


TIMED = Timed(due, follow)


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def snapshots(reader: Reader) -> list[Row]:
    """Every snapshot, newest first."""
    return sorted(registry.subjects(reader, NOUN), key=lambda row: str(row["name"]), reverse=True)


def snapshot(reader: Reader, name: str) -> Row | None:
    """The snapshot of a week, such as 2026-W10."""
    return registry.subject(reader, f"{NOUN}:{name.lower()}") if name else None


def last_day(name: str) -> str:
    """The Sunday with which a week ends."""
    return (_monday(name) + timedelta(days=6)).isoformat()


def parts_of(reader: Reader, taken: Row) -> list[tuple[int, str]]:
    """The entries that make up a snapshot, each with the SHA-256 of its leaf."""
    return sorted((row["entry"], row["leaf"]) for row in _rows(reader, taken["body"]))


class Taken:
    """What the snapshots asked for last say, kept between requests for as long as no publication changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: list[tuple[Any, ...]] = []
        self._said: dict[str, list[Mapping[str, Any]]] = {}

    def of(self, reader: Reader, taken: Row) -> list[Mapping[str, Any]]:
        """What one of them says (`_as_taken`)."""
        with self._lock:
            if (now := state(reader)) != self._state:
                self._state, self._said = now, {}
            said = self._said.pop(taken["subject"], None) or _as_taken(reader, taken)
            while len(self._said) >= SNAPSHOTS_KEPT:
                del self._said[next(iter(self._said))]
            self._said[taken["subject"]] = said
            return said


def as_taken(reading: Reading, taken: Row) -> list[Mapping[str, Any]]:
    """What a snapshot says of every incident (`_as_taken`)."""
    return reading.kept("incident_reports.taken", Taken).of(reading.tables, taken)


def _as_taken(reader: Reader, taken: Row) -> list[Mapping[str, Any]]:
    """What a snapshot says of every incident, in their order, without what was taken out of it since.

    Each is as `publication.standing` gives it. `taken_out` lists the fields that were taken out, each with `why`,
    `since` (a day) and the `entry` that says so; of one whose words are all gone `gone` is true and its reference
    stands for its title. What was erased has `why` "erased" and no day.
    """
    rows = _rows(reader, taken["body"])
    wanted = {row["incident"] for row in rows}
    every: dict[str, list[Row]] = {incident: [] for incident in wanted}
    for row in reader.select(PUBLICATIONS, order=("incident", "entry")):
        if row["incident"] in wanted:
            every[row["incident"]].append(row)
    return [_part(row, every[row["incident"]]) for row in sorted(rows, key=lambda row: str(row["incident"]))]


def _rows(reader: Reader, body: Mapping[str, Any]) -> list[Row]:
    """The filings that make up a snapshot, those erased since among them."""
    if body.get("as_of") is not None:
        return standing_rows(reader, body["as_of"])
    wanted = {entry for chunk in body.get("entries", ()) for entry in chunk}
    return [row for row in reader.select(PUBLICATIONS) if row["entry"] in wanted]


def _part(row: Row, versions: Sequence[Row]) -> dict[str, Any]:
    """What a snapshot says of an incident by one of its filings, of all the `versions` that there are."""
    until = [
        one
        for one in versions
        if one["entry"] <= row["entry"] and (one["annulled"] is None or one["annulled"] > row["entry"])
    ]
    said = said_of([*(one for one in until if one["entry"] != row["entry"]), row])
    if row["erased"]:
        name = row["incident"].partition(":")[2]
        gone = [{"field": field, "why": ERASED, "since": "", "entry": row["entry"]} for field in OPEN]
        return {**said, "incident": row["incident"], "name": name, "title": name, "gone": True, "taken_out": gone}
    hidden = taken_out(said, each_said([one for one in versions if one["annulled"] is None and not one["erased"]]))
    found = [{"field": field, **hidden[field]} for field in OPEN if field in hidden]
    left = {name: value for name, value in said.items() if name not in hidden}
    if not found:
        return left
    if "title" in hidden:
        return {**left, "title": said["name"], "gone": True, "taken_out": found}
    return {**left, "taken_out": found}
