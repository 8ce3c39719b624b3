"""A witness killed at any step knows what it answered, and never signs less, or another log, afterwards."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CANNOT = 77
KILLS = 24


def test_killed_at_any_moment_it_never_goes_back(tmp_path: Path) -> None:
    """Also between keeping and answering, where the log learns by 409 what it was not told, and nothing smaller is
    ever signed. The same steps each run: `witness_process.py` says which."""
    command = [sys.executable, str(Path(__file__).with_name("witness_process.py")), str(tmp_path), str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == CANNOT:
        pytest.skip("this Python's SQLite library keeps its symbols to itself, so its steps cannot be counted")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-2000:]
    told = re.fullmatch(r"(\d+) kills at a step, (\d+) with an answer that never came, (\d+) answers\n", done.stdout)
    assert told is not None
    assert (int(told[1]), int(told[2])) == (KILLS, KILLS // 4)
    assert int(told[3]) >= KILLS, "it answered in between"
