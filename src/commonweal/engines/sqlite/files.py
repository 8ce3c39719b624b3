"""Files that entries name, sealed, in a folder beside the record: `blobs/ab/abcd…`, by the SHA-256 of what lies there.

A file in a table would go through the write-ahead log, which every filing waits for, and be copied twice on its way.
Here it is written once: to a draft under a random name, made durable, then renamed, so that under its own name it is
whole or not there. The record says in its own transaction which of them belong to an entry.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from commonweal.kernel.values import Busy, NotFound

FOLDER, DRAFTS = "blobs", ".drafts"
PIECE_BYTES = 1 << 20
_ADDRESS = re.compile(r"[0-9a-f]{64}")


class FolderFiles:
    """The `SealedFiles` in a folder, which is made when the first one is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def draft(self) -> Iterator[_Draft]:
        """Begin a file. What is not kept is gone; what a killed process left, `clear_drafts` takes away."""
        drafts = self._folder / DRAFTS
        with _translated(self._folder):
            for folder in (self._folder, drafts):
                _made(folder)
            path = drafts / secrets.token_hex(16)
            file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        try:
            with file:
                yield _Draft(self, file, path)
        finally:
            path.unlink(missing_ok=True)

    def pieces(self, address: str) -> Iterator[bytes]:
        """A file in pieces of at most a mebibyte. Raises `NotFound`."""
        with self.path(address).open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def size(self, address: str) -> int:
        """How many bytes a file has. Raises `NotFound`."""
        return self.path(address).stat().st_size

    def holds(self, address: str) -> bool:
        return self._place(address).is_file()

    def path(self, address: str) -> Path:
        """Where a file lies. Raises `NotFound`."""
        place = self._place(address)
        if not place.is_file():
            raise NotFound("blob", address)
        return place

    def came_before(self, moment: datetime) -> list[str]:
        """The addresses of the files that came before a moment."""
        return [path.name for path in self._all() if _came(path) < moment]

    def remove(self, address: str) -> None:
        self._place(address).unlink(missing_ok=True)

    def clear_drafts(self) -> None:
        """Take away the drafts that nobody has written to for a day, by this machine's clock."""
        before = datetime.now(UTC) - timedelta(days=1)
        for path in (self._folder / DRAFTS).glob("*"):
            with suppress(FileNotFoundError):
                if _came(path) < before:
                    path.unlink()

    def put(self, draft: Path, address: str, at: datetime) -> None:
        """Give a durable draft its own name, durably."""
        place = self._place(address)
        _made(place.parent)
        os.utime(draft, (at.timestamp(), at.timestamp()))
        draft.replace(place)
        _durable(place.parent)

    def _all(self) -> Iterator[Path]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            if _ADDRESS.fullmatch(path.name):
                yield path

    def _place(self, address: str) -> Path:
        if not _ADDRESS.fullmatch(address):
            raise NotFound("blob", address)
        return self._folder / address[:2] / address


class _Draft:
    """A file that is being written."""

    def __init__(self, files: FolderFiles, file: BinaryIO, path: Path) -> None:
        self._files, self._file, self._path = files, file, path

    def write(self, piece: bytes) -> None:
        with _translated(self._path):
            self._file.write(piece)

    def keep(self, address: str, at: datetime) -> None:
        """Keep it under the SHA-256 of the whole, as come at that moment."""
        with _translated(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._files.put(self._path, address, at)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = error.filename or path
        raise Busy(
            f"{name}: {error.strerror}; nothing was kept. Free some space, or look at its permissions"
        ) from error


def _made(folder: Path) -> bool:
    """Make a folder that is its owner's alone; whether it was missing."""
    if folder.is_dir():
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _durable(folder.parent)
    return True


def _came(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
