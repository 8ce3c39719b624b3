"""The signed envelope of an approval: what a person's key signs, so that the voice is theirs and counts once.

The text is two lines: `commonweal/approval/v1`, and a statement in its RFC 8785 form; then, as in any C2SP signed note,
a blank line and one signature line by an Ed25519 key. The key's name in that line is its identifier
(`ed25519-<16 hex digits of SHA-256 of the key>`), which the record has registered to one person (`approvers`).
The statement names the log, the case, the playbook by its SHA-256, the step, the decision, in which role and for which
organisation, the SHA-256 of what was said beside it, when, and a nonce that counts once.
"""

from __future__ import annotations

import secrets
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from commonweal.kernel.authorisations import (
    Line,
    Nonce,
    SignedForm,
    new_nonce,
    note_of,
    open_file,
    signing_key_text,
)
from commonweal.kernel.disclosure.kinds import Filing
from commonweal.kernel.record import NoteSigner, NoteVerifier
from commonweal.kernel.record.notes import Signature, encode_base64, signature_of
from commonweal.kernel.values import BadInput, Fault, RecordFault, Text, instant, quoted, shown, stamp

from .cases import Case
from .passkeys import Assertion, Passkey, checked
from .playbooks import Playbook, Step
from .reading import read

HEADER = "commonweal/approval/v1"
ENVELOPE_BYTES_MAX = 8 << 10
CLOCKS_APART_MAX = timedelta(minutes=5)
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:_.\-]{0,95}$")]


class Statement(Filing):
    """What an approver signs. Every field must be given; `statement` is empty where nothing was said."""

    log: Annotated[Line, Field(min_length=1, max_length=200)]
    case: Annotated[Line, Field(min_length=6, max_length=110)]
    playbook: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    step: Annotated[Line, Field(min_length=1, max_length=120)]
    decision: Literal["approve", "refuse"]
    role: Code
    organisation: Code
    statement: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    nonce: Nonce

    @field_validator("at")
    @classmethod
    def _real(cls, value: str) -> str:
        try:
            return stamp(instant(value))
        except BadInput as error:
            raise ValueError(error.faults[0].want) from error


FORM = SignedForm(HEADER, Statement, "approval envelope", ENVELOPE_BYTES_MAX, "not_an_approval")


def approval_text(log: str, case: Case, filing: Mapping[str, Any], at: datetime, *, nonce: str = "") -> str:
    """The text for an approver to sign, with a new nonce (or, in a simulation, one that is given).

    `filing` is the body of `approval.given` that it is for.

    Raises `BadInput` naming every fault.
    """
    body = {
        "log": log,
        "case": case.id,
        "playbook": case.playbook.sha256,
        **{name: filing.get(name) for name in ("step", "decision", "role", "organisation")},
        "statement": digest_of(str(filing.get("statement") or "")),
        "at": stamp(at.replace(microsecond=0)),
        "nonce": nonce or new_nonce(),
    }
    return FORM.text(body)


def digest_of(said: str) -> str:
    """The SHA-256, in hex, of what an approver said; empty for nothing."""
    return sha256(said.encode()).hexdigest() if said else ""


def key_name(public: bytes) -> str:
    """What an approver's Ed25519 key is called: the same as the API calls it."""
    return f"ed25519-{sha256(public).hexdigest()[:16]}"


def signed_by(text: str, signer: NoteSigner) -> str:
    """The envelope: the text with one signature. Raises `BadInput` for a text that is no approval."""
    return note_of(text, [FORM.sign(text, signer)])


def envelope_of(text: str, public: bytes, signature: bytes) -> str:
    """The envelope from its parts, as a browser gives them: the text, the key (32 bytes), the signature (64)."""
    FORM.read(text)
    verifier = NoteVerifier(key_name(public), public)
    line = Signature(verifier.name, verifier.key_id, signature).line.rstrip("\n")
    return note_of(text, [line])


def opened(envelope: str) -> tuple[dict[str, Any], Signature, str]:
    """The statement in an envelope, its one signature and the signed text; nothing is verified but the form.

    Raises `BadInput` naming what is wrong.
    """
    if len(envelope) > ENVELOPE_BYTES_MAX:
        want = f"at most {ENVELOPE_BYTES_MAX} characters"
        raise BadInput(Fault("envelope", f"{len(envelope)} characters", want, "too_large"), "approval envelope")
    text, lines = open_file(envelope.encode("utf-8", "surrogatepass"))
    body = FORM.read(text)
    try:
        if len(lines) != 1 or note_of(text, lines) != envelope:
            raise RecordFault("envelope", f"{len(lines)} signature lines")
        return body, signature_of(lines[0]), text
    except RecordFault as error:
        want = "the text, a blank line and exactly one signature line (c2sp.org/signed-note)"
        raise BadInput(Fault("envelope", error.problem, want, "signature"), "approval envelope") from error


def envelope_by(text: str, passkey: Passkey, assertion: Assertion) -> str:
    """The envelope of a text whose SHA-256 was the challenge of a passkey's assertion."""
    FORM.read(text)
    line = Signature(passkey.name, passkey.line_id, assertion.packed()).line.rstrip("\n")
    return note_of(text, [line])


def signed_faults(text: str, signature: Signature, key: str | Passkey) -> list[Fault]:
    """What is wrong with the signature of a registered key (an Ed25519 key in base64, or a passkey) over a text."""
    if isinstance(key, str):
        want = "a signature of that key over this text"
        right = verifies(text, signature, key)
        return [] if right else [Fault("envelope.signature", shown(signature.name), want, "signature")]
    try:
        if (signature.name, signature.key_id) != (key.name, key.line_id):
            raise BadInput(Fault("key", shown(signature.name), f"the passkey {key.name}", "signature"))
        checked(key, Assertion.unpacked(signature.value), sha256(text.encode()).digest())
    except BadInput as error:
        return [Fault(f"envelope.{fault.where}", fault.seen, fault.want, fault.code) for fault in error.faults]
    return []


