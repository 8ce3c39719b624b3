"""A rule text is put in force at the portal by the authority alone, after a page that says what that changes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from commonweal import law
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, digest, instant
from commonweal.settings import Settings

from .people import answers_of, sign_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PAGE, START = "/texts/adopt", instant("2026-10-01T08:00:00Z")
LOWER = law.texts()["eu.ai_act"].replace("1e25", "1e24").replace('version = "', 'version = "x', 1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A model of 2e24 FLOP on the EU market, which owes no notification at 1e25."""
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True)
    folder = tmp_path_factory.mktemp("adopting") / "a"
    with Authority.create(folder, settings, clock=ReplayClock(START)) as found:
        lab = Caller("party:lab", ("developer",))
        found.act(Act("model_registration.organisation", {"name": "Lab"}, ""), lab)
        body = {"name": "Small", "organisation": "organisation:lab", "compute_flop": 2e24, "generates": ["text"]}
        more = {"placed_on_eu_market": True, "placed_on_eu_market_on": "2026-03-01", "compute_confidence": "confident"}
        found.act(Act("model_registration.model", {**body, **more}, ""), lab)
        found.follow()
        yield found


@pytest.fixture
def client(house: Authority) -> Iterator[Any]:
    with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
        sign_in(found, house.access.issue_key("party:minister", ("authority",), ("file", "read")))
        yield found


def sent(client: Any, prefix: str = "", **answers: str) -> Any:
    page = client.get(prefix + PAGE).text
    form = re.findall(r'<form class="stack".*?</form>', page, re.DOTALL)[0]
    return client.post(prefix + PAGE, data={**answers_of(form), **answers})


def confirmed(page: str) -> dict[str, str]:
    form = re.findall(r'<form class="stack".*?</form>', page, re.DOTALL)[0]
    return {**answers_of(form), "confirmed": "yes"}


def shown(response: Any) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", response.text))


def test_only_the_authority_is_offered_it(house: Authority, client: Any) -> None:
    assert PAGE in client.get("/texts").text
    sign_in(client, house.access.issue_key("party:officer", ("officer",), ("file", "read")))
    assert PAGE not in client.get("/texts").text
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, data={"text": LOWER}).status_code == 403


def test_what_is_no_text_is_said_with_its_place(client: Any) -> None:
    assert sent(client).status_code == 422
    wrong = sent(client, text="nonsense = ")
    assert (wrong.status_code, "line 1" in wrong.text, "nonsense = " in wrong.text) == (422, True, True)
    assert sent(client, text=law.texts()["eu.ai_act"]).status_code == 409
    assert sent(client, text=LOWER, named="eu.ai_act").status_code == 422
    both = shown(sent(client, "/zh", text='type = "playbook"'))
    assert "未作任何记录" in both


def test_it_is_shown_for_whom_what_begins_and_put_in_force_once_confirmed(house: Authority, client: Any) -> None:
    size = house.store.size()
    looked = sent(client, text=LOWER)
    told = shown(looked)
    for words in ("Notify a model with presumed systemic risk", "Small", "begins", "Playbooks that would start"):
        assert words in told, words
    assert "产生" in shown(sent(client, "/zh", text=LOWER))
    assert house.store.size() == size
    other = client.post(PAGE, data={**confirmed(looked.text), "text": LOWER.replace("1e24", "1e23")})
    assert (other.status_code, house.store.size()) == (200, size), "another text than was shown is shown first"
    done = client.post(PAGE, data=confirmed(looked.text))
    assert done.status_code == 303
    held = registry.text_in_force(house.reader, "eu.ai_act")
    assert held["sha256"] == digest(LOWER.encode())
    assert "It is in force." in shown(client.get(done.headers["location"]))
    assert house.store.entry(held["adopted"]).author == "party:minister"
