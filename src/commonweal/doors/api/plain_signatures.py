"""The plainest form of a signed request, read at once; every other form is the library's to read.

A general reader of structured fields takes twice as long as the signature itself. Nearly all requests are written in
one form: one signature, components without parameters, one line a field, texts without escapes. What is taken here the
library takes too, with the same result (tests/laws/test_signature_laws.py); for whatever is not taken, a signature that
does not verify included, the library says what it is.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import VerifyResult
from http_message_signatures.algorithms import ED25519

_TEXT = r'"[\x20\x21\x23-\x5b\x5d-\x7e]*"'
_COMPONENT = r'"@?[a-z][a-z0-9\-]*"'
_LABEL = r"[a-z][a-z0-9_\-]*"
_COMPONENTS = rf"{_COMPONENT}(?: {_COMPONENT})*"
_PARAMETERS = rf"(?:;(?:created=[1-9][0-9]{{0,11}}|(?:keyid|alg|nonce)={_TEXT}))+"
_INPUT = re.compile(rf"({_LABEL})=(\(({_COMPONENTS})\)({_PARAMETERS}))")
_PARAMETER = re.compile(rf"([a-z]+)=([0-9]+|{_TEXT})")
_SIGNATURE = re.compile(rf"({_LABEL})=:([A-Za-z0-9+/]{{86}}==):")
_URL = re.compile(r"https?://([a-z0-9.\-]+(?::[0-9]{1,5})?)(/[A-Za-z0-9._~/\-]*)")
_USUAL_PORTS = (":80", ":443")  # not part of `@authority` under their own scheme
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_METHOD = re.compile(r"[A-Z]+")
_DIGEST = '"content-digest"'
_GIVEN_DIGEST = re.compile(r"([a-z0-9*][a-z0-9*_.\-]*)=:([A-Za-z0-9+/]*={0,2}):")


def plainly_signed(
    method: str,
    url: str,
    lines: Iterable[tuple[str, str]],
    key_of: Callable[[str], bytes | None],
    created_in: Callable[[int], bool],
) -> VerifyResult | None:
    """What a plainly signed request covers, or None where the library has to look. Raises nothing for any request.

    `lines` are the field lines in order, `key_of` gives the 32 bytes of an Ed25519 key by its id, `created_in` says
    whether a signature may have been created at that second.
    """
    fields: dict[str, str | None] = {}
    for line, value in lines:
        name = line.lower()
        fields[name] = None if name in fields else value
    given = _INPUT.fullmatch(fields.get("signature-input") or "")
    made = _SIGNATURE.fullmatch(fields.get("signature") or "")
    if not given or not made or given[1] != made[1]:
        return None
    found = _PARAMETER.findall(given[4])
    parameters: dict[str, int | str] = {name: int(value) if name == "created" else value[1:-1] for name, value in found}
    if len(parameters) != len(found) or not {"created", "keyid"} <= parameters.keys():
        return None
    if parameters.get("alg", ED25519.algorithm_id) != ED25519.algorithm_id or not created_in(
        int(parameters["created"])
    ):
        return None
    covered = _covered(given[3].split(" "), method, url, fields)
    if covered is None:
        return None
    covered['"@signature-params"'] = given[2]
    base = "\n".join(f"{name}: {value}" for name, value in covered.items())
    if not _verifies(key_of(str(parameters["keyid"])), made[2], base):
        return None
    nonce = parameters.get("nonce")
    return VerifyResult(given[1], ED25519, covered, parameters, None, None if nonce is None else str(nonce))


def plainly_digested(covered: dict[str, str], body: bytes) -> bool:
    """Whether a body is the one whose SHA-256 was signed, in its plainest form; if not, the library has to look."""
    return covered.get(_DIGEST) == f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def digested(covered: dict[str, str], digests: Mapping[str, bytes]) -> bool:
    """Whether a body that was not held has the digest that was signed (RFC 9530): of those known here, every one."""
    given = [_GIVEN_DIGEST.fullmatch(item.strip()) for item in covered.get(_DIGEST, "").split(",")]
    if not all(given):
        return False
    known = [(item[2], digests[item[1]]) for item in given if item and item[1] in digests]
    return bool(known) and all(said == b64encode(found).decode() for said, found in known)


def _covered(names: list[str], method: str, url: str, fields: dict[str, str | None]) -> dict[str, str] | None:
    address = _URL.fullmatch(url)
    if not address or not _METHOD.fullmatch(method):
        return None
    derived = {'"@method"': method, '"@target-uri"': url, '"@path"': address[2]}
    if not address[1].endswith(_USUAL_PORTS):
        derived['"@authority"'] = address[1]
    covered: dict[str, str] = {}
    for name in names:
        value = derived.get(name) or fields.get(name[1:-1])
        if name in covered or not value or not _VALUE.fullmatch(value):
            return None
        covered[name] = value
    return covered


def _verifies(key: bytes | None, signature: str, base: str) -> bool:
    raw = b64decode(signature)
    if key is None or b64encode(raw).decode() != signature:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(raw, base.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
