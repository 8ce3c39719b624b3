"""How much computation training took: intervals by method, their combination, and when a running run will cross a line.

Every quantity is in FLOP, every time in seconds. An estimate is a central value with its central 90 % interval, read
as a two-piece lognormal distribution: the point is the median, `low` and `high` are the 5 % and 95 % quantiles.
No policy number lives here; factors, utilisation ranges and hardware peaks are handed in.
Whatever positive, finite numbers come in, finite ones come out: what arithmetic would make 0 or infinite stays at the
smallest or largest number there is. Everything else is refused with a `ValueError` that says what was seen.

Sources:
- operations counted: C ≈ 6·N·D with N the parameters active for a token (Kaplan et al. 2020, arXiv:2001.08361, §2.1;
  Hoffmann et al. 2022, arXiv:2203.15556, appendix F);
- hardware: chips × seconds × peak FLOP/s × utilisation (Sevilla et al. 2022, "Estimating training compute of deep
  learning models", method 2); at utilisation 1 it is an upper bound;
- combination under unknown correlation: covariance intersection (Julier & Uhlmann 1997) with equal weights, plus the
  spread between the methods.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

__all__ = [
    "LEVEL",
    "Combined",
    "Crossing",
    "Estimate",
    "around",
    "capped",
    "ceiling",
    "combined",
    "continued",
    "crossing",
    "from_hardware",
    "from_operations",
    "probability_above",
    "projected_total",
    "rate",
    "ratio",
    "summed",
]

LEVEL = 0.9
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf((1 + LEVEL) / 2)
OPERATIONS_PER_PARAMETER_AND_TOKEN = 6.0
SECONDS_PER_HOUR = 3600.0
_LEAST, _MOST = math.ulp(0.0), sys.float_info.max


def _kept(value: float) -> float:
    """A positive quantity within what a number can hold."""
    return min(max(value, _LEAST), _MOST)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A positive quantity with its central 90 % interval: 0 < low ≤ point ≤ high, all finite."""

    low: float
    point: float
    high: float

    def __post_init__(self) -> None:
        if not (0 < self.low <= self.point <= self.high < math.inf):
            raise ValueError(f"an estimate needs 0 < low ≤ point ≤ high, saw {self.low}, {self.point}, {self.high}")

    @property
    def sigma_log(self) -> float:
        """Standard deviation of the logarithm, from the whole width of the interval."""
        return (math.log(self.high) - math.log(self.low)) / (2 * _Z)

    def overlaps(self, other: Estimate) -> bool:
        return self.low <= other.high and other.low <= self.high

    def scaled(self, factor: float) -> Estimate:
        """Every figure times a positive factor."""
        _positive(factor=factor)
        return Estimate(_kept(self.low * factor), _kept(self.point * factor), _kept(self.high * factor))


def _positive(**named: float) -> None:
    for name, value in named.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be a positive, finite number, saw {value}")


def around(point: float, factor: float) -> Estimate:
    """An estimate that is right within a factor: `[point / factor, point · factor]`, factor ≥ 1."""
    _positive(point=point, factor=factor)
    if factor < 1:
        raise ValueError(f"factor must be at least 1, saw {factor}")
    return Estimate(_kept(point / factor), point, _kept(point * factor))


def from_operations(parameters_active: float, tokens: float, factor: float) -> Estimate:
    """6·N·D FLOP for N parameters active for a token and D tokens seen, right within `factor`."""
    _positive(parameters_active=parameters_active, tokens=tokens)
    return around(_kept(OPERATIONS_PER_PARAMETER_AND_TOKEN * parameters_active * tokens), factor)


def from_hardware(chips: float, hours: float, peak_flop_s: float, utilisation: Estimate) -> Estimate:
    """chips × seconds × peak × utilisation. Raises `ValueError` for a utilisation above 1."""
    if utilisation.high > 1:
        raise ValueError(f"utilisation cannot exceed 1, saw {utilisation.high}")
    return utilisation.scaled(ceiling(chips, hours, peak_flop_s))


def ceiling(chips: float, hours: float, peak_flop_s: float) -> float:
    """The most FLOP that these chips can have done in these hours: utilisation 1."""
    _positive(chips=chips, hours=hours, peak_flop_s=peak_flop_s)
    return _kept(chips * hours * SECONDS_PER_HOUR * peak_flop_s)


def continued(base: Estimate, own: Estimate) -> Estimate:
    """The whole of a model trained on from another one, when it is unclear whether `own` counts the base's tokens too.

    If it does, the whole is the larger of both; if not, their sum. The interval holds both readings.
    """
    low = max(base.low, own.low)
    high = _kept(base.high + own.high)
    point = math.sqrt(max(base.point, own.point)) * math.sqrt(_kept(base.point + own.point))
    return Estimate(low, min(max(point, low), high), high)


