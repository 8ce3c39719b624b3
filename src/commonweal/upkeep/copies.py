"""Backup and restore of an authority's folder (docs/backup.md is the runbook).

A backup holds the record, what witnesses cosigned, and the settings; never the keys. Keys are present state: a copy of
them made before an erasure would undo it, so they go to a place of their own, where one copy replaces the last. The
projections follow from the record, and `witness.sqlite` must not come back: a witness that forgot could cosign a fork.
The log of reads goes where the keys go: it says in the open who looked at whom, which a backup without keys must not
tell, and since it only grows the newest copy holds all the earlier ones. What a backup without keys does tell, by the
columns beside what is sealed, stands in docs/backup.md and is held to by `tests/unit/upkeep/test_what_backups_tell.py`.

What was signed after a backup cannot be known from it. So nothing is restored until something says how far the log
had come: its export, its witnesses, or a person who knows that nothing came after.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonweal import __version__
from commonweal.authority import Authority
from commonweal.engines.http import HttpWitnesses
from commonweal.engines.sqlite import (
    FolderFiles,
    SqliteCosignatures,
    SqliteKeys,
    SqliteReads,
    SqliteRecord,
    attached_in,
    copy_database,
    grow_record,
    note_as_signed,
)
from commonweal.engines.sqlite.files import FOLDER
from commonweal.engines.sqlite.reads import FILE as READS
from commonweal.erasing import erase_again
from commonweal.kernel.disclosure.succession import exported_keyring
from commonweal.kernel.record import Keyring, NoteVerifier, TileHashes, root_at
from commonweal.kernel.record.asking import Known
from commonweal.kernel.record.exported import ExportedLog, Place
from commonweal.kernel.values import BadInput, Busy, Conflict, Fault, NotFound, RecordFault, stamp
from commonweal.releases import RELEASE_FILE, refuse_later
from commonweal.settings import FILE, POLICY_FILE, Settings
from commonweal.witnessing import Witnesses

MANIFEST = "backup.json"
KEYS, RECORD, WITNESSED = "keys.sqlite", "record.sqlite", "witnessed.sqlite"
LOST_LEAVES = "lost-leaves.jsonl"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """A backup that was made: how many entries it held before and holds now, and where the keys went.

    `files_missing` are attachments that could not be copied as they should be: `weal fsck` names their entries.
    `reads_kept` says why the copy of the log of reads was not replaced, where it was not ("" otherwise).
    """

    before: int
    size: int
    root: str
    keys: Path | None
    files_missing: tuple[str, ...] = ()
    reads_kept: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """A folder that was put back: `halted` says why it may only be read; `lost` are entries known by leaf alone."""

    size: int
    keys: bool
    known: str
    halted: str
    lost: tuple[int, int] | None = None


def backup(folder: Path, target: Path, *, keys: Path | None = None) -> Copied:
    """Copy an authority, which may be running, to a folder; again to the same folder copies only what is new.

    `keys` is where the keys and the log of reads go: a file or folder outside `target`, in place of the copies that
    were there; a copy of a longer or another log of reads is kept. Raises
    `Conflict` where the target holds another record, `BadInput` for keys inside the backup, `Busy` while another
    process copies to the same target.
    """
    settings = Settings.read(folder)
    if not (folder / RECORD).is_file():
        raise Conflict(f"{folder} holds no record.sqlite: back up the database that it names by that database's means")
    if target.resolve().is_relative_to(folder.resolve()):
        raise BadInput(Fault("target", str(target), "a place outside the folder that it is a copy of"), "backup")
    keys, reads_kept = _keys_place(keys, target, folder) if keys else None, ""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(target):
        if (folder / WITNESSED).is_file():  # before the record, which then holds all that was published by now
            copy_database(folder / WITNESSED, target / WITNESSED)
        before, size = grow_record(folder / RECORD, target / RECORD)
        missing = _files_copied(folder, target)  # after the record: what its entries name was there before them
        for name in (FILE, POLICY_FILE, RELEASE_FILE):
            if (folder / name).is_file():
                _put(target / name, (folder / name).read_bytes())
        if keys:  # after the record, so that the key of every entry is there
            copy_database(folder / KEYS, keys)
            note_as_signed(keys, target / RECORD)
            reads_kept = _reads_copied(folder, _reads_beside(keys))  # after the record: it holds what that states
        root, note = _newest(target)
        made = {
            "format": 1,
            "software": f"commonweal {__version__}",
            "origin": settings.origin,
            "size": size,
            "root": root,
            "checkpoint": note,
            "made": stamp(datetime.now(UTC).replace(microsecond=0)),
            "keys": "kept apart" if keys else "not copied",
        }
        _put(target / MANIFEST, json.dumps(made, indent=1).encode())
    return Copied(before, size, root, keys, missing, reads_kept)


def keys_for(copy: Path, keys: Path, place: Path) -> None:
    """Lay a copy of keys, and of the log of reads beside them, into a folder, as they would have gone with a backup.

    So also keys of a later time can be tried with it. For a rehearsal alone: a copy of keys that forgot what its log
    signed since would let the log fork. Raises `NotFound`.
    """
    _manifest(copy)
    found, there = _key_file(keys), place / KEYS
    place.mkdir(mode=0o700, exist_ok=True)
    copy_database(found, there)
    note_as_signed(there, copy / RECORD)
    if (reads := _reads_beside(found)).is_file():
        copy_database(reads, _reads_beside(there))


def restore(
    copy: Path,
    folder: Path,
    *,
    keys: Path | None = None,
    export: Place | None = None,
    vkey: str = "",
    nothing_after: bool = False,
) -> Restored:
    """Put an authority back into an empty folder.

    `export` is where its public log was laid out: what lies there, signed by `vkey` (or the log key in `keys`), says
    how far the log had come. Where it had come further than the backup, the folder may be read and never written to,
    and the leaves of the entries that are lost are written to `lost-leaves.jsonl`; their payloads are
    nowhere. Without an export, and without witnesses to ask,
    `nothing_after` states that nothing was recorded after the backup; nothing is restored without one of the three.
    Raises `Conflict`, `NotFound`, `BadInput`, and `Busy` while no witness answers.
    """
    made = _manifest(copy)
    refuse_later(copy)
    _check_empty(folder)
    key_file = _key_file(keys) if keys else None
    settings = Settings.read(copy)
    asks = bool(settings.policy and settings.policy.asks_witnesses and key_file)
    if not (export or nothing_after or asks):
        raise BadInput(
            Fault(
                "how far the log had come",
                "(not known)",
                "--export TARGET (where its public log was laid out), or --nothing-after if nothing was recorded after "
                f"this backup of {made['made']}: writing on where more was signed would fork the log",
            ),
            "restore",
        )
    known_key = _known_key(vkey, key_file, made) if export else ""
    known = "its export" if export else "its witnesses" if asks else "the person who restored it"
    with _made_beside(folder) as draft:  # until all is known, there is no authority that could be written to
        for name in (RECORD, WITNESSED):
            if (copy / name).is_file():
                copy_database(copy / name, draft / name)
        _files_copied(copy, draft)
        if key_file:
            copy_database(key_file, draft / KEYS)
            if (reads := _reads_beside(key_file)).is_file():
                copy_database(reads, draft / READS)
        lost = _hold_against(export, known_key, draft) if export else None
        halted = _halted(draft, settings, asks and not (export or nothing_after)) if key_file else ""
        for name in (POLICY_FILE, RELEASE_FILE, FILE):  # the settings last: without them the folder is nobody's
            if (copy / name).is_file():
                _put(draft / name, (copy / name).read_bytes())
    if key_file and not halted:
        Authority.open(folder).close()  # lays the tables out
    return Restored(made["size"], bool(key_file), known, halted, lost)


@contextmanager
def _made_beside(folder: Path) -> Iterator[Path]:
    """A folder to be filled that becomes `folder` once all went well, and is gone otherwise.

    What a restoring that was killed left there is thrown away.
    """
    draft = folder.with_name(folder.name + ".restoring")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    try:
        yield draft
        draft.replace(folder)  # an empty folder may stand there
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _halted(folder: Path, settings: Settings, must_answer: bool) -> str:
    """Why the restored authority may not write, after asking its witnesses; nothing of it is followed or signed yet.

    The keys that recorded erasures destroyed are destroyed again, should they have come back with an old copy.
    """
    http = HttpWitnesses()
    keys, record = SqliteKeys(folder / KEYS), SqliteRecord(folder)
    cosignatures = SqliteCosignatures(folder / WITNESSED)
    try:
        erase_again(record, keys)
        ring = record.keyring(keys.log_signer(settings.origin).vkey)
        signed = keys.signed()
        witnesses = Witnesses(
            record, cosignatures, lambda: ring, settings.policy, http,
            remembered=lambda: Known(*signed, b"", KEYS) if signed else None,
        )  # fmt: skip
        if witnesses.wanted and not witnesses.halted:
            witnesses.ask(everyone=True)
            if must_answer and not witnesses.halted:
                _enough_answered(witnesses)
        return witnesses.halted
    finally:
        for item in (cosignatures, record, keys, http):
            item.close()


def _enough_answered(witnesses: Witnesses) -> None:
    """Raise `Busy` while those that did not answer could have made a quorum for more than was restored."""
    assert witnesses.policy is not None
    # one without an address was not asked: that it cosigned something is remembered from the time of the backup
    silent = [line.name for line in witnesses.lines() if line.state != "cosigned" or not line.url]
    if len(silent) == len(witnesses.policy.witnesses) or witnesses.policy.quorum.satisfied_by(silent):
        answered = len(witnesses.policy.witnesses) - len(silent)
        raise Busy(
            f"{answered} {'witness' if answered == 1 else 'witnesses'} answered, and without {', '.join(silent)} it is "
            "not known how far the log had come: they are enough to have published more. Nothing was restored. Try "
            "again later, or give --export TARGET, or --nothing-after if you know it"
        )


# ── what the public log still knows ─────────────────────────────────────────────────────────────────────────────────


def _hold_against(place: Place, vkey: str, folder: Path) -> tuple[int, int] | None:
    """Remember the exported checkpoint where it is of more than was restored, and keep the leaves that are lost."""
    log = ExportedLog(place)
    record = SqliteRecord(folder)
    try:
        found = _keyring(log, record, vkey).open(log.checkpoint())
        here = record.size()
        read = TileHashes(log.tile if found.size >= here else record.tile, max(found.size, here)).read
        roots = root_at(min(found.size, here), read), found.root if found.size <= here else record.root()
        forked = roots[0] != roots[1]
    finally:
        record.close()
    if found.size <= here and not forked:
        return None
    cosignatures = SqliteCosignatures(folder / WITNESSED)
    try:
        cosignatures.testify(Known(found.size, found.root, log.checkpoint(), f"the export at {place}"))
    finally:
        cosignatures.close()
    if forked:
        return None
    _put(folder / LOST_LEAVES, b"".join(leaf + b"\n" for leaf in log.leaves(here)))
    return here, found.size


def _keyring(log: ExportedLog, record: SqliteRecord, vkey: str) -> Keyring:
    """The log's keys as its export tells them from the known one; where it tells nothing, as the record does."""
    here = record.keyring(vkey)
    if not log.log_keys() and vkey in here.vkeys:
        return here
    return exported_keyring(log, vkey)


