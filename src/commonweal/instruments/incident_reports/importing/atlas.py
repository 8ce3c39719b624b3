"""Reads the case studies of MITRE ATLAS from `ATLAS.yaml`.

A case study of an attack that was made becomes an incident of misuse; an exercise, a demonstration by those who defend,
stays without a category. `incident-date-granularity` says how much of the date is meant. Techniques are kept by their
numbers. Needs PyYAML. Source: github.com/mitre-atlas/atlas-data, Apache-2.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from commonweal.kernel.instrument import Imported
from commonweal.kernel.values import BadInput, Fault, read_yaml

from ..incidents import INCIDENT
from ..reports import ITEMS_MAX
from .found import Found, bounded, text_of

_OF_AN_AUTHORITY = re.compile(r"[a-z0-9][a-z0-9.:\-]*(/\S+)* \S.*")
"""What an authority exports in this shape without a number of this database: the origin of its log, its reference."""
_CUT = {"YEAR": 4, "MONTH": 7, "DATE": 10}


def read(data: bytes, name: str) -> Imported:
    """The acts of a file. Raises `BadInput` with every fault, and `TooLarge`."""
    found = Found(name)
    document = read_yaml(text_of(data, name), name)
    studies = document.get("case-studies") if isinstance(document, Mapping) else None
    if not isinstance(studies, list):
        raise BadInput(Fault("case-studies", "(absent)", "the list of case studies of ATLAS.yaml", "missing"), name)
    for number, study in bounded(studies, name):
        place = f"case study {number}"
        if not isinstance(study, Mapping) or not all(
            isinstance(study.get(key), str) for key in ("id", "name", "summary")
        ):
            found.fault(place, study, "a case study with id, name and summary", "form")
            continue
        _study(found, study, f"{place} ({study['id']})")
    return found.done()


def _study(found: Found, study: Mapping[str, Any], place: str) -> None:
    listed = [one for one in study.get("references") or () if isinstance(one, Mapping)]
    steps = [one for one in study.get("procedure") or () if isinstance(one, Mapping)]
    techniques = list(dict.fromkeys(f"ATLAS {one.get('technique')}" for one in steps if one.get("technique")))
    name = study["id"] if _OF_AN_AUTHORITY.fullmatch(study["id"]) else f"ATLAS {study['id']}"
    external = [name, *techniques]
    if len(external) > ITEMS_MAX:
        found.remark(f"{place}: {len(external) - ITEMS_MAX} techniques are left out")
    body = {
        "name": name,
        "category": "misuse" if study.get("case-study-type") == "incident" else None,
        "title": found.line(study["name"], place, "name"),
        "summary": found.words(study["summary"], place, "summary"),
        "occurred": _when(found, study, place),
        "systems_named": found.names([study.get("target") or ""], place, "target"),
        "external": external[:ITEMS_MAX],
        "sources": found.addresses([one.get("url") for one in listed], place),
    }
    found.add(INCIDENT, body, place)


def _when(found: Found, study: Mapping[str, Any], place: str) -> str | None:
    when, exact = study.get("incident-date"), str(study.get("incident-date-granularity") or "DATE")
    if when is None:
        return None
    if exact not in _CUT:
        found.fault(f"{place}, incident-date-granularity", exact, "YEAR, MONTH or DATE", "unknown_name")
        return None
    return (when.isoformat() if isinstance(when, date) else str(when))[: _CUT[exact]]
