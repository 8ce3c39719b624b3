"""Whoever decides in a case that a threshold opened reads which one, about what part, and on which figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal import playbooks
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.thresholds import RULE as RULES
from commonweal.kernel.values import ReplayClock, Text, day_start
from commonweal.settings import Settings

from .people import sign_in

RULE = """
format = 2
id = "test.sector"
version = "1"
citation = "made for a test"
every = "1d"
title = { en = "Load of a sector", zh = "行业负载" }
text = { en = "Load.", zh = "负载。" }
in_force = { from = 2000-01-01 }
by = ["subject", "sector"]
expr = "lost >= 80"
max_gap = "300d"
then = { playbook = "serious_incident_handling" }
[let]
lost = "jobs.lost"
"""
DAY = date(2026, 3, 2)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    start = day_start(DAY - timedelta(days=1))
    clock = ReplayClock(start)
    settings = Settings(Text(en="Test", zh="测试"), "fired.example/log", start, replay=True)
    with Authority.create(tmp_path / "a", settings, clock=clock) as authority:
        authority.adopt(rule_file(playbooks.texts()["serious_incident_handling"], ".json"))
        authority.adopt(rule_file(RULE))
        clock.set(day_start(DAY) + timedelta(hours=12))
        told = (("11", 81.5), ("22", 90.25))
        rows = [Observation(f"jobs.lost{{sector={one}}}", "area:us", DAY, value) for one, value in told]
        authority.act(batch_act(rows, series_set="t", citation="test", released_on=DAY))
        authority.follow()
        yield authority


def test_the_case_and_the_step_to_decide_say_the_part_and_the_figures(house: Authority) -> None:
    (first, second) = sorted(protocols.cases(house.reader), key=lambda row: str(row["about"]))
    with TestClient(app(house), base_url="https://office.example", follow_redirects=False) as browser:
        page = browser.get(f"/cases/{first['case'].partition(':')[2]}").text
        assert "{sector=11}" in page
        assert "Load of a sector" in page
        assert "81.5" in page
        key = house.access.issue_key("party:desk", ("officer",), ("file", "read"), organisation="authority")
        assert sign_in(browser, key).status_code == 303
        inbox = browser.get("/inbox").text
        assert "{sector=11}" in inbox
        assert "{sector=22}" in inbox
        step = second["steps"][0]["step"]
        task = browser.get(f"/inbox/{second['case'].partition(':')[2]}/{step}").text
        assert "{sector=22}" in task
        assert "Load of a sector" in task
        assert "90.25" in task


def test_a_rule_that_can_be_read_no_more_is_told_by_its_id(house: Authority) -> None:
    """A later release may refuse words that an earlier one took: the case that they opened still has its page."""
    (held,) = house.reader.select(RULES, {"rule": "test.sector"})
    with house._tables.transaction() as tables:
        tables.put(RULES, {**held, "fault": "refused by now"})
    case = protocols.cases(house.reader)[0]["case"].partition(":")[2]
    browser = TestClient(app(house), base_url="https://office.example", follow_redirects=False)
    page = browser.get(f"/cases/{case}")  # nothing follows the record meanwhile: the row stays as it was put
    assert page.status_code == 200, page.text
    assert ">test.sector</a>" in page.text
