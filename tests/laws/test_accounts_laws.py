"""Laws of the ledger: whatever is sent, engine and a plain model agree, and money is neither made nor lost."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, How, Outcome, Transfer
from commonweal.kernel.accounts._batch import Batch, plain
from commonweal.kernel.accounts._deciding import State, decide
from commonweal.kernel.accounts._transfers import Balance
from commonweal.kernel.record import Act, Entry
from engine_houses import PostgresHouse, SqliteHouse
from fakes import MemoryTables
from ledger_model import AMOUNT_MAX, TOTAL_MAX, Model

ACCOUNTS = (
    Account("fund", "EUR", "debit"),
    Account("member.ada", "EUR", "credit", floor=0),
    Account("member.bo", "EUR", "credit", floor=-30, ceiling=60),
    Account("till", "EUR", "debit", floor=0, ceiling=80),
    Account("hours", "hour", "credit"),
)
FIRST = date(2026, 1, 1)
DAY_0 = FIRST.toordinal()
NAMES = [one.account for one in ACCOUNTS]


ids = st.integers(0, 11).map("transfer-{}".format)
days = st.integers(DAY_0 + 1, DAY_0 + 9)
transfers = st.builds(
    Transfer,
    id=ids,
    debit=st.sampled_from([*NAMES[:4], NAMES[0], *NAMES, "nobody"]),
    credit=st.sampled_from([*NAMES[:4], NAMES[1], *NAMES]),
    amount=st.integers(1, 40),
    day=days,
    how=st.sampled_from([How.POST, How.POST, How.PEND, How.SETTLE, How.VOID]),
    pending=ids,
    expires=st.none() | days,
    linked=st.sampled_from([False, False, True]),
    code=st.sampled_from(["", "pay"]),
).map(lambda one: one._replace(
    pending=one.pending if one.how in (How.SETTLE, How.VOID) else "",
    expires=one.expires if one.how is How.PEND else None,
    amount=0 if one.how is How.VOID else one.amount,
))  # fmt: skip


def payments_of(names: list[str]) -> st.SearchStrategy[Transfer]:
    return st.builds(
        Transfer,
        id=st.integers(0, 10**6).map("payment-{}".format),
        debit=st.sampled_from(names),
        credit=st.sampled_from(names),
        amount=st.integers(1, 9),
        day=days,
        how=st.just(How.POST),
        pending=st.just(""),
        expires=st.none(),
        linked=st.just(False),
        code=st.just("pay"),
    )


payments = payments_of(NAMES[:3])
"""What is posted at once, mostly within all bounds: the way that a whole batch goes."""
parts = st.builds(
    Transfer,
    id=st.integers(0, 10**6).map("part-{}".format),
    debit=st.just("fund"),
    credit=st.sampled_from(["member.ada", "member.bo"]),
    amount=st.integers(1, 9),
    day=st.sampled_from([DAY_0 + 1, DAY_0 + 1, DAY_0 + 2]),
    how=st.sampled_from([How.POST, How.PEND]),
    pending=st.just(""),
    expires=st.none(),
    linked=st.just(True),
    code=st.just("pay"),
)
"""What can be made by itself and is linked to what comes next."""
last_parts = st.sampled_from([
    Transfer("last", "fund", "nobody", 1, DAY_0 + 1),
    Transfer("last", "fund", "hours", 1, DAY_0 + 1),
    Transfer("last", "fund", "member.ada", 1, DAY_0 + 400),
    Transfer("last", "fund", "member.bo", 100, DAY_0 + 1),
    Transfer("last", "fund", "member.ada", 1, DAY_0 + 1),
])  # fmt: skip
"""What ends a group: all but the last of these break it."""


def grouped(group: list[Transfer], settles: bool, last: Transfer) -> list[Transfer]:
    """Linked transfers and the last of them. Where it `settles`, what is reserved in the group was reserved before it,
    and the group settles that. After it each part is sent alone: it is made where the group came to nothing."""
    pends = [one for one in group if settles and one.how is How.PEND]
    before = [one._replace(id=f"{one.id}-first", linked=False) for one in pends]
    moved = [
        one._replace(how=How.SETTLE, pending=f"{one.id}-first") if one in pends else one for one in group
    ]  # fmt: skip
    alone = [one._replace(linked=False) for one in moved]
    return [*before, *moved, last._replace(id=f"{group[0].id}-{last.id}"), *alone]


groups = st.builds(
    grouped, st.lists(parts, min_size=1, max_size=3, unique_by=lambda one: one.id), st.booleans(), last_parts
)
batches = st.one_of(
    st.lists(transfers, min_size=1, max_size=8), st.lists(payments, min_size=1, max_size=6), groups
)  # fmt: skip
bounds = st.tuples(st.sampled_from(NAMES), st.none() | st.integers(-30, 0), st.none() | st.integers(0, 60))


def filled(rest: int, more: list[int]) -> list[tuple[str, Any]]:
    """What brings the fund's debits and a member's credits up to the most that they can add up to, but for a rest; then
    a batch that goes on."""
    whole, last = divmod(TOTAL_MAX - rest, AMOUNT_MAX)
    batches = ("filled", [*[AMOUNT_MAX] * whole, last]), ("more", more)
    return [
        ("take", [Transfer(f"{id}-{at}", "fund", "member.ada", one, DAY_0 + 1) for at, one in enumerate(amounts)])
        for id, amounts in batches
    ]


begun = st.one_of(
    st.just([]),
    groups.map(lambda group: [("take", group)]),
    st.builds(filled, st.integers(0, 20), st.lists(st.integers(1, 9), min_size=1, max_size=4)),
)
"""What comes first, when every account and day is open."""
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), batches),
        st.tuples(st.just("take"), batches),
        st.tuples(st.just("close"), st.sampled_from(NAMES[:4])),
        st.tuples(st.just("through"), st.integers(DAY_0, DAY_0 + 4)),
        st.tuples(st.just("bound"), bounds),
    ),
    max_size=8,
)


class Book:
    """The room over some tables, told entries one after the other, one a day."""

    def __init__(self, tables: Any) -> None:
        self.tables, self.room, self.index = tables, accounts.Accounts(), -1
        for act in accounts.opening("test", ACCOUNTS):
            self.told(act)

    def told(self, act: Act) -> dict[str, Any]:
        """What became of an act that was recorded on the next day."""
        self.index += 1
        when = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(days=self.index)
        entry = Entry(self.index, act.kind, 1, when, "authority", None, act.body, blob=act.blobs.__getitem__)
        assert self.room.follow(entry, self.tables) == []
        found = accounts.caused(self.tables, self.index)
        assert found is not None
        return found

    def take(self, batch: list[Transfer]) -> list[Outcome]:
        found = self.told(accounts.transfers_act("test", batch))
        said = {at: Outcome(name) for name, places in found["otherwise"].items() for at in places}
        assert found["done"] == len(batch) - len(said)
        return [said.get(at, Outcome.DONE) for at in range(len(batch))]


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        sqlite = request.param == "sqlite"
        house = SqliteHouse(Path(folder)) if sqlite else PostgresHouse(request.getfixturevalue("postgres"))
        made = house.tables()
        made.declare(accounts.TABLES)
        yield made
        house.close()


class _Undone(Exception):
    pass


def booked(engine: Any, told: Any) -> None:
    """Tell a new book something, in a transaction that leaves nothing behind."""
    if engine is None:
        told(Book(MemoryTables()))
        return
    try:
        with engine.transaction() as tables:
            told(Book(tables))
            raise _Undone
    except _Undone:
        pass


@settings(deadline=None)
@given(begun, steps)
def test_the_ledger_makes_what_the_model_makes(
    engine: Any, begun: list[tuple[str, Any]], then: list[tuple[str, Any]]
) -> None:
    """Outcomes, balances now and by any past day, and what is posted on an account are those of the model: of groups
    that break after their first parts too, and of sums near the most that there can be."""

    def tell(book: Book) -> None:
        model, counted = Model(ACCOUNTS), accounts.Counted()
        for what, given_ in [*begun, *then]:
            today = DAY_0 + book.index + 1
            if what == "take":
                assert book.take(given_) == model.take(today, given_)
            elif what == "close":
                book.told(Act(accounts.CLOSED.id, {"of": "test", "accounts": [given_]}, ""))
                model.closed.add(given_)
            elif what == "bound":
                name, floor, ceiling = given_
                (act,) = accounts.bounding("test", [model.accounts[name]._replace(floor=floor, ceiling=ceiling)], "a")
                refused = model.bound(today, name, floor, ceiling)
                assert book.told(act)["otherwise"] == ({refused: [0]} if refused else {})
            else:
                book.told(Act(accounts.PERIOD.id, {"through": date.fromordinal(given_).isoformat()}, ""))
                model.through = max(model.through, given_)
            assert list(accounts.reconciled(book.tables, counted)) == [], "added up from where it stood"
        assert list(accounts.reconciled(book.tables)) == []
        units: dict[str, int] = defaultdict(int)
        for one in ACCOUNTS:
            balance = accounts.balance(book.tables, one.account)
            assert balance == model.sums(one.account)
            units[one.unit] += balance.credits - balance.debits
            for day in range(DAY_0, DAY_0 + 10):
                assert accounts.balance_on(book.tables, one.account, day)[:2] == model.sums(one.account, day)[:2]
            posted = [each for each in model.made if each.how in (How.POST, How.SETTLE)]
            within = [each for each in posted if DAY_0 + 2 <= each.day <= DAY_0 + 8]
            mine = [each for each in within if one.account in (each.debit, each.credit)]
            by_day = sorted(mine, key=lambda each: each.day)
            rows = accounts.statement(book.tables, one.account, DAY_0 + 2, DAY_0 + 8)
            assert [row.transfer for row in rows] == by_day
            for at, row in enumerate(rows):
                rest = accounts.statement(book.tables, one.account, DAY_0 + 2, DAY_0 + 8, after=row.number, limit=2)
                assert [each.transfer for each in rest] == by_day[at + 1 : at + 3]
            if rows:
                until = accounts.balance_after(book.tables, one.account, rows[-1].number)
                assert until == accounts.balance_on(book.tables, one.account, DAY_0 + 8)
        for kept in accounts.kept(book.tables, day=DAY_0 + 3):
            assert kept.balance == accounts.balance_on(book.tables, kept.account.account, DAY_0 + 3)
        assert not any(units.values()), "in each unit debits and credits are the same"

    booked(engine, tell)


@settings(deadline=None)
@given(st.lists(payments, min_size=1, max_size=6, unique_by=lambda one: one.id), st.integers(0, 3))
def test_sent_twice_it_is_made_once(engine: Any, batch: list[Transfer], more: int) -> None:
    """The same transfers in another batch, in another order or among others, move nothing a second time."""

    def tell(book: Book) -> None:
        first = dict(zip(batch, book.take(batch), strict=True))
        balances = [accounts.balance(book.tables, name) for name in NAMES]
        sent = [one for one in (*reversed(batch), *batch[:more]) if first[one] is Outcome.DONE]
        if sent:
            assert set(book.take(sent)) == {Outcome.SAME}
        assert [accounts.balance(book.tables, name) for name in NAMES] == balances

    booked(engine, tell)


@given(st.lists(transfers, min_size=1, max_size=8))
def test_a_batch_reads_back_as_it_was_written(batch: list[Transfer]) -> None:
    assert accounts.read_columns(accounts.write_columns(batch)).transfers == batch


NEAR = (ACCOUNTS[0], Account("purse", "EUR", "credit", 0, 12), Account("till", "EUR", "debit", 0, 12))
sides = st.permutations([one.account for one in NEAR]).map(lambda names: {"debit": names[0], "credit": names[1]})
turns = st.lists(st.builds(lambda one, of: one._replace(**of), payments, sides), min_size=2, max_size=6)
standing = st.builds(
    lambda on, more, awaited: (on + more, more, awaited), st.integers(0, 12), st.integers(0, 9), st.integers(0, 2)
)


@settings(max_examples=200)
@given(turns.filter(lambda batch: len({one.id for one in batch}) == len(batch)), st.tuples(standing, standing))
def test_a_batch_is_plain_where_each_is_made_in_its_turn(
    batch: list[Transfer], held: tuple[tuple[int, int, int], tuple[int, int, int]]
) -> None:
    """The quick way is taken exactly where one after the other all are made, however near their bounds: what comes
    first pays for what leaves after it."""
    (more, less, waits), (owned, out, reserved) = held
    accounts_of = {one.account: one for one in NEAR}
    balances = {
        "fund": Balance(), "purse": Balance(less, more, waits, waits), "till": Balance(owned, out, reserved, reserved)
    }  # fmt: skip
    told = Batch.of(batch)
    rows = [{**accounts_of[name]._asdict(), **balances[name]._asdict(), "closed": None} for name in told.accounts]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    state = State(accounts_of, dict(balances), {})
    made = all(outcome is Outcome.DONE for outcome in decide(batch, state, DAY_0 + 9))
    adds = plain(told, columns, 0)
    assert (adds is not None) == made
    for name, debits, credits in zip(told.accounts, *adds or ((), ()), strict=made):
        before, after = balances[name], state.balances[name]
        assert (before.debits + debits, before.credits + credits) == (after.debits, after.credits)
