"""What statements and the fund's page say that each account holds, for the ledger to be held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from commonweal.kernel.accounts import Books, Holding
from commonweal.kernel.instrument import Reader, Row, Table

from .banking import GONE
from .booking import bank_account, fees_account, owing_account, payable_account, payer_account, pot_account
from .confiding import OF
from .kinds import BROUGHT_IN, FEE_MADE_GOOD, PAID, RECEIPT_TAKEN_BACK, RECOVERED, TAKEN_OUT
from .programmes import Programme, in_force
from .settling import OUT, SENT, SETTLED
from .tables import MOVE, OWING, POSTED, TWICE, leaves

ROWS_AT_ONCE = 10_000


def held(reader: Reader) -> Iterator[Holding]:
    """What every account of this instrument is to hold, account by account, and what of it is reserved."""
    for programme, _ in in_force(reader):
        sums, reserved = Counter[str](), Counter[str]()
        _posted(reader, programme, sums)
        _moved(reader, programme, sums)
        _owing(reader, programme, sums)
        _at_the_bank(reader, programme, sums, reserved)
        yield from (Holding(name, cents, reserved[name]) for name, cents in sums.items())


def _posted(reader: Reader, programme: Programme, sums: Counter[str]) -> None:
    for row in _rows(reader, POSTED, {"programme": programme.id}, "member"):
        sums[pot_account(programme, row["member"], row["pot"])] += row["cents"]
        sums[payer_account(programme, row["payer"])] += row["cents"]


def _moved(reader: Reader, programme: Programme, sums: Counter[str]) -> None:
    """On the side on which each account grows: what a payer paid makes less of what it owes."""
    bank = bank_account(programme)
    for row in _rows(reader, MOVE, {"programme": programme.id}, "entry"):
        if not row["done"]:
            continue
        cents = row["cents"]
        if row["what"] in GONE:
            sums[pot_account(programme, row["member"], row["pot"])] -= cents
            sums[payable_account(programme)] += leaves(row)
            continue
        sums[bank] += cents
        if row["payer"]:
            sums[payer_account(programme, row["payer"])] -= cents
        elif row["what"] == "made_good":
            sums[fees_account(programme)] -= cents
        elif row["what"] == "brought_in":
            sums[pot_account(programme, row["member"], row["pot"])] += cents


def _owing(reader: Reader, programme: Programme, sums: Counter[str]) -> None:
    for row in reader.select(OWING, {"programme": programme.id}):
        sums[owing_account(programme, row["member"])] += row["cents"] - row["back"]
        if row["why"] == TWICE:
            sums[bank_account(programme)] -= row["cents"] - row["returned"]
        else:
            sums[pot_account(programme, row["member"], row["pot"])] += row["cents"]
            sums[payable_account(programme)] -= row["returned"]


def _at_the_bank(reader: Reader, programme: Programme, sums: Counter[str], reserved: Counter[str]) -> None:
    for row in _rows(reader, OUT, {"programme": programme.id}, "id"):
        for name in (payable_account(programme), bank_account(programme)):
            sums[name] -= row["cents"] if row["state"] == SETTLED else 0
            reserved[name] += row["cents"] if row["state"] == SENT else 0
        sums[fees_account(programme)] += row["fee"]
        sums[bank_account(programme)] -= row["fee"]


def _rows(reader: Reader, table: Table, where: dict[str, Any], by: str) -> Iterator[Row]:
    """The rows of a table, some thousand at a time, in order of a column: what is read never lies in memory whole."""
    about = where
    while rows := reader.select(table, about, order=(by,), limit=ROWS_AT_ONCE):
        last = rows[-1][by]
        yield from (row for row in rows if row[by] != last)
        yield from reader.select(table, {**where, by: last})  # those of one value are read together
        about = {**where, by: (">", last)}


BOOKS = Books(
    f"{OF}.", held,
    tuple(kind.id for kind in (PAID, BROUGHT_IN, TAKEN_OUT, RECOVERED, RECEIPT_TAKEN_BACK, FEE_MADE_GOOD)),
)  # fmt: skip
