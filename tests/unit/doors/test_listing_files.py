"""Listings as CSV: plain values, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.instrument import Column, Export, Filter, Interval, Listing, Text
from commonweal.kernel.values import BadInput, defused, undefused
from commonweal.listing_files import as_csv, as_json, as_rows, made, plain, rows_of

COLUMNS = (Column("a", Text(en="A", zh="甲")), Column("b", Text(en="B", zh="乙")))


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@sum", "\tx", "\rx", " =1", "＝1", "-", "=cmd|' /C calc'!A0"]
)
def test_formulas_are_defused(text: str) -> None:
    assert defused(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a", "-1", "+1.5e-3", "-0.25", "1=1", "a@b", "'=1"])
def test_other_text_and_numbers_stay_as_they_are(text: str) -> None:
    assert defused(text) == text


@pytest.mark.parametrize(
    "text", ["a;=1+1", "a; =1", "a;=cmd|' /C calc'!A0", "a\t@sum", "a\n-1+1", 'a;"=1+1"', "a;＝1", "a;'=1", ";;+1"]
)
def test_where_semicolons_part_cells_no_cell_is_a_formula_either(text: str) -> None:
    """In most of Europe a spreadsheet splits there, also within quotes that begin behind a comma."""
    for part in (";", "\t"):
        line = as_csv(COLUMNS, [{"a": "x", "b": text}]).partition("\r\n")[2]
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=part):
            assert not any(cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝")) for cell in row)
    assert undefused(defused(text)) == text


@given(st.lists(st.fixed_dictionaries({"a": st.text(), "b": st.one_of(st.none(), st.text(), st.floats())}), max_size=5))
def test_no_cell_begins_a_formula_and_csv_and_json_agree(rows: list[dict[str, object]]) -> None:
    cells = read(as_csv(COLUMNS, rows))[1:]
    assert len(cells) == len(rows)
    for line, row in zip(cells, as_rows(COLUMNS, rows), strict=True):
        for cell, column in zip(line, COLUMNS, strict=True):
            assert not cell.lstrip(" ").startswith(("=", "+", "@", "\t", "\r"))
            value = row[column.id]
            if isinstance(value, str):
                assert undefused(cell) == value or value.startswith("'")
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell == ""


def test_values_keep_their_meaning() -> None:
    row = {"a": Interval(1.0, 2.0, 3.0), "b": datetime(2026, 1, 2, tzinfo=UTC)}
    assert as_rows(COLUMNS, [row])[0]["a"] == {"low": 1.0, "point": 2.0, "high": 3.0, "level": 0.9}
    assert read(as_csv(COLUMNS, [row]))[1][1] == "2026-01-02T00:00:00Z"
    assert read(as_csv(COLUMNS, [{"a": True, "b": ["x", "y"]}]))[1] == ["true", "x; y"]
    assert read(as_csv(COLUMNS, [{"a": 1e25, "b": None}]))[1] == ["1e+25", ""]
    assert plain(float("nan")) is None
    assert plain(date(2026, 1, 2)) == "2026-01-02"
    assert "乙" in as_json(COLUMNS, [{"a": "乙"}])


@pytest.mark.parametrize(
    ("query", "want"),
    [
        ({"since": "tomorrow"}, "a day like 2026-03-31"),
        ({"since": "2026-02-30"}, "a day like 2026-03-31"),
        ({"week": "2026-W99"}, "left out: there is nothing to choose among yet"),
        ({"colour": "red"}, "one of the filters since, week"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_in_every_form(query: dict[str, str], want: str) -> None:
    """Silence would be read as "there is nothing": by people, and by programs that take an export."""
    reading: Any = None
    listing = Listing(
        "things",
        Text(en="Things", zh="事物"),
        COLUMNS,
        lambda reading, query: [],
        filters=(Filter("since", Text(en="Since", zh="自")), Filter("week", Text(en="Week", zh="周"), lambda _: ())),
        exports=(Export("txt", Text(en="Text", zh="文本"), "text/plain", lambda reading, query: b"all"),),
    )
    for ask in (lambda: rows_of(listing, reading, query), lambda: made(listing, "txt", reading, query)):
        with pytest.raises(BadInput) as refused:
            ask()
        assert [fault.want for fault in refused.value.faults] == [want]
    assert made(listing, "txt", reading, {"since": "2026-03-31", "week": ""}) == b"all"
