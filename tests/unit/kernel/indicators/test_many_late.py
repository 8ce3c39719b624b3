"""A flood of points that come late stays one entry, one row a point and one count; what cannot count is told once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commonweal.kernel.indicators import (
    BATCH,
    OBSERVATION,
    Indicators,
    Observation,
    _derived,
    _queries,
    batch_act,
    news,
)
from commonweal.kernel.indicators import _room as room
from commonweal.kernel.indicators._tables import SERIES
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Row, Table
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


HOURLY = """
id = "a.hourly"
version = "1"
citation = "a test"
series = "a.hourly"
every = "1h"
expr = "mean(a.load, 3h) + last(a.other, 3h)"
in_force = { from = 2000-01-01 }
title = { en = "a", zh = "甲" }
text = { en = "a", zh = "甲" }
"""


class Watched(MemoryTables):
    """Tables that know the most rows of values that were read or written at once."""

    most = 0

    def select(self, table: Table, *args: Any, **options: Any) -> list[Row]:
        found = super().select(table, *args, **options)
        if table is OBSERVATION:
            self.most = max(self.most, len(found))
        return found

    def count(self, table: Table, *args: Any) -> int:
        return len(super().select(table, *args))

    def put_many(self, table: Table, rows: Iterable[Row]) -> None:
        given = list(rows)
        if table is OBSERVATION:
            self.most = max(self.most, len(given))
        super().put_many(table, given)

    def adopt(self, index: int) -> None:
        body = {"rule_id": "a.hourly", "room": "indicators", "version": "1", "text": HOURLY}
        assert Indicators().follow(Entry(index, "rule.adopted", 1, FILED, "p", None, body), self) == []

    def derived(self) -> dict[str, float | None]:
        rows = self.select(OBSERVATION, {"series": "a.hourly"}, order=("entry",))
        return {row["event"]: row["value"] for row in rows}


def test_late_points_are_never_all_in_memory_at_once_and_end_as_though_computed_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """New, then revised, then told again as they stand: a few hundred rows at a time, whatever they come to."""
    for module, name in ((_queries, "ROWS_AT_ONCE"), (room, "ROWS_AT_ONCE"), (_derived, "INPUTS_AT_ONCE")):
        monkeypatch.setattr(module, name, 400)
    tables, whole = Watched(), Watched()
    tables.adopt(0)

    def points(value: float) -> list[Observation]:
        times = [FILED - timedelta(minutes=n) for n in range(1, 3001)]
        told = [Observation(NAME, SUBJECT, when, value + when.hour) for when in times]
        return [*told, *(Observation("a.other", SUBJECT, when, value) for when in times[::50])]

    for index, value in ((1, 1.0), (2, 2.0)):
        _follow(tables, index, points(value))
        _follow(whole, index, points(value))
    act: Act = batch_act(points(2.0), series_set="test", citation="a test", released_on=date(2024, 6, 1))
    assert news(tables, [act]).unchanged == 3060
    assert tables.most <= 400 * 2, "a piece, and what it looks back on"
    whole.adopt(3)
    assert tables.derived() == whole.derived()
    assert tables.derived()["2024-05-31T23:00:00Z"] == 2 + 22 + 2, "23, 22 and 21 o'clock, and the other's newest"
