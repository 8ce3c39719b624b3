"""A witness killed at any moment knows what it answered, and never signs less, or another log, afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from witness_process import LOG, Tree, open_witness

KILLS = 8


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("witness_process.py")
    return subprocess.Popen([sys.executable, str(script), str(folder), *arguments], stdout=subprocess.PIPE, text=True)


def size_of(folder: Path) -> int:
    """The size a witness opened anew stands at, after checking that it refuses less and refuses the fork."""
    witness, honest, forked = open_witness(folder), Tree(False), Tree(True)
    try:
        seen = witness.seen().get(LOG.name)
        if seen is None:
            return 0
        assert seen.root == honest.root(seen.size)
        assert witness.add_checkpoint(honest.request(0, seen.size), 17).status == 409
        for old in range(max(0, seen.size - 3), seen.size):
            assert witness.add_checkpoint(honest.request(old, seen.size), 17).status == 409
        assert witness.add_checkpoint(forked.request(seen.size, seen.size), 17).status == 422
        return seen.size
    finally:
        witness.close()


def test_killed_between_keeping_and_answering_it_remembers(tmp_path: Path) -> None:
    """The answer never came out, the size did stay: the log learns it by 409, and no smaller tree is ever signed."""
    for seed in range(3):
        before = size_of(tmp_path)
        process = start(tmp_path, str(seed), "die")
        output, _ = process.communicate(timeout=60)
        assert process.returncode == -9
        assert " 0 " not in "".join(line for line in output.splitlines(True) if line.startswith("200"))
        assert size_of(tmp_path) >= max(before, 4)


def test_killed_at_any_moment_it_never_goes_back(tmp_path: Path) -> None:
    dice, largest, answered = random.Random(20261122), 0, 0
    for kill in range(KILLS):
        process = start(tmp_path, str(kill))
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(dice.uniform(0, 0.05))
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        for line in lines:
            if line.endswith("\n"):
                status, forked, size = map(int, line.split())
                assert status == (422 if forked else 200)
                answered += 1
                largest = largest if forked else max(largest, size)
        size = size_of(tmp_path)
        assert size >= largest
        largest = size
    assert answered >= KILLS
