"""What is known not to be due does not go to the bank: what of it is here is put back where it came from.

A payer's correction, a receipt that was taken back, a death, a death that was none: by whatever a payment came to be
too much, what is at the bank already is owed (`owing`). What is here, because it did not go out or came back, is owed
by nobody: it is put back, and the rest of the payment goes. Of somebody who died nothing that is here goes out any
more: it is put back and divided. What was kept of such a payment for a debt pays none: the debt is open again.

A withdrawal that was typed wrongly its member takes back by themselves, as long as it is here.

A claim is decided by a rule and not asked for twice: where what payers say bears it out once more and the pool holds
it, what was put back is to be paid after all, as long as the payment is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Tables, Text

from .banking import BANK, GONE, payment_id
from .booking import back_in_the_pool, booked, owing_account, payable_account, untold
from .claims import paid_too_much, stands_by
from .owing import AFTER_DEATH, CORRECTED, WITHDRAWN, Booking, about, open_of, owes, set_against
from .programmes import Programme, newest
from .settling import DOUBLE, OUT, SENT, SETTLED
from .tables import (
    DIED,
    MOVE,
    OWING,
    TWICE,
    Withheld,
    at_the_bank,
    came_back,
    died_on,
    goes,
    kept_of,
    leaves,
    pool_of,
    put_back,
    withdrawal,
)

PUT_BACK, AGAIN = "returned", "to_pay_again"
"""Codes of transfers by which what is owed of a payment is put back, and by which it is to be paid after all."""
CODES = (PUT_BACK, AGAIN)


def is_here(reader: Reader, row: Row) -> bool:
    """Whether a payment is not at the bank, by what the bank says and by the ledger."""
    payment = payment_id(row)
    there = {"payment": payment, "state": ("in", (SENT, SETTLED, DOUBLE))}
    return BANK.with_us(reader, payment) and not reader.select(OUT, there, limit=1)


def is_heirs(row: Row) -> bool:
    """Whether a movement is an heir's part of an account."""
    return bool(row["body"].get("reason") == "death")


def taken_back(entry: Entry, programme: Programme, payments: Iterable[int], tables: Tables) -> Iterator[Booking]:
    """Put back what of these payments (by entry) is here and not due, or was to go to somebody who died. What had been
    put back of one that the bank took all the same is owed again."""
    for row in (row for payment in sorted(payments) if (row := tables.get(MOVE, payment))):
        if row["programme"] == programme.id and row["what"] in GONE and row["done"]:
            yield from (_taken_back if is_here(tables, row) else _gone_after_all)(entry, programme, row, tables)


def _gone_after_all(entry: Entry, programme: Programme, row: Row, tables: Tables) -> Iterator[Booking]:
    taken = tables.select(OUT, {"payment": payment_id(row), "state": SETTLED}, only=("cents",))
    over = sum(int(one["cents"]) for one in taken) + put_back(tables, row) - leaves(row) if taken else 0
    for one in _undue(tables, row):
        if (cents := min(int(one["returned"]), over)) > 0:
            over -= cents
            yield _moved(entry, programme, one, -cents, tables)


def _taken_back(entry: Entry, programme: Programme, row: Row, tables: Tables) -> Iterator[Booking]:
    left = leaves(row) - put_back(tables, row)
    if left > 0 and not is_heirs(row) and died_on(tables, [row["member"]]):
        yield from owes(entry, row, DIED, leaves(row) - _otherwise(tables, row, DIED), tables)
    for one in _undue(tables, row):
        if cents := min(open_of(one), left):
            left -= cents
            yield _moved(entry, programme, one, cents, tables)
    if not left:
        _not_kept(entry, programme, row, tables)


def _undue(reader: Reader, row: Row) -> list[Row]:
    rows = reader.select(OWING, {"payment": row["entry"]}, order=("why",))
    return [one for one in rows if one["why"] != TWICE]


def _otherwise(reader: Reader, row: Row, why: str) -> int:
    """Cents of a payment that are not due for another reason."""
    return sum(int(one["cents"]) for one in _undue(reader, row) if one["why"] != why)


def given_up(entry: Entry, row: Row, why: str, tables: Tables) -> Iterator[Booking]:
    """That none of a payment is due any more: what of it is here is put back (`taken_back`)."""
    yield from owes(entry, row, why, row["cents"] - _otherwise(tables, row, why), tables)


def _moved(entry: Entry, programme: Programme, owed: Row, cents: int, tables: Tables) -> Booking:
    """Lay out that so much of what is owed is put back, below zero that it is to be paid again; and what books that."""
    _lay_out(entry, programme, owed, cents, tables)
    sides = payable_account(programme), owing_account(programme, owed["member"])
    debit, credit = sides if cents > 0 else sides[::-1]
    id = f"benefits.{entry.index}.{owed['why']}.{owed['payment']}.{owed['returned'] + cents}.back"
    day, code = entry.day.toordinal(), PUT_BACK if cents > 0 else AGAIN
    return Booking(Transfer(id, debit, credit, abs(cents), day, code=code), str(owed["member"]))


