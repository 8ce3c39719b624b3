"""The same by our readers, in a process of its own: `python -m benchmarks.evals_ours log FILE`, `… commit FILE` and
`… frame FILE`.

`log` reads as `weal evaluations look` does: each sample is unpacked, what the model was given is hashed, and it is
scored. `commit` hashes each whole sample too, as what is recorded is; by its summaries (`frame`) a log is read as for a
list of many. In each way every reported number is worked out again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.evals_peer import measured, peak_mb, shares
from commonweal.instruments.evaluations import formats
from commonweal.instruments.evaluations.recomputing import Recomputed, recomputed

HOW = {"log": formats.UNHASHED, "commit": formats.WHOLE, "frame": formats.SUMMED_UP}


def read(path: str, how: str) -> dict[str, Any]:
    """Read a log and work its numbers out again."""

    def work() -> tuple[formats.Log, list[Recomputed]]:
        (log,) = formats.read(Path(path), how=HOW[how])
        return log, recomputed(log)

    before = peak_mb()
    (log, found), cpu, wall = measured(work)
    assert all(one.verdict == "same" for one in found)
    right = [one.scores["choice"] == "C" for one in log.samples]
    reported = {one.reported.name: one.value for one in found}
    return {"cpu_s": cpu, "wall_s": wall, "before_mb": before, **shares(right), "reported": reported}


if __name__ == "__main__":
    print(json.dumps(read(sys.argv[2], sys.argv[1])))
