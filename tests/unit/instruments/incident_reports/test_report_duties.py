"""A report is what the law of incidents asks for: its versions meet the duties, and nobody else learns of any."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority, HouseReading
from commonweal.digests import Digests
from commonweal.doors import api
from commonweal.doors.cli import main
from commonweal.doors.portal import app
from commonweal.imprint import Imprint
from commonweal.instruments.incident_reports.desk.queue import clocks, queue_view, waits
from commonweal.kernel import obligations, registry
from commonweal.kernel.disclosure.reads import OWED, WHOSE
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.sight import Sight

from ...doors.portal.people import sign_in

OFFICER = Caller("party:moreau", ("officer",))
REPORT, LAB = "report:r-1", "organisation:lab"
CODE = "eu.gpai_code_incidents.death"
SAID: dict[str, Any] = {
    "name": "R 1",
    "category": "serious_incident",
    "reporter": "provider",
    "organisation": LAB,
    "title": "A wrong dose",
    "what_happened": "The model gave a wrong dose.",
    "harms": ["death", "infrastructure"],
    "jurisdictions": ["EU", "CN"],
    "high_risk_system": True,
    "equivalent_reporting": False,
    "systemic_risk_model": True,
    "signed_safety_chapter": True,
    "critical_infrastructure_operator": False,
    "central_organ": False,
    "cn_grade": "major",
    "reversibility": "irreversible",
    "aware_at": "2026-12-04T10:00:00Z",
}


class Office:
    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self._clock = authority, clock

    def clock(self, at: str) -> None:
        self._clock.set(instant(at))
        self.authority.tick()

    def file(self, at: str, kind: str, body: dict[str, Any], party: str = "party:lab") -> None:
        self.clock(at)
        self.authority.act(Act(kind, body, ""), Caller(party, ("developer",), ""))
        self.authority.follow()

    def report(self, at: str, **said: Any) -> None:
        self.file(at, "incident_reports.report", {**SAID, **said})

    def duty(self, rule: str) -> Row:
        return obligations.duties(self.authority.reader, subject=REPORT, rule=rule, private=True)[0]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = ReplayClock(instant("2026-12-01T00:00:00Z"))
    settings = Settings(Text(en="A test", zh="测试"), "reports.invalid/record", clock.now(), replay=True)
    with Authority.create(tmp_path, settings, clock=clock) as authority:
        found = Office(authority, clock)
        found.file("2026-12-01T09:00:00Z", "model_registration.organisation", {"name": "Lab", "source": "invented"})
        yield found


def test_versions_of_one_report_meet_what_each_regime_asks_for(office: Office) -> None:
    """Aware on Friday 4 December 2026: two days end with Tuesday 8, ten with Monday 14; China's four hours are over.

    From the report of Monday 7 four weeks are 4 January 2027; resolved on 29 January, 60 days end on Tuesday 30 March.
    """
    office.report("2026-12-07T10:00:00Z")
    rows = {rule: office.duty(f"eu.ai_act_incidents.{rule}") for rule in ("widespread", "death", "general")}
    assert {rule: (row["state"], row["last_day"], row["late"]) for rule, row in rows.items()} == {
        "widespread": ("met", "2026-12-08", 0), "death": ("met", "2026-12-14", 0), "general": ("not_owed", None, None),
    }  # fmt: skip
    china = office.duty("cn.cybersecurity_incidents.other")
    assert (china["state"], china["due"], china["late"]) == ("met", "2026-12-04T14:00:00Z", 1)
    assert office.duty("cn.cybersecurity_incidents.other_relay")["due"] == "2026-12-07T11:00:00Z"
    assert office.duty("eu.ai_act_incidents.measures")["last_day"] == "2026-12-14"
    assert office.duty(f"{CODE}.update")["last_day"] == "2027-01-04"
    office.report("2027-01-04T10:00:00Z", stage="interim")
    assert office.duty(f"{CODE}.update")["last_day"] == "2027-02-01"
    office.report("2027-01-30T10:00:00Z", stage="interim", resolved_on="2027-01-29")
    assert (office.duty(f"{CODE}.update")["state"], office.duty(f"{CODE}.final")["last_day"]) == ("met", "2027-03-30")
    office.report("2027-03-01T10:00:00Z", stage="final", resolved_on="2027-01-29")
    assert (office.duty(f"{CODE}.final")["state"], office.duty(f"{CODE}.final")["late"]) == ("met", 0)


def test_a_final_report_from_before_it_was_resolved_is_none(office: Office) -> None:
    """Measure 9.3: at the latest 60 days after it was resolved comes a final report, with what came of it. Resolved on
    15 February 2027, they end on Friday 16 April; the report of 20 January can tell of none of that."""
    office.report("2026-12-07T10:00:00Z")
    office.report("2027-01-20T10:00:00Z", stage="final")
    office.report("2027-02-18T10:00:00Z", stage="interim", reopened_because="It went on.", resolved_on="2027-02-15")
    final = office.duty(f"{CODE}.final")
    assert (final["state"], final["last_day"]) == ("owed", "2027-04-16")
    office.report("2027-03-01T10:00:00Z", stage="final", resolved_on="2027-02-15")
    final = office.duty(f"{CODE}.final")
    assert (final["state"], final["met_on"], final["late"]) == ("met", "2027-03-01T10:00:00Z", 0)


def test_a_final_report_of_the_day_of_the_resolution_counts(office: Office) -> None:
    office.report("2026-12-07T10:00:00Z")
    office.report("2027-02-15T00:10:00Z", stage="final", resolved_on="2027-02-15")
    assert office.duty(f"{CODE}.final")["state"] == "met"


def test_what_is_open_beyond_its_day_is_flagged_with_what_is_missing(office: Office) -> None:
    """Who leaves open how severe an injury is (Art. 3(49)(a)) is never overdue, and shall not be forgotten for that."""
    office.report("2026-12-07T10:00:00Z", category="minor_incident", harms=["health"])
    reading = office.authority.reading("en", "party:moreau", Sight(office.authority, OFFICER, "portal /test"))
    asked = {"flag": "open", "source": ""}
    assert queue_view(reading, asked)["rows"] == [], "the days still run"
    office.clock("2027-03-01T10:00:00Z")
    assert office.duty("eu.ai_act_incidents.general")["state"] == "unknown"
    reading = office.authority.reading("en", "party:moreau", Sight(office.authority, OFFICER, "portal /test"))
    [row] = queue_view(reading, asked)["rows"]
    words = "It is open whether this was owed, and its day has passed"
    assert ("unknown", words) in row["flags"]
    key = office.authority.access.issue_key("party:moreau", ("officer",), ("file", "read"))
    with TestClient(app(office.authority), base_url="http://portal.example", follow_redirects=False) as client:
        sign_in(client, key)
        page = client.get("/incident-reports/desk/r-1").text
        assert "期限已过，而是否应履行尚无定论" in client.get("/zh/incident-reports/desk/r-1").text
    told = page.partition("A day has passed while it is open whether anything was owed")[2].partition("</ul>")[0]
    assert "Report a serious incident (EU, 15 days)" in told
    assert "how severe it was" in told


def test_what_is_made_up_meets_no_duty_of_an_organisation_that_is_real(office: Office) -> None:
    with pytest.raises(BadInput, match=r"fictitious: saw 'true'; false: organisation:lab is not made up"):
        office.report("2026-12-07T10:00:00Z", fictitious=True)
    office.file("2026-12-07T11:00:00Z", "model_registration.organisation",
                {"name": "Made Up", "source": "invented", "fictitious": True})  # fmt: skip
    office.report("2026-12-07T12:00:00Z", fictitious=True, organisation="organisation:made-up")
    assert office.duty("eu.ai_act_incidents.death")["party"] == "organisation:made-up"


def test_a_report_whose_next_version_did_not_come_in_time_is_flagged(office: Office) -> None:
    """From the report of 7 December four weeks are 4 January: by then the second was due, and nothing came."""
    office.report("2026-12-07T10:00:00Z")
    asked = {"flag": "overdue", "source": ""}
    reading = office.authority.reading("en", "party:moreau", Sight(office.authority, OFFICER, "portal /test"))
    assert queue_view(reading, asked)["rows"] == []
    office.report("2027-01-05T10:00:00Z", name="R 2", harms=["death"])
    [row] = queue_view(reading, asked)["rows"]
    assert (row["name"], [code for code, _ in row["flags"]]) == ("R 1", ["overdue"])


def test_where_nothing_is_owed_the_desk_says_what_is_still_to_apply_and_what_is_no_organisations(
    tmp_path: Path,
) -> None:
    """A deployer's report of October 2025: Art. 73 of the EU Act applies from 2 August 2026, its first duty."""
    clock = ReplayClock(instant("2025-10-01T00:00:00Z"))
    settings = Settings(Text(en="A test", zh="测试"), "reports.invalid/record", clock.now(), replay=True)
    with Authority.create(tmp_path / "early", settings, clock=clock) as authority:
        early = Office(authority, clock)
        early.file("2025-10-01T09:00:00Z", "model_registration.organisation", {"name": "Lab", "source": "invented"})
        early.report("2025-10-20T08:00:00Z", reporter="deployer", aware_at="2025-10-18T06:40:00Z")
        personal = {"organisation": None, "jurisdictions": ["EU"], "cn_grade": None}
        early.report("2025-10-20T09:00:00Z", name="R 2", reporter="deployer", aware_at=None, **personal)
        rows = obligations.duties(authority.reader, subject=REPORT, private=True)
        assert not [row for row in rows if row["rule"].startswith("eu.ai_act_incidents")]
        key = authority.access.issue_key("party:moreau", ("officer",), ("file", "read"))
        with TestClient(app(authority), base_url="http://portal.example", follow_redirects=False) as client:
            sign_in(client, key)
            page, chinese = (
                client.get("/incident-reports/desk/r-2").text,
                client.get("/zh/incident-reports/desk/r-2").text,
            )
    assert "EU Artificial Intelligence Act: serious incidents applies from" in page
    assert "2 August 2026" in page
    assert "no registered organisation" in page
    assert "欧盟《人工智能法》：严重事件自2026年8月2日起适用。" in chinese


