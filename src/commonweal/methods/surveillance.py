"""Sequential surveillance of a count: has more happened than expected, looked at as often as anybody likes?

Whoever tests a growing count anew at every look raises a false alarm sooner or later. The maximised sequential
probability ratio test (MaxSPRT) for Poisson counts has one critical value for the log-likelihood ratio that holds for
all looks together: with it, the chance of ever signalling while nothing is wrong is at most alpha, whether the count is
looked at with every report or once a month. It is meant for incidents and near misses of one kind, from the day that
a system is put into use, where the number expected without a problem can be stated beforehand and the looks are many.

Time runs in *expected events*: μ is the number expected so far if nothing is wrong, whatever the calendar says. A
relative risk R means that events come R times as often. Nothing here is simulated: a state is the number of events
so far, and between two bounds it moves by the Poisson distribution; only what is below double precision is left out.

Source: M. Kulldorff and others, A maximized sequential probability ratio test for drug and vaccine safety surveillance,
Sequential Analysis 30 (2011) 58-78; least number of events and delayed start: M. Kulldorff and
I. R. Silva, Continuous post-market sequential safety surveillance with minimum events to signal, REVSTAT 15 (2017)
373-394.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .counts import amounts
from .series import Bools, Floats

CRITICAL_LEAST = 1e-9
"""The least critical value looked at: practically, every excess over what was expected signals."""
CRITICAL_STEP = 1e-11


@dataclass(frozen=True, slots=True)
class Plan:
    """What is agreed before the first look; a critical value belongs to one plan and one alpha.

    `limit` is T, the expected events at which watching ends (above 0); `events_min` is M, the fewest events that may
    signal (a whole number from 1); `delay` is D, the expected events before the first look (0 to T). Raises
    `ValueError` that names every fault.
    """

    limit: float
    events_min: int = 1
    delay: float = 0.0

    def __post_init__(self) -> None:
        faults = []
        if not (math.isfinite(self.limit) and self.limit > 0):
            faults.append(f"limit must be a finite number above 0, saw {self.limit}")
        if not (isinstance(self.events_min, int) and self.events_min >= 1):
            faults.append(f"events_min must be a whole number from 1, saw {self.events_min}")
        if not 0 <= self.delay <= self.limit:
            faults.append(f"delay must lie between 0 and the limit, saw {self.delay}")
        if faults:
            raise ValueError("; ".join(faults))


class Performance(NamedTuple):
    """What a plan can be expected to do; times in expected events.

    `power` is the chance of a signal before the limit; `time_to_signal` its mean time if there is one (NaN where there
    can be none); `length` the mean time until the surveillance ends, by a signal or at the limit.
    """

    power: float
    time_to_signal: float
    length: float


def llr(events: ArrayLike, expected: ArrayLike) -> Floats:
    """Log-likelihood ratio of `events` n where `expected` μ were: (μ − n) + n·ln(n/μ) for n > μ, else 0.

    Shapes broadcast. Infinite where something happened that was not expected at all. Raises `ValueError` for what is
    negative or not a number.
    """
    n, mu = amounts(events, "events"), amounts(expected, "expected")
    with np.errstate(divide="ignore", invalid="ignore"):
        found = mu - n + np.where(n > 0, n * np.log(n / mu), 0.0)
    return np.where(n > mu, found, 0.0)


def last_signal_at(critical: float, events: ArrayLike) -> Floats:
    """The largest expected count at which so many events (at least 1) still signal: the μ < n whose LLR is `critical`.

    μ = −n·W(−exp(−1 − critical/n)) with the principal branch of Lambert's W. Shape of `events`.
    """
    from scipy.special import lambertw  # type: ignore[import-untyped, unused-ignore]

    n, critical = amounts(events, "events"), _above_0(critical, "a critical value")
    if (n < 1).any():
        raise ValueError(f"events must be at least 1, saw {n.min()}")
    return np.asarray(-n * lambertw(-np.exp(-1 - critical / n)).real)


def events_to_signal(plan: Plan, critical: float, expected: ArrayLike) -> Floats:
    """The fewest events that signal at each expected count; infinite before the first look and past the limit.

    Shape of `expected`. These are the bounds to publish beforehand and to draw beside the count.
    """
    mu = amounts(expected, "expected")
    first, ends = _bounds(plan, critical)
    found = first + np.searchsorted(ends, mu, side="left").astype(float)
    return np.where((mu < plan.delay) | (mu > plan.limit), np.inf, found)


def signalled(plan: Plan, critical: float, events: ArrayLike, expected: ArrayLike) -> Bools:
    """Whether there has been a signal by each look: a row for each look, oldest first, further axes beside it.

    `events` and `expected` are cumulated since the surveillance began and broadcast. A signal stays. Raises
    `ValueError` where a cumulated number falls.
    """
    n, mu = np.broadcast_arrays(amounts(events, "events"), amounts(expected, "expected"))
    for name, what in (("events", n), ("expected", mu)):
        if (np.diff(what, axis=0) < 0).any():
            raise ValueError(f"{name} must be cumulated: they fall from one look to a later one")
    return np.asarray(np.logical_or.accumulate(n >= events_to_signal(plan, critical, mu), axis=0))


def critical_value(plan: Plan, alpha: float = 0.05) -> float:
    """The least critical value with which a plan signals with a chance of at most `alpha` while nothing is wrong.

    Usually that chance is alpha; with a delayed start it can jump past it, and is then below. `alpha` lies between 0
    and 1. Raises `ValueError` where the plan cannot reach alpha whatever the critical value: it ends too early for the
    fewest events asked for.
    """
    from scipy.optimize import brentq  # type: ignore[import-untyped, unused-ignore]

    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, saw {alpha}")

    def excess(critical: float) -> float:
        return performance(plan, critical).power - alpha

    if excess(CRITICAL_LEAST) < 0:
        most = performance(plan, CRITICAL_LEAST).power
        raise ValueError(
            f"a plan to {plan.limit} expected events signals with a chance of {most:.3g} at most, less than the"
            f" alpha of {alpha}: set a larger limit, fewer least events than {plan.events_min}, or a smaller alpha"
        )
    high = 2.0
    while excess(high) > 0:
        high *= 2
    found, step = float(brentq(excess, CRITICAL_LEAST, high, xtol=CRITICAL_STEP)), CRITICAL_STEP
    while excess(found) > 0:
        found, step = found + step, step * 2
    return found


def performance(plan: Plan, critical: float, relative_risk: float = 1.0) -> Performance:
    """Power and mean times of a plan when events come `relative_risk` (above 0) times as often as expected.

    At relative risk 1 the power is the plan's true alpha. From one bound to the next: n events signal when the n-th
    comes before `last_signal_at`. So a state of j events signals within a span s with the chance that n − j or more
    come, P(n − j, R·s), and adds (n − j)/R · P(n − j + 1, R·s) to the mean time; P is the regularised incomplete gamma
    function.
    """
    from scipy.special import gammainc  # type: ignore[import-untyped, unused-ignore]

    _above_0(relative_risk, "a relative risk")
    first, ends = _bounds(plan, critical)
    at = plan.delay
    states = _poisson(first, relative_risk * at)
    power = float(gammainc(first, relative_risk * at))
    time = at * power
    for n, end in enumerate(ends.tolist(), first):
        mean = relative_risk * (end - at)
        reach = _reach(mean)
        near = states[-reach:]
        missing = n - np.arange(len(states) - len(near), len(states))
        signal = float(near @ gammainc(missing, mean))
        power += signal
        time += at * signal + float(near @ (missing * gammainc(missing + 1, mean))) / relative_risk
        states = np.convolve(states, _poisson(reach, mean))[:n]
        at = end
    power = min(power, 1.0)
    return Performance(power, time / power if power else math.nan, time + plan.limit * (1 - power))


def _bounds(plan: Plan, critical: float) -> tuple[int, Floats]:
    """The fewest events that can signal, and for them and each number above until when they do; the last at the limit.

    Numbers whose last signal lies before the first look never signal. So many events that the limit is reached are
    bounded by Bernstein's inequality, LLR(T + x, T) ≥ x² / 2(T + x/3).
    """
    limit, critical = plan.limit, _above_0(critical, "a critical value")
    most = math.ceil(limit + critical / 3 + math.sqrt(critical**2 / 9 + 2 * critical * limit)) + plan.events_min
    until = last_signal_at(critical, np.arange(1, most + 1))
    first = max(plan.events_min, int(np.searchsorted(until, plan.delay, side="left")) + 1)
    last = max(first, int(np.searchsorted(until, limit, side="left")) + 1)
    return first, np.minimum(until[first - 1 : last], limit)


def _reach(mean: float) -> int:
    """How many events cover a Poisson distribution but for less than double precision."""
    return math.ceil(mean + 9 * math.sqrt(mean)) + 16


def _poisson(size: int, mean: float) -> Floats:
    """Chances of 0, 1, … `size` − 1 events."""
    from scipy.special import gammaln, xlogy  # type: ignore[import-untyped, unused-ignore]

    n = np.arange(size)
    return np.asarray(np.exp(xlogy(n, mean) - mean - gammaln(n + 1)))


def _above_0(value: float, name: str) -> float:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} is a finite number above 0, saw {value}")
    return value
