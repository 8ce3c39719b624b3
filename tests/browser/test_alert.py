"""The page of an alert, as the story of an early warning leaves it: in both languages, wide and narrow, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.instruments import discover
from commonweal.kernel.values import ReplayClock
from commonweal.settings import Settings
from commonweal.story import ORIGIN, read_story, tell

from .conftest import answering, visiting
from .test_pages import complaints, too_wide

PAGE = "/alerts/alert-2026-11"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    installed = discover()["containment"]
    story = read_story(installed.folder / "story_early_warning.toml")
    place, clock = tmp_path_factory.mktemp("warned"), ReplayClock(story.start)
    with Authority.create(place, Settings(story.title, ORIGIN, story.start, replay=True), clock=clock) as authority:
        assert not [item.problem for item in tell(authority, clock, story, installed) if item.problem]
    with answering(place) as found:
        yield found


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_it_passes_axe_and_fits(browser: Any, portal: str, axe: str, prefix: str, width: int) -> None:
    with visiting(browser, portal, width) as page:
        for path in (PAGE, "/alerts", "/containment/alerts", "/containment/orders?alert=alert:alert-2026-11"):
            assert page.goto(prefix + path).status == 200
            assert [*complaints(page, axe), *too_wide(page)] == [], path


def test_from_the_list_to_the_alert_and_on_to_its_case_by_keyboard(browser: Any, portal: str) -> None:
    with visiting(browser, portal, 1280) as page:
        page.goto("/alerts")
        page.get_by_role("link", name="Alert 2026-11").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{PAGE}")
        assert page.locator("h1").inner_text() == "Alert 2026-11"
        page.get_by_role("link", name="Early-warning disclosure").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/cases/**")
        assert page.get_by_role("link", name="Alert 2026-11").count() >= 1, "the way back"


def test_from_an_order_to_its_case_and_back_to_the_alert_by_keyboard(browser: Any, portal: str) -> None:
    with visiting(browser, portal, 390) as page:
        page.goto(PAGE)
        page.locator("main a[href^='/subjects/order:']").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/subjects/order:**")
        page.get_by_role("link", name="Disclosure to a recipient").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/cases/**")
        page.locator("dl.facts").get_by_role("link", name="Alert 2026-11", exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{PAGE}")


def test_what_is_not_public_is_on_none_of_its_pages(browser: Any, portal: str) -> None:
    """Which model it is about, the evidence and what recipients were told stay with the authority."""
    with visiting(browser, portal, 1280, java_script_enabled=False) as page:
        page.goto(PAGE)
        entries = [link.get_attribute("href") for link in page.locator("main a[href^='/record/']").all()]
        cases = [link.get_attribute("href") for link in page.locator("main a[href^='/cases/']").all()]
        assert entries
        assert cases
        seen = ""
        for path in (
            PAGE,
            "/alerts",
            "/containment/alerts",
            "/containment/orders",
            "/subjects/alert:alert-2026-11",
            *entries,
            *cases,
        ):
            page.goto(path)
            seen += page.content()
        for secret in (
            "aurora-three",
            "Aurora Three",
            "9 of 30 tasks",
            "crossed the warning threshold for",
            "two were counted",
        ):
            assert secret not in seen, secret
        assert "Grid Operator" in seen
        assert "no answer" in seen
