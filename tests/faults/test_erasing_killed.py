"""Killed between the entry, the key and the tables of an erasure: whoever opens the folder next finishes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import retaining as r
from commonweal.authority import Authority
from commonweal.kernel import retention
from commonweal.kernel.values import ReplayClock

SCRIPT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import retaining as r
from commonweal.authority import Authority
from commonweal.kernel.values import ReplayClock

def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

house = Authority.open(Path({folder!r}), clock=ReplayClock(r.LATER))
{step}
r.erase(house)
"""
STEPS = {
    "before the entry": "house._writing._sealed = die",
    "before the key": "house.keys.erase = die",
    "before the tables": "house._following.rebuild = die",
    "before the traces": "house._tables.emptied = die\nhouse.erasures._empty = die",
}


@pytest.mark.parametrize("name", STEPS)
def test_an_erasure_that_was_killed_is_done_whole_or_was_never_begun(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a"
    with r.founded(folder) as house:
        private = r.private_bytes(house)
    code = SCRIPT.format(tests=str(Path(__file__).parents[1]), folder=str(folder), step=STEPS[name])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with Authority.open(folder, clock=ReplayClock(r.LATER)) as house:
        recorded = retention.erasures(house.reader)
        assert len(recorded) == (0 if name == "before the entry" else 1)
        assert (house.keys.private_key(r.ONE, r.CLASS) is None) == bool(recorded)
        assert house.verify() == []
        dump = house.dump()
        house.rebuild()
        assert house.dump() == dump
    left = r.bytes_of(folder)
    assert (private in left) == (not recorded)
    assert (b"SECRETOFone" in left) == (not recorded)
