"""How far several judges agree on nominal codes: Krippendorff's alpha with an interval.

K. Krippendorff, Content Analysis, 4th ed. 2018, ch. 12: 1 is full agreement, 0 what chance would give. The interval is
of percentiles over units drawn anew with replacement (B. Efron and R. Tibshirani, An Introduction to the Bootstrap,
1993, ch. 13); draws in which no code differs say nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS, SEED = 2000, 20261128
UNITS_LEAST = 5
"""Of fewer units an interval would say more than is known."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Alpha (None where no code differs or too few judged), its 95 % interval (None of fewer than `UNITS_LEAST` units),
    and over how many units that two or more judged, with how many judgements."""

    alpha: float | None
    interval: tuple[float, float] | None
    units: int
    judgements: int


def agreed(judged: Iterable[Mapping[str, str]]) -> Agreed:
    """Agreement over units: for each the code by judge; who did not judge it is left out, and so is a unit that fewer
    than two judged."""
    units = [list(codes.values()) for codes in judged if len(codes) > 1]
    codes = {code: number for number, code in enumerate(sorted({code for unit in units for code in unit}))}
    counts = np.zeros((len(units), len(codes)))
    for at, unit in enumerate(units):
        for code in unit:
            counts[at, codes[code]] += 1
    found = _alphas(counts, np.ones((1, len(units))))
    alpha = float(found[0]) if found.size and not np.isnan(found[0]) else None
    interval = _interval(counts) if alpha is not None and len(units) >= UNITS_LEAST else None
    return Agreed(alpha, interval, len(units), int(counts.sum()))


def _alphas(counts: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Alpha for each row of `weights`, the times that each unit counts; nan where no code differs.

    `counts` has, by unit and code, the number of judges: alpha = 1 - observed / expected disagreement.
    """
    judges = counts.sum(axis=1)
    disagreed = (counts * (judges[:, None] - counts)).sum(axis=1) / np.maximum(judges - 1, 1)
    totals = weights @ counts
    n = totals.sum(axis=1)
    expected = (n**2 - (totals**2).sum(axis=1)) / np.maximum(n - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (weights @ disagreed) / expected, np.nan)


def _interval(counts: NDArray[np.float64]) -> tuple[float, float] | None:
    units = len(counts)
    drawn = np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=DRAWS).astype(np.float64)
    found = _alphas(counts, drawn)
    found = found[~np.isnan(found)]
    if not found.size:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
