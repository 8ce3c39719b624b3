"""The labour rules as somebody would write them down in plain Python: the peer of `rules.labour_backtest_s`."""

from __future__ import annotations

import math
from collections.abc import Sequence

LABOUR_FORCE, UNEMPLOYED = "laus.labour_force", "laus.unemployed"
STATES = 51
Figures = Sequence[float | None]
Counts = dict[str, dict[str, list[float | None]]]


def extended_benefits(columns: dict[str, list[float | None]]) -> list[str]:
    """The total-rate trigger of one state: 6.5 percent and 110 percent of either year before; 3 months on, 3 off."""
    rates = _rates3(columns)
    machine = _Machine(on_at_least=3, off_at_least=3)
    return [machine.month(at, _breached(rates, at)) for at in range(len(rates))]


def national_rates(counts: Counts) -> list[float | None]:
    """The unrounded national rate: the states' unemployed over the states' labour force, in percent."""
    months = max(len(columns[UNEMPLOYED]) for columns in counts.values())
    return [_national(counts, at) for at in range(months)]


def sahm_gap(rates: Figures, decimals: int | None = None) -> list[str]:
    """On while the mean of three months is half a point above the lowest of the twelve months before."""
    used = [rate if rate is None or decimals is None else _rounded(rate, decimals) for rate in rates]
    means = [_mean3(used, at) for at in range(len(used))]
    machine = _Machine()
    states = []
    for at, mean in enumerate(means):
        before = means[max(0, at - 12) : at]
        gap = (
            None
            if mean is None or len(before) < 12 or None in before
            else mean - min(b for b in before if b is not None)
        )
        states.append(machine.month(at, None if gap is None else round(gap - 0.5, 9) >= 0))
    return states


class _Machine:
    """On, off, waiting or unknown; what was on when nothing was known comes back on unless the figures say no."""

    def __init__(self, on_at_least: int = 0, off_at_least: int = 0) -> None:
        self.on_at_least, self.off_at_least = on_at_least, off_at_least
        self.on = False
        self.since: int | None = None
        self.ended: int | None = None

    def month(self, at: int, breached: bool | None) -> str:
        if breached is None:
            return "unknown"
        if self.on:
            if not breached and self.since is not None and at - self.since >= self.on_at_least:
                self.on, self.since, self.ended = False, None, at
            return "firing" if self.on else "ok"
        if not breached:
            return "ok"
        if self.ended is None or at - self.ended >= self.off_at_least:
            self.on, self.since = True, at
            return "firing"
        return "pending"


def _rates3(columns: dict[str, list[float | None]]) -> list[float | None]:
    unemployed, force = columns[UNEMPLOYED], columns[LABOUR_FORCE]
    found: list[float | None] = []
    for at in range(len(unemployed)):
        people, of = _sum3(unemployed, at), _sum3(force, at)
        found.append(None if people is None or not of else _rounded(100 * people / of, 1))
    return found


def _breached(rates: Figures, at: int) -> bool | None:
    rate = rates[at]
    if rate is None:
        return None
    if round(rate - 6.5, 9) < 0:
        return False
    looks = [_above(rate, rates[at - back] if at >= back else None) for back in (12, 24)]
    return True if True in looks else None if None in looks else False


def _above(rate: float, before: float | None) -> bool | None:
    return None if not before else round(_rounded(rate / before, 2) - 1.10, 9) >= 0


def _national(counts: Counts, at: int) -> float | None:
    people = [columns[UNEMPLOYED][at] for columns in counts.values()]
    force = [columns[LABOUR_FORCE][at] for columns in counts.values()]
    if len(people) < STATES or None in people or None in force:
        return None
    total = 0.0
    for value in people:
        total += value or 0.0
    whole = 0.0
    for value in force:
        whole += value or 0.0
    return 100 * total / whole


def _sum3(figures: Figures, at: int) -> float | None:
    a, b, c = figures[at - 2 : at + 1] if at >= 2 else (None, None, None)
    return None if a is None or b is None or c is None else a + b + c


def _mean3(figures: Figures, at: int) -> float | None:
    total = _sum3(figures, at)
    return None if total is None else total / 3


def _rounded(value: float, decimals: int) -> float:
    """Half away from zero; what lies within 1e-9 of a tie counts as one."""
    scale = 10.0**decimals
    return math.floor(round(value * scale, 9) + 0.5) / scale
