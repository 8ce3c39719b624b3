"""Numbers that carry their uncertainty and their unit."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A central value with the interval it is believed to lie in (`level` of the time), all in one unit.

    Invariant: low ≤ point ≤ high, all finite.
    """

    low: float
    point: float
    high: float
    level: float = 0.9

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.point <= self.high):
            raise ValueError(f"an interval needs finite low ≤ point ≤ high, saw {self.low}, {self.point}, {self.high}")

    def as_dict(self) -> dict[str, float]:
        return {"low": self.low, "point": self.point, "high": self.high, "level": self.level}
