"""Killed anywhere and started again, the demonstration ends in the same state: nothing lost, nothing done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal import demo
from commonweal.authority import Authority
from dumps import comparable

SINCE = datetime(2025, 3, 1, tzinfo=UTC)
KILLS = int(os.environ.get("COMMONWEAL_KILLS", "8"))
CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from commonweal import demo
since = datetime.fromisoformat(sys.argv[2])
demo.run(Path(sys.argv[1]), lambda done, total, when: print(done, flush=True), since=since)
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int]:
    """The state that an undisturbed run of the last months ends in, and how many steps it takes."""
    folder = tmp_path_factory.mktemp("undisturbed") / "demo"
    taken: list[int] = []
    demo.run(folder, lambda done, total, when: taken.append(done), since=SINCE)
    with Authority.open(folder) as authority:
        return authority.dump(), len(taken)


def run_and_kill(folder: Path, after_steps: int, and_seconds: float) -> int:
    """Start the demonstration, kill it once it has taken some steps and a moment more, and give the signal."""
    command = [sys.executable, "-c", CHILD, str(folder), SINCE.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        for _ in range(after_steps):
            child.stdout.readline()
        time.sleep(and_seconds)
        child.kill()
        return child.wait()


def test_killed_anywhere_it_ends_in_the_same_state(tmp_path: Path, undisturbed: tuple[bytes, int]) -> None:
    want, steps = undisturbed
    chance = random.Random(1976)
    folder = tmp_path / "demo"
    ends = [run_and_kill(folder, number * steps // (KILLS + 1), chance.random() * 0.02) for number in range(KILLS)]
    assert ends == [-signal.SIGKILL] * KILLS, "every run must have been killed on its way"
    with Authority.open(folder) as authority:
        assert authority.verify() == []
    demo.run(folder, since=SINCE)
    with Authority.open(folder) as authority:
        assert authority.verify() == []
        assert authority.status()["faults"] == []
        assert _readable(authority.dump()) == _readable(want)


def test_a_rebuild_from_the_record_gives_an_equal_dump(tmp_path: Path) -> None:
    demo.run(tmp_path / "demo", since=datetime(2025, 7, 1, tzinfo=UTC))
    with Authority.open(tmp_path / "demo") as authority:
        before, size = authority.dump(), authority.store.size()
        authority.rebuild()
        assert _readable(authority.dump()) == _readable(before)
        assert authority.store.size() == size, "a rebuild records nothing"


def _readable(dump: bytes) -> dict[str, list[object]]:
    found: dict[str, list[object]] = json.loads(comparable(dump))
    return found
