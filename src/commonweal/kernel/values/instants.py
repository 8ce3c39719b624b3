"""Instants and clocks. Every instant is UTC; the clock is a parameter, so live, backtest and exercise share code."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol

from .errors import BadInput, Fault, shown

Coarseness = Literal["second", "minute", "hour", "day", "month"]
YEAR_MIN, YEAR_MAX = 1900, 2200
# A day's start in some zone may lie in the neighbouring year of UTC: what was accepted as a day can be read back.
_FIRST = datetime(YEAR_MIN, 1, 1, tzinfo=UTC) - timedelta(days=1)
_END = datetime(YEAR_MAX + 1, 1, 1, tzinfo=UTC) + timedelta(days=1)


class Clock(Protocol):
    """What time it is now, in UTC. Handed in by whoever composes the authority."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ReplayClock:
    """A clock that is set, never runs by itself and never runs backwards (setting it back is ignored)."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, when: datetime) -> None:
        self._now = max(self._now, when)


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant (`2026-11-22T09:30:00Z`) or a date, taken as 00:00 UTC. Raises `BadInput`."""
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        want = "an RFC 3339 instant or date, e.g. 2026-11-22T09:30:00Z"
        raise BadInput(Fault("(instant)", shown(text), want)) from error
    if found.tzinfo is None:
        if len(text) > 10:
            raise BadInput(Fault("(instant)", shown(text), "must state a time zone, e.g. a final Z"))
        found = found.replace(tzinfo=UTC)
    if not _FIRST <= found < _END:
        raise BadInput(Fault("(instant)", shown(text), f"a year from {YEAR_MIN} to {YEAR_MAX}"))
    return found.astimezone(UTC)


@functools.lru_cache(maxsize=4096)
def stamp(when: datetime) -> str:
    """Canonical text of an instant, to the second: `2026-11-22T09:30:00Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_start(day: date) -> datetime:
    """00:00 UTC of a calendar day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def coarsened(when: datetime, to: Coarseness) -> str:
    """An instant cut down to what a public leaf may show."""
    when = when.astimezone(UTC)
    patterns = {
        "second": "%Y-%m-%dT%H:%M:%SZ",
        "minute": "%Y-%m-%dT%H:%MZ",
        "hour": "%Y-%m-%dT%HZ",
        "day": "%Y-%m-%d",
        "month": "%Y-%m",
    }
    return when.strftime(patterns[to])


def add_months(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
