"""The project's own table of models (`data/models.csv`), as acts in order of publication.

Columns are the register's own; several organisations or countries are separated by ` | `, codes by blanks. Figures are
facts collected by Epoch AI (CC BY 4.0), see `data/README.md`.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any

from commonweal.kernel.instrument import Act

from .epoch import CREDIT, in_lineage_order, model_id, organisation_id
from .kinds import MODEL, ORGANISATION
from .lineage import UNSTATED

TABLE = Path(__file__).parent / "data" / "models.csv"
NUMBERS = ("parameters", "parameters_active", "training_tokens", "epochs", "compute_flop")
HARDWARE_NUMBERS = ("chips", "hours", "utilisation")
# Filed at noon UTC on the day of publication, so that the day is the same one in every time zone of the shared law.
FILED_AT = time(12, tzinfo=UTC)


@functools.cache
def rows() -> tuple[Mapping[str, str], ...]:
    """The table's rows as written."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def table_acts() -> Iterator[tuple[datetime, list[Act]]]:
    """What each day brings: an organisation when it first appears, then its model."""
    bodies = {model_id(row["name"]): model_body(row) for row in rows()}
    by_subject = {model_id(row["name"]): row for row in rows()}
    known: set[str] = set()
    for day, subjects in groupby(in_lineage_order(bodies), key=lambda item: str(bodies[item]["publication_date"])):
        acts: list[Act] = []
        for subject in subjects:
            acts.extend(_organisations(by_subject[subject], known))
            acts.append(Act(MODEL.id, bodies[subject], key=f"table:{subject}", subject=subject))
        yield datetime.combine(date.fromisoformat(day), FILED_AT), acts


def _organisations(row: Mapping[str, str], known: set[str]) -> Iterable[Act]:
    names, countries = _list(row["organisations"]), row["countries"].split(" | ")
    for place, name in enumerate(names):
        subject = organisation_id(name)
        if subject not in known:
            known.add(subject)
            body: dict[str, Any] = {"name": name, "source": CREDIT}
            if place < len(countries) and countries[place]:
                body["countries"] = countries[place].split()
            yield Act(ORGANISATION.id, body, key=f"table:{subject}", subject=subject)


def _list(cell: str) -> list[str]:
    return [part for part in cell.split(" | ") if part]


def model_body(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as a filing; empty cells are left out."""
    organisations = [organisation_id(name) for name in _list(row["organisations"])]
    body: dict[str, Any] = {
        "name": row["name"],
        "organisation": organisations[0],
        "developed_with": organisations[1:],
        "publication_date": row["published_on"],
        "domains": row["domains"].split(),
        "generates": row["generates"].split(),
        "architecture": row["architecture"],
        "compute_confidence": row["confidence"],
        "access": row["access"],
        "source": row["source"],
        "credit": CREDIT,
        **{name: float(row[name]) for name in NUMBERS if row[name]},
    }
    if row["hardware"]:
        body["hardware"] = {"name": row["hardware"]} | {
            name: float(row[name]) for name in HARDWARE_NUMBERS if row[name]
        }
        body["hardware"] |= {"number_format": row["number_format"]} if row["number_format"] else {}
    if row["access"]:
        body["open_weights"] = row["access"].startswith("open")
    if row["base_model"]:
        body |= _bases(_list(row["base_model"]), row["published_on"])
    if row["modification_flop"]:
        body |= {"modification_flop": float(row["modification_flop"]), "modification_confidence": row["confidence"]}
    return {key: value for key, value in body.items() if value not in ("", [])}


@functools.cache
def _published() -> Mapping[str, str]:
    return {row["name"]: row["published_on"] for row in rows()}


def _bases(names: list[str], published_on: str) -> dict[str, Any]:
    """References to what the table holds and had been published by then; the names of the rest."""
    found = [
        {"model": model_id(name)} if _published().get(name, "9") <= published_on else {"name": name} for name in names
    ]
    if len(found) > 1:
        return {"derived_from": [{**item, "relation": UNSTATED} for item in found]}
    return {"base_model" if "model" in item else "base_model_name": next(iter(item.values())) for item in found}
