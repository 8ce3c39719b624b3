"""`check_log` names what is at fault: after any one byte changes, that one thing and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from commonweal.kernel.record import (
    Finding,
    LogState,
    NoteSigner,
    Stored,
    TileName,
    check_log,
    grow,
    leaf_hash,
    tile_path,
)
from commonweal.kernel.record.heads import IN_CONFIDENCE, head_bytes
from commonweal.kernel.record.sequence import extend
from commonweal.kernel.values import NotFound, digest

SIGNER = NoteSigner("log.example", bytes(range(32)))
SIZE = 700


@dataclass
class MemoryLog:
    """A log in memory whose every byte a test may change."""

    rows: dict[int, Stored] = field(default_factory=dict)
    tiles: dict[tuple[int, int, int], bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    signed: bytes = b""

    def size(self) -> int:
        return len(self.rows)

    def entry(self, index: int) -> Stored:
        if index not in self.rows:
            raise NotFound("entry", index)
        return self.rows[index]

    def entries(self, start: int, stop: int) -> list[Stored]:
        return [self.rows[index] for index in range(start, stop) if index in self.rows]

    def blob(self, ciphertext_sha256: str) -> bytes:
        if ciphertext_sha256 not in self.blobs:
            raise NotFound("blob", ciphertext_sha256)
        return self.blobs[ciphertext_sha256]

    def checkpoint(self) -> bytes:
        return self.signed

    def tile(self, level: int, n: int, width: int) -> bytes:
        if (level, n, width) not in self.tiles:
            raise NotFound("tile", tile_path(level, n, width))
        return self.tiles[level, n, width]


def entry(index: int, **changes: object) -> Stored:
    payload = b"sealed %d" % index
    leaf = {"kind": "test.thing/1", "payload_sha256": digest(payload), "blobs": [], **changes}
    data = json.dumps(leaf).encode()
    return Stored(index, data, payload, "test.thing", None, "party:a", "2026-01-01", str(index), "")


def log_of(rows: list[Stored], blobs: tuple[bytes, ...] = ()) -> MemoryLog:
    growth = grow(LogState(), [row.leaf for row in rows], SIGNER)
    return MemoryLog(
        {row.index: row for row in rows},
        {tile.name: tile.data for tile in growth.tiles},
        {digest(blob): blob for blob in blobs},
        growth.checkpoint,
    )


@pytest.fixture
def log() -> MemoryLog:
    return log_of([entry(index) for index in range(SIZE)])


def wheres(log: MemoryLog) -> list[str]:
    return [finding.where for finding in check_log(log, SIGNER.verifier, "log.example")]


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 700])
def test_an_intact_log_has_no_findings(size: int) -> None:
    seen: list[tuple[int, int]] = []
    log = log_of([entry(index) for index in range(size)])
    assert check_log(log, [SIGNER.verifier], "log.example", progress=lambda *at: seen.append(at)) == []
    assert seen == [(min(at + 256, size), size) for at in range(0, size, 256)]


@pytest.mark.parametrize("index", [0, 17, 255, 256, 511, 512, 699])
def test_a_changed_leaf_is_named_alone(log: MemoryLog, index: int) -> None:
    """In full tiles the level above says that the tile is right; in the partial one the signed root does."""
    log.rows[index] = replace(log.rows[index], leaf=flip(log.rows[index].leaf, 3))
    assert wheres(log) == [f"leaf {index}"]


@pytest.mark.parametrize("name", [(0, 0, 256), (0, 1, 256), (0, 2, 188), (1, 0, 2)])
@pytest.mark.parametrize("at", [0, 40])
def test_a_changed_tile_is_named_alone(log: MemoryLog, name: tuple[int, int, int], at: int) -> None:
    log.tiles[name] = flip(log.tiles[name], at)
    assert wheres(log) == [TileName(*name).path]


def test_every_single_byte_of_a_small_log_matters() -> None:
    """`verify` must notice any one byte of any tile, leaf, payload or checkpoint, and say which of them it is."""
    good = log_of([entry(index) for index in range(3)])
    for name, data in good.tiles.items():
        for at in range(len(data)):
            assert wheres(replace(good, tiles={name: flip(data, at)})) == ["tile/0/000.p/3"]
    for at in range(len(good.signed)):
        assert wheres(replace(good, signed=flip(good.signed, at))) == ["checkpoint"]
    row = good.rows[1]
    for at in range(len(row.leaf)):
        assert wheres(replace(good, rows={**good.rows, 1: replace(row, leaf=flip(row.leaf, at))})) == ["leaf 1"]
    for at in range(len(row.payload)):
        bad = replace(row, payload=flip(row.payload, at))
        assert wheres(replace(good, rows={**good.rows, 1: bad})) == ["payload 1"]


def test_all_faults_of_one_log_are_named_in_one_pass(log: MemoryLog) -> None:
    log.rows[17] = replace(log.rows[17], leaf=flip(log.rows[17].leaf, 3))
    log.rows[300] = replace(log.rows[300], payload=b"swapped")
    log.rows[600] = replace(log.rows[600], kind="test.other")
    log.tiles[0, 1, 256] = flip(log.tiles[0, 1, 256], 0)
    assert wheres(log) == ["leaf 17", "tile/0/001", "payload 300", "kind of leaf 600"]


def untold(index: int, kind: str = "test.thing/1", said: str = f"{IN_CONFIDENCE}/1") -> Stored:
    payload = head_bytes(kind, "permanent") + b"sealed %d" % index
    leaf = json.dumps({"kind": said, "payload_sha256": digest(payload), "blobs": []}).encode()
    return Stored(index, leaf, payload, "test.thing", None, "party:a", "2026-01-01", str(index), "")


def test_of_what_is_done_in_confidence_the_payload_says_of_which_kind_it_is() -> None:
    """Without a key: the leaf commits to the payload, so the kind that an entry is filed under cannot be changed."""
    rows = [untold(0), untold(1, kind="test.other/1"), untold(2, said="test.thing/1"), untold(3)]
    rows[3] = replace(rows[3], kind="test.other")
    assert wheres(log_of(rows)) == ["kind of leaf 1", "kind of leaf 2", "kind of leaf 3"]


def test_leaf_and_tile_that_both_changed_are_both_named(log: MemoryLog) -> None:
    """Rewritten each for itself, neither fits the log; only the hash of the tile that fits would clear the leaf."""
    log.rows[300] = replace(log.rows[300], leaf=flip(log.rows[300].leaf, 3))
    log.tiles[0, 1, 256] = flip(log.tiles[0, 1, 256], 0)
    assert wheres(log)[:2] == ["tile/0/001", "leaf 256"]
    assert "leaf 300" in wheres(log)


def rewritten(log: MemoryLog, index: int) -> dict[tuple[int, int, int], bytes]:
    """Change a leaf, and give the tiles that would agree with it."""
    log.rows[index] = replace(log.rows[index], leaf=entry(index, forged=True).leaf)
    _, tiles = extend(LogState(), [leaf_hash(row.leaf) for row in log.rows.values()])
    return {tile.name: tile.data for tile in tiles}


def test_a_leaf_rewritten_together_with_its_tile_is_traced_to_the_tile(log: MemoryLog) -> None:
    """The level above is signed and disagrees; which of the tile's leaves it was, nothing can tell any more."""
    log.tiles[0, 1, 256] = rewritten(log, 300)[0, 1, 256]
    assert wheres(log) == ["tile/0/001"]


