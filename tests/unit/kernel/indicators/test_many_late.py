"""A flood of points that come late stays one entry, one row a point and one count; what cannot count is told once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from commonweal.kernel.indicators import BATCH, OBSERVATION, Indicators, Observation, batch_act
from commonweal.kernel.indicators._tables import SERIES
from commonweal.kernel.record.entries import Entry
from fakes import MemoryTables

NAME, SUBJECT, FILED = "a.load", "grid:one", datetime(2024, 6, 1, tzinfo=UTC)
LATE, AGAIN, AHEAD = 200_000, 500, 3_000


def _follow(tables: MemoryTables, index: int, rows: list[Observation]) -> None:
    act = batch_act(rows, series_set="test", citation="a test", released_on=date(2024, 6, 1))
    entry = Entry(index, act.kind, 1, FILED, "p", None, act.body, blob=lambda name: act.blobs[name])
    assert Indicators().follow(entry, tables) == []


def test_many_late_points_are_one_count_and_one_row_each() -> None:
    tables = MemoryTables()
    _follow(tables, 1, [Observation(NAME, SUBJECT, FILED - timedelta(minutes=n), 1.0) for n in range(1, AGAIN + 1)])
    late = [Observation(NAME, SUBJECT, FILED - timedelta(minutes=n), 2.0) for n in range(1, LATE + 1)]
    ahead = [Observation(NAME, SUBJECT, FILED + timedelta(days=n), 3.0) for n in range(1, AHEAD + 1)]
    _follow(tables, 2, [*late, *ahead])

    (noted,) = tables.select(SERIES)
    assert (noted["events"], noted["revised"]) == (LATE, AGAIN)
    assert sum(1 for _ in tables.select(OBSERVATION)) == LATE + AGAIN, "each vintage once, and none that is ahead"
    said = tables.get(BATCH, 2)["refused"]
    assert said == f"{AHEAD} observations are about days after 2024-06-01, when they were filed"
