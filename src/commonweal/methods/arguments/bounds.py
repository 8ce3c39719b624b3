"""Between which bounds the probability lies that all holds on which an element rests: two numbers, never one.

Nobody knows how the doubts of an argument hang together, so the general answer is M. Fréchet's (1935): of events of
which only the probabilities are known, at least `k` happen with a probability between bounds that cannot be improved
(L. Rüger, Scharfe untere und obere Schranken für die Wahrscheinlichkeit der Realisation von k unter n Ereignissen,
Metrika 28, 1981). For a claim that needs all its supports this is R. Bloomfield's and J. Rushby's sum of doubts
(Assessing Confidence with Assurance 2.0, 2022, section 3): doubt in the claim is at most all doubts together. Where an
author states that supports are independent, or that they fail together, the bounds of that element follow from it, and
whoever reads them can see which statement they rest on.

P. Graydon and C. M. Holloway (An investigation of proposed techniques for quantifying confidence in assurance
arguments, Safety Science 92, 2017) show for twelve methods how a single confidence figure hides a fatal doubt among
many small reassurances; so there is no such figure here. The interval is of the *argument*: that what it rests on
holds. The claim may be true although its argument is not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .graph import FAILED, HELD, Argument, System
from .grounded import grounded

UNKNOWN, INDEPENDENT, COMONOTONE = 0, 1, 2
"""How the things that an element rests on hang together: not known, not at all, or the likelier holds wherever a less
likely one does."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bounds:
    """`lower` and `upper` (n) of each element, and `shared`: the elements whose supports were stated to be independent
    and rest on something in common, on one element or on elements that are one thing. Of those the statement cannot be
    so, and it was not used."""

    lower: Floats
    upper: Floats
    shared: tuple[int, ...]


def at_least(
    count: int, lower: Sequence[float], upper: Sequence[float], dependence: int = UNKNOWN
) -> tuple[float, float]:
    """Bounds of the probability that at least `count` of several events happen, of which each has bounds.

    They are the best there are: with `UNKNOWN` dependence Rüger's, of `INDEPENDENT` ones the Poisson binomial's, of
    `COMONOTONE` ones the probability of the count-th likeliest.
    """
    if count <= 0:
        return 1.0, 1.0
    if count > len(lower):
        return 0.0, 0.0
    if dependence == INDEPENDENT:
        return _poisson_binomial(count, lower), _poisson_binomial(count, upper)
    if dependence == COMONOTONE:
        return sorted(lower)[-count], sorted(upper)[-count]
    doubts = [1 - one for one in lower]
    return max(0.0, 1 - _most(len(lower) - count + 1, doubts)), _most(count, upper)


def _most(count: int, chances: Sequence[float]) -> float:
    """The highest probability with which at least `count` happen (Rüger 1981, theorem 2)."""
    rising = sorted(chances)
    total, best = sum(rising), 1.0
    for left in range(count):
        best = min(best, total / (count - left))
        total -= rising[-1 - left]
    return max(0.0, best)


def _poisson_binomial(count: int, chances: Sequence[float]) -> float:
    if count == len(chances):
        return float(np.prod(chances))
    fewer = np.zeros(count)
    fewer[0] = 1.0
    for chance in chances:
        fewer[1:] = fewer[1:] * (1 - chance) + fewer[:-1] * chance
        fewer[0] *= 1 - chance
    return float(min(1.0, max(0.0, 1 - fewer.sum())))