def test_nobody_learns_of_it_but_who_owes_it_and_officers(office: Office) -> None:
    office.report("2026-12-07T10:00:00Z")
    reader = office.authority.reader
    assert obligations.duties(reader, subject=REPORT) == []
    store = office.authority.store
    changed = [item for item in store.entries(0, store.size()) if item.kind == "duty.changed"]
    assert [item for item in changed if item.subject == REPORT] == []
    assert [row for row in obligations.on_time(reader, instant("2027-01-01")) if row["party"] == LAB] == []
    told = obligations.duties_told(reader, lambda party: party == LAB, subject=REPORT)
    assert {row["party"] for row in told} == {LAB}
    assert "eu.ai_act_incidents.death" in {row["rule"] for row in told}
    reasons = obligations.explanation(reader, next(row for row in told if row["rule"] == "eu.ai_act_incidents.death"))
    assert reasons[-1]["en"] == "It was met on Monday 2026-12-07: in time."
    assert any("death is asked for" in one["en"] for one in reasons)


@pytest.mark.parametrize("reporter", ["deployer", "network_operator"])
def test_what_somebody_else_reports_starts_no_clock_of_the_provider(office: Office, reporter: str) -> None:
    """Art. 73(1) and (2): the provider reports, and its days run from when it became aware itself, of which nothing is
    said here. China's measures bind whoever runs the network (Art. 4)."""
    office.report("2026-12-07T10:00:00Z", reporter=reporter)
    row = office.duty("eu.ai_act_incidents.death")
    assert (row["state"], row["party"], row["due_if_owed"]) == ("unknown", "", None)
    assert row["missing"] == ["developer", "aware_at"]
    assert office.duty("cn.cybersecurity_incidents.other")["party"] == LAB


