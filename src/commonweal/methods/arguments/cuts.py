"""What would have to fail for an element to stand no longer: its minimal cut sets, smallest first.

As of a fault tree (W. E. Vesely and others, Fault Tree Handbook, NUREG-0492, 1981, ch. VII): an element stands no
longer when its own base fails, when more of its supports fail than it can spare, or when a challenge is no longer
answered. A challenge is answered as long as it is defeated, which may itself rest on evidence: that fails like any
other. What speaks *for* a challenge stays as it is: it is nobody's hope that it fails.

"Stands no longer" and "is no longer defeated" are greatest fixed points, the counterparts of what `grounded` computes,
so they are approached from above where challenges go round in circles. There can be more cut sets than atoms; they are
counted by size, so that an answer is complete up to a size that it states, or says that there are more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from .circles import knots
from .graph import FAILED, HELD, Argument, System, _ints
from .grounded import grounded

Family = frozenset[frozenset[int]]
AT_ONCE: Family = frozenset([frozenset()])
"""It is so as things are: nothing need fail."""
NEVER: Family = frozenset()
LIMIT, SIZE_MAX, WORK_MAX = 1_000, 4, 20_000
TRIES_MAX, TRIED_MAX = 2_000, 200_000
"""So many sets are tried one by one at most, and in an argument of many elements so many elements in all."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Minimal cut sets, each with the elements in order, small ones first, then by element.

    Every minimal cut set of at most `complete` elements is among them; None: every one there is. `more`: there are more
    than are listed, or may be. `shared`: elements that speak for the claim and for a challenge to it as well. That such
    a one fails helps and harms, so a set may be a cut though one within it, that a search by parts would stop at, is
    none: up to `complete` elements all sets were tried one by one, and of larger ones some may be missing. One empty
    set says that the element does not stand as it is.
    """

    sets: tuple[tuple[int, ...], ...]
    complete: int | None
    more: bool
    shared: tuple[int, ...] = ()


class _TooMany(Exception):
    """More sets than may be held at once."""


def minimal_cuts(
    argument: Argument,
    element: int,
    may_fail: ArrayLike | None = None,
    *,
    limit: int = LIMIT,
    size_max: int = SIZE_MAX,
) -> Cuts:
    """What would have to fail for `element` to stand no longer.

    `may_fail` (n): which elements can fail by themselves; without it, those that rest on nothing. At most `limit` sets
    are listed and none of more than `size_max` elements. Time grows with the sets of each size, not beyond what
    `WORK_MAX` sets at one statement take.
    """
    system = argument.system
    basic = np.bincount(argument.supports[:, 0], minlength=argument.size) == 0
    events = basic if may_fail is None else np.asarray(may_fail, bool)
    search = _Search(system, events, element)
    found: Family = NEVER
    complete = 0
    for size in range(1, size_max + 1):
        try:
            family, whole = search.families(size)
        except _TooMany:
            break
        found = family
        if len(family) > limit:
            break
        complete = size
        if whole and not search.shared:
            return Cuts(search.tried(argument, found), None, False)
    listed = search.tried(argument, frozenset(sorted(found, key=_order)[:limit]))
    if search.shared:
        return _one_by_one(argument, search, listed, limit, size_max)
    return Cuts(listed, complete, True)


def _one_by_one(
    argument: Argument, search: _Search, listed: Sequence[tuple[int, ...]], limit: int, size_max: int
) -> Cuts:
    """All sets of a size tried before those of the next, as far as there is time; beyond, those that were `listed`."""
    among, found, complete = search.failing(), list[tuple[int, ...]](), -1
    left = min(TRIES_MAX, TRIED_MAX // argument.size + 1)
    for size in range(min(size_max, len(among)) + 1):
        left -= comb(len(among), size)
        if left < 0 or found == [()]:
            break
        new = [one for one in combinations(among, size) if not _holds(one, found)]
        found += [one for one in new if _falls(argument, search.top[0], one)]
        if len(found) > limit:
            break
        complete = size
    if found == [()] or complete == len(among):
        return Cuts(tuple(found), None, False, search.shared)
    beyond = [one for one in listed if len(one) > complete and not _holds(one, found)]
    return Cuts((*found, *beyond)[:limit], max(complete, 0), True, search.shared)


def _holds(one: Iterable[int], others: Iterable[tuple[int, ...]]) -> bool:
    """Whether a set holds one of others."""
    mine = set(one)
    return any(mine.issuperset(other) for other in others)


def _order(one: frozenset[int]) -> tuple[int, list[int]]:
    return len(one), sorted(one)


def _falls(argument: Argument, element: int, failing: Iterable[int]) -> bool:
    """Whether an element stands no longer when some fail."""
    base = argument.base.copy()
    base[_ints(list(failing))] = FAILED
    changed = Argument(base, argument.supports, argument.attacks, argument.always, argument.need)
    return int(grounded(changed).elements[element]) != HELD


STANDS_NOT, DEFEATED_NOT = 0, 1


class _Search:
    """The families of one element's fall: a node is a statement and which of the two is asked of it."""

    def __init__(self, system: System, events: np.ndarray, element: int) -> None:
        self.system = system
        self.base, self.need = system.base.tolist(), system.need.tolist()
        self.events = set(np.flatnonzero(events).tolist())
        self.top = (element, STANDS_NOT)
        self.nodes = self._reached()
        self.order = self._in_order()
        both = {node for node, side in self.nodes if side == DEFEATED_NOT}
        self.shared = tuple(
            sorted(node for node, side in self.nodes if side == STANDS_NOT and node in both & self.events)
        )

    def failing(self) -> list[int]:
        """What can fail by itself and has to do with the top, in order."""
        return sorted({node for node, _ in self.nodes} & self.events)

    def tried(self, argument: Argument, family: Family) -> tuple[tuple[int, ...], ...]:
        """The sets in order; those with a shared element only where the top falls with them."""
        mixed, sets = set(self.shared), [tuple(sorted(one)) for one in sorted(family, key=_order)]
        return tuple(one for one in sets if not mixed & set(one) or _falls(argument, self.top[0], one))

    def _next(self, node: tuple[int, int]) -> list[tuple[int, int]]:
        statement, side = node
        return [
            *((below, side) for below in self.system.below[statement]),
            *((attacker, 1 - side) for attacker in self.system.attackers[statement]),
        ]

    def _reached(self) -> dict[tuple[int, int], int]:
        place = {self.top: 0}
        stack = [self.top]
        while stack:
            for node in self._next(stack.pop()):
                if node not in place:
                    place[node] = len(place)
                    stack.append(node)
        return place

    def _in_order(self) -> list[list[tuple[int, int]]]:
        """Knots of nodes, those that others depend on first."""
        nodes = list(self.nodes)
        following = [[self.nodes[other] for other in self._next(node)] for node in nodes]
        return [[nodes[one] for one in knot] for knot in knots(len(nodes), following)]

    def families(self, size: int) -> tuple[Family, bool]:
        """The top's sets of at most `size` elements, and whether none was left out for its size on the way."""
        known: dict[tuple[int, int], Family] = dict.fromkeys(self.nodes, AT_ONCE)
        self._whole, self._size = True, size
        for knot in self.order:
            changed = True
            while changed:
                changed = False
                for node in knot:
                    family = self._family(node, known)
                    changed = changed or family != known[node]
                    known[node] = family
                changed = changed and (len(knot) > 1 or knot[0] in self._next(knot[0]))
        return known[self.top], self._whole

    def _family(self, node: tuple[int, int], known: dict[tuple[int, int], Family]) -> Family:
        statement, side = node
        below = [known[(one, side)] for one in self.system.below[statement]]
        attackers = [known[(one, 1 - side)] for one in self.system.attackers[statement]]
        need = self.need[statement]
        if side == STANDS_NOT:
            if self.base[statement] != HELD:
                return AT_ONCE
            own = [frozenset([frozenset([statement])])] if statement in self.events else []
            return self._union([*own, self._enough(below, len(below) - need + 1), *attackers])
        if self.base[statement] == FAILED:
            return NEVER
        return self._enough([self._enough(below, need), *attackers], 1 + len(attackers))

    def _enough(self, families: list[Family], count: int) -> Family:
        """The sets that make `count` of several things come about."""
        if count <= 0:
            return AT_ONCE
        if count > len(families):
            return NEVER
        if count == 1:
            return self._union(families)
        ways: list[Family] = [AT_ONCE, *[NEVER] * count]
        for family in families:
            for made in range(count, 0, -1):
                ways[made] = self._union([ways[made], self._product(ways[made - 1], family)])
        return ways[count]

    def _union(self, families: list[Family]) -> Family:
        full = [family for family in families if family]
        return self._least(full[0].union(*full[1:])) if len(full) > 1 else (full[0] if full else NEVER)

    def _product(self, one: Family, other: Family) -> Family:
        if one == AT_ONCE or not other:
            return other
        if other == AT_ONCE or not one:
            return one
        if len(one) * len(other) > WORK_MAX * 10:
            raise _TooMany
        joined = {left | right for left in one for right in other}
        kept = frozenset(both for both in joined if len(both) <= self._size)
        self._whole = self._whole and len(kept) == len(joined)
        return self._least(kept)

    def _least(self, family: frozenset[frozenset[int]]) -> Family:
        """Without the sets that hold another of the family."""
        if len(family) > WORK_MAX:
            raise _TooMany
        if frozenset() in family:
            return AT_ONCE
        sizes = {len(one) for one in family}
        if len(sizes) == 1:
            return family
        return frozenset(
            one
            for one in family
            if not any(
                frozenset(part) in family
                for size in sizes
                if size < len(one)
                for part in combinations(sorted(one), size)
            )
        )
