"""The witness protocol (c2sp.org/tlog-witness), without storage or network.

A witness remembers, for each log that it knows, the largest tree it has cosigned; it cosigns a checkpoint only if the
log proves that this tree is the beginning of the new one. `admit` does what needs no memory, `decide` the rest; an
engine calls `decide` under a lock and keeps what it gives *before* anything is answered.

Decided here by the specification of today: an unknown origin is 404 (older witnesses said 403); a size that is not the
witness's is 409 before anything is said about roots or proofs; a tree of size 0 has the root of the empty tree or 422.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from commonweal.kernel.values import RecordFault, shown

from .checkpoint import Checkpoint, decimal
from .merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from .notes import Cosigner, Note, NoteVerifier, decode_base64, encode_base64, open_note, signature_of

PROOF_LINES_MAX = 63
REQUEST_BYTES_MAX = 256 * 1024
ANSWER_BYTES_MAX = 64 * 1024
SIZE_MEDIA = "text/x.tlog.size"
TEXT_MEDIA = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request for a cosignature: the size the witness is taken to hold, the proof from there, the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def dumps(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old}", *(encode_base64(item) for item in self.proof)]
        return ("\n".join(lines) + "\n\n").encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        """Read a request's body strictly. Raises `RecordFault`."""
        if len(body) > REQUEST_BYTES_MAX:
            raise RecordFault("request", f"has {len(body)} bytes; at most {REQUEST_BYTES_MAX} are read")
        head, blank, note = body.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        old = decimal(lines[0].removeprefix("old ")) if blank and lines[0].startswith("old ") else None
        if old is None:
            raise RecordFault("request", f"must begin with a line like 'old 17', saw {shown(lines[0])!r}")
        if len(lines) - 1 > PROOF_LINES_MAX:
            raise RecordFault("request", f"has {len(lines) - 1} proof lines; at most {PROOF_LINES_MAX} are allowed")
        hashes = [decode_base64(line) or b"" for line in lines[1:]]
        if bad := [line for line, value in zip(lines[1:], hashes, strict=True) if len(value) != HASH_BYTES]:
            raise RecordFault("request", f"proof line {shown(bad[0])!r} is not the base64 of {HASH_BYTES} bytes")
        return cls(old, tuple(hashes), note)


@dataclass(frozen=True, slots=True)
class Seen:
    """The largest tree of a log that a witness has cosigned: size, root, POSIX time, and the cosigned checkpoint."""

    size: int
    root: bytes
    time: int
    note: bytes


NEVER = Seen(0, EMPTY_ROOT, 0, b"")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said over HTTP: a status and a text."""

    status: int
    body: bytes
    media: str = TEXT_MEDIA


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request whose checkpoint is signed by the log it names; whether it may be cosigned depends on what was seen."""

    request: AddCheckpoint
    checkpoint: Checkpoint
    text: bytes
    lines: bytes

    @property
    def origin(self) -> str:
        return self.checkpoint.origin


class WitnessPort(Protocol):
    """How a log speaks to a witness at its submission prefix. Raises `Busy` when it cannot be reached in time."""

    def add_checkpoint(self, url: str, body: bytes) -> Answer: ...

    def checkpoint(self, url: str, origin: str) -> bytes | None:
        """The newest checkpoint of a log that the witness cosigned; None where it has none or does not say."""


class Witness(Protocol):
    """This authority as a witness for other logs, over whatever keeps what it has cosigned."""

    @property
    def cosigners(self) -> tuple[Cosigner, ...]: ...

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs it knows."""

    def add_checkpoint(self, body: bytes, now: int) -> Answer:
        """Answer a request; what is answered with 200 is on disk before this returns. `now` is POSIX seconds."""

    def checkpoint(self, hashed: str) -> bytes:
        """The newest cosigned checkpoint of a log, by the SHA-256 of its origin in hex. Raises `NotFound`."""

    def seen(self) -> dict[str, Seen]:
        """The largest tree cosigned for each log, by origin."""

    def close(self) -> None: ...


def origin_hash(origin: str) -> str:
    """How a witness's reading address names a log."""
    return sha256(origin.encode()).hexdigest()


