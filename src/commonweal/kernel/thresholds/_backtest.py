"""The same rule over a whole history at once: every subject in step, one period after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from commonweal.kernel.expressions import Frame
from commonweal.methods import dwelling
from commonweal.methods.series import Bools, Floats, negated

from ._levels import OPPOSITE, acted_on, stood
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
    breached, clear, quantities, heard = evaluate(rule, frame)
    machines, spans = dwelling.begun(breached.shape[1]), rule.dwell.spans
    states = np.zeros(breached.shape, dtype=np.int8)
    fell = np.zeros(breached.shape, dtype=np.bool_)
    silent_after: list[datetime | None] = [None] * breached.shape[1]
    for row in range(len(frame)):
        if known is not None:
            fell[row] = _silent(silent_after, heard[row], known[row])
            dwelling.silence(machines, fell[row])
            for at in np.flatnonzero(heard[row]):
                silent_after[at] = rule.max_gap.after(known[row])
        dwelling.step(machines, frame.start + row, breached[row], clear[row], heard[row], spans)
        states[row] = machines[dwelling.STATE]
    subjects = (rule.subject,) if rule.by == "all" else frame.subjects
    levels, scales = stood(rule, frame, states, heard, fell)
    return Backtest(frame.start, subjects, states, breached, quantities, levels, scales)


def _silent(silent_after: Sequence[datetime | None], heard: Bools, now: datetime) -> Bools:
    waited = [after is not None and now > after for after in silent_after]
    return heard & np.array(waited, dtype=np.bool_)
