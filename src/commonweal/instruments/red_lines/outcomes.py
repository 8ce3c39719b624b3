"""What came of an arm, as text: typed by whoever looks, or read out of a run of an evaluation on record.

A cluster (the samples of one item, or of the items that lie together by what the arm registered) is a word. Of solved
and failed it is a row of marks (`1`, `0`, `x` missing); of grades the shares from 0 to 1 with commas between. A run is
read as its samples are committed to, under the score that was registered and in the order of its log, so that who looks
chooses nothing; once it was read for a test it brings nothing new to that test. An item is known by what the model was
given, and where its log does not say that by its id and the task: under two ids it is one cluster, and in another run
of the same arm it is left out, since it was told of before; so are items of a cluster that was. What is left out so is
kept as a number: below waits for somebody independent to say why it may be. What was invalidated,
and a score that says nothing known, is missing. What is typed beside a run that can be read says what the run says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel import indicators
from commonweal.kernel.instrument import Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput

from .kinds import ANY_SCORE, OUTCOMES_MAX
from .lines import Proxy

RUN = "evaluations.run"
SCORES_MAX, TRAITS_MAX, ITEMS_MAX, VALUES_MAX, NAMED_MAX = 20, 20, OUTCOMES_MAX, 500_000, 1000
"""How many scores and traits of a run are laid out, of how many items, and values of all together; a score that an arm
registered is whatever its place. Of scores that are not, so many are named."""
RUNS = Table(
    "red_lines_run",
    columns={
        "run": "text", "score": "text", "entry": "integer", "items": "json", "keys": "json", "unfailed": "json",
        "beyond": "integer",
    },
    key=("run", "score"),
)  # fmt: skip
"""Of each run on record and score, what came of each item: of each attempt the score, null where it has none. An item
without attempts is of another test in the same log.

