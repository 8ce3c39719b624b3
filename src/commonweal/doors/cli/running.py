"""`weal rule run`: a rule over a large file of events, in one process or on a cluster, stopped and resumed at will."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import polars as pl

from commonweal.kernel.thresholds import Job, Outcome, read_rule, written
from commonweal.kernel.values import BadInput, Conflict, Fault, NotFound, instant, utf8
from commonweal.upkeep import bulk_engine

from .out import as_json, bar, err, out

RULE_BYTES_MAX = 400_000
PARQUET, CSV = ".parquet", ".csv"


def run(
    rule: Path,
    events: Path,
    /,
    *,
    to: Path | None = None,
    until: str = "",
    keep: Path | None = None,
    shards: int = 1,
    ray: bool = False,
    address: str = "",
    json: bool = False,
) -> None:
    """Judge a file of events by a threshold rule and write every change of state, in event time. No authority is asked.

    Stopped or killed, a run with --keep goes on where it last laid things down, to the same result.

    Args:
        rule: The rule file (.toml). It is about each subject's own series.
        events: A Parquet file with the columns subject, event, value and, if the rule reads several, series; in order.
        to: Where the changes go, .parquet or .csv; without it they are printed as CSV.
        until: The day or instant up to which time has come, for silence; without it the newest event's.
        keep: A folder for what is laid down on the way (on a cluster, one that all its machines share).
        shards: Over how many shards the subjects are spread.
        ray: Run each shard in a process of its own on Ray (the extra `cluster`).
        address: Run on the Ray cluster at this address, instead of one begun here.
        json: Tell what was done in JSON, for programs.
    """
    if to is not None:
        _check_target(to)
    text = _text(rule)
    job = Job(text, events, _period(text, until), shards, keep)
    with bar("events") as done:
        outcome = bulk_engine(ray, address, max(shards, 1)).run(job, done)
    if to is None and not json:
        sys.stdout.write(_csv(outcome.edges))
    elif to is not None:
        written(to, _bytes(outcome.edges, to.suffix))
    _told(outcome, to, json)


def _check_target(to: Path) -> None:
    """Before anything is computed for it."""
    if to.suffix not in (PARQUET, CSV):
        raise BadInput(Fault("--to", str(to), f"a file that ends in {PARQUET} or {CSV}", "suffix"), "run")
    if to.is_dir():
        raise Conflict(f"{to} is a folder; give the name of a file")
    if not to.absolute().parent.is_dir():
        raise NotFound("folder", to.absolute().parent)


def _text(path: Path) -> str:
    if not path.is_file():
        raise NotFound("rule file", path)
    data = path.read_bytes()[: RULE_BYTES_MAX + 1]
    if len(data) > RULE_BYTES_MAX:
        raise BadInput(
            Fault(path.name, f"over {RULE_BYTES_MAX} bytes", f"at most {RULE_BYTES_MAX}", "too_large"), "rule"
        )
    return utf8(data, path.name)


def _period(text: str, until: str) -> int | None:
    return read_rule(text).grid.period(instant(until)) if until else None


def _csv(edges: pl.DataFrame) -> str:
    return edges.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ")


def _bytes(edges: pl.DataFrame, suffix: str) -> bytes:
    if suffix == CSV:
        return _csv(edges).encode()
    into = io.BytesIO()
    edges.write_parquet(into, compression="zstd")
    return into.getvalue()


def _counted(edges: pl.DataFrame, column: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in edges.group_by(column).len().sort(column).iter_rows()}


def _told(outcome: Outcome, to: Path | None, json: bool) -> None:
    edges = outcome.edges
    counts = _counted(edges.filter(pl.col("from_state") != pl.col("to_state")), "to_state")
    levels = _counted(edges.filter(pl.col("level") != ""), "level") if "level" in edges.columns else {}
    facts: dict[str, Any] = {
        "events": outcome.events, "late": outcome.late, "subjects": outcome.keys, "edges": len(outcome.edges),
        "to": counts, "levels": levels, "resumed_at": outcome.resumed,
        "restarts": outcome.restarts,
    }  # fmt: skip
    if json:
        as_json(facts)
        return
    say = out if to is not None else err
    into = ", ".join(f"{count:,} to {state}" for state, count in counts.items()) or "none"
    say(f"{outcome.events:,} events about {outcome.keys:,} subjects; {len(outcome.edges):,} changes: {into}.")
    if "level" in edges.columns:
        on = ", ".join(f"{count:,} at {level}" for level, count in levels.items()) or "none on any level"
        only = int((edges["from_state"] == edges["to_state"]).sum())
        say(f"Changes that stand on a level: {on}; {only:,} are changes of level alone.")
    if outcome.late:
        say(f"{outcome.late:,} events came later than the rule's lateness allows and were set aside.")
    if outcome.resumed:
        say(f"Taken up again at event {outcome.resumed:,}.")
    if outcome.restarts:
        say(f"{outcome.restarts} shards died on the way and were begun again.")
