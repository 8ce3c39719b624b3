"""What a flight recorder holds lies in clear nowhere in an authority's folder until a legal basis opens it.

The operator of the machine, a copy of its disk and whoever may read tables are no legal basis. So what is looked at
here is every byte of every file, as the folder lies while it is open and after it was closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.engines import _layout
from commonweal.following import Following
from commonweal.kernel import registry
from commonweal.kernel.disclosure import ROLES, Audience

from .test_desk import House
from .test_investigating import SEGMENT

WORDS, NAME, BYTES = "zqcontentqz", "zqfilenameqz", "zqfilebytesqz"
HOLDER = Caller("party:chief", ("officer", "developer"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A segment in two versions, the second of which goes on from the first, and one that was annulled."""
    found = House(tmp_path / "a")
    said = {**SEGMENT, "content": f"In record 9: {WORDS}.", "files": [attached(found)]}
    found.file("incident_reports.recorder_segment", said, HOLDER)
    found.file("incident_reports.recorder_segment", {**said, "held_at": "The office"}, HOLDER)
    another = {**said, "name": "S 2", "files": [attached(found)]}
    wrong = found.file("incident_reports.recorder_segment", another, HOLDER)
    found.file("record.annulled", {"entry": wrong, "reason_code": "filed_in_error"}, HOLDER)
    yield found
    found.authority.close()


def attached(house: House) -> dict[str, Any]:
    waiting = house.authority.attachments.attach([BYTES.encode()], f"{NAME}.txt", HOLDER.party)
    return waiting.attachment.model_dump()


def in_clear(folder: Path) -> set[str]:
    """Which files hold any of it: as UTF-8, and as UTF-16, as some databases write."""
    marks = [mark.encode(code) for mark in (WORDS, NAME, BYTES) for code in ("utf-8", "utf-16-le")]
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    }


def test_nothing_that_a_recorder_holds_lies_in_clear_in_any_file(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    assert in_clear(folder) == set()
    house.authority.rebuild()
    assert in_clear(folder) == set()
    house.authority.close()
    assert in_clear(folder) == set()


def test_no_table_holds_it_and_its_digests_bind_all_the_same(house: House) -> None:
    row = registry.subject(house.authority.reader, "segment:s-1")
    assert row is not None
    assert set(SEGMENT) - set(row["body"]) == {"content"}
    assert row["body"]["outputs_sha256"] == SEGMENT["outputs_sha256"]
    assert house.authority.entry(row["entry"]).body["content"].endswith(f"{WORDS}.")
    tried = house.refused("recorder_segment", **{**SEGMENT, "outputs_sha256": "4" * 64})
    assert WORDS not in json.dumps(tried)


def test_what_an_earlier_release_wrote_into_the_tables_is_gone_once_this_one_has_opened_them(tmp_path: Path) -> None:
    """Its tables have the same columns: what is left out of them now makes them others, and they are made anew."""
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(_layout, "LAID_OUT", 1)
        earlier.setattr(Following, "_laid_out", lambda following, entry: entry)
        found = House(tmp_path / "a")
        found.file("incident_reports.recorder_segment", {**SEGMENT, "content": WORDS}, HOLDER)
        found.authority.close()
    assert in_clear(tmp_path / "a") != set(), "as it was"
    with Authority.open(tmp_path / "a") as authority:
        assert in_clear(tmp_path / "a") == set()
        authority.follow()
        assert registry.subject(authority.reader, "segment:s-1") is not None
    assert in_clear(tmp_path / "a") == set()


def test_what_only_an_authorisation_opens_is_kept_out_of_the_tables_whichever_kind_it_is_of(house: House) -> None:
    """A policy that closes a field to every role, and a field that is laid out in no table, are one and the same."""
    authority = house.authority
    every = [Audience.of(role) for role in ROLES if role not in ("authorised", "released")]
    for kind in authority.kinds.values():
        shut = {
            name
            for name in kind.schema.model_fields
            if not any(authority.policies.may_see(who, kind, name) for who in every)
        }
        assert shut == set(kind.closed()), kind.id
