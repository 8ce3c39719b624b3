"""Exports a growing log to a folder for ever, saying each size that it has exported; made to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from commonweal.engines.places import FolderPlace
from commonweal.kernel.record import LogState, NoteSigner, encode_bundle, grow, leaf_hash
from commonweal.kernel.record.exported import export_log
from commonweal.kernel.record.sequence import extend

SIGNER = NoteSigner("log.example", bytes(range(32)))


class Log:
    """Numbered leaves, as many as are asked for."""

    def __init__(self, size: int) -> None:
        self.leaves = [b'{"n": %d}' % number for number in range(size)]
        _, tiles = extend(LogState(), [leaf_hash(leaf) for leaf in self.leaves])
        self.tiles = {(tile.level, tile.n): tile.data for tile in tiles}

    def tile(self, level: int, n: int, width: int) -> bytes:
        if level < 0:
            return encode_bundle(self.leaves[n * 256 : n * 256 + width])
        return self.tiles[level, n][: width * 32]


def main(folder: Path, size: int) -> None:
    while True:
        log = Log(size)
        note = grow(LogState(), log.leaves, SIGNER).checkpoint
        export_log(log, note, SIGNER.verifier, _place(folder))
        sys.stdout.write(f"{size}\n")
        sys.stdout.flush()
        size += 173


_places: dict[Path, FolderPlace] = {}


def _place(folder: Path) -> FolderPlace:
    """One place a process: it holds the folder's lock."""
    return _places.setdefault(folder, FolderPlace(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