def bounds(
    argument: Argument,
    lower: ArrayLike,
    upper: ArrayLike,
    dependence: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
    things: Sequence[Collection[int]] | None = None,
) -> Bounds:
    """Bounds of every element, from the bottom up.

    Challenges count through what stands: an answered one leaves the bounds as they are. `lower`, `upper` (n): of each
    element by itself: of evidence, that it holds; of a claim or a strategy, that the step
    to it from what it rests on is sound. `dependence` (n) is of an element's step and supports together, `UNKNOWN`
    where nothing is given. `labels` (n): what `grounded` found, computed where not given: what is defeated has [0, 0],
    what is undecided begins at 0. `things` (n): of each element the numbers, from 0, of the things outside the argument
    that it is evidence of: elements with one in common are not independent. Raises `ValueError` for bounds that are
    none.
    """
    own_low, own_high = np.asarray(lower, float), np.asarray(upper, float)
    if not ((own_low >= 0) & (own_low <= own_high) & (own_high <= 1)).all() or own_low.shape != (argument.size,):
        raise ValueError("bounds are 0 <= lower <= upper <= 1, one pair an element")
    stated = np.zeros(argument.size, int) if dependence is None else np.asarray(dependence, int)
    found = grounded(argument).elements if labels is None else np.asarray(labels)
    system, size = argument.system, argument.size
    extra = len(system.base) - size
    own = [*own_low.tolist(), *[1.0] * extra]
    low, high = list(own), [*own_high.tolist(), *[1.0] * extra]
    hangs = _stated(system, stated.tolist())
    label = [*found.tolist(), *[HELD] * extra]
    order, shared = _upwards(system), set()
    whole, under = _whole(system, order), _Under(system, order, own, things)
    for statement in order:
        below = system.below[statement]
        meet = under.take(statement)
        if below:
            together = hangs[statement]
            if together == INDEPENDENT and meet:
                shared.add(statement)
                together = UNKNOWN
            low[statement], high[statement] = _step(system, statement, low, high, together)
        if label[statement] != HELD:
            low[statement], high[statement] = 0.0, 0.0 if label[statement] == FAILED else high[statement]
        elif whole[statement] and not system.above[statement] and low[statement] < 1:
            low[statement] = max(low[statement], 1 - under.doubts(statement))
    for statement in set(range(size)) - set(order):
        low[statement] = 0.0
    named = sorted({one if one < size else system.above[one][0] for one in shared})
    return Bounds(np.array(low[:size]), np.array(high[:size]), tuple(named))


def _stated(system: System, stated: list[int]) -> list[int]:
    """How things hang together at each statement: legs that are counted do as their element says."""
    hangs = [*stated, *[UNKNOWN] * (len(system.base) - len(stated))]
    for element, how in enumerate(stated):
        if how != UNKNOWN:
            for below in system.below[element]:
                if below >= system.elements and len(system.below[below]) > 1:
                    hangs[below] = how
    return hangs


def _step(system: System, statement: int, low: list[float], high: list[float], together: int) -> tuple[float, float]:
    """An element's own step and what it rests on. Where only some of that is needed, it is a statement of its own."""
    below, need = system.below[statement], int(system.need[statement])
    lows, highs = [low[one] for one in below], [high[one] for one in below]
    if need == len(below):
        return at_least(need + 1, [low[statement], *lows], [high[statement], *highs], together)
    return at_least(need, lows, highs, together)


def _upwards(system: System) -> list[int]:
    """Statements after all they rest on; those that rest on themselves, and what rests on them, are left out."""
    waits = np.bincount(system.rests[:, 0], minlength=len(system.base)).tolist()
    order = [statement for statement, left in enumerate(waits) if not left]
    for statement in order:
        for above in system.above[statement]:
            waits[above] -= 1
            if not waits[above]:
                order.append(above)
    return order


def _whole(system: System, order: Sequence[int]) -> list[bool]:
    """Whether all that lies below a statement must hold. Where legs are counted, the sum of doubts says nothing."""
    whole = [False] * len(system.base)
    for statement in order:
        below = system.below[statement]
        whole[statement] = int(system.need[statement]) == len(below) and all(whole[one] for one in below)
    return whole


class _Under:
    """What each statement rests on, as bits of one number, kept until all that rests on the statement has been taken.

    Things have the first bits, and statements those after them in their order, so what lies deep has short numbers.
    """

    def __init__(
        self, system: System, order: Sequence[int], own: Sequence[float], things: Sequence[Collection[int]] | None
    ) -> None:
        self._system, self._things = system, things or ()
        self._first = 1 + max((thing for each in self._things for thing in each), default=-1)
        self._doubts = 1 - np.asarray([own[statement] for statement in order], float)
        self._place = {statement: place for place, statement in enumerate(order)}
        self._found: dict[int, int] = {}
        self._left = [len(system.above[statement]) for statement in range(len(system.base))]

    def take(self, statement: int) -> bool:
        """The next statement of the order; whether two of those right below it have something in common."""
        seen, meet = 0, False
        for one in self._system.below[statement]:
            meet = meet or bool(seen & self._found[one])
            seen |= self._found[one]
        for one in self._system.below[statement]:
            self._left[one] -= 1
            if not self._left[one]:
                del self._found[one]
        mine = 1 << (self._first + self._place[statement])
        if statement < len(self._things):
            for thing in self._things[statement]:
                mine |= 1 << thing
        self._found[statement] = seen | mine
        return meet

    def doubts(self, statement: int) -> float:
        """All doubts in a statement that was taken and in what it rests on, each counted once though it serves several
        claims: where all of it must hold, doubts add up."""
        size = len(self._doubts)
        found = self._found[statement] >> self._first
        bits = np.frombuffer(found.to_bytes(size // 8 + 1, "little"), np.uint8)
        return float(self._doubts[np.unpackbits(bits, count=size, bitorder="little").astype(bool)].sum())
