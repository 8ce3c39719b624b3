"""The columns of a batch: values as people write them, as Parquet bytes, and checked either way."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

import polars as pl

from commonweal.kernel.expressions.names import ANY, full_name, is_full_name, name_parts
from commonweal.kernel.values import (
    BadInput,
    Fault,
    FaultCollector,
    TooLarge,
    column_kind,
    instant,
    is_subject,
    shown,
    stamp,
)

BLOB = "columns"
ROWS_MAX = 1_000_000
BYTES_MAX = 16 << 20
FAULTS_MAX = 50
UNIT_CHARS_MAX, REFERENCE_CHARS_MAX = 40, 300
EVENT_FIRST, EVENT_LAST = date(1800, 1, 1), date(2200, 12, 31)
INSTANT = pl.Datetime("us", "UTC")
DAY_OR_INSTANT = "days, or instants in microseconds UTC"
REQUIRED = {"series": pl.String, "subject": pl.String, "event": pl.Date, "value": pl.Float64}
OPTIONAL = {
    "low": pl.Float64,
    "high": pl.Float64,
    "dims": pl.String,
    "unit": pl.String,
    "source_ref": pl.String,
}
NAMED = "a name like laus.unemployed or laus.unemployed{age=16-24,sex=f} (lower case, dots between parts)"


class Observation(NamedTuple):
    """One value of one series about one subject at one event, with the interval it is believed to lie in.

    `series` is the full name, its dimensions sorted: `laus.unemployed{age=16-24,sex=f}`. `event` is a day, or an
    instant in UTC to the second. `unit` is the series' unit where it is told, `source_ref` where the source says it.
    """

    series: str
    subject: str
    event: date
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    source_ref: str = ""


def event_text(event: date) -> str:
    """An event as tables hold it: `2024-01-31` for a day, `2024-01-31T09:30:00Z` for an instant."""
    return stamp(event) if isinstance(event, datetime) else event.isoformat()


def event_of(text: str) -> date:
    """The day or instant that `event_text` wrote."""
    return date.fromisoformat(text) if len(text) == 10 else instant(text)


def day_of(event: date) -> date:
    """The day of an event (UTC)."""
    return event.date() if isinstance(event, datetime) else event


def order_of(event: date) -> datetime:
    """Where an event stands among days and instants: a day stands for its beginning."""
    return event if isinstance(event, datetime) else datetime.combine(event, time.min, UTC)


def series_name(written: str, dims: str = "") -> str | None:
    """The full name of a series, its dimensions sorted; None if it cannot be one. `dims` is like `sex=f,age=16-24`."""
    if not isinstance(written, str) or ANY in written or ANY in (dims or ""):
        return None
    base, brace, inside = written.partition("{")
    if brace and not inside.endswith("}"):
        return None
    parts = [part for text in (inside[:-1], (dims or "").strip("{}")) for part in text.split(",") if text]
    pairs = [tuple(item.strip() for item in part.split("=", 1)) for part in parts]
    names = [pair[0] for pair in pairs]
    if any(len(pair) != 2 for pair in pairs) or len(set(names)) != len(names):
        return None
    full = full_name(base.strip(), {pair[0]: pair[1] for pair in pairs})
    return full if is_full_name(full) else None


def base_of(series: str) -> str:
    """The name of a series without its dimensions: what has one unit."""
    return name_parts(series)[0]


def write_columns(observations: Sequence[Observation]) -> tuple[bytes, tuple[str, ...]]:
    """Parquet bytes of observations, and the names of their columns (optional ones only where one is given)."""
    told = {name for name in OPTIONAL if name != "dims" and any(getattr(row, name) for row in observations)}
    if any(row.low is not None or row.high is not None for row in observations):
        told |= {"low", "high"}
    schema: dict[str, Any] = {**REQUIRED, **{name: kind for name, kind in OPTIONAL.items() if name in told}}
    if isinstance(observations[0].event, datetime):
        schema["event"] = INSTANT
    columns = {name: [getattr(row, name) for row in observations] for name in schema}
    out = io.BytesIO()
    pl.DataFrame(columns, schema=schema).write_parquet(out, compression="zstd", statistics=False)
    return out.getvalue(), tuple(schema)


@functools.lru_cache(maxsize=1)  # a million observations take 0.4 GB
def read_columns(data: bytes) -> tuple[Observation, ...]:
    """The observations in Parquet bytes, in their order, dimensions folded into the names of the series.

    Raises `TooLarge` above 16 MiB or a million rows (no more than that is ever unpacked), and
    `BadInput` naming wrong columns and types, values that are not finite, and dates and names that cannot be.
    """
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault(BLOB, f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"))
    frame = _folded(_frame(data))
    observations = tuple(map(Observation._make, frame.iter_rows()))
    if not _clean(frame):
        check_rows(observations)
    return observations


def _folded(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns in the order of `Observation`, each series under its full name."""
    dims = "dims" in frame.columns
    named = frame.select("series", pl.col("dims").fill_null("") if dims else pl.lit("").alias("dims"))
    unique = named.unique()
    full = [series_name(series, inside) or series for series, inside in unique.iter_rows()]
    if dims or full != unique["series"].to_list():
        folded = named.join(
            unique.with_columns(full=pl.Series(full, dtype=pl.String)), on=["series", "dims"], how="left",
            nulls_equal=True, maintain_order="left",
        )  # fmt: skip
        frame = frame.with_columns(series=folded["full"])
    absent = {"low": None, "high": None, "unit": "", "source_ref": ""}
    return frame.select(
        *(
            (pl.col(name).fill_null("") if absent.get(name) == "" else pl.col(name))
            if name in frame.columns
            else pl.lit(absent[name]).alias(name)
            for name in Observation._fields
        )
    )


