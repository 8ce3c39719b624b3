"""record.acts_per_s: the whole path of an act with twelve fields and all its cryptography, acknowledged on disk.

Checked, committed to field by field, sealed to its subject's key, sequenced, hashed into tiles under a signed
checkpoint. Every act registers a new model, so each also makes a key pair. Against SQLite's own ceiling: rows of the
same bytes in the same batches. Ours and the peer's rounds take turns; the figure is the median round.

`record.act_cpu_us` is the processor time one such act takes in this process, which other work on the machine changes
little; against that of its cryptography alone. `record.single_act_over_commit_ms` is what a single act, answered with
its receipt, takes more at the median than a one-row durable commit: a new version of a model that is registered.
`.new_subject` is the same of a model's first filing, whose key is on disk before anything is sealed to it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from benchmarks.figures import Figure, quantile, seconds
from benchmarks.filings import DEVELOPER, FIELDS, act, amended, founded
from benchmarks.peers import Row, entry_rows, insert, laid_out, rows_seconds
from commonweal.authority import Authority
from commonweal.kernel.instrument import Act

BATCH = 512
ROUND = 2048
ROUNDS = 3
THREADS = 4
SINGLES = 200
_ONE_WAIT = "Python: checks, sealing, receipt; one wait for the disk"
_TWO_WAITS = "the key's own wait for the disk, before the record's"


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with founded(folder / "authority") as authority:
            bench = _Bench(folder, authority)
            bench.place(BATCH)  # warm: caches, statements, the files' first pages
            return [
                bench.rate("record.acts_per_s", f"{FIELDS} fields, batches of {BATCH}", BATCH, bench.place),
                bench.rate("record.acts_per_s.threads", f"{THREADS} threads", BATCH // THREADS, bench.place_in_threads),
                bench.processor(),
                bench.single("record.single_act_over_commit_ms", lambda number: amended(0, number), _ONE_WAIT),
                bench.single("record.single_act_over_commit_ms.new_subject", act, _TWO_WAITS),
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
        limit = "one interpreter: see record.act_cpu_us"
        return Figure(figure, statistics.median(ours), "acts/s", against, statistics.median(theirs), limit)

    def processor(self) -> Figure:
        """Processor time of an act in this process, beside that of what its cryptography cannot do without."""
        suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        holder = X25519PrivateKey.generate().public_key()

        def bare() -> None:
            for _ in range(ROUND):
                X25519PrivateKey.generate()
                suite.encrypt(bytes(32), holder)

        ours, theirs = _processor_s(lambda: self.place(ROUND)), _processor_s(bare)
        against = "one X25519 key and one HPKE wrap"
        limit = "cryptography, checks in Python, sealing in Python: about a third each"
        return Figure("record.act_cpu_us", 1e6 * ours / ROUND, "µs", against, 1e6 * theirs / ROUND, limit)

    def single(self, figure: str, make: Callable[[int], Act], limit: str) -> Figure:
        """One act by itself and one row by itself, taking turns."""
        ours, theirs = [], []
        [row] = self._rows(self.authority.store.size() - 1)
        with closing(laid_out(self._file())) as rows:
            for number in range(SINGLES):
                one = make(next(self.numbers))
                ours.append(seconds(lambda one=one: self.authority.act(one, DEVELOPER)))  # type: ignore[misc]
                data = [(number, *row[1:5], f"key-{number}", *row[6:])]
                theirs.append(seconds(lambda data=data: insert(rows, data, 1)))  # type: ignore[misc]
        commit = 1e3 * quantile(theirs, 0.5)
        over = 1e3 * quantile(ours, 0.5) - commit
        return Figure(figure, over, "ms", "the one-row durable commit itself", commit, limit)

    def _rows(self, first: int) -> list[Row]:
        return entry_rows(self.authority.store.entries(first, self.authority.store.size()))

    def _file(self) -> Path:
        return self.folder / f"rows-{next(self.files)}.sqlite"


def _processor_s(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
