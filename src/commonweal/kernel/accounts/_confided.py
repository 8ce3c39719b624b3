"""Accounts of single people: the office is told blocks of what moved on them, and nothing else.

An instrument declares which accounts are somebody's own (`Confided`), and gives what may be told of all that moves
among its accounts: blocks that enough people stand behind, of which no two say the same movement. Whatever is shown
here of such accounts is a sum of whole blocks, so nothing else can be had from it by subtraction, on whichever page
or day. What is in no block is not told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from commonweal.kernel.record.tables import Reader

from ._queries import ROWS_AT_ONCE, Kept, Total, kept, totals
from ._transfers import Account, Balance


class Block(NamedTuple):
    """What moved from one account or total to another for one reason, up to a day (ordinal), in `many` movements.

    What stands in a block stands in no other.
    """

    day: int
    debit: str
    credit: str
    code: str
    many: int
    amount: int


@dataclass(frozen=True, slots=True)
class Confided:
    """Which accounts of the ledger are somebody's own, among those of batches `of` one name (`benefits`).

    `total(account)` names the total that an account is told in, None where it may be told by itself; `wider(account)`
    the one that such an account is told in beside others where few people stand behind it, None where there is none.
    `told(reader)` gives the blocks, in order of their days.
    """

    of: str
    total: Callable[[str], str | None]
    wider: Callable[[str], str | None]
    told: Callable[[Reader], Iterable[Block]]

    def holds(self, account: str) -> bool:
        """Whether an account is among them, somebody's own or not."""
        return account.startswith(f"{self.of}.")


class Sum(NamedTuple):
    """A line of the overview: one account (`opened` is the entry that did), or the total of `many` of people.

    `balance` is None where nothing of it is told.
    """

    account: str
    unit: str
    side: Literal["debit", "credit"]
    balance: Balance | None
    many: int = 0
    opened: int | None = None


def of_account(confided: Iterable[Confided], account: str) -> Confided | None:
    """What is declared of an account; None where nothing is."""
    return next((one for one in confided if one.holds(account)), None)


def told_as(confided: Iterable[Confided], account: str) -> str:
    """The name under which the office is told of an account: its own, or that of the total which it is part of."""
    one = of_account(confided, account)
    return (one.total(account) if one else None) or account


def summed(
    reader: Reader, confided: Sequence[Confided], prefix: str = "", *, day: int | None = None, today: int | None = None
) -> list[Sum]:
    """Accounts and totals by name, with what they hold as `kept` has it, or as the blocks up to the day come to.

    Names of single people's accounts are asked for in vain.
    """
    held = _held(reader, confided, day)
    found: dict[tuple[str, str], Sum] = {}
    for one in _all(reader, day, today):
        name, unit, side = one.account.account, one.account.unit, one.account.side
        by = of_account(confided, name)
        if by is None:
            found[name, unit] = Sum(name, unit, side, one.balance, 0, one.opened)
            continue
        if (wide := by.wider(name)) in held:
            found[str(wide), unit] = Sum(str(wide), unit, side, held[str(wide)])
        total = by.total(name)
        if total is None:
            found[name, unit] = Sum(name, unit, side, held.get(name), 0, one.opened)
        else:
            many = found[total, unit].many if (total, unit) in found else 0
            found[total, unit] = Sum(total, unit, side, held.get(total), many + 1)
    return sorted(one for one in found.values() if one.account.startswith(prefix))


def _held(reader: Reader, confided: Sequence[Confided], day: int | None) -> dict[str, Balance]:
    """What the blocks up to a day come to, by account or total."""
    debits, credits = defaultdict[str, int](int), defaultdict[str, int](int)
    for one in (block for by in confided for block in by.told(reader)):
        if day is None or one.day <= day:
            debits[one.debit] += one.amount
            credits[one.credit] += one.amount
    return {name: Balance(debits[name], credits[name]) for name in {*debits, *credits}}


def told_balance(reader: Reader, confided: Sequence[Confided], account: str) -> Balance | None:
    """What is told of what an account holds now; None where nothing is."""
    return _held(reader, confided, None).get(account)


def _all(reader: Reader, day: int | None, today: int | None) -> Iterator[Kept]:
    at = 0
    while rows := kept(reader, day=day, today=today, limit=ROWS_AT_ONCE, offset=at):
        yield from rows
        at += len(rows)


def told_totals(reader: Reader, confided: Sequence[Confided]) -> list[Total]:
    """What all accounts of each unit come to, of single people's what is told: a unit's debits equal its credits."""
    if not confided:
        return totals(reader)
    sums: dict[str, Total] = {}
    for one in summed(reader, confided):
        so_far, told = sums.get(one.unit, Total(one.unit, 0, 0, 0)), one.balance or Balance()
        sums[one.unit] = Total(
            one.unit, so_far.accounts + (one.many or one.opened is not None), so_far.debits + told.debits,
            so_far.credits + told.credits,
        )  # fmt: skip
    return [sums[unit] for unit in sorted(sums)]


class Moved(NamedTuple):
    """What moved in a month on one account: with which other account or total, what for, in how many movements, and
    how much on the side on which the account grows."""

    month: str
    other: str
    code: str
    many: int
    amount: int


def months(reader: Reader, account: Account, span: tuple[int, int], by: Confided) -> list[Moved]:
    """The blocks of an account that were told for a span of days (ordinals, both counted), added up by month."""
    name = account.account
    found: dict[tuple[str, str, str], Moved] = {}
    for one in by.told(reader):
        if name not in (one.debit, one.credit) or not span[0] <= one.day <= span[1]:
            continue
        other = one.credit if one.debit == name else one.debit
        grows = (one.credit if account.side == "credit" else one.debit) == name
        cell = (date.fromordinal(one.day).isoformat()[:7], other, one.code)
        so_far = found.get(cell, Moved(*cell, 0, 0))
        amount = so_far.amount + (one.amount if grows else -one.amount)
        found[cell] = Moved(*cell, so_far.many + one.many, amount)
    return sorted(found.values())
