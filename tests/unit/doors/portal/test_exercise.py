"""The console of an exercise: who sees what, a clock that is moved once however often the form is sent, injects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal import exercises
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.exercises import Holding
from commonweal.instruments import containment
from commonweal.kernel import protocols

from .people import Device, fields_of, sign_in
from .test_inbox import form_of, signed

DEFINITION = Path(containment.__file__).parent / "exercises" / "late_answers.toml"
BANNER = "EXERCISE EXERCISE EXERCISE"


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holding]:
    folder = tmp_path_factory.mktemp("held") / "exercise"
    with exercises.begin(folder, DEFINITION.read_text("utf-8")) as found:
        found.advance(found.definition.start)
        yield found


@pytest.fixture
def browser(holding: Holding) -> Iterator[TestClient]:
    with TestClient(app(holding.authority), base_url="https://drill.example", follow_redirects=False) as found:
        yield found


@pytest.fixture
def controller(holding: Holding, browser: TestClient) -> TestClient:
    sign_in(browser, holding.authority.access.issue_key("party:controller", ("officer",), ("file", "read")))
    return browser


def test_every_page_says_that_it_is_an_exercise(browser: TestClient) -> None:
    for path in ("/", "/board", "/exercise", "/nope", "/sign-in"):
        assert BANNER in browser.get(path).text, path
    assert "演练 演练 演练" in browser.get("/zh/record").text
    assert "<title>EXERCISE" in browser.get("/").text


def test_an_authority_that_is_no_exercise_has_no_console(client: TestClient) -> None:
    assert client.get("/exercise").status_code == 404
    assert BANNER not in client.get("/").text


def test_who_only_looks_sees_the_clock_and_what_happened_but_not_what_comes(browser: TestClient) -> None:
    page = browser.get("/exercise").text
    assert "Clock of the exercise" in page
    assert "What is put in" not in page
    assert "Move the clock on" not in page
    assert browser.post("/exercise/step", data={"by": "P1D"}).status_code == 303, "sent to sign in"


def test_a_controller_moves_the_clock_once_however_often_the_form_is_sent(
    holding: Holding, controller: TestClient
) -> None:
    page = controller.get("/exercise").text
    assert "What is put in" in page
    form = {**fields_of(page, 0), "by": "PT6H"}
    before = exercises.over(holding.authority).now
    assert controller.post("/exercise/step", data=form).headers["location"] == "/exercise?said=stepped"
    after = exercises.over(holding.authority).now
    assert after > before
    controller.post("/exercise/step", data=form)
    assert exercises.over(holding.authority).now == after
    wrong = {**fields_of(controller.get("/exercise").text, 0), "by": "P9Y"}
    assert controller.post("/exercise/step", data=wrong).status_code == 422


def test_the_console_says_who_must_act_what_comes_and_how_far_a_step_goes(
    holding: Holding, controller: TestClient
) -> None:
    exercises.over(holding.authority).advance(holding.definition.start.replace(hour=9, minute=30))
    page = controller.get("/exercise").text
    assert "nobody: everyone is simulated" in page
    assert "Evaluate: confirm the result" in page
    assert "Step done: Evaluate: confirm the result" in page
    assert "Follow-up to a disclosure" in page
    for words in ("by 1 hour", "by 6 hours", "by 1 day", "by 7 days"):
        assert f">{words}</button>" in page
    assert "步骤完成：评测" in controller.get("/zh/exercise").text


def test_a_controller_puts_something_in_and_what_cannot_be_is_named(holding: Holding, controller: TestClient) -> None:
    page = controller.get("/exercise").text
    form = fields_of(page, 1)
    actor = next(iter(holding.definition.actors))
    wrong = controller.post("/exercise/inject", data={**form, "actor": actor, "kind": "no.such", "body": "{}"})
    assert wrong.status_code == 422
    assert "It was not done" in wrong.text
    broken = controller.post("/exercise/inject", data={**form, "actor": actor, "kind": "x", "body": "{"})
    assert broken.status_code == 422
    inject = next(one for one in holding.definition.injects if one.does == "file")
    body = json.dumps({**_plain(inject.given["body"])})
    sent: dict[str, Any] = {**form, "actor": inject.by, "kind": inject.given["file"], "body": body}
    size = holding.authority.store.size()
    answer = controller.post("/exercise/inject", data=sent)
    assert answer.headers.get("location") == "/exercise?said=injected", answer.text
    assert holding.authority.store.size() > size


def _plain(body: Any) -> Any:
    return json.loads(json.dumps(body, default=str))


def test_players_do_not_control(holding: Holding, browser: TestClient) -> None:
    authority: Authority = holding.authority
    actor = next(iter(holding.definition.actors.values()))
    sign_in(browser, authority.access.issue_key(actor.party, ("officer",), ("file", "read")))
    played = exercises.holding.with_players(holding.definition, [actor.id])
    assert any(one.player for one in played.actors.values())
    reader = authority.access.issue_key("party:reader", ("officer",), ("read",))
    sign_in(browser, reader)
    assert "Move the clock on" not in browser.get("/exercise").text


def test_a_player_who_was_invited_approves_from_the_inbox_with_a_key_of_their_own(tmp_path: Path) -> None:
    """As docs/exercises.md says: the coordinator is played by somebody whose phone signs, and the exercise goes on."""
    with exercises.begin(tmp_path / "drill", DEFINITION.read_text("utf-8"), players=["coordinator"]) as holding:
        authority, coordinator = holding.authority, holding.definition.actors["coordinator"]
        holding.advance(holding.definition.start + timedelta(hours=20))
        code = authority.access.invite(
            coordinator.party, coordinator.roles, ("file", "read"), datetime.now(UTC) + timedelta(days=1),
            organisation=coordinator.organisation,
        )  # fmt: skip
        case, step = protocols.standing_at(authority.reader, "Agreed")
        path = f"/inbox/{case.partition(':')[2]}/{step}"
        with TestClient(app(authority), base_url="https://drill.example", follow_redirects=False) as phone:
            device, page = Device.new(), phone.get("/enrol")
            phone.post("/enrol", data={**fields_of(page.text), "code": code, "public_key": device.public})
            assert path in phone.get("/inbox").text
            task = phone.get(path).text
            answer = phone.post(path, data=signed(task, device, {**form_of(task), "role": "coordinator"}))
            assert answer.status_code == 303, answer.text
        holding.advance(holding.now + timedelta(hours=3))
        called = [entry for entry in holding.entries() if entry.kind == "containment.call"]
        assert called, "the desk, which is simulated, calls on the others once it was approved"
