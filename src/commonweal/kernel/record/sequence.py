"""The sequencer: what a batch of leaves adds to the log, as bytes to be written, without writing them.

An engine calls `grow` inside its transaction and stores what comes back; the state it held before stays as it was,
so that a transaction that fails leaves nothing to undo. Only the right edge of the tree is kept: the partial tile of
each level and, for appending without hashing a tile again, the roots of the complete subtrees ("peaks").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from commonweal.kernel.values import Fault, RecordFault, TooLarge

from .checkpoint import Checkpoint
from .merkle import HASH_BYTES, fold, leaf_hash, parents
from .notes import NoteSigner
from .tiles import LEAF_BYTES_MAX, TILE_BYTES, TILE_WIDTH, ReadTile, TileName, encode_bundle, split_tile

_HEIGHT = 8


class TileWrite(NamedTuple):
    """A tile to be stored: `width` hashes in `data`. A full tile (256) replaces the partial ones of its number."""

    level: int
    n: int
    width: int
    data: bytes

    @property
    def name(self) -> TileName:
        return TileName(self.level, self.n, self.width)


class BundlePiece(NamedTuple):
    """What a batch appends to entry bundle `n`: entries `start` up to `width` of it, encoded in `data`."""

    n: int
    start: int
    width: int
    data: bytes


@dataclass(frozen=True, slots=True)
class LogState:
    """The right edge of a tree of `size` leaves.

    `edges[l]` holds the bytes of the partial tile of level l (empty where the last tile is full or there is none);
    `peaks[k]` the root of the complete subtree of 2**k leaves on the edge, empty where `size` has no such bit.
    """

    size: int = 0
    edges: tuple[bytes, ...] = ()
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, size: int, read_tile: ReadTile) -> LogState:
        """Read the edge back from stored tiles: at most one partial tile of each level.

        Raises `RecordFault` when a tile has another length; compare `root` with the stored checkpoint's afterwards.
        """
        edges: list[bytes] = []
        peaks: list[bytes] = []
        for name in _edge_names(size):
            data = read_tile(*name) if name.width else b""
            edges.append(data)
            peaks += _tile_peaks(split_tile(name, data))
        return cls(size, tuple(edges), tuple(peaks[: size.bit_length()]))

    @property
    def root(self) -> bytes:
        return fold([peak for peak in reversed(self.peaks) if peak])

    def partial_tiles(self) -> Iterator[TileWrite]:
        """The partial tiles of this tree, lowest level first."""
        for name, data in zip(_edge_names(self.size), self.edges, strict=True):
            if name.width:
                yield TileWrite(*name, data)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a batch adds: the new `state`, the `tiles` to store and the signed `checkpoint`.

    `tiles` are all that became full and the partial ones at their width after the batch; partial widths that only
    existed within the batch belong to no checkpoint and are left out. `first` is the index of the first new leaf.
    """

    first: int
    state: LogState
    tiles: tuple[TileWrite, ...]
    root: bytes
    checkpoint: bytes
    leaves: Sequence[bytes]

    @property
    def size(self) -> int:
        return self.state.size

    @property
    def bundles(self) -> tuple[BundlePiece, ...]:
        """What the batch appends to the entry bundles (encoded when asked: an engine may build them from leaves)."""
        return tuple(bundle_pieces(self.first, self.leaves))


def grow(state: LogState, leaves: Sequence[bytes], signer: NoteSigner | Sequence[NoteSigner]) -> Growth:
    """Append leaves to the log and sign its new checkpoint; no leaves give the present one signed again.

    The origin is the signer's name; where there are several, all sign. `state` is not changed. Raises `TooLarge` for
    a leaf over 65,535 bytes.
    """
    for at, leaf in enumerate(leaves):
        if len(leaf) > LEAF_BYTES_MAX:
            raise TooLarge(Fault(f"leaf {at}", f"{len(leaf)} bytes", f"at most {LEAF_BYTES_MAX} bytes", "too_large"))
    grown, tiles = extend(state, [leaf_hash(leaf) for leaf in leaves])
    root = grown.root
    signers = [signer] if isinstance(signer, NoteSigner) else signer
    checkpoint = Checkpoint(signers[0].name, grown.size, root).signed(signers)
    return Growth(state.size, grown, tuple(tiles), root, checkpoint, leaves)


def extend(state: LogState, leaf_hashes: Sequence[bytes]) -> tuple[LogState, list[TileWrite]]:
    """Append leaf hashes to the tree, level by level: every node is hashed once, when it becomes complete."""
    edges, peaks = list(state.edges), list(state.peaks)
    tiles: list[TileWrite] = []
    row, first, level = list(leaf_hashes), state.size, 0
    while row:
        if level % _HEIGHT == 0:
            written, rest = _append(level // _HEIGHT, first, edges, row)
            tiles += written
            _set(edges, level // _HEIGHT, rest)
        if first & 1:
            row.insert(0, peaks[level])
        _set(peaks, level, row[-1] if len(row) & 1 else b"")
        row, first, level = parents(row), first >> 1, level + 1
    return LogState(state.size + len(leaf_hashes), tuple(edges), tuple(peaks)), tiles


def bundle_pieces(first: int, leaves: Sequence[bytes]) -> Iterator[BundlePiece]:
    """Cut leaves that start at index `first` where entry bundles end."""
    at = 0
    while at < len(leaves):
        n, start = divmod(first + at, TILE_WIDTH)
        stop = min(at + TILE_WIDTH - start, len(leaves))
        yield BundlePiece(n, start, start + stop - at, encode_bundle(leaves[at:stop]))
        at = stop


def _append(level: int, first: int, edges: list[bytes], row: list[bytes]) -> tuple[list[TileWrite], bytes]:
    """Tiles that new hashes complete or widen at a tile level, and the partial tile left over."""
    data = (edges[level] if level < len(edges) else b"") + b"".join(row)
    n, old_width = divmod(first, TILE_WIDTH)
    if len(data) != (old_width + len(row)) * HASH_BYTES:
        raise RecordFault(f"level {level}", f"the right edge does not hold {old_width} hashes")
    cut = len(data) - len(data) % TILE_BYTES
    tiles = [
        TileWrite(level, n + at // TILE_BYTES, TILE_WIDTH, data[at : at + TILE_BYTES])
        for at in range(0, cut, TILE_BYTES)
    ]
    rest = data[cut:]
    if rest:
        tiles.append(TileWrite(level, n + cut // TILE_BYTES, len(rest) // HASH_BYTES, rest))
    return tiles, rest


def _set(row: list[bytes], at: int, value: bytes) -> None:
    if at == len(row):
        row.append(value)
    else:
        row[at] = value


def _edge_names(size: int) -> Iterator[TileName]:
    """The last tile of each level, with width 0 where that level has no partial tile."""
    level = 0
    while hashes := size >> (_HEIGHT * level):
        yield TileName(level, hashes // TILE_WIDTH, hashes % TILE_WIDTH)
        level += 1


def _tile_peaks(hashes: list[bytes]) -> list[bytes]:
    """Roots of the complete subtrees that a partial tile ends with, smallest first; empty where there is none."""
    peaks = []
    row = hashes
    for _ in range(_HEIGHT):
        peaks.append(row[-1] if len(row) & 1 else b"")
        row = parents(row)
    return peaks
