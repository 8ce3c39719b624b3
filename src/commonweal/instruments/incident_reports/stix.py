"""What is public of incidents in STIX 2.1 (OASIS Standard of 10 June 2021): incidents, who is named, how they relate.

The same object has the same identifier, `created` and words for one `modified` under every filter (section 3.6 of the
standard), so all of these follow from the whole of what was ever published, never from what was asked for. A withdrawn
incident is revoked; as nothing may follow a revoked object, one that is published again begins another.

The standard's incident has a name and a description (section 4.9 calls it a stub). What else is public of one stands in
a property extension, whose definition is in the bundle (section 7.3); the words in Chinese are language content (7.1).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from commonweal.kernel.instrument import Export, Reading, Row, Text
from commonweal.kernel.values import canonical, instant, span, stamp

from .publication import CORRECTION, OPEN, filings, withdrawn
from .searching import public
from .telling import path_of

Said = Mapping[str, Any]
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:commonweal:incident_reports")
TLP_CLEAR = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
"""STIX 2.1, section 7.2.1.4: the marking that everybody may read."""
FACTS = f"extension-definition--{uuid.uuid5(SPACE, 'extension-definition facts 1.0.0')}"
_SAID_ELSEWHERE = (
    "title", "summary", "title_zh", "summary_zh", "developers_named", "deployers_named", "external", "sources",
)  # fmt: skip
"""Fields for which the standard has a place of its own."""
ROLES = {"developers_named": "developed the system", "deployers_named": "deployed the system"}


@dataclass(frozen=True)
class _Past:
    """Everything that was ever published, by incident and in order, also what was annulled since."""

    origin: str
    by_incident: Mapping[str, list[Row]]
    address: str = ""

    def life(self, incident: str, entry: int) -> tuple[int, list[Row]]:
        """How often an incident had been withdrawn before an entry, and what was published of it from then on."""
        rows = self.by_incident[incident]
        ends = [row["entry"] for row in rows if row["entry"] < entry and row["body"]["status"] == "withdrawn"]
        return len(ends), [row for row in rows if not ends or row["entry"] > ends[-1]]

    @cached_property
    def first_named(self) -> Mapping[str, str]:
        """When each organisation was first named by anything that was published."""
        found: dict[str, str] = {}
        for row in (row for rows in self.by_incident.values() for row in rows):
            for name in (name for field in ROLES for name in row["body"].get(field) or ()):
                found[name] = min(found.get(name, row["at"]), row["at"])
        return found

    def at(self, incident: str, entry: int) -> str:
        return str(next(row["at"] for row in self.by_incident[incident] if row["entry"] == entry))

    def ident(self, kind: str, name: str) -> str:
        return f"{kind}--{uuid.uuid5(SPACE, f'{self.origin} {kind} {name}')}"


def as_stix(reading: Reading, query: Mapping[str, str]) -> bytes:
    """A bundle: incidents, the organisations that are named and how they relate; what was withdrawn is revoked."""
    by_incident: dict[str, list[Row]] = {}
    for row in filings(reading.tables):
        by_incident.setdefault(row["incident"], []).append(row)
    past, objects = _Past(reading.origin, by_incident, reading.address), dict[str, dict[str, Any]]()
    said = [one for one in public(reading, query) if not one.get("gone")]
    named: dict[str, dict[str, Any]] = {}
    for one in said:
        incident = _incident(one, past)
        for item in (incident, *_in_chinese(one, incident, past), *(_defined() if "extensions" in incident else ())):
            objects[item["id"]] = item
        for field in ROLES:
            for name in one.get(field, ()):
                identity = named.get(name) or _identity(name, past)
                named[name] = objects[identity["id"]] = identity
                link = _related(incident["id"], identity, field, one, past)
                objects[link["id"]] = link
    if not query.get("snapshot"):
        for gone in withdrawn(reading):
            revoked = {**_frame(gone, past), "name": gone["name"], "revoked": True}
            objects[revoked["id"]] = revoked
    listed = sorted(objects.values(), key=lambda item: str(item["id"]))
    ident = uuid.uuid5(SPACE, canonical(listed).decode())
    bundle = {"type": "bundle", "id": f"bundle--{ident}"} | ({"objects": listed} if listed else {})  # no list is empty
    return (json.dumps(bundle, ensure_ascii=False) + "\n").encode()


def _incident(one: Said, past: _Past) -> dict[str, Any]:
    labels = [one[field] for field in ("category", "severity") if one.get(field)]
    page = {"url": past.address + path_of(one["incident"])} if past.address else {}
    references: list[dict[str, Any]] = [{"source_name": "commonweal", "external_id": one["name"], **page}]
    references += [{"source_name": text.partition(" ")[0], "external_id": text} for text in one.get("external", ())]
    references += [
        {"source_name": "source", "url" if text.startswith(("http://", "https://")) else "description": text}
        for text in one.get("sources", ())
    ]
    found = _frame(one, past) | {"name": one["title"], "lang": "en", "external_references": references}
    if one.get("summary"):
        found["description"] = one["summary"]
    if labels := [*labels, *(f"harm:{harm}" for harm in one.get("harms", ()))]:
        found["labels"] = labels
    if facts := dict(_facts(one)):
        found["extensions"] = {FACTS: {"extension_type": "property-extension", **facts}}
    return found


def _facts(one: Said) -> Iterator[tuple[str, Any]]:
    """What is public of an incident and has no place in the standard, by the names that it has here.

    When it happened stands as it is known (EDTF), and as the instants between which that is.
    """
    for field in (*OPEN, "withheld", CORRECTION):
        if field not in _SAID_ELSEWHERE and one.get(field) not in (None, "", [], {}):
            yield field, one[field]
    yield from zip(("occurred_from", "occurred_before"), _instants(one.get("occurred")), strict=False)
    yield from [("ended_before", before) for before in _instants(one.get("occurred_until"))[1:]]


def _instants(known: object) -> list[str]:
    """Between which instants it is; none where that cannot be placed in time."""
    try:
        return [_to_the_ms(stamp(at)) for at in span(str(known or ""))]
    except ValueError:
        return []


def _in_chinese(one: Said, incident: Said, past: _Past) -> list[dict[str, Any]]:
    """The words in Chinese of this version of an incident's object, where there are some."""
    words = {
        name: one[field] for name, field in (("name", "title_zh"), ("description", "summary_zh")) if one.get(field)
    }
    if not words:
        return []
    ident = past.ident("language-content", incident["id"])
    found = _object(ident, incident["created"], incident["modified"])
    return [{**found, "object_ref": incident["id"], "object_modified": incident["modified"], "contents": {"zh": words}}]


