"""Checking a whole record: as a stranger would, and then what only the holder of its keys can check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

from commonweal.kernel import disclosure
from commonweal.kernel.record import Finding, NoteVerifier, RecordStore, check_log, open_checkpoint, tile_path, tiles_of
from commonweal.kernel.values import RecordFault

READ_AT_ONCE = 256


class KeptRecord(RecordStore, Protocol):
    """A record with everything that is kept beside its leaves and payloads."""

    def signed_trees(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Size, root as kept, and note of every checkpoint, oldest first."""

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Level and number of every hash tile that is kept."""


def check_record(
    record: KeptRecord,
    keys: disclosure.KeyStore,
    verifier: NoteVerifier,
    origin: str,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Every way in which a record does not verify (empty: it does).

    The log is checked as a stranger would; then that every payload opens, holds what its leaf commits to, and stands
    under the author, subject and time that were sealed with it.
    """
    earlier = ((size, note) for size, _, note in record.signed_trees())
    findings = check_log(record, verifier, origin, earlier=earlier, progress=progress)
    findings += _roots_kept(record, verifier, origin)
    findings += _tiles_too_many(record)
    return findings + _payloads(record, keys, {finding.where.rpartition(" ")[2] for finding in findings})


def _roots_kept(record: KeptRecord, verifier: NoteVerifier, origin: str) -> list[Finding]:
    """Roots are kept beside the notes that sign them, so that they can be looked up; they must be the same."""
    findings = []
    newest = record.checkpoint()
    for size, root, note in record.signed_trees():
        with suppress(RecordFault):  # a checkpoint that does not open is among the findings already
            if open_checkpoint(note, [verifier], origin).root != root:
                where = "checkpoint" if note == newest else f"checkpoint {size}"
                findings.append(Finding(where, "the root kept beside it is not the root that it signs"))
    return findings


def _tiles_too_many(record: KeptRecord) -> list[Finding]:
    due = {(tile.level, tile.n) for tile in tiles_of(record.size())}
    return [
        Finding(tile_path(level, n, 256), "is kept, but the tree has no such tile")
        for level, n in record.tiles()
        if (level, n) not in due
    ]


def _payloads(record: KeptRecord, keys: disclosure.KeyStore, named: set[str]) -> list[Finding]:
    findings = []
    for start in range(0, record.size(), READ_AT_ONCE):
        for stored in record.entries(start, start + READ_AT_ONCE):
            if str(stored.index) in named:
                continue
            try:
                disclosure.open_entry(stored, keys)
            except disclosure.Erased:
                continue
            except RecordFault as error:
                findings.append(Finding(error.where, error.problem))
    return findings
