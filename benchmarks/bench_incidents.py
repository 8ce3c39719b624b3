"""incidents.link_…: is what others wrote of an incident found among all that are known, and is a new one told apart?

On a snapshot of the AI Incident Database (see `paraphrases`), beside FTS5, TF-IDF and both fused by rank, which are
given the same words and names. Each query is answered with weights and chances fitted on the incidents of the other
four fifths, but for the two figures that say `in-sample`: those use the shipped five numbers, which were fitted on all
of these queries. It is asked twice: with its incident among the known, and with that taken out, when every suggestion
is false.
`link_at_5pct_false` is the share of true links shown among five when so much is held back that one new report in
twenty is shown any. `p50_ms_100k` is asked among 100,000, of which all but the snapshot are made up.
"""

from __future__ import annotations

import csv
import io
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.figures import Figure, quantile, seconds
from benchmarks.linking_peers import ByRank, Found, Fts5, TfIdf
from benchmarks.paraphrases import FOLDS, SNAPSHOT, Query, forms, incidents, made_up, queries
from commonweal.authority import Authority
from commonweal.instruments.incident_reports.importing import aiid
from commonweal.kernel.values import Text
from commonweal.methods.linking import HOLDS_FROM, Chances, Index, Report, Weights, brier, calibration_error, signs
from commonweal.settings import Settings

DOCUMENTS, FALSE, BEST, OTHERS, DEPTH, SLOW, RESAMPLED = 100_000, 0.05, 5, 10, 30, 20, 1000
WHOLE, NO_DAYS, ALONE = 0, 1, 3
SHORT_WORDS, BY_ONE_WORD = 20, 0.9
FUSED = ".fused"
NAMED = {"": "SQLite FTS5 (bm25, porter)", ".tfidf": "TF-IDF as in scikit-learn", FUSED: "both fused by rank"}


class Peer(Protocol):
    """What ranks reports by a score."""

    def best(self, report: Report, without: frozenset[str]) -> Found: ...


@dataclass(frozen=True)
class Asked:
    """At which place the true one stood (from 0), how surely it was known when it was and when it was not."""

    place: int
    known: float
    new: float
    incident: str


@dataclass(frozen=True)
class Seen:
    """Agreements of the best candidates, (n, 3): what a chance is fitted on, whatever the weights."""

    agreements: np.ndarray
    report: Report
    known: bool

    def signs(self, weights: Weights) -> np.ndarray:
        scores = np.sort(self.agreements @ np.array([weights.words, weights.names, weights.days]))[::-1]
        return signs(scores, bool(self.report.names), self.report.days is not None)


def measure() -> list[Figure]:
    if not SNAPSHOT.is_dir():
        print("  skipped: no snapshot of the AI Incident Database is at hand", file=sys.stderr, flush=True)
        return []
    known = incidents()
    asked = queries(known)
    desk = Index()
    for key, report in known.items():
        desk.add(key, report)
    _say(f"{len(asked)} queries about {len(known)} incidents")
    ours = _cross_fitted(desk, known, asked)
    peers = _peers(known)
    theirs = {name: [_looked_up(peer, query) for query in asked] for name, peer in peers.items()}
    figures = [
        *_found("incidents.link_r5", ours[WHOLE], theirs, 5),
        *_found("incidents.link_r1", ours[WHOLE], theirs, 1),
        *_told_apart("incidents.link_at_5pct_false", ours[WHOLE], theirs),
        *_found("incidents.link_r5.without_days", ours[NO_DAYS], theirs, 5),
        *_told_apart("incidents.link_at_5pct_false.without_days", ours[NO_DAYS], theirs),
    ]
    bare = [replace(query, report=forms(query.report)[ALONE]) for query in asked]
    theirs = {name: [_looked_up(peer, query) for query in bare] for name, peer in peers.items()}
    figures += _found("incidents.link_r5.text_alone", ours[ALONE], theirs, 5)
    figures += _told_apart("incidents.link_at_5pct_false.text_alone", ours[ALONE], theirs)
    figures += [_calibrated(ours), _among_few(known, asked), _by_one_word(desk, known, asked)]
    return [*figures, *_at_100k(desk, known, asked), *_imported()]


