"""Reads reports and vulnerabilities of the AI Vulnerability Database, one JSON object a line or one list.

A report becomes a report by an evaluator; a vulnerability, which AVID puts together from reports, an incident. A
`reported_date` says when AVID had it, not when it happened: it is kept in words with the source.
Format: avidml.org, data model version 0.2 and 0.3; data under the MIT licence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel.instrument import Imported
from commonweal.kernel.values import BadInput, Fault, read_json

from ..incidents import INCIDENT
from ..reports import REPORT
from .found import BYTES_MAX, Found, bounded, text_of


def read(data: bytes, name: str) -> Imported:
    """The acts of a file. Raises `BadInput` with every fault, and `TooLarge`."""
    found = Found(name)
    for place, item in _items(found, text_of(data, name), name):
        if not isinstance(item, Mapping) or item.get("data_type") != "AVID":
            found.fault(place, item, 'a report or vulnerability of AVID: an object with data_type "AVID"', "form")
            continue
        _item(found, item, place)
    return found.done()


def _items(found: Found, text: str, name: str) -> Iterator[tuple[str, Any]]:
    if text.lstrip().startswith("["):
        listed = _parsed(found, text, "(whole)")
        for number, item in bounded(listed if isinstance(listed, list) else (), name):
            yield f"item {number}", item
        return
    for number, line in bounded(text.split("\n"), name):  # U+2028 in a text ends no line of JSON
        if line.strip() and (item := _parsed(found, line, f"line {number}")) is not None:
            yield f"line {number}", item


def _parsed(found: Found, text: str, place: str) -> Any:
    try:
        return read_json(text.encode(), bytes_max=BYTES_MAX)
    except BadInput as error:
        found.faults += [Fault(place, one.seen, one.want, one.code) for one in error.faults]
        return None


def _item(found: Found, item: Mapping[str, Any], place: str) -> None:
    metadata = _table(item, "metadata")
    report, vulnerability = metadata.get("report_id"), metadata.get("vuln_id")
    ident = str(report or vulnerability or "")
    if not ident:
        found.fault(f"{place}, metadata", metadata, "a report_id or a vuln_id, e.g. AVID-2023-R0001", "missing")
        return
    problem, affects = _table(item, "problemtype"), _table(item, "affects")
    artifacts = [_table({"it": one}, "it").get("name") for one in _list(affects, "artifacts")]
    links = [_table({"it": one}, "it").get("url") for one in _list(item, "references")]
    title = found.line(_said(problem), place, "title") or ident
    when = item.get("reported_date") or item.get("published_date")
    words = found.words(_said(item), place, "description") or title
    named = {
        "developers": found.names(_list(affects, "developer"), place, "developer"),
        "deployers": found.names(_list(affects, "deployer"), place, "deployer"),
        "systems": found.names(artifacts, place, "artifacts"),
    }
    if vulnerability and not report:
        told = [str(_table({"it": one}, "it").get("report_id") or "") for one in _list(item, "reports")]
        body = {
            "name": ident,
            "title": title,
            "summary": words,
            "external": found.names([ident, *told], place, "reports"),
        }
        body |= {f"{who}_named": names for who, names in named.items()}
        found.add(INCIDENT, {**body, "sources": found.addresses(links, place)}, place)
        return
    body = {"name": ident, "category": "concern", "reporter": "evaluator", "title": title, "what_happened": words}
    body |= {f"{who[:-1]}_named": found.line(", ".join(names), place, who) for who, names in named.items()}
    body["source"] = found.line(f"{ident} ({when})" if when else ident, place, "source")
    addresses = found.addresses(links, place)
    found.add(REPORT, {**body, "source_url": addresses[0] if addresses else None}, place)


def _table(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = item.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(item: Mapping[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else []


def _said(item: Mapping[str, Any]) -> str:
    return str(_table(item, "description").get("value") or "")
