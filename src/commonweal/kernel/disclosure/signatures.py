"""Compact JSON Web Signatures: what the authority signs for strangers, and how such a thing is checked.

The mathematics is joserfc's. What is decided here is what may be believed: two algorithms, each with its one kind of
public key; one spelling of every byte; nothing over a limit; the type that was asked for, and no critical extension.
"""

from __future__ import annotations

import binascii
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from commonweal.kernel.values import BadInput, Fault, FaultCollector, TooLarge, canonical, read_json

from .commitments import b64

ES256 = "ES256"
TOKEN_BYTES_MAX = 4 << 20
KEYS_MAX = 32
_SCALAR_BYTES = 32
_FAMILIES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
}
_ALGORITHMS = tuple(name for names in _FAMILIES.values() for name in names)
_KEYS_WANT = "a JWK set or issuer metadata with public P-256 or Ed25519 keys"


def new_issuer_key() -> bytes:
    """A fresh P-256 private key, as its 32-byte scalar."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return number.to_bytes(_SCALAR_BYTES, "big")


class IssuerKey:
    """The key with which the authority signs credentials, status lists and presentations (ES256)."""

    def __init__(self, private: bytes) -> None:
        scalar = int.from_bytes(private, "big")
        self._key = ECKey.import_key(_private_jwk(ec.derive_private_key(scalar, ec.SECP256R1())))

    @cached_property
    def kid(self) -> str:
        """The key's name: its RFC 7638 thumbprint."""
        return str(self._key.thumbprint())

    @cached_property
    def jwk(self) -> dict[str, str]:
        """The public key as a JWK, ready to be published."""
        public = {name: str(value) for name, value in self._key.as_dict(private=False).items()}
        return {**public, "kid": self.kid, "alg": ES256, "use": "sig"}

    @cached_property
    def public_der(self) -> bytes:
        """The public key as DER (SubjectPublicKeyInfo), as Sigstore names keys."""
        return self._key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def signature(self, data: bytes) -> bytes:
        """An ECDSA signature over the SHA-256 of `data`, in DER."""
        assert self._key.private_key is not None
        return self._key.private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    def sign(self, typ: str, payload: bytes) -> str:
        """A compact JWS over exactly these payload bytes."""
        header = {"alg": ES256, "kid": self.kid, "typ": typ}
        return str(jws.serialize_compact(header, payload, self._key, algorithms=[ES256]))


@dataclass(frozen=True, slots=True)
class Signed:
    """A token whose signature verified: its header, its payload's bytes and the object they hold."""

    header: Mapping[str, Any]
    payload: bytes
    claims: Mapping[str, Any]