def verifies(text: str, signature: Signature, public: str) -> bool:
    """Whether the signature is this registered key's (its 32 bytes in base64) over the text."""
    raw = b64decode(public)
    verifier = NoteVerifier(key_name(raw), raw)
    named = (signature.name, signature.key_id) == (verifier.name, verifier.key_id)
    return named and len(signature.value) == 64 and verifier.verifies(text.encode(), signature.value)


def differences(statement: Mapping[str, Any], body: Mapping[str, Any], playbook: str, log: str) -> list[Fault]:
    """Where what was signed is not what is filed: one fault for each field, with the value signed and the one filed."""
    filed = {
        **{name: body.get(name) for name in ("case", "step", "decision", "role", "organisation")},
        "playbook": playbook,
        "statement": digest_of(str(body.get("statement") or "")),
        **({"log": log} if log else {}),
    }
    return [
        Fault(f"envelope.{name}", shown(statement[name]), f"{shown(want)}, as filed", "not_what_was_signed")
        for name, want in filed.items()
        if statement[name] != want
    ]


def untimely(statement: Mapping[str, Any], entered: datetime, now: datetime) -> Fault | None:
    """The fault of a statement signed before there was anything to approve, or after now (clocks: 5 minutes apart)."""
    at = instant(str(statement["at"]))
    if entered - CLOCKS_APART_MAX <= at <= now + CLOCKS_APART_MAX:
        return None
    want = f"between {stamp(entered)}, when the case came to this step, and now ({stamp(now)})"
    return Fault("envelope.at", str(statement["at"]), want, "untimely")


def new_approver_key() -> tuple[str, str]:
    """A new key for an approver: the secret as a key file holds it, and the public key (32 bytes, in base64)."""
    seed = secrets.token_bytes(32)
    public = NoteSigner("new", seed).verifier.public
    return signing_key_text(key_name(public), seed), encode_base64(public)


def approval_in_words(text: str, playbook: str = "", language: str = "en") -> list[str]:
    """What signing a text means, in plain words, from it and the text of the playbook that it is for alone.

    The playbook is believed because the text names its SHA-256; without it the step is only an identifier. Names are in
    `language`. Raises `BadInput` for a text that is no approval, and for another playbook than it is for.
    """
    statement = FORM.read(text)
    book = _playbook(statement, playbook) if playbook else None
    step = book.steps[statement["step"]] if book else None
    verb = "approve" if statement["decision"] == "approve" else "refuse"
    said = f"  with what you said beside it (SHA-256 {statement['statement']})" if statement["statement"] else ""
    return [
        f"You {verb} the step {_named(step.name, language) if step else ''}{statement['step']}",
        f"of the case {statement['case']} in the log {statement['log']},",
        f"in the role of {statement['role']} and for {statement['organisation']}, at {statement['at']},",
        f"under the playbook {_named(book.name, language) if book else ''}with SHA-256 {statement['playbook']}.",
        *([said] if said else []),
        *(_meant(book, step, language) if book and step else []),
        "The log says in public that your organisation did, in which role and when; your name stays sealed.",
    ]


def is_for_step(text: str, playbook: str, named: str) -> bool:
    """Whether a text is for the step of this identifier or (as its playbook calls it) name, or beginning of one."""
    statement = FORM.read(text)
    names = _playbook(statement, playbook).steps[statement["step"]].name.values() if playbook else ()
    return any(name.casefold().startswith(named.strip().casefold()) for name in (statement["step"], *names))


def _playbook(statement: Mapping[str, Any], text: str) -> Playbook:
    """The playbook that a statement is for, from its text."""
    found = read(text)
    if found.sha256 != statement["playbook"]:
        want = f"the playbook that the text is for: {statement['playbook']}"
        raise BadInput(Fault("playbook", f"SHA-256 {found.sha256}", want, "another_playbook"), "approval envelope")
    if statement["step"] not in found.steps:
        raise BadInput(Fault("step", shown(statement["step"]), "a step of this playbook"), "approval envelope")
    return found


def _named(name: Text, language: str) -> str:
    return f"{quoted(shown(name[language]))}, "


def _meant(book: Playbook, step: Step, language: str) -> Iterator[str]:
    """What the playbook says of a step that is to be approved, and what follows on either answer."""
    why, after = step.extension.proportionality, {"If it is approved": step.next, "If it is refused": step.on_failure}
    told = {
        "What it is": step.description,
        "On the basis of": step.extension.legal_basis,
        "Why it is proportionate": why and why.statement,
        "Why nothing less would do": why and why.least_intrusive,
        **{words: book.steps[to].name for words, to in after.items() if to in book.steps},
    }
    for words, what in told.items():
        if what and what[language]:
            yield f"{words}: {what[language]}"
    if step.extension.irreversible or (step.next in book.steps and book.steps[step.next].extension.irreversible):
        yield "It cannot be undone."


def filing_of(envelope: str, said: str = "") -> dict[str, Any]:
    """The body of `approval.given` that an envelope is for; `said` is the statement whose digest was signed.

    Raises `BadInput`.
    """
    statement, _, _ = opened(envelope)
    names = ("case", "step", "decision", "role", "organisation")
    return {**{name: statement[name] for name in names}, "statement": said, "envelope": envelope}
