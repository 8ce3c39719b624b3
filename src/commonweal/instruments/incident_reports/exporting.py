"""What is public of incidents as others' software takes it: AIID-, AVID- and ATLAS-shaped, STIX 2.1, XLSX, Atom.

Shapes follow what those databases publish (incidentdatabase.ai snapshots; AVID's data model 0.3; ATLAS.yaml 5;
STIX 2.1, OASIS Standard of 10 June 2021; RFC 4287), so that what was imported from one of them goes back as it came.
JSON is YAML 1.2, so the case studies are written as JSON under a YAML name. Each is made from publications alone.
"""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from commonweal.kernel.instrument import Export, Reading, Text
from commonweal.kernel.values import canonical, defused

Said = Mapping[str, Any]
Public = Callable[[Reading, Mapping[str, str]], Sequence[Said]]
ATOM, FEED_MAX = "http://www.w3.org/2005/Atom", 100
STIX_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:commonweal:incident_reports")
TLP_CLEAR = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
"""STIX 2.1, section 7.2.1.4: the marking that everybody may read."""
_AIID = re.compile(r"AIID ([0-9]+)")
_AIID_REPORT = re.compile(r"AIID report ([0-9]+)")
_WHO = {
    "Alleged deployer of AI system": "deployers_named",
    "Alleged developer of AI system": "developers_named",
    "Alleged harmed or nearly harmed parties": "harmed_named",
}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
COLUMNS = (
    "name", "title", "title_zh", "summary", "summary_zh", "category", "occurred", "occurred_until", "outcome", "harms",
    "severity", "reversibility", "affected_min", "affected_max", "deaths", "children_concerned", "warnings", "misuses",
    "sectors", "models", "systems_named", "developers_named", "deployers_named", "harmed_named", "countries",
    "variant_of", "external", "sources", "withheld", "correction", "version", "first_published", "updated", "entry",
)  # fmt: skip


def exports(public: Public) -> tuple[Export, ...]:
    """The forms of the list of published incidents; `public` gives them under a query."""

    def form(suffix: str, title: Text, media_type: str, write: Callable[[Sequence[Said], Reading], bytes]) -> Export:
        return Export(suffix, title, media_type, lambda reading, query: write(public(reading, query), reading))

    return (
        form("full.json", Text(en="JSON, every field", zh="JSON（全部字段）"), "application/json", as_json),
        form(
            "snapshot.json",
            Text(en="Snapshot (canonical JSON)", zh="快照（规范JSON）"),
            "application/json",
            as_snapshot,
        ),
        form("xlsx", Text(en="Spreadsheet (XLSX)", zh="电子表格（XLSX）"), XLSX, as_xlsx),
        form("aiid.csv", Text(en="AIID-shaped (CSV)", zh="AIID 格式（CSV）"), "text/csv; charset=utf-8", as_aiid),
        form(
            "avid.jsonl", Text(en="AVID-shaped (JSON lines)", zh="AVID 格式（JSON 行）"), "application/jsonl", as_avid
        ),
        form("atlas.yaml", Text(en="ATLAS-shaped (YAML)", zh="ATLAS 格式（YAML）"), "application/yaml", as_atlas),
        form("stix.json", Text(en="STIX 2.1", zh="STIX 2.1"), "application/stix+json;version=2.1", as_stix),
        form("atom", Text(en="Feed (Atom)", zh="订阅源（Atom）"), "application/atom+xml; charset=utf-8", as_feed),
    )


CELL_CHARS_MAX = 32_767
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_json(said: Sequence[Said], reading: Reading) -> bytes:
    return (json.dumps(list(said), ensure_ascii=False, indent=1) + "\n").encode()


def as_snapshot(said: Sequence[Said], reading: Reading) -> bytes:
    """Canonical JSON (RFC 8785) in the order of the incidents: what a snapshot's digest is of."""
    return canonical(sorted((dict(one) for one in said), key=lambda one: str(one["incident"])))


