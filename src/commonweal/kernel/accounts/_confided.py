"""Accounts of single people: the office reads totals of them, and no total of a few.

An instrument declares which accounts are somebody's own (`Confided`). Whoever reads the ledger as the office is told
what they sum up to and what moved month by month; an amount that fewer than `least` people stand behind is withheld,
and the next smallest beside it where it could be worked out from what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, TypeVar

from commonweal.kernel.record.tables import Reader

from ._queries import ROWS_AT_ONCE, Kept, kept, statement
from ._room import POSTS
from ._tables import ACCOUNT, TRANSFER
from ._transfers import Account, Balance

Cell = TypeVar("Cell", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Confided:
    """Which accounts of the ledger are somebody's own, among those of batches `of` one name (`benefits`).

    `total(account)` names the total that an account is told in, None where it may be told by itself; `circle(account)`
    names the accounts among which money moves, which come to nothing together. Transfers with a code in `plain` are
    nobody's own. Fewer than `least(reader)` people are a small number.
    """

    of: str
    total: Callable[[str], str | None]
    circle: Callable[[str], str]
    least: Callable[[Reader], int]
    plain: frozenset[str] = frozenset()

    def holds(self, account: str) -> bool:
        """Whether an account is among them, somebody's own or not."""
        return account.startswith(f"{self.of}.")


class Sum(NamedTuple):
    """A line of the overview: one account (`opened` is the entry that did), or the total of `many` of people.

    `balance` is None where it is withheld.
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
    """Accounts and totals by name, with what they hold as `kept` has it. Names of single people's accounts are asked
    for in vain."""
    found: list[Sum] = []
    totals: dict[tuple[str, str], _Running] = {}
    circles: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in _all(reader, day, today):
        name, unit = one.account.account, one.account.unit
        by = of_account(confided, name)
        circle = (by.circle(name), unit) if by else ("", unit)
        total = by.total(name) if by else None
        if by is None or total is None:
            found.append(Sum(name, unit, one.account.side, one.balance, 0, one.opened))
        else:
            running = totals.get((total, unit))
            if running is None:
                running = totals[total, unit] = _Running(by.least(reader), circle, one.account.side)
            running.add(one.balance)
            circles[circle].add(total)
    hidden = {
        (name, circle[1])
        for circle, names in circles.items()
        for name in small({name: totals[name, circle[1]].many for name in names},
                          totals[next(iter(names)), circle[1]].least)
    }  # fmt: skip
    for (name, unit), running in totals.items():
        balance = None if (name, unit) in hidden else running.balance
        found.append(Sum(name, unit, running.side, balance, running.many))
    return sorted(one for one in found if one.account.startswith(prefix))


@dataclass(slots=True)
class _Running:
    least: int
    circle: tuple[str, str]
    side: Literal["debit", "credit"]
    many: int = 0
    balance: Balance = field(default_factory=Balance)

    def add(self, balance: Balance) -> None:
        self.many += 1
        self.balance = Balance(*(a + b for a, b in zip(self.balance, balance, strict=True)))


def _all(reader: Reader, day: int | None, today: int | None) -> Iterator[Kept]:
    at = 0
    while rows := kept(reader, day=day, today=today, limit=ROWS_AT_ONCE, offset=at):
        yield from rows
        at += len(rows)


def small(people: Mapping[Cell, int], least: int) -> set[Cell]:
    """The cells of a sum that are withheld, by how many people stand behind each.

    Those with fewer than `least`; and, for all of them together could be had by subtraction, the next smallest beside
    them that has enough. Where none has, all are.
    """
    hidden = {cell for cell, many in people.items() if 0 < many < least}
    rest = sorted((many, str(cell), cell) for cell, many in people.items() if cell not in hidden and many)
    return hidden | {rest[0][2]} if hidden and rest else hidden


class Moved(NamedTuple):
    """What moved in a month on one account: with which other account or total, what for, how many transfers or people,
    and how much on the side on which the account grows; None where that is withheld."""

    month: str
    other: str
    code: str
    many: int
    amount: int | None


def months(reader: Reader, account: Account, span: tuple[int, int], confided: Sequence[Confided]) -> list[Moved]:
    """What was posted on an account for a span of days (ordinals, both counted), added up by the months over by then.

    Whoever reads it as single lines would read what single people were paid. Raises `NotFound`.
    """
    name, by = account.account, of_account(confided, account.account)
    assert by is not None, "others are told line by line"
    amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    behind: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for line in statement(reader, name, _month_begins(span[0]), _month_ends(span[1])):
        one = line.transfer
        other = one.credit if one.debit == name else one.debit
        cell = (date.fromordinal(one.day).isoformat()[:7], told_as(confided, other), one.code)
        amounts[cell] += one.amount if (one.credit if account.side == "credit" else one.debit) == name else -one.amount
        behind[cell].add(other if by.total(other) else one.id)
    found, least = [], by.least(reader)
    for month in sorted({cell[0] for cell in amounts}):
        people = {cell: len(behind[cell]) for cell in amounts if cell[0] == month and cell[2] not in by.plain}
        hidden = small(people, least)
        found += [
            Moved(*cell, len(behind[cell]), None if cell in hidden else amounts[cell])
            for cell in sorted(cell for cell in amounts if cell[0] == month)
        ]
    return found


def _month_begins(day: int) -> int:
    return date.fromordinal(day).replace(day=1).toordinal()


def _month_ends(day: int) -> int:
    """The last day of the last month that is over by the end of a day."""
    found = date.fromordinal(day)
    following = date.fromordinal(day + 1)
    return day if found.month != following.month else found.replace(day=1).toordinal() - 1


class Flow(NamedTuple):
    """What transfers of one kind came to between two accounts or totals: how much, and whose accounts it touched."""

    amount: int
    people: frozenset[str]


def flows(
    reader: Reader, by: Confided, first: int, last: int
) -> dict[tuple[str, str, str], Flow]:  # debit, credit, code
    """What was posted among an instrument's accounts for the days from `first` to `last` (ordinals), by what is told.

    One pass over the transfers of these days.
    """
    names = {row["number"]: row["account"] for row in reader.select(ACCOUNT, {"account": ("prefix", f"{by.of}.")})}
    amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    people: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    where = {"day": ("between", (first, last + 1)), "how": ("in", [int(one) for one in POSTS])}
    for row in reader.select(TRANSFER, where, only=("debit", "credit", "amount", "code", "id")):
        debit, credit = names.get(row["debit"]), names.get(row["credit"])
        if debit is None or credit is None:
            continue
        own = [name for name in (debit, credit) if by.total(name)]
        cell = (by.total(debit) or debit, by.total(credit) or credit, row["code"])
        amounts[cell] += row["amount"]
        people[cell].update(own or [row["id"]])
    return {cell: Flow(amount, frozenset(people[cell])) for cell, amount in amounts.items()}
