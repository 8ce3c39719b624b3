"""Durations and the grid of periods that a rule works on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast

from commonweal.kernel.values import add_months

Unit = Literal["d", "w", "mo", "y"]
DURATION = re.compile(r"^(0|[1-9][0-9]{0,4})(d|w|mo|y)$")
PERIODS_MAX = 1200
DURATION_WANT = "a duration like 3mo, 13w, 30d or 1y"


@dataclass(frozen=True, slots=True)
class Duration:
    """A span as the rule writes it: `3mo`, `13w`, `30d`, `1y`."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    def after(self, when: datetime) -> datetime:
        """The instant this span after another (months keep the day of the month, or its last day)."""
        if self.unit in ("mo", "y"):
            day = add_months(when.date(), self.count * (12 if self.unit == "y" else 1))
            return when.replace(year=day.year, month=day.month, day=day.day)
        return when + timedelta(days=self.count * (7 if self.unit == "w" else 1))


def duration(text: object) -> Duration | None:
    """Read a duration; None if the text is not one."""
    match = DURATION.match(text) if isinstance(text, str) else None
    return Duration(int(match[1]), cast(Unit, match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Grid:
    """Regular periods: calendar days, weeks (from Monday) or months. A period is an integer, its start a day."""

    every: Duration

    def period(self, day: date) -> int:
        """The period that holds a day."""
        if self.every.unit == "mo":
            return (day.year * 12 + day.month - 1) // self.every.count
        days = day.toordinal() - 1
        return days // (self.every.count * (7 if self.every.unit == "w" else 1))

    def start(self, period: int) -> date:
        """The first day of a period."""
        if self.every.unit == "mo":
            year, month = divmod(period * self.every.count, 12)
            return date(year, month + 1, 1)
        return date.fromordinal(period * self.every.count * (7 if self.every.unit == "w" else 1) + 1)

    def periods(self, span: Duration) -> int | None:
        """How many whole periods a span is; None if it is not a whole number of them."""
        months = {"mo": 1, "y": 12}
        days = {"d": 1, "w": 7}
        for scale in (months, days):
            if span.unit in scale and self.every.unit in scale:
                count, rest = divmod(span.count * scale[span.unit], self.every.count * scale[self.every.unit])
                return count if rest == 0 and count <= PERIODS_MAX else None
        return 0 if span.count == 0 else None


def grid(text: object) -> Grid | None:
    """The grid that `every = "1mo"` names; None if the text names none."""
    every = duration(text)
    return Grid(every) if every and every.count > 0 and every.unit != "y" else None
