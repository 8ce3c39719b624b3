"""The samples of a run as they lie in its sealed payload (`indicators.read_attempts`): what commits to each, and its
scores. The text of no sample is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from commonweal.kernel import indicators, record
from commonweal.kernel.indicators import Attempt
from commonweal.kernel.values import BadInput, Fault

from . import scores
from .committing import tree_of
from .formats.log import Sample

TRAITS_MAX, TRAIT_MAX = 20, 200


def has_words(format_: str) -> bool:
    """Whether the scores of a format may be words that stand for numbers."""
    return format_ == "inspect"


def is_apart(format_: str) -> bool:
    """Whether a log of a format may hold several tests, of which each sample names every score that it is about.

    Of the others a sample that lacks a score that another has lacks it: an Inspect scorer may say nothing.
    """
    return format_ in ("every_eval_ever", "garak", "lm_eval")


@dataclass(frozen=True)
class Kept:
    """The samples of a run as kept, the secret of their salts, and the version of what commits to them."""

    samples: Sequence[Attempt]
    secret: bytes
    version: int = indicators.ATTEMPTS_VERSION
    apart: bool = False

    def tree(self) -> record.RowTree:
        """The tree that commits to them."""
        return tree_of(self.samples, self.secret, self.version)

    def fingerprint(self) -> str:
        """What tells these samples from others, in whichever order and file they lie: a SHA-256 over theirs."""
        return sha256("\n".join(sorted(one.sha256 for one in self.samples)).encode()).hexdigest()

    def repeats(self) -> list[list[str]]:
        """The items that are given again under another id: the ids of each, in the order of the log."""
        by_key: dict[str, list[str]] = {}
        for item, key in indicators.item_keys(self.samples).items():
            by_key.setdefault(key, []).append(item)
        return [ids for ids in by_key.values() if len(ids) > 1]

    def counts(self) -> dict[str, int]:
        """What is counted of these samples, by the names of a run's fields."""
        return {
            "items": len({one.item for one in self.samples}),
            "errors": sum(one.failed for one in self.samples),
            "invalidated": sum(one.invalidated for one in self.samples),
            "edited": sum(bool(one.edited) for one in self.samples),
            "repeated": sum(len(ids) - 1 for ids in self.repeats()),
        }


def attempt_of(sample: Sample, words: bool) -> Attempt:
    """A sample of a log as it is kept; with `words`, its scores may be words that its tool has numbers for."""
    return Attempt(
        sample.id,
        sample.epoch,
        sample.digest.hex(),
        scores.numbers(sample.scores, words),
        scores.said(sample.scores),
        sample.given.hex(),
        sample.target.hex(),
        bool(sample.invalidated),
        bool(sample.error),
        sample.edited,
        traits_of(sample),
    )


def traits_of(sample: Sample) -> dict[str, str]:
    """What a log says of an item by which it may lie together with others, as texts; a number with a fraction is none,
    and what is long is kept as its SHA-256."""
    told = {name: str(value) for name, value in sample.traits.items() if isinstance(value, str | int)}
    kept = [(name, value) for name, value in told.items() if value and len(name) <= TRAIT_MAX][:TRAITS_MAX]
    return {name: value if len(value) <= TRAIT_MAX else sha256(value.encode()).hexdigest() for name, value in kept}


def written(samples: Iterable[Sample], format_: str, secret: bytes = b"") -> bytes:
    """The payload of the samples of a log of this format, with a random secret where none is given."""
    found = (attempt_of(one, has_words(format_)) for one in samples)
    return indicators.write_attempts(found, secret or os.urandom(indicators.SECRET_BYTES), apart=is_apart(format_))


def read(data: bytes) -> Kept:
    """The samples in a payload. Raises `BadInput` where it is not what `written` makes."""
    found = indicators.read_attempts(data)
    bad = next((one for one in found.attempts if not _is_digest(one.sha256)), None)
    if bad is not None:
        raise BadInput(Fault("(payload)", bad.sha256, "a SHA-256 in hexadecimal of each sample", "samples"))
    return Kept(found.attempts, found.secret, found.version, found.apart)


def _is_digest(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True
