"""No page on the menu that nobody visits: each is where a journey starts, or is held against axe with the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import signed_in_at
from .journeys import SITE, TASKS, WIDE, house


@pytest.mark.parametrize("role", ["", "officer", "auditor", "developer"])
def test_every_page_on_the_menu_of_a_role_is_visited(
    tmp_path: Path, browser: Any, addresses: list[str], role: str
) -> None:
    starts = {task.start for tasks in TASKS.values() for task in tasks}
    with house(tmp_path / "office") as office, signed_in_at(office, browser, SITE) as opened:
        page = opened(WIDE)
        page.goto(f"{SITE}/sign-in")
        if role:
            page.fill("#f-key", office.access.issue_key("party:kim", (role,), ("file", "read")))
            page.press("#f-key", "Enter")
            page.wait_for_url("**/inbox*")
        menu = page.eval_on_selector_all("nav.menu.wide a", "all => all.map(one => one.getAttribute('href'))")
    assert len(menu) > 7
    assert set(menu) - starts - set(addresses) == set()
    assert ("/incident-reports/desk" in menu) == (role == "officer")
