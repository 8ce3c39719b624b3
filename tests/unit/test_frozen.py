"""An authority of each release, frozen: today's software opens it, verifies it, lays it out as it was, and goes on.

Where this fails, a format or a derivation has changed: the message says which table and row. Before a release is out
its folder is frozen again (`python tools/freeze.py`); afterwards an upcaster or a migration is owed.
"""

from __future__ import annotations

import json
import lzma
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Act, Authority, examine
from commonweal.kernel import registry

FIXTURES = Path(__file__).parents[1] / "fixtures"
WORKINGS = {"memory"}
"""Columns in which a room keeps how far it has come, in a form of its own: made anew from the record, never told."""
RELEASES = sorted(FIXTURES.glob("authority-*"))


@pytest.fixture(params=RELEASES, ids=lambda path: path.name)
def release(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def folder(release: Path, tmp_path: Path) -> Path:
    data = lzma.decompress((release / "authority.tar.xz").read_bytes())
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        tar.extractall(tmp_path / "authority", filter="data")
    return tmp_path / "authority"


def changed(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What a dump says otherwise: missing tables, rows gone and rows new. A new table or column says nothing."""
    found = [f"table {name} is gone" for name in was if name not in now]
    for name, rows in was.items():
        had = (rows[0].keys() if rows else set()) - WORKINGS
        rows = [{column: row[column] for column in had} for row in rows]  # noqa: PLW2901
        there = [{column: row[column] for column in had if column in row} for row in now.get(name, rows)]
        found += [f"{name}: gone {json.dumps(row)[:300]}" for row in rows if row not in there]
        found += [f"{name}: new {json.dumps(row)[:300]}" for row in there if row not in rows]
    return found[:20]


def test_there_is_a_frozen_folder_and_it_says_that_its_keys_are_worthless(release: Path) -> None:
    assert "worthless" in (release / "README.md").read_text()
    assert sum(path.stat().st_size for path in release.iterdir()) < 400_000


def test_it_verifies(folder: Path) -> None:
    assert [str(item) for item in examine(folder).findings] == []


def test_it_opens_and_lays_out_as_it_was_and_goes_on(folder: Path, release: Path) -> None:
    was = json.loads(lzma.decompress((release / "dump.json.xz").read_bytes()))
    with Authority.open(folder) as authority:
        size = authority.store.size()
        assert changed(was, json.loads(authority.dump())) == []
        assert authority.faults() == []
        authority.rebuild()
        assert changed(was, json.loads(authority.dump())) == []
        assert authority.store.size() == size, "opening records nothing that was recorded before"
        act = Act("model_registration.organisation", {"name": "After the upgrade", "countries": ["FR"]}, key="new")
        receipt = authority.act(act)
        authority.follow()
        assert receipt.index == size
        assert registry.subject(authority.reader, "organisation:after-the-upgrade") is not None
        assert authority.verify() == []
