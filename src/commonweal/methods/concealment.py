"""Cell suppression against who knows the rule, its parameters and this algorithm, but not the seed.

A choice of cells that is a function of the table can be inverted: of all tables that agree with what is published, only
those remain whose own choice it would have been, and now and then that is one (R. C.-W. Wong and others, Minimality
attack in privacy preserving data publishing, VLDB 2007). So here the choice is made in two steps.

* Whether cells may stay as they are hidden is asked of what is published alone, never of what is hidden (K. Kenthapadi,
  N. Mishra and K. Nissim, Simulatable auditing, PODS 2005): whatever sensitive count a hidden cell could have, the
  attacker's programme must reach beyond it.
* A secret seed draws cells to hide though nothing asks for it; every set of cells can be drawn. More are added only
  until the first condition holds.

So every whole table that agrees with a release could have led to just this release: had its seed drawn just these
cells, nothing would have been added. Who knows everything but the seed knows no more than the attacker's programme.
That is a statement on what is possible, not on how likely each table is.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from .suppression import (
    NEAR,
    Attacker,
    Counts,
    Mask,
    Problem,
    Values,
    below_threshold,
    cheapest_change,
    known_cells,
    known_group,
    whole_group,
)

DRAWN = 1 / 16


@dataclass(frozen=True, slots=True)
class Terms:
    """Counts below `threshold` are sensitive, and those that leave fewer than `rest_min` of a known group outside.

    An attacker is kept `reach` counts away from each, both ways, but for what everybody knows beforehand.
    """

    threshold: int
    reach: int
    rest_min: int


@dataclass(frozen=True)
class Concealment:
    """A table with its totals (counts, 1 to 3 axes), which of its axes are public, and the terms."""

    table: Counts
    public: tuple[bool, ...]
    terms: Terms

    @property
    def known(self) -> Mask:
        """Cells that everybody knows and that are never hidden."""
        return known_cells(self.table.shape, self.public)

    @property
    def group(self) -> Counts:
        """The most that anybody would think each cell to be."""
        return known_group(self.table, self.public)

    def sensitive(self) -> Mask:
        """Cells that must be hidden. For a published cell that is told by what is published."""
        found = below_threshold(self.table, self.terms.threshold)
        return (found | whole_group(self.table, self.group, self.terms.rest_min)) & ~self.known

    def drawn(self, seed: bytes) -> Mask:
        """Cells that the seed hides, each with the chance `DRAWN`: none that everybody knows to be nought."""
        chances = _uniform(seed, "drawn", self.table.size).reshape(self.table.shape)
        return np.asarray((chances < DRAWN) & ~self.known & (self.group > 0))

    def exposed(self, hidden: Mask) -> list[tuple[int, int]]:
        """What an attacker comes too near to: (flat index, count that it must be able to be as well).

        Depends on the published cells only. Sensitive counts that are published are not looked for.
        """
        attacker, found = Attacker(self._problem(), hidden), []
        for cell in map(int, np.flatnonzero(hidden)):
            low, high = (round(bound) for bound in _rounded(attacker.bounds(cell)))
            group = int(self.group.flat[cell])
            count = np.arange(max(low, 1), high + 1)
            could = count[(count < self.terms.threshold) | (group - count < self.terms.rest_min)]
            if could.size:
                least, most = max(int(could[0]) - self.terms.reach, 0), min(int(could[-1]) + self.terms.reach, group)
                found += [(cell, least)] if low > least else []
                found += [(cell, most)] if high < most else []
        return found

    def closed(self, hidden: Mask, seed: bytes) -> Mask:
        """Hidden cells with as many more as it takes; just `hidden` where nothing is exposed.

        Which ones is decided by the seed, cheap and small ones first. Raises `ValueError` where nothing helps.
        """
        begun, hidden = hidden, hidden.copy()
        prices = -np.log(_uniform(seed, "price", self.table.size))
        try:
            while exposed := self.exposed(hidden):
                before = int(hidden.sum())
                for cell, wanted in exposed:
                    change = wanted - int(self.table.flat[cell])
                    hidden |= cheapest_change(self._problem(), hidden, cell, change, prices)
                if hidden.sum() == before:
                    raise ValueError("no further cell helps")
        except ValueError:
            hidden = ~self.known
        if self.exposed(hidden):
            raise ValueError("no choice of cells protects: what is known beforehand is too narrow")
        return self._thinned(hidden, begun, seed)

    def _thinned(self, hidden: Mask, begun: Mask, seed: bytes) -> Mask:
        """Without those added that turned out not to be needed, tried in an order that the seed decides.

        Three axes are left as they are: there each question is a programme in whole numbers, seconds of work.
        """
        if self.table.ndim > 2:
            return hidden
        order = np.argsort(_uniform(seed, "order", self.table.size))
        for cell in (int(cell) for cell in order if hidden.flat[cell] and not begun.flat[cell]):
            hidden.flat[cell] = False
            if self.exposed(hidden):
                hidden.flat[cell] = True
        return hidden

    def _problem(self) -> Problem:
        none = np.zeros_like(self.table)
        return Problem(self.table, none.astype(bool), self.known, none, self.group, none, none)


def conceal(table: Counts, public: tuple[bool, ...], terms: Terms, seed: bytes) -> Mask:
    """The cells to hide of a table with totals, by a secret seed (32 random bytes): the same seed, the same cells.

    Raises `ValueError` where nothing protects.
    """
    asked = Concealment(np.asarray(table, dtype=np.int64), public, terms)
    return asked.closed(asked.sensitive() | asked.drawn(seed), seed)


def _uniform(seed: bytes, label: str, size: int) -> Values:
    """Numbers above 0 and up to 1, told by the seed alone and by nobody without it (SHA-256 of seed, label, place)."""
    parts = (sha256(seed + f"|{label}|{at}".encode()).digest()[:8] for at in range(size))
    return np.array([(int.from_bytes(part, "big") + 1) / 2**64 for part in parts])


def _rounded(bounds: tuple[float, float]) -> tuple[float, float]:
    """The whole numbers within bounds."""
    return float(np.ceil(bounds[0] - NEAR)), float(np.floor(bounds[1] + NEAR))
