"""The desk is told of what came in on a report it has, which way it went, until whoever has it looked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.desk import waits
from commonweal.instruments.incident_reports.desk.queue import ASKED
from commonweal.instruments.incident_reports.desk.tables import PRESSING
from commonweal.sight import Sight

from .test_desk import CALLER, REPORT, House

LEAD = Caller("party:officer", ("officer",))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A report that was triaged and has a lead: nothing is new."""
    found = House(tmp_path / "a")
    found.desk("triage", report=REPORT, urgency="week", decision="handle")
    found.desk("assignment", about=REPORT, assignee="party:officer")
    yield found
    found.authority.close()


def _row(house: House) -> Any:
    return desk.standing(house.authority.reader, REPORT)


def _news(house: House) -> set[str]:
    return set((_row(house)["news"] or "").split())


def _version(house: House, **said: Any) -> int:
    body = house.report("R 1", models=["model:large"], **{"severity": "serious", **said})
    return house.file("incident_reports.report", body, CALLER)


def test_a_version_that_tells_of_worse_makes_an_old_triage_stale_and_leads_the_queue(house: House) -> None:
    """ "This week" was decided of something else than a death."""
    assert _news(house) == set()
    _version(house, severity="critical", harms=["death"], deaths=1)
    assert _news(house) == {"version", "worse"}
    assert _row(house)["pressing"] == PRESSING.index("stale")
    house.desk("triage", report=REPORT, urgency="today", decision="handle")
    assert (_news(house), _row(house)["pressing"]) == (set(), PRESSING.index("today"))


def test_a_version_that_takes_a_death_or_a_clock_out_is_marked_as_well(house: House) -> None:
    _version(house, deaths=1, harms=["death"], imminent_risk_to_life=True, jurisdictions=["EU", "US-CA"])
    house.desk("triage", report=REPORT, urgency="week", decision="handle", reasons="The system is off.")
    _version(house, jurisdictions=["EU"])
    assert _news(house) == {"version", "milder", "clocks"}
    assert _row(house)["pressing"] == PRESSING.index("week"), "nobody was said to be in more danger"


@pytest.mark.parametrize("later", ["2026-09-20T09:00:00Z", None], ids=["later", "left out"])
def test_a_version_by_which_it_was_known_later_is_milder(house: House, later: str | None) -> None:
    """By law a clock would start later, and what is late would be in time."""
    _version(house, aware_at="2026-09-02T09:00:00Z", occurred="2026-09-01")
    house.desk("triage", report=REPORT, urgency="week", decision="handle", reasons="The system is off.")
    _version(house, aware_at="2026-09-01T09:00:00Z", occurred="2026-09-01")
    assert _news(house) == {"version"}, "to have known earlier still is no way out"
    _version(house, aware_at=later, occurred="2026-09-01")
    assert _news(house) == {"version", "milder"}


def test_that_what_the_law_asks_is_said_otherwise_is_news_and_that_it_is_said_at_all_is_not(house: House) -> None:
    _version(house, high_risk_system=True)
    assert _news(house) == {"version"}
    _version(house, high_risk_system=False)
    assert _news(house) == {"version", "clocks"}


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ({"harms": ["death"], "deaths": 1}, {"milder"}),
        ({"imminent_risk_to_life": True}, {"milder"}),
        ({"jurisdictions": ["EU", "US-CA"]}, {"clocks"}),
        ({"aware_at": "2026-09-02T09:00:00Z"}, {"milder"}),
        ({}, set()),
    ],
)
def test_what_is_taken_out_before_anybody_looked_is_marked_in_the_queue(
    house: House, first: dict[str, Any], told: set[str]
) -> None:
    """Whoever triages a report reads its newest version: that another stood there is told before they decide."""
    said = {"jurisdictions": ["EU"]}
    house.file("incident_reports.report", house.report("R 2", **{**said, **first}), CALLER)
    house.file("incident_reports.report", house.report("R 2", **said, measures_taken="None."), CALLER)
    row = desk.standing(house.authority.reader, "report:r-2")
    assert row is not None
    assert (row["state"], set((row["news"] or "").split())) == ("new", told)
    house.desk("triage", report="report:r-2", urgency="week", decision="handle", reasons="Read from the first version.")
    row = desk.standing(house.authority.reader, "report:r-2")
    assert row is not None
    assert row["news"] is None


