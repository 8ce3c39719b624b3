"""Keys are durable before use, private to their owner, and gone when erased."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteKeys
from commonweal.kernel.disclosure.keys import key_id
from commonweal.kernel.record import NoteVerifier, open_note, sign_note
from commonweal.kernel.values import Busy


@pytest.fixture
def keys(tmp_path: Path):
    made = SqliteKeys(tmp_path / "keys.sqlite")
    yield made
    made.close()


def raw(keys: SqliteKeys, subject: str) -> bytes | None:
    private = keys.private_key(subject, "permanent")
    return private.private_bytes_raw() if private else None


def test_a_key_is_made_once_and_found_again(keys: SqliteKeys, tmp_path: Path) -> None:
    assert keys.private_key("model:a", "permanent") is None
    public = keys.public_key("model:a", "permanent").public_bytes_raw()
    assert keys.public_key("model:a", "ten-years").public_bytes_raw() != public
    keys.close()
    again = SqliteKeys(tmp_path / "keys.sqlite")
    private = again.private_key("model:a", "permanent")
    assert private is not None
    assert private.public_key().public_bytes_raw() == public


def test_only_the_owner_may_read_the_file(keys: SqliteKeys, tmp_path: Path) -> None:
    keys.public_key("model:a", "permanent")
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_an_erased_key_is_gone_from_the_bytes_of_the_file(keys: SqliteKeys, tmp_path: Path) -> None:
    """Deleting a row is not enough: neither freed pages nor the write-ahead log may still hold it."""
    keys.ensure([("model:a", "permanent"), ("model:b", "permanent")])
    secret = raw(keys, "model:a")
    assert secret is not None
    public = key_id(keys.public_key("model:a", "permanent"))
    assert not keys.erased(public)
    assert keys.erase("model:a", "permanent")
    assert keys.erased(public)
    assert raw(keys, "model:a") is None
    assert not keys.erase("model:a", "permanent")
    assert not any(secret in path.read_bytes() for path in tmp_path.iterdir())
    assert raw(keys, "model:b") is not None


def test_an_erasure_by_another_process_is_seen(keys: SqliteKeys, tmp_path: Path) -> None:
    other = SqliteKeys(tmp_path / "keys.sqlite")
    keys.ensure([("model:a", "permanent")])
    assert raw(other, "model:a") == raw(keys, "model:a") is not None
    keys.erase("model:a", "permanent")
    assert raw(other, "model:a") is None


def test_two_processes_agree_on_a_key_both_wanted_first(keys: SqliteKeys, tmp_path: Path) -> None:
    other = SqliteKeys(tmp_path / "keys.sqlite")
    one = keys.public_key("model:a", "permanent").public_bytes_raw()
    assert other.public_key("model:a", "permanent").public_bytes_raw() == one
    assert keys.log_seed() == other.log_seed()


def test_the_logs_key_stays_and_signs_under_the_origin(keys: SqliteKeys) -> None:
    signer = keys.log_signer("example.org/log")
    note = sign_note("example.org/log\n", keys.log_signer("example.org/log"))
    assert open_note(note, [NoteVerifier.from_vkey(signer.vkey)]).signed == (signer.verifier,)


def test_small_secrets_are_kept_by_name(keys: SqliteKeys) -> None:
    assert keys.secret("cookie") is None
    keys.put_secret("cookie", b"1")
    keys.put_secret("cookie", b"2")
    assert keys.secret("cookie") == b"2"


def test_an_erasure_is_not_acknowledged_while_a_reader_keeps_the_bytes(keys: SqliteKeys, tmp_path: Path) -> None:
    keys.ensure([("model:a", "permanent")])
    secret = raw(keys, "model:a")
    assert secret is not None
    keys._connection.execute("PRAGMA busy_timeout=20")
    reader = sqlite3.connect(tmp_path / "keys.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM holder_key").fetchone()
    with pytest.raises(Busy, match="erase it again"):
        keys.erase("model:a", "permanent")
    reader.execute("ROLLBACK")
    reader.close()
    assert not keys.erase("model:a", "permanent")
    assert not any(secret in path.read_bytes() for path in tmp_path.iterdir())


def test_the_largest_signed_tree_is_remembered(keys: SqliteKeys, tmp_path: Path) -> None:
    """A record restored from an old copy is told by it, so a smaller tree must not take its place."""
    assert keys.signed() is None
    keys.note_signed(7, b"a" * 32)
    keys.note_signed(9, b"b" * 32)
    keys.note_signed(8, b"c" * 32)
    assert keys.signed() == (9, b"b" * 32)
    other = SqliteKeys(tmp_path / "keys.sqlite")
    assert other.signed() == (9, b"b" * 32), "another process sees it"
    other.close()


def test_noting_a_tree_leaves_keys_as_durable_as_they_were(keys: SqliteKeys) -> None:
    keys.note_signed(1, b"a" * 32)
    assert keys._connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
