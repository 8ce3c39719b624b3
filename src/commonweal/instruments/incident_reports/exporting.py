"""The forms of the list of published incidents: those of other databases, JSON, and those that modules beside it make.

Shapes follow what those databases publish (incidentdatabase.ai snapshots; AVID's data model 0.3; ATLAS.yaml 5), so that
what was imported from one of them goes back as it came. JSON is YAML 1.2, so the case studies are written as JSON under
a YAML name. Each is made from publications alone.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Export, Reading, Text
from commonweal.kernel.values import canonical, defused

from .feeds import ATOM_FEED, JSON_FEED
from .printing import PDF
from .publication import standing_rows
from .searching import public
from .snapshots import digest_of, parts_of, snapshot
from .spreadsheet import XLSX
from .stix import STIX

Said = Mapping[str, Any]
_AIID = re.compile(r"AIID ([0-9]+)")
_AIID_REPORT = re.compile(r"AIID report ([0-9]+)")
_WHO = {
    "Alleged deployer of AI system": "deployers_named",
    "Alleged developer of AI system": "developers_named",
    "Alleged harmed or nearly harmed parties": "harmed_named",
}


def _form(suffix: str, title: Text, media_type: str, write: Callable[[Sequence[Said]], bytes]) -> Export:
    """Of a snapshot such a form leaves out those of which all words were taken out since."""

    def make(reading: Reading, query: Mapping[str, str]) -> bytes:
        return write([one for one in public(reading, query) if not one.get("gone")])

    return Export(suffix, title, media_type, make, dear=True)


def as_json(reading: Reading, query: Mapping[str, str]) -> bytes:
    """Every field, also what was taken out of a snapshot and why."""
    return (json.dumps(public(reading, query), ensure_ascii=False, indent=1) + "\n").encode()


def as_snapshot(reading: Reading, query: Mapping[str, str]) -> bytes:
    """Canonical JSON (RFC 8785): incidents in their order, beside the entries of the record that say them.

    `parts` are `[entry, SHA-256 of its leaf]` of all that the snapshot is made of, whatever the filter: the SHA-256 of
    their canonical JSON is the digest that is in the record. Without a snapshot it is what is public now.
    """
    taken = snapshot(reading.tables, query.get("snapshot", ""))
    rows = standing_rows(reading.tables)
    parts = parts_of(reading.tables, taken) if taken else sorted((row["entry"], row["leaf"]) for row in rows)
    said = sorted(public(reading, query), key=lambda one: str(one["incident"]))
    of = {"snapshot": taken["name"], "entry": taken["entry"], "ended": taken["body"]["ended"]} if taken else {}
    found = {"sha256": taken["body"]["sha256"] if taken else digest_of(parts), "parts": [list(one) for one in parts]}
    return canonical({**of, **found, "incidents": said})


def as_aiid(said: Sequence[Said]) -> bytes:
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


def as_avid(said: Sequence[Said]) -> bytes:
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


def as_atlas(said: Sequence[Said]) -> bytes:
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


EXPORTS = (
    Export("full.json", Text(en="JSON, every field", zh="JSON（全部字段）"), "application/json", as_json, dear=True),
    Export(
        "snapshot.json",
        Text(en="Snapshot (canonical JSON)", zh="快照（规范JSON）"),
        "application/json",
        as_snapshot,
        dear=True,
    ),
    XLSX,
    _form("aiid.csv", Text(en="AIID-shaped (CSV)", zh="AIID 格式（CSV）"), "text/csv; charset=utf-8", as_aiid),
    _form("avid.jsonl", Text(en="AVID-shaped (JSON lines)", zh="AVID 格式（JSON 行）"), "application/jsonl", as_avid),
    _form("atlas.yaml", Text(en="ATLAS-shaped (YAML)", zh="ATLAS 格式（YAML）"), "application/yaml", as_atlas),
    STIX,
    ATOM_FEED,
    JSON_FEED,
    PDF,
)
