"""The public log as files: whoever reads them at any moment finds every tile of the checkpoint that lies there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.record import LogState, NoteSigner, encode_bundle, examine_log, grow
from commonweal.kernel.record.exported import CHECKPOINT, ExportedLog, Shipped, export_log
from commonweal.kernel.record.merkle import leaf_hash
from commonweal.kernel.record.sequence import extend
from commonweal.kernel.values import Conflict, NotFound

SIGNER = NoteSigner("log.example", bytes(range(32)))


class Killed(BaseException):
    """The process ended here."""


@dataclass
class MemoryPlace:
    """Files in a dictionary; ends the process after `left` changes."""

    files: dict[str, bytes] = field(default_factory=dict)
    left: int = -1
    at_once: int = 1
    media: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return "memory"

    def _changing(self) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise NotFound("file", path)
        return self.files[path]

    def create(self, path: str, data: bytes, media: str, cache: str) -> bool:
        if path in self.files:
            return False
        self._changing()
        self.files[path], self.media[path] = data, (media, cache)
        return True

    def settle(self) -> None:
        pass

    def replace(self, path: str, data: bytes, media: str, cache: str) -> None:
        self._changing()
        self.files[path], self.media[path] = data, (media, cache)

    def under(self, prefix: str) -> Iterator[str]:
        return iter([path for path in self.files if path.startswith(prefix)])

    def remove(self, path: str) -> None:
        self._changing()
        self.files.pop(path, None)


class Log:
    """A log of numbered leaves at any of its sizes."""

    def __init__(self, size: int, word: bytes = b"leaf") -> None:
        self.leaves = [b'{"n": "%s %d"}' % (word, number) for number in range(size)]
        _, tiles = extend(LogState(), [leaf_hash(leaf) for leaf in self.leaves])
        self.tiles = {(tile.level, tile.n): tile.data for tile in tiles}

    def tile(self, level: int, n: int, width: int) -> bytes:
        if level < 0:
            return encode_bundle(self.leaves[n * 256 : n * 256 + width])
        if (level, n) not in self.tiles:
            raise NotFound("tile", (level, n))
        return self.tiles[level, n][: width * 32]

    def note(self, size: int) -> bytes:
        return grow(LogState(), self.leaves[:size], SIGNER).checkpoint


LOG = Log(1400)


def shipped(place: MemoryPlace, size: int, log: Log = LOG) -> Shipped:
    return export_log(log, log.note(size), SIGNER.verifier, place)


def faults(place: MemoryPlace) -> list[str]:
    found = examine_log(ExportedLog(place), SIGNER.verifier, "log.example", payloads=False)
    return [str(item) for item in found.findings]


@settings(deadline=None, max_examples=30)
@given(sizes=st.lists(st.integers(1, 1400), min_size=1, max_size=4).map(sorted), kills=st.lists(st.integers(0, 14)))
def test_killed_anywhere_the_checkpoint_there_has_all_its_tiles_and_the_export_goes_on(
    sizes: list[int], kills: list[int]
) -> None:
    place = MemoryPlace()
    for size in sizes:
        for left in kills:
            place.left = left
            try:
                shipped(place, size)
            except Killed:
                if CHECKPOINT in place.files:
                    assert faults(place) == [], "someone may read at this very moment"
        place.left = -1
        shipped(place, size)
        assert faults(place) == []
    once = MemoryPlace()
    shipped(once, sizes[-1])
    missing = set(once.files) - set(place.files)
    assert not missing
    full = {path for path in once.files if ".p/" not in path}
    stale = [path for path in place.files if ".p/" in path and path.rpartition(".p/")[0] in full]
    assert stale == [], "a partial tile goes when its full tile is there"


def test_a_partial_tile_stays_until_the_full_one_is_there() -> None:
    place = MemoryPlace()
    shipped(place, 200)
    shipped(place, 250)
    assert {"tile/0/000.p/200", "tile/0/000.p/250"} <= set(place.files)
    done = shipped(place, 300)
    assert "tile/0/000" in place.files
    assert "tile/0/000.p/200" not in place.files
    assert done.removed == 4, "two widths, of hashes and of entries"


def test_repeating_an_export_changes_nothing() -> None:
    place = MemoryPlace()
    shipped(place, 700)
    before = dict(place.files)
    place.left = 0
    assert shipped(place, 700) == Shipped(700, 700)
    assert export_log(LOG, LOG.note(700), SIGNER.verifier, place, whole=True).written == 0
    assert place.files == before


def test_whole_puts_back_what_was_deleted_there() -> None:
    place = MemoryPlace()
    shipped(place, 700)
    del place.files["tile/entries/001"]
    assert any("tile/entries/001" in fault for fault in faults(place))
    assert shipped(place, 700).written == 0
    assert export_log(LOG, LOG.note(700), SIGNER.verifier, place, whole=True).written == 1
    assert faults(place) == []


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_may_not() -> None:
    place = MemoryPlace()
    shipped(place, 300)
    assert place.media["tile/0/000"] == ("application/octet-stream", "public, max-age=31536000, immutable")
    media, cache = place.media[CHECKPOINT]
    assert (media, "immutable" in cache) == ("text/plain; charset=utf-8", False)


@pytest.mark.parametrize(
    ("theirs", "size", "says"),
    [
        (Log(300, b"other"), 300, "the log was forked"),
        (LOG, 900, "put back from an older copy"),
    ],
    ids=["forked", "ahead"],
)
def test_a_target_that_this_log_did_not_grow_out_of_is_refused(theirs: Log, size: int, says: str) -> None:
    place = MemoryPlace()
    shipped(place, size, theirs)
    before = dict(place.files)
    with pytest.raises(Conflict, match=says):
        shipped(place, 400)
    assert place.files == before


def test_another_logs_target_is_refused() -> None:
    place = MemoryPlace()
    other = NoteSigner("other.example", bytes(32))
    export_log(LOG, grow(LogState(), LOG.leaves[:10], other).checkpoint, other.verifier, place)
    with pytest.raises(Conflict, match="is not one of this log"):
        shipped(place, 400)


def test_a_tile_that_differs_is_not_replaced() -> None:
    place = MemoryPlace({"tile/0/000": b"x" * 8192})
    with pytest.raises(Conflict, match=r"tile/0/000 differs"):
        shipped(place, 400)
    assert place.files["tile/0/000"] == b"x" * 8192
    assert CHECKPOINT not in place.files


def test_one_changed_byte_of_an_export_is_named() -> None:
    place = MemoryPlace()
    shipped(place, 700)
    data = place.files["tile/entries/001"]
    place.files["tile/entries/001"] = data[:10] + bytes([data[10] ^ 1]) + data[11:]
    assert faults(place) == ["leaf 256: its hash is not the one in tile/0/001"]


@dataclass
class ForgetfulPlace(MemoryPlace):
    """Notes what a power failure would take at the moment a checkpoint is put: what was created since `settle`."""

    loose: set[str] = field(default_factory=set)
    risked: list[set[str]] = field(default_factory=list)

    def create(self, path: str, data: bytes, media: str, cache: str) -> bool:
        self.loose.add(path)
        return super().create(path, data, media, cache)

    def settle(self) -> None:
        self.loose.clear()

    def replace(self, path: str, data: bytes, media: str, cache: str) -> None:
        self.risked.append(set(self.loose))
        super().replace(path, data, media, cache)


def test_a_checkpoint_lies_there_only_once_its_tiles_are_durable() -> None:
    """A power failure right after the checkpoint would else leave one whose tiles are gone."""
    place = ForgetfulPlace()
    shipped(place, 300)
    assert place.files[CHECKPOINT]
    assert place.risked == [set()]