def summed(parts: Sequence[Estimate]) -> Estimate:
    """The sum of quantities that may err in the same direction: each end is the sum of the ends. At least one part."""
    if not parts:
        raise ValueError("a sum needs at least one part")
    low, point, high = (_kept(sum(getattr(part, end) for part in parts)) for end in ("low", "point", "high"))
    return Estimate(low, point, high)


def ratio(over: Estimate, under: Estimate) -> Estimate:
    """One quantity as a share of another, whatever the relation between their errors."""
    return Estimate(
        _kept(over.low / under.high), _kept(over.point / under.point), _kept(min(over.high / under.low, _MOST))
    )


Agreement = Literal["single", "agree", "disagree", "impossible"]


@dataclass(frozen=True, slots=True)
class Combined:
    """What several methods say together.

    `agreement`: *single* method; they *agree* (every two intervals overlap); they *disagree* (some two do not); or
    it is *impossible* (a whole interval lies above the hard upper bound, so an input is wrong). `apart` is the
    largest point divided by the smallest.
    """

    estimate: Estimate
    agreement: Agreement
    apart: float


def combined(estimates: Sequence[Estimate], bound: float | None = None) -> Combined:
    """One estimate from several of the same quantity, in any order; at least one.

    When every two intervals overlap: the precision-weighted mean of the logarithms; its variance is the harmonic mean
    of the methods' variances (covariance intersection with equal weights, so repeating a method adds no confidence)
    plus the weighted variance between the methods. When some two do not overlap, averaging would hide that one of
    them is wrong: the interval then spans them all, and the point is the highest of theirs, the cautious reading until
    somebody says which input is wrong. Last, nothing above the hard upper bound `bound` remains, unless a whole
    interval lies above it: then the bound's inputs are in doubt too, and it cuts nothing.
    """
    if not estimates:
        raise ValueError("combining needs at least one estimate")
    ordered = sorted(estimates, key=lambda item: (item.point, item.low, item.high))
    apart = _kept(ordered[-1].point / ordered[0].point)
    if bound is not None and any(item.low > bound for item in ordered):
        return Combined(_hull(ordered), "impossible", max(apart, _kept(ordered[-1].point / bound)))
    if all(a.overlaps(b) for i, a in enumerate(ordered) for b in ordered[:i]):
        found = _weighted(ordered)
        agreement: Agreement = "single" if len(ordered) == 1 else "agree"
    else:
        found, agreement = _hull(ordered), "disagree"
    return Combined(found if bound is None else capped(found, bound), agreement, apart)


def capped(estimate: Estimate, bound: float) -> Estimate:
    """The estimate with nothing above a hard upper bound."""
    _positive(bound=bound)
    high = min(estimate.high, bound)
    point = min(estimate.point, high)
    return Estimate(min(estimate.low, point), point, high)


def _hull(estimates: Sequence[Estimate]) -> Estimate:
    return Estimate(
        min(item.low for item in estimates), max(item.point for item in estimates), max(item.high for item in estimates)
    )


def _weighted(estimates: Sequence[Estimate]) -> Estimate:
    if len({(item.low, item.point, item.high) for item in estimates}) == 1:
        return estimates[0]
    exact = [item for item in estimates if item.sigma_log == 0]
    weights = [1.0 if item in exact else 0.0 for item in estimates] if exact else [i.sigma_log**-2 for i in estimates]
    total = math.fsum(weights)
    logs = [math.log(item.point) for item in estimates]
    mean = math.fsum(w * x for w, x in zip(weights, logs, strict=True)) / total
    within = 0.0 if exact else len(estimates) / total
    between = math.fsum(w * (x - mean) ** 2 for w, x in zip(weights, logs, strict=True)) / total
    factor = math.exp(min(_Z * math.sqrt(within + between), math.log(_MOST)))
    return around(_kept(math.exp(min(mean, math.log(_MOST)))), factor)


def probability_above(estimate: Estimate, line: float, bound: float | None = None) -> float:
    """The probability that the quantity is at or above `line`, by the two-piece lognormal reading; 0 above a bound."""
    _positive(line=line)
    if bound is not None and line > bound:
        return 0.0
    distance = _log_ratio(line, estimate.point)
    side = estimate.high if distance > 0 else estimate.low
    sigma = abs(_log_ratio(side, estimate.point)) / _Z
    if sigma == 0:
        return 1.0 if distance <= 0 else 0.0
    return 1 - _NORMAL.cdf(distance / sigma)


def _log_ratio(above: float, below: float) -> float:
    ratio = above / below
    return math.log(ratio) if 0 < ratio < math.inf else math.log(above) - math.log(below)


