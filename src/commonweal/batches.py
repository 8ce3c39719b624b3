"""When what is recorded is published: in batches, so that by the log nobody can tell at which moment something came.

Whoever holds an employer's flow logs sees which of its people had a connection to this authority at which second. Were
an entry public in that second, the two together would name who reported. So strangers are told of the log as it stood
at the last turn of a batch: its checkpoint, tiles, entries, counts and lists. Turns are at fixed minutes of each UTC
day, whether or not anything was recorded. At each the record says what time it is, whether or not anything falls due by
it: what falls due in confidence waits for that, and makes no entry of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

MINUTES_A_DAY = 24 * 60
HOURLY = 60
"""What counts where `authority.toml` does not say."""
AT_ONCE = 0


def is_interval(minutes: object) -> bool:
    """Whether batches can come so often: whole minutes that part a day evenly, or 0 for none."""
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        return False
    return minutes == AT_ONCE or (0 < minutes <= MINUTES_A_DAY and MINUTES_A_DAY % minutes == 0)


@dataclass(frozen=True, slots=True)
class Batches:
    """How often a batch is published, in minutes (0: everything at once), by a clock that gives POSIX seconds."""

    minutes: int = AT_ONCE
    now: Callable[[], float] = time.time

    def __bool__(self) -> bool:
        return self.minutes != AT_ONCE

    def turn(self) -> int:
        """The POSIX second at which the last batch was due."""
        return self._before(int(self.now()))

    def next_turn(self) -> datetime:
        """When the next batch is due."""
        return datetime.fromtimestamp(self.turn() + self.minutes * 60, UTC)

    def turn_at(self, at: datetime) -> datetime:
        """When the last batch was due at an instant."""
        return datetime.fromtimestamp(self._before(int(at.timestamp())), UTC)

    def _before(self, second: int) -> int:
        every = self.minutes * 60
        return second // every * every
