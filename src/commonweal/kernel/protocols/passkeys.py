"""Passkeys (W3C Web Authentication Level 3): what somebody's authenticator signed, checked without asking anybody.

An authenticator signs its own data and the SHA-256 of what the browser says (`clientDataJSON`: which challenge, on
which origin). Where the challenge is the SHA-256 of a text, the signature is one over that text; so it stands in an
approval's envelope as a C2SP signature line of its own kind: type 0xff, `commonweal/passkey/v1`. The value of the line,
after the four bytes of the key id, is the authenticator's data and the browser's, each after its length in two bytes,
and then the signature. Whoever has the registered key, its relying party and its origin checks it with any library for
COSE keys.
"""

from __future__ import annotations

import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AttestationObject, AuthenticatorData

from commonweal.kernel.values import BadInput, Fault, FaultCollector, shown

PREFIX = "passkey-"
LINE_TYPE = b"\xffcommonweal/passkey/v1"
ALGORITHMS = (-7, -8, -257)
"""ES256, EdDSA and RS256, as COSE numbers them (RFC 9053, RFC 8812): what every authenticator has one of."""
PART_BYTES_MAX, ATTESTATION_BYTES_MAX, CREDENTIAL_BYTES_MAX, KEY_BYTES_MAX = 2048, 16 << 10, 1023, 1024
_READING = (ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error, RecursionError)
_CHECKING = (*_READING, InvalidSignature, UnsupportedAlgorithm, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A credential as it was registered: its id, its public key (a COSE key in CBOR), and where it counts."""

    credential: bytes
    key: bytes
    rp_id: str
    origin: str

    @property
    def name(self) -> str:
        """By what the record calls it."""
        return f"{PREFIX}{sha256(self.credential).hexdigest()[:16]}"

    @property
    def line_id(self) -> bytes:
        """The four bytes by which a signature line names the key (c2sp.org/signed-note)."""
        return sha256(self.name.encode() + b"\n" + LINE_TYPE + self.key).digest()[:4]


@dataclass(frozen=True, slots=True)
class Assertion:
    """What comes of one use of a passkey: the authenticator's data, the browser's (JSON), and the signature."""

    authenticator: bytes
    client: bytes
    signature: bytes

    def packed(self) -> bytes:
        """As it stands in a signature line."""
        return b"".join(struct.pack(">H", len(one)) + one for one in (self.authenticator, self.client)) + self.signature

    @classmethod
    def unpacked(cls, data: bytes) -> Assertion:
        """What a signature line holds. Raises `BadInput`."""
        parts, rest = [], data
        for _ in range(2):
            length = int.from_bytes(rest[:2], "big")
            if len(rest) < 2 + length:
                raise BadInput(Fault("signature", f"{len(data)} bytes", "a passkey's assertion", "signature"))
            parts.append(rest[2 : 2 + length])
            rest = rest[2 + length :]
        return cls(parts[0], parts[1], rest)

    @classmethod
    def read(cls, text: str) -> Assertion:
        """What a browser's page sends: JSON with the three parts in base64url. Raises `BadInput`."""
        want = "JSON with authenticator, client and signature in base64url, as the page sends it"
        try:
            given = json.loads(text[: 4 * PART_BYTES_MAX])
            parts = [urlsafe_b64decode(str(given[name]) + "==") for name in ("authenticator", "client", "signature")]
        except _READING as error:
            raise BadInput(Fault("assertion", f"{len(text)} characters", want, "assertion"), "passkey") from error
        if any(len(one) > PART_BYTES_MAX for one in parts):
            raise BadInput(Fault("assertion", "a part of it is too long", want, "assertion"), "passkey")
        return cls(*parts)


def made(client: bytes, attestation: bytes, challenge: bytes, rp_id: str, origin: str) -> tuple[Passkey, int]:
    """A new passkey and its counter, from what the browser gives after it was made. Raises `BadInput`.

    Who made the authenticator is not asked (attestation is not verified): whoever is invited brings their own.
    """
    faults = FaultCollector("passkey")
    _check_client(client, "webauthn.create", challenge, origin, faults)
    want = "an attestation object with a new credential"
    try:
        if len(attestation) > ATTESTATION_BYTES_MAX:
            raise ValueError
        data = AttestationObject(attestation).auth_data
        found = data.credential_data
        if found is None or not found.credential_id or len(found.credential_id) > CREDENTIAL_BYTES_MAX:
            raise ValueError
        key, algorithm = cbor.encode(dict(found.public_key)), int(found.public_key[3])
        CoseKey.for_alg(algorithm)
    except _READING as error:
        faults.add("attestation", f"{len(attestation)} bytes", want, "attestation")
        faults.done()
        raise AssertionError("unreachable: a fault was added") from error
    if algorithm not in ALGORITHMS or len(key) > KEY_BYTES_MAX:
        faults.add("attestation", f"the algorithm {algorithm}", "ES256, EdDSA or RS256", "algorithm")
    _check_data(data, rp_id, faults)
    faults.done()
    return Passkey(bytes(found.credential_id), key, rp_id, origin), int(data.counter)


def checked(passkey: Passkey, assertion: Assertion, challenge: bytes) -> int:
    """The counter of an assertion by this passkey over this challenge. Raises `BadInput` naming every fault."""
    faults = FaultCollector("passkey")
    _check_client(assertion.client, "webauthn.get", challenge, passkey.origin, faults)
    try:
        data = AuthenticatorData(assertion.authenticator)
    except _READING as error:
        faults.add("authenticator", f"{len(assertion.authenticator)} bytes", "an authenticator's data", "authenticator")
        faults.done()
        raise AssertionError("unreachable: a fault was added") from error
    _check_data(data, passkey.rp_id, faults)
    signed = assertion.authenticator + sha256(assertion.client).digest()
    try:
        CoseKey.parse(cast(Mapping[int, Any], cbor.decode(passkey.key))).verify(signed, assertion.signature)
    except _CHECKING:
        faults.add("signature", passkey.name, "a signature of that passkey over this", "signature")
    faults.done()
    return int(data.counter)


def encoded(data: bytes) -> str:
    """Bytes as browsers write them: base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Bytes from base64url with or without padding. Raises `BadInput`."""
    try:
        return urlsafe_b64decode(text + "==")
    except ValueError as error:
        raise BadInput(Fault("credential", f"{len(text)} characters", "base64url", "encoding"), "passkey") from error


def _check_client(client: bytes, kind: str, challenge: bytes, origin: str, faults: FaultCollector) -> None:
    """What the browser says: that it did this, for this challenge, on this origin and in no page of another."""
    try:
        if len(client) > PART_BYTES_MAX:
            raise ValueError
        said = json.loads(client.decode("utf-8"))
        found = {name: said.get(name) for name in ("type", "challenge", "origin")}
    except _READING:
        faults.add("client", f"{len(client)} bytes", "JSON as browsers make it (clientDataJSON)", "client")
        return
    for name, want in (("type", kind), ("challenge", encoded(challenge)), ("origin", origin)):
        if found[name] != want:
            faults.add(f"client.{name}", shown(found[name]), want, name)
    if said.get("crossOrigin", False) is not False:
        faults.add(
            "client.crossOrigin", shown(said.get("crossOrigin")), "false: not in a page of another site", "cross"
        )


def _check_data(data: AuthenticatorData, rp_id: str, faults: FaultCollector) -> None:
    """What the authenticator says: that it is for us, that somebody was there, and that it saw who."""
    if data.rp_id_hash != sha256(rp_id.encode()).digest():
        faults.add("authenticator.rp_id", data.rp_id_hash.hex()[:16], f"the SHA-256 of {rp_id}", "rp_id")
    if not data.is_user_present():
        faults.add("authenticator.flags", "nobody was present", "somebody who touched it", "present")
    if not data.is_user_verified():
        faults.add("authenticator.flags", "it did not check who", "a PIN, a finger or a face", "verified")
