"""Attachments over HTTP: sent in a stream, named by a filing, given as a file to whoever may read the field."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import attaching_house as h
from commonweal.authority import Authority
from commonweal.doors.api import Limits, app

from .conftest import OPEN, Client
from .test_api_callers import COVERED, Signer
from .test_api_filings import assert_problem

UPLOAD, FILE = "/api/v1/attachments", f"/api/v1/filings/{h.KIND}"
FILES = [(h.PDF, "report.pdf"), (h.PNG, "截图.png"), (b"a,b\n1,2\n", "data.csv")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    with h.founded(tmp_path / "house") as made:
        yield made


@pytest.fixture
def anyone(house: Authority) -> Client:
    return Client(app(house, limits=OPEN))


@pytest.fixture
def lab(anyone: Client, house: Authority) -> Client:
    return anyone.with_key(house.access.issue_key("party:lab", ("developer",), rate_per_s=1e5))


def sent(client: Client, data: bytes, name: str, **more: Any) -> httpx.Response:
    return client.post(UPLOAD, params={"name": name}, content=data, **more)


def filed(client: Client, *items: dict[str, Any], field: str = "evidence") -> int:
    named = [{key: value for key, value in item.items() if key != "until"} for item in items]
    answer = client.post(FILE, json={"name": "one", field: named})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["index"])


def place(index: int, item: dict[str, Any]) -> str:
    return f"/api/v1/entries/{index}/attachments/{item['sha256']}"


def lying(house: Authority) -> list[Path]:
    return [path for path in (house.folder / "blobs").rglob("*") if path.is_file()]


def test_what_was_sent_is_given_again_to_its_filer_and_to_nobody_else(anyone: Client, lab: Client) -> None:
    found = [sent(lab, data, name) for data, name in FILES]
    assert [answer.status_code for answer in found] == [201] * 3
    items = [answer.json() for answer in found]
    assert items[0] == {
        "sha256": hashlib.sha256(h.PDF).hexdigest(), "name": "report.pdf", "media_type": "application/pdf",
        "size": len(h.PDF), "until": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    index = filed(lab, *items)
    for (data, _), item in zip(FILES, items, strict=True):
        answer = lab.get(place(index, item))
        assert (answer.status_code, answer.content) == (200, data)
        assert_problem(anyone.get(place(index, item)), 404)
    assert_problem(lab.get(f"/api/v1/entries/{index}/attachments/{'0' * 64}"), 404)
    assert_problem(lab.get(f"/api/v1/entries/{index}/attachments/../../keys.sqlite"), 404)


def test_a_download_is_a_file_that_no_browser_shows_or_runs(lab: Client) -> None:
    """RFC 6266 with the name in RFC 8187's form beside a plain one; sandbox in case somebody opens it in place."""
    item = sent(lab, h.PNG, "截图 1.png").json()
    headers = lab.get(place(filed(lab, item), item)).headers
    assert headers["content-disposition"] == (
        "attachment; filename=\"__ 1.png\"; filename*=UTF-8''%E6%88%AA%E5%9B%BE%201.png"
    )
    assert headers["content-type"] == "image/png"
    assert headers["content-length"] == str(len(h.PNG))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["cache-control"] == "private, no-store"


def test_a_picture_in_a_public_field_is_everybodys(anyone: Client, lab: Client) -> None:
    item = sent(lab, h.JPEG, "seen.jpg").json()
    assert anyone.get(place(filed(lab, item, field="picture"), item)).content == h.JPEG


def test_who_read_an_attachment_stands_in_the_log_of_reads(house: Authority, lab: Client) -> None:
    item = sent(lab, h.PDF, "a.pdf").json()
    index = filed(lab, item)
    lab.get(place(index, item))
    (read,) = [line.read for line in house.reads.found(party="party:lab")]
    assert (read.entry, read.fields, read.door) == (index, ("evidence",), "api attachment")


@pytest.mark.parametrize(
    ("name", "data", "where"),
    [
        ("../../etc/passwd.txt", b"x", "name"),
        ("invoice\u202efdp.txt", b"x", "name"), ("page.html", b"<html>", "name"),
        ("drawing.svg", b"<svg/>", "name"), ("archive.zip", h.ZIP, "name"), ("a.pdf", b"", "(bytes)"),
        ("a.pdf", h.PDF + h.ZIP, "(bytes)"), ("a.png", b"<svg onload=alert(1)>", "(bytes)"), ("", b"x", "name"),
    ],
)  # fmt: skip
def test_hostile_names_and_bytes_are_refused_and_leave_nothing(
    house: Authority, lab: Client, name: str, data: bytes, where: str
) -> None:
    answer = sent(lab, data, name)
    assert answer.status_code == 422
    assert {fault["where"] for fault in answer.json()["faults"]} == {where}
    assert lying(house) == []


def test_the_public_and_keys_that_may_not_file_send_nothing(house: Authority, anyone: Client) -> None:
    assert_problem(sent(anyone, h.PDF, "a.pdf"), 401, "Authorization")
    reading = anyone.with_key(house.access.issue_key("party:r", ("developer",), scopes=("read",)))
    assert_problem(sent(reading, h.PDF, "a.pdf"), 403)


