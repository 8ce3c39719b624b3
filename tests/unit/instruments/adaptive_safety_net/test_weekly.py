"""Extended benefits: a week's benefit for each whole week without work, part of it for one with some.

There are as many weeks as are called for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.instruments.adaptive_safety_net.amounts import Drawn, Due, Job, Worker, dues, months_from, weeks_in
from commonweal.instruments.adaptive_safety_net.packages import Written, shipped

TEXT = shipped()["eb_total_rate"].data
BEGAN = date(2026, 6, 1)


def worker(*jobs: Job, exhausted_on: date = date(2026, 6, 10)) -> Worker:
    return Worker(None, jobs, weekly=450_00, exhausted_on=exhausted_on)


def weeks(one: Worker, share: str = "0.65", months: int = 8) -> list[int]:
    through = date(2026 + (5 + months) // 12, (5 + months) % 12 + 1, 1)
    called = dict.fromkeys(months_from(BEGAN, through), Fraction(share))
    found = dues(TEXT, one, BEGAN, through, called)
    assert all(each.cents == each.weeks * 450_00 for each in found)
    return [each.weeks for each in found]


def test_thirteen_weeks_at_the_first_tier_and_twenty_at_the_second() -> None:
    """Used up on Wednesday, 10 June 2026: the first whole week is that of 14 to 20 June, so June has two."""
    assert weeks(worker()) == [2, 4, 5, 2, 0, 0, 0, 0, 0], "13 in all: 2, 4 and 5 (August), and 2 of September"
    assert weeks(worker(), share="1") == [2, 4, 5, 4, 5, 0, 0, 0, 0], "20 in all"


def test_of_the_insured_rate_thirteen_weeks_are_all_there_is() -> None:
    text = shipped()["eb_insured_rate"].data
    through = date(2027, 1, 1)
    found = dues(text, worker(), BEGAN, through, dict.fromkeys(months_from(BEGAN, through), Fraction(1)))
    assert sum(each.weeks for each in found) == 13, "twenty hang on the total rate"


def june(one: Worker, text: Written = TEXT) -> Due:
    (found,) = dues(text, one, BEGAN, BEGAN, {BEGAN: Fraction(1)})
    return found


def test_of_a_week_with_work_what_is_earned_beyond_a_part_of_the_benefit_is_taken_off() -> None:
    """A quarter of 450 dollars is not taken off. Who worked a day a week for little was paid nothing, by a clause that
    says nothing of weeks with work."""

    def earning(cents: int) -> Due:
        """June, with work on one day of the week that ends on the 20th."""
        return june(worker(Job(date(2026, 6, 17), date(2026, 6, 17), cents * 30)))

    assert [earning(cents).cents for cents in (50_00, 112_50, 112_51, 300_00, 562_49)] == [
        900_00, 900_00, 450_00 + 449_99, 450_00 + 262_50, 450_00 + 1,
    ]  # fmt: skip
    assert (earning(562_50).weeks, earning(562_50).cents) == (1, 450_00), "no week of unemployment at all"
    found = earning(300_00)
    assert [(step.rule, step.cents) for step in found.steps] == [
        ("weekly", 450_00), ("weeks", 450_00), ("partial", 712_50), ("cap", 712_50),
    ]  # fmt: skip
    assert "Weeks with work: 1; of these paid: 1. What you earned beyond 112.50 USD" in found.steps[2].words["en"]
    assert "615.6(b)" in found.steps[2].clause


def test_weeks_paid_in_part_are_among_those_there_are_and_come_in_their_order() -> None:
    """Twenty weeks in all, of which the third month is reached with a job that goes on from 5 July."""
    through = date(2027, 2, 1)
    one = worker(Job(date(2026, 7, 5), None, 1500_00))
    found = dues(TEXT, one, BEGAN, through, dict.fromkeys(months_from(BEGAN, through), Fraction(1)))
    assert sum(each.weeks for each in found) == 20
    spread = [Fraction(1500_00 * 7, 31), Fraction(1500_00 * 7, 31), Fraction(1500_00 * 7, 31)]
    assert found[1].cents == 450_00 + sum(int(450_00 + 112_50 - earned) for earned in spread), "July: one, then three"
    twice = replace(one, drawn={date(2026, 7, 1): Drawn(1, 1)})
    again = dues(TEXT, twice, BEGAN, through, dict.fromkeys(months_from(BEGAN, through), Fraction(1)))
    assert found[1].cents - again[1].cents == 450_00, "the first of them is the one that counts elsewhere"


@pytest.mark.parametrize("package", ["eb_total_rate", "eb_insured_rate", "eb_no_look_back"])
def test_the_text_says_what_it_does_not_ask_of_the_acts_conditions(package: str) -> None:
    data = shipped()[package].data
    assert data.claims is not None
    assert data.claims.partial is not None
    assert all(one in data.text.en and one in data.text.zh for one in ("(3)", "(4)", "(5)", "40", "1.5"))
    asked = next(one for one in data.claims.condition if one.fact == "without_work")
    assert "202(a)(3)" not in asked.clause


def test_by_a_text_from_before_a_week_with_any_work_is_none() -> None:
    assert TEXT.claims is not None
    older = TEXT.model_copy(update={"claims": TEXT.claims.model_copy(update={"partial": None})})
    one_day = Job(date(2026, 6, 17), date(2026, 6, 17), 100_00)
    assert june(worker(one_day), older).weeks == 1
    assert [step.rule for step in june(worker(one_day), older).steps] == ["weekly", "weeks", "cap"]


def test_no_week_before_the_opening_counts() -> None:
    assert weeks(worker(exhausted_on=date(2026, 1, 7)))[:2] == [3, 4], "the week that ends on 6 June began in May"


def test_no_week_that_was_not_over_on_the_day_of_death_counts() -> None:
    died = replace(worker(), died=date(2026, 6, 22))
    assert weeks(died)[:2] == [1, 0], "the week that ends on Saturday, 20 June"
    assert weeks(replace(died, died=date(2026, 5, 2))) == [0] * 9, "before it opened"
    taken_back = replace(died, ends=date(2026, 6, 15), ended_for="withdrawn")
    assert weeks(taken_back)[:2] == [1, 0], "nor where it had been taken back in that month before"


def test_each_amount_is_told_in_steps_with_its_clause() -> None:
    (found,) = dues(TEXT, worker(), BEGAN, BEGAN, {BEGAN: Fraction("0.65")})
    assert [(step.rule, step.cents) for step in found.steps] == [("weekly", 450_00), ("weeks", 900_00), ("cap", 900_00)]
    assert "At most 13 weeks in all" in found.steps[-1].words["en"]
    assert all("§202" in step.clause for step in found.steps)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(0, 400))
def test_weeks_are_counted_once_over_all_months(since: date, days: int) -> None:
    """Over all months from a day on there are as many as whole weeks lie between, whatever the calendar."""
    last = date.fromordinal(since.toordinal() + days)
    counted = sum(len(weeks_in(since, month)) for month in months_from(since.replace(day=1), last))
    first = since.toordinal() + (6 - since.weekday()) % 7
    end = (months_from(last.replace(day=1), last)[0].replace(day=28)).toordinal() + 4
    whole = [
        day for day in range(first, end + 7, 7) if date.fromordinal(day + 6) < date.fromordinal(end).replace(day=1)
    ]
    assert counted == len(whole)
    assert all(later - day == 7 for day, later in pairwise(whole))


@pytest.mark.parametrize("share", ["0", "0.65", "1"])
def test_never_more_weeks_than_are_called_for(share: str) -> None:
    assert sum(weeks(worker(), share=share, months=20)) == int(20 * Fraction(share))
