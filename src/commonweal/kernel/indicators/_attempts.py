"""Attempts at the items of an evaluation, as the sealed payload of a run holds them.

A first line with the secret of the salts under which each attempt is committed to, then a line an attempt: its item,
which attempt at it, the SHA-256 of what the log holds of it, and its scores as numbers by name (absent where it has
none); all of it packed with Zstandard. Who takes a log in writes this; whoever weighs what came of it reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import zstandard

from commonweal.kernel.values import BadInput, Fault

ATTEMPTS = "samples"
"""The name of that payload."""
ATTEMPTS_MAX = 2_000_000
SECRET_BYTES, LEVEL = 32, 6
UNPACKED_BYTES_MAX = 1 << 30


class Attempt(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One attempt: the item's id, which attempt at it (from 1), its SHA-256 in hexadecimal, and its scores."""

    item: str
    epoch: int
    sha256: str
    scores: Mapping[str, float] = {}


class _Head(msgspec.Struct):
    secret: str
    version: int = 1


_HEAD, _ROW, _ENCODER = msgspec.json.Decoder(_Head), msgspec.json.Decoder(Attempt), msgspec.json.Encoder()


def write_attempts(attempts: Iterable[Attempt], secret: bytes) -> bytes:
    """The payload of these attempts."""
    lines = [_ENCODER.encode(_Head(secret.hex())), *map(_ENCODER.encode, attempts)]
    return zstandard.ZstdCompressor(level=LEVEL).compress(b"\n".join(lines))


def read_attempts(data: bytes) -> tuple[bytes, Sequence[Attempt]]:
    """The secret and the attempts in a payload. Raises `BadInput` where it is not what `write_attempts` makes."""
    try:
        told = zstandard.frame_content_size(data)
        if not 0 <= told <= UNPACKED_BYTES_MAX:
            raise ValueError(f"{told} bytes unpacked")
        head, *rows = zstandard.ZstdDecompressor().decompress(data, max_output_size=told).split(b"\n")
        if len(rows) > ATTEMPTS_MAX:
            raise ValueError(f"{len(rows)} samples")
        secret, found = bytes.fromhex(_HEAD.decode(head).secret), [_ROW.decode(one) for one in rows]
    except (ValueError, zstandard.ZstdError, msgspec.DecodeError, RecursionError) as error:
        want = f"samples as a log makes them ({ATTEMPTS})"
        raise BadInput(Fault("(payload)", str(error), want, "samples")) from error
    if len(secret) < SECRET_BYTES:
        raise BadInput(Fault("(payload)", f"{len(secret)} bytes", f"a secret of {SECRET_BYTES} bytes or more", "salt"))
    return secret, found


def by_item(attempts: Iterable[Attempt], score: str) -> list[list[float | None]]:
    """What came of each item under a score, in the order of the log: the score of each attempt, None where none."""
    found: dict[str, list[float | None]] = {}
    for one in attempts:
        found.setdefault(one.item, []).append(one.scores.get(score))
    return list(found.values())
