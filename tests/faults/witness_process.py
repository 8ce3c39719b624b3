"""A witness that answers forked and honest requests until it is killed, at a step that is named by its number.

`python witness_process.py FOLDER KILLS` kills it before its first write to disk, before its second, and so on (as in
`kill_steps.py`), and then KILLS/4 times between keeping a size and answering. After each kill it is opened anew:
it stands at no less than it answered, and refuses less, and the fork.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from kill_steps import Steps, acknowledged, in_a_child
from power_loss import watch

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
STEPS, STRIDE = 60, 7  # a step of SQLite's at which to end, spread over all of them: 60 and 7 have no factor in common


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


def answering(folder: Path, seed: int, trees: list[Tree], said: Callable[[int, bool, int], None]) -> None:
    """Take the honest log on from wherever the file stands, one request at a time, a fork among them now and then."""
    dice, witness = random.Random(seed), open_witness(folder)
    while True:
        seen = witness.seen().get(LOG.name)
        old = seen.size if seen else 0
        forked = dice.random() < 0.3 and old > 3
        new = min(LEAVES, old + dice.randint(0, 3) + (4 if old == 0 else 0))
        said(witness.add_checkpoint(trees[forked].request(old, new), 17).status, forked, new)


def size_of(folder: Path, trees: list[Tree]) -> int:
    """The size a witness opened anew stands at, after checking that it refuses less and refuses the fork."""
    witness, (honest, forked) = open_witness(folder), trees
    try:
        seen = witness.seen().get(LOG.name)
        if seen is None:
            return 0
        assert seen.root == honest.root(seen.size)
        assert witness.add_checkpoint(honest.request(0, seen.size), 17).status == 409
        for old in range(max(0, seen.size - 3), seen.size):
            assert witness.add_checkpoint(honest.request(old, seen.size), 17).status == 409
        assert witness.add_checkpoint(forked.request(seen.size, seen.size), 17).status == 422
        return seen.size
    finally:
        witness.close()


def check(folder: Path, trees: list[Tree]) -> None:
    """No answer was other than it should be, and what stands is no less than was answered."""
    said = acknowledged(folder)
    assert all(status == (422 if forked else 200) for status, forked, _ in said), said[-3:]
    assert size_of(folder, trees) >= max((size for _, forked, size in said if not forked), default=0)


def killed(folder: Path, kill: int, steps: Steps, trees: list[Tree], unsaid: bool) -> None:
    """Kill it at a step, or (`unsaid`) once it kept what it is about to answer; then look at it anew."""

    def said(status: int, forked: bool, size: int) -> None:
        if unsaid and status == 200:
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(answers, json.dumps([status, forked, size]).encode() + b"\n")

    def work() -> None:
        steps.left = 0 if unsaid else 1 + kill * STRIDE % STEPS
        answering(folder, kill, trees, said)

    answers = os.open(folder / "answers", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ended = in_a_child(work)
    os.close(answers)
    assert ended == -signal.SIGKILL, f"kill {kill}: the witness ended with {ended}"
    assert in_a_child(lambda: check(folder, trees)) == 0, f"kill {kill}: see {folder}"


def main(folder: str, count: str) -> None:
    place, kills, steps, trees = Path(folder), int(count), Steps(), [Tree(False), Tree(True)]
    kept = watch(steps)
    for kill in range(kills + kills // 4):
        killed(place, kill, steps, trees, unsaid=kill >= kills)
    del kept
    print(f"{kills} kills at a step, {kills // 4} with an answer that never came, {len(acknowledged(place))} answers")


if __name__ == "__main__":
    main(*sys.argv[1:])
