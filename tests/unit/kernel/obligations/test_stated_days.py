"""A day that a filing states is a day where the law applies, and not one in UTC."""

from __future__ import annotations

import pytest

from commonweal.kernel.obligations import check_filing, duties
from commonweal.kernel.record.entries import Act
from commonweal.kernel.values import BadInput, instant
from duty_house import CLAUSES, House

A, REPORT = "model:a", "xx.law.report"
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
