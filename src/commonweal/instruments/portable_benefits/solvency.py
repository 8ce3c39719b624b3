"""How long each pool lasts, month by month: a series that a threshold rule reads, so that a fall raises its warning.

When a month (of the ledger) is over, what the pool held then is set against what it paid in the twelve months
up to it: so many months it could go on, beside the line that its programme asks for. Both are public, so the months
are told in whole ones, and none where fewer people were paid than stand behind a total that is told. A pool that paid
nothing has no pace, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction

from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.instrument import Act, Entry, Reader, Reading, Table, Tables, Timed
from commonweal.kernel.record import day_of
from commonweal.kernel.values import add_months, subject_id

from .claims import Reserve, reserve
from .comparing import shipped
from .confiding import protection
from .programmes import Programme, newest

RULE = "portable_benefits.pool_reserve"
SERIES, LINE = "portable_benefits.pool_months", "portable_benefits.pool_line"
NOUN, SERIES_SET, UNIT, TICK = "benefits_pool", "portable_benefits.pools", "months", "clock.tick"
CITATION = "This fund's own record: what the pool held at the end of a month, and paid in the twelve months up to it"
MONTH = Table("portable_benefits_month", columns={"programme": "text", "month": "text"}, key=("programme",))
"""The month of each programme with a pool that was not told yet: from the first in which money came into it."""
TABLES = (MONTH,)


def subject_of(programme: Programme) -> str:
    """A pool as the series name it: `benefits_pool:pooled-leave`."""
    return subject_id(NOUN, programme.short)


def name_of(subject: str, language: str) -> str:
    """What a pool is called; the subject itself where no programme that comes with this has it."""
    found = shipped().get(subject.partition(":")[2].replace("-", "_"))
    return found.title.text().in_(language) if found else subject


def begin(tables: Tables, programme: Programme, entry: Entry) -> None:
    """Money moved in a pool: its months are told from this one on."""
    if tables.get(MONTH, programme.id) is None:
        tables.put(MONTH, {"programme": programme.id, "month": entry.day.isoformat()[:7]})


def due(now: datetime, reader: Reader) -> bool:
    """Whether a month is over that was not told yet."""
    return bool(reader.select(MONTH, {"month": ("<", day_of(reader, now).isoformat()[:7])}, limit=1))


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterable[Act]:
    """When months are over: what they come to, in one batch of observations."""
    if entry.kind != TICK:
        return
    this, told = entry.day.isoformat()[:7], list[Observation]()
    for row in tables.select(MONTH, {"month": ("<", this)}, order=("programme",)):
        told.extend(_months(tables, row["programme"], row["month"], this))
        tables.put(MONTH, {**row, "month": this})
    if told:
        act = batch_act(told, series_set=SERIES_SET, citation=CITATION, released_on=entry.time.date())
        yield replace(act, key=f"{SERIES_SET}:{entry.index}", causes=(entry.index,))


TIMED = Timed(due, over)


def _months(reader: Reader, programme_id: str, since: str, until: str) -> Iterator[Observation]:
    """What there is to tell of a pool for the months from one up to another, which is left out."""
    found = newest(reader, programme_id)
    if found is None or found[0].pays is None:
        return
    month, rule = _first(since), protection(reader)
    while month < _first(until):
        stood = reserve(reader, found[0], add_months(month, 1) - timedelta(days=1))
        if (months := whole(stood)) is not None and rule is not None and rule.tells(stood.got):
            about = subject_of(found[0])
            yield Observation(SERIES, about, month, float(months), unit=UNIT)
            yield Observation(LINE, about, month, float(stood.line), unit=UNIT)
        month = add_months(month, 1)


def whole(stood: Reserve) -> Fraction | None:
    """For how many whole months a pool lasts; None where it has no pace.

    A line between two of them counts as one, so that what is told stands on the side of the line on which the pool is.
    """
    if stood.months is None:
        return None
    down = Fraction(stood.months.__floor__())
    return max(down, stood.line) if stood.sound else down


def newest_month(reading: Reading, programme: Programme) -> tuple[str, float] | None:
    """The newest month that was told of a pool (`2026-03`), and for how many months it lasts; None where none was."""
    found = reading.series(SERIES, subject_of(programme))
    return (found[-1][0][:7], found[-1][1]) if found else None


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
