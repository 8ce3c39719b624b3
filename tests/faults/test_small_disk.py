"""A disk that really fills up, and one that is really made read-only: a clear answer, nothing half, and on it goes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CANNOT = 77


@pytest.fixture(scope="module")
def happened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, to mount a small disk that nothing else sees")
    script = Path(__file__).with_name("small_disk.py")
    command = ["unshare", "-rm", sys.executable, str(script), str(tmp_path_factory.mktemp("disk"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode == CANNOT or "unshare" in done.stderr:
        pytest.skip(f"this machine lets nobody mount a small disk: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_full_disk_loses_nothing_and_says_what_to_do(happened: dict[str, Any]) -> None:
    assert happened["acknowledged"] > 0
    assert happened["size_when_full"] == happened["acknowledged"], "what was refused left nothing behind"
    assert "the disk is full; nothing was written. Free some space" in happened["full"]


def test_when_room_is_made_it_goes_on_without_a_restart(happened: dict[str, Any]) -> None:
    assert happened["after_room_was_made"] > happened["acknowledged"]
    assert happened["whole"] == []


def test_a_disk_made_read_only_writes_nothing_and_goes_on_when_it_is_mended(happened: dict[str, Any]) -> None:
    assert "nothing was written. Check its permissions" in happened["read_only"]
    assert happened["writable_again"] == ""
    assert happened["size_at_last"] == happened["after_room_was_made"] + 1
    assert happened["whole_at_last"] == []
