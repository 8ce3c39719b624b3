"""What is public of incidents as a spreadsheet (XLSX), within Excel's limits and saying where they cut something.

A cell holds at most 32,767 characters and a sheet 1,048,576 rows (Excel specifications and limits): a text that is cut
says so where it ends, and a second sheet lists each one with where the whole can be read.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.instrument import Export, Reading, Text
from commonweal.kernel.values import BadInput, Fault

from .scales import SCALES
from .searching import public
from .telling import each_in_words, listed, path_of, reason_of, title_of
from .withholding import REASONS

CELL_CHARS_MAX, ROWS_MAX = 32_767, 1_048_576
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
COLUMNS = (
    "name", "title", "title_zh", "summary", "summary_zh", "category", "occurred", "occurred_until", "outcome", "harms",
    "severity", "reversibility", "affected_min", "affected_max", "deaths", "children_concerned", "warnings", "misuses",
    "sectors", "models", "systems_named", "developers_named", "deployers_named", "harmed_named", "countries",
    "variant_of", "external", "sources", "withheld", "taken_out", "correction", "version", "first_published", "updated",
    "entry",
)  # fmt: skip
CUT_SHEET = Text(en="cut", zh="截断")
CUT_HEADS = (
    Text(en="Cell", zh="单元格"),
    Text(en="Field", zh="字段"),
    Text(en="Characters in all", zh="全文字符数"),
    Text(en="The whole can be read at", zh="全文见"),
)
_HEADS = {
    "name": Text(en="Reference", zh="编号"),
    "taken_out": Text(en="Taken out of the snapshot since", zh="此后自快照撤除"),
    "version": Text(en="Version", zh="版本"),
    "first_published": Text(en="First published", zh="首次公布"),
    "updated": Text(en="Updated", zh="更新时间"),
    "entry": Text(en="Entry of the record", zh="记录条目"),
}
_CUT = Text(en=" […cut here: sheet “cut”]", zh="〔…至此截断，见“截断”表〕")


def as_xlsx(reading: Reading, query: Mapping[str, str]) -> bytes:
    """What is public under a query. Raises `BadInput` for more incidents than a sheet has rows."""
    said = public(reading, query)
    if len(said) >= ROWS_MAX:
        want = f"at most {ROWS_MAX - 1} in one sheet: filter the list, or take the CSV"
        raise BadInput(Fault("(list)", f"{len(said)} incidents", want, "too_many"), "xlsx")
    return book_of(said, reading)


def book_of(said: Sequence[Mapping[str, Any]], reading: Reading) -> bytes:
    """A row an incident; every cell is text or a number, none a formula or a link."""
    import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

    out = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, plain)
    book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC)})  # the same rows give the same bytes
    sheet = book.add_worksheet("incidents")
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(said)), len(COLUMNS) - 1)
    for at, column in enumerate(COLUMNS):
        sheet.write_string(0, at, _head(column).in_(reading.language))
    cut: list[tuple[int, int, int]] = []
    for row, one in enumerate(said, 1):
        for at, column in enumerate(COLUMNS):
            if whole := _write(sheet, row, at, _value(column, one.get(column), reading.language), reading.language):
                cut.append((row, at, whole))
    if cut:
        _tell(book, cut, said, reading)
    book.close()
    return out.getvalue()


def _head(column: str) -> Text:
    return _HEADS.get(column) or title_of(column)


def _value(column: str, value: Any, language: str) -> Any:
    """What a cell says: codes in words, as lists show them; what was kept back or taken out, with why."""
    if column == "withheld" and value:
        pairs = [(title_of(field), REASONS[why].title) for field, why in value.items()]
        return listed(pairs).in_(language)
    if column == "taken_out" and value:
        return listed([(title_of(one["field"]), reason_of(one["why"])) for one in value]).in_(language)
    if column in SCALES:
        return [re.split("[:：]", words)[0] for words in each_in_words(column, value, language)] or None
    return each_in_words(column, value, language) if column == "countries" else value


def _write(sheet: Any, row: int, at: int, value: Any, language: str) -> int:
    """Write a cell; how many characters its text has in all, where it was cut, else 0."""
    if value is None:
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, at, value)
    else:
        text = UNPRINTABLE.sub("\ufffd", _worded(value))
        size = _size(text)
        sheet.write_string(row, at, text if size <= CELL_CHARS_MAX else _shortened(text, _CUT.in_(language)))
        return size if size > CELL_CHARS_MAX else 0
    return 0


def _worded(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "; ".join(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _size(text: str) -> int:
    """How many characters Excel counts: UTF-16 units."""
    return len(text) + sum(1 for one in text if ord(one) > 0xFFFF)


def _shortened(text: str, mark: str) -> str:
    left = CELL_CHARS_MAX - _size(mark)
    data = text.encode("utf-16-le")[: 2 * left]
    return data.decode("utf-16-le", "ignore") + mark


def _tell(book: Any, cut: Sequence[tuple[int, int, int]], said: Sequence[Mapping[str, Any]], reading: Reading) -> None:
    """The sheet that says which cells were cut, and where the whole can be read."""
    from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped, unused-ignore]

    language = reading.language
    sheet = book.add_worksheet(CUT_SHEET.in_(language))
    sheet.freeze_panes(1, 0)
    for at, head in enumerate(CUT_HEADS):
        sheet.write_string(0, at, head.in_(language))
    for number, (row, at, whole) in enumerate(cut[: ROWS_MAX - 1], 1):
        where = f"{reading.address}{'/zh' if language == 'zh' else ''}{path_of(said[row - 1]['incident'])}"
        sheet.write_string(number, 0, xl_rowcol_to_cell(row, at))
        sheet.write_string(number, 1, _head(COLUMNS[at]).in_(language))
        sheet.write_number(number, 2, whole)
        sheet.write_string(number, 3, where)


XLSX = Export("xlsx", Text(en="Spreadsheet (XLSX)", zh="电子表格（XLSX）"), XLSX_TYPE, as_xlsx, dear=True)
