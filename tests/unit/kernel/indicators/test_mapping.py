"""Somebody else's tables: read by a small mapping, every fault named by row and column, bounded whatever they hold."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, date, datetime

import polars as pl
import pytest

from commonweal.kernel.indicators import Observation, read_mapping, read_table, table_acts
from commonweal.kernel.values import BadInput, RuleFault, TooLarge

HEAD = 'id = "bls.laus"\ncitation = "Bureau of Labor Statistics"\n'
WIDE = (
    HEAD
    + """
vintage = "as revised to August 2025"
subject_prefix = "area:us-"
missing = ["", "-"]
[columns]
event = "month"
subject = "state"
[values]
lf = "laus.labour_force"
unemp = "laus.unemployed"
[units]
"laus.unemployed" = "persons"
"""
)
OWN = "series,subject,event,value,low,high,unit,source_ref,dims\n"


def read(text: str, mapping: str = HEAD) -> list[Observation]:
    return read_table(text.encode(), "t.csv", read_mapping(mapping)).observations


def test_several_columns_of_values_become_several_series() -> None:
    found = read("month,state,lf,unemp\n2025-07,CA,19000000,-\n2025-08,CA,19100000,1040000\n", WIDE)
    assert found == [
        Observation("laus.labour_force", "area:us-ca", date(2025, 7, 1), 19e6),
        Observation("laus.labour_force", "area:us-ca", date(2025, 8, 1), 19.1e6),
        Observation("laus.unemployed", "area:us-ca", date(2025, 8, 1), 1.04e6, unit="persons"),
    ]


def test_our_own_columns_need_no_mapping_but_a_name_and_a_citation() -> None:
    (row,) = read(OWN + "laus.unemployed,area:us,2025-08-01T09:30:00Z,5,4,6,persons,table 1,sex=f\n")
    assert row == Observation(
        "laus.unemployed{sex=f}",
        "area:us",
        datetime(2025, 8, 1, 9, 30, tzinfo=UTC),
        5.0,
        4.0,
        6.0,
        "persons",
        "table 1",
    )


def test_dimensions_subjects_and_events_are_mapped() -> None:
    mapping = HEAD + 'event_format = "%d.%m.%Y"\nseries = "x.rate"\n[dims]\nage = "group"\n'
    mapping += '[columns]\nsubject = "land"\n[subjects]\nBY = "area:de-by"\n'
    (row,) = read("event,land,group,value\n31.12.2025,BY,16-24,5.5\n", mapping)
    assert row[:4] == ("x.rate{age=16-24}", "area:de-by", date(2025, 12, 31), 5.5)


def test_parquet_is_read_by_the_same_mapping() -> None:
    out = io.BytesIO()
    pl.DataFrame({"month": [date(2025, 8, 1)], "state": ["CA"], "lf": [19], "unemp": [1.5]}).write_parquet(out)
    found = read_table(out.getvalue(), "t.parquet", read_mapping(WIDE)).observations
    assert [(row.series, row.value) for row in found] == [("laus.labour_force", 19.0), ("laus.unemployed", 1.5)]


def test_every_fault_is_named_by_row_and_column() -> None:
    rows = (
        "laus.unemployed,area:us,2025-08-01,5\nlaus.unemployed,area:us,August,5\n"
        "laus.unemployed,area:us,2025-09-01,many\n"
        "laus.unemployed,area:us,2025-10-01,1_000\n"
    )
    with pytest.raises(BadInput) as refused:
        read("series,subject,event,value\n" + rows)
    assert [(fault.where, fault.seen) for fault in refused.value.faults] == [
        ("row 3, column event", "August"), ("row 4, column value", "many"), ("row 5, column value", "1_000"),
    ]  # fmt: skip
    with pytest.raises(BadInput) as refused:
        read(
            "series,subject,event,value\nNo,area:us,2025-08-01,5\nlaus.a,us,2025-08-01,nan\nlaus.a,area:us,2025-08-01,5\nlaus.a,area:us,2025-08-01,6\n"
        )
    assert [(fault.where, fault.code) for fault in refused.value.faults] == [
        ("row 2, column value, series", "name"), ("row 3, column value, subject", "name"),
        ("row 3, column value, value", "not_finite"), ("row 5, column value", "duplicate"),
    ]  # fmt: skip


def test_a_thousand_faults_stay_readable() -> None:
    with pytest.raises(BadInput) as refused:
        read("series,subject,event,value\n" + "laus.a,area:us,2025-08-01,x\n" * 1000)
    assert len(refused.value.faults) == 51


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("subject,event,value\narea:us,2025-08-01,5\n", "column series"),
        ("", "a CSV file: a heading"),
        ("series,subject,event,value\n", "at least one row"),
        ("series,subject,event,value\nlaus.a,area:us,2025-08-01,5,6,7\n", "line 2: saw '6 cells'; at most 4 cells"),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read(text)


def test_what_is_too_large_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"series,subject,event,value\n" + b" " * (65 << 20), 9)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge, match="unpacked"):
        read_table(bomb, "bomb.csv.gz", read_mapping(HEAD))
    many = b"series,subject,event,value\n" + b"a.b,a:b,2020-01-01,1\n" * 1_000_001
    with pytest.raises(TooLarge, match="1000000 rows"):
        read_table(many, "many.csv", read_mapping(HEAD))
    with pytest.raises(BadInput, match="gzip"):
        read_table(bomb[:2000], "cut.csv.gz", read_mapping(HEAD))


def test_a_mapping_with_faults_names_them_all() -> None:
    with pytest.raises(RuleFault) as refused:
        read_mapping(
            'id = "Bad Id"\ncolours = 1\nreleased_on = "2025"\n[columns]\nday = "x"\n'
            '[values]\nv = "No"\n[subjects]\na = "b"\n'
        )
    assert sorted(fault.where for fault in refused.value.faults) == [
        "citation", "colours", "columns.day", "id", "released_on", "subjects.a", "values.v",
    ]  # fmt: skip


def test_a_table_becomes_one_act_a_day_of_release() -> None:
    rows = ("x.a,area:us,2025-07-01,5,2025-08-05", "x.a,area:us,2025-07-01,6,2025-09-05")
    text = "\n".join(("series,subject,event,value,released", *rows)).encode()
    acts = table_acts(text, "t.csv", read_mapping(HEAD), raw=True)
    assert [act.body["released_on"] for act in acts] == ["2025-08-05", "2025-09-05"]
    assert acts[0].blobs["raw"] == text
    undated = b"series,subject,event,value\nx.a,area:us,2025-07-01,5\n"
    (act,) = table_acts(undated, "t", read_mapping(HEAD))
    assert act.body["released_on"] == "2025-07-01"
    assert "does not say when it was released" in act.body["remark"]
    with pytest.raises(BadInput, match="not before the newest event"):
        table_acts(undated, "t", read_mapping("released_on = 2025-06-01\n" + HEAD))
