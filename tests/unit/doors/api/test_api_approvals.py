"""An approval speaks for the organisation that its key was issued for, and for no other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import sending_house
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.instruments.model_registration import crossing_story
from commonweal.instruments.model_registration.crossing import DESK, OFFICER, PLAYBOOK, RUN
from commonweal.kernel import protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings
from plays import book, sid, step

from .conftest import OPEN, Client, app
from .test_api_filings import assert_problem


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Authority, Mapping[str, Any]]]:
    """The demonstration's case just before it is approved, and the approval that the story goes on with."""
    start = instant("2025-03-01T00:00:00Z")
    clock = ReplayClock(start)
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    with Authority.create(tmp_path / "office", settings, clock=clock) as authority:
        for when, who, given in crossing_story():
            clock.set(when)
            authority.tick(when)
            act = given(authority.reader) if callable(given) else given
            if act.kind == "approval.given":
                yield authority, act.body
                return
            authority.act(act, Caller(*who))
            authority.follow()
    raise AssertionError("the story has no approval")


def officer(authority: Authority, party: str, organisation: str = "") -> Client:
    key = authority.access.issue_key(party, ("officer",), organisation=organisation)
    return Client(app(authority, limits=OPEN)).with_key(key)


def state(authority: Authority) -> str:
    authority.follow()
    return str(protocols.cases(authority.reader, subject=RUN, playbook=PLAYBOOK)[0]["state"])


def approve(client: Client, body: Mapping[str, Any]) -> Any:
    return client.post("/api/v1/filings/approval.given", json=dict(body), params={"subject": RUN})


def test_an_approval_counts_for_the_keys_own_organisation_only(waiting: tuple[Authority, Mapping[str, Any]]) -> None:
    authority, body = waiting
    size = authority.store.size()
    for organisation in ("", "ministry-of-labour"):
        refused = assert_problem(approve(officer(authority, "party:someone", organisation), body), 403)
        assert str(refused["detail"]).startswith("organisation: party:someone belongs to")
    assert (state(authority), authority.store.size()) == ("open", size)
    assert approve(officer(authority, OFFICER[0], "authority"), body).status_code == 201
    assert state(authority) == "closed"


def test_who_checked_does_not_approve(waiting: tuple[Authority, Mapping[str, Any]]) -> None:
    authority, body = waiting
    assert_problem(approve(officer(authority, DESK[0], "authority"), body), 403)
    with pytest.raises(Forbidden, match="another person is needed"):
        authority.act(Act("approval.given", dict(body), key="", subject=RUN), Caller(*DESK))
    assert state(authority) == "open"


def test_the_authority_itself_records_an_approval_given_elsewhere(
    waiting: tuple[Authority, Mapping[str, Any]],
) -> None:
    """On paper, say: its own operator may write down whose voice it was."""
    authority, body = waiting
    authority.act(Act("approval.given", {**body, "organisation": "ministry-of-labour"}, key="", subject=RUN))
    assert state(authority) == "closed"


def test_a_step_is_reported_by_its_name_and_a_wrong_one_is_answered_with_those_that_are_open(tmp_path: Path) -> None:
    look = step("action.look", "end", out_args=["__sure__"])
    text = book(step("start", "action.look"), look, step("end"), playbook_variables={"__sure__": {"type": "bool"}})
    with Authority.create(tmp_path / "office", sending_house.SETTINGS, installed=sending_house.installed()) as made:
        made.adopt(rule_file(text, ".json"))
        made.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, ""))
        made.follow()
        (row,) = protocols.cases(made.reader)
        client = officer(made, "party:desk")
        body = {"case": row["case"], "step": "Aprove", "variables": {"__sure__": "perhaps"}}
        asked = {"subject": row["subject"]}
        answer = client.post("/api/v1/filings/case.step_done", json=body, params=asked)
        assert_problem(answer, 422, "step", "variables.__sure__")
        said = {fault["where"]: fault["want"] for fault in answer.json()["faults"]}
        assert said["step"] == f"one of 'look' ({sid('action.look')})"
        body = {**body, "step": "Look"}
        answer = client.post("/api/v1/filings/case.step_done", json=body, params=asked)
        assert_problem(answer, 422, "variables.__sure__")
        assert "true or false" in answer.json()["faults"][0]["want"]
        body = {**body, "variables": {"__sure__": "true"}}
        first = client.post("/api/v1/filings/case.step_done", json=body, params=asked)
        assert first.status_code == 201
        again = client.post("/api/v1/filings/case.step_done", json={**body, "step": sid("action.look")}, params=asked)
        assert again.json()["index"] == first.json()["index"], "by its name and by its identifier it is one report"
        assert made.entry(first.json()["index"]).body["step"] == sid("action.look")


