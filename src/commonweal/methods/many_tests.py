"""Many tests at once: which of several hypotheses fall, when the chance of a mistake is to hold for all of them?

A line that several measurements bear on is crossed if *any* of them is past it, and each more that is looked at is one
more occasion for a false alarm: `holm` keeps the chance of any, `e_benjamini_hochberg` the expected share of false ones
among what is found. That everything is safe, on the other hand, is only shown when *each* is: there no correction is
owed, for all of them would have to mistake at once (`intersection_union`).

None of them asks how the tests depend on one another, which is why they are used here: arms of one model answer the
same items. Holm on p-values that hold at any stopping time holds at any stopping time itself.

Sources: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979)
65-70; R. Wang and A. Ramdas, False discovery rate control with e-values, JRSS B 84 (2022) 822-852; R. L. Berger,
Multiparameter hypothesis testing and acceptance sampling, Technometrics 24 (1982) 295-300.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .series import Floats


def holm(p_values: ArrayLike) -> Floats:
    """p-values after Holm's correction: of shape (tests,), each to be held against the level itself."""
    seen = np.asarray(p_values, dtype=float)
    order = np.argsort(seen, kind="stable")
    steps = seen[order] * np.arange(len(seen), 0, -1)
    corrected = np.empty_like(seen)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return corrected


def e_benjamini_hochberg(log_e: ArrayLike, level: float) -> NDArray[np.bool_]:
    """Which hypotheses fall: the k largest e-values, for the largest k whose k-th is at least tests / (level k).

    Takes ln E of shape (tests,). The expected share of false ones among what falls is at most `level`, whatever the
    dependence.
    """
    seen = np.asarray(log_e, dtype=float)
    order = np.argsort(-seen, kind="stable")
    needed = np.log(len(seen)) - np.log(level) - np.log(np.arange(1, len(seen) + 1)) if len(seen) else seen
    passed = np.flatnonzero(seen[order] >= needed)
    falls = np.zeros(len(seen), dtype=np.bool_)
    if len(passed):
        falls[order[: passed[-1] + 1]] = True
    return falls


def intersection_union(p_values: ArrayLike) -> float:
    """The p-value against "at least one of them is not so": the largest. 1 where nothing was tested."""
    seen = np.asarray(p_values, dtype=float)
    return float(np.max(seen)) if len(seen) else 1.0


__all__ = ["e_benjamini_hochberg", "holm", "intersection_union"]
