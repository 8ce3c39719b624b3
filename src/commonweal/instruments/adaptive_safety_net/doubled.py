"""What the bank paid beyond what was to be paid: it settled two attempts of one payment, or one that was stopped since
it had said that it came to nothing. The fund bears it, and what comes is less.

It counts as paid on the claim, so the next runs set it off as the text lets them; what comes back of it is in the fund
again, whichever of the attempts it was. What the ledger does not book counts as much, and the next run asks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Row, Tables

from . import banking, programmes
from .erased import BEHIND
from .paying import OF, outcomes
from .programmes import BACK, DOUBLED, PAYMENT, STOPPED, Programme

MARK, CODE = "/twice/", "twice"


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Lay out what a bank's answer shows to be there twice, or no more, and ask the ledger for it."""
    one = programmes.programme(tables, str(entry.body["programme"]))
    sent = tables.select(banking.BANK.sent, {"message": entry.body["file_id"]}, only=("payment",))
    payments = sorted({row["payment"] for row in sent})
    tries = tables.select(banking.BANK.sent, {"payment": ("in", payments)}) if payments else []
    there = Counter(row["payment"] for row in tries if row["state"] == accounts.TAKEN)
    cents = {row["payment"]: row["cents"] for row in tries}
    for payment in payments if one else ():
        before = tables.get(DOUBLED, payment)
        more = max(there[payment] - (0 if _is_back(payment, tables) else 1), 0) * int(cents[payment] or 0)
        if one and more != (before["cents"] if before else 0):
            told = {"payment": payment, "claim": programmes.claim_of(tables, payment) or "", "programme": one.id}
            told["day"] = entry.day.isoformat()
            tables.put(DOUBLED, {**told, "cents": more, "booked": before["booked"] if before else 0})
    if one:
        yield from _booked(entry, one, [row for id in payments if (row := tables.get(DOUBLED, id))], tables)


def _is_back(payment: str, tables: Tables) -> bool:
    """Whether the money of a payment is in the fund again, or on its way there."""
    if tables.get(STOPPED, f"{payment}{BEHIND}") is not None:
        return True
    claim = programmes.claim_of(tables, payment)
    row = tables.get(PAYMENT, claim, payment.rpartition("/")[2]) if claim else None
    return row is not None and row["stopped"] == BACK


def again(entry: Entry, one: Programme, tables: Tables) -> Iterator[Act]:
    """What the ledger did not book, asked for once more."""
    yield from _booked(entry, one, tables.select(DOUBLED, {"programme": one.id}), tables)


def _booked(entry: Entry, one: Programme, rows: list[Row], tables: Tables) -> Iterator[Act]:
    """As what is paid it names no cause: whose payment it was would follow from what was said about it."""
    moves = []
    for row in rows:
        if (more := row["cents"] - row["booked"]) == 0:
            continue
        tables.put(DOUBLED, {**row, "booked": row["cents"]})
        sides = [one.fund, one.account(int(row["payment"].split("/")[1].removeprefix("c")))]
        debit, credit = sides if more > 0 else reversed(sides)
        moves.append(
            Transfer(f"{row['payment']}{MARK}{entry.index}", debit, credit, abs(more), entry.day.toordinal(), code=CODE)
        )
    if moves:
        yield replace(accounts.transfers_act(OF, moves), key=f"net:twice:{entry.index}")


def answered(entry: Entry, tables: Tables) -> None:
    """What the ledger did not take is not booked."""
    done = outcomes(entry, tables)
    if not any(MARK in id for id in done):
        return
    batch = accounts.read_columns(entry.blob(accounts.BLOB))
    for id, debit, cents in zip(batch.ids, batch.debit, batch.amount, strict=True):
        payment, mark, _ = id.partition(MARK)
        row = tables.get(DOUBLED, payment) if mark else None
        if row is not None and done[id] not in accounts.STANDS:
            out = batch.accounts[int(debit)].endswith(".fund")
            tables.put(DOUBLED, {**row, "booked": row["booked"] - (int(cents) if out else -int(cents))})
