"""An authority's own record as a file of events, and whether the changes told from it are those on the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from commonweal.kernel import indicators, thresholds
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.thresholds import ThresholdRule
from commonweal.kernel.values import BadInput, Fault, day_start

INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Agreement:
    """How many periods the record judged, how many of them the changes tell alike, and the first others."""

    periods: int
    alike: int
    others: tuple[tuple[str, str, str, str], ...]
    """`(subject, event, state on the record, state told)`."""


def write_record(reader: Reader, rule: ThresholdRule, path: Path) -> int:
    """Every vintage of every value that a rule reads, as a file of events; returns how many.

    They stand in the order in which they came (those of one entry by event); `sequence` says which value of one event
    is the newer. Raises `BadInput` where the record holds none.
    """
    rows = indicators.every_vintage(reader, thresholds.read_from(rule))
    if not rows:
        want = f"values on the record of what the rule reads: {', '.join(sorted(thresholds.read_from(rule)))}"
        raise BadInput(Fault("series", "(none)", want, "missing"), "run")
    rows.sort(
        key=lambda row: row["event"]
    )  # of one event the oldest first; a day comes before the instant it begins at
    events = [indicators.event_of(row["event"]) for row in rows]
    daily = not any(isinstance(event, datetime) for event in events)
    frame = pl.DataFrame(
        {
            **{name: pl.Series(name, [row[name] for row in rows], dtype=pl.String) for name in ("subject", "series")},
            **{n: pl.Series(n, [row[n] for row in rows], dtype=pl.Float64) for n in ("value", "low", "high")},
            "entry": pl.Series([row["entry"] for row in rows], dtype=pl.Int64),
            "event": _column(events, daily),
        }
    ).with_columns(sequence=pl.int_range(pl.len()).over("series", "subject", "event"))
    found = frame.sort("entry", "event", "sequence").drop("entry")
    found.write_parquet(path, compression="zstd")
    return len(found)


def agreement(reader: Reader, rule: ThresholdRule, edges: pl.DataFrame, shown: int = 5) -> Agreement:
    """The states that the record holds of a rule's periods beside those that changes tell of the same periods."""
    judged = reader.select(thresholds.TRACK, {"rule": rule.id}, only=("subject", "event", "state"))
    day = edges.schema["event"] == pl.Date
    when = [indicators.event_of(row["event"]) for row in judged]
    track = pl.DataFrame(
        {
            "subject": pl.Series([row["subject"] for row in judged], dtype=pl.String),
            "event": _column(when, day),
            "recorded": pl.Series([row["state"] for row in judged], dtype=pl.String),
        }
    ).sort("event", "subject")
    last = edges.group_by("subject", "event", maintain_order=True).last().sort("event")
    told = track.join_asof(
        last.select("subject", "event", told="to_state"), on="event", by="subject", check_sortedness=False
    )
    told = told.with_columns(pl.col("told").fill_null("unknown"))
    others = told.filter(pl.col("told") != pl.col("recorded"))
    rows = (
        others.head(shown).with_columns(pl.col("event").cast(pl.String)).select("subject", "event", "recorded", "told")
    )
    return Agreement(len(told), len(told) - len(others), tuple(rows.iter_rows()))


def _column(events: Sequence[date], daily: bool) -> pl.Series:
    return pl.Series(events, dtype=pl.Date) if daily else pl.Series([_instant(at) for at in events], dtype=INSTANT)


def _instant(event: date) -> datetime:
    return event if isinstance(event, datetime) else day_start(event)
