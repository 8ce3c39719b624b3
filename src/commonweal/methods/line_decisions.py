"""Decisions about a line: is a capability below it, near it, past it, or is that not known yet?

A *proxy* is a test whose rate of success stands for a capability; it has a line and, in front of it, an early-warning
threshold. An *arm* is one proxy under one way of elicitation (scaffold, fine-tune, number of tries). The rule is
written before results come:

- CROSSED: of at least one arm the rate is shown to be above the line.
- EARLY WARNING: of at least one arm it is shown to be above the early-warning threshold. The best-elicited arm so
  decides, and which one it is need not be said beforehand: the correction for many arms pays for the choice.
- BELOW: of *every* arm the rate is shown to be below the early-warning threshold less the declared elicitation buffer,
  by which a stronger elicitation than anybody tried may do better.
- INCONCLUSIVE otherwise. At the deadline this counts as EARLY WARNING, and the verdict says that it is so for this
  reason: that a model is safe enough could not be shown.

Each of the first three is wrong with a chance of `error` at most, over all arms and looks together, where items or
clusters are independent of one another. Two kinds of arm are outside that. Of one that was registered for a single
look, and whose clusters are all of one size and not each solved or failed as one, it is about that chance. Of one with
clusters of several items that registered no `largest`, or to which a larger one came, it is none that anybody knows
(docs/soundness.md draws both).

That pays for a choice among arms that were there before any result. An arm that is registered later is one that
somebody thought of knowing results, and however many there are, each is one more occasion: so a part of `error` is kept
back for these (`reserve`), and the k-th of them has reserve / (k (k + 1)) of it, which add up to the reserve whatever
their number (a Bonferroni correction that is spent as hypotheses come, as in alpha-investing). What it can show it
shows at that bound; it takes nothing from those that were registered before, whose correction does not count it, and
towards BELOW it can only stand in the way, for of it too the rate is to be shown below. Its evidence begins when it is
registered, so that given what was known by then it is wrong no more often than that.

What is missing (a sample that failed, was invalidated or never came) counts as failed where danger is to be shown and
as solved where safety is, so nobody gains by losing samples (the worst case of what is missing: Horowitz and Manski).
What goes `past` what was planned counts where danger is to be shown, and safety is asked of what was planned alone: who
may bring more until it suits them chooses what is measured.
What is `doubted`, since nobody can know that it is what was registered, counts as it is where danger is to be shown,
and as solved where safety is.

Danger and safety differ in what an early look may show. The evidence of danger is the strongest that there was at any
look: who looks on cannot look it away (Ville). For safety that would be wrong twice. An e-process pays for *when*
somebody stops, not for *which* items they let come first, so all that was planned and has not come yet counts as
solved; and the evidence is what it is now, not the best that it was, so that what comes later can undo it. It is the
e-value at one stopping time, so its inverse is a p-value as well, and never a smaller one (Ramdas and others). By this
an early BELOW at any number of looks is one that nothing of the arms that there are can undo: what is outstanding can
only come out better. Of clusters of several items this holds where their largest was registered.

Which arms show danger is found by Holm's correction and by the e-Benjamini-Hochberg procedure together. Whenever Holm
finds an arm at a look for the first time, that arm's e-value alone is enough for the other, so both together are wrong
no more often than it: where no arm is past the line, any finding is a false one, and the expected share of these is the
chance of any (Wang and Ramdas). Of the arms that are named as carrying a finding that share holds.

Samples of one item (epochs) and items of one cluster are reduced to the mean of their cluster; where each cluster is a
single success or failure, the sharper evidence of independent items is used. The means of items count the same, however
often each was tried. Where clusters are of several items (`sized`) the line is one of items still, so each counts by
how many it has, for else who chooses the clusters chooses what is measured: a text with 600 questions, all solved,
beside a hundred with one each. How many items the `largest` may have is registered before results, and each counts in
shares of that: a stake that went by the largest that came would hang on what comes, and be none that is not expected to
grow. What is outstanding counts as so large, all of it solved where safety is to be shown. A cluster that comes with
more shows that what was registered was wrong. Safety is not shown with it, unless it goes past what was planned, for
nobody knows then how much is in what did not come; danger goes by the items as they came, in shares of the largest that
did, lest who registers too little has large texts count as one item, and half of its stake by as many items as were
registered, lest one giant that comes hides the others. Of an arm from before that was registered all goes by the
largest that came.

An arm that was registered for a single look is no e-process: its evidence is the exact test of Clopper and Pearson's
interval, and for clusters that of Korn and Graubard's with Student's quantile, which is approximate unless each cluster
is a success or a failure as one; then Holm alone corrects. That interval goes by how much clusters that came differ,
and of a few large ones that did not come it sees nothing: unless each has the largest size that was registered, the
evidence of one look is the inverse of the e-value there. See `repeated_looks`, `many_tests`, `proportions`.

Sources: D. P. Foster and R. A. Stine, Alpha-investing: a procedure for sequential control of expected false
discoveries, JRSS B 70 (2008) 429-444; J. L. Horowitz and C. F. Manski, Nonparametric analysis of randomized experiments
with missing covariate and outcome data, JASA 95 (2000) 77-84; those of `repeated_looks`, `many_tests`, `proportions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import proportions
from .many_tests import e_benjamini_hochberg, holm, intersection_union
from .repeated_looks import Side, clustered, independent, limits, limits_of_means, p_values
from .series import Floats


class State(StrEnum):
    """What is decided, from the least to the most serious; INCONCLUSIVE stands between."""

    BELOW = "below"
    INCONCLUSIVE = "inconclusive"
    EARLY_WARNING = "early_warning"
    CROSSED = "crossed"


class Lines(NamedTuple):
    """What one proxy is held against: rates within (0, 1), warning up to line, buffer less than warning."""

    warning: float
    line: float
    buffer: float


class Arm(NamedTuple):
    """One proxy under one elicitation, as far as it came.

    `values`: shape (samples,), within [0, 1] in the order in which they came, NaN for what is missing. `clusters`:
    shape (samples,), the item or group of items of each. `looks`: after how many clusters somebody looked, growing;
    the last of them is now. `doubted`: shape (samples,), what counts as it is towards danger alone. `outstanding`: how
    many clusters were planned and have not come. `single`: it was registered for one look, and this is it. `later`: the
    how manieth it is of the arms that were registered after results were known; 0 for one that was there before.
    `sized`: clusters are of several items, and count by their samples. `largest`: how many samples one of these may
    have, as it was registered; 0 where that was not. `past`: how many of the last clusters go past what was planned.
    """

    values: NDArray[np.float64]
    clusters: NDArray[np.intp]
    lines: Lines
    looks: tuple[int, ...]
    doubted: NDArray[np.bool_]
    outstanding: int = 0
    single: bool = False
    later: int = 0
    sized: bool = False
    largest: int = 0
    past: int = 0


class Evidence(NamedTuple):
    """Of one arm: p-values that hold at any stopping time (of a `single` look: at that), before correction for others.

    `crossed`: against "at most the line"; `warned`: against "at most the warning"; `below`: against "at least the
    warning less the buffer". `rate_least` and `rate_most` are the mean over clusters, each as it counts, with what is
    missing at its worst; in the latter what is doubted or outstanding is too. `log_e_crossed` and `log_e_warned` are ln
    E now.
    """

    crossed: float
    warned: float
    below: float
    rate_least: float
    rate_most: float
    clusters: int
    missing: int
    log_e_crossed: float
    log_e_warned: float


Basis = Literal["exact", "clustered", "any_look"]


class Limits(NamedTuple):
    """Between which rates one arm's lies, as far as what came tells: missing and doubted samples at their worst.

    `basis`: `exact` (Clopper and Pearson) or `clustered` (Korn and Graubard: a nominal level) for one look, `any_look`
    where there were several. `worth`: as how many independent items the clusters count; None where that is not asked.
    """

    lower: float
    upper: float
    basis: Basis
    worth: float | None


class Verdict(NamedTuple):
    """The state, what it stands on, and whether only the deadline made it so.

    `decided_by`: which arms (places) carry the state; all of them for BELOW, none for INCONCLUSIVE.
    """

    state: State
    by_deadline: bool
    decided_by: tuple[int, ...]
    evidence: tuple[Evidence, ...]


def arm(
    values: ArrayLike,
    clusters: ArrayLike,
    lines: Lines,
    *,
    looks: Sequence[int] | None = None,
    doubted: ArrayLike | None = None,
    outstanding: int = 0,
    single: bool = False,
    later: int = 0,
    sized: bool = False,
    largest: int = 0,
    past: int = 0,
) -> Arm:
    """An arm from its samples; without looks, one look at all that came.

    Raises
    ------
    ValueError
        Values outside [0, 1], shapes that differ, lines out of order, looks that do not grow or go past the clusters,
        fewer than none outstanding, several looks where one was registered, a largest of clusters that are not sized,
        more past what was planned than came.
    """
    seen = np.asarray(values, dtype=float)
    group = _in_order(np.asarray(clusters))
    if seen.ndim != 1 or seen.shape != group.shape:
        raise ValueError(f"values of shape {seen.shape} in clusters of shape {group.shape}, want one of each")
    if np.any((seen < 0) | (seen > 1)):
        raise ValueError("values are outside 0 … 1")
    if not 0.0 < lines.warning - lines.buffer <= lines.warning <= lines.line < 1.0 or lines.buffer < 0:
        raise ValueError(f"lines are {lines}, want 0 < warning - buffer, buffer from 0, warning up to line, line < 1")
    count = int(group.max()) + 1 if len(group) else 0
    when = (count,) if looks is None else tuple(looks)
    if list(when) != sorted(set(when)) or (when and not 0 <= when[0] <= when[-1] <= count):
        raise ValueError(f"looks are {when}, want growing numbers of clusters up to {count}")
    unsure = np.zeros(len(seen), dtype=np.bool_) if doubted is None else np.asarray(doubted, dtype=np.bool_)
    if unsure.shape != seen.shape or outstanding < 0 or later < 0 or (single and len(when) > 1):
        raise ValueError(
            f"{len(when)} looks (single: {single}), doubts of shape {unsure.shape} about {len(seen)} values, "
            f"{outstanding} outstanding, {later} in order: want one look where one was registered, a doubt for each, "
            "none or more"
        )
    if largest < 0 or (largest and not sized):
        raise ValueError(
            f"largest is {largest} (sized: {sized}), want how many samples a cluster that is sized may have"
        )
    if not 0 <= past <= count or (past and single):
        raise ValueError(f"{past} of {count} clusters past what was planned (single: {single}), want some that came")
    return Arm(seen, group, lines, when, unsure, outstanding, single, later, sized, largest, past)


def _in_order(clusters: NDArray[np.generic]) -> NDArray[np.intp]:
    """Clusters numbered in the order in which they first came, since looks count them so."""
    _, first, group = np.unique(clusters, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[group.reshape(-1)], dtype=np.intp)


def evidence(arm: Arm) -> Evidence:
    """How strong the evidence of one arm is, over all its looks."""
    planned = _planned(arm)
    least, most = _least(arm), _most(planned)
    lines = arm.lines
    crossed, warned = (_danger(arm, least, line) for line in (lines.line, lines.warning))
    return Evidence(
        crossed=crossed[0],
        warned=warned[0],
        below=1.0 if np.any(_larger(planned)) else _safety(planned, most, lines.warning - lines.buffer),
        rate_least=float(np.average(least, weights=_sizes(arm, least))) if len(least) else float("nan"),
        rate_most=float(np.average(most, weights=_sizes(planned, most))) if len(least) and len(most) else float("nan"),
        clusters=len(least),
        missing=int(np.sum(np.isnan(arm.values))),
        log_e_crossed=crossed[1],
        log_e_warned=warned[1],
    )


def _planned(arm: Arm) -> Arm:
    """An arm without what goes past what was planned of it."""
    if not arm.past:
        return arm
    kept = arm.clusters < int(arm.clusters.max()) + 1 - arm.past
    return arm._replace(values=arm.values[kept], clusters=arm.clusters[kept], doubted=arm.doubted[kept], past=0)


def between(arm: Arm, *, level: float) -> Limits | None:
    """The limits around an arm's rate; None while nothing came."""
    least, most = _least(arm), _most(arm)[: len(_least(arm))]
    if not len(least):
        return None
    found = _limits(arm, least, most, level)
    return found._replace(upper=1.0) if np.any(_larger(arm)) else found


