"""Keys are durable before use, private to their owner, and gone when erased."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteKeys
from commonweal.kernel.disclosure.keys import key_id
from commonweal.kernel.values import Busy


@pytest.fixture
def keys(tmp_path: Path):
    made = SqliteKeys(tmp_path / "keys.sqlite")
    yield made
    made.close()


def raw(keys: SqliteKeys, subject: str) -> bytes | None:
    private = keys.private_key(subject, "permanent")
    return private.private_bytes_raw() if private else None


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


def test_noting_a_tree_leaves_keys_as_durable_as_they_were(keys: SqliteKeys) -> None:
    keys.note_signed(1, b"a" * 32)
    assert keys._connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
