"""What goes out: what everybody may read of an incident, field by field, and what fellow authorities and auditors may.

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
from commonweal.kernel.registry import Day, NotFuture, Ref
from commonweal.kernel.values import canonical, digest, stamp

from .incidents import Incident
from .reports import STEWARDS, Index, Line, Said, Words, kind_of
from .tables import ANNULLED

Why = Literal["personal", "trade_secret", "security", "investigation", "court", "third_party"]
WITHHELD: Mapping[Why, Text] = {
    "personal": Text(en="protects people", zh="保护个人"),
    "trade_secret": Text(en="a trade secret", zh="商业秘密"),
    "security": Text(en="would help to repeat it", zh="可能助长重演"),
    "investigation": Text(en="under investigation", zh="调查中"),
    "court": Text(en="before a court", zh="司法程序中"),
    "third_party": Text(en="held for others", zh="涉及第三方"),
}
OPEN = (
    "category", "title", "title_zh", "summary", "summary_zh", "occurred", "occurred_until", "outcome", "harms",
    "severity", "reversibility", "affected_min", "affected_max", "deaths", "children_concerned", "warnings", "misuses",
    "sectors", "models", "systems_named", "developers_named", "deployers_named", "harmed_named", "countries",
    "variant_of", "external", "sources",
)  # fmt: skip
"""The fields of an incident that a publication may say."""
NOUN = "publication"


def _said(name: str, marking: Marking, doc: str) -> type[Filing]:
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
    return create_model(name, __base__=Filing, __doc__=doc, **fields)


Publication = _said("Publication", PUBLIC, "What everybody may read of an incident; each filing is a version.")
Sharing = _said(
    "Sharing", Marking.GREEN, "What fellow authorities and auditors may read of an incident (TLP:GREEN); versioned."
)


class Embargo(Filing):
    """Nothing of an incident is published before a day, and why; a later filing moves the day."""

    incident: Annotated[str, Ref("incident"), PUBLIC]
    until: Annotated[Day, PUBLIC]
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
SNAPSHOT = kind_of("snapshot", Snapshot, Text(en="Weekly snapshot", zh="每周快照"), (), "snapshot")
KINDS = (PUBLISHED, SHARES, EMBARGO, SNAPSHOT)

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
WEEKS = Table("incident_reports_week", columns={"one": "integer", "week": "text", "entry": "integer"}, key=("one",))
"""The week of the newest publication, and its entry: one row."""
TABLES = (EMBARGOES, PUBLICATIONS, WEEKS)


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


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """A publication has its incident's own reference, comes after any embargo, and does not say what it withholds."""
    body = act.body
    if act.kind not in (PUBLISHED.id, SHARES.id):
        return
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


def _said_of(rows: Sequence[Row]) -> dict[str, Any]:
    last = rows[-1]
    said = {name: value for name, value in last["body"].items() if value not in (None, "", [], {})}
    marks = {"entry": last["entry"], "version": len(rows), "first_published": rows[0]["at"][:10], "updated": last["at"]}
    return said | marks


def embargo_of(reader: Reader, incident: str) -> Row | None:
    """The embargo on an incident, where there is one."""
    return reader.get(EMBARGOES, incident)
