"""What the accounts of the safety net are to hold by what its own tables say: the ledger is held against it.

Whatever moved otherwise, such as by a transfer that the authority's hand filed, is named by `weal account reconcile`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Books, Holding
from commonweal.kernel.instrument import Reader

from . import aiding
from .erased import BEHIND
from .following import treasury
from .kinds import BANK_ANSWER, OPENED, RUN
from .paying import OF
from .programmes import DOUBLED, FEE, PAYMENT, STOPPED, Programme, programmes, runs
from .tables import CLAIMED


def held(reader: Reader) -> Iterator[Holding]:
    """What every account of this instrument is to hold, account by account; nothing of it is ever reserved."""
    sums = Counter[str]()
    for one in programmes(reader):
        _of_the_budget(reader, one, sums)
        _of_claims(reader, one, sums)
    yield from (Holding(name, cents) for name, cents in sums.items())


def _of_the_budget(reader: Reader, one: Programme, sums: Counter[str]) -> None:
    """What came out of the public purse, and what of it runs paid; the ledger may have refused it whole."""
    given = one.budget if accounts.made(reader, [one.given]) else 0
    paid = sum(row["cents"] for row in runs(reader, one.id))
    sums[treasury(one.unit)] += given
    sums[one.fund] += given - paid
    if one.text.aid is not None:
        sums[aiding.account(one)] += paid
    sums[one.fund] += sum(row["cents"] for row in reader.select(STOPPED, {"fund": one.fund}, only=("cents",)))


def _of_claims(reader: Reader, one: Programme, sums: Counter[str]) -> None:
    """What was paid on each claim and is not in the fund again, what the bank paid twice, and what banks kept."""
    firsts = {row["claim"]: row["first"] for row in reader.select(CLAIMED, {"programme": one.id})}
    entries = [row["entry"] for row in runs(reader, one.id)]
    for row in reader.select(PAYMENT, {"run": ("in", entries), "asked": 0}) if entries else ():
        first = firsts.get(row["claim"])
        if first is not None and reader.get(STOPPED, f"net/c{first}/{row['month']}{BEHIND}") is None:
            sums[one.account(first)] += row["cents"]
    there = {each.account.account for each in accounts.kept(reader, f"{one.accounts}c")}
    erased = there - {one.account(first) for first in firsts.values()}
    for name in erased:
        sums[name] = _erased(reader, name)
    for row in reader.select(DOUBLED, {"programme": one.id}):
        sums[one.fund] -= row["booked"]
        if (name := _whose(one, row["payment"])) not in erased:
            sums[name] += row["booked"]
    kept = sum(row["cents"] for row in reader.select(FEE) if _whose(one, row["id"]) in there)
    if kept:
        sums[one.fees] += kept
        sums[treasury(one.unit)] += kept


def _whose(one: Programme, payment: str) -> str:
    """The account of the claim on which a payment is, were it of a programme."""
    return one.account(int(payment.split("/")[1].removeprefix("c")))


def _erased(reader: Reader, name: str) -> int:
    """What an account holds of a claim of which no table says anything any more: by the names of its transfers."""
    own = f"net/{name.rpartition('.')[2]}/"
    moves = [each.transfer for each in accounts.statement(reader, name, 1, date.max.toordinal() - 1)]
    return sum(move.amount if move.credit == name else -move.amount for move in moves if move.id.startswith(own))


BOOKS = Books(f"{OF}.", held, (OPENED.id, RUN.id, BANK_ANSWER.id))
