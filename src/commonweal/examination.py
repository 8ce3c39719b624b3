"""Checking a whole record: as a stranger would, then what only the holder of its keys can check, then what is derived.

`weal verify` and `weal fsck` are two entrances to these checks. Verifying asks whether the record is what was signed;
fsck asks in addition whether what is kept beside it for convenience still follows from it, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from commonweal.kernel import disclosure
from commonweal.kernel.disclosure import succession
from commonweal.kernel.record import (
    Finding,
    KeptRecord,
    LogState,
    Passed,
    Stored,
    examine_log,
    leaf_hash,
    tile_path,
    tiles_of,
)
from commonweal.kernel.record.check import LogKeys, opener
from commonweal.kernel.record.sequence import extend
from commonweal.kernel.values import CommonwealError, NotFound, RecordFault

READ_AT_ONCE = 256
RECOMPUTE, REBUILD, BACKUP, LOOK = "recompute", "rebuild", "backup", "look"
LEDGER = "ledger"


class Opening(Protocol):
    """Opens entries with the keys: what does not open, now or when it is asked to `finish`."""

    def __call__(self, entries: Sequence[Stored]) -> list[Finding]: ...

    def finish(self) -> list[Finding]:
        """The findings that are still out."""


class OpeningHere:
    """Opens entries in this thread."""

    def __init__(self, keys: disclosure.KeyStore) -> None:
        self._keys = keys

    def __call__(self, entries: Sequence[Stored]) -> list[Finding]:
        return unopened(entries, self._keys)

    def finish(self) -> list[Finding]:
        return []


def check_record(
    record: KeptRecord,
    keys: disclosure.KeyStore,
    verifier: LogKeys,
    origin: str,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Every way in which a record does not verify (empty: it does).

    The log is checked as a stranger would; then that every payload opens, holds what its leaf commits to, and stands
    under the author, subject and time that were sealed with it. Under a keyring, each checkpoint must be signed by a
    key in force at its size, and the changes of keys that are kept must be those that entries say.
    """
    return [*examine_record(record, OpeningHere(keys), verifier, origin, progress).findings, *turns_said(record, keys)]


def examine_record(
    record: KeptRecord,
    opening: Opening,
    verifier: LogKeys,
    origin: str,
    progress: Callable[[int, int], None] | None = None,
    *,
    begun: Passed | None = None,
    step: Callable[[Passed], None] | None = None,
) -> Passed:
    """`check_record`, interruptible: `step` is told now and then how far it came, and `begun` goes on from there."""

    def pause(passed: Passed) -> None:
        late.extend(opening.finish())
        if step and not late:
            step(passed)

    late: list[Finding] = []
    earlier = ((size, note) for size, _, note in record.signed_trees())
    passed = examine_log(
        record, verifier, origin, earlier=earlier, progress=progress, inspect=opening, begun=begun, step=pause
    )
    findings = [*passed.findings, *late, *opening.finish()]
    findings += roots_kept(record, verifier, origin)
    findings += tiles_too_many(record)
    return Passed(passed.state, tuple(findings), passed.right, passed.blobs)


def unopened(entries: Iterable[Stored], keys: disclosure.KeyStore) -> list[Finding]:
    """The entries that their keys do not open to what their leaves commit to. Erased ones are no finding."""
    findings, lost = [], []
    for stored in entries:
        try:
            disclosure.open_entry(stored, keys)
        except disclosure.Lost:
            lost.append(stored.index)
        except disclosure.Erased:
            continue
        except RecordFault as error:
            findings.append(Finding(error.where, error.problem))
    if lost:
        problem = f"{len(lost)} of them cannot be read: their keys were lost, not erased; their leaves still stand"
        findings.append(Finding(f"payloads {lost[0]} to {lost[-1]}", problem))
    return findings


def roots_kept(record: KeptRecord, verifiers: LogKeys, origin: str) -> list[Finding]:
    """Roots are kept beside the notes that sign them, so that they can be looked up; they must be the same."""
    findings = []
    newest, opens = record.checkpoint(), opener(verifiers, origin)
    for size, root, note in record.signed_trees():
        with suppress(RecordFault):  # a checkpoint that does not open is among the findings already
            if opens(note).root != root:
                where = "checkpoint" if note == newest else f"checkpoint {size}"
                findings.append(Finding(where, "the root kept beside it is not the root that it signs"))
    return findings


def tiles_too_many(record: KeptRecord) -> list[Finding]:
    due = {(tile.level, tile.n) for tile in tiles_of(record.size())}
    return [
        Finding(tile_path(level, n, 256), "is kept, but the tree has no such tile")
        for level, n in record.tiles()
        if (level, n) not in due
    ]


