"""Time horizons at the command line: agents of METR's runs, and the day on which a line is reached."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.eval_logs import header, inspect_eval, json_lines, sample

from commonweal.doors.cli import main as cli
from commonweal.instruments.evaluations import formats, horizons
from commonweal.instruments.evaluations.formats.metr import BINARY, INVSQRT
from commonweal.kernel.values import BadInput

AGENTS = {"Agent A": (4.0, date(2024, 1, 1)), "Agent B": (16.0, date(2024, 7, 1)), "Agent C": (64.0, date(2025, 1, 1))}
"""Each knows all tasks up to so many minutes and none beyond: horizons that grow fourfold in half a year."""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    lengths = np.exp2(np.arange(-1.0, 9.0, 0.5))
    rows = [
        {"task_id": f"f{n % 5}/{n}", "task_family": f"f{n % 5}", "run_id": f"{agent}-{n}-{again}", "alias": agent,
         "human_minutes": minutes, "score_binarized": int(minutes <= reach), "score_cont": 0.5}
        for agent, (reach, _) in AGENTS.items()
        for n, minutes in enumerate(lengths)
        for again in range(2)
    ]  # fmt: skip
    path = tmp_path / "runs.jsonl"
    path.write_bytes(json_lines(rows))
    (tmp_path / "released.toml").write_text("".join(f'"{name}" = {day}\n' for name, (_, day) in AGENTS.items()))
    return path


def test_each_agent_has_its_horizon_and_the_trend_says_when_a_line_is_reached(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["--released", str(runs.parent / "released.toml"), "--line", "256", "--replicates", "200"]
    assert cli(["evaluations", "horizon", str(runs), *told, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    for one, (reach, _) in zip(found["agents"], AGENTS.values(), strict=True):
        assert one["p50"]["low"] <= one["p50"]["minutes"] <= one["p50"]["high"]
        assert reach / 2 < one["p50"]["minutes"] < reach * 3
        assert one["p80"]["minutes"] < one["p50"]["minutes"]
    assert 60 < found["trend"]["doubling_days"] < 130, "182 days for two doublings are 91 a doubling"
    assert "2025-01-01" < found["trend"]["reached_day"] < "2026-01-01"
    assert cli(["evaluations", "horizon", str(runs), *told]) == 0
    out = capsys.readouterr().out
    assert "Horizons double every" in out
    assert "256 minutes are reached on" in out


def test_what_has_no_horizon_is_refused_with_why(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = runs.parent / "log.eval"
    other.write_bytes(inspect_eval(header({"accuracy": 1.0}), [sample(1, "C")]))
    assert cli(["evaluations", "horizon", str(other)]) == 1
    assert "how long people take" in capsys.readouterr().err
    (runs.parent / "few.toml").write_text('"Agent A" = 2024-01-01\n')
    assert cli(["evaluations", "horizon", str(runs), "--released", str(runs.parent / "few.toml")]) == 1
    assert "three systems" in capsys.readouterr().err
    (runs.parent / "bad.toml").write_text('"Agent A" = "soon"\n')
    assert cli(["evaluations", "horizon", str(runs), "--released", str(runs.parent / "bad.toml")]) == 1
    assert cli(["evaluations", "horizon", str(runs), "--line", "60"]) == 1
    assert cli(["evaluations", "horizon", str(runs), "--replicates", "1"]) == 1
    capsys.readouterr()
    given = ["--released", str(runs.parent / "released.toml"), "--replicates", "20"]
    for line in ("nan", "inf"):
        assert cli(["evaluations", "horizon", str(runs), *given, "--line", line]) == 1
        assert f"saw '{line}'" in capsys.readouterr().err
    (runs.parent / "later.toml").write_text("".join(f'"{name}" = 2931-01-0{n + 1}\n' for n, name in enumerate(AGENTS)))
    assert cli(["evaluations", "horizon", str(runs), "--released", str(runs.parent / "later.toml")]) == 1
    assert "2931-01-01" in capsys.readouterr().err


def test_a_task_that_people_need_two_times_for_is_named(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever of its runs came first would say how long it is; agents differ no more than runs of one."""
    rows = [json.loads(line) for line in runs.read_text().splitlines()]
    rows[0]["human_minutes"] = 480
    rows[-1]["human_minutes"] *= 1 + 1e-9  # the same, written with fewer digits
    runs.write_bytes(json_lines(rows))
    assert cli(["evaluations", "horizon", str(runs)]) == 1
    err = capsys.readouterr().err
    assert "task f0/0, human_minutes: saw '0.5, 480'" in err
    assert "1 fault" in err
    logs = formats.read(runs)
    with pytest.raises(BadInput, match="f0/0"):
        horizons.of_logs(logs, BINARY, INVSQRT, 20, 1)


def test_agents_at_the_same_tasks_are_drawn_together_in_whichever_order_their_runs_come() -> None:
    """Else two agents' replicates are of different tasks, and how sure the trend is depends on the order of lines."""
    rng = np.random.default_rng(4)
    hard, reach = rng.normal(0, 2.5, 10), {f"agent {n}": 4.0 * 4**n for n in range(4)}
    rows = [
        {"task_id": f"f{n % 10}/{n}", "task_family": f"f{n % 10}", "run_id": f"{agent}-{n}-{again}", "alias": agent,
         "human_minutes": 2.0 ** (n % 12 - 1), "score_cont": 0.5,
         "score_binarized": int(rng.random() < 1 / (1 + np.exp(n % 12 - 1 - np.log2(most) - hard[n % 10])))}
        for agent, most in reach.items() for n in range(30) for again in range(4)
        if not (agent == "agent 2" and n % 10 == 3)
    ]  # fmt: skip
    released = {agent: date(2024, 1 + 3 * n, 1) for n, agent in enumerate(reach)}
    found = []
    for order in (np.arange(len(rows)), np.random.default_rng(1).permutation(len(rows))):
        logs = formats.read_bytes(json_lines([rows[one] for one in order]), "runs.jsonl")
        agents = {one.name: one for one in horizons.of_logs(logs, BINARY, INVSQRT, 400, 1)}
        found.append((agents, horizons.trend_of(list(agents.values()), released, 480.0, 1)))
    (first, trend), (second, shuffled) = found
    assert trend == shuffled
    for name in reach:
        assert np.array_equal(first[name].replicates, second[name].replicates, equal_nan=True)
    one, other = (np.log2(np.clip(first[name].replicates, 0.1, 1e6)) for name in ("agent 0", "agent 1"))
    known = np.isfinite(one) & np.isfinite(other)
    assert np.corrcoef(one[known], other[known])[0, 1] > 0.5, "tasks that are drawn often are hard for both"
