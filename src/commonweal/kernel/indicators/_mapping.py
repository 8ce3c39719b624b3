"""Somebody else's table read as observations: a CSV or Parquet file, and a small mapping that says what is what.

```toml
id = "bls.laus"                     # the name of the set of series
citation = "U.S. Bureau of Labor Statistics, Local Area Unemployment Statistics"
url = "https://www.bls.gov/lau/"
released_on = 2025-09-05            # or a column `released`; without either, the day it is filed
vintage = "as revised to August 2025"   # where the values are not as first published
event_format = "%Y-%m"              # of the events, where they are not 2025-08-01 or 2025-08-01T09:30:00Z
subject = "area:us"                 # where no column says it; subject_prefix = "area:us-" is put before what one says
missing = ["", "-", "NA"]           # what stands where there is no value: such cells are passed over
[columns]                           # ours = theirs, of series, subject, event, value, low, high, unit, source_ref, dims
event = "date"
subject = "fips"
[values]                            # several columns of values: their column = our series
lf = "laus.labour_force"
unemp = "laus.unemployed"
[dims]                              # dimension = the column that says it
age = "age_group"
[subjects]                          # what stands in the column of subjects = our subject
"06" = "area:us-ca"
[units]                             # series = its unit
"laus.unemployed" = "persons"
```
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from commonweal.kernel.record.entries import Act
from commonweal.kernel.values import (
    BadInput,
    Fault,
    FaultCollector,
    RuleFault,
    TooLarge,
    instant,
    is_subject,
    read_toml,
    shown,
)

from ._batches import batch_act
from ._columns import FAULTS_MAX, ROWS_MAX, Observation, check_rows, day_of, series_name

TABLE_BYTES_MAX = 64 << 20
CELL_CHARS_MAX = 400
UNDATED = "The table does not say when it was released: that is not before the stated day, nor after it was filed."
COLUMNS_MAX = 200
OURS = ("series", "subject", "event", "value", "low", "high", "unit", "source_ref", "dims", "released")
TEXTS = (
    "id",
    "citation",
    "url",
    "vintage",
    "remark",
    "event_format",
    "subject",
    "subject_prefix",
    "delimiter",
    "series",
)
MAPS = ("columns", "values", "dims", "subjects", "units")
SET_ID = re.compile(r"^[a-z][a-z0-9_.\-]{0,63}$")


@dataclass(frozen=True)
class TableMapping:
    """A mapping that passed every check; see the head of this module."""

    id: str = "observations"
    citation: str = ""
    url: str = ""
    vintage: str = ""
    remark: str = ""
    event_format: str = ""
    subject: str = ""
    subject_prefix: str = ""
    delimiter: str = ","
    series: str = ""
    released_on: date | None = None
    missing: tuple[str, ...] = ("",)
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    dims: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def column(self, ours: str) -> str:
        """Their name of one of our columns: as mapped, or the same."""
        return self.columns.get(ours, ours)


@dataclass(frozen=True)
class Released:
    """What a table holds: observations by the day on which they were released (None: not said)."""

    by_day: Mapping[date | None, tuple[Observation, ...]]

    @property
    def observations(self) -> list[Observation]:
        """Every observation, oldest release first."""
        days = sorted(self.by_day, key=lambda day: day or date.max)
        return [row for day in days for row in self.by_day[day]]


def read_mapping(text: str, about: str = "mapping") -> TableMapping:
    """Read a mapping. Raises `RuleFault` naming every fault."""
    faults = FaultCollector(about, RuleFault)
    return mapping_of(read_toml(text, about), faults)


def mapping_of(data: Mapping[str, Any], faults: FaultCollector, known: Iterable[str] = ()) -> TableMapping:
    """The mapping in TOML data that may hold other keys, `known` to the caller, too. Raises what `faults` raises."""
    for key in sorted(set(data) - {*TEXTS, *MAPS, "released_on", "missing", *known}):
        names = ", ".join(sorted({*TEXTS, *MAPS, "released_on", "missing", *known}))
        faults.add(key, key, f"a known key: {names}", "unknown_key")
    taken: dict[str, Any] = {}
    for key in TEXTS:
        if not isinstance(data.get(key, ""), str):
            faults.add(key, data[key], "a text", "type")
        elif key in data:
            taken[key] = data[key]
    for key in MAPS:
        found = data.get(key, {})
        if not (isinstance(found, dict) and all(isinstance(item, str) for item in found.values())):
            faults.add(key, found, 'a table of texts, e.g. event = "date"', "type")
        else:
            taken[key] = found
    _checked(data, taken, faults)
    faults.done()
    return TableMapping(**taken)


def _checked(data: Mapping[str, Any], taken: dict[str, Any], faults: FaultCollector) -> None:
    if not SET_ID.match(taken.get("id", "")):
        faults.add("id", data.get("id", "(absent)"), "the set's name, like bls.laus", "name")
    if len(taken.get("citation", "")) < 3:
        faults.add("citation", data.get("citation", "(absent)"), "where the values come from", "missing")
    if "released_on" in data:
        day = data["released_on"]
        if not isinstance(day, date) or isinstance(day, datetime):
            faults.add("released_on", day, "a date such as 2025-09-05 (no quotation marks)", "date")
        taken["released_on"] = day
    missing = data.get("missing", [""])
    if not (isinstance(missing, list) and all(isinstance(item, str) for item in missing)):
        faults.add("missing", missing, 'a list of texts, e.g. ["", "-"]', "type")
    else:
        taken["missing"] = tuple(missing)
    _names_checked(taken, faults)
    if len(taken.get("delimiter", ",")) != 1:
        faults.add("delimiter", taken["delimiter"], "one character", "type")


def _names_checked(taken: Mapping[str, Any], faults: FaultCollector) -> None:
    for ours in taken.get("columns", {}):
        if ours not in OURS:
            faults.add(f"columns.{ours}", ours, f"one of ours: {', '.join(OURS)}", "unknown_key")
    for where in ("values", "units"):
        for key, text in taken.get(where, {}).items():
            name = text if where == "values" else key
            if series_name(name) is None:
                faults.add(f"{where}.{key}", name, "a series like laus.unemployed", "name")
    for key, subject in taken.get("subjects", {}).items():
        if not is_subject(subject):
            faults.add(f"subjects.{shown(key)}", subject, "an identifier like area:us-ca", "name")
    if taken.get("subject") and not is_subject(taken["subject"]):
        faults.add("subject", taken["subject"], "an identifier like area:us-ca", "name")


def read_table(data: bytes, name: str, mapping: TableMapping) -> Released:
    """The observations in a CSV (perhaps gzipped) or Parquet file. Raises `BadInput` naming rows and columns.

    `TooLarge` above 64 MiB, unpacked too, or a million values.
    """
    frame = _frame(data, name, mapping)
    faults = FaultCollector(name)
    _check_columns(frame, mapping, faults)
    faults.done()
    return _Table(frame, name, mapping).read()


def table_acts(
    data: bytes, name: str, mapping: TableMapping, *, raw: bool = False, filed_on: date | None = None
) -> list[Act]:
    """The acts that file a table, one a day of release.

    Where neither the mapping nor a column says when it was released, it counts as released on the day it is filed (so a
    correction comes after what it corrects), or without that on the day of its newest event, and the act says so.
    Raises like `read_table`.
    """
    acts = []
    for day, rows in read_table(data, name, mapping).by_day.items():
        newest = max(day_of(row.event) for row in rows)
        released = day or mapping.released_on or max(newest, filed_on or newest)
        dated = mapping.remark or ("" if day or mapping.released_on else UNDATED)
        if released < newest:
            want = f"a day not before the newest event, {newest}"
            raise BadInput(Fault("released_on", released.isoformat(), want, "order"), name)
        acts.append(
            batch_act(
                rows,
                series_set=mapping.id,
                citation=mapping.citation,
                url=mapping.url,
                released_on=released,
                vintage=mapping.vintage,
                remark=dated,
                raw=data if raw else b"",
            )
        )
    return sorted(acts, key=lambda act: str(act.body["released_on"]))


def _frame(data: bytes, name: str, mapping: TableMapping) -> pl.DataFrame:
    """The table with every cell as text."""
    if len(data) > TABLE_BYTES_MAX:
        raise TooLarge(Fault(name, f"{len(data)} bytes", f"at most {TABLE_BYTES_MAX} bytes", "too_large"))
    if data[:4] == b"PAR1":
        return _parquet(data, name)
    text = unpacked(data, name) if data[:2] == b"\x1f\x8b" else data
    try:
        text.decode("utf-8-sig")
        frame = pl.read_csv(
            io.BytesIO(text.removeprefix(b"\xef\xbb\xbf")),
            infer_schema=False,
            separator=mapping.delimiter,
            n_rows=ROWS_MAX + 1,
        )
    except UnicodeDecodeError as error:
        bad = f"byte 0x{text[error.start]:02x} at position {error.start}"
        raise BadInput(Fault(name, bad, "must be UTF-8 text", "encoding"), name) from error
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise BadInput(_unread(text.decode("utf-8-sig"), name, mapping.delimiter), name) from error
    return _bounded(frame, name)


def _unread(text: str, name: str, delimiter: str) -> Fault:
    """Why a text is no table: the first row that has not as many cells as the heading, where that is it."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        heading = next(rows, [])
        for row in rows if heading else ():
            if len(row) > len(heading):
                want = f"at most {len(heading)} cells, as in the heading"
                return Fault(f"line {rows.line_num}", f"{len(row)} cells", want, "csv")
    except csv.Error:
        pass  # told below, in the words for what cannot be told by the row
    want = "a CSV file: a heading, then rows of as many cells, quotation marks in pairs"
    return Fault(name, shown(text[:40]) if text.strip() else "(nothing)", want, "csv")


