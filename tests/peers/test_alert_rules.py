"""The alert rules of docs/alerts.yml: read and tried by Prometheus' own tool, over figures that there really are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.doors.api.metrics import Metrics
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs" / "alerts.yml"
PAGE = ROOT / "docs" / "operation.md"
PROMTOOL = shutil.which("promtool")
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))
ONLY_WITH_AN_EXPORT = {"commonweal_export_fault", "commonweal_export_lag_entries"}
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian package prometheus)")


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> str:
    with Authority.create(tmp_path_factory.mktemp("figures") / "office", SETTINGS, installed={}) as authority:
        return "".join(f"{line}\n" for line in Metrics(authority)._lines())


def promtool(*argv: str, folder: Path = ROOT, given: str = "") -> str:
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, *argv], cwd=folder, input=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def names(text: str) -> set[str]:
    found = set(re.findall(r"\bcommonweal_[a-z0-9_]+", text))
    return {re.sub(r"(request_duration_seconds)_(count|sum|bucket)$", r"\1", name) for name in found}


@needs_promtool
def test_prometheus_reads_the_figures_and_the_rules(figures: str) -> None:
    promtool("check", "metrics", given=figures)
    assert "rules found" in promtool("check", "rules", str(RULES))


def test_the_rules_and_the_page_ask_for_figures_that_there_are(figures: str) -> None:
    given = set(re.findall(r"^# TYPE (\S+)", figures, re.MULTILINE)) | ONLY_WITH_AN_EXPORT
    assert names(RULES.read_text("utf-8")) - given == set()
    assert names(PAGE.read_text("utf-8")) == given, "the page lists every figure, and no other"


def test_the_page_says_of_every_alert_what_to_do() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))
    page = PAGE.read_text("utf-8")
    assert [alert for alert in alerts if f"| `{alert}` |" not in page] == []


CASES: list[tuple[str, dict[str, str], str, bool]] = [
    ("CommonwealHalted", {"commonweal_log_halted": "0 1 1 1"}, "3m", True),
    ("CommonwealHalted", {"commonweal_log_halted": "0 0 0 0"}, "3m", False),
    ("CommonwealNotReady", {'commonweal_ready{check="disk_has_room"}': "1 0x9"}, "9m", True),
    ("CommonwealNotReady", {'commonweal_ready{check="disk_has_room"}': "1 0x3 1x9"}, "9m", False),
    ("CommonwealFollowerBehind", {"commonweal_follower_behind_seconds": "90x9"}, "9m", True),
    ("CommonwealFollowerBehind", {"commonweal_follower_behind_seconds": "59x9"}, "9m", False),
    ("CommonwealWitnessesSilent", {"commonweal_log_entries": "9x90", "commonweal_log_published_entries": "8x90",
                                   'commonweal_witness_lag_entries{witness="w1"}': "1x90"}, "80m", True),
    # A log without witnesses publishes nothing: that is no alarm.
    ("CommonwealWitnessesSilent", {"commonweal_log_entries": "9x90", "commonweal_log_published_entries": "0x90"},
     "80m", False),
    ("CommonwealErrors", {'commonweal_request_duration_seconds_count{status="5xx"}': "0+2x30",
                          'commonweal_request_duration_seconds_count{status="2xx"}': "0+100x30"}, "25m", True),
    ("CommonwealErrors", {'commonweal_request_duration_seconds_count{status="5xx"}': "0+1x30",
                          'commonweal_request_duration_seconds_count{status="2xx"}': "0+200x30"}, "25m", False),
]  # fmt: skip


def series(name: str) -> str:
    """A series of one instance: the rules keep instances apart."""
    return name[:-1] + ',instance="a"}' if name.endswith("}") else name + '{instance="a"}'


@needs_promtool
@pytest.mark.parametrize(("alert", "given", "at", "fires"), CASES)
def test_an_alert_fires_when_it_should(tmp_path: Path, alert: str, given: dict[str, str], at: str, fires: bool) -> None:
    shutil.copy(RULES, tmp_path / "alerts.yml")
    asked: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": series(name), "values": values} for name, values in given.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)',
                "eval_time": at,
                "exp_samples": [{"labels": "{}", "value": int(fires)}],
            }
        ],
    }
    told = {"rule_files": ["alerts.yml"], "evaluation_interval": "1m", "tests": [asked]}
    (tmp_path / "tests.yml").write_text(json.dumps(told))
    promtool("test", "rules", "tests.yml", folder=tmp_path)
