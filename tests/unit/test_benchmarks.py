"""The frame of `make bench`: what comes out has one shape, and every promised figure has a script that measures it.

No time is asserted anywhere: how fast it was here says nothing about another machine.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import pkgutil
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import benchmarks
import pytest
from benchmarks import bench_obligations, bench_record, bench_registry, bench_rules, bench_series, bench_streams
from benchmarks.__main__ import main
from benchmarks.figures import Figure, quantile, seconds
from benchmarks.ledger_process import MEMBERS_OF, batches
from benchmarks.load import SIGNED, requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import Request

PROMISED = {
    "demo.seconds",
    "registry.epoch_import_s",
    "record.acts_per_s",
    "record.sequenced_per_s",
    "record.single_act_over_commit_ms",
    "record.proofs_per_s.warm",
    "record.proofs_per_s.cold",
    "api.filings_per_s",
    "api.filing_p99_ms",
    "rules.labour_backtest_s",
    "rules.bulk_events_per_s",
    "rules.kernel_events_per_s",
    "rules.ray2_events_per_s",
    "obligations.sweep_100k_ms",
    "protocols.waiting_2000_rss_mb",
    "series.late_million_s",
    "series.late_million_peak_mb",
    "intake.p99_ms",
    "intake.filed_per_s",
    "intake.desk_p99_ms",
    "intake.lost",
    "intake.caught_up_s",
    "intake.form_p99_ms",
    "intake.form_filed_per_s",
    "intake.form_lost",
    "accounts.transfers_per_s.batch",
    "accounts.transfers_per_s.hot",
    "accounts.transfers_per_s.hot_floor",
    "accounts.rss_mb",
    "safety_net.replay_s",
    "safety_net.sweep200_s",
    "evals.read_10k_vs_read_eval_log",
    "evals.read_10k_vs_samples_df",
    "evals.read_10k_rss_mb",
    "evals.horizon_vs_sklearn",
    "incidents.link_r5",
    "incidents.link_p50_ms_100k",
    "incidents.link_at_5pct_false",
}
KEYS = ["figure", "value", "unit", "against", "against_value", "ratio"]


def scripts() -> list[ModuleType]:
    names = [item.name for item in pkgutil.iter_modules(benchmarks.__path__) if item.name.startswith("bench_")]
    return [importlib.import_module(f"benchmarks.{name}") for name in names]


@pytest.mark.parametrize("script", scripts(), ids=lambda module: module.__name__)
def test_every_script_measures_figures_that_it_names(script: ModuleType) -> None:
    assert inspect.signature(script.measure).return_annotation == "list[Figure]"
    assert script.__doc__, "a figure means nothing without saying what was done"


def test_every_promised_figure_has_its_script() -> None:
    """A figure that nobody measures any more would go missing without a sound."""
    written = "\n".join(Path(str(script.__file__)).read_text("utf-8") for script in scripts())
    assert {figure for figure in PROMISED if f'"{figure}"' not in written} == set()


def test_the_pool_that_is_measured_stands_at_its_floor_after_every_second_transfer() -> None:
    """Paid out first it would be below, and the figure would be one of refusals."""
    for batch in batches(random.Random(1), 3, size=20, drawn="hot_floor"):
        moved = [one.amount if one.credit == "pool" else -one.amount for one in batch]
        assert {one.debit for one in batch} == {"fund", "pool"}
        stands = list(itertools.accumulate(moved))
        assert all(each > 0 for each in stands[::2])
        assert set(stands[1::2]) == {0} == {one.floor for one in MEMBERS_OF if one.account == "pool"}


def test_a_figure_says_what_it_is_held_against() -> None:
    found = Figure("a.b_s", 2.00004, "s", "a peer", 4.0).as_dict()
    assert found == {
        "figure": "a.b_s", "value": 2.0, "unit": "s", "against": "a peer", "against_value": 4.0, "ratio": 0.5,
    }  # fmt: skip
    assert list(found) == KEYS
    assert Figure("a.b_s", 1.0, "s", "nothing measured", 0.0).as_dict()["ratio"] is None


def test_the_quantile_is_one_of_the_values() -> None:
    assert quantile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert quantile([5.0, 1.0, 3.0], 0.99) == 5.0
    assert quantile([7.0], 0.0) == 7.0


def test_the_frame_prints_a_table_and_then_one_json_line_a_figure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quickest real benchmark through the real frame. It also holds the plain program to the same states."""
    monkeypatch.setattr(bench_rules, "AGAIN", 1)
    assert main(["rules"]) == 0
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert [line["figure"] for line in lines] == ["rules.labour_backtest_s", "rules.labour_backtest_s.cold"]
    assert all(list(line) == KEYS and line["value"] > 0 and line["against_value"] > 0 for line in lines)
    assert out.splitlines()[-2:] == [json.dumps(line) for line in lines]
    assert "rules.labour_backtest_s" in out.split("{")[0], "the table for people comes first"
    assert "rules" in err, "progress goes where it does not mix with the figures"


