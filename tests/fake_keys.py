"""A `KeyStore` in memory, for tests of disclosure."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from commonweal.kernel.disclosure.keys import key_id


class MemoryKeys:
    def __init__(self) -> None:
        self.held: dict[tuple[str, str], X25519PrivateKey] = {}
        self.gone: set[bytes] = set()

    def public_key(self, subject: str, retention: str) -> X25519PublicKey:
        self.ensure([(subject, retention)])
        return self.held[subject, retention].public_key()

    def private_key(self, subject: str, retention: str) -> X25519PrivateKey | None:
        return self.held.get((subject, retention))

    def ensure(self, holders: Iterable[tuple[str, str]]) -> None:
        for holder in holders:
            if holder not in self.held:
                self.held[holder] = X25519PrivateKey.generate()

    def erase(self, subject: str, retention: str, named: bytes | None = None) -> bool:
        found = self.held.get((subject, retention))
        held = found is not None and named in (None, key_id(found.public_key()))
        if found is not None and held:
            self.gone.add(key_id(self.held.pop((subject, retention)).public_key()))
        elif named is not None:
            self.gone.add(named)
        return held

    def erased_ids(self) -> list[bytes]:
        return sorted(self.gone)

    def holds(self, subject: str, retention: str, named: bytes) -> bool:
        found = self.held.get((subject, retention))
        return found is not None and key_id(found.public_key()) == named

    def erased(self, key_id: bytes) -> bool:
        return key_id in self.gone

    def lost_before(self) -> int:
        return 0

    def log_seed(self) -> bytes:
        return bytes(32)
