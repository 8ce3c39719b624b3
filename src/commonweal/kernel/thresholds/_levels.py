"""How far up its levels a firing rule is, and which share of the response that calls for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonweal.kernel.expressions import Expression, Frame
from commonweal.methods.series import Bools, Floats, negated

from ._machine import STATES, Machine, step
from ._rules import ActOn, ThresholdRule

OPPOSITE: dict[ActOn, ActOn] = {"point": "point", "lower": "upper", "upper": "lower"}
SCALE_DECIMALS = 6


def acted_on(found: Expression, frame: Frame, side: ActOn) -> Floats:
    """An expression over a frame, or the bound of it that is acted on."""
    if side == "point":
        return found.evaluate(frame)
    low, high = found.bounds(frame)
    return low if side == "lower" else high


@dataclass(frozen=True)
class Rungs:
    """The levels of a rule over a frame: `on` and `off` as each machine steps on them, and the bound of each.

    `value` is the quantity they are of. Arrays are [periods, subjects of the rule] or [periods, 1].
    """

    on: tuple[Floats, ...]
    off: tuple[Floats, ...]
    at: tuple[Floats, ...]
    value: Floats

    def cell(self, row: int, column: int) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], float]:
        """`(on, off, at, value)` of one period of one subject, one figure a level."""

        def one(array: Floats) -> float:
            return float(array[row, column if array.shape[1] > 1 else 0])

        on, off, at = (tuple(one(array) for array in arrays) for arrays in (self.on, self.off, self.at))
        return on, off, at, one(self.value)


def rungs(rule: ThresholdRule, frame: Frame) -> Rungs | None:
    """What the levels of a rule are judged on; None where it has none."""
    if not rule.levels:
        return None
    with np.errstate(all="ignore"):
        return _rungs(rule, frame)


def _rungs(rule: ThresholdRule, frame: Frame) -> Rungs:
    side = rule.act_on
    on = tuple(acted_on(level.on, frame, side) for level in rule.levels)
    off = tuple(
        acted_on(level.off, frame, OPPOSITE[side]) if level.off else negated(reached)
        for level, reached in zip(rule.levels, on, strict=True)
    )
    far = OPPOSITE[side] if rule.levels[0].falling else side
    at = tuple(level.at.evaluate(frame) for level in rule.levels)
    return Rungs(on, off, at, acted_on(rule.lets[rule.value], frame, far))


def climbed(
    rule: ThresholdRule, levels: Sequence[Machine], period: int, on: Sequence[float], off: Sequence[float]
) -> tuple[Machine, ...]:
    """The machines of the levels after an observation in `period`."""
    return tuple(
        step(machine, period, reached, left, level.dwell)
        for level, machine, reached, left in zip(rule.levels, levels, on, off, strict=True)
    )


def standing(
    rule: ThresholdRule, firing: bool, held: Sequence[bool], value: float, at: Sequence[float]
) -> tuple[str, float | None]:
    """`(level, scale)` of a rule: the highest level that is on, and the share between it and the next.

    Between two levels the share rises in proportion to the value; a level that is still on keeps its own share however
    far the value has fallen, and one not yet on (its dwell is not over) lends nothing.
    """
    if not rule.levels:
        return "", None
    top = max((number for number, on in enumerate(held) if on), default=-1)
    if not firing or top < 0:
        return "", 0.0
    level = rule.levels[top]
    if top + 1 == len(rule.levels) or not math.isfinite(value) or math.isnan(at[top]) or math.isnan(at[top + 1]):
        return level.name, level.scale
    width = at[top + 1] - at[top]
    share = (value - at[top]) / width if width else 0.0
    share = min(max(share, 0.0), 1.0)
    scale = level.scale + share * (rule.levels[top + 1].scale - level.scale)
    return level.name, float(np.round(scale, SCALE_DECIMALS))


def stood(
    rule: ThresholdRule, climb: Rungs | None, states: NDArray[np.int8], held: Bools, heard: Bools
) -> tuple[NDArray[np.int8] | None, Floats | None]:
    """The levels and scales of `standing` over a whole history, [periods, subjects of the rule]; None without levels.

    `states` are those of the rule itself and `held[period, level, subject]` whether each level's machine is on. Where
    nothing was heard, or the state is unknown, both stay as they were.
    """
    if climb is None:
        return None, None
    rows, width = states.shape
    level, scale = np.full((rows, width), -1, dtype=np.int8), np.zeros((rows, width))
    for number, own in enumerate(rule.levels):
        share = np.full((rows, width), own.scale)
        if number + 1 < len(rule.levels):
            share = _between(climb, number, own.scale, rule.levels[number + 1].scale, share.shape)
        on = held[:, number]
        level, scale = np.where(on, np.int8(number), level), np.where(on, share, scale)
    firing = states == STATES.index("firing")
    level, scale = np.where(firing, level, np.int8(-1)), np.where(firing, scale, 0.0)
    said = heard & (states != STATES.index("unknown"))
    since = np.maximum.accumulate(np.where(said, np.arange(rows)[:, None], -1), axis=0)
    ever = since >= 0
    level = np.where(ever, np.take_along_axis(level, np.maximum(since, 0), axis=0), np.int8(-1))
    scale = np.where(ever, np.take_along_axis(scale, np.maximum(since, 0), axis=0), 0.0)
    return level, scale


def _between(climb: Rungs, number: int, lower: float, upper: float, shape: tuple[int, ...]) -> Floats:
    """The share between a level and the next, in proportion to the value; the lower one's where that is not known."""
    at, beyond, value = (np.broadcast_to(a, shape) for a in (climb.at[number], climb.at[number + 1], climb.value))
    with np.errstate(all="ignore"):
        width = beyond - at
        part = np.where(width == 0, 0.0, (value - at) / width)
    part = np.where(np.isfinite(value) & np.isfinite(part), np.clip(part, 0.0, 1.0), 0.0)
    known = np.isfinite(value) & ~np.isnan(at) & ~np.isnan(beyond)
    return np.where(known, np.round(lower + part * (upper - lower), SCALE_DECIMALS), lower)
