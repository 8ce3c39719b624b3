"""Keys in a PKCS#11 token (SoftHSM): they are made there, work from there, and a token that is away says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import tokens
from commonweal import keeping
from commonweal.authority import Authority
from commonweal.engines import custody
from commonweal.engines.sqlite import SqliteKeys
from commonweal.kernel.disclosure.custody import InTheOpen, Locked
from commonweal.kernel.record import NoteSigner, open_note, sign_note
from witnesses import founded, grow

pytestmark = pytest.mark.skipif(bool(tokens.missing()), reason=tokens.missing())


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COMMONWEAL_PIN", tokens.PIN)
    custody.forget()
    yield tokens.token()
    custody.forget()


def test_keys_are_wrapped_by_the_token_and_open_again(token: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    keys = SqliteKeys(path)
    seed = keys.log_seed()
    keys.ensure([("model:a", "permanent")])
    private = keys.private_key("model:a", "permanent")
    assert private is not None
    assert keys.seal_with_token(tokens.MODULE, token) == 2
    keys.close()
    assert not [item for item in tmp_path.iterdir() if seed in item.read_bytes()]
    custody.forget()
    again = SqliteKeys(path)
    assert again.kept == "pkcs11"
    assert again.log_seed() == seed
    found = again.private_key("model:a", "permanent")
    assert found is not None
    assert found.private_bytes_raw() == private.private_bytes_raw()
    again.close()


def test_a_signing_key_is_made_in_the_token_and_never_comes_out(token: str) -> None:
    import pkcs11

    _, made = custody.with_token(tokens.MODULE, token)
    signer = NoteSigner("log.example/x", made.make("log-1"))
    note = sign_note("log.example/x\n", signer)
    assert open_note(note, [signer.verifier]).signed == (signer.verifier,)
    held = NoteSigner("log.example/x", made.held("log-1"))
    assert held.vkey == signer.vkey
    session = made._token._session  # type: ignore[attr-defined]
    for private in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}):
        assert private[pkcs11.Attribute.SENSITIVE]
        assert not private[pkcs11.Attribute.EXTRACTABLE]
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            private[pkcs11.Attribute.VALUE]


@pytest.mark.parametrize(
    ("wrong", "value", "says"),
    [
        ("label", "no-such-token", "is not there"),
        ("module", "/nowhere/module.so", "cannot open shared object"),
        ("pin", "0000", "refuses the PIN"),
        ("pin", "", "PIN of the token is needed"),
    ],
)
def test_a_token_that_cannot_be_used_says_why(
    token: str, monkeypatch: pytest.MonkeyPatch, wrong: str, value: str, says: str
) -> None:
    """The wrong PIN is tried once, not again and again: a token locks itself after a few."""
    right = {"label": token, "module": tokens.MODULE, "pin": tokens.PIN}
    given = {**right, wrong: value}
    monkeypatch.setenv("COMMONWEAL_PIN", given["pin"])
    with pytest.raises(Locked, match=says) as error:
        custody.with_token(given["module"], given["label"])
    assert error.value.status == 503


def test_without_a_token_no_key_can_be_made_in_one() -> None:
    with pytest.raises(Locked, match="weal key custody"):
        InTheOpen().make("x")
    with pytest.raises(Locked, match="not in a token"):
        InTheOpen().held("x")


@pytest.mark.parametrize("in_token", [False, True])
def test_a_token_taken_out_makes_acts_wait_and_put_back_they_go_on(token: str, tmp_path: Path, in_token: bool) -> None:
    """Nothing is half written, nothing lost; no start is needed again where the log's key is in the token."""
    with founded(tmp_path / "office") as authority:
        authority.keys.seal_with_token(tokens.MODULE, token)
    with Authority.open(tmp_path / "office", installed={}) as authority:
        keeping.change_log_key(authority, overlap=0, in_token=in_token)
        grow(authority, "a")
        size = authority.store.size()
        tokens.away(True)
        try:
            if in_token:
                with pytest.raises(Locked) as error:
                    grow(authority, "b")
                assert error.value.status == 503
            else:
                grow(authority, "meanwhile")  # the data key was unwrapped when it was opened
            assert authority.store.size() == size + (not in_token)
            custody.forget()
            with pytest.raises(Locked, match="the token"):
                Authority.open(tmp_path / "office", installed={})
        finally:
            tokens.away(False)
        index = grow(authority, "b")
        assert index == size + (not in_token)
        assert authority.verify() == []
    custody.forget()
    with Authority.open(tmp_path / "office", installed={}) as authority:
        assert authority.receipt(index).kind == "clock.tick"
        grow(authority, "c")
        assert authority.verify() == []
