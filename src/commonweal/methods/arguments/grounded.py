"""What of an argument stands when every challenge is weighed: the grounded semantics, computed in linear time.

P. M. Dung, On the acceptability of arguments (1995): of all labellings in which nothing stands that a standing attacker
challenges, the grounded one assumes least. With support it is the least fixed point of the acceptance conditions
(Brewka and Woltran 2010, def. 8): a statement *stands* once it surely does, is *defeated* once it surely cannot, and is
otherwise *open*. So a challenge that was itself defeated no longer counts, two that only defeat each other leave both
open, and what rests on itself never stands.

Each relation is looked at once, when the statement at its end is settled: W. F. Dowling and J. H. Gallier, Linear-time
algorithms for testing the satisfiability of propositional Horn formulae (1984).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from .graph import FAILED, HELD, OPEN, Argument, Ints, System

NOBODY = -1


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
    """Label and cause of every statement: a queue of what was settled, and counters of what each still waits for."""
    count = len(system.base)
    waits = _Waits(system)
    labels, cause = [OPEN] * count, [NOBODY] * count
    queue: deque[int] = deque()
    for statement in range(count):
        labels[statement] = FAILED if waits.base[statement] == FAILED else HELD if waits.over(statement) else OPEN
        if labels[statement] != OPEN:
            queue.append(statement)
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


class _Waits:
    """Of each statement: how many supports are still missing, how many more it can spare, how many attackers threaten.

    A statement is handed on as holding or falling by the relation that decided it.
    """

    def __init__(self, system: System) -> None:
        count = len(system.base)
        rests = np.bincount(system.rests[:, 0], minlength=count)
        self.base, self.missing = system.base.tolist(), system.need.tolist()
        self.spare = (rests - system.need).tolist()
        self.threats = np.bincount(system.attacks[:, 1], minlength=count).tolist()
        self.above, self.attacked = system.above, system.attacked

    def over(self, statement: int) -> bool:
        """Whether a statement waits for nothing and nothing speaks against it."""
        return self.missing[statement] <= 0 and not self.threats[statement] and self.base[statement] == HELD

    def held(self, settled: int) -> tuple[list[int], list[int]]:
        """What now holds and what now falls because a statement holds."""
        missing, over, holds = self.missing, self.over, []
        for statement in self.above[settled]:
            missing[statement] -= 1
            if missing[statement] <= 0 and over(statement):
                holds.append(statement)
        return holds, self.attacked[settled]

    def failed(self, settled: int) -> tuple[list[int], list[int]]:
        """What now holds and what now falls because a statement was defeated."""
        spare, threats, holds, falls = self.spare, self.threats, [], []
        for statement in self.above[settled]:
            spare[statement] -= 1
            if spare[statement] < 0:
                falls.append(statement)
        for statement in self.attacked[settled]:
            threats[statement] -= 1
            if self.over(statement):
                holds.append(statement)
        return holds, falls