def _defined() -> list[dict[str, Any]]:
    """The definition of the extension and who made it: the same from every authority."""
    maker = f"identity--{uuid.uuid5(SPACE, 'identity commonweal')}"
    since = "2026-11-29T00:00:00.000Z"
    return [
        {**_object(maker, since, since), "name": "Commonweal", "identity_class": "system"},
        {
            **_object(FACTS, since, since),
            "created_by_ref": maker,
            "name": "What is public of an AI incident",
            "description": _DEFINITION,
            "schema": _DEFINITION,
            "version": "1.0.0",
            "extension_types": ["property-extension"],
        },
    ]


_DEFINITION = (
    "Properties of an incident, each left out where nothing is said. Texts: category, outcome, severity, reversibility "
    "(codes of Commonweal's scales), variant_of, correction; occurred and occurred_until (when it happened and until "
    "when, EDTF: 2026-11~ is about November 2026). Timestamps: occurred_from (inclusive), occurred_before and "
    "ended_before (exclusive). Whole numbers: affected_min, affected_max, deaths. Boolean: children_concerned. Lists "
    "of texts: harms, warnings, misuses, sectors (codes), models, systems_named, harmed_named, countries (ISO 3166-1 "
    "where known). Dictionary: withheld, by property the reason for which it is not public."
)


def _frame(one: Said, past: _Past) -> dict[str, Any]:
    """What every version of an incident's object has. A version of which words were taken out is another version: the
    last before the one by which they went."""
    number, life = past.life(one["incident"], one["entry"])
    modified = one["updated"]
    if one.get("taken_out"):
        last = max(past.at(one["incident"], each["entry"]) for each in one["taken_out"])
        modified = (instant(last) - timedelta(milliseconds=1)).isoformat(timespec="milliseconds")[:23] + "Z"
    again = f" {number}" if number else ""
    return _object(past.ident("incident", one["incident"] + again), life[0]["at"], modified)


def _identity(name: str, past: _Past) -> dict[str, Any]:
    since = past.first_named[name]
    found = _object(past.ident("identity", name), since, since)
    return found | {"name": name, "identity_class": "organization"}


def _related(incident: str, identity: Said, field: str, one: Said, past: _Past) -> dict[str, Any]:
    _, life = past.life(one["incident"], one["entry"])
    since = next(row["at"] for row in life if identity["name"] in (row["body"].get(field) or ()))
    ends = {"relationship_type": "related-to", "source_ref": incident, "target_ref": identity["id"]}
    ident = past.ident("relationship", f"{incident} {identity['id']} {ROLES[field]}")
    return _object(ident, since, since) | ends | {"description": ROLES[field]}


def _object(ident: str, created: str, modified: str) -> dict[str, Any]:
    return {
        "type": ident.partition("--")[0],
        "spec_version": "2.1",
        "id": ident,
        "created": _to_the_ms(created),
        "modified": _to_the_ms(modified),
        "object_marking_refs": [TLP_CLEAR],
    }


def _to_the_ms(at: str) -> str:
    return at if "." in at else f"{at[:19]}.000Z"


STIX = Export("stix.json", Text(en="STIX 2.1", zh="STIX 2.1"), "application/stix+json;version=2.1", as_stix, dear=True)