def _clean(frame: pl.DataFrame) -> bool:
    """Whether nothing at all is wrong with the rows, looked at by columns: the usual case, and fast."""
    value, low, high = pl.col("value"), pl.col("low").cast(pl.Float64), pl.col("high").cast(pl.Float64)
    event = pl.col("event")
    fine = (
        event.is_between(pl.lit(EVENT_FIRST), pl.lit(EVENT_LAST))
        & value.is_finite()
        & (low.is_null() | (low.is_finite() & (low <= value)))
        & (high.is_null() | (high.is_finite() & (high >= value)))
    )
    if not len(frame) or not frame.select(fine.fill_null(False).all()).item():
        return False
    if isinstance(frame.schema["event"], pl.Datetime) and frame.select((event.dt.microsecond() != 0).any()).item():
        return False
    texts = frame.select(pl.col("series", "subject", "unit", "source_ref"))
    if not all(_is_series(name) for name in texts["series"].unique()):
        return False
    if not all(is_subject(name or "") for name in texts["subject"].unique()):
        return False
    if len(texts.select("series", "unit").unique()) > texts["series"].n_unique() or texts["unit"].n_unique() > 1:
        return False
    if not all(_is_words(unit, UNIT_CHARS_MAX) for unit in texts["unit"].unique()):
        return False
    if not all(_is_words(ref, REFERENCE_CHARS_MAX) for ref in texts["source_ref"].unique()):
        return False
    return not frame.select("series", "subject", "event").is_duplicated().any()


def _frame(data: bytes) -> pl.DataFrame:
    try:
        lazy = pl.scan_parquet(io.BytesIO(data))
        schema = dict(lazy.collect_schema())
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(Fault(BLOB, shown(data[:16]), "must be a Parquet file", "parquet")) from error
    _check_schema(schema)
    names = [name for name in (*REQUIRED, *OPTIONAL) if name in schema]
    try:
        frame = lazy.select(names).head(ROWS_MAX + 1).collect()
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(Fault(BLOB, "(pages)", "must be readable: it is damaged or cut short", "parquet")) from error
    if len(frame) > ROWS_MAX:
        raise TooLarge(Fault(BLOB, f"over {ROWS_MAX} rows", f"at most {ROWS_MAX} rows", "too_large"))
    return frame


def _check_schema(schema: dict[str, Any]) -> None:
    faults = FaultCollector("observations")
    for name, want in REQUIRED.items():
        wants = (pl.Date, INSTANT) if name == "event" else (want,)
        if schema.get(name) not in wants:
            said = DAY_OR_INSTANT if name == "event" else column_kind(want)
            seen = column_kind(schema[name]) if name in schema else "(absent)"
            faults.add(f"column {name}", seen, f"a column of {said}", "dtype")
    for name, seen in schema.items():
        if name in OPTIONAL and seen != OPTIONAL[name]:
            faults.add(f"column {name}", column_kind(seen), f"a column of {column_kind(OPTIONAL[name])}", "dtype")
        elif name not in REQUIRED and name not in OPTIONAL:
            faults.add(
                f"column {shown(name)}",
                column_kind(seen),
                f"one of {', '.join((*REQUIRED, *OPTIONAL))}",
                "unknown_column",
            )
    faults.done()


