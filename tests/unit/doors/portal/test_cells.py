"""What a page of a subject shows of values as they were filed."""

from __future__ import annotations

import re
from gettext import NullTranslations
from typing import Any

import pytest
from markupsafe import Markup

from commonweal.doors.portal.cells import PART_CHARS_MAX, PARTS_MAX, Cells
from commonweal.doors.portal.formats import Formats
from commonweal.doors.portal.languages import Words


class Named:
    def link(self, subject: str) -> Markup:
        return Markup("<a>{}</a>").format(subject)


CELLS = Cells(Formats("en"), Words(NullTranslations()), Named())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.999, "0.999"),
        (-0.9996, "-0.9996"),
        (0.1, "0.1"),
        (12345.678901, "12,345.678901"),
        (9.996e25, "9.996 × 10²⁵"),
        (1e25, "10²⁵"),
        (1.25e-7, "1.25 × 10⁻⁷"),
        (1.0, "1"),
        (0.0, "0"),
        (7, "7"),
    ],
)
def test_a_figure_is_shown_with_every_digit_that_was_filed(value: float, shown: str) -> None:
    """A lower bound of 0.999 stood there as "At least 1"."""
    assert CELLS.filed(value) == shown
    if isinstance(value, float):
        assert CELLS.plain(value) == shown


def test_a_list_of_parts_tells_how_many_and_what_each_says_in_short() -> None:
    """The results of a run were sixteen commas."""
    results: list[dict[str, Any]] = [{"name": f"m{one}", "reported": 0.1851, "ci": [1, 2]} for one in range(16)]
    shown = CELLS.filed(results)
    assert shown.startswith("16 parts<ul><li>name: m0, reported: 0.1851, ci: …</li>")
    assert shown.count("<li>") == 16
    many = CELLS.filed([{"text": "<b>" * 1000}] * 5000)
    assert many.startswith("5000 parts")
    assert many.count("<li>") == PARTS_MAX + 1
    assert "<b>" not in many
    assert len(re.sub("&[a-z]+;", "x", many)) < (PARTS_MAX + 1) * (PART_CHARS_MAX + 20)
    assert CELLS.filed([]) == CELLS.show([])
    assert CELLS.filed(["a", "model:b"]) == "a, <a>model:b</a>"
