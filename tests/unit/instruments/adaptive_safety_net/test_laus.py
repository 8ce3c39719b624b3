"""The table of figures, the release days, and the published file format with everything that can be wrong with it."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from commonweal.instruments.adaptive_safety_net import INSTRUMENT, laus, monthly_batches
from commonweal.kernel.indicators import OBSERVATIONS_BATCH, read_columns
from commonweal.kernel.values import BadInput, TooLarge

HEADING = "series_id\tyear\tperiod\tvalue\tfootnote_codes\n"


def published(*lines: str) -> bytes:
    return (HEADING + "\n".join(lines)).encode()


def test_the_table_holds_every_area_and_month_twice() -> None:
    months = laus.months()
    assert (len(months), min(months), max(months)) == (596, date(1976, 1, 1), date(2025, 8, 1))
    assert {len(rows) for rows in months.values()} == {102}
    assert {row.subject for rows in months.values() for row in rows} == set(laus.areas())
    assert len(laus.areas()) == 51


def test_persons_can_be_counted_and_fewer_are_unemployed_than_work() -> None:
    for rows in laus.months().values():
        by = {(row.series, row.subject): row.value for row in rows}
        for area in laus.areas():
            assert 0 < by[laus.UNEMPLOYED, area] < 0.4 * by[laus.LABOUR_FORCE, area]


def test_the_table_says_what_the_source_says(shared_data: Path) -> None:
    """Every figure of ours is in the file it was made from, and rebuilding gives our bytes again."""
    source = (shared_data / "economy" / "laus_state_monthly_sa_1976_2025.csv.gz").read_bytes()
    ours = (laus.HERE / "data" / laus.TABLE).read_bytes()
    assert gzip.decompress(laus.rebuild(source)) == gzip.decompress(ours)
    theirs = {
        (row["fips"], row["date"][:7]): (float(row["lf"]), float(row["unemp"]))
        for row in csv.DictReader(io.StringIO(gzip.decompress(source).decode()))
    }
    subjects = {area.subject: area.fips for area in laus.areas().values()}
    found: dict[tuple[str, str], dict[str, float]] = {}
    for month, rows in laus.months().items():
        for row in rows:
            found.setdefault((subjects[row.subject], f"{month:%Y-%m}"), {})[row.series] = row.value
    assert {key: (cell[laus.LABOUR_FORCE], cell[laus.UNEMPLOYED]) for key, cell in found.items()} == theirs


def test_batches_come_in_order_of_release_and_each_fits_its_schema() -> None:
    steps = list(monthly_batches())
    days = [when for when, _ in steps]
    assert days == sorted(days)
    assert len({act.key for _, act in steps}) == 596
    first = steps[0][1]
    OBSERVATIONS_BATCH.schema.model_validate(first.body)
    assert first.body["rows"] == len(read_columns(first.blobs["columns"])) == 102
    assert "One vintage" in first.body["remark"]


def test_release_days_are_the_stated_fridays() -> None:
    """Third Friday of the following month; January waits for the yearly revision (data/laus_release.toml)."""
    assert laus.released_at(date(2025, 8, 1)) == datetime(2025, 9, 19, 14, tzinfo=UTC)
    assert laus.released_at(date(2024, 1, 1)) == datetime(2024, 3, 8, 14, tzinfo=UTC)
    assert laus.released_at(date(2024, 2, 1)) == datetime(2024, 3, 15, 14, tzinfo=UTC)
    assert laus.released_at(date(2024, 12, 1)) == datetime(2025, 1, 17, 14, tzinfo=UTC)


def test_the_published_format_is_read_and_what_is_passed_over_is_counted() -> None:
    found = laus.parse(
        published(
            "LASST260000000000004          \t2004\tM02\t      335281\t",
            "LASST260000000000006          \t2004\tM02\t     5021716\t",
            "LASST260000000000003          \t2004\tM02\t         6.7\t",
            "LASST260000000000006          \t2004\tM13\t     5021000\t",
            "LASST720000000000006          \t2004\tM02\t     1400000\t",
            "LASST260000000000004          \t2025\tM10\t           -\tX",
        ),
        "la.data.3.AllStatesS",
    )
    (act,) = found.acts
    assert [row[:4] for row in read_columns(act.blobs["columns"])] == [
        ("laus.unemployed", "area:us-mi", date(2004, 2, 1), 335281.0),
        ("laus.labour_force", "area:us-mi", date(2004, 2, 1), 5021716.0),
    ]
    assert act.body["released_on"] == "2004-03-01", "no later than it can have been filed: the file bears no date"
    assert "does not say when it was released" in act.body["remark"]
    assert found.remarks == (
        "1 lines passed over: months without a figure",
        "3 lines passed over: other areas, measures or yearly means",
        "no figures for 50 of 51 areas",
    )


def test_every_fault_of_a_file_is_named_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        laus.parse(
            published(
                "LASST260000000000004\t20O4\tM02\t335281\t",
                "LASST260000000000004\t2004\tM14\t335281\t",
                "LASST260000000000004\t2004\tM02\tNaN\t",
                "LASST260000000000004\t2004\tM02\t1e400\t",
                "no tabs here",
            ),
            "file.txt",
        )
    assert [fault.where for fault in refused.value.faults] == [
        "line 2, year",
        "line 3, period",
        "line 4, value",
        "line 5, value",
        "line 6",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the heading series_id"),
        (b"<!doctype html><title>Access denied</title>", "the heading series_id"),
        (HEADING.encode(), "at least one state series"),
        (HEADING.encode("utf-16"), "must be UTF-8"),
        (published("LASST260000000000004\t2004\tM02\t1\t", "LASST260000000000004\t2004\tM02\t2\t"), "once in a batch"),
    ],
)
def test_what_is_not_the_file_is_refused_with_words(data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        laus.parse(data, "file")


def test_a_flood_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laus, "BYTES_MAX", 100)
    with pytest.raises(TooLarge):
        laus.parse(b"x" * 101, "file")
    monkeypatch.setattr(laus, "LINES_MAX", 10)
    with pytest.raises(TooLarge):
        laus.parse(b"\n" * 50, "file")


def test_the_instrument_declares_where_the_current_series_is() -> None:
    assert set(INSTRUMENT.downloads) == {"laus"} < set(INSTRUMENT.observes)
    assert INSTRUMENT.downloads["laus"].startswith("https://")
