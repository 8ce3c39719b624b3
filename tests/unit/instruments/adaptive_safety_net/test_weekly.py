"""Extended benefits: a week's benefit for each whole week without work, for as many weeks as are called for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.instruments.adaptive_safety_net.amounts import Job, Worker, dues, months_from, weeks_without_work
from commonweal.instruments.adaptive_safety_net.packages import shipped

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


def test_a_week_with_any_work_is_none_and_no_week_before_the_opening_counts() -> None:
    one_day = Job(date(2026, 6, 17), date(2026, 6, 17), 100_00)
    assert weeks(worker(one_day))[:2] == [1, 4]
    assert weeks(worker(exhausted_on=date(2026, 1, 7)))[:2] == [3, 4], "the week that ends on 6 June began in May"


def test_no_week_that_was_not_over_on_the_day_of_death_counts() -> None:
    died = replace(worker(), died=date(2026, 6, 22))
    assert weeks(died)[:2] == [1, 0], "the week that ends on Saturday, 20 June"
    assert weeks(replace(died, died=date(2026, 5, 2))) == [0] * 9, "before it opened"
    taken_back = replace(died, ends=date(2026, 6, 15), ended_for="withdrawn")
    assert weeks(taken_back)[:2] == [1, 0], "nor where it had been taken back in that month before"


def test_each_amount_is_told_in_steps_with_its_clause() -> None:
    (june,) = dues(TEXT, worker(), BEGAN, BEGAN, {BEGAN: Fraction("0.65")})
    assert [(step.rule, step.cents) for step in june.steps] == [("weekly", 450_00), ("weeks", 900_00), ("cap", 900_00)]
    assert "At most 13 weeks in all" in june.steps[-1].words["en"]
    assert all("§202" in step.clause for step in june.steps)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(0, 400))
def test_weeks_are_counted_once_over_all_months(since: date, days: int) -> None:
    """Over all months from a day on there are as many as whole weeks lie between, whatever the calendar."""
    last = date.fromordinal(since.toordinal() + days)
    counted = sum(weeks_without_work((), since, month) for month in months_from(since.replace(day=1), last))
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
