"""record.acts_per_s: the whole path of an act with twelve fields and all its cryptography, acknowledged on disk.

Checked, committed to field by field, sealed to its subject's key, sequenced, hashed into tiles under a signed
checkpoint. Every act registers a new model, so each also makes a key pair. Against SQLite's own ceiling: rows of the
same bytes in the same batches. Ours and the peer's rounds take turns; the figure is the median round.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.figures import Figure, quantile, seconds
from benchmarks.filings import DEVELOPER, FIELDS, act, founded
from benchmarks.peers import Row, entry_rows, rows_seconds
from commonweal.authority import Authority

BATCH = 512
ROUND = 2048
ROUNDS = 3
THREADS = 4
SINGLES = 200


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with founded(folder / "authority") as authority:
            bench = _Bench(folder, authority)
            bench.place(BATCH)  # warm: caches, statements, the files' first pages
            return [
                bench.rate("record.acts_per_s", f"{FIELDS} fields, batches of {BATCH}", BATCH, bench.place),
                bench.rate("record.acts_per_s.threads", f"{THREADS} threads", BATCH // THREADS, bench.place_in_threads),
                bench.single(),
            ]


class _Bench:
    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder, self.authority = folder, authority
        self.numbers = count()
        self.files = count()

    def place(self, acts: int, batch: int = 0) -> None:
        batch = batch or BATCH
        for _ in range(0, acts, batch):
            self.authority.place_all([act(next(self.numbers)) for _ in range(batch)], DEVELOPER)

    def place_in_threads(self, acts: int) -> None:
        threads = [
            threading.Thread(target=self.place, args=(acts // THREADS, BATCH // THREADS)) for _ in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def rate(self, figure: str, note: str, batch: int, place: Callable[[int], None]) -> Figure:
        """Acts a second and the same rows a second, taking turns."""
        ours, theirs = [], []
        for number in range(ROUNDS):
            print(f"  {figure}: round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            first = self.authority.store.size()
            ours.append(ROUND / seconds(lambda: place(ROUND)))
            theirs.append(ROUND / rows_seconds(self._file(), self._rows(first), batch))
        against = f"SQLite rows of the same bytes, {batch} to a durable commit ({note})"
        return Figure(figure, statistics.median(ours), "acts/s", against, statistics.median(theirs))

    def single(self) -> Figure:
        """One act by itself, acknowledged with its receipt, beside one row by itself."""
        first = self.authority.store.size()
        ours = [seconds(lambda: self.authority.act(act(next(self.numbers)), DEVELOPER)) for _ in range(SINGLES)]
        theirs = rows_seconds(self._file(), self._rows(first), batch=1) / SINGLES
        return Figure("record.act_ms", 1e3 * quantile(ours, 0.5), "ms", "one row, one durable commit", 1e3 * theirs)

    def _rows(self, first: int) -> list[Row]:
        return entry_rows(self.authority.store.entries(first, self.authority.store.size()))

    def _file(self) -> Path:
        return self.folder / f"rows-{next(self.files)}.sqlite"
