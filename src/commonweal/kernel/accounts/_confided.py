"""Accounts of single people: the office is told blocks of what moved on them, and nothing else.

An instrument declares which accounts are somebody's own (`Confided`), and gives what may be told of all that moves
among its accounts: blocks that enough people stand behind, of which no two say the same movement. Whatever is shown
here of such accounts is a sum of whole blocks, so nothing else can be had from it by subtraction, on whichever page
or day. What is in no block is not told; and where a part of what an account held on a day is in none, or in one that
was told later, what it held is withheld: the rest would be no balance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from commonweal.kernel.record.tables import Reader

from ._queries import ROWS_AT_ONCE, Kept, Total, kept, totals
from ._queries import account as account_of
from ._transfers import Account, Balance

Side = Literal["debit", "credit"]


class Block(NamedTuple):
    """What moved from one account or total to another for one reason, up to a day (ordinal), in `many` movements.

    What stands in a block stands in no other. `since` is a day from which on some of it had moved and was not told.
    """

    day: int
    debit: str
    credit: str
    code: str
    many: int
    amount: int
    since: int


class Untold(NamedTuple):
    """That something moved from one account or total to another, on some day from `since` on, and is in no block."""

    since: int
    debit: str
    credit: str


@dataclass(frozen=True, slots=True)
class Confided:
    """Which accounts of the ledger are somebody's own, among those of batches `of` one name (`benefits`).

    `total(account)` names the total that an account is told in, None where it may be told by itself; `wider(account)`
    the one that such an account is told in beside others where few people stand behind it, None where there is none.
    `as_one(account)` names the accounts that are told as one with it, first that as which blocks tell them; no account
    where it is told by itself.
    `told(reader)` gives the blocks, in order of their days, `untold(reader)` what is in none, and `among(reader)` the
    accounts of which something was told in the wider total only.
    """

    of: str
    total: Callable[[str], str | None]
    wider: Callable[[str], str | None]
    as_one: Callable[[str], Sequence[str]]
    told: Callable[[Reader], Iterable[Block]]
    untold: Callable[[Reader], Iterable[Untold]]
    among: Callable[[Reader], Collection[str]]

    def holds(self, account: str) -> bool:
        """Whether an account is among them, somebody's own or not."""
        return account.startswith(f"{self.of}.")


class Sum(NamedTuple):
    """A line of the overview: one account (`opened` is the entry that did), or the total of `many`.

    `balance` is None where a part of it is withheld.
    """

    account: str
    unit: str
    side: Side
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
    held = [_Held(reader, one, day) for one in confided]
    found: dict[tuple[str, str], Sum] = {}
    for one in _all(reader, day, today):
        name, unit, side = one.account.account, one.account.unit, one.account.side
        by = next((each for each in held if each.by.holds(name)), None)
        if by is None:
            found[name, unit] = Sum(name, unit, side, one.balance, 0, one.opened)
            continue
        total = by.by.total(name)
        if total is None:
            found[name, unit] = Sum(name, unit, side, by.of(name), 0, one.opened)
            total = by.shared(name)
        if total is not None:
            many = found[total, unit].many if (total, unit) in found else 0
            found[total, unit] = Sum(total, unit, by.side_of(name, side), by.of(total), many + 1)
    return sorted(one for one in found.values() if one.account.startswith(prefix))


class _Held:
    """What the blocks up to a day come to, by account or total, of one that declares such accounts."""

    def __init__(self, reader: Reader, by: Confided, day: int | None) -> None:
        at = date.max.toordinal() if day is None else day
        self.by, self._reader, self._among = by, reader, frozenset(by.among(reader))
        self._debits, self._credits, self._partly = defaultdict[str, int](int), defaultdict[str, int](int), set[str]()
        self._lines: dict[str, str | None] = {}
        for one in by.told(reader):
            if one.day <= at:
                for name in self._names(one.debit):
                    self._debits[name] += one.amount
                for name in self._names(one.credit):
                    self._credits[name] += one.amount
            elif one.since <= at:
                self._partly |= {*self._names(one.debit), *self._names(one.credit)}
        for cell in by.untold(reader):
            if cell.since <= at:
                self._partly |= {*self._names(cell.debit), *self._names(cell.credit)}

    def shared(self, name: str) -> str | None:
        """The line in which an account is told with others, and not by itself; None where there is none."""
        if name not in self._lines:
            one = [each for each in self.by.as_one(name) if account_of(self._reader, each)]
            line = " + ".join(one) if len(one) > 1 else None
            self._lines[name] = self.by.wider(name) if name in self._among else line
        return self._lines[name]

    def side_of(self, name: str, side: Side) -> Side:
        """On which side the line grows that tells an account which grows on a side."""
        first = account_of(self._reader, next(iter(self.by.as_one(name)), name))
        return first.side if first else side

    def _names(self, name: str) -> list[str]:
        shared = self.shared(name)
        return [name] if shared is None else [name, shared]

    def of(self, name: str) -> Balance | None:
        """What an account or total held; None where a part of it is withheld, or it is not told by itself."""
        if name in self._partly or self.shared(name) is not None:
            return None
        return Balance(self._debits[name], self._credits[name])


def told_balance(reader: Reader, by: Confided, account: str, day: int | None = None) -> Balance | None:
    """What an account holds now, or held at the end of a day; None where a part of it is withheld."""
    return _Held(reader, by, day).of(account)


def _all(reader: Reader, day: int | None, today: int | None) -> Iterator[Kept]:
    at = 0
    while rows := kept(reader, day=day, today=today, limit=ROWS_AT_ONCE, offset=at):
        yield from rows
        at += len(rows)


def told_totals(reader: Reader, confided: Sequence[Confided]) -> list[Total]:
    """What all accounts of each unit come to, of single people's what is told: a unit's debits equal its credits."""
    if not confided:
        return totals(reader)
    found, units = dict[str, Total](), dict[str, str]()
    for one in _all(reader, None, None):
        name, unit = one.account.account, one.account.unit
        by = of_account(confided, name)
        so_far = found.get(unit, Total(unit, 0, 0, 0))
        held = one.balance if by is None else Balance()
        units |= {each: unit for each in ((name, by.total(name), by.wider(name)) if by else ()) if each}
        found[unit] = Total(unit, so_far.accounts + 1, so_far.debits + held.debits, so_far.credits + held.credits)
    for block in (block for by in confided for block in by.told(reader)):
        so_far = found[units[block.debit]]
        found[so_far.unit] = so_far._replace(
            debits=so_far.debits + block.amount, credits=so_far.credits + block.amount
        )  # fmt: skip
    return [found[unit] for unit in sorted(found)]


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
