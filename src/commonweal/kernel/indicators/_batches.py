"""A batch of observations: one entry whose Parquet payload holds the values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.values import BadInput, Fault, FaultCollector, NotFound, Text, digest, stamp

from ._columns import (
    BLOB,
    ROWS_MAX,
    Observation,
    check_rows,
    day_of,
    order_of,
    read_columns,
    series_name,
    write_columns,
)

RAW = "raw"
"""The payload that holds the bytes a batch was read from, where they are kept."""
RAW_BYTES_MAX = 16 << 20
MADE_UP = "Made up to try the demonstration: nobody published this."
"""What a batch cites whose values nobody published."""


class Source(Filing):
    """Where a batch comes from, so that anybody can look it up."""

    citation: Annotated[str, Field(min_length=3, max_length=500)]
    url: Annotated[str, Field(max_length=500)] = ""


class Retrieved(Filing):
    """What a server said when the file was fetched, so that the next request can ask whether there is anything new."""

    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.\-]{0,80}$")]
    url: Annotated[str, Field(max_length=500)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    etag: Annotated[str, Field(max_length=200)] = ""
    last_modified: Annotated[str, Field(max_length=80)] = ""


class ObservationsBatch(Filing):
    """What a batch says about itself; the values are in its `columns` blob.

    Of two batches released on one day the one with the higher `sequence` counts, in whichever order they are filed.
    """

    series_set: Annotated[str, PUBLIC, Field(pattern=r"^[a-z][a-z0-9_.\-]{0,63}$")]
    source: Annotated[Source, PUBLIC]
    event_from: Annotated[date, PUBLIC]
    event_to: Annotated[date, PUBLIC]
    rows: Annotated[int, PUBLIC, Field(ge=1, le=ROWS_MAX)]
    columns: Annotated[tuple[str, ...], PUBLIC, Field(min_length=4, max_length=9)]
    released_on: Annotated[date, PUBLIC]
    vintage: Annotated[str, PUBLIC, Field(max_length=80)] = ""
    remark: Annotated[str, PUBLIC, Field(max_length=1000)] = ""
    sequence: Annotated[int, PUBLIC, Field(ge=0, le=2**53)] = 0
    retrieved: Annotated[Retrieved | None, PUBLIC] = None

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
    sequence: int = 0,
    raw: bytes = b"",
) -> Act:
    """One act from `(series, subject, event, value[, low, high, unit, source_ref])` rows.

    `raw` are the bytes that they were read from, kept beside them. Raises `BadInput` naming every fault.
    """
    observations = [_named(row if isinstance(row, Observation) else Observation(*row)) for row in rows]
    check_rows(observations)
    told = {
        "series_set": series_set,
        "source": {"citation": citation, "url": url},
        "released_on": released_on.isoformat(),
        "vintage": vintage,
        "remark": remark,
        **({"sequence": sequence} if sequence else {}),
    }
    body, key, data = body_and_key(observations, told)
    return Act(OBSERVATIONS_BATCH.id, body, key, blobs={BLOB: data, **({RAW: raw} if raw else {})})


def body_and_key(rows: Sequence[Observation], told: Mapping[str, Any]) -> tuple[dict[str, Any], str, bytes]:
    """The body of a batch of these rows, with what is told of them, the key that names it, and its columns."""
    data, columns = write_columns(rows)
    days = [day_of(row.event) for row in rows]
    body = {
        **told,
        "event_from": min(days).isoformat(),
        "event_to": max(days).isoformat(),
        "rows": len(rows),
        "columns": list(columns),
    }
    key = f"observations/{told['series_set']}/{body['event_from']}/{body['event_to']}/{digest(data)[:24]}"
    return body, key, data


def _named(row: Observation) -> Observation:
    """The row under the one spelling of its series; one that has none is left for the check to name."""
    full = series_name(row.series)
    return row if full is None or full == row.series else row._replace(series=full)


def check_payload(act: Act, now: datetime | None = None) -> tuple[Observation, ...]:
    """The observations of a batch that is about to be filed; none for acts of other kinds.

    Raises `BadInput` where its payload is missing, cannot be read or contradicts its body. With `now`, the moment of
    filing, so is a batch about days or instants still to come, or released on one: nobody can have observed it.
    """
    if act.kind != OBSERVATIONS_BATCH.id:
        return ()
    if set(act.blobs) - {RAW} != {BLOB}:
        want = f"one payload named {BLOB}: file observations in a format that an instrument reads"
        raise BadInput(Fault("(payload)", ", ".join(sorted(act.blobs)) or "(absent)", want, "missing"), act.kind)
    if len(act.blobs.get(RAW, b"")) > RAW_BYTES_MAX:
        seen = f"{len(act.blobs[RAW])} bytes"
        raise BadInput(Fault(RAW, seen, f"at most {RAW_BYTES_MAX} bytes kept as they came", "too_large"), act.kind)
    found = read_columns(act.blobs[BLOB])
    _consistent(found, act.body)
    if now is not None:
        _not_to_come(found, act.body, now)
    return found


def _not_to_come(found: Sequence[Observation], body: Mapping[str, Any], now: datetime) -> None:
    faults = FaultCollector("observations")
    for name in ("event_to", "released_on"):
        if date.fromisoformat(body[name]) > now.date():
            faults.add(name, body[name], f"a day not after the moment of filing ({now:%Y-%m-%d})", "future")
    newest = max(found, key=lambda row: order_of(row.event)).event
    if not faults.count and order_of(newest) > now:
        faults.add("event", newest.isoformat(), f"an instant not after the moment of filing ({stamp(now)})", "future")
    faults.done()


def observations_of(entry: Entry) -> tuple[Observation, ...]:
    """The observations of a filed batch that count: those about days and instants up to when it was filed.

    Raises `BadInput` if its payload cannot be read or contradicts its body.
    """
    found = filed(entry)
    return found if all(_happened(row, entry) for row in found) else tuple(r for r in found if _happened(r, entry))


def _happened(row: Observation, entry: Entry) -> bool:
    event = row.event
    return event <= entry.time if isinstance(event, datetime) else event <= entry.time.date()


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
    days = [day_of(row.event) for row in found]
    for name, said, seen in (
        ("rows", body["rows"], len(found)),
        ("event_from", body["event_from"], min(days).isoformat()),
        ("event_to", body["event_to"], max(days).isoformat()),
    ):
        if said != seen:
            faults.add(name, said, f"{seen}, as in the columns", "mismatch")
    faults.done()
