"""When the record is to say what time it is, so that what time alone makes happen happens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from commonweal.batches import Batches
from commonweal.following import CLOCK
from commonweal.kernel.record import Reader
from commonweal.kernel.values import stamp


def time_is_due(rooms: Iterable[Any], now: datetime, reader: Reader, batches: Batches) -> bool:
    """Whether something falls due at or before `now`, or with batches one is over in which no time was told.

    That the record says what time it is, is public. In batches, what falls due in confidence has no part in it: else an
    entry an hour after a report would tell which law asks what of it. So it is said once a batch, whatever there is,
    and otherwise where something falls due that everybody may know (`due_in_public`, where a room tells the two apart).
    """
    if not batches:
        return any(room.due(now, reader) for room in rooms)
    row = reader.get(CLOCK, 1)
    if row is None or row["ticked"] < stamp(batches.turn_at(now)):
        return True
    return any(getattr(room, "due_in_public", room.due)(now, reader) for room in rooms)
