"""How far up its levels a firing rule is, and which share of the response that calls for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonweal.kernel.expressions import Expression, Frame
from commonweal.methods.series import Bools, Floats, negated

from ._machine import STATES, Machine, silenced, step
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
    rule: ThresholdRule, frame: Frame, states: NDArray[np.int8], heard: Bools, fell: Bools
) -> tuple[NDArray[np.int8] | None, Floats | None]:
    """`(levels, scales)` over a whole history, [periods, subjects of the rule]; None for a rule without levels.

    `states` are those of the rule itself; `heard` and `fell` say where something was observed, and where silence had
    fallen before it.
    """
    with np.errstate(all="ignore"):
        climb = rungs(rule, frame)
    if climb is None:
        return None, None
    number = {level.name: at for at, level in enumerate(rule.levels)}
    levels, scales = np.full(states.shape, -1, dtype=np.int8), np.zeros(states.shape)
    for column in range(states.shape[1]):
        machines: tuple[Machine, ...] = (Machine(),) * len(rule.levels)
        name, scale = "", 0.0
        for row in range(states.shape[0]):
            if heard[row, column]:
                if fell[row, column]:
                    machines = tuple(silenced(machine) for machine in machines)
                on, off, at, value = climb.cell(row, column)
                machines = climbed(rule, machines, frame.start + row, on, off)
                if STATES[states[row, column]] != "unknown":
                    held = [machine.base == "firing" for machine in machines]
                    firing = STATES[states[row, column]] == "firing"
                    name, share = standing(rule, firing, held, value, at)
                    scale = share or 0.0
            levels[row, column], scales[row, column] = number.get(name, -1), scale
    return levels, scales
