"""What stands where in an authority, and what is wrong there, for people who run it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from commonweal.following import FAULT, counts_told
from commonweal.kernel import obligations, protocols, registry, thresholds
from commonweal.kernel.values import stamp
from commonweal.log_export import exported
from commonweal.witnessing import checkpoint_of

if TYPE_CHECKING:
    from . import Authority

FAULTS_SHOWN = 20
AHEAD_MAX = timedelta(hours=1)


def faults_of(authority: Authority) -> list[dict[str, Any]]:
    """What is wrong: a record that may not be written to, a clock, entries not followed, cases that are stuck."""
    halted, reader = authority.witnesses.halted, authority.reader
    found: list[dict[str, Any]] = [{"entry": None, "room": "record", "problem": halted}] if halted else []
    found += [{"entry": ahead[0], "room": "clock", "problem": ahead[1]}] if (ahead := _ahead(authority)) else []
    found += reader.select(FAULT, limit=FAULTS_SHOWN)
    stuck = protocols.stuck(reader)[:FAULTS_SHOWN]
    return found + [
        {"entry": row["entry"], "room": "protocols", "problem": f"{row['case']}: {row['problem']}"} for row in stuck
    ]


def _ahead(authority: Authority) -> tuple[int, str] | None:
    """The newest entry and what is wrong, where it is dated well after what the clock says now."""
    newest, now = authority.store.newest(), authority.clock.now()
    if newest is None or datetime.fromisoformat(newest.time) - now < AHEAD_MAX:
        return None
    problem = (
        f"the newest entry is dated {newest.time}, and the clock says {stamp(now)}: one of the two is wrong. Until "
        "then entries are dated no earlier than that; set the clock right, and correct what was dated wrongly"
    )
    return newest.index, problem


def status_of(authority: Authority) -> dict[str, Any]:
    """Instruments, counts, open duties, threshold states, log size and root, ready for JSON."""
    checkpoint, reader = checkpoint_of(authority.store.checkpoint()), authority.reader
    nouns = sorted({kind.noun for kind in authority.kinds.values()} - {""})
    witnesses = authority.witnesses.status()
    return {
        "name": dict(authority.settings.name),
        "origin": authority.settings.origin,
        "replay": authority.settings.replay,
        "instruments": list(authority.instruments),
        "entries": counts_told(reader),
        "subjects": {noun: len(registry.subjects(reader, noun)) for noun in nouns},
        "duties": obligations.counts(reader),
        "thresholds": {
            line["rule"]: {state: line[state] for state in thresholds.STATES} for line in thresholds.board(reader)
        },
        "cases": protocols.counts(reader),
        "faults": authority.faults(),
        "log": {"size": checkpoint.size, "root": checkpoint.root.hex(), "vkey": authority.vkey},
        "witnesses": witnesses,
        "export": exported(authority.folder, witnesses["published"]),
    }
