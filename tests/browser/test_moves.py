"""An officer stops, resumes, hands over and reverses a case in a real browser: keyboard alone, axe, no scripts, zh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.record import Act
from plays import book, sid, step
from sending_house import SETTINGS, installed

from .conftest import arriving, signed_in_at
from .test_pages import complaints, too_wide

SITE = "https://office.example"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LATE = {"deadline": {"from_event": "step.entered", "duration": "P9D", "escalate_to": "@end"}}
LAW = {"deadline": {"from_event": "cause.due", "duration": "P30D", "escalate_to": "@end"}}
RESTRICT, LIFT = "action.Restrict access", "action.Lift the restriction"
BOOK = book(
    step("start", RESTRICT),
    step(RESTRICT, "action.Review the safeguards", {"reversal_step": f"@{LIFT}"}),
    step("action.Review the safeguards", "end", LATE),
    step(LIFT, "end", LAW, description="Access is given back to all customers."),
    step("end"),
).replace('"version": "1.1.0"', '"version": "1.2.0"')


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Authority]:
    with Authority.create(tmp_path / "office", SETTINGS, installed=installed()) as authority:
        authority.adopt(rule_file(BOOK, ".json"))
        authority.act(Act("model_registration.organisation", {"name": "Example Lab", "countries": ["FR"]}, ""))
        authority.follow()
        row = protocols.cases(authority.reader)[0]
        authority.act(Act("case.step_done", {"case": row["case"], "step": sid(RESTRICT)}, "", row["subject"]))
        authority.follow()
        yield authority


@pytest.fixture
def opened(office: Authority, browser: Any) -> Iterator[Callable[..., Any]]:
    with signed_in_at(office, browser, SITE) as found:
        yield found


def case_of(office: Authority) -> protocols.Case:
    office.follow()
    return protocols.case(office.reader, protocols.cases(office.reader)[0]["case"])


def signed_in(page: Any, office: Authority, onward: str) -> None:
    key = office.access.issue_key("party:kim", ("officer",), ("file", "read"), organisation="authority")
    page.goto(f"{SITE}/sign-in?next={onward}")
    page.fill("#f-key", key)
    page.focus("section:has(#f-key) button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{SITE}{onward}")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_case_is_stopped_and_goes_on_by_keyboard_alone(
    office: Authority, opened: Callable[..., Any], axe: str, viewport: dict[str, int]
) -> None:
    page, path = opened(viewport), f"/cases/{case_of(office).id.partition(':')[2]}"
    signed_in(page, office, path)
    assert [*complaints(page, axe), *too_wide(page)] == []
    for move, words in (("stop", "The case is stopped"), ("resume", "The case goes on")):
        page.focus(f"a[href='{path}/{move}']")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}/{move}")
        assert [*complaints(page, axe), *too_wide(page)] == []
        page.focus("#f-reason")
        page.keyboard.type("A court said so.")
        page.keyboard.press("Tab")
        with arriving(page):
            page.keyboard.press("Enter")
        assert page.locator("h2:has-text('What will happen')").count() == 1
        assert words in page.inner_text("main")
        assert [*complaints(page, axe), *too_wide(page)] == []
        page.focus("button[name=confirmed]")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}?said={move}*")
        assert [*complaints(page, axe), *too_wide(page)] == []
        assert (case_of(office).stopped_at is None) == (move == "resume")


def test_without_scripts_and_in_chinese_a_step_is_handed_over_and_what_was_done_is_undone(
    office: Authority, opened: Callable[..., Any]
) -> None:
    page, path = opened(PHONE, False), f"/zh/cases/{case_of(office).id.partition(':')[2]}"
    signed_in(page, office, path)
    office.access.issue_key("party:m", ("officer",), ("file", "read"), organisation="ministry-of-labour")
    with arriving(page):
        page.click(f"a[href='{path}/hand-over']")
    page.fill("#f-to", "ministry-of-labour")
    page.fill("#f-reason", "由其管辖。")
    with arriving(page):
        page.click("text=查看将会发生什么")
    assert "ministry-of-labour" in page.inner_text("main")
    with arriving(page):
        page.click("text=予以记录")
    assert "已记录：该步骤已移交。" in page.inner_text("main")
    assert [one.desk for one in case_of(office).standing] == ["ministry-of-labour"]
    with arriving(page):
        page.click(f"a[href='{path}/reverse']")
    page.fill("#f-reason", "模型有误。")
    with arriving(page):
        page.click("text=查看将会发生什么")
    assert "Lift the restriction" in page.inner_text("main")
    with arriving(page):
        page.click("text=修改")
    assert page.input_value("#f-reason") == "模型有误。"
    with arriving(page):
        page.click("text=查看将会发生什么")
    with arriving(page):
        page.click("text=予以记录")
    assert [one.step for one in case_of(office).standing] == [sid(LIFT)]