def test_worse_and_back_again_is_told_both_ways(house: House) -> None:
    """Only the newest version would say that nothing had been."""
    _version(house, harms=["death"])
    _version(house)
    assert _news(house) == {"version", "worse", "milder"}


def test_danger_to_life_newly_said_and_an_answer_are_told(house: House) -> None:
    _version(house, imminent_risk_to_life=True)
    house.file("incident_reports.answer", {"report": REPORT, "text": "There is more."}, CALLER)
    assert _news(house) == {"version", "danger", "answer"}
    assert _row(house)["pressing"] == PRESSING.index("unheeded")


def test_what_was_turned_away_is_open_again_once_it_is_told_graver(house: House) -> None:
    house.desk("triage", report=REPORT, urgency="routine", decision="reject", reasons="Nothing in it.")
    _version(house, measures_taken="None.")
    assert _row(house)["state"] == "closed", "a version that says no worse is no new matter"
    _version(house, harms=["death"])
    assert _row(house)["state"] == "assigned"


def test_news_are_gone_when_the_lead_looked_and_not_when_somebody_else_did(house: House) -> None:
    entry = _version(house, measures_taken="None.")
    changed = _row(house)["changed"]
    body = {"about": REPORT, "seen": entry}
    house.file("incident_reports.looked", body, Caller("party:weaver", ("officer",)))
    assert _news(house) == {"version"}
    house.file("incident_reports.looked", body, LEAD)
    assert _news(house) == set()
    assert _row(house)["changed"] == changed, "to look changes nothing about a report"


def test_to_have_looked_holds_up_to_what_the_page_showed(house: House) -> None:
    """What came while the page was open was not read; nobody looks beforehand."""
    seen = _version(house, measures_taken="None.")
    later = house.file("incident_reports.answer", {"report": REPORT, "text": "And more."}, CALLER)
    house.file("incident_reports.looked", {"about": REPORT, "seen": seen}, LEAD)
    assert _news(house) == {"answer"}
    house.file("incident_reports.looked", {"about": REPORT, "seen": later + 1000}, LEAD)
    assert _news(house) == set()
    _version(house, measures_taken="It was stopped.")
    assert _news(house) == {"version"}


