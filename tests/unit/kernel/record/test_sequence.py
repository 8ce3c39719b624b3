"""Growing the log: what is written, what is not, and what a failed transaction leaves behind."""

from __future__ import annotations

import pytest

from commonweal.kernel.record import (
    EMPTY_ROOT,
    LogState,
    NoteSigner,
    decode_bundle,
    grow,
    leaf_hash,
    open_checkpoint,
    root_of,
)
from commonweal.kernel.record import sequence as module
from commonweal.kernel.values import RecordFault, TooLarge

SIGNER = NoteSigner("log.example", bytes(range(32)))


def leaves(start: int, stop: int) -> list[bytes]:
    return [b"%d" % index for index in range(start, stop)]


def test_a_new_log_signs_its_empty_tree() -> None:
    growth = grow(LogState(), [], SIGNER)
    assert (growth.size, growth.root, growth.tiles, growth.bundles) == (0, EMPTY_ROOT, (), ())
    assert open_checkpoint(growth.checkpoint, [SIGNER.verifier], "log.example").size == 0


def test_growing_leaves_the_old_state_as_it_was() -> None:
    """A transaction that fails is tried again from the same state and gives the same bytes."""
    before = grow(LogState(), leaves(0, 300), SIGNER).state
    first, again = grow(before, leaves(300, 600), SIGNER), grow(before, leaves(300, 600), SIGNER)
    assert first == again
    assert before == grow(LogState(), leaves(0, 300), SIGNER).state


def test_only_full_tiles_and_final_partials_are_written() -> None:
    growth = grow(grow(LogState(), leaves(0, 250), SIGNER).state, leaves(250, 600), SIGNER)
    assert [tile.name.path for tile in growth.tiles] == [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
    ]
    assert [(piece.n, piece.start, piece.width) for piece in growth.bundles] == [(0, 250, 256), (1, 0, 256), (2, 0, 88)]
    assert decode_bundle(growth.bundles[0].data, 6) == leaves(250, 256)
    assert growth.first == 250


def test_a_batch_that_fills_a_tile_leaves_no_partial_of_it() -> None:
    growth = grow(LogState(), leaves(0, 256), SIGNER)
    assert [tile.name.path for tile in growth.tiles] == ["tile/0/000", "tile/1/000.p/1"]
    assert list(growth.state.partial_tiles()) == [growth.tiles[1]]


def test_one_leaf_rewrites_one_tile() -> None:
    state = grow(LogState(), leaves(0, 600), SIGNER).state
    growth = grow(state, leaves(600, 601), SIGNER)
    assert [tile.name.path for tile in growth.tiles] == ["tile/0/002.p/89"]
    assert growth.root == root_of([leaf_hash(leaf) for leaf in leaves(0, 601)])


def test_one_leaf_hashes_few_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Appending must not hash a whole tile again: over 1,024 single leaves, less than one node a leaf."""
    hashed = 0
    parents = module.parents

    def counting(row: list[bytes]) -> list[bytes]:
        nonlocal hashed
        found = parents(row)
        hashed += len(found)
        return found

    monkeypatch.setattr(module, "parents", counting)
    state = LogState()
    for leaf in leaves(0, 1024):
        state, _ = module.extend(state, [leaf_hash(leaf)])
    assert hashed == 1023


def test_a_leaf_too_long_for_a_bundle_is_refused_before_anything_is_made() -> None:
    with pytest.raises(TooLarge, match="leaf 1"):
        grow(LogState(), [b"", b"x" * 65_536], SIGNER)


def test_a_stored_edge_of_another_length_is_a_fault() -> None:
    with pytest.raises(RecordFault, match=r"tile/0/001\.p/44"):
        LogState.load(300, lambda level, n, width: bytes(31))
    with pytest.raises(RecordFault, match="right edge does not hold 44"):
        grow(LogState(300, (b"",), (b"",) * 9), [b"x"], SIGNER)
