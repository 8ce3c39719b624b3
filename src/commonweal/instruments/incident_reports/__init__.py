"""Incident reports: one front door for serious incidents, minor ones, misuse, near misses and concerns of anybody."""

from collections.abc import Iterable
from dataclasses import replace

from commonweal.kernel.instrument import (
    Act,
    Entry,
    Fault,
    Filer,
    Instrument,
    OwnText,
    Reader,
    Reading,
    Tables,
    Text,
    Waiting,
)
from commonweal.kernel.values import apart

from . import (
    agreeing,
    concerning,
    deidentifying,
    desk,
    going_out,
    harbour,
    incidents,
    investigating,
    learning,
    plans,
    publication,
    publishing,
    referring,
    reports,
    snapshots,
    suggestions,
    surveillance,
    tables,
)
from .desk import grading
from .facts import FACTS
from .harbour import terms
from .importing import IMPORTERS
from .investigating import recommending
from .marking import check_marked
from .matters import MATTER, MATTERS, PARTED, reports_behind
from .words import FIELDS

__all__ = ["INSTRUMENT"]

KINDS = (
    *reports.KINDS,
    *incidents.KINDS,
    *publication.KINDS,
    *snapshots.KINDS,
    *harbour.KINDS,
    referring.REFERRAL,
    *deidentifying.KINDS,
    *desk.KINDS,
    *investigating.KINDS,
    *surveillance.KINDS,
)
_KIND_OF = {kind.id: kind for kind in KINDS}


def follow(entry: Entry, laid_out: Tables) -> Iterable[Act]:
    """Each part lays out what an entry says to it, and says what follows."""
    touched = surveillance.touched(entry, laid_out)
    yield from tables.follow(entry, laid_out)
    yield from publication.follow(entry, laid_out)
    harbour.follow(entry, laid_out)
    referring.follow(entry, laid_out)
    desk.follow(entry, laid_out)
    investigating.follow(entry, laid_out)
    yield from surveillance.follow(entry, laid_out, touched)


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """What each part finds wrong with a filing beyond its form."""
    parts = (tables, publication, harbour, deidentifying, desk, investigating, surveillance)
    yield from apart(*(part.check(act, reader, filer) for part in parts), _of_a_conflict(act, reader, filer))


def _of_a_conflict(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """What who files it has a conflict of interest in."""
    beside = surveillance.ABOUT[act.kind](act, reader) if act.kind in surveillance.ABOUT else ()
    yield from desk.check_judged(_KIND_OF[act.kind], act, reader, filer, beside)


def waits(reading: Reading) -> list[Waiting]:
    """What each part has for the inbox of whoever is reading."""
    return [*desk.waits(reading), *investigating.waits(reading)]


INSTRUMENT = Instrument(
    id="incident_reports",
    title=Text(en="Incident reports", zh="事件报告"),
    summary=Text(
        en="One front door for what went wrong with AI, what nearly did, and what worries people: reports are kept in "
        "confidence, put together into incidents, and published as far as each may be.",
        zh="人工智能已发生、险些发生或令人担忧之事的统一受理入口：报告保密保存，归并为事件，并在允许范围内公布。",
    ),
    kinds=KINDS,
    tables=(
        *tables.TABLES,
        *publication.TABLES,
        *snapshots.TABLES,
        *surveillance.TABLES,
        *harbour.TABLES,
        MATTER,
        PARTED,
        referring.REFERRED,
        *deidentifying.TABLES,
        *desk.TABLES,
        *investigating.TABLES,
    ),
    reads=(tables.ANNULLED, surveillance.ADOPTED),
    follow=follow,
    check=check,
    check_marked=check_marked,
    waits=waits,
    opened_to=investigating.opened_to,
    recusal=replace(desk.RECUSAL, behind=reports_behind),
    handling=desk.HANDLING,
    unsettled=desk.unsettled,
    reported=("report",),
    working=deidentifying.WORKED,
    timed=(snapshots.TIMED, surveillance.TIMED),
    facts=(FACTS, *MATTERS),
    names={"reports": surveillance.name_of},
    fields={
        **FIELDS,
        **harbour.FIELDS,
        **referring.FIELDS,
        **desk.FIELDS,
        **investigating.FIELDS,
        **surveillance.FIELDS,
    },
    importers=IMPORTERS,
    listings=(*going_out.LISTINGS, *investigating.LISTINGS),
    pages=(
        *harbour.PAGES,
        *deidentifying.PAGES,
        *desk.PAGES,
        *investigating.PAGES,
        suggestions.PAGE,
        *going_out.PAGES,
        *publishing.PAGES,
        *learning.PAGES,
        agreeing.PAGE,
    ),
    threads=harbour.THREADS,
    texts=(
        OwnText(concerning.RULE, concerning.read),
        OwnText(learning.PARAMETERS, learning.read),
        OwnText(recommending.RULE, recommending.read),
        OwnText(terms.TERMS, terms.read),
        OwnText(grading.RULE, grading.read),
        OwnText(suggestions.RULE, suggestions.read),
        OwnText(surveillance.PARAMETERS, plans.read, plans.beside),
    ),
    takes_back={**publication.TAKES_BACK, **investigating.TAKES_BACK},
)
