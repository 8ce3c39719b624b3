"""Whether a truth can come to hold by some series alone, while everything else stands as it was observed to stand.

What a rule may not be triggered by is so refused by its meaning, not by its spelling. The rest is held for ever where
it was observed, or not known; the series in question may be anything, at any time, or not known. If the truth can then
hold wherever the rest is held, no condition on what happened keeps it from holding: one that was never false is none.
`exposure >= 0.3 and labour_force > 0` is so as much a trigger on exposure as `exposure >= 0.3`. Interval arithmetic
answers for all that the series could be, so that no spelling is missed; a product with such a series is one too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from commonweal.methods.series import Bools

from .bounds import span
from .frames import Frame
from .language import Expression
from .tree import Over, Total, walk

MOST = 1e15
"""What a series that may be anything is taken to reach, either way."""
LEVELS = (0.0, *(sign * 10.0**power for power in range(-3, 10) for sign in (1, -1)))
"""Where a series that is not among what was observed is held in turn: a condition on it counts if it can be false."""
Observed = Sequence[Mapping[str, Sequence[float]]]
"""Ways in which the rest stood: by series a value a subject, the subjects in one order throughout."""


def holds_alone(expression: Expression, alone: Callable[[str], bool], observed: Observed = ()) -> bool:
    """Whether a truth can hold for some subject by the series that `alone` names, however `observed` stood there."""
    named = {name: name.partition("{")[0] for name in expression.series}
    if named and not any(alone(base) for base in named.values()):
        return False
    ways = list(observed) or [{}]
    told = {base for way in ways for base in way}
    levels = LEVELS if any(base not in told and not alone(base) for base in named.values()) else LEVELS[:1]
    most = max((node.members for node in walk(expression.tree) if isinstance(node, Total)), default=1)
    width = max([most, *(len(values) for way in ways for values in way.values())])
    holds = np.ones(width, dtype=np.bool_)
    for way in ways:
        for level in levels:
            holds &= _can_hold(expression, named, alone, {**{base: [level] for base in named.values()}, **way}, width)
            if not holds.any():
                return False
    return True


def _can_hold(
    expression: Expression,
    named: Mapping[str, str],
    alone: Callable[[str], bool],
    way: Mapping[str, Sequence[float]],
    width: int,
) -> Bools:
    """By subject, whether the truth can hold in the last period of a history long enough for all that it looks at."""
    shape = (expression.history + 2, width)
    members = max((node.members for node in walk(expression.tree) if isinstance(node, Over)), default=1)
    values, lows, highs = {"": np.zeros(shape)}, {}, {}
    for name, base in named.items():
        for each in {name.replace("*", f"value{at}") for at in range(max(members, 1))}:
            values[each] = np.broadcast_to(np.resize(way[base], width), shape)
            if alone(base):
                lows[each], highs[each] = np.full(shape, -MOST), np.full(shape, MOST)
    subjects = tuple(f"subject:{at}" for at in range(width))
    frame = Frame(0, subjects, values, lows, highs, maybe=frozenset(values))
    with np.errstate(all="ignore"):
        found: Bools = span(expression.tree, frame).high[-1] == 1.0
    return found
