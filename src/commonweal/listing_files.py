"""Listings as other programs take them: one declaration, the same rows as CSV, as JSON, on the page and in the API."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from commonweal.kernel.instrument import Column, Instrument, Interval, Listing, Reading, Row
from commonweal.kernel.values import BadInput, Fault, FaultCollector, NotFound, defused, shown, stamp

FORMATS = ("csv", "json")
DAYS = ("as_of", "from", "to", "since", "until")
"""Filters that take a day, in whichever listing."""


def find_listing(instruments: Mapping[str, Instrument], instrument: str, listing: str = "") -> Listing:
    """A listing by instrument and id (the instrument's first when no id is given). Raises `NotFound`."""
    found = find_instrument(instruments, instrument)
    for item in found.listings:
        if not listing or item.id == listing:
            return item
    names = ", ".join(item.id for item in found.listings) or "none"
    raise NotFound(f"listing of {instrument}", listing or "(first)", f"it has: {names}")


def find_instrument(instruments: Mapping[str, Instrument], instrument: str) -> Instrument:
    """An instrument by id. Raises `NotFound` naming those there are."""
    if instrument not in instruments:
        raise NotFound("instrument", instrument, f"there are: {', '.join(instruments) or 'none'}")
    return instruments[instrument]


def columns_of(listing: Listing, reading: Reading) -> Sequence[Column]:
    return listing.columns(reading) if callable(listing.columns) else listing.columns


def rows_of(listing: Listing, reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """The rows under a query; an empty value filters nothing.

    Raises `BadInput` for a parameter that the listing has no filter for, for a value that is none of its choices, and
    for a day that is none.
    """
    return listing.rows(reading, _checked(listing, reading, query))


def _checked(listing: Listing, reading: Reading, query: Mapping[str, str]) -> dict[str, str]:
    filters = {item.id: item for item in listing.filters}
    faults = FaultCollector(f"listing {listing.id}")
    for name, value in query.items():
        if name not in filters:
            want = f"one of the filters {', '.join(filters)}" if filters else "no filter: this listing has none"
            faults.add(name, value, want, "unknown_filter")
        elif value and (choices := filters[name].choices) is not None:
            known = [choice for choice, _ in choices(reading)]
            form = filters[name].form
            if value not in known and not (form and re.fullmatch(form, value)):
                want = (
                    f"one of {shown(', '.join(known))}" if known else "left out: there is nothing to choose among yet"
                )
                faults.add(name, value, want, "unknown_choice")
        elif value and name in DAYS and not _is_day(value):
            faults.add(name, value, "a day like 2026-03-31", "date")
    faults.done()
    return {name: value for name, value in query.items() if value}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def made(listing: Listing, form: str, reading: Reading, query: Mapping[str, str]) -> bytes:
    """A listing in a form: `csv`, `json`, or the suffix of one of its exports. Raises `BadInput` for another."""
    if form in FORMATS:
        columns, rows = columns_of(listing, reading), rows_of(listing, reading, query)
        return (as_csv(columns, rows) if form == "csv" else as_json(columns, rows)).encode()
    for item in listing.exports:
        if item.suffix == form:
            return item.make(reading, _checked(listing, reading, query))
    known = ", ".join([*FORMATS, *(item.suffix for item in listing.exports)])
    raise BadInput(Fault("format", form, f"one of: {known}", "unknown_choice"), f"listing {listing.id}")


def as_csv(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """RFC 4180 text, headed by the columns' ids. Text that a spreadsheet would take for a formula is defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([defused(column.id) for column in columns])
    for row in rows:
        writer.writerow([_cell(row.get(column.id)) for column in columns])
    return out.getvalue()


def as_rows(columns: Sequence[Column], rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The same rows as JSON values, by column id."""
    return [{column.id: plain(row.get(column.id)) for column in columns} for row in rows]


def as_json(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    return json.dumps(as_rows(columns, rows), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """A JSON value: instants as text, intervals as objects, other numbers than finite ones as null."""
    if isinstance(value, Interval):
        return value.as_dict()
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not (-float("inf") < value < float("inf")):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _cell(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return defused("; ".join(value))
    return defused(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))
