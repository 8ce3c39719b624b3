"""A report that an officer writes down for somebody is that somebody's: whoever typed it may decide about it."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports import tables as filed
from commonweal.instruments.incident_reports.desk import letters
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

from ...doors.portal.test_forms import Browser
from .test_desk import CALLER, LAB, REPORT, House
from .test_desk_portal import DESK, TestClient, officer, shown

A, B = Caller("party:a", ("officer",)), Caller("party:b", ("officer",))
TYPED = "report:r-2"
TRIAGED = {"urgency": "week", "decision": "handle"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Officer a took a report down by telephone, about a model of Lab's."""
    found = House(tmp_path / "a")
    found.file("incident_reports.report", found.report("R 2", received_by="telephone"), A)
    yield found
    found.authority.close()


def refused(house: House, kind: str, caller: Caller, **body: Any) -> list[tuple[str, str]]:
    """Where and for what an act was refused; nothing where it was recorded."""
    try:
        house.file(f"incident_reports.{kind}", body, caller)
    except BadInput as error:
        return [(fault.where, fault.code) for fault in error.faults]
    return []


def test_who_typed_it_triages_it_and_is_given_it(house: House) -> None:
    assert filed.reported_by(house.authority.reader, TYPED) == set()
    assert refused(house, "triage", A, report=TYPED, **TRIAGED) == []
    assert refused(house, "assignment", B, about=TYPED, assignee="party:a") == []
    assert house.state(TYPED) == "assigned"


def test_who_reported_themselves_does_not_though_they_write_others_down_too(house: House) -> None:
    house.file("incident_reports.report", house.report("R 3"), A)
    assert filed.reported_by(house.authority.reader, "report:r-3") == {"party:a"}
    assert refused(house, "triage", A, report="report:r-3", **TRIAGED) == [("(whole)", "conflict")]
    later = house.report("R 3", stage="interim")
    assert refused(house, "report", A, **later, received_by="letter") == [("received_by", "theirs")]
    assert refused(house, "report", A, **later) == []
    assert refused(house, "triage", A, report="report:r-3", **TRIAGED) == [("(whole)", "conflict")]


def test_an_organisation_that_a_typed_report_names_stands_against_whoever_belongs_to_it(house: House) -> None:
    named = house.report("R 4", received_by="letter", models=["model:large"])
    house.file("incident_reports.report", named, A)
    house.desk("assignment", about=TYPED, assignee="party:a", interests=["Lab"])
    assert refused(house, "triage", A, report="report:r-4", **TRIAGED) == [("(whole)", "conflict")]


def test_a_later_version_that_somebody_else_writes_down_says_so_and_makes_nobody_a_reporter(house: House) -> None:
    """A letter came about a report that a caller had filed: it is typed in by the officer who handles it."""
    later = house.report("R 1", stage="interim", models=["model:large"], severity="serious")
    assert refused(house, "report", A, **later) == [("received_by", "not_theirs")]
    assert refused(house, "report", A, **later, received_by="letter") == []
    assert filed.reported_by(house.authority.reader, REPORT) == {CALLER.party}
    assert refused(house, "triage", A, report=REPORT, **TRIAGED) == []


@pytest.mark.parametrize("caller", [CALLER, LAB])
def test_nobody_but_an_officer_writes_down_what_others_report(house: House, caller: Caller) -> None:
    assert refused(house, "report", caller, **house.report("R 5", received_by="telephone")) == [("received_by", "role")]


def test_who_typed_it_answers_waives_and_withdraws_for_nobody_without_saying_so(house: House) -> None:
    asked = house.desk("question", report=TYPED, text="When?")
    answer = {"report": TYPED, "question": asked, "text": "At noon."}
    assert refused(house, "answer", A, **answer) == [("received_by", "not_theirs")]
    assert refused(house, "answer", A, **answer, received_by="telephone") == []
    assert refused(house, "withdrawal", A, report=TYPED) == [("received_by", "not_theirs")]
    waiver = {"report": TYPED, "waives": "confidence", "towards": ["A paper"]}
    assert refused(house, "harbour_waiver", A, **waiver) == [("report", "not_theirs")]


def test_handed_over_to_who_reported_it_is_theirs(house: House) -> None:
    given = Act("registry.handed_over", {"to": CALLER.party, "reason_code": "succession"}, "h", subject=TYPED)
    house.authority.act(given)
    house.authority.follow()
    assert filed.reported_by(house.authority.reader, TYPED) == {CALLER.party}
    assert refused(house, "answer", CALLER, report=TYPED, text="At noon.") == []


def test_a_letter_about_a_typed_report_is_addressed_to_no_party_of_the_office(house: House) -> None:
    given = {"to": "Mr Caller\n1 Street", "deliver": ""}
    reading = house.authority.reading("en", "party:a")
    (act,) = letters.letter_acts("letter_received")(reading, TYPED, given)
    assert act.body["party"] == ""
    (act,) = letters.letter_acts("letter_received")(reading, REPORT, given)
    assert act.body["party"] == CALLER.party


@pytest.mark.parametrize(("prefix", "asks"), [("", "how did you take it down"), ("/zh", "您以何种方式记录")])
def test_the_form_asks_officers_alone_and_the_desk_says_how_it_was_taken(house: House, prefix: str, asks: str) -> None:
    base = "https://office.example"
    with TestClient(app(house.authority), base_url=base, follow_redirects=False) as client:
        officer(client, house, "party:a")
        assert asks in to_the_page(client, prefix, "public")
        report = shown(client.get(f"{prefix}{DESK}/r-2"))
        assert ("By telephone" if not prefix else "电话") in report
    with TestClient(app(house.authority), base_url=base, follow_redirects=False) as client:
        officer(client, house, "party:lab", "developer")
        assert asks not in to_the_page(client, prefix, "provider")
    with TestClient(app(house.authority), base_url=base, follow_redirects=False) as client:
        assert asks not in to_the_page(client, prefix, "public"), "who files without a key is not asked"


def to_the_page(client: Any, prefix: str, reporter: str) -> str:
    """The third page of the form, as whoever is signed in there gets it."""
    browser = Browser(client).go(f"{prefix}/forms/incident").send("/forms/incident")
    page = browser.fill(category="concern").fill(reporter=reporter)
    assert page.status == 200
    return unescape(page.page)
