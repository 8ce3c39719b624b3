"""The calendar of duties: each on its day, where the law applies, with why; a month as an accessible table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.kernel import obligations
from commonweal.kernel.obligations.kinds import PUBLIC_DUTY
from commonweal.kernel.values import ReplayClock, Text, stamp
from commonweal.settings import Settings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Duties at the edges of March 2026, by the days of Brussels."""
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    with Authority.create(tmp_path_factory.mktemp("month"), settings, clock=ReplayClock(NOW)) as house:
        law = next(one for one in obligations.adopted_laws(house.reader) if one.jurisdiction == "EU")
        rule = law.rules[0]
        days = ["2026-02-28", "2026-03-01", *["2026-03-15"] * 5, "2026-03-31", "2026-04-01"]
        rows = []
        for number, day in enumerate(days):
            due = datetime.fromisoformat(f"{day}T23:00:00+00:00")
            row = dict.fromkeys(PUBLIC_DUTY.columns)
            rows.append(row | {
                "rule": rule.id, "subject": f"model:example-{number}", "noun": "model", "rule_version": rule.version,
                "law": law.id, "sha256": law.digest, "duty": rule.duty, "party": f"organisation:lab-{number % 2}",
                "missing": [], "why": {"steps": []}, "state": "owed", "due": stamp(due), "last_day": day,
                "started_on": stamp(NOW), "filed_state": "owed",
            })  # fmt: skip
        with house._tables.transaction() as tables:
            tables.put_many(PUBLIC_DUTY, rows)
        with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
            yield found


def test_a_month_holds_the_duties_whose_last_day_is_in_it(client: TestClient) -> None:
    page = client.get("/duties/calendar?month=2026-03").text
    assert "7 duties have their last day in this month." in page
    assert re.findall(r'<section id="d-([0-9-]+)"', page) == ["2026-03-01", "2026-03-15", "2026-03-31"]
    assert "and 2 more" in page, "a cell holds three and leads on to the rest"
    assert 'aria-current="date"' in page
    assert page.count('<th scope="col"') == 7
    assert "2026年3月" in client.get("/zh/duties/calendar").text, "without a month it is the present one"


def test_filters_hold_on_the_page_and_in_the_calendar_to_subscribe_to(client: TestClient) -> None:
    page = client.get("/duties/calendar?month=2026-03&party=organisation:lab-1").text
    assert "4 duties" in page
    assert 'href="/duties.ics?party=organisation%3Alab-1"' in page
    assert 'href="/duties/calendar?month=2026-04&amp;party=organisation%3Alab-1"' in page
    assert "No duty has its last day" in client.get("/duties/calendar?month=2026-03&state=met").text


@pytest.mark.parametrize("query", ["month=2026-13", "month=0001-01", "month=x", "state=nonsense", "colour=red"])
def test_what_is_no_month_or_filter_is_named(client: TestClient, query: str) -> None:
    answer = client.get(f"/duties/calendar?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text


def test_the_ends_of_a_year_lead_on(client: TestClient) -> None:
    page = client.get("/duties/calendar?month=2026-12").text
    assert "month=2027-01" in page
    assert "month=2026-11" in page