`keys` tell the items from those of other runs; of a run from before that was kept there are none. `unfailed` are the
items without what came of attempts that ended in an error; none where there are no such. `beyond`: it is laid out since
an arm registered it, and looks from before that was asked have nothing of it."""
REGISTERED = Table("red_lines_score", columns={"score": "text", "entry": "integer"}, key=("score",))
"""The scores that arms registered, by which entry first."""
UNREAD = Table(
    "red_lines_unread",
    columns={"run": "text", "entry": "integer", "scores": "json", "any": "integer"},
    key=("run",),
)
"""Of a run the scores of which nothing is laid out: they have no number, or there are too many. `any`: these are not
all, it has no score at all, too many items, or it cannot be read."""
TRAITS = Table(
    "red_lines_trait",
    columns={"run": "text", "trait": "text", "entry": "integer", "values": "json"},
    key=("run", "trait"),
)
"""By what the samples of a run say of their items: of each item, in the order of `RUNS`, empty where not all its
attempts say the same."""
TABLES = (RUNS, TRAITS, REGISTERED, UNREAD)


def registered(entry: Entry, tables: Tables) -> None:
    """Keep which scores the arms of a test registered."""
    for arm in entry.body["arms"]:
        if tables.get(REGISTERED, arm["score"]) is None:
            tables.put(REGISTERED, {"score": arm["score"], "entry": entry.index})


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what came of each item of a run, by score."""
    run = {"run": str(entry.subject), "entry": entry.index}
    try:
        read = indicators.read_attempts(entry.blob(indicators.ATTEMPTS))
    except BadInput:
        tables.put(UNREAD, {**run, "scores": [], "any": 1})
        return  # nothing can be read out of it, and a look that names it is told so
    task = str(entry.body["task"])
    if len({one.item for one in read.attempts}) > ITEMS_MAX:
        tables.put(UNREAD, {**run, "scores": [], "any": 1})
        return
    failed = any(one.failed for one in read.attempts)
    many = min(SCORES_MAX, max(1, VALUES_MAX // max(1, len(read.attempts))))
    named = list(dict.fromkeys(name for one in read.attempts for name in one.scores))
    laid_out = {name: int(place >= many) for place, name in enumerate(named)
                if place < many or tables.get(REGISTERED, name)}  # fmt: skip
    said = dict.fromkeys((*named, *(name for one in read.attempts for name in one.said)))
    rest = [name for name in said if name not in laid_out]
    if rest or (read.attempts and not said):
        tables.put(UNREAD, {**run, "scores": rest[:NAMED_MAX], "any": int(not said or len(rest) > NAMED_MAX)})
    for score, beyond in laid_out.items():
        items = indicators.by_item(read.attempts, score, task, apart=read.apart)
        row = {**run, "score": score, "items": list(items.values()), "beyond": beyond}
        whole = indicators.by_item(read.attempts, score, task, apart=read.apart, without_failed=True) if failed else {}
        keys = list(items) if read.version > indicators.FIRST_ATTEMPTS else []
        tables.put(RUNS, {**row, "keys": keys, "unfailed": list(whole.values())})
    for trait in list(dict.fromkeys(name for one in read.attempts for name in one.traits))[:TRAITS_MAX]:
        values = list(indicators.trait_by_item(read.attempts, trait, task).values())
        tables.put(TRAITS, {"run": str(entry.subject), "trait": trait, "entry": entry.index, "values": values})


def scores(reader: Reader, run: str, *, before: bool = False) -> list[str]:
    """Under which scores something can be read out of a run; `before`: for looks from before those that arms registered
    were laid out whatever their place."""
    rows = reader.select(RUNS, {"run": run, **({"beyond": 0} if before else {})}, only=("run", "score"))
    return [row["score"] for row in rows]


def is_unread(reader: Reader, run: str, score: str) -> bool:
    """Whether a run has, or may have, a score out of which nothing can be read; of any score, whether it has none."""
    row = reader.get(UNREAD, run)
    known = scores(reader, run)
    if row is None or score in known or (score == ANY_SCORE and known):
        return False
    return score in row["scores"] or bool(row["any"]) or score == ANY_SCORE


def fewest_attempts(reader: Reader, run: str) -> int:
    """How many attempts that item had which had the fewest; none where nothing can be read out of the run."""
    rows = reader.select(RUNS, {"run": run}, limit=1)
    return min((len(item) for row in rows for item in row["items"] if item), default=0)


def clusters(reader: Reader, run: str, trait: str) -> list[str]:
    """In which cluster each item of a run lies by what its samples say of it; none where one does not say it."""
    row = reader.get(TRAITS, run, trait)
    return list(row["values"]) if row is not None and all(row["values"]) else []


def of_run(
    reader: Reader, run: str, score: str | None, proxy: Proxy, before: Iterable[str] = (), *, trait: str | None = None,
    whole: bool = False,
) -> str:  # fmt: skip
    """What came of a run as this proxy counts it; without a score, of the only one. Empty where there is none such, or
    where its items lie in clusters by a trait that it does not say.

    Items of runs that were read `before` for the same arm are left out, and with them all of their clusters: asked
    again they are no new evidence, and beside what came before no independent one (`told_before` counts them). What
    came of an attempt that ended in an error is missing, unless it is danger, or it is taken as a `whole`.
    """
    row = _row(reader, run, score)
    if row is None:
        return ""
    keys = _keys(reader, row, trait)
    told = {key for one in before for key in _told_of(reader, one, row["score"], trait)}
    words: dict[Any, list[float | None]] = {}
    items = row["items"] if whole or not row["unfailed"] else _without_failed(row["items"], row["unfailed"], proxy)
    for place, (key, item) in enumerate(zip(keys, items, strict=bool(keys))):
        if item and key not in told:
            words.setdefault(place if key is None else key, []).extend(item)
    return " ".join(_word(one, proxy) for one in words.values())


def told_before(reader: Reader, run: str, score: str, before: Iterable[str], *, trait: str | None = None) -> int:
    """How many items of a run `of_run` leaves out, since they, or others of their clusters, were told before."""
    row = _row(reader, run, score)
    if row is None:
        return 0
    told = {key for one in before for key in _told_of(reader, one, row["score"], trait)}
    return sum(bool(item) and key in told for key, item in zip(_keys(reader, row, trait), row["items"], strict=False))


def danger(reader: Reader, run: str, score: str, proxy: Proxy) -> float | None:
    """The share of the items of a run that are dangerous as this proxy counts them, of those that have a score; None
    where none has."""
    words = of_run(reader, run, score, proxy).split()
    each = [[one for one in proxy.dangerous(values(word)) if not math.isnan(one)] for word in words]
    rates = [math.fsum(one) / len(one) for one in each if one]
    return math.fsum(rates) / len(rates) if rates else None


def _row(reader: Reader, run: str, score: str | None) -> Row | None:
    """What came of a run under a score; without one, under the only one that it has."""
    named = [score] if score else scores(reader, run, before=True)
    return reader.get(RUNS, run, named[0]) if len(named) == 1 else None


def _keys(reader: Reader, row: Row, trait: str | None) -> list[Any]:
    """What tells each item of a run, or its cluster by a trait, from others; null where that was not kept."""
    return clusters(reader, row["run"], trait) if trait else row["keys"] or [None] * len(row["items"])


def items(reader: Reader, run: str, score: str) -> Iterator[str]:
    """What tells the items of a run from others: of those with attempts under a score, or of any, where it has none."""
    return _told_of(reader, run, score, None)


def _without_failed(items: Sequence[Any], unfailed: Sequence[Any], proxy: Proxy) -> list[list[float | None]]:
    """What came of each item, of attempts that ended in an error as far as it is as dangerous as can be."""

    def worst(score: float | None) -> bool:
        mark = _word([score], proxy)
        return mark != "x" and proxy.dangerous(values(mark)) == [1.0]

    return [
        [one if one == other or worst(one) else None for one, other in zip(item, kept, strict=True)]
        for item, kept in zip(items, unfailed, strict=True)
    ]


def _told_of(reader: Reader, run: str, score: str, trait: str | None) -> Iterator[str]:
    """What tells the items of a run that was read before, or their clusters, from others: of those with attempts under
    a score; of any, where it has none."""
    if trait:
        yield from clusters(reader, run, trait)
        return
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
