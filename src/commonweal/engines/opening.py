"""One set of engines for given settings: files in a folder, or a PostgreSQL database by URL with keys apart from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from commonweal.kernel.record import Cosigner, KeptRecord, NoteSigner, NoteVerifier, TablesStore
from commonweal.kernel.record.asking import CosignatureStore
from commonweal.kernel.record.witness import Witness
from commonweal.kernel.values import BadInput, Fault, RecordFault

from ._access import Access
from ._reads import Reads
from .sqlite import (
    SqliteAccess,
    SqliteCosignatures,
    SqliteKeys,
    SqliteReads,
    SqliteRecord,
    SqliteTables,
    SqliteWitness,
)
from .sqlite.keys import LOG_SEED
from .sqlite.reads import FILE as READS_FILE

HOW = "pip install 'commonweal[postgres]' gives what is needed for PostgreSQL"
Pairs = Callable[[int], Sequence[tuple[bytes, bytes]]]
Witnessing = Callable[[Mapping[str, Sequence[NoteVerifier]], Sequence[Cosigner]], Witness]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an authority's data are: a folder, and URLs of databases in place of the folder's files.

    `database` holds everything but the private keys; those are in the folder, or in the database that `keys` names.
    """

    folder: Path
    database: str = ""
    keys: str = ""


@dataclass(slots=True)
class Engines:
    """The outside world of one authority. `witness` opens what it keeps as a witness for others, where it is one."""

    keys: SqliteKeys
    access: Access
    reads: Reads
    record: KeptRecord
    tables: TablesStore
    cosignatures: CosignatureStore
    witness: Witnessing
    _stack: ExitStack = field(repr=False)

    def close(self) -> None:
        """Close everything, what was opened last first."""
        self._stack.close()


def open_engines(place: Place, origin: str, pairs: Pairs) -> Engines:
    """Everything opened for writing; `pairs` makes key pairs.

    Raises `RecordFault` where keys or record are lost, `Conflict`, `Locked` and `Busy`. A record that is gone is not
    begun again: its key says that there was one.
    """
    with ExitStack() as stack:
        made = (_in_database if place.database else _in_folder)(place, origin, pairs, stack)
        made._stack = stack.pop_all()
        return made


@dataclass(slots=True)
class Examinable:
    """What checking a record needs, opened for reading: there are `cosignatures` where any were ever kept."""

    keys: SqliteKeys
    reads: Reads
    record: KeptRecord
    cosignatures: CosignatureStore | None
    _stack: ExitStack = field(repr=False)

    def close(self) -> None:
        self._stack.close()


def open_examinable(place: Place) -> Examinable:
    """Record and keys, opened for reading. Raises `RecordFault` where one of them is missing."""
    with ExitStack() as stack:
        if not place.keys:
            _there(place.folder, "keys.sqlite")
        keys = _keys(place, None, stack, began=True)
        cosignatures: CosignatureStore | None = None
        if place.database:
            postgres = _postgres()
            database = _kept(stack, postgres.Database(place.database))
            record: KeptRecord = _kept(stack, postgres.PostgresRecord(database))
            reads: Reads = postgres.PostgresReads(database)
            cosignatures = postgres.PostgresCosignatures(database)
        else:
            _there(place.folder, "record.sqlite")
            record = _kept(stack, SqliteRecord(place.folder))
            reads = _kept(stack, SqliteReads(place.folder / READS_FILE))
            if (path := place.folder / "witnessed.sqlite").is_file():
                cosignatures = _kept(stack, SqliteCosignatures(path))
        return Examinable(keys, reads, record, cosignatures, stack.pop_all())


def open_keys_of(place: Place) -> SqliteKeys:
    """The keys alone, to be closed. Raises `RecordFault` where they are missing, and `Locked`."""
    if not place.keys:
        _there(place.folder, "keys.sqlite", "restore it from a copy, or `weal key lost DIR` where there is none")
    with ExitStack() as stack:
        keys = _keys(place, None, stack, began=True)
        stack.pop_all()  # closing the keys closes their database
        return keys


