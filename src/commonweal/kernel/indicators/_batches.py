"""A batch of observations: one entry whose Parquet payload holds the values."""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple

import polars as pl
from pydantic import Field, model_validator

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.values import (
    BadInput,
    Fault,
    FaultCollector,
    NotFound,
    Text,
    TooLarge,
    digest,
    is_subject,
    shown,
)

BLOB = "columns"
ROWS_MAX = 1_000_000
BYTES_MAX = 16 << 20
FAULTS_MAX = 50
EVENT_FIRST, EVENT_LAST = date(1800, 1, 1), date(2200, 12, 31)
SERIES_PATTERN = r"^[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31}){0,3}$"
REQUIRED = {"series": pl.String, "subject": pl.String, "event": pl.Date, "value": pl.Float64}
OPTIONAL = {"low": pl.Float64, "high": pl.Float64}


class Observation(NamedTuple):
    """One value of one series about one subject at one event day, with the interval it is believed to lie in."""

    series: str
    subject: str
    event: date
    value: float
    low: float | None = None
    high: float | None = None


class Source(Filing):
    """Where a batch comes from, so that anybody can look it up."""

    citation: Annotated[str, Field(min_length=3, max_length=500)]
    url: Annotated[str, Field(max_length=500)] = ""


class ObservationsBatch(Filing):
    """What a batch says about itself; the values are in its `columns` blob."""

    series_set: Annotated[str, PUBLIC, Field(pattern=r"^[a-z][a-z0-9_.\-]{0,63}$")]
    source: Annotated[Source, PUBLIC]
    event_from: Annotated[date, PUBLIC]
    event_to: Annotated[date, PUBLIC]
    rows: Annotated[int, PUBLIC, Field(ge=1, le=ROWS_MAX)]
    columns: Annotated[tuple[str, ...], PUBLIC, Field(min_length=4, max_length=6)]
    released_on: Annotated[date, PUBLIC]
    vintage: Annotated[str, PUBLIC, Field(max_length=80)] = ""
    remark: Annotated[str, PUBLIC, Field(max_length=1000)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> ObservationsBatch:
        if self.event_from > self.event_to:
            raise ValueError(f"event_from {self.event_from} must not be after event_to {self.event_to}")
        if self.released_on < self.event_to:
            raise ValueError(f"released_on {self.released_on} must not be before event_to {self.event_to}")
        return self


OBSERVATIONS_BATCH = Kind(
    id="observations.batch",
    schema=ObservationsBatch,
    title=Text(en="Batch of observations", zh="观测批次"),
    files=("authority", "observer"),
)


def batch_act(
    rows: Iterable[Observation | Sequence[Any]],
    *,
    series_set: str,
    citation: str,
    released_on: date,
    url: str = "",
    vintage: str = "",
    remark: str = "",
) -> Act:
    """One act from `(series, subject, event, value[, low, high])` rows. Raises `BadInput` naming every fault."""
    observations = [row if isinstance(row, Observation) else Observation(*row) for row in rows]
    _check(observations)
    data, columns = write_columns(observations)
    events = [row.event for row in observations]
    body = {
        "series_set": series_set,
        "source": {"citation": citation, "url": url},
        "event_from": min(events).isoformat(),
        "event_to": max(events).isoformat(),
        "rows": len(observations),
        "columns": list(columns),
        "released_on": released_on.isoformat(),
        "vintage": vintage,
        "remark": remark,
    }
    key = f"observations/{series_set}/{body['event_from']}/{body['event_to']}/{digest(data)[:24]}"
    return Act(OBSERVATIONS_BATCH.id, body, key, blobs={BLOB: data})


def write_columns(observations: Sequence[Observation]) -> tuple[bytes, tuple[str, ...]]:
    """Parquet bytes of observations, and the names of their columns (`low` and `high` only where one is given)."""
    bounded = any(row.low is not None or row.high is not None for row in observations)
    schema = {**REQUIRED, **OPTIONAL} if bounded else REQUIRED
    frame = pl.DataFrame([row[: len(schema)] for row in observations], schema=schema, orient="row")
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd", statistics=False)
    return out.getvalue(), tuple(schema)


@functools.lru_cache(maxsize=4)
def read_columns(data: bytes) -> tuple[Observation, ...]:
    """The observations in Parquet bytes, in their order.

    Raises `TooLarge` above 16 MiB or a million rows (no more than that is ever unpacked), and
    `BadInput` naming wrong columns and types, values that are not finite, and dates and names that cannot be.
    """
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault(BLOB, f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"))
    frame = _frame(data)
    observations = [Observation(*row) for row in frame.iter_rows()]
    _check(observations)
    return tuple(observations)


def check_filing(act: Act, now: datetime | None = None) -> None:
    """Refuse at the door a batch whose payload is missing, cannot be read or contradicts its body. Raises `BadInput`.

    With `now`, the moment of filing, a batch about days that are still to come, or released on one, is refused too:
    nobody can have observed it. Acts of other kinds pass.
    """
    if act.kind != OBSERVATIONS_BATCH.id:
        return
    if set(act.blobs) != {BLOB}:
        want = f"one payload named {BLOB}: file observations in a format that an instrument reads"
        raise BadInput(Fault("(payload)", ", ".join(sorted(act.blobs)) or "(absent)", want, "missing"), act.kind)
    _consistent(read_columns(act.blobs[BLOB]), act.body)
    if now is not None:
        _not_to_come(act.body, now)


def _not_to_come(body: Mapping[str, Any], now: datetime) -> None:
    faults = FaultCollector("observations")
    for name in ("event_to", "released_on"):
        if date.fromisoformat(body[name]) > now.date():
            faults.add(name, body[name], f"a day not after the moment of filing ({now:%Y-%m-%d})", "future")
    faults.done()


def observations_of(entry: Entry) -> tuple[Observation, ...]:
    """The observations of a filed batch that count: those about days up to the one on which it was filed.

    Raises `BadInput` if its payload cannot be read or contradicts its body.
    """
    filed_on = entry.time.date()
    found = filed(entry)
    return found if all(row.event <= filed_on for row in found) else tuple(r for r in found if r.event <= filed_on)


def filed(entry: Entry) -> tuple[Observation, ...]:
    """Every observation of a filed batch, whether or not it counts. Raises like `observations_of`."""
    try:
        data = entry.blob(BLOB)
    except NotFound as error:
        raise BadInput(Fault("(payload)", "(absent)", f"a payload named {BLOB}", "missing"), "observations") from error
    found = read_columns(data)
    _consistent(found, entry.body)
    return found


def _consistent(found: Sequence[Observation], body: Mapping[str, Any]) -> None:
    faults = FaultCollector("observations")
    days = [row.event for row in found]
    for name, said, seen in (
        ("rows", body["rows"], len(found)),
        ("event_from", body["event_from"], min(days).isoformat()),
        ("event_to", body["event_to"], max(days).isoformat()),
    ):
        if said != seen:
            faults.add(name, said, f"{seen}, as in the columns", "mismatch")
    faults.done()


def _frame(data: bytes) -> pl.DataFrame:
    try:
        lazy = pl.scan_parquet(io.BytesIO(data))
        schema = dict(lazy.collect_schema())
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(
            Fault(BLOB, shown(data[:16]), f"must be a Parquet file: {shown(str(error))}", "parquet")
        ) from error
    _check_schema(schema)
    names = [name for name in (*REQUIRED, *OPTIONAL) if name in schema]
    try:
        frame = lazy.select(names).head(ROWS_MAX + 1).collect()
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(Fault(BLOB, "(pages)", f"must be readable: {shown(str(error))}", "parquet")) from error
    if len(frame) > ROWS_MAX:
        raise TooLarge(Fault(BLOB, f"over {ROWS_MAX} rows", f"at most {ROWS_MAX} rows", "too_large"))
    return frame


def _check_schema(schema: dict[str, Any]) -> None:
    faults = FaultCollector("observations")
    for name, want in REQUIRED.items():
        if schema.get(name) != want:
            faults.add(f"column {name}", schema.get(name, "(absent)"), f"a column of type {want}", "dtype")
    for name, seen in schema.items():
        if name in OPTIONAL and seen != OPTIONAL[name]:
            faults.add(f"column {name}", seen, f"a column of type {OPTIONAL[name]}", "dtype")
        elif name not in REQUIRED and name not in OPTIONAL:
            faults.add(f"column {shown(name)}", seen, f"one of {', '.join((*REQUIRED, *OPTIONAL))}", "unknown_column")
    faults.done()


def _check(observations: Sequence[Observation]) -> None:
    faults = FaultCollector("observations")
    if not observations:
        faults.add("rows", 0, "at least one observation", "empty")
    seen: set[tuple[str, str, date]] = set()
    names: dict[str, bool] = {}
    for number, row in enumerate(observations, 1):
        if faults.count >= FAULTS_MAX:
            faults.add(
                "(further rows)", f"{len(observations) - number + 1} rows not checked", "mend these first", "more"
            )
            break
        _check_row(row, f"row {number}", names, faults)
        identity = (row.series, row.subject, row.event)
        if identity in seen:
            faults.add(f"row {number}", identity, "each series, subject and event once in a batch", "duplicate")
        seen.add(identity)
    faults.done()


def _check_row(row: Observation, where: str, names: dict[str, bool], faults: FaultCollector) -> None:
    if not _known(names, "series", row.series):
        faults.add(
            f"{where}, series", row.series, "a name like laus.unemployed (lower case, dots between parts)", "name"
        )
    if not _known(names, "subject", row.subject):
        faults.add(f"{where}, subject", row.subject, "an identifier like area:us-ca", "name")
    if not isinstance(row.event, date) or not EVENT_FIRST <= row.event <= EVENT_LAST:
        faults.add(f"{where}, event", row.event, f"a day from {EVENT_FIRST} to {EVENT_LAST}", "date")
    for name in ("value", "low", "high"):
        number = getattr(row, name)
        if number is None and name != "value":
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            faults.add(f"{where}, {name}", number, "a finite number", "not_finite")
            return
    if (row.low is not None and row.low > row.value) or (row.high is not None and row.high < row.value):
        faults.add(where, f"{row.low} {row.value} {row.high}", "low ≤ value ≤ high", "interval")


def _known(names: dict[str, bool], what: str, name: str) -> bool:
    """Whether a name is well formed; remembered per batch, since a batch repeats few names many times."""
    key = f"{what} {name}"
    if key not in names:
        names[key] = isinstance(name, str) and (is_subject(name) if what == "subject" else _is_series(name))
    return names[key]


def _is_series(name: str) -> bool:

    return bool(re.match(SERIES_PATTERN, name))
