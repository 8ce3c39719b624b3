"""Who has a conflict of interest in a report reads of it what everybody reads, and does nothing about it or for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports import tables
from commonweal.kernel import obligations
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden
from commonweal.sight import Sight

from ...doors.portal.people import sign_in
from .test_desk import CALLER, LAB, REPORT
from .test_desk import House as Desk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

MOLE, CHIEF, MOREAU = (Caller(f"party:{name}", ("officer",)) for name in ("mole", "chief", "moreau"))
RANG = "report:t-1"
SAID = {"models": ["model:large"], "severity": "serious", "what_happened": "A wrong dose was given."}
OWED: dict[str, Any] = {
    "category": "serious_incident", "reporter": "provider", "organisation": "organisation:lab", "title": "A death",
    "what_happened": "A wrong dose.", "harms": ["death"], "jurisdictions": ["EU"], "high_risk_system": True,
    "equivalent_reporting": False, "aware_at": "2026-10-01T07:00:00Z",
}  # fmt: skip


class House(Desk):
    told: int
    """The entry of the report as its reporter last said it."""

    def reads(self, caller: Caller) -> set[str]:
        return set(Sight(self.authority, caller, "test").entry(self.told).fields)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An officer holds a post at the laboratory whose model the report is about, and nobody knows but the register."""
    found = House(tmp_path / "a")
    joined = {"person": "person:mole", "party": "party:mole", "name": "Mole", "roles": ["officer"]}
    found.file("person.joined", {**joined, "organisation": "organisation:lab"})
    told = {"report": REPORT, "person": "Jane Doe", "contact": "jane@home.example"}
    found.file("incident_reports.identity", told, CALLER)
    found.told = found.file("incident_reports.report", found.report("R 1", **SAID), CALLER)
    yield found
    found.authority.close()


def codes(house: House, kind: str, caller: Caller, **body: Any) -> set[str]:
    """Why an act is refused; empty where it is taken."""
    try:
        house.file(f"incident_reports.{kind}", body, caller)
    except BadInput as refused:
        return {fault.code for fault in refused.faults}
    except Forbidden:
        return {"forbidden"}
    return set()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("release", {"about": REPORT, "assignee": "party:moreau", "why": "handed_over"}),
        ("assignment", {"about": REPORT, "assignee": "party:weaver"}),
        ("strip", {"report": REPORT, "how": "shredded"}),
        ("question", {"report": REPORT, "text": "Where do you work?"}),
        ("withdrawal", {"report": REPORT, "reasons": "They rang.", "received_by": "telephone"}),
        ("answer", {"report": REPORT, "text": "It was nothing.", "received_by": "telephone"}),
    ],
)
def test_nothing_is_done_about_it_or_in_the_words_of_who_reported(house: House, kind: str, body: Any) -> None:
    house.file("incident_reports.assignment", {"about": REPORT, "assignee": "party:moreau"}, CHIEF)
    assert codes(house, kind, MOLE, **body) == {"conflict"}


def test_nobody_writes_their_conflict_away_by_a_version_that_names_nobody(house: House) -> None:
    bare = house.report("R 1", title="Nothing happened", what_happened="All fine") | {"received_by": "telephone"}
    assert codes(house, "report", MOLE, **bare) == {"conflict"}
    house.file("incident_reports.report", bare, Caller("party:chief", ("officer",)))
    assert codes(house, "question", MOLE, report=REPORT, text="Who are you?") == {"conflict"}


def test_everybody_recuses_themselves_and_nobody_another(house: House) -> None:
    house.file("incident_reports.assignment", {"about": REPORT, "assignee": "party:moreau"}, CHIEF)
    assert codes(house, "release", MOLE, about=REPORT, assignee="party:moreau", why="recused") == {"own"}
    assert codes(house, "release", CHIEF, about=REPORT, assignee="party:moreau", why="recused") == {"own"}
    assert codes(house, "release", MOREAU, about=REPORT, assignee="party:moreau", why="recused") == set()
    assert codes(house, "release", MOLE, about=REPORT, assignee="party:mole", why="recused") == set()


@pytest.mark.parametrize("address", ["", "/reporter"])
def test_who_reported_and_what_is_not_read(house: House, address: str) -> None:
    house.file("incident_reports.assignment", {"about": REPORT, "assignee": MOREAU.party}, CHIEF)
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as client:
        pages = {}
        for caller in (MOLE, MOREAU):
            key = house.authority.access.issue_key(caller.party, ("officer",), ("file", "read"))
            assert sign_in(client, key).status_code == 303
            pages[caller] = client.get(f"/incident-reports/desk/r-1{address}?purpose=To call back")
        word = "jane@home.example" if address else "A wrong dose"
        assert word in pages[MOREAU].text
        assert pages[MOLE].status_code < 500
        assert word not in pages[MOLE].text


def test_who_recused_themselves_reads_it_no_more(house: House) -> None:
    assert "what_happened" in house.reads(MOREAU)
    house.file("incident_reports.release", {"about": REPORT, "assignee": "party:moreau", "why": "recused"}, MOREAU)
    assert "what_happened" not in house.reads(MOREAU)


def test_who_reported_takes_back_what_somebody_said_in_their_name(house: House) -> None:
    taken = {"report": REPORT, "received_by": "telephone"}
    entry = house.file("incident_reports.withdrawal", taken, CHIEF)
    assert house.state() == "closed"
    house.file("incident_reports.answer", {"report": REPORT, "text": "I never did.", "corrects": entry}, CALLER)
    assert not tables.withdrawn(house.authority.reader, REPORT)
    assert house.state() != "closed"


