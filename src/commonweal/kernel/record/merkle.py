"""The Merkle tree of RFC 6962 over SHA-256: roots, inclusion proofs and consistency proofs.

Nothing here stores a tree. Whoever makes a proof hands in `read(level, index)`, which gives the hash of the complete
subtree over leaves `index * 2**level` up to `(index + 1) * 2**level`; a proof reads about log2(size) of them.

The empty tree, decided once for all callers:

* its root is SHA-256 of the empty string (RFC 6962, section 2.1);
* nothing is included in it, so an inclusion proof for size 0 is always refused;
* every tree extends it: from old size 0 the only proof is the empty one, and it verifies only when the old root is
  the root of the empty tree. (c2sp.org/tlog-witness asks for exactly this empty proof; some libraries refuse it.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from commonweal.kernel.values import BadInput, Fault, RecordFault

HASH_BYTES = 32
SIZE_MAX = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()

Read = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). The caller vouches for two 32-byte hashes."""
    return sha256(b"\x01" + left + right).digest()


def parents(nodes: Sequence[bytes]) -> list[bytes]:
    """The complete parents of a row of nodes; a last node without a sibling has none."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=False)]


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Root of the tree over these leaf hashes, all in memory (RFC 6962, section 2.1)."""
    row = list(leaf_hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = parents(row) + odd
    return row[0]


def fold(peaks: Sequence[bytes]) -> bytes:
    """Root of a tree from the roots of its complete subtrees, largest (leftmost) first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for left in reversed(peaks[:-1]):
        root = node_hash(left, root)
    return root


def root_at(size: int, read: Read) -> bytes:
    """Root of the tree of the first `size` leaves. Raises `BadInput` for a size out of range."""
    _checked_size(size, "size")
    return _range_root(0, size, read)


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """Proof that leaf `index` is in the tree of `size` leaves, leaf's sibling first (RFC 6962, section 2.1.1).

    Raises `BadInput` unless 0 <= index < size.
    """
    _checked_size(size, "size")
    if not 0 <= index < size:
        raise BadInput(Fault("index", str(index), f"a leaf index below the tree size {size}"), "inclusion proof")
    return _path(0, index, size, read)


def consistency_proof(old: int, new: int, read: Read) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962, section 2.1.2).

    Empty when old is 0 or equals new. Raises `BadInput` unless 0 <= old <= new.
    """
    _checked_size(new, "new")
    if not 0 <= old <= new:
        raise BadInput(Fault("old", str(old), f"a tree size from 0 to {new}"), "consistency proof")
    if old in (0, new):
        return []
    # The last complete subtree of the old tree is a node of both trees; the proof is that node's way up the new tree.
    level = (old & -old).bit_length() - 1
    index = (old - 1) >> level
    start = [read(level, index)] if index else []
    return start + _path(level, index, new, read)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` stands at `index` in the tree (`size`, `root`). Raises `RecordFault`.

    Algorithm: RFC 9162, section 2.1.3.2.
    """
    where = "inclusion proof"
    _checked_hashes(where, [leaf, *proof, root])
    if not 0 <= index < size <= SIZE_MAX:
        raise RecordFault(where, f"leaf index {index} is not below the tree size {size}")
    fn, sn, node = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            raise RecordFault(where, f"{len(proof)} hashes are too many for leaf {index} of {size}")
        if fn & 1 or fn == sn:
            node = node_hash(step, node)
            fn, sn = _past_left_edge(fn, sn)
        else:
            node = node_hash(node, step)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise RecordFault(where, f"{len(proof)} hashes are too few for leaf {index} of {size}")
    if node != root:
        raise RecordFault(where, f"leads to root {node.hex()}, not to {root.hex()}")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree (`new`, `new_root`) extends the tree (`old`, `old_root`). Raises `RecordFault`.

    Algorithm: RFC 9162, section 2.1.4.2; old size 0 as this module's docstring decides.
    """
    where = "consistency proof"
    _checked_hashes(where, [old_root, new_root, *proof])
    if not 0 <= old <= new <= SIZE_MAX:
        raise RecordFault(where, f"sizes {old} and {new} are not in order")
    if old in (0, new):
        _check_trivial(old, new, proof, old_root, new_root)
        return
    if not proof:
        raise RecordFault(where, f"is empty between sizes {old} and {new}")
    reached_old, reached_new = _climb(old, new, proof if old & (old - 1) else [old_root, *proof])
    if reached_old != old_root:
        raise RecordFault(where, f"leads to old root {reached_old.hex()}, not to {old_root.hex()}")
    if reached_new != new_root:
        raise RecordFault(where, f"leads to new root {reached_new.hex()}, not to {new_root.hex()}")


def _path(level: int, index: int, size: int, read: Read) -> list[bytes]:
    """Siblings of the complete node (level, index) on its way to the root of the tree of `size` leaves."""
    last = (size - 1) >> level
    # Below `inner` the node and the tree's last leaf have different ancestors, so siblings are complete, save the
    # topmost, which holds the last leaf. Above it the way runs along the right edge: only left siblings exist.
    inner = level + (index ^ last).bit_length()
    path = [read(at, (index >> (at - level)) ^ 1) for at in range(level, inner - 1)]
    if inner > level:
        start = ((size - 1) >> (inner - 1)) << (inner - 1)
        path.append(_range_root(start, size, read))
    border = index >> (inner - level)
    at = inner
    while border:
        if border & 1:
            path.append(read(at, border - 1))
        border >>= 1
        at += 1
    return path


def _range_root(start: int, stop: int, read: Read) -> bytes:
    """Root over leaves start..stop, where start is a multiple of a power of two that is at least stop - start."""
    peaks = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        peaks.append(read(level, start >> level))
        start += 1 << level
    return fold(peaks)


def _past_left_edge(fn: int, sn: int) -> tuple[int, int]:
    """Skip the levels at which the right-edge node has no left sibling (RFC 9162, 2.1.3.2 step 4.2.2)."""
    while not fn & 1 and fn:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _climb(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Roots of the old and the new tree that a consistency path leads to."""
    where = "consistency proof"
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_node = new_node = path[0]
    for step in path[1:]:
        if sn == 0:
            raise RecordFault(where, f"has too many hashes between sizes {old} and {new}")
        if fn & 1 or fn == sn:
            old_node, new_node = node_hash(step, old_node), node_hash(step, new_node)
            fn, sn = _past_left_edge(fn, sn)
        else:
            new_node = node_hash(new_node, step)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise RecordFault(where, f"has too few hashes between sizes {old} and {new}")
    return old_node, new_node


def _check_trivial(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    where = "consistency proof"
    if proof:
        raise RecordFault(where, f"must be empty between sizes {old} and {new}")
    if old == 0 and old_root != EMPTY_ROOT:
        raise RecordFault(where, f"old root {old_root.hex()} is not the root of the empty tree")
    if old == new and old_root != new_root:
        raise RecordFault(where, f"two roots for one size {old}: {old_root.hex()} and {new_root.hex()}")


def _checked_size(size: int, name: str) -> None:
    if not 0 <= size <= SIZE_MAX:
        raise BadInput(Fault(name, str(size), "a tree size from 0 to 2^63 - 1"), "tree")


def _checked_hashes(where: str, hashes: Iterable[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise RecordFault(where, f"holds a hash of {len(value)} bytes; SHA-256 has {HASH_BYTES}")
