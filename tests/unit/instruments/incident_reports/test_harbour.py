"""The safe harbour at the desk and on the page that a return code opens: asked for, answered, told, and the strip gone.

One authority for the module: the tests tell one story in the order in which they stand.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.doors.portal.forms import ANONYMOUS_KEY
from commonweal.forms import new_code, party_of
from commonweal.instruments.incident_reports import harbour
from commonweal.instruments.incident_reports.harbour import tables
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from ...doors.portal.people import fields_of
from .test_desk_portal import DESK, officer, send, shown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

REPORT, HOW_TO_REACH = "report:r-1", "engineer-who-told@example.org"
CODE = new_code()
ENGINEER = Caller(party_of(CODE), ("reporter",))
SAID = {
    "name": "R 1", "category": "near_miss", "reporter": "employee", "title": "A guard was off", "safe_harbour": True,
    "what_happened": "I switched the wrong guard off.", "aware_at": "2026-12-01T09:00:00Z",
}  # fmt: skip
TERMS = ("in_time", "not_deliberate", "no_crime", "no_concealment")


class House:
    """An authority on a clock that is set."""

    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock

    def at(self, when: str) -> None:
        self.clock.set(instant(when))
        self.authority.tick()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    clock = ReplayClock(instant("2026-12-11T15:00:00Z"))
    settings = Settings(Text(en="Test", zh="测试"), "harbour.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path_factory.mktemp("harbour") / "a", settings, clock=clock) as authority:
        found = House(authority, clock)
        authority.act(Act("incident_reports.report", SAID, key=ANONYMOUS_KEY), ENGINEER)
        identity = {"report": REPORT, "contact": HOW_TO_REACH}
        authority.act(Act("incident_reports.identity", identity, key=""), ENGINEER)
        authority.follow()
        yield found


@pytest.fixture
def desk(house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        officer(found, house)  # type: ignore[arg-type]
        yield found


@pytest.fixture
def engineer(house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        entered = found.post("/return", data={**fields_of(found.get("/return").text), "code": CODE})
        assert entered.status_code == 303
        yield found


def answers(**findings: str) -> dict[str, str]:
    said = {**dict.fromkeys(TERMS, "met"), **findings}
    return {f"term_{term}": finding for term, finding in said.items()} | {f"why_{term}": "So." for term in TERMS}


def test_the_terms_are_published_in_both_languages_for_everyone(desk: Any) -> None:
    english = shown(desk.get("/incident-reports/safe-harbour"))
    assert english.index("Reported in time") < english.index("No crime") < english.index("Nothing concealed")
    text = desk.get("/regimes/incident_reports.safe_harbour_terms.toml")
    assert "/regimes/incident_reports.safe_harbour_terms.toml" in english
    assert (text.status_code, "no_concealment" in text.text) == (200, True)
    assert "无隐瞒" in shown(desk.get("/zh/incident-reports/safe-harbour"))


def test_whoever_reported_without_an_organisation_is_shown_that_it_came_in_time_and_why(engineer: Any) -> None:
    """Ten days from Tuesday 1 December 2026 end with Friday 11, the day of the report."""
    page = shown(engineer.get(f"/return/{REPORT}"))
    assert "Report in time for the safe harbour (10 days)" in page
    assert "10 days from Wednesday 2026-12-02 end on Friday 2026-12-11." in page
    assert HOW_TO_REACH in page, "the identity strip is theirs to read while it is here"
    assert "为适用安全港及时报告（10日）" in shown(engineer.get(f"/zh/return/{REPORT}"))


def test_a_claim_waits_in_the_queue_and_is_answered_term_by_term(desk: Any, house: House) -> None:
    assert "A guard was off" in shown(desk.get(f"{DESK}?claim=asked"))
    form = shown(desk.get(f"{DESK}/r-1/harbour"))
    assert "By the clock it came in time; the last day was 2026-12-11." in form
    refused = send(desk, f"{DESK}/r-1/harbour", **{**answers(), "why_no_crime": ""})
    assert refused.status_code == 422, "a finding without reasons is none"
    assert send(desk, f"{DESK}/r-1/harbour", **answers(not_deliberate="open")).status_code == 303
    assert "not decided yet" in shown(desk.get(f"{DESK}/r-1"))
    assert send(desk, f"{DESK}/r-1/harbour", **answers()).status_code == 303
    page = shown(desk.get(f"{DESK}/r-1"))
    assert "The safe harbour is granted" in page
    assert "about to be destroyed" in page, "what is granted gives the strip back by rule"
    assert "on it is destroyed, unless a hold keeps it" in shown(desk.get(f"{DESK}/r-1/reporter"))
    assert "A guard was off" in shown(desk.get(f"{DESK}?claim=granted"))
    told = json.loads(desk.get(f"{DESK}/r-1/safe-harbour.json").text)
    assert (told["protected"], told["terms"]["version"]) == (True, "2026-11-28")
    assert HOW_TO_REACH not in json.dumps(told)


def test_the_answer_is_told_to_the_reporter_in_their_language(engineer: Any) -> None:
    page = shown(engineer.get(f"/return/{REPORT}"))
    assert "The safe harbour is granted" in page
    assert "Not deliberate: Not known yet. So." in page, "an earlier decision stays to be read"
    assert "准予适用安全港" in shown(engineer.get(f"/zh/return/{REPORT}"))


def test_they_waive_their_confidence_only_towards_those_whom_they_name(engineer: Any, desk: Any) -> None:
    path = f"/return/{REPORT}/reply/waive-confidence"
    nobody = send(engineer, path, towards="  ")
    assert nobody.status_code == 422
    assert "towards" in shown(nobody).lower()
    assert send(engineer, path, towards="Inspector Weaver\n").status_code == 303
    assert "Inspector Weaver" in shown(desk.get(f"{DESK}/r-1"))
    assert engineer.get(f"/return/{REPORT}/reply/no-such").status_code == 404


def test_a_hold_keeps_the_strip_that_was_taken_until_it_is_lifted(house: House, engineer: Any) -> None:
    """It was given on a Friday and is kept for a day at least, by a calendar that moves on to Monday 14 December."""
    order = {"basis": "court_order", "ordered_by": "A court", "scope": "subject", "about": REPORT}
    placed = house.authority.act(Act("retention.hold_placed", order, key="hold")).index
    assert send(engineer, f"/return/{REPORT}/reply/take-strip").status_code == 303
    house.at("2026-12-15T09:00:00Z")
    assert tables.strip(house.authority.reader, REPORT).state == "going"
    lifted = {"hold": placed, "basis": "court_order", "ordered_by": "A court"}
    house.authority.act(Act("retention.hold_lifted", lifted, key="lifted"))
    house.at("2026-12-15T10:00:00Z")
    assert tables.strip(house.authority.reader, REPORT).state == "gone"


def test_what_was_taken_is_nowhere_any_more_and_the_log_says_that_it_went(
    house: House, engineer: Any, desk: Any
) -> None:
    assert HOW_TO_REACH not in shown(engineer.get(f"/return/{REPORT}"))
    assert HOW_TO_REACH.encode() not in house.authority.dump()
    page = shown(desk.get(f"{DESK}/r-1"))
    assert "destroyed" in page
    gone = tables.strip(house.authority.reader, REPORT).entry
    assert gone is not None
    public = house.authority.presentation(gone).fields
    assert (public["basis"], public["retention_class"], public["entries"]) == ("returned", "reporter_identity", 0)
    assert house.authority.entry(gone).body["quiet"] == {"incident_reports.identity": 1}
    assert "holder" not in public, "of whose strip it was nothing is said"


def test_laid_out_anew_it_is_the_same(house: House) -> None:
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before
    assert tables.claim(house.authority.reader, REPORT) == "granted"
    assert [one.what for one in harbour.THREADS[0].talk(house.authority.reader, REPORT)] == [
        "decision", "decision", "waiver", "strip"
    ]  # fmt: skip
