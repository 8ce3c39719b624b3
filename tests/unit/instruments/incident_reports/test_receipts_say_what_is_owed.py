"""A company that reports is told with its receipt what it owes by that, by when and why: a clock of hours that stood
behind a link was missed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal import dues
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors import api
from commonweal.instruments import rule_file
from commonweal.kernel import notices

from ...doors.portal.people import sign_in
from .test_desk import House
from .test_desk_portal import client, house, shown

__all__ = ["client", "house"]

LAB = Caller("party:lab", ("developer",), organisation="organisation:lab")
DEATH = {
    "category": "serious_incident", "reporter": "provider", "organisation": "organisation:lab", "harms": ["death"],
    "jurisdictions": ["EU"], "high_risk_system": True, "equivalent_reporting": False,
    "aware_at": "2026-09-30T09:00:00Z", "title": "t", "what_happened": "w",
}  # fmt: skip
FINAL, TEN_DAYS = "Investigate, and alter nothing before saying so (EU)", "Report a death (EU, 10 days)"


def served(house: House) -> Any:
    """The API beside a follower that has other things to do."""
    return api.app(house.authority, wake=lambda: None)


@pytest.fixture
def program(house: House) -> Iterator[Any]:
    key = house.authority.access.issue_key(LAB.party, LAB.roles, organisation=LAB.organisation)
    with TestClient(served(house), headers={"Authorization": f"Bearer {key}"}) as found:
        yield found


def receipt_page(client: Any, house: House, prefix: str) -> str:
    """The page of the receipt for a new version of a report that tells of a death, by the lab with its key."""
    house.file("incident_reports.report", {**DEATH, "name": "R 7", "harms": ["health"]}, LAB)
    key = house.authority.access.issue_key(LAB.party, LAB.roles, ("file", "read"), organisation=LAB.organisation)
    sign_in(client, key)
    page = client.get(f"{prefix}/return/report:r-7").text
    token = re.findall(r'name="token" value="([^"]*)"', page)[0]
    begun = client.post(re.findall(r'action="([^"]*amend[^"]*)"', page)[0], data={"token": token})
    draft = unescape(begun.headers["location"]).removesuffix("/check")
    client.post(f"{draft}/harm", data={"token": token, "q.harms": "death", "q.deaths": "1"})
    assert client.post(f"{draft}/file", data={"token": token}).status_code == 303
    return shown(client.get(f"{draft}/receipt"))


@pytest.mark.parametrize(
    ("prefix", "says"),
    [
        ("", ("What you owe by it, and by when", TEN_DAYS, "yours to do", "Art. 73(4)", "Why this is owed")),
        ("/zh", ("您因此应履行的义务及期限", "报告死亡（欧盟，10日）", "第73条第4款")),
    ],
)
def test_the_receipt_says_what_is_owed_by_when_and_why(
    client: Any, house: House, prefix: str, says: tuple[str, ...]
) -> None:
    page = receipt_page(client, house, prefix)
    for words in says:
        assert words in page


def test_that_it_was_told_stands_in_the_log_of_reads(client: Any, house: House) -> None:
    before, _ = house.authority.reads.head()
    receipt_page(client, house, "")
    doors = {one.read.door for one in house.authority.reads.lines(before + 1)}
    assert any(door.endswith("/receipt") for door in doors)


def test_a_program_is_answered_with_what_is_owed(program: Any) -> None:
    answer = program.post("/api/v1/filings/incident_reports.report", json={**DEATH, "name": "R 8"}).json()
    by_duty = {one["duty"]["en"]: one for one in answer["owed"]}
    met, open_ = by_duty[TEN_DAYS], by_duty[FINAL]
    assert (met["state"], met["ends"], met["party"]) == ("met", "2026-10-12", LAB.organisation)
    assert (open_["state"], open_["why"][0]["zh"] != "") == ("owed", True)
    assert "Art. 73(6)" in open_["citation"]
    assert {one["party"] for one in answer["owed"]} == {LAB.organisation}, "nothing that others owe"
    again = program.post("/api/v1/filings/incident_reports.report", json={**DEATH, "name": "R 8"}).json()
    assert (again["again"], again["owed"]) == (True, answer["owed"])


def test_of_several_each_receipt_has_its_own(program: Any) -> None:
    acts = [
        {"kind": "incident_reports.report", "body": {**DEATH, "name": "R 8"}},
        {"kind": "incident_reports.report", "body": {**DEATH, "name": "R 9", "harms": ["health"]}},
        {"kind": "model_registration.organisation", "body": {"name": "Lab", "countries": ["DE"]}},
    ]
    first, second, third = program.post("/api/v1/batches", json={"acts": acts}).json()["receipts"]
    assert TEN_DAYS in {one["duty"]["en"] for one in first["owed"]}
    assert TEN_DAYS not in {one["duty"]["en"] for one in second["owed"] if one["state"] != "unknown"}
    assert "owed" not in third, "nobody comes back to that as to a report"


def test_what_is_not_worked_out_yet_is_told_as_that(
    program: Any, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a rush nobody waits for their receipt until what others filed is laid out."""
    monkeypatch.setattr(dues, "FOLLOWED_AT_ONCE", -1)
    answer = program.post("/api/v1/filings/incident_reports.report", json={**DEATH, "name": "R 8"})
    assert (answer.status_code, answer.json()["owed"]) == (201, None)
    monkeypatch.undo()
    assert program.post("/api/v1/filings/incident_reports.report", json={**DEATH, "name": "R 8"}).json()["owed"]


def test_a_key_that_may_not_read_is_told_nothing(house: House) -> None:
    key = house.authority.access.issue_key(LAB.party, LAB.roles, ("file",), organisation=LAB.organisation)
    with TestClient(served(house), headers={"Authorization": f"Bearer {key}"}) as blind:
        assert "owed" not in blind.post("/api/v1/filings/incident_reports.report", json={**DEATH, "name": "R 8"}).json()


def test_nothing_of_it_is_told_where_no_law_asks(house: House) -> None:
    authority: Authority = house.authority
    assert dues.told_with(authority, authority.kinds["incident_reports.report"])
    assert not dues.told_with(authority, authority.kinds["incident_reports.question"])


PLAN = """
id = "test.letters"
version = "1"
[[letter]]
template = "incident_reports.received"
on = "incident_reports.report"
to = "filer"
once = true
values = { name = "$name", received = "$day", owed = "$owed" }
"""


def wordings(house: House, report: str) -> list[str]:
    (letter,) = notices.letters(house.authority.reader, subject=report)
    return [" ".join(one["paragraphs"]) for one in house.authority.entry(letter["entry"]).body["wordings"]]


def test_the_letter_that_acknowledges_a_report_says_it_in_both_languages(house: House) -> None:
    house.authority.adopt(rule_file(PLAN))
    house.file("incident_reports.report", {**DEATH, "name": "R 8"}, LAB)
    english, chinese = wordings(house, "report:r-8")
    assert "Report a death (EU, 10 days) (Regulation (EU) 2024/1689, Art. 73(4)" in english
    assert "met (last day: Monday 2026-10-12)" in english
    assert "报告死亡（欧盟，10日）" in chinese
    assert "已履行（最后一日：2026-10-12" in chinese


def test_who_owes_nothing_is_shown_the_way_to_the_page_in_the_letter(house: House) -> None:
    house.authority.adopt(rule_file(PLAN))
    house.file("incident_reports.report", house.report("R 8"), Caller("party:w", ("reporter",)))
    english, _ = wordings(house, "report:r-8")
    assert "What you owe by it as it stands today, and by when: see its page" in english
