"""Money under a package in force: whole cents, never more than the text gives, never twice, and none made or lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.instruments.adaptive_safety_net import packages
from commonweal.instruments.adaptive_safety_net.amounts import Job, Worker, cut_alike, dues, months_from, payment
from commonweal.instruments.adaptive_safety_net.packages import Written
from commonweal.kernel import accounts
from commonweal.kernel.values import add_months
from net_house import Net, somebody

TEXT = packages.shipped()["wage_insurance"].data
FIRST = date(2026, 5, 1)
MONTHS = months_from(FIRST, add_months(FIRST, 35))
cents = st.integers(0, 900_000)
begun = st.dates(date(2026, 5, 1), date(2026, 6, 30))
spans = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), cents), min_size=1, max_size=3)
parts = st.tuples(st.fractions(0, 1, max_denominator=12), st.fractions(0, 1, max_denominator=12))


def loss_of(earned: int, jobs: list[Job], month: date, until: date) -> Fraction:
    """Cents by which work paid less in a month, day by day, on its days before one on which there was any."""
    every = [month + timedelta(days=at) for at in range((add_months(month, 1) - month).days)]
    lost = Fraction(0)
    for day in every:
        at_work = [job for job in jobs if job.began <= day <= (job.ended or date.max) and day < until]
        if at_work:
            lost += Fraction(earned - sum(job.monthly for job in at_work), len(every))
    return max(lost, Fraction(0))


@settings(max_examples=100, deadline=None)
@given(cents, begun, spans, parts, st.integers(0, 35))
def test_what_is_due_is_half_the_loss_to_the_cent_for_two_years_and_up_to_the_cap(
    earned: int, begins: date, told: list[tuple[int, int, int]], part: tuple[Fraction, Fraction], last: int
) -> None:
    """19 U.S.C. 2318(a): half of the difference, 10,000 dollars in all, two years from the day on which work began.

    The first job begins on that day. Not a cent more than half is due, and not a whole one less.
    """
    jobs = [
        Job(begins + timedelta(days=min(one, other)), begins + timedelta(days=max(one, other)), pay)
        for one, other, pay in told
    ]
    jobs[0] = replace(jobs[0], began=begins)
    months = months_from(begins.replace(day=1), add_months(begins.replace(day=1), last))
    shares = dict.fromkeys(months, part[1]) | {months[0]: part[0]}
    found = dues(TEXT, Worker(earned, jobs), begins, months[-1], shares)
    assert [one.month for one in found] == months[: 24 + (begins.day > 1)]
    left = 1_000_000
    for one in found:
        half = loss_of(earned, jobs, one.month, add_months(begins, 24)) / 2 * part[0]
        assert one.cents == min(int(half), left), "parts of a cent are dropped once, at the end"
        left -= one.cents
        assert one.cents == one.steps[-1].cents
        assert all(step.clause for step in one.steps)
    again = dues(TEXT, Worker(earned, jobs), begins, months[max(last - 1, 0)], shares)
    assert found[: len(again)] == again, "a later month changes no earlier one"


def test_a_programme_of_the_text_before_pays_as_it_did() -> None:
    """Each step dropped parts of a cent, so that this pays more than half of 235,551.38/62 by a cent; and the first of
    24 months of the calendar may be a day."""
    pays = TEXT.pays.model_copy(update={"drops": "each_step", "counts_months": "by_calendar"})
    before = TEXT.model_copy(update={"pays": pays})
    jobs = [Job(date(2026, 5, day), None, pay) for day, pay in ((19, 84_038), (23, 138_783), (2, 123_600))]
    whole = dict.fromkeys(MONTHS, Fraction(1))

    def paid(text: Written, *of: Job, earned: int) -> list[int]:
        return [one.cents for one in dues(text, Worker(earned, of), of[-1].began, MONTHS[-1], whole)]

    assert paid(before, *jobs, earned=594_237)[0] == 189_962
    assert paid(TEXT, *jobs, earned=594_237)[0] == 189_960
    late = Job(date(2026, 5, 31), None, 340_000)
    assert (len(paid(before, late, earned=420_000)), sum(paid(before, late, earned=420_000))) == (24, 921_290)
    assert paid(TEXT, late, earned=420_000) == [1_290, *[40_000] * 23, 38_709], "all but a day of May 2028 too"


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
        this = max(earned - now, 0) // 2
        lines = dues(TEXT, Worker(earned, [Job(FIRST, None, now)]), FIRST, MONTHS[number], shares_)
        made = payment(terms, lines, paid)
        due = min((number + 1) * this, 1_000_000)
        this = min(this, due - min(number * this, 1_000_000))
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
def test_what_is_cut_alike_is_the_same_part_for_all_and_leaves_less_than_a_cent_of_each(
    wanted: dict[str, int], left: int
) -> None:
    """All get nothing, or the first all of it: neither goes beyond what is left, and neither is alike."""
    given_, total = cut_alike(wanted, left), sum(wanted.values())
    assert given_.keys() == wanted.keys()
    if total <= left:
        assert given_ == wanted
    for name, asked in wanted.items() if total > left else ():
        assert 0 <= Fraction(asked * left, total) - given_[name] < 1, "the same part of each, but for parts of a cent"
    assert total <= left or 0 <= left - sum(given_.values()) < len(wanted)


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
