"""An alert and what was reported of the same thing are one matter.

Whoever owes a report of it has made it, also where an officer then gave an alert; who may read the report sees that.
The public is told of an alert's duties by what is public alone, or it would learn who reported in confidence, and on
which day: where these run out in public, that they are overdue is not said, since they may have been done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from commonweal.kernel.instrument import Entry, Fact, Facts, Reader, Table, Tables

from .desk.kinds import ESCALATION
from .incidents import UNLINKED, link_in
from .reports import REPORT
from .tables import ANNULLED

ALERT = "alert"
MATTER = Table(
    "incident_reports_matter",
    columns={"one": "text", "of": "text", "entry": "integer"},
    key=("one", "of"),
    indexes=(("of",), ("entry",)),
)
"""That `one`, an alert or an incident, was given or made of another: a report, or an incident."""


def reports_behind(alert: str, reader: Reader) -> Iterator[str]:
    """The reports that an alert was given about, or that tell of the incident that it was given about."""
    for row in reader.select(MATTER, {"one": alert}, order=("entry",)):
        if row["of"].startswith(f"{REPORT.noun}:"):
            yield row["of"]
        else:
            yield from reports_behind(row["of"], reader)


def alerts_of(entry: Entry, reader: Reader) -> Iterator[str]:
    """The alerts that are one matter with what an entry tells of."""
    if entry.erased:
        return
    if entry.kind == ESCALATION.id:
        yield str(entry.body["alert"])
    elif about := _told_of(entry):
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
    elif link := link_in(entry):
        tables.put(MATTER, {"one": link["incident"], "of": link["report"], "entry": entry.index})
    elif entry.kind == UNLINKED.id:
        tables.delete(MATTER, body["incident"], body["report"])
    elif entry.kind == ANNULLED:
        for row in tables.select(MATTER, {"entry": body.get("entry")}):
            tables.delete(MATTER, row["one"], row["of"])


def _nothing(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    return {}


MATTERS = Facts(ALERT, _nothing, alerts_of, keep, reports_behind)