def test_a_leaf_rewritten_in_the_last_tile_together_with_it_breaks_the_root(log: MemoryLog) -> None:
    log.tiles[0, 2, 188] = rewritten(log, 600)[0, 2, 188]
    assert wheres(log) == ["checkpoint"]


def test_three_levels_are_traced_too() -> None:
    """Above 65,536 leaves, the blame stays with the tile that changed and does not climb."""
    log = log_of([entry(index) for index in range(66_000)])
    good = dict(log.tiles)
    tiles = rewritten(log, 300)
    log.tiles[0, 1, 256] = tiles[0, 1, 256]
    assert wheres(log) == ["tile/0/001"]
    log.tiles[1, 0, 256] = tiles[1, 0, 256]
    assert wheres(log) == ["tile/1/000"]
    log.rows[300], log.tiles = entry(300), good
    log.tiles[1, 0, 256] = flip(log.tiles[1, 0, 256], 0)
    assert wheres(log) == ["tile/1/000"]


def test_a_whole_rewritten_log_fails_at_the_signature(log: MemoryLog) -> None:
    """Without the key, a consistent rewrite of leaves and tiles cannot reach the signed root."""
    forged = log_of([entry(index, forged=index == 5) for index in range(SIZE)])
    forged.signed = log.signed
    findings = check_log(forged, SIGNER.verifier, "log.example")
    assert [finding.where for finding in findings] == ["checkpoint"]
    assert "than the leaves give" in str(findings[0])


def test_a_damaged_checkpoint_does_not_hide_other_faults(log: MemoryLog) -> None:
    log.signed = b"gone"
    log.rows[17] = replace(log.rows[17], leaf=flip(log.rows[17].leaf, 3))
    assert wheres(log) == ["checkpoint", "leaf 17"]


