"""The chance that a report tells of something new, from how well the best of what is known agrees with it.

A logistic regression with a small ridge (D. R. Cox, J. R. Stat. Soc. B 20, 1958) on four numbers: the best score, its
lead over the third to the eighth, and whether names and days were given at all. The first two may only speak for
something known, so a better agreement never raises the chance that it is new. Scored by G. W. Brier, Monthly Weather
Review 78 (1950), and by the expected calibration error in equal bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .postings import Real

LEAD_FROM, LEAD_TO = 2, 8
RIDGE = 0.1
STEPS_MAX = 100
STEP_MIN = 1e-9
HOLDS_FROM = 100
"""Among fewer known reports the chance is not to be relied on: what sets a score apart is how rare its words are, and
among a few every word is. Measured on the queries of `benchmarks/bench_incidents.py`, each among so many incidents
drawn for it, on words, names and days and on the text alone, the calibration error was .17 and .27 among 2, .10 and .21
among 8, .09 and .13 among 20, .06 and .08 among 50, .05 and .06 among 100, and no better among more."""


@dataclass(frozen=True)
class Chances:
    """Log-odds that a report is known, fitted where one in two was: see `benchmarks/README.md` for data and figures."""

    at_zero: float
    top: float
    lead: float
    names: float
    days: float

    @classmethod
    def fitted(cls, signs: Real, known: Real) -> Chances:
        """From rows of `signs` (n, 4) and whether each was known (n, 1 or 0), as many of one as of the other."""
        at_zero, *rest = logistic(signs, known, not_below_zero=(0, 1))
        return cls(float(at_zero), *(float(each) for each in rest))

    def new(self, signs: Real, share_new: float = 0.5) -> Real:
        """The chance of being new, (n,), where the given share of all reports is."""
        if not 0 < share_new < 1:
            raise ValueError(f"the share of new reports lies between 0 and 1; saw {share_new}")
        odds = self.at_zero + signs @ np.array([self.top, self.lead, self.names, self.days])
        return sigmoid(np.log(share_new / (1 - share_new)) - odds)


def signs(scores: Real, names: bool, days: bool) -> Real:
    """The four numbers, (4,), from scores in falling order, of which those that are not there count as 0."""
    padded = np.zeros(LEAD_TO)
    padded[: min(len(scores), LEAD_TO)] = scores[:LEAD_TO]
    return np.array([padded[0], padded[0] - padded[LEAD_FROM:].mean(), float(names), float(days)])


def logistic(x: Real, y: Real, not_below_zero: tuple[int, ...] = (), weights: Real | None = None) -> Real:
    """The coefficients, (1 + k,), constant first, for `x` (n, k) and `y` (n,) in 0 to 1, by Newton's method.

    A coefficient that may not be below zero and would be is set to it, the most negative first, and the rest fitted
    again.
    """
    weights = np.ones(len(y)) if weights is None else weights
    kept = list(range(x.shape[1]))
    while True:
        found = _newton(np.column_stack([np.ones(len(y)), x[:, kept]]), y, weights)
        below = [(value, column) for value, column in zip(found[1:], kept, strict=True) if value < 0]
        barred = [pair for pair in below if pair[1] in not_below_zero]
        if not barred:
            whole = np.zeros(1 + x.shape[1])
            whole[[0, *(1 + column for column in kept)]] = found
            return whole
        kept.remove(min(barred)[1])


def brier(chances: Real, outcomes: Real) -> float:
    """The mean square of chance minus outcome (1 or 0)."""
    return float(np.mean((chances - outcomes) ** 2))


def calibration_error(chances: Real, outcomes: Real, bins: int = 10) -> float:
    """The mean distance between chance and share, over equal bins of chance, each weighed by what falls into it."""
    places = np.minimum((chances * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(places, weights=chances - outcomes, minlength=bins)
    return float(np.abs(gaps).sum() / len(chances))


def sigmoid(odds: Real) -> Real:
    """Chances from log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def _newton(x: Real, y: Real, weights: Real) -> Real:
    ridge = RIDGE * np.diag([1e-9] + [1.0] * (x.shape[1] - 1))
    found = np.zeros(x.shape[1])
    for _ in range(STEPS_MAX):
        chance = sigmoid(x @ found)
        slope = x.T @ (weights * (chance - y)) + ridge @ found
        curve = (x * (weights * chance * (1 - chance))[:, None]).T @ x + ridge
        step = np.linalg.solve(curve, slope)
        found -= step
        if np.abs(step).max() < STEP_MIN:
            return found
    raise ValueError("the logistic regression did not settle; are all outcomes the same?")
