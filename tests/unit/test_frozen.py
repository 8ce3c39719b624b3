"""An authority of each release, frozen: today's software opens it, verifies it, lays it out as it was, and goes on.

Where this fails, a format or a derivation has changed: the message says which table and row. Before a release is out
its folders are frozen again (`python tools/freeze.py NAME`); afterwards an upcaster or a migration is owed.
"""

from __future__ import annotations

import json
import lzma
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from commonweal import upkeep
from commonweal.authority import Act, Authority, examine
from commonweal.instruments import discover
from commonweal.kernel import notices, persons, registry
from commonweal.kernel.disclosure import Audience
from commonweal.releases import noted

FIXTURES = Path(__file__).parents[1] / "fixtures"
WORKINGS = {"memory"}
"""Columns in which a room keeps how far it has come, in a form of its own: made anew from the record, never told."""
RELEASES = sorted(FIXTURES.glob("authority-*"))
REPORTS = FIXTURES / "authority-0.1-incidents"
NOT_YET = {
    "incident_reports.signal": "wants as many near misses as cross the bound",
    "incident_reports.signal_closed": "closes one of those",
    "incident_reports.opinion": "came after the folder of this release was frozen, which is still being made",
}
"""Kinds of `incident_reports` that stand in no frozen folder, and why."""


@pytest.fixture(params=RELEASES, ids=lambda path: path.name)
def release(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def folder(release: Path, tmp_path: Path) -> Path:
    return unpacked(release, tmp_path / "authority")


def unpacked(release: Path, place: Path) -> Path:
    data = lzma.decompress((release / "authority.tar.xz").read_bytes())
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        tar.extractall(place, filter="data")
    return place


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


def read_as_now(was: dict[str, Any], authority: Authority) -> dict[str, Any]:
    """A dump whose entries are counted as of the version as which their kinds read them now."""
    counted = [row | {"version": authority.kinds[row["kind"]].version} for row in was["authority_count"]]
    return was | {"authority_count": counted}


def test_there_is_a_frozen_folder_and_it_says_that_its_keys_are_worthless(release: Path) -> None:
    assert "worthless" in (release / "README.md").read_text()
    assert sum(path.stat().st_size for path in release.iterdir()) < 400_000


def test_it_verifies(folder: Path) -> None:
    assert [str(item) for item in examine(folder).findings] == []


def test_it_opens_and_lays_out_as_it_was_and_goes_on(folder: Path, release: Path) -> None:
    was = json.loads(lzma.decompress((release / "dump.json.xz").read_bytes()))
    with Authority.open(folder) as authority:
        size, was = authority.store.size(), read_as_now(was, authority)
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


def test_it_is_upgraded_as_the_guide_says(folder: Path) -> None:
    log = examine(folder)
    made = upkeep.upgrade(folder, backed_up=True)
    assert (made.entries, made.faults) == (log.size, 0)
    assert examine(folder).root == log.root, "no entry was changed and none was added"
    assert noted(folder).upgrading_to == ""


def test_what_people_left_with_an_earlier_release_is_there_and_what_they_took_back_is_not(tmp_path: Path) -> None:
    """Files, letters, drafts, uploads that wait and destroyed keys are formats too: no dump of tables tells of them."""
    with Authority.open(unpacked(REPORTS, tmp_path / "a")) as authority:
        entries = [authority.entry(index) for index in range(authority.store.size())]
        first = {entry.kind: entry for entry in reversed(entries)}
        assert first["incident_reports.identity"].erased, "the strip was destroyed by who reported"
        report = first["incident_reports.report"]
        assert not report.erased
        shown = authority.presentation(report.index, Audience.of("officer"))
        (file,) = report.body["attachments"]
        kept = authority.attachments.shown(shown, authority.kinds[report.kind], file["sha256"])
        assert b"".join(kept.pieces) == b"notes.txt, word for word\n"
        assert authority.reader.count(notices.LETTER) == 1
        ends = {
            one: persons.history(authority.reader, f"person:{one}")["posts"][0]["until"]
            for one in ("officer", "leaver")
        }
        assert (ends["officer"], ends["leaver"][:10]) == (None, "2026-10-01")
        assert [draft.form for draft in authority.access.drafts("frozen-0123456789")] == ["incident_reports.report"]
        assert [waiting.attachment.name for waiting in authority.attachments.waiting()] == ["waiting.txt"]


def test_every_kind_of_the_incident_reports_stands_in_a_frozen_folder_or_is_named(tmp_path: Path) -> None:
    """A new kind is frozen with the release that brings it (`tools/freeze.py`), or said here to be missing."""
    frozen: set[str] = set()
    for release in RELEASES:
        with Authority.open(unpacked(release, tmp_path / release.name)) as authority:
            frozen |= {authority.store.entry(index).kind for index in range(authority.store.size())}
    kinds = {kind.id for kind in discover()["incident_reports"].instrument.kinds}
    assert kinds - frozen == set(NOT_YET)
