"""Does the record verify? Everything is derived again from the leaves and compared with what is stored.

Each leaf's hash against its tile, each tile against the tiles below it, the root and the signature of the checkpoint,
each payload and blob against the SHA-256 that its leaf names, and the kind each entry is filed under. Faults are
collected, not raised: one pass names them all.

Where a leaf and its tile disagree, one of them is right. For a full tile, the level above holds the root it had when
it became full; for the last, partial one the signed root decides. When neither fits, both are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from commonweal.kernel.values import CommonwealError, NotFound, RecordFault, digest, read_json, shown

from .checkpoint import Checkpoint, open_checkpoint
from .entries import Stored
from .heads import IN_CONFIDENCE, head_of, untold
from .keyring import Keyring
from .merkle import HASH_BYTES, leaf_hash, root_at, root_of
from .notes import NoteVerifier
from .sequence import LogState, TileWrite, extend
from .tiles import LEAF_BYTES_MAX, TILE_WIDTH, TileHashes, TileName, split_tile, tile_width

FINDINGS_MAX = 1_000
# How many leaves are read between two moments at which an interrupted examination can be taken up again.
LEAVES_A_STEP = 32 * TILE_WIDTH
_LEAF_DEPTH_MAX = 16

Progress = Callable[[int, int], None]
# Checks some entries whose leaves are good, further than can be done without keys.
Inspect = Callable[[Sequence[Stored]], "list[Finding]"]
Opens = Callable[[bytes], Checkpoint]
# A log's public keys, or its keyring: then a checkpoint needs a key in force at its size.
LogKeys = NoteVerifier | Iterable[NoteVerifier] | Keyring


class LogReader(Protocol):
    """The part of a `RecordStore` that checking needs."""

    def size(self) -> int: ...

    def entry(self, index: int) -> Stored: ...

    def entries(self, start: int, stop: int) -> list[Stored]: ...

    def blob(self, ciphertext_sha256: str) -> bytes: ...

    def checkpoint(self) -> bytes: ...

    def tile(self, level: int, n: int, width: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which the record does not verify.

    `where` is `tile/0/000`, `leaf 17`, `payload 17`, `blob <digest> of leaf 17`, `kind of leaf 17`, `checkpoint`
    (the newest) or `checkpoint 17` (an earlier one, by its size).
    """

    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Passed:
    """How far an examination has come: the right edge of the leaves read so far, and what was found in them.

    `right` are stored tiles found right although the leaves gave others; `blobs` the addresses that leaves named.
    """

    state: LogState = field(default_factory=LogState)
    findings: tuple[Finding, ...] = ()
    right: frozenset[TileName] = frozenset()
    blobs: frozenset[str] = frozenset()


def check_log(
    store: LogReader,
    verifiers: LogKeys,
    origin: str,
    *,
    earlier: Iterable[tuple[int, bytes]] = (),
    progress: Progress | None = None,
) -> list[Finding]:
    """Every way in which a log does not verify, in the order found; empty when it does.

    `verifiers` are the log's public keys, or its keyring: then each checkpoint needs a key in force at its size.
    `progress(done, total)` is called as leaves are read. `earlier` are checkpoints signed before, each with the size
    it is kept under: the same tree must lead to all of them. Reads the log as of its newest checkpoint, so it may run
    while the log grows. Stops after 1,000 findings, saying so.
    """
    return list(examine_log(store, verifiers, origin, earlier=earlier, progress=progress).findings)


def examine_log(
    store: LogReader,
    verifiers: LogKeys,
    origin: str,
    *,
    earlier: Iterable[tuple[int, bytes]] = (),
    progress: Progress | None = None,
    payloads: bool = True,
    inspect: Inspect | None = None,
    begun: Passed | None = None,
    step: Callable[[Passed], None] | None = None,
) -> Passed:
    """Like `check_log`, with more to say about how.

    Without `payloads` only leaves, tiles and checkpoints are checked, as is all that an exported log holds. `inspect`
    is given the entries whose leaves and payloads are good. `step` is told every few thousand leaves how far it has
    come; handed in again as `begun`, what was read by then is not read again, and the signed root decides whether it
    still fits. Where there are findings already, an examination does not go on but begins anew.
    """
    keys = opener(verifiers, origin)
    check = _Check(store, keys, origin, progress or (lambda done, total: None))
    check.payloads, check.inspect, check.step = payloads, inspect, step
    check.take_up(begun or Passed())
    try:
        check.run()
        check.run_earlier(earlier)
    except _Enough:
        check.findings.append(Finding("record", f"has more than {FINDINGS_MAX} faults; stopped here"))
    return check.passed()


def opener(verifiers: LogKeys, origin: str) -> Opens:
    """How the checkpoints in a log's own store are opened with these keys."""
    if isinstance(verifiers, Keyring):
        return lambda note: verifiers.open(note, own=True)
    keys = [verifiers] if isinstance(verifiers, NoteVerifier) else list(verifiers)
    return lambda note: open_checkpoint(note, keys, origin)


class _Enough(Exception):
    """There are more findings than anyone would read."""


