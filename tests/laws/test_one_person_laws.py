"""What the claims of one person bring together is what one claim could, in whatever order they are filed, granted and
paid (19 U.S.C. 2318(a)(5): not more than 10,000 dollars; EUCA 1970 §202(b): 13 weeks).

Somebody claimed first for the second loss, was paid 10,000 dollars, then claimed for the first loss, and was paid as
much again: the bound looked at earlier months of the other claim alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.unit.instruments.adaptive_safety_net.test_one_wage import FIRST, OHIO, SECOND, grant, ohio

from commonweal.authority import Authority
from commonweal.instruments import discover
from commonweal.instruments.adaptive_safety_net import owed
from commonweal.instruments.adaptive_safety_net.amounts import Job, Worker, dues, months_from
from commonweal.instruments.adaptive_safety_net.one_person import Paid, Share, together
from commonweal.instruments.adaptive_safety_net.packages import shipped
from commonweal.instruments.adaptive_safety_net.setting_off import Paid as Before
from commonweal.instruments.adaptive_safety_net.setting_off import payment
from commonweal.kernel.values import add_months
from net_house import Net

WAGE, WEEKS = shipped()["wage_insurance"].data, shipped()["eb_insured_rate"].data
CAP, AT_MOST = 10_000_00, 13
BEGINS = date(2026, 5, 1)
MONTHS = months_from(BEGINS, date(2028, 12, 1))
CALLED = dict.fromkeys(MONTHS, Fraction(1))


# ── of the rule ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class One:
    """A claim as an office sees it: when it was filed, granted (None: not, or refused since), and what was paid."""

    first: int
    worker: Worker
    begins: date
    granted: int | None = None
    refused: bool = False
    paid: list[Paid] = field(default_factory=list)
    before: list[Before] = field(default_factory=list)


def wage(at: int, months: int, monthly: int) -> tuple[Worker, date]:
    """Work for so many whole months from a month on, at so much less than 7,000 dollars."""
    began = MONTHS[at]
    job = Job(began, add_months(began, months) - timedelta(days=1), 7_000_00 - monthly)
    return Worker(7_000_00, (job,)), began


def weeks(at: int, months: int, monthly: int) -> tuple[Worker, date]:
    """Whole weeks without work for so many months from a month on: then a job begins."""
    began = MONTHS[at]
    return Worker(None, (Job(add_months(began, months), None, monthly),), weekly=450_00, exhausted_on=began), began


class Office:
    """Grants, refuses and pays claims of one person, each of which says which others are theirs once they are known."""

    def __init__(self, text: object, claims: Sequence[One]) -> None:
        self.text, self.claims, self.entry = text, claims, max(one.first for one in claims)
        self.grants = list[int]()

    def shares(self) -> list[Share]:
        known = [one for one in self.claims if one.granted is not None]
        said = self.grants[1] if len(self.grants) > 1 else 0
        return [
            Share(one.first, self.text, one.worker, one.begins, CALLED, not one.refused, max(one.granted or 0, said),
                  tuple(one.paid))  # type: ignore[arg-type]
            for one in known
        ]  # fmt: skip

    def does(self, what: str, one: One, month: date) -> None:
        self.entry += 1
        if what == "grant":
            self.grants += [] if one.granted is not None else [self.entry]
            one.granted, one.refused = one.granted or self.entry, False
        elif what == "refuse" and one.granted is not None:
            one.refused = True
        elif what == "pay" and one.granted is not None and not one.refused:
            if (
                one.paid and month <= one.paid[-1].month
            ):  # that run is refused: what is due for it comes with a later one
                return
            lines = together(self.shares(), month)[one.first]
            made = payment(self.text.claims, lines, one.before)  # type: ignore[attr-defined]
            if made.cents and lines and lines[-1].month == month:
                one.paid.append(Paid(self.entry, month, made.cents))
                one.before.append(made.as_paid(month))

    @property
    def out(self) -> int:
        return sum(each.cents for one in self.claims for each in one.paid)


CLAIMS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 7_000_00)), min_size=2, max_size=3)
STEPS = st.lists(
    st.tuples(st.sampled_from(["grant", "pay", "pay", "refuse"]), st.integers(0, 2), st.integers(0, 20)), max_size=14
)
"""What is done, to which claim, and through which month where it is paid."""


def office(text: object, claims: Sequence[tuple[Worker, date]], filed: Sequence[int]) -> Office:
    return Office(text, [One(filed[at], *told) for at, told in enumerate(claims)])


@given(claims=CLAIMS, filed=st.permutations(range(3)), steps=STEPS)
@settings(deadline=None)
def test_no_order_brings_one_person_more_than_the_sum(
    claims: list[tuple[int, int, int]], filed: list[int], steps: list[tuple[str, int, int]]
) -> None:
    one = office(WAGE, [wage(*told) for told in claims], filed)
    for what, which, month in steps:
        one.does(what, one.claims[which % len(claims)], MONTHS[month])
        assert one.out <= CAP
        shares = one.shares()
        due = together(shares, MONTHS[-1])
        assert sum(line.cents for lines in due.values() for line in lines) <= CAP
        paid = [line.month for lines in due.values() for line in lines if line.cents]
        assert len(paid) == len(set(paid)), "each month once"


@given(claims=CLAIMS, filed=st.permutations(range(3)), steps=STEPS)
@settings(deadline=None)
def test_no_order_brings_one_person_more_weeks_than_there_are(
    claims: list[tuple[int, int, int]], filed: list[int], steps: list[tuple[str, int, int]]
) -> None:
    one = office(WEEKS, [weeks(*told) for told in claims], filed)
    for what, which, month in steps:
        one.does(what, one.claims[which % len(claims)], MONTHS[month])
        assert one.out <= AT_MOST * 450_00
        due = together(one.shares(), MONTHS[-1])
        assert sum(line.weeks for lines in due.values() for line in lines) <= AT_MOST


@given(
    lasts=st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)),
    less=st.tuples(st.integers(0, 7_000_00), st.integers(0, 7_000_00), st.integers(0, 7_000_00)),
    filed=st.permutations(range(3)),
    steps=st.lists(st.tuples(st.sampled_from(["grant", "pay"]), st.integers(0, 2), st.integers(0, 20)), max_size=14),
)
@settings(deadline=None)
def test_of_work_in_different_months_everything_comes_up_to_the_sum(
    lasts: tuple[int, int, int], less: tuple[int, int, int], filed: list[int], steps: list[tuple[str, int, int]]
) -> None:
    """Each month of work is told under one claim alone, so what each brings by itself is known: the sum of that, and no
    more than 10,000 dollars, whatever was done before all of it was granted and paid."""
    told = [wage(sum(lasts[:at]), many, cut) for at, (many, cut) in enumerate(zip(lasts, less, strict=True))]
    alone = sum(line.cents for worker, begins in told for line in dues(WAGE, worker, begins, MONTHS[-1], CALLED))
    one = office(WAGE, told, filed)
    for what, which, month in steps:
        one.does(what, one.claims[which], MONTHS[month])
    for what in ("grant", "pay"):
        for claim in one.claims:
            one.does(what, claim, MONTHS[20])
    assert sum(line.cents for lines in together(one.shares(), MONTHS[20]).values() for line in lines) == min(alone, CAP)
    assert one.out == min(alone, CAP)


@given(claims=CLAIMS, filed=st.permutations(range(3)), steps=STEPS, through=st.integers(0, 20))
@settings(deadline=None)
def test_what_is_due_hangs_on_the_record_and_not_on_who_asks_first(
    claims: list[tuple[int, int, int]], filed: list[int], steps: list[tuple[str, int, int]], through: int
) -> None:
    one = office(WAGE, [wage(*told) for told in claims], filed)
    for what, which, month in steps:
        one.does(what, one.claims[which % len(claims)], MONTHS[month])
    there = one.shares()
    other = [replace(each, kept={}, sizes={}, over=0) for each in reversed(one.shares())]
    assert together(there, MONTHS[through]) == together(other, MONTHS[through])


# ── in an office ────────────────────────────────────────────────────────────────────────────────────────────────────

PROGRAMMES = ("programme:wi-mi-2026", "programme:wi-oh-2026")
JOBS = (
    {"area": "area:us-mi", "jobs": [{"began": "2026-05-01", "ended": "2026-12-10", "monthly": "3200.00"}]},
    {"area": OHIO, "lost_on": "2026-12-10", "jobs": [{"began": "2027-01-01", "monthly": "3200.00"}]},
)
"""The first loss, under the programme of Michigan, and the second, under that of Ohio: 900.00 a month each."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Net]:
    """The package is switched on in two states; nobody claims yet."""
    net = Net.found(tmp_path_factory.mktemp("net") / "office")
    with net.authority:
        ohio(net, date(2024, 6, 1), date(2025, 12, 1))
        for month in ("2026-01", "2026-02"):
            net.month(month)
            first = date.fromisoformat(f"{month}-01")
            ohio(net, first, first)
        net.two("programme", **net.opening())
        net.two("programme", **net.opening(name="WI-OH-2026", area=OHIO))
        net.at("2027-08-04T09:00:00Z")
    return net.authority.folder, net


