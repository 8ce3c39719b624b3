"""An authenticator in software, as a browser with a security key answers a page: rightly, or in a wrong way."""

from __future__ import annotations

import base64
import json
import secrets
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _cbor(value: Any) -> bytes:
    """Just as much CBOR (RFC 8949) as an attestation needs: ints, bytes, texts and maps in the order given."""
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value)) + value.encode()
    return _head(5, len(value)) + b"".join(_cbor(one) for pair in value.items() for one in pair)


def _head(major: int, size: int) -> bytes:
    if size < 24:
        return bytes([major << 5 | size])
    return bytes([major << 5 | 24, size]) if size < 256 else bytes([major << 5 | 25]) + struct.pack(">H", size)


@dataclass
class Authenticator:
    """One security key with one ES256 credential. `flags` are those of its data: 5 is present and verified."""

    origin: str
    rp_id: str
    count: int = 0
    flags: int = 5
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def cose(self) -> bytes:
        """The public key as COSE has it (RFC 9053): EC2, ES256, P-256."""
        point = self.private.public_key().public_numbers()
        return _cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def client(self, kind: str, challenge: bytes, /, **changed: Any) -> bytes:
        said = {"type": kind, "challenge": b64(challenge), "origin": self.origin, "crossOrigin": False, **changed}
        return json.dumps(said).encode()

    def data(self, more: bytes = b"", flags: int = 0) -> bytes:
        return sha256(self.rp_id.encode()).digest() + struct.pack(">BI", self.flags | flags, self.count) + more

    def made(self, challenge: bytes, /, **changed: Any) -> tuple[bytes, bytes]:
        """What the browser gives after a passkey was made: `clientDataJSON` and the attestation object."""
        attested = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + self.cose
        made = {"fmt": "none", "attStmt": {}, "authData": self.data(attested, 0x40)}
        return self.client("webauthn.create", challenge, **changed), _cbor(made)

    def used(self, challenge: bytes, /, **changed: Any) -> tuple[bytes, bytes, bytes]:
        """The authenticator's data, `clientDataJSON` and the signature; the counter goes on by one."""
        self.count += 1
        client, data = self.client("webauthn.get", challenge, **changed), self.data()
        return data, client, self.private.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))

    def sent(self, challenge: bytes, /, **changed: Any) -> str:
        """As a page sends it."""
        parts = zip(("authenticator", "client", "signature"), self.used(challenge, **changed), strict=True)
        return json.dumps({name: b64(value) for name, value in parts})
