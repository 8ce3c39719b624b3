"""The calendar, the feed and the list of who kept their dates, as the portal serves them."""

from __future__ import annotations

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from commonweal.kernel import obligations


@pytest.mark.parametrize("form", ["", "?form=tasks", "?jurisdiction=EU&party=organisation:x"])
def test_a_calendar_can_be_subscribed_to(client: TestClient, form: str) -> None:
    answer = client.get(f"/duties.ics{form}")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert Calendar.from_ical(answer.content).get("version") == "2.0"
    again = client.get(f"/duties.ics{form}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_feed_is_in_the_language_of_its_address(client: TestClient) -> None:
    assert "Changes of duties" in client.get("/duties.atom").text
    found = client.get("/zh/duties.atom")
    assert found.headers["content-type"].startswith("application/atom+xml")
    assert 'xml:lang="zh"' in found.text


@pytest.mark.parametrize("address", ["/duties.ics?form=alarms", "/duties.atom?partei=x", "/duties.ics?state=late"])
def test_an_unknown_filter_is_refused_by_name(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    assert answer.json()["faults"]


def test_who_kept_their_dates_is_a_list_like_any(client: TestClient) -> None:
    assert client.get("/duties/on-time").status_code == 200
    assert client.get("/duties/on-time.csv").text.startswith(
        "party,in_time,stated,late,missed,overdue,open,deemed,days_before,dated"
    )


@pytest.mark.parametrize(("prefix", "words"), [("", "the authority itself"), ("/zh", "本机构自身")])
def test_what_the_authority_owes_is_said_in_words_and_not_by_a_code(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, prefix: str, words: str
) -> None:
    row = dict.fromkeys(("in_time", "stated", "late", "overdue", "open", "deemed", "dated"), 0)
    owes = [{"party": obligations.THE_AUTHORITY, **row, "days_before": None}]
    monkeypatch.setattr(obligations, "on_time", lambda reader, now, **where: owes)
    assert words in client.get(f"{prefix}/duties/on-time").text
    assert client.get(f"{prefix}/duties/on-time.csv").text.splitlines()[1].startswith(words)
