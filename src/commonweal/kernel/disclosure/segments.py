"""Sealing of what is too large to be held in memory: AES-256-GCM over segments, in order, with the last one marked.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015), as age and Tink use it: the nonce is the segment's number (11 bytes) and one byte that
says whether it is the last. So no segment can be left out, repeated, moved or cut off unnoticed. Every file has a key
of its own, drawn at random, which is why the nonces may begin at nought.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commonweal.kernel.values import RecordFault

SEGMENT_BYTES = 1 << 16
TAG_BYTES = 16
MAGIC = b"commonweal attachment v1\n"


class Segments:
    """Seals a file piece by piece, under a fresh key (`key`, 32 bytes)."""

    def __init__(self) -> None:
        self.key = os.urandom(32)
        self._aead, self._number = AESGCM(self.key), 0
        self._held = bytearray()

    def feed(self, piece: bytes) -> bytes:
        """The next bytes of the file, for as much ciphertext as is complete by now."""
        self._held += piece
        sealed = [MAGIC] if not self._number and len(self._held) > SEGMENT_BYTES else []
        while len(self._held) > SEGMENT_BYTES:  # one that is full is held back: it may be the last
            sealed.append(self._sealed(bytes(self._held[:SEGMENT_BYTES]), last=False))
            del self._held[:SEGMENT_BYTES]
        return b"".join(sealed)

    def finish(self) -> bytes:
        """The rest of the ciphertext."""
        head = b"" if self._number else MAGIC
        return head + self._sealed(bytes(self._held), last=True)

    def _sealed(self, segment: bytes, *, last: bool) -> bytes:
        sealed = self._aead.encrypt(_nonce(self._number, last), segment, MAGIC)
        self._number += 1
        return sealed


def opened_segments(key: bytes, pieces: Iterable[bytes], where: str) -> Iterator[bytes]:
    """The file again, segment by segment. Raises `RecordFault` at the first that is not as it was sealed."""
    aead, number, full = AESGCM(key), 0, SEGMENT_BYTES + TAG_BYTES
    held, begun = bytearray(), False
    try:
        for piece in pieces:
            held += piece
            if not begun and len(held) >= len(MAGIC):
                if not held.startswith(MAGIC):
                    raise RecordFault(where, "is no sealed attachment")
                del held[: len(MAGIC)]
                begun = True
            while begun and len(held) > full:
                yield aead.decrypt(_nonce(number, False), bytes(held[:full]), MAGIC)
                del held[:full]
                number += 1
        yield aead.decrypt(_nonce(number, True), bytes(held), MAGIC)
    except (InvalidTag, ValueError) as error:
        raise RecordFault(where, "its ciphertext does not open: it was altered") from error


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
