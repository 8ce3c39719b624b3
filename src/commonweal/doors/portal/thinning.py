"""Long series in a drawing of a few hundred pixels: what the eye cannot tell apart is left out before drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

POINTS_MAX = 800
T = TypeVar("T")


def thinned(rows: Sequence[T], value: Callable[[T], float], most: int = POINTS_MAX) -> list[T]:
    """At most so many rows, in their order: of each stretch of equal length its lowest and its highest.

    The first and the last row stay. Peaks and troughs do too, so the drawing of a line is the same to the pixel where
    `most` is about twice its width (the min-max part of M4, Jugel et al., VLDB 2014).
    """
    if len(rows) <= most:
        return list(rows)
    inner = range(1, len(rows) - 1)
    stretches = (most - 2) // 2
    kept = {0, len(rows) - 1}
    for number in range(stretches):
        part = inner[number * len(inner) // stretches : (number + 1) * len(inner) // stretches]
        kept |= {min(part, key=lambda at: value(rows[at])), max(part, key=lambda at: value(rows[at]))}
    return [rows[at] for at in sorted(kept)]
