"""What a witness promises, whatever it is asked: of one log it only ever cosigns trees that extend each other."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.sqlite import SqliteWitness
from commonweal.kernel.record import (
    Checkpoint,
    Cosigner,
    LogState,
    NoteSigner,
    TileHashes,
    consistency_proof,
    grow,
    leaf_hash,
    open_note,
    root_of,
)
from commonweal.kernel.record.witness import AddCheckpoint, Answer, by_origin

LOG = NoteSigner("log.example", bytes(range(32)))
COSIGNER = Cosigner("witness.example", bytes(range(1, 33)))


class Tree:
    """A log in memory that can prove growth between any two of its sizes."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        growth = grow(LogState(), leaves, LOG)
        tiles = {(tile.level, tile.n): tile.data for tile in growth.tiles}
        self._read = TileHashes(lambda level, n, width: tiles[level, n][: width * 32], len(leaves)).read

    def note(self, size: int) -> bytes:
        return Checkpoint(LOG.name, size, root_of(leaf_hash(leaf) for leaf in self.leaves[:size])).signed(LOG)

    def request(self, old: int, new: int) -> bytes:
        proof = consistency_proof(min(old, new), new, self._read)
        return AddCheckpoint(old, tuple(proof), self.note(new)).dumps()


def witness(folder: Path) -> SqliteWitness:
    return SqliteWitness(folder / "witness.sqlite", by_origin([LOG.verifier]), [COSIGNER])


def cosigned(note: bytes, answer: Answer) -> bool:
    return answer.status == 200 and COSIGNER.verifier in open_note(note + answer.body, [COSIGNER.verifier]).signed


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_any_honest_growth_is_cosigned(steps: list[int]) -> None:
    """Also growth by nothing, and from nothing."""
    tree = Tree([b"%d" % number for number in range(sum(steps) + 1)])
    with TemporaryDirectory() as folder:
        served, size = witness(Path(folder)), 0
        for step in steps:
            assert cosigned(tree.note(size + step), served.add_checkpoint(tree.request(size, size + step), 17))
            size += step
        served.close()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.data())
def test_no_fork_and_no_rollback_is_ever_cosigned(size: int, data: st.DataObject) -> None:
    """Whatever size and proof the forger offers, from either tree."""
    honest = Tree([b"%d" % number for number in range(size)])
    at = data.draw(st.integers(0, size - 1))
    forked = Tree([b"x" if number == at else b"%d" % number for number in range(size + 30)])
    with TemporaryDirectory() as folder:
        served = witness(Path(folder))
        assert served.add_checkpoint(honest.request(0, size), 17).status == 200
        before = served.seen()
        for _ in range(8):
            new = data.draw(st.integers(0, size + 30))
            old = data.draw(st.sampled_from([0, size, new, data.draw(st.integers(0, size + 30))]))
            bodies = [forked.request(old, new)] if new > at else []
            bodies += [honest.request(old, new)] if new < size else []
            for body in bodies:
                assert served.add_checkpoint(body, 17).status in (400, 409, 422)
        assert served.seen() == before
        served.close()


def test_of_requests_from_one_size_at_once_at_most_one_wins(tmp_path: Path) -> None:
    """Through several openings of one file, as several processes have it: sizes given out for an old size are unique,
    and the witness ends at the largest that it gave out."""
    tree = Tree([b"%d" % number for number in range(200)])
    openings = [witness(tmp_path) for _ in range(4)]
    wins: list[tuple[int, int]] = []
    lock, dice = threading.Lock(), random.Random(7)
    sizes = [dice.sample(range(1, 200), 40) for _ in openings]

    def ask(served: SqliteWitness, mine: list[int]) -> None:
        old = 0
        for new in sorted(mine):
            if new <= old:
                continue
            answer = served.add_checkpoint(tree.request(old, new), 17)
            if answer.status == 409:
                old = int(answer.body)
                continue
            assert answer.status == 200
            with lock:
                wins.append((old, new))
            old = new

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(openings, sizes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    olds = [old for old, _ in wins]
    assert len(olds) == len(set(olds))
    chain = sorted(wins)
    assert [new for _, new in chain[:-1]] == [old for old, _ in chain[1:]], "one unbroken chain"
    assert openings[0].seen()[LOG.name].size == chain[-1][1]
    for served in openings:
        served.close()
