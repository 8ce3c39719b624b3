"""Attachments in the portal: on the page of their entry for whoever may have them, and given as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import attaching_house as h
from commonweal.authority import Authority
from commonweal.doors.portal import app

from .conftest import TestClient
from .people import sign_in


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    with h.founded(tmp_path / "house") as made:
        yield made


@pytest.fixture
def index(house: Authority) -> int:
    act = h.finding("one", h.uploaded(house, h.PDF, "report.pdf"))
    picture = h.uploaded(house, h.PNG, "截图.png")
    made = h.Act(h.KIND, {**act.body, "picture": [picture.model_dump()]}, key="k")
    found = house.act(made, h.LAB).index
    house.follow()
    return found


@pytest.fixture
def anyone(house: Authority) -> Any:
    return TestClient(app(house), base_url="http://localhost")


def digests(house: Authority, index: int) -> tuple[str, str]:
    body = house.entry(index).body
    return body["evidence"][0]["sha256"], body["picture"][0]["sha256"]


def test_the_public_is_shown_and_given_what_is_public_and_nothing_else(
    house: Authority, anyone: Any, index: int
) -> None:
    closed, public = digests(house, index)
    page = anyone.get(f"/record/{index}").text
    assert "Attachments" in page
    assert f'href="/record/{index}/attachments/{public}"' in page
    assert closed not in page
    assert "report.pdf" not in page
    answer = anyone.get(f"/record/{index}/attachments/{public}")
    assert (answer.status_code, answer.content) == (200, h.PNG)
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for path in (f"{index}/attachments/{closed}", f"{index}/attachments/x", f"9999/attachments/{public}"):
        assert anyone.get(f"/record/{path}").status_code == 404


def test_who_filed_it_finds_its_files_on_the_page_and_the_reading_is_logged(
    house: Authority, anyone: Any, index: int
) -> None:
    closed, _ = digests(house, index)
    sign_in(anyone, house.access.issue_key("party:lab", ("developer",), rate_per_s=1e5))
    assert f'href="/record/{index}/attachments/{closed}"' in anyone.get(f"/record/{index}").text
    assert anyone.get(f"/record/{index}/attachments/{closed}").content == h.PDF
    reads = [line.read for line in house.reads.found(party="party:lab")]
    assert [(read.entry, read.fields) for read in reads] == [(index, ("evidence",))] * 2
    assert reads[0].door == "portal /record/{index:int}/attachments/{sha256}"


def test_the_page_says_it_in_chinese_and_an_entry_without_files_has_no_such_part(
    house: Authority, anyone: Any, index: int
) -> None:
    page = anyone.get(f"/zh/record/{index}").text
    assert "附件" in page
    assert "PNG 图像" in page
    bare = house.act(h.Act(h.KIND, {"name": "bare"}, key="b"), h.LAB).index
    assert "Attachments" not in anyone.get(f"/record/{bare}").text


def test_a_file_that_is_gone_takes_no_page_away(house: Authority, anyone: Any, index: int) -> None:
    _, public = digests(house, index)
    for address in json.loads(house.store.entry(index).leaf)["blobs"]:
        (house.folder / "blobs" / address[:2] / address).unlink()
    assert anyone.get(f"/record/{index}").status_code == 200
    answer = anyone.get(f"/record/{index}/attachments/{public}")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
