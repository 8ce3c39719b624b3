"""What an evaluator signs with their own key, and how anybody checks it: a compact JWS (RFC 7515) over canonical JSON.

The header holds the algorithm and the type and nothing else, and the payload exactly what is bound together: so there
is no place in it for anything that is not asked for. With Ed25519 the same is signed alike each time (RFC 8032).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from commonweal.kernel.disclosure.commitments import b64
from commonweal.kernel.disclosure.signatures import open_signed, unb64
from commonweal.kernel.instrument import Fault
from commonweal.kernel.values import BadInput, canonical

TYP, ALG = "evaluation-result+jws", "EdDSA"
HEADER = canonical({"alg": ALG, "typ": TYP})
SEED_BYTES = 32
Bound = Mapping[str, str | int]


def of_a_run(job: str, evaluator: str, run: str, body: Mapping[str, object]) -> Bound:
    """What is signed of a run on record (its `body`): which it is, for which job, and the root over its samples."""
    root, samples = str(body["root"]), int(str(body["samples"]))
    return {"job": job, "evaluator": evaluator, "run": run, "root": root, "samples": samples}


def public_of(seed: bytes) -> str:
    """The public key of a private one (its 32 bytes), as an evaluator's filing has it."""
    return b64(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def sign(seed: bytes, bound: Bound) -> str:
    """The signature of an evaluator under what is bound together."""
    signing = f"{b64(HEADER)}.{b64(canonical(bound))}"
    return f"{signing}.{b64(Ed25519PrivateKey.from_private_bytes(seed).sign(signing.encode()))}"


def faults(signed: str, key: str, bound: Bound) -> Iterator[Fault]:
    """What is wrong with a signature that should be of this key and under just this; nothing where it holds."""
    header, payload, _ = (unb64(part) for part in signed.split("."))
    if header != HEADER:
        yield Fault("signed", "another header", f"the header {HEADER.decode()} and nothing else in it", "header")
        return
    if payload != canonical(bound):
        yield Fault("signed", _seen(payload), f"a signature over exactly {canonical(bound).decode()}", "mismatch")
        return
    try:
        open_signed(signed, [{"kty": "OKP", "crv": "Ed25519", "x": key}], TYP, "signed")
    except BadInput:
        yield Fault("signed", "does not verify", "a signature of the key that the evaluator registered", "signature")


def _seen(payload: bytes | None) -> str:
    """Which job a signature is for, where it says; nothing else of it is told again."""
    try:
        found = json.loads(payload or b"")
    except ValueError:
        return "no JSON"
    job = found.get("job") if isinstance(found, dict) else None
    return f"what was signed for {job[:80]}" if isinstance(job, str) else "something else"
