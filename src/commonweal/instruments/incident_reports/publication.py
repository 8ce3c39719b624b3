"""What goes out of an incident, field by field: to everybody, to fellow authorities and auditors, to one named reader.

A publication says itself what is public: nothing of an incident's own record shows through it, so what was left out
is not there to be found. It is versioned under the incident's reference, so a correction leaves what it corrects in
sight. `withheld` names each field that was kept back, and why. Publishing before the end of an embargo is refused.

The record keeps a snapshot of all that is public at the end of each week in which something was published: its digest
is recorded with the first publication after it, so that the snapshot can be cited and made again at any time.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from commonweal.kernel import registry
from commonweal.kernel.instrument import (
    PUBLIC,
    Act,
    Entry,
    Fault,
    Filer,
    Filing,
    Marking,
    Reader,
    Row,
    Table,
    Tables,
    Text,
)
from commonweal.kernel.registry import Day, NotFuture, NotPast, Ref
from commonweal.kernel.values import canonical, digest, stamp

from .incidents import Incident
from .reports import STEWARDS, Index, Line, Said, Words, kind_of
from .tables import ANNULLED

Why = Literal["personal", "trade_secret", "security", "investigation", "court", "third_party"]
OPEN = (
    "category", "title", "title_zh", "summary", "summary_zh", "occurred", "occurred_until", "outcome", "harms",
    "severity", "reversibility", "affected_min", "affected_max", "deaths", "children_concerned", "warnings", "misuses",
    "sectors", "models", "systems_named", "developers_named", "deployers_named", "harmed_named", "countries",
    "variant_of", "external", "sources",
)  # fmt: skip
"""The fields of an incident that a publication may say."""
NOUN = "publication"


def _said(name: str, marking: Marking, doc: str, **more: Any) -> type[Filing]:
    """A schema with the fields of an incident that may go out, each under one marking, and what is said of that."""
    fields: dict[str, Any] = {
        "name": (Annotated[Line, PUBLIC], ...),
        "incident": (Annotated[str, Ref("incident"), PUBLIC], ...),
        "status": (Annotated[Literal["published", "withdrawn"], PUBLIC], "published"),
        "published_on": (Annotated[Day, NotFuture(), PUBLIC], ...),
        "fictitious": (Annotated[bool, PUBLIC], False),
    }
    for field in OPEN:
        info = copy.copy(Incident.model_fields[field])
        info.metadata = [*(item for item in info.metadata if not isinstance(item, Marking)), marking]
        fields[field] = (info.annotation, info)
    fields["withheld"] = (Annotated[dict[str, Why], Field(max_length=len(OPEN)), marking], Field(default={}))
    fields["correction"] = (Annotated[Words, marking], "")
    fields["withdrawn_for"] = (Annotated[Why | None, marking], None)
    return create_model(name, __base__=Filing, __doc__=doc, **fields, **more)


Publication = _said("Publication", PUBLIC, "What everybody may read of an incident; each filing is a version.")
Sharing = _said(
    "Sharing", Marking.GREEN, "What fellow authorities and auditors may read of an incident (TLP:GREEN); versioned."
)


Passed = _said(
    "Passed",
    Marking.RED,
    """What one named reader may read of an incident until a day, and on what terms: nobody else but its filer.

    The authority names the recipient for this one entry (`disclosure.named`), which ends after the day `until`.
    Officers see to whom it went and why, and the public that something was passed on, and until when.
    """,
    recipient=(Annotated[str, Field(pattern=r"^party:[a-z0-9][a-z0-9_.\-]{0,80}$")], ...),
    until=(Annotated[Day, PUBLIC], ...),
    purpose=(Said, ...),
    terms=(Annotated[Words, Marking.RED], ""),
)


class Embargo(Filing):
    """Nothing of an incident is published before a day, and why; a later filing moves the day."""

    incident: Annotated[str, Ref("incident"), PUBLIC]
    until: Annotated[Day, NotPast(), PUBLIC]
    reasons: Said


class Snapshot(Filing):
    """All that was public at the end of a week, by its digest: recorded by the authority.

    `sha256` is that of the canonical JSON (RFC 8785) of the publications that stood after entry `as_of`, in the order
    of their incidents.
    """

    name: Annotated[str, Field(pattern=r"^[0-9]{4}-W[0-9]{2}$"), PUBLIC]
    as_of: Annotated[Index, PUBLIC]
    count: Annotated[int, Field(ge=0), PUBLIC]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), PUBLIC]


PUBLISHED = kind_of("publication", Publication, Text(en="Publication of an incident", zh="事件公布"), STEWARDS, NOUN)
SHARES = kind_of(
    "sharing", Sharing, Text(en="Incident shared with authorities", zh="事件通报同行机关"), STEWARDS, "sharing"
)
EMBARGO = kind_of(
    "embargo",
    Embargo,
    Text(en="Embargo on an incident", zh="事件禁发"),
    STEWARDS,
    renewable=True,
    about_field="incident",
)
PASSED = kind_of(
    "passed",
    Passed,
    Text(en="Incident passed on to a named reader", zh="事件转告指名阅读者"),
    STEWARDS,
    renewable=True,
    about_field="incident",
)
SNAPSHOT = kind_of("snapshot", Snapshot, Text(en="Weekly snapshot", zh="每周快照"), (), "snapshot")
KINDS = (PUBLISHED, SHARES, EMBARGO, PASSED, SNAPSHOT)
OUT = (PUBLISHED.id, SHARES.id, PASSED.id)

EMBARGOES = Table(
    "incident_reports_embargo", columns={"incident": "text", "until": "text", "entry": "integer"}, key=("incident",)
)
PUBLICATIONS = Table(
    "incident_reports_publication",
    columns={"incident": "text", "entry": "integer", "at": "text", "body": "json", "annulled": "integer"},
    key=("incident", "entry"),
    indexes=(("entry",),),
)
"""Every filing of what is public, with the entry that annulled it: a snapshot of the past can be made again."""
PASSINGS = Table(
    "incident_reports_passed",
    columns={
        "incident": "text", "entry": "integer", "at": "text", "by": "text", "recipient": "text", "until": "text",
        "fields": "json",
    },
    key=("entry",),
    indexes=(("incident",), ("recipient",)),
)  # fmt: skip
"""What was passed on to whom until when: of what it says the names of the fields alone."""
WEEKS = Table("incident_reports_week", columns={"one": "integer", "week": "text", "entry": "integer"}, key=("one",))
"""The week of the newest publication, and its entry: one row."""
TABLES = (EMBARGOES, PUBLICATIONS, PASSINGS, WEEKS)


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep embargoes; with the first publication of a new week, record what was public at the end of the last one."""
    if entry.erased:
        return
    if entry.kind == ANNULLED:
        for row in tables.select(PUBLICATIONS, {"entry": entry.body["entry"]}):
            tables.put(PUBLICATIONS, {**row, "annulled": entry.index})
    elif entry.kind == EMBARGO.id:
        row = {"incident": entry.body["incident"], "until": str(entry.body["until"]), "entry": entry.index}
        tables.put(EMBARGOES, row)
    elif entry.kind == PASSED.id:
        yield from _passed(entry, tables)
    elif entry.kind == PUBLISHED.id:
        year, week, _ = entry.time.isocalendar()
        name = f"{year}-W{week:02d}"
        last = tables.get(WEEKS, 1)
        tables.put(WEEKS, {"one": 1, "week": name, "entry": entry.index})
        row = {"incident": entry.body["incident"], "entry": entry.index, "at": stamp(entry.time), "annulled": None}
        tables.put(PUBLICATIONS, {**row, "body": dict(entry.body)})
        if last is not None and last["week"] < name:
            found = standing(tables, entry.index - 1)
            body = {
                "name": last["week"],
                "as_of": entry.index - 1,
                "count": len(found),
                "sha256": digest(canonical(found)),
            }
            yield Act(SNAPSHOT.id, body, f"snapshot:{last['week']}", f"snapshot:{last['week'].lower()}")