def test_a_stream_without_end_is_cut_off_at_the_bound_and_leaves_nothing(house: Authority, lab: Client) -> None:
    """No length is declared, and nothing holds what came: the reader stops within one piece of the bound."""
    bound, piece, given = house.attachments.bounds.bytes_max, b"x" * (1 << 20), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += len(piece)
            yield piece

    async def receive_from(stream: AsyncIterator[bytes]) -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(stream), "more_body": True}

    async def call() -> list[dict[str, Any]]:
        stream, answers = endless(), []

        async def send(message: dict[str, Any]) -> None:
            answers.append(message)

        headers = [(name.lower().encode(), value.encode()) for name, value in lab.headers.items()]
        scope = {
            "type": "http", "method": "POST", "path": UPLOAD, "raw_path": UPLOAD.encode(), "root_path": "",
            "query_string": b"name=a.txt", "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80),
            "scheme": "http", "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip
        await lab.asgi(scope, lambda: receive_from(stream), send)
        return answers

    start = asyncio.run(call())[0]
    assert start["status"] == 413
    assert bound < given <= bound + 2 * len(piece)
    assert lying(house) == []


def test_a_length_over_the_bound_is_refused_before_a_byte_is_read(house: Authority, lab: Client) -> None:
    answer = sent(lab, b"x", "a.txt", headers={"Content-Length": str(house.attachments.bounds.bytes_max + 1)})
    assert_problem(answer, 413, "(whole)")
    packed = sent(lab, b"x", "a.txt", headers={"Content-Encoding": "gzip"})
    assert_problem(packed, 415, "Content-Encoding")


def test_a_caller_who_goes_away_leaves_nothing(house: Authority, lab: Client) -> None:
    async def call() -> list[int]:
        answers = []
        given = iter([{"type": "http.request", "body": h.PDF[:20], "more_body": True}, {"type": "http.disconnect"}])

        async def receive() -> dict[str, Any]:
            return next(given)

        async def send(message: dict[str, Any]) -> None:
            answers.append(message.get("status"))

        headers = [(name.lower().encode(), value.encode()) for name, value in lab.headers.items()]
        scope = {
            "type": "http", "method": "POST", "path": UPLOAD, "raw_path": UPLOAD.encode(), "root_path": "",
            "query_string": b"name=a.pdf", "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80),
            "scheme": "http", "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip
        await lab.asgi(scope, receive, send)
        return answers

    assert asyncio.run(call())[0] == 422
    assert lying(house) == []
    assert house.attachments.waiting() == []


def test_one_key_has_only_so_many_uploads_under_way(house: Authority) -> None:
    client = Client(app(house, limits=Limits(address_per_s=1e6, address_burst=1e6, uploads_of_one=0)))
    lab = client.with_key(house.access.issue_key("party:lab", ("developer",), rate_per_s=1e5))
    assert_problem(sent(lab, h.PDF, "a.pdf"), 503)


# ── signed ──────────────────────────────────────────────────────────────────────────────────────────────────────────

SIGNED = f"{UPLOAD}?name=a.pdf"
WITH_QUERY = (*COVERED, "@query")


def test_a_signed_upload_counts_where_its_digest_is_that_of_what_came(house: Authority, anyone: Client) -> None:
    signer = Signer(house, scopes=("file", "read"))
    headers = signer.headers(SIGNED, h.PDF, covered_component_ids=WITH_QUERY)
    answer = anyone.post(SIGNED, content=h.PDF, headers=headers)
    assert answer.status_code == 201, answer.text
    again = anyone.post(SIGNED, content=h.PDF, headers=headers)
    assert_problem(again, 401, "Signature-Input")


def test_a_signed_upload_of_other_bytes_or_without_a_digest_keeps_nothing(house: Authority, anyone: Client) -> None:
    signer = Signer(house)
    headers = signer.headers(SIGNED, h.PDF, covered_component_ids=WITH_QUERY)
    other = h.PDF.replace(b"Catalog", b"Catalox")
    assert_problem(anyone.post(SIGNED, content=other, headers=headers), 401, "Content-Digest")
    bare = signer.headers(
        SIGNED, b"", covered_component_ids=("@method", "@authority", "@path", "@query", "content-type")
    )
    assert_problem(anyone.post(SIGNED, content=h.PDF, headers=bare), 401, "Content-Digest")
    assert lying(house) == []


def test_the_description_tells_both_addresses_and_the_form_of_an_attachment(anyone: Client) -> None:
    told = anyone.get("/api/v1/openapi.json").json()
    upload = told["paths"][UPLOAD]["post"]
    assert list(upload["requestBody"]["content"]) == ["application/octet-stream"]
    kept = upload["responses"]["201"]["content"]["application/json"]["schema"]
    assert set(kept["required"]) == {"sha256", "name", "media_type", "size", "until"}
    fields = told["components"]["schemas"][h.KIND]["x-attachments"]
    assert fields["picture"] == {"media_types": ["image/png", "image/jpeg"], "bytes_max": 26_214_400, "count_max": 1}
    given = told["paths"]["/api/v1/entries/{index}/attachments/{sha256}"]["get"]
    assert "application/pdf" in given["responses"]["200"]["content"]
    assert set(told["components"]["schemas"]["Attachment"]["required"]) == {"sha256", "name", "media_type", "size"}
