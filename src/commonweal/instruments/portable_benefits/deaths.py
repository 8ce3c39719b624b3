"""A death is recorded, or that it was recorded by mistake: what was paid meanwhile to whom it was not due comes back.

What was paid after a death was not due to whoever took it: the pot has it again, for whoever inherits, and it is to
come back. Where the holder lives after all, the same holds of what heirs were paid. What is not at the bank does not go
out instead (`undue`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Tables, Text

from . import heirs, undue
from .banking import GONE
from .booking import booked
from .owing import AFTER_DEATH, NOT_DEAD, Booking
from .programmes import newest
from .tables import DEATH, DIED, MOVE, OWING, RECORDED, TWICE, death_of, people_of, theirs


def died(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A death, or another day of one: what was paid for days after it is to come back."""
    told = {"on": entry.body["on"], "entry": entry.index, "by": entry.author, "recorded": entry.day.isoformat()}
    member = str(entry.body["member"])
    before = death_of(tables, member)
    told["person"] = before["person"] if before else people_of(tables, [member])[member]
    accounts = shut(tables, member)
    tables.put(RECORDED, {"person": told["person"], "by": entry.author, "entry": entry.index})
    for each in accounts:
        tables.put(DEATH, {"member": each, **told})
    yield from _looked_over(entry, tables, accounts, AFTER_DEATH, lambda row: _after(row, str(entry.body["on"])))


def alive(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The holder lives: what they took is theirs again, and what heirs were paid is to come back."""
    accounts = shut(tables, str(entry.body["member"]))
    for member in accounts:
        tables.delete(DEATH, member)
    heirs.lives(tables, accounts, str(entry.body["words"]))
    for why in (AFTER_DEATH, DIED):
        yield from _looked_over(entry, tables, accounts, why, lambda row: 0)
    yield from _looked_over(entry, tables, accounts, NOT_DEAD, lambda row: row["cents"] if undue.is_heirs(row) else 0)


def shut(reader: Reader, member: str) -> list[str]:
    """All accounts that the death of an account's holder shuts: those that are theirs, and that were."""
    row = death_of(reader, member)
    were = reader.select(DEATH, {"person": row["person"]}, only=("member",)) if row else []
    return sorted({*theirs(reader, member), *(one["member"] for one in were)})


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with saying that somebody lives."""
    member = str(act.body["member"])
    if death_of(reader, member) is None and not reader.count(heirs.HEIRS, {"member": member, "state": "waits"}):
        want = "an account whose holder's death is on record, or of which somebody says that they inherit"
        told = Text(en=f"{member} – {want}", zh=f"{member}——须为已登记身故、或有人主张继承的账户")
        yield Fault("member", member, want, "alive", told)


def _after(row: Row, on: str) -> int:
    """Cents of a movement that were paid for days after a death."""
    if undue.is_heirs(row):
        return 0
    if row["what"] != "claim":
        return int(row["cents"]) if row["on"] > on else 0
    weeks, first = int(row["body"]["weeks"]), date.fromisoformat(row["on"])
    late = sum((first + timedelta(weeks=week)).isoformat() > on for week in range(weeks))
    return min(int(row["cents"]), int(row["body"]["weekly"]) * late)


def _looked_over(
    entry: Entry, tables: Tables, members: Sequence[str], why: str, want: Callable[[Row], int]
) -> Iterator[Act]:
    """Set for each payment of these accounts what of it is to come back."""
    found = defaultdict[str, list[Booking]](list)
    about = {"member": ("in", members), "what": ("in", GONE), "done": 1}
    for row in tables.select(MOVE, about, order=("entry",)):
        cents = min(want(row), row["cents"] - _otherwise(tables, row, why))
        found[row["programme"]].extend(undue.set_undue(entry, row, why, cents, tables))
    for id, made in found.items():
        programme = newest(tables, id)
        if programme is None:
            continue
        yield from booked(entry, programme[0], [one.transfer for one in made], [one.member for one in made], tables)


def _otherwise(reader: Reader, row: Row, why: str) -> int:
    """Cents of a payment that came back, or are to (of a claim), for another reason: nobody owes them twice."""
    rows = reader.select(OWING, {"payment": row["entry"]})
    name = "cents" if row["what"] == "claim" else "back"  # what a payer corrected is set anew after this (`covering`)
    return sum(int(one[name]) for one in rows if one["why"] not in (why, TWICE))
