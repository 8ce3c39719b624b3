"""Proofs in a fresh process: how many a second while the cache of tiles fills, and with it emptied before each.

The operating system may hold the file's pages; what is cold is everything of ours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.bench_engine import prove, random_leaves
from benchmarks.figures import seconds
from commonweal.engines.sqlite import SqliteRecord
from commonweal.kernel.record import TileHashes

EMPTIED = 10  # so many times fewer, as each is so much slower


def main(folder: str, proofs: str) -> None:
    number, record = int(proofs), SqliteRecord(Path(folder))
    size, note = record.size(), record.checkpoint()
    leaves = random_leaves(size, number)
    few = leaves[: max(1, number // EMPTIED)]
    cold = seconds(lambda: prove(TileHashes(record.tile, size), note, leaves))
    uncached = seconds(lambda: [prove(TileHashes(record.tile, size), note, [leaf]) for leaf in few])
    print(json.dumps({"cold": number / cold, "uncached": len(few) / uncached}))


if __name__ == "__main__":
    main(*sys.argv[1:])
