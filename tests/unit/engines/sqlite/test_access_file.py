"""API keys in their file: no secret is in it, and files of earlier releases go on."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal.engines.sqlite.access import SqliteAccess
from commonweal.kernel.values import ReplayClock

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(START)


def test_the_file_holds_no_secret(tmp_path: Path) -> None:
    access = SqliteAccess(tmp_path / "keys.sqlite")
    secret = access.issue_key("party:lab").split("_", 2)[2]
    access.close()
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in everything


def test_it_shares_its_file_with_other_tables(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "keys.sqlite") as other:
        other.execute("CREATE TABLE sealing (id TEXT)")
    access = SqliteAccess(tmp_path / "keys.sqlite")
    assert access.caller_of(access.issue_key("party:lab")) is not None


def test_keys_issued_before_they_had_an_organisation_go_on_without_one(tmp_path: Path, clock: ReplayClock) -> None:
    made = SqliteAccess(tmp_path / "keys.sqlite", now=clock.now)
    token = made.issue_key("party:lab", ("officer",))
    made.close()
    with sqlite3.connect(tmp_path / "keys.sqlite") as db:
        db.execute("ALTER TABLE access_key DROP COLUMN organisation")
    db.close()
    again = SqliteAccess(tmp_path / "keys.sqlite", now=clock.now)
    holder = again.caller_of(token)
    assert holder is not None
    assert (holder.party, holder.organisation) == ("party:lab", "")
    assert again.caller_of(again.issue_key("party:b", organisation="court")).organisation == "court"  # type: ignore[union-attr]
    again.close()
