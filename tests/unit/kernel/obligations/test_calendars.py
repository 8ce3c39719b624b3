"""Legal calendars: worked examples of Regulation (EEC, Euratom) No 1182/71 and of the American way of counting."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from commonweal.kernel.obligations import PLAIN, Calendar, due_after, explained, read_calendar
from commonweal.kernel.values import RuleFault, instant, period, stamp
from commonweal.law import texts

EU = read_calendar(texts()["calendar.eu_1182_71"])
CA = read_calendar(texts()["calendar.us_ca"])
US = read_calendar(texts()["calendar.us_federal"])


def ends(calendar: Calendar, zone: str, event: str, length: str) -> tuple[str, str]:
    due = due_after(calendar, zone, instant(event), period(length))
    return due.last_day.isoformat(), stamp(due.at)


@pytest.mark.parametrize(
    ("event", "length", "last_day", "at"),
    [
        # Aware on a Friday, two days: the issue's own example (Art. 3(5): two working days). Brussels is UTC+1.
        ("2026-12-04T10:12:00Z", "2 days", "2026-12-08", "2026-12-08T23:00:00Z"),
        # One day from a Friday: Saturday, which rolls on to Monday (Art. 3(4)).
        ("2026-12-04T10:12:00Z", "1 day", "2026-12-07", "2026-12-07T23:00:00Z"),
        # Two weeks end on the same day of the week as the event (Art. 3(2)(c)); summer time is UTC+2.
        ("2026-09-09T08:00:00Z", "2 weeks", "2026-09-23", "2026-09-23T22:00:00Z"),
        # The event's day is Brussels': 22:30 UTC on the 8th is the 9th there.
        ("2026-09-08T22:30:00Z", "2 weeks", "2026-09-23", "2026-09-23T22:00:00Z"),
        # A month without the date ends on its last day: 30 January + 1 month (Art. 3(2)(c)), a Sunday, rolled on.
        ("2027-01-30T09:00:00Z", "1 month", "2027-03-01", "2027-03-01T23:00:00Z"),
        # 31 August + 1 month: 30 September, a Wednesday.
        ("2026-08-31T09:00:00Z", "1 month", "2026-09-30", "2026-09-30T22:00:00Z"),
        # 29 February + 1 year.
        ("2028-02-29T09:00:00Z", "1 year", "2029-02-28", "2029-02-28T23:00:00Z"),
        # 15 days that end on Christmas Day, a Friday: on to Monday.
        ("2026-12-10T09:00:00Z", "15 days", "2026-12-28", "2026-12-28T23:00:00Z"),
        # Working days skip Easter Monday, 6 April 2026.
        ("2026-04-02T09:00:00Z", "2 working days", "2026-04-07", "2026-04-07T22:00:00Z"),
    ],
)
def test_union_periods(event: str, length: str, last_day: str, at: str) -> None:
    assert ends(EU, "Europe/Brussels", event, length) == (last_day, at)


def test_hours_start_with_the_next_full_hour_and_do_not_roll() -> None:
    """Aware on Friday at 10:12 Brussels time: 72 hours run from 11:00 on Friday to 11:00 on Monday."""
    assert ends(EU, "Europe/Brussels", "2026-12-04T09:12:00Z", "72 hours")[1] == "2026-12-07T10:00:00Z"
    # 24 hours end on a Saturday and stay there.
    assert ends(EU, "Europe/Brussels", "2026-12-04T09:12:00Z", "24 hours") == ("2026-12-05", "2026-12-05T10:00:00Z")
    # Even an event on the stroke belongs to the hour that is not counted.
    assert ends(EU, "Europe/Brussels", "2026-12-04T09:00:00Z", "1 hour")[1] == "2026-12-04T11:00:00Z"


def test_hours_are_true_hours_over_a_change_of_clocks() -> None:
    """Brussels sets its clocks back on 25 October 2026: the day has 25 hours, the period still 24."""
    assert ends(EU, "Europe/Brussels", "2026-10-24T20:30:00Z", "24 hours")[1] == "2026-10-25T21:00:00Z"


def test_armistice_day_is_a_working_day_of_the_commission() -> None:
    """Belgium's holiday on 11 November is not the Commission's, so it moves nothing."""
    assert EU.closed(date(2026, 11, 11)) == ""
    assert EU.closed(date(2026, 5, 14)) == "ascension_day"


def test_california_excludes_the_first_day_and_has_no_minimum_of_working_days() -> None:
    assert ends(CA, "America/Los_Angeles", "2026-12-04T20:00:00Z", "2 days") == ("2026-12-07", "2026-12-08T08:00:00Z")
    # Fifteen days to the day after Thanksgiving, then the weekend (Cal. Code Civ. Proc. §§ 12a, 135).
    assert ends(CA, "America/Los_Angeles", "2026-11-12T20:00:00Z", "15 days")[0] == "2026-11-30"


def test_federal_hours_roll_to_the_same_time_of_the_next_working_day() -> None:
    """Fed. R. Civ. P. 6(a)(2): Friday 14:20, 24 hours would end on Saturday, so on Monday at 14:20."""
    assert ends(US, "America/New_York", "2026-12-04T19:20:00Z", "24 hours") == ("2026-12-07", "2026-12-07T19:20:00Z")
    # A Sunday holiday is observed on Monday 5 July 2027.
    assert ends(US, "America/New_York", "2027-07-02T15:00:00Z", "2 days")[0] == "2027-07-06"


def test_days_outside_the_listed_years_are_early_and_say_so() -> None:
    """Whatever library is installed: the text alone decides, and the date can only be too early."""
    assert US.closed(date(2035, 12, 25)) == "christmas_day"
    assert US.closed(date(2040, 12, 25)) == ""
    due = due_after(US, "America/New_York", instant("2040-12-24T15:00:00Z"), period("1 day"))
    assert due.last_day == date(2040, 12, 25)
    (said,) = explained([step for step in due.steps if step["code"] == "years_not_listed"])
    assert "2020 to 2035" in said["en"]
    assert "2040" in said["zh"]
    listed = due_after(US, "America/New_York", instant("2035-12-24T15:00:00Z"), period("1 day"))
    assert (listed.last_day, {"years_not_listed"} & {step["code"] for step in listed.steps}) == (
        date(2035, 12, 26),
        set(),
    )


def test_why_by_tuesday_in_both_languages() -> None:
    due = due_after(EU, "Europe/Brussels", instant("2026-12-04T10:12:00Z"), period("2 days"))
    said = explained(due.steps)
    assert [text["en"] for text in said] == [
        "The clock starts on Friday 2026-12-04, which is not counted itself.",
        "2 days from Saturday 2026-12-05 end on Sunday 2026-12-06.",
        "Sunday 2026-12-06 is closed (Sunday): on to Monday 2026-12-07.",
        "It must hold at least 2 working days and holds 1: on to Tuesday 2026-12-08.",
        "So it ends with Tuesday 2026-12-08.",
    ]
    assert said[-1]["zh"] == "因此于2026-12-08（星期二）结束时届满。"


def test_every_step_has_a_sentence() -> None:
    """A code without words would show itself to readers."""
    lengths = ("3 hours", "2 days", "3 working days", "2 weeks", "1 month", "1 year")
    events = ("2040-12-04T10:00:00Z", "2026-12-04T10:00:00Z", "2027-01-30T10:00:00Z", "2026-08-31T10:00:00Z")
    for calendar in (EU, CA, US, PLAIN):
        for length in lengths:
            for event in events:
                steps = due_after(calendar, "Europe/Brussels", instant(event), period(length)).steps
                for step, said in zip(steps, explained(steps), strict=True):
                    assert said["en"] != step["code"]
                    assert said["zh"] != said["en"]


def test_a_clock_in_hours_leaves_out_no_day_and_is_told_by_the_clocks_of_its_place() -> None:
    """The hours run from the next full hour (Reg. 1182/71, Art. 3(1)): that the day is not counted would be untrue."""
    one = due_after(PLAIN, "America/New_York", instant("2026-12-04T15:12:00Z"), period("1 hour"))
    assert [said["en"] for said in explained(one.steps)] == [
        "The clock starts on Friday 2026-12-04.",
        "1 hour runs from Friday 2026-12-04 11:00 (America/New_York) to Friday 2026-12-04 12:00 (America/New_York).",
        "So it ends on Friday 2026-12-04 12:00 (America/New_York).",
    ]
    two = due_after(PLAIN, "Asia/Shanghai", instant("2026-12-04T15:12:30Z"), period("2 hours"))
    assert [said["zh"] for said in explained(two.steps)] == [
        "期限自2026-12-04（星期五）起算。",
        "2 小时自2026-12-05（星期六）00:00（Asia/Shanghai）起，至2026-12-05（星期六）02:00（Asia/Shanghai）止。",
        "因此于2026-12-05（星期六）02:00（Asia/Shanghai）届满。",
    ]


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("1 day", "1 day from Saturday 2026-12-05 ends on Saturday 2026-12-05."),
        ("1 week", "1 week ends on the same day of the week: Friday 2026-12-11."),
        ("2 weeks", "2 weeks end on the same day of the week: Friday 2026-12-18."),
    ],
)
def test_a_period_of_one_ends_and_of_several_end(length: str, said: str) -> None:
    due = due_after(PLAIN, "Europe/Brussels", instant("2026-12-04T10:12:00Z"), period(length))
    assert explained(due.steps)[1]["en"] == said


def test_a_calendar_names_every_fault_at_once() -> None:
    text = """