def _keys(place: Place, pairs: Pairs | None, stack: ExitStack, *, began: bool) -> SqliteKeys:
    """The private keys. Where a record `began` without them they are lost: none are made in their place."""
    if not place.keys:
        if began and not (place.folder / "keys.sqlite").is_file():
            raise RecordFault(
                "keys.sqlite", f"is missing in {place.folder}, and nothing of the record can be read or signed without "
                "it: copy it from where it is"
            )  # fmt: skip
        return cast(SqliteKeys, _kept(stack, SqliteKeys(place.folder / "keys.sqlite", pairs)))
    if place.keys == place.database:
        want = "a database of its own: keys are erased, and must not be in the dumps and archives of the record"
        raise BadInput(Fault("keys", "the same as database", want), "settings")
    postgres = _postgres()
    database = _kept(stack, postgres.Database(place.keys))
    keys = cast(SqliteKeys, _kept(stack, postgres.PostgresKeys(database, pairs)))
    if began and keys.secret(LOG_SEED) is None:
        raise RecordFault(database.name, "holds no keys, and nothing of the record can be read or signed without them")
    return keys


def _in_folder(place: Place, origin: str, pairs: Pairs, stack: ExitStack) -> Engines:
    folder = place.folder
    began = (folder / "record.sqlite").is_file()
    keys = _keys(place, pairs, stack, began=began)
    _check_not_lost(keys, began, "record.sqlite")
    return Engines(
        keys=keys,
        access=_kept(stack, SqliteAccess(folder / "keys.sqlite")),
        reads=_kept(stack, SqliteReads(folder / READS_FILE)),
        record=_kept(stack, SqliteRecord(folder, keys.log_signer(origin), keys.note_signed, _signers(keys, origin))),
        tables=_kept(stack, SqliteTables(folder / "projections.sqlite")),
        cosignatures=_kept(stack, SqliteCosignatures(folder / "witnessed.sqlite")),
        witness=lambda logs, cosigners: SqliteWitness(folder / "witness.sqlite", logs, cosigners),
        _stack=stack,
    )


def _in_database(place: Place, origin: str, pairs: Pairs, stack: ExitStack) -> Engines:
    postgres = _postgres()
    database = _kept(stack, postgres.Database(place.database))
    there = postgres.PostgresRecord(database)
    there.check_origin(origin)
    began = there.began()
    keys = _keys(place, pairs, stack, began=began)
    _check_not_lost(keys, began, database.name)
    return Engines(
        keys=keys,
        access=postgres.PostgresAccess(database),
        reads=postgres.PostgresReads(database),
        record=_kept(stack, _record_in(postgres, database, keys, origin)),
        tables=_kept(stack, postgres.PostgresTables(database)),
        cosignatures=postgres.PostgresCosignatures(database),
        witness=lambda logs, cosigners: postgres.PostgresWitness(database, logs, cosigners),
        _stack=stack,
    )


def _record_in(postgres: Any, database: Any, keys: SqliteKeys, origin: str) -> Any:
    begun = keys.pending()
    signers = _signers(keys, origin)
    if begun is not None:  # keys that were begun anew do not hold the key before; they bring in the next one
        signers = partial(_or_next, signers, str(begun["old_key"]), str(begun["new_key"]))
    return postgres.PostgresRecord(database, keys.log_signer(origin), keys.note_signed, signers)


def _or_next(signers: Callable[[str], NoteSigner], old: str, new: str, vkey: str) -> NoteSigner:
    try:
        return signers(vkey)
    except RecordFault:
        if vkey != old:
            raise
        return signers(new)


def _signers(keys: SqliteKeys, origin: str) -> Callable[[str], NoteSigner]:
    """The signer of any key of the log that is held."""
    return partial(keys.signer_of, origin)


def open_record(place: Place) -> KeptRecord:
    """The record alone, for reading. Close it after use. Raises `RecordFault` where it is missing."""
    if place.database:
        postgres = _postgres()
        record: KeptRecord = postgres.PostgresRecord(postgres.Database(place.database))
        return record
    _there(place.folder, "record.sqlite")
    return SqliteRecord(place.folder)


def _postgres() -> Any:
    """The engine for PostgreSQL. Raises `BadInput`, saying how to get it, where its libraries are missing."""
    try:
        return import_module("commonweal.engines.postgres")
    except ModuleNotFoundError as error:
        raise BadInput(Fault("database", f"no module {error.name}", HOW), "settings") from error


def _check_not_lost(keys: SqliteKeys, began: bool, name: str) -> None:
    if not began and (signed := keys.signed()):
        raise RecordFault(name, f"is missing, though its key signed {signed[0]} entries: put back its newest copy")


def _there(folder: Path, name: str, otherwise: str = "restore it from a copy") -> None:
    if not (folder / name).is_file():
        raise RecordFault(name, f"is missing; {otherwise}")


def _kept(stack: ExitStack, store: Any) -> Any:
    stack.callback(store.close)
    return store