def test_a_version_that_is_annulled_leaves_its_news(house: House) -> None:
    """Who says that somebody died, and has that annulled the next minute, does not unsay it before anybody looked."""
    entry = _version(house, harms=["death"], deaths=1)
    gone = house.file("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, CALLER)
    assert _news(house) == {"version", "worse", "annulled", "milder"}
    assert _row(house)["pressing"] == PRESSING.index("stale")
    house.file("incident_reports.looked", {"about": REPORT, "seen": entry}, LEAD)
    assert _news(house) == {"annulled", "milder"}, "what the page showed before it was annulled was another report"
    house.file("incident_reports.looked", {"about": REPORT, "seen": gone}, LEAD)
    assert _news(house) == set()


def test_a_version_that_is_annulled_while_a_decision_is_written_is_read_first(house: House) -> None:
    entry = _version(house, harms=["death"], deaths=1)
    gone = house.file("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, CALLER)
    refused = house.refused("triage", report=REPORT, urgency="week", decision="handle", seen=entry)
    assert refused == [
        ("seen", f"a version was annulled meanwhile, in entry {gone}: read the report again, and decide then")
    ]


def test_a_supporter_keeps_no_line_of_what_they_looked_at(house: House) -> None:
    """The mark in the queue stays until the lead looked; the inbox of who supports is their own."""
    weaver = Caller("party:weaver", ("officer",))
    house.desk("assignment", about=REPORT, assignee="party:weaver", part="support")
    entry = _version(house, measures_taken="None.")
    reading = house.authority.reading("en", weaver.party, Sight(house.authority, weaver, "portal /inbox"))
    assert [one.name for one in waits(reading)] == ["R 1"]
    house.file("incident_reports.looked", {"about": REPORT, "seen": entry}, weaver)
    assert waits(reading) == []
    assert _news(house) == {"version"}, "the lead has not looked"
    house.file("incident_reports.answer", {"report": REPORT, "text": "And more."}, CALLER)
    assert [one.name for one in waits(reading)] == ["R 1"], "what came after is new to them too"


def test_who_is_asked_finds_the_question_in_their_inbox_until_they_answer(house: House) -> None:
    """A company's inbox said that nothing waited while the desk's questions to it were open."""
    house.desk("question", report=REPORT, text="Which version?")

    def asked(caller: Caller) -> list[tuple[str, str]]:
        sight = Sight(house.authority, caller, "portal /inbox")
        found = waits(house.authority.reading("en", caller.party, sight))
        return [(one.name, one.href) for one in found if one.what == ASKED]

    assert asked(CALLER) == [("R 1", f"/return/{REPORT}")]
    assert asked(Caller("party:other", ("developer",))) == []
    house.file("incident_reports.answer", {"report": REPORT, "text": "4."}, CALLER)
    assert asked(CALLER) == []


def test_of_a_report_that_nobody_dealt_with_all_is_new_and_nothing_marked(tmp_path: Path) -> None:
    house = House(tmp_path / "a")
    _version(house, harms=["death"])
    assert (_news(house), _row(house)["pressing"]) == (set(), PRESSING.index("unjudged"))
    house.authority.close()


def _taken_back(house: House, report: str = REPORT) -> int:
    return house.file("incident_reports.withdrawal", {"report": report, "reasons": "My boss stands here."}, CALLER)


def test_a_warning_that_is_taken_back_leads_the_queue_until_an_officer_closes_it(house: House) -> None:
    """Who is watched must not silence a warning: nobody had looked at it, and nobody would have been told."""
    risk = {**house.report("R 2"), "imminent_risk_to_life": True}
    house.file("incident_reports.report", risk, CALLER)
    _taken_back(house, "report:r-2")
    row = desk.standing(house.authority.reader, "report:r-2")
    assert row is not None
    assert (row["state"], row["news"], row["pressing"]) == ("new", "taken_back", PRESSING.index("unheeded"))
    house.desk("triage", report="report:r-2", urgency="immediate", decision="handle", no_alert_because="Switched off.")
    assert house.state("report:r-2") == "triaged"
    house.desk("triage", report="report:r-2", urgency="routine", decision="reject", reasons="A drill.")
    assert house.state("report:r-2") == "closed"


def test_what_was_under_work_stays_and_says_to_whoever_has_it_that_it_was_taken_back(house: House) -> None:
    _taken_back(house)
    assert (_row(house)["state"], _news(house)) == ("assigned", {"taken_back"})
    house.desk("looked", about=REPORT, seen=_row(house)["news_entry"])
    assert _row(house)["state"] == "assigned", "who looked has not closed it"


def test_what_nobody_began_is_closed_when_it_is_taken_back_and_open_again_when_it_is_handled(house: House) -> None:
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    shown = desk.newest(house.authority.reader, "report:r-2")
    _taken_back(house, "report:r-2")
    assert house.state("report:r-2") == "closed"
    refused = house.refused("triage", report="report:r-2", urgency="week", decision="handle", seen=shown)
    assert [where for where, want in refused if "taken back meanwhile" in want] == ["seen"]
    house.desk("triage", report="report:r-2", urgency="week", decision="handle")
    assert house.state("report:r-2") == "triaged"