def _lay_out(entry: Entry, programme: Programme, owed: Row, cents: int, tables: Tables) -> None:
    came_back(tables, owed["payment"], owed["why"], cents, cents)
    if programme.pots[owed["pot"]].pooled:
        back_in_the_pool(entry, programme, owed["payment"], cents, tables)


def not_moved(entry: Entry, one: Transfer, tables: Tables) -> None:
    """Take back what the ledger refused of it."""
    why, payment = about(one)
    row = tables.get(OWING, payment, why)
    found = newest(tables, row["programme"]) if row else None
    if row is not None and found is not None:
        _lay_out(entry, found[0], row, one.amount if one.code == AGAIN else -one.amount, tables)
        untold(tables, one, str(row["member"]))


def _not_kept(entry: Entry, programme: Programme, row: Row, tables: Tables) -> None:
    """Where nothing of a payment goes, what was kept of it and is not due pays no debt of that account.

    On the ledger the one debt stands for the other: both are of the same account.
    """
    kept = list[Withheld]()
    for one in kept_of(row):
        debt, left = tables.get(OWING, one.payment, one.why), one.cents
        for owed in _undue(tables, row) if debt and debt["member"] == row["member"] else ():
            if cents := min(open_of(owed), left):
                _lay_out(entry, programme, owed, cents, tables)
                set_against(entry, programme, [one._replace(cents=cents)], -1, tables)
                left -= cents
        kept += [one._replace(cents=left)] if left else []
    if kept != kept_of(row):
        tables.put(MOVE, {**row, "body": {**row["body"], "withheld": [list(one) for one in kept]}})


# ── what a member takes back ────────────────────────────────────────────────────────────────────────────────────────


def can_be_taken_back(reader: Reader, row: Row) -> bool:
    """Whether its member can still take a movement back: it leaves a pot of theirs by their own word, something of it
    goes, and the bank does not have it."""
    theirs = row["what"] == "taken_out" and row["done"] and not is_heirs(row)
    return bool(theirs and goes(reader, row) and is_here(reader, row))


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Only what this account took out, and the bank does not have."""
    body = act.body
    row, seen = withdrawal(reader, body), str(body["payment"])
    if row is None:
        want = "the entry by which this account took money out of this programme"
        told = Text(en=f"{seen} – {want}", zh=f"{seen}——须为本账户自该方案提取款项的条目")
        yield Fault("payment", seen, want, "reference", told)
    elif not can_be_taken_back(reader, row) or BANK.may_be_there(reader, payment_id(row)):
        want = "a withdrawal that the bank does not have, and of which something is still to go"
        told = Text(en=f"{seen} – {want}", zh=f"{seen}——须为尚未送交银行且仍待付出的提取")
        yield Fault("payment", seen, want, "sent", told)


def withdrawn(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A member takes back what they took out: none of it is due, and what is here is put back (`taken_back`)."""
    row = withdrawal(tables, entry.body)
    found = newest(tables, row["programme"]) if row else None
    if row is None or found is None or not can_be_taken_back(tables, row):
        return
    made = list(given_up(entry, row, WITHDRAWN, tables))
    yield from booked(entry, found[0], [one.transfer for one in made], [one.member for one in made], tables)


# ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def claims(entry: Entry, rows: Iterable[Row], tables: Tables) -> dict[str, list[Booking]]:
    """Set what of claims that were paid (their movements) is not due by what payers say now; by programme."""
    found = dict[str, list[Booking]]()
    for row in rows:
        programme = stands_by(tables, row)
        if programme is not None and programme.pays is not None:
            want = min(paid_too_much(tables, programme, row), row["cents"] - _otherwise(tables, row, CORRECTED))
            found.setdefault(row["programme"], []).extend(set_undue(entry, row, CORRECTED, want, tables))
    return found


def set_undue(entry: Entry, row: Row, why: str, want: int, tables: Tables) -> Iterator[Booking]:
    """That of a payment so many cents are not due: `owes`, and what was put back of a claim that is here and due again.

    What a member took out is theirs to take out again instead.
    """
    owed, programme = tables.get(OWING, row["entry"], why), newest(tables, row["programme"])
    cents = min(owed["back"] - want, owed["returned"]) if owed and row["what"] == "claim" else 0
    if owed is not None and programme is not None and cents > 0 and is_here(tables, row):
        there = min(pool_of(tables, programme[0]), at_the_bank(tables, programme[0].id))
        if there >= cents:  # else once it is there (`due_again`)
            yield _moved(entry, programme[0], owed, -cents, tables)
    yield from owes(entry, row, why, want, tables)


def due_again(entry: Entry, programme: Programme, tables: Tables) -> Iterator[Booking]:
    """What was put back of claims and is to be paid after all, now that the pool holds it."""
    if programme.pays is None:
        return
    about_ = {"programme": programme.id, "pot": programme.pays.pot, "returned": (">", 0)}
    for one in tables.select(OWING, about_, order=("payment", "why")):
        row = tables.get(MOVE, one["payment"])
        if row is None or row["what"] != "claim":
            continue
        if one["why"] == CORRECTED:
            yield from claims(entry, [row], tables).get(programme.id, ())
        elif one["why"] in (AFTER_DEATH, DIED) and not died_on(tables, [row["member"]]):
            yield from set_undue(entry, row, one["why"], 0, tables)
