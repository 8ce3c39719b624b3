"""One log ends and another goes on: the old one is closed in public, the new one names it and keeps its public log.

The old log's last entry names the successor and one of its keys; the successor's entry names the old log's last tree.
Each step is durable before the next and safe to repeat, so whoever was killed in between calls the same again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonweal import archives
from commonweal.archives import STATEMENT, Ended, archive_of, ended, not_led_to, stands
from commonweal.authority import Authority
from commonweal.keeping import exporting, published_keys
from commonweal.kernel.disclosure.succession import closing, said_of, taking_over
from commonweal.kernel.record import NoteVerifier, parse_tile_path
from commonweal.kernel.record.exported import CHECKPOINT, ExportedLog, Place, PublicLog, export_log
from commonweal.kernel.record.keyring import CLOSED, SUCCEEDED, LogClosed
from commonweal.kernel.values import BadInput, Conflict, Fault, NotFound, Stale
from commonweal.settings import FILE
from commonweal.upkeep import open_place

TRIES = 20
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Closing:
    """How a log ended: its last size and root, and the size that is published (equal, once its witnesses cosigned)."""

    size: int
    root: str
    published: int

    @property
    def done(self) -> bool:
        """Whether the last checkpoint is published."""
        return self.published == self.size


def close_log(authority: Authority, successor: str = "", vkey: str = "", url: str = "") -> Closing:
    """End a log for good, in favour of `successor` (an origin) under the key `vkey`, or of none.

    What follows from its entries is recorded first, then its last entry; then its witnesses are asked, and the place
    where it is laid out for others is brought up to the end. Call it again until it is `done`. Raises `BadInput`, and
    `LogClosed` where it was closed in favour of another.
    """
    body = {"successor": successor, "successor_vkey": vkey, "successor_url": url}
    _check_successor(authority, successor, vkey)
    ring = authority.store.keyring()
    if ring.closed is None:
        authority.witnesses.check_writing()
        _write_last(authority, body)
        ring = authority.store.keyring()
    if (ring.successor, ring.successor_vkey, ring.successor_url) != (successor, vkey, url):
        raise LogClosed(ring.why_closed)
    authority.follow()
    for _ in range(ROUNDS):
        if _published(authority) == ring.closed:
            _lay_out(authority)
            break
        authority.witnesses.ask(everyone=True)
    return Closing(authority.store.size(), authority.store.root().hex(), _published(authority))


def _check_successor(authority: Authority, successor: str, vkey: str) -> None:
    if not successor and not vkey:
        return
    if not vkey or NoteVerifier.from_vkey(vkey).name != successor or successor == authority.settings.origin:
        want = "the origin of another log and a verifier key of that log: the key says by whom it may be taken over"
        raise BadInput(Fault("successor", f"{successor or '(absent)'}, {vkey or '(absent)'}", want), "hand-over")


def _write_last(authority: Authority, body: dict[str, Any]) -> None:
    """Write the last entry, right behind one from which all that follows is recorded."""
    for _ in range(TRIES):
        authority.follow()
        try:
            authority.turn(closing(body), authority.followed)
            return
        except Stale:
            continue
        except LogClosed:  # another process closed it meanwhile
            return
    raise Conflict("others keep writing to this record; end the server, then close it")


def _published(authority: Authority) -> int:
    return int(authority.witnesses.status()["published"])


def _lay_out(authority: Authority) -> None:
    """Bring the place where this log is laid out up to its end, with what proves its keys and that end."""
    if authority.settings.export:
        exporting(authority).round()


def statement(authority: Authority) -> bytes:
    """What proves a log's keys and its end to whoever knows one of the keys; the same as `/api/v1/log-keys`."""
    return json.dumps(published_keys(authority), ensure_ascii=False, indent=1).encode()


@dataclass(frozen=True, slots=True)
class _Before:
    """A predecessor at hand: its log, the proof of its end, and what its entry is to say."""

    log: PublicLog
    statement: bytes
    found: Ended


