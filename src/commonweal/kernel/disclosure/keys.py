"""The keys that sealed payloads depend on, as a port: one key pair for each holder and retention class.

The holder is the subject of an entry, or its author where there is no subject. Deleting the private key erases every
payload sealed to it; the log never changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from commonweal.kernel.values import NotFound

KEY_ID_BYTES = 16


class Erased(NotFound):
    """The payload can no longer be opened, because its key was deleted on purpose. The leaf still stands."""

    status = 410
    code = "erased"
    title = "This was erased"

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__("readable payload for entry", index, "its key was erased; the leaf in the log still stands")


class Lost(Erased):
    """The payload can no longer be opened, because its key was lost: nobody decided so. The leaf still stands."""

    code = "key-lost"
    title = "The key of this was lost"

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.args = (f"entry {index} cannot be read: its key was lost, not erased; the leaf in the log still stands",)


class KeyStore(Protocol):
    """Where keys are kept. A public key that was handed out is durable before anything is sealed to it."""

    def public_key(self, subject: str, retention: str) -> X25519PublicKey:
        """The key to seal to, made durably on first use."""

    def private_key(self, subject: str, retention: str) -> X25519PrivateKey | None:
        """The key to open with, or None when it was erased (or never made)."""

    def ensure(self, holders: Iterable[tuple[str, str]]) -> None:
        """Make whatever keys are missing for `(subject, retention)` pairs, durably, in one go."""

    def erase(self, subject: str, retention: str, named: bytes | None = None) -> bool:
        """Delete a key for good, from every file of this store, before this returns; True if it was held.

        With `named`, the key of that id only: one that was made since stays, and one that is not held is marked as
        erased all the same. Raises `Busy` where a trace of it may be left: call again then.
        """

    def holds(self, subject: str, retention: str, named: bytes) -> bool:
        """Whether the key of that id is held for a subject and class."""

    def erased(self, key_id: bytes) -> bool:
        """Whether the key with this id was erased on purpose (and not merely lost)."""

    def erased_ids(self) -> list[bytes]:
        """The id of every key that was erased on purpose, in order."""

    def lost_before(self) -> int:
        """Entries before this index may be sealed to keys that were lost; 0 where none ever were."""

    def log_seed(self) -> bytes:
        """The 32-byte Ed25519 seed that the log signs with, made durably on first use."""


def key_id(key: X25519PublicKey) -> bytes:
    """A name for a public key that cannot be guessed from whose key it is: the head of its SHA-256."""
    return id_of(key.public_bytes_raw())


def id_of(public: bytes) -> bytes:
    """`key_id` of a raw public key (32 bytes)."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES]


def made(number: int) -> list[tuple[bytes, bytes]]:
    """So many new key pairs, each private and public, raw (32 bytes)."""
    keys = [X25519PrivateKey.generate() for _ in range(number)]
    return [(key.private_bytes_raw(), key.public_key().public_bytes_raw()) for key in keys]
