"""How far several judges agree on codes: Krippendorff's alpha with an interval, under the distance that codes call for.

K. Krippendorff, Content Analysis, 4th ed. 2018, ch. 12: alpha = 1 - observed / expected disagreement, 1 is full
agreement, 0 what chance would give. How far two answers disagree is said by a distance: of sets of codes (`masi`),
which of single codes is the nominal one, or of codes that have an order (`ordinal`). The interval is BCa over
units drawn anew with replacement (B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 14), with
distances as they are over all units; draws in which no code differs say nothing and are left out.

No resampling tells what so few units hold that hardly any disagree: simulated with two and three judges and alpha from
.33 to .95, what is called a 95 % interval covers alpha in 47 to 93 % of samples of 10 units and in 70 to 96 % of 20. So
there is none of fewer than `UNITS_LEAST` units, nor where fewer than `DISAGREED_LEAST` of them are judged differently.
At 50 and 100 units and alpha up to .90, at most 7 % of those that are given miss alpha (150 samples of each of 26
kinds, nominal and ordinal). Above .95 one is seldom given, of 100 units in 14 % of samples, and of these 14 % miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS, SEED = 2000, 20261128
UNITS_LEAST, DISAGREED_LEAST = 50, 5
"""Of fewer units, or of fewer that are judged differently, an interval would say more than is known."""
Answer = frozenset[str]
"""What one judge said of one unit: a code, or several where a question takes them."""
Reals = NDArray[np.float64]
Distance = Callable[[Sequence[Answer], Reals], Reals]
"""Of the answers, and how often each was given, how far any two are apart: from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Alpha (None where no code differs or too few judged), its 95 % interval (None of fewer than `UNITS_LEAST` units,
    or of fewer than `DISAGREED_LEAST` judged differently), and over how many units that two or more judged, with how
    many judgements."""

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
    apart = distance(answers, counts.sum(axis=0))
    found = _alpha(_disagreed(counts, apart).sum(keepdims=True), counts.sum(axis=0, keepdims=True), apart)[0]
    alpha = None if np.isnan(found) else float(found)
    differ = int(((counts > 0).sum(axis=1) > 1).sum())
    enough = alpha is not None and len(units) >= UNITS_LEAST and differ >= DISAGREED_LEAST
    interval = _interval(alpha, counts, apart) if enough and alpha is not None else None
    return Agreed(alpha, interval, len(units), int(counts.sum()))


def _disagreed(counts: Reals, apart: Reals) -> Reals:
    """How much the judges of each unit disagree.

    `counts` has, by unit and answer, the number of judges; `apart` how far answers are apart, 0 of each with itself.
    """
    return np.asarray(((counts @ apart) * counts).sum(axis=1) / np.maximum(counts.sum(axis=1) - 1, 1))


def _alpha(disagreed: Reals, totals: Reals, apart: Reals) -> Reals:
    """Alpha of samples, from how much is disagreed in each and how often each answer is given; nan where no code
    differs."""
    expected = ((totals @ apart) * totals).sum(axis=1) / np.maximum(totals.sum(axis=1) - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - disagreed / expected, np.nan)


def _interval(alpha: float, counts: Reals, apart: Reals) -> tuple[float, float] | None:
    units = len(counts)
    drawn = np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=DRAWS).astype(np.float64)
    disagreed = _disagreed(counts, apart)
    found = _alpha(drawn @ disagreed, drawn @ counts, apart)
    return bca(alpha, found, _alpha(disagreed.sum() - disagreed, counts.sum(axis=0) - counts, apart))


def bca(whole: float, drawn: Reals, without: Reals) -> tuple[float, float] | None:
    """The bias-corrected and accelerated 95 % interval of a statistic, from what it is of all units, of units drawn
    anew and without each in turn; what is nan is left out. None where no unit makes a difference.

    Efron and Tibshirani 1993, formulas 14.9 to 14.15.
    """
    from scipy.special import ndtr, ndtri  # type: ignore[import-untyped, unused-ignore]

    drawn, without = (values[~np.isnan(values)] for values in (drawn, without))
    apart = without.mean() - without if without.size else without
    if not drawn.size or not (spread := float((apart**2).sum())) > 0:
        return None
    below = ((drawn < whole).mean() + (drawn <= whole).mean()) / 2  # draws often equal it: half of these count
    bias = ndtri(np.clip(below, 1 / (drawn.size + 1), drawn.size / (drawn.size + 1)))
    acceleration = (apart**3).sum() / (6 * spread**1.5)
    at = bias + ndtri(np.array((0.025, 0.975)))
    low, high = np.quantile(drawn, ndtr(bias + at / (1 - acceleration * at)))
    return float(low), float(high)


def _jaccard(one: Answer, other: Answer) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _monotone(one: Answer, other: Answer) -> float:
    if one == other:
        return 1.0
    if one <= other or other <= one:
        return 2 / 3
    return 1 / 3 if one & other else 0.0
