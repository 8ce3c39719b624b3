"""An export killed with SIGKILL at any moment: what lies there verifies as it is, and the next one goes on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from commonweal.engines.places import FolderPlace
from commonweal.kernel.record import NoteVerifier, examine_log
from commonweal.kernel.record.exported import CHECKPOINT, ExportedLog

sys.path.insert(0, str(Path(__file__).parent))
from export_process import SIGNER

KILLS = 8


def exported(folder: Path, verifier: NoteVerifier) -> int:
    """The size of the log that lies there, all of whose files verify."""
    if not (folder / CHECKPOINT).is_file():
        return 0
    passed = examine_log(ExportedLog(FolderPlace(folder)), verifier, "log.example", payloads=False)
    assert passed.findings == ()
    return passed.state.size


def test_a_killed_export_leaves_what_verifies_and_goes_on(tmp_path: Path) -> None:
    dice, size, steps = random.Random(20261122), 0, 0
    for _ in range(KILLS):
        command = [sys.executable, str(Path(__file__).with_name("export_process.py")), str(tmp_path), str(size + 1)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        first = int(process.stdout.readline())
        time.sleep(dice.uniform(0, 0.15))
        process.kill()
        said = [first, *(int(line) for line in process.stdout.read().split())]
        process.wait()
        there = exported(tmp_path, SIGNER.verifier)
        assert there >= said[-1] > size, "what was said to be exported lies there"
        size, steps = there, steps + len(said)
    assert steps >= KILLS
