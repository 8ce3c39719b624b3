"""The page of an alert says who was called on and who answered, in any number, and nothing of what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

MANY = 105
START = instant("2026-10-05T08:00:00Z")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True)
    with Authority.create(tmp_path_factory.mktemp("many"), settings, clock=ReplayClock(START)) as house:
        maker = Caller("party:maker", ("developer",))
        names = ["Maker", *(f"Lab {n:03}" for n in range(MANY))]
        house.act_all(
            [Act("model_registration.organisation", {"name": n, "fictitious": True}, "") for n in names], maker
        )
        house.act(Act("model_registration.model", {"name": "Root", "organisation": "organisation:maker"}, ""), maker)
        for name in ("Quiet", "Loud"):
            alert = {"name": name, "what": "evaluation_failed", "about": "model:root", "capability": "replication"}
            house.act(Act("containment.alert", alert, ""), maker)
        labs = [f"organisation:lab-{n:03}" for n in range(MANY)]
        call = {"alert": "alert:loud", "measure": "pause", "addressees": labs}
        house.act(Act("containment.call", call, ""), Caller("party:desk", ("authority", "officer")))
        house.follow()
        order = {"alert": "alert:loud", "order": "order:loud-pause-lab-104", "organisation": "organisation:lab-104"}
        house.act(Act("containment.pause_acknowledged", {**order, "answer": "refused"}, ""), maker)
        house.follow()
        with TestClient(app(house), base_url="http://portal.example") as found:
            yield found


def test_the_newest_orders_are_shown_and_the_others_counted(client: TestClient) -> None:
    html = client.get("/alerts/loud").text
    figures = [int(text) for text in re.findall(r'class="figure">(\d+)<', html)]
    assert figures == [MANY, 1, MANY - 1], "called on, answered, waited for"
    assert "5 earlier orders are in the list of all orders" in html
    assert "Lab 104" in html
    assert "refused" in html
    assert ">Lab 004<" not in html, "one of the five that are only counted"


def test_an_alert_that_nobody_was_called_on_about_says_so(client: TestClient) -> None:
    html = client.get("/alerts/quiet").text
    assert "Nobody was called on yet." in html
    assert "Coordinated pausing" in html
    assert "尚未通知任何一方。" in client.get("/zh/alerts/quiet").text


def test_an_alert_that_nobody_gave_is_not_found(client: TestClient) -> None:
    answer = client.get("/alerts/nobody-gave-it")
    assert answer.status_code == 404
    assert "/containment/alerts" in answer.text
