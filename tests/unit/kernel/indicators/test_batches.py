"""Batches of observations: what is refused and how it is said, and that values come back as they went in."""

from __future__ import annotations

import io
import math
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.indicators import (
    KINDS,
    OBSERVATIONS_BATCH,
    TABLES,
    Observation,
    batch_act,
    check_filing,
    observations_of,
    read_columns,
    write_columns,
)
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.values import BadInput, TooLarge

JANUARY, MARCH = date(2024, 1, 1), date(2024, 3, 15)
GOOD = ("a.b", "area:us-ca", JANUARY, 5.5)


def act(rows: list[tuple[object, ...]]) -> Act:
    return batch_act(rows, series_set="test", citation="a test", released_on=MARCH)


def entry(of: Act, **changed: object) -> Entry:
    body = {**of.body, **changed}
    return Entry(0, of.kind, 1, datetime(2024, 3, 15, tzinfo=UTC), "p", None, body, blob=lambda name: of.blobs[name])


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def test_the_room_declares_what_the_house_expects() -> None:
    assert [kind.id for kind in KINDS] == ["observations.batch", "observations.source"]
    assert {table.name.split("_")[0] for table in TABLES} == {"indicators"}
    assert set(OBSERVATIONS_BATCH.public_fields()) == set(OBSERVATIONS_BATCH.schema.model_fields)


names = st.sampled_from(["area:us-ca", "model:x-1", "area:us"])
finite = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(st.dictionaries(st.tuples(names, st.dates(date(1900, 1, 1), date(2100, 1, 1))), finite, min_size=1, max_size=20))
def test_values_come_back_bit_for_bit(values: dict[tuple[str, date], float]) -> None:
    """A measured value is evidence: storing it may not change its last bit."""
    rows = [Observation("a.b", subject, event, value) for (subject, event), value in values.items()]
    assert list(read_columns(write_columns(rows)[0])) == rows


def test_intervals_travel_when_given_and_cost_nothing_when_not() -> None:
    assert write_columns([Observation(*GOOD)])[1] == ("series", "subject", "event", "value")
    data, columns = write_columns([Observation(*GOOD, low=5.0, high=6.0), Observation("a.b", "area:us", JANUARY, 1.0)])
    assert columns[-2:] == ("low", "high")
    assert [row.low for row in read_columns(data)] == [5.0, None]


def test_the_same_rows_make_the_same_act_so_that_filing_twice_gives_one_entry() -> None:
    assert act([GOOD]).key == act([GOOD]).key
    assert act([GOOD]).key != act([(*GOOD[:3], 5.6)]).key


def test_every_fault_is_named_at_once_with_the_value_seen() -> None:
    with pytest.raises(BadInput) as refused:
        act(
            [
                ("Bad Name", "area:us-ca", JANUARY, 1.0),
                ("a.b", "no subject", JANUARY, 1.0),
                ("a.b", "area:us-ca", date(1700, 1, 1), 1.0),
                ("a.b", "area:us-ny", JANUARY, math.nan),
                ("a.b", "area:us-tx", JANUARY, 1e400),
                ("a.b", "area:us-wa", JANUARY, 5.0, 6.0, 7.0),
                GOOD,
                GOOD,
            ]
        )
    said = {(fault.where, fault.code) for fault in refused.value.faults}
    assert said == {
        ("row 1, series", "name"),
        ("row 2, subject", "name"),
        ("row 3, event", "date"),
        ("row 4, value", "not_finite"),
        ("row 5, value", "not_finite"),
        ("row 6", "interval"),
        ("row 8", "duplicate"),
    }
    assert next(fault.seen for fault in refused.value.faults if fault.where == "row 5, value") == "inf"


def test_a_flood_of_faults_stays_readable() -> None:
    with pytest.raises(BadInput) as refused:
        act([("a.b", f"area:x{number}", JANUARY, math.inf) for number in range(5000)])
    assert len(refused.value.faults) == 51
    assert "not checked" in refused.value.faults[-1].seen


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(BadInput, match="at least one observation"):
        act([])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not parquet at all", "must be a Parquet file"),
        (b"", "must be a Parquet file"),
        (parquet(pl.DataFrame({"series": ["a.b"]})), "column value"),
        (
            parquet(pl.DataFrame([(*GOOD[:3], 5)], schema=["series", "subject", "event", "value"], orient="row")),
            "a column of floating-point numbers of 64 bits",
        ),
        (
            parquet(pl.DataFrame([(*GOOD, 1)], schema=["series", "subject", "event", "value", "x"], orient="row")),
            "column x",
        ),
    ],
)
def test_columns_that_are_not_what_was_agreed_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_columns(data)


def test_too_many_rows_are_refused_without_unpacking_them() -> None:
    """A file of a few kilobytes can hold billions of equal rows: only the limit is ever read."""
    many = pl.DataFrame({"series": ["a.b"]}).select(
        pl.col("series").repeat_by(1_000_001).explode(),
        subject=pl.lit("area:us-ca"),
        event=pl.lit(JANUARY),
        value=pl.lit(1.0),
    )
    with pytest.raises(TooLarge):
        read_columns(parquet(many))


def test_columns_must_agree_with_what_the_entry_says_of_them() -> None:
    """Readers who see only the public body must not be told another story than the payload tells."""
    filed = act([GOOD])
    assert observations_of(entry(filed)) == (Observation(*GOOD),)
    with pytest.raises(BadInput) as refused:
        observations_of(entry(filed, rows=2, event_to="2024-02-01"))
    assert [fault.where for fault in refused.value.faults] == ["rows", "event_to"]


@pytest.mark.parametrize(
    "wrong",
    [{"released_on": "2023-12-31"}, {"event_from": "2024-02-30"}, {"rows": 0}, {"event_from": "2024-06-01"}],
)
def test_a_batch_that_cannot_be_is_refused_by_its_schema(wrong: dict[str, object]) -> None:
    body = dict(act([GOOD]).body)
    OBSERVATIONS_BATCH.schema.model_validate(body)
    with pytest.raises(ValueError, match=r"released_on|event_from|greater_than|greater than"):
        OBSERVATIONS_BATCH.schema.model_validate({**body, **wrong})


def test_nobody_has_observed_what_is_still_to_come() -> None:
    """One such batch would move a rule past every real figure to come."""
    event, released = date(2199, 1, 1), date(2199, 2, 1)
    ahead = batch_act([("a.b", "area:us-ca", event, 1.0)], series_set="test", citation="a test", released_on=released)
    with pytest.raises(BadInput) as refused:
        check_filing(ahead, datetime(2199, 1, 1, tzinfo=UTC) - timedelta(seconds=1))
    assert [(fault.where, fault.code) for fault in refused.value.faults] == [
        ("event_to", "future"),
        ("released_on", "future"),
    ]
    with pytest.raises(BadInput, match="released_on"):
        check_filing(ahead, datetime(2199, 1, 31, 23, 59, tzinfo=UTC))
    check_filing(ahead, datetime(2199, 2, 1, tzinfo=UTC))
    check_filing(ahead)
