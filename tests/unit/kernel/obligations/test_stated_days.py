"""Every day of a duty, stated or told, is a day where the law applies, and not one in UTC."""

from __future__ import annotations

import pytest

from commonweal.kernel.obligations import changes, check_filing, duties, on_time
from commonweal.kernel.record.entries import Act
from commonweal.kernel.values import BadInput, instant
from duty_house import CLAUSES, REPORT, UPDATE, A, House

# Ten days from 5 January in Los Angeles end with the end of 15 January there: 16 January, 08:00 UTC.
LAW = CLAUSES.replace('time_zone = "UTC"', 'time_zone = "America/Los_Angeles"').replace(
    'met_by = { kind = "register.report", subject = "about" }',
    'met_by = { kind = "register.report", subject = "about", on = "done_on" }',
)


@pytest.fixture
def house() -> House:
    made = House()
    made.adopt("xx.law", "2025-12-01", LAW, version="1")
    made.file("register.model", "2026-01-05T18:00:00Z", A, serious=True)
    (row,) = duties(made.tables, subject=A, rule=REPORT)
    assert (row["last_day"], row["due"]) == ("2026-01-15", "2026-01-16T08:00:00Z")
    return made


@pytest.mark.parametrize(("day", "late"), [("2026-01-15", False), ("2026-01-16", True)])
def test_the_last_day_is_in_time_and_the_day_after_it_is_late(house: House, day: str, late: bool) -> None:
    house.tick("2026-01-20T00:00:00Z")
    house.file("register.report", "2026-01-22T12:00:00Z", None, rule=REPORT, about=A, done_on=day)
    (row,) = duties(house.tables, subject=A, rule=REPORT)
    assert (row["state"], bool(row["late"])) == ("met", late)


def test_an_extension_dated_after_the_last_day_extends_nothing(house: House) -> None:
    body = {
        "rule": REPORT, "about": A, "decision": "extend", "period": "5 days", "reason": "complex",
        "decided_by": "authority", "basis": "x", "on": "2026-01-16",
    }  # fmt: skip
    house.tick("2026-01-20T00:00:00Z")
    with pytest.raises(BadInput):
        check_filing(Act("duty.clock", body, "k"), ("authority",), house.tables, instant("2026-01-20T00:00:00Z"))
    house.file("duty.clock", "2026-01-20T01:00:00Z", None, **body)
    (row,) = duties(house.tables, subject=A, rule=REPORT)
    assert (row["state"], row["due"]) == ("overdue", "2026-01-16T08:00:00Z")


def test_a_stop_moves_the_day_that_was_counted_and_not_the_one_it_was_moved_on_to() -> None:
    """Ten days end on a Sunday, and so on Monday; stopped for a day they end on that Monday, not Tuesday."""
    house = House()
    house.adopt("xx.law", "2025-12-01", CLAUSES, version="1")
    house.file("register.model", "2026-01-01T09:00:00Z", A, serious=True)
    assert duties(house.tables, subject=A, rule=REPORT)[0]["last_day"] == "2026-01-12"
    about = {"rule": REPORT, "about": A, "decided_by": "authority", "basis": "x"}
    house.file("duty.clock", "2026-01-05T09:00:00Z", None, **about, decision="stop", reason="information_requested")
    house.file("duty.clock", "2026-01-06T09:00:00Z", None, **about, decision="resume")
    assert duties(house.tables, subject=A, rule=REPORT)[0]["last_day"] == "2026-01-12"


# Each evening in Los Angeles is the next day in UTC; each early morning in Shanghai is the day before.
SHANGHAI = CLAUSES.replace('time_zone = "UTC"', 'time_zone = "Asia/Shanghai"')


@pytest.mark.parametrize(
    ("law", "filed", "started", "day", "before"),
    [
        # 5 January, 19:00 there; the report on the last day itself, 15 January, at 22:00 there.
        (LAW, ("2026-01-06T03:00:00Z", "2026-01-16T06:00:00Z"), "2026-01-05", "2026-01-15", 0),
        # 5 January, 02:00 there, so the last day is the 15th; the report on the 14th at 06:00 there.
        (SHANGHAI, ("2026-01-04T18:00:00Z", "2026-01-13T22:00:00Z"), "2026-01-05", "2026-01-14", 1),
    ],
    ids=["California", "China"],
)
def test_every_day_that_is_told_is_one_where_the_law_applies(
    law: str, filed: tuple[str, str], started: str, day: str, before: int
) -> None:
    """Else what came in on its last day would be told as a day too late, beside "in time"."""
    house = House()
    house.adopt("xx.law", "2025-12-01", law, version="1")
    house.file("register.model", filed[0], A, serious=True)
    house.file("register.report", filed[1], rule=REPORT, about=A)
    (row,) = duties(house.tables, subject=A, rule=REPORT)
    assert (row["started_on"], row["last_day"], row["met_on"], row["late"]) == (started, "2026-01-15", day, 0)
    assert (row["changed_on"], row["why"]["conditions"]["all"][0]["known_on"]) == (day, started)
    (told,) = [act.body for act in house.acts if (act.body["rule"], act.body["state"]) == (REPORT, "met")]
    assert (told["started_on"], told["met_on"]) == (started, day)
    assert changes(house.tables, limit=1, rule=REPORT)[0]["on"] == day
    (line,) = on_time(house.tables, instant(filed[1]), rule=REPORT)
    assert (line["in_time"], line["days_before"]) == (1, before)


def test_the_days_of_a_duty_that_recurs_and_of_a_clock_that_stands_are_the_laws_too() -> None:
    house = House()
    house.adopt("xx.law", "2025-12-01", LAW, version="1")
    house.file("register.model", "2026-01-06T03:00:00Z", A, serious=True)
    about = {"rule": REPORT, "about": A, "decided_by": "authority", "basis": "x"}
    house.file("duty.clock", "2026-01-07T04:00:00Z", None, **about, decision="stop", reason="information_requested")
    assert duties(house.tables, subject=A, rule=REPORT)[0]["stopped_on"] == "2026-01-06"
    house.file("register.report", "2026-01-08T05:00:00Z", rule=REPORT, about=A)
    house.file("register.report", "2026-01-10T06:00:00Z", rule=UPDATE, about=A, done_on=None)
    (row,) = duties(house.tables, subject=A, rule=UPDATE)
    assert (row["started_on"], row["met_on"], row["rounds"]["kept"][0]["met_on"]) == (
        "2026-01-07", "2026-01-09", "2026-01-09",
    )  # fmt: skip
    assert row["why"]["steps"][0] == {"code": "again", "day": "2026-01-09"}