def _known_key(vkey: str, keys: Path | None, made: dict[str, Any]) -> str:
    """A key of the log, from which its export is believed: one that its own keys give, or that a person knows."""
    if vkey:
        return NoteVerifier.from_vkey(vkey).vkey
    if keys is None:
        want = "the log's verifier key, as it was published, or --keys: an export proves something only under its key"
        raise BadInput(Fault("--vkey", "(absent)", want), "restore")
    held = SqliteKeys(keys)
    try:
        return held.newest_signer(made["origin"]).verifier.vkey
    finally:
        held.close()


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _manifest(copy: Path) -> dict[str, Any]:
    path = copy / MANIFEST
    if not path.is_file():
        raise NotFound("backup in folder", copy, "`weal backup DIR TARGET` makes one")
    try:
        made = json.loads(path.read_bytes())
        if made["format"] != 1 or not isinstance(made["size"], int):
            raise ValueError("not of format 1")
    except (ValueError, LookupError, TypeError) as error:
        raise RecordFault(MANIFEST, f"cannot be read ({error}); was the backup interrupted? Make it again") from error
    found: dict[str, Any] = made
    return found


def _newest(target: Path) -> tuple[str, str]:
    record = SqliteRecord(target)
    try:
        return record.root().hex(), record.checkpoint().decode()
    finally:
        record.close()


