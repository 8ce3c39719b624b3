"""What a report says may grow and be put right: each duty goes by the versions that tell of it.

That something was received, what it said, and since when somebody knew are three facts. No later version, label or
slip of the pen turns one into another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel import obligations
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

from .test_report_duties import REPORT, Office

DEATH, GENERAL, WIDESPREAD, MEASURES = (
    f"eu.ai_act_incidents.{name}" for name in ("death", "general", "widespread", "measures")
)
RELAY = "cn.cybersecurity_incidents.other_relay"
INJURY: dict[str, Any] = {
    "name": "R 1",
    "category": "serious_incident",
    "reporter": "provider",
    "organisation": "organisation:lab",
    "title": "A wrong dose",
    "what_happened": "The model gave a wrong dose.",
    "harms": ["health"],
    "jurisdictions": ["EU"],
    "high_risk_system": True,
    "equivalent_reporting": False,
    "aware_at": "2026-12-04T10:00:00Z",
}
DIED = {**INJURY, "harms": ["health", "death"], "deaths": 1}
OFFICER = Caller("party:moreau", ("officer",), "")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = ReplayClock(instant("2026-12-01T00:00:00Z"))
    settings = Settings(Text(en="A test", zh="测试"), "versions.invalid/record", clock.now(), replay=True)
    with Authority.create(tmp_path, settings, clock=clock) as authority:
        found = Office(authority, clock)
        found.file("2026-12-01T09:00:00Z", "model_registration.organisation", {"name": "Lab", "source": "invented"})
        yield found


def said(office: Office, at: str, body: dict[str, Any], **more: Any) -> None:
    office.file(at, "incident_reports.report", {**body, **more})


def states(office: Office) -> dict[str, str]:
    rows: list[Row] = obligations.duties(office.authority.reader, subject="report:r-1", private=True)
    return {row["rule"]: row["state"] for row in rows if row["state"] != "not_owed"}


def told(office: Office, rule: str) -> tuple[Any, ...]:
    row = office.duty(rule)
    return row["state"], row["last_day"], (row["met_on"] or "")[:10], row["late"]


def test_a_report_before_somebody_died_is_no_report_of_the_death(office: Office) -> None:
    """Injured on 4 December, reported on 5; dead on 20, told on 21 March: ten days from the 20th end with 30 December
    (Art. 73(4)). What was reported in time stays so."""
    said(office, "2026-12-05T10:00:00Z", INJURY)
    said(office, "2027-03-21T10:00:00Z", DIED, aware_at="2026-12-20T10:00:00Z")
    assert told(office, GENERAL) == ("met", "2026-12-21", "2026-12-05", 0)
    assert told(office, DEATH) == ("met", "2026-12-30", "2027-03-21", 1)


def test_the_days_of_a_death_do_not_begin_before_anybody_knew_of_it(office: Office) -> None:
    """A minor injury, told on 5 December, of which nothing was owed; the death of the 20th, told on the 21st."""
    said(office, "2026-12-05T10:00:00Z", INJURY, category="minor_incident", severity="minor")
    assert DEATH not in states(office)
    said(office, "2026-12-21T10:00:00Z", DIED, aware_at="2026-12-20T10:00:00Z")
    assert told(office, DEATH) == ("met", "2026-12-30", "2026-12-21", 0)


def test_a_first_report_that_left_it_open_counts_from_when_it_came(office: Office) -> None:
    """A first report may be incomplete (Art. 73(5)): serious, aware when, and which harm not known yet."""
    said(office, "2026-12-05T10:00:00Z", INJURY, harms=[])
    said(office, "2026-12-28T10:00:00Z", DIED)
    assert told(office, DEATH) == ("met", "2026-12-14", "2026-12-05", 0)


def test_a_placeholder_meets_nothing(office: Office) -> None:
    """It says neither what happened nor since when it is known, and is called serious: no clock can be met by it."""
    empty = {name: INJURY[name] for name in ("name", "category", "reporter", "organisation")}
    said(office, "2026-12-05T10:00:00Z", {**empty, "title": "tbd", "what_happened": "tbd"})
    met = [rule for rule, state in states(office).items() if state == "met"]
    assert met == ["eu.gpai_code_incidents.serious"], "which has no day by which it is late"
    said(office, "2027-01-20T10:00:00Z", DIED)
    assert told(office, DEATH) == ("met", "2026-12-14", "2027-01-20", 1)
    assert told(office, MEASURES)[:2] == ("owed", "2027-01-27"), "the authority was told of it on 20 January"


def test_a_slip_of_the_pen_is_a_claim_that_an_officer_accepts_and_the_receipt_stays(office: Office) -> None:
    """November written for December: what came on 5 December came then, and is in time once an officer agrees."""
    said(office, "2026-12-05T10:00:00Z", DIED, aware_at="2026-11-04T10:00:00Z")
    assert told(office, DEATH) == ("met", "2026-11-16", "2026-12-05", 1)
    said(office, "2026-12-20T10:00:00Z", DIED)
    assert told(office, DEATH) == ("met", "2026-11-16", "2026-12-05", 1), "nobody moves their own deadline"
    assert "claimed" in office.duty(DEATH)["why"]
    office.clock("2026-12-21T10:00:00Z")
    lift = {"rule": DEATH, "about": "report:r-1", "decision": "lift", "basis": "a slip", "decided_by": "officer"}
    office.authority.act(Act("duty.clock_sealed", lift, ""), OFFICER)
    office.authority.follow()
    assert told(office, DEATH) == ("met", "2026-12-14", "2026-12-05", 0)
    said(office, "2026-12-23T10:00:00Z", DIED, what_happened="More is known.")
    assert told(office, DEATH) == ("met", "2026-12-14", "2026-12-05", 0)
    assert "claimed" not in office.duty(DEATH)["why"]


def test_who_once_reported_as_the_provider_ends_nothing_by_another_name(office: Office) -> None:
    """One answer left open, and then "somebody who works there": what may be owed is still asked."""
    said(office, "2026-12-05T10:00:00Z", DIED, high_risk_system=None)
    assert office.duty(DEATH)["state"] in ("unknown", "met")
    other = {name: value for name, value in DIED.items() if name != "organisation"}
    said(office, "2026-12-06T10:00:00Z", other, reporter="employee")
    row = office.duty(DEATH)
    assert (row["party"], row["last_day"]) == ("organisation:lab", "2026-12-14")
    said(office, "2026-12-07T10:00:00Z", DIED, reporter="deployer", provider_reached=True)
    assert office.duty(DEATH)["last_day"] == "2026-12-14", "it was a deployer's too, and still is the provider's"


def test_to_have_known_before_it_happened_is_a_slip(office: Office) -> None:
    """An instant before Article 73 applied would end every duty; the day on which it happened says that it is wrong."""
    said(office, "2026-12-05T10:00:00Z", DIED, aware_at="2026-07-31T10:00:00Z", occurred="2026")
    assert DEATH not in states(office)
    said(office, "2027-03-05T10:00:00Z", DIED, occurred="2026-12-03")
    assert told(office, DEATH) == ("met", "2026-12-14", "2026-12-05", 0), "the death was told of on 5 December"


KNOWN, LATER = "2026-12-04T10:00:00Z", "2026-12-20T10:00:00Z"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"equivalent_reporting": None, "occurred": "2026-12-03"}, {"occurred": "2026-12-19"}),
        ({"equivalent_reporting": True}, {}),
        ({"high_risk_system": False}, {}),
        ({"jurisdictions": ["other"]}, {}),
        ({"reporter": "deployer"}, {}),
        ({"equivalent_reporting": True}, {"aware_at": None}),
    ],
    ids=["it happened later", "other law", "no high risk", "elsewhere", "as its deployer", "left out"],
)
def test_no_version_takes_back_that_it_was_known(office: Office, first: dict[str, Any], then: dict[str, Any]) -> None:
    """Art. 73(4): ten days from awareness of the incident, on Friday 4 December, end with Monday 14. What the system
    is, where it is used and as what one reports was so then, whenever it is said; when it happened, the debtor alone
    says. It is a claim, which an officer accepts: then ten days from Sunday 20 end with Wednesday 30."""
    said(office, "2026-12-05T10:00:00Z", DIED, **first)
    said(office, "2026-12-21T10:00:00Z", DIED, **{"aware_at": LATER, **then})
    row = office.duty(DEATH)
    assert (row["state"], row["last_day"]) == ("met", "2026-12-14")
    assert row["late"] == int("equivalent_reporting" not in first or first["equivalent_reporting"] is not None)
    if then.get("aware_at", LATER) is None:
        return
    assert "claimed" in row["why"]
    office.clock("2026-12-22T10:00:00Z")
    lift = {"rule": DEATH, "about": "report:r-1", "decision": "lift", "basis": "a slip", "decided_by": "officer"}
    office.authority.act(Act("duty.clock_sealed", lift, ""), OFFICER)
    office.authority.follow()
    row = office.duty(DEATH)
    assert (row["last_day"], row["late"], "claimed" in row["why"]) == ("2026-12-30", 0, False)


def test_who_reported_annuls_no_version_that_alone_says_it_was_known_as_early(office: Office) -> None:
    """Nothing is owed by the first two, which deny what the law asks; the third would be in time if it stood alone."""
    denied = {**DIED, "category": "minor_incident", "equivalent_reporting": True}
    said(office, "2026-12-05T10:00:00Z", denied)
    first = office.authority.store.size() - 1
    said(office, "2026-12-20T11:00:00Z", denied, aware_at=LATER)
    gone = {"entry": first, "reason_code": "filed_in_error", "citation": "Order 1"}
    with pytest.raises(BadInput, match="known as early"):
        office.file("2026-12-20T12:00:00Z", "record.annulled", gone)
    said(office, "2026-12-21T10:00:00Z", DIED, aware_at=LATER)
    assert told(office, DEATH) == ("met", "2026-12-14", "2026-12-21", 1)
    office.authority.act(Act("record.annulled", gone, ""), OFFICER)
    office.authority.follow()
    assert office.duty(DEATH)["last_day"] == "2026-12-30", "an officer puts a slip of the pen right"


def test_the_safe_harbour_counts_from_what_was_admitted_before_it_was_asked_for(office: Office) -> None:
    """Ten days from Friday 4 December end with Monday 14: who asks on the 21st is late, whatever that version says."""
    nearly = {**INJURY, "category": "near_miss", "harms": [], "reporter": "employee", "organisation": None}
    said(office, "2026-12-18T10:00:00Z", nearly, occurred="2026-12-03")
    said(office, "2026-12-21T10:00:00Z", nearly, safe_harbour=True, occurred="2026-12-19", aware_at=LATER)
    assert told(office, "incident_reports.safe_harbour.report")[1::2] == ("2026-12-14", 1)


@pytest.mark.parametrize(
    "contradicts",
    [
        {"outcome": "none", "severity": "catastrophic"},
        {"category": "minor_incident", "outcome": "avoided", "severity": "critical"},
        {"category": "minor_incident", "outcome": "avoided", "affected_min": 10},
        {"category": "near_miss", "outcome": "unknown", "severity": "critical"},
    ],
)
def test_a_report_that_contradicts_itself_leaves_open_what_is_owed(office: Office, contradicts: dict[str, Any]) -> None:
    """No harm, and many deaths by its own scale: neither is taken for so, and the day is shown meanwhile."""
    said(office, "2026-12-05T10:00:00Z", INJURY, harms=[], **contradicts)
    row = office.duty(DEATH)
    assert row["state"] in ("unknown", "met")
    assert ("harm" in row["missing"], row["last_day"]) == (True, "2026-12-14")


def test_what_could_have_been_grave_and_was_avoided_is_no_harm(office: Office) -> None:
    """Of a near miss that says it was one, the severity is what it could have been."""
    said(office, "2026-12-05T10:00:00Z", INJURY, category="near_miss", outcome="avoided", severity="critical")
    assert {rule for rule in states(office) if rule.startswith("eu.")} == set()


def test_the_authority_owes_nothing_on_what_nobody_owed(office: Office) -> None:
    """Known before Article 73 applied: no report was owed, and no measures are (Art. 73(8))."""
    said(office, "2026-12-05T10:00:00Z", DIED, aware_at="2026-08-01T10:00:00Z", occurred="2026-07-30")
    assert {DEATH, MEASURES} & states(office).keys() == set()


def test_a_provider_without_a_name_does_not_put_the_authority_on_the_clock(office: Office) -> None:
    """Whoever says so with a return code alone: who owes the report is not known, and nothing follows from it."""
    unnamed = {name: value for name, value in DIED.items() if name != "organisation"}
    said(office, "2026-12-05T10:00:00Z", unnamed)
    assert office.duty(DEATH)["state"] == "unknown"
    office.clock("2027-03-05T10:00:00Z")
    assert MEASURES not in states(office)


def test_a_grade_that_is_raised_is_passed_on_from_when_it_was(office: Office) -> None:
    """One hour from being told of a major incident (Measures, Art. 4(3)): not from when a lesser one was reported."""
    china = {**INJURY, "jurisdictions": ["CN"], "critical_infrastructure_operator": False, "central_organ": False}
    said(office, "2026-12-04T16:00:00Z", china, cn_grade="relatively_major")
    assert RELAY not in states(office)
    said(office, "2026-12-10T10:00:00Z", china, cn_grade="major")
    row = office.duty(RELAY)
    assert (row["state"], row["due"]) == ("owed", "2026-12-10T11:00:00Z")


def test_what_an_officer_writes_down_later_says_when_it_was_written(office: Office) -> None:
    """Late by what was filed, in time by what two officers say of a call weeks before: told as that, or as a claim."""
    said(office, "2026-12-28T10:00:00Z", DIED)
    assert office.duty(DEATH)["late"] == 1
    office.clock("2027-02-01T10:00:00Z")
    call = {**DIED, "received_by": "telephone", "received_at": "2026-12-05T10:00:00Z"}
    written = office.authority.act(Act("incident_reports.report", call, ""), OFFICER).index

    def told() -> tuple[tuple[int, int], str]:
        office.authority.follow()
        row = office.duty(DEATH)
        words = [one["en"] for one in obligations.explanation(office.authority.reader, row)]
        return (row["late"], row["stated"]), " ".join(words)

    late, words = told()
    assert late == (1, 0), "one officer alone makes nobody timely"
    assert "An officer wrote down on Monday 2027-02-01 that it had come on Saturday 2026-12-05" in words
    said_by_two = {"about": REPORT, "entry": written, "basis": "The register of calls"}
    office.authority.act(Act("duty.receipt_confirmed", said_by_two, ""), replace(OFFICER, party="party:second"))
    late, words = told()
    assert late == (0, 1), "in time by a statement alone is counted apart"
    assert "an officer wrote it down on Monday 2027-02-01, and a second one confirmed the day" in words


@pytest.mark.parametrize("aware_at", ["20261104", "1700000000000", "1.5e9", 1700000000, "2026-12-04"])
def test_digits_are_no_instant(office: Office, aware_at: Any) -> None:
    """Read as seconds since 1970 they would put the awareness before any law, and every clock out."""
    with pytest.raises(BadInput) as refused:
        said(office, "2026-12-05T10:00:00Z", DIED, aware_at=aware_at)
    assert [fault.where for fault in refused.value.faults] == ["aware_at"]
