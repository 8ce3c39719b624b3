"""The samples of a run as they lie in its sealed payload: what each is committed to by, and what it scored.

A first line with the secret of the salts, then a line a sample: its id, its epoch, its SHA-256, and its scores as
numbers by name (absent where it has none); all of it packed with Zstandard. The text of no sample is kept.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import zstandard

from commonweal.kernel import record
from commonweal.kernel.values import BadInput, Fault

from .committing import tree_of
from .formats.log import Sample
from .kinds import SAMPLES, SAMPLES_MAX
from .recomputing import as_number

SECRET_BYTES, LEVEL = 32, 6
UNPACKED_BYTES_MAX = 1 << 30


class _Head(msgspec.Struct):
    secret: str
    version: int = 1


class _Row(msgspec.Struct, array_like=True, gc=False):
    id: str
    epoch: int
    sha256: str
    scores: dict[str, float] = {}


_HEAD, _ROW, _ENCODER = msgspec.json.Decoder(_Head), msgspec.json.Decoder(_Row), msgspec.json.Encoder()


@dataclass(frozen=True)
class Kept:
    """The samples of a run as kept, and the secret of their salts."""

    samples: Sequence[Sample]
    secret: bytes

    def tree(self) -> record.RowTree:
        """The tree that commits to them."""
        return tree_of(self.samples, self.secret)


def written(samples: Sequence[Sample], secret: bytes = b"") -> bytes:
    """The payload of these samples, with a random secret where none is given."""
    secret = secret or os.urandom(SECRET_BYTES)
    lines = [_ENCODER.encode(_Head(secret.hex()))]
    lines += [_ENCODER.encode(_Row(one.id, one.epoch, one.digest.hex(), _numbers(one.scores))) for one in samples]
    return zstandard.ZstdCompressor(level=LEVEL).compress(b"\n".join(lines))


def _numbers(scores: Mapping[str, object]) -> dict[str, float]:
    """The scores that are single numbers; what is none, or not scored, is left out."""
    found = {}
    for name, value in scores.items():
        if not isinstance(value, list | dict) and math.isfinite(number := as_number(value)):
            found[name] = number
    return found


def read(data: bytes) -> Kept:
    """The samples in a payload. Raises `BadInput` where it is not what `written` makes."""
    try:
        told = zstandard.frame_content_size(data)
        if not 0 <= told <= UNPACKED_BYTES_MAX:
            raise ValueError(f"{told} bytes unpacked")
        head, *rows = zstandard.ZstdDecompressor().decompress(data, max_output_size=told).split(b"\n")
        if len(rows) > SAMPLES_MAX:
            raise ValueError(f"{len(rows)} samples")
        secret = bytes.fromhex(_HEAD.decode(head).secret)
        found = [_ROW.decode(one) for one in rows]
        samples = [Sample(one.id, one.epoch, one.scores, bytes.fromhex(one.sha256)) for one in found]
    except (ValueError, zstandard.ZstdError, msgspec.DecodeError, RecursionError) as error:
        raise BadInput(Fault("(payload)", str(error), f"samples as a log makes them ({SAMPLES})", "samples")) from error
    if len(secret) < SECRET_BYTES:
        raise BadInput(Fault("(payload)", f"{len(secret)} bytes", f"a secret of {SECRET_BYTES} bytes or more", "salt"))
    return Kept(samples, secret)
