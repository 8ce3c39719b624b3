"""API keys: shown once, kept only as a digest, and ended at once when revoked or expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonweal.kernel.values import BadInput, Conflict, NotFound, ReplayClock
from engine_houses import House

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(START)


@pytest.fixture
def access(engine: House, clock: ReplayClock) -> Any:
    return engine.access(clock.now)


def test_a_token_speaks_for_its_party_and_nothing_else_does(access: Any) -> None:
    token = access.issue_key("party:lab", ("developer",), ("file",))
    holder = access.caller_of(token)
    assert holder is not None
    assert (holder.party, holder.roles, holder.scopes) == ("party:lab", ("developer",), ("file",))
    for wrong in ("", "weal", "weal_", token[:-1], token + "x", token.replace("weal_", "weal-"), "é" * 40):
        assert access.caller_of(wrong) is None


def test_expired_and_revoked_keys_open_nothing(access: Any, clock: ReplayClock) -> None:
    short = access.issue_key("party:lab", expires=START + timedelta(hours=1))
    other = access.issue_key("party:lab")
    access.revoke(other.split("_")[1])
    assert access.caller_of(other) is None
    assert access.caller_of(short) is not None
    clock.set(START + timedelta(hours=1))
    assert access.caller_of(short) is None
    assert [key.revoked is not None for key in access.issued()].count(True) == 1


def test_public_keys_have_an_id_derived_from_the_key_and_register_once(access: Any) -> None:
    keyid = access.register_public_key("party:lab", bytes(range(32)), ("developer",))
    found = access.public_key(keyid)
    assert found is not None
    assert found[0] == bytes(range(32))
    assert found[1].party == "party:lab"
    with pytest.raises(Conflict):
        access.register_public_key("party:other", bytes(range(32)))
    assert access.caller_of(keyid) is None, "a public key's id must not work as a bearer token"


def test_a_nonce_is_spent_once_and_forgotten_after_its_window(access: Any, clock: ReplayClock) -> None:
    until = START.timestamp() + 60
    assert access.spend_nonce("k", "n", until)
    assert not access.spend_nonce("k", "n", until)
    assert access.spend_nonce("other key", "n", until)
    clock.set(START + timedelta(seconds=61))
    assert access.spend_nonce("k", "n", until + 60)
    assert not access.spend_nonce("k", "", until)
    assert not access.spend_nonce("k", "n" * 1000, until)


def test_nonces_survive_a_restart(engine: House, clock: ReplayClock) -> None:
    first = engine.access(clock.now)
    assert first.spend_nonce("k", "n", START.timestamp() + 60)
    first.close()
    assert not engine.access(clock.now).spend_nonce("k", "n", START.timestamp() + 60)


def test_every_fault_of_a_key_is_named_at_once(access: Any) -> None:
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


def test_a_key_says_for_which_organisation_it_speaks(access: Any) -> None:
    holder = access.caller_of(access.issue_key("party:lab", ("officer",), organisation="ministry-of-labour"))
    assert holder is not None
    assert holder.organisation == access.issued()[0].organisation == "ministry-of-labour"
    keyid = access.register_public_key("party:lab", bytes(32), organisation="court")
    found = access.public_key(keyid)
    assert found is not None
    assert found[1].organisation == "court"
    with pytest.raises(BadInput, match="organisation"):
        access.issue_key("party:lab", organisation="Not A Code")
