"""Keys begun anew after the old ones were lost: what was there is put aside, and a change of the log's key is begun."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from commonweal.kernel.disclosure.custody import Locked
from commonweal.kernel.values import Conflict, RecordFault

from .opening import Place, open_record
from .sqlite import SqliteKeys


def renew_keys(place: Place, origin: str, vkey: str = "", *, locked_out: bool = False) -> None:
    """New keys in place of a keys.sqlite that is missing or damaged; opening the authority then records the change.

    `vkey` is the log's old key, for a record that does not name it. `locked_out`: a file whose passphrase or token is
    lost for good counts as damaged. Raises `Conflict` where keys.sqlite is whole and holds the log's key, and where the
    keys lie in a database: what is left of that is for whoever runs it to put aside.
    """
    if place.keys:
        raise Conflict(
            "the keys lie in the database that `keys` in authority.toml names, not in keys.sqlite: restore that from "
            "its newest replica. Where it is lost for good, take `keys` out of authority.toml and repeat this: new "
            "keys are then begun in keys.sqlite"
        )
    path, record = place.folder / "keys.sqlite", open_record(place)
    try:
        ring, size = record.keyring(vkey), record.size()
    finally:
        record.close()
    keys = _opened(path, locked_out)
    if keys is not None:
        _begin_lost(keys, origin, ring.current, sealed=False)
        return
    _put_aside(path)
    keys = SqliteKeys(path)
    keys.begin_anew(size)
    _begin_lost(keys, origin, ring.current, sealed=True)


def _opened(path: Path, locked_out: bool) -> SqliteKeys | None:
    """The keys that are there; None where they are missing, damaged or given up."""
    if not path.is_file():
        return None
    try:
        return SqliteKeys(path)
    except RecordFault:
        return None
    except Locked:
        if locked_out:
            return None
        raise


def _begin_lost(keys: SqliteKeys, origin: str, old: str, *, sealed: bool) -> None:
    """Begin the change from a key that is lost, in keys that do not hold it. Raises `Conflict` where they do."""
    try:
        with suppress(RecordFault, Locked):
            keys.signer_of(origin, old)
            raise Conflict(
                f"keys.sqlite is whole and holds the log's key {old}: nothing is lost. `weal key rotate` changes the "
                "key, with --compromised where somebody else may have it"
            )
        body = {"old_key": old, "change": "lost", "overlap": 0, "void_from": 0, "sealed_data_lost": sealed}
        keys.begin_change(origin, body)
    finally:
        keys.close()


def _put_aside(path: Path) -> None:
    """Keep what is left of a damaged file, and of its write-ahead log, under another name."""
    number = next(at for at in range(1, 10_000) if not path.with_name(f"{path.name}.lost-{at}").exists())
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.lost-{number}{suffix}"))
