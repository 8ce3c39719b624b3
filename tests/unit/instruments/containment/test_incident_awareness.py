"""What an alert leaves unsaid is asked for and never made up: when it became known, what the harm is, where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.doors.portal import app
from commonweal.instruments.containment.standing import happenings
from commonweal.kernel import obligations, protocols
from commonweal.kernel.record import Act
from commonweal.kernel.record.tables import Row
from commonweal.kernel.values import BadInput, Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.story import at_step

ALERT = "alert:a-1"
CRITICAL = "us_ca.sb53_incidents.critical"
FILED = "2026-10-07T03:00:00Z"


class Desk:
    """An authority with one developer and one model, and a clock that a test moves."""

    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self._clock = authority, clock
        self.reader = authority.reader
        source = {"source": "invented for a test"}
        self.file("model_registration.organisation", {"name": "Dorado", "fictitious": True, **source})
        self.file("model_registration.model", {"name": "Dorado One", "domains": ["language"], **source})

    def at(self, when: str) -> None:
        self._clock.set(instant(when))
        self.authority.tick()

    def file_as(self, party: str, kind: str, body: dict[str, Any], roles: tuple[str, ...] = ("observer",)) -> None:
        organisation = "authority" if roles == ("officer",) else ""
        self.authority.act(Act(kind, body, ""), Caller(party, roles, organisation, f"key of {party}"))
        self.authority.follow()

    def newest(self, kind: str) -> int:
        store = self.authority.store
        return max(item.index for item in store.entries(0, store.size()) if item.kind == kind)

    def approve(self, who: str, step: str) -> None:
        act = at_step(self.authority, "approve", step, {"of": ALERT})
        self.file_as(f"party:{who}", act.kind, dict(act.body), ("officer",))

    def page(self) -> tuple[int, str]:
        with TestClient(app(self.authority), base_url="https://office.example") as browser:
            answer = browser.get("/alerts/a-1")
        return answer.status_code, answer.text

    def file(self, kind: str, body: dict[str, Any], at: str = "") -> bool:
        """File it, and say whether it was known as a repeat."""
        if at:
            self.at(at)
        receipt = self.authority.act(Act(kind, body, ""), OPERATOR)
        self.authority.follow()
        return bool(receipt.again)

    def alert(self, at: str, **said: Any) -> None:
        given = {
            "name": "A-1",
            "what": "incident",
            "about": "model:dorado-one",
            "capability": "cyber",
            "harm": "health",
        }
        known = {
            "developer": "organisation:dorado",
            "jurisdictions": ["US-CA"],
            "frontier_model": True,
            "control_lost": True,
        }
        self.file("containment.alert", {**given, **known, **said}, at)

    def report(self, at: str, statement: str = "") -> None:
        body = {"alert": ALERT, "organisation": "organisation:dorado", "rule": CRITICAL, "statement": statement}
        self.file("containment.incident_report", body, at)

    def done(self, step: str, **said: Any) -> bool:
        case, found = protocols.standing_at(self.reader, step, ALERT)
        return self.file("case.step_done", {"case": case, "step": found, **said})

    def duty(self, rule: str) -> Row:
        return obligations.duties(self.reader, rule=rule, subject=ALERT)[0]

    def on_time(self) -> Row:
        return obligations.on_time(self.reader, instant("2027-01-01"), rule=CRITICAL)[0]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = ReplayClock(instant("2026-10-01T00:00:00Z"))
    settings = Settings(Text(en="A test", zh="测试"), "awareness.invalid/record", clock.now(), replay=True)
    with Authority.create(tmp_path, settings, clock=clock) as authority:
        yield Desk(authority, clock)


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1899-12-31T23:59:59Z"]
)
@pytest.mark.parametrize("name", ["aware_at", "readings.0.at"])
def test_an_instant_out_of_the_years_that_are_counted_in_is_a_fault_with_the_years_named(
    desk: Desk, name: str, when: str
) -> None:
    """Python has no instant before the year 1: one written there in another zone cannot be told in UTC."""
    if name == "aware_at":
        kind, body = "containment.alert", {"name": "A 2", "what": "incident", "about": "model:dorado-one"}
        body |= {"capability": "cyber", name: when}
    else:
        kind, reading = "model_registration.training_run", {"at": when, "flop_so_far": 1.0}
        body = {"name": "Run", "model": "model:dorado-one", "readings": [reading]}
    with pytest.raises(BadInput) as caught:
        desk.file(kind, body)
    assert "a year from 1900 to 2200" in {fault.where: fault.want for fault in caught.value.faults}[name]


def test_a_presumed_start_gives_way_to_the_stated_one_even_if_it_is_later(desk: Desk) -> None:
    """An observer alerts before the developer knows: 15 days from the filing, until awareness is stated.

    15 days from Friday 9 October end on Saturday the 24th, a holiday for this purpose (Cal. Code Civ. Proc. § 12a): so
    with Monday the 26th, in Los Angeles (UTC-7).
    """
    desk.alert(FILED)
    assert desk.duty(CRITICAL)["due"] == "2026-10-22T07:00:00Z", "15 days from 6 October in Los Angeles"
    desk.alert("2026-10-08T03:00:00Z", statement="Nothing new.")
    assert desk.duty(CRITICAL)["due"] == "2026-10-22T07:00:00Z", "filing it anew without the instant gains no time"
    desk.alert("2026-10-10T03:00:00Z", aware_at="2026-10-09T16:00:00Z")
    assert desk.duty(CRITICAL)["due"] == "2026-10-27T07:00:00Z"
    desk.alert("2026-10-13T03:00:00Z", aware_at="2026-10-12T16:00:00Z")
    assert desk.duty(CRITICAL)["due"] == "2026-10-27T07:00:00Z", "what was stated once gives no time back"


def test_whether_a_report_came_in_time_is_not_said_before_awareness_is(desk: Desk) -> None:
    """Reported on 20 October, within 15 days of the filing; known since 28 September, it was due by 13 October."""
    desk.alert(FILED)
    desk.report("2026-10-20T18:00:00Z")
    met = desk.duty(CRITICAL)
    assert (met["state"], met["late"]) == ("met", None)
    assert (desk.on_time()["in_time"], desk.on_time()["late"]) == (0, 0)
    desk.alert("2026-10-21T18:00:00Z", aware_at="2026-09-28T16:00:00Z")
    met = desk.duty(CRITICAL)
    assert (met["state"], met["last_day"], met["late"]) == ("met", "2026-10-13", 1)
    assert (desk.on_time()["in_time"], desk.on_time()["late"]) == (0, 1)


def test_while_the_harm_is_not_known_each_period_is_shown_as_possible(desk: Desk) -> None:
    """Art. 73(2) to (4): 15, 2 or 10 days; aware on Wednesday 7 October in Brussels: the 22nd, 9th or 19th (a Monday,
    as the 17th is a Saturday)."""
    again = {
        "jurisdictions": ["EU"], "high_risk_system": True, "equivalent_reporting": False,
        "aware_at": "2026-10-07T02:30:00Z", "irreversible": True,
    }  # fmt: skip
    desk.alert(FILED, harm="unknown", **again)
    rows = {name: desk.duty(f"eu.ai_act_incidents.{name}") for name in ("general", "widespread", "death")}
    assert {row["state"] for row in rows.values()} == {"unknown"}
    assert {name: row["last_day"] for name, row in rows.items()} == {
        "general": "2026-10-22", "widespread": "2026-10-09", "death": "2026-10-19",
    }  # fmt: skip
    assert {tuple(row["missing"]) for row in rows.values()} == {("harm",)}
    desk.alert("2026-10-08T03:00:00Z", harm="death", **again)
    assert [desk.duty(f"eu.ai_act_incidents.{name}")["state"] for name in rows] == ["not_owed", "not_owed", "owed"]


def test_an_alert_that_names_no_jurisdiction_leaves_every_regime_open(desk: Desk) -> None:
    desk.alert(FILED, jurisdictions=[])
    assert (desk.duty(CRITICAL)["state"], desk.duty(CRITICAL)["missing"]) == ("unknown", ["jurisdictions"])
    desk.alert("2026-10-08T03:00:00Z", jurisdictions=["other"])
    assert desk.duty(CRITICAL)["state"] == "not_owed"


def test_a_signatory_goes_on_reporting_until_the_incident_is_resolved(desk: Desk) -> None:
    """Measure 9.3: four weeks after the first report of Friday 9 October comes an update (6 November); resolved on
    30 November, the final report is due within 60 days: 29 January 2027."""
    code = "eu.gpai_code_incidents.cybersecurity"
    said = {
        "harm": "cybersecurity", "jurisdictions": ["EU"], "systemic_risk_model": True, "signed_safety_chapter": True,
        "aware_at": "2026-10-07T02:30:00Z",
    }  # fmt: skip
    desk.alert(FILED, **said)
    assert desk.duty(code)["last_day"] == "2026-10-12", "five days from 7 October"
    assert desk.duty(f"{code}.final")["state"] == "not_owed"
    report = {"alert": ALERT, "organisation": "organisation:dorado", "rule": code}
    desk.file("containment.incident_report", report, "2026-10-09T10:00:00Z")
    assert (desk.duty(code)["state"], desk.duty(f"{code}.update")["last_day"]) == ("met", "2026-11-06")
    update = {**report, "rule": f"{code}.update"}
    desk.file("containment.incident_report", update, "2026-11-05T10:00:00Z")
    assert desk.duty(f"{code}.update")["last_day"] == "2026-12-03"
    desk.alert("2026-12-01T10:00:00Z", **said, resolved_on="2026-11-30")
    assert desk.duty(f"{code}.update")["state"] == "met"
    assert desk.duty(f"{code}.final")["last_day"] == "2027-01-29"


def test_the_page_of_a_rule_says_why_it_is_owed_and_why_by_that_day(desk: Desk) -> None:
    """Reg. 1182/71, Art. 3: two days from Friday 4 December 2026 hold two working days, so Tuesday 8."""
    asked = {"jurisdictions": ["EU"], "high_risk_system": True, "equivalent_reporting": False}
    desk.alert("2026-12-04T11:00:00Z", harm="infrastructure", aware_at="2026-12-04T10:00:00Z", **asked)
    with TestClient(app(desk.authority), base_url="https://office.example") as browser:
        pages = [browser.get(f"{path}/regimes/eu.ai_act_incidents.widespread").text for path in ("", "/zh")]
    assert "The harm: among others one of infrastructure is asked for; on file is infrastructure" in pages[0]
    assert "It must hold at least 2 working days and holds 1: on to Tuesday 2026-12-08." in pages[0]
    assert "期限内至少须有 2 个工作日，现有 1 个：顺延至2026-12-08（星期二）。" in pages[1]


def test_what_a_case_asks_again_is_answered_again_and_a_retry_is_not(desk: Desk) -> None:
    """Two reports in turn cannot be used: the same words about the second are no repeat of those about the first."""
    desk.alert(FILED)
    desk.done("Triage", variables={"__severity__": "major"})
    desk.report("2026-10-08T10:00:00Z")
    case, step = protocols.standing_at(desk.reader, "Read the report", ALERT)
    unusable = {"case": case, "step": step, "outcome": "failed"}
    assert not desk.file("case.step_done", unusable)
    assert desk.file("case.step_done", unusable), "sent again before anything else happened"
    desk.report("2026-10-09T10:00:00Z", "With the logs.")
    assert not desk.file("case.step_done", unusable)
    assert protocols.standing_at(desk.reader, "Await a late report", ALERT) is not None


@pytest.mark.parametrize("who", ["another", "nobody in particular"])
def test_only_the_provider_meets_its_own_duty(desk: Desk, who: str) -> None:
    """Cal. Bus. & Prof. Code § 22757.13(c)(1) binds the frontier developer; while it is not named, a report counts."""
    desk.file("model_registration.organisation", {"name": "Esturgeon", "fictitious": True, "source": "invented"})
    desk.alert(FILED, developer="organisation:dorado" if who == "another" else None)
    body = {"alert": ALERT, "organisation": "organisation:esturgeon", "rule": CRITICAL}
    desk.file("containment.incident_report", body, "2026-10-08T10:00:00Z")
    assert desk.duty(CRITICAL)["state"] == ("owed" if who == "another" else "met")
    desk.alert("2026-10-09T03:00:00Z")
    assert desk.duty(CRITICAL)["state"] == "owed", "once it is known whose it is, another's report does not count"
    desk.report("2026-10-10T10:00:00Z")
    assert desk.duty(CRITICAL)["state"] == "met"


def test_what_triage_finds_to_be_no_incident_is_reported_by_nobody(desk: Desk) -> None:
    desk.alert(FILED, aware_at="2026-10-06T18:00:00Z")
    assert desk.duty(CRITICAL)["state"] == "owed"
    desk.done("Triage", variables={"__severity__": "none"})
    assert desk.duty(CRITICAL)["state"] == "not_owed"
    desk.alert("2026-10-08T03:00:00Z", aware_at="2026-10-06T18:00:00Z", statement="It was one after all.")
    row = desk.duty(CRITICAL)
    assert (row["state"], row["last_day"]) == ("owed", "2026-10-21"), "15 days from the 6th: nobody gains time by it"


# what others say of a provider


def stranger(desk: Desk, kind: str, **body: Any) -> None:
    desk.file_as("party:stranger", kind, body)


GIVEN = {"name": "A-1", "what": "incident", "about": "model:dorado-one", "capability": "cyber", "harm": "health"}
CLAIMED = {
    **GIVEN,
    "developer": "organisation:dorado",
    "jurisdictions": ["US-CA"],
    "frontier_model": True,
    "control_lost": True,
}


def test_what_others_say_of_a_providers_awareness_starts_no_clock_back_in_time(desk: Desk) -> None:
    """An old instant said by a stranger would make the provider overdue at once: it is for the provider, or officers.

    Named on 7 October (the 6th in Los Angeles), the provider has 15 days from then: until the end of the 21st.
    """
    desk.at(FILED)
    old = "2026-08-01T00:00:00Z"
    for without in ({}, {"developer": None}):
        with pytest.raises(Forbidden, match="aware_at: that is for the party itself to state"):
            stranger(desk, "containment.alert", **{**CLAIMED, **without, "aware_at": old})
    stranger(desk, "containment.alert", **CLAIMED)
    row = desk.duty(CRITICAL)
    assert (row["state"], row["due"]) == ("owed", "2026-10-22T07:00:00Z")
    desk.alert("2026-10-08T03:00:00Z", aware_at="2026-10-05T16:00:00Z")
    assert desk.duty(CRITICAL)["due"] == "2026-10-21T07:00:00Z", "what an officer found counts: 15 days from the 5th"


def test_a_provider_says_itself_since_when_it_knows(desk: Desk) -> None:
    body = {"name": "Esturgeon", "source": "invented"}
    desk.file_as("party:esturgeon", "model_registration.organisation", body, ("developer",))
    desk.at(FILED)
    known = {**CLAIMED, "developer": "organisation:esturgeon", "aware_at": "2026-10-01T16:00:00Z"}
    desk.file_as("party:esturgeon", "containment.alert", known)
    assert desk.duty(CRITICAL)["last_day"] == "2026-10-16", "15 days from 1 October in Los Angeles"


def test_who_is_named_later_is_not_overdue_for_the_time_before(desk: Desk) -> None:
    """An alert of 7 October named nobody; named on 25 October (the 24th there), the provider has 15 days from then."""
    desk.at(FILED)
    stranger(desk, "containment.alert", **{**CLAIMED, "developer": None})
    assert desk.duty(CRITICAL)["due"] == "2026-10-22T07:00:00Z"
    desk.at("2026-10-25T03:00:00Z")
    stranger(desk, "containment.alert", **CLAIMED)
    row = desk.duty(CRITICAL)
    assert (row["state"], row["party"], row["last_day"]) == ("owed", "organisation:dorado", "2026-11-09")


def test_a_report_by_others_stands_before_people_and_moves_no_case(desk: Desk) -> None:
    """Nor while no provider is named; once an officer names whose it was, its report counts as its own."""
    desk.file("model_registration.organisation", {"name": "Esturgeon", "fictitious": True, "source": "invented"})
    desk.alert(FILED, developer=None)
    desk.done("Triage", variables={"__severity__": "major"})
    body = {"alert": ALERT, "organisation": "organisation:esturgeon", "rule": CRITICAL}
    desk.file("containment.incident_report", body, "2026-10-08T10:00:00Z")
    desk.report("2026-10-08T11:00:00Z")
    assert protocols.standing_at(desk.reader, "Await the provider's report", ALERT)
    assert [row["what"] for row in happenings(desk.reader, ALERT)] == ["report_by_others", "report_by_others"]
    desk.alert("2026-10-09T03:00:00Z")
    assert protocols.standing_at(desk.reader, "Read the report", ALERT)


def test_an_annulled_alert_closes_its_case_with_the_reason(desk: Desk) -> None:
    desk.at(FILED)
    stranger(desk, "containment.alert", **CLAIMED)
    annulled = desk.newest("containment.alert")
    stranger(desk, "record.annulled", entry=annulled, reason_code="filed_in_error")
    (case,) = protocols.cases(desk.reader, subject=ALERT)
    assert (case["state"], case["outcome"]) == ("closed", "withdrawn")
    told = protocols.timeline(desk.reader, case["case"])[-1]
    assert told["entry"] == desk.newest("containment.alert_annulled")
    assert "what it was about no longer holds" in told["text"]["en"]


@pytest.mark.parametrize("by", ["party:stranger", "party:officer"])
def test_who_gave_an_alert_does_not_take_back_what_people_began_to_decide(desk: Desk, by: str) -> None:
    """Once triaged, its giver's annulment leaves the case going; an officer's closes it, while nothing was approved."""
    desk.at(FILED)
    stranger(desk, "containment.alert", **CLAIMED)
    desk.done("Triage", variables={"__severity__": "major"})
    mark = {
        "entry": desk.newest("containment.alert"),
        "reason_code": "filed_in_error",
        "citation": "Order of 8 October 2026",
    }
    desk.file_as(by, "record.annulled", mark, ("officer",) if by == "party:officer" else ("observer",))
    (case,) = protocols.cases(desk.reader, subject=ALERT)
    assert case["state"] == ("open" if by == "party:stranger" else "closed")
    status, page = desk.page()
    assert (status, "was annulled" in page) == (404, True)


def test_nobodys_annulment_ends_a_measure_that_two_approved(desk: Desk) -> None:
    desk.at(FILED)
    stranger(desk, "containment.alert", **CLAIMED)
    desk.done("Triage", variables={"__severity__": "major"})
    desk.done("Choose a containment measure", variables={"__measure__": "restrict"})
    for who in ("ana", "ben"):
        desk.approve(who, "Approve the measure")
    mark = {
        "entry": desk.newest("containment.alert"),
        "reason_code": "filed_in_error",
        "citation": "Order of 8 October 2026",
    }
    desk.file_as("party:officer", "record.annulled", mark, ("officer",))
    assert protocols.cases(desk.reader, subject=ALERT)[0]["state"] == "open"
