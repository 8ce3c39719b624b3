"""Custody: in which form private keys lie on disk.

Whatever store keeps keys asks its custody to `wrap` each private value before it is written and to `unwrap` it when it
is read. In the open they are written as they are. Sealed, each is encrypted (AES-256-GCM, bound to its name) under one
data key, which is itself wrapped by a passphrase or by a token and kept beside them; it is unwrapped once a process.
"""

from __future__ import annotations

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commonweal.kernel.record import SigningKey
from commonweal.kernel.values import Busy, RecordFault

DATA_KEY_BYTES = 32
NONCE_BYTES = 12


class Locked(Busy):
    """The keys cannot be used: no passphrase, a wrong one, or a token that is away. Nothing was written or damaged."""

    code = "keys-locked"
    title = "The keys are locked; nothing was written"

    def __init__(self, problem: str, *, wanted: str = "") -> None:
        self.wanted = wanted
        super().__init__(problem)


class Custody(Protocol):
    """How one store's private values lie on disk."""

    def wrap(self, name: str, private: bytes) -> bytes:
        """The bytes to write for a private value under its name."""

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The private value again. Raises `RecordFault` where the bytes are not what was written under that name."""

    def held(self, label: str) -> SigningKey:
        """The signing key that never leaves the custody's token. Raises `Locked` where there is no such token."""

    def make(self, label: str) -> SigningKey:
        """A new Ed25519 signing key inside the token, under a label. Raises `Locked` where there is no token."""


class InTheOpen:
    """Private values as they are, in files that only their owner may read."""

    def wrap(self, name: str, private: bytes) -> bytes:
        return private

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        return wrapped

    def held(self, label: str) -> SigningKey:
        raise Locked(f"the signing key {label!r} lies in a token; these keys are not in a token's custody")

    def make(self, label: str) -> SigningKey:
        raise Locked("there is no token: `weal key custody DIR --pkcs11 MODULE --token LABEL` puts the keys into one")


class Sealed(InTheOpen):
    """Private values encrypted under a data key of 32 bytes."""

    def __init__(self, data_key: bytes) -> None:
        self._cipher = AESGCM(data_key)

    def wrap(self, name: str, private: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, private, name.encode())

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise RecordFault("keys", f"what is kept under {name!r} was not written there, or is damaged") from error