def _check_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty; choose a new folder. What is there may be the better copy: look first")


def _keys_place(keys: Path, target: Path, folder: Path) -> Path:
    place = keys / KEYS if keys.is_dir() or not keys.suffix else keys
    inside = [item for item in (target, folder) if place.resolve().is_relative_to(item.resolve())]
    if inside:
        want = f"a place outside {inside[0]}: whoever has both record and keys reads everything, and old copies of keys"
        raise BadInput(Fault("--keys", str(keys), f"{want} undo erasures"), "backup")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _key_file(keys: Path) -> Path:
    path = keys / KEYS if keys.is_dir() else keys
    if not path.is_file():
        raise NotFound("copy of the keys", path, "`weal backup DIR TARGET --keys PLACE` makes one")
    return path


def _reads_beside(keys: Path) -> Path:
    """Where the log of reads lies that goes with a copy of keys."""
    return keys.with_name(READS if keys.name == KEYS else f"{keys.stem}.{READS}")


def _reads_copied(folder: Path, place: Path) -> str:
    """Copy the log of reads in place of the copy there, if it goes on from that one; else gives why it was kept."""
    here = folder / READS
    if place.is_file():
        copy, log = SqliteReads(place), SqliteReads(here)
        try:
            count, link = copy.head()
            there = next(log.lines(count), None) if count else None
        except RecordFault as error:
            return f"the copy {place} was kept: {error.where} {error.problem}"
        finally:
            copy.close()
            log.close()
        if count and (there is None or (there.number, there.link) != (count, link)):
            return f"the copy {place} was kept: it holds {count} reads, and {here} does not hold the same ones"
    if here.is_file():
        copy_database(here, place)
    return ""


def _files_copied(source: Path, target: Path) -> tuple[str, ...]:
    """Copy the files that the entries of a copied record name; gives those that are missing or altered.

    A file that is there is not copied again: under its name it is whole, and it never changes.
    """
    here, there, wrong = FolderFiles(source / FOLDER), FolderFiles(target / FOLDER), []
    there.clear_drafts()
    for address in attached_in(target / RECORD):
        if there.holds(address):
            continue
        if not here.holds(address):
            wrong.append(address)
            continue
        came = datetime.fromtimestamp(here.path(address).stat().st_mtime, UTC)
        with there.draft() as draft:
            found = hashlib.sha256()
            for piece in here.pieces(address):
                found.update(piece)
                draft.write(piece)
            if found.hexdigest() == address:
                draft.keep(address, came)
            else:
                wrong.append(address)
    return tuple(wrong)


def _put(path: Path, data: bytes) -> None:
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        os.chmod(draft, 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    with (target / ".lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"{target}: another process makes a backup there") from error
        yield
