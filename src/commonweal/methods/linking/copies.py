"""Texts that say the same in the same, or nearly the same, words: resemblance by runs of three words.

A. Z. Broder, On the resemblance and containment of documents, Compression and Complexity of Sequences (1997): of two
texts, how many of their runs of words they share. Who writes the same anew in words of their own is not found by it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from .terms import words

RUN = 3
CHARS_MAX = 20_000
Runs = frozenset[tuple[str, ...]]


def runs(text: str) -> Runs:
    """The runs of three words of a text; of one with fewer, the words themselves; none of a text without a word."""
    said = list(words(text, CHARS_MAX))
    return frozenset(tuple(said[at : at + RUN]) for at in range(max(1, len(said) - RUN + 1))) if said else frozenset()


def resemblance(one: Runs, other: Runs) -> float:
    """The share of their runs that two texts have in common, 0 to 1; 0 where one has none."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def alike(texts: Mapping[str, str], least: float) -> dict[str, str]:
    """By text the first, by key, of those that it resembles by `least` (above 0, at most 1), over several steps too.

    No pair is overlooked: of two that resemble each other by `least`, each has one of its rarest runs in the other
    (R. J. Bayardo, Y. Ma and R. Srikant, Scaling up all pairs similarity search, WWW 2007).
    """
    first, said, there = {key: key for key in texts}, dict[str, Runs](), dict[Runs, str]()
    for key, text in sorted(texts.items()):
        if found := runs(text):
            first[key] = there.setdefault(found, key)
            said[first[key]] = found
    for one, other in _candidates(said, least):
        if resemblance(said[one], said[other]) >= least:
            lower, higher = sorted((_root(first, one), _root(first, other)))
            first[higher] = lower
    return {key: _root(first, key) for key in texts}


def _candidates(said: Mapping[str, Runs], least: float) -> Iterator[tuple[str, str]]:
    """Pairs that share one of so many of their rarest runs that none can resemble each other enough without."""
    common = Counter(run for found in said.values() for run in found)
    holding: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, found in said.items():
        rarest = sorted(found, key=lambda run: (common[run], run))
        near: dict[str, None] = {}
        for run in rarest[: len(found) - math.ceil(least * len(found) - 1e-9) + 1]:
            near |= dict.fromkeys(holding[run])
            holding[run].append(key)
        yield from ((other, key) for other in near)


def _root(first: Mapping[str, str], key: str) -> str:
    while first[key] != key:
        key = first[key]
    return key