id = "calendar.bad"
version = "1"
title = { en = "Bad" }
[counting]
weekend = [0, 9]
working_days_min = 77
holidy = true
[years]
first = 2030
last = 2020
[names]
easter = { en = "Easter", zh = "复活节" }
[days]
2026-04-06 = "eastre"
2026-02-30 = "easter"
[library]
country = "ZZ"
"""
    with pytest.raises(RuleFault) as caught:
        read_calendar(text)
    seen = {fault.where.split(" (line")[0] for fault in caught.value.faults}
    assert seen >= {
        "title.zh",
        "citation",
        "counting.weekend",
        "counting.working_days_min",
        "counting.holidy",
        "years.last",
        "days.2026-04-06",
        "days.2026-02-30",
        "library",
    }


def test_a_calendar_without_working_days_is_a_fault_not_a_loop() -> None:
    days = "\n".join(f'{date.fromordinal(date(2026, 1, 1).toordinal() + n).isoformat()} = "x"' for n in range(730))
    text = (
        'id = "calendar.never"\nversion = "1"\ntitle = {en = "a", zh = "b"}\ncitation = "c"\n'
        f'[years]\nfirst = 2026\nlast = 2027\n[names]\nx = {{en = "x", zh = "x"}}\n[days]\n{days}\n'
    )
    with pytest.raises(RuleFault, match="working day"):
        due_after(read_calendar(text), "UTC", instant("2026-03-01"), period("2 days"))


@pytest.mark.parametrize(
    ("zone", "event", "length", "ends"),
    [
        # Hours are hours: over the night that is an hour shorter or longer, a clock on the wall shows another number.
        ("Europe/Brussels", "2026-03-28T22:30:00Z", "24 hours", "2026-03-29T23:00:00Z"),
        ("Europe/Brussels", "2026-10-24T21:30:00Z", "24 hours", "2026-10-25T22:00:00Z"),
        # 02:30 comes twice on 25 October; the first is meant by summer time, and neither loses an hour.
        ("Europe/Brussels", "2026-10-25T00:30:00Z", "1 hour", "2026-10-25T02:00:00Z"),
        ("Europe/Brussels", "2026-10-25T01:30:00Z", "1 hour", "2026-10-25T03:00:00Z"),
        # Half an hour's offset: the hour that is running is India's, not Greenwich's.
        ("Asia/Kolkata", "2026-06-01T09:15:00Z", "1 hour", "2026-06-01T10:30:00Z"),
        ("UTC", "2026-06-01T09:15:20Z", "30 minutes", "2026-06-01T09:45:20Z"),
    ],
)
def test_hours_over_nights_on_which_clocks_change(zone: str, event: str, length: str, ends: str) -> None:
    assert due_after(PLAIN, zone, instant(event), period(length)).at == instant(ends)


@pytest.mark.parametrize(
    ("zone", "event", "last_day", "ends"),
    [
        # Clocks go forward at midnight in Cairo on Friday 2026-04-24, so that day begins at 01:00.
        ("Africa/Cairo", "2026-04-22T10:00:00Z", "2026-04-23", "2026-04-23T22:00:00Z"),
        # They go back at midnight in Havana on Sunday 2026-11-01: that day begins at the first of two midnights.
        ("America/Havana", "2026-10-30T12:00:00Z", "2026-10-31", "2026-11-01T04:00:00Z"),
        # There was no 30 December 2011 in Samoa: the 29th ended where the 31st began.
        ("Pacific/Apia", "2011-12-28T12:00:00Z", "2011-12-29", "2011-12-30T10:00:00Z"),
    ],
)
def test_days_end_where_midnight_is_missing_or_comes_twice(zone: str, event: str, last_day: str, ends: str) -> None:
    calendar = replace(PLAIN, last_day_rolls=False, working_days_min=0)
    found = due_after(calendar, zone, instant(event), period("1 day"))
    assert (found.last_day.isoformat(), found.at) == (last_day, instant(ends))


MADE_UP = """
id = "calendar.made_up"
version = "1"
title = { en = "Made up", zh = "调休" }
citation = "A notice"
working_days = [2026-02-14, 2026-02-28]

