"""The service does not look through everything that it loaded each time it looks for garbage."""

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
