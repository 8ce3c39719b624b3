"""The desk in a real browser: by keyboard alone, without scripts, in both languages, held against axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.investigating import opining
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from .conftest import arriving, signed_in_at
from .test_pages import complaints, too_wide

SITE = "https://office.example"
DESK = "/incident-reports/desk"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Authority]:
    """Five reports, one of them asked about and noted, and an investigation."""
    start = instant("2026-10-01T08:00:00Z")
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    with Authority.create(tmp_path / "office", settings, clock=ReplayClock(start)) as authority:
        for name in ("moreau", "weaver"):
            joined = {"person": f"person:{name}", "party": f"party:{name}", "name": name.title()}
            authority.act(Act("person.joined", {**joined, "organisation": "authority", "roles": ["officer"]}, ""))
        said = {"category": "near_miss", "reporter": "user", "what_happened": "It was stopped.", "severity": "serious"}
        for number in range(1, 6):
            title = f"Thing {number}" if number != 2 else "Thing" + "x" * 190
            body = {"name": f"R {number}", "title": title, **said}
            authority.act(Act("incident_reports.report", body, ""), Caller("party:caller", ("observer",)))
        incident = {"name": "I 1", "title": "Things", "category": "near_miss"}
        authority.act(Act("incident_reports.incident", incident, ""))
        team = [{"party": "party:moreau", "role": "lead"}]
        opened = {"name": "V 1", "incident": "incident:i-1", "mandate": "Why.", "legal_basis": "s. 9", "team": team}
        authority.act(Act("incident_reports.investigation", opened, ""))
        digests = {f"{name}_sha256": "1" * 64 for name in ("weights", "inputs", "outputs")}
        span = {"begins": "2026-09-30T10:00:00Z", "ends": "2026-09-30T11:00:00Z", "records": 3, **digests}
        kept = {"name": "S 1", "system_named": "X", "method": "m", "held_at": "h", "investigation": "investigation:v-1"}
        authority.act(Act("incident_reports.recorder_segment", {**kept, **span}, ""))
        authority.act(Act("incident_reports.question", {"report": "report:r-1", "text": "When?"}, ""))
        authority.act(Act("incident_reports.note", {"about": "report:r-1", "text": "Later."}, ""))
        authority.follow()
        yield authority


@pytest.fixture
def opened(office: Authority, browser: Any) -> Iterator[Callable[..., Any]]:
    """`opened(viewport, javascript)`: a page on which an officer is signed in."""
    with signed_in_at(office, browser, SITE) as fresh:

        def signed_in(viewport: dict[str, int] = WIDE, javascript: bool = True) -> Any:
            page = fresh(viewport, javascript)
            page.goto(f"{SITE}/sign-in?next={DESK}")
            page.fill("#f-key", office.access.issue_key("party:moreau", ("officer",), ("file", "read")))
            page.press("#f-key", "Enter")
            page.wait_for_url(SITE + DESK)
            return page

        yield signed_in


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent"))


def test_the_queue_is_worked_through_by_keys(office: Authority, opened: Callable[..., Any], axe: str) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator(".pick:checked").count() == 2
    page.keyboard.press("x")
    page.keyboard.press("k")
    assert focused(page) == first
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    assert complaints(page, axe) == []
    page.keyboard.press("j")  # keys work on the queue, not behind the help
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    page.focus("#f-q")
    page.keyboard.type("xj?")
    assert page.input_value("#f-q") == "xj?"
    page.click("button:has-text('Give what is picked')")
    page.wait_for_url("**/bulk*")
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.fill("#f-assignee", "party:weaver")
    page.select_option("#f-part", "lead")
    with arriving(page):
        page.press("#f-assignee", "Enter")
    assert page.locator("text=What will be recorded").count() == 1
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.click("button:has-text('Record it')")
    page.wait_for_url("**said=recorded*")
    assert len(desk.assigned(office.reader, assignee="party:weaver")) == 1
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/r-*")


def test_everything_works_without_scripts(office: Authority, opened: Callable[..., Any]) -> None:
    page = opened(PHONE, javascript=False)
    page.check("input[name='r.r-2']")
    page.check("input[name='r.r-3']")
    with arriving(page):
        page.click("button:has-text('Triage what is picked')")
    page.select_option("#f-urgency", "week")
    page.select_option("#f-decision", "handle")
    with arriving(page):
        page.click("button:has-text('Go on')")
    with arriving(page):
        page.click("button:has-text('Record it')")
    assert "It is recorded." in page.inner_text("main")
    assert [desk.standing(office.reader, f"report:r-{n}")["state"] for n in (2, 3)] == ["triaged"] * 2  # type: ignore[index]


@pytest.mark.parametrize("prefix", ["", "/zh"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_of_the_desk_is_accessible(
    office: Authority, opened: Callable[..., Any], axe: str, prefix: str, viewport: dict[str, int]
) -> None:
    """Who reported stands there for who has the report, who says what for first, and is refused to others."""
    for number in (4, 5):
        told = {"report": f"report:r-{number}", "person": "Jane Doe", "contact": "jane@home.example"}
        office.act(Act("incident_reports.identity", told, ""), Caller("party:caller", ("observer",)))
    office.act(Act("incident_reports.assignment", {"about": "report:r-4", "assignee": "party:moreau"}, ""))
    office.follow()
    page = opened(viewport)
    found: dict[str, Any] = {}
    paths = [
        "",
        "?state=closed",
        "/r-1",
        "/r-2",
        "/r-1/reporter",
        "/r-4/reporter",
        "/r-5/reporter",
        "/r-1/deidentified",
        "/r-1/answer",
        "/views?state=new",
        "/bulk?what=triage&r.r-2=1",
    ]
    paths += [f"/r-1/{name}" for name in ("alert", "triage", "assign", "release", "ask", "note", "link", "watch")]
    investigating = ["", "/open", "/v-1"]
    acts = ("event", "evidence", "custody", "annul", "recommend", "verify", "team", "consult", "unconsult", "report")
    investigating += [f"/v-1/{name}" for name in acts]
    theirs = [f"/incident-reports/{name}" for name in ("asked-to-read", "recommended-to-you")]
    theirs.append("/record/erasures/early")
    addresses = [*(DESK + one for one in paths), *("/incident-reports/investigating" + one for one in investigating)]
    for path in [*addresses, *theirs]:
        page.goto(SITE + prefix + path)
        found[path] = [*complaints(page, axe), *too_wide(page)]
    page.goto(f"{SITE}{prefix}{DESK}/r-4/reporter")
    page.fill("#f-purpose", "To call back")
    with arriving(page):
        page.press("#f-purpose", "Enter")
    assert "jane@home.example" in page.inner_text("main")
    found["looked"] = [*complaints(page, axe), *too_wide(page)]
    page.goto(f"{SITE}{prefix}{DESK}/r-1/assign")
    page.fill("#f-assignee", "party:caller")
    page.select_option("#f-part", "lead")
    with arriving(page):
        page.press("#f-assignee", "Enter")
    assert page.locator("[role=alert]").count() == 1
    found["refused"] = [*complaints(page, axe), *too_wide(page)]
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_an_expert_s_pages_are_accessible_and_the_opinion_is_given_by_keys(
    office: Authority, opened: Callable[..., Any], axe: str, prefix: str
) -> None:
    joined = {"person": "person:lind", "party": "party:lind", "name": "Lind", "organisation": "university"}
    office.act(Act("person.joined", {**joined, "roles": ["observer"]}, ""))
    team = [{"party": "party:moreau", "role": "lead"}, {"party": "party:lind", "role": "expert"}]
    mandate = {"name": "V 1", "incident": "incident:i-1", "mandate": "Why.", "legal_basis": "s. 9", "team": team}
    office.act(Act("incident_reports.investigation", mandate, ""))
    seen = {"investigation": "investigation:v-1", "occurred": "2026-09", "what": "It stopped."}
    event = office.act(Act("incident_reports.event", seen, "")).index
    asked = {"investigation": "investigation:v-1", "expert": "party:lind", "entries": [event], "question": "Is it so?"}
    asked_at = office.act(Act("incident_reports.consultation", {**asked, "until": "2026-10-10"}, "")).index
    office.follow()
    page = opened(PHONE, javascript=not prefix)
    page.context.clear_cookies()
    page.goto(f"{SITE}{prefix}/sign-in")
    page.fill("#f-key", office.access.issue_key("party:lind", ("observer",), ("file", "read")))
    with arriving(page):
        page.press("#f-key", "Enter")
    page.goto(f"{SITE}{prefix}/incident-reports/asked-to-read")
    found = [*complaints(page, axe), *too_wide(page)] if not prefix else too_wide(page)
    page.goto(f"{SITE}{prefix}/incident-reports/asked-to-read/{asked_at}")
    found += [*complaints(page, axe), *too_wide(page)] if not prefix else too_wide(page)
    assert found == []
    page.focus("#f-opinion")
    page.keyboard.type("It is so.")
    for words in ("Look at it", "Record it") if not prefix else ("预览", "予以记录"):
        page.focus(f"main button:has-text('{words}')")
        with arriving(page):
            page.keyboard.press("Enter")
    assert [one["consultation"] for one in opining.opinions(office.reader, investigation="investigation:v-1")] == [
        asked_at
    ]