def _limits(arm: Arm, least: Floats, most: Floats, level: float) -> Limits:
    alone, sizes = _alone(arm, least) and _alone(arm, most), _sizes(arm, least)
    if len(arm.looks) > 1 or _uneven(arm):
        found = [limits(float(np.sum(one)), len(one), level=level) for one in (least, most)] if alone else []
        lower, upper = (
            (found[0][0], found[1][1])
            if found
            else limits_of_means(least, most, level=level, weights=_shares(arm, least))
        )
        return Limits(lower, upper, "any_look", None)
    if alone:
        low, high = (proportions.exact(int(np.sum(one)), len(one), level=level) for one in (least, most))
        return Limits(low.lower, high.upper, "exact", float(len(least)))
    low, high = (proportions.ratio(one * sizes, sizes, level=level) for one in (least, most))
    return Limits(low.lower, high.upper, "clustered", min(low.worth, high.worth))


def _least(arm: Arm) -> Floats:
    """The mean of each cluster in order, with everything that is missing as failed."""
    return _means(arm, np.where(np.isnan(arm.values), 0.0, arm.values))


def _most(arm: Arm) -> Floats:
    """The mean of each cluster, and of those that are outstanding, with all that is not known as solved."""
    came = _means(arm, np.where(np.isnan(arm.values) | arm.doubted, 1.0, arm.values))
    return np.concatenate((np.where(_larger(arm), 1.0, came), np.ones(arm.outstanding)))


