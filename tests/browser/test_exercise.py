"""The console of an exercise as everybody sees it: it passes axe, fits a phone, and leads to who must act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from commonweal import exercises
from commonweal.instruments import discover

from .conftest import answering, visiting
from .test_pages import complaints, too_wide

DEFINITION = discover()["containment"].folder / "exercises" / "late_answers.toml"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("drill") / "exercise"
    with exercises.begin(place, DEFINITION.read_text("utf-8"), players=["evaluators"]) as holding:
        holding.advance(holding.definition.start + timedelta(hours=3))
    with answering(place) as found:
        yield found


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_it_passes_axe_and_fits(browser: Any, portal: str, axe: str, prefix: str, width: int) -> None:
    with visiting(browser, portal, width) as page:
        assert page.goto(prefix + "/exercise").status == 200
        assert [*complaints(page, axe), *too_wide(page)] == []


def test_on_a_phone_no_cell_of_a_table_runs_over_the_next(browser: Any, portal: str) -> None:
    """A first column stays in place while the others are scrolled; what it says has to fit in it."""
    with visiting(browser, portal, 390) as page:
        page.goto("/exercise")
        over = page.evaluate(
            "() => [...document.querySelectorAll('tbody th, tbody td')].filter(e => e.scrollWidth > e.clientWidth + 1)"
            ".map(e => e.innerText)"
        )
        assert over == []


def test_from_who_must_act_to_the_case_by_keyboard(browser: Any, portal: str) -> None:
    with visiting(browser, portal, 1280) as page:
        page.goto("/exercise")
        page.get_by_role("link", name="Evaluate: confirm the result").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/cases/**")
        assert "Exercise alert 1" in page.locator("h1").inner_text()
