"""Tile names, entry bundles, and reading a tree's nodes out of tiles."""

from __future__ import annotations

import pytest

from commonweal.kernel.record import (
    TileHashes,
    bundles_of,
    decode_bundle,
    encode_bundle,
    leaf_hash,
    node_hash,
    parse_tile_path,
    root_of,
    tile_path,
    tile_width,
    tiles_of,
)
from commonweal.kernel.values import BadInput, NotFound, RecordFault, TooLarge

HASHES = [leaf_hash(b"%d" % index) for index in range(600)]


def read_600(level: int, n: int, width: int) -> bytes:
    """Tiles of a tree of 600 leaves, nothing but full tiles and the partial ones of that size."""
    if (level, n, width) not in set(tiles_of(600)):
        raise NotFound("tile", tile_path(level, n, width))
    row = HASHES if level == 0 else [root_of(HASHES[at : at + 256]) for at in (0, 256)]
    return b"".join(row[n * 256 : n * 256 + width])


def test_the_tiles_of_70000_leaves_are_those_the_specification_counts() -> None:
    """Source: c2sp.org/tlog-tiles, Partial Tiles."""
    names = list(tiles_of(70_000))
    assert [name.path for name in names if name.width < 256] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert [sum(name.level == level and name.width == 256 for name in names) for level in range(3)] == [273, 1, 0]


def test_256_leaves_are_one_full_tile_and_one_hash_above() -> None:
    """Source: c2sp.org/tlog-tiles, Partial Tiles."""
    assert [name.path for name in tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert [name.path for name in bundles_of(257)] == ["tile/entries/000", "tile/entries/001.p/1"]
    assert [*tiles_of(0), *bundles_of(0)] == []


def test_a_partial_tile_is_never_hashed_upward() -> None:
    """255 leaves give no level 1, and 511 give one hash there, not two."""
    assert tile_width(1, 0, 255) == 0
    assert tile_width(1, 0, 511) == 1
    assert tile_width(0, 1, 511) == 255
    assert tile_width(0, 2, 511) == 0


def test_large_numbers_are_cut_in_threes() -> None:
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(-1, 1_000, 7) == "tile/entries/x001/000.p/7"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/entries/1",
        "tile/0/x000/001",
        "tile/0/000/001",
        "tile/0/x001/x234/x067",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/000\n",
        "tile/0/٠٠١",
        "tile/0/../000",
        "/tile/0/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path: str) -> None:
    """One tile has one address, or caches and checks would disagree."""
    with pytest.raises(BadInput, match="a path like"):
        parse_tile_path(path)


@pytest.mark.parametrize(("level", "n", "width"), [(64, 0, 1), (-2, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_path(level: int, n: int, width: int) -> None:
    with pytest.raises(BadInput):
        tile_path(level, n, width)


def test_bundles_hold_empty_and_full_leaves() -> None:
    leaves = [b"", b"x" * 65_535]
    assert decode_bundle(encode_bundle(leaves), 2) == leaves
    with pytest.raises(TooLarge, match="leaf 1"):
        encode_bundle([b"", b"x" * 65_536])


@pytest.mark.parametrize(
    ("data", "width", "problem"),
    [
        (b"\x00", 1, "ends inside entry 0"),
        (b"\x00\x02a", 1, "ends inside entry 0"),
        (b"\x00\x01a\x00", 2, "ends inside entry 1"),
        (b"\x00\x01a", 2, "holds 1 entries"),
        (b"\x00\x01a\x00\x01b", 1, "3 bytes more"),
    ],
)
def test_a_bundle_with_fewer_more_or_half_entries_is_refused(data: bytes, width: int, problem: str) -> None:
    with pytest.raises(RecordFault, match=problem):
        decode_bundle(data, width)


class TestTileHashes:
    def test_nodes_come_from_the_tile_of_their_level(self) -> None:
        read = TileHashes(read_600, 600)
        assert read(0, 599) == HASHES[599]
        assert read.read(1, 299) == node_hash(HASHES[598], HASHES[599])
        assert read(8, 1) == root_of(HASHES[256:512])
        assert read(9, 0) == root_of(HASHES[:512])

    @pytest.mark.parametrize(("level", "index"), [(0, 600), (3, 75), (8, 2), (9, 1), (10, 0), (0, -1), (0, 10**6)])
    def test_incomplete_subtrees_have_no_hash(self, level: int, index: int) -> None:
        with pytest.raises(BadInput, match="a complete subtree of the tree of 600 leaves"):
            TileHashes(read_600, 600)(level, index)

    def test_a_full_tile_stands_in_for_a_partial_one_that_is_gone(self) -> None:
        """A proof for an older size is still served when only the newer tiles are kept."""
        assert TileHashes(read_600, 400)(3, 49) == root_of(HASHES[392:400])
        with pytest.raises(BadInput):
            TileHashes(read_600, 400)(0, 400)
        with pytest.raises(NotFound):
            TileHashes(read_600, 590)(0, 589)

    @pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * (600 % 256 * 32 - 1), b"x" * 8192])
    def test_a_tile_of_another_length_names_itself(self, data: bytes) -> None:
        with pytest.raises(RecordFault, match=r"tile/0/002\.p/88"):
            TileHashes(lambda *name: data, 600)(0, 599)

    def test_warm_reads_ask_for_no_tile(self) -> None:
        asked: list[tuple[int, int, int]] = []

        def read_tile(level: int, n: int, width: int) -> bytes:
            asked.append((level, n, width))
            return read_600(level, n, width)

        read = TileHashes(read_tile, 600)
        for index in range(600):
            read(0, index)
        assert asked == [(0, 0, 256), (0, 1, 256), (0, 2, 88)]