Reading = tuple[float, float]


def _ordered(readings: Sequence[Reading]) -> list[Reading]:
    found = sorted(readings)
    for at, done in found:
        if not (math.isfinite(at) and math.isfinite(done) and done >= 0):
            raise ValueError(f"a meter reading must be finite and not below 0, saw {done} at {at}")
    for (t0, c0), (t1, c1) in itertools.pairwise(found):
        if t1 == t0 or c1 < c0:
            raise ValueError(f"meter readings must rise with time, saw {c0} at {t0} then {c1} at {t1}")
    return found


def rate(readings: Sequence[Reading], meter_factor: float, window: int) -> Estimate | None:
    """FLOP per second of a run from cumulative meter readings `(second, FLOP)`; None when nothing moved yet.

    The point is the slope over the last `window` readings; the interval spans the slopes between neighbours there,
    widened by the meter's own `meter_factor` (≥ 1). Raises `ValueError` when readings fall or are not finite.
    """
    _positive(meter_factor=meter_factor)
    if meter_factor < 1:
        raise ValueError(f"meter_factor must be at least 1, saw {meter_factor}")
    recent = _ordered(readings)[-max(window, 2) :]
    if len(recent) < 2 or recent[-1][1] <= recent[0][1]:
        return None
    slopes = [_kept((c1 - c0) / (t1 - t0)) for (t0, c0), (t1, c1) in itertools.pairwise(recent) if c1 > c0]
    point = _kept((recent[-1][1] - recent[0][1]) / (recent[-1][0] - recent[0][0]))
    return Estimate(_kept(min(*slopes, point) / meter_factor), point, _kept(max(*slopes, point) * meter_factor))


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a running total reaches a line: *crossed* for certain, or *forecast* while the meter allows doubt.

    Seconds on the readings' own axis. Whatever lies before the last reading is read off the readings, the rest goes on
    at the metered rate; so the earliest time of a forecast, and its point, can be past.
    """

    state: Literal["crossed", "forecast"]
    earliest_s: float
    point_s: float
    latest_s: float


def crossing(readings: Sequence[Reading], line: float, meter_factor: float, window: int) -> Crossing | None:
    """When the run crosses `line`; None when no rate can be told.

    The meter is right within `meter_factor` (≥ 1): of a metered total c at most c·factor and at least c/factor were
    done. `earliest_s` is when c·factor reaches the line, `point_s` when c does, `latest_s` when c/factor does; between
    two readings the first of them counts as the earliest and the second as the latest.
    """
    _positive(line=line)
    ordered = _ordered(readings)
    speed = rate(ordered, meter_factor, window)
    if not ordered:
        return None
    most, metered, least = (_passed(ordered, line, factor) for factor in (meter_factor, 1.0, 1 / meter_factor))
    if least is not None:
        assert most is not None  # what c/factor reaches, c and c·factor have reached before
        assert metered is not None
        return Crossing("crossed", most[0], metered[1], least[2])
    if speed is None:
        return None
    last_s, done = ordered[-1]
    earliest = most[0] if most else _reached(last_s, line - done * meter_factor, speed.high)
    point = metered[1] if metered else _reached(last_s, line - done, speed.point)
    latest = _reached(last_s, line - done / meter_factor, speed.low)
    return Crossing("forecast", min(earliest, point), point, max(latest, point))


def _reached(from_s: float, left: float, speed: float) -> float:
    return min(from_s + _kept(left / speed), _MOST)


def _passed(ordered: Sequence[Reading], line: float, factor: float) -> tuple[float, float, float] | None:
    """Between which readings `factor` times the meter reaches the line, and when if it rose evenly between them."""
    for i, (t1, c1) in enumerate(ordered):
        if c1 * factor >= line:
            t0, c0 = ordered[i - 1] if i else (t1, c1)
            share = 1.0 if c1 == c0 else (line / factor - c0) / (c1 - c0)
            return t0, min(max(t0 + (t1 - t0) * share, t0), t1), t1
    return None


def projected_total(readings: Sequence[Reading], end_s: float, meter_factor: float, window: int) -> Estimate | None:
    """The total when the run ends at `end_s` and goes on at the metered rate; None when no rate can be told."""
    ordered = _ordered(readings)
    speed = rate(ordered, meter_factor, window)
    if speed is None:
        return None
    last_s, done = ordered[-1]
    left_s = max(0.0, end_s - last_s)
    sure = around(done, meter_factor)
    return Estimate(*(_kept(s + left_s * r) for s, r in zip(_parts(sure), _parts(speed), strict=True)))


def _parts(estimate: Estimate) -> tuple[float, float, float]:
    return (estimate.low, estimate.point, estimate.high)