def claimed(net: Net, which: int, names: dict[int, str]) -> None:
    """The person claims for one of the losses, and an officer who looks at it says which claims are theirs."""
    if which in names:
        return
    names[which] = (FIRST, SECOND)[len(names)]
    told = {"person": "Sam (fictitious)", "earned": "5000.00", "programme": PROGRAMMES[which], **JOBS[which]}
    net.claim(name=f"C-{len(names)}", **told)
    if net.standing(names[which]).state != "eligible":
        one = net.programme(PROGRAMMES[which])
        alike = sorted(owed.of_the_same_benefit(net.authority.reader, one, names[which]))
        grant(net, names[which], **({"same_as": alike} if alike else {}))


END = "2027-07"
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.integers(0, 1), st.just("")),
        st.tuples(st.just("pay"), st.integers(0, 1), st.sampled_from(["2026-08", "2026-12", "2027-03", END])),
    ),
    max_size=6,
)


@given(acts=ACTS)
@example(acts=[("claim", 1, ""), ("pay", 1, END), ("claim", 0, ""), ("pay", 0, END)])
@example(acts=[("claim", 0, ""), ("claim", 1, ""), ("pay", 1, "2027-03"), ("pay", 0, "2026-08")])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_losses_bring_ten_thousand_dollars_in_whatever_order(
    folder: tuple[Path, Net], tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int, str]]
) -> None:
    """At five sixths of the help 5,491.79 for the first loss and 5,250.00 for the second: more than 10,000 in all. All
    of that comes, and the record tells the same again."""
    where, names = tmp_path_factory.mktemp("copy") / "office", dict[int, str]()
    shutil.copytree(folder[0], where)
    installed = {"adaptive_safety_net": discover()["adaptive_safety_net"]}
    with Authority.open(where, clock=folder[1].clock, installed=installed) as authority:
        net, last = Net(authority, folder[1].clock), ["", ""]
        for what, which, month in (*acts, *(("claim", at, "") for at in (0, 1)), *(("pay", at, END) for at in (0, 1))):
            if what == "claim":
                claimed(net, which, names)
            elif month >= last[which]:
                last[which] = month
                net.two("payment_run", programme=PROGRAMMES[which], month=month)
            assert sum(sum(net.paid(claim).values()) for claim in names.values()) <= CAP
        assert sum(sum(net.paid(claim).values()) for claim in names.values()) == CAP
        before = authority.dump()
        authority.rebuild()
        assert authority.dump() == before
