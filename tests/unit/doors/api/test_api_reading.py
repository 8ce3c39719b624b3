"""Reading through the API: exactly what is public without a key, and every error in the one shape."""

from __future__ import annotations

import csv
import gzip
import io
from typing import Any

import jsonschema
import pytest

from commonweal.authority import OPERATOR, Authority
from commonweal.kernel.disclosure import verify_disclosures
from commonweal.kernel.instrument import Act
from commonweal.kernel.record import NoteVerifier, decode_bundle, leaf_hash, open_checkpoint
from commonweal.kernel.values import read_json

from .conftest import Client
from .test_api_filings import BOOKS, assert_problem


@pytest.fixture
def book(lab: Client, authority: Authority) -> dict[str, Any]:
    receipt = lab.post(BOOKS, json={"name": "=A", "pages": 300, "price_paid": 12.5}).json()
    authority.follow()
    return dict(receipt)


def test_the_public_sees_public_fields_and_can_prove_them(
    public: Client, lab: Client, officer: Client, book: dict[str, Any]
) -> None:
    path = f"/api/v1/entries/{book['index']}"
    shown = public.get(path).json()
    assert shown["fields"]["pages"] == 300
    assert "price_paid" not in shown["fields"]
    assert shown["withheld"] > 0
    assert verify_disclosures(shown["leaf"], shown["disclosures"]) == shown["fields"]
    assert lab.get(path).json()["fields"]["price_paid"] == 12.5, "the filer sees what it filed"
    assert officer.get(path).json()["fields"]["price_paid"] == 12.5


def test_another_party_is_the_public(public: Client, authority: Authority, book: dict[str, Any]) -> None:
    other = public.with_key(authority.access.issue_key("party:other", ("developer",)))
    assert "price_paid" not in other.get(f"/api/v1/entries/{book['index']}").json()["fields"]
    assert "price_paid" not in other.get("/api/v1/subjects/book:a").json()["body"]