@pytest.mark.parametrize("reporter", ["evaluator", "importer_distributor"])
def test_whom_no_law_of_incidents_binds_is_told_of_no_duty(office: Office, reporter: str) -> None:
    """Who reports what somebody else did breaks no law by being late; what they ask for by the scheme is theirs."""
    office.report("2026-12-07T10:00:00Z", reporter=reporter)
    rows = obligations.duties(office.authority.reader, subject=REPORT, private=True)
    assert {row["state"] for row in rows} <= {"not_owed"}


def test_laid_out_anew_the_duties_are_the_same(office: Office) -> None:
    office.report("2026-12-07T10:00:00Z")
    office.report("2027-01-04T10:00:00Z", stage="interim")
    before = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == before


def test_the_dates_of_a_report_leave_as_a_calendar_for_who_filed_it_alone(office: Office) -> None:
    """Friday 4 December and ten days for a death (AI Act, Art. 73(4)) end on Monday the 14th."""
    office.report("2026-12-04T12:00:00Z")
    asked = {"party:lab": 200, "party:rival": 404, "": 403}
    found = {}
    for party in asked:
        with TestClient(app(office.authority), base_url="http://portal.example", follow_redirects=False) as client:
            if party:
                sign_in(client, office.authority.access.issue_key(party, ("developer",), ("file", "read")))
            found[party] = client.get(f"/return/{REPORT}/duties.ics")
    assert {party: one.status_code for party, one in found.items()} == asked
    assert found["party:lab"].headers["cache-control"] == "private, no-store"
    events = Calendar.from_ical(found["party:lab"].content).walk("VEVENT")
    assert [one["dtstart"].dt for one in events if "Art. 73(4)" in one["description"]] == [date(2026, 12, 14)]


def test_the_queue_shows_what_is_owed_to_this_office_before_what_is_owed_elsewhere(tmp_path: Path) -> None:
    """China's relay within the hour would end first; it is another office's, and nothing of it is known here."""
    clock = ReplayClock(instant("2026-12-01T00:00:00Z"))
    settings = Settings(
        Text(en="A", zh="甲"), "r.invalid/r", clock.now(), replay=True, imprint=Imprint(jurisdictions=("EU",))
    )
    with Authority.create(tmp_path / "eu", settings, clock=clock) as authority:
        office = Office(authority, clock)
        office.file("2026-12-01T09:00:00Z", "model_registration.organisation", {"name": "Lab", "source": "invented"})
        office.report("2026-12-07T10:00:00Z")

        def first(*acts_in: str) -> Any:
            imprint = replace(settings.imprint, jurisdictions=acts_in)
            reading = replace(authority.reading(), settings=replace(settings, imprint=imprint))
            return clocks(reading, reading.duties(REPORT))[REPORT]

        here = first("EU")
        assert here["rule"].startswith("eu.")
        assert here["more"] >= 1
        assert first("US-CA")["ours"] is False
        key = authority.access.issue_key("party:moreau", ("officer",), ("file", "read"))
        with TestClient(app(authority), base_url="http://portal.example", follow_redirects=False) as client:
            sign_in(client, key)
            page = client.get("/incident-reports/desk").text
            chinese = client.get("/zh/incident-reports/desk").text
    assert "owed by the market surveillance authority of the Member State" in page
    assert "义务人：成员国市场监督机关" in chinese
    assert "outside where this office acts" not in page


