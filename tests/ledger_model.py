"""A ledger as one would explain it, to hold the real one against."""

from __future__ import annotations

from collections.abc import Iterable

from commonweal.kernel.accounts import STANDS, Account, How, Outcome, Transfer

AMOUNT_MAX, TOTAL_MAX = 10**15, 2**53 - 1
"""The most that one transfer moves, and that an account's debits or credits add up to."""


class Model:
    """The ledger as one would explain it: a list of what was made; every sum is counted again from it."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.accounts = {one.account: one for one in accounts}
        self.made: list[Transfer] = []
        self.ended: dict[str, Outcome] = {}
        self.through = 0
        self.closed: set[str] = set()

    def sums(self, account: str, until: int = 10**9) -> tuple[int, int, int, int]:
        debits = credits = reserved = awaited = 0
        for one in self.made:
            amount = one.amount
            if one.how in (How.POST, How.SETTLE) and one.day <= until:
                debits += amount * (one.debit == account)
                credits += amount * (one.credit == account)
            if one.how is How.PEND and one.id not in self.ended:
                reserved += amount * (one.debit == account)
                awaited += amount * (one.credit == account)
        return debits, credits, reserved, awaited

    def expire(self, today: int) -> None:
        for one in self.made:
            if one.how is How.PEND and one.id not in self.ended and one.expires and one.expires < today:
                self.ended[one.id] = Outcome.EXPIRED

    def bound(self, today: int, name: str, floor: int | None, ceiling: int | None) -> Outcome | None:
        """Give an account other bounds, unless what it holds would be outside: by each bound's own worst case."""
        self.expire(today)
        account, (debits, credits, reserved, awaited) = self.accounts[name], self.sums(name)
        sign = 1 if account.side == "credit" else -1
        least = sign * (credits - debits) - (reserved if sign > 0 else awaited)
        most = sign * (credits - debits) + (awaited if sign > 0 else reserved)
        if floor is not None and least < floor:
            return Outcome.FLOOR
        if ceiling is not None and most > ceiling:
            return Outcome.CEILING
        self.accounts[name] = account._replace(floor=floor, ceiling=ceiling)
        return None

    def take(self, today: int, batch: list[Transfer]) -> list[Outcome]:
        self.expire(today)
        groups: list[list[Transfer]] = [[]]
        for one in batch:
            groups[-1].append(one)
            if not one.linked:
                groups.append([])
        return [outcome for group in groups if group for outcome in self.group(today, group)]

    def group(self, today: int, group: list[Transfer]) -> list[Outcome]:
        kept, ended = list(self.made), dict(self.ended)
        outcomes: list[Outcome] = []
        for one in group:
            if any(found not in STANDS for found in outcomes):
                outcomes.append(Outcome.LINKED)
                continue
            outcomes.append(self.one(today, one))
        if group[-1].linked:
            outcomes[-1] = Outcome.LINKED
        if all(found in STANDS for found in outcomes):
            return outcomes
        self.made, self.ended = kept, ended
        return [Outcome.LINKED if found is Outcome.DONE else found for found in outcomes]

    def one(self, today: int, one: Transfer) -> Outcome:
        for before in self.made:
            if before.id == one.id:
                return Outcome.SAME if before == one else Outcome.ID_TAKEN
        if one.how in (How.SETTLE, How.VOID):
            return self.settle(today, one)
        return self.refused(today, one) or self.moved(one)

    def refused(self, today: int, one: Transfer) -> Outcome | None:
        units = {name: account.unit for name, account in self.accounts.items()}
        reasons = (
            (one.debit == one.credit, Outcome.ONE_ACCOUNT),
            (one.debit not in units or one.credit not in units, Outcome.NO_ACCOUNT),
            (units.get(one.debit) != units.get(one.credit), Outcome.UNITS),
            (bool({one.debit, one.credit} & self.closed), Outcome.CLOSED),
            (one.day > today, Outcome.AHEAD),
            (one.day <= self.through, Outcome.PERIOD),
            (one.how is How.PEND and bool(one.expires) and (one.expires or 0) < today, Outcome.EXPIRED),
        )
        return next((outcome for wrong, outcome in reasons if wrong), None)

    def moved(self, one: Transfer) -> Outcome:
        self.made.append(one)
        for moved in (one.debit, one.credit):
            account, (debits, credits, reserved, awaited) = self.accounts[moved], self.sums(moved)
            sign = 1 if account.side == "credit" else -1
            least = sign * (credits - debits) - (reserved if sign > 0 else awaited)
            most = sign * (credits - debits) + (awaited if sign > 0 else reserved)
            if max(debits + reserved, credits + awaited) > TOTAL_MAX:
                self.made.pop()
                return Outcome.TOO_MUCH
            leaves = (moved == one.debit) == (account.side == "credit")
            if leaves and account.floor is not None and least < account.floor:
                self.made.pop()
                return Outcome.FLOOR
            if not leaves and account.ceiling is not None and most > account.ceiling:
                self.made.pop()
                return Outcome.CEILING
        return Outcome.DONE

    def settle(self, today: int, one: Transfer) -> Outcome:
        found = [before for before in self.made if before.id == one.pending]
        if not found or found[0].how is not How.PEND:
            return Outcome.NOT_PENDING
        if found[0].id in self.ended:
            return self.ended[found[0].id]
        if (one.debit, one.credit) != (found[0].debit, found[0].credit):
            return Outcome.ACCOUNTS_DIFFER
        if one.how is How.SETTLE:
            if one.amount <= 0:
                return Outcome.NO_AMOUNT
            if one.amount > found[0].amount:
                return Outcome.TOO_MUCH
            if one.day > today:
                return Outcome.AHEAD
            if one.day < found[0].day:
                return Outcome.BEFORE
            if one.day <= self.through:
                return Outcome.PERIOD
        self.made.append(one)
        self.ended[one.pending] = Outcome.SETTLED if one.how is How.SETTLE else Outcome.VOIDED
        return Outcome.DONE
