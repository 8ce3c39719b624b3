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

SINCE = datetime(2025, 3, 1, tzinfo=UTC)
KILLS = int(os.environ.get("COMMONWEAL_KILLS", "8"))
CHILD = (
    "import sys; from datetime import datetime; from pathlib import Path; from commonweal import demo; "
    "demo.run(Path(sys.argv[1]), since=datetime.fromisoformat(sys.argv[2]))"
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, float]:
    """The state that an undisturbed run of the last months ends in, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed") / "demo"
    start = time.monotonic()
    demo.run(folder, since=SINCE)
    took = time.monotonic() - start
    with Authority.open(folder) as authority:
        return authority.dump(), took


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CHILD, str(folder), SINCE.isoformat()], stderr=subprocess.PIPE)


def test_killed_anywhere_it_ends_in_the_same_state(tmp_path: Path, undisturbed: tuple[bytes, float]) -> None:
    want, took = undisturbed
    chance = random.Random(1976)
    folder = tmp_path / "demo"
    killed = 0
    for _ in range(KILLS):
        child = start(folder)
        try:
            child.wait(timeout=0.5 + chance.random() * (took + 1) / 3)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            killed += 1
        child.wait()
    child = start(folder)
    _, errors = child.communicate(timeout=300)
    assert child.returncode == 0, errors.decode()
    assert killed > 0, "no run lived long enough to be killed"
    with Authority.open(folder) as authority:
        assert authority.verify() == []
        assert _readable(authority.dump()) == _readable(want)


def test_a_rebuild_from_the_record_gives_an_equal_dump(tmp_path: Path) -> None:
    demo.run(tmp_path / "demo", since=datetime(2025, 7, 1, tzinfo=UTC))
    with Authority.open(tmp_path / "demo") as authority:
        before, size = authority.dump(), authority.store.size()
        authority.rebuild()
        assert _readable(authority.dump()) == _readable(before)
        assert authority.store.size() == size, "a rebuild records nothing"


def _readable(dump: bytes) -> dict[str, list[object]]:
    found: dict[str, list[object]] = json.loads(dump)
    return found