def test_a_provider_that_does_not_say_which_it_is_leaves_open_whether_it_owes_anything(office: Office) -> None:
    """The law asks all the same: that nobody is named is no reason to say that nothing is owed."""
    office.report("2026-12-07T10:00:00Z", organisation=None)
    death, other = "eu.ai_act_incidents.death", "cn.cybersecurity_incidents.other"
    for rule, missing in ((death, "developer"), (other, "organisation")):
        row = office.duty(rule)
        assert (row["state"], row["missing"], row["party"]) == ("unknown", [missing], "")
    assert office.duty("eu.ai_act_incidents.general")["state"] == "not_owed"
    with TestClient(app(office.authority), base_url="https://testserver") as browser:
        sign_in(browser, office.authority.access.issue_key("party:lab", ("developer",), ("file", "read")))
        page = browser.get(f"/return/{REPORT}").text
        assert "What is owed, and by when" in page
        assert "the provider or developer" in page
        sign_in(browser, office.authority.access.issue_key("party:moreau", ("officer",), ("file", "read")))
        page = browser.get("/incident-reports/desk/r-1").text
        assert "Nothing is owed" not in page
        assert "the provider or developer" in page
    office.report("2026-12-07T11:00:00Z")
    row = office.duty("eu.ai_act_incidents.death")
    assert (row["state"], row["party"], row["last_day"]) == ("met", LAB, "2026-12-14")


def test_who_is_no_provider_and_acts_for_nobody_owes_nothing(office: Office) -> None:
    office.report("2026-12-07T10:00:00Z", organisation=None, reporter="employee")
    reader = office.authority.reader
    assert {row["state"] for row in obligations.duties(reader, subject=REPORT, private=True)} <= {"not_owed"}


CALIFORNIA = "us_ca.sb53_incidents.critical"
NEARLY: dict[str, Any] = {
    "name": "R 1", "category": "near_miss", "reporter": "provider", "organisation": LAB, "title": "It hid its plan",
    "what_happened": "It told its overseers another plan.", "jurisdictions": ["US-CA"], "frontier_model": True,
    "aware_at": "2026-12-04T10:00:00Z",
}  # fmt: skip


def test_a_near_miss_in_which_the_developer_was_deceived_starts_the_clock_of_california(office: Office) -> None:
    """Cal. Bus. & Prof. Code § 22757.11(d)(4): no harm is needed, but each of its conditions, and none is presumed.

    15 days from Friday 4 December 2026 end with Saturday 19, so with Monday 21. While it is open whether it is owed,
    the date is shown; the version that tells of it meets it, and no later one by which nothing is owed undoes that.
    """

    def filed(**said: Any) -> Row:
        office.file("2026-12-07T10:00:00Z", "incident_reports.report", {**NEARLY, **said})
        return office.duty(CALIFORNIA)

    told = filed(warnings=["deception"])
    assert (told["state"], told["missing"]) == ("unknown", ["elicited", "catastrophic_risk_raised"])
    assert told["last_day"] == "2026-12-21"
    known = {"warnings": ["deception"], "elicited": False, "catastrophic_risk_raised": True}
    both = filed(**known, developer_deceived=False)
    assert (both["state"], both["missing"]) == ("unknown", ["developer_deceived"]), "ticked and denied is neither"
    left_open = filed(warnings=["other"], elicited=False, catastrophic_risk_raised=True)
    assert (left_open["state"], left_open["missing"]) == ("unknown", ["developer_deceived"]), "not ticked is no no"
    owed = filed(**known)
    assert (owed["state"], owed["last_day"]) == ("met", "2026-12-21")
    assert "claimed" in filed(**{**known, "elicited": True})["why"]


def test_discrimination_alone_is_owed_in_the_union_and_not_in_california(office: Office) -> None:
    """Art. 3(49)(c) of the AI Act; none of the heads of § 22757.11(d) where the model deceived nobody."""
    office.report(
        "2026-12-07T10:00:00Z", harms=["discrimination"], jurisdictions=["EU", "US-CA", "CN"], frontier_model=True,
        developer_deceived=False, cn_grade="none",
    )  # fmt: skip
    assert office.duty("eu.ai_act_incidents.general")["state"] == "met"
    assert office.duty(CALIFORNIA)["state"] == "not_owed"
    assert office.duty("cn.cybersecurity_incidents.other")["state"] == "not_owed"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"category": "minor_incident", "harms": ["health"], "deaths": 2}, "met"),
        ({"category": "near_miss", "harms": ["death"], "outcome": "avoided"}, "not_owed"),
        ({"category": "near_miss", "harms": ["death"], "affected_min": 3}, "met"),
        ({"category": "near_miss", "harms": [], "affected_min": 3}, "unknown"),
    ],
)
def test_what_a_report_calls_itself_undoes_no_death_that_it_tells_of(
    office: Office, said: dict[str, Any], state: str
) -> None:
    """Art. 73(4) of the AI Act asks for a death: whoever counts one has named it, and a near miss harmed nobody."""
    office.report("2026-12-07T10:00:00Z", **said)
    assert office.duty("eu.ai_act_incidents.death")["state"] == state


def test_to_have_known_is_admitted_once(office: Office) -> None:
    """A debtor that says later that it knew later moves no deadline, also while another fact was left open.

    Aware on Monday 4 January 2027: ten days end on Thursday 14, whatever the version of 1 February says; nor is the
    first version the debtor's own to take back. One that says it knew earlier still is believed.
    """
    death = "eu.ai_act_incidents.death"
    office.report("2027-01-05T08:00:00Z", category="concern", high_risk_system=None, aware_at="2027-01-04T10:00:00Z")
    assert (office.duty(death)["state"], office.duty(death)["last_day"]) == ("unknown", "2027-01-14")
    office.report("2027-02-01T08:00:00Z", aware_at="2027-01-25T10:00:00Z", stage="interim")
    row = office.duty(death)
    assert (row["state"], row["last_day"], row["late"]) == ("met", "2027-01-14", 1)
    office.report("2027-02-02T08:00:00Z", aware_at="2027-01-03T10:00:00Z", stage="interim")
    assert office.duty(death)["late"] == 1


