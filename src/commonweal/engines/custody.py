"""Custodies by their description: the JSON that lies beside the keys and says how their data key is unwrapped.

`{"kind": "passphrase", "kdf": "scrypt", "n": …, "r": 8, "p": 1, "salt": …, "wrapped": …}` or
`{"kind": "pkcs11", "module": …, "token": …, "key": …, "wrapped": …}`; an empty text means keys in the open.
scrypt (RFC 7914) is in every build of the cryptography library; 2^17 blocks of 1 KiB take 128 MiB and half a second.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from commonweal.kernel.disclosure.custody import DATA_KEY_BYTES, NONCE_BYTES, Custody, InTheOpen, Locked, Sealed
from commonweal.kernel.values import BadInput, Fault, RecordFault

from .secrets import PASSPHRASE, SECRET_BYTES_MAX, secret

SCRYPT_N = 1 << 17
SCRYPT_N_MAX = 1 << 21
_R, _P = 8, 1
_BOUND = b"commonweal data key v1"
_unlocked: dict[str, Custody] = {}


def with_passphrase(passphrase: bytes, *, n: int = SCRYPT_N) -> tuple[str, Custody]:
    """A new data key under a passphrase: its description, and the custody ready for use.

    Raises `BadInput` for a passphrase that could never be given again.
    """
    if not passphrase.strip() or len(passphrase) > SECRET_BYTES_MAX:
        want = f"1 to {SECRET_BYTES_MAX} bytes, not all of them blank; nothing was changed"
        raise BadInput(Fault("passphrase", f"{len(passphrase)} bytes", want), "custody")
    salt, nonce, data_key = os.urandom(16), os.urandom(NONCE_BYTES), os.urandom(DATA_KEY_BYTES)
    wrapped = nonce + AESGCM(_stretched(passphrase, salt, n)).encrypt(nonce, data_key, _BOUND)
    description = {"kind": "passphrase", "kdf": "scrypt", "n": n, "r": _R, "p": _P,
                   "salt": _text(salt), "wrapped": _text(wrapped)}  # fmt: skip
    return json.dumps(description), _remembered(json.dumps(description), Sealed(data_key))


def with_token(module: str, token: str) -> tuple[str, Custody]:
    """A new data key under a key that is made in a PKCS#11 token and never leaves it. Raises `Locked`."""
    from .pkcs11 import Token, TokenSealed

    opened, data_key = Token(module, token), os.urandom(DATA_KEY_BYTES)
    label = f"commonweal-kek-{os.urandom(4).hex()}"
    wrapped = opened.wrapped_by_new(label, data_key, _BOUND)
    description = json.dumps(
        {"kind": "pkcs11", "module": module, "token": token, "key": label, "wrapped": _text(wrapped)}
    )
    return description, _remembered(description, TokenSealed(data_key, opened))


def unlock(description: str) -> Custody:
    """The custody that a description is of, its data key unwrapped: once in each process.

    Raises `Locked` without the passphrase or token, or with a wrong one; `RecordFault` for a description that nobody
    here wrote.
    """
    if not description:
        return InTheOpen()
    if description not in _unlocked:
        _remembered(description, _unwrapped(description))
    return _unlocked[description]


def kind_of(description: str) -> str:
    """`open`, `passphrase` or `pkcs11`."""
    return str(_parsed(description).get("kind")) if description else "open"


def forget() -> None:
    """Forget what was unlocked (for tests, and before asking again)."""
    _unlocked.clear()


def _remembered(description: str, custody: Custody) -> Custody:
    _unlocked[description] = custody
    return custody


def _unwrapped(description: str) -> Custody:
    found = _parsed(description)
    if found.get("kind") == "passphrase":
        return Sealed(_by_passphrase(found, secret(PASSPHRASE)))
    if found.get("kind") == "pkcs11":
        from .pkcs11 import Token, TokenSealed

        token = Token(str(found["module"]), str(found["token"]))
        return TokenSealed(token.unwrapped(str(found["key"]), _bytes(found, "wrapped"), _BOUND), token)
    raise RecordFault("custody", f"is of a kind {found.get('kind')!r} that this release does not know")


def _by_passphrase(found: Mapping[str, Any], passphrase: bytes) -> bytes:
    n, wrapped = found.get("n"), _bytes(found, "wrapped")
    sound = isinstance(n, int) and 2 <= n <= SCRYPT_N_MAX and n & (n - 1) == 0
    if found.get("kdf") != "scrypt" or not sound or (found.get("r"), found.get("p")) != (_R, _P):
        raise RecordFault("custody", f"names parameters of scrypt that are not taken: n = {n!r}")
    try:
        key = AESGCM(_stretched(passphrase, _bytes(found, "salt"), int(n or 0)))
        return key.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _BOUND)
    except InvalidTag as error:
        raise Locked("the passphrase is not the one that these keys were sealed with", wanted=PASSPHRASE) from error


def _stretched(passphrase: bytes, salt: bytes, n: int) -> bytes:
    return Scrypt(salt=salt, length=DATA_KEY_BYTES, n=n, r=_R, p=_P).derive(passphrase)


def _parsed(description: str) -> dict[str, Any]:
    try:
        found = json.loads(description)
    except ValueError as error:
        raise RecordFault("custody", "its description is not JSON") from error
    return found if isinstance(found, dict) else {}


def _bytes(found: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(found[name]), validate=True)
    except (KeyError, ValueError) as error:
        raise RecordFault("custody", f"its description lacks {name!r}") from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
