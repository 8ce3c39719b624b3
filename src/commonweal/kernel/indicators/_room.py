"""The projection of observations: every vintage of every value, and queries as of a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput

from ._batches import OBSERVATIONS_BATCH, Observation, filed, observations_of

OBSERVATION = Table(
    "indicators_observation",
    columns={
        "series": "text",
        "subject": "text",
        "event": "text",
        "entry": "integer",
        "released": "text",
        "known": "text",
        "value": "real",
        "low": "real",
        "high": "real",
    },
    key=("series", "subject", "event", "entry"),
)

BATCH = Table(
    "indicators_batch",
    columns={
        "entry": "integer",
        "series_set": "text",
        "event_from": "text",
        "event_to": "text",
        "rows": "integer",
        "released_on": "text",
        "vintage": "text",
        "citation": "text",
        "url": "text",
        "remark": "text",
        "refused": "text",
    },
    key=("entry",),
    indexes=(("series_set", "event_to"),),
)

WITHDRAWN = Table("indicators_withdrawn", columns={"entry": "integer", "by": "integer"}, key=("entry",))
TABLES = (OBSERVATION, BATCH, WITHDRAWN)
ANNULLED = "record.annulled"


class Indicators:
    """Follows batches of observations into the tables; files nothing itself.

    A batch whose payload cannot be read stays on the record with the faults in `refused`, and gives no values; neither
    does what a batch says about days after the one on which it was filed.
    """

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.erased:
            return []
        if entry.kind == ANNULLED and entry.body.get("kind") == OBSERVATIONS_BATCH.id:
            _withdraw(entry, tables)
        if entry.kind != OBSERVATIONS_BATCH.id:
            return []
        try:
            whole, found = filed(entry), observations_of(entry)
        except BadInput as refused:
            tables.put(BATCH, {**_batch_row(entry), "refused": str(refused)})
            return []
        tables.put(BATCH, {**_batch_row(entry), "refused": _set_aside(entry, len(whole) - len(found))})
        tables.put_many(OBSERVATION, [_row(entry, row) for row in found])
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Nothing in this room happens by time alone."""
        return False


def _withdraw(entry: Entry, tables: Tables) -> None:
    """A batch was annulled: a new vintage says what was known before it, or that nothing is known.

    As of the days before the annulment, the series say what they said; only what counts now is said anew.
    """
    dropped = entry.body["entry"]
    tables.put(WITHDRAWN, {"entry": dropped, "by": entry.index})
    withdrawn = tables.select(WITHDRAWN)
    out = {row[column] for row in withdrawn for column in ("entry", "by")}
    today = entry.time.date().isoformat()
    for row in tables.select(OBSERVATION, {"entry": dropped}):
        name = {column: row[column] for column in ("series", "subject", "event")}
        vintage = sorted(tables.select(OBSERVATION, name), key=_rank)
        left = [item for item in vintage if item["entry"] not in out]
        said = left[-1] if left else {**row, "value": None, "low": None, "high": None}
        if all(said[column] == vintage[-1][column] for column in ("value", "low", "high")):
            continue  # another value counts already
        tables.put(OBSERVATION, {**said, "entry": entry.index, "released": today, "known": today})


def _rank(row: Row) -> tuple[str, int]:
    return row["released"], row["entry"]


def _set_aside(entry: Entry, count: int) -> str:
    """Why some observations of a batch that can be read give no values ("" where all do)."""
    return f"{count} observations are about days after {entry.time:%Y-%m-%d}, when they were filed" if count else ""


def _row(entry: Entry, row: Observation) -> Row:
    """A value counts as known from when it was filed here, however early its source is said to have released it."""
    return {
        "series": row.series,
        "subject": row.subject,
        "event": row.event.isoformat(),
        "entry": entry.index,
        "released": entry.body["released_on"],
        "known": max(entry.body["released_on"], entry.time.date().isoformat()),
        "value": row.value,
        "low": row.low,
        "high": row.high,
    }


def _batch_row(entry: Entry) -> Row:
    body = entry.body
    taken = ("series_set", "event_from", "event_to", "rows", "released_on", "vintage", "remark")
    source = body["source"]
    return {
        "entry": entry.index,
        **{name: body.get(name, "") for name in taken},
        "citation": source["citation"],
        "url": source.get("url", ""),
        "refused": "",
    }


def series(reader: Reader, series: str, subject: str, as_of: date | datetime | None = None) -> list[tuple[str, float]]:
    """The newest values known on a day (default: now): `(event as YYYY-MM-DD, value)` in event order.

    `as_of` compares with the day from which a value was known here: when its source released it, or when it was filed
    if that was later. So neither a later revision nor what was dated back is seen from before.
    """
    rows = reader.select(OBSERVATION, _where(series, subject, as_of))
    return [(event, row["value"]) for event, row in _newest(rows).items() if row["value"] is not None]


def latest(reader: Reader, series: str, subject: str, as_of: date | datetime | None = None) -> Row | None:
    """The newest known row of the newest event of a series, with its interval and entry; None if there is none."""
    found = _newest(reader.select(OBSERVATION, _where(series, subject, as_of)))
    rows = {event: row for event, row in found.items() if row["value"] is not None}
    return rows[max(rows)] if rows else None


def newest(reader: Reader, names: Iterable[str]) -> list[Row]:
    """The newest known row of every subject and event of some series, in order of series, subject and event."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in reader.select(OBSERVATION, {"series": ("in", sorted(names))}, order=("released", "entry")):
        found[row["series"], row["subject"], row["event"]] = row
    return [found[key] for key in sorted(found) if found[key]["value"] is not None]


def vintages(reader: Reader, series: str, subject: str, event: str) -> list[Row]:
    """Every value ever known of one event, oldest release first."""
    return reader.select(
        OBSERVATION, {"series": series, "subject": subject, "event": event}, order=("released", "entry")
    )


def observed(entry: Entry, reader: Reader) -> tuple[Observation, ...]:
    """The values that an entry made known: those of a filed batch, and those derived from them (none of others).

    To be asked by the rooms that follow after this one. Raises `BadInput` like `observations_of`.
    """
    return observations_of(entry) if entry.kind == OBSERVATIONS_BATCH.id and not entry.erased else ()


def restated(reader: Reader, entry: int) -> list[Row]:
    """What an annulment said anew: the values it put back, and those now unknown (None)."""
    return reader.select(OBSERVATION, {"entry": entry})


def batches(reader: Reader, series_set: str = "") -> list[Row]:
    """The batches received (of one set), in the order they were filed."""
    return reader.select(BATCH, {"series_set": series_set} if series_set else None)


def _where(series: str, subject: str, as_of: date | datetime | None) -> dict[str, Any]:
    where: dict[str, Any] = {"series": series, "subject": subject}
    if as_of is not None:
        where["known"] = ("<=", as_of.isoformat()[:10])
    return where


def _newest(rows: list[Row]) -> dict[str, Row]:
    """By event, the row released last (of two released on one day, the one filed last)."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row["event"], row["released"], row["entry"])):
        found[row["event"]] = row
    return found
