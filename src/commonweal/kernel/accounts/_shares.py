"""An amount divided into whole parts, so that nothing is lost and nothing is made."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def apportioned(amount: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Whole parts of an amount in proportion to weights, by largest remainder (Hamilton's method): they add up to it.

    Each part is its exact share, rounded down or up; of equal remainders the first one is rounded up. A negative
    amount is divided as its opposite is. Raises `ValueError` for a negative weight, and where there is an amount and
    no weight at all.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be below zero")
    scale = lcm(*(weight.denominator for weight in weights))
    whole = [weight.numerator * (scale // weight.denominator) for weight in weights]
    total = sum(whole)
    if not total:
        if amount:
            raise ValueError("an amount needs at least one weight above zero")
        return [0] * len(whole)
    parts, rests = zip(*(divmod(abs(amount) * weight, total) for weight in whole), strict=True)
    found = list(parts)
    for at in sorted(range(len(found)), key=lambda at: (-rests[at], at))[: abs(amount) - sum(parts)]:
        found[at] += 1
    return found if amount >= 0 else [-part for part in found]
