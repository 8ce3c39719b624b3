"""Kills an export at each of its steps: before the first file that it lays down, before the second, and so on.

`python export_process.py FOLDER` prints each step at which an export from one size of a log to a larger one was
killed, and ends with 0 once it came through. The process forks for every kill (`kill_steps.in_a_child`). After each
kill all files that lie there verify, they are those of the one size or of the other, and the next export goes on.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import pairwise
from pathlib import Path

from kill_steps import in_a_child

from commonweal.engines.places import FolderPlace
from commonweal.kernel.record import LogState, NoteSigner, encode_bundle, examine_log, grow, leaf_hash
from commonweal.kernel.record.exported import CHECKPOINT, ExportedLog, export_log
from commonweal.kernel.record.sequence import extend

SIGNER = NoteSigner("log.example", bytes(range(32)))
BEFORE, AFTER = 173, 300
STEPS_MAX = 200


class Log:
    """Numbered leaves, as many as are asked for."""

    def __init__(self, size: int) -> None:
        self.leaves = [b'{"n": %d}' % number for number in range(size)]
        _, tiles = extend(LogState(), [leaf_hash(leaf) for leaf in self.leaves])
        self.tiles = {(tile.level, tile.n): tile.data for tile in tiles}
        self.note = grow(LogState(), self.leaves, SIGNER).checkpoint

    def tile(self, level: int, n: int, width: int) -> bytes:
        if level < 0:
            return encode_bundle(self.leaves[n * 256 : n * 256 + width])
        return self.tiles[level, n][: width * 32]


class Dying(FolderPlace):
    """A folder whose process is killed before its n-th step (never for 0), which it says first."""

    at_once = 1  # in one order, so that each run dies at the same steps

    def __init__(self, folder: Path, step: int) -> None:
        super().__init__(folder)
        self._left = step

    def _step(self, what: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.write(1, f"{what}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def create(self, path: str, data: bytes, media: str, cache: str) -> bool:
        self._step(f"create {path}")
        return super().create(path, data, media, cache)

    def settle(self) -> None:
        self._step("settle")
        super().settle()

    def replace(self, path: str, data: bytes, media: str, cache: str) -> None:
        self._step(f"replace {path}")
        super().replace(path, data, media, cache)

    def remove(self, path: str) -> None:
        self._step(f"remove {path}")
        super().remove(path)


def export(log: Log, folder: Path, step: int = 0) -> None:
    place = Dying(folder, step)
    export_log(log, log.note, SIGNER.verifier, place)
    place.close()


def exported(folder: Path) -> int:
    """The size of the log that lies there, all of whose files verify."""
    if not (folder / CHECKPOINT).is_file():
        return 0
    passed = examine_log(ExportedLog(FolderPlace(folder)), SIGNER.verifier, SIGNER.name, payloads=False)
    assert passed.findings == (), passed.findings
    return int(passed.state.size)


def killed_at(step: int, folder: Path, first: Log, then: Log) -> bool:
    """Kill the export to the larger size at a step, and check what lies there. False where there is no such step."""
    shutil.rmtree(folder, ignore_errors=True)
    if first.leaves:
        export(first, folder)
    ended = in_a_child(lambda: export(then, folder, step))
    assert ended in (0, -signal.SIGKILL), ended
    there = exported(folder)
    assert there in ((len(first.leaves), len(then.leaves)) if ended else (len(then.leaves),)), there
    export(then, folder)
    assert exported(folder) == len(then.leaves), "the next export goes on"
    return ended != 0


def main(folder: Path) -> None:
    sizes = [Log(size) for size in (0, BEFORE, AFTER)]
    for first, then in pairwise(sizes):
        last = next(step for step in range(1, STEPS_MAX) if not killed_at(step, folder, first, then))
        assert last > 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
