"""METR's `runs.jsonl`: one line a run of an agent at a task, with how long people take for that task.

Source: METR/eval-analysis-public, `src/horizon/compute_task_weights.py` and `reports/time-horizon-1-1`. A file holds
runs of many agents (their `alias`); each becomes a log of its own. What it reports are the weights of runs, by which
horizons are fitted: they are worked out again as what they make of the score.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from mmap import mmap
from typing import Any

import msgspec

from commonweal.kernel.values import FaultCollector

from .decoding import DECODE_ERRORS, as_float, decoded, is_unscored, lines, number, why
from .limits import Limits
from .log import Log, Reported, Sample

BINARY, CONTINUOUS = "score_binarized", "score_cont"
EQUAL, INVSQRT = "equal_task_weight", "invsqrt_task_weight"
MINUTES, FAMILY = "human_minutes", "task_family"


class _Run(msgspec.Struct):
    task_id: str
    run_id: int | str
    alias: str
    task_family: str = ""
    model: str = ""
    score_binarized: Any = None
    score_cont: Any = None
    human_minutes: Any = None
    human_source: str | None = None
    task_source: str | None = None
    task_version: int | float | str | None = None
    scaffold: str | None = None
    fatal_error_from: str | None = None
    equal_task_weight: Any = None
    invsqrt_task_weight: Any = None
    started_at: Any = None


_RUNS = msgspec.json.Decoder(_Run)


def read(data: mmap | bytes, name: str, limits: Limits) -> list[Log]:
    """The logs of the agents in a file, in order of their first run. Raises `BadInput` naming every fault."""
    faults, by_agent = FaultCollector(name), dict[str, list[tuple[_Run, bytes]]]()
    seen: dict[int | str, int] = {}
    for line, text in lines(data, limits.member_bytes_max):
        where = f"line {line}"
        if faults.count >= limits.faults_max or len(seen) >= limits.samples_max:
            faults.add("(further lines)", f"from {line}", f"at most {limits.samples_max}, mend these first", "more")
            break
        if isinstance(text, int):
            faults.add(where, f"{text} bytes", f"at most {limits.member_bytes_max} bytes", "too_large")
            continue
        try:
            one = decoded(text, _RUNS)
        except DECODE_ERRORS as error:
            faults.extend([why(error, where)])
            continue
        if one.run_id in seen:
            want = f"one run of that id: line {seen[one.run_id]} is another"
            faults.add(f"{where}, run_id", one.run_id, want, "duplicate")
            continue
        seen[one.run_id] = line
        _check(one, where, faults)
        by_agent.setdefault(one.alias, []).append((one, sha256(text).digest()))
    faults.done()
    return [_log(name, agent, runs) for agent, runs in by_agent.items()]


def _check(one: _Run, where: str, faults: FaultCollector) -> None:
    minutes = as_float(one.human_minutes, f"{where}, {MINUTES}", faults, "a time above zero")
    if minutes is not None and not 0 < minutes < float("inf"):
        faults.add(f"{where}, {MINUTES}", one.human_minutes, "a time above zero", "number")
    for field in (BINARY, CONTINUOUS):
        score = number(getattr(one, field))
        if not is_unscored(score) and (not isinstance(score, int | float) or not 0 <= score <= 1):
            faults.add(f"{where}, {field}", score, "a score from 0 to 1, or none", "number")
    for field in (EQUAL, INVSQRT):
        if isinstance(weight := number(getattr(one, field)), int | float):
            found = as_float(weight, f"{where}, {field}", faults)
            if found == float("inf"):
                faults.add(f"{where}, {field}", weight, "a weight that is finite", "number")


def _log(name: str, agent: str, runs: list[tuple[_Run, bytes]]) -> Log:
    attempts: dict[str, int] = {}
    samples = []
    for one, digest in runs:
        attempts[one.task_id] = attempts.get(one.task_id, 0) + 1
        attempt = attempts[one.task_id]
        traits = {**_traits(one), MINUTES: float(number(one.human_minutes))}
        samples.append(Sample(one.task_id, attempt, _scores(one), digest, traits, one.fatal_error_from or ""))
    return Log(
        format="metr",
        written_by="METR runs",
        run=f"{name.removesuffix('.jsonl')}, {agent}",
        task=", ".join(sorted({one.task_source or "" for one, _ in runs} - {""})) or "runs",
        model=runs[0][0].model or agent,
        status="success",
        began="",
        samples=samples,
        reported=list(_reported(runs)),
        settings={"alias": agent, "scaffolds": sorted({one.scaffold for one, _ in runs if one.scaffold})},
    )


def _traits(one: _Run) -> dict[str, Any]:
    told = {"human_source": one.human_source, "task_source": one.task_source, "scaffold": one.scaffold}
    return {FAMILY: one.task_family or one.task_id} | {key: value for key, value in told.items() if value is not None}


def _scores(one: _Run) -> dict[str, Any]:
    found = {field: number(getattr(one, field)) for field in (BINARY, CONTINUOUS)}
    return {field: score for field, score in found.items() if score is not None}


def sample_in(text: bytes, told: Sample) -> Sample:
    """The run on a line of such a file; which attempt it was, the line does not say. Raises `DECODE_ERRORS`."""
    one = decoded(text, _RUNS)
    return Sample(
        one.task_id, told.epoch, _scores(one), sha256(text).digest(), _traits(one), one.fatal_error_from or ""
    )


def _reported(runs: list[tuple[_Run, bytes]]) -> Iterator[Reported]:
    """What the weights of the file make of the binary score, for each weighting that all scored runs have."""
    scored = [one for one, _ in runs if not is_unscored(number(one.score_binarized))]
    for weighting in (EQUAL, INVSQRT):
        told = [number(getattr(one, weighting)) for one in scored]
        if not all(isinstance(one, int | float) and one >= 0 for one in told) or not any(told):
            continue
        weights = list(map(float, told))  # whole numbers may add up to what no float holds
        value = sum(w * float(one.score_binarized) for w, one in zip(weights, scored, strict=True)) / sum(weights)
        name = f"mean of {BINARY} by the {weighting} of the file"
        yield Reported(name, value, BINARY, "weighted_mean", "", None, {"weights": weighting})