def _parquet(data: bytes, name: str) -> pl.DataFrame:
    try:
        frame = pl.scan_parquet(io.BytesIO(data)).head(ROWS_MAX + 1).collect()
        texts = [
            pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            if isinstance(kind, pl.Datetime)
            else pl.col(column).cast(pl.String)
            for column, kind in frame.schema.items()
        ]
        return _bounded(frame.select(texts).fill_null(""), name)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(
            Fault(name, shown(data[:16]), "a Parquet file, whole, of texts, numbers and dates", "parquet")
        ) from error


def _bounded(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    if len(frame) > ROWS_MAX:
        raise TooLarge(Fault(name, f"over {ROWS_MAX} rows", f"at most {ROWS_MAX} rows", "too_large"))
    if len(frame.columns) > COLUMNS_MAX:
        raise TooLarge(Fault(name, f"{len(frame.columns)} columns", f"at most {COLUMNS_MAX}", "too_large"))
    return frame


def unpacked(data: bytes, name: str, bytes_max: int = TABLE_BYTES_MAX) -> bytes:
    """A gzip file's content, never more than `bytes_max` of it in memory. Raises `TooLarge`, `BadInput`."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            found = file.read(bytes_max + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(Fault(name, shown(data[:12]), "a gzip file, whole and undamaged", "gzip"), name) from error
    if len(found) > bytes_max:
        raise TooLarge(Fault(name, f"over {bytes_max} bytes unpacked", f"at most {bytes_max} bytes", "too_large"))
    return found


def _check_columns(frame: pl.DataFrame, mapping: TableMapping, faults: FaultCollector) -> None:
    there = ", ".join(shown(column) for column in frame.columns[:20])
    needed = [mapping.column("event"), *mapping.values, *mapping.dims.values(), *mapping.columns.values()]
    needed += [] if mapping.values else [mapping.column("value")]
    needed += [] if mapping.values or mapping.series else [mapping.column("series")]
    needed += [] if mapping.subject else [mapping.column("subject")]
    for column in dict.fromkeys(needed):
        if column not in frame.columns:
            faults.add(f"column {shown(column)}", "(absent)", f"a column of that name; there are: {there}", "missing")
    if not len(frame):
        faults.add("rows", 0, "at least one row", "empty")


class _Table:
    """Reads rows into observations, remembering where each stood."""

    def __init__(self, frame: pl.DataFrame, name: str, mapping: TableMapping) -> None:
        self.frame, self.mapping, self.faults = frame, mapping, FaultCollector(name)
        self.found: dict[date | None, list[Observation]] = defaultdict(list)
        self.places: dict[date | None, list[str]] = defaultdict(list)
        self.events: dict[str, date | None] = {}
        self.subjects: dict[str, str] = {}

    def read(self) -> Released:
        for number, row in enumerate(self.frame.iter_rows(named=True), 2):
            self._row(row, number)
            if self.faults.count >= FAULTS_MAX:
                left = len(self.frame) - number + 1
                self.faults.add("(further rows)", f"{left} rows not read", "mend these first", "more")
                break
        self.faults.done()
        if not self.found:
            self.faults.add("rows", len(self.frame), "at least one row with a value", "empty")
            self.faults.done()
        for day, rows in self.found.items():
            check_rows(rows, self.places[day])
        return Released({day: tuple(rows) for day, rows in self.found.items()})

    def _cell(self, row: Mapping[str, str], ours: str) -> str:
        column = self.mapping.column(ours)
        return (row.get(column) or "").strip()[:CELL_CHARS_MAX]

    def _row(self, row: Mapping[str, str], number: int) -> None:
        mapping = self.mapping
        event, subject = self._event(row, number), self._subject(row)
        released = self._released(row, number)
        dims = ",".join(f"{name}={(row.get(column) or '').strip()}" for name, column in mapping.dims.items())
        dims = ",".join(part for part in (dims, self._cell(row, "dims")) if part)
        wide = mapping.values or {mapping.column("value"): mapping.series or self._cell(row, "series")}
        for column, written in wide.items():
            cell = (row.get(column) or "").strip()[:CELL_CHARS_MAX]
            if cell in mapping.missing:
                continue
            where = f"row {number}, column {shown(column)}"
            value = self._number(cell, where)
            low, high = (self._bound(row, side, number) for side in ("low", "high"))
            series = series_name(written, dims) or f"{written}{{{dims}}}" if dims else series_name(written) or written
            unit = self._cell(row, "unit") or mapping.units.get(written, "")
            if value is not None and event is not None:
                reference = self._cell(row, "source_ref")
                self.found[released].append(Observation(series, subject, event, value, low, high, unit, reference))
                self.places[released].append(where)

    def _event(self, row: Mapping[str, str], number: int) -> date | None:
        cell = self._cell(row, "event")
        if cell not in self.events:
            self.events[cell] = _read_event(cell, self.mapping.event_format)
        if self.events[cell] is None:
            want = (
                self.mapping.event_format or "a day like 2025-08-01, a month like 2025-08, or an instant with its zone"
            )
            self.faults.add(f"row {number}, column {shown(self.mapping.column('event'))}", cell, want, "date")
        return self.events[cell]

    def _released(self, row: Mapping[str, str], number: int) -> date | None:
        cell = self._cell(row, "released")
        if not cell:
            return None
        try:
            return date.fromisoformat(cell[:10])
        except ValueError:
            self.faults.add(f"row {number}, column {shown(self.mapping.column('released'))}", cell, "a day", "date")
            return None

    def _subject(self, row: Mapping[str, str]) -> str:
        if self.mapping.subject:
            return self.mapping.subject
        cell = self._cell(row, "subject")
        if cell not in self.subjects:
            self.subjects[cell] = self.mapping.subjects.get(cell) or f"{self.mapping.subject_prefix}{cell}".lower()
        return self.subjects[cell]

    def _number(self, cell: str, where: str) -> float | None:
        try:
            if "_" in cell:
                raise ValueError
            return float(cell)
        except ValueError:
            self.faults.add(where, cell, "a number", "number")
            return None

    def _bound(self, row: Mapping[str, str], side: str, number: int) -> float | None:
        cell = self._cell(row, side)
        if not cell or cell in self.mapping.missing:
            return None
        return self._number(cell, f"row {number}, column {shown(self.mapping.column(side))}")


def _read_event(cell: str, form: str) -> date | None:
    try:
        if form:
            read = datetime.strptime(cell, form)
            timed = any(mark in form for mark in ("%H", "%I", "%s"))
            return (read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)) if timed else read.date()
        if len(cell) <= 10:
            return date.fromisoformat(cell if len(cell) == 10 else f"{cell}-01")
        return instant(cell)
    except (ValueError, BadInput):
        return None
