"""Plans of looks: how many items does a test need, and how often may one look, for this error and this power?

For items independent of one another nothing is simulated: the number of successes after each item is a walk whose
probabilities are added up exactly, and what crosses the bound of `repeated_looks.independent` at a look is taken out.
Of items in clusters a plan says the fewest that may be enough, and not how many are.

That a rate is *below* a line is said otherwise than that it is above (`line_decisions`): what was planned and has not
come counts as solved, and the evidence is what it is now. So looking early neither costs nor helps: what is planned
shows it once all of it has come, or before where nothing outstanding can undo it. A plan for that is a number of items
(`shown_below`), for any number of looks or for the one that was registered.

Source: P. Armitage, C. K. McPherson and B. C. Rowe, Repeated significance tests on accumulating data, JRSS A 132 (1969)
235-244 (the recursion).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import scipy  # type: ignore[import-untyped, unused-ignore]  # its parts are read when they are first used
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


def enough_below(items: Iterable[int], line: float, *, error: float, single: bool = False) -> NDArray[np.intp]:
    """The most successes with which so many items show that the rate is below a line; -1 where none is few enough.

    With `single` by the exact test of the one look that was registered (Clopper and Pearson), which asks for fewer
    items; else by the e-value, which holds however often somebody looks.
    """
    planned = np.asarray(list(items), dtype=np.intp)
    if not single:
        return bounds(planned, line, error=error, side="below")
    most = scipy.stats.binom.ppf(error, planned, line).astype(np.intp)
    return np.asarray(np.where(scipy.stats.binom.cdf(most, planned, line) <= error, most, most - 1), dtype=np.intp)


def shown_below(items: Iterable[int], line: float, rate: float, *, error: float, single: bool = False) -> Floats:
    """The chance that so many planned items show the rate to be below a line, once all of them have come.

    Parameters
    ----------
    items
        Numbers of items, from 1.
    line
        Under which the rate is to be shown, within (0, 1): a warning less its buffer.
    rate
        The true rate, within [0, 1]; at the line or above it what comes out is the chance of saying so wrongly.
    error, single
        As for `enough_below`.

    Raises
    ------
    ValueError
        No items, a rate, line or error outside its range.
    """
    planned = np.asarray(list(items), dtype=np.intp)
    if not len(planned) or planned.min() < 1:
        raise ValueError(f"items are {planned.tolist()}, want numbers from 1")
    if not 0.0 <= rate <= 1.0 or not 0.0 < error < 1.0 or not 0.0 < line < 1.0:
        raise ValueError(f"rate is {rate}, line {line} and error {error}, want a rate within 0 … 1, the others between")
    return np.asarray(scipy.stats.binom.cdf(enough_below(planned, line, error=error, single=single), planned, rate))


def items_for(chances: Floats, items: Iterable[int], power: float) -> int | None:
    """From how many items on the chance is at least `power` with every number of them that follows; None for none.

    Counts are whole, so one item more may be worse than one less: the first number that reaches it is not yet enough.
    """
    planned = list(items)
    short = np.flatnonzero(np.asarray(chances) < power)
    first = int(short[-1]) + 1 if len(short) else 0
    return planned[first] if first < len(planned) else None


__all__ = ["Plan", "bounds", "enough_below", "items_for", "items_needed", "plan", "shown_below"]
