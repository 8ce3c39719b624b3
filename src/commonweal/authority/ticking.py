"""When the record is to say what time it is, so that what time alone makes happen happens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from commonweal.batches import Batches
from commonweal.following import CLOCK
from commonweal.kernel.record import Act, Reader
from commonweal.kernel.record.days import Days
from commonweal.kernel.values import stamp

from .declared import TICK


def time_is_due(rooms: Iterable[Any], now: datetime, reader: Reader, batches: Batches, zone: str) -> bool:
    """Whether something falls due at or before `now`, or with batches one is over in which no time was told; or the
    authority is in another time zone (`zone`) than the record says, and days are to count there (`record.days`).

    That the record says what time it is, is public. In batches, what falls due in confidence has no part in it: else an
    entry an hour after a report would tell which law asks what of it. So it is said once a batch, whatever there is,
    and otherwise where something falls due that everybody may know (`due_in_public`, where a room tells the two apart).
    """
    if Days.of(reader).named(now) != zone:
        return True
    if not batches:
        return any(room.due(now, reader) for room in rooms)
    row = reader.get(CLOCK, 1)
    if row is None or row["ticked"] < stamp(batches.turn_at(now)):
        return True
    return any(getattr(room, "due_in_public", room.due)(now, reader) for room in rooms)


def ticked(now: datetime, reader: Reader, zone: str) -> Act:
    """The act that says what time it is; in which time zone the authority is, where the record says another."""
    body, key = {"at": stamp(now)}, f"tick:{stamp(now)}"
    if Days.of(reader).named(now) == zone:
        return Act(TICK.id, body, key=key)
    return Act(TICK.id, body | {"time_zone": zone}, key=f"{key}:{zone}")
