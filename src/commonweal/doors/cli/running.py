"""`weal rule run`: a rule over a large file of events, in one process or on a cluster, stopped and resumed at will."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from commonweal.authority import Authority
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.thresholds import Job, Outcome, check_by_key, read_rule, written
from commonweal.kernel.values import BadInput, Conflict, Fault, NotFound, instant, utf8
from commonweal.upkeep import Agreement, agreement, bulk_engine, write_record

from .adopted import adopted_text
from .moments import Moment
from .out import as_json, bar, err, out

RULE_BYTES_MAX = 400_000
PARQUET, CSV = ".parquet", ".csv"


def run(
    rule: str,
    events: Path | None = None,
    /,
    *,
    folder: Path | None = None,
    to: Path | None = None,
    until: Moment = "",
    keep: Path | None = None,
    shards: int = 1,
    ray: bool = False,
    address: str = "",
    json: bool = False,
) -> None:
    """Judge a file of events, or an authority's own record, by a threshold rule: every change of state, in event time.

    Nothing is written to any record. Stopped or killed, a run with --keep goes on where it last laid things down, to
    the same result. Of an authority's record it is also said whether the changes are those that the record holds.

    Args:
        rule: The rule file (.toml), or with --folder the id of an adopted rule. It is about each subject's own series.
        events: A Parquet file with the columns subject, event, value and, if the rule reads several, series; in order.
        folder: An authority's folder, whose record is judged in place of a file.
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
    with ExitStack() as stack:
        alike = None
        text, record, reader = _source(stack, rule, events, folder, keep)
        job = Job(text, record, _period(text, until), shards, keep)
        with bar("events") as done:
            outcome = bulk_engine(ray, address, max(shards, 1)).run(job, done)
        if reader is not None:
            alike = agreement(reader, job.rule, outcome.edges)
    if to is None and not json:
        sys.stdout.write(_csv(outcome.edges))
    elif to is not None:
        written(to, _bytes(outcome.edges, to.suffix))
    _told(outcome, to, json, alike)


def _source(
    stack: ExitStack, rule: str, events: Path | None, folder: Path | None, keep: Path | None
) -> tuple[str, Path, Reader | None]:
    """The rule's text and the record, with the reader of the authority whose own record it is."""
    if (events is None) == (folder is None):
        seen = "neither" if events is None else "both"
        raise BadInput(Fault("events", seen, "a file of events, or --folder of an authority", "choice"), "run")
    if events is not None:
        return _text(Path(rule)), events, None
    assert folder is not None
    authority = stack.enter_context(Authority.open(folder))
    authority.follow()
    text = _text(Path(rule)) if Path(rule).is_file() else adopted_text(rule, authority.reader)
    into = keep or Path(stack.enter_context(TemporaryDirectory(prefix="weal-record-")))
    into.mkdir(parents=True, exist_ok=True)
    record = into / "record.parquet"
    checked = read_rule(text)
    check_by_key(checked)
    write_record(authority.reader, checked, record)
    return text, record, authority.reader


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


def _told(outcome: Outcome, to: Path | None, json: bool, alike: Agreement | None = None) -> None:
    edges = outcome.edges
    counts = _counted(edges.filter(pl.col("from_state") != pl.col("to_state")), "to_state")
    levels = _counted(edges.filter(pl.col("level") != ""), "level") if "level" in edges.columns else {}
    facts: dict[str, Any] = {
        "events": outcome.events, "late": outcome.late, "subjects": outcome.keys, "edges": len(outcome.edges),
        "to": counts, "levels": levels, "resumed_at": outcome.resumed,
        "restarts": outcome.restarts,
    }  # fmt: skip
    if alike is not None:
        facts["record"] = {"periods": alike.periods, "alike": alike.alike}
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
    if alike is not None:
        _compared(alike, say)


def _compared(alike: Agreement, say: Callable[[str], None]) -> None:
    """Whether the record holds the same states."""
    if not alike.periods:
        say("The record has judged nothing by a rule of this name, so there is nothing to compare with.")
        return
    say(f"Of {alike.periods:,} periods that the record judged, {alike.alike:,} are in the state told here.")
    for subject, event, recorded, told in alike.others:
        say(f"  {subject}, {event}: {recorded} on the record, {told} here.")
