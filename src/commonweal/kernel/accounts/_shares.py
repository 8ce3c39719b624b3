"""An amount divided into whole parts, so that nothing is lost and nothing is made."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def apportioned(amount: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Whole parts of an amount in proportion to weights, by largest remainder (Hamilton's method): they add up to it.

    Each part is its exact share, rounded down or up; of equal remainders the first one is rounded up. A negative
    amount is divided as its opposite is. Raises `ValueError` for a negative weight, and where there is an amount and
    no weight at all.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be below zero")
    total = sum(weights)
    if not total:
        if amount:
            raise ValueError("an amount needs at least one weight above zero")
        return [0] * len(weights)
    shares = [Fraction(abs(amount)) * weight / total for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    left = abs(amount) - sum(parts)
    for at in sorted(range(len(parts)), key=lambda at: (parts[at] - shares[at], at))[:left]:
        parts[at] += 1
    return parts if amount >= 0 else [-part for part in parts]
