"""What is laid out of runs: the score of each item, so that two runs can be compared, and the newest conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import NotFound, stamp

from . import payload
from .kinds import CONDITIONS, RUN, SAMPLES

ITEMS_MAX, SCORES_MAX = 50_000, 20
"""A run of more items, or a score beyond these, is compared at the command line alone, from the payload."""
ANNULLED = "record.annulled"
SCORE = Table(
    "evaluations_score",
    columns={"run": "text", "score": "text", "entry": "integer", "items": "json"},
    key=("run", "score"),
)
"""Of a run and score, what each item scored: the mean of its attempts that were scored, by id."""
TOLD = Table(
    "evaluations_conditions",
    columns={"run": "text", "entry": "integer", "filed_on": "text", "annulled": "integer"},
    key=("run", "entry"),
)
TABLES = (SCORE, TOLD)


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Lay out what an entry says; nothing else follows from it."""
    if not entry.erased:
        if entry.kind == RUN.id:
            _lay_out(entry, tables)
        elif entry.kind == CONDITIONS.id:
            row = {"run": entry.body["evaluation"], "entry": entry.index, "filed_on": stamp(entry.time), "annulled": 0}
            tables.put(TOLD, row)
        elif entry.kind == ANNULLED and entry.body.get("kind") == CONDITIONS.id:
            for row in tables.select(TOLD, {"entry": entry.body["entry"]}):
                tables.put(TOLD, {**row, "annulled": 1})
    yield from ()


def _lay_out(entry: Entry, tables: Tables) -> None:
    kept = payload.read(entry.blob(SAMPLES))
    for name in list(dict.fromkeys(name for one in kept.samples for name in one.scores))[:SCORES_MAX]:
        items = item_scores(kept, name)
        if len(items) <= ITEMS_MAX:
            tables.put(SCORE, {"run": entry.subject, "score": name, "entry": entry.index, "items": items})


def item_scores(kept: payload.Kept, name: str) -> dict[str, float]:
    """What each item scored under a name: the mean of its scored attempts."""
    found: dict[str, list[float]] = {}
    for one in kept.samples:
        if name in one.scores:
            found.setdefault(one.id, []).append(one.scores[name])
    return {item: sum(scores) / len(scores) for item, scores in found.items()}


def scores(reader: Reader, run: str) -> Mapping[str, Mapping[str, float]]:
    """By score what each item of a run scored."""
    return {row["score"]: row["items"] for row in reader.select(SCORE, {"run": run})}


def score_names(reader: Reader, run: str) -> list[str]:
    """The scores by which a run can be compared."""
    return [row["score"] for row in reader.select(SCORE, {"run": run}, only=("run", "score"))]


def conditions_entry(reader: Reader, run: str) -> int | None:
    """The entry of the newest conditions of a run that stand."""
    rows: list[Row] = reader.select(TOLD, {"run": run, "annulled": 0}, order=("-entry",), limit=1)
    return int(rows[0]["entry"]) if rows else None


def opened_samples(blob: Any) -> payload.Kept:
    """The samples of a run by what opens the payloads of its entry. Raises `NotFound`, `BadInput`."""
    data = blob(SAMPLES)
    if not data:
        raise NotFound("payload", SAMPLES, "the entry was erased, or is no run")
    return payload.read(data)
