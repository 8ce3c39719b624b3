"""What came of an arm, as text: typed by whoever looks, or read out of a run of an evaluation on record.

A cluster (the samples of one item) is a word. Of solved and failed it is a row of marks (`1`, `0`, `x` missing); of
grades the shares from 0 to 1 with commas between. A run is read as its samples are committed to, in the order of its
log, so that who looks chooses nothing; once it was read for a test it brings nothing new to that test. What is typed
beside a run that can be read says what the run says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from commonweal.kernel import indicators
from commonweal.kernel.instrument import Entry, Reader, Table, Tables
from commonweal.kernel.values import BadInput

from .lines import Proxy

RUN = "evaluations.run"
SCORES_MAX = 20
RUNS = Table(
    "red_lines_run",
    columns={"run": "text", "score": "text", "entry": "integer", "keys": "json", "items": "json"},
    key=("run", "score"),
)
"""Of each run on record and score, what came of each item: of each attempt the score, null where it has none. `keys`
tell its items from others, also from those of other runs."""


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what came of each item of a run, by score."""
    try:
        _, attempts = indicators.read_attempts(entry.blob(indicators.ATTEMPTS))
    except BadInput:
        return  # nothing can be read out of it, and a look that names it is told so
    keys = [f"{entry.body['task']} {item}" for item in dict.fromkeys(one.item for one in attempts)]
    for score in list(dict.fromkeys(name for one in attempts for name in one.scores))[:SCORES_MAX]:
        items = indicators.by_item(attempts, score)
        row = {"run": str(entry.subject), "score": score, "entry": entry.index, "keys": keys, "items": items}
        tables.put(RUNS, row)


def scores(reader: Reader, run: str) -> list[str]:
    """Under which scores something can be read out of a run."""
    return [row["score"] for row in reader.select(RUNS, {"run": run}, only=("run", "score"))]


def items_of(reader: Reader, run: str) -> list[str]:
    """What tells the items of a run from others; none where nothing can be read out of it."""
    row = next(iter(reader.select(RUNS, {"run": run}, limit=1)), None)
    return list(row["keys"]) if row else []


def of_run(reader: Reader, run: str, score: str | None, proxy: Proxy) -> str:
    """What came of a run as this proxy counts it; without a score, of the only one. Empty where there is none such."""
    named = [score] if score else scores(reader, run)
    row = reader.get(RUNS, run, named[0]) if len(named) == 1 else None
    return " ".join(_word(item, proxy) for item in row["items"]) if row else ""


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
