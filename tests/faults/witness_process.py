"""A witness that answers forked and honest requests until it is killed: `witness_process.py FOLDER SEED [die]`.

It takes the honest log on from wherever its file stands, one request at a time. Before each it prints what it asks
for, after each the answer. With `die` it kills itself after the commit and before the answer is out.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from commonweal.engines.sqlite import SqliteWitness
from commonweal.kernel.record import (
    Checkpoint,
    Cosigner,
    LogState,
    NoteSigner,
    TileHashes,
    consistency_proof,
    grow,
)
from commonweal.kernel.record.merkle import root_at
from commonweal.kernel.record.witness import AddCheckpoint, by_origin

LOG = NoteSigner("log.example", bytes(range(32)))
COSIGNER = Cosigner("witness.example", bytes(range(1, 33)))
LEAVES = 5_000


class Tree:
    """One of two logs under the same key: they part at leaf 3."""

    def __init__(self, forked: bool) -> None:
        leaves = [b"other" if forked and number == 3 else b"%d" % number for number in range(LEAVES)]
        tiles = {(tile.level, tile.n): tile.data for tile in grow(LogState(), leaves, LOG).tiles}
        self._read = TileHashes(lambda level, n, width: tiles[level, n][: width * 32], LEAVES).read

    def root(self, size: int) -> bytes:
        return root_at(size, self._read)

    def request(self, old: int, new: int) -> bytes:
        note = Checkpoint(LOG.name, new, self.root(new)).signed(LOG)
        return AddCheckpoint(old, tuple(consistency_proof(old, new, self._read)), note).dumps()


def open_witness(folder: Path) -> SqliteWitness:
    return SqliteWitness(folder / "witness.sqlite", by_origin([LOG.verifier]), [COSIGNER])


def main(folder: str, seed: str, die: str = "") -> None:
    dice, trees = random.Random(int(seed)), [Tree(False), Tree(True)]
    witness = open_witness(Path(folder))
    while True:
        seen = witness.seen().get(LOG.name)
        old = seen.size if seen else 0
        forked = dice.random() < 0.3 and old > 3
        new = min(LEAVES, old + dice.randint(0, 3) + (4 if old == 0 else 0))
        answer = witness.add_checkpoint(trees[forked].request(old, new), 17)
        if die and answer.status == 200:
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(1, f"{answer.status} {int(forked)} {new}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
