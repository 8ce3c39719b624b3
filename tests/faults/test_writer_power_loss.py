"""A power failure: what was written and not synced is gone, in part or whole, and what was acknowledged is there.

Killing a process cannot show this, because the operating system still writes what the process left. So the disk
itself forgets, in SQLite's layer for the operating system; and the harness must catch a writer that does not sync.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteRecord
from commonweal.kernel.record import check_log
from commonweal.kernel.values import CommonwealError

sys.path.insert(0, str(Path(__file__).parent))
from writer_process import ORIGIN, SIGNER

CANNOT = 77


HOW = ("lost", "torn", "reordered")
IMAGES = int(os.environ.get("FAULTS", "3000")) // 100


def images(folder: Path, synchronous: str, seed: int, count: int, how: str) -> list[Path]:
    script = Path(__file__).with_name("power_loss.py")
    command = [sys.executable, str(script), str(folder), synchronous, str(seed), str(count), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode == CANNOT:
        pytest.skip("this Python's SQLite library keeps its symbols to itself, so its writes cannot be watched")
    assert done.returncode == 0, done.stderr
    return [folder / str(number) for number in range(count)]


def lost(image: Path) -> str | None:
    """What is wrong with the record after the power came back; None if nothing is."""
    acknowledged = int((image / "acknowledged").read_text())
    try:
        record = SqliteRecord(image, SIGNER)
        size = record.size()
        findings = check_log(record, SIGNER.verifier, ORIGIN)
    except CommonwealError as error:
        return str(error)
    record.close()
    if size < acknowledged:
        return f"{acknowledged - size} of {acknowledged} acknowledged acts are gone"
    return str(findings[0]) if findings else None


@pytest.mark.parametrize("how", HOW)
def test_what_was_acknowledged_outlives_a_power_failure(tmp_path: Path, how: str) -> None:
    assert [lost(image) for image in images(tmp_path, "FULL", 1, IMAGES, how)] == [None] * IMAGES


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_a_writer_that_does_not_sync_is_caught(tmp_path: Path, synchronous: str, how: str) -> None:
    """Otherwise the test above would show nothing."""
    assert any(lost(image) for image in images(tmp_path, synchronous, 3, 10, how))
