"""evals.read_*: logs of 1,000 and 10,000 samples through our reader and through `inspect_ai`, in one run.

Each reads in a process of its own, three times over; the figure is the median of processor seconds, as samples a second
of them, so that ratios are speed-ups. Both must find the same samples, the same share of them right and the same
reported numbers, or there is no figure. `rss_mb` is the most memory of the process.

evals.horizon_vs_sklearn: replicates of a time horizon's hierarchical bootstrap, beside scikit-learn with a draw of rows
and a fit for each. The horizon must be the same, and so, as far as chance allows, its interval.

evals.e_values_1e6_s: a million e-values of repeated looks, beside the mixture that they are, summed rate by rate.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.eval_logs import write_log
from benchmarks.figures import Figure
from commonweal.methods import horizon, repeated_looks

ROOT = Path(__file__).resolve().parents[1]
PEERS = "COMMONWEAL_PEERS_EVALS"
"""The variable that names the interpreter with the peers; else the one that `make bench-evals` installs."""
SIZES = {"1k": 1_000, "10k": 10_000}
NAMES = ("evals.read_10k_vs_read_eval_log", "evals.read_10k_vs_samples_df", "evals.read_10k_rss_mb",
         "evals.horizon_vs_sklearn")  # fmt: skip
TASKS, FAMILIES, RUNS, PENALTY = 170, 60, 8, 0.1
"""As many tasks and families as METR's time horizon 1.0, and as many runs of an agent at each."""
REPLICATES, PEER_REPLICATES, APART = 2_000, 300, 0.25
RUN_S = 900


def measure() -> list[Figure]:
    figures = [_e_values()]
    python = peer()
    if python is None:
        how = f"`make bench-evals` installs the extra peers-evals, or name an interpreter that has it in {PEERS}"
        print(f"  skipped: inspect_ai is not at hand: {how}", file=sys.stderr, flush=True)
        return figures
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in SIZES.items():
            print(f"  {samples} samples", file=sys.stderr, flush=True)
            path = Path(folder) / f"{name}.eval"
            write_log(path, samples)
            figures += _read(name, path, python)
        print("  a time horizon", file=sys.stderr, flush=True)
        figures.append(_horizon(Path(folder) / "runs.npz", python))
    assert {one.figure for one in figures} >= set(NAMES)
    return figures


def _e_values() -> Figure:
    """A million e-values of counts, and the same by definition: a likelihood ratio at each of many rates, averaged."""
    draw = np.random.default_rng(7)
    items = draw.integers(20, 2_000, 1_000_000)
    won = draw.binomial(items, 0.25)
    repeated_looks.independent(won[:1_000], items[:1_000], 0.2)
    start = time.process_time()
    ours = repeated_looks.independent(won, items, 0.2)
    spent = time.process_time() - start
    start = time.process_time()
    plain = _mixed_over_rates(won[:2_000], items[:2_000], 0.2)
    plainly = (time.process_time() - start) * len(won) / 2_000
    assert np.allclose(ours[:2_000], plain, atol=0.02), "both are the same mixture"
    limit = "the tail of a Beta distribution for each"
    return Figure("evals.e_values_1e6_s", spent, "CPU-s", "the mixture as a sum over 2,000 rates", plainly, limit)


def _mixed_over_rates(won: Any, items: Any, line: float) -> Any:
    rates = line + (1 - line) * (np.arange(2_000) + 0.5) / 2_000
    weight = repeated_looks.WEIGHT
    prior = (weight * line - 1) * np.log(rates) + (weight * (1 - line) - 1) * np.log1p(-rates)
    prior -= np.logaddexp.reduce(prior)
    ratio = np.outer(won, np.log(rates / line)) + np.outer(items - won, np.log1p(-rates) - np.log1p(-line))
    return np.logaddexp.reduce(ratio + prior, axis=1)


def peer() -> Path | None:
    """The interpreter of the environment that has `inspect_ai` and `scikit-learn`."""
    found = Path(os.environ.get(PEERS) or ROOT / ".venv" / "peers-evals" / "bin" / "python")
    return found if found.is_file() else None


