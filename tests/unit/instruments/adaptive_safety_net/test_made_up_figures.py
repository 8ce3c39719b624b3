"""Figures that nobody published are never shown as published ones: from which month on they are made up is said."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.doors import portal
from commonweal.instruments.adaptive_safety_net import laus
from commonweal.kernel import indicators
from net_house import MICHIGAN, Net

PAGES = ("/safety-net", "/unemployment", "/unemployment/us-mi")
LISTS = ("disruption", "states", "switches", "months")
REAL, REAL_ZH = "the figures are real, the filings", "数据是真实的，申报"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found


def made_up(net: Net, month: date) -> None:
    net.at("2026-03-25T12:00:00Z")
    net.authority.act(laus.made_up(month, {MICHIGAN: 6.0}, indicators.MADE_UP))
    net.authority.follow()


def site(net: Net) -> TestClient:
    return TestClient(portal.app(net.authority), base_url="https://ministry.example")


def test_figures_that_are_made_up_are_said_to_be_from_their_first_month_on(net: Net) -> None:
    """Four invented months stood on public pages, in files and under a banner that called all figures real."""
    with site(net) as before:
        for page in PAGES:
            text = before.get(page).text
            assert REAL in text
            assert "made up" not in text.partition("<main")[2]
        assert "made_up" not in before.get("/adaptive_safety_net/states.csv").text
    made_up(net, date(2026, 1, 1))
    with site(net) as after:
        for page in PAGES:
            text, chinese = after.get(page).text, after.get(f"/zh{page}").text
            assert "figures of January 2026 and later are in part made up, the others are real" in text
            assert "Figures of unemployment of January 2026 and later are made up: nobody published them" in text
            assert "2026年1月及以后的数据部分为虚构" in chinese
            assert "2026年1月及以后的失业数据为虚构" in chinese
            assert REAL not in text
            assert REAL_ZH not in chinese
        sure = after.get("/safety-net").text
        assert "The newest figures are of January 2026, and made up from January 2026 on" in sure
        assert "They are estimates of a survey" not in sure
        rows = {name: after.get(f"/adaptive_safety_net/{name}.json").json() for name in LISTS}
        (michigan,) = (row for row in rows["states"] if row["subject"] == MICHIGAN)
        assert (michigan["month"], michigan["made_up"]) == ("2026-01", True)
        assert {row["event"]: row["made_up"] for row in rows["months"]}["2025-12"] is False
        assert {row["event"]: row["made_up"] for row in rows["months"]}["2026-01"] is True
        assert all(row["made_up"] == (row["at"] >= "2026-01") for row in rows["switches"])
        told = csv.DictReader(io.StringIO(after.get("/adaptive_safety_net/disruption.csv").text))
        assert {row["made_up"] for row in told if row["subject"] == MICHIGAN} == {"true"}


def test_a_month_that_was_judged_by_what_was_made_up_says_so_once_it_is_published_too(net: Net) -> None:
    """It is shown as it was judged, whatever came later; the series itself shows what was published."""
    made_up(net, date(2026, 1, 1))
    net.at("2026-03-26T12:00:00Z")
    row = indicators.Observation(laus.UNEMPLOYED, MICHIGAN, date(2026, 1, 1), 250_000.0)
    net.authority.act(indicators.batch_act([row], series_set="laus.states", citation="Published",
                                           released_on=date(2026, 3, 26)))  # fmt: skip
    net.authority.follow()
    with site(net) as found:
        assert "January 2026 and later are made up" in found.get("/unemployment/us-mi").text
        assert "are made up" not in found.get(f"/series/{laus.UNEMPLOYED}?subject={MICHIGAN}").text
        assert "are made up" in found.get(f"/series/{laus.UNEMPLOYED}?subject=area:us-oh").text
