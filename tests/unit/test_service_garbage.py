"""Neither the service nor a command looks through everything that it loaded when it looks for garbage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc
from commonweal.serve import from_environment
from_environment()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_what_was_loaded_is_left_out_of_every_later_search(tmp_path: Path) -> None:
    environment = {**os.environ, "COMMONWEAL_FOLDER": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    frozen, searched = map(int, done.stdout.split())
    assert searched * 20 < frozen


def test_a_command_looks_for_garbage_in_what_came_after_its_start_alone() -> None:
    """It would be a tenth of what `weal --help` takes; looking for garbage goes on for what a command makes."""
    program = "import gc, commonweal.doors.cli; print(gc.get_freeze_count(), len(gc.get_objects()), gc.isenabled())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    frozen, searched, goes_on = done.stdout.split()
    assert goes_on == "True"
    assert int(searched) * 20 < int(frozen)
