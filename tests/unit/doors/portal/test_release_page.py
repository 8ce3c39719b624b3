"""Releasing a withheld field at the portal, without scripts, in both languages; and who then reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.doors.portal.people import sign_in

from commonweal.doors import api
from commonweal.doors.portal import app
from held_office import JANE, VISITOR, Office, held_office

WHY = "Reason-to-release"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with held_office(tmp_path / "office") as found:
        yield found


def signed_in(office: Office, party: str, *roles: str, scopes: tuple[str, ...] = ("file", "read")) -> Any:
    client = TestClient(app(office.authority), base_url="http://portal.example", follow_redirects=False)
    assert sign_in(client, str(office.authority.access.issue_key(party, roles, scopes))).status_code == 303
    return client


def by_code(office: Office) -> Any:
    client = TestClient(app(office.authority), base_url="http://portal.example", follow_redirects=False)
    client.cookies.set("weal-return", office.authority.access.begin_visit(VISITOR.party))
    return client


def address(office: Office, label: str = "note", party: str = VISITOR.party, language: str = "") -> str:
    return f"{language}/held/release?party={party}&purpose=Letter+4&entry={office.at[label]}"


def sent(client: Any, where: str, **form: str) -> Any:
    """The first form of the page (or that to withdraw) as a browser sends it."""
    forms = re.findall(r'<form class="stack" method="post".*?</form>', client.get(where).text, re.S)
    wanted = next((one for one in forms if ('name="withdrawn"' in one) == ("withdrawn" in form)), forms[0])
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', wanted))
    action = re.search(r'action="([^"]*)"', wanted)
    assert action
    return client.post(action[1].replace("&amp;", "&"), data={**hidden, **form})


def test_an_officer_releases_a_field_and_whoever_came_back_by_code_reads_it(office: Office) -> None:
    desk, visitor = signed_in(office, "party:desk", "officer"), by_code(office)
    assert "Note-of-desk" not in visitor.get("/held").text
    listed = desk.get(f"/held?party={VISITOR.party}&purpose=Letter+4").text
    assert address(office).replace("&", "&amp;").replace(":", "%3A") in listed
    done = sent(desk, address(office), field="text", reason=WHY)
    assert done.status_code == 303
    after = desk.get(done.headers["location"])
    assert "It is recorded." in after.text
    for where, words in (("/held", "released to you"), ("/zh/held", "开放")):
        page = visitor.get(where).text
        assert "Note-of-desk" in page
        assert words in page
        assert WHY not in page
    assert "Note-of-desk" in visitor.get("/held.json").text
    assert "Note-of-desk" in visitor.get(f"/record/{office.at['note']}").text
    assert "Note-of-desk" not in signed_in(office, "party:lab", "developer").get(f"/record/{office.at['note']}").text
    done = sent(desk, address(office, language="/zh"), field="text", reason="Too much", withdrawn="yes")
    assert done.status_code == 303
    assert "Note-of-desk" not in visitor.get("/held").text
    assert "Note-of-desk" not in visitor.get(f"/record/{office.at['note']}").text


def test_a_form_sent_twice_is_one_act(office: Office) -> None:
    desk = signed_in(office, "party:desk", "officer")
    page = desk.get(address(office)).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    answers = [desk.post(address(office), data={**hidden, "field": "text", "reason": WHY}) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]


def test_what_cannot_be_released_is_said_with_what_was_sent(office: Office) -> None:
    desk = signed_in(office, "party:desk", "officer")
    size = office.authority.store.size()
    refused = sent(desk, address(office), field="words", reason="Reason-kept")
    assert refused.status_code == 422
    assert "a field of incident_reports.note: about, text" in refused.text
    assert "Reason-kept" in refused.text, "what was written is not lost"
    refused = sent(desk, address(office), field="", reason="")
    assert refused.status_code == 422
    assert desk.post(address(office), data={"field": "text", "reason": WHY}).status_code == 403, "no token"
    assert office.authority.store.size() == size
    joined = desk.get(address(office, "joined", JANE)).text
    assert "Nothing more of this entry can be released." in joined
    assert desk.get(address(office).replace("&purpose=Letter+4", "")).status_code == 422, "why is asked first"
    assert desk.get(f"/held/release?party={VISITOR.party}&purpose=x&entry=x").status_code == 422
    assert desk.get(address(office, "note-lab")).status_code == 404, "that is not about them"
    assert signed_in(office, "party:lab", "developer").get(address(office)).status_code == 403
    assert by_code(office).get(address(office)).status_code in (303, 403)
    reads_only = signed_in(office, "party:desk", "officer", scopes=("read",))
    assert sent(reads_only, address(office), field="text", reason=WHY).status_code == 403


def test_a_program_releases_by_filing_and_is_told_what_is_wrong(office: Office) -> None:
    client = TestClient(api.app(office.authority))
    client.headers["Authorization"] = f"Bearer {office.authority.access.issue_key('party:desk', ('officer',))}"
    body = {"party": VISITOR.party, "entry": office.at["note"], "field": "text", "reason": WHY}
    wrong = client.post("/api/v1/filings/disclosure.released", json={**body, "entry": office.at["note-lab"]})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    assert wrong.json()["faults"][0]["code"] == "not_theirs"
    assert client.post("/api/v1/filings/disclosure.released", json=body).status_code == 201
    found = client.get("/api/v1/held", params={"party": VISITOR.party, "purpose": "Letter 4"}).json()
    note = next(one for one in found["entries"] if one["entry"] == office.at["note"])
    assert [one["field"] for one in note["released"]] == ["text"]
    assert note["fields"]["text"] == "Note-of-desk"