def keys_in(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The keys of a JWK set or of issuer metadata. Raises `BadInput` for what is neither, or holds private keys."""
    found = document.get("keys") if isinstance(document, Mapping) else None
    if found is None and isinstance(document, Mapping) and isinstance(document.get("jwks"), Mapping):
        found = document["jwks"].get("keys")
    faults = FaultCollector("keys")
    if not isinstance(found, list) or not 0 < len(found) <= KEYS_MAX:
        faults.add("keys", found, f"{_KEYS_WANT}, 1 to {KEYS_MAX} of them")
        found = []
    able = []
    for at, key in enumerate(found):
        if not isinstance(key, Mapping):
            faults.add(f"keys {at}", key, _KEYS_WANT, "key")
        elif {"d", "k"} & set(key):
            faults.add(f"keys {at}", "(withheld)", "a public key; this one holds its private part", "private_key")
        elif (key.get("kty"), key.get("crv")) in _FAMILIES:
            able.append(key)  # keys of kinds that are not understood here are passed over (RFC 7517, section 5)
    if not able and not faults.count:
        faults.add("keys", [key.get("kty") for key in found], _KEYS_WANT, "key")
    faults.done()
    return tuple(able)


def open_signed(token: str, keys: Iterable[Mapping[str, Any]], typ: str | Iterable[str], about: str) -> Signed:
    """Verify a compact JWS of a type with the keys known.

    Raises `TooLarge` over 4 MiB and `BadInput` naming what was wrong: its form, algorithm, key, type or signature.
    """
    if len(token) > TOKEN_BYTES_MAX:
        raise TooLarge(Fault(about, f"{len(token)} bytes", f"at most {TOKEN_BYTES_MAX} bytes", "too_large"), about)
    faults = FaultCollector(about)
    parts = [unb64(part) for part in token.split(".")]
    if len(parts) != 3 or not all(parts):
        faults.add(about, token[:40], "three parts in base64url without padding, parted by dots", "malformed")
        faults.done()
    header, claims = (
        _object(part or b"", f"{about} {name}", faults) for part, name in zip(parts, _PARTS, strict=False)
    )
    types = (typ,) if isinstance(typ, str) else tuple(typ)
    if header.get("typ") not in types:
        faults.add(f"{about} typ", header.get("typ", "(absent)"), " or ".join(types), "type")
    if "crit" in header:
        faults.add(f"{about} crit", header["crit"], "no critical extension: none is understood here", "critical")
    key = _key_for(header, keys, about, faults)
    if key is not None:
        _check_signature(token, str(header["alg"]), key, about, faults)
    faults.done()
    return Signed(header, parts[1] or b"", claims)


_PARTS = ("header", "payload")


def _key_for(
    header: Mapping[str, Any], keys: Iterable[Mapping[str, Any]], about: str, faults: FaultCollector
) -> Mapping[str, Any] | None:
    """The one key a header names, if its kind is the algorithm's own: the header never chooses how a key is used."""
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in _ALGORITHMS:
        faults.add(f"{about} alg", algorithm, f"one of {', '.join(_ALGORITHMS)}", "algorithm")
        return None
    able = [key for key in keys if algorithm in _FAMILIES[key["kty"], key["crv"]]]
    able = [key for key in able if key.get("alg", algorithm) == algorithm and key.get("use", "sig") == "sig"]
    named = [key for key in able if kid is None or key.get("kid") == kid]
    if len(named) != 1:
        seen = kid if kid is not None else "(no kid)"
        faults.add(f"{about} kid", seen, f"the name of one of the issuer's {algorithm} keys", "unknown_key")
        return None
    return named[0]


def _check_signature(token: str, algorithm: str, key: Mapping[str, Any], about: str, faults: FaultCollector) -> None:
    public = {name: value for name, value in key.items() if name in {"kty", "crv", "x", "y"}}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "EdDSA" is what most verifiers still call Ed25519
            found = (ECKey if key["kty"] == "EC" else OKPKey).import_key(public)
            jws.deserialize_compact(token, found, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError, KeyError):
        faults.add(f"{about} signature", "does not verify", "the signature of the key that is named", "signature")


def unb64(text: str) -> bytes | None:
    """Bytes of base64url in its one spelling; None for anything else, so that no character can be changed unseen."""
    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    return data if b64(data) == text else None


def _object(data: bytes, where: str, faults: FaultCollector) -> Mapping[str, Any]:
    try:
        found = read_json(data, bytes_max=TOKEN_BYTES_MAX)
    except BadInput as error:
        faults.extend(Fault(f"{where} {fault.where}", fault.seen, fault.want, fault.code) for fault in error.faults)
        return {}
    if not isinstance(found, Mapping):
        faults.add(where, found, "a JSON object", "malformed")
        return {}
    return found


def _private_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str | list[str]]:
    numbers = key.private_numbers()
    point = numbers.public_numbers
    values = {"x": point.x, "y": point.y, "d": numbers.private_value}
    found: dict[str, str | list[str]] = {"kty": "EC", "crv": "P-256"}
    return found | {name: b64(value.to_bytes(_SCALAR_BYTES, "big")) for name, value in values.items()}


def payload_of(claims: Mapping[str, Any]) -> bytes:
    """The bytes of a payload made here: RFC 8785."""
    return canonical(dict(claims))
