"""An export killed with SIGKILL at each of its steps: what lies there verifies as it is, and the next one goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_killed_export_leaves_what_verifies_and_goes_on(tmp_path: Path) -> None:
    """The first export, and one that lays down whole tiles and takes away the partial ones in their place."""
    command = [sys.executable, str(Path(__file__).with_name("export_process.py")), str(tmp_path / "place")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-2000:]
    killed = [line.split()[0] for line in done.stdout.splitlines()]
    assert set(killed) == {"create", "settle", "remove", "replace"}, "it was killed at steps of every kind"
    assert killed.count("replace") >= 2, "and before it said how large the log is, each time"
