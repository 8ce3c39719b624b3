"""Of a kind that may be filed again in the same words a request that is tried again is no second filing.

A client whose answer was lost sent `portable_benefits.taken_out` once more, as the paper said that it may: 20.00 were
taken out where 10.00 were meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.api import app
from commonweal.instruments import Installed
from commonweal.kernel.values import ReplayClock, instant
from commonweal.settings import Settings

from .conftest import OPEN, Client
from .test_api_filings import assert_problem

READERS = "/api/v1/filings/lending.reader"
ADA = {"name": "Ada"}
CLOCK = ReplayClock(instant("2026-01-02T12:08:00Z"))


@pytest.fixture
def house(tmp_path: Path, lending: Mapping[str, Installed], settings: Settings) -> Iterator[Authority]:
    """An authority in which a reader may be filed again in the same words, at eight minutes past."""
    item = lending["lending"]
    kinds = tuple(replace(one, renewable=one.id == "lending.reader") for one in item.instrument.kinds)
    installed = {"lending": replace(item, instrument=replace(item.instrument, kinds=kinds))}
    CLOCK.set(instant("2026-01-02T12:08:00Z"))
    with Authority.create(
        tmp_path / "office", replace(settings, replay=True), clock=CLOCK, installed=installed
    ) as made:
        yield made


@pytest.fixture
def desk(house: Authority) -> Client:
    found = Client(app(house, limits=OPEN))
    return found.with_key(house.access.issue_key("party:lab", ("developer",), rate_per_s=1e5))


def test_the_same_without_a_key_is_refused_for_ten_minutes_and_says_what_to_send(desk: Client) -> None:
    first = desk.post(READERS, json=ADA)
    assert first.status_code == 201
    CLOCK.set(instant("2026-01-02T12:12:00Z"))
    problem = assert_problem(desk.post(READERS, json=ADA), 409)
    assert problem["type"] == "urn:commonweal:problem:repeated"
    said = str(problem["detail"])
    assert f"filed at 2026-01-02T12:08:00Z as entry {first.json()['index']}" in said
    assert "Idempotency-Key" in said
    CLOCK.set(instant("2026-01-02T12:18:00Z"))
    later = desk.post(READERS, json=ADA)
    assert (later.status_code, later.json()["again"]) == (201, False), "ten minutes later another is meant"
    assert_problem(desk.post(READERS, json=ADA), 409)


def test_a_key_says_that_another_is_meant_and_which_is_tried_again(desk: Client) -> None:
    desk.post(READERS, json=ADA)
    told = [desk.post(READERS, json=ADA, headers={"Idempotency-Key": key}) for key in ("one", "two", "two")]
    assert [(one.status_code, one.json()["again"]) for one in told] == [(201, False), (201, False), (200, True)]


def test_another_body_another_party_and_another_kind_are_no_repeat(desk: Client, house: Authority) -> None:
    other = desk.with_key(house.access.issue_key("party:other", ("developer",), rate_per_s=1e5))
    assert desk.post(READERS, json=ADA).status_code == 201
    assert desk.post(READERS, json={"name": "Bob"}).status_code == 201
    assert other.post(READERS, json={"name": "Eve"}).status_code == 201
    books = [desk.post("/api/v1/filings/lending.book", json={"name": "A History"}) for _ in range(2)]
    assert [one.status_code for one in books] == [201, 200], "of most kinds the same is answered with the first"


def test_what_was_annulled_is_filed_again_at_once(desk: Client) -> None:
    first = desk.post(READERS, json=ADA).json()
    body = {"entry": first["index"], "reason_code": "filed_in_error"}
    assert desk.post("/api/v1/filings/record.annulled", json=body).status_code == 201
    again = desk.post(READERS, json=ADA)
    assert (again.status_code, again.json()["again"]) == (201, False)


def test_the_description_says_of_each_kind_whether_the_same_is_another(desk: Client, house: Authority) -> None:
    told = desk.get("/api/v1/openapi.json").json()
    named = {name for name, one in told["components"]["schemas"].items() if one.get("x-renewable")}
    assert named == {kind.id for kind in house.kinds.values() if kind.renewable and not kind.keyed}
    words = {
        name: [one["description"] for one in told["paths"][name]["post"]["parameters"] if one["in"] == "header"]
        for name in (READERS, "/api/v1/filings/lending.book")
    }
    assert "another filing" in words[READERS][0]
    assert "another filing" not in words["/api/v1/filings/lending.book"][0]
