"""By which clocks days count: the record says it, and what was before it said so keeps the days that it had."""

from __future__ import annotations

import pytest

from commonweal.kernel.record import Days, Entry, days
from commonweal.kernel.record.memory import MemoryTables
from commonweal.kernel.values import instant

EVENING = "2025-12-31T20:00:00Z"
"""New Year's Eve by UTC, and New Year's Day in Shanghai."""


def entry(index: int, kind: str, at: str, zone: str) -> Entry:
    return Entry(index, kind, 2, instant(at), "authority", None, {"time_zone": zone} if zone else {})


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ([], "2025-12-31"),
        ([("authority.opened", EVENING, "Asia/Shanghai")], "2026-01-01"),  # also in the second of its founding
        ([("clock.tick", "2025-12-31T19:00:00Z", "Asia/Shanghai")], "2026-01-01"),
        ([("clock.tick", EVENING, "Asia/Shanghai")], "2025-12-31"),  # of one second all count alike
        ([("clock.tick", "2025-12-31T21:00:00Z", "Asia/Shanghai")], "2025-12-31"),  # what was before keeps its day
        ([("authority.opened", "2025-01-01T00:00:00Z", "Asia/Shanghai"), ("clock.tick", "2025-12-31T19:00:00Z", "UTC")],
         "2025-12-31"),
        ([("accounts.opened", "2025-12-31T19:00:00Z", "Asia/Shanghai")], "2025-12-31"),  # no other kind says it
    ],
)  # fmt: skip
def test_a_day_is_that_of_the_place_since_the_record_said_where_it_is(
    said: list[tuple[str, str, str]], day: str
) -> None:
    tables = MemoryTables()
    for index, (kind, at, zone) in enumerate(said):
        days.note(entry(index, kind, at, zone), tables)
    assert Days.of(tables).day(EVENING).isoformat() == day
    assert days.day_of(tables, instant(EVENING)).isoformat() == day
