"""The page of a case that could not move says so, and why; so does the list of cases."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient
from tests.unit.doors.portal.people import sign_in

from commonweal.doors.portal import app
from long_cases import UNWRITABLE, House


def test_the_page_of_a_case_that_could_not_move_says_why(tmp_path: Path) -> None:
    house = House(tmp_path / "authority", UNWRITABLE)
    browser = TestClient(app(house.authority), base_url="https://office.example", follow_redirects=False)
    path = f"/cases/{house.of('playbook.test')['case'].removeprefix('case:')}"
    assert "could not move on" not in browser.get(path).text
    house.at("2026-01-03T00:00:00Z")
    entry = house.entries("clock.tick")[0].index
    page = browser.get(path).text
    assert f"This case could not move on at entry {entry}" in page
    assert "text of at most 80 characters" not in page, "a fault may quote what is sealed"
    assert sign_in(browser, house.authority.access.issue_key("party:desk", ("officer",))).status_code == 303
    assert "text of at most 80 characters" in browser.get(path).text
    assert "未能继续" in browser.get(f"/zh{path}").text
    assert "a fault to be put right" in browser.get("/cases").text
    other = f"/cases/{house.of('playbook.other')['case'].removeprefix('case:')}"
    assert "could not move on" not in browser.get(other).text
    house.authority.close()
