"""Keeping and erasing over the API: what the office does with its key, what others see, and what refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import retaining as r
from commonweal.authority import Authority
from commonweal.doors.api import Limits, app
from commonweal.kernel import retention

OPEN = Limits(address_per_s=1e6, address_burst=1e6)
AT = "/api/v1/erasures"
ASKED = {"holder": r.ONE, "retention_class": r.CLASS, "basis": r.ASKED}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    with r.founded(tmp_path / "a") as made:
        yield made


@pytest.fixture
def client(house: Authority) -> Iterator[TestClient]:
    with TestClient(app(house, limits=OPEN)) as client:
        yield client


def key(house: Authority, role: str, *scopes: str) -> dict[str, str]:
    secret = house.access.issue_key(f"party:{role}", [role], scopes or ("file", "read"), None, rate_per_s=1e6)
    return {"Authorization": f"Bearer {secret}"}


def test_what_must_still_be_kept_takes_two_keys(house: Authority, client: TestClient) -> None:
    r.officers(house)
    scopes = (["officer"], ("file", "read"), None)
    secrets = [house.access.issue_key(party, *scopes, rate_per_s=1e6) for party in ("party:ines", "party:bob")]
    first, second = ({"Authorization": f"Bearer {secret}"} for secret in secrets)
    wanted = {**ASKED, "basis": "unlawful_processing"}
    (plan,) = client.post(AT, json={**wanted, "dry_run": True}, headers=first).json()["plans"]
    assert (plan["obstacle"], plan["takes_two"]) == ("", True)
    alone = client.post(AT, json=wanted, headers=first)
    assert alone.status_code == 403
    assert alone.json()["type"].endswith("needs_two")
    asked = client.post(AT, json={**wanted, "ask": True, "reasons": "It is about somebody else."}, headers=first)
    assert asked.status_code == 202, asked.text
    number = asked.json()["asked"]
    (waits,) = client.get("/api/v1/retention", headers=second).json()["asked"]
    assert (waits["entry"], waits["by"]) == (number, "party:ines")
    assert client.post(AT, json={**wanted, "confirms": True, "reasons": "So"}, headers=second).status_code == 422
    done = client.post(AT, json={**wanted, "confirms": number, "reasons": "So it is."}, headers=second)
    assert done.status_code == 201, done.text
    assert b"SECRETOFone" not in r.bytes_of(house.folder)


def test_the_office_looks_first_and_then_erases(house: Authority, client: TestClient) -> None:
    officer = key(house, "officer")
    early = client.post(AT, json=ASKED, headers=officer)
    assert early.status_code == 409
    assert "kept until 2028-03-02" in early.json()["detail"]
    r.wait(house)
    r.file(house, "three")  # the record's own time comes as far
    size = house.store.size()
    (plan,) = client.post(AT, json={**ASKED, "dry_run": True}, headers=officer).json()["plans"]
    assert (plan["entries"], plan["obstacle"]) == (1, "")
    assert house.store.size() == size, "looking writes nothing"
    (kept,) = client.get("/api/v1/retention", params={"holder": r.ONE}, headers=officer).json()["kept"]
    assert kept["keep_until"] == "2028-03-02T23:00:00Z"
    done = client.post(AT, json={**ASKED, "reference": "REFERENCE-7"}, headers=officer)
    assert done.status_code == 201, done.text
    index = done.json()["entry"]
    assert house.entry(index).body["approved_by"] == "party:officer"
    assert b"SECRETOFone" not in r.bytes_of(house.folder)
    public = client.get(AT)
    (line,) = public.json()["erasures"]
    assert (line["entry"], line["basis"]) == (index, r.ASKED)
    assert not any(word in public.text for word in ("REFERENCE-7", "party:officer", r.ONE))
    again = client.post(AT, json=ASKED, headers=officer)
    assert again.status_code == 409
    assert f"erased already, by entry {index}" in again.json()["detail"]
    assert house.verify() == []


def test_an_order_to_preserve_stands_in_the_way(house: Authority, client: TestClient) -> None:
    r.wait(house)
    officer = key(house, "officer")
    body = {"basis": "court_order", "ordered_by": "District Court", "scope": "subject", "about": r.ONE}
    placed = client.post(f"/api/v1/filings/{retention.HOLD_PLACED.id}", json=body, headers=officer)
    assert placed.status_code == 201, placed.text
    refused = client.post(AT, json=ASKED, headers=officer)
    assert refused.status_code == 409
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert "hold" in refused.json()["detail"]
    assert "District Court" in refused.json()["detail"]
    (line,) = [one.read for one in house.reads.lines() if one.read.entry == placed.json()["index"]]
    assert "ordered_by" in line.fields, "whose order it is was told, and that stands in the log"
    assert house.entry(r.first(house)).body["contact"] == "SECRETOFone"


def test_nobody_else_erases_or_sees_what_is_kept(house: Authority, client: TestClient) -> None:
    r.wait(house)
    developer, reader = key(house, "developer"), key(house, "officer", "read")
    assert client.post(AT, json=ASKED).status_code == 401
    assert client.post(AT, json=ASKED, headers=developer).status_code == 403
    assert client.post(AT, json=ASKED, headers=reader).status_code == 403, "a key for reading only"
    assert client.get("/api/v1/retention").status_code == 401
    assert client.get("/api/v1/retention", headers=developer).status_code == 403
    assert client.get(AT).json() == {"count": 0, "erasures": []}


def test_every_fault_of_a_request_is_named_at_once(house: Authority, client: TestClient) -> None:
    officer = key(house, "officer")
    wrong = client.post(AT, json={"basis": 7, "dry_run": "yes", "whose": "x"}, headers=officer)
    assert wrong.status_code == 422
    assert {fault["where"] for fault in wrong.json()["faults"]} == {"holder", "basis", "dry_run", "whose"}
    for nobody in ({}, {"dry_run": True}):
        found = client.post(AT, json={**ASKED, "holder": "organisation:none", **nobody}, headers=officer)
        assert found.status_code == 404, found.text
    r.wait(house)
    no_basis = client.post(AT, json={**ASKED, "basis": "whim"}, headers=officer)
    assert no_basis.status_code == 422
    assert client.post(AT, content=b"[]", headers=officer | {"Content-Type": "application/json"}).status_code == 422