@pytest.mark.parametrize("kind", ["incident_reports.withdrawal", "record.annulled"])
def test_an_organisation_does_not_report_in_time_and_take_it_back(house: House, kind: str) -> None:
    """Article 73 asks for a report; one that is taken back was none."""
    entry = house.file("incident_reports.report", {"name": "P 1", **OWED}, LAB)
    acts = {
        "incident_reports.withdrawal": {"report": "report:p-1"},
        "record.annulled": {"entry": entry, "reason_code": "filed_in_error"},
    }
    with pytest.raises(BadInput, match=r"an organisation reported of a serious incident|no organisation owes"):
        house.file(kind, acts[kind], LAB)


@pytest.mark.parametrize(("by", "to"), [(MOLE, "party:somebody"), (CHIEF, "party:lab")])
def test_what_somebody_rang_about_is_not_given_to_whom_it_is_about(house: House, by: Caller, to: str) -> None:
    rang = house.report("T 1", models=["model:large"]) | {"received_by": "telephone"}
    house.file("incident_reports.report", rang, MOREAU)
    given = {"to": to, "reason_code": "ordered", "citation": "Art. 1"}
    with pytest.raises(BadInput, match="conflict of interest"):
        house.authority.act(Act("registry.handed_over", given, "h", subject=RANG), by)


@pytest.mark.parametrize("reporter", ["employee", "evaluator", "deployer"])
def test_a_developer_of_whom_somebody_else_reports_owes_nothing_by_it_and_learns_nothing(
    house: House, reporter: str
) -> None:
    evaluator = Caller("party:evaluator", ("developer",))
    house.file("model_registration.organisation", {"name": "Evaluator"}, evaluator)
    others = {**OWED, "name": "E 1", "reporter": reporter, "organisation": "organisation:evaluator"}
    house.file(
        "incident_reports.report", {**others, "developer": "organisation:lab", "frontier_model": True}, evaluator
    )
    rows = obligations.duties(house.authority.reader, subject="report:e-1", private=True)
    assert "organisation:lab" not in {row["party"] for row in rows}


def test_a_lead_whose_employer_a_later_version_names_is_shown_to_have_a_conflict_and_acts_no_more(house: House) -> None:
    """Given while nothing stood against it: nobody would look again."""
    house.file("incident_reports.report", house.report("L 1"), CALLER)
    house.file("incident_reports.assignment", {"about": "report:l-1", "assignee": "party:mole"}, CHIEF)
    triaged = {"report": "report:l-1", "urgency": "week", "decision": "handle"}
    assert codes(house, "triage", MOLE, **triaged) == set()
    house.file("incident_reports.report", house.report("L 1", models=["model:large"]), CALLER)
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as client:
        key = house.authority.access.issue_key(CHIEF.party, ("officer",), ("file", "read"))
        assert sign_in(client, key).status_code == 303
        assert "has a conflict of interest in it now" in client.get("/incident-reports/desk/l-1").text
    assert codes(house, "triage", MOLE, **triaged) == {"conflict"}


def test_nobody_learns_from_the_log_which_report_an_alert_came_from(house: House) -> None:
    """The alert is public, its report is in confidence: their subjects would join the two for ever."""
    alert = {"name": "A 1", "what": "incident", "about": "model:large", "capability": "gives wrong doses"}
    house.file("containment.alert", alert, CHIEF)
    entry = house.file("incident_reports.escalation", {"about": REPORT, "alert": "alert:a-1"}, CHIEF)
    seen = Sight(house.authority, Caller("party:nobody", ()), "test").entry(entry)
    assert house.authority.store.entry(entry).subject is None
    assert seen.fields == {}
    told = {"about": REPORT, "alert": "alert:a-1", "reasons": "Again."}
    with pytest.raises(BadInput, match="the log is public"):
        house.authority.act(Act("incident_reports.escalation", told, "s", subject=REPORT), CHIEF)


@pytest.mark.parametrize("name", ["Lab Inc.", "LAB, Ltd.", "Lab", "Lab Co., Ltd.", "lab有限公司"])
def test_a_developer_that_is_named_with_its_legal_form_is_the_one_on_the_register(house: House, name: str) -> None:
    """By the form of the web a developer can only be named in words."""
    house.file("incident_reports.report", house.report("N 1", developer_named=name), CALLER)
    away = {"report": "report:n-1", "urgency": "routine", "decision": "reject", "reasons": "None."}
    assert codes(house, "triage", MOLE, **away) == {"conflict"}


@pytest.mark.parametrize("name", ["Collab", "Lab of others", "Inc."])
def test_another_name_is_another_organisation(house: House, name: str) -> None:
    house.file("incident_reports.report", house.report("N 1", developer_named=name), CALLER)
    away = {"report": "report:n-1", "urgency": "routine", "decision": "reject", "reasons": "None."}
    assert codes(house, "triage", MOLE, **away) == set()


def test_who_keeps_out_of_a_case_reads_no_link_and_no_escalation_of_it(house: House) -> None:
    """They have no subject, and were open with the reasons to whoever keeps out of what they name."""
    house.incident()
    link = house.desk("linked", report=REPORT, incident="incident:i-1", relation="same", reasons="Kumquat.")
    left = house.desk("unlinked", report=REPORT, incident="incident:i-1", reasons="Tamarind.")
    given = {"name": "A 1", "what": "incident", "about": "model:large", "capability": "wrong doses"}
    house.file("containment.alert", given, MOREAU)
    raised = house.desk("escalation", about=REPORT, alert="alert:a-1", reasons="Persimmon.")
    for index in (link, left, raised):
        assert house.authority.store.entry(index).subject is None

        def read(caller: Caller, index: int = index) -> set[str]:
            return set(Sight(house.authority, caller, "test").entry(index).fields)

        assert {"reasons"} <= read(MOREAU)
        assert read(MOLE).isdisjoint({"reasons", "report", "about", "incident", "alert"})