@pytest.mark.parametrize("kind", ["incident_reports.withdrawal", "record.annulled"])
def test_an_organisation_does_not_take_back_what_law_had_it_report_whatever_it_called_it(
    office: Office, kind: str
) -> None:
    """It reported a death too late, as a mere concern: with the report its lateness would vanish."""
    office.report("2026-12-20T10:00:00Z", category="concern", harms=["death"], deaths=1)
    index = office.authority.store.size() - 1
    said = (
        {"report": REPORT}
        if kind == "incident_reports.withdrawal"
        else {"entry": index, "reason_code": "filed_in_error"}
    )
    with pytest.raises(BadInput, match=r"owes|owed"):
        office.file("2026-12-21T10:00:00Z", kind, said)
    assert office.duty("eu.ai_act_incidents.death")["late"] == 1
    office.report("2026-12-21T10:00:00Z", name="R 2", category="near_miss", harms=[], cn_grade="none")
    office.file("2026-12-21T11:00:00Z", "incident_reports.withdrawal", {"report": "report:r-2"})


def test_no_law_asks_for_what_was_known_before_it_applied(office: Office) -> None:
    """Art. 73 applies from 2 August 2026: known in March, nothing is late by it, and the reasons say so. That it was
    known before is no way out of what was owed by what was said at first."""
    death = "eu.ai_act_incidents.death"
    office.report("2026-12-07T10:00:00Z", aware_at="2026-03-01T10:00:00Z")
    row = office.duty(death)
    assert (row["state"], row["due"], row["late"]) == ("not_owed", None, None)
    reasons = [one["en"] for one in obligations.explanation(office.authority.reader, row)]
    want = "It asks for nothing of what was so before it applied, on 2026-08-02: when it became known to the provider."
    assert want in reasons
    office.report("2026-12-20T10:00:00Z", name="R 2")
    office.report("2026-12-21T10:00:00Z", name="R 2", aware_at="2026-03-01T10:00:00Z")
    later = obligations.duties(office.authority.reader, subject="report:r-2", rule=death, private=True)[0]
    assert (later["state"], later["late"]) == ("met", 1)


MODEL = {"name": "Large", "organisation": LAB, "source": "invented"}
WARNED = {
    "name": "A 1", "what": "incident", "about": "model:large", "developer": LAB, "capability": "wrong doses",
    "harm": "death", "jurisdictions": ["EU"], "high_risk_system": True, "equivalent_reporting": False,
}  # fmt: skip


@pytest.mark.parametrize("aware", [None, "2026-12-04T10:00:00Z"])
def test_nobody_is_late_in_public_with_what_they_reported_in_time(office: Office, aware: str | None) -> None:
    """An officer warns of what Lab reported, as the desk asks: alert and report are one matter, and one duty.

    Before the desk says that they are, a date that is only presumed makes nobody late. What then is public names
    neither that Lab reported nor the day, and starts no days of the authority's: the report came in confidence.
    """
    death = "eu.ai_act_incidents.death"
    office.file("2026-12-05T09:00:00Z", "model_registration.model", MODEL)
    office.report("2026-12-05T10:00:00Z", models=["model:large"])

    def act(kind: str, body: dict[str, Any]) -> None:
        office.authority.act(Act(kind, body, ""), Caller("party:sam", ("officer",), ""))
        office.authority.follow()

    act("containment.alert", WARNED | ({"aware_at": aware} if aware else {}))
    office.clock("2026-12-20T10:00:00Z")
    office.authority.follow()
    alone = obligations.duties(office.authority.reader, subject="alert:a-1", rule=death)[0]
    assert alone["state"] == ("not_public" if aware else "owed")
    act("incident_reports.escalation", {"about": REPORT, "alert": "alert:a-1"})
    reader, measures = office.authority.reader, "eu.ai_act_incidents.measures"

    def stands() -> None:
        own = obligations.duties(reader, subject="alert:a-1", rule=death, private=True)[0]
        assert (own["state"], own["met_on"][:10], own["late"]) == ("met", "2026-12-05", 0)
        told = obligations.duties(reader, subject="alert:a-1", rule=death)[0]
        assert (told["state"], told["met_on"]) == ("not_public" if aware else "owed", None)
        assert obligations.explanation(reader, told)
        assert all(not row["started_on"] for row in obligations.duties(reader, subject="alert:a-1", rule=measures))

    stands()
    office.authority.rebuild()
    stands()


