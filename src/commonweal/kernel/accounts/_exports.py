"""The ledger for others' programs: every transfer, and a Beancount journal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from commonweal.kernel.record.tables import Reader

from ._queries import ROWS_AT_ONCE, accounts, all_transfers, balance_on
from ._room import POSTS, booked
from ._tables import TRANSFER
from ._transfers import Account, Booked
from ._units import written

_ROOT = {"debit": "Assets", "credit": "Liabilities"}


def beancount(reader: Reader) -> Iterator[str]:
    """The lines of a Beancount journal: accounts, what was posted, and each balance asserted on the day after the last.

    Beancount writes debits as positive amounts. What is reserved is no part of it.
    """
    yield 'option "title" "Ledger"'
    everyone = {one.account: one for one in accounts(reader)}
    days = [row["day"] for row in all_transfers(reader) if row["how"] in POSTS]
    begun, last = date.fromordinal(min(days, default=1)), max(days, default=1)
    for one in everyone.values():
        yield f"{begun.isoformat()} open {_name(one)} {_commodity(one.unit)}"
    for entry in _posted(reader):
        transfer = entry.transfer
        unit = everyone[transfer.debit].unit
        amount = f"{written(transfer.amount, unit)} {_commodity(unit)}"
        yield ""
        yield f'{date.fromordinal(transfer.day).isoformat()} * "{transfer.code or "transfer"}"'
        yield f'  id: "{transfer.id}"'
        yield f"  entry: {entry.entry}"
        yield f"  {_name(everyone[transfer.debit])}  {amount}"
        yield f"  {_name(everyone[transfer.credit])}  -{amount}"
    yield ""
    for one in everyone.values():
        now = balance_on(reader, one.account, last)
        amount = f"{written(now.debits - now.credits, one.unit)} {_commodity(one.unit)}"
        yield f"{date.fromordinal(last + 1).isoformat()} balance {_name(one)}  {amount}"


def everything(reader: Reader) -> Iterator[Booked]:
    """Every transfer that was made, in the order of the ledger: posted, reserved, settled, voided and expired."""
    last = 0
    while rows := reader.select(TRANSFER, {"number": (">", last)}, order=("number",), limit=ROWS_AT_ONCE):
        yield from booked(rows, reader)
        last = rows[-1]["number"]


def _posted(reader: Reader) -> Iterator[Booked]:
    """What was posted, day after day, in the order of the ledger within each."""
    how = ("in", [int(one) for one in POSTS])
    at = 0
    while rows := reader.select(TRANSFER, {"how": how}, order=("day", "number"), limit=ROWS_AT_ONCE, offset=at):
        yield from booked(rows, reader)
        at += len(rows)


def _name(one: Account) -> str:
    """`benefits.member.7f3a` is `Liabilities:Benefits:Member:7f3a`; an account's type is the side on which it grows."""
    parts = one.account.replace("_", "-").split(".")
    return ":".join([_ROOT[one.side], *(part[0].upper() + part[1:] for part in parts)])


def _commodity(unit: str) -> str:
    return re.sub(r"[^A-Z0-9'._-]", "-", unit.upper())
