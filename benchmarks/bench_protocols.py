"""protocols.waiting_2000_rss_mb: what 2,000 cases that wait cost a process that holds them.

The resident memory of a process that has opened an authority with 2,000 open cases under a shipped playbook, has looked
for what is due and moved one of them, over that of the same process over the same record without cases. Against DBOS,
the durable workflow engine for Python: 2,000 workflows that wait for a message in one process (as coroutines, its
leanest form), over the same process without any; both keep their state in SQLite.

`protocols.move_ms` is one move of a case among those 2,000: a step reported done, recorded durably with its receipt and
followed until the case stands at its next step; against one row committed durably by SQLite itself (synchronous=FULL).
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, seconds
from commonweal.authority import Authority
from commonweal.instruments import Installed, discover, rule_file
from commonweal.kernel import protocols
from commonweal.kernel.instrument import Instrument, Response, Text
from commonweal.kernel.record import Act
from commonweal.kernel.values import instant
from commonweal.playbooks import texts
from commonweal.settings import Settings

CASES = 2000
MOVES = 30
BATCH = 250
PLAYBOOK = "serious_incident_handling"
ORGANISATION = "model_registration.organisation"
MB = 1e6
SETTINGS = Settings(Text(en="Bench", zh="测量"), "bench.example/log", instant("2026-01-01T00:00:00Z"))


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-protocols-") as name:
        folder = Path(name)
        _found(folder / "none", 0)
        _found(folder / "waiting", CASES)
        ours = [_child("holding", folder / which) for which in ("waiting", "none")]
        assert (ours[0]["open"], ours[1]["open"]) == (CASES, 0)
        theirs = [_child("dbos", folder / f"{number}.sqlite", str(number)) for number in (CASES, 0)]
        moved = _child("moving", folder / "waiting")
        row_ms = _row_ms(folder / "row.sqlite")
    return [
        Figure(
            "protocols.waiting_2000_rss_mb",
            (ours[0]["rss"] - ours[1]["rss"]) / MB,
            "MB",
            f"DBOS, {CASES} workflows waiting for a message in one process",
            (theirs[0]["rss"] - theirs[1]["rss"]) / MB,
            "a waiting case is a row in a table; what is measured is what was touched to look and to move one",
        ),
        Figure(
            "protocols.move_ms", moved["ms"], "ms", "one row committed by SQLite, synchronous=FULL", row_ms,
            "two commits (what was filed, what follows) and the fold of the case",
        ),
    ]  # fmt: skip


def _installed(cases: bool) -> dict[str, Installed]:
    """The instruments of the package, and one that opens a case for each organisation."""
    words = Text(en="Bench", zh="测量")
    playbook = rule_file(texts()[PLAYBOOK], ".json").rule_id
    answer = Response(on=ORGANISATION, playbook=playbook, match=lambda entry, reader: entry.subject)
    responses = (answer,) if cases else ()
    return {**discover(), "bench": Installed(Instrument("bench", words, words, responses=responses), Path("/none"))}


def _found(folder: Path, cases: int) -> None:
    with Authority.create(folder, SETTINGS, installed=_installed(cases > 0)) as authority:
        authority.adopt(rule_file(texts()[PLAYBOOK], ".json"))
        for start in range(0, CASES, BATCH):
            names = range(start, start + BATCH)
            acts = [Act(ORGANISATION, {"name": f"Laboratory {n}", "countries": ["FR"]}, f"o:{n}") for n in names]
            authority.place_all(acts)
        authority.follow()


def _child(what: str, *arguments: object) -> dict[str, Any]:
    """What a fresh process says of itself."""
    print(f"  {what} {arguments[-1]}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.bench_protocols", what, *map(str, arguments)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _rss() -> int:
    """Resident memory of this process in bytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def _holding(folder: Path) -> dict[str, Any]:
    with Authority.open(folder, installed=_installed(folder.name == "waiting")) as authority:
        authority.tick()
        if rows := protocols.cases(authority.reader, state="open", limit=1):
            _move(authority, rows[0])
        return {"rss": _rss(), "open": protocols.counts(authority.reader)["open"]}


def _move(authority: Authority, row: dict[str, Any]) -> None:
    body = {"case": row["case"], "step": row["steps"][0]["step"]}
    authority.act(Act("case.step_done", body, "", row["subject"]))
    authority.follow()


def _moving(folder: Path) -> dict[str, Any]:
    with Authority.open(folder, installed=_installed(True)) as authority:
        rows = protocols.cases(authority.reader, state="open", limit=MOVES + 1)[1:]
        return {"ms": 1000 * statistics.median(seconds(lambda row=row: _move(authority, row)) for row in rows)}


def _row_ms(path: Path) -> float:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row (value BLOB)")
    times = [seconds(lambda: database.execute("INSERT INTO row VALUES (?)", (bytes(1000),))) for _ in range(200)]
    database.close()
    return 1000 * statistics.median(times)


def _dbos(path: Path, count: int) -> dict[str, Any]:
    """The peer: as many workflows as are asked for, each waiting a hundred days for a message."""
    import asyncio

    from dbos import DBOS

    config: Any = {"name": "bench-waiting", "system_database_url": f"sqlite:///{path}", "log_level": "ERROR"}
    DBOS(config=config)

    @DBOS.workflow()
    async def waiting(number: int) -> None:
        await DBOS.recv_async(timeout_seconds=8_640_000)

    async def begin() -> int:
        DBOS.launch()
        for number in range(count):
            await DBOS.start_workflow_async(waiting, number)
        await asyncio.sleep(2)
        return _rss()

    return {"rss": asyncio.run(begin())}


def _main(what: str, *arguments: str) -> None:
    path = Path(arguments[0])
    if what == "dbos":
        print(json.dumps(_dbos(path, int(arguments[1]))), flush=True)
        os._exit(0)  # its workflows wait for months; there is nothing to end well
    print(json.dumps(_holding(path) if what == "holding" else _moving(path)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
