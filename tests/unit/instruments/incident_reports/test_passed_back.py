"""What was passed on to one named reader is theirs to read until its day, or until the desk takes it back."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.publication import passings
from commonweal.sight import Sight

from .test_desk import INCIDENT, House
from .test_desk_portal import officer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path / "a")
    yield found
    found.authority.close()


def test_what_was_passed_on_is_read_by_nobody_once_it_is_taken_back(house: House) -> None:
    """A name that went to the wrong reader was theirs to read until the day it said, whatever the desk filed."""
    house.incident()
    scholar = Caller("party:scholar", ("observer",))
    for party in ("party:scholar", "party:other"):
        house.authority.access.issue_key(party, ("observer",), ("read",))
    said = {"name": "I 1", "incident": INCIDENT, "published_on": "2026-10-01", "until": "2026-12-09", "purpose": "A."}
    first, second = (house.desk("passed", **said, title=title, recipient="party:scholar") for title in ("One", "Two"))
    other = house.desk("passed", **said, title="Three", recipient="party:other")
    gone = {**said, "title": "I 1", "status": "withdrawn", "withdrawn_for": "personal", "correction": "Not theirs."}
    assert [where for where, _ in house.refused("passed", **gone, recipient="party:weaver")] == ["recipient"]

    def read(entry: int, caller: Caller) -> Any:
        return Sight(house.authority, caller, "test").entry(entry).fields.get("title")

    assert [read(entry, scholar) for entry in (first, second)] == ["One", "Two"]
    taken = house.desk("passed", **gone, recipient="party:scholar")
    assert [read(entry, scholar) for entry in (first, second, taken)] == [None, None, None]
    assert read(other, Caller("party:other", ("observer",))) == "Three", "from another reader nothing was taken back"
    ended = [row["ended"] for row in passings(house.authority.reader, incident=INCIDENT)]
    assert ended == [taken, taken, None]
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as client:
        officer(client, house)
        for address in ("incidents/i-1", "publish/i-1?to=reader"):
            assert client.get(f"/incident-reports/{address}").text.count("taken back") == 2
    assert house.refused("passed", **gone, recipient="party:scholar") == [
        ("recipient", f"a party to whom something of {INCIDENT} was passed on that was not withdrawn")
    ]
    house.desk("passed", **said, title="Four", recipient="party:scholar")
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before
