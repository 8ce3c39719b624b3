"""Who read what, in a real browser: by keyboard, on a phone and a desk, in both languages, held against axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal.forms import ANONYMOUS_KEY
from commonweal.forms import REPORTER, new_code, party_of
from commonweal.kernel.disclosure.reads import Read
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from .conftest import signed_in_at
from .test_pages import complaints, too_wide

SITE = "https://office.example"
WIDE, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}


READ_FOR = {"": "to do the work that it is kept for", "/zh": "办理该条目保存用途所涉工作"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Authority]:
    """One model, filed by a laboratory and read by two people."""
    start = instant("2026-10-01T08:00:00Z")
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    with Authority.create(tmp_path / "office", settings, clock=ReplayClock(start)) as authority:
        body = {"name": "Acme", "countries": ["FR"], "contact": "a@acme.example"}
        receipt = authority.act(Act("model_registration.organisation", body, ""), Caller("party:lab", ("developer",)))
        authority.follow()
        fields, door = ("contact",), "portal /record/{index}"
        authority.reads.append([
            Read("2026-10-02T09:30:00Z", "party:moreau", ("officer",), "k1", "", receipt.index, fields, door, "Case 9"),
            Read("2026-10-03T11:00:00Z", "party:judge", ("authorised",), "k2", "court", receipt.index, fields, door),
        ])  # fmt: skip
        yield authority


@pytest.fixture
def opened(office: Authority, browser: Any) -> Iterator[Callable[..., Any]]:
    """`opened(address, party, role, viewport)`: a page on which somebody is signed in."""
    with signed_in_at(office, browser, SITE) as fresh:

        def signed_in(address: str, party: str, role: str, viewport: dict[str, int] = WIDE) -> Any:
            page = fresh(viewport)
            page.goto(f"{SITE}/sign-in?next={address}")
            page.fill("#f-key", office.access.issue_key(party, (role,), ("file", "read")))
            page.press("#f-key", "Enter")
            page.wait_for_url(f"{SITE}{address}")
            return page

        yield signed_in


@pytest.mark.parametrize("prefix", ["", "/zh"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_is_readable_and_nothing_is_too_wide(
    opened: Callable[..., Any], office: Authority, axe: str, prefix: str, viewport: dict[str, int]
) -> None:
    index = office.store.newest("model_registration.organisation", "organisation:acme").index  # type: ignore[union-attr]
    for address, party, role in (
        (f"{prefix}/record/{index}", "party:lab", "developer"),
        (f"{prefix}/subjects/organisation:acme", "party:lab", "developer"),
        (f"{prefix}/reads", "party:admin", "authority"),
        (f"{prefix}/reads/mine", "party:lab", "developer"),
        (f"{prefix}/held", "party:lab", "developer"),
    ):
        page = opened(address, party, role, viewport)
        main = page.text_content("main")
        whole = address.endswith("/reads")  # whose entry it is reads what kind of purpose it was, not a reader's words
        assert ("Case 9" in main) == whole
        assert (READ_FOR[prefix] in main) != whole
        assert [*complaints(page, axe), *too_wide(page)] == []


def test_the_log_is_narrowed_by_keyboard_alone(opened: Callable[..., Any]) -> None:
    page = opened("/reads", "party:admin", "authority")
    page.focus("#f-party")
    page.keyboard.type("judge")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reads?party=judge**")
    table = page.inner_text("main table")
    assert "judge" in table
    assert "moreau" not in table
    page.fill("#f-since", "2026-10-04")
    page.keyboard.press("Enter")
    page.wait_for_url("**since=2026-10-04**")
    assert "Nobody read anything like that." in page.inner_text("main")


@pytest.mark.parametrize(("prefix", "link"), [("", "What is held about you"), ("/zh", "关于您的所存信息")])
def test_who_filed_without_a_name_comes_by_keyboard_from_the_code_to_all_that_is_held(
    office: Authority, browser: Any, axe: str, prefix: str, link: str
) -> None:
    code = new_code()
    filer = Caller(party_of(code), (REPORTER,))
    body = {
        "name": "NR-9",
        "category": "near_miss",
        "reporter": "public",
        "title": "T",
        "what_happened": "Words of mine",
    }
    receipt = office.act(Act("incident_reports.report", body, ANONYMOUS_KEY), filer)
    office.follow()
    office.reads.append([Read("2026-10-02T09:30:00Z", "party:moreau", ("officer",), "k1", "", receipt.index,
                              ("what_happened",), "portal /record/{index}", "Case 9")])  # fmt: skip
    with signed_in_at(office, browser, SITE) as fresh:
        page = fresh(PHONE)
        page.goto(f"{SITE}{prefix}/return")
        page.focus("#f-code")
        page.keyboard.type(code.lower())
        page.keyboard.press("Enter")
        page.wait_for_url(f"{SITE}{prefix}/return/report:nr-9")
        page.get_by_role("main").get_by_role("link", name=link).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{SITE}{prefix}/held")
        assert "Words of mine" in page.inner_text("main")
        page.locator("main summary").last.focus()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "(words) => document.querySelector('main').innerText.includes(words)", arg=READ_FOR[prefix]
        )
        assert "Case 9" not in page.inner_text("main")
        assert [*complaints(page, axe), *too_wide(page)] == []
        with page.expect_download() as saved:
            page.locator('main a[href$="/held.json"]').focus()
            page.keyboard.press("Enter")
        assert "Words of mine" in Path(saved.value.path()).read_text("utf-8")
