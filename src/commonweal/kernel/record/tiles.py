"""Tiles: how a tree lies in files of 256 hashes (c2sp.org/tlog-tiles).

A tile is named by `(level, n, width)`. Level 0 holds leaf hashes; every hash of level l + 1 is the root of one *full*
tile of level l, so a partial tile is never hashed upward. Level -1 stands for entry bundles, the leaves themselves.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from commonweal.kernel.values import BadInput, Fault, NotFound, RecordFault, TooLarge, shown

from .merkle import HASH_BYTES, SIZE_MAX, parents

TILE_WIDTH = 256
TILE_BYTES = TILE_WIDTH * HASH_BYTES
ENTRIES = -1
LEVEL_MAX = 63
LEAF_BYTES_MAX = 65_535
_HEIGHT = 8
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)
_PATH_WANT = "a path like tile/0/000, tile/1/x001/234.p/17 or tile/entries/273.p/112"

ReadTile = Callable[[int, int, int], bytes]


class TileName(NamedTuple):
    """Which tile: `level` (-1 for an entry bundle), number `n` within the level, `width` 1 to 256."""

    level: int
    n: int
    width: int

    @property
    def path(self) -> str:
        return tile_path(self.level, self.n, self.width)


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """`tile_path(0, 273, 112)` → `tile/0/273.p/112`; level -1 gives `tile/entries/…`. Raises `BadInput`."""
    if not (ENTRIES <= level <= LEVEL_MAX and 0 <= n <= SIZE_MAX and 1 <= width <= TILE_WIDTH):
        seen = f"level {level}, n {n}, width {width}"
        raise BadInput(Fault("tile", seen, "level -1 to 63, n from 0, width 1 to 256"), "tile")
    digits = str(n)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{'entries' if level == ENTRIES else level}/{number}{partial}"


def parse_tile_path(path: str) -> TileName:
    """The tile that a path names. Raises `BadInput` for anything but the one canonical spelling."""
    if match := _PATH.fullmatch(path):
        level, number, width = match.groups()
        name = TileName(
            ENTRIES if level == "entries" else int(level),
            int(number.replace("x", "").replace("/", "")),
            int(width) if width else TILE_WIDTH,
        )
        if _spelled_so(name, path):
            return name
    raise BadInput(Fault("path", shown(path), _PATH_WANT), "tile")


def tile_width(level: int, n: int, size: int) -> int:
    """Width of tile `n` of a level in the tree of `size` leaves: 0 (there is none) to 256 (full)."""
    hashes = size >> (_HEIGHT * max(level, 0))
    return min(max(hashes - n * TILE_WIDTH, 0), TILE_WIDTH)


def tiles_of(size: int) -> Iterator[TileName]:
    """Every hash tile of the tree of `size` leaves, lowest level first, each level from the left."""
    level = 0
    while hashes := size >> (_HEIGHT * level):
        yield from _row(level, hashes)
        level += 1


def bundles_of(size: int) -> Iterator[TileName]:
    """Every entry bundle of the log of `size` leaves."""
    return _row(ENTRIES, size)


def split_tile(name: TileName, data: bytes) -> list[bytes]:
    """The hashes of a tile. Raises `RecordFault` when the bytes are not exactly `width` hashes."""
    if len(data) != name.width * HASH_BYTES:
        problem = f"has {len(data)} bytes; {name.width} hashes are {name.width * HASH_BYTES}"
        raise RecordFault(name.path, problem)
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def encode_bundle(leaves: Iterable[bytes]) -> bytes:
    """Leaves as an entry bundle: each after its length as a big-endian uint16. Raises `TooLarge` over 65,535 bytes."""
    pieces: list[bytes] = []
    for at, leaf in enumerate(leaves):
        if len(leaf) > LEAF_BYTES_MAX:
            raise TooLarge(Fault(f"leaf {at}", f"{len(leaf)} bytes", f"at most {LEAF_BYTES_MAX} bytes", "too_large"))
        pieces += (len(leaf).to_bytes(2, "big"), leaf)
    return b"".join(pieces)


def decode_bundle(data: bytes, width: int, where: str = "entry bundle") -> list[bytes]:
    """The leaves of an entry bundle of `width` entries. Raises `RecordFault` when it holds fewer, more or half ones."""
    leaves: list[bytes] = []
    at = 0
    while at < len(data) and len(leaves) < width:
        stop = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or stop > len(data):
            raise RecordFault(where, f"ends inside entry {len(leaves)}")
        leaves.append(data[at + 2 : stop])
        at = stop
    if len(leaves) != width or at != len(data):
        raise RecordFault(where, f"holds {len(leaves)} entries and {len(data) - at} bytes more; wanted {width} entries")
    return leaves


class TileHashes:
    """Gives `read(level, index)` for proofs in the tree of `size` leaves, from tiles.

    `read_tile(level, n, width)` gives a tile's bytes; where a partial tile is gone (`NotFound`) the full one that
    replaced it is asked for. `tiles` is how many tiles are kept in memory with the inner nodes computed from them
    (about 50 kB each). Calling the object reads, so it can be handed to `inclusion_proof` as it is.
    Raises `RecordFault` for a tile of the wrong length.
    """

    def __init__(self, read_tile: ReadTile, size: int, tiles: int = 256) -> None:
        self.size = size
        self._read_tile = read_tile
        self._rows = lru_cache(maxsize=tiles)(self._load)
        self._edge: dict[int, tuple[int, list[list[bytes]]]] = {}

    def at(self, size: int) -> TileHashes:
        """The same log's tree at another size: tiles in memory are shared; of one that grew, only the new is hashed.

        The object it is asked of stays as it is.
        """
        other = copy.copy(self)
        other.size = size
        return other

    def read(self, level: int, index: int) -> bytes:
        """Hash of the complete subtree of 2**level leaves, number `index`. Raises `BadInput` outside the tree."""
        tile_level, height = divmod(level, _HEIGHT)
        row_bits = _HEIGHT - height
        n = index >> row_bits
        width = tile_width(tile_level, n, self.size) if tile_level >= 0 and n >= 0 else 0
        rows = self._rows(tile_level, n, width)
        at = index & ((1 << row_bits) - 1)
        try:
            return rows[height][at]
        except IndexError:
            raise self._outside(level, index) from None

    __call__ = read

    def _load(self, level: int, n: int, width: int) -> list[list[bytes]]:
        """A tile's hashes and, above them, every complete inner node within the tile."""
        rows = [self._hashes(TileName(level, n, width)) if width else []]
        latest, before = self._edge.get(level, (n, []))
        if not before or latest != n or before[0] != rows[0][: len(before[0])]:  # nothing is known of its beginning
            before = [[] for _ in range(_HEIGHT)]
        for height in range(1, _HEIGHT):
            known = before[height][: len(rows[-1]) // 2]
            rows.append(known + parents(rows[-1][2 * len(known) :]))
        if width:
            self._edge[level] = n, rows
        return rows

    def _hashes(self, name: TileName) -> list[bytes]:
        try:
            return split_tile(name, self._read_tile(*name))
        except NotFound:
            if name.width == TILE_WIDTH:
                raise
            full = name._replace(width=TILE_WIDTH)
            return split_tile(full, self._read_tile(*full))[: name.width]

    def _outside(self, level: int, index: int) -> BadInput:
        seen = f"level {level}, index {index}"
        return BadInput(Fault("node", seen, f"a complete subtree of the tree of {self.size} leaves"), "tree")


def _row(level: int, hashes: int) -> Iterator[TileName]:
    full, rest = divmod(hashes, TILE_WIDTH)
    for n in range(full):
        yield TileName(level, n, TILE_WIDTH)
    if rest:
        yield TileName(level, full, rest)


def _spelled_so(name: TileName, path: str) -> bool:
    try:
        return name.path == path
    except BadInput:
        return False
