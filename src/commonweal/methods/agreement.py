"""How far several judges agree on codes: Krippendorff's alpha with an interval, under the distance that codes call for.

K. Krippendorff, Content Analysis, 4th ed. 2018, ch. 12: alpha = 1 - observed / expected disagreement, 1 is full
agreement, 0 what chance would give. How far two answers disagree is said by a distance: of sets of codes (`masi`),
which of single codes is the nominal one, or of codes that have an order (`ordinal`). The interval is of percentiles
over units drawn anew with replacement (B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13),
with distances as they are over all units; draws in which no code differs say nothing and are left out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS, SEED = 2000, 20261128
UNITS_LEAST = 5
"""Of fewer units an interval would say more than is known."""
Answer = frozenset[str]
"""What one judge said of one unit: a code, or several where a question takes them."""
Reals = NDArray[np.float64]
Distance = Callable[[Sequence[Answer], Reals], Reals]
"""Of the answers, and how often each was given, how far any two are apart: from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Alpha (None where no code differs or too few judged), its 95 % interval (None of fewer than `UNITS_LEAST` units),
    and over how many units that two or more judged, with how many judgements."""

    alpha: float | None
    interval: tuple[float, float] | None
    units: int
    judgements: int


def masi(answers: Sequence[Answer], totals: Reals) -> Reals:
    """1 - Jaccard * monotonicity, which is 1 of equal sets, 2/3 where one holds the other, 1/3 where they overlap.

    Of single codes any two that differ are 1 apart, so that alpha is the nominal one.
    R. Passonneau, Measuring Agreement on Set-valued Items (MASI), LREC 2006, section 3.
    """
    return np.array([[1 - _jaccard(one, other) * _monotone(one, other) for other in answers] for one in answers])


def ordinal(order: Sequence[str]) -> Distance:
    """Two codes are as far apart as the square of how many judgements lie between them, with half of those of each.

    Krippendorff 2018, ch. 12 (ordinal metric difference); alpha does not depend on its scale, on which the ends that
    were given are 1 apart. Codes outside the order, and several at once, are compared as sets (`masi`).
    """
    ranks = {frozenset((code,)): rank for rank, code in enumerate(order)}

    def apart(answers: Sequence[Answer], totals: Reals) -> Reals:
        found = masi(answers, totals)
        ranked = sorted((rank, at) for at, one in enumerate(answers) if (rank := ranks.get(one)) is not None)
        places = [at for _, at in ranked]
        middle = np.cumsum(totals[places]) - totals[places] / 2
        squares = (middle[:, None] - middle[None, :]) ** 2
        if len(places) > 1 and squares.max() > 0:
            found[np.ix_(places, places)] = squares / squares.max()
        return found

    return apart


def agreed(judged: Iterable[Mapping[str, Iterable[str]]], distance: Distance = masi) -> Agreed:
    """Agreement over units: for each the codes by judge; who did not judge it is left out, and so is a unit that fewer
    than two judged."""
    units = [[frozenset(codes) for codes in told.values()] for told in judged if len(told) > 1]
    answers = sorted({answer for unit in units for answer in unit}, key=sorted)
    numbers = {answer: number for number, answer in enumerate(answers)}
    counts = np.zeros((len(units), len(answers)))
    for at, unit in enumerate(units):
        for answer in unit:
            counts[at, numbers[answer]] += 1
    alphas = functools.partial(_alphas, counts, distance(answers, counts.sum(axis=0)))
    found = alphas(np.ones((1, len(units))))
    alpha = float(found[0]) if found.size and not np.isnan(found[0]) else None
    interval = _interval(alphas, len(units)) if alpha is not None and len(units) >= UNITS_LEAST else None
    return Agreed(alpha, interval, len(units), int(counts.sum()))


def _alphas(counts: Reals, apart: Reals, weights: Reals) -> Reals:
    """Alpha for each row of `weights`, the times that each unit counts; nan where no code differs.

    `counts` has, by unit and answer, the number of judges; `apart` how far answers are apart, 0 of each with itself.
    """
    judges = counts.sum(axis=1)
    disagreed = ((counts @ apart) * counts).sum(axis=1) / np.maximum(judges - 1, 1)
    totals = weights @ counts
    expected = ((totals @ apart) * totals).sum(axis=1) / np.maximum(totals.sum(axis=1) - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (weights @ disagreed) / expected, np.nan)


def _interval(alphas: Callable[[Reals], Reals], units: int) -> tuple[float, float] | None:
    drawn = np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=DRAWS).astype(np.float64)
    found = alphas(drawn)
    found = found[~np.isnan(found)]
    if not found.size:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _jaccard(one: Answer, other: Answer) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _monotone(one: Answer, other: Answer) -> float:
    if one == other:
        return 1.0
    if one <= other or other <= one:
        return 2 / 3
    return 1 / 3 if one & other else 0.0
