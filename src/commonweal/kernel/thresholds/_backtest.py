"""The same rule over a whole history at once: every subject in step, one period after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from commonweal.kernel.expressions import Frame
from commonweal.methods import dwelling
from commonweal.methods.dwelling import Spans
from commonweal.methods.series import Bools, Floats, negated

from ._levels import OPPOSITE, Rungs, acted_on, rungs, stood
from ._machine import STATES
from ._rules import ThresholdRule

Codes = NDArray[np.int8]


@dataclass(frozen=True)
class Backtest:
    """What a rule would have said: `states[period, subject]` as positions in `STATES`, with what it was judged on.

    `breached` is 1.0, 0.0 or NaN; `quantities` are the rule's named figures, all [periods, subjects]. `levels` are
    positions in the rule's levels (-1: on none) and `scales` the share each calls for; None for a rule without levels.
    """

    start: int
    subjects: tuple[str, ...]
    states: Codes
    breached: Floats
    quantities: Mapping[str, Floats]
    levels: Codes | None = None
    scales: Floats | None = None

    def named(self, subject: str) -> list[str]:
        """The states of one subject in words."""
        return [STATES[code] for code in self.states[:, self.subjects.index(subject)]]


def evaluate(rule: ThresholdRule, frame: Frame) -> tuple[Floats, Floats, dict[str, Floats], Bools]:
    """`(breached, clear, quantities, heard)` of a frame, each [periods, subjects of the rule]."""
    width = 1 if rule.by == "all" else len(frame.subjects)
    with np.errstate(all="ignore"):
        breached = _wide(acted_on(rule.expr, frame, rule.act_on), frame, width)
        away = OPPOSITE[rule.act_on]
        clear = _wide(acted_on(rule.clear, frame, away), frame, width) if rule.clear else negated(breached)
        named = {name: _wide(let.evaluate(frame), frame, width) for name, let in rule.lets.items()}
    quantities = {name: np.where(np.isfinite(array), array, np.nan) for name, array in named.items()}
    heard: Bools = np.zeros((len(frame), len(frame.subjects)), dtype=np.bool_)
    for name in sorted(name for name in frame.values if rule.reads(name)):
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
    figures = _Figures.of(rule, frame)
    fell = None if known is None else _fallen(rule, figures.heard, known)
    return _moved([figures], frame, fell)[0]


def backtests(rules: Sequence[ThresholdRule], frame: Frame) -> list[Backtest]:
    """Many rules over one history, their machines moved together: each answer is that of `backtest`.

    A rule's arrays are held until all are moved, so a sweep hands over a few dozen texts at a time.
    """
    figures = [_Figures.of(rule, frame) for rule in rules]
    found: dict[int, Backtest] = {}
    for missing in {rule.dwell.spans.missing for rule in rules}:
        places = [at for at, rule in enumerate(rules) if rule.dwell.spans.missing == missing]
        found |= zip(places, _moved([figures[at] for at in places], frame, None), strict=True)
    return [found[at] for at in range(len(rules))]


@dataclass(frozen=True)
class _Figures:
    """What a rule's machines step on: its own first, then one for each level, each [periods, subjects of the rule]."""

    rule: ThresholdRule
    breached: Floats
    clear: Floats
    quantities: dict[str, Floats]
    heard: Bools
    climb: Rungs | None

    @classmethod
    def of(cls, rule: ThresholdRule, frame: Frame) -> _Figures:
        fresh = Frame(frame.start, frame.subjects, frame.values, frame.lows, frame.highs)
        return cls(rule, *evaluate(rule, fresh), rungs(rule, fresh))

    @property
    def machines(self) -> int:
        width: int = self.breached.shape[1]
        return width * (1 + len(self.rule.levels))

    def columns(self) -> tuple[list[Floats], list[Floats], list[Spans]]:
        """`(on, off, spans)` of each machine."""
        on, off, spans = [self.breached], [self.clear], [self.rule.dwell.spans]
        if self.climb is not None:
            on += [np.broadcast_to(one, self.breached.shape) for one in self.climb.on]
            off += [np.broadcast_to(one, self.breached.shape) for one in self.climb.off]
            spans += [level.dwell.spans for level in self.rule.levels]
        return on, off, spans


def _moved(rules: Sequence[_Figures], frame: Frame, fell: Bools | None) -> list[Backtest]:
    """Move every machine of rules that take what is missing alike, a period at a time."""
    on, off, heard, spans = _side_by_side(rules)
    machines = dwelling.begun(on.shape[1])
    shown, held = (np.zeros(on.shape, dtype=np.int8) for _ in range(2))
    silenced = None if fell is None else np.tile(fell, (1, on.shape[1] // fell.shape[1]))
    for row in range(len(frame)):
        if silenced is not None:
            dwelling.silence(machines, silenced[row])
        dwelling.step(machines, frame.start + row, on[row], off[row], heard[row], spans)
        shown[row], held[row] = machines[dwelling.STATE], machines[dwelling.BASE]
    found, first = [], 0
    for one in rules:
        width, part = one.breached.shape[1], slice(first, first + one.machines)
        first += one.machines
        states = shown[:, part][:, :width]
        rungs_held = held[:, part][:, width:].reshape(len(frame), -1, width) == dwelling.FIRING
        levels, scales = stood(one.rule, one.climb, states, rungs_held, one.heard)
        subjects = (one.rule.subject,) if one.rule.by == "all" else frame.subjects
        found.append(Backtest(frame.start, subjects, states, one.breached, one.quantities, levels, scales))
    return found


def _side_by_side(rules: Sequence[_Figures]) -> tuple[Floats, Floats, Bools, Spans]:
    on: list[Floats] = []
    off: list[Floats] = []
    heard: list[Bools] = []
    spans: list[Spans] = []
    for one in rules:
        ons, offs, of = one.columns()
        on, off = [*on, *ons], [*off, *offs]
        heard += [one.heard] * len(of)
        spans += [span for span in of for _ in range(one.breached.shape[1])]
    waits = np.array([span[:-1] for span in spans], dtype=np.int64).T
    joined = Spans._make([*waits, spans[0].missing])  # a wait for each machine, not one for all
    return np.concatenate(on, axis=1), np.concatenate(off, axis=1), np.concatenate(heard, axis=1), joined


def _fallen(rule: ThresholdRule, heard: Bools, known: Sequence[datetime]) -> Bools:
    """Before which rows silence had fallen, given when each row's figures came."""
    fell = np.zeros(heard.shape, dtype=np.bool_)
    silent_after: list[datetime | None] = [None] * heard.shape[1]
    for row, now in enumerate(known):
        fell[row] = heard[row] & np.array([after is not None and now > after for after in silent_after], dtype=np.bool_)
        for at in np.flatnonzero(heard[row]):
            silent_after[at] = rule.max_gap.after(now)
    return fell
