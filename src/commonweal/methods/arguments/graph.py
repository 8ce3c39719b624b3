"""An argument as arrays, and the system of statements that it comes to.

GSN Community Standard 3 (SCSC-141C, 2021): an element is SupportedBy others and InContextOf others; part 2 (dialectic
extension) lets an element challenge an element or a relation. Here a challenge is a relation too, so that it can be
challenged itself. All of it comes down to one form, an acceptance condition as of G. Brewka and S. Woltran, Abstract
Dialectical Frameworks, KR 2010: a statement holds when its own base holds, enough of what it rests on holds, and
nothing that attacks it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
FAILED, OPEN, HELD = -1, 0, 1
"""What is known of an element by itself (an expired proof has failed, one nobody has looked at is open), and what is
found of it: defeated, undecided, standing."""
ON_ELEMENT, ON_SUPPORT, ON_ATTACK = 0, 1, 2


def _ints(rows: ArrayLike, width: int = 0) -> Ints:
    array = np.asarray(rows, dtype=np.int64)
    return array.reshape(-1, width) if width else array.reshape(-1)


@dataclass(frozen=True, eq=False)
class Argument:
    """`n` elements, `m` relations between them, `a` challenges.

    `base` (n): `HELD`, `OPEN` or `FAILED` of each element by itself. `supports` (m, 2): the element above, and the one
    below on which it rests. `always` (m): whether it rests on that one in any case, as on an assumption; the others
    are legs, of which `need` (n) says how many must hold, -1 for all. `attacks` (a, 3): the element that challenges,
    `ON_ELEMENT`, `ON_SUPPORT` or `ON_ATTACK`, and the index of what is challenged. Raises `ValueError` for an index
    outside.
    """

    base: Ints
    supports: Ints = field(default_factory=lambda: _ints([], 2))
    attacks: Ints = field(default_factory=lambda: _ints([], 3))
    always: NDArray[np.bool_] | None = None
    need: Ints | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "base", _ints(self.base))
        put(self, "supports", _ints(self.supports, 2))
        put(self, "attacks", _ints(self.attacks, 3))
        always = np.zeros(len(self.supports), bool) if self.always is None else np.asarray(self.always, bool)
        put(self, "always", always)
        put(self, "need", np.full(len(self.base), -1) if self.need is None else _ints(self.need))
        self._bounded()

    def _bounded(self) -> None:
        count = len(self.base)
        if len(self.always) != len(self.supports) or len(self.need) != count:  # type: ignore[arg-type]
            raise ValueError("always has one value a support, need one an element")
        if not np.isin(self.base, (FAILED, OPEN, HELD)).all():
            raise ValueError("base is FAILED, OPEN or HELD")
        if self.supports.size and not ((self.supports >= 0) & (self.supports < count)).all():
            raise ValueError("a support names an element that is not there")
        source, kind, target = self.attacks.T
        limit = np.array([count, len(self.supports), len(self.attacks)])
        if (
            not np.isin(kind, (ON_ELEMENT, ON_SUPPORT, ON_ATTACK)).all()
            or not ((source >= 0) & (source < count) & (target >= 0) & (target < limit[kind])).all()
        ):
            raise ValueError("a challenge names what is not there")

    @property
    def size(self) -> int:
        """How many elements."""
        return len(self.base)

    @cached_property
    def system(self) -> System:
        """The statements that the argument comes to: elements first, then legs, challenged relations, challenges."""
        return _system(self)


@dataclass(frozen=True, eq=False)
class System:
    """Statements: `base` (s), `need` (s) of how many of those it rests on, pairs (above, below) and (source, attacked).

    `elements` is how many of the statements, from 0, are the argument's elements; `attack` is the statement of
    challenge 0, and those of the others follow it.
    """

    base: Ints
    need: Ints
    rests: Ints
    attacks: Ints
    elements: int
    attack: int

    @cached_property
    def below(self) -> Rows:
        """Of each statement, those it rests on."""
        return grouped(len(self.base), self.rests[:, 0], self.rests[:, 1])

    @cached_property
    def above(self) -> Rows:
        """Of each statement, those that rest on it."""
        return grouped(len(self.base), self.rests[:, 1], self.rests[:, 0])

    @cached_property
    def attacked(self) -> Rows:
        """Of each statement, those it attacks."""
        return grouped(len(self.base), self.attacks[:, 0], self.attacks[:, 1])

    @cached_property
    def attackers(self) -> Rows:
        """Of each statement, those that attack it."""
        return grouped(len(self.base), self.attacks[:, 1], self.attacks[:, 0])


@dataclass(frozen=True, eq=False)
class Rows:
    """Of each of many nodes some others: `rows[one]` are `flat[starts[one] : starts[one + 1]]`."""

    starts: Ints
    flat: Ints

    @cached_property
    def lists(self) -> tuple[list[int], list[int]]:
        """Starts and flat as lists, which are read one by one faster than arrays are."""
        return self.starts.tolist(), self.flat.tolist()

    def __getitem__(self, one: int) -> list[int]:
        starts, flat = self.lists
        return flat[starts[one] : starts[one + 1]]

    def of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """The others of many nodes at once, and beside each whose it is."""
        counts = self.starts[nodes + 1] - self.starts[nodes]
        first = np.repeat(self.starts[nodes] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        return self.flat[first + np.arange(len(first))], np.repeat(nodes, counts)


def grouped(count: int, keys: Ints, values: Ints) -> Rows:
    """For each key from 0 to `count`, the values that stand with it, in their order."""
    order = np.argsort(keys, kind="stable")
    return Rows(np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=count))]), values[order])


def _system(argument: Argument) -> System:
    """Elements as they are; statements of their own for counted legs, challenged relations and challenges."""
    count, supports, always, need = argument.size, argument.supports, argument.always, argument.need
    assert always is not None
    assert need is not None
    above, below = supports[:, 0].copy(), supports[:, 1].copy()
    legs = np.bincount(above[~always], minlength=count)
    counted = np.flatnonzero((need >= 0) & (need < legs))
    leg_of = np.full(count, -1)
    leg_of[counted] = count + np.arange(len(counted))
    source, kind, target = argument.attacks.T
    relations = np.unique(target[kind == ON_SUPPORT])
    first_relation = count + len(counted)
    relation_of = np.full(len(supports), -1)
    relation_of[relations] = first_relation + np.arange(len(relations))
    attack = first_relation + len(relations)
    total = attack + len(argument.attacks)

    into_legs = ~always & (leg_of[above] >= 0)
    above[into_legs] = leg_of[above[into_legs]]
    reified = np.column_stack([relation_of[relations], below[relations]])
    below[relations] = relation_of[relations]
    challenges = np.column_stack([attack + np.arange(len(argument.attacks)), source])
    rests = np.concatenate(
        [np.column_stack([above, below]), np.column_stack([counted, leg_of[counted]]), reified, challenges]
    )
    wanted = np.bincount(rests[:, 0], minlength=total)
    wanted[leg_of[counted]] = need[counted]
    attacked = np.where(kind == ON_ELEMENT, target, attack + target)
    on_support = kind == ON_SUPPORT
    attacked[on_support] = relation_of[target[on_support]]
    base = np.concatenate([argument.base, np.full(total - count, HELD)])
    attacks = np.column_stack([attack + np.arange(len(argument.attacks)), attacked])
    return System(base, wanted, rests.reshape(-1, 2), attacks.reshape(-1, 2), count, attack)
