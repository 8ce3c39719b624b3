"""What a benchmark yields: a figure beside a named peer or limit measured in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`ratio` is value / against_value; whether more is better is in the unit (per second) or not (seconds).

    `limit` says in a few words what keeps the value from being better; it is for the table, not for the JSON line.
    """

    figure: str
    value: float
    unit: str
    against: str
    against_value: float
    limit: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "figure": self.figure,
            "value": _short(self.value),
            "unit": self.unit,
            "against": self.against,
            "against_value": _short(self.against_value),
            "ratio": _short(self.value / self.against_value) if self.against_value else None,
        }


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def quantile(values: list[float], q: float) -> float:
    """The q-quantile (nearest rank) of a non-empty list."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(q * (len(ordered) - 1)))]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
