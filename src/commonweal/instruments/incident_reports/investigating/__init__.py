"""Investigations: team, evidence, flight recorder, timeline, factors, recommendations, final report."""

from collections.abc import Iterator

from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Reading, Tables, Waiting

from . import consulting, opining, pages, recommended, tables
from .consulting import opened_to
from .kinds import KINDS, RECOMMENDATION
from .recommended import LISTINGS
from .recommending import TAKES_BACK, incident_of, versions_of
from .tables import in_which
from .teams import not_theirs
from .words import FIELDS

PAGES = (*pages.PAGES, *recommended.PAGES, *opining.PAGES)
TABLES = (*tables.TABLES, consulting.OPENED, opining.OPINED)


def follow(entry: Entry, laid_out: Tables) -> None:
    """Lay out what an entry says of an investigation."""
    tables.follow(entry, laid_out)
    if not entry.erased:
        consulting.follow(entry, laid_out)
        opining.follow(entry, laid_out)


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with what is filed about an investigation, beyond its form."""
    yield from tables.check(act, reader, filer)
    yield from consulting.check(act, reader, filer)
    yield from opining.check(act, reader, filer)


def waits(reading: Reading) -> list[Waiting]:
    """What there is for the inbox of whoever is reading."""
    return [*recommended.waits(reading), *consulting.waits(reading), *opining.waits(reading)]


__all__ = [
    "FIELDS",
    "KINDS",
    "LISTINGS",
    "PAGES",
    "RECOMMENDATION",
    "TABLES",
    "TAKES_BACK",
    "check",
    "follow",
    "in_which",
    "incident_of",
    "not_theirs",
    "opened_to",
    "versions_of",
    "waits",
]
