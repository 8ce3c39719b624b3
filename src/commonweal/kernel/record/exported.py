"""The public log as files at another place (c2sp.org/tlog-tiles), for others to host: written, and read again.

In which order files are written is what makes it safe to be killed at any moment. Full tiles and bundles first, then
the partial ones, then the partial ones that full ones have replaced go, and the checkpoint comes last: whatever
checkpoint lies there, all its tiles do too. A tile, once written, never changes; one that would is refused, since the
two logs then differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from commonweal.kernel.values import Conflict, NotFound, RecordFault

from .check import LogKeys, opener
from .checkpoint import Checkpoint
from .entries import Stored
from .keyring import Keyring
from .merkle import root_at
from .notes import NoteVerifier
from .tiles import ENTRIES, TILE_WIDTH, ReadTile, TileHashes, TileName, decode_bundle, tile_path

CHECKPOINT, LOG_KEYS = "checkpoint", "log-keys.json"
TILE_MEDIA, NOTE_MEDIA = "application/octet-stream", "text/plain; charset=utf-8"
JSON_MEDIA = "application/json"
FOR_EVER, SHORT = "public, max-age=31536000, immutable", "public, max-age=2"
LISTED_ONE_BY_ONE = 16
WRITTEN_AT_ONCE = 256
_HEIGHT = 8


class Place(Protocol):
    """Where files can be laid out: a folder, or a bucket. Raises `Busy` when it cannot be reached or written."""

    at_once: int

    def __str__(self) -> str: ...

    def read(self, path: str) -> bytes:
        """Raises `NotFound`."""

    def create(self, path: str, data: bytes, media: str, cache: str) -> bool:
        """Write a file whole, or not at all. False, and nothing is written, where there is one already."""

    def settle(self) -> None:
        """Everything created so far is durable once this returns."""

    def replace(self, path: str, data: bytes, media: str, cache: str) -> None:
        """Write a file durably in place of what was there; readers see the old one or the new one."""

    def under(self, prefix: str) -> Iterator[str]:
        """The paths of the files under a prefix that ends with a slash."""

    def remove(self, path: str) -> None:
        """Harmless where there is none."""


class PublicLog(Protocol):
    """What leaves: tiles and entry bundles of leaves, which are public; no payload."""

    def tile(self, level: int, n: int, width: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Shipped:
    """What an export did: the size before and after, and how many files were written, there already, and removed."""

    before: int
    size: int
    written: int = 0
    there: int = 0
    removed: int = 0


def export_log(
    log: PublicLog,
    note: bytes,
    verifiers: LogKeys,
    place: Place,
    *,
    keys: bytes = b"",
    whole: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Shipped:
    """Bring the files at a place up to a published checkpoint (`note`).

    Safe to be killed anywhere and called again. `whole` looks at every file, also those that should be there. `keys`
    is what is published of the log's keys, once there was more than one (`LOG_KEYS`).
    Raises `Conflict`, with nothing changed, where the place holds another log, a larger one, or one that this one did
    not grow out of; and where a single file differs from what belongs there.
    """
    opens = _opener(verifiers)
    new = opens(note)
    held, before = _held(place, opens, log.tile, new)
    since = 0 if whole else before
    if before == new.size and held == note and not whole:
        return Shipped(before, new.size)
    names = list(_names(since, new.size))
    written = there = 0
    with ThreadPoolExecutor(place.at_once, "export") as pool:
        for at in range(0, len(names), WRITTEN_AT_ONCE):
            part = names[at : at + WRITTEN_AT_ONCE]
            made = sum(pool.map(lambda name: _lay(place, name, log.tile(*name)), part))
            written, there = written + made, there + len(part) - made
            if progress:
                progress(at + len(part), len(names))
    place.settle()
    removed = _remove_replaced(place, since, new.size)
    if keys and _read(place, LOG_KEYS) != keys:  # before the checkpoint, which may be signed with the newest of them
        place.replace(LOG_KEYS, keys, JSON_MEDIA, SHORT)
    if held != note:
        place.replace(CHECKPOINT, note, NOTE_MEDIA, SHORT)
    return Shipped(before, new.size, written, there, removed)


def _opener(verifiers: LogKeys) -> Callable[[bytes], Checkpoint]:
    if isinstance(verifiers, Keyring):
        return opener(verifiers, verifiers.origin)
    keys = [verifiers] if isinstance(verifiers, NoteVerifier) else list(verifiers)
    return opener(keys, keys[0].name)


def _read(place: Place, path: str) -> bytes:
    try:
        return place.read(path)
    except NotFound:
        return b""


def _held(place: Place, opens: Callable[[bytes], Checkpoint], tile: ReadTile, new: Checkpoint) -> tuple[bytes, int]:
    """The checkpoint that lies there and its size, after making sure that this log grew out of it."""
    held = _read(place, CHECKPOINT)
    if not held:
        return b"", 0
    where = f"{place}/{CHECKPOINT}"
    try:
        found = opens(held)
    except RecordFault as error:
        raise Conflict(
            f"{where} is not one of this log ({error.problem}); nothing was written. Choose an empty target"
        ) from error
    if found.size > new.size:
        raise Conflict(
            f"{where} is of {found.size} entries and signed by this log; there are {new.size} published here. This "
            "record was put back from an older copy, or another machine writes under its key; nothing was written"
        )
    if root_at(found.size, TileHashes(tile, new.size).read) != found.root:
        raise Conflict(
            f"{where} signs another tree of {found.size} entries than the one here: the log was forked. Nothing was "
            "written; keep that checkpoint, it is the evidence"
        )
    return held, found.size


def _names(before: int, size: int) -> Iterator[TileName]:
    """The files that the tree of `size` has and that of `before` had not: full ones first, then partial ones."""
    partial = []
    for level in _levels(size):
        had, has = (n >> (_HEIGHT * max(level, 0)) for n in (before, size))
        for n in range(had // TILE_WIDTH, has // TILE_WIDTH):
            yield TileName(level, n, TILE_WIDTH)
        if has % TILE_WIDTH:
            partial.append(TileName(level, has // TILE_WIDTH, has % TILE_WIDTH))
    yield from partial


def _levels(size: int) -> Iterator[int]:
    yield ENTRIES
    level = 0
    while size >> (_HEIGHT * level):
        yield level
        level += 1


def _lay(place: Place, name: TileName, data: bytes) -> bool:
    """Write a tile unless it lies there, which it then must do unchanged."""
    if place.create(name.path, data, TILE_MEDIA, FOR_EVER):
        return True
    if place.read(name.path) != data:
        raise Conflict(f"{place}/{name.path} differs from this log's: two logs, or a damaged file. It was not replaced")
    return False


def _remove_replaced(place: Place, before: int, size: int) -> int:
    """Remove the partial tiles that a full one has replaced since; their full tiles are durable by now."""
    removed = 0
    for level in _levels(size):
        first, end = (n >> (_HEIGHT * (max(level, 0) + 1)) for n in (before, size))
        for path in list(_partial(place, level, first, end)):
            place.remove(path)
            removed += 1
    return removed


def _partial(place: Place, level: int, first: int, end: int) -> Iterator[str]:
    """The partial tiles first..end-1 of a level that lie there: asked for one by one while these are few."""
    if end - first <= LISTED_ONE_BY_ONE:
        for n in range(first, end):
            yield from place.under(tile_path(level, n) + ".p/")
        return
    full = {tile_path(level, n) for n in range(first, end)}
    for path in place.under(f"tile/{'entries' if level == ENTRIES else level}/"):
        if path.rpartition(".p/")[0] in full:
            yield path


class ExportedLog:
    """A log read from its files alone, to be checked as a stranger would (`examine_log(..., payloads=False)`)."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._note = place.read(CHECKPOINT)
        self._size = Checkpoint.from_text(self._note.decode("utf-8", "replace").rpartition("\n\n")[0] + "\n").size
        self._bundle: tuple[TileName, list[bytes]] | None = None

    def size(self) -> int:
        return self._size

    def checkpoint(self) -> bytes:
        return self._note

    def log_keys(self) -> bytes:
        """What was published of the log's keys beside it; empty for a log that never changed its key."""
        return _read(self._place, LOG_KEYS)

    def tile(self, level: int, n: int, width: int) -> bytes:
        return self._place.read(tile_path(level, n, width))

    def blob(self, ciphertext_sha256: str) -> bytes:
        raise NotFound("blob", ciphertext_sha256, "what is sealed does not leave the authority")

    def entry(self, index: int) -> Stored:
        n, at = divmod(index, TILE_WIDTH)
        leaf = self._leaves(n)[at]
        return Stored(index, leaf, b"", "", None, "", "", "", "")

    def entries(self, start: int, stop: int) -> list[Stored]:
        return [self.entry(index) for index in islice(range(start, stop), self._size - start)]

    def leaves(self, start: int) -> Iterator[bytes]:
        """The public leaves from an index on. Raises `NotFound` or `RecordFault` for a bundle that is none."""
        for index in range(start, self._size):
            yield self.entry(index).leaf

    def _leaves(self, n: int) -> list[bytes]:
        width = min(TILE_WIDTH, self._size - n * TILE_WIDTH)
        name = TileName(ENTRIES, n, width)
        if self._bundle is None or self._bundle[0] != name:
            self._bundle = name, self._read_bundle(name)
        return self._bundle[1]

    def _read_bundle(self, name: TileName) -> list[bytes]:
        """Where a partial bundle is gone, the full one that replaced it begins with the same leaves."""
        try:
            return decode_bundle(self.tile(*name), name.width, name.path)
        except NotFound:
            if name.width == TILE_WIDTH:
                raise
            full = name._replace(width=TILE_WIDTH)
            return decode_bundle(self.tile(*full), TILE_WIDTH, full.path)[: name.width]
