"""The pages of series: what was known on a day, by whom it was said, and a plain sentence where nothing was known."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app, series_pages
from commonweal.kernel import indicators
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

from .test_threshold_pages import tables

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAME, ADDRESS = "jobs.vacant{sex=f}", "/series/jobs.vacant%7Bsex%3Df%7D"
HERE, THERE = "area:us-ca", "area:us-ny"


def filed(house: Authority, clock: ReplayClock, day: date, who: str, values: dict[date, float]) -> None:
    """Values that were released, and filed, on a day."""
    clock.set(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    rows = [Observation(NAME, who, event, value, value - 1, value + 1, "persons") for event, value in values.items()]
    house.act(batch_act(rows, series_set="jobs", citation="Office of Jobs", released_on=day))
    house.follow()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """January's figure was 100 in March and became 140 in May; New York said something once."""
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", START, replay=True)
    clock = ReplayClock(START)
    with Authority.create(tmp_path_factory.mktemp("jobs"), settings, clock=clock) as house:
        filed(house, clock, date(2026, 3, 2), HERE, {date(2026, 1, 1): 100.0, date(2026, 2, 1): 110.0})
        filed(house, clock, date(2026, 4, 2), THERE, {date(2026, 1, 1): 7.0})
        filed(house, clock, date(2026, 5, 2), HERE, {date(2026, 1, 1): 140.0, date(2026, 3, 1): 120.0})
        with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
            yield found


def values(html: str) -> list[list[str]]:
    """The rows of the table of values: about when, value, bounds, released, known, vintages, entry."""
    found = [table for table in tables(html) if table and len(table[0]) == 7]
    return found[0][1:] if found else []


def test_the_list_says_about_how_many_since_when_and_from_whom(client: TestClient) -> None:
    (row,) = client.get("/series.json").json()
    assert (row["series"], row["unit"], row["subjects"], row["first"], row["last"]) == (
        NAME,
        "persons",
        2,
        "2026-01-01",
        "2026-03-01",
    )
    assert (row["values"], row["revised"], row["source"]) == (4, 1, "Office of Jobs")
    assert f'href="{ADDRESS}"' in client.get("/series").text
    assert client.get("/series.json?name=nobody").json() == []
    assert client.get(f"/series.json?subject={THERE}").json()[0]["values"] == 1


@pytest.mark.parametrize(
    ("day", "want"),
    [
        ("2026-03-01", []),
        ("2026-03-02", [("1 February 2026", "110"), ("1 January 2026", "100")]),
        ("2026-05-01", [("1 February 2026", "110"), ("1 January 2026", "100")]),
        ("2026-05-02", [("1 March 2026", "120"), ("1 February 2026", "110"), ("1 January 2026", "140")]),
    ],
)
def test_a_day_is_answered_with_what_was_known_by_its_end(
    client: TestClient, day: str, want: list[tuple[str, str]]
) -> None:
    html = client.get(f"{ADDRESS}?subject={HERE}&as_of={day}").text
    assert [(row[0], row[1]) for row in values(html)] == want
    assert f'value="{day}"' in html


def test_nothing_known_is_said_with_the_day_from_which_something_was(client: TestClient) -> None:
    html = client.get(f"{ADDRESS}?subject={HERE}&as_of=2026-02-01").text
    assert f"By 2026-02-01 nothing was known here of {NAME} about {HERE}" in html
    assert "Its first value became known on 2026-03-02" in html
    assert "<svg" not in html.partition("<main")[2].partition("</main>")[0]
    assert "一无所知" in client.get(f"/zh{ADDRESS}?subject={HERE}&as_of=2026-02-01").text
    later = client.get(f"{ADDRESS}?subject={HERE}&since=2026-06-01").text
    assert "is about that time. There are values from 2026-01-01 to 2026-03-01" in later


def test_each_value_leads_to_its_vintages_and_a_single_vintage_is_told(client: TestClient) -> None:
    html = client.get(f"{ADDRESS}?subject={HERE}").text
    assert [row[5] for row in values(html)] == ["1 vintage", "1 vintage", "2 vintages"]
    assert "One vintage only" not in html
    html = client.get(f"{ADDRESS}?subject={HERE}&event=2026-01-01").text
    said = next(table for table in tables(html) if table[0][:2] == ["Released", "Known here since"])
    assert [row[2] for row in said[1:]] == ["100", "140"]
    assert "One vintage only" in client.get(f"{ADDRESS}?subject={THERE}").text
    assert client.get(f"{ADDRESS}?subject={HERE}&event=2020-01-01").status_code == 404