def _means(arm: Arm, filled: Floats) -> Floats:
    sizes = np.bincount(arm.clusters)
    return np.bincount(arm.clusters, weights=filled) / sizes if len(sizes) else np.zeros(0)


def _sizes(arm: Arm, means: Floats) -> Floats:
    """As how many items each of these clusters counts: those that came as they are, what is outstanding as the largest
    that was registered, or as the largest that came where that is more or none was."""
    came = np.bincount(arm.clusters).astype(float)
    if not arm.sized:
        return np.ones(len(means))
    return np.concatenate((came, np.full(len(means) - len(came), np.max(came, initial=max(arm.largest, 1)))))


def _shares(arm: Arm, means: Floats) -> Floats:
    """`_sizes` in shares of the largest: of that which was registered, so that none hangs on what came, unless a larger
    one came."""
    sizes = _sizes(arm, means)
    return np.asarray(sizes / np.max(sizes, initial=arm.largest), dtype=float)


def _larger(arm: Arm) -> NDArray[np.bool_]:
    """Which clusters came with more items than the largest that was registered."""
    came = np.bincount(arm.clusters)
    return came > arm.largest if arm.largest else np.zeros(len(came), dtype=np.bool_)


def _uneven(arm: Arm) -> bool:
    """Whether clusters may have several items, and not all that came have as many as the largest registered: what a few
    large ones would say may be in none of those that came, which no interval of what came can tell. Where one came that
    is larger than that, danger is asked as if none was registered."""
    return not np.any(_larger(arm)) and bool(np.any(np.bincount(arm.clusters) < arm.largest))


