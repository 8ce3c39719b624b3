"""A table as filings of one kind: a row is an entry, a column one of the kind's fields.

RFC 4180 in UTF-8 (or the same with tabs, as cells are copied out of a spreadsheet), headed by the fields' names. Rows
are counted as a spreadsheet counts them: the heading is row 1, and a row that says nothing counts too. An empty cell
says nothing of its field. Several values stand in one cell with `;` between them, parts that have fields of their own
as JSON. A cell that this house's own lists defused against spreadsheets (`'=…`) is read as it was before.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, TypeVar

from commonweal import knowing
from commonweal.kernel.disclosure import Kind, validate
from commonweal.kernel.record import Act
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Fault,
    FaultCollector,
    Text,
    TooLarge,
    read_json,
    shown,
    subject_id,
    undefused,
)

BYTES_MAX = 8 << 20
CELL_CHARS_MAX = 131_072
FAULTS_MAX = 50
_ACT = re.compile(r"^act ([0-9]+): ")
_WORKBOOK = b"PK\x03\x04"
_ROW = re.compile(r"row ([0-9]+)")
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
Read = Callable[[str], Any]
Judge = Callable[[Act, Collection[str]], object]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row that says something: its number, as a spreadsheet counts it, and the body that it is."""

    number: int
    body: dict[str, Any]


