"""Cosignatures (c2sp.org/tlog-cosignature): what a witness signs when it says that it saw a log grow.

Two algorithms: Ed25519 (0x04), over the time and the whole note text, and ML-DSA-44 (0x06), over the witness's name,
the time, and the first three lines of the checkpoint. Both carry the time in front of the signature, in seconds since
1970, as eight bytes.
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

COSIGNATURE_V1 = 0x04
ML_DSA_44 = 0x06
KEY_BYTES = {COSIGNATURE_V1: 32, ML_DSA_44: 1312}
SIGNATURE_BYTES = {COSIGNATURE_V1: 64, ML_DSA_44: 2420}
SEED_BYTES = 32
TIME_MAX = 2**63 - 1
_TIME_BYTES = 8
_LABEL = b"subtree/v1\n\0"


class Cosigned(NamedTuple):
    """A cosignature taken apart: when it was made, in POSIX seconds, and the signature itself."""

    time: int
    signature: bytes


def split_cosignature(kind: int, value: bytes) -> Cosigned | None:
    """The time and the signature in a cosignature (without the key id); None when it has another form."""
    if len(value) != _TIME_BYTES + SIGNATURE_BYTES[kind]:
        return None
    time = int.from_bytes(value[:_TIME_BYTES], "big")
    return Cosigned(time, value[_TIME_BYTES:]) if time <= TIME_MAX else None


def signed_message(kind: int, name: str, time: int, text: bytes) -> bytes | None:
    """What a cosignature of the note `text` by the witness `name` signs; None where the text is no checkpoint."""
    if kind == COSIGNATURE_V1:
        return b"cosignature/v1\ntime %d\n" % time + text
    head = _tree_head(text)
    cosigner = name.encode()
    if head is None or not 1 <= len(cosigner) <= 255:
        return None
    origin, size, root = head
    return b"".join(
        [
            *(_LABEL, bytes([len(cosigner)]), cosigner, time.to_bytes(8, "big")),
            *(bytes([len(origin)]), origin, (0).to_bytes(8, "big"), size.to_bytes(8, "big"), root),
        ]
    )


def verify_cosignature(kind: int, name: str, public: bytes, text: bytes, value: bytes) -> bool:
    """Whether `value` is a cosignature of the note `text` by the key. An algorithm missing here verifies none."""
    cosigned = split_cosignature(kind, value)
    message = signed_message(kind, name, cosigned.time, text) if cosigned else None
    if cosigned is None or message is None:
        return False
    try:
        _public(kind, public).verify(cosigned.signature, message)
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def cosign(kind: int, name: str, seed: bytes, time: int, text: bytes) -> bytes:
    """The cosignature of a checkpoint's text at `time`. Raises `ValueError` for what cannot be signed."""
    message = signed_message(kind, name, time, text)
    if message is None or not 0 < time <= TIME_MAX:
        raise ValueError("only a checkpoint can be cosigned, at a time from 1 to 2^63 - 1")
    return time.to_bytes(_TIME_BYTES, "big") + _private(kind, seed).sign(message)


def public_of(kind: int, seed: bytes) -> bytes:
    """The public key that a 32-byte seed gives (RFC 8032; FIPS 204, algorithm 6)."""
    return _private(kind, seed).public_key().public_bytes_raw()


def has_ml_dsa() -> bool:
    """Whether the cryptography library here can do ML-DSA-44 at all."""
    try:
        MLDSA44PrivateKey.from_seed_bytes(bytes(SEED_BYTES))
    except UnsupportedAlgorithm:
        return False
    return True


def _public(kind: int, public: bytes) -> Ed25519PublicKey | MLDSA44PublicKey:
    if kind == ML_DSA_44:
        return MLDSA44PublicKey.from_public_bytes(public)
    return Ed25519PublicKey.from_public_bytes(public)


def _private(kind: int, seed: bytes) -> Ed25519PrivateKey | MLDSA44PrivateKey:
    if kind == ML_DSA_44:
        return MLDSA44PrivateKey.from_seed_bytes(seed)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _tree_head(text: bytes) -> tuple[bytes, int, bytes] | None:
    """Origin, size and root of a checkpoint's text, as far as a signed message needs them."""
    lines = text.split(b"\n")
    if len(lines) < 4 or not 1 <= len(lines[0]) <= 255 or not lines[1].isdigit() or len(lines[1]) > 19:
        return None
    size = int(lines[1])
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error:
        return None
    return (lines[0], size, root) if len(root) == 32 and size <= TIME_MAX else None
