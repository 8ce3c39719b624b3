"""The portal's pages, asked over HTTP: what every page must say, and what none may give away."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority

PATHS = [
    "/",
    "/about",
    "/accessibility",
    "/lists",
    "/regimes",
    "/duties",
    "/thresholds",
    "/board",
    "/sign-in",
    "/enrol",
    "/cases",
    "/texts",
    "/record",
    "/record/0",
    "/record/check",
    "/bridges",
    "/bridges/all",
    "/bridges/long-wide",
    "/subjects/bridge:long-wide",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_every_page_stands_in_both_languages_and_says_which(client: TestClient, path: str, prefix: str) -> None:
    answer = client.get((prefix + path) if prefix + path != "/zh/" else "/zh/")
    assert answer.status_code == 200
    tag = "zh-Hans" if prefix else "en"
    assert f'<html lang="{tag}">' in answer.text
    assert answer.text.count("<h1") == 1
    other = path if prefix else "/zh" + path
    assert f'href="{other}"' in answer.text, "the other language is one link away, at the same page"


def test_the_name_of_the_authority_is_text_not_markup(client: TestClient) -> None:
    assert "Bridge &lt;Office&gt;" in client.get("/").text
    assert "<Office>" not in client.get("/").text


def test_headers_let_a_page_run_nothing_inline(client: TestClient) -> None:
    for path in ("/", "/nope", "/record.json", "/static/weal.css"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    for path in PATHS:
        page = client.get(path).text
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page), f"{path} has inline style or script"
        assert "<style" not in page
        assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []


def test_an_instrument_from_a_strange_folder_has_its_list_its_page_and_its_front(client: TestClient) -> None:
    front = client.get("/bridges").text
    assert "A register of bridges." in front
    assert 'href="/bridges/all"' in front
    assert "All bridges" in client.get("/").text
    page = client.get("/zh/bridges/long-wide").text
    assert "<svg" in page
    assert "施行中" in page


def test_a_list_says_the_same_as_page_csv_and_json(client: TestClient) -> None:
    rows = json.loads(client.get("/bridges/all.json").text)
    text = client.get("/bridges/all.csv").text
    read = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(read) == 62
    assert [row["name"] for row in rows][:1] == [read[0]["name"].removeprefix("'")]
    page = client.get("/bridges/all?sort=-length_m").text
    assert page.index("No 59") < page.index("No 58")
    assert "2 × 10<sup>25</sup>" in page.replace("\u00a0", " ")
    assert 'aria-sort="descending"' in page


def test_filters_hold_on_the_page_and_in_its_files(client: TestClient) -> None:
    page = client.get("/bridges/all?longer_than=59").text
    assert 'href="/bridges/all.csv?longer_than=59"' in page
    assert len(json.loads(client.get("/bridges/all.json?longer_than=59").text)) == 2


def test_pages_of_a_list_have_neighbours_and_an_end(client: TestClient) -> None:
    first, second = client.get("/bridges/all").text, client.get("/bridges/all?page=2").text
    assert 'rel="next" href="/bridges/all?page=2"' in first
    assert 'rel="prev" href="/bridges/all"' in second
    assert client.get("/bridges/all?page=3").status_code == 404
    assert client.get("/bridges/all?page=-1").status_code == 422


@pytest.mark.parametrize(
    "path", ["/nope", "/bridges/none", "/record/9999", "/subjects/bridge:none", "/cases/x", "/regimes/x"]
)
def test_what_is_not_there_is_a_page_that_says_so(client: TestClient, path: str) -> None:
    for prefix in ("", "/zh"):
        answer = client.get(prefix + path)
        assert answer.status_code == 404
        assert "<h1>" in answer.text
    assert "没有此页面" in client.get("/zh" + path).text


def test_a_strange_filter_names_the_fault(client: TestClient) -> None:
    answer = client.get("/bridges/all?colour=<b>")
    assert answer.status_code == 422
    assert "colour" in answer.text
    assert "&lt;b&gt;" in answer.text
    problem = client.get("/bridges/all.json?colour=1")
    assert problem.status_code == 422
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["faults"][0]["where"] == "colour"


def test_an_entry_shows_public_fields_only_and_how_to_check_it(client: TestClient, authority: Authority) -> None:
    index = next(i for i in range(authority.store.size()) if authority.store.entry(i).kind == "bridges.bridge")
    page = client.get(f"/record/{index}").text
    assert "length_m" in page
    assert "Secret Person" not in page
    assert "weal verify receipt-" in page
    receipt = client.get(f"/record/{index}.receipt.json").json()
    assert receipt["index"] == index
    assert client.get(f"/record/{index}.tlog-proof").text == authority.receipt(index).proof
    assert client.get(f"/record/{index}.leaf.json").content == authority.store.entry(index).leaf
    assert "inspector" not in json.dumps(client.get(f"/record/{index}.json").json()["fields"])


def test_a_subject_whose_name_is_not_public_is_named_nowhere(client: TestClient, authority: Authority) -> None:
    """Identifiers are made of names, so an identifier gives a name away as well as the name itself."""
    index = authority.store.size() - 1
    assert authority.store.entry(index).subject == "informant:deep-throat"
    for path in ("/", "/record", "/record.csv", "/record.json", f"/record/{index}", f"/record/{index}.receipt.json"):
        assert "deep-throat" not in client.get(path).text.lower().replace(" ", "-"), path
    assert client.get("/subjects/informant:deep-throat").status_code == 404
    assert client.get("/record.json?subject=informant:deep-throat").json() == []


def test_the_record_is_filtered_by_kind_and_subject(client: TestClient) -> None:
    assert len(client.get("/record.json?kind=bridges.bridge").json()) == 62
    about = client.get("/record.json?subject=bridge:long-wide").json()
    assert [row["kind"] for row in about] == ["bridges.bridge"]
    assert client.get("/record?entry=3").headers["location"] == "/record/3"
    assert client.get("/zh/record?entry=3").headers["location"] == "/zh/record/3"


def test_the_adopted_text_is_served_byte_for_byte(client: TestClient, authority: Authority) -> None:
    for row in client.get("/texts.json").json():
        form = "json" if client.get(f"/regimes/{row['id']}.toml").status_code == 404 else "toml"
        answer = client.get(f"/regimes/{row['id']}.{form}")
        assert answer.status_code == 200
        assert answer.headers["etag"].strip('"')
        for prefix in ("", "/zh"):
            assert client.get(f"{prefix}/regimes/{row['id']}").status_code == 200


def test_replay_is_said_on_every_page(client: TestClient) -> None:
    assert all("simulated clock" in client.get(path).text for path in PATHS)


def test_static_files_may_be_kept_because_their_address_changes_with_them(client: TestClient) -> None:
    address = re.search(r'href="(/static/weal\.css\?v=[^"]+)"', client.get("/").text)
    assert address
    kept = client.get(address[1])
    assert "immutable" in kept.headers["cache-control"]
    assert len(kept.content) <= 25_000


def test_an_address_with_a_slash_too_many_leads_to_the_page(client: TestClient) -> None:
    assert client.get("/zh/record/").headers["location"] == "/zh/record"


def test_a_kind_of_which_nothing_is_recorded_yet_lists_nothing(client: TestClient) -> None:
    """The pages of instruments link to the entries of each of their kinds, filed or not."""
    page = client.get("/record", params={"kind": "case.reversed"})
    assert page.status_code == 200
    assert "Nothing matches." in page.text