def _peers(known: dict[str, Report]) -> dict[str, Peer]:
    fts = Fts5()
    fts.add(known.items())
    tfidf = TfIdf(known.items())
    return {"": fts, ".tfidf": tfidf, FUSED: ByRank(fts, tfidf)}


# ── fitted on the others ────────────────────────────────────────────────────────────────────────────────────────────


def _cross_fitted(desk: Index, known: dict[str, Report], asked: list[Query]) -> list[list[Asked]]:
    """For each of the four forms the answers to the queries, in the order of the folds."""
    pairs = [_pairs(desk, known, query) for query in asked]
    seen = [list(_seen(desk, known, query)) for query in asked]
    folds = np.array([query.fold for query in asked])
    ours: list[list[Asked]] = [[] for _ in forms(asked[0].report)]
    for fold in range(FOLDS):
        desk.weights, desk.chances = _fitted(pairs, seen, np.flatnonzero(folds != fold))
        for place in np.flatnonzero(folds == fold):
            for answers, report in zip(ours, forms(asked[place].report), strict=True):
                answers.append(_answered(desk, known, asked[place], report))
    shipped = Index()
    desk.weights, desk.chances = shipped.weights, shipped.chances
    _say(f"fitted on all: {_fitted(pairs, seen, np.arange(len(asked)))}")
    _say(f"shipped:       {(shipped.weights, shipped.chances)}")
    return ours


def _pairs(desk: Index, known: dict[str, Report], query: Query) -> np.ndarray:
    """Agreements with the true one and with the ten best others, (11, 3), the true one first."""
    with _without(desk, known, query.withheld):
        found = [each.key for each in desk.suggest(query.report, best=OTHERS + len(query.same)).suggestions]
        others = [key for key in found if key not in query.same][:OTHERS]
        return desk.agreements(query.report, [min(query.same), *others])


def _seen(desk: Index, known: dict[str, Report], query: Query) -> Iterator[Seen]:
    for out in (query.withheld, query.withheld | query.same):
        with _without(desk, known, out):
            for report in forms(query.report):
                keys = [each.key for each in desk.suggest(report, best=DEPTH).suggestions]
                yield Seen(desk.agreements(report, keys), report, out == query.withheld)


def _fitted(pairs: list[np.ndarray], seen: list[list[Seen]], places: np.ndarray) -> tuple[Weights, Chances]:
    linked = np.concatenate([np.eye(1, len(pairs[place]))[0] for place in places])
    weights = Weights.fitted(np.concatenate([pairs[place] for place in places]), linked, 1 + 2 * linked)
    rows = [each for place in places for each in seen[place]]
    given = np.array([each.signs(weights) for each in rows])
    return weights, Chances.fitted(given, np.array([float(each.known) for each in rows]))


def _answered(desk: Index, known: dict[str, Report], query: Query, report: Report) -> Asked:
    with _without(desk, known, query.withheld):
        there = desk.suggest(report)
    with _without(desk, known, query.withheld | query.same):
        gone = desk.suggest(report)
    keys = [each.key for each in there.suggestions]
    return Asked(_place(keys, query), 1 - there.chance_new, 1 - gone.chance_new, query.incident)


def _looked_up(peer: Peer, query: Query) -> Asked:
    found = peer.best(query.report, query.withheld)
    others = peer.best(query.report, query.withheld | query.same)
    return Asked(_place([key for key, _ in found], query), found[0][1], others[0][1], query.incident)


def _place(keys: list[str], query: Query) -> int:
    return next((place for place, key in enumerate(keys) if key in query.same), len(keys) + 1000)


@contextmanager
def _without(desk: Index, known: dict[str, Report], keys: frozenset[str]) -> Iterator[None]:
    for key in keys:
        desk.remove(key)
    yield
    for key in keys:
        desk.add(key, known[key])


# ── figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _found(figure: str, ours: list[Asked], theirs: dict[str, list[Asked]], within: int) -> list[Figure]:
    def share(answers: list[Asked]) -> float:
        return sum(each.place < within for each in answers) / len(answers)

    return _beside(figure, ours, theirs, share)


