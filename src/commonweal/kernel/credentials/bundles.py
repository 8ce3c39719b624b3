"""A leaf as a Sigstore bundle (v0.3), so that Sigstore's own verifiers can check it against this log.

They read one kind of log entry here: Rekor's `hashedrekord` 0.0.2, a digest with a signature. So the authority signs
an entry's leaf with its issuer key (ECDSA P-256), and records that signature as an entry of its own, whose leaf *is*
such a `hashedrekord` body beside what every leaf says. The bundle holds the signature, that leaf, its inclusion proof
and the checkpoint; `trusted_root` holds the log's key in the form that Sigstore reads.

What is thereby verified: that the artifact (the first leaf's bytes) was signed by the issuer's key, and that this
signature stands in the log. That the first leaf itself stands there is shown by its own tlog-proof, not by the bundle.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field

from commonweal.kernel.disclosure.commitments import read_leaf
from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.disclosure.signatures import IssuerKey
from commonweal.kernel.record import NoteVerifier, TlogProof
from commonweal.kernel.values import Text

BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
TRUSTED_ROOT_MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
REKOR_KIND, REKOR_VERSION = "hashedrekord", "0.0.2"
_Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=200)]


class LeafSigned(Filing):
    """The authority signed the leaf of entry `about`: digest, signature (DER) and public key (DER), in base64."""

    about: Annotated[int, Field(ge=0, le=2**53), PUBLIC]
    digest: Annotated[_Base64, PUBLIC]
    signature: Annotated[_Base64, PUBLIC]
    public_key: Annotated[_Base64, PUBLIC]


def rekor_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a `hashedrekord` 0.0.2 (Rekor v2) for the body of a `LeafSigned`."""
    verifier = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": {"rawBytes": body["public_key"]}}
    signed = {
        "data": {"algorithm": "SHA2_256", "digest": body["digest"]},
        "signature": {"content": body["signature"], "verifier": verifier},
    }
    return {"kind": REKOR_KIND, "apiVersion": REKOR_VERSION, "spec": {"hashedRekordV002": signed}}


LEAF_SIGNED = Kind(
    id="credential.leaf_signed",
    schema=LeafSigned,
    title=Text(en="Leaf signed for Sigstore", zh="为 Sigstore 签署叶子"),
    files=(),
    by_house=True,
    carries=rekor_body,
)


def sign_leaf(about: int, leaf: bytes, key: IssuerKey) -> dict[str, Any]:
    """The body of a `LeafSigned`: the leaf of entry `about`, signed."""
    return {
        "about": about,
        "digest": _base64(sha256(leaf).digest()),
        "signature": _base64(key.signature(leaf)),
        "public_key": _base64(key.public_der),
    }


def bundle(signed_leaf: bytes, proof: TlogProof, log: NoteVerifier) -> dict[str, Any]:
    """The bundle: from the leaf of a `LeafSigned` entry and its proof. The artifact is the leaf that was signed.

    Raises `RecordFault` when the proof is not of that leaf in that log.
    """
    checkpoint = proof.verify(signed_leaf, [log], log.name)
    signed = read_leaf(signed_leaf)["spec"]["hashedRekordV002"]
    entry = {
        "logIndex": str(proof.index),
        "logId": {"keyId": _base64(log_id(log))},
        "kindVersion": {"kind": REKOR_KIND, "version": REKOR_VERSION},
        "inclusionProof": {
            "logIndex": str(proof.index),
            "rootHash": _base64(checkpoint.root),
            "treeSize": str(checkpoint.size),
            "hashes": [_base64(item) for item in proof.hashes],
            "checkpoint": {"envelope": proof.checkpoint.decode()},
        },
        "canonicalizedBody": _base64(signed_leaf),
    }
    key = signed["signature"]["verifier"]["publicKey"]["rawBytes"]
    return {
        "mediaType": BUNDLE_MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": key_hint(key)}, "tlogEntries": [entry]},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": signed["data"]["digest"]},
            "signature": signed["signature"]["content"],
        },
    }


def trusted_root(logs: Iterable[tuple[NoteVerifier, str, str]]) -> dict[str, Any]:
    """Sigstore's trusted root for logs, each with the instants (RFC 3339) from which and until which its key is valid;
    the last is empty for a key in force."""
    tlogs = [
        {
            "baseUrl": f"https://{log.name}",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": _base64(_ED25519_DER + log.public),
                "keyDetails": "PKIX_ED25519",
                "validFor": {"start": since, **({"end": until} if until else {})},
            },
            "logId": {"keyId": _base64(log_id(log))},
        }
        for log, since, until in logs
    ]
    empty: dict[str, Any] = {"certificateAuthorities": [], "ctlogs": [], "timestampAuthorities": []}
    return {"mediaType": TRUSTED_ROOT_MEDIA_TYPE, "tlogs": tlogs, **empty}


def log_id(log: NoteVerifier) -> bytes:
    """The 32 bytes whose first four are the key id of the log's note signatures (c2sp.org/signed-note)."""
    return sha256(log.name.encode() + b"\n" + bytes([log.kind]) + log.public).digest()


def key_hint(public_key: str) -> str:
    """The name under which a bundle asks for its key: base64 of the SHA-256 of the key's DER (given in base64)."""
    return _base64(sha256(b64decode(public_key)).digest())


def dumps(document: Mapping[str, Any]) -> str:
    """A bundle or a trusted root as the text of a file."""
    return json.dumps(document, indent=1) + "\n"


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


_ED25519_DER = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo up to the 32 bytes (RFC 8410)