def test_an_alert_tells_nobody_whether_its_developer_reported_in_confidence(office: Office) -> None:
    """Lab reported the death in time, in confidence; Other reported nothing. An alert is given of each, alike.

    Were Other called overdue and Lab not, Lab would be told to have reported: of both is said that it is not told.
    Whoever owes it is told that they are overdue, and so are officers; the authority is asked for a letter about it
    that no leaf joins to the alert.
    """
    other, death = "organisation:other", "eu.ai_act_incidents.death"
    named = {"name": "Other", "countries": ["DE"], "source": "invented"}
    office.file("2026-12-04T11:00:00Z", "model_registration.organisation", named)
    office.report("2026-12-05T10:00:00Z")
    warned = {name: value for name, value in WARNED.items() if name != "about"} | {"aware_at": SAID["aware_at"]}

    def act(kind: str, body: dict[str, Any]) -> None:
        office.authority.act(Act(kind, body, ""), Caller("party:sam", ("officer",), ""))
        office.authority.follow()

    for name, whose in (("A 1", LAB), ("A 2", other)):
        act("containment.alert", {**warned, "name": name, "developer": whose, "system_named": name})
    act("incident_reports.escalation", {"about": REPORT, "alert": "alert:a-1"})
    office.clock("2026-12-20T10:00:00Z")
    office.authority.follow()
    reader = office.authority.reader

    def public(subject: str, whose: str) -> list[Any]:
        """Each row and each change of a duty about an alert, without what the two alerts are called."""
        rows = [{**row, "party": "", "subject": "", "entry": 0, "filed_entry": 0} for row in
                obligations.duties(reader, subject=subject)]  # fmt: skip
        changes = obligations.changes(reader, subject=subject, limit=100)
        made = [{**row, "party": "", "subject": "", "entry": 0} for row in changes]
        assert {row["party"] for row in obligations.duties(reader, subject=subject)} <= {whose, "", "authority"}
        return [*rows, *made]

    assert public("alert:a-1", LAB) == public("alert:a-2", other)
    told = obligations.duties(reader, subject="alert:a-2", rule=death)[0]
    assert told["state"] == "not_public"
    assert "Whether it was done in confidence is told of nobody." in obligations.explanation(reader, told)[-1]["en"]

    def told_to(party: str, subject: str, **more: Any) -> list[str]:
        rows = obligations.duties_told(reader, lambda one: one == party, subject=subject, rule=death, **more)
        return [row["state"] for row in rows]

    assert (told_to(other, "alert:a-2"), told_to(LAB, "alert:a-1")) == (["overdue"], ["met"])
    assert told_to(LAB, "alert:a-2") == ["not_public"], "nobody else"
    assert told_to(LAB, "alert:a-1", keeps_out=lambda subject: True) == ["not_public"], (
        "who keeps out of what is behind"
    )
    [sealed] = obligations.sealed_changes(reader, subject="alert:a-2", rule=death)
    assert (sealed["state"], sealed["party"]) == ("overdue", other)
    assert obligations.in_confidence(reader, sealed["body"]), "so a letter by a plan names nothing in its leaf"
    assert not obligations.sealed_changes(reader, subject="alert:a-1", rule=death)


def test_what_the_authority_owes_on_one_matter_it_does_once(office: Office) -> None:
    """Two reports of one incident, and an alert given of the first: one set of measures, whichever they are filed on.

    What was done before another's report came was done by somebody who had not read it; of what Lab reports once more
    it was told before. A variant is another incident; and who is parted from what was done, or was never joined to it,
    waits as before.
    """
    measures = "eu.ai_act_incidents.measures"
    office.file("2026-12-05T09:00:00Z", "model_registration.model", MODEL)
    other = {"name": "Other", "source": "invented"}
    office.file("2026-12-05T09:00:00Z", "model_registration.organisation", other, "party:other")
    office.report("2026-12-05T10:00:00Z", models=["model:large"])

    def act(kind: str, body: dict[str, Any], at: str = "") -> int:
        if at:
            office.clock(at)
        index = office.authority.act(Act(kind, body, ""), Caller("party:sam", ("officer",), "")).index
        office.authority.follow()
        return index

    def stand() -> dict[str, tuple[str, int | None]]:
        found = {}
        for subject in (REPORT, "report:r-2", "report:r-3", "report:r-4", "report:r-5", "alert:a-1"):
            [row] = obligations.duties(office.authority.reader, subject=subject, rule=measures, private=True)
            found[subject] = row["state"], row["late"]
        return found

    act("containment.alert", WARNED)
    act("incident_reports.escalation", {"about": REPORT, "alert": "alert:a-1"})
    made = {
        "name": "I 1",
        "category": "serious_incident",
        "title": "A wrong dose",
        "made_of": REPORT,
        "relation": "same",
    }
    act("incident_reports.incident", made)
    linked = {"incident": "incident:i-1", "reasons": "The same doses."}
    for number, relation in ((2, "same"), (3, "variant")):
        office.report(f"2026-12-0{4 + number}T10:00:00Z", name=f"R {number}", harms=["death"])
        act("incident_reports.linked", {**linked, "report": f"report:r-{number}", "relation": relation})
    done = act("duty.done", {"rule": measures, "about": "alert:a-1", "on": "2026-12-09"}, "2026-12-09T12:00:00Z")
    another = {**SAID, "name": "R 4", "organisation": "organisation:other", "harms": ["death"]}
    office.file("2026-12-10T10:00:00Z", "incident_reports.report", another, "party:other")
    office.report("2026-12-10T10:00:00Z", name="R 5", harms=["death"])
    for number in (4, 5):
        act("incident_reports.linked", {**linked, "report": f"report:r-{number}", "relation": "same"})
    owed, met = ("owed", None), ("met", 0)
    once = {REPORT: met, "report:r-2": met, "report:r-3": owed, "report:r-4": owed, "report:r-5": met, "alert:a-1": met}
    assert stand() == once
    office.authority.rebuild()
    assert stand() == once
    act("incident_reports.unlinked", {"report": "report:r-2", "incident": "incident:i-1", "reasons": "Other doses."})
    assert stand() == {**once, "report:r-2": owed}
    act("record.annulled", {"entry": done, "reason_code": "filed_in_error"})
    assert set(stand().values()) == {owed}


