"""What came of an arm, as text: typed by whoever looks, or read out of a run of an evaluation on record.

A cluster (the samples of one item) is a word. Of solved and failed it is a row of marks (`1`, `0`, `x` missing); of
grades the shares from 0 to 1 with commas between. A run is read as its samples are committed to, in the order of its
log, so that who looks chooses nothing; once it was read for a test it brings nothing new to that test. An item is known
by what the model was given: under two ids it is one cluster, and in another run of the same arm it is left out, since
it was told of before. What was invalidated, and a score that says nothing known, is missing. What is typed beside a run
that can be read says what the run says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel import indicators
from commonweal.kernel.instrument import Entry, Reader, Table, Tables
from commonweal.kernel.values import BadInput

from .lines import Proxy

RUN = "evaluations.run"
SCORES_MAX = 20
RUNS = Table(
    "red_lines_run",
    columns={"run": "text", "score": "text", "entry": "integer", "items": "json", "keys": "json"},
    key=("run", "score"),
)
"""Of each run on record and score, what came of each item: of each attempt the score, null where it has none. An item
without attempts is of another test in the same log.

`keys` tell the items from those of other runs; of a run from before that was kept there are none."""


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what came of each item of a run, by score."""
    try:
        read = indicators.read_attempts(entry.blob(indicators.ATTEMPTS))
    except BadInput:
        return  # nothing can be read out of it, and a look that names it is told so
    for score in list(dict.fromkeys(name for one in read.attempts for name in one.scores))[:SCORES_MAX]:
        items = indicators.by_item(read.attempts, score, apart=read.apart)
        row = {"run": str(entry.subject), "score": score, "entry": entry.index, "items": list(items.values())}
        tables.put(RUNS, {**row, "keys": list(items) if read.version > indicators.FIRST_ATTEMPTS else []})


def scores(reader: Reader, run: str) -> list[str]:
    """Under which scores something can be read out of a run."""
    return [row["score"] for row in reader.select(RUNS, {"run": run}, only=("run", "score"))]


def of_run(reader: Reader, run: str, score: str | None, proxy: Proxy, before: Iterable[str] = ()) -> str:
    """What came of a run as this proxy counts it; without a score, of the only one. Empty where there is none such.

    Items of runs that were read `before` for the same arm are left out: asked again they are no new evidence.
    """
    named = [score] if score else scores(reader, run)
    row = reader.get(RUNS, run, named[0]) if len(named) == 1 else None
    if row is None:
        return ""
    told = {key for one in before for key in _told_of(reader, one, row["score"])}
    keys = row["keys"] or [None] * len(row["items"])
    found = (item for key, item in zip(keys, row["items"], strict=True) if item and key not in told)
    return " ".join(_word(item, proxy) for item in found)


def _told_of(reader: Reader, run: str, score: str) -> Iterator[str]:
    """What tells the items of a run from others, of those with attempts under a score; of any, where it has none."""
    rows = reader.select(RUNS, {"run": run, "score": score}) or reader.select(RUNS, {"run": run}, limit=1)
    for row in rows:
        yield from (key for key, item in zip(row["keys"], row["items"], strict=False) if item)


def says_what_was_invalidated(run: Mapping[str, Any]) -> bool:
    """Whether it can be told which attempts of a run were invalidated: of early runs it is kept only how many were."""
    return int(run.get("commitment", 1)) > indicators.FIRST_ATTEMPTS or not run.get("invalidated")


def alike(told: str, read: str) -> bool:
    """Whether what was told says of as many items the same as what was read, in whichever order."""
    return sorted(map(values_of, told.split(" "))) == sorted(map(values_of, read.split(" ")))


def values_of(word: str) -> list[float]:
    """The samples of one cluster in rising order; -1 for what is missing."""
    return sorted(-1.0 if math.isnan(one) else one for one in values(word))


def _word(item: Sequence[float | None], proxy: Proxy) -> str:
    if proxy.graded:
        return ",".join(_grade(one) for one in item)
    return "".join("x" if one is None else "1" if one >= float(proxy.solved_from) else "0" for one in item)


def _grade(score: float | None) -> str:
    """A share as text, six digits of it; what lies outside 0 … 1 is no share, and missing."""
    if score is None or not 0 <= score <= 1:
        return "x"
    return f"{score:.6f}".rstrip("0").rstrip(".")


def values(word: str) -> list[float]:
    """The samples of one cluster as numbers; NaN for what is missing."""
    parts = word.split(",") if "," in word or "." in word else list(word)
    return [math.nan if part == "x" else float(part) for part in parts]


def counted(told: str) -> tuple[int, int, float, int]:
    """Of what was told: clusters, samples, their sum, and how many are missing."""
    found = list(_all(told))
    there = [one for one in found if not math.isnan(one)]
    return told.count(" ") + 1, len(found), math.fsum(there), len(found) - len(there)


def summed(told: str) -> str:
    """In short, what was told: `3/100`, and `3/100, x 2` where two are missing."""
    _, samples, solved, missing = counted(told)
    return f"{solved:g}/{samples}" + (f", x {missing}" if missing else "")


def _all(told: str) -> Iterator[float]:
    for word in told.split(" "):
        yield from values(word)


def is_graded(told: str) -> bool:
    """Whether what was told has shares in it, and not solved and failed alone."""
    return "." in told or "," in told
