"""The forms of the list of published incidents: those of other databases, JSON, and those that modules beside it make.

Shapes follow what those databases publish (incidentdatabase.ai snapshots; AVID's data model 0.3; ATLAS.yaml 5), so that
what was imported from one of them goes back as it came, and what they have no place for is told (`lacks`). An incident
that they do not number is called by the origin of the log and our reference, which are nobody else's. JSON is YAML 1.2,
so the case studies are written as JSON under a YAML name. Each is made from publications alone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Export, Reading, Text
from commonweal.kernel.values import canonical, defused

from .feeds import ATOM_FEED, JSON_FEED
from .importing.aiid import MORE, OWN_FROM
from .printing import PDF
from .publication import CORRECTION, OPEN, filings, standing_rows
from .searching import public
from .snapshots import digest_of, parts_of, snapshot
from .spreadsheet import XLSX
from .stix import STIX
from .telling import title_of

Said = Mapping[str, Any]
_AIID = re.compile(r"AIID ([0-9]+)")
_AIID_REPORT = re.compile(r"AIID report ([0-9]+)")
_AVID = re.compile(r"AVID-[0-9]{4}-V[0-9]+")
_AVID_REPORT = re.compile(r"AVID-[0-9]{4}-R[0-9]+")
_QUOTED_DAY = re.compile(r'"incident-date": "([0-9]{4}-[0-9]{2}-[0-9]{2})"')
_WHO = {
    "Alleged deployer of AI system": "deployers_named",
    "Alleged developer of AI system": "developers_named",
    "Alleged harmed or nearly harmed parties": "harmed_named",
}


_LACKING: Mapping[str, Text] = {
    "sources": Text(en="Sources without a web address", zh="无网址的来源"),
    "external": Text(en="Numbers in further databases", zh="在其他数据库中的编号"),
    "models": Text(en="That models are registered", zh="模型的登记信息"),
}
"""What of a field is lacking, where something of it is there."""
Write = Callable[[Sequence[Said], str, Mapping[str, int]], bytes]
"""Incidents in a form, by the origin of the log and the entry by which each was first published."""


def _form(suffix: str, title: Text, media_type: str, write: Write, says: Collection[str]) -> Export:
    """Of a snapshot such a form leaves out those of which all words were taken out since. `says` are the fields that
    whoever reads the form has again."""

    def make(reading: Reading, query: Mapping[str, str]) -> bytes:
        first: dict[str, int] = {}
        for row in filings(reading.tables):
            first.setdefault(row["incident"], row["entry"])
        return write([one for one in public(reading, query) if not one.get("gone")], reading.origin, first)

    lacks = tuple(
        _LACKING.get(field) or title_of(field) for field in (*OPEN, "withheld", CORRECTION) if field not in says
    )
    return Export(suffix, title, media_type, make, dear=True, lacks=lacks)


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


def as_aiid(said: Sequence[Said], origin: str, first: Mapping[str, int]) -> bytes:
    """Columns of a snapshot's incidents.csv, then those that only we have (`importing.aiid.MORE`).

    `incident_id` is AIID's number, else `OWN_FROM` and the entry by which the incident was first published. `date` is
    a day: the first of a month or year, where no more is known; `occurred` says how much is. `_id` is shaped as theirs
    and made of our reference.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["_id", "incident_id", "date", "reports", *_WHO, "description", "title", *MORE])
    for one in said:
        reference = f"{origin} {one['name']}"
        numbers = [found[1] for text in one.get("external", ()) if (found := _AIID.fullmatch(text))]
        reports = [int(found[1]) for text in one.get("sources", ()) if (found := _AIID_REPORT.fullmatch(text))]
        others = [text for text in one.get("sources", ()) if not _AIID_REPORT.fullmatch(text)]
        named = [_compact(one.get(field, [])) for field in _WHO.values()]
        cells = [
            f"ObjectId({hashlib.sha256(reference.encode()).hexdigest()[:24]})",
            numbers[0] if numbers else str(OWN_FROM + first[one["incident"]]),
            _day(one.get("occurred")),
            _compact(reports),
            *named,
            one.get("summary", ""),
            one["title"],
            reference,
            *(one.get(field, "") for field in ("occurred", "occurred_until", "title_zh", "summary_zh")),
            _compact(others),
        ]
        writer.writerow([defused(cell) for cell in cells])
    return out.getvalue().encode()


