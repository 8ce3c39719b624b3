"""An authority's folder without the authority: its record checked, its keys opened or begun anew.

Nothing here follows the record or needs an instrument, so nothing that is wrong with those stands in the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from commonweal.archives import check_archives
from commonweal.engines.opening import Examinable, Place, open_examinable, open_keys_of
from commonweal.engines.renewal import renew_keys
from commonweal.engines.sqlite import SqliteKeys
from commonweal.erasing import check_erasures
from commonweal.examination import Opening, OpeningHere, examine_record, turns_said
from commonweal.following import Progress
from commonweal.kernel.disclosure.anchors import check_reads, told_lost
from commonweal.kernel.record import Finding, Keyring, Passed
from commonweal.kernel.record.asking import Known, contradiction
from commonweal.kernel.values import NotFound
from commonweal.settings import Settings
from commonweal.witnessing import rolled_back, tree_of


@dataclass(frozen=True, slots=True)
class Examined:
    """What checking a whole record gave; with no `findings` it verifies.

    `lost` is what it says is lost of the log of reads.
    """

    size: int
    root: str
    vkey: str
    findings: tuple[Finding, ...]
    blobs: frozenset[str] = frozenset()
    ring: Keyring | None = None
    lost: tuple[str, ...] = ()


def examine(
    folder: Path,
    progress: Progress | None = None,
    *,
    opening: Callable[[SqliteKeys], Opening] = OpeningHere,
    begun: Passed | None = None,
    step: Callable[[Passed], None] | None = None,
) -> Examined:
    """Check the record in an authority's folder without opening the authority: nothing is followed or written.

    `begun` and `step` take up an interrupted examination, as in `examine_record`.
    Needs no instrument and no projection, so nothing that is wrong with those keeps the record from being checked.
    Raises `NotFound` where there is no authority, `RecordFault` where nothing can be read at all.
    """
    settings = Settings.read(folder)
    found = open_examinable(place_of(folder, settings))
    record, keys = found.record, found.keys
    try:
        ring = record.keyring(keys.log_signer(settings.origin).vkey)
        passed = examine_record(record, opening(keys), ring, settings.origin, progress, begun=begun, step=step)
        findings = (*passed.findings, *turns_said(record, keys), *check_erasures(record, keys), *_against_memory(found))
        findings += tuple(check_archives(record, folder, settings.origin, ring))
        findings += tuple(check_reads(found.reads, record, keys))
        lost = tuple(told_lost(record, keys)) if not findings else ()
        return Examined(record.size(), record.root().hex(), ring.current, findings, passed.blobs, ring, lost)
    finally:
        found.close()


def open_keys(folder: Path) -> SqliteKeys:
    """The keys of a folder, and nothing else of it, to be closed after use. Raises `NotFound` and `Locked`."""
    return open_keys_of(place_of(folder, Settings.read(folder)))


def place_of(folder: Path, settings: Settings) -> Place:
    """Where the engines of an authority find what they keep."""
    return Place(folder, settings.database, settings.keys)


def begin_keys_anew(folder: Path, vkey: str = "", *, locked_out: bool = False) -> None:
    """New keys in place of those that were lost, with a change of the log's key begun in them (`engines.renewal`)."""
    settings = Settings.read(folder)
    renew_keys(place_of(folder, settings), settings.origin, vkey, locked_out=locked_out)


def _against_memory(found: Examinable) -> list[Finding]:
    """Whether the record still holds what its key signed and its witnesses cosigned, as far as is known here."""
    signed = signed_tree(found.keys)
    try:
        if found.cosignatures:
            problem = rolled_back(found.record, found.cosignatures, signed)
        else:
            problem = contradiction(signed, tree_of(found.record)) if signed else ""
    except NotFound:  # a tile is missing, which is a finding of its own
        problem = ""
    return [Finding("checkpoint", problem)] if problem else []


def signed_tree(keys: SqliteKeys) -> Known | None:
    """The largest tree that the log's key is known to have signed: a record that is not of it was rolled back."""
    signed = keys.signed()
    return Known(*signed, b"", "keys.sqlite") if signed else None