def seen_by(office: Office, party: str) -> HouseReading:
    return office.authority.reading("en", party, Sight(office.authority, Caller(party, ("officer",)), "portal /test"))


def queued(office: Office, party: str) -> list[str]:
    """The reports in the queue whose receipt waits for a second officer, flagged so."""
    rows = queue_view(seen_by(office, party), {"flag": "second", "source": "all", "state": "all"})["rows"]
    assert all(("waiting", "When it came waits for a second officer") in row["flags"] for row in rows)
    return [f"report:{row['slug']}" for row in rows]


def asked_of(office: Office, party: str) -> list[str]:
    """What the inbox of an officer leads to."""
    return [one.href for one in waits(seen_by(office, party))]


def test_what_came_by_letter_was_received_when_it_came_once_two_officers_say_so(office: Office) -> None:
    """The provider is in time by what it did, whoever typed it in later; the authority's seven days began that day.

    Aware on Friday 4 December 2026: ten days end with Monday 14, when the letter came. Seven more are Monday 21. One
    officer alone could make anybody timely by typing a day, so until another confirms it, it is a claim.
    """
    said = {**SAID, "name": "IR 2026 9", "received_by": "letter", "received_at": "2026-12-14T10:00:00Z"}
    report, act = "report:ir-2026-9", office.authority.act
    office.clock("2026-12-16T09:00:00Z")
    written = act(Act("incident_reports.report", said, ""), Caller("party:sam", ("officer",), "")).index
    office.authority.follow()

    def stands(state: tuple[str, int, str], told: str) -> None:
        death, measures = (
            obligations.duties(office.authority.reader, subject=report, rule=rule, private=True)[0]
            for rule in ("eu.ai_act_incidents.death", "eu.ai_act_incidents.measures")
        )
        assert (death["met_on"][:10], death["late"], measures["last_day"]) == state
        assert told in [one["en"] for one in obligations.explanation(office.authority.reader, death)]

    alone = (
        "An officer wrote down on Wednesday 2026-12-16 that it had come on Monday 2026-12-14, not through a form. "
        "Until a second officer confirms that day it is a claim, and counts from when it was written down."
    )
    stands(("2026-12-16", 1, "2026-12-23"), alone)
    assert (queued(office, "party:sam"), queued(office, "party:moreau")) == ([report], [report])
    assert (asked_of(office, "party:sam"), asked_of(office, "party:moreau")) == (
        [], ["/incident-reports/desk/ir-2026-9/came_then"],
    ), "who wrote it down confirms nothing"  # fmt: skip
    confirmed = {"about": report, "entry": written, "basis": "The postmark"}
    with pytest.raises(BadInput, match="two confirm"):
        act(Act("duty.receipt_confirmed", confirmed, ""), Caller("party:sam", ("officer",), ""))
    with pytest.raises(BadInput, match="nobody has confirmed"):
        act(Act("duty.receipt_confirmed", {**confirmed, "entry": written - 1}, ""), OFFICER)
    second = act(Act("duty.receipt_confirmed", confirmed, ""), OFFICER).index
    office.authority.follow()
    two = (
        "It came on Monday 2026-12-14, not through a form; an officer wrote it down on Wednesday 2026-12-16, and a "
        "second one confirmed the day."
    )
    stands(("2026-12-14", 0, "2026-12-21"), two)
    assert (queued(office, "party:moreau"), asked_of(office, "party:moreau")) == ([], [])
    office.authority.rebuild()
    stands(("2026-12-14", 0, "2026-12-21"), two)
    act(Act("record.annulled", {"entry": second, "reason_code": "filed_in_error"}, ""), OFFICER)
    office.authority.follow()
    stands(("2026-12-16", 1, "2026-12-23"), alone)


def test_what_is_in_time_by_word_alone_is_marked_so_also_while_another_fact_is_open(office: Office) -> None:
    """Two officers say on the 16th that it came on the 14th, the last day: whether the model has systemic risk is open,
    so what the code of practice asks may be owed."""
    said = {**SAID, "name": "IR 2026 9", "received_by": "telephone", "received_at": "2026-12-14T10:00:00Z",
            "harms": ["death"], "systemic_risk_model": None, "signed_safety_chapter": None}  # fmt: skip
    office.clock("2026-12-16T09:00:00Z")
    act = office.authority.act
    written = act(Act("incident_reports.report", said, ""), Caller("party:sam", ("officer",), "")).index
    confirmed = {"about": "report:ir-2026-9", "entry": written, "basis": "The log of calls"}
    act(Act("duty.receipt_confirmed", confirmed, ""), OFFICER)
    office.authority.follow()
    (row,) = obligations.duties(office.authority.reader, subject="report:ir-2026-9", rule=CODE, private=True)
    assert row["missing"] == ["systemic_risk_model", "signed_safety_chapter"]
    assert (row["state"], row["last_day"], row["late"], row["stated"]) == ("met", "2026-12-14", 0, 1)