def test_a_voice_that_comes_after_the_deadline_is_answered_with_that(tmp_path: Path) -> None:
    """Two days are given; on the third, before any clock noticed, the receipt says that it does not count."""
    clock = ReplayClock(instant("2026-01-05T09:00:00Z"))
    late = {"deadline": {"from_event": "step.entered", "duration": "P2D", "escalate_to": "@end.late"}}
    two = {"approval": {"n": 2, "of_roles": ["officer"]}}
    text = book(step("start", "action.a"), step("action.a", "end", two | late), step("end"), step("end.late"))
    with Authority.create(
        tmp_path / "office", sending_house.SETTINGS, clock=clock, installed=sending_house.installed()
    ) as made:
        made.adopt(rule_file(text, ".json"))
        made.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, ""))
        made.follow()
        case = protocols.cases(made.reader)[0]
        body = {"case": case["case"], "step": sid("action.a"), "decision": "approve", "role": "officer"}
        body["organisation"] = "office"
        address, about = "/api/v1/filings/approval.given", {"subject": case["subject"]}
        first = officer(made, "party:ana", "office").post(address, json=body, params=about)
        assert (first.status_code, "not_counted" in first.json()) == (201, False)
        clock.set(instant("2026-01-08T09:00:00Z"))
        client = officer(made, "party:ben", "office")
        second = client.post(address, json=body, params=about, headers={"Idempotency-Key": "one"})
        assert second.status_code == 201
        assert "after its deadline (2026-01-07T09:00:00Z) and does not count" in second.json()["not_counted"]["en"]
        again = client.post(address, json=body, params=about, headers={"Idempotency-Key": "one"})
        assert (again.status_code, again.json()["not_counted"]) == (200, second.json()["not_counted"])
        told = client.get(f"/api/v1/cases/{case['case']}").json()["timeline"]
        assert [item["entry"] for item in told if item["what"] == "late"] == [second.json()["index"]]


def test_one_case_is_found_by_its_name(waiting: tuple[Authority, Mapping[str, Any]]) -> None:
    authority, body = waiting
    client = Client(app(authority, limits=OPEN))
    answer = client.get(f"/api/v1/cases/{body['case']}")
    assert (answer.status_code, answer.json()["case"]) == (200, body["case"])
    assert "events" not in json.dumps(answer.json())
    assert_problem(client.get("/api/v1/cases/case:none"), 404)


def test_a_case_is_given_as_it_stood(waiting: tuple[Authority, Mapping[str, Any]]) -> None:
    authority, body = waiting
    client = Client(app(authority, limits=OPEN))
    now = client.get(f"/api/v1/cases/{body['case']}").json()
    then = client.get(f"/api/v1/cases/{body['case']}", params={"as_of": now["opened_at"]}).json()
    assert then["state"] == "open"
    assert 0 < len(then["timeline"]) < len(now["timeline"])
    assert then["steps"] != []
    assert_problem(client.get(f"/api/v1/cases/{body['case']}", params={"as_of": "2001-01-01"}), 404)
