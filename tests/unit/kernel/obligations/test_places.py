"""Where an authority is decides its days: the clocks of its place, and the holidays of the calendar that it adopted."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from clock_cases import FiledFacts, Table
from commonweal.kernel.obligations import Obligations, duties, end_words, ends, read_law
from commonweal.law import texts

TEXTS = texts()
STATES = "calendar.eu_member_states"
DEATH = {
    "what": "incident", "jurisdictions": "EU", "high_risk_system": True, "equivalent_reporting": False,
    "developer": "organisation:x", "harm": "death",
}  # fmt: skip
PLAN = {"under": "eu_testing_plan", "tacit_approval": True}
GERMANY = """
id = "calendar.eu_member_states"
version = "de-2027"
title = { en = "Germany (Reg. 1182/71)", zh = "德国（第1182/71号条例）" }
citation = "Regulation (EEC, Euratom) No 1182/71, Art. 2(1); unification treaty of 31 August 1990, Art. 2(2)"

[years]
first = 2026
last = 2028

[names]
unity = { en = "German Unity Day", zh = "德国统一日" }

[days]
2026-10-03 = "unity"
2027-10-03 = "unity"
2028-10-03 = "unity"
"""


class Place(Table):
    """The record of an office that acts in some jurisdictions, by the clocks of a place."""

    def __init__(self, law: str, noun: str, *jurisdictions: str, zone: str = "") -> None:
        super().__init__(noun)
        self.room = Obligations([FiledFacts(noun)], jurisdictions, zone)
        self.file("founded", "2026-01-01T00:00:00Z")
        self.adopt(STATES, "2026-01-02T00:00:00Z", TEXTS[STATES])
        self.adopt(law, "2026-01-02T00:00:00Z", TEXTS[law])

    def row(self) -> dict[str, Any]:
        rows = duties(self.tables, subject=self.subject, private=True)
        (row,) = [row for row in rows if row["due"]]
        return dict(row)


@pytest.mark.parametrize(
    ("jurisdictions", "zone", "due"),
    [
        (("EU", "FI"), "Europe/Helsinki", "2026-12-14T22:00:00Z"),  # UTC+2
        (("PT",), "Europe/Lisbon", "2026-12-15T00:00:00Z"),  # UTC
        (("EU", "FI"), "", "2026-12-14T23:00:00Z"),  # it does not say: Brussels, UTC+1
        (("EU",), "Europe/Helsinki", "2026-12-14T23:00:00Z"),  # no State's
        (("US-CA",), "America/Los_Angeles", "2026-12-14T23:00:00Z"),  # what is told in Europe is not told there
    ],
)
def test_the_last_day_ends_where_the_authority_is_that_is_told(
    jurisdictions: tuple[str, ...], zone: str, due: str
) -> None:
    """Art. 73(4): ten days from Friday 4 December end with Monday 14, by the clocks of the State where it is done
    (Regulation (EEC, Euratom) No 1182/71, Arts. 2(1), 3(2)(b))."""
    office = Place("eu.ai_act_incidents", "alert", *jurisdictions, zone=zone)
    office.states("2026-12-05T10:00:00Z", {**DEATH, "aware_at": "2026-12-04T10:00:00Z"})
    row = office.row()
    assert (row["last_day"], row["due"]) == ("2026-12-14", due)


def test_the_day_on_which_it_became_known_is_that_of_the_place_too() -> None:
    """22:30 UTC on Thursday 3 December is Friday 4 in Helsinki: ten days end on Monday 14, in Brussels on Sunday 13,
    and so on Monday too; of fifteen the end differs: Saturday 19 and Friday 18."""
    ends = []
    for zone in ("", "Europe/Helsinki"):
        office = Place("eu.ai_act_incidents", "alert", "FI", zone=zone)
        office.states("2026-12-05T10:00:00Z", {**DEATH, "harm": "rights", "aware_at": "2026-12-03T22:30:00Z"})
        ends.append(office.row()["last_day"])
    assert ends == ["2026-12-18", "2026-12-21"]


def test_a_law_comes_into_force_with_the_day_of_the_place() -> None:
    """Known at 23:30 on 1 August 2026 in Brussels: it is 2 August in Helsinki, when Art. 73 applies (Art. 113)."""
    known = {**DEATH, "aware_at": "2026-08-01T21:30:00Z"}
    found = []
    for zone in ("", "Europe/Helsinki"):
        office = Place("eu.ai_act_incidents", "alert", "FI", zone=zone)
        office.states("2026-08-03T10:00:00Z", known)
        found.append(duties(office.tables, subject=office.subject, rule="eu.ai_act_incidents.death", private=True))
    assert [rows[0]["state"] for rows in found] == ["not_owed", "owed"]


@pytest.mark.parametrize(
    ("zone", "last_day"),
    [("Europe/Berlin", "2026-11-30"), ("", "2026-11-27"), ("Asia/Shanghai", "2026-11-30"),
     ("America/Los_Angeles", "2026-11-27")],
)  # fmt: skip
def test_days_of_a_scheme_of_the_authoritys_own_are_those_of_its_place(zone: str, last_day: str) -> None:
    """The 18th begins in Berlin at 23:00 UTC on the 17th: ten days end with Saturday 28, so with Monday."""
    text = (files("commonweal.instruments.incident_reports") / "rules" / "safe_harbour.toml").read_text("utf-8")
    office = Place("eu.ai_act_incidents", "report", "US-CA", zone=zone)
    office.adopt("incident_reports.safe_harbour", "2026-01-02T00:00:00Z", text)
    said = {"what": "near_miss", "safe_harbour": True, "reporter_aware_at": "2026-11-18T00:00:00+01:00"}
    office.states("2026-11-29T10:00:00Z", said)
    rule = "incident_reports.safe_harbour.report"
    (row,) = duties(office.tables, subject=office.subject, rule=rule, private=True)
    assert row["last_day"] == last_day


def test_an_office_adopts_the_holidays_of_its_own_state() -> None:
    """Art. 60(4)(b): thirty days from 3 September 2028 end with Tuesday 3 October, a holiday in Germany alone."""
    office = Place("eu.ai_act_testing", "application", "DE", zone="Europe/Berlin")
    office.states("2028-09-03T10:00:00Z", {**PLAN, "received_on": "2028-09-03"})
    assert office.row()["last_day"] == "2028-10-03"
    office.adopt(STATES, "2028-09-20T10:00:00Z", GERMANY, version="de-2027")
    assert office.row()["last_day"] == "2028-10-04", "what runs already is counted anew"
    office.tick("2028-10-03T22:00:00Z")
    assert office.row()["state"] == "owed", "silence is no approval on a holiday"
    office.tick("2028-10-04T22:00:00Z")
    assert office.row()["state"] == "deemed_approved"


def test_the_month_of_the_gdpr_ends_where_the_controller_is() -> None:
    """Art. 12(3): a month from 3 September 2028 ends with 3 October, a holiday there, and so with the day after."""
    office = Place("eu.gdpr_access", "access_request", "DE", zone="Europe/Berlin")
    office.adopt(STATES, "2026-02-01T00:00:00Z", GERMANY, version="de-2027")
    office.states("2028-09-04T10:00:00Z", {"under": "eu_gdpr", "withdrawn": False, "received_on": "2028-09-03"})
    assert office.row()["last_day"] == "2028-10-04"


def test_a_clock_that_ends_within_a_day_is_told_by_the_hour_of_its_place() -> None:
    """Whoever reads "13 January" of seventy-two hours that end at half past midnight takes all of that day."""
    law = read_law(TEXTS["us_ny.raise_incidents"])
    by_the_hour = {"due": "2027-01-13T05:30:00Z", "due_if_owed": None, "last_day": "2027-01-13"}
    assert ends(by_the_hour, law) == "2027-01-13T00:30:00-05:00"
    assert end_words("2027-01-13T00:30:00-05:00")["en"] == "Wednesday 2027-01-13 00:30 UTC-05:00"
    whole = {"due": None, "due_if_owed": "2027-01-14T05:00:00Z", "last_day": "2027-01-13"}
    assert ends(whole, law) == "2027-01-13", "with the end of the day itself"
    midnight = {"due": "2027-01-13T05:00:00Z", "due_if_owed": None, "last_day": "2027-01-13"}
    assert ends(midnight, law) == "2027-01-13T00:00:00-05:00", "with its beginning: the day is not theirs"