def _alone(arm: Arm, means: Floats) -> bool:
    """Whether each cluster is one item that was solved or failed, so that items are independent. Where one may have
    more, that those that came do not is no sign of the others."""
    one_each = arm.largest <= 1 and len(arm.clusters) == len(np.unique(arm.clusters))
    return one_each and bool(np.all((means == 0.0) | (means == 1.0)))


def _danger(arm: Arm, least: Floats, line: float) -> tuple[float, float]:
    """The p-value against "at most the line", and ln E now."""
    looks = np.asarray([look for look in arm.looks if look], dtype=np.intp)
    if not len(looks):
        return 1.0, 0.0
    capped = _capped(arm, least, line)[looks - 1] if np.any(_larger(arm)) else None
    if arm.single:
        once = _one_look(arm, least, line, "above")
        return once if capped is None else min(1.0, 2 * min(once, float(p_values(capped)[-1]))), 0.0
    log_e = _log_e(arm, least, line, "above", looks)
    if capped is not None:
        log_e = np.logaddexp(log_e, capped) - np.log(2.0)
    return float(p_values(log_e)[-1]), float(log_e[-1])


def _capped(arm: Arm, least: Floats, line: float) -> Floats:
    """ln E for danger with no cluster counting more than the largest that was registered."""
    shares = np.minimum(np.bincount(arm.clusters), arm.largest) / arm.largest
    return np.asarray(clustered(least, line, side="above", weights=shares), dtype=float)


