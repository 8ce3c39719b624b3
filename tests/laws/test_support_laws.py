"""Money under a package in force: whole cents, never more than the text gives, never twice, and none made or lost."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.instruments.adaptive_safety_net import packages
from commonweal.instruments.adaptive_safety_net.amounts import Job, Worker, cut_alike, dues, months_from, payment
from commonweal.kernel import accounts
from commonweal.kernel.values import add_months
from net_house import Net, somebody

TEXT = packages.shipped()["wage_insurance"].data
FIRST = date(2026, 5, 1)
MONTHS = months_from(FIRST, add_months(FIRST, 35))
cents = st.integers(0, 900_000)
days = st.dates(date(2026, 5, 1), date(2028, 12, 31))
jobs = st.lists(
    st.builds(lambda one, other, pay: Job(min(one, other), max(one, other), pay), days, days, cents),
    min_size=1,
    max_size=3,
)
shares = st.lists(st.fractions(0, 1, max_denominator=12), min_size=len(MONTHS), max_size=len(MONTHS))


@settings(max_examples=25)
@given(cents, jobs, shares, st.integers(0, 35))
def test_what_is_due_is_at_most_half_the_loss_and_the_cap_and_every_step_leads_to_it(
    earned: int, jobs: list[Job], part: list[Fraction], last: int
) -> None:
    """19 U.S.C. 2318: half of the difference, 10,000 dollars in all, two years."""
    worker = Worker(earned, jobs)
    found = dues(TEXT, worker, FIRST, MONTHS[last], dict(zip(MONTHS, part, strict=True)))
    assert len(found) <= 24
    assert sum(one.cents for one in found) <= 1_000_000
    for one in found:
        assert 0 <= one.cents <= earned // 2
        assert one.cents == one.steps[-1].cents
        assert all(step.clause for step in one.steps)
    again = dues(TEXT, worker, FIRST, MONTHS[max(last - 1, 0)], dict(zip(MONTHS, part, strict=True)))
    assert found[: len(again)] == again or len(again) > len(found), "a later month changes no earlier one"


@settings(max_examples=40)
@given(st.lists(st.tuples(cents, cents), min_size=2, max_size=8))
def test_whatever_becomes_known_later_nobody_is_paid_less_than_nothing_and_corrections_are_made_up(
    told: list[tuple[int, int]],
) -> None:
    """Facts change before each run. It pays what is due by then; what was too much is set off, half a month at most."""
    terms = TEXT.claims
    assert terms is not None
    paid, shares_ = 0, dict.fromkeys(MONTHS, Fraction(1))
    for number, (earned, now) in enumerate(told):
        worker = Worker(earned, [Job(FIRST, None, now)])
        lines = dues(TEXT, worker, FIRST, MONTHS[number], shares_)
        made = payment(terms, lines, paid)
        due, this = sum(one.cents for one in lines), lines[-1].cents
        assert made.cents >= 0
        if paid + made.cents > due:
            assert made.cents >= this - this // 2, "no more than half of a month is taken off"
            assert made.overpaid == paid + made.cents - due
        else:
            assert paid + made.cents == due
            assert made.overpaid == 0
        paid += made.cents


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(1, 10**9), max_size=9), st.integers(0, 10**9)
)
def test_what_is_cut_alike_never_goes_beyond_what_is_left(wanted: dict[str, int], left: int) -> None:
    given_ = cut_alike(wanted, left)
    assert sum(given_.values()) <= left or given_ == wanted
    assert all(0 <= given_[name] <= asked for name, asked in wanted.items())
    assert sum(wanted.values()) > left or given_ == wanted


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    net = Net.found(tmp_path_factory.mktemp("net") / "ministry")
    net.opened(budget="3000.00")
    net.month("2026-04")
    with net.authority:
        yield net


told_claims = st.lists(st.tuples(st.integers(1, 6), st.integers(100_000, 500_000), st.integers(0, 500_000)), max_size=4)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told_claims, st.integers(0, 1))
def test_money_is_conserved_to_the_cent_at_the_end_of_every_day(
    opened: Net, told: list[tuple[int, int, int]], later: int
) -> None:
    """Claims come and change, runs are repeated and cut, in one authority that goes on from example to example.

    What the treasury gave is what the fund holds and people got; what was paid is what the record says was paid.
    """
    net, reader = opened, opened.authority.reader
    for number, earned, now in told:
        pay = [{"began": "2026-05-01", "monthly": accounts.written(now, "USD")}]
        facts = {"earned": accounts.written(earned, "USD"), "jobs": pay, "name": f"L-{number}"}
        net.claim(somebody(facts["name"]), **facts)
    month = net.clock.now().date().isoformat()[:7]
    for _ in range(2):
        net.run(month, cut_alike=True)
    if later:
        net.month(month)
    held = net.ledger()
    fund, treasury = held.pop(net.programme().fund), held.pop("safety_net.treasury.usd")
    assert treasury == 300_000 == fund + sum(held.values())
    assert fund >= 0
    claims = [f"support_claim:l-{number}" for number in range(1, 7)]
    assert sum(held.values()) == sum(sum(net.paid(claim).values()) for claim in claims)
    posted = sorted({transfer.day for _, transfer, _, _ in accounts.everything(reader)})
    assert all(
        accounts.balances(reader, day) for first, last in pairwise([*posted, posted[-1] + 2]) for day in (first, last)
    )
    assert not list(accounts.reconciled(reader))
