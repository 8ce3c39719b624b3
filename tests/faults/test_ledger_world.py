"""The ledger through crashes: whatever the network repeats and the disk tears, money is neither made nor lost.

One seed is one world; FAULTS=150000 lets a hundred of them live.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CANNOT = 77
SEEDS = max(1, int(os.environ.get("FAULTS", "3000")) // 1500)
LIVES = 12


def world(folder: Path, seed: int, *more: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("ledger_world.py")), str(folder), str(seed), str(LIVES)]
    done = subprocess.run([*command, *more], capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode == CANNOT:
        pytest.skip("this Python's SQLite library keeps its symbols to itself, so its writes cannot be watched")
    return done


@pytest.mark.parametrize("seed", range(SEEDS))
def test_in_every_world_the_ledger_is_what_the_model_makes_of_the_record(tmp_path: Path, seed: int) -> None:
    done = world(tmp_path / "world", seed)
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-4000:]}"
    seen = json.loads(done.stdout)
    assert sum(seen.get(how, 0) for how in ("kill", "lost", "torn", "reordered")) >= LIVES // 3, "nobody was ended"
    missed = {"done", "same", "linked", "floor", "not_pending"} - seen.keys()
    assert not missed, f"this world shows little: {missed}"


def test_the_same_seed_is_the_same_world(tmp_path: Path) -> None:
    """Otherwise a fault that a seed found could not be looked at again."""
    one, two = (world(tmp_path / name, 1) for name in ("a", "b"))
    assert one.stdout == two.stdout != ""


def test_a_disk_that_lies_is_caught(tmp_path: Path) -> None:
    """Otherwise the worlds above would show nothing: what was acknowledged is lost where nothing is ever synced."""
    done = world(tmp_path / "world", 2, "lies")
    assert done.returncode == 1
    assert "AssertionError" in done.stderr
