"""What is one matter: the reports that tell of the same incident or repeat one another, and the alerts given of them.

What one organisation owes on it, it owes once, however many papers it sends, and also where an officer gave an alert;
so does the authority. Nobody is in time by what another reported. What belongs together is what officers say, and as
long as they do: it is kept by what says so, so that each can be undone or annulled by itself.

The public is told of an alert's duties by what is public alone, or it would learn who reported in confidence, and on
which day: where these run out in public, that they are overdue is said of nobody, since they may have been done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from commonweal.kernel.instrument import Entry, Fact, Facts, Reader, Row, Table, Tables

from .desk.kinds import ESCALATION, TRIAGE
from .incidents import UNLINKED, link_in
from .reports import REPORT
from .tables import ANNULLED

ALERT, SAME = "alert", "same"
"""A variant of an incident, and what is merely related to it, is another matter."""
MATTER = Table(
    "incident_reports_matter",
    columns={"one": "text", "of": "text", "entry": "integer"},
    key=("one", "of", "entry"),
    indexes=(("of",), ("entry",)),
)
"""That by an entry `one` (an alert, an incident, a report) was given or made of another (a report, an incident), or
repeats it."""
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
    """The other reports and alerts that are one matter with a subject, by what each was given or made of."""
    found, ahead = {subject}, [subject]
    while ahead:
        one = ahead.pop()
        near = {row["of"] for row in reader.select(MATTER, {"one": one})}
        near |= {row["one"] for row in reader.select(MATTER, {"of": one})}
        ahead += near - found
        found |= near
    return sorted(other for other in found - {subject} if other.startswith((f"{REPORT.noun}:", f"{ALERT}:")))


def keep(entry: Entry, tables: Tables) -> None:
    """What belongs together, as it is said and taken back: of whether a report repeats one its newest triage counts."""
    if entry.erased:
        return
    body = entry.body
    if entry.kind == ESCALATION.id:
        _join(body["alert"], body["about"], entry, tables)
    elif entry.kind == TRIAGE.id:
        before = tables.select(MATTER, {"one": body["report"]})
        _part(before, entry, tables)
        if body.get("duplicate_of"):
            _join(body["report"], body["duplicate_of"], entry, tables)
    elif (link := link_in(entry)) and link["relation"] == SAME:
        _join(link["incident"], link["report"], entry, tables)
    elif link or entry.kind == UNLINKED.id:
        one, of = ((link or body)[name] for name in ("incident", "report"))
        _part(tables.select(MATTER, {"one": one, "of": of}), entry, tables)
    elif entry.kind == ANNULLED:
        _part(tables.select(MATTER, {"entry": body.get("entry")}), entry, tables)


def _join(one: str, of: str, entry: Entry, tables: Tables) -> None:
    tables.put(MATTER, {"one": one, "of": of, "entry": entry.index})


def _part(rows: Iterable[Row], entry: Entry, tables: Tables) -> None:
    for row in rows:
        tables.delete(MATTER, row["one"], row["of"], row["entry"])
        tables.put(PARTED, {"entry": entry.index, "one": row["one"], "of": row["of"]})


def _moved(entry: Entry, reader: Reader) -> Iterator[str]:
    """What an entry joins or parts: of each side one; what is one matter with that is judged with it."""
    for table in (MATTER, PARTED):
        for row in reader.select(table, {"entry": entry.index}):
            for one in (row["one"], row["of"]):
                yield from (one, *whole(one, reader)[:1])


def _nothing(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    return {}


MATTERS = (
    Facts(ALERT, _nothing, _moved, keep, whole),
    Facts(REPORT.noun, _nothing, matter=whole),
)
