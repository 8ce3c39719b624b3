"""What is laid out of runs: the score of each item, so that two runs can be compared, which log and which samples they
are, so that none counts as two, and the newest conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from commonweal.kernel import indicators
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import NotFound, stamp
from commonweal.methods.scoring import Floats

from . import payload
from .kinds import CONDITIONS, RUN, SAMPLES, UNSAID

ITEMS_MAX, SCORES_MAX = 50_000, 20
"""A run of more items, or a score beyond these, is compared at the command line alone, from the payload."""
ANNULLED = "record.annulled"
SCORE = Table(
    "evaluations_score",
    columns={"run": "text", "score": "text", "entry": "integer", "items": "json"},
    key=("run", "score"),
)
"""Of a run and score, what each item scored: the mean of its attempts that were scored, by id."""
LOG = Table(
    "evaluations_log",
    columns={"run": "text", "entry": "integer", "log": "text", "samples": "text", "named": "text", "keys": "json"},
    key=("run",),
)
"""Of a run its log and its samples by their SHA-256, how its tool names it, and by the id of each item what tells it
from others (`indicators.item_keys`); none of a run from before that was kept, or of one with too many items."""
TOLD = Table(
    "evaluations_conditions",
    columns={
        "run": "text", "entry": "integer", "filed_on": "text", "annulled": "integer",
        "model": "text", "weights": "text",
    },
    key=("run", "entry"),
)  # fmt: skip
TABLES = (SCORE, LOG, TOLD)


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Lay out what an entry says; nothing else follows from it."""
    if not entry.erased:
        if entry.kind == RUN.id:
            _lay_out(entry, tables)
        elif entry.kind == CONDITIONS.id:
            tables.put(TOLD, _told(entry))
        elif entry.kind == ANNULLED and entry.body.get("kind") == CONDITIONS.id:
            for row in tables.select(TOLD, {"entry": entry.body["entry"]}):
                tables.put(TOLD, {**row, "annulled": 1})
    yield from ()


def _told(entry: Entry) -> Row:
    body = entry.body
    said = {"model": body.get("model") or "", "weights": body.get("weights_sha256") or ""}
    return {"run": body["evaluation"], "entry": entry.index, "filed_on": stamp(entry.time), "annulled": 0, **said}


def _lay_out(entry: Entry, tables: Tables) -> None:
    kept = payload.read(entry.blob(SAMPLES))
    keys = _keys(kept, entry.body["task"])
    row = {
        "run": entry.subject, "entry": entry.index, "log": entry.body["log_sha256"],
        "samples": kept.fingerprint() if kept.samples else "",
        "named": entry.body["run_id"] if entry.body["run_id"] != UNSAID else "",
        "keys": keys if len(keys) <= ITEMS_MAX else {},
    }  # fmt: skip
    tables.put(LOG, row)
    for name in list(dict.fromkeys(name for one in kept.samples for name in one.scores))[:SCORES_MAX]:
        items = item_scores(kept, name)
        if len(items) <= ITEMS_MAX:
            tables.put(SCORE, {"run": entry.subject, "score": name, "entry": entry.index, "items": items})


def item_scores(kept: payload.Kept, name: str) -> dict[str, float]:
    """What each item scored under a name: the mean of its scored attempts, without those that were invalidated."""
    found: dict[str, list[float]] = {}
    for one in kept.samples:
        if name in one.scores and not one.invalidated:
            found.setdefault(one.item, []).append(one.scores[name])
    return {item: sum(scores) / len(scores) for item, scores in found.items()}


class Paired(NamedTuple):
    """The scores of the items that two runs share, in pairs, and how many items each of them has alone."""

    first: Floats
    second: Floats
    alone: tuple[int, int]


class Side(NamedTuple):
    """A run as it is compared: what each item scored by id, and what tells items from others where that is kept."""

    scores: Mapping[str, float]
    keys: Mapping[str, str]

    def by_key(self) -> dict[str, float]:
        """What each item scored by what tells it from others: one that is given twice counts once, by its mean."""
        found: dict[str, list[float]] = {}
        for item, score in self.scores.items():
            found.setdefault(self.keys[item], []).append(score)
        return {key: sum(scores) / len(scores) for key, scores in found.items()}


def paired(first: Side, second: Side) -> Paired:
    """Two runs by the items that both were given: the same question, under whichever id, and not the same id alone.

    Where it is not kept of both what was given, as of runs from before it was, items go by their ids.
    """
    known = first.keys and second.keys
    one, two = (side.by_key() if known else side.scores for side in (first, second))
    items = [item for item in one if item in two]
    alone = len(one) - len(items), len(two) - len(items)
    return Paired(np.array([one[item] for item in items]), np.array([two[item] for item in items]), alone)


def side_of(kept: payload.Kept, name: str, task: str) -> Side:
    """A run of a task by its payload, under a score."""
    return Side(item_scores(kept, name), _keys(kept, task))


def _keys(kept: payload.Kept, task: str) -> Mapping[str, str]:
    """By the id of each item what tells it from others; of a run from before that was kept nothing does."""
    return indicators.item_keys(kept.samples, task) if kept.version > indicators.FIRST_ATTEMPTS else {}


def keys(reader: Reader, run: str) -> Mapping[str, str]:
    """By the id of each item of a run what tells it from others; empty where that is not kept."""
    row = reader.get(LOG, run)
    found: Mapping[str, str] = row["keys"] if row else {}
    return found


def of_log(reader: Reader, log_sha256: str) -> list[Row]:
    """The runs on record of a log, by the digest of its file."""
    return reader.select(LOG, {"log": log_sha256}, only=("run", "samples"))


def alike(reader: Reader, run: str) -> list[str]:
    """Other runs on record with the very samples of this one, or that its tool names as it names this one."""
    row = reader.get(LOG, run)
    if row is None:
        return []
    same = [{name: row[name]} for name in ("samples", "named") if row[name]]
    found = {one["run"] for where in same for one in reader.select(LOG, where, only=("run",))}
    return sorted(found - {run})


def other_weights(reader: Reader, run: str) -> list[str]:
    """Other runs of the same registered model that ran on other weights, as the conditions of each say."""
    newest = conditions_entry(reader, run)
    told = reader.get(TOLD, run, newest) if newest is not None else None
    if told is None or not told["model"] or not told["weights"]:
        return []
    rows = reader.select(TOLD, {"model": told["model"], "annulled": 0})
    newest_of = {row["run"]: row for row in sorted(rows, key=lambda row: int(row["entry"]))}
    return sorted(one for one, row in newest_of.items() if row["weights"] not in ("", told["weights"]))


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
