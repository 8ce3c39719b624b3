"""Filing through the API: a receipt for what is good, every fault named for what is not, nothing half written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.record import Act, NoteVerifier, TlogProof

from .conftest import Client

BOOKS = "/api/v1/filings/lending.book"


def assert_problem(answer: object, status: int, *wheres: str) -> dict[str, object]:
    """Every error has the one shape, with a fault for each place named."""
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    body = answer.json()  # type: ignore[attr-defined]
    assert set(body) == {"type", "title", "status", "detail", "instance", "faults"}
    assert body["status"] == status
    assert all(set(fault) == {"where", "seen", "want", "code"} for fault in body["faults"])
    assert [fault["where"] for fault in body["faults"]] == list(wheres)
    return dict(body)


def test_a_filing_gives_a_receipt_that_verifies_offline(lab: Client, authority: Authority) -> None:
    answer = lab.post(BOOKS, json={"name": "A History", "pages": 300, "price_paid": 12.5})
    assert answer.status_code == 201
    receipt = answer.json()
    assert answer.headers["location"] == f"/api/v1/receipts/{receipt['index']}"
    assert receipt["subject"] == "book:a-history"
    text = lab.get(f"{answer.headers['location']}.tlog-proof").content
    proof = TlogProof.parse(text)
    checkpoint = proof.verify(proof.extra, [NoteVerifier.from_vkey(authority.vkey)], authority.settings.origin)
    assert proof.index == receipt["index"] < checkpoint.size


def test_a_duplicate_gives_the_same_receipt_with_200(lab: Client, authority: Authority) -> None:
    body = {"name": "A History"}
    first, second = lab.post(BOOKS, json=body), lab.post(BOOKS, json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["index"] == second.json()["index"]
    assert second.json()["again"]
    assert first.json()["leaf"] == second.json()["leaf"]


def test_an_idempotency_key_holds_to_its_body(lab: Client) -> None:
    headers = {"Idempotency-Key": "order-1"}
    first = lab.post(BOOKS, json={"name": "A"}, headers=headers)
    same = lab.post(BOOKS, json={"name": "A"}, headers=headers)
    other = lab.post(BOOKS, json={"name": "B"}, headers=headers)
    fresh = lab.post(BOOKS, json={"name": "A"}, headers={"Idempotency-Key": "order-2"})
    assert (first.status_code, same.status_code, fresh.status_code) == (201, 200, 201)
    assert first.json()["index"] == same.json()["index"] != fresh.json()["index"]
    assert_problem(other, 409)


def test_a_callers_key_cannot_stand_in_for_one_that_the_house_makes(lab: Client, authority: Authority) -> None:
    """Who brings the key that another filing would get by itself does not keep that filing out."""
    later = {"name": "The Later One"}
    made = authority.check(Act("lending.book", later, ""), Caller("party:lab", ("developer",))).key
    assert made.startswith("content:")
    first = lab.post(BOOKS, json={"name": "The First One"}, headers={"Idempotency-Key": made})
    second = lab.post(BOOKS, json=later)
    assert (first.status_code, second.status_code) == (201, 201)


def test_the_same_key_of_two_parties_is_two_keys(lab: Client, officer: Client, authority: Authority) -> None:
    other = lab.with_key(authority.access.issue_key("party:other", ("developer",)))
    headers = {"Idempotency-Key": "order-1"}
    assert lab.post(BOOKS, json={"name": "A"}, headers=headers).status_code == 201
    assert other.post(BOOKS, json={"name": "B"}, headers=headers).status_code == 201


def test_what_was_filed_a_moment_ago_can_be_referred_to(lab: Client) -> None:
    assert lab.post("/api/v1/filings/lending.shelf", json={"name": "History"}).status_code == 201
    assert lab.post(BOOKS, json={"name": "A", "shelf": "shelf:history"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "wheres"),
    [
        ({"name": 7, "pages": "many", "condition": "burnt"}, ["name", "pages", "condition"]),
        ({"name": "A", "bought_on": "2026-02-30"}, ["bought_on"]),
        ({"name": "A", "bought_on": "2199-01-01"}, ["bought_on"]),
        ({"name": "A", "weight_kg": -1}, ["weight_kg"]),
        ({"name": "A", "shelf": "shelf:nowhere"}, ["shelf"]),
        ({"name": "A", "unheard_of": 1}, ["unheard_of"]),
        ({}, ["name"]),
    ],
)
def test_every_fault_is_named_and_nothing_written(
    lab: Client, unchanged: Callable[[], None], body: dict[str, object], wheres: list[str]
) -> None:
    found = assert_problem(lab.post(BOOKS, json=body), 422, *wheres)
    assert all(fault["want"] and fault["seen"] for fault in found["faults"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400])
def test_numbers_that_are_none_are_refused(lab: Client, unchanged: Callable[[], None], number: str) -> None:
    data = f'{{"name": "A", "weight_kg": {number}}}'.encode()
    answer = lab.post(BOOKS, content=data, headers={"Content-Type": "application/json"})
    assert assert_problem(answer, 422, "weight_kg")["faults"][0]["code"] == "not_finite"  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"[" * 1000 + b"]" * 1000, 413),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, 413),
        (b'{"name": "' + b"x" * (1 << 20) + b'"}', 413),
        (b"not json", 422),
        (b"", 422),
        (b'"\\"' * 30_000, 422),
        (b'{"name": "A", "name": "B"}', 422),
        ('{"name": "Ä"}'.encode("latin-1"), 422),
        (b'["a list"]', 422),
        (b"null", 422),
    ],
)
def test_bytes_that_are_no_filing_are_refused_quickly(
    lab: Client, unchanged: Callable[[], None], data: bytes, status: int
) -> None:
    answer = lab.post(BOOKS, content=data, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["faults"]
    assert answer.elapsed.total_seconds() < 2


def test_ten_megabytes_are_refused_without_being_read(lab: Client, unchanged: Callable[[], None]) -> None:
    taken = 0

    async def body() -> object:
        nonlocal taken
        for _ in range(160):
            taken += 65_536
            yield b"x" * 65_536

    headers = {"Content-Type": "application/json"}
    assert_problem(lab.post(BOOKS, content=body(), headers=headers), 413, "(whole)")
    assert taken <= (1 << 20) + 2 * 65_536
    declared = lab.post(BOOKS, content=b"x" * 10_000_000, headers=headers)
    assert_problem(declared, 413, "(whole)")


def test_other_media_and_encodings_are_refused(lab: Client, unchanged: Callable[[], None]) -> None:
    for headers in (
        {"Content-Type": "text/plain"},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ):
        assert lab.post(BOOKS, content=b"{}", headers=headers).status_code == 415


def test_a_kind_that_is_none_and_a_kind_that_is_not_theirs(lab: Client, unchanged: Callable[[], None]) -> None:
    assert_problem(lab.post("/api/v1/filings/lending.nothing", json={}), 404)
    assert_problem(lab.post("/api/v1/filings/rule.adopted", json={}), 403)
    assert_problem(lab.post("/api/v1/filings/clock.tick", json={"at": "2199-01-01T00:00:00Z"}), 403)


def test_nobody_amends_what_another_filed(lab: Client, authority: Authority) -> None:
    assert lab.post(BOOKS, json={"name": "A"}).status_code == 201
    authority.follow()
    size = authority.store.size()
    other = lab.with_key(authority.access.issue_key("party:other", ("developer",)))
    assert_problem(other.post(BOOKS, json={"name": "A", "pages": 9}), 403)
    assert authority.store.size() == size


def test_a_batch_is_recorded_whole_or_not_at_all(lab: Client, authority: Authority) -> None:
    good = [{"kind": "lending.shelf", "body": {"name": "S"}},
            {"kind": "lending.book", "body": {"name": "A", "shelf": "shelf:s"}}]  # fmt: skip
    size = authority.store.size()
    bad = [*good, {"kind": "lending.book", "body": {"name": "", "pages": 0}}, {"kind": "none", "body": {}}]
    found = assert_problem(
        lab.post("/api/v1/batches", json={"acts": bad}), 422, "act 2: name", "act 2: pages", "act 3: kind"
    )
    assert authority.store.size() == size, found
    answer = lab.post("/api/v1/batches", json={"acts": good}, headers={"Idempotency-Key": "b"})
    assert answer.status_code == 201
    assert [receipt["subject"] for receipt in answer.json()["receipts"]] == ["shelf:s", "book:a"]
    again = lab.post("/api/v1/batches", json={"acts": good}, headers={"Idempotency-Key": "b"})
    assert again.status_code == 200
    assert authority.store.size() == size + 2


def test_of_a_batch_the_place_of_each_refused_act_is_told_beside_the_faults_of_the_others(
    lab: Client, unchanged: Callable[[], None]
) -> None:
    """A company whose batch holds one act that it may not file learnt neither which, nor what else was wrong."""
    theirs, mine = {"kind": "rule.adopted", "body": {}}, {"kind": "lending.book", "body": {"name": "A"}}
    found = assert_problem(lab.post("/api/v1/batches", json={"acts": [mine, theirs]}), 403, "act 1: (whole)")
    (fault,) = found["faults"]  # type: ignore[misc]
    assert (fault["seen"], fault["code"]) == ("rule.adopted", "forbidden")
    wrong = {"kind": "lending.book", "body": {"name": "", "pages": 0}}
    answer = lab.post("/api/v1/batches", json={"acts": [theirs, wrong]})
    assert_problem(answer, 422, "act 1: name", "act 1: pages", "act 0: (whole)")


def test_of_a_table_the_row_that_is_anothers_is_told(lab: Client, authority: Authority) -> None:
    other = lab.with_key(authority.access.issue_key("party:other", ("developer",)))
    assert other.post(BOOKS, json={"name": "Theirs"}).status_code == 201
    authority.follow()
    sent = lab.post(f"{BOOKS}/table", content=b"name,pages\nA,1\nTheirs,2\n", headers={"Content-Type": "text/csv"})
    assert_problem(sent, 403, "row 3, (whole)")


@pytest.mark.parametrize(
    "body", [[], {}, {"acts": []}, {"acts": [1]},
             {"acts": [{"kind": 1, "body": [], "subject": 2, "key": 3, "causes": "x"}]},
             {"acts": [{"kind": "lending.book", "body": {}, "more": 1}]}, {"acts": [{}] * 1001}]
)  # fmt: skip
def test_batches_of_another_form_are_refused(lab: Client, unchanged: Callable[[], None], body: object) -> None:
    answer = lab.post(
        "/api/v1/batches", content=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["faults"]


def test_observations_come_in_as_their_source_writes_them(lab: Client, authority: Authority) -> None:
    path = "/api/v1/observations/lending/csv"
    answer = lab.post(path, content=b"name,pages\nA,1\nB,2\n")
    assert answer.status_code == 201
    assert (answer.json()["recorded"], answer.json()["unchanged"]) == (2, 0)
    assert answer.json()["remarks"] == ["one remark"]
    assert lab.post(path, content=b"name,pages\nA,1\nB,2\n").status_code == 200
    size = authority.store.size()
    assert_problem(lab.post(path, content="name,pages\né,1\n".encode("latin-1")), 422, "observations")
    assert_problem(lab.post("/api/v1/observations/lending/xml", content=b""), 404)
    assert_problem(lab.post("/api/v1/observations/nothing/csv", content=b""), 404)
    assert authority.store.size() == size


def test_a_table_is_filed_whole_or_refused_by_row(lab: Client, authority: Authority) -> None:
    def send(data: bytes, kind: str = "lending.book") -> Any:
        headers = {"Content-Type": "text/csv", "Idempotency-Key": "t"}
        return lab.post(f"/api/v1/filings/{kind}/table", content=data, headers=headers)

    size = authority.store.size()
    assert_problem(send(b"name,pages\nA,1\n", "lending.nothing"), 404)
    assert_problem(send(b"name,pages\nA,1\nB,many\nC\n"), 422, "row 3, pages", "row 4")
    assert_problem(send(b"name,pages\nA,1\n\nB,0\n"), 422, "row 4, pages")
    assert authority.store.size() == size
    answer = send(b"name,pages\nA,1\n\nB,2\n")
    assert answer.status_code == 201, answer.text
    assert [receipt["subject"] for receipt in answer.json()["receipts"]] == ["book:a", "book:b"]
    assert send(b"name,pages\nA,1\n\nB,2\n").status_code == 200
    assert authority.store.size() == size + 2


def test_what_was_written_from_an_older_version_is_refused_with_409(lab: Client) -> None:
    """Who read a version says which; another that came since is not overwritten unseen, alone or in a batch."""
    first = lab.post(BOOKS, json={"name": "A", "pages": 1}).json()["index"]
    second = lab.post(f"{BOOKS}?onto={first}", json={"name": "A", "pages": 2})
    assert second.status_code == 201
    late = lab.post(f"{BOOKS}?onto={first}", json={"name": "A", "pages": 3})
    found = assert_problem(late, 409)
    assert str(found["type"]).endswith("superseded")
    assert f"entry {second.json()['index']} is the newest version of book:a" in str(found["detail"])
    act = {"kind": "lending.book", "body": {"name": "A", "pages": 3}, "onto": first}
    assert_problem(lab.post("/api/v1/batches", json={"acts": [act]}), 409)
    assert_problem(lab.post("/api/v1/batches", json={"acts": [{**act, "onto": "1"}]}), 422, "acts.0.onto")
    assert lab.post("/api/v1/batches", json={"acts": [{**act, "onto": second.json()["index"]}]}).status_code == 201
