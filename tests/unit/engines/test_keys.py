"""Keys are durable before use, private to their owner, and gone when erased."""

from __future__ import annotations

from typing import Any

import pytest

from commonweal.kernel.disclosure.keys import key_id
from commonweal.kernel.record import NoteVerifier, open_note, sign_note
from engine_houses import House


@pytest.fixture
def keys(engine: House) -> Any:
    return engine.keys()


def raw(keys: Any, subject: str) -> bytes | None:
    private = keys.private_key(subject, "permanent")
    return private.private_bytes_raw() if private else None


def test_a_key_is_made_once_and_found_again(keys: Any, engine: House) -> None:
    assert keys.private_key("model:a", "permanent") is None
    public = keys.public_key("model:a", "permanent").public_bytes_raw()
    assert keys.public_key("model:a", "ten-years").public_bytes_raw() != public
    keys.close()
    again = engine.keys()
    private = again.private_key("model:a", "permanent")
    assert private is not None
    assert private.public_key().public_bytes_raw() == public


def test_an_erasure_by_another_process_is_seen(keys: Any, engine: House) -> None:
    other = engine.keys()
    keys.ensure([("model:a", "permanent")])
    assert raw(other, "model:a") == raw(keys, "model:a") is not None
    keys.erase("model:a", "permanent")
    assert raw(other, "model:a") is None


def test_two_processes_agree_on_a_key_both_wanted_first(keys: Any, engine: House) -> None:
    other = engine.keys()
    one = keys.public_key("model:a", "permanent").public_bytes_raw()
    assert other.public_key("model:a", "permanent").public_bytes_raw() == one
    assert keys.log_seed() == other.log_seed()


def test_the_logs_key_stays_and_signs_under_the_origin(keys: Any) -> None:
    signer = keys.log_signer("example.org/log")
    note = sign_note("example.org/log\n", keys.log_signer("example.org/log"))
    assert open_note(note, [NoteVerifier.from_vkey(signer.vkey)]).signed == (signer.verifier,)


def test_small_secrets_are_kept_by_name(keys: Any) -> None:
    assert keys.secret("cookie") is None
    keys.put_secret("cookie", b"1")
    keys.put_secret("cookie", b"2")
    assert keys.secret("cookie") == b"2"


def test_small_secrets_are_found_by_how_their_names_begin_and_dropped(keys: Any, engine: House) -> None:
    for name in ("upload:a", "upload:b", "uploads", "other:upload:a"):
        keys.put_secret(name, name.encode())
    other = engine.keys()
    assert other.secrets("upload:") == {"upload:a": b"upload:a", "upload:b": b"upload:b"}
    other.drop_secrets(["upload:a", "upload:never"])
    other.drop_secrets([])
    assert keys.secrets("upload:") == {"upload:b": b"upload:b"}
    assert keys.secret("other:upload:a") is not None


def test_the_largest_signed_tree_is_remembered(keys: Any, engine: House) -> None:
    """A record restored from an old copy is told by it, so a smaller tree must not take its place."""
    assert keys.signed() is None
    keys.note_signed(7, b"a" * 32)
    keys.note_signed(9, b"b" * 32)
    keys.note_signed(8, b"c" * 32)
    assert keys.signed() == (9, b"b" * 32)
    other = engine.keys()
    assert other.signed() == (9, b"b" * 32), "another process sees it"
    other.close()


def test_keys_can_be_put_under_a_passphrase_and_read_by_who_has_it(
    keys: Any, engine: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = raw(keys, "model:a") or (keys.public_key("model:a", "permanent") and raw(keys, "model:a"))
    seed = keys.log_seed()
    keys.seal_with_passphrase(b"correct horse battery staple")
    assert (raw(keys, "model:a"), keys.log_seed()) == (private, seed)
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "correct horse battery staple")
    again = engine.keys()
    assert (raw(again, "model:a"), again.log_seed()) == (private, seed)


def test_an_erased_key_is_erased_for_every_process_and_for_good(keys: Any, engine: House) -> None:
    other = engine.keys()
    named = key_id(keys.public_key("model:a", "permanent"))
    assert raw(other, "model:a") is not None
    assert keys.erase("model:a", "permanent")
    assert raw(other, "model:a") is None
    assert other.erased(named)
    assert not other.erase("model:a", "permanent")
    assert key_id(other.public_key("model:a", "permanent")) != named
