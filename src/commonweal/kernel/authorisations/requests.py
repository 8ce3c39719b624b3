"""The canonical request: what is asked for, about which leaves, on what legal basis, until when, once.

What is signed is a text of two lines: `commonweal/authorisation/v1`, and the request in its RFC 8785 form. The first
line keeps a signature over a request from being one over anything else (`signed_texts`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, field_validator

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Index
from commonweal.kernel.record import NoteSigner
from commonweal.kernel.record.notes import ED25519, decode_base64, encode_base64, split_note
from commonweal.kernel.values import BadInput, Fault, RecordFault, digest, instant, stamp

from .signed_texts import Line, Nonce, SignedForm

HEADER = "commonweal/authorisation/v1"
DISCLOSE = "disclose"
REQUEST_BYTES_MAX = 64 << 10
LEAVES_MAX = 16
FIELDS_MAX = 50
_SKEY = re.compile(r"PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", re.ASCII)


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")]
Origin = Annotated[Line, Field(min_length=1, max_length=200)]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,100}$")]
RuleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.\-]{1,80}$")]


class LeafRef(Filing):
    """A leaf of a log, and which fields of its entry are asked for (none, where the action is about the whole)."""

    log: Origin
    index: Index
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="RFC 6962 leaf hash, in hex")]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{1,118}$")]
    fields: Annotated[tuple[FieldName, ...], Field(max_length=FIELDS_MAX)]


class Basis(Filing):
    """On what legal basis: its code in the policy, the citation (which becomes public), the document's SHA-256."""

    code: Code
    citation: Annotated[Line, Field(min_length=3, max_length=300)]
    document_sha256: Hash


class PolicyRef(Filing):
    """The adopted text that says who must approve, by its rule id and SHA-256."""

    rule: RuleId
    sha256: Hash


class Request(Filing):
    """A request for something that only an authorisation allows. Every field must be given: nothing is implied."""

    action: Annotated[Code, PUBLIC]
    log: Annotated[Origin, PUBLIC]
    policy: Annotated[PolicyRef, PUBLIC]
    leaves: Annotated[tuple[LeafRef, ...], Field(min_length=1, max_length=LEAVES_MAX)]
    basis: Basis
    purpose: Annotated[Line, Field(min_length=3, max_length=2000)]
    requester: Annotated[Line, Field(min_length=1, max_length=130)]
    expires: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), PUBLIC]
    nonce: Nonce

    @field_validator("expires")
    @classmethod
    def _real(cls, value: str) -> str:
        try:
            return stamp(instant(value))
        except BadInput as error:
            raise ValueError(error.faults[0].want) from error


FORM = SignedForm(HEADER, Request, "authorisation request", REQUEST_BYTES_MAX, "not_a_request")


def request_text(body: Mapping[str, Any]) -> str:
    """The text that is signed. Raises `BadInput` naming every fault of a body that is no request."""
    return FORM.text(body)


def request_id(text: str) -> str:
    """By what a request is called: the SHA-256 of its text, in hex. Its nonce keeps it from being guessed."""
    return digest(text.encode())


def subject_of(sha256: str) -> str:
    """The subject under which everything about one request is filed."""
    return f"authorisation:{sha256[:40]}"


def read_text(text: str) -> dict[str, Any]:
    """The request in a text, which must be its one canonical form. Raises `BadInput` naming every fault."""
    return FORM.read(text)


def open_file(data: bytes) -> tuple[str, list[str]]:
    """The request's text and the signature lines beside it, in a file as it travels between people.

    A file without signatures is the text alone, or the text and a blank line. Nothing is verified but the form.
    Raises `BadInput`.
    """
    try:
        plain = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(Fault("(whole)", f"byte {error.start}", "UTF-8 text", "encoding"), "request file") from error
    if "\n\n" not in plain.rstrip("\n"):
        text = plain.rstrip("\n") + "\n"
        return text, []
    try:
        text, signatures = split_note(data)
    except RecordFault as error:
        want = "a signed note (c2sp.org/signed-note)"
        raise BadInput(Fault(error.where, error.problem, want), "request file") from error
    return text, [item.line.rstrip("\n") for item in signatures]


# ── signing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def new_signing_key(name: str) -> tuple[str, str]:
    """A new Ed25519 key as `(secret, verifier key)`, in the forms of Go's `x/mod/sumdb/note`. Raises `BadInput`."""
    seed = secrets.token_bytes(32)
    return signing_key_text(name, seed), NoteSigner(name, seed).vkey


def signing_key_text(name: str, seed: bytes) -> str:
    """A key file's one line. Raises `BadInput` for what is no name or seed."""
    key_id = NoteSigner(name, seed).key_id.hex()
    return f"PRIVATE+KEY+{name}+{key_id}+{encode_base64(bytes([ED25519]) + seed)}"


def read_signing_key(text: str) -> NoteSigner:
    """The signer in a key file. Raises `BadInput`; the secret is never part of what the error says."""
    found = _SKEY.fullmatch(text.strip())
    data = decode_base64(found[3]) if found else None
    if found and data and data[0] == ED25519 and len(data) == 33:
        signer = NoteSigner(found[1], data[1:])
        if signer.key_id.hex() == found[2]:
            return signer
    want = "one line PRIVATE+KEY+<name>+<8 hex digits>+<base64 of an Ed25519 seed>, as `weal access key` writes it"
    raise BadInput(Fault("key", "(not shown)", want, "key"), "signing key")


def sign(text: str, signer: NoteSigner) -> str:
    """One signature line over a request's text. Raises `BadInput` for a text that is not a canonical request."""
    return FORM.sign(text, signer)


def note_of(text: str, lines: list[str]) -> str:
    """The signed note: text, blank line, signatures."""
    return text + "\n" + "".join(f"{line}\n" for line in lines)


def in_words(body: Mapping[str, Any]) -> list[str]:
    """What signing this request means, in plain words, from the request alone."""
    leaves = [
        f"  entry {leaf['index']} ({leaf['kind']}): "
        + (", ".join(leaf["fields"]) or "(the whole)")
        + f"\n    leaf hash {leaf['hash']}"
        for leaf in body["leaves"]
    ]
    what = "read these sealed fields" if body["action"] == DISCLOSE else f"do this: {body['action']}"
    return [
        f"You are asked to approve that {body['requester']} may, once, {what}",
        f"of the log {body['log']}:",
        *leaves,
        f"Legal basis: {body['basis']['code']}: {body['basis']['citation']}",
        f"  (document with SHA-256 {body['basis']['document_sha256']}: compare it with the one you hold)",
        f"Purpose: {body['purpose']}",
        f"Good until {body['expires']}, under the policy {body['policy']['rule']}",
        f"  (text with SHA-256 {body['policy']['sha256']}).",
        "When it is used, the log says in public: which entries, on what legal basis with its citation, when, and",
        "that your organisation approved. It never says what was read.",
    ]


def expired(body: Mapping[str, Any], at: datetime) -> bool:
    """Whether a request is no longer good at an instant: it is good before `expires`, not from then on."""
    return stamp(at) >= str(body["expires"])
