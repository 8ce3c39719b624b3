"""A case as the argument that it is: what stands, what is defeated and by what, computed from what is known.

An element counts by itself as far as something is known of it. A claim or a strategy is open until something supports
it; evidence is as its entry in the record says; contexts, assumptions and justifications hold as stated until what they
are bound to says otherwise. An away element stands as what it cites stands, and as the contract that it is under does;
a module that another names stands as all that it claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from commonweal.methods.arguments import (
    FAILED,
    HELD,
    ON_ATTACK,
    ON_ELEMENT,
    ON_SUPPORT,
    OPEN,
    Argument,
    Standing,
    grounded,
)

from .model import CONTEXTUAL, EVIDENCE, Case, Challenge
from .modules import Modular

STANDS, UNDECIDED, DEFEATED = "stands", "open", "defeated"
_WORDS = {HELD: STANDS, OPEN: UNDECIDED, FAILED: DEFEATED}


@dataclass(frozen=True)
class Weighed:
    """A case with what is found of it: `argument` has the elements in the case's order."""

    case: Case
    argument: Argument

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where each element stands in the arrays."""
        return {element.id: number for number, element in enumerate(self.case.elements)}

    @cached_property
    def standing(self) -> Standing:
        """What is found of every element and challenge."""
        return grounded(self.argument)

    def status(self, element: str) -> str:
        """`stands`, `open` or `defeated`."""
        return _WORDS[int(self.standing.elements[self.place[element]])]

    def answered(self, challenge: int) -> bool:
        """Whether a challenge, by its place in the case, is itself defeated."""
        return int(self.standing.attacks[challenge]) == FAILED

    def because(self, element: str) -> list[str]:
        """The elements through which defeat came to this one, from its first cause; empty where it is not defeated.

        The first may be an element that failed by itself, or the source of a challenge that stands.
        """
        if self.status(element) != DEFEATED:
            return []
        system, found = self.argument.system, list[str]()
        for statement in reversed(self.standing.chain(self.place[element])):
            number = statement
            if statement >= system.attack:
                number = int(self.argument.attacks[statement - system.attack][0])
            if number < system.elements and (name := self.case.elements[number].id) not in found:
                found.append(name)
        return found


def weighed(case: Case, known: Mapping[str, int] | None = None, *, unbound: int = OPEN) -> Weighed:
    """A checked case, weighed. `known`: `HELD`, `OPEN` or `FAILED` of elements by id; `unbound`: evidence not in it."""
    place = {element.id: number for number, element in enumerate(case.elements)}
    rows = [(place[one.above], place[one.below], one.kind == "in_context_of") for one in case.relations]
    supported = {above for above, _, always in rows if not always}
    modular = Modular(case)
    for element in case.elements:
        if element.cites is not None and (cited := modular.stands_for(element)):
            supported.add(place[element.id])
            rows += [(place[element.id], place[one], True) for one in cited]
    base = np.array([_base(case, number, supported, unbound) for number in range(len(case.elements))], dtype=np.int64)
    for name, value in (known or {}).items():
        if name in place:
            base[place[name]] = value
    need = np.array([-1 if one.needs is None else one.needs for one in case.elements], dtype=np.int64)
    pairs = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    always = np.array([row[2] for row in rows], dtype=bool)
    return Weighed(case, Argument(base, pairs, _attacks(case, place), always, need))


def _base(case: Case, number: int, supported: set[int], unbound: int) -> int:
    element = case.elements[number]
    if element.abstract:
        return OPEN
    if element.kind in CONTEXTUAL or number in supported:
        return HELD
    return unbound if element.kind in EVIDENCE and element.cites is None else OPEN


def _attacks(case: Case, place: Mapping[str, int]) -> np.ndarray:
    relations: dict[tuple[str, str], int] = {}
    for number, relation in enumerate(case.relations):
        relations.setdefault((relation.above, relation.below), number)
    challenges: dict[tuple[str, str], int] = {}
    for number, challenge in enumerate(case.challenges):
        if challenge.target:
            challenges.setdefault((challenge.source, challenge.target), number)
    rows = [(place[one.source], *_on(one, place, relations, challenges)) for one in case.challenges]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _on(
    challenge: Challenge,
    place: Mapping[str, int],
    relations: Mapping[tuple[str, str], int],
    challenges: Mapping[tuple[str, str], int],
) -> tuple[int, int]:
    """What a challenge is about. A relation is named by its two ends, in whichever order they were drawn."""
    if challenge.between is None:
        return ON_ELEMENT, place[challenge.target or ""]
    one, other = challenge.between
    for ends in ((one, other), (other, one)):
        if ends in relations:
            return ON_SUPPORT, relations[ends]
        if ends in challenges:
            return ON_ATTACK, challenges[ends]
    raise KeyError(challenge.between)
