"""Which transfers of a batch are made: one after the other, each on what those before it left.

This is the ledger's whole meaning, as a pure function of what the engine loaded; engines load and store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ._transfers import AMOUNT_MAX, STANDS, TOTAL_MAX, Account, Balance, How, Outcome, Standing, Transfer


class Made(NamedTuple):
    """A transfer that is on the ledger, with what became of it since."""

    transfer: Transfer
    standing: Standing


@dataclass
class State:
    """What a batch is held against: accounts it names, their balances, transfers it may repeat or settle.

    `closed` are accounts that take no transfers any more, `closed_through` the last day of the last closed period (0:
    none). `decide` works on it: afterwards it is what the ledger shall hold. `latest` is the last day (ordinal) for
    which anything is posted or reserved (0: whichever), and nothing is then settled for a day before its reservation's.
    """

    accounts: Mapping[str, Account]
    balances: MutableMapping[str, Balance]
    made: MutableMapping[str, Made]
    closed: frozenset[str] = frozenset()
    closed_through: int = 0
    latest: int = 0
    undo: list[tuple[MutableMapping[object, object], object, object]] = field(default_factory=list)


def named(batch: Sequence[Transfer]) -> tuple[set[str], set[str]]:
    """The accounts and the transfers that must be loaded to decide on a batch."""
    accounts = {name for one in batch for name in (one.debit, one.credit)}
    return accounts, {one.id for one in batch} | {one.pending for one in batch if one.pending}


def expire(due: Iterable[Transfer], balances: MutableMapping[str, Balance]) -> None:
    """Release what these transfers reserve: their day is over."""
    for one in due:
        _move(balances, one, pending=-one.amount)


def decide(batch: Sequence[Transfer], state: State, today: int) -> list[Outcome]:
    """What becomes of each transfer, in order; `state` is what is left.

    `today` is the day (ordinal) on which the batch is taken: what expired before it was released already. A group of
    linked transfers is made as a whole, or none of it.
    """
    outcomes: list[Outcome] = []
    begun = 0
    for at, one in enumerate(batch):
        refused = any(outcome not in STANDS for outcome in outcomes[begun:])
        outcomes.append(Outcome.LINKED if refused else _one(one, state, today))
        if one.linked and at + 1 < len(batch):
            continue
        if one.linked:  # a group that the batch leaves open is no group
            outcomes[at] = Outcome.LINKED
        if at > begun or one.linked:
            _close_group(outcomes, begun, at + 1, state)
        state.undo.clear()
        begun = at + 1
    return outcomes


def _close_group(outcomes: list[Outcome], begun: int, end: int, state: State) -> None:
    """Undo a group of which a part was refused: what stood of it falls with that part."""
    if all(outcome in STANDS for outcome in outcomes[begun:end]):
        return
    for mapping, key, before in reversed(state.undo):
        if before is None:
            del mapping[key]
        else:
            mapping[key] = before
    for at in range(begun, end):
        if outcomes[at] is Outcome.DONE:
            outcomes[at] = Outcome.LINKED


def _one(one: Transfer, state: State, today: int) -> Outcome:
    there = state.made.get(one.id)
    if there is not None:
        return Outcome.SAME if there.transfer == one else Outcome.ID_TAKEN
    if one.how in (How.SETTLE, How.VOID):
        return _settle(one, state)
    refusal = _refusal(one, state)
    if refusal is not None:
        return refusal
    pending = one.how is How.PEND
    if pending and one.expires is not None and one.expires < today:
        return Outcome.EXPIRED
    return _book(one, state, **{"pending" if pending else "posted": one.amount})


def _refusal(one: Transfer, state: State) -> Outcome | None:
    if not 0 < one.amount <= AMOUNT_MAX:
        return Outcome.NO_AMOUNT
    if one.debit == one.credit:
        return Outcome.ONE_ACCOUNT
    debit, credit = state.accounts.get(one.debit), state.accounts.get(one.credit)
    if debit is None or credit is None:
        return Outcome.NO_ACCOUNT
    if debit.unit != credit.unit:
        return Outcome.UNITS
    if one.debit in state.closed or one.credit in state.closed:
        return Outcome.CLOSED
    if state.latest and one.day > state.latest:
        return Outcome.AHEAD
    return Outcome.PERIOD if one.day <= state.closed_through else None


_NO_LONGER = {
    Standing.POSTED: Outcome.NOT_PENDING,
    Standing.SETTLED: Outcome.SETTLED,
    Standing.VOIDED: Outcome.VOIDED,
    Standing.EXPIRED: Outcome.EXPIRED,
}


def _settle(one: Transfer, state: State) -> Outcome:
    """Post what was reserved, or release it. Neither asks about a closed account: nothing new comes to it."""
    first = state.made.get(one.pending)
    if first is None:
        return Outcome.NOT_PENDING
    if first.standing is not Standing.PENDING:
        return _NO_LONGER[first.standing]
    reserved = first.transfer
    if (one.debit, one.credit) != (reserved.debit, reserved.credit):
        return Outcome.ACCOUNTS_DIFFER
    posts = one.amount if one.how is How.SETTLE else 0
    if one.how is How.SETTLE and not 0 < one.amount <= reserved.amount:
        return Outcome.NO_AMOUNT if one.amount <= 0 else Outcome.TOO_MUCH
    if posts and state.latest and one.day > state.latest:
        return Outcome.AHEAD
    if posts and state.latest and one.day < reserved.day:
        return Outcome.BEFORE
    if posts and one.day <= state.closed_through:
        return Outcome.PERIOD
    outcome = _book(one, state, posted=posts, pending=-reserved.amount)
    if outcome is Outcome.DONE:
        state.undo.append((state.made, one.pending, first))  # type: ignore[arg-type]
        now = Standing.SETTLED if one.how is How.SETTLE else Standing.VOIDED
        state.made[one.pending] = Made(reserved, now)
    return outcome


def _book(one: Transfer, state: State, posted: int = 0, pending: int = 0) -> Outcome:
    """Move the amounts, unless an account would leave its bounds."""
    before = state.balances[one.debit], state.balances[one.credit]
    _move(state.balances, one, posted, pending)
    outcome = Outcome.DONE
    if posted + pending > 0:
        outcome = _bounds(state.accounts[one.debit], state.balances[one.debit], "debit")
        if outcome is Outcome.DONE:
            outcome = _bounds(state.accounts[one.credit], state.balances[one.credit], "credit")
    if outcome is not Outcome.DONE:
        state.balances[one.debit], state.balances[one.credit] = before
        return outcome
    state.undo += [(state.balances, one.debit, before[0]), (state.balances, one.credit, before[1])]  # type: ignore[list-item]
    state.undo.append((state.made, one.id, None))  # type: ignore[arg-type]
    state.made[one.id] = Made(one, Standing.PENDING if one.how is How.PEND else Standing.POSTED)
    return Outcome.DONE


def _move(balances: MutableMapping[str, Balance], one: Transfer, posted: int = 0, pending: int = 0) -> None:
    debits, credits, reserved, awaited = balances[one.debit]
    balances[one.debit] = Balance(debits + posted, credits, reserved + pending, awaited)
    debits, credits, reserved, awaited = balances[one.credit]
    balances[one.credit] = Balance(debits, credits + posted, reserved, awaited + pending)


def _bounds(account: Account, now: Balance, moved: str) -> Outcome:
    """Whether the account may stand there, after the side `moved` grew.

    What reduces the balance is held against the floor, counting what is reserved to leave, and not what is awaited;
    what increases it against the ceiling, counting what is awaited, and not what is reserved.
    """
    if max(now.debits + now.debits_pending, now.credits + now.credits_pending) > TOTAL_MAX:
        return Outcome.TOO_MUCH
    grows = account.side == moved
    balance = now.on(account.side)
    awaited, reserved = now.credits_pending, now.debits_pending
    if account.side == "debit":
        awaited, reserved = reserved, awaited
    if not grows and account.floor is not None and balance - reserved < account.floor:
        return Outcome.FLOOR
    if grows and account.ceiling is not None and balance + awaited > account.ceiling:
        return Outcome.CEILING
    return Outcome.DONE


def outside(account: Account, now: Balance) -> Outcome | None:
    """Which of its bounds an account is outside of, counting what is reserved to leave and what is awaited."""
    balance, awaited, reserved = now.on(account.side), now.credits_pending, now.debits_pending
    if account.side == "debit":
        awaited, reserved = reserved, awaited
    if account.floor is not None and balance - reserved < account.floor:
        return Outcome.FLOOR
    if account.ceiling is not None and balance + awaited > account.ceiling:
        return Outcome.CEILING
    return None
