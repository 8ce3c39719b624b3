"""obligations.sweep_100k_ms: 100,000 open duties wait in the tables; what it costs to find that nothing is due.

And one sweep that finds 100 of them overdue: they are judged anew, their rows rewritten and committed, and the acts
that record it made. Against SQLite's own range query over an index of the same instants, and the same for as many rows
read and rewritten in one transaction, in the same run; `.scan` is the same question asked without an index.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, seconds
from benchmarks.peers import durable
from commonweal.engines.sqlite import SqliteTables
from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import DUTY, PUBLIC_DUTY, TABLES, Obligations
from commonweal.kernel.obligations.kinds import SUBJECT
from commonweal.kernel.record.entries import AUTHORITY, Act, Entry
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import digest, instant, stamp

DUTIES, OVERDUE, AGAIN = 100_000, 100, 200
LAW, RULE = "xx.law", "xx.law.notify"
TEXT = """
id = "xx.law"
version = "1"
title = { en = "A law", zh = "一部法律" }
jurisdiction = "XX"
authority = { en = "the office", zh = "机关" }
time_zone = "Europe/Brussels"
calendar = "calendar.plain"
source = { citation = "Gazette 1" }

[facts]
compute_flop = { en = "compute", zh = "计算量", public = true }
placed = { en = "placed on the market", zh = "投放市场", public = true }
organisation = { en = "the provider", zh = "提供者", public = true }

