"""What other people's software makes of the same files, run as a program in an environment of its own.

`python evals_peer.py log FILE` and `… frame FILE` read an Inspect log with `inspect_ai`, whole and by its summaries.
Prints one JSON line. It imports nothing of ours; nor can it.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
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
    """The most memory that this process has held, in megabytes."""
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


def shares(right: list[bool]) -> dict[str, Any]:
    """How many samples there are, and which share of them is right."""
    return {"samples": len(right), "accuracy": sum(map(bool, right)) / len(right), "peak_mb": peak_mb()}


if __name__ == "__main__":
    print(json.dumps({"log": log, "frame": frame}[sys.argv[1]](sys.argv[2])))
