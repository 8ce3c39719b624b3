"""`weal fsck`: everything that can be derived again is derived again, and each finding says what helps.

It can be stopped and taken up again: what was read is remembered in `fsck.json` in the authority's folder, as the
right edge of the tree of the leaves read so far. Whether that still fits, the signed root decides in the end.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from commonweal.authority import Examined, examine
from commonweal.engines.sqlite import SqliteKeys, SqliteRecord, SqliteTables, integrity
from commonweal.examination import (
    BACKUP,
    LEDGER,
    LOOK,
    RECOMPUTE,
    Opening,
    OpeningHere,
    check_derived,
    put_right,
    remedy,
)
from commonweal.examination import unopened as _unopened
from commonweal.kernel import accounts, disclosure
from commonweal.kernel.disclosure.commitments import kind_claim, read_leaf
from commonweal.kernel.disclosure.succession import KEY_CHANGED, KEY_WITHDRAWN, exported_keyring
from commonweal.kernel.record import (
    Finding,
    LogState,
    NoteVerifier,
    Passed,
    Stored,
    examine_log,
)
from commonweal.kernel.record.exported import LOG_KEYS, ExportedLog, Place
from commonweal.kernel.values import BadInput, CommonwealError, Conflict, Fault, RecordFault
from commonweal.settings import Settings

from .ledger import beside

STATE_FILE = "fsck.json"
FILES = ("record.sqlite", "keys.sqlite", "witnessed.sqlite", "witness.sqlite", "reads.sqlite", "projections.sqlite")
LEDGER_SHOWN = 50
PARALLEL_FROM = 20_000
IN_FLIGHT = 16
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """One finding and what helps: `recompute`, `rebuild`, `backup` or `look` (see `examination.remedy`)."""

    finding: Finding
    remedy: str

    def as_dict(self) -> dict[str, str]:
        return {"where": self.finding.where, "problem": self.finding.problem, "remedy": self.remedy}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What fsck found; `resumed` is how many entries an earlier, interrupted run had read already."""

    size: int
    root: str
    vkey: str
    found: tuple[Diagnosed, ...]
    resumed: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing needs a backup or a repair; what only a person should look at leaves it sound."""
        return all(item.remedy == LOOK for item in self.found)


def fsck(folder: Path, progress: Progress | None = None, *, again: bool = False, jobs: int = 0) -> Diagnosis:
    """Examine everything in an authority's folder; changes nothing but its own `fsck.json`.

    `again` begins anew where an earlier run was interrupted. `jobs` is how many processes open payloads (0: as many
    as there are processors, for records where that pays). Raises `NotFound` where there is no authority, and
    `BadInput` for one whose data are in PostgreSQL.
    """
    if Settings.read(folder).database:
        want = "`weal verify` checks a record in PostgreSQL; its pages and indexes are checked by pg_amcheck"
        raise BadInput(Fault("database", "PostgreSQL", want), "fsck")
    files = [
        Finding(name, f"SQLite: {problem}")
        for name in FILES
        if (folder / name).is_file()
        for problem in integrity(folder / name)
    ]
    begun = Passed() if again else _taken_up(folder)
    try:
        with ExitStack() as stack:
            look = functools.partial(
                examine,
                folder,
                progress,
                opening=_opening(folder, jobs, stack),
                step=lambda passed: _keep(folder, passed),
            )
            found = look(begun=begun)
            if found.findings and begun.state.size:  # perhaps what was remembered does not fit: all of it, then
                begun = Passed()
                found = look()
        findings = [*files, *found.findings, *_derived(folder, found)]
    except RecordFault as error:
        found, findings = Examined(0, "", "", ()), [*files, Finding(error.where, error.problem)]
    (folder / STATE_FILE).unlink(missing_ok=True)
    lines = tuple(Diagnosed(item, remedy(item, findings)) for item in findings)
    return Diagnosis(found.size, found.root, found.vkey, lines, begun.state.size)


def repair(folder: Path, diagnosis: Diagnosis) -> bool:
    """Write again what a diagnosis calls `recompute`: tiles, kept roots, counts. Leaves and payloads are not touched.

    False where the leaves do not give the signed root, so that nothing can be derived from them.
    """
    if not any(item.remedy == RECOMPUTE for item in diagnosis.found):
        return True
    if not (folder / FILES[0]).is_file():
        raise Conflict("this record is not in files here; what its server keeps is put right from the server's copy")
    record = SqliteRecord(folder)
    try:
        ring = record.keyring(diagnosis.vkey)
        return put_right(record, ring, ring.origin)
    finally:
        record.close()


def fsck_export(place: Place, vkey: str, progress: Progress | None = None) -> Diagnosis:
    """Check a log laid out as files, as a stranger who holds only its verifier key; no authority is needed.

    The log's later keys are followed from `vkey` by what lies there of them. Raises `BadInput` for a key that is none,
    `NotFound` where no checkpoint lies, and `RecordFault` for a change of key that is not proved from `vkey`.
    """
    log = ExportedLog(place)
    ring = exported_keyring(log, NoteVerifier.from_vkey(vkey).vkey)
    turns: list[int] = []
    passed = examine_log(log, ring, ring.origin, payloads=False, progress=progress, inspect=_turns_into(turns))
    findings = list(passed.findings)
    told = [*ring.withdrawn, *(key.entry for key in ring.keys if key.entry is not None)]
    said = sorted(index for index in told if index < log.size())
    if turns != said:
        problem = f"tells of changes of the key in the entries {said}; the leaves in {turns}"
        findings.append(Finding(LOG_KEYS, problem))
    try:
        ring.open(log.checkpoint())
    except RecordFault as error:  # so it is also where a key that was found to be stolen signed it
        findings += [Finding(error.where, error.problem)] if not findings else []
    found = tuple(Diagnosed(item, BACKUP) for item in findings)
    return Diagnosis(passed.state.size, passed.state.root.hex(), ring.key_of(log.checkpoint()), found)


def _turns_into(turns: list[int]) -> Callable[[Sequence[Stored]], list[Finding]]:
    """Notes the entries that change the log's key, as their leaves say."""

    def note(entries: Sequence[Stored]) -> list[Finding]:
        for entry in entries:
            with suppress(RecordFault):  # others may export logs of other leaves
                if kind_claim(read_leaf(entry.leaf)).rpartition("/")[0] in (KEY_CHANGED.id, KEY_WITHDRAWN.id):
                    turns.append(entry.index)
        return []

    return note


