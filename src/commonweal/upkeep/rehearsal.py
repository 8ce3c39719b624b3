"""A restore rehearsed beside the living authority: restored elsewhere, examined, compared, and thrown away.

What comes back is held against what is still there: the tree at the copy's size, each payload under the copied keys,
the tables. Where the living log has gone on since, the restored one is told of that, as its export or a witness would
tell it, and must then refuse to write: going on from there would be a fork.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from commonweal.authority import HOUSE, Act, Authority
from commonweal.authority.declared import TICK
from commonweal.engines.sqlite import SqliteCosignatures, SqliteRecord
from commonweal.kernel.record import TileHashes, root_at
from commonweal.kernel.record.asking import Known
from commonweal.kernel.values import BadInput, Conflict, Fault, RecordFault, digest, stamp
from commonweal.settings import Settings

from .copies import KEYS, RECORD, WITNESSED, _alone, backup, keys_for, restore
from .fsck import fsck

Progress = Callable[[int, int], None]
EQUAL, DIFFERENT, NOT_COMPARED = "equal", "different", "not compared"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How a rehearsal came out. Times in seconds, sizes in entries and bytes.

    `tables` says whether those laid out from the copy are those of the living authority, compared where both have
    followed the same entries. `refused` is what the copy said when it was asked to write below what had been signed;
    None where the log had not gone on. `own_keys` where the present keys were tried, of which there may be no copy.
    `findings` are what examining the copy found wrong.
    """

    size: int
    live_size: int
    root: str
    same_tree: bool
    tables: str
    findings: tuple[str, ...]
    refused: str | None
    wrote_on: bool
    copy_bytes: int
    keys_bytes: int
    own_keys: bool
    backup_s: float | None
    restore_s: float
    examine_s: float

    @property
    def holds(self) -> bool:
        """Whether this copy would bring the authority back."""
        return self.same_tree and not self.findings and self.tables != DIFFERENT and not self.wrote_on

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


def rehearse(
    folder: Path, *, copy: Path | None = None, keys: Path | None = None, progress: Progress | None = None
) -> Rehearsed:
    """Restore a copy of an authority, which may be running, beside it, and see whether it would come back.

    With `copy` the copy that there is, else one made for this. `keys` is the copy of its keys; without it, or where it
    is the authority's own folder, the present keys are tried with it. All of it is done in `<folder>.rehearsing`, which
    holds keys while it is there: only its owner can read it, and it is gone afterwards (one that a kill left is
    cleared away by the next). Raises `BadInput`, `Busy` while another rehearses, and as `backup` and `restore`.
    """
    if copy is None and keys is not None:
        want = "--backup COPY beside it: which copy these are the keys of; or neither, and one is made for this"
        raise BadInput(Fault("--keys", str(keys), want), "rehearse")
    if not (folder / RECORD).is_file() and Settings.read(folder).database:
        raise Conflict(f"{folder} keeps its record in a database: rehearse the restore of that by the database's means")
    with _place(folder) as place:
        made, own = None, keys is None or _same(keys, folder)
        if copy is None:
            copy, begun = place / "copy", time.monotonic()
            backup(folder, copy, keys=place / "keys")
            made = time.monotonic() - begun
        else:
            keys_for(copy, folder if keys is None else keys, place / "keys")
        begun = time.monotonic()
        size, halted, fault = _restored(copy, place / "restored", place / "keys")
        restored_s, begun = time.monotonic() - begun, time.monotonic()
        examined = fsck(place / "restored", progress)
        examine_s = time.monotonic() - begun
        newest, live_root = _living(folder, size)
        root, tables, refused, wrote_on = _root(place / "restored", size), NOT_COMPARED, halted or None, False
        if not halted and not fault:
            tables = _compared(folder, place / "restored")
            refused, wrote_on = _told_of_more(place / "restored", newest, size)
        findings = (*([fault] if fault else ()), *(str(item.finding) for item in examined.found))
        return Rehearsed(
            size=size, live_size=newest.size, root=root.hex(), same_tree=root == live_root, tables=tables,
            findings=findings, refused=refused, wrote_on=wrote_on, copy_bytes=_bytes(copy),
            keys_bytes=_bytes(place / "keys"), own_keys=own and made is None, backup_s=made,
            restore_s=restored_s, examine_s=examine_s,
        )  # fmt: skip


def _restored(copy: Path, folder: Path, keys: Path) -> tuple[int, str, str]:
    """Restore; gives the size, why nothing may be written there, and why it could not be followed ("" for neither)."""
    try:
        done = restore(copy, folder, keys=keys, nothing_after=True)
        return done.size, done.halted, ""
    except RecordFault as error:
        if not (folder / RECORD).is_file():
            raise
        record = SqliteRecord(folder)
        try:
            return record.size(), "", str(error)
        finally:
            record.close()


def _same(keys: Path, folder: Path) -> bool:
    """Whether what was given as keys are the authority's own, and no copy."""
    return keys.resolve() in (folder.resolve(), (folder / KEYS).resolve())


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """An empty folder of the owner's beside the authority's, gone afterwards with the keys in it."""
    place = folder.with_name(folder.name + ".rehearsing")
    place.mkdir(mode=0o700, exist_ok=True)
    with _alone(place):
        for left in place.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
        try:
            yield place
        finally:
            shutil.rmtree(place)


def _living(folder: Path, size: int) -> tuple[Known, bytes]:
    """The newest checkpoint of the living log, and its root at an earlier size (its own where it is not so large)."""
    record = SqliteRecord(folder)
    try:
        here, note = record.size(), record.checkpoint()
        newest = Known(here, record.root(), note, "the living authority")
        return newest, root_at(min(size, here), TileHashes(record.tile, here).read)
    finally:
        record.close()


def _root(folder: Path, size: int) -> bytes:
    record = SqliteRecord(folder)
    try:
        return root_at(size, TileHashes(record.tile, record.size()).read)
    finally:
        record.close()


def _compared(folder: Path, restored: Path) -> str:
    """Whether the tables laid out from the copy are the living ones, where both followed the same entries to an end."""
    with Authority.open(restored) as copy, Authority.open(folder) as living:
        before = living.followed
        dumps = digest(copy.dump()), digest(living.dump())
        ends = {copy.followed, copy.store.size(), before, living.followed, living.store.size()}
        if len(ends) > 1:
            return NOT_COMPARED
        return EQUAL if dumps[0] == dumps[1] else DIFFERENT


def _told_of_more(restored: Path, newest: Known, size: int) -> tuple[str | None, bool]:
    """What a copy says to writing on once it is told that more was signed, and whether it wrote all the same."""
    if newest.size <= size:
        return None, False
    cosignatures = SqliteCosignatures(restored / WITNESSED)
    try:
        cosignatures.testify(newest)
    finally:
        cosignatures.close()
    with Authority.open(restored) as authority:
        try:
            authority.act(Act(TICK.id, {"at": stamp(authority.clock.now())}, key="rehearsal"), HOUSE)
        except Conflict:
            return authority.witnesses.halted, False
    return None, True


def _bytes(place: Path) -> int:
    files = [place] if place.is_file() else [item for item in place.rglob("*") if item.is_file()]
    return sum(item.stat().st_size for item in files)
