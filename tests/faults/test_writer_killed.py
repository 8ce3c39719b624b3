"""A writer killed with SIGKILL: what it acknowledged is there, nothing is half there, the log verifies.

Killing a process shows that commits are whole; that they reach the disk rests on `synchronous=FULL`, which is read
back here from the connection that writes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteKeys, SqliteRecord
from commonweal.kernel.record import check_log

sys.path.insert(0, str(Path(__file__).parent))
from writer_process import ORIGIN, SIGNER

CANNOT = 77
KILLS = 30
ENDLESS = 10_000_000


def start(folder: Path, name: str, count: int, threads: int = 1) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("writer_process.py")
    command = [sys.executable, str(script), str(folder), name, str(count), str(threads)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acknowledged(lines: list[str]) -> list[tuple[str, int, int, int]]:
    """`(writer, first number, stop, first index)` of every complete line."""
    found = []
    for line in lines:
        if line.endswith("\n"):
            writer, *numbers = line.split()
            found.append((writer, *map(int, numbers)))
    return found


def check(record: SqliteRecord, groups: list[tuple[str, int, int, int]]) -> None:
    """Every acknowledged act stands where it was said to, every group is whole, and the log verifies."""
    for writer, first, stop, index in groups:
        entries = record.entries(index, index + stop - first)
        assert [(entry.author, entry.key) for entry in entries] == [(writer, str(n)) for n in range(first, stop)]
    whole = record.entries(0, record.size())
    assert [entry.index for entry in whole] == list(range(len(whole)))
    present = {(entry.author, int(entry.key)) for entry in whole}
    assert len(present) == len(whole)
    for entry in whole:
        _, first, stop = json.loads(entry.payload)
        assert {(entry.author, number) for number in range(first, stop)} <= present
    assert check_log(record, SIGNER.verifier, ORIGIN) == []


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    """Three threads write, and the process ends at one of its writes to disk: another each time, the same each run."""
    command = [sys.executable, str(Path(__file__).with_name("kill_steps.py")), str(tmp_path), str(KILLS), "threads"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == CANNOT:
        pytest.skip("this Python's SQLite library keeps its symbols to itself, so its steps cannot be counted")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-2000:]
    assert done.stdout.rstrip().endswith(f"{KILLS} kills, no acknowledged act lost, no half act")


def test_two_processes_at_once_lose_nothing_and_make_one_log(tmp_path: Path) -> None:
    """Neither forks the log nor starves, and one of them may be killed on the way."""
    SqliteRecord(tmp_path, SIGNER).close()
    writers = [start(tmp_path, name, 300, threads=2) for name in ("a", "b")]
    third = start(tmp_path, "c", ENDLESS)
    assert third.stdout is not None
    line = third.stdout.readline()
    third.kill()
    groups = acknowledged([line, *third.stdout.readlines()])
    third.wait()
    third.stdout.close()
    for writer in writers:
        output, _ = writer.communicate(timeout=120)
        assert writer.returncode == 0
        groups += acknowledged(output.splitlines(keepends=True))
    record = SqliteRecord(tmp_path, SIGNER)
    check(record, groups)
    for name in ("a.0", "a.1", "b.0", "b.1"):
        assert sum(stop - first for writer, first, stop, _ in groups if writer == name) == 300
    record.close()


@pytest.mark.parametrize("opened", [lambda path: SqliteRecord(path, SIGNER), lambda path: SqliteKeys(path / "keys")])
def test_commits_wait_for_the_disk(tmp_path: Path, opened) -> None:
    store = opened(tmp_path)
    pragmas = [store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]
    store.close()
