"""By which clocks the days of a record count: those of the place where the authority is, from when it said so.

What is booked, falls due or waits so many days counts for a day, and a day begins and ends somewhere. Where, the record
says itself: by its first entry, and where the authority moved, or an earlier release founded it, by one that says what
time it is. So whoever follows the record anew comes to the same days, whatever is configured by then; and what stands
in it from before that keeps the days of UTC, by which all was counted as long as no record could say more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from commonweal.kernel.values import instant, stamp

from .entries import Entry
from .tables import Reader, Table, Tables

OPENED, TICK = "authority.opened", "clock.tick"
PLACE = Table("authority_place", columns={"since": "text", "time_zone": "text"}, key=("since",))
"""By whose clocks days count of what was recorded after a moment (`since`; empty: from the first entry on)."""


def note(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says of where the authority is."""
    if entry.kind in (OPENED, TICK) and (zone := entry.body.get("time_zone")):
        tables.put(PLACE, {"since": "" if entry.kind == OPENED else stamp(entry.time), "time_zone": str(zone)})


@dataclass(frozen=True)
class Days:
    """The days of a record. Instants alone decide, and of one second all count alike, before and after it was said."""

    since: Sequence[str]
    zones: Sequence[str]

    @classmethod
    def of(cls, reader: Reader) -> Days:
        rows = reader.select(PLACE, order=("since",))
        return cls([row["since"] for row in rows], [row["time_zone"] for row in rows])

    def zone(self, at: datetime) -> tzinfo:
        """By which clocks a day counts at an instant."""
        return ZoneInfo(self.named(at))

    def named(self, at: datetime) -> str:
        """The name of that zone, as settings have it."""
        number = bisect_left(self.since, stamp(at))
        return self.zones[number - 1] if number else "UTC"

    def day(self, at: datetime | str) -> date:
        """The day on which an instant lies, also one as it is written (RFC 3339)."""
        when = instant(at) if isinstance(at, str) else at
        return when.astimezone(self.zone(when)).date()


def day_of(reader: Reader, at: datetime | str) -> date:
    """The day on which an instant lies, by the clocks that count then."""
    return Days.of(reader).day(at)
