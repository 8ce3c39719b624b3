"""Money under a package in force: whole cents, never more than the text gives, never twice, and none made or lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commonweal.instruments.adaptive_safety_net import packages
from commonweal.instruments.adaptive_safety_net.amounts import (
    Due,
    Job,
    Step,
    Worker,
    cut_alike,
    dues,
    in_all,
    months_from,
)
from commonweal.instruments.adaptive_safety_net.packages import Written
from commonweal.instruments.adaptive_safety_net.setting_off import Paid, cut, netted, payment
from commonweal.instruments.adaptive_safety_net.setting_off import given as held
from commonweal.kernel import accounts
from commonweal.kernel.values import Text, add_months
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


def settled(due: Sequence[int], there: Sequence[int]) -> list[int]:
    """What each month has in the end where it is run by itself: what it had, or what is due less what is owed of months
    before, of which half of it at most is taken (19 U.S.C. 2315(a))."""
    has, owes = list[int](), 0
    for what, had in zip(due, there, strict=True):
        has.append(max(had, what - min(owes, what // 2)))
        owes += has[-1] - what
    return has


acts = st.lists(
    st.one_of(
        st.tuples(st.just("fact"), st.integers(0, 11), st.integers(0, 900)),
        st.tuples(st.just("run"), st.integers(0, 11), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.integers(0, 900), min_size=12, max_size=12), acts)
@example([499, 83, *[0] * 10], [("run", 0, 0), ("run", 1, 0), ("fact", 0, 166), ("fact", 1, 416), ("run", 2, 0)])
@example([80, *[12] * 11], [("run", 0, 0), ("fact", 0, 8), ("run", 4, 0), ("fact", 0, 0), ("run", 11, 0)])
def test_of_no_later_month_more_than_half_is_kept_however_often_is_run_and_in_whatever_order_facts_come(
    due: list[int], done: list[tuple[str, int, int]]
) -> None:
    """A run through several months pays what one run for each of them would, what is kept of each is half at most, and
    no cent is lost: what was paid is what is due through the last month, with what is told as too much.

    Three months were taken nearly whole by one run, and a month that was corrected upwards was kept whole."""
    due, months, before = list(due), MONTHS[:12], list[Paid]()
    terms, last = TEXT.claims, -1
    assert terms is not None
    for what, at, cents in [*done, ("run", 11, 0)]:
        if what == "fact":
            due[at] = cents
            continue
        if at <= last:  # that run is refused: what is due for it comes with a later one
            continue
        lines = [Due(month, cents, ()) for month, cents in zip(months, due, strict=True)][: at + 1]
        there = held(before, lines)
        had = [there.get(line.month, 0) for line in lines]
        made, alone = payment(terms, lines, before), list(before)
        has = settled(due[: at + 1], had)
        assert made.cents == sum(has) - sum(had)
        assert made.overpaid == sum(has) - sum(due[: at + 1])
        assert sum(part.cents for part in made.earlier) + (has[-1] - had[-1]) == made.cents
        owes = 0
        for what_is_due, got in zip(due, has, strict=False):
            assert got >= what_is_due - what_is_due // 2, "half of it at most, also of months paid together"
            assert owes or got >= what_is_due, "and nothing where nothing was too much"
            owes += got - what_is_due
        for number in range(last + 1, at + 1):
            if (one := payment(terms, lines[: number + 1], alone)).cents:
                alone.append(one.as_paid(months[number]))
        before += [made.as_paid(months[at])] if made.cents else []
        for ways in (before, alone):
            there = held(ways, lines)
            assert [there.get(line.month, 0) for line in lines] == has
        last = at


@given(st.lists(st.integers(0, 900), min_size=2, max_size=12), st.fractions(0, 1, max_denominator=50))
def test_what_a_budget_cut_of_some_months_is_no_set_off_and_comes_whole(due: list[int], part: Fraction) -> None:
    terms = TEXT.claims
    assert terms is not None
    lines = [Due(month, cents, ()) for month, cents in zip(MONTHS, due, strict=False)]
    made = payment(terms, lines[:-1], ())
    some = cut(made, int(made.cents * part), Step("budget", "", Text(en="cut", zh="削减"), 0))
    there = held([some.as_paid(lines[-2].month)], lines)
    assert sum(there.values()) == some.cents == int(sum(due[:-1]) * part)
    assert all(there.get(line.month, 0) <= line.cents for line in lines)
    again = payment(terms, lines, [some.as_paid(lines[-2].month)])
    assert (some.cents + again.cents, again.overpaid) == (sum(due), 0)


def test_an_earlier_month_that_takes_more_of_what_there_is_in_all_takes_it_from_a_later_one() -> None:
    """All 10,000 dollars were paid; a month of them is raised. A later one has less by then, and no cent more comes:
    19 U.S.C. 2318(a)(5)."""
    terms = TEXT.claims
    assert terms is not None
    whole = dict.fromkeys(MONTHS, Fraction(1))
    before = list[Paid]()
    jobs = [Job(FIRST, date(2026, 5, 31), 500_000), Job(date(2026, 6, 1), None, 500_000)]
    lines = dues(TEXT, Worker(600_000, jobs), FIRST, MONTHS[21], whole)
    before.append(payment(terms, lines, before).as_paid(MONTHS[21]))
    assert sum(one.cents for one in before) == 1_000_000
    jobs[0] = replace(jobs[0], monthly=480_000)
    made = payment(terms, dues(TEXT, Worker(600_000, jobs), FIRST, MONTHS[22], whole), before)
    assert (made.cents, made.overpaid) == (0, 0)


def test_what_was_settled_by_the_rule_from_before_stays_settled() -> None:
    """416.66 was paid too much and taken off whole by later runs: through November what was paid is what is due, and
    December brings its own and no more."""
    terms = TEXT.claims
    assert terms is not None
    lines = [Due(month, 20_833, ()) for month in MONTHS[:8]]
    months = zip((0, 1, 3, 5, 6), (41_666, 41_666, 0, 41_666, 20_833), strict=True)
    before = [Paid(MONTHS[at], cents) for at, cents in months]
    assert sum(one.cents for one in before) == 7 * 20_833
    made = payment(terms, lines, before)
    assert (made.cents, made.overpaid, made.earlier) == (20_833, 0, [])


@pytest.mark.parametrize("often", [1, 14])
def test_what_was_paid_too_much_counts_to_what_there_is_in_all(often: int) -> None:
    """All 10,000 dollars were paid in ten months, and half of each was due: in the fourteen after them 500 dollars a
    month are due, of which half would come, and there is nothing left (19 U.S.C. 2318(a)(5))."""
    terms = TEXT.claims
    assert terms is not None
    assert in_all(TEXT) == 1_000_000
    lines = [Due(month, 50_000, ()) for month in MONTHS[:24]]
    before, most = [Paid(month, 100_000) for month in MONTHS[:9]], in_all(TEXT)
    made = payment(terms, lines[:10], before, most=most)
    assert (made.cents, made.overpaid) == (25_000, 425_000), "half of the tenth month, and 750.00 are left"
    before.append(made.as_paid(MONTHS[9]))
    for last in range(10 + often, 25, often):
        made = payment(terms, lines[:last], before, most=most)
        before += [made.as_paid(MONTHS[last - 1])] if made.cents else []
    assert sum(one.cents for one in before) == 1_000_000
    assert "in_all" in [step.rule for step in made.steps]


def test_a_run_from_before_nets_months_that_are_paid_together() -> None:
    """Of 37.50 for three months 31.25 were taken. By the rule of now half of each is."""
    terms = TEXT.claims
    assert terms is not None
    lines = [Due(MONTHS[0], 803, ()), *(Due(month, 1250, ()) for month in MONTHS[1:7])]
    assert netted(terms, lines, 45_535).cents == 625
    before = [Paid(MONTHS[0], 8_035), Paid(MONTHS[3], 37_500)]
    made = payment(terms, lines, before)
    assert (made.cents, made.overpaid) == (1_875, 45_535 + 1_875 - 803 - 6 * 1_250)


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