def _read(name: str, path: Path, python: Path) -> list[Figure]:
    ours = {
        how: run([sys.executable, "-m", "benchmarks.evals_ours", how, str(path)]) for how in ("log", "commit", "frame")
    }
    script = Path(__file__).with_name("evals_peer.py")
    theirs = {how: run([str(python), str(script), how, str(path)]) for how in ("log", "frame")}
    _agree(ours, theirs)
    size, packed = ours["log"]["samples"], path.stat().st_size / 1e6
    whole = f"unpacking and decoding {packed:.0f} MB packed"
    unit = "samples/CPU-s"
    log, frame = f"inspect_ai.log.read_eval_log, {theirs['log']['wall_s']:.1f} s", "inspect_ai.analysis.samples_df"
    return [
        Figure(f"evals.read_{name}_vs_read_eval_log", size / ours["log"]["cpu_s"], unit, log,
               size / theirs["log"]["cpu_s"], whole),
        Figure(f"evals.commit_{name}_vs_read_eval_log", size / ours["commit"]["cpu_s"], unit, log,
               size / theirs["log"]["cpu_s"], f"{whole}, and SHA-256 of each sample, which the peer does not do"),
        Figure(f"evals.read_{name}_vs_samples_df", size / ours["frame"]["cpu_s"], unit, frame,
               size / theirs["frame"]["cpu_s"], "decoding summaries, and reading the directory"),
        Figure(f"evals.read_{name}_rss_mb", ours["log"]["peak_mb"], "MB", "inspect_ai.log.read_eval_log",
               theirs["log"]["peak_mb"], f"{ours['log']['before_mb']:.0f} MB of it is the interpreter and NumPy"),
    ]  # fmt: skip


def _horizon(path: Path, python: Path) -> Figure:
    rng = np.random.default_rng(20261129)
    family, length = rng.integers(0, FAMILIES, TASKS), np.exp2(rng.uniform(-2, 11, TASKS))
    task = np.repeat(np.arange(TASKS), RUNS)
    minutes = length[task]
    scores = (rng.random(len(task)) < 1 / (1 + np.exp(0.6 * (np.log2(minutes) - 5.5)))).astype(float)
    rooted = 1 / np.sqrt(np.bincount(family, minlength=FAMILIES)[family])[task]
    runs = {
        "minutes": minutes,
        "scores": scores,
        "task": task,
        "family": family[task],
        "weights": rooted / rooted.sum(),
    }
    np.savez(path, **runs, penalty=PENALTY, replicates=PEER_REPLICATES)
    peer_ = run([str(python), str(Path(__file__).with_name("evals_peer.py")), "horizon", str(path)])
    start = time.process_time()
    tasks = horizon.by_task(minutes, scores, task, family[task], runs["weights"])
    found = horizon.horizon(horizon.fit(tasks, PENALTY), horizon.bootstrapped(tasks, REPLICATES, 1, PENALTY))
    spent = time.process_time() - start
    assert math.isclose(found.minutes, peer_["minutes"], rel_tol=1e-4)
    for mine, theirs in ((found.low, peer_["low"]), (found.high, peer_["high"])):
        assert abs(math.log2(mine / theirs)) < APART, (mine, theirs)
    words = "scikit-learn's LogisticRegression on rows drawn by family, task and run, one at a time (one thread)"
    return Figure("evals.horizon_vs_sklearn", REPLICATES / spent, "replicates/CPU-s", words, 1 / peer_["cpu_s"],
                  "drawing counts, and one look at each task in each replicate")  # fmt: skip


def run(command: list[str]) -> dict[str, Any]:
    """What a program printed as JSON, on its last line."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # threads that wait would count as work
    environment = {**os.environ, **single}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=RUN_S)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _agree(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for how, mine in ours.items():
        other = theirs["frame" if how == "frame" else "log"]
        assert mine["samples"] == other["samples"]
        assert math.isclose(mine["accuracy"], other["accuracy"], rel_tol=1e-12), how
    for name, value in theirs["log"]["reported"].items():
        for how in ("log", "commit"):
            assert math.isclose(ours[how]["reported"][name], value, rel_tol=1e-9), name