def test_missing_leaves_and_tiles_are_named(log: MemoryLog) -> None:
    """Every other leaf is still checked: the tile stands in for the hash of the one that is gone."""
    gone = log.rows[20]
    log.rows[20] = replace(gone, index=20_000)
    log.rows.pop(20)
    log.rows[SIZE] = entry(SIZE)  # keeps the stored size
    assert wheres(log) == ["leaf 20"]
    log.rows[20] = gone
    del log.rows[SIZE], log.tiles[0, 1, 256], log.tiles[1, 0, 2]
    assert wheres(log) == ["tile/0/001", "tile/1/000.p/2"]


def test_more_or_fewer_leaves_than_signed_are_a_fault(log: MemoryLog) -> None:
    log.rows[SIZE] = entry(SIZE)
    assert wheres(log)[0] == "checkpoint"
    del log.rows[SIZE], log.rows[SIZE - 1]
    assert wheres(log)[0] == "checkpoint"


def test_a_tile_of_the_wrong_length_is_named(log: MemoryLog) -> None:
    log.tiles[0, 0, 256] = log.tiles[0, 0, 256][:-1]
    assert wheres(log) == ["tile/0/000"]


def test_blobs_are_checked_against_their_names() -> None:
    good, bad = b"good blob", b"bad blob"
    rows = [entry(0, blobs=[digest(good), digest(bad), digest(b"absent")])]
    log = log_of(rows, blobs=(good, bad))
    log.blobs[digest(bad)] = b"changed"
    assert wheres(log) == [f"blob {digest(bad)} of leaf 0", f"blob {digest(b'absent')} of leaf 0"]


@pytest.mark.parametrize("leaf", [b"not json", b"[]", b"{}", b'{"payload_sha256": 3}', b"[" * 60_000])
def test_a_leaf_that_names_no_payload_is_a_fault(leaf: bytes) -> None:
    assert wheres(log_of([replace(entry(0), leaf=leaf)])) == ["leaf 0"]


def test_another_logs_key_or_origin_is_a_fault(log: MemoryLog) -> None:
    other = NoteSigner("log.example", bytes(32)).verifier
    assert [finding.where for finding in check_log(log, other, "log.example")] == ["checkpoint"]
    assert [finding.where for finding in check_log(log, SIGNER.verifier, "other.example")] == ["checkpoint"]


def test_findings_are_bounded() -> None:
    """A ruined log answers with a readable list, not one line a leaf for ever."""
    log = log_of([replace(entry(index), payload=b"") for index in range(1_200)])
    findings = check_log(log, SIGNER.verifier, "log.example")
    assert len(findings) == 1_001
    assert findings[-1] == Finding("record", "has more than 1000 faults; stopped here")


def test_a_log_that_grew_meanwhile_still_verifies(log: MemoryLog) -> None:
    """The newest partial tiles may be replaced by full ones while a check runs."""
    grown = log_of([entry(index) for index in range(1_100)])
    grown.signed = log.signed
    sizes = iter([SIZE, 1_100])
    grown.size = lambda: next(sizes)  # type: ignore[method-assign]
    log.tiles = grown.tiles
    log.tiles[1, 0, 2] = grown.tiles[1, 0, 4][:64]
    assert check_log(grown, SIGNER.verifier, "log.example") == []


class TestEarlierCheckpoints:
    """A log that shows one history today and signed another yesterday is caught by its own signatures."""

    @staticmethod
    def signed(size: int, **changes: object) -> bytes:
        leaves = [entry(index, **(changes if index == 5 else {})).leaf for index in range(size)]
        return grow(LogState(), leaves, SIGNER).checkpoint

    def found(self, log: MemoryLog, *earlier: tuple[int, bytes]) -> list[str]:
        return [finding.where for finding in check_log(log, SIGNER.verifier, "log.example", earlier=earlier)]

    def test_those_of_the_same_history_pass(self, log: MemoryLog) -> None:
        assert self.found(log, *((size, self.signed(size)) for size in (0, 1, 256, 600, SIZE))) == []

    def test_a_fork_a_changed_byte_and_a_wrong_place_are_named(self, log: MemoryLog) -> None:
        earlier = [(300, self.signed(300, forged=True)), (10, flip(self.signed(10), 30)), (7, self.signed(8))]
        assert self.found(log, *earlier) == ["checkpoint 300", "checkpoint 10", "checkpoint 7"]

    def test_a_damaged_tile_is_not_blamed_on_them(self, log: MemoryLog) -> None:
        log.tiles[0, 0, 256] = flip(log.tiles[0, 0, 256], 0)
        assert self.found(log, (200, self.signed(200))) == ["tile/0/000"]

    def test_a_log_cut_short_is_caught(self, log: MemoryLog) -> None:
        assert self.found(log, (SIZE + 1, self.signed(SIZE + 1))) == [f"checkpoint {SIZE + 1}"]
