"""What stands where in an authority, and what is wrong there, for people who run it."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from commonweal.following import FAULT, counts_told
from commonweal.kernel import obligations, protocols, registry, thresholds
from commonweal.kernel.disclosure import public_kind
from commonweal.kernel.record import Reader, RecordStore
from commonweal.kernel.values import stamp
from commonweal.log_export import exported
from commonweal.witnessing import checkpoint_of

if TYPE_CHECKING:
    from . import Authority

CLOCK = "clock"
"""The room of the fault that the newest entry is dated well after what the clock says."""
FAULTS_SHOWN = 20
COUNTED_AT_ONCE = 1_000
AHEAD_MAX = timedelta(hours=1)


def faults_of(authority: Authority) -> list[dict[str, Any]]:
    """What is wrong: a record that may not be written to, a clock, entries not followed, cases that are stuck,
    tables that hold what they shall not."""
    halted, reader = authority.witnesses.halted, authority.reader
    found: list[dict[str, Any]] = [{"entry": None, "room": "record", "problem": halted}] if halted else []
    found += [{"entry": ahead[0], "room": CLOCK, "problem": ahead[1]}] if (ahead := ahead_of_clock(authority)) else []
    found += [{"entry": None, "room": "tables", "problem": told} for told in _laid_out_otherwise(authority)]
    found += reader.select(FAULT, limit=FAULTS_SHOWN)
    stuck = protocols.stuck(reader)[:FAULTS_SHOWN]
    return found + [
        {"entry": row["entry"], "room": "protocols", "problem": f"{row['case']}: {row['problem']}"} for row in stuck
    ]


def _laid_out_otherwise(authority: Authority) -> list[str]:
    """What opening would have mended, where it could not: keys were lost, or the record is only to be read."""
    return [
        f"tables hold {', '.join(one.held)} of {one.kind}, which they shall not hold: `weal rebuild` lays them out anew"
        if one.held
        else f"tables lack {', '.join(one.lacking)} of {one.kind}: `weal rebuild` lays them out anew"
        for one in authority.laid_out_otherwise()
    ]


def is_ahead(when: str, now: datetime) -> bool:
    """Whether an entry's time lies well after now."""
    return datetime.fromisoformat(when) - now >= AHEAD_MAX


def ahead_of_clock(authority: Authority) -> tuple[int, str] | None:
    """The newest entry and what is wrong, where it is dated well after what the clock says now."""
    newest, now = authority.store.newest(), authority.clock.now()
    if newest is None or not is_ahead(newest.time, now):
        return None
    problem = (
        f"the newest entry is dated {newest.time}, and the clock says {stamp(now)}: one of the two is wrong. Until "
        "then entries are dated no earlier than that; set the clock right, and correct what was dated wrongly; "
        "what is told as late may not be late"
    )
    return newest.index, problem


def status_of(authority: Authority) -> dict[str, Any]:
    """Instruments, counts, open duties, threshold states, log size and root, ready for JSON."""
    checkpoint, reader = checkpoint_of(authority.store.checkpoint()), authority.reader
    nouns = sorted({kind.noun for kind in authority.kinds.values()} - {""})
    witnesses = authority.witnesses.status()
    return {
        **_lasting(authority),
        "entries": counts_told(reader),
        "subjects": {noun: len(registry.subjects(reader, noun)) for noun in nouns},
        "duties": obligations.counts(reader),
        "thresholds": _thresholds(reader),
        "cases": protocols.counts(reader),
        "faults": authority.faults(),
        "log": {"size": checkpoint.size, "root": checkpoint.root.hex(), "vkey": authority.vkey},
        "witnesses": witnesses,
        "export": exported(authority.folder, witnesses["published"]),
        "followed": authority.followed,
    }


def public_status_of(authority: Authority) -> dict[str, Any]:
    """What of the status everyone may know: as of the entries that are published.

    Counts of what was done since then would tell a stranger in which second something came.
    """
    size, note = authority.public_size, authority.witnesses.told()
    witnesses = authority.witnesses.status(size)
    return {
        **_lasting(authority),
        "entries": authority.counted.by_kind(size),
        "thresholds": _thresholds(authority.reader),
        "log": {"size": size, "root": checkpoint_of(note).root.hex() if note else "", "vkey": authority.vkey},
        "witnesses": witnesses,
        "export": exported(authority.folder, witnesses["published"]),
    }


def _lasting(authority: Authority) -> dict[str, Any]:
    return {
        "name": dict(authority.settings.name),
        "origin": authority.settings.origin,
        "replay": authority.settings.replay,
        "instruments": list(authority.instruments),
    }


def _thresholds(reader: Reader) -> dict[str, dict[str, int]]:
    return {line["rule"]: {state: line[state] for state in thresholds.STATES} for line in thresholds.board(reader)}


class Counted:
    """How many entries of each kind the first so many leaves of a log tell of: read once, then only what is new."""

    def __init__(self, store: RecordStore) -> None:
        self._store, self._lock = store, threading.Lock()
        self._size, self._counts = 0, Counter[str]()

    def by_kind(self, size: int) -> dict[str, int]:
        """By kind, of the first `size` entries; that is never less than it was before."""
        with self._lock:
            while self._size < size:
                page = self._store.entries(self._size, min(size, self._size + COUNTED_AT_ONCE))
                self._counts.update(public_kind(stored) for stored in page)
                self._size += len(page)
            return dict(sorted(self._counts.items()))
