"""The sealed payload: AES-256-GCM under a key of its own, which is wrapped by HPKE (RFC 9180) to the holder's key.

```
payload = start | key id of the holder's public key (16) | HPKE enc and wrapped entry key (80) | AES-256-GCM ciphertext
start   = "CWP1", or what `kernel.record.heads` says where the leaf does not tell the kind
blob    = nonce (12) | AES-256-GCM ciphertext, under the same entry key
```

An entry key is used for one entry only, so the payload's nonce is zero and the blobs' nonces count from one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from commonweal.kernel.record.heads import TOLD, head_of
from commonweal.kernel.values import RecordFault

from .keys import KEY_ID_BYTES

WRAPPED_BYTES = 80
HEAD_BYTES = len(TOLD) + KEY_ID_BYTES + WRAPPED_BYTES
NONCE_BYTES = 12
_ZERO = bytes(NONCE_BYTES)
_INFO = b"commonweal entry key v1"
_suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


Wrap = Callable[[Sequence[tuple[bytes, bytes]]], Callable[[], Sequence[bytes]]]
"""Begins to wrap entry keys, each with the raw public key of its holder; calling what it gives waits for the result."""


def wrapped(pairs: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """Each entry key wrapped to its holder's public key, with an encapsulation of its own (both raw, 32 bytes)."""
    return [_suite.encrypt(raw, X25519PublicKey.from_public_bytes(holder), info=_INFO) for raw, holder in pairs]


def wrap_here(pairs: Sequence[tuple[bytes, bytes]]) -> Callable[[], Sequence[bytes]]:
    """The `Wrap` that does the work itself, when asked for the result."""
    return lambda: wrapped(pairs)


class EntryKey:
    """The key of one entry: seals and opens its payload and blobs."""

    __slots__ = ("_aead", "raw")

    def __init__(self, raw: bytes | None = None) -> None:
        self.raw = raw or os.urandom(32)
        self._aead = AESGCM(self.raw)

    def seal_blobs(self, blobs: Mapping[str, bytes]) -> dict[str, bytes]:
        """Ciphertexts by name."""
        sealed = {}
        for number, name in enumerate(sorted(blobs), 1):
            nonce = number.to_bytes(NONCE_BYTES, "big")
            sealed[name] = nonce + self._aead.encrypt(nonce, bytes(blobs[name]), _blob_aad(name))
        return sealed

    def open_blob(self, name: str, ciphertext: bytes, where: str) -> bytes:
        try:
            return self._aead.decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], _blob_aad(name))
        except (InvalidTag, ValueError) as error:
            raise RecordFault(where, "its ciphertext does not open: it was altered") from error

    def seal(self, private: bytes, bound_to: bytes) -> bytes:
        """The body of a payload: `private` bytes, bound to what `bound_to` says."""
        return self._aead.encrypt(_ZERO, private, bound_to)

    def open(self, payload: bytes, bound_to: bytes, where: str) -> bytes:
        try:
            return self._aead.decrypt(_ZERO, payload[_begin(payload, where) + KEY_ID_BYTES + WRAPPED_BYTES :], bound_to)
        except InvalidTag as error:
            raise RecordFault(where, "its ciphertext does not open: it was altered or moved") from error


def payload_of(holder: bytes, wrapped_key: bytes, sealed: bytes, start: bytes = TOLD) -> bytes:
    """A payload out of its parts, readable with the holder's key: `holder` is the id of that key."""
    assert len(wrapped_key) == WRAPPED_BYTES, "this is no wrapped entry key"
    return b"".join((start, holder, wrapped_key, sealed))


def sealed_to(payload: bytes, where: str) -> bytes:
    """The id of the key that a payload was sealed to. Raises `RecordFault` if it is no payload."""
    begin = _begin(payload, where)
    return payload[begin : begin + KEY_ID_BYTES]


def unwrap(payload: bytes, holder: X25519PrivateKey, where: str) -> EntryKey:
    """The entry key out of a payload's head."""
    try:
        begin = _begin(payload, where) + KEY_ID_BYTES
        return EntryKey(_suite.decrypt(payload[begin : begin + WRAPPED_BYTES], holder, info=_INFO))
    except (InvalidTag, ValueError) as error:
        raise RecordFault(where, "its wrapped key does not open: it was altered") from error


def _begin(payload: bytes, where: str) -> int:
    """Where the key id stands. Raises `RecordFault` if it is no payload."""
    head = head_of(payload, where)
    begin = head.rest if head else len(TOLD)
    if len(payload) < begin + KEY_ID_BYTES + WRAPPED_BYTES or not (head or payload.startswith(TOLD)):
        raise RecordFault(where, "is not a sealed payload")
    return begin


def _blob_aad(name: str) -> bytes:
    return b"commonweal blob v1\n" + name.encode()