def test_a_benchmark_that_does_not_exist_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such"]) == 1


def test_the_plain_machine_and_the_engine_give_the_same_edges_over_the_stream_that_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A small piece of the real stream: with late events, silence and hysteresis in it."""
    monkeypatch.setattr(bench_streams, "UNITS", 60)
    monkeypatch.setattr(bench_streams, "MINUTES", 250)
    bench_streams.written(tmp_path / "events.parquet")
    plain, _, _ = bench_streams._plain(tmp_path / "events.parquet", tmp_path / "plain.parquet")
    found = bench_streams.whole(bench_streams.TEXT, tmp_path / "events.parquet", tmp_path / "edges.parquet")
    assert found.edges.equals(plain)
    assert found.late > 0
    assert set(plain["cause"]) == {"observation", "silence"}
    assert bench_streams._incremental(tmp_path / "events.parquet")[0].figure == "rules.incremental_events_per_s"


def test_late_points_are_filed_by_the_real_command_beside_the_plain_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_series, "POINTS", 300)
    found = bench_series.measure()
    assert {figure.figure: figure.unit for figure in found} == {
        "series.late_million_s": "s", "series.late_million_peak_mb": "MB",
        "series.late_million_s.derived": "s", "series.late_million_peak_mb.derived": "MB",
    }  # fmt: skip


def test_a_plain_program_that_says_something_else_gives_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_rules, "extended_benefits", lambda columns: ["ok"] * 596)
    with pytest.raises(AssertionError, match="different states"):
        bench_rules.measure()


def test_the_peer_of_the_record_keeps_the_very_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of fewer or smaller bytes would flatter us."""
    kept: list[Any] = []

    def keep(path: Path, rows: list[Any], batch: int) -> float:
        kept.append((rows, batch))
        return 1.0

    monkeypatch.setattr(bench_record, "rows_seconds", keep)
    for name, small in {"ROUND": 16, "BATCH": 8, "ROUNDS": 1, "THREADS": 2, "SINGLES": 2}.items():
        monkeypatch.setattr(bench_record, name, small)
    figures = bench_record.measure()
    assert [figure.figure for figure in figures] == [
        "record.acts_per_s", "record.acts_per_s.threads", "record.act_cpu_us",
        "record.single_act_over_commit_ms", "record.single_act_over_commit_ms.new_subject",
    ]  # fmt: skip
    assert [(len(rows), batch) for rows, batch in kept] == [(16, 8), (16, 4)]
    assert all(len(row[7]) > 900 and len(row[8]) > 900 for rows, _ in kept for row in rows), "leaf and payload"


def test_where_the_published_table_is_absent_one_of_its_shape_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench_registry, "PUBLISHED", tmp_path / "absent.csv")
    monkeypatch.setattr(bench_registry, "ROWS", 6)
    [figure] = bench_registry.measure()
    assert "written for this" in figure.against


def test_a_sweep_is_measured_with_and_without_something_due(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in (("DUTIES", 60), ("OVERDUE", 3), ("AGAIN", 2)):
        monkeypatch.setattr(bench_obligations, name, small)
    assert [figure.unit for figure in bench_obligations.measure()] == ["ms"] * 3


def test_the_load_files_what_the_house_takes() -> None:
    request = next(requests("token", "load"))
    head, _, data = request.partition(b"\r\n\r\n")
    assert b"authorization: Bearer token" in head
    assert f"content-length: {len(data)}".encode() in head
    assert json.loads(data)["name"] == "load 0"


def test_the_load_signs_what_the_house_checks() -> None:
    """A load whose signatures were refused, or never looked at, would measure nothing."""
    from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver
    from http_message_signatures.algorithms import ED25519

    class Keys(HTTPSignatureKeyResolver):  # type: ignore[misc, unused-ignore]
        def resolve_public_key(self, key_id: str) -> Any:
            return Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()

        def resolve_private_key(self, key_id: str) -> Any:
            raise KeyError(key_id)

    request = next(requests(f"{SIGNED}ed25519-load:{bytes(32).hex()}", "load", 8321))
    head, _, data = request.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {name.title(): value for name, _, value in (line.partition(": ") for line in lines)}
    message = Request("POST", f"http://{headers['Host']}{first.split()[1]}", headers=headers, content=data)
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=Keys())
    [found] = verifier.verify(message)
    assert found.parameters["nonce"] == "load-0"
    assert '"content-digest"' in found.covered_components


def test_time_is_measured_in_seconds() -> None:
    assert 0 <= seconds(lambda: None) < sys.maxsize