def accept(authority: Authority, source: str, *, vkey: str = "", proof: Path | None = None, url: str = "") -> int:
    """Go on from a log that was closed in favour of this one; gives the entry that says so.

    `source` is the folder of the old authority, or a place where its public log lies (a folder, `s3://…`); there,
    `vkey` is one of its keys, known beforehand, and `proof` the file of what stands at its `/api/v1/log-keys`, unless
    that lies there as `log-keys.json`. Its public log is copied here as an archive.

    Raises `RecordFault` where the old log does not verify, `Conflict` where it is not closed, was closed in favour of
    another log, or was taken over with another end.
    """
    ring = authority.store.keyring()
    if ring.closed is not None:
        raise LogClosed(ring.why_closed)
    with _opened(source, vkey, proof) as before:
        problems = list(not_led_to(before.found.ring, authority.settings.origin, ring))
        if problems:
            raise Conflict(f"{problems[0]}; nothing was written")
        index = _taken_over(authority, before.found)
        archive = archive_of(authority.folder, before.found.ring.origin)
        if index is None or not stands(archive):
            _keep(before, open_place(str(archive)))
    if index is None:
        authority.follow()
        index = authority.turn(taking_over(before.found.body(url)))
        authority.follow()
    return index


def _taken_over(authority: Authority, found: Ended) -> int | None:
    """The entry with which this log went on from that one already. Raises `Conflict` where it had another end."""
    for index, turn in authority.store.turns():
        if turn.what == SUCCEEDED and turn.predecessor == found.ring.origin:
            said = said_of(authority.store.entry(index).leaf, turn)
            want = found.body()
            if any(said.get(name) != want[name] for name in ("size", "root")):
                raise Conflict(
                    f"entry {index} goes on from {turn.predecessor} with {said.get('size')} entries and the root "
                    f"{said.get('root')}; what is here has {want['size']} and {want['root']}"
                )
            return index
    return None


def _keep(before: _Before, place: Place) -> None:
    """Copy the public log of a predecessor; its checkpoint comes last and makes the archive whole."""
    export_log(before.log, before.found.note, before.found.ring, place, keys=before.statement)


@contextmanager
def _opened(source: str, vkey: str, proof: Path | None) -> Iterator[_Before]:
    """A predecessor, its public log verified whole, from its folder or from where its public log lies."""
    if (Path(source) / FILE).is_file():
        with Authority.open(Path(source)) as old:
            told = statement(old)
            if old.store.keyring().closed is not None and _published(old) != old.store.size():
                raise Conflict(
                    "the end of that log is not published yet: `weal handover close` asks its witnesses again"
                )
            yield _Before(old.store, told, ended(_Store(old), told, vkey or old.vkey))
        return
    place = open_place(source)
    if not vkey:
        want = "one of the keys of that log, as it published them (from elsewhere than these files)"
        raise BadInput(Fault("--vkey", "(absent)", want), "hand-over")
    if proof is not None and not proof.is_file():
        raise NotFound("file", proof)
    told = proof.read_bytes() if proof is not None else place.read(STATEMENT)
    found = ended(place, told, vkey)
    yield _Before(ExportedLog(place), told, found)


class _Store:
    """The published log of an authority, read as files are."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def read(self, path: str) -> bytes:
        if path == CHECKPOINT:
            return self._authority.witnesses.published()
        return self._authority.store.tile(*parse_tile_path(path))


def handed(authority: Authority) -> dict[str, Any]:
    """Where a log comes from and where it goes on, for JSON: `closed` (or None) and `predecessors`, each with `archive`
    (whether its public log is kept here) and the address of its last `checkpoint` there."""
    ring = authority.store.keyring()
    found = []
    closed_by = None
    for index, turn in authority.store.turns():
        if turn.what == CLOSED:
            closed_by = index
        if turn.what == SUCCEEDED:
            said = said_of(authority.store.entry(index).leaf, turn)
            archive = archive_of(authority.folder, turn.predecessor)
            here = stands(archive)
            address = f"/log/predecessors/{archive.name}/{CHECKPOINT}" if here else ""
            found.append({"entry": index, **said, "archive": here, "checkpoint": address})
    closed = None
    if ring.closed is not None:
        closed = {"entry": closed_by, "size": ring.closed, "successor": ring.successor,
                  "successor_vkey": ring.successor_vkey, "successor_url": ring.successor_url,
                  "published": _published(authority) == ring.closed}  # fmt: skip
    return {"origin": ring.origin, "closed": closed, "predecessors": found}


def archived(authority: Authority, origin_digest: str) -> archives.Reading:
    """The archive of a predecessor by its digest, to be read. Raises `NotFound`."""
    for turn in (turn for _, turn in authority.store.turns() if turn.what == SUCCEEDED):
        path = archive_of(authority.folder, turn.predecessor)
        if path.name == origin_digest and stands(path):
            return archives.files_of(path)
    raise NotFound("predecessor", origin_digest, "`/api/v1/log-keys` names those that there are")