def _passed(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Note who may read it, and name them for it: this entry alone, until the day it says."""
    body, row = entry.body, {"entry": entry.index, "at": stamp(entry.time), "by": entry.author}
    row |= {"incident": body["incident"], "recipient": body["recipient"], "until": str(body["until"])}
    tables.put(PASSINGS, {**row, "fields": [field for field in OPEN if body.get(field) not in (None, "", [], ())]})
    named = {"party": body["recipient"], "about": f"entry:{entry.index}", "until": str(body["until"])}
    reason = f"incident_reports.passed: {body['purpose']}"[:2000]
    yield Act("disclosure.named", {**named, "reason": reason}, key=f"passed:{entry.index}")


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """A publication has its incident's own reference, comes after any embargo, and does not say what it withholds."""
    body = act.body
    if act.kind == EMBARGO.id:
        said = of_incident(reader, str(body["incident"]))
        if said and said[-1]["status"] == "published":
            want = f"an incident that is not public: entry {said[-1]['entry']} says it; withdraw that first"
            yield Fault("incident", str(body["incident"]), want, "published")
    if act.kind not in OUT:
        return
    yield from _of_a_version(act, reader)
    if act.kind == PASSED.id and str(body["until"]) < str(body["published_on"]):
        yield Fault("until", str(body["until"]), f"not before published_on ({body['published_on']})", "order")
    incident = registry.subject(reader, str(body["incident"]))
    if incident is not None and body["name"] != incident["name"]:
        yield Fault("name", str(body["name"]), f"the incident's own reference, {incident['name']}", "reference")
    for field in body.get("withheld") or {}:
        if field not in OPEN:
            yield Fault(f"withheld.{field}", field, "a field of a publication: " + ", ".join(OPEN), "unknown_name")
        elif body.get(field) not in (None, "", "unknown", [], ()):
            yield Fault(f"withheld.{field}", field, "a field that is withheld is not said", "contradiction")
    embargo = reader.get(EMBARGOES, body["incident"]) if act.kind == PUBLISHED.id else None
    if embargo is not None and body["status"] == "published" and str(body["published_on"]) < embargo["until"]:
        want = f"a day from {embargo['until']} on: entry {embargo['entry']} set an embargo"
        yield Fault("published_on", str(body["published_on"]), want, "embargo")


def _of_a_version(act: Act, reader: Reader) -> Iterable[Fault]:
    """A later version says what is corrected and why; only one that withdraws says for what reason."""
    body = act.body
    if act.kind == PUBLISHED.id:
        earlier = [one["entry"] for one in of_incident(reader, str(body["incident"]))]
    else:
        shared = registry.subject(reader, f"{SHARES.noun}:{str(body['incident']).partition(':')[2]}")
        earlier = [shared["entry"]] if shared is not None and act.kind == SHARES.id else []
    if earlier and not body.get("correction"):
        want = f"what is corrected, and why: entry {earlier[-1]} was read before"
        yield Fault("correction", "", want, "missing")
    if body.get("withdrawn_for") and body["status"] != "withdrawn":
        yield Fault("withdrawn_for", str(body["withdrawn_for"]), 'only with the status "withdrawn"', "contradiction")


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def standing(reader: Reader, as_of: int | None = None) -> list[dict[str, Any]]:
    """What is public of every incident (after an entry), in the order of the incidents: what a snapshot is made of.

    Each is the body as it was filed, with `entry` and `version` of the filing, `first_published` (a day) and `updated`.
    """
    by_incident: dict[str, list[Row]] = {}
    for row in _versions(reader, as_of):
        by_incident.setdefault(row["incident"], []).append(row)
    found = [_said_of(rows) for _, rows in sorted(by_incident.items())]
    return [one for one in found if one["status"] == "published"]


def of_incident(reader: Reader, incident: str) -> list[dict[str, Any]]:
    """What was and is public of one incident, by version, oldest first: the last one stands, be it withdrawn or not."""
    rows = list(_versions(reader, None, incident=incident))
    return [_said_of(rows[: number + 1]) for number in range(len(rows))]


def _versions(reader: Reader, as_of: int | None, **where: Any) -> Iterable[Row]:
    """The filings that stood after an entry: those annulled by then are none."""
    if as_of is not None:
        where["entry"] = ("<=", as_of)
    for row in reader.select(PUBLICATIONS, where, order=("incident", "entry")):
        if row["annulled"] is None or (as_of is not None and row["annulled"] > as_of):
            yield row


def proposed(reader: Reader, incident: str, body: Mapping[str, Any], at: str) -> list[dict[str, Any]]:
    """What would be public of an incident if a body were filed now, by version: `entry` of the last one is None."""
    rows = [
        *_versions(reader, None, incident=incident),
        {"entry": None, "at": at, "body": {"status": "published", **body}},
    ]
    return [_said_of(rows[: number + 1]) for number in range(len(rows))]


def passings(reader: Reader, **where: str) -> list[Row]:
    """What was passed on, oldest first: `passings(reader, incident="incident:…")`, `passings(reader, recipient=…)`."""
    return reader.select(PASSINGS, where, order=("entry",))


def _said_of(rows: Sequence[Row]) -> dict[str, Any]:
    last = rows[-1]
    said = {name: value for name, value in last["body"].items() if value not in (None, "", [], {})}
    marks = {"entry": last["entry"], "version": len(rows), "first_published": rows[0]["at"][:10], "updated": last["at"]}
    return said | marks


def embargo_of(reader: Reader, incident: str) -> Row | None:
    """The embargo on an incident, where there is one."""
    return reader.get(EMBARGOES, incident)
