"""What an authenticator signed is taken only as it was meant: this challenge, origin and key, and somebody there."""

from __future__ import annotations

from typing import Any

import pytest

from authenticators import Authenticator
from commonweal.kernel.protocols.passkeys import Assertion, Passkey, checked, made
from commonweal.kernel.values import BadInput

ORIGIN, RP, CHALLENGE = "https://office.example", "office.example", b"c" * 32


@pytest.fixture(scope="module")
def key() -> Authenticator:
    return Authenticator(ORIGIN, RP)


@pytest.fixture(scope="module")
def passkey(key: Authenticator) -> Passkey:
    return made(*key.made(CHALLENGE), CHALLENGE, RP, ORIGIN)[0]


def test_a_passkey_is_made_and_used_and_its_counter_is_told(key: Authenticator, passkey: Passkey) -> None:
    assert passkey.credential == key.credential
    before = key.count
    assert checked(passkey, Assertion(*key.used(CHALLENGE)), CHALLENGE) == before + 1
    packed = Assertion(*key.used(CHALLENGE))
    assert Assertion.unpacked(packed.packed()) == packed
    assert Assertion.read(key.sent(CHALLENGE)).client.startswith(b"{")


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"origin": "https://office.example.evil"}, "client.origin"),
        ({"origin": "http://office.example"}, "client.origin"),
        ({"challenge": "d" * 43}, "client.challenge"),
        ({"type": "webauthn.create"}, "client.type"),
        ({"crossOrigin": True}, "client.crossOrigin"),
        ({"origin": None}, "client.origin"),
    ],
)
def test_what_the_browser_says_must_be_what_was_asked(
    key: Authenticator, passkey: Passkey, wrong: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        checked(passkey, Assertion(*key.used(CHALLENGE, **wrong)), CHALLENGE)
    assert where in {fault.where for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"rp_id": "evil.example"}, "authenticator.rp_id"),
        ({"flags": 4}, "authenticator.flags"),
        ({"flags": 1}, "authenticator.flags"),
    ],
)
def test_the_authenticator_must_be_asked_for_us_and_have_seen_who(
    key: Authenticator, passkey: Passkey, changed: dict[str, Any], where: str
) -> None:
    other = Authenticator(**{"origin": ORIGIN, "rp_id": RP, "private": key.private, **changed})
    with pytest.raises(BadInput) as refused:
        checked(passkey, Assertion(*other.used(CHALLENGE)), CHALLENGE)
    assert where in {fault.where for fault in refused.value.faults}
    with pytest.raises(BadInput) as refused:
        made(*other.made(CHALLENGE), CHALLENGE, RP, ORIGIN)
    assert where in {fault.where for fault in refused.value.faults}


def test_another_persons_key_and_changed_bytes_verify_nothing(key: Authenticator, passkey: Passkey) -> None:
    data, client, signature = key.used(CHALLENGE)
    stranger = Authenticator(ORIGIN, RP).used(CHALLENGE)[2]
    for forged in (
        Assertion(data, client, stranger),
        Assertion(data, client + b" ", signature),
        Assertion(data[:-1] + b"\xff", client, signature),
        Assertion(data, client, b""),
    ):
        with pytest.raises(BadInput):
            checked(passkey, forged, CHALLENGE)


@pytest.mark.parametrize(
    "junk", [b"", b"\x00", b"\xa1", b"[" * 5000, b"{}", b"null", b"\x9f" * 5000, bytes(37), b"\xff" * 64]
)
def test_junk_is_bad_input_and_never_another_error(key: Authenticator, passkey: Passkey, junk: bytes) -> None:
    data, client, signature = key.used(CHALLENGE)
    for parts in ((junk, client, signature), (data, junk, signature), (data, client, junk)):
        with pytest.raises(BadInput):
            checked(passkey, Assertion(*parts), CHALLENGE)
    made_client, attestation = key.made(CHALLENGE)
    for one, other in ((junk, attestation), (made_client, junk)):
        with pytest.raises(BadInput):
            made(one, other, CHALLENGE, RP, ORIGIN)
    with pytest.raises(BadInput):
        Assertion.unpacked(junk if junk != bytes(37) else b"\x00")
    with pytest.raises(BadInput):
        Assertion.read(junk.decode("latin-1"))
