"""How one text became another, word by word: what stayed, what was taken out, what was put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Change = Literal["same", "gone", "new"]
PAIRS_MAX = 1 << 20
_WORDS = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+\s*|[^\w\s]\s*|\s+")
_SENTENCES = re.compile(r"[^.!?。！？\n]+[.!?。！？\n]*|[.!?。！？\n]+")


def spans(before: str, after: str) -> list[tuple[Change, str]]:
    """The pieces of both texts in order; `same` and `gone` make up the one, `same` and `new` the other.

    Words, Chinese characters and signs are compared; where that would be more than `PAIRS_MAX` pairs, sentences, and
    where that would be too, all between what both begin and end with counts as changed.
    """
    found: list[tuple[Change, str]] = []
    for parts in (_WORDS, _SENTENCES):
        old, new = parts.findall(before), parts.findall(after)
        head = _alike(old, new)
        tail = _alike(old[head:][::-1], new[head:][::-1])
        middle = old[head : len(old) - tail], new[head : len(new) - tail]
        if len(middle[0]) * len(middle[1]) <= PAIRS_MAX:
            found = [("same", "".join(old[:head])), *_compared(*middle), ("same", "".join(old[len(old) - tail :]))]
            break
    else:
        gone, put = ("".join(part) for part in middle)
        found = [("same", "".join(old[:head])), ("gone", gone), ("new", put), ("same", "".join(old[len(old) - tail :]))]
    groups = groupby(found, key=lambda one: one[0])
    joined: list[tuple[Change, str]] = [(change, "".join(words for _, words in group)) for change, group in groups]
    return [(change, words) for change, words in joined if words]


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """With how many of the same pieces both begin."""
    return next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
                min(len(old), len(new)))  # fmt: skip


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Change, str]]:
    for tag, begin, end, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(old[begin:end])
        else:
            yield "gone", "".join(old[begin:end])
            yield "new", "".join(new[start:stop])
