"""What the ledger answers: balances now and by any day, statements, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import NotFound

from ._room import POSTS, balance_of, booked
from ._tables import ACCOUNT, DAY, STEP, TRANSFER
from ._transfers import Account, Balance, Booked, Standing

ROWS_AT_ONCE = 10_000


def accounts(reader: Reader, prefix: str = "") -> list[Account]:
    """All accounts by name, or those whose names begin so."""
    rows = reader.select(ACCOUNT, {"account": ("prefix", prefix)} if prefix else {})
    return [Account(*(row[name] for name in Account._fields)) for row in rows]


def account(reader: Reader, name: str) -> Account | None:
    """An account; None where there is none of that name."""
    row = reader.get(ACCOUNT, name)
    return Account(*(row[name] for name in Account._fields)) if row else None


def balance(reader: Reader, name: str, today: int | None = None) -> Balance:
    """What an account's transfers add up to; with `today` (ordinal) without what was reserved until a day before it.

    Raises `NotFound`.
    """
    row = _row(reader, name)
    now = balance_of(row)
    for one in _over(reader, row, today) if today is not None else ():
        debits, credits = (one["amount"] * (one[side] == row["number"]) for side in ("debit", "credit"))
        now = now._replace(debits_pending=now.debits_pending - debits, credits_pending=now.credits_pending - credits)
    return now


def _over(reader: Reader, row: Row, today: int) -> list[Row]:
    due = reader.select(TRANSFER, {"due": ("<", today)}, only=("debit", "credit", "amount"))
    return [one for one in due if row["number"] in (one["debit"], one["credit"])]


def balance_on(reader: Reader, name: str, day: int) -> Balance:
    """Posted debits and credits that count for that day (ordinal) or one before. Raises `NotFound`."""
    number = _row(reader, name)["number"]
    rows = reader.select(DAY, {"account": number, "day": ("<=", day)})
    return Balance(sum(row["debits"] for row in rows), sum(row["credits"] for row in rows))


def statement(reader: Reader, name: str, first: int, last: int) -> list[Booked]:
    """What was posted on an account for the days from `first` to `last` (ordinals), in the order of the ledger.

    Raises `NotFound`.
    """
    number = _row(reader, name)["number"]
    days = ("between", (first, last + 1))
    rows = [row for side in ("debit", "credit") for row in reader.select(TRANSFER, {side: number, "day": days})]
    rows.sort(key=lambda row: int(row["number"]))
    return booked([row for row in rows if row["how"] in POSTS], reader)


def caused(reader: Reader, entry: int) -> Row | None:
    """What became of an entry: transfers it asked for, how many were made, and why the others were not."""
    return reader.get(STEP, entry)


class Difference(NamedTuple):
    """Something that does not add up: what is stored, and what the transfers give."""

    what: str
    stored: int
    counted: int


def reconciled(reader: Reader) -> Iterator[Difference]:
    """Every difference between balances as they are kept and the transfers added up anew; none where all is well.

    Also each unit in which debits and credits are not the same.
    """
    numbers = {row["number"]: row for row in reader.select(ACCOUNT)}
    counted = {number: [0, 0, 0, 0] for number in numbers}
    daily: dict[tuple[int, int], list[int]] = {}
    for row in all_transfers(reader):
        pending = row["standing"] == Standing.PENDING
        for at, side in enumerate(("debit", "credit")):
            if row["how"] in POSTS:
                counted[row[side]][at] += row["amount"]
                daily.setdefault((row[side], row["day"]), [0, 0])[at] += row["amount"]
            elif pending:
                counted[row[side]][at + 2] += row["amount"]
    for number, row in numbers.items():
        for name, stored, found in zip(Balance._fields, balance_of(row), counted[number], strict=True):
            if stored != found:
                yield Difference(f"{row['account']} {name}", stored, found)
    kept = {(row["account"], row["day"]): (row["debits"], row["credits"]) for row in reader.select(DAY)}
    for key in sorted(kept.keys() | daily.keys()):
        for name, stored, found in zip(
            ("debits", "credits"), kept.get(key, (0, 0)), daily.get(key, (0, 0)), strict=True
        ):
            if stored != found:
                yield Difference(f"{numbers[key[0]]['account']} {name} of day {key[1]}", stored, found)
    for unit in sorted({row["unit"] for row in numbers.values()}):
        mine = [balance_of(row) for row in numbers.values() if row["unit"] == unit]
        debits, credits = sum(one.debits for one in mine), sum(one.credits for one in mine)
        if debits != credits:
            yield Difference(f"debits and credits in {unit}", debits, credits)


def all_transfers(reader: Reader) -> Iterator[Row]:
    """The rows of all transfers in their order, some of their columns."""
    columns: Sequence[str] = ("number", "debit", "credit", "amount", "day", "how", "standing")
    last = 0
    while rows := reader.select(TRANSFER, {"number": (">", last)}, limit=ROWS_AT_ONCE, only=columns):
        yield from rows
        last = rows[-1]["number"]


def _row(reader: Reader, name: str) -> Row:
    row = reader.get(ACCOUNT, name)
    if row is None:
        raise NotFound("account", name)
    return row
