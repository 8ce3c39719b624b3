"""Dwell, hysteresis and silence for many subjects at once: the states of a rule as columns, moved one step together.

A subject is in one of four states. It waits in *pending* until breached for `before_firing`; it leaves *firing* once
clear for `keep_firing` and on for `fire_at_least`; a hole longer than `gap` makes it *unknown*, and what was firing
then stays latched behind it. Times are counted in periods of the rule's grid. Breached and clear are 1.0, 0.0 or NaN.
"""

# ruff: noqa: PLR0917 - what the arrays of a step are is told by their names

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .series import Bools, Floats

Ints = NDArray[np.int64]

UNKNOWN, OK, PENDING, FIRING = range(4)
MISSING_UNKNOWN, MISSING_BREACH, MISSING_OK, MISSING_HOLD = range(4)
NEVER = -(2**62)
"""In a column of times: it has not happened."""
STATE, BASE, PENDING_SINCE, CLEAR_SINCE, FIRED, ENDED, LAST = range(7)
"""The columns of a machine: what is shown, what is latched behind it, and when each thing last began."""
FIELDS = 7


class Spans(NamedTuple):
    """How long things must last, in periods; `missing` is one of the `MISSING_` codes."""

    before_firing: int
    keep_firing: int
    fire_at_least: int
    rest_at_least: int
    gap: int
    missing: int


def begun(width: int) -> Ints:
    """Machines [`FIELDS`, width] of which nothing is known yet."""
    fresh = np.full((FIELDS, width), NEVER, dtype=np.int64)
    fresh[STATE], fresh[BASE] = UNKNOWN, OK
    return fresh


def silence(machines: Ints, which: Bools) -> None:
    """What is shown becomes unknown, waiting to fire is forgotten, having fired is not. Changes `machines`."""
    machines[STATE, which] = UNKNOWN
    machines[BASE, which & (machines[BASE] == PENDING)] = OK
    machines[PENDING_SINCE, which] = NEVER
    machines[CLEAR_SINCE, which] = NEVER


def silent(machines: Ints, period: int | Ints, gap: int) -> Bools:
    """Whose last observation lies more than `gap` periods before `period`."""
    last = machines[LAST]
    found: Bools = (last != NEVER) & (period - last > gap)
    return found


def step(machines: Ints, period: int | Ints, breached: Floats, clear: Floats, heard: Bools, spans: Spans) -> None:
    """Move the machines that were `heard` in `period` (one for all, or one each; later than their last)."""
    at = np.broadcast_to(np.asarray(period, dtype=np.int64), heard.shape)
    silence(machines, heard & silent(machines, at, spans.gap))
    missing = heard & np.isnan(breached)
    acting = heard
    if spans.missing == MISSING_HOLD:
        _hold(machines, at, missing)
        acting = heard & ~missing
    elif spans.missing == MISSING_UNKNOWN:
        silence(machines, missing)
        acting = heard & ~missing
    else:
        breached = np.where(missing, 1.0 if spans.missing == MISSING_BREACH else 0.0, breached)
        clear = np.where(missing, 0.0 if spans.missing == MISSING_BREACH else 1.0, clear)
    firing = acting & (machines[BASE] == FIRING)
    idle = acting & ~firing
    _while_firing(machines, at, firing, (breached == 1.0) | (clear != 1.0), spans)
    _while_idle(machines, at, idle, breached == 1.0, spans)
    machines[STATE, acting] = machines[BASE, acting]
    machines[LAST, heard] = at[heard]


def _hold(machines: Ints, at: Ints, missing: Bools) -> None:
    """Time spent not knowing counts towards no dwell: whatever began, began that much later."""
    waited = np.where(machines[LAST] == NEVER, 0, at - machines[LAST])
    for field in (PENDING_SINCE, CLEAR_SINCE, FIRED, ENDED):
        which = missing & (machines[field] != NEVER)
        machines[field, which] += waited[which]


def _while_firing(machines: Ints, at: Ints, firing: Bools, staying: Bools, spans: Spans) -> None:
    machines[CLEAR_SINCE, firing & staying] = NEVER
    leaving = firing & ~staying
    _begin(machines, CLEAR_SINCE, at, leaving)
    fired = np.where(machines[FIRED] == NEVER, at, machines[FIRED])
    over = leaving & (at - machines[CLEAR_SINCE] >= spans.keep_firing) & (at - fired >= spans.fire_at_least)
    machines[BASE, over] = OK
    machines[CLEAR_SINCE, over] = NEVER
    machines[FIRED, over] = NEVER
    machines[ENDED, over] = at[over]


def _while_idle(machines: Ints, at: Ints, idle: Bools, breached: Bools, spans: Spans) -> None:
    calm = idle & ~breached
    machines[BASE, calm] = OK
    machines[PENDING_SINCE, calm] = NEVER
    rising = idle & breached
    _begin(machines, PENDING_SINCE, at, rising)
    machines[BASE, rising] = PENDING
    ended = machines[ENDED]
    rested = (ended == NEVER) | (at - ended >= spans.rest_at_least)
    fires = rising & (at - machines[PENDING_SINCE] >= spans.before_firing) & rested
    machines[BASE, fires] = FIRING
    machines[PENDING_SINCE, fires] = NEVER
    machines[CLEAR_SINCE, fires] = NEVER
    machines[FIRED, fires] = at[fires]


def _begin(machines: Ints, field: int, at: Ints, which: Bools) -> None:
    """Note when something began, unless it had begun before."""
    first = which & (machines[field] == NEVER)
    machines[field, first] = at[first]
