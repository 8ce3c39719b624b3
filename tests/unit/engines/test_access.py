"""API keys: shown once, kept only as a digest, and ended at once when revoked or expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonweal.kernel.protocols.passkeys import Passkey
from commonweal.kernel.values import BadInput, Conflict, Forbidden, NotFound, ReplayClock
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
    assert access.ran_out(short) == "2026-01-01T01:00:00Z", "who holds the right secret is told that it ran out"
    for wrong in (other, short + "x", short[:-1], "", "weal_"):
        assert access.ran_out(wrong) == ""


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


def test_a_session_speaks_for_its_key_until_it_or_the_key_ends(access: Any, clock: ReplayClock) -> None:
    keyid = access.issue_key("party:lab", ("officer",), organisation="court").split("_")[1]
    cookie = access.open_session(keyid, label="Phone\n<b>")
    found = access.session_of(cookie)
    assert found is not None
    assert (found.holder.party, found.holder.roles, found.holder.organisation) == ("party:lab", ("officer",), "court")
    assert found.label == "Phone<b>"
    for wrong in ("", ".", cookie[:-1], cookie + "x", cookie.partition(".")[0], keyid, "é.é"):
        assert access.session_of(wrong) is None
    other = access.open_session(keyid)
    access.end_session(access.session_of(other).id, "party:lab")
    assert access.session_of(other) is None
    assert [one.id for one in access.sessions("party:lab")] == [found.id]
    with pytest.raises(NotFound):
        access.end_session(found.id, "party:somebody-else")
    access.revoke(keyid)
    assert access.session_of(cookie) is None, "a key that ends takes its sessions with it"
    assert access.sessions() == []
    with pytest.raises(Forbidden):
        access.open_session(keyid)


def test_a_session_ends_when_it_is_idle_or_old(access: Any, clock: ReplayClock) -> None:
    keyid = access.issue_key("party:lab").split("_")[1]
    idle, busy = access.open_session(keyid), access.open_session(keyid)
    for hour in range(1, 12):
        clock.set(START + timedelta(hours=hour))
        assert access.session_of(busy) is not None, "who goes on working stays signed in"
    assert access.session_of(idle) is None
    clock.set(START + timedelta(hours=12))
    assert access.session_of(busy) is None, "after twelve hours everybody signs in again"


def test_sessions_survive_a_restart(engine: House, clock: ReplayClock) -> None:
    first = engine.access(clock.now)
    cookie = first.open_session(first.issue_key("party:lab").split("_")[1])
    first.close()
    assert engine.access(clock.now).session_of(cookie) is not None


def test_an_invitation_makes_one_key_once(access: Any, clock: ReplayClock) -> None:
    code = access.invite("party:jane", ("officer",), ("file", "read"), START + timedelta(days=7), organisation="court")
    assert access.invitation_of(code).party == "party:jane"
    assert access.invitation_of(code + "x") is None
    with pytest.raises(BadInput):
        access.accept(code, "not a key")
    keyid, token = access.accept(code, bytes(range(32)))
    assert (keyid[:8], token) == ("ed25519-", "")
    assert access.holder_of(keyid).organisation == "court"
    with pytest.raises(Forbidden):
        access.accept(code, bytes(range(1, 33)))
    late = access.invite("party:jane", ("officer",), ("file",), START + timedelta(days=1))
    pasted = access.invite("party:jane", ("officer",), ("file",), START + timedelta(days=3))
    clock.set(START + timedelta(days=2))
    assert access.invitation_of(late) is None
    keyid, token = access.accept(pasted)
    assert access.caller_of(token).keyid == keyid
    assert sorted(one.keyid is not None for one in access.invitations()) == [False, True, True]


def test_no_secret_of_a_session_or_an_invitation_is_kept(access: Any) -> None:
    cookie = access.open_session(access.issue_key("party:lab").split("_")[1])
    code = access.invite("party:jane", ("officer",), ("file",), START + timedelta(days=7))
    for table in ("access_session", "access_invitation"):
        kept = repr(access._rows(f"SELECT * FROM {table}", ()))
        assert cookie.split(".")[1] not in kept
        assert code.split(".")[1] not in kept


def test_a_passkey_is_kept_used_once_a_count_and_ended_by_its_holder(access: Any) -> None:
    made = Passkey(b"credential", b"key", "office.example", "https://office.example")
    access.add_passkey("party:jane", made, 0, "blue")
    with pytest.raises(Conflict):
        access.add_passkey("party:other", made, 0)
    (held,) = access.passkeys("party:jane")
    assert (held.passkey, held.label, held.id) == (made, "blue", made.name)
    for count in (0, 0, 4, 5):
        access.used_passkey(held, count)
    for count in (5, 3, 0):
        with pytest.raises(Forbidden, match="copied"):
            access.used_passkey(held, count)
    with pytest.raises(NotFound):
        access.end_passkey(made.name, "party:other")
    access.end_passkey(made.name, "party:jane")
    assert access.passkeys("party:jane") == []
    with pytest.raises(Forbidden):
        access.used_passkey(held, 9)


def test_the_first_of_two_factors_opens_nothing_and_lasts_minutes(access: Any, clock: ReplayClock) -> None:
    keyid = access.issue_key("party:jane", ("officer",)).split("_")[1]
    cookie = access.begin_session(keyid, form="key")
    assert access.session_of(cookie) is None
    assert access.sessions("party:jane") == []
    pending = access.pending_of(cookie)
    assert (pending.keyid, pending.form) == (keyid, "key")
    assert access.pending_of(access.open_session(keyid)) is None
    clock.set(START + timedelta(minutes=5))
    assert access.pending_of(cookie) is None


def test_an_account_stands_for_one_party_and_can_be_linked_again(access: Any) -> None:
    account = "ab" * 32
    keyid = access.link("party:jane", account, ("officer",))
    assert access.link("party:jane", account, ("officer",)) == keyid
    assert access.holder_of(keyid).party == "party:jane"
    assert access.caller_of(keyid) is None
    assert access.public_key(keyid) is None
    with pytest.raises(Conflict):
        access.link("party:other", account, ("officer",))
    access.revoke(keyid)
    assert access.holder_of(keyid) is None
    access.link("party:other", account, ("officer",))
    assert access.holder_of(keyid).party == "party:other"
