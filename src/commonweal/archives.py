"""Archives of predecessors: the public log of each authority that this one goes on from, kept beside its own record.

`predecessors/<digest of the origin>/` holds the log as its files (`checkpoint`, `tile/…`) and `log-keys.json`, which
proves its keys and its end. An archive holds no payload and is never written to once it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from commonweal.kernel.disclosure.succession import LOG_KEYS_BYTES_MAX, proved_keyring, said_of
from commonweal.kernel.record import Finding, Keyring, Stored, Turn, examine_log
from commonweal.kernel.record.checkpoint import Checkpoint
from commonweal.kernel.record.exported import CHECKPOINT, LOG_KEYS, ExportedLog, Place
from commonweal.kernel.record.keyring import SUCCEEDED as TAKEN_OVER
from commonweal.kernel.values import CommonwealError, Conflict, NotFound, RecordFault, digest, read_json

FOLDER, STATEMENT = "predecessors", LOG_KEYS


class Turned(Protocol):
    """What of a record says which logs it goes on from."""

    def turns(self) -> list[tuple[int, Turn]]: ...

    def entry(self, index: int) -> Stored: ...


class Reading(Protocol):
    """What is read of a place where a log lies as files."""

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Ended:
    """A log that was closed, proved to be so: its keys and end, and its last tree."""

    ring: Keyring
    checkpoint: Checkpoint
    note: bytes

    def body(self, url: str = "") -> dict[str, Any]:
        """What its successor's entry says of it."""
        return {
            "predecessor": self.ring.origin,
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.hex(),
            "vkey": self.ring.current,
            "checkpoint_sha256": digest(self.note),
            "url": url,
        }


def archive_of(folder: Path, origin: str) -> Path:
    """Where the archive of a predecessor lies in an authority's folder, whether it is there or not."""
    return folder / FOLDER / hashlib.sha256(origin.encode()).hexdigest()[:32]


def stands(archive: Path) -> bool:
    """Whether an archive is there, whole: its checkpoint was written last."""
    return (archive / CHECKPOINT).is_file()


def files_of(archive: Path) -> Reading:
    """An archive as a place to read from."""
    return _Files(archive)


class _Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except OSError as error:
            raise NotFound("file", f"{self._folder}/{path}") from error


def ended(place: Reading | Place, statement: bytes, vkey: str) -> Ended:
    """A log in files, proved to be whole and closed from one of its keys, `vkey`, which was known before.

    `statement` is what stands at `/api/v1/log-keys`. Raises `RecordFault` naming what does not verify, and `Conflict`
    for a log that goes on.
    """
    ring = proved_keyring(read_json(statement, bytes_max=LOG_KEYS_BYTES_MAX), vkey)
    if ring.closed is None:
        raise Conflict(f"the log {ring.origin} is not closed: `weal handover close DIR` closes it, and says so in it")
    log = ExportedLog(place)  # type: ignore[arg-type]
    if log.size() != ring.closed:
        raise RecordFault(
            "checkpoint", f"is of {log.size()} entries; the log was closed at {ring.closed}. Export again"
        )
    findings = examine_log(log, ring, ring.origin, payloads=False).findings
    if findings:
        raise RecordFault(findings[0].where, findings[0].problem)
    note = log.checkpoint()
    return Ended(ring, ring.open(note), note)


def check_archives(record: Turned, folder: Path, origin: str, ring: Keyring) -> list[Finding]:
    """The links to predecessors whose archives are here, each looked at from both of its ends."""
    findings = []
    for index, turn in record.turns():
        if turn.what != TAKEN_OVER:
            continue
        archive = archive_of(folder, turn.predecessor)
        if not stands(archive):
            continue
        try:
            said = said_of(record.entry(index).leaf, turn)
            findings += [Finding(f"entry {index}", problem) for problem in _unlike(archive, said, origin, ring)]
        except CommonwealError as error:
            findings.append(Finding(f"{FOLDER}/{archive.name}", f"the archive of {turn.predecessor}: {error}"))
    return findings


def _unlike(archive: Path, said: dict[str, Any], origin: str, ring: Keyring) -> Iterator[str]:
    """How an archive is not what the entry says, and how its end does not lead to this log."""
    found = ended(_Files(archive), _Files(archive).read(STATEMENT), str(said["vkey"]))
    for name, value in found.body(str(said.get("url", ""))).items():
        if said.get(name, "") != value:
            yield f"goes on from {said['predecessor']} with {name} {said.get(name)!r}; its archive has {value!r}"
    yield from not_led_to(found.ring, origin, ring)


def not_led_to(before: Keyring, origin: str, ring: Keyring) -> Iterator[str]:
    """Why the end of a log does not lead to the log `origin` with these keys."""
    if before.successor != origin:
        yield f"{before.origin} says that it goes on as {before.successor or '(none)'}, not as {origin}"
    elif before.successor_vkey and before.successor_vkey not in ring.vkeys:
        yield f"{before.origin} goes on in a log signed with {before.successor_vkey}, which is none of this log's keys"
