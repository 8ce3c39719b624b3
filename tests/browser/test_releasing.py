"""Releasing a withheld field in a real browser: by keyboard, on a phone and a desk, in both languages, against axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from held_office import DESK, VISITOR, held_office

from .conftest import signed_in_at
from .test_pages import complaints, too_wide

SITE = "https://office.example"
WIDE, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}


@pytest.mark.parametrize(("prefix", "viewport"), [("", WIDE), ("", PHONE), ("/zh", PHONE)])
def test_an_officer_releases_a_field_by_keyboard_and_withdraws_it(
    tmp_path: Path, browser: Any, axe: str, prefix: str, viewport: dict[str, int]
) -> None:
    with held_office(tmp_path / "office") as office, signed_in_at(office.authority, browser, SITE) as fresh:
        page = fresh(viewport)
        key = office.authority.access.issue_key(DESK.party, ("officer",), ("file", "read"))
        page.goto(f"{SITE}{prefix}/sign-in")
        page.fill("#f-key", key)
        page.press("#f-key", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(f"{SITE}{prefix}/held?party={VISITOR.party}&purpose=Letter+4")
        link = page.locator(f"main a[href*='/held/release'][href*='entry={office.at['note']}']")
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/held/release?**")
        assert [*complaints(page, axe), *too_wide(page)] == []
        page.focus("#f-field")
        while page.input_value("#f-field") != "text":
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("It speaks of them alone")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**said=**")
        assert "Note-of-desk" in page.inner_text("main"), "as the person reads it now"
        assert [*complaints(page, axe), *too_wide(page)] == []
        page.locator(f"main a[href*='/held/release'][href*='entry={office.at['note']}']").click()
        page.select_option("#w-field", "text")
        assert [*complaints(page, axe), *too_wide(page)] == []
        page.fill("#w-reason", "It was the wrong entry")
        page.press("#w-reason", "Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**said=**")
        own = {item.index for item in office.own(VISITOR.party).items}
        assert office.at["note"] not in own, (
            "what the office notes is its own work: they are told of it by a release alone"
        )
