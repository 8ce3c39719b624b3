"""Commitments to fields: SD-JWT disclosures and digests (RFC 9901), and the public leaf that holds the digests.

Each top-level field of a body is one disclosure, `base64url([salt, name, value])`, and the leaf holds the SHA-256 of
each among decoys, sorted and as many for every entry of a kind: it says neither what was filed nor how many fields.
"""

from __future__ import annotations

import hashlib
import os
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from commonweal.kernel.values import BadInput, Fault, RecordFault, TooLarge

SALT_BYTES = 16
DIGEST_BYTES = 32
LEAF_BYTES_MAX = 65_534
DECOY_STEP = 4
LEAF_CLAIMS = frozenset(
    ["_sd", "_sd_alg", "author", "blobs", "iss", "kind", "marking", "payload_sha256", "refs", "retention", "time"]
)
_AS_BODY = "body."
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode


def b64(data: bytes) -> str:
    """Base64url without padding, as SD-JWT writes it."""
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def _b64_all(parts: Iterable[bytes]) -> list[str]:
    """Each part in base64url, all translated at once: a leaf has some forty of them."""
    joined = b"\n".join([b2a_base64(part, newline=False) for part in parts])
    return joined.translate(_URL_SAFE, b"=").decode("ascii").split("\n") if joined else []


def claim_name(field: str) -> str:
    """The name under which a field is disclosed: `body.kind` for a field named like one of the leaf's own claims.

    RFC 9901 (7.1) tells verifiers to reject a disclosure whose name already stands in the payload.
    """
    return _AS_BODY + field if field in LEAF_CLAIMS else field


def field_name(claim: str) -> str:
    """The field that was disclosed under a name: the inverse of `claim_name`."""
    return claim.removeprefix(_AS_BODY)


def commit(body: Mapping[str, Any]) -> list[str]:
    """One disclosure for each field that is present, in the body's order, each with a fresh 128-bit salt."""
    present = [(name, value) for name, value in body.items() if value is not None]
    noise = os.urandom(SALT_BYTES * len(present))
    salts = _b64_all([noise[at : at + SALT_BYTES] for at in range(0, len(noise), SALT_BYTES)])
    return _b64_all(
        [_encode([salt, claim_name(name), value]) for salt, (name, value) in zip(salts, present, strict=True)]
    )


def digest_of(disclosure: str) -> str:
    """The digest of a disclosure as it stands in `_sd` (RFC 9901, 4.2.3)."""
    return b64(hashlib.sha256(disclosure.encode("ascii")).digest())


def width(fields: int) -> int:
    """How many digests stand in every leaf of a kind that has so many fields, whichever of them are filled in.

    How many are would tell: a company's report answers three times as many questions as a citizen's worry.
    """
    return DECOY_STEP * (fields // DECOY_STEP + 1)


def digests(disclosures: Iterable[str], step: int = DECOY_STEP) -> list[str]:
    """The sorted digests for a leaf, filled up with one to `step` decoys to the next multiple of it."""
    real = [hashlib.sha256(item.encode("ascii")).digest() for item in disclosures]
    noise = os.urandom(DIGEST_BYTES * (step - len(real) % step))
    decoys = [noise[at : at + DIGEST_BYTES] for at in range(0, len(noise), DIGEST_BYTES)]
    return sorted(_b64_all(real + decoys))


def leaf_bytes(claims: Mapping[str, Any]) -> bytes:
    """The canonical bytes (RFC 8785) of a leaf. Raises `TooLarge` where the log's bundle format cannot hold them.

    The claims are ASCII text, small integers and lists of them, for which sorted compact JSON *is* the RFC 8785 form.
    """
    leaf = _encode(claims)
    if len(leaf) > LEAF_BYTES_MAX:
        seen = f"{len(claims['_sd'])} fields, {len(claims['refs'])} causes, {len(claims['blobs'])} blobs"
        raise TooLarge(Fault("(whole)", seen, "fewer of them: a leaf has at most 65,534 bytes", "too_large"))
    return leaf


def read_leaf(leaf: bytes, where: str = "leaf") -> dict[str, Any]:
    """The claims of a leaf. Raises `RecordFault` if these are not the bytes of one."""
    try:
        claims = _decode(leaf)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordFault(where, f"is not JSON: {error}") from error
    if not isinstance(claims, dict) or not set(claims) >= LEAF_CLAIMS:
        raise RecordFault(where, "is not a leaf of this record: claims are missing")
    return claims


def kind_claim(leaf: Mapping[str, Any]) -> str:
    """What a leaf says of its kind, `<kind>/<version>`; where `kind` is a word of others' format, in `entry_kind`."""
    return str(leaf.get("entry_kind", leaf["kind"]))


def verify_disclosures(
    leaf: bytes | Mapping[str, Any], disclosures: Iterable[str], names: Collection[str] | None = None
) -> dict[str, Any]:
    """The fields that disclosures open, once each digest was found in the leaf; with `names`, those fields alone.

    Raises `BadInput` naming every disclosure that is malformed, repeated or not committed to by this leaf.
    """
    claims = read_leaf(leaf) if isinstance(leaf, bytes) else leaf
    committed = set(claims["_sd"])
    fields: dict[str, Any] = {}
    faults = []
    for at, disclosure in enumerate(disclosures):
        where = f"disclosure {at}"
        opened = _opened(disclosure)
        if opened is None:
            faults.append(Fault(where, disclosure[:40], "base64url of a JSON list [salt, name, value]", "malformed"))
        elif names is not None and opened[0] not in names:
            continue
        elif digest_of(disclosure) not in committed:
            faults.append(Fault(where, opened[0], "its digest must stand in the leaf's _sd", "not_committed"))
        elif opened[0] in fields:
            faults.append(Fault(where, opened[0], "each field may be disclosed once", "repeated"))
        else:
            fields[opened[0]] = opened[1]
    if faults:
        raise BadInput(faults, "disclosures")
    return fields


def _opened(disclosure: str) -> tuple[str, Any] | None:
    try:
        item = _decode(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    except (ValueError, msgspec.DecodeError):
        return None
    if not isinstance(item, list) or len(item) != 3 or not isinstance(item[1], str):
        return None
    return field_name(item[1]), item[2]
