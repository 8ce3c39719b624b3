"""Changes of keys, loss, and hand-over, the same on files and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commonweal import attestations, handover, keeping
from commonweal.authority import Authority, examine
from commonweal.kernel.disclosure.succession import proved_keyring
from commonweal.kernel.record.keyring import LogClosed
from commonweal.kernel.values import Conflict, Text
from commonweal.settings import Settings
from engine_houses import PostgresHouse
from witnesses import CREATED, ORIGIN, founded, grow

NEXT = "log.example/next"


@pytest.fixture(params=["files", "database"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "files":
        yield ""
        return
    house = PostgresHouse(request.getfixturevalue("postgres"))
    yield house.url
    house.close()


@pytest.fixture
def folder(url: str, tmp_path: Path) -> Path:
    made = tmp_path / "office"
    settings = Settings(Text(en="Test", zh="测试"), ORIGIN, CREATED, database=url)
    Authority.create(made, settings, installed={}).close()
    return made


def again(folder: Path) -> Authority:
    return Authority.open(folder, installed={})


def test_it_is_rotated_stolen_and_read_by_another_process(folder: Path) -> None:
    with again(folder) as authority, again(folder) as other:
        old = authority.vkey
        before = authority.receipt(grow(authority, "a"))
        keeping.change_log_key(other, overlap=1)
        grow(authority, "b", "c")
        keeping.change_log_key(authority, "compromised")
        grow(other, "d")
        issuer = attestations.change_issuer_key(other)
        assert authority.vkey == other.vkey
        assert authority.keys.issuer_key().kid == issuer
        ring = authority.store.keyring()
        assert [key.ended for key in ring.keys] == ["rotated", "compromised", ""]
        document = keeping.published_keys(authority)
        assert authority.verify() == other.verify() == []
    assert before.vkey == old
    assert proved_keyring(document, ring.current) == ring
    found = examine(folder)
    assert (found.findings, found.ring) == ((), ring)


def test_what_was_begun_and_not_ended_is_ended_by_whoever_opens_it(folder: Path) -> None:
    with again(folder) as authority:
        body = {"old_key": authority.vkey, "change": "rotated", "overlap": 0, "void_from": 0}
        begun = authority.keys.begin_change(ORIGIN, body)
        issuer = authority.keys.begin_issuer_change("rotated")
    with again(folder) as authority:
        assert authority.vkey == begun["new_key"]
        assert authority.keys.issuer_key().kid == issuer["kid"]
        assert authority.keys.pending() is authority.keys.issuer_pending() is None
        assert authority.verify() == []


def test_lost_keys_are_begun_anew(folder: Path) -> None:
    with again(folder) as authority:
        old, size = authority.vkey, authority.store.size()
    for path in folder.glob("keys.sqlite*"):
        path.unlink()
    key = keeping.lose_keys(folder)
    with again(folder) as authority:
        assert authority.vkey == key.vkey != old
        grow(authority, "b")
        assert [item.ended for item in authority.store.keyring().keys] == ["lost", ""]
    assert [item.where for item in examine(folder).findings] == [f"payloads 0 to {size - 1}"]


def test_keys_in_a_database_are_not_begun_anew_beside_it(folder: Path) -> None:
    settings = Settings.read(folder)
    replace(settings, keys="postgresql://keys.example/keys").write(folder)
    with pytest.raises(Conflict, match="restore that from its newest replica"):
        keeping.lose_keys(folder)


def test_it_is_closed_and_handed_over(folder: Path, tmp_path: Path) -> None:
    with founded(tmp_path / "next", origin=NEXT) as successor, again(folder) as other:
        with again(folder) as authority:
            grow(authority, *(f"a{number}" for number in range(260)))
            closing = handover.close_log(authority, NEXT, successor.vkey)
        with pytest.raises(LogClosed, match=NEXT):
            grow(other, "late")
        index = handover.accept(successor, str(folder))
        assert successor.entry(index).body["root"] == closing.root
    for place in (folder, tmp_path / "next"):
        assert examine(place).findings == ()
