"""Laws that every calendar keeps, whatever the holidays are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.obligations import PLAIN, Calendar, due_after
from commonweal.kernel.obligations.calendars import EXACT
from commonweal.kernel.values import Period, Text
from commonweal.kernel.values.periods import UNITS

ZONES = ("UTC", "Europe/Brussels", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland")
HOLIDAY = Text(en="holiday", zh="假日")
events = st.datetimes(datetime(2024, 1, 1), datetime(2029, 12, 31)).map(
    lambda at: at.replace(tzinfo=UTC, microsecond=0)
)
periods = st.builds(Period, st.integers(1, 60), st.sampled_from(UNITS))
day_units = st.builds(Period, st.integers(1, 60), st.sampled_from([unit for unit in UNITS if unit not in EXACT]))
holidays = st.sets(st.dates(date(2024, 1, 1), date(2031, 12, 31)), max_size=60)
zones = st.sampled_from(ZONES)


def with_holidays(days: set[date]) -> Calendar:
    return replace(
        PLAIN,
        names={"x": HOLIDAY},
        days=dict.fromkeys(days, "x"),
        first=date(2020, 1, 1),
        last=date(2200, 12, 31),
    )


@given(events, periods, zones, holidays)
def test_a_period_ends_after_its_event(event: datetime, length: Period, zone: str, days: set[date]) -> None:
    assert due_after(with_holidays(days), zone, event, length).at > event


@given(events, day_units, zones, holidays)
def test_the_last_day_is_a_working_day(event: datetime, length: Period, zone: str, days: set[date]) -> None:
    calendar = with_holidays(days)
    assert calendar.closed(due_after(calendar, zone, event, length).last_day) == ""


@given(events, day_units.filter(lambda length: length.unit != "days" or length.n >= 2), zones, holidays)
def test_two_days_or_more_hold_two_working_days(event: datetime, length: Period, zone: str, days: set[date]) -> None:
    """Art. 3(5), except that a single working day is a period of one day."""
    if length.unit == "working_days" and length.n == 1:
        return
    calendar = with_holidays(days)
    due = due_after(calendar, zone, event, length)
    first = date.fromisoformat(due.steps[0]["day"]) + timedelta(days=1)
    span = [first + timedelta(days=n) for n in range((due.last_day - first).days + 1)]
    assert sum(1 for day in span if not calendar.closed(day)) >= 2


@given(events, st.timedeltas(timedelta(0), timedelta(days=40)), periods, zones, holidays)
def test_a_later_event_never_ends_earlier(
    event: datetime, later: timedelta, length: Period, zone: str, days: set[date]
) -> None:
    calendar = with_holidays(days)
    assert due_after(calendar, zone, event, length).at <= due_after(calendar, zone, event + later, length).at


@given(events, periods, zones, holidays, holidays)
def test_a_holiday_more_never_ends_a_period_earlier(
    event: datetime, length: Period, zone: str, days: set[date], more: set[date]
) -> None:
    """So a calendar that lacks holidays is cautious: its dates can only be too early."""
    few, many = with_holidays(days), with_holidays(days | more)
    assert due_after(few, zone, event, length).at <= due_after(many, zone, event, length).at


@given(events, st.integers(1, 60), st.sampled_from(UNITS), zones, holidays)
def test_a_longer_period_never_ends_earlier(event: datetime, n: int, unit: str, zone: str, days: set[date]) -> None:
    calendar = with_holidays(days)
    shorter, longer = Period(n, unit), Period(n + 1, unit)  # type: ignore[arg-type]
    assert due_after(calendar, zone, event, shorter).at <= due_after(calendar, zone, event, longer).at


@settings(max_examples=50)
@given(events, st.integers(1, 500), zones, holidays)
def test_hours_ignore_every_holiday(event: datetime, n: int, zone: str, days: set[date]) -> None:
    length = Period(n, "hours")
    assert due_after(with_holidays(days), zone, event, length).at == due_after(PLAIN, zone, event, length).at