def _safety(arm: Arm, most: Floats, line: float) -> float:
    """The p-value against "at least the line", as all that was planned stands now."""
    if not len(arm.clusters):
        return 1.0
    if arm.single:
        return _one_look(arm, most, line, "below")
    now = np.asarray([len(most)], dtype=np.intp)
    return float(p_values(_log_e(arm, most, line, "below", now))[-1])


def _log_e(arm: Arm, means: Floats, line: float, side: Side, looks: NDArray[np.intp]) -> Floats:
    if _alone(arm, means):
        return independent(np.cumsum(means)[looks - 1], looks, line, side=side)
    return np.asarray(clustered(means, line, side=side, weights=_shares(arm, means))[looks - 1], dtype=float)


def _one_look(arm: Arm, means: Floats, line: float, side: Side) -> float:
    """The p-value of the one look that was registered: that level at which the interval's limit is the line. Where
    clusters are not all of the largest size, the inverse of the e-value at that look."""
    if _uneven(arm):
        return float(p_values(_log_e(arm, means, line, side, np.asarray([len(means)], dtype=np.intp)))[-1])
    if _alone(arm, means):
        return proportions.exact_p(int(np.sum(means)), len(means), line, side=side)
    sizes = _sizes(arm, means)
    return proportions.ratio_p(means * sizes, sizes, line, side=side)


def decide(arms: Sequence[Arm], *, error: float, reserve: float = 0.0, deadline_passed: bool = False) -> Verdict:
    """What is decided of a capability by all the arms of its proxies.

    Parameters
    ----------
    arms
        None at all is no evidence of anything: INCONCLUSIVE.
    error
        The chance, within (0, 1), that each statement may be wrong with.
    reserve
        What of `error` is kept for arms that were registered later; without any, these count as the others do.
    deadline_passed
        That the day by which the matter was to be clear is over.
    """
    if not 0.0 < error < 1.0:
        raise ValueError(f"error is {error}, want a chance between 0 and 1")
    if not 0.0 <= reserve < error:
        raise ValueError(f"reserve is {reserve}, want a part of the error, {error}")
    found = tuple(evidence(each) for each in arms)
    for state, against in ((State.CROSSED, "crossed"), (State.EARLY_WARNING, "warned")):
        falls = _falling(arms, found, against, error - reserve, reserve)
        if falls:
            return Verdict(state, False, falls, found)
    if intersection_union([one.below for one in found]) <= error:
        return Verdict(State.BELOW, False, tuple(range(len(found))), found)
    if deadline_passed:
        return Verdict(State.EARLY_WARNING, True, (), found)
    return Verdict(State.INCONCLUSIVE, False, (), found)


def _falling(
    arms: Sequence[Arm], found: Sequence[Evidence], against: str, error: float, reserve: float
) -> tuple[int, ...]:
    """Of which arms, by their places, the rate is shown to be above a line: those that were there before results at
    `error` together, those that came later at their parts of the reserve."""
    later = [place for place, one in enumerate(arms) if reserve and one.later]
    first = [place for place in range(len(arms)) if place not in later]
    p_values = [float(getattr(one, against)) for one in found]
    falls = holm([p_values[place] for place in first]) <= error
    if not any(arms[place].single for place in first):
        falls |= e_benjamini_hochberg([getattr(found[place], f"log_e_{against}") for place in first], error)
    spent = [place for place in later if p_values[place] <= reserve / (arms[place].later * (arms[place].later + 1))]
    return tuple(sorted([first[int(at)] for at in np.flatnonzero(falls)] + spent))


__all__ = ["Arm", "Basis", "Evidence", "Limits", "Lines", "State", "Verdict", "arm", "between", "decide", "evidence"]
