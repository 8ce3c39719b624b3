"""What of an argument stands when every challenge is weighed: the grounded semantics, computed in linear time.

P. M. Dung, On the acceptability of arguments (1995): of all labellings in which nothing stands that a standing attacker
challenges, the grounded one assumes least. With support it is the least fixed point of the acceptance conditions
(Brewka and Woltran 2010, def. 8): a statement *stands* once it surely does, is *defeated* once it surely cannot, and is
otherwise *open*. So a challenge that was itself defeated no longer counts, two that only defeat each other leave both
open, and what rests on itself never stands.

Each relation is looked at once, when the statement at its end is settled: W. F. Dowling and J. H. Gallier, Linear-time
algorithms for testing the satisfiability of propositional Horn formulae (1984). While many statements are settled at
once, as all evidence is at the beginning, they are looked at together in arrays; the rest goes one by one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import FAILED, HELD, OPEN, Argument, Ints, System

NOBODY = -1
TOGETHER = 256
"""Fewer statements than this are settled faster one by one than in arrays."""


@dataclass(frozen=True, eq=False)
class Standing:
    """`HELD`, `OPEN` or `FAILED` of each element (n) and of each challenge (a), with what defeated each statement.

    `cause` (s, statements of `Argument.system`): the statement whose defeat or success defeated this one, `NOBODY`
    where its own base did or where it is not defeated.
    """

    elements: Ints
    attacks: Ints
    cause: Ints

    def chain(self, element: int) -> list[int]:
        """The statements from a defeated element to the first cause of its defeat, the element first."""
        found = [element]
        while (cause := int(self.cause[found[-1]])) != NOBODY:
            found.append(cause)
        return found


def grounded(argument: Argument) -> Standing:
    """The grounded labelling. Time and memory grow with elements, relations and challenges together."""
    system = argument.system
    labels, cause = _settled(system)
    array = np.array(labels, dtype=np.int64)
    return Standing(array[: system.elements], array[system.attack :], np.array(cause, dtype=np.int64))


def _settled(system: System) -> tuple[list[int], list[int]]:
    """Label and cause of every statement: what was settled, and counters of what each other one still waits for."""
    many = _Many(system)
    while len(many.fresh) >= TOGETHER:
        many.go_on()
    labels, cause = many.labels.tolist(), many.cause.tolist()
    waits = _Waits(system, many)
    queue = deque(many.fresh.tolist())
    while queue:
        settled = queue.popleft()
        holds, falls = (waits.held if labels[settled] == HELD else waits.failed)(settled)
        for statement in holds:
            if labels[statement] == OPEN:
                labels[statement] = HELD
                queue.append(statement)
        for statement in falls:
            if labels[statement] == OPEN:
                labels[statement], cause[statement] = FAILED, settled
                queue.append(statement)
    return labels, cause


class _Many:
    """Of all statements: how many supports are missing, how many more may fail, how many attackers threaten.

    `fresh` are those settled since their relations were last looked at.
    """

    def __init__(self, system: System) -> None:
        count = len(system.base)
        self.system, self.base, self.missing = system, system.base, system.need.copy()
        self.spare = np.bincount(system.rests[:, 0], minlength=count) - system.need
        self.threats = np.bincount(system.attacks[:, 1], minlength=count)
        self.labels = np.where(self.base == FAILED, FAILED, np.where(self.over(), HELD, OPEN))
        self.cause = np.full(count, NOBODY)
        self.fresh = np.flatnonzero(self.labels != OPEN)

    def over(self) -> NDArray[np.bool_]:
        """Which statements wait for nothing and have nothing against them."""
        return np.asarray((self.missing <= 0) & (self.threats == 0) & (self.base == HELD), dtype=np.bool_)

    def go_on(self) -> None:
        """Look at the relations of all that is fresh."""
        count, system = len(self.base), self.system
        held, failed = (self.fresh[self.labels[self.fresh] == label] for label in (HELD, FAILED))
        (helped, _), (attacked, attackers) = system.above.of(held), system.attacked.of(held)
        (left, leaving), (freed, _) = system.above.of(failed), system.attacked.of(failed)
        self.missing = self.missing - np.bincount(helped, minlength=count)
        self.spare = self.spare - np.bincount(left, minlength=count)
        self.threats = self.threats - np.bincount(freed, minlength=count)
        fallen = self.spare[left] < 0
        targets, causes = np.concatenate([attacked, left[fallen]]), np.concatenate([attackers, leaving[fallen]])
        falls = self.labels[targets] == OPEN
        self.labels[targets[falls]], self.cause[targets[falls]] = FAILED, causes[falls]
        holds = np.unique(np.concatenate([helped, freed]))
        holds = holds[(self.labels[holds] == OPEN) & self.over()[holds]]
        self.labels[holds] = HELD
        self.fresh = np.concatenate([np.unique(targets[falls]), holds])


class _Waits:
    """The same counters, for one statement after another."""

    def __init__(self, system: System, many: _Many) -> None:
        self.base, self.missing = many.base.tolist(), many.missing.tolist()
        self.spare, self.threats = many.spare.tolist(), many.threats.tolist()
        self.above, self.attacked = system.above, system.attacked

    def over(self, statement: int) -> bool:
        """Whether a statement waits for nothing and nothing speaks against it."""
        return self.missing[statement] <= 0 and not self.threats[statement] and self.base[statement] == HELD

    def held(self, settled: int) -> tuple[list[int], list[int]]:
        """What now holds and what now falls because a statement holds."""
        missing, over, holds = self.missing, self.over, list[int]()
        for statement in self.above[settled]:
            missing[statement] -= 1
            if missing[statement] <= 0 and over(statement):
                holds.append(statement)
        return holds, self.attacked[settled]

    def failed(self, settled: int) -> tuple[list[int], list[int]]:
        """What now holds and what now falls because a statement was defeated."""
        spare, threats, holds, falls = self.spare, self.threats, list[int](), list[int]()
        for statement in self.above[settled]:
            spare[statement] -= 1
            if spare[statement] < 0:
                falls.append(statement)
        for statement in self.attacked[settled]:
            threats[statement] -= 1
            if self.over(statement):
                holds.append(statement)
        return holds, falls