def _derived(folder: Path, found: Examined) -> list[Finding]:
    """What is kept in files besides; of a record in a database server, that server looks after its own."""
    if not (folder / FILES[0]).is_file():
        return []
    record = SqliteRecord(folder)
    try:
        findings = check_derived(record, found.blobs)
    finally:
        record.close()
    path = folder / "projections.sqlite"
    if path.is_file():
        with suppress(CommonwealError):  # what SQLite finds wrong with the file is among the findings
            tables = SqliteTables(path)
            try:
                cursor = tables.cursor()
                findings += _ledger(folder, tables) if cursor <= found.size and not found.findings else []
            finally:
                tables.close()
            if cursor > found.size:
                problem = f"followed {cursor} entries; the record holds {found.size}. `weal rebuild` lays them out anew"
                findings.append(Finding("projections.sqlite", problem))
    return findings


def _ledger(folder: Path, tables: SqliteTables) -> list[Finding]:
    """What of the ledger's tables is not what the entries give, the first of it."""
    tables.take_for(accounts.TABLES)
    record, keys = SqliteRecord(folder), SqliteKeys(folder / "keys.sqlite")
    try:
        with tables.snapshot() as reader, beside(record, keys, tables.cursor(), folder) as again:
            different = list(islice(accounts.differing(reader, again), LEDGER_SHOWN + 1))
    except disclosure.Erased:  # keys that were lost: the tables are then all that is left of the ledger
        return []
    except CommonwealError as error:
        return [Finding(LEDGER, f"cannot be held against the entries: {error}")]
    finally:
        keys.close()
        record.close()
    found = [
        Finding(LEDGER, f"{one.what}: {one.stored} is kept, the entries give {one.counted}")
        for one in different[:LEDGER_SHOWN]
    ]
    return [*found, Finding(LEDGER, "and more")] if len(different) > LEDGER_SHOWN else found


# ── interrupted and taken up again ──────────────────────────────────────────────────────────────────────────────────


def _keep(folder: Path, passed: Passed) -> None:
    state = passed.state
    draft = folder / (STATE_FILE + ".new")
    parts = {"edges": [b64encode(item).decode() for item in state.edges],
             "peaks": [b64encode(item).decode() for item in state.peaks]}  # fmt: skip
    draft.write_text(json.dumps({"size": state.size, **parts, "blobs": sorted(passed.blobs)}))
    if not passed.findings:  # what has faults is read again from the start: they are to be named again
        draft.replace(folder / STATE_FILE)


def _taken_up(folder: Path) -> Passed:
    try:
        kept = json.loads((folder / STATE_FILE).read_text())
        edges, peaks = (tuple(b64decode(item) for item in kept[name]) for name in ("edges", "peaks"))
        return Passed(LogState(int(kept["size"]), edges, peaks), blobs=frozenset(kept["blobs"]))
    except (OSError, ValueError, LookupError, TypeError):
        return Passed()


# ── opening payloads in several processes ───────────────────────────────────────────────────────────────────────────


def _opening(folder: Path, jobs: int, stack: ExitStack) -> Callable[[SqliteKeys], Opening]:
    if not (folder / "keys.sqlite").is_file():
        return OpeningHere
    jobs = jobs or (os.cpu_count() or 1 if _entries(folder) >= PARALLEL_FROM else 1)
    if jobs == 1:
        return OpeningHere
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (folder / "keys.sqlite",))
    stack.callback(pool.shutdown, cancel_futures=True)
    return lambda keys: OpeningHere(keys) if keys.description else _OpeningElsewhere(pool)


def _entries(folder: Path) -> int:
    if not (folder / "record.sqlite").is_file():
        return 0
    record = SqliteRecord(folder)
    try:
        return record.size()
    except CommonwealError:
        return 0
    finally:
        record.close()


class _OpeningElsewhere:
    """Hands entries to other processes, a few chunks ahead of what is being read."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._out: list[Future[list[Finding]]] = []

    def __call__(self, entries: Sequence[Stored]) -> list[Finding]:
        self._out.append(self._pool.submit(_open, list(entries)))
        return self._out.pop(0).result() if len(self._out) > IN_FLIGHT else []

    def finish(self) -> list[Finding]:
        findings = [item for future in self._out for item in future.result()]
        self._out.clear()
        return findings


_held: dict[str, SqliteKeys] = {}


def _begin(path: Path) -> None:
    _held["keys"] = SqliteKeys(path)


def _open(entries: list[Stored]) -> list[Finding]:
    return _unopened(entries, _held["keys"])
