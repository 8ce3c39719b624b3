"""What other people's software makes of the same files, run as a program in an environment of its own.

`python evals_peer.py log FILE` and `… frame FILE` read an Inspect log with `inspect_ai`, whole and by its summaries;
`… horizon FILE` bootstraps a time horizon with a fit of scikit-learn for each replicate, rows drawn level by level.
Prints one JSON line. It imports nothing of ours; nor can it.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AGAIN = 3


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What work gives, the median of its processor seconds over several calls, and its wall seconds."""
    spent, passed, found = [], [], None
    for _ in range(AGAIN):
        found = None  # one at a time in memory
        start, wall = time.process_time(), time.perf_counter()
        found = work()
        spent.append(time.process_time() - start)
        passed.append(time.perf_counter() - wall)
    return found, statistics.median(spent), statistics.median(passed)


def peak_mb() -> float:
    """The most memory that this process has held, in megabytes.

    Where the kernel tells it of the process itself: what `getrusage` says counts whoever started it too.
    """
    status = Path("/proc/self/status")
    if status.is_file() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def log(path: str) -> dict[str, Any]:
    """The log as `read_eval_log` has it: every sample an object, numbers worked out from these."""
    from inspect_ai.log import read_eval_log

    before = peak_mb()
    found, cpu, wall = measured(lambda: read_eval_log(path))
    right = [one.scores["choice"].value == "C" for one in found.samples]
    reported = {name: one.value for name, one in found.results.scores[0].metrics.items()}
    return {"cpu_s": cpu, "wall_s": wall, "before_mb": before, **shares(right), "reported": reported}


def frame(path: str) -> dict[str, Any]:
    """The samples as `samples_df` has them by default: a frame from the log's summaries."""
    from inspect_ai.analysis import samples_df

    before = peak_mb()
    found, cpu, wall = measured(lambda: samples_df(path, quiet=True))
    return {"cpu_s": cpu, "wall_s": wall, "before_mb": before, **shares(list(found["score_choice"] == "C"))}


def horizon(path: str) -> dict[str, Any]:
    """The 50 % horizon of runs with percentiles of replicates: one draw of rows and one fit each."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    data = np.load(path)
    x, y, weights = np.log2(data["minutes"]).reshape(-1, 1), data["scores"], data["weights"]
    rng, penalty, replicates = np.random.default_rng(1), float(data["penalty"]), int(data["replicates"])

    def minutes(rows: Any) -> float:
        if len(np.unique(y[rows])) < 2:
            return float("nan")
        model = LogisticRegression(C=1 / penalty, tol=1e-8).fit(x[rows], y[rows], sample_weight=weights[rows])
        return float(np.exp2(-model.intercept_[0] / model.coef_[0][0]))

    families = [np.flatnonzero(data["family"] == one) for one in np.unique(data["family"])]
    tasks = [[rows[data["task"][rows] == one] for one in np.unique(data["task"][rows])] for rows in families]

    def drawn() -> Any:
        rows = []
        for family in rng.integers(0, len(tasks), len(tasks)):
            for task in rng.integers(0, len(tasks[family]), len(tasks[family])):
                runs = tasks[family][task]
                rows.append(runs[rng.integers(0, len(runs), len(runs))])
        return np.concatenate(rows)

    point, start = minutes(np.arange(len(y))), time.process_time()
    found = [minutes(drawn()) for _ in range(replicates)]
    cpu = (time.process_time() - start) / replicates
    low, high = np.nanquantile(found, [0.025, 0.975])
    return {"cpu_s": cpu, "minutes": point, "low": float(low), "high": float(high)}


def shares(right: list[bool]) -> dict[str, Any]:
    """How many samples there are, and which share of them is right."""
    return {"samples": len(right), "accuracy": sum(map(bool, right)) / len(right), "peak_mb": peak_mb()}


if __name__ == "__main__":
    print(json.dumps({"log": log, "frame": frame, "horizon": horizon}[sys.argv[1]](sys.argv[2])))
