"""Dwell, hysteresis and silence, step by step; the laws over all sequences are in tests/laws."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from commonweal.kernel.thresholds import Dwell, Machine, silenced, step
from commonweal.kernel.thresholds._machine import OnMissing, machine

UNKNOWN = math.nan


def dwell(  # noqa: PLR0917
    before: int = 0, keep: int = 0, least: int = 0, rest: int = 0, gap: int = 3, on: OnMissing = "unknown"
) -> Dwell:
    return Dwell(before, keep, least, rest, gap, on)


def told(breached: Sequence[float], rule: Dwell, clear: Sequence[float] | None = None) -> list[str]:
    states, m = [], Machine()
    for period, value in enumerate(breached):
        m = step(m, period, value, clear[period] if clear else 1 - value, rule)
        m = machine(json.loads(json.dumps(m.as_json())))
        states.append(m.state[0])
    return states


def test_it_fires_only_after_its_wait() -> None:
    assert told([0, 1, 1, 1, 0], dwell(before=2)) == ["o", "p", "p", "f", "o"]


def test_a_wait_begins_anew_after_a_break() -> None:
    assert told([1, 1, 0, 1, 1, 1], dwell(before=2)) == ["p", "p", "o", "p", "p", "f"]


def test_one_breaching_sample_and_then_silence_does_not_fire() -> None:
    """Where a query engine carries the last sample forward, this fires with nobody having measured anything."""
    m = step(Machine(), 0, 1.0, 0.0, dwell(before=3))
    assert m.state == "pending"
    m = silenced(m)
    assert (m.state, m.pending) == ("unknown", None)
    assert step(m, 9, 1.0, 0.0, dwell(before=3)).state == "pending"


def test_a_hole_longer_than_allowed_breaks_a_wait() -> None:
    m = step(Machine(), 0, 1.0, 0.0, dwell(before=4, gap=2))
    assert step(m, 2, 1.0, 0.0, dwell(before=4, gap=2)).pending == 0
    assert step(m, 3, 1.0, 0.0, dwell(before=4, gap=2)).pending == 3


def test_between_the_lines_it_stays_as_it_is() -> None:
    assert told([0, 1, 0, 0, 0], dwell(), clear=[1, 0, 0, 1, 0]) == ["o", "f", "f", "o", "o"]


def test_it_keeps_firing_for_a_while_once_clear() -> None:
    assert told([1, 0, 0, 1, 0, 0, 0], dwell(keep=2)) == ["f", "f", "f", "f", "f", "f", "o"]


def test_least_spans_on_and_off() -> None:
    assert told([1, 0, 0, 0, 1, 1, 1, 1], dwell(least=3, rest=3)) == ["f", "f", "f", "o", "p", "p", "f", "f"]


def test_having_fired_outlasts_silence() -> None:
    """Whoever was receiving help must not lose it because a statistic stopped coming."""
    assert told([1, UNKNOWN, 0, 0], dwell(), clear=[0, UNKNOWN, 0, 1]) == ["f", "u", "f", "o"]


def test_what_missing_figures_mean_is_the_rules_choice() -> None:
    figures = [0, UNKNOWN, 1, UNKNOWN]
    assert told(figures, dwell(on="unknown")) == ["o", "u", "f", "u"]
    assert told(figures, dwell(on="breach")) == ["o", "f", "f", "f"]
    assert told(figures, dwell(on="ok")) == ["o", "o", "f", "o"]
    assert told(figures, dwell(on="hold")) == ["o", "o", "f", "f"]


def test_held_time_does_not_count_towards_a_wait() -> None:
    """The months without figures are as though they had not been: three breaches make the wait, not three months."""
    assert told([1, UNKNOWN, UNKNOWN, 1, 1, 1], dwell(before=2, on="hold")) == ["p", "p", "p", "p", "f", "f"]


def test_held_time_does_not_count_towards_being_on_or_off() -> None:
    """Once on, on for two months that were measured; once off, off for two that were."""
    assert told([1, UNKNOWN, UNKNOWN, 0, 0], dwell(least=2, on="hold")) == ["f", "f", "f", "f", "o"]
    assert told([1, 0, UNKNOWN, UNKNOWN, 1, 1], dwell(rest=2, on="hold")) == ["f", "o", "o", "o", "p", "f"]