def _told_apart(figure: str, ours: list[Asked], theirs: dict[str, list[Asked]]) -> list[Figure]:
    """Not beside ranks, which are as good for the best of what is unlike as for the best of what is alike."""

    def share(answers: list[Asked]) -> float:
        line = quantile([each.new for each in answers], 1 - FALSE)
        return sum(each.place < BEST and each.known > line for each in answers) / len(answers)

    return _beside(figure, ours, {name: each for name, each in theirs.items() if name != FUSED}, share)


def _beside(
    figure: str, ours: list[Asked], theirs: dict[str, list[Asked]], share: Callable[[list[Asked]], float]
) -> list[Figure]:
    again = [share(answers) for answers in _drawn_anew(ours)]
    low, high = quantile(again, 0.025), quantile(again, 0.975)
    spread = f"{len(ours)} queries; incidents drawn anew: 95 % from {low:.3f} to {high:.3f}"
    return [
        Figure(figure + name, share(ours), "share", NAMED[name], share(answers), "" if name else spread)
        for name, answers in theirs.items()
    ]


def _drawn_anew(answers: list[Asked]) -> Iterator[list[Asked]]:
    """The bootstrap by incident: all queries about one are drawn together."""
    dice = random.Random(len(answers))
    groups: dict[str, list[Asked]] = {}
    for each in answers:
        groups.setdefault(each.incident, []).append(each)
    for _ in range(RESAMPLED):
        yield [each for group in dice.choices(list(groups.values()), k=len(groups)) for each in group]


def _calibrated(ours: list[list[Asked]]) -> Figure:
    (score, error), (alone, alone_error) = _scored(ours[WHOLE]), _scored(ours[ALONE])
    said = f"calibration error {error:.3f}; on the text alone {alone:.3f} and {alone_error:.3f}"
    return Figure("incidents.link_brier", score, "mean square", "always saying one half", 0.25, said)


