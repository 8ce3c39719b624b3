"""A member of the public reports and comes back with the code: keyboard alone, axe, both languages, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.forms import party_of
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import Text
from commonweal.settings import Settings

from .conftest import arriving, signed_in_at
from .test_pages import complaints, too_wide

SITE = "https://office.example"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SETTINGS = Settings(Text(en="Office", zh="办公室"), "office.example/log", datetime(2026, 1, 1, tzinfo=UTC))
DESK = Caller("party:desk", ("officer",))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Authority]:
    with Authority.create(tmp_path / "office", SETTINGS) as authority:
        yield authority


@pytest.fixture
def opened(office: Authority, browser: Any) -> Iterator[Callable[..., Any]]:
    with signed_in_at(office, browser, SITE) as found:
        yield found


def report_of(office: Authority) -> dict[str, Any]:
    office.follow()
    [row] = registry.subjects(office.reader, "report")
    return row


def tabbed_to(page: Any, selector: str) -> None:
    """Go on by Tab until an element has the focus, as one does who has no mouse."""
    for _ in range(120):
        if page.evaluate("(s) => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector} on {page.url}")


def chosen(page: Any, name: str, value: str) -> None:
    """Choose one answer of a question by Tab and arrow keys."""
    tabbed_to(page, f"input[name='q.{name}']")
    for _ in range(20):
        if page.evaluate("() => document.activeElement.value") == value:
            page.keyboard.press("Space")
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys do not lead to {value}")


def went_on(page: Any) -> None:
    before = page.url.partition("#")[0]
    tabbed_to(page, "p.decision button")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.partition("#")[0] != before)


def began(page: Any, address: str, sound: Callable[[], None]) -> None:
    """Begin, send the first page empty, and follow the summary's link to the question."""
    page.goto(address)
    sound()
    tabbed_to(page, "button.big")
    page.keyboard.press("Enter")
    page.wait_for_url("**/what-kind")
    sound()
    tabbed_to(page, "p.decision button")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement?.matches('.summary')")  # a script gives it the focus
    sound()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "q-category", "its link leads to the question"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("prefix", ["", "/zh"], ids=["en", "zh"])
def test_by_keyboard_alone_a_near_miss_is_reported_and_the_code_leads_back(
    office: Authority, opened: Callable[..., Any], axe: str, prefix: str, viewport: dict[str, int]
) -> None:
    page = opened(viewport)

    def sound() -> None:
        assert [*complaints(page, axe), *too_wide(page)] == []

    began(page, f"{SITE}{prefix}/forms/incident", sound)
    chosen(page, "category", "near_miss")
    went_on(page)
    chosen(page, "reporter", "public")
    went_on(page)
    tabbed_to(page, "#q-title")
    page.keyboard.type("It nearly left the sandbox")
    tabbed_to(page, "#q-what_happened")
    page.keyboard.type("I saw it in the log.")
    page.wait_for_function("(id) => document.querySelector('[data-state]').textContent === id", arg=saved_words(page))
    sound()
    page.reload()
    assert page.input_value("#q-what_happened") == "I saw it in the log.", "saved as one types"
    while not page.url.endswith("/check"):
        went_on(page)
        sound()
    assert "I saw it in the log." in page.inner_text("main")
    tabbed_to(page, "#send p.decision button")
    with arriving(page):
        page.keyboard.press("Enter")
    sound()
    came_back(office, page, f"{SITE}{prefix}/return", sound)


def saved_words(page: Any) -> str:
    return str(page.get_attribute("[data-draft]", "data-saved"))


def came_back(office: Authority, page: Any, address: str, sound: Callable[[], None]) -> None:
    """With the code on the receipt, the filer answers what the desk asks."""
    code = page.inner_text(".return-code code")
    row = report_of(office)
    assert row["author"] == party_of(code)
    office.act(Act("incident_reports.question", {"report": row["subject"], "text": "Which log?"}, ""), DESK)
    office.follow()
    page.goto(address)
    sound()
    tabbed_to(page, "#f-code")
    page.keyboard.type(code.lower())
    with arriving(page):
        page.keyboard.press("Enter")
    sound()
    tabbed_to(page, ".asked textarea")
    page.keyboard.type("The one of the agent.")
    tabbed_to(page, ".asked button")
    with arriving(page):
        page.keyboard.press("Enter")
    assert page.locator(".notice.success").count() == 1
    sound()
    newest = office.store.newest("incident_reports.answer")
    assert newest is not None
    assert newest.author == party_of(code)


def test_without_scripts_a_report_is_filed_in_one_language_and_read_in_the_other(
    office: Authority, opened: Callable[..., Any]
) -> None:
    page = opened(PHONE, False)
    page.goto(f"{SITE}/forms/incident")
    with arriving(page):
        page.click("button.big")
    page.check("input[value=misuse]")
    with arriving(page):
        page.click("p.decision button")
    page.check("input[value=journalist]")
    with arriving(page):
        page.click("p.decision button")
    page.fill("#q-title", "诈骗")
    with arriving(page):
        page.click("button[value='language:zh']")
    assert page.input_value("#q-title") == "诈骗"
    with arriving(page):
        page.click("p.decision button")
    assert "请回答此问题" in page.inner_text(".summary")
    assert page.input_value("#q-title") == "诈骗"
    page.fill("#q-what_happened", "有人用它行骗。")
    with arriving(page):
        page.click("p.decision button")
    page.fill("input[name='q.occurred.year']", "2026")
    while not page.url.endswith("/check"):
        went_on(page)
    with arriving(page):
        page.click("#send p.decision button")
    assert len(page.inner_text(".return-code code")) == 29
    assert report_of(office)["body"]["occurred"] == "2026"
