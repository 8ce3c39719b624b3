"""The first page counts what there is in words that people would use."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.doors.portal.home import plural
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from ...instruments.incident_reports.test_desk import House


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("Training run", "Training runs"),
        ("Facility", "Facilities"),
        ("Class", "Classes"),
        ("Publication of an incident", "Publications of an incident"),
        ("Copy of a model", "Copies of a model"),
        ("Package switched on", "Packages switched on"),
        ("Account opened", "Accounts opened"),
        ("Exercise held", "Exercises held"),
    ],
)
def test_what_is_many_is_the_thing_and_not_what_it_is_of(one: str, many: str) -> None:
    assert plural(one) == many


def figures_of(page: str) -> dict[str, str]:
    """What the first page counts: what it is called, and how many."""
    items = re.findall(r'<span class="figure">([^<]*)</span> <span class="of">([^<]*)</span>', page)
    return {unescape(words): number for number, words in items}


def test_what_the_authority_entered_itself_is_told_apart_from_what_was_reported(tmp_path: Path) -> None:
    """After an import of 1,745 copies a stranger read that so many reports were filed with this office."""
    house = House(tmp_path / "a")
    with house.authority, TestClient(app(house.authority), base_url="http://portal.example") as client:
        assert figures_of(client.get("/").text)["Incident report"] == "1", "the one that somebody filed"
        for name in ("R 8", "R 9"):
            house.file("incident_reports.report", house.report(name))
        found = figures_of(client.get("/").text)
        assert found["Incident reports, 2 of them entered by this authority itself"] == "3"
        assert "duties owed, of those that are public" in found
        assert "事件报告（其中2份由本机关自行录入）" in figures_of(client.get("/zh/").text)


def test_the_first_page_says_when_what_was_just_recorded_is_told(tmp_path: Path) -> None:
    """Right after eighteen acts it said that nothing had been recorded yet; and it names no page twice."""
    clock, founded = ReplayClock(instant("2026-03-01T09:20:00Z")), instant("2026-03-01")
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", founded, published_every=60)
    with (
        Authority.create(tmp_path / "a", settings, clock=clock) as authority,
        TestClient(app(authority), base_url="http://portal.example") as client,
    ):
        page = client.get("/").text
        assert "next at 1 March 2026 10:00 UTC" in page
        assert "Nothing has been recorded yet" not in page
        for card in page.split("<h3>")[1:]:
            names = re.findall(r"<li><a [^>]*>([^<]*)</a></li>", card.split("</ul>")[0])
            assert len(names) == len(set(names)), names
