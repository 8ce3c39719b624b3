"""Vintages: a revision adds what is known now and never rewrites what was known then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from commonweal.kernel.indicators import (
    BATCH,
    OBSERVATION,
    Indicators,
    Observation,
    _queries,
    batch_act,
    batches,
    latest,
    newest,
    series,
    vintages,
)
from commonweal.kernel.record.entries import Entry
from fakes import MemoryTables

RATE, CALIFORNIA = "a.rate", "area:us-ca"


def follow(
    tables: MemoryTables,
    index: int,
    released: date,
    rows: Sequence[Observation],
    *,
    blob: bytes = b"",
    filed: date | None = None,
) -> None:
    act = batch_act(rows, series_set="test", citation="a test", released_on=released)
    day = filed or released
    when = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
    entry = Entry(index, act.kind, 1, when, "p", None, act.body, blob=lambda name: blob or act.blobs[name])
    assert Indicators().follow(entry, tables) == []


def revised() -> MemoryTables:
    tables = MemoryTables()
    january, february = date(2024, 1, 1), date(2024, 2, 1)
    follow(tables, 1, date(2024, 3, 8), [Observation(RATE, CALIFORNIA, january, 5.0)])
    second = [Observation(RATE, CALIFORNIA, february, 5.2, 5.0, 5.4), Observation(RATE, CALIFORNIA, january, 5.1)]
    follow(tables, 2, date(2024, 3, 15), second)
    return tables


def test_the_newest_value_counts_now_and_the_first_value_counts_then() -> None:
    tables = revised()
    assert series(tables, RATE, CALIFORNIA) == [("2024-01-01", 5.1), ("2024-02-01", 5.2)]
    assert series(tables, RATE, CALIFORNIA, as_of=date(2024, 3, 14)) == [("2024-01-01", 5.0)]
    assert series(tables, RATE, CALIFORNIA, as_of=date(2024, 3, 15))[0] == ("2024-01-01", 5.1)
    assert series(tables, RATE, CALIFORNIA, as_of=date(2024, 3, 7)) == []


def test_every_vintage_is_kept_with_its_entry_and_day() -> None:
    rows = vintages(revised(), RATE, CALIFORNIA, "2024-01-01")
    assert [(row["known"], row["entry"], row["value"]) for row in rows] == [
        ("2024-03-08", 1, 5.0),
        ("2024-03-15", 2, 5.1),
    ]


def test_an_older_vintage_filed_later_does_not_displace_a_newer_one() -> None:
    """History may be filed late; what the source released last still counts."""
    tables = revised()
    late = date(2024, 4, 1)
    follow(tables, 3, date(2024, 2, 1), [Observation(RATE, CALIFORNIA, date(2024, 1, 1), 4.9)], filed=late)
    assert dict(series(tables, RATE, CALIFORNIA))["2024-01-01"] == 5.1
    assert [row["value"] for row in newest(tables, [RATE])] == [5.1, 5.2]


def test_the_latest_row_carries_its_interval_and_entry() -> None:
    row = latest(revised(), RATE, CALIFORNIA)
    assert row is not None
    assert (row["event"], row["low"], row["high"], row["entry"]) == ("2024-02-01", 5.0, 5.4, 2)
    assert latest(revised(), RATE, "area:us-ny") is None


def test_a_payload_that_cannot_be_read_stays_on_record_with_its_faults_and_gives_no_values() -> None:
    """The follower must get past a bad payload, or one filing would stop the house; but nobody may overlook it."""
    tables = MemoryTables()
    follow(tables, 7, date(2024, 3, 8), [Observation(RATE, CALIFORNIA, date(2024, 1, 1), 5.0)], blob=b"garbage")
    assert tables.count(OBSERVATION) == 0
    assert "must be a Parquet file" in tables.select(BATCH)[0]["refused"]


def test_batches_are_listed_with_their_source() -> None:
    assert [(row["entry"], row["rows"], row["citation"]) for row in batches(revised(), "test")] == [
        (1, 1, "a test"),
        (2, 2, "a test"),
    ]


def test_following_twice_lays_out_the_same_tables() -> None:
    once, twice = revised(), revised()
    follow(twice, 2, date(2024, 3, 15), [Observation(RATE, CALIFORNIA, date(2024, 1, 1), 5.1)])
    assert once.select(OBSERVATION) == twice.select(OBSERVATION)


def test_time_alone_makes_nothing_happen_here() -> None:
    assert not Indicators().due(datetime(2100, 1, 1, tzinfo=UTC), revised())


def test_a_release_day_written_down_afterwards_changes_nothing_that_was_known_before() -> None:
    """Whoever files picks `released_on`; if it counted, "as of" would tell another story after every filing."""
    tables = revised()
    before = series(tables, RATE, CALIFORNIA, as_of=date(2024, 3, 20))
    rows = [Observation(RATE, CALIFORNIA, date(2024, 2, 1), 9.9)]
    follow(tables, 3, date(2024, 3, 18), rows, filed=date(2024, 6, 3))
    assert series(tables, RATE, CALIFORNIA, as_of=date(2024, 3, 20)) == before
    assert series(tables, RATE, CALIFORNIA, as_of=date(2024, 6, 2)) == before
    assert dict(series(tables, RATE, CALIFORNIA, as_of=date(2024, 6, 3)))["2024-02-01"] == 9.9
    assert [row["known"] for row in vintages(tables, RATE, CALIFORNIA, "2024-02-01")] == ["2024-03-15", "2024-06-03"]


def test_days_still_to_come_are_set_aside_and_the_rest_counts() -> None:
    tables = MemoryTables()
    rows = [Observation(RATE, CALIFORNIA, day, 5.0) for day in (date(2024, 1, 1), date(2024, 3, 8), date(2199, 1, 1))]
    follow(tables, 1, date(2199, 2, 1), rows, filed=date(2024, 3, 8))
    assert [event for event, _ in series(tables, RATE, CALIFORNIA)] == ["2024-01-01", "2024-03-08"]
    (batch,) = batches(tables)
    assert batch["refused"] == "1 observations are about days after 2024-03-08, when they were filed"
    assert batch["rows"] == 3, "what was filed stays what it was"


@pytest.mark.parametrize("read", range(1, 8))
def test_the_latest_row_is_the_same_however_few_are_read_for_it(monkeypatch: pytest.MonkeyPatch, read: int) -> None:
    """Of an event at the edge of what is read not every vintage is there; of a withdrawn one no value is left."""
    monkeypatch.setattr(_queries, "LATEST_READ", read)
    tables = revised()
    march = Observation(RATE, CALIFORNIA, date(2024, 3, 1), 9.0)
    for index, day in ((3, 16), (4, 17)):
        follow(tables, index, date(2024, 3, day), [march])
    annul = {"kind": "observations.batch"}
    for index, dropped in ((5, 4), (6, 3)):
        when = datetime(2024, 4, index, 14, tzinfo=UTC)
        Indicators().follow(Entry(index, "record.annulled", 1, when, "p", None, {**annul, "entry": dropped}), tables)
    row = latest(tables, RATE, CALIFORNIA)
    assert row is not None
    assert (row["event"], row["value"], row["entry"]) == ("2024-02-01", 5.2, 2)
    then = latest(tables, RATE, CALIFORNIA, date(2024, 3, 16))
    assert then is not None
    assert (then["event"], then["value"]) == ("2024-03-01", 9.0)
    assert latest(tables, RATE, CALIFORNIA, date(2024, 3, 1)) is None
