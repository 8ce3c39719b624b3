"""What is drawn: each playbook has its key, its words are not run over, and on paper it is whole and dark on light."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .test_pages import complaints, too_wide

DRAWN = (
    "coordinated_pausing", "disclosure_to_a_recipient", "early_warning_disclosure", "model_notification",
    "pause_by_a_developer", "safe_shutdown", "serious_incident_handling", "stop_of_a_copy",
)  # fmt: skip


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_every_drawing_of_a_playbook_has_its_key_and_passes_axe(
    visit: Callable[..., Any], axe: str, prefix: str, width: int
) -> None:
    with visit(width) as page:
        for name in DRAWN:
            page.goto(f"{prefix}/regimes/playbook.{name}")
            assert [*complaints(page, axe), *too_wide(page)] == [], name
            assert page.locator(".graph-box .edge.dashed").count() > 0, name
            key = page.get_by_role("list", name="图例" if prefix else "Key to the drawing")
            said = "仅在失败、被拒绝、逾期" if prefix else "only if it fails, is refused, comes too late"
            assert said in key.inner_text(), name
            assert key.locator(".dashed").count() == 1, name
            covered = page.evaluate(
                "() => { const all = [...document.querySelector('.graph-box svg').children];"
                " const last = all.map(e => e.matches('path.edge')).lastIndexOf(true);"
                " return all.slice(0, last).filter(e => e.matches('text.way')).length; }"
            )
            assert covered == 0, f"{name}: words that a line runs over"


def test_a_drawing_is_printed_whole_and_dark_on_light_whatever_is_chosen(visit: Callable[..., Any]) -> None:
    with visit(718) as page:  # A4 without its margins
        page.goto("/")
        page.locator("button.theme").click()
        page.emulate_media(media="print")
        for name in DRAWN:
            page.goto(f"/regimes/playbook.{name}")
            assert page.evaluate("document.documentElement.dataset.theme") == "dark"
            look = "getComputedStyle(document.querySelector('.graph text:not(.way)')).fill"
            assert page.evaluate(look) == "rgb(0, 0, 0)", name
            assert page.locator(".graph-box svg").bounding_box()["width"] <= 718, name
            assert not page.locator(".who").is_visible()
