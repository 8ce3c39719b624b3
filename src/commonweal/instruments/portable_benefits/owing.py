"""What was paid too much and is to come back: each payment by which it arose, how much, and how much came back.

A receivable stands on the ledger (`….owing.<number>`) from the entry by which it arose: the bank paid twice, a payment
came after a death, heirs were paid of an account whose holder lives, or a payer's correction leaves less than a pool
paid. What came back is recorded by an officer (`portable_benefits.recovered`), or withheld from what the same person is
paid next, by the part that the office chose (`choices/recovery.toml`); where it chose none, nothing is withheld.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel import registry
from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Tables

from .booking import back_in_the_pool, bank_account, booked, owing_account, pot_account
from .programmes import RECOVERY, Programme, newest
from .tables import MOVE, OWING, TWICE, Withheld, came_back, receipt_of, theirs

RULE = RECOVERY
AFTER_DEATH, NOT_DEAD, CORRECTED, WITHDRAWN = "after_death", "not_dead", "corrected", "taken_back"
REDIVIDED = "divided_anew"
OWED, LESS = "owed", "owed_less"
"""Codes of transfers by which a receivable arises, and becomes less without having come back."""


class Booking(NamedTuple):
    """A transfer, and whose money it moves."""

    transfer: Transfer
    member: str


def owes(entry: Entry, row: Row, why: str, want: int, tables: Tables) -> Iterator[Booking]:
    """That of a payment (its movement) so many cents are to come back, no less than came back already; what it takes on
    the ledger."""
    found = newest(tables, row["programme"])
    if found is None:
        return
    programme = found[0]
    was = tables.get(OWING, row["entry"], why) or {
        "payment": row["entry"], "why": why, "programme": programme.id, "member": row["member"], "pot": row["pot"],
        "to": _from_whom(row["body"]), "cents": 0, "back": 0, "returned": 0, "entry": entry.index,
    }  # fmt: skip
    want = max(want, was["back"])
    more = want - was["cents"]
    if not more:
        return
    tables.put(OWING, {**was, "cents": want, "entry": entry.index})
    id = f"benefits.{entry.index}.{why}.{row['entry']}.{want}"
    owing, other = owing_account(programme, row["member"]), other_side(programme, row, why)
    debit, credit = (owing, other) if more > 0 else (other, owing)
    code = OWED if more > 0 else LESS
    yield Booking(Transfer(id, debit, credit, abs(more), entry.day.toordinal(), code=code), row["member"])


def _from_whom(body: Mapping[str, Any]) -> str:
    """Who owes what of a movement was too much: an heir as it names them, else the holder of the account, also where
    they moved it to another scheme (before it was so, as no `said_by` tells, the scheme)."""
    own = body.get("said_by") and body.get("reason") != "death"
    return "" if own else str(body.get("to") or "")


def other_side(programme: Programme, row: Row, why: str) -> str:
    """What a receivable stands against: the bank that paid twice, else the pot out of which was paid."""
    return bank_account(programme) if why == TWICE else pot_account(programme, row["member"], row["pot"])


def about(one: Transfer) -> tuple[str, int]:
    """Why, and of which payment, by a transfer of a receivable: `benefits.<entry>.<why>.<payment>…`."""
    why, payment = one.id.split(".")[2:4]
    return why, int(payment)


def not_owed(one: Transfer, tables: Tables) -> str:
    """Take back what the ledger refused of a receivable; gives whose it is."""
    why, payment = about(one)
    row = tables.get(OWING, payment, why)
    if row is None:
        return ""
    tables.put(OWING, {**row, "cents": row["cents"] - (one.amount if one.code == OWED else -one.amount)})
    return str(row["member"])


def open_of(row: Row) -> int:
    """Cents of a receivable that did not come back yet; none where the bank gave back what the person had repaid."""
    return max(0, int(row["cents"] - row["back"]))


def owed_by(reader: Reader, programme: str, member: str) -> list[Row]:
    """The receivables from the holder of an account that are open, on any account of theirs, the oldest first."""
    about = {"programme": programme, "member": ("in", theirs(reader, member)), "to": ""}
    return [row for row in reader.select(OWING, about, order=("payment",)) if open_of(row) > 0]


class Terms(BaseModel):
    """What part of a payment is kept for what its receiver owes back, as a decimal in quotes."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)
    share: Annotated[str, Field(pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")]


class Recovery(registry.Head):
    """The terms of recovering what was paid too much."""

    recovery: Terms


@functools.lru_cache(maxsize=8)
def read_recovery(text: str) -> Recovery:
    """The terms that a text holds. Raises `RuleFault` naming every fault."""
    return registry.read_text(Recovery, text, RULE)


def share(reader: Reader, on: date | None) -> Fraction:
    """What part of a payment of a day is withheld for what its receiver owes back; none where the office chose none for
    it. Without a day it is what the office adopted last, as it was before."""
    found = registry.newest_read(reader, RULE, read_recovery, law_on=on)
    return Fraction(found[0].recovery.share) if found else Fraction(0)


def withheld(reader: Reader, programme: str, member: str, cents: int, on: date | None) -> list[Withheld]:
    """What of a payment of so many cents is kept for what its receiver owes back, and for which of it."""
    left, found = int(cents * share(reader, on)), list[Withheld]()
    for row in owed_by(reader, programme, member) if left else ():
        part = min(left, open_of(row))
        if part:
            found.append(Withheld(row["payment"], row["why"], part))
        left -= part
    return found


def to_whom(reader: Reader, found: Sequence[Withheld]) -> dict[str, int]:
    """What was kept, by the account of which it had been paid too much."""
    sums: dict[str, int] = {}
    for one in found:
        row = reader.get(OWING, one.payment, one.why)
        if row is not None:
            sums[row["member"]] = sums.get(row["member"], 0) + one.cents
    return sums


def kept(entry: Entry, programme: Programme, member: str, cents: int, tables: Tables) -> dict[str, Any]:
    """What of a payment is kept for what its receiver owes back, laid out; as its movement says it."""
    on = None if entry.body.get("newest_text") else entry.day
    found = withheld(tables, programme.id, member, cents, on)
    _came_back(entry, programme, found, tables)
    return {"withheld": [list(one) for one in found]} if found else {}


def recovered(entry: Entry, tables: Tables) -> Iterator[Act]:
    """What was paid too much came back to the bank: against what is open of that payment, as far as it goes."""
    body, left, of = entry.body, int(entry.body["cents"]), list[Withheld]()
    found = newest(tables, str(body["programme"]))
    about = {name: body[name] for name in ("payment", "member", "programme")}
    rows = tables.select(OWING, about)
    if found is None or not rows:
        return
    for row in rows:
        part = min(left, open_of(row))
        of += [Withheld(row["payment"], row["why"], part)] if part else []
        left -= part
    move = {
        "entry": entry.index, "programme": found[0].id, "member": str(body["member"]), "payer": "",
        "pot": rows[0]["pot"], "cents": int(body["cents"]), "what": "recovered", "on": str(body["on"]),
        "receipt": receipt_of(body), "done": int(not left), "body": {**body, "of": [list(one) for one in of]},
    }  # fmt: skip
    tables.put(MOVE, move)
    if left:  # the same was recorded a moment before
        return
    _came_back(entry, found[0], of, tables)
    sides = bank_account(found[0]), owing_account(found[0], move["member"])
    id, day = f"benefits.{entry.index}.1", entry.day.toordinal()
    yield from booked(
        entry, found[0], [Transfer(id, *sides, move["cents"], day, code="recovered")], [move["member"]], tables
    )


def set_against(entry: Entry, programme: Programme, of: Sequence[Withheld], sign: int, tables: Tables) -> None:
    """That a repayment was none (-1), or was one all the same (1): what it was set against is open again, or not."""
    _came_back(entry, programme, [one._replace(cents=sign * one.cents) for one in of], tables)


def _came_back(entry: Entry, programme: Programme, of: Sequence[Withheld], tables: Tables) -> None:
    """Lay out what came back; a pool that paid it has it again."""
    for one in of:
        came_back(tables, one.payment, one.why, one.cents)
        row = tables.get(OWING, one.payment, one.why)
        if row and one.why != TWICE and programme.pots[row["pot"]].pooled:
            back_in_the_pool(entry, programme, one.payment, one.cents, tables)
