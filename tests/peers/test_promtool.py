"""Prometheus' own test tool (`promtool`, Debian package `prometheus`) as an oracle for the semantics that is its own.

`for`, `keep_firing_for` and series that end are judged alike, minute by minute. Known difference: a single sample over
the line, and then silence, fires there (a sample counts for five minutes) and must not fire here.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from commonweal.kernel.thresholds import Dwell, Machine, silenced, step

PROMTOOL = shutil.which("promtool")
CASES, MINUTES, SPANS = 120, 16, 4
FAR = 10**6

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian package prometheus)")


def promtool(folder: Path, alerts: Sequence[tuple[int, int]], tests: Sequence[dict[str, object]]) -> tuple[int, str]:
    """Judge every test in one run. An alert is named by its two spans; JSON is YAML."""
    rules = [
        {"alert": f"A{wait}x{keep}", "expr": "m > 0", "for": f"{wait}m", "keep_firing_for": f"{keep}m"}
        for wait, keep in alerts
    ]
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "interval": "1m", "rules": rules}]}))
    told = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": list(tests)}
    (folder / "tests.yml").write_text(json.dumps(told))
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, "test", "rules", "tests.yml"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def case(values: Sequence[float | None], wait: int, keep: int, firing: Sequence[bool]) -> dict[str, object]:
    written = " ".join("stale" if value is None else f"{value:g}" for value in values)
    return {
        "interval": "1m",
        "input_series": [{"series": "m", "values": written}],
        "alert_rule_test": [
            {"eval_time": f"{minute}m", "alertname": f"A{wait}x{keep}", "exp_alerts": [{}] if on else []}
            for minute, on in enumerate(firing)
        ],
    }


def ours(values: Sequence[float | None], wait: int, keep: int) -> list[bool]:
    """Our machine, told at every evaluation; a series that ended is not breached, as it is for Prometheus."""
    dwell, machine, found = Dwell(wait, keep, 0, 0, FAR, "ok"), Machine(), []
    for minute, value in enumerate(values):
        breached = math.nan if value is None else float(value > 0)
        machine = step(machine, minute, breached, 1.0 - breached, dwell)
        found.append(machine.state == "firing")
    return found


def test_for_keep_firing_for_and_ended_series_are_judged_alike(tmp_path: Path) -> None:
    """Drawn with a fixed seed, so that a disagreement can be looked at again."""
    draw = random.Random(4)
    alerts = [(wait, keep) for wait in range(SPANS) for keep in range(SPANS)]
    tests, fired = [], 0
    for number in range(CASES):
        wait, keep = alerts[number % len(alerts)]
        values: list[float | None] = draw.choices([1, 0, None], [6, 3, 1], k=MINUTES)
        found = ours(values, wait, keep)
        fired += sum(found)
        tests.append(case(values, wait, keep, found))
    code, said = promtool(tmp_path, alerts, tests)
    assert code == 0, said[-4000:]
    assert fired > CASES, "cases in which nothing fires would show nothing"
    tests[0]["alert_rule_test"] = [{"eval_time": "0m", "alertname": "A0x0", "exp_alerts": [{}, {}]}]
    assert promtool(tmp_path, alerts, tests)[0] != 0, "the oracle can say no"


def test_one_sample_over_the_line_and_then_silence_fires_there_and_not_here(tmp_path: Path) -> None:
    silent = {
        "interval": "1m",
        "input_series": [{"series": "m", "values": "1 _x8"}],
        "alert_rule_test": [{"eval_time": "3m", "alertname": "A3x0", "exp_alerts": [{}]}],
    }
    code, said = promtool(tmp_path, [(3, 0)], [silent])
    assert code == 0, f"Prometheus takes one sample for three minutes of breach: {said}"
    dwell = Dwell(3, 0, 0, 0, 2, "unknown")
    machine = step(Machine(), 0, 1.0, 0.0, dwell)
    assert machine.state == "pending"
    assert silenced(machine).state == "unknown", "nothing but an observation moves it; silence makes it unknown"
    assert step(machine, 4, 1.0, 0.0, dwell).state == "pending", "and the wait begins anew after the hole"
