"""Checkpoints (c2sp.org/tlog-checkpoint): a log's size and root, signed by it as a note."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonweal.kernel.values import BadInput, Fault, RecordFault, shown

from .cosignature import ML_DSA_44
from .merkle import EMPTY_ROOT, HASH_BYTES, SIZE_MAX
from .notes import ED25519, NoteSigner, NoteVerifier, decode_base64, encode_base64, open_note, sign_note

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def decimal(text: str) -> int | None:
    """An ASCII decimal without leading zeroes, up to 2^63 - 1; None for anything else."""
    value = int(text) if _DECIMAL.fullmatch(text) else -1
    return value if 0 <= value <= SIZE_MAX else None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of one log at one size. `extension` lines are opaque; this log writes none."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text. Raises `BadInput` for a checkpoint that no text can stand for."""
        lines = [self.origin, str(self.size), encode_base64(self.root), *self.extension]
        text = "".join(f"{line}\n" for line in lines)
        try:
            faithful = Checkpoint.from_text(text) == self
        except RecordFault as error:
            raise BadInput(Fault("checkpoint", shown(text), error.problem), "checkpoint") from error
        if not faithful:
            raise BadInput(Fault("checkpoint", shown(text), "lines without line breaks"), "checkpoint")
        return text

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Read a note text strictly. Raises `RecordFault` naming the line at fault."""
        found = cls.lenient(text)
        if found.size == 0 and found.root != EMPTY_ROOT:
            raise RecordFault("checkpoint", "size 0 with a root that is not that of the empty tree")
        return found

    @classmethod
    def lenient(cls, text: str) -> Checkpoint:
        """Read a note text whose size may be 0 with any root: a witness answers that by a status of its own."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "":
            raise RecordFault("checkpoint", "needs the three lines origin, size and root, each ended by a newline")
        if "" in lines:
            raise RecordFault("checkpoint", f"line {lines.index('') + 1} is empty")
        size, root = decimal(lines[1]), decode_base64(lines[2])
        if size is None:
            raise RecordFault("checkpoint", f"size {shown(lines[1])!r} is not a decimal without leading zeroes")
        if root is None or len(root) != HASH_BYTES:
            raise RecordFault("checkpoint", f"root {shown(lines[2])!r} is not the base64 of {HASH_BYTES} bytes")
        return cls(lines[0], size, root, tuple(lines[3:]))

    def signed(self, signer: NoteSigner | Sequence[NoteSigner]) -> bytes:
        """The checkpoint as a note, signed by one key or several."""
        return sign_note(self.text(), signer)


def is_log_key(verifier: NoteVerifier, origin: str) -> bool:
    """Whether a key is one that the log `origin` itself signs with, and not a witness's."""
    return verifier.kind == ED25519 or (verifier.kind == ML_DSA_44 and verifier.name == origin)


def open_checkpoint(data: bytes, verifiers: Iterable[NoteVerifier], origin: str) -> Checkpoint:
    """Verify a signed checkpoint of the log `origin`. Raises `RecordFault`.

    At least one *log* key among `verifiers` must have signed it (Ed25519, or ML-DSA-44 under the origin as its name);
    cosignatures by known witnesses are verified too, but a witness's signature never stands in for the log's.
    """
    try:
        note = open_note(data, verifiers)
    except RecordFault as error:
        raise RecordFault("checkpoint", error.problem) from error
    if not any(is_log_key(verifier, origin) for verifier in note.signed):
        raise RecordFault("checkpoint", "only witnesses signed it, not the log")
    found = Checkpoint.from_text(note.text)
    if found.origin != origin:
        raise RecordFault("checkpoint", f"is of the log {shown(found.origin)!r}, not of {shown(origin)!r}")
    return found