def as_aiid(said: Sequence[Said], reading: Reading) -> bytes:
    """Columns of a snapshot's incidents.csv. An incident that AIID does not number has our reference for its number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["_id", "incident_id", "date", "reports", *_WHO, "description", "title"])
    for one in said:
        number = next((found[1] for text in one.get("external", ()) if (found := _AIID.fullmatch(text))), one["name"])
        reports = [int(found[1]) for text in one.get("sources", ()) if (found := _AIID_REPORT.fullmatch(text))]
        named = [json.dumps(one.get(field, []), ensure_ascii=False, separators=(",", ":")) for field in _WHO.values()]
        cells = [
            one["incident"],
            defused(number),
            one.get("occurred", ""),
            json.dumps(reports, separators=(",", ":")),
            *named,
        ]
        writer.writerow([*cells, defused(one.get("summary", "")), defused(one["title"])])
    return out.getvalue().encode()


def as_avid(said: Sequence[Said], reading: Reading) -> bytes:
    """A vulnerability a line, as AVID's data model 0.3 has it."""
    return "".join(json.dumps(_avid(one), ensure_ascii=False) + "\n" for one in said).encode()


def _avid(one: Said) -> dict[str, Any]:
    artifacts = [{"type": "System", "name": name} for name in one.get("systems_named", ())]
    artifacts += [{"type": "Model", "name": name.partition(":")[2]} for name in one.get("models", ())]
    return {
        "data_type": "AVID",
        "data_version": "0.3",
        "metadata": {"vuln_id": one["name"]},
        "affects": {
            "developer": list(one.get("developers_named", ())),
            "deployer": list(one.get("deployers_named", ())),
            "artifacts": artifacts,
        },
        "problemtype": {
            "classof": "Third-party Report",
            "type": "Issue",
            "description": {"lang": "eng", "value": one["title"]},
        },
        "references": [{"type": "source", "label": url, "url": url} for url in _addresses(one)],
        "description": {"lang": "eng", "value": one.get("summary") or one["title"]},
        "published_date": one["first_published"],
        "last_modified_date": one["updated"][:10],
    }


def _addresses(one: Said) -> list[str]:
    return [text for text in one.get("sources", ()) if text.startswith(("http://", "https://"))]


def as_atlas(said: Sequence[Said], reading: Reading) -> bytes:
    """Case studies as ATLAS.yaml holds them, of those whose day is known as far as a year."""
    studies = [_study(one) for one in said]
    return (json.dumps({"case-studies": studies}, ensure_ascii=False, indent=1) + "\n").encode()


def _study(one: Said) -> dict[str, Any]:
    known = [text.removeprefix("ATLAS ") for text in one.get("external", ()) if text.startswith("ATLAS ")]
    number = next((text for text in known if text.startswith("AML.CS")), one["name"])
    when = str(one.get("occurred", "")).rstrip("~")[:10]
    day = when + "-01-01"[len(when) - 4 :] if when else None
    exact = {4: "YEAR", 7: "MONTH"}.get(len(when), "DATE")
    study = {
        "id": number,
        "name": one["title"],
        "object-type": "case-study",
        "summary": one.get("summary") or one["title"],
        "procedure": [{"technique": text} for text in known if text.startswith("AML.T")],
        "target": ", ".join(one.get("systems_named", ())),
        "case-study-type": "exercise" if _is_exercise(one, number) else "incident",
        "references": [{"title": url, "url": url} for url in _addresses(one)],
    }
    return study | ({"incident-date": day, "incident-date-granularity": exact} if day else {})


def _is_exercise(one: Said, number: str) -> bool:
    """Whether it was only shown that it can be done: what was made up, and what ATLAS itself holds as an exercise."""
    return bool(one.get("fictitious")) or (number.startswith("AML.CS") and one.get("category") is None)


# ── STIX 2.1 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_stix(said: Sequence[Said], reading: Reading) -> bytes:
    """A bundle: incidents, the organisations that are named and how they relate. Identifiers are the same each time."""
    objects: dict[str, dict[str, Any]] = {}
    for one in said:
        incident = _incident(one)
        objects[incident["id"]] = incident
        for field, role in (("developers_named", "developed the system"), ("deployers_named", "deployed the system")):
            for name in one.get(field, ()):
                identity = _identity(name, one)
                first = objects.setdefault(identity["id"], identity)
                first["created"] = min(first["created"], identity["created"])
                first["modified"] = max(first["modified"], identity["modified"])
                link = _related(incident, identity, role)
                objects[link["id"]] = link
    listed = sorted(objects.values(), key=lambda item: str(item["id"]))
    ident = uuid.uuid5(STIX_SPACE, canonical(listed).decode())
    bundle = {"type": "bundle", "id": f"bundle--{ident}"} | ({"objects": listed} if listed else {})  # no list is empty
    return (json.dumps(bundle, ensure_ascii=False) + "\n").encode()


