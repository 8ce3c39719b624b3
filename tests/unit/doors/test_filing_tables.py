"""Tables as filings: what people keep in a spreadsheet is filed as it is meant, or refused by row and column."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.filing_tables import TableRow, in_items, in_rows, read_rows
from commonweal.instruments.incident_reports.reports import REPORT
from commonweal.kernel.values import BadInput, Fault, TooLarge, defused

HEAD = "name,category,reporter,title,what_happened"


def refused(data: bytes, rows_max: int = 10) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as error:
        read_rows(REPORT, data, rows_max)
    return [(fault.where, fault.seen) for fault in error.value.faults]


def test_each_cell_is_read_as_its_field_is() -> None:
    causes = '[{"cause": "a switch, worn"}]'
    out = io.StringIO()
    csv.writer(out).writerows([
        ["name", "harms", "deaths", "safe_harbour", "causes", "occurred", "title", "children_concerned"],
        ["R 1", "privacy; economic", "2", "yes", causes, "2026-11~", "a, b\nc", ""],
        ["", "", "", "", "", "", "", ""],
        ["R 2", "privacy", "", "FALSE", "", "2026", " '=1 ", "no"],
    ])  # fmt: skip
    rows = read_rows(REPORT, b"\xef\xbb\xbf" + out.getvalue().encode(), 10)
    assert [row.number for row in rows] == [2, 4], "as a spreadsheet counts: the heading, and rows that say nothing"
    found = [row.body for row in rows]
    assert found == [
        {
            "name": "R 1", "harms": ["privacy", "economic"], "deaths": 2, "safe_harbour": True,
            "causes": [{"cause": "a switch, worn"}], "occurred": "2026-11~", "title": "a, b\nc",
        },
        {
            "name": "R 2", "harms": ["privacy"], "safe_harbour": False, "occurred": "2026", "title": " '=1 ",
            "children_concerned": False,
        },
    ]  # fmt: skip
    assert all(REPORT.schema.model_fields.keys() >= body.keys() for body in found)


def test_cells_that_were_copied_out_of_a_spreadsheet_are_read_as_the_file_would_be() -> None:
    rows = read_rows(REPORT, b'name\tharms\ttitle\r\nR 1\tprivacy; economic\t"a ""b"""\r\n', 10)
    assert [row.body for row in rows] == [{"name": "R 1", "harms": ["privacy", "economic"], "title": 'a "b"'}]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", [("(heading)", "(absent)")]),
        (HEAD.encode(), [("rows", "0")]),
        (b"nam,title,title\nx,y,z\n", [("column nam", "nam"), ("column title", "2 times")]),
        (b"name,deaths\nx\n", [("row 2", "1 cells")]),
        (b"name;category\nx;concern\n", [("(heading)", "name;category")]),
        (b"name,deaths,what_happened,occurred\nR 1,two,It fell.,2026-11-31\nR 2,-1,,2026\n",
         [("row 2, deaths", "two"), ("row 2, occurred", "2026-11-31"), ("row 3, what_happened", "(absent)"),
          ("row 3, deaths", "-1")]),
        (b"name,deaths\nx,two\ny,1_0\nz,9999999999999999999\n",
         [("row 2, deaths", "two"), ("row 3, deaths", "1_0"), ("row 4, deaths", "9999999999999999999")]),
        (b"children_concerned,causes\nmaybe,worn\n",
         [("row 2, children_concerned", "maybe"), ("row 2, causes", "worn")]),
        (b"name\n\xff\xfe\n", [("byte 6", "(3 bytes: fffe0a)")]),
        ("name\n名".encode("utf-16"), [("byte 1", "(4 bytes: fffe6e00)")]),
        (b"PK\x03\x04" + b"x" * 50, [("(whole)", "a workbook, or another archive")]),
        (b'name\n"x', [("line 2", "unexpected end of data")]),
        (b"name\n" + b"x\n" * 11, [("rows", "over 10")]),
        (b"title\n" + b"x" * 200_000, [("line 2", "field larger than field limit (131072)")]),
    ],
)  # fmt: skip
def test_what_no_table_can_hold_is_named_by_its_place(data: bytes, told: list[tuple[str, str]]) -> None:
    assert refused(data) == told


def test_a_name_that_stands_twice_is_refused_naming_both_rows() -> None:
    """Filed, the second row would become a newer version of the first: a death would be gone from the desk's sight."""
    table = "name,title\nR 7,A pump overdosed a patient\nR 8,Another\nr 7,A loan model refused women\n"
    with pytest.raises(BadInput) as error:
        read_rows(REPORT, table.encode(), 10)
    first = error.value.faults[0]
    assert (first.where, first.seen, first.code, "row 2" in first.want) == ("row 4, name", "r 7", "twice", True)


def test_a_table_over_its_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        read_rows(REPORT, b"name\n" + b"x" * (8 << 20), 10)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), min_size=1).filter(str.strip),
        min_size=1,
        max_size=4,
    )
)
def test_text_comes_back_as_it_was_defused_or_not(words: list[str]) -> None:
    """A list that was downloaded and sent in again says the same: the mark against formulas is taken off."""
    out = io.StringIO()
    csv.writer(out).writerows([["title"], *([defused(word)] for word in words)])
    expected: list[dict[str, Any]] = [{"title": word} for word in words]
    found = [row.body for row in read_rows(REPORT, out.getvalue().encode(), 10)]
    assert found == expected or any(word.startswith("'") for word in words)


def test_faults_of_the_kind_itself_are_told_by_row() -> None:
    error = BadInput(
        [Fault("act 0: name", "x", "y"), Fault("act 12: causes.0.cause", "x", "y"), Fault("key", "x", "y")]
    )
    rows = [TableRow(number, {}) for number in range(2, 20)]
    assert [fault.where for fault in in_rows(error, rows).faults] == ["row 2, name", "row 14, causes.0.cause", "key"]
    assert [fault.where for fault in in_items(error).faults] == ["item 1, name", "item 13, causes.0.cause", "key"]


def test_the_bound_of_a_cell_is_this_readers_own_and_no_other_readers() -> None:
    """What the csv module allows holds for everybody in the process: it is left as it is, and does not loosen ours."""
    before = csv.field_size_limit(1 << 20)
    try:
        assert refused(b"title\n" + b"x" * 200_000) == [("line 2", "field larger than field limit (131072)")]
        assert csv.field_size_limit() == 1 << 20
    finally:
        csv.field_size_limit(before)
