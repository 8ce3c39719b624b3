"""Hostile texts in a real browser: nothing runs, nothing runs off the page, no text turns the words around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hostile import ALL, published, slug

from .conftest import signed_in_at
from .test_pages import too_wide

SITE = "https://office.example"


def test_no_text_runs_or_breaks_the_page_that_shows_it(browser: Any, tmp_path: Path) -> None:
    with published(tmp_path / "office") as office, signed_in_at(office, browser, SITE) as opened:
        page = opened({"width": 390, "height": 900})
        opens: list[str] = []
        page.on("dialog", lambda dialog: (opens.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda popup: opens.append(popup.url))
        for number, what in enumerate(ALL):
            page.goto(f"{SITE}/incidents/{slug(number)}")
            assert opens == [], what
            assert too_wide(page) == [], what
            assert page.url == f"{SITE}/incidents/{slug(number)}", what
        page.goto(f"{SITE}/incident_reports/incidents")
        assert (opens, too_wide(page)) == ([], [])
