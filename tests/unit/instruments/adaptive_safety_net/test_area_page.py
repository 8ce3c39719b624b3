"""The page of one state: a month that was judged before its figures were revised is not passed off as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from commonweal.instruments.adaptive_safety_net import views
from net_house import Net


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found


def test_a_month_that_would_be_judged_otherwise_now_says_both_rates(net: Net) -> None:
    """December came as 5 percent after two months of 4: 4.3 over three months. Revised to 8 after January (6) had come,
    it would be 5.3; January, the newest, is judged again: (4 + 8 + 6) / 3."""
    net.month("2026-01")
    page = views.area_page(net.authority.reading(), {"area": "us-mi"})
    assert (page["rate"], page["revised"]) == (5.0, [])
    net.at("2026-02-25T12:00:00Z")
    net.figures(date(2025, 12, 1), date(2025, 12, 1), {date(2025, 12, 1): 8.0})
    page = views.area_page(net.authority.reading(), {"area": "us-mi"})
    assert page["rate"] == 6.0
    assert page["revised"] == [("2025-12", 4.3, 5.3)], "what was judged stands, and is not mixed in silence"
