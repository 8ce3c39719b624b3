"""What is owed is owed of the incident: the first of two papers on it meets what the other owes too, until an officer
finds that they were two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel import obligations
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

DEATH, MEASURES = "eu.ai_act_incidents.death", "eu.ai_act_incidents.measures"
SAID: dict[str, Any] = {
    "category": "serious_incident",
    "reporter": "provider",
    "organisation": "organisation:lab",
    "title": "A wrong dose",
    "what_happened": "The model gave a wrong dose.",
    "harms": ["death"],
    "jurisdictions": ["EU"],
    "high_risk_system": True,
    "equivalent_reporting": False,
    "aware_at": "2026-11-02T10:00:00Z",
}
ONE, TWO = "report:r-1", "report:r-2"


class Office:
    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self._clock = authority, clock

    def file(self, at: str, kind: str, body: dict[str, Any], party: str = "party:lab", role: str = "developer") -> int:
        self._clock.set(instant(at))
        self.authority.tick()
        receipt = self.authority.act(Act(kind, body, ""), Caller(party, (role,), ""))
        self.authority.follow()
        return receipt.index

    def report(self, at: str, name: str, **said: Any) -> None:
        self.file(at, "incident_reports.report", {**SAID, "name": name, **said})

    def finds(self, at: str, kind: str, **body: Any) -> int:
        return self.file(at, f"incident_reports.{kind}", body, "party:moreau", "officer")

    def duty(self, report: str, rule: str = DEATH) -> Row:
        return obligations.duties(self.authority.reader, subject=report, rule=rule, private=True)[0]

    def stands(self, report: str, rule: str = DEATH) -> tuple[Any, ...]:
        row = self.duty(report, rule)
        return row["state"], row["last_day"], row["late"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = ReplayClock(instant("2026-11-01T00:00:00Z"))
    settings = Settings(Text(en="A test", zh="测试"), "papers.invalid/record", clock.now(), replay=True)
    with Authority.create(tmp_path, settings, clock=clock) as authority:
        found = Office(authority, clock)
        for name in ("Lab", "Other"):
            body = {"name": name, "source": "invented"}
            found.file("2026-11-01T09:00:00Z", "model_registration.organisation", body, f"party:{name.lower()}")
        yield found


def _both(office: Office, **second: Any) -> None:
    """Aware on Monday 2 November 2026: ten days end with Thursday 12. The second paper comes on 20 November."""
    office.report("2026-11-03T10:00:00Z", "R 1")
    office.report("2026-11-20T10:00:00Z", "R 2", **second)


def test_a_duplicate_is_met_by_the_paper_before_it_and_again_late_once_that_is_undone(office: Office) -> None:
    _both(office)
    assert office.stands(TWO) == ("met", "2026-11-12", 1)
    office.finds("2026-11-21T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    assert office.stands(TWO) == office.stands(ONE) == ("met", "2026-11-12", 0)
    office.finds("2026-11-22T10:00:00Z", "triage", report=TWO, urgency="today", decision="handle")
    assert office.stands(TWO) == ("met", "2026-11-12", 1)


def test_the_authority_has_seven_days_for_an_incident_and_not_for_each_paper(office: Office) -> None:
    """Received on Tuesday 3 November: seven days are Tuesday 10. Those of the second would end with Friday 27."""
    _both(office)
    assert office.stands(TWO, MEASURES)[:2] == ("owed", "2026-11-27")
    made = {"name": "I 1", "title": "A wrong dose", "made_of": ONE, "relation": "same"}
    office.finds("2026-11-21T10:00:00Z", "incident", **made)
    office.finds("2026-11-21T11:00:00Z", "linked", report=TWO, incident="incident:i-1", relation="same")
    assert office.stands(ONE, MEASURES) == office.stands(TWO, MEASURES) == ("overdue", "2026-11-10", None)
    assert office.stands(TWO) == ("met", "2026-11-12", 0)
    undone = {"report": TWO, "incident": "incident:i-1", "reasons": "They were two."}
    office.finds("2026-11-22T10:00:00Z", "unlinked", **undone)
    assert (office.stands(TWO), office.stands(TWO, MEASURES)[:2]) == (
        ("met", "2026-11-12", 1), ("owed", "2026-11-27"),
    )  # fmt: skip


@pytest.mark.parametrize("relation", ["related", "variant"])
def test_only_the_same_is_the_same(office: Office, relation: str) -> None:
    _both(office)
    made = {"name": "I 1", "title": "A wrong dose", "made_of": ONE, "relation": "same"}
    office.finds("2026-11-21T10:00:00Z", "incident", **made)
    office.finds("2026-11-21T11:00:00Z", "linked", report=TWO, incident="incident:i-1", relation=relation)
    assert office.stands(TWO) == ("met", "2026-11-12", 1)


def test_nobody_is_in_time_by_what_another_reported(office: Office) -> None:
    office.report("2026-11-03T10:00:00Z", "R 1")
    body = {**SAID, "name": "R 2", "organisation": "organisation:other"}
    office.file("2026-11-20T10:00:00Z", "incident_reports.report", body, "party:other")
    office.finds("2026-11-21T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    assert office.stands(TWO) == ("met", "2026-11-12", 1)
    assert office.stands(TWO, MEASURES)[:2] == ("owed", "2026-11-27")


def test_a_later_paper_hides_no_breach(office: Office) -> None:
    """The first came on 20 November, eight days late. A second that says it was known since the 19th changes nothing
    of that, and is itself on what was known before."""
    office.report("2026-11-20T10:00:00Z", "R 1")
    office.report("2026-11-21T10:00:00Z", "R 2", aware_at="2026-11-19T10:00:00Z")
    assert office.stands(TWO)[2] == 0
    office.finds("2026-11-22T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    assert (office.stands(ONE)[2], office.stands(TWO)[2]) == (1, 1)


def test_a_paper_that_admits_to_have_known_before_is_late_by_that(office: Office) -> None:
    """Known since 12 October, ten days end with the 22nd: the first paper of 3 November came too late for that."""
    _both(office, aware_at="2026-10-12T10:00:00Z")
    office.finds("2026-11-21T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    assert office.stands(ONE) == office.stands(TWO) == ("met", "2026-10-22", 1)


def test_what_changes_of_the_first_paper_changes_what_it_meets(office: Office) -> None:
    _both(office)
    office.finds("2026-11-21T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    assert "joined" in {step["code"] for step in office.duty(TWO)["why"]["steps"]}
    office.report("2026-11-22T10:00:00Z", "R 1", aware_at="2026-10-12T10:00:00Z")
    assert (office.stands(ONE)[2], office.stands(TWO)[2]) == (1, 1)


def test_why_says_that_the_other_paper_met_it_and_which_days_count(office: Office) -> None:
    _both(office, aware_at="2026-11-09T10:00:00Z")
    office.finds("2026-11-21T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    reader = office.authority.reader
    death, measures = (
        " ".join(one["en"] for one in obligations.explanation(reader, office.duty(TWO, rule)))
        for rule in (DEATH, MEASURES)
    )
    assert "reported the same matter to this authority otherwise; that met it" in death
    assert "It is owed once for the matter, by the days that began first by what they say." in death
    assert "So it ends with Thursday 2026-11-12." in death
    assert "The authority owes it once for what they report of the matter, by the days that began first." in measures
    office.authority.rebuild()
    assert office.stands(TWO) == office.stands(ONE) == ("met", "2026-11-12", 0)


def test_a_receipt_that_a_second_officer_confirms_is_that_of_both_papers(office: Office) -> None:
    """What an officer wrote down on the 18th had come on the 5th, as a second one confirms: so both are in time."""
    called = {"received_by": "telephone", "received_at": "2026-11-05T10:00:00Z", **SAID, "name": "R 1"}
    written = office.file("2026-11-18T10:00:00Z", "incident_reports.report", called, "party:sam", "officer")
    office.report("2026-11-20T10:00:00Z", "R 2")
    office.finds("2026-11-21T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    assert office.stands(TWO) == office.stands(ONE) == ("met", "2026-11-12", 1)
    confirmed = {"about": ONE, "entry": written, "basis": "The register of calls"}
    office.file("2026-11-22T10:00:00Z", "duty.receipt_confirmed", confirmed, "party:moreau", "officer")
    assert office.stands(TWO) == office.stands(ONE) == ("met", "2026-11-12", 0)
    assert (office.duty(TWO)["stated"], office.duty(ONE)["stated"]) == (1, 1)


def test_who_reported_in_time_for_the_safe_harbour_is_not_late_for_it_by_a_duplicate(office: Office) -> None:
    harbour = "incident_reports.safe_harbour.report"
    asked = {"category": "near_miss", "harms": [], "safe_harbour": True}
    office.report("2026-11-03T10:00:00Z", "R 1", **asked)
    office.report("2026-11-20T10:00:00Z", "R 2", **asked)
    assert office.stands(TWO, harbour) == ("met", "2026-11-12", 1)
    office.finds("2026-11-21T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    assert office.stands(TWO, harbour) == ("met", "2026-11-12", 0)


def test_a_version_that_is_annulled_while_two_are_one_leaves_what_each_says_itself(office: Office) -> None:
    """The second admits on the 21st, while they are one, to have known since 12 October. Annulled, it said nothing."""
    office.report("2026-11-03T10:00:00Z", "R 1")
    office.report("2026-11-05T10:00:00Z", "R 2")
    office.finds("2026-11-06T10:00:00Z", "triage", report=TWO, urgency="today", decision="duplicate", duplicate_of=ONE)
    said = {**SAID, "name": "R 2", "aware_at": "2026-10-12T10:00:00Z"}
    version = office.file("2026-11-21T10:00:00Z", "incident_reports.report", said)
    assert office.stands(ONE) == office.stands(TWO) == ("met", "2026-10-22", 1)
    taken = {"entry": version, "reason_code": "filed_in_error", "citation": "Decision 1"}
    office.file("2026-11-22T10:00:00Z", "record.annulled", taken, "party:boss", "authority")
    assert office.stands(ONE) == office.stands(TWO) == ("met", "2026-11-12", 0)
    office.finds("2026-11-23T10:00:00Z", "triage", report=TWO, urgency="today", decision="handle")
    assert office.stands(ONE) == office.stands(TWO) == ("met", "2026-11-12", 0)
