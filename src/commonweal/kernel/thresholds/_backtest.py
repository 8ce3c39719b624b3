"""The same rule over a whole history at once: every subject in step, one period after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from commonweal.kernel.expressions import Frame
from commonweal.methods.series import Bools, Floats, negated

from ._machine import STATES, Dwell
from ._rules import ThresholdRule

UNKNOWN, OK, PENDING, FIRING = range(4)
NEVER = -(10**9)
Codes = NDArray[np.int8]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Backtest:
    """What a rule would have said: `states[period, subject]` as positions in `STATES`, with what it was judged on.

    `breached` is 1.0, 0.0 or NaN; `quantities` are the rule's named figures, all [periods, subjects].
    """

    start: int
    subjects: tuple[str, ...]
    states: Codes
    breached: Floats
    quantities: Mapping[str, Floats]

    def named(self, subject: str) -> list[str]:
        """The states of one subject in words."""
        return [STATES[code] for code in self.states[:, self.subjects.index(subject)]]


def evaluate(rule: ThresholdRule, frame: Frame) -> tuple[Floats, Floats, dict[str, Floats], Bools]:
    """`(breached, clear, quantities, heard)` of a frame, each [periods, subjects of the rule]."""
    width = 1 if rule.by == "all" else len(frame.subjects)
    with np.errstate(all="ignore"):
        breached = _wide(rule.expr.evaluate(frame), frame, width)
        clear = _wide(rule.clear.evaluate(frame), frame, width) if rule.clear else negated(breached)
        named = {name: _wide(let.evaluate(frame), frame, width) for name, let in rule.lets.items()}
    quantities = {name: np.where(np.isfinite(array), array, np.nan) for name, array in named.items()}
    heard: Bools = np.zeros((len(frame), len(frame.subjects)), dtype=np.bool_)
    for name in sorted(rule.series):
        heard |= ~np.isnan(frame.column(name))
    if rule.by == "all":
        heard = heard.any(axis=1).reshape(-1, 1)
    return breached, clear, quantities, heard


def _wide(array: Floats, frame: Frame, width: int) -> Floats:
    return np.broadcast_to(array, (len(frame), width if array.shape[1] == 1 else array.shape[1]))


def backtest(rule: ThresholdRule, frame: Frame, known: Sequence[datetime] | None = None) -> Backtest:
    """The states a rule would have taken, given one value for every observation.

    `known[row]` is when the row's figures came; with it, a wait longer than `max_gap` is silence. Without it only
    holes in event time are. The result equals that of the incremental engine fed row by row.
    """
    breached, clear, quantities, heard = evaluate(rule, frame)
    machines = _Machines(breached.shape[1], rule.dwell)
    states = np.zeros(breached.shape, dtype=np.int8)
    silent_after: list[datetime | None] = [None] * breached.shape[1]
    for row in range(len(frame)):
        if known is not None:
            machines.silence(_silent(silent_after, heard[row], known[row]))
            for at in np.flatnonzero(heard[row]):
                silent_after[at] = rule.max_gap.after(known[row])
        machines.step(frame.start + row, breached[row], clear[row], heard[row])
        states[row] = machines.state
    subjects = (rule.subject,) if rule.by == "all" else frame.subjects
    return Backtest(frame.start, subjects, states, breached, quantities)


def _silent(silent_after: Sequence[datetime | None], heard: Bools, now: datetime) -> Bools:
    waited = [after is not None and now >= after for after in silent_after]
    return heard & np.array(waited, dtype=np.bool_)


class _Machines:
    """`_machine.Machine` for all subjects at once: one array a field."""

    def __init__(self, width: int, dwell: Dwell) -> None:
        self.dwell = dwell
        self.state: Codes = np.full(width, UNKNOWN, dtype=np.int8)
        self.base: Codes = np.full(width, OK, dtype=np.int8)
        self.pending, self.clearing, self.fired, self.ended, self.last = (
            np.full(width, NEVER, dtype=np.int64) for _ in range(5)
        )

    def silence(self, which: Bools) -> None:
        self.state[which] = UNKNOWN
        self.base[which & (self.base == PENDING)] = OK
        self.pending[which] = NEVER
        self.clearing[which] = NEVER

    def step(self, period: int, breached: Floats, clear: Floats, heard: Bools) -> None:
        dwell = self.dwell
        self.silence(heard & (self.last != NEVER) & (period - self.last > dwell.gap))
        missing = heard & np.isnan(breached)
        acting = heard
        if dwell.on_missing == "hold":
            waited = np.where(self.last == NEVER, 0, period - self.last)
            for field in (self.pending, self.clearing):
                field[missing & (field != NEVER)] += waited[missing & (field != NEVER)]
            acting = heard & ~missing
        elif dwell.on_missing == "unknown":
            self.silence(missing)
            acting = heard & ~missing
        else:
            breached = np.where(missing, 1.0 if dwell.on_missing == "breach" else 0.0, breached)
            clear = np.where(missing, 0.0 if dwell.on_missing == "breach" else 1.0, clear)
        firing = acting & (self.base == FIRING)
        idle = acting & ~firing
        self._firing(period, firing, breached == 1.0, clear == 1.0)
        self._idle(period, idle, breached == 1.0)
        self.state[acting] = self.base[acting]
        self.last[heard] = period

    def _firing(self, period: int, firing: Bools, breached: Bools, clear: Bools) -> None:
        staying = firing & (breached | ~clear)
        self.clearing[staying] = NEVER
        leaving = firing & ~staying
        self.clearing[leaving & (self.clearing == NEVER)] = period
        over = leaving & (period - self.clearing >= self.dwell.keep_firing)
        over &= period - self.fired >= self.dwell.fire_at_least
        self.base[over] = OK
        self.clearing[over] = NEVER
        self.fired[over] = NEVER
        self.ended[over] = period

    def _idle(self, period: int, idle: Bools, breached: Bools) -> None:
        calm = idle & ~breached
        self.base[calm] = OK
        self.pending[calm] = NEVER
        rising = idle & breached
        self.pending[rising & (self.pending == NEVER)] = period
        self.base[rising] = PENDING
        rested = (self.ended == NEVER) | (period - self.ended >= self.dwell.rest_at_least)
        fires = rising & (period - self.pending >= self.dwell.before_firing) & rested
        self.base[fires] = FIRING
        self.pending[fires] = NEVER
        self.clearing[fires] = NEVER
        self.fired[fires] = period
