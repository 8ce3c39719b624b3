"""The page of an alert says who was called on and who answered, in any number, and nothing of what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.kernel import protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.story import at_step

MANY = 105
START = instant("2026-10-05T08:00:00Z")
DESK = Caller("party:desk", ("authority", "officer"))
MAKER = Caller("party:maker", ("developer",))


def answered(alert: str, lab: int, answer: str, measure: str = "pause") -> Act:
    order = f"order:{alert}-{measure}-lab-{lab:03}"
    body = {"alert": f"alert:{alert}", "order": order, "organisation": f"organisation:lab-{lab:03}", "answer": answer}
    return Act("containment.pause_acknowledged", body, "")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """An alert with very many orders, one with a few that stand in each way, one that nobody was called on about."""
    settings, clock = (
        Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True),
        ReplayClock(START),
    )
    with Authority.create(tmp_path_factory.mktemp("many"), settings, clock=clock) as house:
        names = ["Maker", *(f"Lab {n:03}" for n in range(MANY))]
        house.act_all(
            [Act("model_registration.organisation", {"name": n, "fictitious": True}, "") for n in names], MAKER
        )
        house.act(Act("model_registration.model", {"name": "Root", "organisation": "organisation:maker"}, ""), MAKER)
        for name in ("Quiet", "Loud", "Mixed", "Mistaken"):
            alert = {"name": name, "what": "evaluation_failed", "about": "model:root", "capability": "replication"}
            house.act(
                Act("containment.alert", {**alert, "version": "agreed", "developer": "organisation:maker"}, ""), MAKER
            )
        house.follow()

        def to_the_call(alert: str) -> None:
            """Bring a case to where the others are called on: confirmed, paused by its own developer, and agreed."""
            about = f"alert:{alert}"
            confirmed = {"of": about, "variables": {"__confirmed__": "true"}}
            house.act(at_step(house, "done", "Evaluate", confirmed), Caller("party:evaluator", ("officer",)))
            paused = {"alert": about, "organisation": "organisation:maker", "answer": "paused"}
            house.act(Act("containment.pause_acknowledged", paused, ""), MAKER)
            house.follow()
            agreed = {"of": about, "role": "coordinator", "organisation": "forum"}
            coordinator = Caller("party:coordinator", ("officer", "coordinator"), "forum", "ed25519-0000000000000002")
            house.act(at_step(house, "approve", "Agreed", agreed), coordinator)
            house.follow()

        def call(alert: str, labs: range, measure: str = "pause") -> None:
            named = [f"organisation:lab-{n:03}" for n in labs]
            house.act(
                Act("containment.call", {"alert": f"alert:{alert}", "measure": measure, "addressees": named}, ""), DESK
            )
            house.follow()

        to_the_call("mixed")
        to_the_call("loud")
        call("mixed", range(3))
        call("mixed", range(3, 4), "restrict")
        house.act(answered("mixed", 0, "paused"), MAKER)
        clock.set(START + timedelta(hours=30))  # past the 24 hours that each had
        house.tick()
        house.act(answered("mixed", 1, "not_concerned"), MAKER)
        call("loud", range(MANY))
        house.act(answered("loud", 104, "refused"), MAKER)
        wrong = house.act(Act("containment.alert", {"name": "Wrong", "what": "incident", "about": "model:root",
                                                    "capability": "none"}, ""), MAKER).index  # fmt: skip
        house.act(Act("record.annulled", {"entry": wrong, "reason_code": "duplicate"}, ""), MAKER)
        house.act(Act("containment.improvement", {
            "name": "Night duty", "title": {"en": "Somebody answers at night", "zh": "夜间有人应答"},
            "owner": "organisation:maker", "due": "2026-12-31", "alert": "alert:mixed",
        }, ""), DESK)  # fmt: skip
        house.follow()
        yield house


@pytest.fixture(scope="module")
def client(house: Authority) -> Iterator[TestClient]:
    with TestClient(app(house), base_url="http://portal.example") as found:
        yield found


def figures(html: str) -> list[int]:
    return [int(text) for text in re.findall(r'class="figure">(\d+)<', html)]


def test_orders_are_shown_by_the_hundred_the_most_pressing_first(client: TestClient) -> None:
    first, second = (client.get(f"/alerts/loud?page={number}").text for number in (1, 2))
    assert figures(first) == figures(second) == [MANY, 1, MANY - 1, 0], "called on, answered, waited for, overdue"
    rows = [re.findall(r"/subjects/order:loud-pause-(lab-\d+)", html) for html in (first, second)]
    assert [len(page) for page in rows] == [100, 5]
    assert sorted(rows[0] + rows[1]) == [f"lab-{n:03}" for n in range(MANY)], "each once"
    assert rows[1][-1] == "lab-104", "who has answered presses least"
    assert 'href="?page=2#called"' in first
    assert "Drawn: the 40 most pressing." in first
    assert "refused" in second


@pytest.mark.parametrize(("page", "status"), [("0", 422), ("x", 422), ("-1", 422), ("3", 404), ("9" * 40, 422)])
def test_a_page_of_orders_that_is_not_there_is_refused(client: TestClient, page: str, status: int) -> None:
    assert client.get(f"/alerts/loud?page={page}").status_code == status


def test_who_is_late_is_said_in_words_and_by_when_each_had_to_answer(client: TestClient) -> None:
    """24 hours and the rest of the hour of the call (agreement.toml, acknowledge): due on 6 October at 09:00."""
    html = client.get("/alerts/mixed").text
    said = "4 called on: 1 answered in time, 1 late, 0 not at all; waited for: 2, of them overdue: 2"
    assert said in html
    assert "共通知 4 项：按时答复 1，逾期答复 1，未答复 0；等待中 2，其中逾期 2" in client.get("/zh/alerts/mixed").text
    assert figures(html) == [4, 2, 2, 2]
    assert html.count("6 October 2026 09:00 UTC") >= 3
    assert "6 October 2026 08:00 UTC" in html, "nothing says when a restriction is due but its playbook: within a day"
    assert "19 October 2026" in html, "safeguards of the one that paused: 14 days"


def test_what_is_to_be_improved_because_of_an_alert_is_on_its_page(client: TestClient) -> None:
    assert "Somebody answers at night" in client.get("/alerts/mixed").text
    assert "夜间有人应答" in client.get("/zh/alerts/mixed").text
    assert "Somebody answers at night" not in client.get("/alerts/loud").text


def test_an_alert_that_nobody_was_called_on_about_says_so(client: TestClient) -> None:
    html = client.get("/alerts/quiet").text
    assert "Nobody was called on yet." in html
    assert "Coordinated pausing" in html
    assert "尚未通知任何一方。" in client.get("/zh/alerts/quiet").text


def test_the_list_begins_with_what_is_open_and_counts_what_is_waited_for(client: TestClient) -> None:
    html = client.get("/alerts").text
    assert figures(html) == [4, MANY + 1, 2], "open cases, answers waited for, overdue"
    for name, told in (("loud", f"1 / {MANY}"), ("mixed", "2 / 4")):
        assert f'href="/alerts/{name}"' in html
        assert told in html


def test_orders_are_listed_by_alert_and_by_how_they_stand(client: TestClient) -> None:
    rows = client.get("/containment/orders.json?alert=alert:mixed").json()
    assert {row["order"].rpartition("-lab-")[2]: row["state"] for row in rows} == {
        "000": "done", "001": "met_late", "002": "overdue", "003": "overdue",
    }  # fmt: skip
    late = client.get("/containment/orders.json?state=overdue").json()
    assert {row["addressee"] for row in late} == {"organisation:lab-002", "organisation:lab-003"}


def test_the_case_of_an_order_leads_to_the_alert(house: Authority, client: TestClient) -> None:
    (case,) = protocols.cases(house.reader, subject="order:mixed-pause-lab-002")
    html = client.get(f"/cases/{case['case'].partition(':')[2]}").text
    assert '<dt>Part of</dt><dd><a href="/alerts/mixed">Mixed</a>' in html
    (own,) = protocols.cases(house.reader, subject="alert:mixed")
    assert "Part of" not in client.get(f"/cases/{own['case'].partition(':')[2]}").text


@pytest.mark.parametrize("name", ["nobody-gave-it", "wrong"])
def test_an_alert_that_nobody_gave_or_that_was_annulled_is_not_found(client: TestClient, name: str) -> None:
    answer = client.get(f"/alerts/{name}")
    assert answer.status_code == 404
    assert "/alerts lists those that were given" in answer.text
    assert f'href="/alerts/{name}"' not in client.get("/alerts").text


def test_where_nothing_was_alerted_the_list_says_so(tmp_path: Path) -> None:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True)
    with (
        Authority.create(tmp_path / "new", settings, clock=ReplayClock(START)) as house,
        TestClient(app(house), base_url="http://portal.example") as client,
    ):
        html = client.get("/alerts").text
        assert "No alert has been given here yet." in html
        assert figures(html) == []
        assert "尚未发出任何警报。" in client.get("/zh/alerts").text
