"""Offline proofs (c2sp.org/tlog-proof@v1): one file that shows a stranger that something was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commonweal.kernel.values import RecordFault, shown

from .checkpoint import Checkpoint, decimal, open_checkpoint
from .merkle import HASH_BYTES, leaf_hash, verify_inclusion
from .notes import NOTE_BYTES_MAX, NoteVerifier, decode_base64, encode_base64

HEADER = "c2sp.org/tlog-proof@v1"
MEDIA_SUFFIX = ".tlog-proof"
PROOF_BYTES_MAX = NOTE_BYTES_MAX + 100_000
_HASHES_MAX = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Leaf `index`, its inclusion proof, and the signed checkpoint it leads to. `extra` is not authenticated."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def text(self) -> str:
        """The proof as the text of a `.tlog-proof` file."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [encode_base64(item) for item in self.hashes]
        return "\n".join([*lines, "", self.checkpoint.decode()])

    def dumps(self) -> bytes:
        """The proof as the bytes of a `.tlog-proof` file."""
        return self.text().encode()

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """Read a proof file strictly, nothing verified. Raises `RecordFault` naming the line at fault."""
        if len(data) > PROOF_BYTES_MAX:
            raise RecordFault("proof", f"has {len(data)} bytes; at most {PROOF_BYTES_MAX} are read")
        head, blank, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise RecordFault("proof", f"holds a byte that is not ASCII at {error.start}") from error
        if not blank or lines.pop(0) != HEADER:
            raise RecordFault("proof", f"must begin with the line {HEADER} and hold a blank line")
        extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else b""
        index = decimal(lines[0].removeprefix("index ")) if lines and lines[0].startswith("index ") else None
        if index is None:
            raise RecordFault("proof", f"needs a line like 'index 17', saw {shown(lines[0] if lines else '')!r}")
        return cls(index, tuple(_hashes(lines[1:])), checkpoint, extra)

    def verify(self, leaf_bytes: bytes, verifiers: Iterable[NoteVerifier], origin: str) -> Checkpoint:
        """Check that `leaf_bytes` stands at `index` in a tree that the log `origin` signed.

        Returns the checkpoint. Raises `RecordFault`.
        """
        found = open_checkpoint(self.checkpoint, verifiers, origin)
        verify_inclusion(leaf_hash(leaf_bytes), self.index, found.size, self.hashes, found.root)
        return found


def _extra(line: str) -> bytes:
    extra = decode_base64(line.removeprefix("extra "))
    if not extra:
        raise RecordFault("proof", f"line {shown(line)!r} holds no base64 data")
    return extra


def _hashes(lines: list[str]) -> list[bytes]:
    if len(lines) > _HASHES_MAX:
        raise RecordFault("proof", f"has {len(lines)} hashes; no tree needs more than {_HASHES_MAX}")
    found = []
    for line in lines:
        value = decode_base64(line)
        if value is None or len(value) != HASH_BYTES:
            raise RecordFault("proof", f"line {shown(line)!r} is not the base64 of {HASH_BYTES} bytes")
        found.append(value)
    return found
