"""API keys: shown once, kept only as a digest, and ended at once when revoked or expired."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commonweal.engines.sqlite.access import SqliteAccess
from commonweal.kernel.values import BadInput, Conflict, NotFound, ReplayClock

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(START)


@pytest.fixture
def access(tmp_path: Path, clock: ReplayClock) -> SqliteAccess:
    return SqliteAccess(tmp_path / "keys.sqlite", now=clock.now)


def test_a_token_speaks_for_its_party_and_nothing_else_does(access: SqliteAccess) -> None:
    token = access.issue_key("party:lab", ("developer",), ("file",))
    holder = access.caller_of(token)
    assert holder is not None
    assert (holder.party, holder.roles, holder.scopes) == ("party:lab", ("developer",), ("file",))
    for wrong in ("", "weal", "weal_", token[:-1], token + "x", token.replace("weal_", "weal-"), "é" * 40):
        assert access.caller_of(wrong) is None


def test_the_file_holds_no_secret(access: SqliteAccess, tmp_path: Path) -> None:
    secret = access.issue_key("party:lab").split("_", 2)[2]
    access.close()
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in everything


def test_expired_and_revoked_keys_open_nothing(access: SqliteAccess, clock: ReplayClock) -> None:
    short = access.issue_key("party:lab", expires=START + timedelta(hours=1))
    other = access.issue_key("party:lab")
    access.revoke(other.split("_")[1])
    assert access.caller_of(other) is None
    assert access.caller_of(short) is not None
    clock.set(START + timedelta(hours=1))
    assert access.caller_of(short) is None
    assert [key.revoked is not None for key in access.issued()].count(True) == 1


def test_public_keys_have_an_id_derived_from_the_key_and_register_once(access: SqliteAccess) -> None:
    keyid = access.register_public_key("party:lab", bytes(range(32)), ("developer",))
    found = access.public_key(keyid)
    assert found is not None
    assert found[0] == bytes(range(32))
    assert found[1].party == "party:lab"
    with pytest.raises(Conflict):
        access.register_public_key("party:other", bytes(range(32)))
    assert access.caller_of(keyid) is None, "a public key's id must not work as a bearer token"


def test_a_nonce_is_spent_once_and_forgotten_after_its_window(access: SqliteAccess, clock: ReplayClock) -> None:
    until = START.timestamp() + 60
    assert access.spend_nonce("k", "n", until)
    assert not access.spend_nonce("k", "n", until)
    assert access.spend_nonce("other key", "n", until)
    clock.set(START + timedelta(seconds=61))
    assert access.spend_nonce("k", "n", until + 60)
    assert not access.spend_nonce("k", "", until)
    assert not access.spend_nonce("k", "n" * 1000, until)


def test_nonces_survive_a_restart(tmp_path: Path, clock: ReplayClock) -> None:
    first = SqliteAccess(tmp_path / "keys.sqlite", now=clock.now)
    assert first.spend_nonce("k", "n", START.timestamp() + 60)
    first.close()
    assert not SqliteAccess(tmp_path / "keys.sqlite", now=clock.now).spend_nonce("k", "n", START.timestamp() + 60)


def test_every_fault_of_a_key_is_named_at_once(access: SqliteAccess) -> None:
    with pytest.raises(BadInput) as caught:
        access.issue_key("", ("",), ("everything",), START, rate_per_s=float("nan"))
    assert [fault.where for fault in caught.value.faults] == ["party", "roles", "scopes", "rate_per_s", "expires"]
    with pytest.raises(BadInput):
        access.register_public_key("party:lab", "not base64!")
    with pytest.raises(BadInput):
        access.register_public_key("party:lab", b"short")
    with pytest.raises(NotFound):
        access.revoke("nobody")
    assert access.issued() == []


def test_it_shares_its_file_with_other_tables(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "keys.sqlite") as other:
        other.execute("CREATE TABLE sealing (id TEXT)")
    access = SqliteAccess(tmp_path / "keys.sqlite")
    assert access.caller_of(access.issue_key("party:lab")) is not None


def test_a_key_says_for_which_organisation_it_speaks(access: SqliteAccess) -> None:
    holder = access.caller_of(access.issue_key("party:lab", ("officer",), organisation="ministry-of-labour"))
    assert holder is not None
    assert holder.organisation == access.issued()[0].organisation == "ministry-of-labour"
    keyid = access.register_public_key("party:lab", bytes(32), organisation="court")
    found = access.public_key(keyid)
    assert found is not None
    assert found[1].organisation == "court"
    with pytest.raises(BadInput, match="organisation"):
        access.issue_key("party:lab", organisation="Not A Code")


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