[[rule]]
id = "xx.law.notify"
title = { en = "Notify", zh = "通报" }
text = { en = "Tell the office.", zh = "告知机关。" }
column = { en = "Notify", zh = "通报" }
citation = "Art. 1"
noun = "model"
duty = "notification"
owed_by = { en = "the provider", zh = "提供者" }
party = "organisation"
in_force = { from = 2025-01-01 }
period = "2 weeks"
met_by = "register.notification"
when = { all = [{ fact = "compute_flop", op = ">", value = 1e25 }, { fact = "placed", op = "is", value = true }] }
"""
FILED = instant("2026-01-05T09:00:00Z")
BEFORE, AFTER = instant("2026-01-06"), instant("2026-01-20T00:00:00Z")
KNOWN = {"compute_flop": 2e25, "placed": True, "organisation": "organisation:o"}


@dataclass(frozen=True)
class _Facts:
    """The same facts about every model, without a table of their own."""

    noun: str = "model"
    of: Any = field(default=lambda subject, reader, as_of: {name: Fact(KNOWN[name], FILED) for name in KNOWN})


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        with closing(SqliteTables(Path(scratch))) as tables:
            room = Obligations([_Facts()])
            print(f"  laying out {DUTIES} open duties", file=sys.stderr, flush=True)
            tables.declare(TABLES)
            rows = _waiting(tables, room)
            reader, memory = tables.reader(), _memory_mb()
            waits = _median_ms(lambda: _found_none(room, reader, BEFORE))
            grown = _memory_mb() - memory
            acts: list[Act] = []
            found = 1e3 * seconds(lambda: acts.extend(_swept(tables, room)))
            assert len(acts) == OVERDUE, f"{len(acts)} duties were found overdue, not {OVERDUE}"
        with closing(durable(Path(scratch) / "peer.sqlite")) as peer:
            _laid_out(peer, rows)
            theirs = _median_ms(lambda: _ranged(peer, BEFORE))
            scanned = _median_ms(lambda: _scanned(peer, BEFORE), 5)
            rewritten = 1e3 * seconds(lambda: _rewritten(peer))
    waiting = "SQLite's own range query over an index of the same instants"
    grew = f"four look-ups in indexes, in Python; peak memory grew by {grown:.1f} MB over {AGAIN} sweeps"
    return [
        Figure("obligations.sweep_100k_ms", waits, "ms", waiting, theirs, grew),
        Figure("obligations.sweep_100k_ms.scan", waits, "ms", "a scan of the same rows without an index", scanned),
        Figure(
            "obligations.sweep_100k_ms.found_100",
            found,
            "ms",
            f"SQLite reading and rewriting {OVERDUE} such rows twice in one transaction",
            rewritten,
            "every rule is judged again for each subject, and each change is made into an act",
        ),
    ]


def _waiting(tables: SqliteTables, room: Obligations) -> list[Row]:
    """Tables in which every duty is owed, 100 of them a day earlier than the rest."""
    with tables.transaction() as writing:
        adopted = {"rule_id": LAW, "room": "obligations", "version": "1", "text": TEXT, "sha256": digest(TEXT.encode())}
        for entry in (
            Entry(0, "rule.adopted", 1, instant("2026-01-01"), AUTHORITY, None, adopted),
            Entry(1, "register.model", 1, FILED, AUTHORITY, "model:m", {}),
        ):
            room.follow(entry, writing)
        own, shown = (writing.select(table, {"subject": "model:m"}) for table in (DUTY, PUBLIC_DUTY))
        for table, like in ((DUTY, own), (PUBLIC_DUTY, shown)):
            writing.put_many(table, _many([row for row in like if row["rule"] == RULE]))
        writing.put_many(SUBJECT, ({"subject": f"model:{n}", "noun": "model"} for n in range(DUTIES)))
        for table in (DUTY, PUBLIC_DUTY):
            for row in own:
                writing.delete(table, row["rule"], "model:m")
    return list(_many([row for row in own if row["rule"] == RULE]))


def _many(like: list[Row]) -> Iterator[Row]:
    [row] = like
    late = stamp(instant(row["due"]) + timedelta(days=365))
    for number in range(DUTIES):
        due = row["due"] if number % (DUTIES // OVERDUE) == 0 else late
        yield {**row, "subject": f"model:{number}", "due": due, "watch": due}


def _found_none(room: Obligations, reader: Reader, now: datetime) -> None:
    assert not room.due(now, reader)


def _swept(tables: SqliteTables, room: Obligations) -> list[Act]:
    assert room.due(AFTER, tables.reader())
    with tables.transaction() as writing:
        acts = room.follow(Entry(2, "clock.tick", 1, AFTER, AUTHORITY, None, {"at": stamp(AFTER)}), writing)
    return [act for act in acts if act.body["state"] == "overdue"]


# ── the physical limit ──────────────────────────────────────────────────────────────────────────────────────────────


def _laid_out(peer: sqlite3.Connection, rows: list[Row]) -> None:
    peer.execute("CREATE TABLE duty (subject TEXT PRIMARY KEY, state TEXT, watch TEXT, unindexed TEXT, row TEXT)")
    peer.execute("CREATE INDEX watched ON duty (watch)")
    peer.execute("BEGIN IMMEDIATE")
    kept = ((row["subject"], row["state"], row["watch"], row["watch"], json.dumps(row)) for row in rows)
    peer.executemany("INSERT INTO duty VALUES (?, ?, ?, ?, ?)", kept)
    peer.execute("COMMIT")


def _ranged(peer: sqlite3.Connection, now: datetime) -> None:
    assert peer.execute("SELECT count(*) FROM duty WHERE watch <= ?", [stamp(now)]).fetchone() == (0,)


def _scanned(peer: sqlite3.Connection, now: datetime) -> None:
    assert peer.execute("SELECT count(*) FROM duty WHERE unindexed <= ?", [stamp(now)]).fetchone() == (0,)


def _rewritten(peer: sqlite3.Connection) -> None:
    peer.execute("BEGIN IMMEDIATE")
    found = peer.execute("SELECT subject, row FROM duty WHERE watch <= ?", [stamp(AFTER)]).fetchall()
    assert len(found) == OVERDUE
    for _ in range(2):
        changed: list[Mapping[str, Any]] = [{**json.loads(row), "state": "overdue"} for _, row in found]
        values = ((row["state"], None, json.dumps(row), row["subject"]) for row in changed)
        peer.executemany("UPDATE duty SET state = ?, watch = ?, row = ? WHERE subject = ?", values)
    peer.execute("COMMIT")


def _median_ms(work: Any, again: int = AGAIN) -> float:
    return 1e3 * statistics.median(seconds(work) for _ in range(again))


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
