"""What recurs "every four weeks": each period counts once, whether much came in it, or nothing did."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from commonweal.kernel.obligations import PLAIN, duties, on_time
from commonweal.kernel.obligations.clocks import Rounds, periods_ended, rounds
from commonweal.kernel.values import Period, instant
from duty_house import CLAUSES, FINAL, REPORT, UPDATE, A, House

START = instant("2027-01-01T00:00:00Z")  # a Friday; three months end with Thursday 1 April


def quarterly(*answers: datetime | str, over: str = "") -> Rounds:
    given = [instant(at) if isinstance(at, str) else at for at in answers]
    until = instant(over) if over else None
    told = [(at, at) for at in given]
    return rounds(START, Period(3, "months"), told, until, zone="UTC", calendar=PLAIN)


def test_sixty_filings_within_an_hour_are_one_round() -> None:
    found = quarterly(*(instant("2027-01-02") + timedelta(minutes=n) for n in range(60)))
    assert (found.met, found.late, found.missed) == (1, 0, 0)
    assert found.due is not None
    assert found.due.last_day.isoformat() == "2027-04-02", "the clock runs from the last filing"


def test_each_period_is_answered_once_though_filings_come_more_often() -> None:
    """Until 1 April, 1 July and 1 October: the first of March, May, July (the period's last day) and September."""
    found = quarterly("2027-03-01", "2027-05-01", "2027-07-01", "2027-09-01")
    assert [item["met_on"][:10] for item in found.kept] == ["2027-03-01", "2027-05-01", "2027-09-01"]
    assert (found.met, found.late) == (3, 0)


def test_each_period_in_which_nothing_came_counts() -> None:
    """1 April, 1 July, 1 October 2027, 3 January, 3 April, 3 July and 2 October 2028 passed; the filing answers one."""
    found = quarterly("2029-01-01")
    assert (found.met, found.late, found.missed) == (1, 1, 6)
    assert found.due is not None
    assert found.due.last_day.isoformat() == "2029-04-02", "1 April 2029 is a Sunday"


def test_after_a_late_filing_periods_begin_anew_with_it() -> None:
    found = quarterly("2027-05-10", "2027-06-01", "2027-06-02")
    assert (found.met, found.late, found.missed) == (2, 1, 0)


@pytest.mark.parametrize(
    ("over", "missed"),
    [("2027-04-02T00:00:00Z", 0), ("2027-04-03T00:00:00Z", 0), ("2027-07-02T00:00:00Z", 0), ("2027-07-03", 1)],
)
def test_no_period_counts_that_had_not_ended_when_the_duty_was_over(over: str, missed: int) -> None:
    """The second period ends with 1 July: over at that midnight, the duty asked for it no more."""
    assert quarterly(over=over).missed == missed


@pytest.mark.parametrize(
    ("every", "until", "ended"),
    [
        (Period(1, "minutes"), START + timedelta(days=20), 20 * 24 * 60 + 1),  # longer than any one period may be
        (Period(6, "hours"), START + timedelta(days=1), 5),
        (Period(1, "days"), START - timedelta(seconds=1), 0),
        (Period(2, "years"), instant("2033-01-01"), 4),  # ends of 31 December 2026, 2028 (a Sunday), 2030 and 2032
        (Period(10, "working_days"), START + timedelta(days=28), 3),  # twice ten working days are four weeks
    ],
)
def test_periods_are_counted_however_many(every: Period, until: datetime, ended: int) -> None:
    assert periods_ended(START, every, until, zone="UTC", calendar=PLAIN) == ended


@pytest.fixture
def house() -> House:
    """Reported on 5 June 2026: an update is due with 3 July, a Friday, and then every four weeks."""
    made = House()
    made.adopt("xx.law", "2025-12-01", CLAUSES, version="1")
    made.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    made.file("register.report", "2026-06-05T12:00:00Z", rule=REPORT, about=A)
    return made


def counted(house: House, now: str) -> list[int]:
    (line,) = on_time(house.tables, instant(now), rule=UPDATE)
    return [line[name] for name in ("in_time", "late", "missed", "overdue", "open")]


def test_the_statistic_counts_what_goes_by_while_a_duty_is_ignored(house: House) -> None:
    """3 and 31 July, 28 August: three periods by September, and the second and third without a row of their own."""
    house.tick("2026-07-04")
    assert counted(house, "2026-07-31T12:00:00Z") == [0, 0, 0, 1, 0]
    assert counted(house, "2026-08-01") == [0, 1, 1, 1, 0]
    assert counted(house, "2026-09-01") == [0, 2, 2, 1, 0]
    house.file("register.report", "2026-09-01T12:00:00Z", rule=UPDATE, about=A)
    assert counted(house, "2026-09-02") == [0, 3, 2, 0, 1], "as many as were counted before"


def test_a_duty_that_is_over_goes_on_counting_nothing(house: House) -> None:
    house.tick("2026-07-04")
    house.file("register.report", "2026-08-10T12:00:00Z", rule=FINAL, about=A)
    assert counted(house, "2027-06-01") == [0, 1, 1, 1, 0]


def test_a_receipt_in_time_stays_one_though_another_filing_states_an_earlier_day() -> None:
    house = House()
    dated = 'met_by = { kind = "register.report", subject = "about", on = "done_on" }'
    text = CLAUSES.replace('met_by = { kind = "register.report", subject = "about" }', dated)
    house.adopt("xx.law", "2025-12-01", text, version="1")
    house.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    house.file("register.report", "2026-06-05T12:00:00Z", rule=REPORT, about=A)
    house.file("register.report", "2026-06-20T12:00:00Z", rule=UPDATE, about=A)
    house.file("register.report", "2026-07-20T12:00:00Z", rule=UPDATE, about=A, done_on="2026-06-10")
    (row,) = duties(house.tables, subject=A, rule=UPDATE)
    (item,) = row["rounds"]["kept"]
    assert (item["met_on"], item["received_on"], item["stated"]) == ("2026-06-10", "2026-06-20", False)
    assert counted(house, "2026-07-01") == [1, 0, 0, 0, 1]
