"""A death is recorded, or that it was recorded by mistake: what was paid meanwhile to whom it was not due comes back.

What was paid after a death was not due to whoever took it: the pot has it again, for whoever inherits, and it is to
come back. Where the holder lives after all, the same holds of what heirs were paid. A payment that is not at the bank
yet is stopped instead, and nothing is to come back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Tables
from commonweal.kernel.values import stamp

from . import heirs
from .banking import BANK, GONE, payment_id
from .booking import booked, payable_account, pot_account
from .owing import AFTER_DEATH, NOT_DEAD, Booking, owes
from .programmes import Programme, newest
from .tables import DEATH, MOVE, POOL, RECORDED, death_of, kept_of, people_of, theirs

PUT_BACK = "put_back"


def died(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A death, or another day of one: what was paid for days after it is to come back."""
    told = {"on": entry.body["on"], "entry": entry.index, "by": entry.author, "recorded": stamp(entry.time)[:10]}
    member = str(entry.body["member"])
    before = death_of(tables, member)
    told["person"] = before["person"] if before else people_of(tables, [member])[member]
    accounts = _shut(tables, member)
    tables.put(RECORDED, {"person": told["person"], "by": entry.author, "entry": entry.index})
    for each in accounts:
        tables.put(DEATH, {"member": each, **told})
    yield from _looked_over(entry, tables, accounts, AFTER_DEATH, lambda row: _after(row, str(entry.body["on"])))


def alive(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The holder lives: what they took is theirs again, and what heirs were paid is to come back."""
    accounts = _shut(tables, str(entry.body["member"]))
    for member in accounts:
        tables.delete(DEATH, member)
    heirs.lives(tables, accounts, str(entry.body["words"]))
    yield from _looked_over(entry, tables, accounts, AFTER_DEATH, lambda row: 0)
    yield from _looked_over(entry, tables, accounts, NOT_DEAD, lambda row: row["cents"] if _inherited(row) else 0)


def _shut(reader: Reader, member: str) -> list[str]:
    """All accounts that the death of an account's holder shuts: those that are theirs, and that were."""
    row = death_of(reader, member)
    were = reader.select(DEATH, {"person": row["person"]}, only=("member",)) if row else []
    return sorted({*theirs(reader, member), *(one["member"] for one in were)})


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with saying that somebody lives."""
    member = str(act.body["member"])
    if death_of(reader, member) is None:
        yield Fault("member", member, "an account whose holder's death is on record", "alive")


def _inherited(row: Row) -> bool:
    return bool(row["body"].get("reason") == "death")


def _after(row: Row, on: str) -> int:
    """Cents of a movement that were paid for days after a death."""
    if _inherited(row):
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
        programme, cents = newest(tables, row["programme"]), want(row)
        if programme is None:
            continue
        if cents == row["cents"] and not kept_of(row) and BANK.with_us(tables, payment_id(row)):
            found[row["programme"]].append(_stopped(entry, programme[0], row, why, tables))
        else:
            found[row["programme"]].extend(owes(entry, row, why, cents, tables))
    for id, made in found.items():
        programme = newest(tables, id)
        assert programme is not None, "it was there a moment ago"
        yield from booked(entry, programme[0], [one.transfer for one in made], [one.member for one in made], tables)


def _stopped(entry: Entry, programme: Programme, row: Row, why: str, tables: Tables) -> Booking:
    """A payment that does not go out: what was taken is in its pot again."""
    tables.put(MOVE, {**row, "done": 0, "body": {**row["body"], "stopped": why}})
    if row["what"] == "claim":
        tables.delete(POOL, row["programme"], row["entry"], "")
    sides = payable_account(programme), pot_account(programme, row["member"], row["pot"])
    day = entry.time.date().toordinal()
    id = f"benefits.{row['entry']}.back"
    return Booking(Transfer(id, *sides, row["cents"], day, code=PUT_BACK), str(row["member"]))


def not_stopped(one: Transfer, tables: Tables) -> str:
    """Take back that a payment was stopped: the ledger did not put it back. Gives whose it is."""
    row = tables.get(MOVE, int(one.id.split(".")[1]))
    if row is None:
        return ""
    body = {name: value for name, value in row["body"].items() if name != "stopped"}
    tables.put(MOVE, {**row, "done": 1, "body": body})
    return str(row["member"])
