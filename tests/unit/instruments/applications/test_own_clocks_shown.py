"""What the authority itself owes, as people see it: what silence would mean, that a clock stands, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.doors.portal import app
from commonweal.instruments import discover
from commonweal.instruments.applications.facts import facts_of
from commonweal.kernel.values import BadInput, Forbidden, ReplayClock, instant
from commonweal.settings import Settings
from commonweal.story import ORIGIN, read_story, tell

INSTALLED = discover()["applications"]
STORY = read_story(INSTALLED.folder / "story.toml")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """The story up to where two clocks stand: one while the applicant is asked, one while others are."""
    until = next(n for n, step in enumerate(STORY.steps) if step.at and step.at.day == 16 and step.at.month == 9)
    told = replace(STORY, steps=STORY.steps[:until], expect=())
    clock = ReplayClock(STORY.start)
    settings = Settings(STORY.title, ORIGIN, STORY.start, replay=True)
    with Authority.create(tmp_path_factory.mktemp("own"), settings, clock=clock) as found:
        assert not [one.problem for one in tell(found, clock, told, INSTALLED) if one.problem]
        yield found


@pytest.fixture(scope="module")
def client(house: Authority) -> Iterator[TestClient]:
    with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


def board(client: TestClient, about: str = "") -> dict[str, dict[str, Any]]:
    rows = client.get(f"/board.json?kind=duty&within=90&about={about}").json()
    return {row["what"]: row for row in rows}


def test_the_board_says_what_the_authority_s_silence_will_mean(client: TestClient) -> None:
    rows = board(client)
    plan, documents = rows["Decide on a real-world testing plan (30 days)"], rows["Answer an application for documents"]
    assert plan["next"] == "Deemed approved, unless it is decided by then."
    assert documents["next"] == "Overdue, unless it is filed by then."
    assert plan["party"] == "the market surveillance authority of the Member State"
    assert "the market surveillance authority of the Member State" in client.get("/board?within=90").text
    assert "<code>authority</code>" not in client.get("/board?within=90").text


def test_a_clock_that_stands_says_so_where_its_day_would_be(client: TestClient) -> None:
    page = client.get("/duties?state=open").text
    assert len(re.findall("the clock stands since 1[04] September 2026", page)) == page.count("the clock stands") == 2
    assert "期限自2026年9月10日起中止" in client.get("/zh/duties?state=open").text
    rows = {row["application"]: row for row in client.get("/applications/applications.json").json()}
    stands = rows["Records 1 (fictitious)"]
    assert (stands["stopped_on"], stands["last_day"]) == ("2026-09-10", None)


def test_the_rule_s_page_says_how_often_which_reason_stops_it(client: TestClient) -> None:
    page = client.get("/regimes/us.foia.determination").text
    assert "the requester was asked for information (1 time); a question of fees" in page
    assert "deemed refused" in client.get("/regimes/eu.access_to_documents.confirmatory_reply").text


def test_nobody_is_told_who_asked_for_what(house: Authority, client: TestClient) -> None:
    """The applicant's name and request are on file, and on no page about them."""
    assert house.entry(next(n for n in range(house.store.size()) if "applicant" in house.entry(n).body)).body[
        "applicant"
    ]
    pages = [
        "/applications/applications",
        "/subjects/application:documents-1-fictitious",
        "/duties",
        "/board?within=90",
    ]
    for page in pages:
        text = client.get(page).text
        assert "journalist" not in text
        assert "All evaluations" not in text


def test_only_the_authority_says_since_when_its_time_counts(house: Authority) -> None:
    body = {"name": "X", "under": "us_foia", "received_on": "2026-08-01"}
    with pytest.raises((BadInput, Forbidden)):
        house.act(Act("applications.application", body, "o"), Caller("party:o", ("developer", "observer")))


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"under": "us_foia", "registered_on": "2026-09-02"}, "registered_on"),
        ({"under": "eu_documents", "appealed_on": "2026-09-02"}, "appealed_on"),
        ({"under": "us_foia", "tacit_approval": False}, "tacit_approval"),
        ({"under": "eu_documents", "registered_on": "2026-08-30"}, "registered_on"),
        ({"under": "eu_documents", "received_on": "2027-01-01"}, "received_on"),
    ],
)
def test_what_does_not_belong_to_a_law_is_refused(house: Authority, more: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as caught:
        house.act(Act("applications.application", {"name": "X", "received_on": "2026-09-01", **more}, "x"))
    assert where in {fault.where for fault in caught.value.faults}


def test_what_a_later_version_says_again_was_known_before(house: Authority) -> None:
    """An appeal is told by another version of the application; the day of receipt is not known anew with it."""
    before, now = instant("2026-09-01T14:00:00Z"), instant("2026-09-15T09:00:00Z")
    house.clock.set(now)  # type: ignore[attr-defined]
    body = {
        "name": "Records 1 (fictitious)",
        "under": "us_foia",
        "received_on": "2026-09-01",
        "appealed_on": "2026-09-15",
    }
    subject = "application:records-1-fictitious"
    house.act(Act("applications.application", body, "again", subject))
    house.follow()
    found = facts_of(subject, house.reader, now)
    assert (found["received_on"].known_on, found["under"].known_on) == (before, before)
    assert (found["appealed"].value, found["appealed"].known_on, found["appealed_on"].value) == (
        True,
        now,
        "2026-09-15",
    )
    earlier = facts_of(subject, house.reader, before)
    assert (earlier["appealed"].value, earlier["appealed_on"].value) == (False, None)
    assert facts_of(subject, house.reader, instant("2026-08-31")) == {}