def read_rows(kind: Kind, data: bytes, rows_max: int, check: Judge | None = None) -> list[TableRow]:
    """The rows under the heading, each with its body, for the kind's schema to judge.

    Raises `TooLarge` above 8 MiB or `rows_max` rows, and `BadInput` naming by row and column what no table of this kind
    can hold; then also what `check` finds in the rows, given the subjects that those before them are about to file, so
    that one round names all. Raises `Forbidden` for a kind that nobody files, whatever the table holds.
    """
    knowing.check_filed(kind)
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault("(whole)", f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"), kind.id)
    lines = _lines(_decoded(data, kind.id), kind.id)
    readers = _readers(kind)
    heading = _heading(next(lines, (0, []))[1], readers, kind.id)
    faults = FaultCollector(kind.id)
    found: list[TableRow] = []
    for number, cells in lines:
        if len(found) == rows_max:
            raise TooLarge(
                Fault("rows", f"over {rows_max}", f"at most {rows_max} rows in a table", "too_large"), kind.id
            )
        if len(cells) != len(heading):
            faults.add(f"row {number}", f"{len(cells)} cells", f"{len(heading)} cells, as the heading has", "cells")
        row = TableRow(number, {})
        found.append(row)
        for name, cell in zip(heading, cells, strict=False):
            try:
                if cell.strip():
                    row.body[name] = readers[name](cell)
            except ValueError as error:
                faults.add(f"row {number}, {name}", cell, str(error), "cell")
        if faults.count >= FAULTS_MAX:
            break
    if not found:
        faults.add("rows", 0, "at least one row under the heading", "empty")
    faults.extend(_named_twice(kind, found))
    if faults.count:
        judge = check or (lambda act, also: validate(kind, act.body))
        faults.extend(_judged(kind, found, heading, {fault.where for fault in faults.found}, judge))
        raise BadInput(sorted(faults.found, key=_row_of), kind.id)
    return found


def _named_twice(kind: Kind, rows: Sequence[TableRow]) -> Iterator[Fault]:
    """Rows that name what a row before names: filed, the second would take the place of the first without a word."""
    first: dict[str, int] = {}
    for row in rows if kind.noun else ():
        name = row.body.get(kind.name_field)
        if not isinstance(name, str):
            continue
        before = first.setdefault(subject_id(kind.noun, name), row.number)
        if before != row.number:
            want = f"another name than row {before} has: a newer version of that is filed by itself"
            told = Text(en=want, zh=f"须与第{before}行名称不同：同一事项的新版本须另行提交")
            yield Fault(f"row {row.number}, {kind.name_field}", name, want, "twice", told)


def _decoded(data: bytes, about: str) -> str:
    """The text of a table. Raises `BadInput` saying how it is to be saved."""
    if data.startswith(_WORKBOOK):
        want = "a table as CSV: a workbook (.xlsx, .ods) is saved as CSV UTF-8 first"
        raise BadInput(Fault("(whole)", "a workbook, or another archive", want, "workbook"), about)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        seen = shown(data[error.start : error.start + 4])
        want = "text in UTF-8: spreadsheets save it as CSV UTF-8"
        raise BadInput(Fault(f"byte {error.start + 1}", seen, want, "encoding"), about) from None


def _row_of(fault: Fault) -> int:
    """The row that a fault is about, so that they are told in the order of the table; before all, what is of none."""
    found = _ROW.match(fault.where)
    return int(found[1]) if found else 0


def _judged(
    kind: Kind, rows: Sequence[TableRow], heading: Collection[str], named: Collection[str], judge: Judge
) -> Iterator[Fault]:
    """What is wrong in the table's own columns, so that one round names all; `named` is said already."""
    filed: set[str] = set()
    for row in rows:
        place = f"row {row.number}"
        try:
            judge(Act(kind.id, row.body, ""), filed)
        except BadInput as error:
            for fault in error.faults:
                column = fault.where.partition(".")[0]
                if column in heading and not {place, f"{place}, {column}"} & set(named):
                    yield replace(fault, where=f"{place}, {fault.where}")
        except CommonwealError:
            pass  # what may not be done at all is said of a table without faults
        if kind.noun and isinstance(name := row.body.get(kind.name_field), str):
            filed.add(subject_id(kind.noun, name))


def _lines(text: str, about: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that say anything, each with its number. Raises `BadInput` for what is no CSV."""
    delimiter = "\t" if "\t" in text.lstrip().partition("\n")[0] else ","  # no name of a field has a tab in it
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, 1):
            if max(map(len, cells), default=0) > CELL_CHARS_MAX:  # the module's limit holds for all who read CSV here
                raise csv.Error(f"field larger than field limit ({CELL_CHARS_MAX})")
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise BadInput(
            Fault(f"line {reader.line_num}", str(error), "RFC 4180: cells parted by commas", "csv"), about
        ) from None


def _heading(cells: Sequence[str], readers: Mapping[str, Read], about: str) -> list[str]:
    faults = FaultCollector(about)
    names = [cell.strip() for cell in cells]
    if len(names) == 1 and ";" in names[0]:
        want = "cells parted by commas: save it as CSV with commas, for `;` parts several values within a cell"
        raise BadInput(Fault("(heading)", names[0], want, "csv"), about)
    if not names:
        faults.add("(heading)", "(absent)", f"the names of fields: {shown(', '.join(readers))}", "empty")
    for name in dict.fromkeys(names):
        if name not in readers:
            near = get_close_matches(name, readers, 1)
            want = f"{near[0]}?" if near else f"one of the fields: {', '.join(readers)}"
            faults.add(f"column {shown(name)}", name, want, "unknown_column")
        elif names.count(name) > 1:
            faults.add(f"column {name}", f"{names.count(name)} times", "each field once", "duplicate")
    faults.done()
    return names


def _readers(kind: Kind) -> dict[str, Read]:
    schema = kind.schema.model_json_schema()
    return {name: _reader(part, schema.get("$defs", {})) for name, part in schema["properties"].items()}


def _reader(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Read:
    """What makes of a cell's text a value for this part of a schema. Raises `ValueError` saying what would be right."""
    if "$ref" in schema:
        return _reader(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        readers = [_reader(item, named) for item in options if item.get("type") != "null"]
        return readers[0] if all(one is readers[0] for one in readers) else undefused
    if schema.get("type") == "array":
        inner = _reader(schema.get("items", {}), named)
        return _json if inner is _json else lambda cell: [inner(one) for one in _parts(cell)]
    return {"object": _json, "integer": _integer, "number": _number, "boolean": _boolean}.get(
        str(schema.get("type")), undefused
    )


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in undefused(cell).split(";") if part.strip()]


def _integer(cell: str) -> int:
    if not _WHOLE.fullmatch(cell.strip()):
        raise ValueError("a whole number of at most 18 digits")
    return int(cell)


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell.strip()) or not math.isfinite(found := float(cell)):
        raise ValueError("a number, with a point for decimals")
    return found


def _boolean(cell: str) -> bool:
    try:
        return _BOOLEANS[cell.strip().lower()]
    except KeyError:
        raise ValueError(f"one of {', '.join(_BOOLEANS)}") from None


def _json(cell: str) -> Any:
    try:
        return read_json(cell.encode(), bytes_max=CELL_CHARS_MAX * 4)
    except (BadInput, ValueError):
        raise ValueError("JSON, since this field has parts of its own") from None


Refused = TypeVar("Refused", bound=CommonwealError)


def in_rows(error: Refused, rows: Sequence[TableRow]) -> Refused:
    """A refusal of acts that were made of rows (`act 17: name`), each by its row."""
    return _placed(error, lambda act: f"row {rows[act].number}, ")


def in_items(error: Refused) -> Refused:
    """A refusal of acts that were made of a list, each by its item, as people count: from 1."""
    return _placed(error, lambda act: f"item {act + 1}, ")


def _placed(error: Refused, called: Callable[[int], str]) -> Refused:
    def put(fault: Fault) -> Fault:
        return replace(fault, where=_ACT.sub(lambda found: called(int(found[1])), fault.where))

    if isinstance(error, BadInput):
        return type(error)([put(fault) for fault in error.faults], error.about)
    error.among = [put(fault) for fault in error.among]
    return error
