"""Go's x/mod/sumdb and PyPI's aics-tlog read our whole log from its tiles, and refuse each tampered copy of it.

The two get the same folders. What is refused honestly signed (a fork, swapped sizes) is refused by the tree itself.
"""

from __future__ import annotations

from pathlib import Path

import runtimes
from attested import ORIGIN
from commonweal.kernel.record import COSIGNATURE_V1
from world import LIES, Tell, World


def told(found: dict[str, runtimes.Case]) -> list[str]:
    """The names of what was refused, after checking that only our own bytes were accepted."""
    assert found["ours"]["ok"], found["ours"]
    accepted = [name for name, answer in found.items() if answer["ok"]]
    assert accepted == ["ours"], accepted
    return [name for name in found if name != "ours"]


def test_go_sumdb_reads_the_log_and_refuses_tampered_copies(world: World, tmp_path: Path, tell: Tell) -> None:
    program = runtimes.go("sumdb")
    copies = world.copies(LIES, tmp_path)
    found = runtimes.answers(program, ORIGIN, *map(str, copies.values()))
    assert found["a fork signed by the log"]["said"].startswith("consistency")
    assert "invalid signature" in found["the root flipped"]["said"]
    version = runtimes.go_package_version("golang-golang-x-mod-dev")
    tell("Go golang.org/x/mod/sumdb", version, f"checkpoint, proof, tiles: {found['ours']['said']}", told(found))


def test_aics_tlog_reads_the_log_and_refuses_tampered_copies(world: World, tmp_path: Path, tell: Tell) -> None:
    program = runtimes.python("aics_tlog/check.py", "aics-tlog")
    witness = next(item.vkey for item in world.witness.cosigners if item.verifier.kind == COSIGNATURE_V1)
    copies = world.copies(LIES, tmp_path)
    found = runtimes.answers(program, ORIGIN, witness, *map(str, copies.values()))
    assert "does not continue" in found["a fork signed by the log"]["said"]
    pinned = (runtimes.HERE / "requirements.txt").read_text().strip().partition("==")[2]
    tell("PyPI aics-tlog", pinned, f"checkpoint, witness, proof, tiles: {found['ours']['said']}", told(found))
