"""A batch of transfers by columns, and the quick way to decide on one in which nothing can go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ._transfers import AMOUNT_MAX, TOTAL_MAX, Account, Balance, How, Transfer

NEVER = 0
"""In the column `expires`: not by itself."""
SAFE_TOTAL = 2**62
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Batch:
    """Transfers by columns of one length. `debit` and `credit` are places in `accounts`, `code` in `codes`.

    `pending` holds what SETTLE and VOID name, by place in the batch.
    """

    ids: Sequence[bytes]
    accounts: Sequence[str]
    codes: Sequence[str]
    debit: Whole
    credit: Whole
    amount: Whole
    day: Whole
    how: Whole
    expires: Whole
    linked: NDArray[np.bool_]
    code: Whole
    pending: Mapping[int, bytes]

    @classmethod
    def of(cls, transfers: Iterable[Transfer]) -> Self:
        """The transfers in their order."""
        rows = list(transfers)
        accounts: dict[str, int] = {}
        codes: dict[str, int] = {}
        place = accounts.setdefault
        sides = [(place(one.debit, len(accounts)), place(one.credit, len(accounts))) for one in rows]
        named = [codes.setdefault(one.code, len(codes)) for one in rows]
        numbers = np.array(
            [(one.amount, one.day, one.how, one.expires or NEVER) for one in rows], dtype=np.int64
        ).reshape(-1, 4)
        pairs = np.array(sides, dtype=np.int64).reshape(-1, 2)
        return cls(
            [one.id for one in rows], tuple(accounts), tuple(codes), pairs[:, 0], pairs[:, 1], *numbers.T,
            np.array([one.linked for one in rows], dtype=bool), np.array(named, dtype=np.int64),
            {at: one.pending for at, one in enumerate(rows) if one.pending},
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def transfers(self) -> list[Transfer]:
        """The same, one by one."""
        return [
            Transfer(
                self.ids[at], self.accounts[debit], self.accounts[credit], amount, day, How(how),
                self.pending.get(at, b""), expires or None, linked, self.codes[code],
            )
            for at, (debit, credit, amount, day, how, expires, linked, code) in enumerate(zip(
                *(column.tolist() for column in (
                    self.debit, self.credit, self.amount, self.day, self.how, self.expires, self.linked, self.code
                )), strict=True
            ))
        ]  # fmt: skip


class Plain(NamedTuple):
    """What a plain batch adds to each of its accounts, by place in `accounts`."""

    debits: Whole
    credits: Whole


def plain(
    batch: Batch, accounts: Mapping[str, Account], balances: Mapping[str, Balance], closed: Iterable[str], through: int
) -> Plain | None:
    """What the batch adds to each account, where every transfer can be made in any order; None where that is not plain.

    All are posted at once and alone, between known, open accounts of one unit, for days that are open, and the most
    that could leave or come to an account keeps it within its bounds. The ids are not looked at beyond the batch.
    """
    if not len(batch) or batch.how.any() or batch.linked.any() or (batch.debit == batch.credit).any():
        return None
    if batch.amount.min() <= 0 or batch.amount.max() > AMOUNT_MAX or batch.day.min() <= through:
        return None
    if len(set(batch.ids)) != len(batch) or not all(name in accounts for name in batch.accounts):
        return None
    rows = [accounts[name] for name in batch.accounts]
    units = {unit: at for at, unit in enumerate(dict.fromkeys(row.unit for row in rows))}
    unit = np.array([units[row.unit] for row in rows])
    if set(batch.accounts) & set(closed) or (unit[batch.debit] != unit[batch.credit]).any():
        return None
    if len(batch) * AMOUNT_MAX > SAFE_TOTAL and float(batch.amount.astype(np.float64).sum()) > SAFE_TOTAL:
        return None
    sums = np.zeros((2, len(rows)), dtype=np.int64)
    np.add.at(sums[0], batch.debit, batch.amount)
    np.add.at(sums[1], batch.credit, batch.amount)
    adds = Plain(*sums)
    for row, debits, credits in zip(rows, *sums.tolist(), strict=True):
        if not _fits(row, balances[row.account], debits, credits):
            return None
    return adds


def _fits(account: Account, now: Balance, debits: int, credits: int) -> bool:
    """Whether an account keeps its bounds when all that leaves it goes first, or all that comes does."""
    if max(now.debits + now.debits_pending + debits, now.credits + now.credits_pending + credits) > TOTAL_MAX:
        return False
    balance = now.on(account.side)
    comes, goes, awaited, reserved = credits, debits, now.credits_pending, now.debits_pending
    if account.side == "debit":
        comes, goes, awaited, reserved = goes, comes, reserved, awaited
    if goes and account.floor is not None and balance - reserved - goes < account.floor:
        return False
    return not comes or account.ceiling is None or balance + awaited + comes <= account.ceiling


def before(batch: Batch, first: int, newest: Whole) -> tuple[Whole, Whole]:
    """Of each transfer (numbered from `first`), the number of the one before it on its debited and credited account.

    `newest` holds the newest number of each account before the batch, and after the call the newest in it.
    """
    count = len(batch)
    places = np.stack([batch.debit, batch.credit], axis=1).ravel()  # debit and credit of one transfer side by side
    order = np.argsort(places, kind="stable")
    sorted_places = places[order]
    numbers = first + order // 2
    earlier = np.empty(2 * count, dtype=np.int64)
    starts = np.empty(2 * count, dtype=bool)
    starts[0], starts[1:] = True, sorted_places[1:] != sorted_places[:-1]
    earlier[1:] = numbers[:-1]
    earlier[starts] = newest[sorted_places[starts]]
    ends = np.append(np.flatnonzero(starts)[1:], 2 * count) - 1
    newest[sorted_places[ends]] = numbers[ends]
    found = np.empty(2 * count, dtype=np.int64)
    found[order] = earlier
    return found[0::2], found[1::2]


def by_day(places: Whole, days: Whole, amounts: Whole) -> Iterable[tuple[int, int, int]]:
    """The sums of the amounts of each account on each day: `(place, day, sum)`."""
    least = int(days.min())
    span = int(days.max()) - least + 1
    keys, at = np.unique(places * span + (days - least), return_inverse=True)
    sums = np.zeros(len(keys), dtype=np.int64)
    np.add.at(sums, at, amounts)
    return zip((keys // span).tolist(), (keys % span + least).tolist(), sums.tolist(), strict=True)
