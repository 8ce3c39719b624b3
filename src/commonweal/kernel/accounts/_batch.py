"""A batch of transfers by columns, and the quick way to decide on one in which nothing can go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ._transfers import AMOUNT_MAX, TOTAL_MAX, Balance, How, Transfer

UNBOUND = 2**62
NEVER = 0
"""In the column `expires`: not by itself."""
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Batch:
    """Transfers by columns of one length. `debit` and `credit` are places in `accounts`, `code` in `codes`.

    `pending` holds what SETTLE and VOID name, by place in the batch.
    """

    ids: Sequence[str]
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
    pending: Mapping[int, str]

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
        amount, day, how, expires = numbers.T
        return cls(
            ids=[one.id for one in rows], accounts=tuple(accounts), codes=tuple(codes),
            debit=pairs[:, 0], credit=pairs[:, 1], amount=amount, day=day, how=how, expires=expires,
            linked=np.array([one.linked for one in rows], dtype=bool), code=np.array(named, dtype=np.int64),
            pending={at: one.pending for at, one in enumerate(rows) if one.pending},
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def transfers(self) -> list[Transfer]:
        """The same, one by one."""
        return [
            Transfer(
                self.ids[at], self.accounts[debit], self.accounts[credit], amount, day, How(how),
                self.pending.get(at, ""), expires or None, linked, self.codes[code],
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


def plain(batch: Batch, accounts: Mapping[str, Sequence[Any]], through: int) -> Plain | None:
    """What the batch adds to each account, where every transfer can be made in its turn; None where that is not plain.

    All are posted at once and alone, between known, open accounts of one unit, for days after `through`, and each
    leaves its accounts within their bounds. `accounts` are the columns of their table, in the order of
    `batch.accounts`. The ids are not looked at beyond the batch.
    """
    if not len(batch) or batch.how.any() or batch.linked.any() or (batch.debit == batch.credit).any():
        return None
    if batch.amount.min() <= 0 or batch.amount.max() > AMOUNT_MAX or batch.day.min() <= through:
        return None
    if len(set(batch.ids)) != len(batch) or set(accounts["closed"]) != {None}:
        return None
    units = {unit: at for at, unit in enumerate(dict.fromkeys(accounts["unit"]))}
    unit = np.array([units[one] for one in accounts["unit"]])
    if (unit[batch.debit] != unit[batch.credit]).any() or float(batch.amount.astype(np.float64).sum()) > TOTAL_MAX:
        return None
    adds = np.zeros((2, len(batch.accounts)), dtype=np.int64)
    np.add.at(adds[0], batch.debit, batch.amount)
    np.add.at(adds[1], batch.credit, batch.amount)
    return Plain(*adds) if _fits(batch, accounts, *adds) else None


def _fits(batch: Batch, accounts: Mapping[str, Sequence[Any]], debits: Whole, credits: Whole) -> bool:
    """Whether every account keeps its bounds after each transfer in turn."""
    now = {name: np.array(accounts[name], dtype=np.int64) for name in Balance._fields}
    most = np.maximum(now["debits"] + now["debits_pending"] + debits, now["credits"] + now["credits_pending"] + credits)
    if most.max(initial=0) > TOTAL_MAX:
        return False
    grows_on_credit = np.array([side == "credit" for side in accounts["side"]])
    balance = np.where(grows_on_credit, now["credits"] - now["debits"], now["debits"] - now["credits"])
    comes, goes = np.where(grows_on_credit, (credits, debits), (debits, credits))
    pending = (now["credits_pending"], now["debits_pending"])
    awaited, reserved = np.where(grows_on_credit, pending, pending[::-1])
    floor = np.array([UNBOUND if least is None else -least for least in accounts["floor"]], dtype=np.int64)
    ceiling = np.array([UNBOUND if most is None else most for most in accounts["ceiling"]], dtype=np.int64)
    near = (goes > 0) & (goes + reserved - balance > floor) | (comes > 0) & (balance + awaited + comes > ceiling)
    if not near.any():  # whatever goes first
        return True
    account, moved = _moves(batch, grows_on_credit)
    there = near[account]
    account, moved = account[there], moved[there]
    after = balance[account] + _running(account, moved)
    low = (moved < 0) & (reserved[account] - after > floor[account])
    high = (moved > 0) & (after + awaited[account] > ceiling[account])
    return not (low | high).any()


def _moves(batch: Batch, grows_on_credit: NDArray[np.bool_]) -> tuple[Whole, Whole]:
    """By how much each transfer moves the balance of its accounts, account by account and then in their order."""
    account = np.concatenate((batch.debit, batch.credit))
    moved = np.concatenate((-batch.amount, batch.amount)) * np.where(grows_on_credit[account], 1, -1)
    order = np.lexsort((np.tile(np.arange(len(batch)), 2), account))
    return account[order], moved[order]


def _running(account: Whole, moved: Whole) -> Whole:
    """The sums of `moved` so far within each account; rows of an account stand together."""
    sums = np.cumsum(moved)
    first = np.flatnonzero(np.diff(account, prepend=-1))
    before = (sums - moved)[first]
    return sums - np.repeat(before, np.diff(np.append(first, len(account))))


def by_day(debit: Whole, credit: Whole, days: Whole, amounts: Whole) -> dict[str, list[int]]:
    """What was posted on each account for each day, as columns: account, day, debits, credits."""
    least = int(days.min())
    span = int(days.max()) - least + 1
    keys, at = np.unique(np.concatenate((debit, credit)) * span + np.tile(days - least, 2), return_inverse=True)
    sums = np.zeros((2, len(keys)), dtype=np.int64)
    for side, places in zip(sums, np.split(at, 2), strict=True):
        np.add.at(side, places, amounts)
    columns = {"account": keys // span, "day": keys % span + least, "debits": sums[0], "credits": sums[1]}
    return {name: column.tolist() for name, column in columns.items()}
