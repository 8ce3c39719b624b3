"""What statements and the fund's page say that each account holds, for the ledger to be held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from commonweal.kernel.accounts import Books, Holding
from commonweal.kernel.instrument import Reader, Row, Table

from .banking import GONE
from .booking import bank_account, payable_account, payer_account, pot_account
from .confiding import OF
from .programmes import Programme, in_force
from .tables import MOVE, POSTED

ROWS_AT_ONCE = 10_000
COMES = ("paid", "brought_in")


def held(reader: Reader) -> Iterator[Holding]:
    """What every account of this instrument is to hold, account by account."""
    for programme, _ in in_force(reader):
        sums = Counter[str]()
        _posted(reader, programme, sums)
        _moved(reader, programme, sums)
        yield from (Holding(name, cents) for name, cents in sums.items())


def _posted(reader: Reader, programme: Programme, sums: Counter[str]) -> None:
    for row in _rows(reader, POSTED, {"programme": programme.id}, "member"):
        sums[pot_account(programme, row["member"], row["pot"])] += row["cents"]
        sums[payer_account(programme, row["payer"])] += row["cents"]


def _moved(reader: Reader, programme: Programme, sums: Counter[str]) -> None:
    """On the side on which each account grows: what a payer paid makes less of what it owes."""
    for row in _rows(reader, MOVE, {"programme": programme.id}, "entry"):
        if not row["done"]:
            continue
        cents = row["cents"]
        if row["payer"]:
            sums[payer_account(programme, row["payer"])] -= cents
        else:
            sign = 1 if row["what"] in COMES else -1
            sums[pot_account(programme, row["member"], row["pot"])] += sign * cents
        sums[payable_account(programme) if row["what"] in GONE else bank_account(programme)] += cents


def _rows(reader: Reader, table: Table, where: dict[str, Any], by: str) -> Iterator[Row]:
    """The rows of a table, some thousand at a time, in order of a column: what is read never lies in memory whole."""
    about = where
    while rows := reader.select(table, about, order=(by,), limit=ROWS_AT_ONCE):
        last = rows[-1][by]
        yield from (row for row in rows if row[by] != last)
        yield from reader.select(table, {**where, by: last})  # those of one value are read together
        about = {**where, by: (">", last)}


BOOKS = Books(f"{OF}.", held)