def _among_few(known: dict[str, Report], asked: list[Query]) -> Figure:
    """How far off the chance is from as many incidents on as it is stated, beside what it is in a young office."""
    few, enough = (_error_among(many, known, asked) for many in (HOLDS_FROM // 5, HOLDS_FROM))
    against = f"among {HOLDS_FROM // 5}, where it is not stated; in-sample"
    return Figure(f"incidents.link_calibration.among_{HOLDS_FROM}", enough, "mean distance", against, few)


def _by_one_word(desk: Index, known: dict[str, Report], asked: list[Query]) -> Figure:
    """What the chance says of short texts of which one word carries nearly all agreement, beside how many are new."""
    said = []
    for query in asked:
        short = replace(forms(query.report)[ALONE], text=" ".join(query.report.text.split()[:SHORT_WORDS]))
        for out, new in ((query.withheld, False), (query.withheld | query.same, True)):
            with _without(desk, known, out):
                answer = desk.suggest(short)
            best = answer.suggestions[0] if answer.suggestions else None
            if best and max(part.weight for part in best.why) >= BY_ONE_WORD * best.score:
                said.append((answer.chance_new, float(new)))
    chance, share = np.mean(said, axis=0)
    against = f"share of these {len(said)} that are new, where half of all are; in-sample"
    return Figure("incidents.link_calibration.one_word", float(chance), "mean chance", against, float(share))


def _error_among(many: int, known: dict[str, Report], asked: list[Query]) -> float:
    """The calibration error of the shipped chance, each query asked among so many others drawn for it."""
    dice, chances = random.Random(many), []
    for query in asked:
        free = [key for key in known if key not in query.withheld | query.same]
        drawn, desk = dice.sample(free, many - 1), Index()
        for key in [*drawn, min(query.same)]:
            desk.add(key, known[key])
        there = desk.suggest(query.report).chance_new
        desk.remove(min(query.same))
        chances.append((there, desk.suggest(query.report).chance_new))
    return calibration_error(np.array(chances).ravel(), np.tile([0.0, 1.0], len(chances)))


def _scored(answers: list[Asked]) -> tuple[float, float]:
    chances = np.array([1 - each.known for each in answers] + [1 - each.new for each in answers])
    new = np.repeat([0.0, 1.0], len(answers))
    return brier(chances, new), calibration_error(chances, new)


def _at_100k(desk: Index, known: dict[str, Report], asked: list[Query]) -> list[Figure]:
    more = list(made_up(known, DOCUMENTS - len(known)))
    _say(f"adding {len(more)} made-up reports")
    adding = seconds(lambda: [desk.add(key, report) for key, report in more])
    everything = [*known.items(), *more]
    fts = Fts5()
    inserting = seconds(lambda: fts.add(everything)) * len(more) / len(everything)
    tfidf = TfIdf(everything)
    desk.suggest(asked[0].report)
    ours = [_timed(lambda each=query: desk.suggest(each.report)) for query in asked]
    used = [_used(lambda each=query: desk.suggest(each.report)) for query in asked]
    few = asked[:: max(1, len(asked) // SLOW)]
    slow = [_timed(lambda each=query: fts.best(each.report, depth=5)) for query in few]
    quick = [_timed(lambda each=query: tfidf.best(each.report, depth=5)) for query in asked]
    right = [{each.key for each in desk.suggest(query.report).suggestions} & query.same for query in asked]
    there = [{key for key, _ in tfidf.best(query.report, depth=5)} & query.same for query in asked]
    slowest = f"processor time {quantile(used, 0.5):.1f} ms; 95 in 100 within {quantile(ours, 0.95):.1f} ms"
    name = "incidents.link_p50_ms_100k"
    return [
        Figure(name, quantile(ours, 0.5), "ms", NAMED[""] + f", {len(few)} queries", quantile(slow, 0.5), slowest),
        Figure(name + ".tfidf", quantile(ours, 0.5), "ms", NAMED[".tfidf"], quantile(quick, 0.5)),
        Figure("incidents.link_r5.among_100k", _share(right), "share", NAMED[".tfidf"], _share(there), "in-sample"),
        Figure("incidents.link_added_per_s", len(more) / adding, "per second", "FTS5 in one transaction, in memory",
               len(more) / inserting, "Python: normalising, and one list a term"),
    ]  # fmt: skip


# ── the snapshot filed ──────────────────────────────────────────────────────────────────────────────────────────────


def _imported() -> list[Figure]:
    """A snapshot's incidents from its file to entries that were followed, first in this process and again; beside the
    same table put into SQLite as durably, a row each, by the standard library alone."""
    data = (SNAPSHOT / "incidents.csv").read_bytes()
    with tempfile.TemporaryDirectory(prefix="weal-bench-") as folder:
        cold = _filed(data, Path(folder) / "cold")
        warm = _filed(data, Path(folder) / "warm")
        plain = _timed(lambda: _into_sqlite(data, Path(folder) / "plain.sqlite")) / 1000
    against = "csv and sqlite3 of the standard library, one transaction"
    return [
        Figure("incidents.import_s", warm, "s", against, plain, "commitments and sealing of each entry"),
        Figure("incidents.import_s.cold", cold, "s", against, plain, "and the first use of everything"),
    ]


def _filed(data: bytes, folder: Path) -> float:
    origin = f"benchmark.example/{folder.name}"
    settings = Settings(Text(en="Benchmark", zh="基准测试"), origin, datetime(2026, 2, 28, tzinfo=UTC))
    with Authority.create(folder, settings) as authority:

        def work() -> None:
            authority.place_all(aiid.read(data, "incidents.csv").acts)
            authority.follow()

        return _timed(work) / 1000


def _into_sqlite(data: bytes, path: Path) -> None:
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA synchronous=FULL")
        rows = list(csv.reader(io.StringIO(data.decode())))
        base.execute(f"CREATE TABLE incident ({', '.join(f'c{at} TEXT' for at in range(len(rows[0])))})")
        base.executemany(f"INSERT INTO incident VALUES ({', '.join('?' * len(rows[0]))})", rows[1:])
        base.commit()


def _share(found: Sequence[object]) -> float:
    return sum(map(bool, found)) / len(found)


def _timed(work: Callable[[], object]) -> float:
    return 1e3 * seconds(work)


def _used(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


def _say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)
