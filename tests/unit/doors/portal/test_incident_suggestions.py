"""Officers are shown which incidents a report may tell of; nobody else is, and nothing is linked by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import RuleFile, discover
from commonweal.instruments.incident_reports.suggestions import RULE, in_english, suggested
from commonweal.instruments.incident_reports.suggestions import view as page_of
from commonweal.kernel.record import Act
from commonweal.kernel.values import NotFound, ReplayClock, RuleFault, Text, instant
from commonweal.methods.linking import HOLDS_FROM
from commonweal.settings import Settings

from .people import sign_in

START = instant("2026-03-01")
BUS = {
    "title": "Self-driving bus hits a delivery truck",
    "summary": "A shuttle of Keolis stood still and was hit by a truck in Las Vegas on its first day.",
    "deployers_named": ["Keolis"],
    "occurred": "2017-11-08",
}
MAIL = {
    "title": "Assistant forwards bank details",
    "summary": "A mail assistant sent a password to a stranger.",
    "occurred": "2025",
}
ASKED = {
    "name": "R 1",
    "category": "concern",
    "reporter": "public",
    "title": "A shuttle without a driver crashed",
    "what_happened": "On its first day in Las Vegas the driverless shuttle bus was struck by a delivery truck.",
    "deployer_named": "Keolis",
    "occurred": "2017-11",
}


UNLIKE = {
    "title": "Pupils lost marks",
    "what_happened": "A formula guessed what they would have got.",
    "deployer_named": "Q",
    "occurred": "2020",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    clock = ReplayClock(START)
    settings = Settings(Text(en="Test", zh="测试"), "linking.example/log", START, replay=True)
    with Authority.create(tmp_path / "a", settings, clock=clock) as authority:
        clock.set(START + timedelta(days=1))
        authority.act_all([incident("I 1", BUS), incident("I 2", MAIL), Act("incident_reports.report", ASKED, "r")])
        authority.follow()
        yield authority


def incident(name: str, body: dict[str, Any], key: str = "") -> Act:
    return Act("incident_reports.incident", {"name": name, **body}, key)


def first(house: Authority) -> list[str]:
    return [one.key for one in suggested(house.reading(), "report:r-1").incidents]


def test_the_incident_that_it_tells_of_comes_first_with_why(house: Authority) -> None:
    found = suggested(house.reading(), "report:r-1")
    assert found.incidents[0].key == "incident:i-1"
    assert {"shuttle", "keolis"} <= {part.term for part in found.incidents[0].why}
    assert found.chance_new is None, "two incidents are too few to say"


def test_a_name_through_the_register_and_the_same_name_written_out_agree(house: Authority) -> None:
    """The report links to the organisation, the incident was told of by a name in another spelling; the form says
    nothing: every third company is an Inc."""
    told = {"title": "Something else", "summary": "Nothing alike", "developers_named": ["LAB, Inc."]}
    other = {"title": "Anything", "summary": "Of no use", "developers_named": ["Firm Inc."]}
    lab = Act("model_registration.organisation", {"name": "Lab Inc."}, "lab")
    linked = {**ASKED, **UNLIKE, "name": "R 2", "deployer_named": None, "developer": "organisation:lab-inc"}
    house.act_all([lab, incident("I 3", told), incident("I 4", other), Act("incident_reports.report", linked, "r2")])
    house.follow()
    found = {one.key: [part.term for part in one.why] for one in suggested(house.reading(), "report:r-2").incidents}
    assert "lab" in found["incident:i-3"]
    assert "incident:i-4" not in found


def enough(house: Authority) -> None:
    """As many other incidents as a chance takes, of which none is like another."""
    others = [
        incident(f"N {at}", {"title": f"Thing {at}", "summary": f"word{at} happening{at % 7} place{at % 13} of it"})
        for at in range(HOLDS_FROM - 2)
    ]
    house.act_all(others)
    house.follow()


def test_how_likely_something_new_is_is_said_where_it_was_measured_to_hold(house: Authority) -> None:
    """Of two incidents any word that is shared is rare, and what is new was said to be known with 90 % and more."""
    enough(house)
    last = house.store.size() - 1
    known = suggested(house.reading(), "report:r-1")
    assert known.incidents[0].key == "incident:i-1"
    assert known.chance_new is not None
    assert known.chance_new < 0.5
    house.act(Act("incident_reports.report", {**ASKED, "name": "R 9", **UNLIKE}, "r9"))
    house.follow()
    new = suggested(house.reading(), "report:r-9")
    assert new.chance_new is not None
    assert new.chance_new > 0.5
    house.act(Act("record.annulled", {"entry": last, "reason_code": "filed_in_error"}, "fewer"))
    house.follow()
    assert suggested(house.reading(), "report:r-9").chance_new is None


def test_an_office_whose_reports_are_mostly_new_says_so_by_adopting_it(house: Authority) -> None:
    """Where nine of ten tell of something new, the same words are likelier to; the order stays. A share that is none
    is not put in force."""
    enough(house)

    def chance(share: str) -> float:
        shipped = (discover()["incident_reports"].folder / "rules" / "suggestions.toml").read_text("utf-8")
        text = re.sub('version = ".*"', f'version = "{share}"', shipped).replace(
            "share_new = 0.5", f"share_new = {share}"
        )
        house.adopt(RuleFile(RULE, "parameters", share, "application/toml", text))
        house.follow()
        found = suggested(house.reading(), "report:r-1")
        assert found.incidents[0].key == "incident:i-1"
        assert found.chance_new is not None
        return found.chance_new

    even, mostly = chance("0.50"), chance("0.9")
    odds = (mostly / (1 - mostly)) / (even / (1 - even))
    assert odds == pytest.approx(9)
    with pytest.raises(RuleFault, match="share_new"):
        chance("1.5")


def test_what_was_filed_anew_annulled_or_linked_meanwhile_counts(house: Authority) -> None:
    """The index in memory follows the record: no incident is suggested in words that it has not any more."""
    assert first(house)[0] == "incident:i-1"
    house.act(incident("I 1", MAIL, "again"))
    house.follow()
    why = [part.term for one in suggested(house.reading(), "report:r-1").incidents for part in one.why]
    assert "shuttle" not in why
    again = house.store.size() - 1
    house.act(Act("record.annulled", {"entry": again, "reason_code": "filed_in_error"}, "undo"))
    house.follow()
    assert first(house)[0] == "incident:i-1"
    link = {"report": "report:r-1", "incident": "incident:i-1", "relation": "same"}
    house.act(Act("incident_reports.linked", link, "l"))
    house.follow()
    assert "incident:i-1" not in first(house), "what is linked already is no suggestion"
    with pytest.raises(NotFound):
        suggested(house.reading(), "report:none")


def test_of_a_report_in_chinese_no_chance_is_stated_and_it_is_said_why(house: Authority) -> None:
    """There were no pairs in Chinese to measure it on: the snapshot of the AI Incident Database is in English."""
    said = {"name": "R 2", "title": "无人驾驶巴士发生碰撞", "what_happened": "巴士首日运行即被 Keolis 的货车撞上。"}
    house.act(Act("incident_reports.report", {**ASKED, **said}, "r2"))
    enough(house)
    browser = TestClient(app(house), base_url="https://office.example", follow_redirects=False)
    key = house.access.issue_key("party:desk", ("officer",), ("file", "read"), organisation="authority")
    assert sign_in(browser, key).status_code == 303
    page = browser.get("/incident-reports/suggestions/r-2").text
    assert "is not stated: that was fitted on reports in English" in page
    assert "Chance that it tells" not in page
    assert BUS["title"] in page, "the name in Latin letters is shared all the same"


@pytest.mark.parametrize(
    ("told", "english"),
    [
        ("In Las Vegas the driverless shuttle of Keolis was hit by a truck on its first day.", True),
        ("Shuttle bus crash", True),
        ("Ein Saunaofen heizte nachts von selbst, weil eine Assistentin ein Gespräch falsch verstand.", False),
        ("Un robot de piscine a aspiré le bracelet d’un enfant dans un hôtel près de Nice.", False),
        ("巴士首日运行即被货车撞上。", False),
    ],
)
def test_a_chance_is_stated_of_what_is_told_in_english(house: Authority, told: str, english: bool) -> None:
    """German and French share their everyday words with few reports, and each of these counted as rare."""
    assert in_english(house.reader, {"title": "", "what_happened": told}) == english


def test_an_agreement_that_one_word_carries_is_said_to_be_one(house: Authority) -> None:
    """“drone 100 %” reads as if all of it agreed; most texts that one word joins tell of different things."""
    body = {
        **UNLIKE,
        "name": "R 2",
        "category": "concern",
        "reporter": "public",
        "deployer_named": "",
        "occurred": None,
    }
    body |= {"title": "Password", "what_happened": "Nobody answered."}
    house.act(Act("incident_reports.report", {name: said for name, said in body.items() if said}, "r2"))
    house.follow()
    found = {report: page_of(house.reading(), {"report": report})["found"][0] for report in ("r-1", "r-2")}
    assert [part[1] for part in found["r-2"]["why"]] == ["password"]
    assert (found["r-1"]["by_one_word"], found["r-2"]["by_one_word"]) == (False, True)


def test_only_officers_get_the_page_and_their_reading_is_logged(house: Authority) -> None:
    address = "/incident-reports/suggestions/r-1"
    browser = TestClient(app(house), base_url="https://office.example", follow_redirects=False)
    assert browser.get(address).status_code == 403
    key = house.access.issue_key("party:desk", ("officer",), ("file", "read"), organisation="authority")
    assert sign_in(browser, key).status_code == 303
    page = browser.get(address)
    assert page.status_code == 200
    assert BUS["title"] in page.text
    assert "So few can be read through" in page.text
    assert "属于新事件的概率" not in browser.get("/zh" + address).text
    enough(house)
    assert "属于新事件的概率" in browser.get("/zh" + address).text
    assert browser.get("/incident-reports/suggestions/none").status_code == 404


def test_there_are_still_five_where_the_best_are_linked_already(house: Authority) -> None:
    """Whoever linked three of the likeliest is shown the next ones, not two."""
    house.act_all([incident(f"I 1{number}", BUS) for number in range(8)])
    house.follow()
    best = first(house)
    link = {"report": "report:r-1", "relation": "same"}
    house.act_all([Act("incident_reports.linked", {**link, "incident": one}, one) for one in best[:3]])
    house.follow()
    found = first(house)
    assert (len(best), len(found), set(found) & set(best)) == (5, 5, set(best[3:]))