def turns_said(record: KeptRecord, keys: disclosure.KeyStore) -> list[Finding]:
    """What is kept of changes of the log's key and of its end, against the entries that say so."""
    findings, kept = [], dict(record.turns())
    said = sum(record.counts().get(kind.id, 0) for kind in succession.TURNING)
    if said != len(kept):
        findings.append(
            Finding("turns", f"{len(kept)} are kept; {said} entries say that the log changed its key or ended")
        )
    for index, turn in kept.items():
        with suppress(CommonwealError):  # an entry that does not open is among the findings already
            stored = record.entry(index)
            if succession.turn_of(stored.kind, disclosure.open_entry(stored, keys).fields) != turn:
                findings.append(Finding(f"turn {index}", "is kept otherwise than its entry says"))
    return findings


# ── what is derived ─────────────────────────────────────────────────────────────────────────────────────────────────


class DerivedStorage(KeptRecord, Protocol):
    """What a store keeps besides, and how it is put right where it follows from leaves that verify."""

    def counts(self) -> dict[str, int]:
        """How many entries of each kind there are, as counted while writing."""

    def counted(self) -> dict[str, int]:
        """The same, counted now."""

    def blob_addresses(self) -> Iterator[str]:
        """Every blob that is kept."""

    def twice(self) -> Iterator[tuple[str, str, int]]:
        """Author, key and number of the entries that share both."""

    def put_right(
        self, tiles: Mapping[tuple[int, int], bytes], roots: Mapping[int, bytes], kinds: Mapping[str, int]
    ) -> None:
        """Keep exactly these tiles, roots beside the notes, and counts, in one transaction. Leaves are not touched."""


def check_derived(record: DerivedStorage, blobs: Collection[str]) -> list[Finding]:
    """What is kept beside the log and does not follow from it; `blobs` are the addresses that the leaves name."""
    findings = [
        Finding(f"kind_count {kind}", f"says {kept} entries; there are {there}")
        for kind, kept, there in _counts_that_differ(record)
    ]
    findings += [
        Finding(f"blob {address}", "is named by no leaf: an orphan")
        for address in record.blob_addresses()
        if address not in blobs
    ]
    return findings + [
        Finding(f"key {key!r} of {author}", f"{number} entries stand under it; one may")
        for author, key, number in record.twice()
    ]


def _counts_that_differ(record: DerivedStorage) -> list[tuple[str, int, int]]:
    kept, there = record.counts(), record.counted()
    names = sorted({*kept, *there})
    return [(name, kept.get(name, 0), there.get(name, 0)) for name in names if kept.get(name, 0) != there.get(name, 0)]


def remedy(finding: Finding, findings: Iterable[Finding]) -> str:
    """What helps: `recompute` (`--repair` does it), `rebuild` (`weal rebuild` does it), `backup`, or `look` where
    nothing is lost and a person decides.

    A tile can be computed again where the leaves under it stand; of leaves, payloads and signed notes there is no
    second copy here.
    """
    where, problem = finding.where, finding.problem
    if where.startswith("kind_count ") or "root kept beside it" in problem:
        return RECOMPUTE
    if where == LEDGER:
        return REBUILD
    if where.startswith("tile/"):
        bad = any(item.where.startswith(("leaf ", "checkpoint")) and item != finding for item in findings)
        return BACKUP if bad or "changed together with the leaves" in problem else RECOMPUTE
    if where.startswith(("blob ", "projections")) and (" of leaf" not in where):
        return LOOK
    return BACKUP


def put_right(record: DerivedStorage, verifiers: LogKeys, origin: str) -> bool:
    """Write tiles, roots and counts again from the leaves, if these give the root that the newest checkpoint signs.

    False, and nothing is written, where they do not: then it is the leaves that are wrong.
    """
    state = LogState()
    tiles: dict[tuple[int, int], bytes] = {}
    opens = opener(verifiers, origin)
    newest = opens(record.checkpoint())
    for start in range(0, newest.size, READ_AT_ONCE):
        entries = record.entries(start, min(start + READ_AT_ONCE, newest.size))
        state, written = extend(state, [leaf_hash(entry.leaf) for entry in entries])
        tiles |= {(tile.level, tile.n): tile.data for tile in written}
    if (state.size, state.root) != (newest.size, newest.root):
        return False
    roots = {}
    for size, _, note in record.signed_trees():
        with suppress(RecordFault, NotFound):
            roots[size] = opens(note).root
    record.put_right(tiles, roots, record.counted())
    return True
