"""The published terms of the safe harbour, from the adopted text: a report is judged by those it was filed under."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.values import NotFound, instant

TERMS = "incident_reports.safe_harbour_terms"


@dataclass(frozen=True, slots=True)
class Term:
    """One term, or one thing that follows where the claim is granted."""

    code: str
    title: Text
    text: Text
    citation: str = ""


@dataclass(frozen=True)
class Terms:
    """One version of the terms. `clock` is the rule that says whether a report came in time, `timely` its term."""

    version: str
    title: Text
    text: Text
    citation: str
    clock: str
    timely: str
    categories: tuple[str, ...]
    terms: tuple[Term, ...]
    follows: tuple[Term, ...]


def terms_at(reader: Reader, as_of: datetime | None = None) -> Terms:
    """The terms adopted last at or before an instant; those in force now without one. Raises `NotFound`."""
    row = registry.text_in_force(reader, TERMS, as_of)
    return _read(row["text"], row["media_type"])


def terms_of(reader: Reader, report: str) -> Terms:
    """The terms that a report is judged by: those in force when it was first filed. Raises `NotFound`.

    A report from before there were any is judged by those in force now.
    """
    versions = registry.versions(reader, report)
    try:
        return terms_at(reader, instant(versions[0]["filed_on"]) if versions else None)
    except NotFound:
        return terms_at(reader)


def came_in_time(duties: Iterable[Row], terms: Terms) -> Row | None:
    """Of what is owed on a report, as the authority sees it, the clock of the scheme; None where none runs."""
    idle = ("not_owed", "lapsed")
    return next((row for row in duties if row["rule"] == terms.clock and row["state"] not in idle), None)


@functools.lru_cache(maxsize=32)
def _read(text: str, media_type: str) -> Terms:
    data: Mapping[str, Any] = registry.parsed(text, media_type)
    return Terms(
        version=str(data["version"]),
        title=Text(data["title"]),
        text=Text(data["text"]),
        citation=str(data.get("citation", "")),
        clock=str(data["clock"]),
        timely=str(data["timely"]),
        categories=tuple(data["categories"]),
        terms=tuple(_term(one) for one in data["term"]),
        follows=tuple(_term(one) for one in data.get("follows", ())),
    )


def _term(data: Mapping[str, Any]) -> Term:
    return Term(str(data["code"]), Text(data["title"]), Text(data["text"]), str(data.get("citation", "")))