def test_the_grade_decides_in_china_whatever_a_report_calls_itself(office: Office) -> None:
    """Measures of 11.9.2025, Art. 4(3): four hours from 10:00 UTC for what is relatively major or above."""
    office.report("2026-12-04T11:00:00Z", category="minor_incident", cn_grade="relatively_major")
    row = office.duty("cn.cybersecurity_incidents.other")
    assert (row["state"], row["due"], row["late"]) == ("met", "2026-12-04T14:00:00Z", 0)


def test_a_private_person_who_asks_for_the_safe_harbour_owes_nothing_to_laws_of_organisations(office: Office) -> None:
    said = {**NEARLY, "reporter": "user", "organisation": None, "safe_harbour": True, "warnings": ["deception"]}
    office.file("2026-12-07T10:00:00Z", "incident_reports.report", said)
    rows = obligations.duties(office.authority.reader, subject=REPORT, private=True)
    assert {row["rule"] for row in rows if row["state"] != "not_owed"} == {"incident_reports.safe_harbour.report"}


def test_a_digest_counts_what_is_owed_in_confidence_for_whoever_owes_it_and_says_no_more(office: Office) -> None:
    """Who is told by mail of no duty takes it that there is none. What it is about is not said: mail can be read.

    Article 73(4): ten days from Friday 4 December end with Monday 14, so within seven days of Tuesday 8.
    """
    reader = office.authority.reader
    post = {"person": "person:ines", "party": "party:ines", "organisation": LAB, "roles": ["developer"]}
    office.authority.act(Act("person.joined", post, ""))
    told = {**SAID, "reporter": "deployer", "developer": LAB, "organisation": None}
    office.file("2026-12-04T12:00:00Z", "incident_reports.report", told, party="party:clinic")
    office.report("2026-12-07T10:00:00Z", name="R 2", resolved_on="2026-12-05", stage="interim")
    made = Digests().made

    def counted(party: str, since: str = "2026-12-06T22:00:00Z", now: str = "2027-01-30T22:00:00Z") -> str:
        return dict(made(reader, party, since, instant(now))).get("en", "")

    final = office_duties(reader, LAB)
    assert final, "the final report under the code is owed"
    for party in ("party:lab", "party:ines"):
        text = counted(party)
        assert sum(map(int, re.findall(r"Duties: (\d+)", text))) == len(final), party
        assert not any(word in text for word in ("EU", "death", "report:", "R 2", "Lab", "Code"))
    assert counted("party:rival") == ""
    assert "Duties" not in counted("party:clinic"), "what others owe about it is not told to who reported it"
    office.authority.act(Act("person.left", {"person": "person:ines"}, ""))
    office.authority.follow()
    assert counted("party:ines") == "", "who left is told no more"


def office_duties(reader: Any, party: str) -> list[Row]:
    """What a party owes that is due by the end of January 2027, in confidence or not."""
    rows = obligations.duties(reader, party=party, states=("owed", "overdue"), private=True)
    return [row for row in rows if row["due"] and row["due"] <= "2027-02-06T22:00:00Z"]


@pytest.mark.parametrize("door", ["api", "weal duties"])
def test_that_an_officer_is_told_what_a_report_in_confidence_obliges_whom_to_is_logged(
    office: Office, door: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who owes the duty is who reported. Of duties that everybody may see no line is written."""
    office.report("2026-12-07T10:00:00Z")
    authority, before = office.authority, office.authority.reads.head()[0]
    report = registry.subject(authority.reader, REPORT)
    assert report is not None
    if door == "api":
        client = TestClient(api.app(authority))
        client.headers["Authorization"] = f"Bearer {authority.access.issue_key('party:moreau', ('officer',))}"
        told = client.get("/api/v1/duties?limit=1&offset=1000").json()["duties"]
        assert told == []
        assert authority.reads.head()[0] == before, "a page without any of them tells none"
        told = client.get("/api/v1/duties?limit=1000&purpose=clocks").json()["duties"]
    else:
        assert main(["duties", str(authority.folder), "--json", "--state", "all"]) in (0, None)
        told = json.loads(capsys.readouterr().out)
    assert (REPORT, LAB) in {(row["subject"], row["party"]) for row in told}
    (line,) = [one.read for one in authority.reads.lines(before + 1)]
    assert (line.entry, set(line.fields)) == (report["entry"], {OWED, WHOSE})
    assert (line.door, line.purpose) == (("api duties", "clocks") if door == "api" else (door, ""))


def test_a_page_says_in_the_log_that_it_told_who_reported_where_it_did_and_only_there(office: Office) -> None:
    """The report's page names the organisation that owes its duties; the queue does not."""
    office.report("2026-12-07T10:00:00Z")
    authority = office.authority
    with TestClient(app(authority), base_url="http://portal.example", follow_redirects=False) as client:
        sign_in(client, authority.access.issue_key("party:moreau", ("officer",), ("file", "read")))
        for path, told in (("/incident-reports/desk/r-1", True), ("/incident-reports/desk", False)):
            before = authority.reads.head()[0]
            page = client.get(path).text
            read = {name for line in authority.reads.lines(before + 1) for name in line.read.fields}
            assert OWED in read
            assert ("owed by Lab" in page, WHOSE in read) == (told, told)
