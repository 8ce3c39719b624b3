"""Reads the AI Incident Database's weekly snapshot: its incidents, and their classifications by MIT and CSET.

Which table a CSV file is, its heading says. Incidents come first; a classification names an incident that is here.
Source: incidentdatabase.ai/research/snapshots; the database is under CC BY-SA 4.0.

What an authority exports in that shape has further columns (`MORE`), which say what the database's own cannot: whose
incident it is, the date as far as it is known, the words in Chinese, sources without a number. They are read again.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping

from commonweal.kernel.instrument import Imported
from commonweal.kernel.values import BadInput, Fault, undefused

from ..incidents import ANNOTATED, INCIDENT
from .found import SOURCES_MAX, Found, bounded, text_of

MORE = ("reference", "occurred", "occurred_until", "title_zh", "description_zh", "sources")
"""Columns that this database does not have, behind its own; whoever reads by name passes over them."""
OWN_FROM = 900_000_000
"""The number of an incident that this database does not have is this and more: it has some thousands."""

ADDRESS = "https://incidentdatabase.ai/cite/"
Cells = Mapping[str, str]
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_CODE = re.compile(r"([0-9](?:\.[0-9]+)?)\.? ")
_INCIDENTS = ("incident_id", "date", "title", "description")
_WHO = {
    "deployers_named": "Alleged deployer of AI system",
    "developers_named": "Alleged developer of AI system",
    "harmed_named": "Alleged harmed or nearly harmed parties",
}
_TOLD_BY = {
    **_WHO,
    "sources": "reports",
    "external": "reference",
    "occurred_until": "occurred_until",
    "title_zh": "title_zh",
    "summary_zh": "description_zh",
}
"""By field, the column without which a table says nothing of it; the others stand in every table."""
_MIT = {"entity": "Entity", "intent": "Intent", "timing": "Timing"}
_MIT_DOMAIN = {"domain": "Risk Domain", "subdomain": "Risk Subdomain"}
_CSET = {
    "ai_system": "AI System",
    "tangible_harm": "Tangible Harm",
    "ai_harm_level": "AI Harm Level",
    "critical_services": "Impact on Critical Services",
    "rights_violation": "Rights Violation",
    "involving_minor": "Involving Minor",
}


def name_of(number: str) -> str:
    """The reference of an incident of that database: `AIID 23`, the subject `incident:aiid-23`."""
    return f"AIID {number}"


def read(data: bytes, name: str) -> Imported:
    """The acts of one table of a snapshot. Raises `BadInput` with every fault, and `TooLarge`."""
    reader = csv.DictReader(io.StringIO(text_of(data, name)), strict=True)
    try:
        heading = tuple(reader.fieldnames or ())
        row_of = _table(heading, name)
        silent = [field for field, column in _TOLD_BY.items() if column not in heading] if row_of is _incident else []
        found = Found(name, silent=silent)
        for number, cells in bounded(reader, name):
            place = f"row {number + 1}"
            if None in cells or None in cells.values():
                found.fault(
                    place,
                    f"{sum(value is not None for value in cells.values())} cells",
                    "as many as the heading has",
                    "cells",
                )
                continue
            row_of(found, cells, place)
    except csv.Error as error:
        raise BadInput(
            Fault(f"line {reader.line_num}", str(error), "a CSV file as RFC 4180 has it", "csv"), name
        ) from error
    return found.done()


def _table(heading: tuple[str, ...], name: str) -> Callable[[Found, Cells, str], None]:
    """What reads a row of the table with this heading."""
    columns = set(heading)
    if set(_INCIDENTS) <= columns:
        return _incident
    if {"Incident ID", *_MIT_DOMAIN.values(), *_MIT.values()} <= columns:
        return _by_mit
    if {"Incident ID", *_CSET.values()} <= columns:
        return _by_cset
    columns_of = ", ".join(_INCIDENTS)
    want = f"a snapshot's incidents.csv ({columns_of}, …), classifications_MIT.csv or classifications_CSETv1.csv"
    raise BadInput(Fault("row 1", ", ".join(heading)[:200] or "(empty)", want, "heading"), name)


def _incident(found: Found, cells: Cells, place: str) -> None:
    if (cells.get("reference") or "").strip():  # an authority's export, defused against spreadsheets
        cells = {column: undefused(cell) for column, cell in cells.items()}
    number = _number(found, cells["incident_id"], f"{place}, incident_id")
    said = _listed(found, cells.get("reports", "[]") or "[]", f"{place}, reports")
    more = {name: (cells.get(name) or "").strip() for name in MORE}
    reference = found.line(more["reference"], place, "reference")
    own = bool(reference) and number.isdigit() and int(number) >= OWN_FROM
    name = reference if own else name_of(number)
    numbered = [f"AIID report {report}" for report in said[:400]]
    addresses = _listed(found, more["sources"], f"{place}, sources") if more["sources"] else [f"{ADDRESS}{number}"]
    body = {
        "name": name,
        "title": found.line(cells["title"], place, "title"),
        "title_zh": found.line(more["title_zh"], place, "title_zh"),
        "summary": found.words(cells["description"], place, "description"),
        "summary_zh": found.words(more["description_zh"], place, "description_zh"),
        "occurred": more["occurred"] or cells["date"].strip(),
        "occurred_until": more["occurred_until"],
        "external": list(dict.fromkeys(filter(None, [name, reference]))),
        "sources": [*addresses, *numbered][:SOURCES_MAX],
    }
    for field, column in _WHO.items():
        names = _listed(found, cells.get(column, "[]") or "[]", f"{place}, {column}")
        body[field] = found.names(names, place, column)
    found.add(INCIDENT, body, place)


def _by_mit(found: Found, cells: Cells, place: str) -> None:
    causal = {question: [cells[column].strip()] for question, column in _MIT.items() if cells[column].strip()}
    domain = {}
    for question, column in _MIT_DOMAIN.items():
        if words := cells[column].strip():
            code = _CODE.match(words + " ")
            domain[question] = [code[1] if code else words]
    _annotations(found, cells, place, {"mit_causal": ("3", causal), "mit_domain": ("3", domain)}, "AIID (MIT)")


def _by_cset(found: Found, cells: Cells, place: str) -> None:
    codes = {question: [cells[column].strip()] for question, column in _CSET.items() if cells[column].strip()}
    annotator = cells.get("Annotator", "").strip()
    _annotations(found, cells, place, {"cset_v1": ("1", codes)}, f"CSET {annotator}".strip())


def _annotations(
    found: Found, cells: Cells, place: str, taxonomies: Mapping[str, tuple[str, Mapping[str, list[str]]]], by: str
) -> None:
    number = _number(found, cells["Incident ID"], f"{place}, Incident ID")
    if not any(codes for _, codes in taxonomies.values()):
        found.remark(f"{place}: incident {number} is not classified yet")
    for taxonomy, (version, codes) in taxonomies.items():
        if codes:
            body = {"incident": f"incident:aiid-{number}", "taxonomy": taxonomy, "version": version, "annotator": by}
            found.add(ANNOTATED, {**body, "codes": codes}, place)


def _number(found: Found, seen: str, place: str) -> str:
    if not _NUMBER.fullmatch(seen.strip()):
        found.fault(place, seen, "the number of an incident, e.g. 23", "number")
    return seen.strip()


def _listed(found: Found, seen: str, place: str) -> list[str]:
    """A cell that holds a JSON list of texts or numbers."""
    try:
        items = json.loads(seen)
    except (ValueError, RecursionError):
        items = None
    if not isinstance(items, list) or not all(isinstance(item, (str, int)) for item in items):
        found.fault(place, seen, 'a JSON list, e.g. ["uber"]', "list")
        return []
    return [str(item) for item in items]
