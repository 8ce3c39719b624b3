"""New work under a claim: which of it a claim counts for, and what work that was found later leaves of it.

Whoever told of each job, as the form asks, was refused where whoever left one out was granted; and whoever said that
they had found work lost the weeks before it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import owed, packages, programmes
from commonweal.instruments.adaptive_safety_net.amounts import Job
from commonweal.instruments.adaptive_safety_net.packages import shipped
from commonweal.instruments.adaptive_safety_net.terms import Frame
from commonweal.instruments.adaptive_safety_net.works import Fit, first_that_fits, without_work, works
from commonweal.kernel.values import BadInput
from net_house import CLAIM, JUDGE, MICHIGAN, WORKER, Net, somebody

SHORT = {"began": "2026-03-02", "ended": "2026-03-13", "monthly": "2000.00"}
NEW = {"began": "2026-05-01", "monthly": "3200.00"}
BETTER = {"began": "2026-05-01", "ended": "2026-05-10", "monthly": "4300.00"}
FOUND = {"began": "2026-06-15", "monthly": "2500.00", "weekly_hours": 40}
WEEKLY: dict[str, Any] = {
    **CLAIM, "programme": "programme:eb", "jobs": [], "working": "no", "earned": None, "lost_on": None,
    "weekly_benefit": "450.00", "exhausted_on": "2026-04-28",
}  # fmt: skip
OLD_WEEKLY = ('fact = "without_work"', 'fact = "out_of_work"')
OLD_WORK = ('work = "first_that_fits"\n', "")
FRAME = Frame(MICHIGAN, date(2026, 4, 20), date(2028, 4, 19))


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before


def adopt(net: Net, package: str, *older: tuple[str, str]) -> str:
    """A package as it ships, or as it was before these words came; its version."""
    trigger, text = packages.texts_of(package)
    version = shipped()[package].data.version
    for now, then in older:
        assert text.count(now) == 1
        text = text.replace(now, then).replace(f'version = "{version}"', f'version = "{int(version) - 1}"')
    net.authority.adopt(rule_file(trigger))
    net.authority.adopt(rule_file(text))
    return str(int(version) - bool(older))


def wages(net: Net, *older: tuple[str, str]) -> None:
    net.opened(version=adopt(net, "wage_insurance", *older))
    net.month("2026-03")
    net.at("2026-06-20T09:00:00Z")


def claimed(net: Net, name: str, *jobs: dict[str, Any]) -> programmes.Standing:
    net.claim(somebody(name), name=name, jobs=list(jobs))
    return net.standing(f"support_claim:{name.lower()}")


def due(net: Net, stands: programmes.Standing, through: date = date(2028, 8, 1)) -> dict[str, int]:
    one = net.programme(str(stands.body["programme"]))
    called = programmes.shares(net.authority.reader, one, through)
    lines = owed.due(net.authority.reader, one, stands, through, called)
    return {line.month.isoformat()[:7]: line.cents for line in lines if line.cents}


# ── which work a claim counts for ───────────────────────────────────────────────────────────────────────────────────


def test_a_short_job_that_is_told_costs_nothing_and_leaving_it_out_brings_nothing(net: Net) -> None:
    """Half of 1,000 at five sixths, from May on, whether the two weeks of March are told or not."""
    wages(net)
    told, silent = claimed(net, "C-1", SHORT, NEW), claimed(net, "C-2", NEW)
    assert (told.state, silent.state) == ("eligible", "eligible")
    assert due(net, told) == due(net, silent)
    assert due(net, told)["2026-05"] == 41_666


def test_amounts_months_and_two_years_begin_with_the_first_work_that_fits(net: Net) -> None:
    """Ten days of May paid more than before. What fits begins on 11 May: 21 days of May, and ten of May 2028."""
    wages(net)
    stands = claimed(net, "C-3", BETTER, {"began": "2026-05-11", "monthly": "4000.00"})
    assert stands.state == "eligible"
    assert stands.begins(net.programme()) == date(2026, 5, 11)
    found = due(net, stands)
    assert found["2026-05"] == int(100_00 * 21 / 31 * 5 / 6), "the ten days that paid more take nothing off"
    assert (found["2028-05"], max(found)) == (int(100_00 * 10 / 31 * 5 / 6), "2028-05")


def test_a_programme_opened_on_the_text_from_before_asks_the_first_work(net: Net) -> None:
    wages(net, OLD_WORK)
    assert (claimed(net, "C-1", SHORT, NEW).state, claimed(net, "C-2", NEW).state) == ("waits", "eligible")
    assert programmes.answer(net.programme(), net.standing("support_claim:c-1")) == "not_eligible"
    assert claimed(net, "C-3", BETTER, {"began": "2026-06-01", "monthly": "3200.00"}).state == "waits"


def fit(*jobs: Job, earned: int | None = 4200_00) -> Fit:
    terms = shipped()["wage_insurance"].data.claims
    assert terms is not None
    facts: dict[Any, Any] = {"area": MICHIGAN, "lost_on": date(2026, 2, 16), "filed_on": date(2026, 6, 20)}
    return first_that_fits(terms, facts, jobs, earned, FRAME)


def job(
    began: str, ended: str | None = None, monthly: int = 3200_00, hours: int | None = 40, same_firm: str | None = "no"
) -> Job:  # fmt: skip
    return Job(date.fromisoformat(began), date.fromisoformat(ended) if ended else None, monthly, hours, same_firm)


@pytest.mark.parametrize(
    ("jobs", "answer", "since"),
    [
        ([job("2026-03-02"), job("2026-05-01", monthly=100_00, hours=5)], "not_eligible", "2026-03-02"),
        ([job("2026-03-02", monthly=100_00, hours=5), job("2026-05-01")], "eligible", "2026-05-01"),
        ([job("2026-05-01", hours=12), job("2026-06-01", monthly=500_00, hours=12)], "eligible", "2026-06-01"),
        ([job("2028-04-19", hours=12), job("2028-05-01", hours=12, monthly=1_00)], "not_eligible", "2028-04-19"),
        ([job("2026-05-01", "2026-05-09", 4300_00), job("2026-05-05")], "eligible", "2026-05-10"),
        ([job("2026-05-01", "2026-05-09", hours=None), job("2026-06-01")], "unknown", "2026-05-01"),
        ([job("2026-03-02", "2026-03-09", hours=None), job("2026-06-01")], "eligible", "2026-06-01"),
    ],
    ids=["old work with little beside", "new work beside a little old", "hours of two together",
         "the hours only after the last day", "less pay once one ended", "hours not known", "not known, and too early"],
)  # fmt: skip
def test_of_work_at_once_what_was_taken_up_in_time_counts_and_the_first_that_may_fit_decides(
    jobs: list[Job], answer: str, since: str
) -> None:
    found = fit(*jobs)
    assert (found.assessment.answer, found.since) == (answer, date.fromisoformat(since))


def test_where_none_fits_that_is_told_which_lacks_the_least() -> None:
    found = fit(job("2026-03-02", "2026-03-09", 4300_00), job("2026-05-01", hours=12))
    failed = [each.condition.fact for each in found.assessment.findings if each.holds is False]
    assert failed == ["weekly_hours"]


def test_limits_are_asked_of_the_work_that_is_paid_for() -> None:
    """Four hours a week in March were for a person to look at; nothing is paid for them."""
    assert fit(job("2026-03-02", "2026-03-09", 100_00, 4), job("2026-05-01")).facts["least_hours"] == 40


def some_work(first: date, last: date) -> st.SearchStrategy[Job]:
    """Work that begins on a day or later, and is over by another where it ends."""
    days = st.dates(first, last)
    pay, hours = st.integers(5_00, 50_00), st.none() | st.integers(1, 45)
    return st.builds(lambda day, other, cents, many: Job(min(day, other), max(day, other), cents * 100, many, "no"),
                     days, days, pay, hours)  # fmt: skip


EARLY = some_work(date(2026, 2, 17), date(2026, 4, 19))


@given(st.lists(some_work(FRAME.opens_on, date(2026, 9, 1)), min_size=1, max_size=4), st.lists(EARLY, max_size=3))
def test_work_that_was_over_before_this_opened_neither_costs_a_claim_nor_wins_it(
    jobs: list[Job], early: list[Job]
) -> None:
    alone, both = fit(*jobs), fit(*early, *jobs)
    assert both.assessment.answer == alone.assessment.answer
    if alone.assessment.answer != "not_eligible":
        assert both == alone


def test_a_text_that_does_not_begin_with_new_work_counts_from_none() -> None:
    _, text = packages.texts_of("training_vouchers")
    with pytest.raises(BadInput, match="work is first_that_fits only where begins is took_up_on"):
        packages.read_written(text.replace('begins = "lost_on"', 'begins = "lost_on"\nwork = "first_that_fits"'))


def test_times_of_work_change_where_one_begins_or_ends() -> None:
    first, second = job("2026-05-01", "2026-05-20"), job("2026-05-10", "2026-05-15")
    assert [(one.since.day, len(one.jobs)) for one in works([first, second])] == [(1, 1), (10, 2), (16, 1)]


# ── work that was found later ───────────────────────────────────────────────────────────────────────────────────────


def weekly(net: Net, *older: tuple[str, str]) -> None:
    """Extended benefits from 4 May 2026 on, claimed that day by somebody without work."""
    version = adopt(net, "eb_total_rate", *older)
    high = {date(2026, month, 1): 7.0 for month in range(1, 12)}
    for month in ("2026-01", "2026-02", "2026-03"):
        net.month(month, high)
    net.at("2026-05-04T09:00:00Z")
    where = {"rule": "us.eb_total_rate", "to_state": "firing"}
    crossed = net.authority.reader.select(programmes.CROSSING, where, order=("entry",))[0]["at"][:7]
    net.two("programme", **net.opening(
        name="EB", package="us.eb_total_rate.package", crossed=crossed, opens_on="2026-05-04", closes_on=None,
        version=version,
    ))  # fmt: skip
    net.file("support_claim", WORKER, **WEEKLY)
    net.at("2026-06-01T09:00:00Z")
    net.two("payment_run", programme="programme:eb", month="2026-05")
    assert net.paid() == {"2026-05": 3 * 450_00}
    net.at("2026-06-20T09:00:00Z")


def works_now(net: Net, **told: Any) -> programmes.Standing:
    """They file it again with the work that they found."""
    again = {**WEEKLY, "working": "yes", "jobs": [FOUND], **told}
    net.file("support_claim", WORKER, "support_claim:c-1", **again)
    return net.standing()


def test_who_says_that_they_found_work_keeps_the_weeks_before_it(net: Net) -> None:
    """What is not at the bank yet stays paid, and the two weeks of June before 14 June are due. From 15 June
    on it pays 83.33 a day: six of them leave 62.50 of that week, and seven nothing of another."""
    weekly(net)
    assert works_now(net).state == "eligible"
    assert net.paid() == {"2026-05": 3 * 450_00}
    net.at("2026-08-01T09:00:00Z")
    net.two("payment_run", programme="programme:eb", month="2026-07")
    assert (sum(net.paid().values()), due(net, net.standing())) == (
        5 * 450_00 + 62_50, {"2026-05": 3 * 450_00, "2026-06": 2 * 450_00 + 62_50},
    )  # fmt: skip


def test_an_officer_can_decide_it_as_eligible_still(net: Net) -> None:
    weekly(net)
    stands = works_now(net, person=None)
    assert stands.state == "waits", "without a name a person looks at it"
    net.file("decided", JUDGE, claim=stands.claim, outcome="eligible", facts=stands.entry, words="Before 15 June.")
    assert (net.standing().state, net.paid()) == ("eligible", {"2026-05": 3 * 450_00})


def test_who_works_little_from_the_first_day_on_claims_weeks_in_part(net: Net) -> None:
    """1,500 dollars a month are 338.71 a week in May: of 450 and a quarter of it 223.79 are left, three times. Who
    earns 562.50 a week or more has no such week."""
    weekly(net)
    net.file("support_claim", somebody("c-2"), **{
        **WEEKLY, "name": "C-2", "person": "Person C-2 (fictitious)", "working": "yes",
        "jobs": [{"began": "2026-04-01", "monthly": "1500.00", "weekly_hours": 9}],
    })  # fmt: skip
    stands = net.standing("support_claim:c-2")
    assert (stands.state, due(net, stands, date(2026, 5, 1))) == ("eligible", {"2026-05": 3 * 223_79})
    net.file("support_claim", somebody("c-3"), **{
        **WEEKLY, "name": "C-3", "person": "Person C-3 (fictitious)", "working": "yes",
        "jobs": [{"began": "2026-04-01", "monthly": "2500.00", "weekly_hours": 15}],
    })  # fmt: skip
    assert programmes.answer(net.programme("programme:eb"), net.standing("support_claim:c-3")) == "not_eligible"


def test_who_says_that_they_work_and_not_since_when_is_asked(net: Net) -> None:
    """Else all weeks would be paid on, with nobody knowing which of them had work in it."""
    weekly(net)
    stands = works_now(net, jobs=[])
    assert stands.state == "waits"
    assert programmes.assessment(net.programme("programme:eb"), stands).missing == ["without_work"]
    with pytest.raises(BadInput, match="without_work"):
        net.file("decided", JUDGE, claim=stands.claim, outcome="eligible", facts=stands.entry, words="On their word.")


def test_a_programme_opened_on_the_text_from_before_asks_for_work_as_it_is_now(net: Net) -> None:
    weekly(net, OLD_WEEKLY)
    stands = works_now(net)
    assert (stands.state, programmes.answer(net.programme("programme:eb"), stands)) == ("waits", "not_eligible")


@pytest.mark.parametrize(
    ("jobs", "working", "answer"),
    [
        ([], None, None), ([], "no", "yes"), ([], "yes", None),
        ([job("2026-05-03")], None, "no"), ([job("2026-05-05")], "yes", "yes"),
        ([job("2026-05-01", "2026-05-20")], "yes", None), ([job("2026-05-01", "2026-05-20")], None, "yes"),
        ([job("2026-05-01", "2026-05-20"), job("2026-05-21")], "yes", "no"),
    ],
)  # fmt: skip
def test_some_day_without_work_is_asked_for_and_silence_is_no_answer(
    jobs: list[Job], working: str | None, answer: str | None
) -> None:
    assert without_work(jobs, working, date(2026, 5, 4), date(2026, 6, 20)) == answer


def test_a_voucher_is_for_who_had_no_work_when_it_was_claimed(net: Net) -> None:
    """Work that is found later takes nothing; who claims one with work gets none."""
    adopt(net, "training_vouchers")
    for month in ("2026-01", "2026-02", "2026-03"):
        net.month(month)
    net.at("2026-05-18T09:00:00Z")
    net.two("programme", **net.opening(
        name="EB", package="us.training_vouchers.package", crossed="2026-03", opens_on="2026-05-18",
    ))  # fmt: skip
    net.at("2026-06-10T09:00:00Z")
    told = {**WEEKLY, "lost_on": "2026-06-01"}
    net.file("support_claim", WORKER, **told)
    net.at("2026-06-20T09:00:00Z")
    assert works_now(net, lost_on="2026-06-01").state == "eligible"
    with_work = {**told, "name": "C-2", "person": "Kim (fictitious)", "working": "yes", "jobs": [FOUND]}
    net.file("support_claim", somebody("C-2"), **with_work)
    one, other = net.programme("programme:eb"), net.standing("support_claim:c-2")
    assert programmes.answer(one, other) == "not_eligible"
