"""Series with dimensions, at instants, in one unit: named one way, refused when they clash, kept apart otherwise."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.indicators import (
    Indicators,
    Observation,
    batch_act,
    batches,
    catalogue,
    check_filing,
    event_of,
    known_series,
    newest,
    observed,
    read_columns,
    resolved,
    series,
    series_name,
    unit_of,
    vintage_note,
    vintages,
    write_columns,
)
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.values import BadInput, NotFound
from fakes import MemoryTables

YOUNG_WOMEN = "laus.unemployed{age=16-24,sex=f}"
US = "area:us"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def act(*rows: Observation, **more: object) -> Act:
    given = {"series_set": "test", "citation": "a test", "released_on": date(2026, 3, 2), **more}
    return batch_act(rows, **given)  # type: ignore[arg-type]


def follow(tables: MemoryTables, index: int, filed: Act, when: datetime = NOON) -> Entry:
    entry = Entry(index, filed.kind, 1, when, "p", None, filed.body, blob=lambda name: filed.blobs[name])
    Indicators().follow(entry, tables)
    return entry


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "written", ["laus.unemployed{sex=f,age=16-24}", "laus.unemployed{age=16-24, sex=f}", YOUNG_WOMEN]
)
def test_a_series_with_dimensions_has_one_spelling(written: str) -> None:
    assert series_name(written) == YOUNG_WOMEN
    assert series_name("laus.unemployed{age=16-24}", "sex=f") == YOUNG_WOMEN


@pytest.mark.parametrize(
    "written", ["a.b{", "a.b{x}", "a.b{x=}", "a.b{x=1,x=2}", "a.b{X=1}", "a.b{x=*}", "A.b{x=1}", ""]
)
def test_what_names_no_series_is_none(written: str) -> None:
    assert series_name(written) is None


@given(
    st.dictionaries(
        st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z"), st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.+-]{0,9}\Z"), max_size=8
    ),
    st.randoms(),
)
def test_the_order_in_which_dimensions_are_written_never_makes_another_series(
    dims: dict[str, str], shuffle: object
) -> None:
    """Two spellings of one series would be two histories, and a rule would see half of each."""
    names = list(dims)
    shuffle.shuffle(names)  # type: ignore[attr-defined]
    written = "a.b{" + ",".join(f"{name}={dims[name]}" for name in names) + "}" if names else "a.b"
    full = series_name(written)
    assert full is not None
    assert series_name(full) == full == series_name("a.b", ",".join(f"{name}={dims[name]}" for name in sorted(dims)))


def test_a_column_of_dimensions_is_folded_into_the_names() -> None:
    data = parquet(
        series=["laus.unemployed", "laus.unemployed"], subject=[US, US], event=[date(2026, 1, 1)] * 2,
        value=[1.0, 2.0], dims=["sex=f,age=16-24", ""],
    )  # fmt: skip
    assert [row.series for row in read_columns(data)] == [YOUNG_WOMEN, "laus.unemployed"]


def test_rows_that_are_the_same_once_their_dimensions_are_folded_are_duplicates() -> None:
    data = parquet(
        series=["a.b{x=1}", "a.b"], subject=[US, US], event=[date(2026, 1, 1)] * 2, value=[1.0, 2.0], dims=["", "x=1"]
    )
    with pytest.raises(BadInput, match="each series, subject and event once"):
        read_columns(data)


def test_events_may_be_instants_and_come_back_as_they_went_in() -> None:
    rows = [Observation("a.b", US, NOON - timedelta(seconds=at), float(at)) for at in range(3)]
    assert list(read_columns(write_columns(rows)[0])) == rows
    tables = MemoryTables()
    follow(tables, 1, act(*rows))
    found = series(tables, "a.b", US)
    assert found[-1] == ("2026-03-02T12:00:00Z", 0.0)
    assert [event_of(event) for event, _ in found] == sorted(row.event for row in rows)


def test_days_and_instants_do_not_mix_in_a_batch() -> None:
    with pytest.raises(BadInput, match="days or instants"):
        act(Observation("a.b", US, NOON, 1.0), Observation("a.b", US, date(2026, 1, 1), 1.0))


@pytest.mark.parametrize("event", [datetime(2026, 1, 1), datetime(2026, 1, 1, microsecond=5, tzinfo=UTC)])
def test_an_instant_names_its_zone_and_a_whole_second(event: datetime) -> None:
    with pytest.raises(BadInput, match="an instant in UTC, to the second"):
        act(Observation("a.b", US, event, 1.0))


def test_an_instant_later_than_its_filing_is_refused_and_set_aside() -> None:
    ahead = act(Observation("a.b", US, NOON + timedelta(seconds=1), 1.0), Observation("a.b", US, NOON, 2.0))
    with pytest.raises(BadInput, match="not after the moment of filing"):
        check_filing(ahead, NOON)
    tables = MemoryTables()
    entry = follow(tables, 1, ahead)
    assert [row.value for row in observed(entry, tables)] == [2.0]
    assert "1 observations are about days after" in batches(tables)[0]["refused"]


def test_one_series_has_one_unit_and_a_clash_names_both() -> None:
    tables = MemoryTables()
    follow(tables, 1, act(Observation(YOUNG_WOMEN, US, date(2026, 1, 1), 5.0, unit="persons")))
    assert unit_of(tables, "laus.unemployed") == unit_of(tables, YOUNG_WOMEN) == "persons"
    clash = act(
        Observation("laus.unemployed", US, date(2026, 2, 1), 5.0, unit="percent"),
        Observation("a.b", US, date(2026, 2, 1), 5.0),
    )
    with pytest.raises(BadInput) as refused:
        check_filing(clash, NOON, tables)
    (fault,) = refused.value.faults
    assert (fault.seen, fault.code) == ("percent", "unit")
    assert "'persons'" in fault.want
    entry = follow(tables, 2, clash)
    assert series(tables, "laus.unemployed", US) == [], "one that came all the same gives no value"
    assert [row.series for row in observed(entry, tables)] == ["a.b"]
    assert "set aside: unit of laus.unemployed percent; 'persons'" in batches(tables)[-1]["refused"]


def test_two_units_in_one_batch_are_refused() -> None:
    with pytest.raises(BadInput, match="one unit"):
        act(
            Observation("a.b", US, date(2026, 1, 1), 1.0, unit="h"),
            Observation("a.b{x=1}", US, date(2026, 1, 1), 1.0, unit="s"),
        )


def test_of_two_batches_released_on_one_day_the_higher_sequence_counts_whichever_comes_first() -> None:
    first = act(Observation("a.b", US, date(2026, 1, 1), 1.0), sequence=1)
    second = act(Observation("a.b", US, date(2026, 1, 1), 2.0), sequence=2)
    for order in ((first, second), (second, first)):
        tables = MemoryTables()
        for index, filed in enumerate(order):
            follow(tables, index, filed)
        assert series(tables, "a.b", US) == [("2026-01-01", 2.0)]
        assert [row["value"] for row in vintages(tables, "a.b", US, "2026-01-01")] == [1.0, 2.0]


def test_as_of_an_instant_what_was_filed_later_that_day_is_not_seen() -> None:
    tables = MemoryTables()
    follow(tables, 1, act(Observation("a.b", US, date(2026, 1, 1), 1.0)))
    follow(tables, 2, act(Observation("a.b", US, date(2026, 1, 1), 2.0)), NOON + timedelta(hours=2))
    assert series(tables, "a.b", US, NOON + timedelta(hours=1)) == [("2026-01-01", 1.0)]
    assert series(tables, "a.b", US, NOON.date()) == [("2026-01-01", 2.0)]


def test_the_catalogue_says_what_there_is_and_a_wrong_name_is_answered_with_it() -> None:
    tables = MemoryTables()
    follow(
        tables, 1, act(*(Observation(YOUNG_WOMEN, US, date(2026, month, 1), 5.0, unit="persons") for month in (1, 2)))
    )
    follow(tables, 2, act(Observation(YOUNG_WOMEN, US, date(2026, 1, 1), 6.0)))
    (row,) = catalogue(tables)
    assert {name: row[name] for name in ("first", "last", "events", "revised", "unit")} == {
        "first": "2026-01-01", "last": "2026-02-01", "events": 2, "revised": 1, "unit": "persons",
    }  # fmt: skip
    assert known_series(tables, "laus.unemployed{sex=f,age=16-24}", US)["events"] == 2
    with pytest.raises(NotFound, match="age=16-24"):
        known_series(tables, "laus.unemployed", US)
    assert resolved(tables, ["laus.unemployed{age=*,sex=f}"]) == [YOUNG_WOMEN]
    assert [row["value"] for row in newest(tables, ["laus.unemployed{age=*,sex=f}"])] == [6.0, 5.0]


def test_where_only_one_vintage_exists_the_note_says_so() -> None:
    tables = MemoryTables()
    follow(tables, 1, act(Observation("a.b", US, date(2026, 1, 1), 1.0), vintage="as revised to August 2025"))
    follow(tables, 2, act(Observation("a.c", US, date(2026, 1, 1), 1.0)))
    revised, live = vintage_note(tables, "a.b", US), vintage_note(tables, "a.c")
    assert revised is not None
    assert live is not None
    assert "told as “as revised to August 2025”; what was first published may differ" in str(revised)
    assert "注明为“as revised to August 2025”" in revised["zh"]
    assert "filed here more than once" in str(live)
    follow(tables, 3, act(Observation("a.b", US, date(2026, 1, 1), 2.0)))
    assert vintage_note(tables, ["a.b", "a.c"]) is None
    assert vintage_note(tables, "no.such") is None
