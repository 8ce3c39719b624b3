"""What is public of incidents in STIX 2.1 (OASIS Standard of 10 June 2021): incidents, who is named, how they relate.

The same object has the same identifier, `created` and words for one `modified` under every filter (section 3.6 of the
standard), so all of these follow from the whole of what was ever published, never from what was asked for. A withdrawn
incident is revoked; as nothing may follow a revoked object, one that is published again begins another.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from commonweal.kernel.instrument import Export, Reading, Row, Text
from commonweal.kernel.values import canonical, instant

from .publication import filings, withdrawn
from .searching import public

Said = Mapping[str, Any]
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:commonweal:incident_reports")
TLP_CLEAR = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
"""STIX 2.1, section 7.2.1.4: the marking that everybody may read."""
ROLES = {"developers_named": "developed the system", "deployers_named": "deployed the system"}


@dataclass(frozen=True)
class _Past:
    """Everything that was ever published, by incident and in order, also what was annulled since."""

    origin: str
    by_incident: Mapping[str, list[Row]]

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
    past, objects = _Past(reading.origin, by_incident), {}
    said = [one for one in public(reading, query) if not one.get("gone")]
    named: dict[str, dict[str, Any]] = {}
    for one in said:
        incident = _incident(one, past)
        objects[incident["id"]] = incident
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
    references = [{"source_name": "commonweal", "external_id": one["name"]}]
    references += [{"source_name": text.partition(" ")[0], "external_id": text} for text in one.get("external", ())]
    references += [
        {"source_name": "source", "url": url}
        for url in one.get("sources", ())
        if url.startswith(("http://", "https://"))
    ]
    found = _frame(one, past) | {"name": one["title"], "external_references": references}
    if one.get("summary"):
        found["description"] = one["summary"]
    if labels := [*labels, *(f"harm:{harm}" for harm in one.get("harms", ()))]:
        found["labels"] = labels
    return found


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