def test_a_subject_whose_name_is_not_public_is_not_there(public: Client, lab: Client, authority: Authority) -> None:
    index = lab.post("/api/v1/filings/lending.reader", json={"name": "Ada Lovelace"}).json()["index"]
    authority.follow()
    for path in ("/api/v1/subjects/reader:ada-lovelace", "/api/v1/subjects/reader:ada-lovelace/versions"):
        assert_problem(public.get(path), 404)
    pages = [f"/api/v1/entries/{index}", f"/api/v1/receipts/{index}", "/api/v1/entries", "/api/v1/subjects?noun=reader"]
    for path in [
        *pages,
        f"/api/v1/receipts/{index}.tlog-proof",
        "/api/v1/status",
        f"/log/tile/entries/000.p/{index + 1}",
    ]:
        answer = public.get(path, headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200, path
        assert b"ovelace" not in answer.content, path
    assert lab.get("/api/v1/subjects/reader:ada-lovelace").json()["body"]["name"] == "Ada Lovelace"


def test_versions_and_their_differences(public: Client, lab: Client, authority: Authority) -> None:
    lab.post(BOOKS, json={"name": "A", "pages": 1, "price_paid": 1})
    authority.follow()
    lab.post(BOOKS, json={"name": "A", "pages": 2, "price_paid": 2})
    authority.follow()
    versions = public.get("/api/v1/subjects/book:a/versions").json()["versions"]
    assert [item["body"]["pages"] for item in versions] == [1, 2]
    changes = public.get("/api/v1/subjects/book:a/diff").json()["changes"]
    assert changes == [{"field": "pages", "from": 1, "to": 2}]
    assert len(lab.get("/api/v1/subjects/book:a/diff?from=1&to=2").json()["changes"]) == 2
    assert_problem(public.get("/api/v1/subjects/book:a/diff?from=7"), 404)


def test_listings_as_json_and_csv_with_filters(public: Client, lab: Client, authority: Authority) -> None:
    lab.post(BOOKS, json={"name": "=cmd()", "pages": 5, "condition": "new"})
    lab.post(BOOKS, json={"name": "B", "condition": "worn"})
    authority.follow()
    path = "/api/v1/listings/lending/books"
    assert public.get(path).json()["count"] == 2
    assert public.get(f"{path}?condition=worn").json()["rows"] == [{"id": "book:b", "name": "B", "pages": None}]
    answer = public.get(f"{path}?condition=new&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(csv.DictReader(io.StringIO(answer.text))) == [{"id": "book:cmd", "name": "'=cmd()", "pages": "5"}]
    assert public.get(path, headers={"Accept": "text/csv"}).text.startswith("id,name,pages")
    assert_problem(public.get(f"{path}?colour=red"), 422, "colour")
    assert_problem(public.get("/api/v1/listings/lending/nothing"), 404)
    assert_problem(public.get("/api/v1/listings/nothing/books"), 404)


def test_entries_come_in_pages(public: Client, authority: Authority) -> None:
    authority.act_all([Act("lending.book", {"name": f"B{n}"}, "") for n in range(5)], OPERATOR)
    first = public.get("/api/v1/entries?kind=lending.book&limit=2").json()
    second = public.get(f"/api/v1/entries?kind=lending.book&limit=10&start={first['next']}").json()
    indexes = [item["index"] for item in first["entries"] + second["entries"]]
    assert indexes == list(range(authority.store.size() - 5, authority.store.size()))
    assert second["next"] is None


def test_the_log_can_be_checked_from_its_tiles_alone(public: Client, authority: Authority) -> None:
    authority.act_all([Act("lending.book", {"name": f"B{n}"}, "") for n in range(300)], OPERATOR)
    note = public.get("/log/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert "max-age=2" in note.headers["cache-control"]
    checkpoint = open_checkpoint(note.content, [NoteVerifier.from_vkey(authority.vkey)], authority.settings.origin)
    rest = checkpoint.size - 256
    hashes = public.get("/log/tile/0/000").content + public.get(f"/log/tile/0/001.p/{rest}").content
    assert len(hashes) == 32 * checkpoint.size
    raw = public.get("/log/tile/entries/000", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in raw.headers
    zipped = public.get("/log/tile/entries/000", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == raw.content, "httpx unpacks it"
    assert gzip.compress(raw.content) != raw.content
    leaves = decode_bundle(raw.content, 256)
    assert b"".join(map(leaf_hash, leaves)) == hashes[: 32 * 256]
    tile = public.get("/log/tile/1/000.p/1")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["0/000", "0/000.p/256", "0/000.p/0", "0/0", "0/x000/000", "64/000", "-1/000", "entries/999", "x",
             "0/000.p/200", "99999999/000", "0/" + "x999/" * 20 + "999"]
)  # fmt: skip
def test_tiles_that_are_not_there(public: Client, path: str) -> None:
    assert_problem(public.get(f"/log/tile/{path}"), 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/status/", 404),
        ("GET", "/api/v1/entries/99999", 404),
        ("GET", "/api/v1/entries/-1", 404),
        ("GET", "/api/v1/entries/x", 404),
        ("GET", "/api/v1/entries/99999999999999999999", 404),
        ("GET", "/api/v1/receipts/99999", 404),
        ("GET", "/api/v1/receipts/x.tlog-proof", 404),
        ("GET", "/api/v1/rules/nothing", 404),
        ("GET", "/api/v1/cases/case:none", 404),
        ("GET", "/api/v1/thresholds/none", 404),
        ("GET", "/api/v1/kinds/none", 404),
        ("GET", "/api/v1/entries?limit=0", 422),
        ("GET", "/api/v1/entries?limit=x&start=-1&more=1", 422),
        ("GET", "/api/v1/entries?limit=1&limit=2", 422),
        ("GET", "/api/v1/rules/lending.opening?as_of=yesterday", 422),
        ("GET", "/api/v1/duties?state=happy", 422),
        ("GET", "/api/v1/subjects", 422),
        ("DELETE", "/api/v1/status", 405),
        ("POST", "/api/v1/entries", 405),
        ("PUT", "/log/checkpoint", 405),
        ("GET", "/api/v1/batches", 405),
    ],
)
def test_every_error_has_the_one_shape(public: Client, method: str, path: str, status: int) -> None:
    answer = public.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance", "faults"}
    if status == 405:
        assert answer.headers["allow"]


def test_an_error_nobody_foresaw_gives_nothing_away(
    public: Client, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(authority, "status", fails)
    answer = public.get("/api/v1/status")
    assert_problem(answer, 500)
    assert "secret" not in answer.text


def test_rules_and_what_the_rooms_hold(public: Client) -> None:
    assert [rule["rule_id"] for rule in public.get("/api/v1/rules").json()["rules"]] == ["lending.opening"]
    assert "hours = 8" in public.get("/api/v1/rules/lending.opening").json()["text"]
    for path in ("duties", "thresholds", "cases", "status", "health", "kinds", "kinds/lending.book"):
        assert public.get(f"/api/v1/{path}").status_code == 200


def test_reading_is_open_to_pages_of_others_and_writing_is_not(public: Client) -> None:
    assert public.get("/api/v1/status").headers["access-control-allow-origin"] == "*"
    assert public.request("HEAD", "/api/v1/status").content == b""
    preflight = public.request("OPTIONS", BOOKS, headers={"Origin": "https://x.example"})
    assert "POST" not in preflight.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in public.post(BOOKS, json={}).headers


def test_the_description_is_valid_and_holds_every_kind_and_listing(public: Client, authority: Authority) -> None:
    document = public.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert set(authority.kinds) <= set(schemas)
    assert schemas["lending.book"]["x-markings"]["price_paid"] == "TLP:AMBER"
    assert {"/api/v1/filings/lending.book", "/api/v1/listings/lending/books", "/log/checkpoint"} <= set(
        document["paths"]
    )
    media = document["paths"]["/api/v1/filings/lending.book"]["post"]["requestBody"]["content"]["application/json"]
    assert media["example"]["shelf"] == "shelf:history", "the story's own body is the example"
    for kind in authority.kinds.values():
        jsonschema.Draft202012Validator.check_schema({**schemas[kind.id], "components": document["components"]})
    assert read_json(public.get("/api/v1/openapi.json").content, bytes_max=1 << 24, depth_max=64) == document
