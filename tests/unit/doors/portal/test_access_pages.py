"""The desk for requests for access: who may see it, what stands first, and that a refused form is shown again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.doors.portal.people import sign_in

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors import api
from commonweal.doors.portal import app
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

DESK, JANE = Caller("party:desk", ("officer",)), Caller("party:jane", ("observer",))
PATH, SECRET = "/access-requests", "Secret-words-of-Jane"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """One request is overdue, one was made later, one has ended."""
    clock = ReplayClock(instant("2026-09-01T08:00:00Z"))
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path_factory.mktemp("access") / "office", settings, clock=clock) as authority:
        for name, at, caller in (("AR 1", "09-01", JANE), ("AR 2", "11-02", JANE), ("AR 0", "11-03", JANE)):
            clock.set(instant(f"2026-{at}T09:00:00Z"))
            said = {"name": name, "scope": "part", "words": SECRET}
            authority.act(Act("access_requests.access_request", said, ""), caller)
            authority.follow()
            request = f"access_request:{name.lower().replace(' ', '-')}"
            taken = {"request": request, "under": ["eu_gdpr"], "identity": "key"}
            authority.act(Act("access_requests.taken_in", taken, ""), DESK)
            authority.follow()
        answered = {"request": "access_request:ar-0", "outcome": "nothing_held"}
        authority.act(Act("access_requests.answered", answered, ""), DESK)
        authority.tick()
        yield authority


def client(office: Authority, party: str = "", *roles: str) -> Any:
    found = TestClient(app(office), base_url="http://portal.example", follow_redirects=False)
    if party:
        key = office.access.issue_key(party, roles, ("file", "read"))
        assert sign_in(found, str(key)).status_code == 303
    return found


def test_the_desk_is_for_officers_alone(office: Authority) -> None:
    for path in (PATH, f"{PATH}/ar-1", f"{PATH}/receive", f"{PATH}/ar-1/answer"):
        assert client(office).get(path).status_code in (303, 403)
        shown = client(office, JANE.party, "observer").get(path)
        assert shown.status_code == 403
        assert SECRET not in shown.text
    page = client(office, DESK.party, "officer").get(f"{PATH}/ar-1")
    assert SECRET in page.text
    assert "no-store" in page.headers["cache-control"]
    read = office.reads.found(party=DESK.party, limit=50)
    assert any("words" in line.read.fields for line in read), "that it was read is logged"


def test_what_is_overdue_stands_first_and_what_ended_is_no_longer_open(office: Authority) -> None:
    desk = client(office, DESK.party, "officer")
    page = desk.get(PATH).text
    assert page.index("AR 1") < page.index("AR 2")
    assert "AR 0" not in page
    assert "overdue" in page.partition("AR 1")[2].partition("AR 2")[0]
    assert "AR 0" in desk.get(f"{PATH}?show=over").text
    assert "逾期" in desk.get(f"/zh{PATH}").text
    for wrong in ("?show=some", "?page=0", "?page=9", "?page=x"):
        assert desk.get(PATH + wrong).status_code == 422, wrong
    assert desk.get(f"{PATH}/ar-9").status_code == 404
    assert desk.get(f"{PATH}/ar-1/dance").status_code == 404


def test_a_form_that_is_refused_is_shown_again_with_what_is_wrong_and_nothing_is_recorded(office: Authority) -> None:
    desk, size = client(office, DESK.party, "officer"), office.store.size()
    form = desk.get(f"{PATH}/ar-2/extend").text
    hidden = dict(re.findall(r'name="(token|key)" value="([^"]+)"', form))
    sent = {**hidden, "months": "7", "reason": "complexity", "words": "Because."}
    shown = desk.post(f"{PATH}/ar-2/extend", data=sent)
    assert shown.status_code == 422
    assert "Because." in shown.text
    assert 'href="#f-months"' in shown.text
    assert office.store.size() == size


def test_whoever_asked_sees_the_day_and_a_stranger_nothing(office: Authority) -> None:
    page = client(office, JANE.party, "observer").get("/return/access_request:ar-2").text
    assert "2 December 2026" in page
    assert "2026年12月2日" in client(office, JANE.party, "observer").get("/zh/return/access_request:ar-2").text
    assert client(office, "party:kim", "observer").get("/return/access_request:ar-2").status_code == 404
    public = client(office)
    for path in ("/subjects/access_request:ar-2", "/duties", "/duties.json", "/board.json", "/record"):
        shown = public.get(path).text
        assert SECRET not in shown
        assert "gdpr_access.answer" not in shown, "that anything is owed on it is told in confidence"


def test_programs_file_and_are_told_the_clocks_by_an_officers_key(office: Authority) -> None:
    door = TestClient(api.app(office), base_url="http://api.example")
    key = office.access.issue_key(DESK.party, ("officer",), ("file", "read"))
    bearer = {"Authorization": f"Bearer {key}"}
    wrong = {"request": "access_request:ar-2", "months": 3, "reason": "bored", "words": ""}
    refused = door.post("/api/v1/filings/access_requests.extended", json=wrong, headers=bearer)
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert {"months", "reason", "words"} <= {one["where"] for one in refused.json()["faults"]}
    duties = door.get("/api/v1/duties?subject=access_request:ar-1", headers=bearer).json()
    assert any(row["rule"] == "eu.gdpr_access.answer" and row["state"] == "overdue" for row in duties["duties"])
    stranger = door.get("/api/v1/duties?subject=access_request:ar-1").json()
    assert stranger["duties"] == []


def test_what_is_held_leads_to_the_form_in_both_languages(office: Authority) -> None:
    for prefix, words in (("", "Ask for an answer in writing"), ("/zh", "请求书面答复")):
        for reader in (client(office), client(office, JANE.party, "observer")):
            page = reader.get(f"{prefix}/held").text
            assert f'href="{prefix}/forms/access">{words}' in page
        assert f'href="{prefix}/forms/access"' in client(office).get(f"{prefix}/access_requests").text
