"""What the witness's and the log's files promise beyond the protocol."""

from __future__ import annotations

import pytest

from commonweal.engines.http import HttpWitnesses
from commonweal.kernel.record import EMPTY_ROOT, Checkpoint, Cosigner, NoteSigner, open_checkpoint
from commonweal.kernel.record.asking import Known, Outcome, Standing, Tree
from commonweal.kernel.record.witness import AddCheckpoint, by_origin, origin_hash
from commonweal.kernel.values import Busy, NotFound
from engine_houses import House

LOG = NoteSigner("log.example", bytes(range(32)))
COSIGNER = Cosigner("witness.example", bytes(range(1, 33)))
EMPTY = Checkpoint(LOG.name, 0, EMPTY_ROOT)


def test_monitors_read_the_cosigned_checkpoint_by_the_hash_of_the_origin(engine: House) -> None:
    witness = engine.witness(by_origin([LOG.verifier]), [COSIGNER])
    with pytest.raises(NotFound):
        witness.checkpoint(origin_hash(LOG.name))
    assert witness.add_checkpoint(AddCheckpoint(0, (), EMPTY.signed(LOG)).dumps(), 17).status == 200
    note = witness.checkpoint(origin_hash(LOG.name))
    assert open_checkpoint(note, [LOG.verifier, COSIGNER.verifier], LOG.name) == EMPTY
    witness.close()


def test_an_older_answer_does_not_undo_a_newer_one(engine: House) -> None:
    """Two processes of one log keep what they heard in any order."""
    store = engine.cosignatures()
    tree = Tree(EMPTY, EMPTY.signed(LOG), lambda level, index: b"")
    store.keep([Outcome(Standing("w", size=9, time=90, state="cosigned"), tree, ("— a b\n",))])
    store.keep([Outcome(Standing("w", size=5, time=50, state="away"))])
    found = store.standings()["w"]
    assert (found.size, found.time, found.state) == (9, 90, "away")
    assert store.lines(0) == {"w": ("— a b\n",)}
    store.publish(Known(3, bytes(32), b"note", "here"), 7)
    assert store.lines(0) == {}
    assert [(known.size, at) for known, at in store.published(5)] == [(3, 7)]
    store.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1", "http://", "gopher://x"])
def test_a_witness_that_cannot_be_reached_is_busy_and_nothing_else(url: str) -> None:
    port = HttpWitnesses(timeout_s=1)
    with pytest.raises(Busy):
        port.add_checkpoint(url, b"")
    assert port.checkpoint(url, "log.example") is None
    port.close()
