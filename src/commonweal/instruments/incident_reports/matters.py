"""An alert and what was reported of the same thing are one matter.

Whoever owes a report of it has made it, also where an officer then gave an alert; who may read the report sees that.
The public is told of an alert's duties by what is public alone, or it would learn who reported in confidence, and on
which day: where these run out in public, that they are overdue is said of nobody, since they may have been done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from commonweal.kernel.instrument import Entry, Fact, Facts, Reader, Row, Table, Tables

from .desk.kinds import ESCALATION
from .incidents import UNLINKED, link_in
from .reports import REPORT
from .tables import ANNULLED

ALERT, SAME = "alert", "same"
"""A variant of an incident, and what is merely related to it, is another matter."""
MATTER = Table(
    "incident_reports_matter",
    columns={"one": "text", "of": "text", "entry": "integer"},
    key=("one", "of"),
    indexes=(("of",), ("entry",)),
)
"""That `one`, an alert or an incident, was given or made of another: a report, or an incident."""
PARTED = Table(
    "incident_reports_matter_parted",
    columns={"entry": "integer", "one": "text", "of": "text"},
    key=("entry", "one", "of"),
)
"""That an entry parted two that were one matter."""


def reports_behind(alert: str, reader: Reader) -> Iterator[str]:
    """The reports that an alert was given about, or that tell of the incident that it was given about."""
    for row in reader.select(MATTER, {"one": alert}, order=("entry",)):
        if row["of"].startswith(f"{REPORT.noun}:"):
            yield row["of"]
        else:
            yield from reports_behind(row["of"], reader)


def whole(subject: str, reader: Reader) -> list[str]:
    """The other reports and alerts that are one matter with one of them, by what each was given or made of."""
    found, ahead = {subject}, [subject]
    while ahead:
        one = ahead.pop()
        near = [row["of"] for row in reader.select(MATTER, {"one": one})]
        near += [row["one"] for row in reader.select(MATTER, {"of": one})]
        ahead += [other for other in near if other not in found]
        found.update(near)
    return sorted(other for other in found - {subject} if other.startswith((f"{REPORT.noun}:", f"{ALERT}:")))


def alerts_of(entry: Entry, reader: Reader) -> Iterator[str]:
    """The alerts that are one matter with what an entry tells of."""
    if entry.erased:
        return
    if entry.kind == ESCALATION.id:
        yield str(entry.body["alert"])
    for row in reader.select(PARTED, {"entry": entry.index}):
        yield from (one for one in _all_of(row, reader) if one.startswith(f"{ALERT}:"))
    if about := _told_of(entry):
        yield from _given_of(about, reader)


def _given_of(about: str, reader: Reader) -> Iterator[str]:
    for row in reader.select(MATTER, {"of": about}, order=("entry",)):
        if row["one"].startswith(f"{ALERT}:"):
            yield row["one"]
        else:
            yield from _given_of(row["one"], reader)


def _told_of(entry: Entry) -> str:
    if link := link_in(entry):
        return str(link["incident"])
    if entry.kind == UNLINKED.id:
        return str(entry.body["incident"])
    kind = str(entry.body.get("kind")) if entry.kind == ANNULLED else entry.kind
    return str(entry.subject or "") if kind == REPORT.id else ""


def keep(entry: Entry, tables: Tables) -> None:
    """What belongs together, as it is said and taken back."""
    body = entry.body
    if entry.erased:
        return
    if entry.kind == ESCALATION.id:
        tables.put(MATTER, {"one": body["alert"], "of": body["about"], "entry": entry.index})
    elif (link := link_in(entry)) and link["relation"] == SAME:
        tables.put(MATTER, {"one": link["incident"], "of": link["report"], "entry": entry.index})
    elif link or entry.kind == UNLINKED.id:
        one, of = ((link or body)[name] for name in ("incident", "report"))
        _part(tables.select(MATTER, {"one": one, "of": of}), entry, tables)
    elif entry.kind == ANNULLED:
        _part(tables.select(MATTER, {"entry": body.get("entry")}), entry, tables)


def _part(rows: Iterable[Row], entry: Entry, tables: Tables) -> None:
    for row in rows:
        tables.delete(MATTER, row["one"], row["of"])
        tables.put(PARTED, {"entry": entry.index, "one": row["one"], "of": row["of"]})


def _nothing(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    return {}


def _reports_of(entry: Entry, reader: Reader) -> Iterator[str]:
    """The reports that an entry joins to something, or parts from it."""
    if entry.erased:
        return
    if entry.kind == ESCALATION.id:
        yield from _all_of({"one": entry.body["alert"], "of": entry.body["about"]}, reader)
    elif link := link_in(entry):
        yield str(link["report"])
    for row in reader.select(PARTED, {"entry": entry.index}):
        yield from _all_of(row, reader)


def _all_of(row: Mapping[str, str], reader: Reader) -> list[str]:
    """Both that are or were one matter, and what still is with either."""
    return [row["one"], row["of"], *whole(row["one"], reader), *whole(row["of"], reader)]


MATTERS = (
    Facts(ALERT, _nothing, alerts_of, keep, reports_behind, whole),
    Facts(REPORT.noun, _nothing, _reports_of, matter=whole),
)
