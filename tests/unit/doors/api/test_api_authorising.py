"""Authorisations over the API: each party with its own key, and what each of them cannot see or do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.doors.api import Limits, app
from commonweal.kernel import authorisations
from envelopes import AUDITOR, Envelope, signer

OPEN = Limits(address_per_s=1e6, address_burst=1e6)
ROOT = "/api/v1/authorisations"


@pytest.fixture
def envelope(tmp_path: Path) -> Iterator[Envelope]:
    found = Envelope.found(tmp_path / "office")
    with found.authority:
        yield found


@pytest.fixture
def client(envelope: Envelope) -> Iterator[TestClient]:
    with TestClient(app(envelope.authority, limits=OPEN)) as client:
        yield client


def key(envelope: Envelope, party: str, role: str) -> dict[str, str]:
    secret = envelope.authority.access.issue_key(party, [role], ["file", "read"], None, rate_per_s=1e6)
    return {"Authorization": f"Bearer {secret}"}


def test_from_the_policy_to_the_opened_field(envelope: Envelope, client: TestClient) -> None:
    auditor, court = key(envelope, AUDITOR.party, "auditor"), key(envelope, "party:court", "court")
    policy = client.get("/api/v1/authorisation-policies/disclose").json()
    body = envelope.body()
    assert body["policy"] == {"rule": policy["rule"], "sha256": policy["sha256"]}
    receipt = client.post("/api/v1/filings/authorisation.requested", json=body, headers=auditor)
    assert receipt.status_code == 201, receipt.text
    (listed,) = client.get(ROOT, headers=auditor).json()["authorisations"]
    at = f"{ROOT}/{listed['id']}"
    text = client.get(f"{at}/request", headers=auditor).text
    assert authorisations.request_id(text) == listed["id"]
    for name, state in (("court", "requested"), ("ministry", "granted")):
        note = authorisations.note_of(text, [authorisations.sign(text, signer(name))])
        answer = client.post(f"{at}/signatures", content=note.encode(), headers=court | {"Content-Type": "text/plain"})
        assert answer.json()["state"] == state, answer.text
    found = client.post(f"{at}/open", headers=auditor)
    assert found.headers["cache-control"] == "no-store"
    verified = authorisations.verify_evidence(found.json(), envelope.authority.vkey)
    assert verified.fields == {envelope.model: {"data_description": "Forty secret corpora"}}
    (line,) = client.get("/api/v1/disclosures").json()["disclosures"]
    assert line["entries"] == [envelope.model]
    assert "Forty" not in client.get("/api/v1/disclosures").text


def test_to_others_a_request_is_not_there(envelope: Envelope, client: TestClient) -> None:
    at = f"{ROOT}/{envelope.granted()}"
    other, officer = key(envelope, "party:other", "auditor"), key(envelope, "party:officer", "officer")
    assert client.get(at).status_code == 401
    assert client.get(at, headers=other).status_code == 404
    assert client.get(f"{at}/request", headers=other).status_code == 404
    assert client.post(f"{at}/open", headers=other).status_code == 403
    assert client.get(at, headers=officer).json()["state"] == "granted"
    assert client.post(f"{at}/open", headers=officer).status_code == 403
    assert envelope.leaves() == []


def test_refusals_say_why(envelope: Envelope, client: TestClient) -> None:
    auditor = key(envelope, AUDITOR.party, "auditor")
    at = f"{ROOT}/{envelope.ask()}"
    early = client.post(f"{at}/open", headers=auditor)
    assert early.status_code == 409
    assert "needs 2 of" in early.json()["detail"]
    other = authorisations.note_of(envelope.text.replace("Find", "Fund"), []).encode()
    assert client.post(f"{at}/signatures", content=other, headers=auditor).status_code == 404
    envelope.sign("court", "ministry")
    envelope.authority.keys.erase("model:m", "technical_documentation")
    gone = client.post(f"{at}/open", headers=auditor)
    assert gone.status_code == 410
    assert "erased" in gone.json()["detail"]


def test_a_request_with_faults_gets_one_answer_that_names_them_all(envelope: Envelope, client: TestClient) -> None:
    auditor = key(envelope, AUDITOR.party, "auditor")
    body = envelope.body() | {"action": "listen", "log": "other.example", "expires": "2020-01-01T00:00:00Z"}
    answer = client.post("/api/v1/filings/authorisation.requested", json=body, headers=auditor)
    assert answer.status_code == 422
    assert {fault["where"] for fault in answer.json()["faults"]} >= {"action", "log", "expires"}