def test_without_a_subject_the_one_with_most_figures_is_shown(client: TestClient) -> None:
    html = client.get(ADDRESS).text
    assert f'<option value="{HERE}" selected>' in html
    assert len(values(html)) == 3
    assert client.get("/series/jobs.vacant%7B%20sex%3Df%20%7D").status_code == 200, "written in another way"


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("as_of=2026-02-30", 422, "a day like 2008-09-15"),
        ("as_of=2026-05-01T10:00:00Z", 422, "a day like 2008-09-15"),
        ("as_of=2026-05-03", 422, "nobody knows yet what comes"),
        ("since=spring", 422, "a day like 2008-09-15"),
        ("colour=red", 422, "one of subject, as_of"),
        ("page=9", 404, ""),
        ("subject=area:nowhere", 404, HERE),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(client: TestClient, query: str, status: int, told: str) -> None:
    answer = client.get(f"{ADDRESS}?{query}")
    assert answer.status_code == status
    assert told in answer.text
    if "page" not in query:
        problem = client.get(f"{ADDRESS}.csv?{query}")
        assert (problem.status_code, problem.headers["content-type"]) == (status, "application/problem+json")
    assert client.get("/series/jobs.nothing").status_code == 404


def test_the_file_holds_the_same_as_of_the_same_day(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}.csv?subject={HERE}&as_of=2026-03-31")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["series"], row["event"], float(row["value"]), row["known"]) for row in rows] == [
        (NAME, "2026-01-01", 100.0, "2026-03-02"),
        (NAME, "2026-02-01", 110.0, "2026-03-02"),
    ]
    again = client.get(
        f"{ADDRESS}.csv?subject={HERE}&as_of=2026-03-31", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    assert len(client.get(f"{ADDRESS}.json?subject={HERE}").json()) == 3


def test_a_long_series_is_read_from_its_newest_values_and_the_page_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series_pages, "VALUES_READ_MAX", 2)
    html = client.get(f"{ADDRESS}?subject={HERE}").text
    assert "A long series: figures from" in html
    assert [row[0] for row in values(html)] == ["1 March 2026", "1 February 2026"]
    assert len(values(client.get(f"{ADDRESS}?subject={HERE}&since=2026-01-01").text)) == 3


def test_each_source_is_told_with_what_it_is_of_and_what_is_made_up_is_said(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Fifty years of published figures were called made up, because the newest batch was; and its figures real."""
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", START, replay=True)
    clock = ReplayClock(START)
    with Authority.create(tmp_path_factory.mktemp("two"), settings, clock=clock) as house:
        filed(house, clock, date(2026, 3, 2), HERE, {date(2026, 1, 1): 100.0, date(2026, 2, 1): 110.0})
        clock.set(datetime(2026, 4, 2, 12, tzinfo=UTC))
        row = Observation(NAME, HERE, date(2026, 3, 1), 50.0)
        house.act(batch_act([row], series_set="jobs", citation=indicators.MADE_UP, released_on=date(2026, 4, 2)))
        house.follow()
        with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
            (row_,) = found.get("/series.json").json()
            both = "Office of Jobs (2026-01-01 – 2026-02-01); " + indicators.MADE_UP + " (2026-03-01 – 2026-03-01)"
            assert row_["source"] == both
            html, chinese = found.get(ADDRESS).text, found.get(f"/zh{ADDRESS}").text
            assert "Values about 1 March 2026 and later are made up" in html
            assert "2026年3月1日及以后的数值为虚构" in chinese
            assert "are made up" not in found.get(f"{ADDRESS}?as_of=2026-03-15").text, "none of these is shown"
            assert 'Office of Jobs<span class="under">about 1 January 2026 to 1 February 2026</span>' in html
            assert 'published this.<span class="under">about 1 March 2026 to 1 March 2026</span>' in html
            told = list(csv.DictReader(io.StringIO(found.get(f"{ADDRESS.replace('?', '')}.csv").text)))
            assert [one["source"] for one in told] == [*["Office of Jobs"] * 2, indicators.MADE_UP]
            filed(house, clock, date(2026, 5, 2), HERE, {date(2026, 3, 1): 120.0})
            html = found.get(ADDRESS).text
            assert "are made up" not in html, "what was published takes its place"