def by_origin(logs: Sequence[NoteVerifier]) -> dict[str, list[NoteVerifier]]:
    """The keys a witness trusts, by origin: a log's key has the origin as its name."""
    found: dict[str, list[NoteVerifier]] = {}
    for verifier in logs:
        found.setdefault(verifier.name, []).append(verifier)
    return found


def admit(body: bytes, logs: Mapping[str, Sequence[NoteVerifier]]) -> Admitted | Answer:
    """What can be judged without memory: form (400), origin (404), the log's signature (403), order of sizes (400)."""
    try:
        request = AddCheckpoint.parse(body)
        origin = _origin(request.note)
    except RecordFault as error:
        return _refusal(400, str(error))
    if origin not in logs:
        return _refusal(404, f"unknown log {shown(origin)}")
    try:
        note = open_note(request.note, logs[origin])
    except RecordFault as error:  # a signature line that cannot be read is no signature of a trusted key either
        return _refusal(403, f"invalid signature: {error.problem}")
    try:
        checkpoint = Checkpoint.lenient(note.text)
    except RecordFault as error:
        return _refusal(400, str(error))
    if request.old > checkpoint.size:
        return _refusal(400, f"old size {request.old} is larger than the checkpoint's {checkpoint.size}")
    return Admitted(request, checkpoint, note.text.encode(), _lines_of(note))


def decide(asked: Admitted, seen: Seen | None, cosigners: Sequence[Cosigner], now: int) -> tuple[Answer, Seen | None]:
    """The answer, and what must be remembered before it is given (None: nothing changes).

    `now` is POSIX seconds; a clock that has gone back does not make a larger tree look older than a smaller one.
    """
    request, new = asked.request, asked.checkpoint
    latest = seen or NEVER
    if request.old != latest.size:
        return Answer(409, b"%d\n" % latest.size, SIZE_MEDIA), None
    if new.size == 0 and new.root != EMPTY_ROOT:
        return _refusal(422, "a tree of size 0 must have the root of the empty tree"), None
    try:
        verify_consistency(request.old, new.size, request.proof, latest.root, new.root)
    except RecordFault as error:
        return _refusal(422, f"the consistency proof does not verify: {error.problem}"), None
    time = max(now, latest.time)
    lines = "".join(cosigner.signature(asked.text, time).line for cosigner in cosigners).encode()
    return Answer(200, lines), Seen(new.size, new.root, time, asked.text + b"\n" + asked.lines + lines)


def cosignatures_in(answer: bytes, text: bytes, verifier: NoteVerifier) -> list[str]:
    """The signature lines of a witness's answer that are by the key asked for.

    Lines by keys that are not known are ignored. Raises `RecordFault` when there is none, or one does not verify.
    """
    found = []
    body = answer.decode("utf-8", "replace")
    for line in body[:-1].split("\n") if body.endswith("\n") else []:
        signature = signature_of(line)
        if (signature.name, signature.key_id) != (verifier.name, verifier.key_id):
            continue
        if not verifier.verifies(text, signature.value) or not verifier.time_of(signature.value):
            raise RecordFault("cosignature", f"of {verifier.name} does not verify")
        found.append(signature.line)
    if not found:
        raise RecordFault("cosignature", f"the answer holds none by {verifier.name}+{verifier.key_id.hex()}")
    return found


def _origin(note: bytes) -> str:
    """The first line of a note that has a text and signature lines at all. Raises `RecordFault`."""
    text, blank, tail = note.rpartition(b"\n\n")
    if not text or not blank or not tail.endswith(b"\n"):
        raise RecordFault("request", "holds no checkpoint with signature lines after the proof")
    return text.partition(b"\n")[0].decode("utf-8", "replace")


def _lines_of(note: Note) -> bytes:
    """The signature lines of a log's own keys, which the witness has verified."""
    keys = {(item.name, item.key_id) for item in note.signed}
    return "".join(item.line for item in note.signatures if (item.name, item.key_id) in keys).encode()


def _refusal(status: int, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode())
