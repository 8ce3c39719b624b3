"""What a proof must refuse, and the size-0 cases as this package decides them."""

from __future__ import annotations

import pytest

from commonweal.kernel.record import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from commonweal.kernel.values import BadInput, RecordFault

A, B, C = (leaf_hash(name) for name in (b"a", b"b", b"c"))
ABC = node_hash(node_hash(A, B), C)


def read(level: int, index: int) -> bytes:
    return {(0, 0): A, (0, 1): B, (0, 2): C, (1, 0): node_hash(A, B)}[level, index]


def test_leaves_and_nodes_are_hashed_apart() -> None:
    """The prefixes 0x00 and 0x01 keep an inner node from passing as a leaf."""
    assert leaf_hash(A + B) != node_hash(A, B)
    assert root_of([A, B, C]) == root_at(3, read) == ABC


def test_proofs_of_three_leaves_worked_by_hand() -> None:
    assert inclusion_proof(0, 3, read) == [B, C]
    assert inclusion_proof(2, 3, read) == [node_hash(A, B)]
    assert consistency_proof(2, 3, read) == [C]
    assert consistency_proof(3, 3, read) == []


class TestEmptyTree:
    def test_its_root_is_the_hash_of_nothing(self) -> None:
        expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        assert EMPTY_ROOT.hex() == root_of([]).hex() == root_at(0, read).hex() == expected

    def test_nothing_is_included_in_it(self) -> None:
        with pytest.raises(RecordFault, match="not below the tree size 0"):
            verify_inclusion(A, 0, 0, [], EMPTY_ROOT)
        with pytest.raises(BadInput, match="below the tree size 0"):
            inclusion_proof(0, 0, read)

    def test_every_tree_extends_it_by_the_empty_proof(self) -> None:
        assert consistency_proof(0, 3, read) == []
        verify_consistency(0, 3, [], EMPTY_ROOT, ABC)
        verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)

    @pytest.mark.parametrize(
        ("new", "proof", "old_root", "new_root", "problem"),
        [
            (3, [], A, ABC, "not the root of the empty tree"),
            (3, [A], EMPTY_ROOT, ABC, "must be empty"),
            (0, [], A, A, "not the root of the empty tree"),
            (0, [], EMPTY_ROOT, A, "two roots for one size"),
        ],
    )
    def test_no_other_proof_or_root_passes(
        self, new: int, proof: list[bytes], old_root: bytes, new_root: bytes, problem: str
    ) -> None:
        with pytest.raises(RecordFault, match=problem):
            verify_consistency(0, new, proof, old_root, new_root)


@pytest.mark.parametrize("short", [b"", A[:-1], A + b"\0"])
def test_hashes_of_another_length_are_refused_wherever_they_stand(short: bytes) -> None:
    """A short hash would shift bytes between the two sides of a node."""
    for leaf, proof, root in [(short, [B, C], ABC), (A, [B, short], ABC), (A, [B, C], short)]:
        with pytest.raises(RecordFault, match="SHA-256 has 32"):
            verify_inclusion(leaf, 0, 3, proof, root)
    for proof, old, new in [([short], node_hash(A, B), ABC), ([C], short, ABC), ([C], node_hash(A, B), short)]:
        with pytest.raises(RecordFault, match="SHA-256 has 32"):
            verify_consistency(2, 3, proof, old, new)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, -1), (0, 2**63)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(RecordFault):
        verify_inclusion(A, index, size, [], A)
    with pytest.raises(BadInput):
        inclusion_proof(index, size, read)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (1, 2**63)])
def test_sizes_out_of_order_are_refused(old: int, new: int) -> None:
    with pytest.raises(RecordFault, match="not in order"):
        verify_consistency(old, new, [A], A, A)
    with pytest.raises(BadInput):
        consistency_proof(old, new, read)


def test_a_proof_of_the_wrong_length_says_so() -> None:
    with pytest.raises(RecordFault, match="too few"):
        verify_inclusion(A, 0, 3, [B], node_hash(A, B))
    with pytest.raises(RecordFault, match="too many"):
        verify_inclusion(A, 0, 1, [B], node_hash(A, B))
    with pytest.raises(RecordFault, match="too few"):
        verify_consistency(1, 3, [B], A, ABC)
    with pytest.raises(RecordFault, match="too many"):
        verify_consistency(2, 3, [C, C], node_hash(A, B), ABC)
    with pytest.raises(RecordFault, match="is empty"):
        verify_consistency(2, 3, [], node_hash(A, B), ABC)
