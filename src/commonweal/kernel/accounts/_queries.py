"""What the ledger answers: balances now and by any day, statements, and whether it adds up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import NotFound

from ._room import POSTS, balance_of, booked, made_of
from ._tables import ACCOUNT, DAY, STEP, TRANSFER
from ._transfers import Account, Balance, Booked, How, Standing, Transfer

ROWS_AT_ONCE = 10_000
_POSTED = ("in", [int(one) for one in POSTS])


def accounts(reader: Reader, prefix: str = "") -> list[Account]:
    """All accounts by name, or those whose names begin so."""
    return [_account(row) for row in reader.select(ACCOUNT, _named(prefix))]


def account(reader: Reader, name: str) -> Account | None:
    """An account; None where there is none of that name."""
    row = reader.get(ACCOUNT, name)
    return _account(row) if row else None


class Kept(NamedTuple):
    """An account with what its transfers add up to, and the entries that opened it and closed it, if one did."""

    account: Account
    balance: Balance
    opened: int
    closed: int | None

    @property
    def short(self) -> bool:
        """Whether it holds less than its floor."""
        floor = self.account.floor
        return floor is not None and self.balance.on(self.account.side) < floor


def kept(
    reader: Reader, prefix: str = "", *, day: int | None = None, today: int | None = None, limit: int = -1,
    offset: int = 0,
) -> list[Kept]:  # fmt: skip
    """Accounts by name whose names begin so, with what was posted for `day` (ordinal) or one before; else with what
    they hold now, by `today` without what was reserved until a day before it."""
    rows = reader.select(ACCOUNT, _named(prefix), limit=limit, offset=offset)
    found = {row["number"]: balance_of(row) for row in rows}
    if day is not None:
        found = dict.fromkeys(found, Balance())
        for one in reader.select(DAY, {"account": ("in", list(found)), "day": ("<=", day)}) if found else ():
            debits, credits, *_ = found[one["account"]]
            found[one["account"]] = Balance(debits + one["debits"], credits + one["credits"])
    elif today is not None:
        for one in _over(reader, today):
            _released(found, one)
    return [Kept(_account(row), found[row["number"]], row["opened"], row["closed"]) for row in rows]


def how_many(reader: Reader, prefix: str = "") -> int:
    """How many accounts there are whose names begin so."""
    return reader.count(ACCOUNT, _named(prefix))


def balance(reader: Reader, name: str, today: int | None = None) -> Balance:
    """What an account's transfers add up to; with `today` (ordinal) without what was reserved until a day before it.

    Raises `NotFound`.
    """
    row = _row(reader, name)
    found = {row["number"]: balance_of(row)}
    for one in _over(reader, today) if today is not None else ():
        _released(found, one)
    return found[row["number"]]


def _over(reader: Reader, today: int) -> list[Row]:
    """What is still reserved until a day before today."""
    return reader.select(TRANSFER, {"due": ("<", today)}, only=("debit", "credit", "amount"))


def _released(found: dict[int, Balance], one: Row) -> None:
    for side in ("debit", "credit"):
        if (now := found.get(one[side])) is not None:
            name = f"{side}s_pending"
            found[one[side]] = now._replace(**{name: getattr(now, name) - one["amount"]})


def balance_on(reader: Reader, name: str, day: int) -> Balance:
    """Posted debits and credits that count for that day (ordinal) or one before. Raises `NotFound`."""
    number = _row(reader, name)["number"]
    rows = reader.select(DAY, {"account": number, "day": ("<=", day)})
    return Balance(sum(row["debits"] for row in rows), sum(row["credits"] for row in rows))


def balance_after(reader: Reader, name: str, transfer: int) -> Balance:
    """Posted debits and credits up to a transfer (its number) of an account's statement. Raises `NotFound`."""
    number, day = _row(reader, name)["number"], _transfer(reader, transfer)["day"]
    before = balance_on(reader, name, day - 1)
    within = {"day": day, "number": ("<=", transfer), "how": _POSTED}
    sums = [
        sum(row["amount"] for row in reader.select(TRANSFER, {side: number, **within}, only=("amount",)))
        for side in ("debit", "credit")
    ]
    return Balance(before.debits + sums[0], before.credits + sums[1])


