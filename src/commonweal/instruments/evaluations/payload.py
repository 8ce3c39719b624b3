"""The samples of a run as they lie in its sealed payload (`indicators.read_attempts`): what commits to each, and its
scores. The text of no sample is kept."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commonweal.kernel import indicators, record
from commonweal.kernel.values import BadInput, Fault

from .committing import tree_of
from .formats.log import Sample
from .recomputing import as_number


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
    found = (indicators.Attempt(one.id, one.epoch, one.digest.hex(), _numbers(one.scores)) for one in samples)
    return indicators.write_attempts(found, secret or os.urandom(indicators.SECRET_BYTES))


def _numbers(scores: Mapping[str, object]) -> dict[str, float]:
    """The scores that are single numbers; what is none, or not scored, is left out."""
    found = {}
    for name, value in scores.items():
        if not isinstance(value, list | dict) and math.isfinite(number := as_number(value)):
            found[name] = number
    return found


def read(data: bytes) -> Kept:
    """The samples in a payload. Raises `BadInput` where it is not what `written` makes."""
    secret, found = indicators.read_attempts(data)
    try:
        samples = [Sample(one.item, one.epoch, one.scores, bytes.fromhex(one.sha256)) for one in found]
    except ValueError as error:
        raise BadInput(Fault("(payload)", str(error), "a SHA-256 in hexadecimal of each sample", "samples")) from error
    return Kept(samples, secret)
