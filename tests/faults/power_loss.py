"""A process whose disk forgets what was not synced: it writes to a record and makes images of the disk as a power
failure would leave it.

`python power_loss.py FOLDER SYNCHRONOUS SEED IMAGES [HOW]` writes acts into FOLDER/live. After an act was acknowledged,
now and then, FOLDER/<n> becomes the disk after a power failure: every file as of its last sync, and of the writes since
then any number, whole, in part or not at all. HOW says what the disk does with these: `lost` (some are gone, one in
five of the others is cut short), `torn` (of each, any sectors are there and any are not), `reordered` (they arrive in
any order, so that an earlier one may lie over a later one). FOLDER/<n>/acknowledged holds how many acts had been
acknowledged.

Writes and syncs are seen in SQLite's own layer for the operating system (a VFS), in the library that Python's sqlite3
is linked with. Exits with 77 where that library keeps its symbols to itself.
"""

from __future__ import annotations

import _sqlite3
import ctypes as c
import random
import sys
from pathlib import Path
from typing import Any

from writer_process import SIGNER, draft

from commonweal.engines.sqlite import SqliteRecord
from commonweal.engines.sqlite import record as module

CANNOT = 77
SECTOR = 512
WRITE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int, c.c_int64)
TRUNCATE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int64)
SYNC = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int)
DELETE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_int)
# The name as an address: SQLite keeps it for as long as the file is open, so it must not become a copy of ours.
OPEN = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_void_p, c.c_int, c.c_void_p)


class Methods(c.Structure):
    """sqlite3_io_methods up to xSync; what comes after is copied with it (19 pointers in all at most)."""

    _fields_ = (
        ("version", c.c_int), ("close", c.c_void_p), ("read", c.c_void_p), ("write", WRITE), ("truncate", TRUNCATE),
        ("sync", SYNC), ("rest", c.c_void_p * 13),
    )  # fmt: skip


class File(c.Structure):
    _fields_ = (("methods", c.POINTER(Methods)),)


class Vfs(c.Structure):
    _fields_ = (
        ("version", c.c_int), ("file_size", c.c_int), ("path_max", c.c_int), ("next", c.c_void_p),
        ("name", c.c_char_p), ("data", c.c_void_p), ("open", OPEN), ("delete", DELETE), ("rest", c.c_void_p * 14),
    )  # fmt: skip


class Disk:
    """Every file by name: what is surely on it, and what was written since."""

    def __init__(self) -> None:
        self.synced: dict[str, bytearray] = {}
        self.waiting: dict[str, list[tuple[int, bytes | None]]] = {}

    def write(self, name: str, offset: int, data: bytes | None) -> None:
        """Data at an offset; None truncates there."""
        self.waiting.setdefault(name, []).append((offset, data))

    def sync(self, name: str) -> None:
        content = self.synced.setdefault(name, bytearray())
        for offset, data in self.waiting.pop(name, []):
            apply(content, offset, data)

    def delete(self, name: str, sync_folder: bool) -> None:
        """A deletion is sure once the folder is synced; until then the file may come back."""
        if sync_folder:
            self.synced.pop(name, None)
            self.waiting.pop(name, None)

    def fail(self, folder: Path, dice: random.Random, how: str) -> None:
        """Write the disk as a power failure leaves it."""
        folder.mkdir()
        for name in sorted({*self.synced, *self.waiting}):
            content = bytearray(self.synced.get(name, b""))
            kept = dice.random()
            waiting = [item for item in self.waiting.get(name, []) if dice.random() < kept]
            if how == "reordered":
                dice.shuffle(waiting)
            for offset, data in waiting:
                for at, part in pieces(offset, data, how, dice):
                    apply(content, at, part)
            (folder / Path(name).name).write_bytes(content)


def pieces(offset: int, data: bytes | None, how: str, dice: random.Random) -> list[tuple[int, bytes | None]]:
    """What of one write is on the disk: all of it, its beginning, or any of its sectors."""
    if not data or how == "reordered":
        return [(offset, data)]
    if how == "torn":
        sectors = [(offset + at, data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)]
        return [sector for sector in sectors if dice.random() < 0.5]
    return [(offset, data[: dice.randrange(len(data))] if dice.random() < 0.2 else data)]


def apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset + len(data) - len(content))))
    content[offset : offset + len(data)] = data


def watch(disk: Disk) -> list[object]:
    """Make SQLite's default VFS one that tells the disk of writes and syncs. Gives what must be kept alive."""
    try:
        library = c.CDLL(_sqlite3.__file__)
        find, register = library.sqlite3_vfs_find, library.sqlite3_vfs_register
    except (AttributeError, OSError):
        sys.exit(CANNOT)
    find.restype = c.POINTER(Vfs)
    real = find(None).contents
    names: dict[int, str] = {}
    replaced: dict[int, tuple[Methods, Methods]] = {}

    def methods_for(original: Any) -> Methods:
        address = c.addressof(original.contents)
        if address not in replaced:
            old, new = original.contents, Methods.from_buffer_copy(original.contents)

            def write(file: int, data: int, count: int, offset: int) -> int:
                disk.write(names[file], offset, c.string_at(data, count))
                return old.write(file, data, count, offset)

            def truncate(file: int, size: int) -> int:
                disk.write(names[file], size, None)
                return old.truncate(file, size)

            def sync(file: int, flags: int) -> int:
                disk.sync(names[file])
                return old.sync(file, flags)

            new.write, new.truncate, new.sync = WRITE(write), TRUNCATE(truncate), SYNC(sync)
            replaced[address] = (old, new)
        return replaced[address][1]

    def opened(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        code = real.open(vfs, name, file, flags, out)
        if code == 0 and name:
            names[file] = c.string_at(name).decode()
            handle = c.cast(file, c.POINTER(File)).contents
            handle.methods = c.pointer(methods_for(handle.methods))
        return code

    def delete(vfs: int, name: bytes, sync_folder: int) -> int:
        disk.delete(name.decode(), bool(sync_folder))
        return real.delete(vfs, name, sync_folder)

    ours = Vfs.from_buffer_copy(real)
    ours.name, ours.open, ours.delete = b"forgetful", OPEN(opened), DELETE(delete)
    if register(c.byref(ours), 1) != 0:
        sys.exit(CANNOT)
    return [ours, real, replaced, names]


def main(folder: Path, synchronous: str, seed: int, images: int, how: str) -> None:
    disk, dice = Disk(), random.Random(seed)
    kept = watch(disk)
    module.WAL_PAGES = 30  # so that the log is moved into the database often
    live = folder / "live"
    live.mkdir()
    record = SqliteRecord(live, SIGNER)
    record._connection.execute(f"PRAGMA synchronous={synchronous}")
    number = 0
    for image in range(images):
        for _ in range(dice.randint(1, 12)):
            stop = number + dice.randint(1, 4)
            record.append([draft("a", at, (number, stop)) for at in range(number, stop)])
            number = stop
        disk.fail(folder / str(image), dice, how)
        (folder / str(image) / "acknowledged").write_text(str(number))
    record.close()
    del kept


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), (*sys.argv, "lost")[5])
