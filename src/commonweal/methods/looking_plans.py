"""Plans of looks: how many items does a test need, and how often may one look, for this error and this power?

For items independent of one another nothing is simulated: the number of successes after each item is a walk whose
probabilities are added up exactly, and what crosses the bound of `repeated_looks.independent` at a look is taken out.

Source: P. Armitage, C. K. McPherson and B. C. Rowe, Repeated significance tests on accumulating data, JRSS A 132 (1969)
235-244 (the recursion).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .repeated_looks import WEIGHT, Side, independent
from .series import Floats


class Plan(NamedTuple):
    """What a plan of looks does at one true rate.

    `stopped`: shape (looks,), the chance that evidence has reached its bound by each look; the last is the power (or,
    at a rate that is not past the line, the chance of a false alarm). `items_expected`: how many items are used on
    average, who stops there saving the rest.
    """

    looks: tuple[int, ...]
    stopped: Floats
    items_expected: float


def bounds(
    looks: Iterable[int], line: float, *, error: float, side: Side = "above", weight: float = WEIGHT
) -> NDArray[np.intp]:
    """The successes that are enough at each look: at least so many for "above", at most so many for "below".

    Where no number is enough yet it is one more than there are items, or -1. Evidence grows with every success, so each
    bound is found by halving, all of them at once.
    """
    items = np.asarray(list(looks), dtype=np.intp)
    if side == "below":
        return items - bounds(items, 1.0 - line, error=error, weight=weight)
    needed, short, enough = np.log(1.0 / error), np.full(len(items), -1, dtype=np.intp), items + 1
    while np.any(enough - short > 1):
        middle = (short + enough) // 2
        past = independent(np.maximum(middle, 0), items, line, weight=weight) >= needed
        short, enough = np.where(past, short, middle), np.where(past, middle, enough)
    return enough


def plan(
    looks: Iterable[int], line: float, rate: float, *, error: float, side: Side = "above", weight: float = WEIGHT
) -> Plan:
    """What happens at these looks where the true rate is `rate`.

    Parameters
    ----------
    looks
        Numbers of items, growing.
    line, side, weight
        As for `repeated_looks.independent`.
    rate
        The true rate, within [0, 1].
    error
        The chance of a false alarm that is allowed over all looks.

    Raises
    ------
    ValueError
        Looks that do not grow, a rate or an error outside its range.
    """
    when = tuple(looks)
    if not when or when[0] < 1 or list(when) != sorted(set(when)):
        raise ValueError(f"looks are {when}, want growing numbers of items from 1")
    if not 0.0 <= rate <= 1.0 or not 0.0 < error < 1.0:
        raise ValueError(f"rate is {rate} and error {error}, want a rate within 0 … 1 and an error between 0 and 1")
    enough = dict(zip(when, bounds(when, line, error=error, side=side, weight=weight).tolist(), strict=True))
    going, out, stopped, used = np.ones(1), 0.0, [], 0.0
    for items in range(1, when[-1] + 1):
        used += float(going.sum())
        going = np.append(going, 0.0) * (1.0 - rate) + np.append(0.0, going) * rate
        if items in enough:
            past = np.arange(items + 1) >= enough[items] if side == "above" else np.arange(items + 1) <= enough[items]
            out += float(going[past].sum())
            going = np.where(past, 0.0, going)
            stopped.append(out)
    return Plan(when, np.asarray(stopped), used)


def items_needed(
    line: float, rate: float, *, error: float, power: float, every: int = 1, side: Side = "above", most: int = 5_000
) -> int | None:
    """After how many items, looked at every so often, the chance that evidence has come is at least `power`.

    None where `most` items are not enough.
    """
    reached = plan(range(every, most + 1, every), line, rate, error=error, side=side)
    enough = np.flatnonzero(reached.stopped >= power)
    return reached.looks[int(enough[0])] if len(enough) else None


__all__ = ["Plan", "bounds", "items_needed", "plan"]