def statement(reader: Reader, name: str, first: int, last: int, *, after: int = 0, limit: int = -1) -> list[Booked]:
    """What was posted on an account for the days from `first` to `last` (ordinals), by day and in the ledger's order.

    With `after` only what comes after the transfer of that number, at most `limit`. Raises `NotFound`.
    """
    number = _row(reader, name)["number"]
    spans: list[dict[str, Any]] = [{"day": ("between", (first, last + 1))}]
    if after:
        day = _transfer(reader, after)["day"]
        spans = [{"day": day, "number": (">", after)}, {"day": ("between", (day + 1, last + 1))}]
    rows = [
        row
        for side in ("debit", "credit")
        for span in spans
        for row in reader.select(TRANSFER, {side: number, "how": _POSTED, **span}, order=("day", "number"), limit=limit)
    ]
    rows.sort(key=lambda row: (int(row["day"]), int(row["number"])))
    return booked(rows if limit < 0 else rows[:limit], reader)


def caused(reader: Reader, entry: int) -> Row | None:
    """What became of an entry: transfers it asked for, how many were made, and why the others were not."""
    return reader.get(STEP, entry)


def made(reader: Reader, ids: Iterable[str]) -> dict[str, Transfer]:
    """The transfers with these ids that are on the ledger."""
    return {id: one.transfer for id, one in made_of(reader, ids).items()}


class Difference(NamedTuple):
    """Something that does not add up: what is stored, and what the transfers, or the entries, give."""

    what: str
    stored: Any
    counted: Any


class Holding(NamedTuple):
    """What an instrument's own tables say that an account holds, on the side on which it grows, and how much is
    reserved to leave it or to come to it."""

    account: str
    amount: int
    reserved: int = 0


class Books(NamedTuple):
    """An instrument's own books: how the names of all its accounts begin, and what each of them is to hold. By acts of
    the kinds `instead` people move money on these, and by no transfers of their own (`moved_by_hand`)."""

    among: str
    held: Callable[[Reader], Iterable[Holding]]
    instead: tuple[str, ...]


def apart(reader: Reader, books: Books) -> Iterator[Difference]:
    """Every account that does not hold what an instrument's own books say; one that they do not name holds nothing."""
    wanted = {one.account: one for one in books.held(reader)}
    for one in kept(reader, books.among):
        name, now = one.account.account, one.balance
        says = wanted.pop(name, Holding(name, 0))
        found = (now.on(one.account.side), now.debits_pending + now.credits_pending)
        for what, stored, counted in zip(("balance", "reserved"), found, says[1:], strict=True):
            if stored != counted:
                yield Difference(f"{name} {what}", stored, counted)
    yield from (Difference(f"{name} balance", 0, one.amount) for name, one in wanted.items() if one.amount)


@dataclass
class Counted:
    """Transfers added up, as far as they were read: by account, by account and day, and those that were reserved.

    What was posted never changes, so adding up goes on from the last transfer that was read; whether something is
    still reserved is looked up each time.
    """

    last: int = 0
    posted: dict[int, list[int]] = field(default_factory=dict)
    daily: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    reserved: dict[int, Row] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def go_on(self, reader: Reader) -> dict[int, list[int]]:
        """Read what is new; gives debits and credits of each account, posted and reserved, as `Balance` has them."""
        with self._one:
            for row in all_transfers(reader, self.last):
                self.last = row["number"]
                if row["how"] not in POSTS:
                    if row["how"] == How.PEND:
                        self.reserved[row["number"]] = row
                    continue
                for at, side in enumerate(("debit", "credit")):
                    self.posted.setdefault(row[side], [0, 0])[at] += row["amount"]
                    self.daily.setdefault((row[side], row["day"]), [0, 0])[at] += row["amount"]
            self._look_again(reader)
            found = {number: [*sums, 0, 0] for number, sums in self.posted.items()}
            for row in self.reserved.values():
                for at, side in enumerate(("debit", "credit")):
                    found.setdefault(row[side], [0, 0, 0, 0])[at + 2] += row["amount"]
            return found

    def _look_again(self, reader: Reader) -> None:
        numbers = sorted(self.reserved)
        for at in range(0, len(numbers), ROWS_AT_ONCE):
            where = {"number": ("in", numbers[at : at + ROWS_AT_ONCE])}
            for row in reader.select(TRANSFER, where, only=("number", "standing")):
                if row["standing"] != Standing.PENDING:
                    del self.reserved[row["number"]]


