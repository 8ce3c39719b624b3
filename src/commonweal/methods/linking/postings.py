"""An inverted index that grows and shrinks one document at a time: which slot holds which term how often, both ways.

Documents are slots (small whole numbers that the caller hands out and takes back). Only whole numbers are kept, each
list in an order that does not depend on the order of adding, so what is taken out leaves no trace. A number packs a
slot or a term with its count: 24 bits (who uses it sees to that) and 8 bits, so counts end at 255.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

COUNT_MAX = 255
Whole = NDArray[np.int64]
Real = NDArray[np.float64]


class Postings:
    """Terms by slot and slots by term; `pairs` is how many pairs of both there are, `total` the sum of counts."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.terms: list[str] = []
        self.lengths = np.zeros(16, dtype=np.int64)
        self.pairs = self.total = 0
        self._free: list[int] = []
        self._slots: list[array[int]] = []
        self._held: dict[int, array[int]] = {}
        self._many = np.zeros(16, dtype=np.int64)

    def put(self, slot: int, counts: Mapping[str, int]) -> list[tuple[int, str]]:
        """Fill an empty slot with terms and counts (at least 1); what comes back is each new term with its number."""
        new, held = [], array("I")
        for term in sorted(counts):
            number = self.ids.get(term)
            if number is None:
                number = self._numbered(term)
                new.append((number, term))
            count = min(counts[term], COUNT_MAX)
            _insert(self._slots[number], slot << 8 | count)
            self._many[number] += 1
            held.append(number << 8 | count)
        self.lengths = grown(self.lengths, slot)
        self.lengths[slot] = sum(number & COUNT_MAX for number in held)
        self.total += int(self.lengths[slot])
        self.pairs += len(held)
        self._held[slot] = held
        return new

    def take(self, slot: int) -> list[int]:
        """Empty a slot; what comes back is the number of each term that nothing holds any more."""
        gone, held = [], self._held.pop(slot)
        for packed in held:
            number = packed >> 8
            slots = self._slots[number]
            del slots[bisect_left(slots, slot << 8)]
            self._many[number] -= 1
            if not slots:
                gone.append(number)
                del self.ids[self.terms[number]]
                self.terms[number] = ""
                heappush(self._free, number)
        self.total -= int(self.lengths[slot])
        self.pairs -= len(held)
        self.lengths[slot] = 0
        return gone

    @property
    def documents(self) -> int:
        """How many slots are filled, be it with nothing."""
        return len(self._held)

    def many(self, term: str) -> int:
        """How many slots hold a term."""
        number = self.ids.get(term)
        return 0 if number is None else len(self._slots[number])

    def slots(self, term: str) -> tuple[Whole, Whole]:
        """The slots that hold a term, and how often each does."""
        packed = np.frombuffer(self._slots[self.ids[term]], dtype=np.uint32)
        return (packed >> 8).astype(np.int64), (packed & COUNT_MAX).astype(np.int64)

    def held(self, slots: Whole) -> tuple[Whole, Whole, Whole, Whole]:
        """What slots hold, one after the other, each in the order of the terms as text.

        Four arrays: the numbers of the terms, their counts, in how many slots each term is, and where each slot
        begins. A slot that holds nothing has no place here: ask for it and its part belongs to the next.
        """
        parts = [self._held[slot] for slot in slots.tolist()]
        packed = np.frombuffer(b"".join(parts), dtype=np.uint32)
        starts = np.cumsum([0] + [len(part) for part in parts[:-1]])
        numbers = (packed >> 8).astype(np.int64)
        return numbers, (packed & COUNT_MAX).astype(np.int64), self._many[numbers], starts

    def _numbered(self, term: str) -> int:
        if self._free:
            number = heappop(self._free)
            self.terms[number] = term
        else:
            number = len(self.terms)
            self.terms.append(term)
            self._slots.append(array("I"))
            self._many = grown(self._many, number)
        self.ids[term] = number
        return number


def grown(values: Whole, place: int) -> Whole:
    """The same array, or one of twice its length or more, zeros behind, where the place is beyond its end."""
    return values if place < len(values) else np.concatenate([values, np.zeros(max(len(values), place), np.int64)])


def _insert(ordered: array[int], value: int) -> None:
    if not ordered or ordered[-1] < value:
        ordered.append(value)
    else:
        ordered.insert(bisect_left(ordered, value), value)
