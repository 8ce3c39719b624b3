"""Peers that are not ours to import: installed into an environment of their own, which is thrown away afterwards.

pymerkle is under the GPL: it is no dependency of this package, in no extra of it, and only ever run as a program.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PYMERKLE = "pymerkle==7.0.0"
INSTALL_S, RUN_S = 120, 300
_PROGRAM = """
import json, pickle, random, sys, time
from pathlib import Path
from pymerkle import SqliteTree

folder, batch, proofs = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
leaves = pickle.loads((folder / "leaves").read_bytes())
rates = []
tree = SqliteTree(str(folder / "pymerkle.sqlite"))
for at in range(0, len(leaves), batch):
    start = time.perf_counter()
    tree.append_entries(leaves[at : at + batch])
    rates.append(len(leaves[at : at + batch]) / (time.perf_counter() - start))
tree.close()
tree = SqliteTree(str(folder / "pymerkle.sqlite"))
dice = random.Random(len(leaves))
wanted = [dice.randrange(len(leaves)) + 1 for _ in range(proofs)]

def proofs_per_s(indexes):
    start = time.perf_counter()
    for index in indexes:
        tree.prove_inclusion(index, len(leaves))
    return len(indexes) / (time.perf_counter() - start)

few = wanted[: max(1, proofs // 20)]
cold = proofs_per_s(few)
proofs_per_s(few)
warm = proofs_per_s(few)
print(json.dumps({"appended_per_s": sorted(rates)[len(rates) // 2], "cold_per_s": cold, "warm_per_s": warm}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a peer reached; with a reason in `skipped`, nothing was measured."""

    appended_per_s: float = 0.0
    warm_per_s: float = 0.0
    cold_per_s: float = 0.0
    version: str = ""
    skipped: str = ""


def pymerkle(folder: Path, leaves: Sequence[bytes], batch: int, proofs: int) -> Measured:
    """pymerkle over the same leaves: appended in the same batches, then inclusion proofs of the same random leaves."""
    try:
        python = installed(folder / "foreign", PYMERKLE)
    except (OSError, subprocess.SubprocessError) as error:
        return Measured(skipped=f"pymerkle was not measured: it could not be installed ({type(error).__name__})")
    (folder / "leaves").write_bytes(pickle.dumps(list(leaves)))
    command = [str(python), "-c", _PROGRAM, str(folder), str(batch), str(proofs)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, timeout=RUN_S)
    except subprocess.SubprocessError as error:
        return Measured(skipped=f"pymerkle was not measured: it failed ({type(error).__name__})")
    return Measured(**json.loads(done.stdout), version=PYMERKLE.partition("==")[2])


def installed(folder: Path, requirement: str) -> Path:
    """The interpreter of a new environment that holds one package."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    options = ["install", "--quiet", "--disable-pip-version-check", requirement]
    subprocess.run([python, "-m", "pip", *options], check=True, capture_output=True, timeout=INSTALL_S)
    return python