class _Check:
    def __init__(self, store: LogReader, opens: Opens, origin: str, progress: Progress) -> None:
        self.store, self.opens, self.origin, self.progress = store, opens, origin, progress
        self.findings: list[Finding] = []
        self.size = 0
        self.signed_root: bytes | None = None
        # Stored tiles that are right although the leaves, as they stand, give others.
        self._above_right: set[TileName] = set()
        self.payloads = True
        self.inspect: Inspect | None = None
        self.step: Callable[[Passed], None] | None = None
        self._state = LogState()
        self._blobs: set[str] = set()

    def take_up(self, begun: Passed) -> None:
        if begun.state.size % TILE_WIDTH == 0 and not begun.findings:
            self._state, self._blobs = begun.state, set(begun.blobs)

    def passed(self) -> Passed:
        return Passed(self._state, tuple(self.findings), frozenset(self._above_right), frozenset(self._blobs))

    def run(self) -> None:
        self._take_checkpoint()
        if self._state.size > self.size:
            self._state = LogState()
        for start in range(self._state.size, self.size, TILE_WIDTH):
            stop = min(start + TILE_WIDTH, self.size)
            self._check_leaves(start, stop)
            self.progress(stop, self.size)
            if self.step and stop % LEAVES_A_STEP == 0:
                self.step(self.passed())
        self._check_upper(self._state.partial_tiles())
        if self.signed_root not in (None, self._state.root) and not self._above_right:
            self._note("checkpoint", f"signs another root than the leaves give, which is {self._state.root.hex()}")

    def _check_leaves(self, start: int, stop: int) -> None:
        """One tile's worth of leaves: their hashes, what hangs on them, and the tiles that they complete."""
        entries = self._entries(start, stop)
        hashes, bad = self._leaf_hashes(start, entries)
        good = [entry for index, entry in enumerate(entries, start) if entry is not None and index not in bad]
        if self.payloads:
            good = [entry for entry in good if self._check_content(entry)]
        if self.inspect:
            for finding in self.inspect(good):
                self._note(finding.where, finding.problem)
        self._state, tiles = extend(self._state, hashes)
        self._check_upper(tile for tile in tiles if tile.width == TILE_WIDTH)

    def run_earlier(self, checkpoints: Iterable[tuple[int, bytes]]) -> None:
        """Check checkpoints signed before; their roots only where the tree itself was found to be whole."""
        whole = not any(finding.where.startswith("tile/") for finding in self.findings)
        read = TileHashes(self.store.tile, self.size)
        for size, data in checkpoints:
            try:
                found = self.opens(data)
            except RecordFault as error:
                self._note(f"checkpoint {size}", error.problem)
                continue
            if found.size != size:
                self._note(f"checkpoint {size}", f"is kept under that size, but signs {found.size} leaves")
            elif size > self.size and size > self.store.size():
                self._note(f"checkpoint {size}", f"signs more than the {self.size} leaves that are left")
            elif whole and size <= self.size and root_at(size, read) != found.root:
                self._note(f"checkpoint {size}", "signs a tree that this log did not grow out of")

    def _note(self, where: str, problem: str) -> None:
        if len(self.findings) >= FINDINGS_MAX:
            raise _Enough
        self.findings.append(Finding(where, problem))

    def _take_checkpoint(self) -> None:
        """Set size and signed root; without a good checkpoint, the size is what the store says."""
        before = self.store.size()
        found: Checkpoint | None = None
        try:
            found = self.opens(self.store.checkpoint())
        except RecordFault as error:
            self._note("checkpoint", error.problem)
        except Exception as error:
            self._note("checkpoint", _unreadable(error))
        after = self.store.size()
        self.size = after
        if found is None:
            return
        if before <= found.size <= after:
            self.size, self.signed_root = found.size, found.root
        else:
            self._note("checkpoint", f"signs a log of {found.size} leaves; {after} are stored")

    def _entries(self, start: int, stop: int) -> list[Stored | None]:
        """Entries start..stop in order; None for one that is missing or unreadable, which is noted."""
        try:
            found = {entry.index: entry for entry in self.store.entries(start, stop)}
        except Exception:
            found = {}
        return [found.get(index) or self._entry(index) for index in range(start, stop)]

    def _entry(self, index: int) -> Stored | None:
        try:
            return self.store.entry(index)
        except Exception as error:
            self._note(f"leaf {index}", _unreadable(error))
            return None

    def _leaf_hashes(self, start: int, entries: Sequence[Stored | None]) -> tuple[list[bytes], set[int]]:
        """The leaf hashes to go on with, and the indexes of leaves that are themselves at fault."""
        name = TileName(0, start // TILE_WIDTH, len(entries))
        stored = self._tile(name)
        fill = stored or [bytes(HASH_BYTES)] * len(entries)
        derived = [leaf_hash(entry.leaf) if entry else fill[at] for at, entry in enumerate(entries)]
        if stored is None or derived == stored:
            return derived, set()
        differing = [start + at for at in range(len(entries)) if derived[at] != stored[at]]
        tile_right, leaves_right = self._vouched(name, stored), self._vouched(name, derived)
        if not tile_right:
            self._note(name.path, f"hash {differing[0] % TILE_WIDTH} is not that of leaf {differing[0]}")
        if leaves_right:
            return derived, set()
        for index in differing:
            self._note(f"leaf {index}", f"its hash is not the one in {name.path}")
        return (stored if tile_right else derived), set(differing)

    def _vouched(self, name: TileName, hashes: list[bytes]) -> bool:
        """Whether a tile with these hashes is the one that the rest of the log commits to."""
        try:
            if name.width == TILE_WIDTH:
                n, at = divmod(name.n, TILE_WIDTH)
                level = name.level + 1
                above = self._read(TileName(level, n, tile_width(level, n, self.size)))
                return above[at] == root_of(hashes)
            data = b"".join(hashes)
            edge = LogState.load(
                self.size, lambda *tile: data if tile == name else b"".join(self._read(TileName(*tile)))
            )
            return edge.root == self.signed_root
        except Exception:
            return False

    def _check_upper(self, tiles: Iterable[TileWrite]) -> None:
        """Compare tiles above the leaves with what was derived (leaf tiles were compared already)."""
        for level, n, width, data in tiles:
            name = TileName(level, n, width)
            stored = self._tile(name) if level else None
            if stored is not None and b"".join(stored) != data:
                self._blame_upper(name, stored, split_tile(name, data))

    def _blame_upper(self, name: TileName, stored: list[bytes], derived: list[bytes]) -> None:
        """A tile that differs is at fault itself, or, where the log commits to it, the tiles below it are."""
        differing = [at for at, value in enumerate(derived) if value != stored[at]]
        below = [TileName(name.level - 1, name.n * TILE_WIDTH + at, TILE_WIDTH) for at in differing]
        if not self._vouched(name, stored):
            self._note(name.path, f"hash {differing[0]} is not the root of {below[0].path}")
            return
        self._above_right.add(name)
        for tile in below:
            if tile not in self._above_right:
                self._note(tile.path, f"it changed together with the leaves under it: {name.path} holds another root")

    def _tile(self, name: TileName) -> list[bytes] | None:
        """The hashes of a stored tile; None when it cannot be read, which is noted."""
        try:
            return self._read(name)
        except RecordFault as error:
            self._note(name.path, error.problem)
        except Exception as error:
            self._note(name.path, _unreadable(error))
        return None

    def _read(self, name: TileName) -> list[bytes]:
        try:
            return split_tile(name, self.store.tile(*name))
        except NotFound:
            if name.width == TILE_WIDTH:
                raise
            # The log may have grown since the checkpoint was read; the full tile then stands for the partial one.
            full = name._replace(width=TILE_WIDTH)
            return split_tile(full, self.store.tile(*full))[: name.width]

    def _check_content(self, entry: Stored) -> bool:
        """What hangs on a good leaf: its payload, its blobs, and the kind it is filed under; whether all is well."""
        before, where = len(self.findings), f"leaf {entry.index}"
        try:
            leaf = read_json(entry.leaf, bytes_max=LEAF_BYTES_MAX, depth_max=_LEAF_DEPTH_MAX)
        except CommonwealError as error:
            self._note(where, f"is not JSON: {error}")
            return False
        if not isinstance(leaf, dict) or not isinstance(leaf.get("payload_sha256"), str):
            self._note(where, "names no payload_sha256")
            return False
        if (found := digest(entry.payload)) != leaf["payload_sha256"]:
            problem = f"its SHA-256 is {found}; the leaf names {shown(leaf['payload_sha256'])}"
            self._note(f"payload {entry.index}", problem)
        said = leaf.get("entry_kind", leaf.get("kind"))
        if untold(entry.payload):
            said = self._untold(entry, said)
        if said is not None and str(said).rpartition("/")[0] != entry.kind:
            self._note(f"kind of {where}", f"is filed under {shown(entry.kind)}; the leaf says {shown(said)}")
        for address in _addresses(leaf):
            self._blobs.add(address)
            self._check_blob(address, where)
        return len(self.findings) == before

    def _untold(self, entry: Stored, said: Any) -> str | None:
        """What a payload says of its kind where the leaf does not; the leaf must say just that."""
        if str(said).rpartition("/")[0] != IN_CONFIDENCE:
            self._note(f"kind of leaf {entry.index}", f"says {shown(said)}; its payload is of one that tells no kind")
        try:
            head = head_of(entry.payload, f"payload {entry.index}")
        except RecordFault as error:
            self._note(error.where, error.problem)
            return None
        return head.kind if head else None

    def _check_blob(self, address: str, of: str) -> None:
        where = f"blob {shown(address)} of {of}"
        try:
            found = digest(self.store.blob(address))
        except Exception as error:
            self._note(where, _unreadable(error))
            return
        if found != address:
            self._note(where, f"its SHA-256 is {found}")


def _addresses(leaf: dict[str, Any]) -> list[str]:
    blobs = leaf.get("blobs", [])
    return [str(address) for address in blobs] if isinstance(blobs, list) else []


def _unreadable(error: Exception) -> str:
    return f"cannot be read: {shown(str(error) or type(error).__name__)}"
