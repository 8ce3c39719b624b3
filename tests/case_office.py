"""What an authority knows that bears on a safety case, as plain dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

TODAY = date(2026, 11, 30)


class Office:
    """States of rules, newest values of series, and entries that are gone."""

    def __init__(
        self, states: Mapping[str, str] | None = None, values: Mapping[str, tuple[date, float, float]] | None = None
    ):
        self.states, self.values, self.lost = states or {}, values or {}, set[int]()

    def state(self, rule: str, subject: str) -> str | None:
        return self.states.get(rule)

    def newest(self, series: str, subject: str) -> tuple[date, float, float] | None:
        return self.values.get(series)

    def gone(self, entry: int, subject: str | None) -> bool:
        return entry in self.lost


def well() -> Office:
    """Nothing speaks against the case."""
    return Office({"leak.line": "ok"}, {"evals.cyber": (date(2026, 11, 1), 0.1, 0.1)})