def reconciled(reader: Reader, counted: Counted | None = None) -> Iterator[Difference]:
    """Every difference between balances as they are kept and the transfers added up anew; none where all is well.

    Also each unit in which debits and credits are not the same. With `counted` the transfers that were added up into it
    before are not read again; the balances always are.
    """
    counted = counted or Counted()
    numbers = {row["number"]: row for row in reader.select(ACCOUNT)}
    sums = counted.go_on(reader)
    daily = counted.daily
    for number, row in numbers.items():
        for name, stored, found in zip(Balance._fields, balance_of(row), sums.get(number, (0, 0, 0, 0)), strict=True):
            if stored != found:
                yield Difference(f"{row['account']} {name}", stored, found)
    kept = {(row["account"], row["day"]): (row["debits"], row["credits"]) for row in reader.select(DAY)}
    for key in sorted(kept.keys() | daily.keys()):
        for name, stored, found in zip(
            ("debits", "credits"), kept.get(key, (0, 0)), daily.get(key, (0, 0)), strict=True
        ):
            if stored != found:
                yield Difference(f"{numbers[key[0]]['account']} {name} of day {key[1]}", stored, found)
    for one in totals(reader):
        if one.debits != one.credits:
            yield Difference(f"debits and credits in {one.unit}", one.debits, one.credits)


def balances(reader: Reader, day: int) -> bool:
    """Whether, in each unit, what all accounts hold at the end of a day (ordinal) comes to zero."""
    left: dict[str, int] = {}
    for one in kept(reader, day=day):
        left[one.account.unit] = left.get(one.account.unit, 0) + one.balance.debits - one.balance.credits
    return not any(left.values())


class Total(NamedTuple):
    """All accounts of a unit together: how many, and their posted debits and credits."""

    unit: str
    accounts: int
    debits: int
    credits: int


def totals(reader: Reader) -> list[Total]:
    """What all accounts of each unit add up to, by unit: where the ledger is whole, debits and credits are the same."""
    found: dict[str, Total] = {}
    for row in reader.select(ACCOUNT, only=("unit", "debits", "credits")):
        before = found.get(row["unit"], Total(row["unit"], 0, 0, 0))
        found[row["unit"]] = Total(
            row["unit"], before.accounts + 1, before.debits + row["debits"], before.credits + row["credits"]
        )
    return [found[unit] for unit in sorted(found)]


def all_transfers(reader: Reader, last: int = 0) -> Iterator[Row]:
    """The rows of all transfers (after the one of that number) in their order, some of their columns."""
    columns: Sequence[str] = ("number", "debit", "credit", "amount", "day", "how", "standing")
    while rows := reader.select(TRANSFER, {"number": (">", last)}, limit=ROWS_AT_ONCE, only=columns):
        yield from rows
        last = rows[-1]["number"]


def _row(reader: Reader, name: str) -> Row:
    row = reader.get(ACCOUNT, name)
    if row is None:
        raise NotFound("account", name)
    return row


def _transfer(reader: Reader, number: int) -> Row:
    row = reader.get(TRANSFER, number)
    if row is None:
        raise NotFound("transfer", number)
    return row


def _named(prefix: str) -> dict[str, Any]:
    return {"account": ("prefix", prefix)} if prefix else {}


def _account(row: Row) -> Account:
    return Account(*(row[name] for name in Account._fields))