def check_rows(observations: Sequence[Observation], places: Sequence[str] = ()) -> None:
    """Name every fault of every row (the first fifty). `places` says where each row stands in somebody's file."""
    faults = FaultCollector("observations")
    if not observations:
        faults.add("rows", 0, "at least one observation", "empty")
    seen: set[tuple[str, str, date]] = set()
    names: dict[str, bool] = {}
    units: dict[str, str] = {}
    instants = bool(observations) and isinstance(observations[0].event, datetime)
    for number, row in enumerate(observations, 1):
        if faults.count >= FAULTS_MAX:
            faults.add(
                "(further rows)", f"{len(observations) - number + 1} rows not checked", "mend these first", "more"
            )
            break
        where = places[number - 1] if places else f"row {number}"
        _check_row(row, where, names, faults)
        _check_unit(row, where, units, faults)
        if isinstance(row.event, datetime) != instants:
            faults.add(f"{where}, event", row.event, "days or instants, one of the two in a batch", "mixed")
        identity = (row.series, row.subject, row.event)
        if identity in seen:
            faults.add(where, identity, "each series, subject and event once in a batch", "duplicate")
        seen.add(identity)
    faults.done()


def _check_row(row: Observation, where: str, names: dict[str, bool], faults: FaultCollector) -> None:
    if not _known(names, "series", row.series):
        faults.add(f"{where}, series", row.series, NAMED, "name")
    if not _known(names, "subject", row.subject):
        faults.add(f"{where}, subject", row.subject, "an identifier like area:us-ca", "name")
    _check_event(row.event, where, faults)
    if not _is_words(row.source_ref, REFERENCE_CHARS_MAX):
        faults.add(f"{where}, source_ref", row.source_ref, f"at most {REFERENCE_CHARS_MAX} printable characters")
    for name in ("value", "low", "high"):
        number = getattr(row, name)
        if number is None and name != "value":
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            faults.add(f"{where}, {name}", number, "a finite number", "not_finite")
            return
    if (row.low is not None and row.low > row.value) or (row.high is not None and row.high < row.value):
        faults.add(where, f"{row.low} {row.value} {row.high}", "low ≤ value ≤ high", "interval")


def _check_event(event: Any, where: str, faults: FaultCollector) -> None:
    if not isinstance(event, date) or not EVENT_FIRST <= day_of(event) <= EVENT_LAST:
        faults.add(f"{where}, event", event, f"a day from {EVENT_FIRST} to {EVENT_LAST}", "date")
    elif isinstance(event, datetime) and (event.tzinfo is None or event.microsecond):
        faults.add(f"{where}, event", event, "an instant in UTC, to the second", "date")


def _check_unit(row: Observation, where: str, units: dict[str, str], faults: FaultCollector) -> None:
    if not _is_words(row.unit, UNIT_CHARS_MAX):
        faults.add(f"{where}, unit", row.unit, f"at most {UNIT_CHARS_MAX} printable characters", "unit")
    elif row.unit and isinstance(row.series, str):
        first = units.setdefault(base_of(row.series), row.unit)
        if first != row.unit:
            faults.add(f"{where}, unit", row.unit, f"{first}, as {base_of(row.series)} has above: one unit", "unit")


def _known(names: dict[str, bool], what: str, name: str) -> bool:
    """Whether a name is well formed; remembered per batch, since a batch repeats few names many times."""
    key = f"{what} {name}"
    if key not in names:
        names[key] = isinstance(name, str) and (is_subject(name) if what == "subject" else _is_series(name))
    return names[key]


def _is_series(name: str | None) -> bool:
    return isinstance(name, str) and ANY not in name and is_full_name(name)


def _is_words(text: str | None, chars_max: int) -> bool:
    return isinstance(text, str) and len(text) <= chars_max and (text.isprintable() or not text)
