"""A report in confidence as a stranger meets it: its reference and days, and not how it is worked or who comes back."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import examine
from commonweal.doors.api import app as api
from commonweal.doors.api.metrics import Metrics
from commonweal.doors.portal import app as portal
from commonweal.kernel.record import Act
from commonweal.kernel.record.heads import IN_CONFIDENCE

from .test_desk import House

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

REPORTER, MOREAU, OTHER = (
    Caller("party:who-reported", ("reporter",)),
    Caller("party:moreau", ("officer",)),
    Caller("party:who-else-reported", ("reporter",)),
)
REPORT, REFERENCE = "report:ir-2026-777", "ir-2026-777"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path / "a")
    yield found
    found.authority.close()


@pytest.fixture
def done(house: House) -> dict[str, int]:
    """The life of a report: who reported, call-back, desk, alert, incident, letter, strip and withdrawal."""
    first = house.authority.store.size()
    said = house.report("IR-2026-777", models=["model:large"])
    house.file("incident_reports.report", said, REPORTER)
    house.file("incident_reports.identity", {"report": REPORT, "contact": "jane@home.example"}, REPORTER)
    house.file("incident_reports.triage", {"report": REPORT, "urgency": "week", "decision": "handle"}, MOREAU)
    house.file("incident_reports.assignment", {"about": REPORT, "assignee": "party:moreau"}, MOREAU)
    asked = house.file("incident_reports.question", {"report": REPORT, "text": "When?"}, MOREAU)
    house.file("incident_reports.answer", {"report": REPORT, "text": "At night.", "question": asked}, REPORTER)
    house.file(
        "containment.alert", {"name": "A 1", "what": "incident", "about": "model:large", "capability": "c"}, MOREAU
    )
    house.file("incident_reports.escalation", {"about": REPORT, "alert": "alert:a-1"}, MOREAU)
    house.file("incident_reports.incident", {"name": "I 7", "category": "near_miss", "title": "t"}, MOREAU)
    linked = {"report": REPORT, "incident": "incident:i-7", "relation": "same"}
    house.file("incident_reports.linked", linked, MOREAU)
    letter = {
        "template": "incident_reports.final",
        "party": REPORTER.party,
        "values": {"name": "IR-2026-777", "outcome": "Nothing was found.", "law": "voluntary"},
    }
    house.authority.act(Act("letter.wanted", letter, "", REPORT), MOREAU)
    house.file("incident_reports.strip", {"report": REPORT, "how": "returned"}, MOREAU)
    house.file("incident_reports.strip_taken", {"report": REPORT, "how": "shred"}, REPORTER)
    house.file("incident_reports.withdrawal", {"report": REPORT}, REPORTER)
    store = house.authority.store
    return {store.entry(index).kind: index for index in range(first, store.size())}


ALIKE = (
    "identity", "triage", "assignment", "question", "answer", "escalation", "linked", "strip", "strip_taken",
    "withdrawal",
)  # fmt: skip


def test_a_stranger_reads_that_a_report_came_and_nothing_of_what_became_of_it(
    house: House, done: dict[str, int]
) -> None:
    stranger = TestClient(api(house.authority))
    listed = stranger.get("/api/v1/entries", params={"limit": 1000}).json()["entries"]
    about = [item for item in listed if REFERENCE in json.dumps(item).lower()]
    assert {item["kind"] for item in about} == {"incident_reports.report"}
    seen = {item["index"]: item for item in listed}
    for name in (*(f"incident_reports.{one}" for one in ALIKE), "letter.wanted", "letter.written"):
        one = seen[done[name]]
        assert (one["kind"], one["subject"], one["leaf"]["refs"]) == (IN_CONFIDENCE, None, []), name
        whole = stranger.get(f"/api/v1/entries/{done[name]}").json()
        assert whole["fields"] == {}
        receipt = stranger.get(f"/api/v1/receipts/{done[name]}").json()
        assert (receipt["kind"], receipt["subject"]) == (IN_CONFIDENCE, None)
    asked = stranger.get("/api/v1/entries", params={"kind": "incident_reports.answer", "limit": 1000})
    assert asked.json()["entries"] == []
    assert "incident_reports.answer" not in "".join(Metrics(house.authority)._lines())
    assert "incident_reports.answer" not in stranger.get("/api/v1/status").text


def test_no_page_of_the_portal_joins_them_either(house: House, done: dict[str, int]) -> None:
    stranger = TestClient(portal(house.authority), base_url="http://portal.example", follow_redirects=False)
    rows = stranger.get("/record.json").json()
    assert {row["kind"] for row in rows if REFERENCE in json.dumps(row).lower()} == {"incident_reports.report"}
    for path in (f"/subjects/{REPORT}", "/", "/record/erasures", "/duties", "/cases"):
        page = stranger.get(path)
        assert page.status_code == 200, path
        assert not [name for name in ALIKE if f'/record/{done[f"incident_reports.{name}"]}"' in page.text], path
    for name in ALIKE:
        page = stranger.get(f"/record/{done[f'incident_reports.{name}']}")
        assert page.status_code == 200
        assert REFERENCE not in page.text.lower()
        assert f"incident_reports.{name}" not in page.text


def test_officers_and_who_reported_read_on_as_before_and_the_record_verifies(
    house: House, done: dict[str, int]
) -> None:
    """A stranger's report is no way in: its reporter learns nothing of another's."""
    answer = done["incident_reports.answer"]
    other = house.file("incident_reports.report", house.report("IR-2026-778"), OTHER)
    for caller, knows in ((MOREAU, True), (REPORTER, True), (OTHER, False)):
        found = _as(house, caller).get(f"/api/v1/entries/{answer}").json()
        assert (found["subject"] == REPORT) is knows
        assert (found["kind"] == "incident_reports.answer") is knows
        assert ("text" in found["fields"]) is knows
    assert house.authority.entry(done["incident_reports.escalation"]).body["alert"] == "alert:a-1"
    assert [str(one) for one in examine(house.authority.folder).findings] == []
    assert other


def test_who_reported_cannot_follow_how_the_desk_works_on_it(house: House, done: dict[str, int]) -> None:
    """A provider that reports of itself would see who takes it up, and when somebody notes something."""
    note = house.file("incident_reports.note", {"about": REPORT, "text": "Ask the ministry."}, MOREAU)
    inside = (note, *(done[f"incident_reports.{name}"] for name in ("triage", "assignment", "linked", "escalation")))
    for caller in (REPORTER, OTHER):
        client = _as(house, caller)
        answers = [client.get(f"/api/v1/entries/{index}") for index in inside]
        told = [one.json() for one in answers if one.status_code == 200]
        assert {one["kind"] for one in told} <= {IN_CONFIDENCE}
        assert not [one for one in told if one["subject"] or one["fields"]]
    assert _as(house, REPORTER).get(f"/api/v1/entries/{done['incident_reports.question']}").json()["subject"] == REPORT


def _as(house: House, caller: Caller) -> Any:
    client = TestClient(api(house.authority))
    token = house.authority.access.issue_key(caller.party, caller.roles, ("read",))
    client.headers["Authorization"] = f"Bearer {token}"
    return client
