"""The published terms of the safe harbour, from the adopted text: a report is judged by those it was filed under."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.values import NotFound, instant

from ..scales import Category

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


class Said(BaseModel):
    """One term as a text has it."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: registry.Words
    text: registry.Words
    citation: str = ""


class Scheme(registry.Head):
    """The terms as a text has them."""

    title: registry.Words
    text: registry.Words
    clock: Annotated[str, Field(min_length=1)]
    timely: str
    categories: Annotated[list[Category], Field(min_length=1)]
    term: Annotated[list[Said], Field(min_length=1)]
    follows: tuple[Said, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Scheme:
        for said in (self.term, self.follows):
            if len({one.code for one in said}) != len(said):
                raise ValueError("each code once")
        if self.timely not in {one.code for one in self.term}:
            raise ValueError("timely: the code of one of the terms")
        return self


@functools.lru_cache(maxsize=8)
def read(text: str) -> Scheme:
    """What a text of terms says. Raises `RuleFault` naming every fault."""
    return registry.read_text(Scheme, text, TERMS)


def terms_at(reader: Reader, as_of: datetime | None = None) -> Terms:
    """The terms adopted last at or before an instant; those in force now without one. Raises `NotFound`."""
    found = registry.newest_read(reader, TERMS, read, as_of)
    if found is None:
        raise NotFound("adopted rule", TERMS, "`weal rule list DIR` lists the rules in force")
    row = found[1]
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