def _compact(items: Sequence[Any]) -> str:
    return json.dumps(list(items), ensure_ascii=False, separators=(",", ":"))


def _day(occurred: object) -> str:
    """The first day on which something may have happened, as it was written; empty where it is not said when."""
    when = str(occurred or "").rstrip("~")[:10]
    return when + "-01-01"[len(when) - 4 :] if when else ""


def as_avid(said: Sequence[Said], origin: str, first: Mapping[str, int]) -> bytes:
    """A vulnerability a line, as AVID's data model 0.3 has it."""
    return "".join(json.dumps(_avid(one, origin), ensure_ascii=False) + "\n" for one in said).encode()


def _avid(one: Said, origin: str) -> dict[str, Any]:
    known = (text for text in one.get("external", ()) if _AVID.fullmatch(text))
    artifacts = [{"type": "System", "name": name} for name in one.get("systems_named", ())]
    artifacts += [{"type": "Model", "name": name.partition(":")[2]} for name in one.get("models", ())]
    return {
        "data_type": "AVID",
        "data_version": "0.3",
        "metadata": {"vuln_id": next(known, f"{origin} {one['name']}")},
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
        "reports": [{"report_id": text} for text in one.get("external", ()) if _AVID_REPORT.fullmatch(text)],
        "published_date": one["first_published"],
        "last_modified_date": one["updated"][:10],
    }


def _addresses(one: Said) -> list[str]:
    return [text for text in one.get("sources", ()) if text.startswith(("http://", "https://"))]


def as_atlas(said: Sequence[Said], origin: str, first: Mapping[str, int]) -> bytes:
    """Case studies as ATLAS.yaml holds them. A day stands without quotation marks: YAML's readers take it for one then,
    as those of ATLAS ask."""
    studies = json.dumps({"case-studies": [_study(one, origin) for one in said]}, ensure_ascii=False, indent=1)
    return (_QUOTED_DAY.sub(r'"incident-date": \1', studies) + "\n").encode()


def _study(one: Said, origin: str) -> dict[str, Any]:
    known = [text.removeprefix("ATLAS ") for text in one.get("external", ()) if text.startswith("ATLAS ")]
    number = next((text for text in known if text.startswith("AML.CS")), f"{origin} {one['name']}")
    day = _day(one.get("occurred"))
    exact = {4: "YEAR", 7: "MONTH"}.get(len(str(one.get("occurred")).rstrip("~")), "DATE")
    study = {
        "id": number,
        "name": one["title"],
        "object-type": "case-study",
        "summary": one.get("summary") or one["title"],
        "procedure": [{"technique": text} for text in known if text.startswith("AML.T")],
        "target": ", ".join(one.get("systems_named", ())),
        "actor": "Unknown",
        "case-study-type": "exercise" if _is_exercise(one, number) else "incident",
        "references": [{"title": url, "url": url} for url in _addresses(one)],
    }
    return study | ({"incident-date": day, "incident-date-granularity": exact} if day else {})


def _is_exercise(one: Said, number: str) -> bool:
    """Whether it was only shown that it can be done: what was made up, and what ATLAS itself holds as an exercise."""
    return bool(one.get("fictitious")) or (number.startswith("AML.CS") and one.get("category") is None)


AIID_SAYS = (
    "title", "title_zh", "summary", "summary_zh", "occurred", "occurred_until", *_WHO.values(), "sources",
)  # fmt: skip
AVID_SAYS = ("title", "summary", "systems_named", "developers_named", "deployers_named")
ATLAS_SAYS = ("title", "summary", "occurred", "systems_named")
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
    _form(
        "aiid.csv", Text(en="AIID-shaped (CSV)", zh="AIID 格式（CSV）"), "text/csv; charset=utf-8", as_aiid, AIID_SAYS
    ),
    _form(
        "avid.jsonl",
        Text(en="AVID-shaped (JSON lines)", zh="AVID 格式（JSON 行）"),
        "application/jsonl",
        as_avid,
        AVID_SAYS,
    ),
    _form(
        "atlas.yaml", Text(en="ATLAS-shaped (YAML)", zh="ATLAS 格式（YAML）"), "application/yaml", as_atlas, ATLAS_SAYS
    ),
    STIX,
    ATOM_FEED,
    JSON_FEED,
    PDF,
)