[years]
first = 2026
last = 2026

[names]
spring = { en = "Spring Festival", zh = "春节" }

[days]
2026-02-16 = "spring"
2026-02-17 = "spring"
2026-02-18 = "spring"
2026-02-19 = "spring"
2026-02-20 = "spring"
2026-02-23 = "spring"
"""


def test_a_weekend_day_that_is_worked_counts() -> None:
    """10 working days from Tuesday 2026-02-10: the 11th to 14th, 24th to 28th and Monday 2 March."""
    calendar = read_calendar(MADE_UP)
    found = due_after(calendar, "Asia/Shanghai", instant("2026-02-10T02:00:00Z"), period("10 working_days"))
    assert found.last_day.isoformat() == "2026-03-02"
    later = due_after(calendar, "Asia/Shanghai", instant("2026-12-28T02:00:00Z"), period("10 working_days"))
    assert "years_not_listed_made_up" in [step["code"] for step in later.steps]


def test_days_that_cannot_be_worked_are_named() -> None:
    wrong = MADE_UP.replace("[2026-02-14, 2026-02-28]", '[2026-02-13, 2027-02-14, "soon", 2026-02-14]')
    with pytest.raises(RuleFault) as caught:
        read_calendar(wrong)
    assert [fault.seen for fault in caught.value.faults] == ["2026-02-13", "2027-02-14", "soon"]