def _incident(one: Said) -> dict[str, Any]:
    labels = [one[field] for field in ("category", "severity") if one.get(field)]
    references = [{"source_name": "commonweal", "external_id": one["name"]}]
    references += [{"source_name": text.partition(" ")[0], "external_id": text} for text in one.get("external", ())]
    references += [{"source_name": "source", "url": url} for url in _addresses(one)]
    found = _object("incident", one["incident"], one) | {"name": one["title"], "external_references": references}
    if one.get("summary"):
        found["description"] = one["summary"]
    if labels := [*labels, *(f"harm:{harm}" for harm in one.get("harms", ()))]:
        found["labels"] = labels
    return found


def _identity(name: str, one: Said) -> dict[str, Any]:
    return _object("identity", name, one) | {"name": name, "identity_class": "organization"}


def _related(incident: Said, identity: Said, role: str) -> dict[str, Any]:
    name = f"{incident['id']} {identity['id']} {role}"
    found = {"created": incident["created"], "modified": incident["modified"], "object_marking_refs": [TLP_CLEAR]}
    ends = {"relationship_type": "related-to", "source_ref": incident["id"], "target_ref": identity["id"]}
    kind = {"type": "relationship", "spec_version": "2.1", "id": f"relationship--{uuid.uuid5(STIX_SPACE, name)}"}
    return {**kind, **found, **ends, "description": role}


def _object(kind: str, name: str, one: Said) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid.uuid5(STIX_SPACE, f'{kind} {name}')}",
        "created": f"{one['first_published']}T00:00:00.000Z",
        "modified": f"{one['updated'][:19]}.000Z",
        "object_marking_refs": [TLP_CLEAR],
    }


# ── spreadsheet and feed ────────────────────────────────────────────────────────────────────────────────────────────


def as_xlsx(said: Sequence[Said], reading: Reading) -> bytes:
    """One sheet, a row an incident; every cell is text or a number, none a formula or a link."""
    import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

    out = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, plain)
    book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC)})  # the same rows give the same bytes
    sheet = book.add_worksheet("incidents")
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(said)), len(COLUMNS) - 1)
    for at, column in enumerate(COLUMNS):
        sheet.write_string(0, at, column)
    for row, one in enumerate(said, 1):
        for at, column in enumerate(COLUMNS):
            _write(sheet, row, at, one.get(column))
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, at: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, at, value)
    else:
        if isinstance(value, (list, tuple)):
            value = "; ".join(map(str, value))
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        sheet.write_string(row, at, _UNPRINTABLE.sub("\ufffd", text)[:CELL_CHARS_MAX])


def as_feed(said: Sequence[Said], reading: Reading) -> bytes:
    """The newest filings first, at most a hundred; an incident's entry keeps its identifier for ever."""
    language = reading.language
    newest = sorted(said, key=lambda one: (one["updated"], one["incident"]), reverse=True)[:FEED_MAX]
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed")
    _put(feed, "id", f"urn:uuid:{uuid.uuid5(STIX_SPACE, 'feed')}")
    _put(feed, "title", "已公布事件" if language == "zh" else "Published incidents")
    _put(feed, "updated", newest[0]["updated"] if newest else "1970-01-01T00:00:00Z")
    _put(feed, "author", "").append(_text("name", reading.authority))
    here = f"{reading.address}{'/zh' if language == 'zh' else ''}"
    _link(feed, "self", f"{here}/incident_reports/incidents.atom")
    _link(feed, "alternate", f"{here}/incident_reports/incidents")
    for one in newest:
        entry = ElementTree.SubElement(feed, f"{{{ATOM}}}entry")
        _put(entry, "id", f"urn:uuid:{uuid.uuid5(STIX_SPACE, 'entry ' + one['incident'])}")
        _put(entry, "title", (language == "zh" and one.get("title_zh")) or one["title"])
        _put(entry, "published", f"{one['first_published']}T00:00:00Z")
        _put(entry, "updated", one["updated"])
        _link(entry, "alternate", f"{here}/incidents/{one['incident'].partition(':')[2]}")
        _put(entry, "summary", (language == "zh" and one.get("summary_zh")) or one.get("summary") or one["title"])
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _link(parent: ElementTree.Element, rel: str, href: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": href})


def _put(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    item = _text(name, text)
    parent.append(item)
    return item


def _text(name: str, text: str) -> ElementTree.Element:
    item = ElementTree.Element(f"{{{ATOM}}}{name}")
    item.text = _UNPRINTABLE.sub("\ufffd", text) or None
    return item
