"""Laws of the ledger: whatever is sent, engine and a plain model agree, and money is neither made nor lost."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.sqlite.ledger import SqliteLedger
from commonweal.kernel.accounts import STANDS, Account, Batch, How, Outcome, Transfer

ACCOUNTS = (
    Account("account:fund", "EUR", "debit"),
    Account("account:ada", "EUR", "credit", floor=0),
    Account("account:bo", "EUR", "credit", floor=-30, ceiling=60),
    Account("account:till", "EUR", "debit", floor=0, ceiling=80),
    Account("account:hours", "hour", "credit"),
)
NAMES = [one.account for one in ACCOUNTS]


class Model:
    """The ledger as one would explain it: a list of what was made; every sum is counted again from it."""

    def __init__(self) -> None:
        self.made: list[Transfer] = []
        self.ended: dict[bytes, Outcome] = {}
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

    def take(self, today: int, batch: list[Transfer]) -> list[Outcome]:
        for one in self.made:
            if one.how is How.PEND and one.id not in self.ended and one.expires and one.expires < today:
                self.ended[one.id] = Outcome.EXPIRED
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
            return self.settle(one)
        known = {account.account: account for account in ACCOUNTS}
        if one.amount <= 0:
            return Outcome.NO_AMOUNT
        if one.debit == one.credit:
            return Outcome.ONE_ACCOUNT
        if one.debit not in known or one.credit not in known:
            return Outcome.NO_ACCOUNT
        if known[one.debit].unit != known[one.credit].unit:
            return Outcome.UNITS
        if {one.debit, one.credit} & self.closed:
            return Outcome.CLOSED
        if one.day <= self.through:
            return Outcome.PERIOD
        if one.how is How.PEND and one.expires and one.expires < today:
            return Outcome.EXPIRED
        self.made.append(one)
        for moved in (one.debit, one.credit):
            account, (debits, credits, reserved, awaited) = known[moved], self.sums(moved)
            sign = 1 if account.side == "credit" else -1
            least = sign * (credits - debits) - (reserved if sign > 0 else awaited)
            most = sign * (credits - debits) + (awaited if sign > 0 else reserved)
            leaves = (moved == one.debit) == (account.side == "credit")
            if leaves and account.floor is not None and least < account.floor:
                self.made.pop()
                return Outcome.FLOOR
            if not leaves and account.ceiling is not None and most > account.ceiling:
                self.made.pop()
                return Outcome.CEILING
        return Outcome.DONE

    def settle(self, one: Transfer) -> Outcome:
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
            if one.day <= self.through:
                return Outcome.PERIOD
        self.made.append(one)
        self.ended[one.pending] = Outcome.SETTLED if one.how is How.SETTLE else Outcome.VOIDED
        return Outcome.DONE


ids = st.integers(0, 11).map(lambda number: number.to_bytes(16, "big"))
transfers = st.builds(
    Transfer,
    id=ids,
    debit=st.sampled_from([*NAMES[:4], NAMES[0], *NAMES, "account:nobody"]),
    credit=st.sampled_from([*NAMES[:4], NAMES[1], *NAMES]),
    amount=st.integers(0, 40),
    day=st.integers(1, 9),
    how=st.sampled_from([How.POST, How.POST, How.PEND, How.SETTLE, How.VOID]),
    pending=ids,
    expires=st.none() | st.integers(1, 9),
    linked=st.sampled_from([False, False, True]),
    code=st.sampled_from(["", "pay"]),
).map(lambda one: one if one.how in (How.SETTLE, How.VOID) else one._replace(pending=b""))
payments = st.builds(
    Transfer,
    id=st.binary(min_size=16, max_size=16),
    debit=st.sampled_from(NAMES[:3]),
    credit=st.sampled_from(NAMES[:3]),
    amount=st.integers(1, 9),
    day=st.integers(1, 9),
    how=st.just(How.POST),
    pending=st.just(b""),
    expires=st.none(),
    linked=st.just(False),
    code=st.just("pay"),
)
"""What is posted at once, mostly within all bounds: the way that a whole batch goes."""
batches = st.lists(transfers, max_size=8) | st.lists(payments, max_size=6)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), batches),
        st.tuples(st.just("take"), batches),
        st.tuples(st.just("close"), st.sampled_from(NAMES[:4])),
        st.tuples(st.just("through"), st.integers(0, 4)),
    ),
    max_size=8,
)


@given(steps)
def test_the_engine_makes_what_the_model_makes(told) -> None:
    """Outcomes, balances now and by any past day, and what is posted on an account are those of the model."""
    model = Model()
    with TemporaryDirectory() as folder:
        ledger = SqliteLedger(Path(folder) / "ledger.sqlite")
        ledger.open(0, ACCOUNTS)
        for today, (what, given_) in enumerate(told, 1):
            if what == "take":
                batch = Batch.of(given_)
                assert batch.transfers == given_
                outcomes = ledger.take(today, today, batch)
                assert outcomes == model.take(today, given_)
                assert ledger.take(today, today, batch) == outcomes, "the same entry, followed again"
            elif what == "close":
                ledger.close(today, [given_])
                model.closed.add(given_)
            else:
                ledger.close_through(today, given_)
                model.through = max(model.through, given_)
        units: dict[str, int] = defaultdict(int)
        for account in ACCOUNTS:
            balance = ledger.balance(account.account)
            assert balance == model.sums(account.account)
            units[account.unit] += balance.credits - balance.debits
            for day in range(10):
                assert ledger.balance_on(account.account, day)[:2] == model.sums(account.account, day)[:2]
            posted = [one for one in model.made if one.how in (How.POST, How.SETTLE)]
            mine = [one for one in posted if account.account in (one.debit, one.credit) and 2 <= one.day <= 8]
            assert [row.transfer for row in ledger.statement(account.account, 2, 8)] == mine
        assert not any(units.values()), "in each unit debits and credits are the same"
        ledger.shut()


@given(st.lists(payments, max_size=6, unique_by=lambda one: one.id), st.integers(0, 3))
def test_sent_twice_it_is_made_once(batch, more) -> None:
    """The same transfers in another batch, in another order or among others, move nothing a second time."""
    with TemporaryDirectory() as folder:
        ledger = SqliteLedger(Path(folder) / "ledger.sqlite")
        ledger.open(0, [one._replace(floor=None, ceiling=None) for one in ACCOUNTS])
        first = ledger.take(1, 1, Batch.of(batch))
        balances = [ledger.balance(name) for name in NAMES]
        again = ledger.take(2, 2, Batch.of([*reversed(batch), *batch[:more]]))
        made = dict(zip(batch, first, strict=True))
        for one, outcome in zip([*reversed(batch), *batch[:more]], again, strict=True):
            assert outcome is (Outcome.SAME if made[one] is Outcome.DONE else made[one])
        assert [ledger.balance(name) for name in NAMES] == balances
        ledger.shut()
