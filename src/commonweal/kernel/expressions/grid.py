"""Durations and the grid of periods that a rule works on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from commonweal.kernel.values import add_months

Unit = Literal["s", "m", "h", "d", "w", "mo", "y"]
DURATION = re.compile(r"^(0|[1-9][0-9]{0,6})(mo|[smhdwy])$")
PERIODS_MAX = 100_000
DURATION_WANT = "a duration like 3mo, 1y, 13w, 30d, 12h, 5m (minutes) or 30s"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MONTHS = {"mo": 1, "y": 12}
_DAY_US = 86_400_000_000
_DAYS_TO_1970 = date(1970, 1, 1).toordinal() - 1
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)  # a Monday: weeks and days count from it


@dataclass(frozen=True, slots=True)
class Duration:
    """A span as the rule writes it: `30s`, `5m` (minutes), `12h`, `30d`, `13w`, `3mo` (months), `1y`."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def seconds(self) -> int | None:
        """Its length in seconds; None for months and years, whose length depends on where they begin."""
        return self.count * _SECONDS[self.unit] if self.unit in _SECONDS else 0 if self.count == 0 else None

    def after(self, when: datetime) -> datetime:
        """The instant this span after another (months keep the day of the month, or its last day)."""
        if self.unit in _MONTHS:
            day = add_months(when.date(), self.count * _MONTHS[self.unit])
            return when.replace(year=day.year, month=day.month, day=day.day)
        return when + timedelta(seconds=self.count * _SECONDS[self.unit])


def duration(text: object) -> Duration | None:
    """Read a duration; None if the text is not one."""
    match = DURATION.match(text) if isinstance(text, str) else None
    return Duration(int(match[1]), cast(Unit, match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Grid:
    """Regular periods: seconds to hours (UTC), calendar days, weeks (from Monday) or months. A period is an integer."""

    every: Duration

    @property
    def daily(self) -> bool:
        """Whether periods begin on a day, so that a day names one; otherwise an instant does."""
        return self.every.unit in ("d", "w", "mo")

    def period(self, at: date) -> int:
        """The period that holds a day, or an instant (a day stands for its beginning, UTC)."""
        if self.every.unit == "mo":
            return (at.year * 12 + at.month - 1) // self.every.count
        if self.daily:
            return (at.toordinal() - 1) // (self.every.count * (7 if self.every.unit == "w" else 1))
        when = at if isinstance(at, datetime) else datetime.combine(at, time.min, UTC)
        return (when - _EPOCH) // timedelta(seconds=self._seconds)

    def start(self, period: int) -> date:
        """The first day of a period; on a grid finer than days, the instant (UTC) that begins it."""
        if self.every.unit == "mo":
            year, month = divmod(period * self.every.count, 12)
            return date(year, month + 1, 1)
        if self.daily:
            return date.fromordinal(period * self.every.count * (7 if self.every.unit == "w" else 1) + 1)
        return _EPOCH + timedelta(seconds=period * self._seconds)

    def numbered(self, events: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """The period of each of many days or instants (UTC), as `period` gives it for one."""
        if self.every.unit == "mo":
            return (events.astype("datetime64[M]").astype(np.int64) + 1970 * 12) // self.every.count
        if self.daily:
            width = self.every.count * (7 if self.every.unit == "w" else 1)
            return (events.astype("datetime64[D]").astype(np.int64) + _DAYS_TO_1970) // width
        instants = events.astype("datetime64[us]").astype(np.int64)
        return (instants + _DAYS_TO_1970 * _DAY_US) // (self._seconds * 1_000_000)

    def within(self, events: NDArray[np.datetime64], periods: NDArray[np.int64]) -> NDArray[np.int64]:
        """How far into its period each of many days or instants (UTC) lies, in microseconds."""
        if self.daily:
            return (events - self.starting(periods)).astype("timedelta64[us]").astype(np.int64)
        instants = events.astype("datetime64[us]").astype(np.int64) + _DAYS_TO_1970 * _DAY_US
        found: NDArray[np.int64] = instants - periods * (self._seconds * 1_000_000)
        return found

    @property
    def width(self) -> int:
        """The length of its longest period in microseconds."""
        if self.every.unit == "mo":
            return 31 * self.every.count * _DAY_US
        return self._seconds * 1_000_000

    def starting(self, periods: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """The first day of each of many periods, or the instant (UTC, in microseconds) that begins it."""
        if self.every.unit == "mo":
            return (periods * self.every.count - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
        if self.daily:
            width = self.every.count * (7 if self.every.unit == "w" else 1)
            return (periods * width - _DAYS_TO_1970).astype("datetime64[D]")
        return ((periods * self._seconds - _DAYS_TO_1970 * 86_400) * 1_000_000).astype("datetime64[us]")

    def periods(self, span: Duration) -> int | None:
        """How many whole periods a span is; None if it is not a whole number of them."""
        for scale in (_MONTHS, _SECONDS):
            if span.unit in scale and self.every.unit in scale:
                count, rest = divmod(span.count * scale[span.unit], self.every.count * scale[self.every.unit])
                return count if rest == 0 and count <= PERIODS_MAX else None
        return 0 if span.count == 0 else None

    @property
    def _seconds(self) -> int:
        return self.every.count * _SECONDS[self.every.unit]


def grid(text: object) -> Grid | None:
    """The grid that `every = "1mo"` names; None if the text names none."""
    every = duration(text)
    return Grid(every) if every and every.count > 0 and every.unit != "y" else None
