"""Every Eval Ever, lm-eval, garak and METR: what each reports is worked out again from its samples."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import header, inspect_eval, json_lines, sample

from commonweal.doors.cli import main as cli
from commonweal.instruments.evaluations import formats, payload, taking_in
from commonweal.instruments.evaluations.formats import Log
from commonweal.instruments.evaluations.recomputing import recomputed
from commonweal.kernel import indicators
from commonweal.kernel.values import BadInput


def verdicts(log: Log) -> dict[str, str]:
    return {one.reported.name: one.verdict for one in recomputed(log)}


def codes(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as refused:
        formats.read(path)
    return [(one.where, one.code) for one in refused.value.faults]


# ── Every Eval Ever ─────────────────────────────────────────────────────────────────────────────────────────────────


def instance(item: str, score: float, **more: Any) -> dict[str, Any]:
    return {
        "schema_version": "instance_level_eval_0.2.2",
        "evaluation_id": "made/model/1",
        "model_id": "made/model",
        "evaluation_name": "made up",
        "sample_id": item,
        "evaluation": {"score": score, "is_correct": score == 1},
        **more,
    }


def record(folder: Path, rows: list[Any], score: float = 0.5, **metric: Any) -> Path:
    text = json_lines(rows)
    (folder / "u.jsonl").write_bytes(text)
    told = {
        "schema_version": "0.2.2",
        "evaluation_id": "made/model/1",
        "retrieved_timestamp": "1760492095",
        "source_metadata": {"source_type": "evaluation_run", "evaluator_relationship": "third_party"},
        "eval_library": {"name": "inspect_ai", "version": "0.3.285"},
        "model_info": {"name": "model", "id": "made/model"},
        "evaluation_results": [
            {
                "evaluation_name": "made up",
                "metric_config": {"lower_is_better": False, **metric},
                "score_details": {
                    "score": score,
                    "uncertainty": {
                        "standard_error": {"value": score / math.sqrt(3), "method": "analytic"},
                        "confidence_interval": {"lower": 0.1, "upper": 0.9, "method": "bootstrap"},
                        "num_samples": 4,
                    },
                },
            }
        ],
        "detailed_evaluation_results": {
            "format": "jsonl",
            "file_path": "data/made/u.jsonl",
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256(text).hexdigest(),
            "total_rows": 4,
        },
    }
    path = folder / "u.json"
    path.write_text(json.dumps(told))
    return path


FOUR = [instance(item, score) for item, score in zip("abcd", (1.0, 0.0, 1.0, 0.0), strict=True)]


def test_a_record_is_worked_out_from_the_samples_beside_it(tmp_path: Path) -> None:
    (log,) = formats.read(record(tmp_path, FOUR))
    found = verdicts(log)
    assert found == {
        "made up, score": "same",
        "made up, standard_error": "same",
        "made up, confidence_interval.lower": "beyond",
        "made up, confidence_interval.upper": "beyond",
    }
    assert log.settings["source"]["evaluator_relationship"] == "third_party"
    assert list(formats.logs_in(tmp_path)) == [tmp_path / "u.json"]


def test_a_score_in_hundredths_is_that_of_samples_from_0_to_1(tmp_path: Path) -> None:
    (log,) = formats.read(record(tmp_path, FOUR, 50.0, metric_unit="percent"))
    assert verdicts(log)["made up, score"] == "same"


def test_a_score_that_is_no_mean_is_said_to_be_beyond_the_samples(tmp_path: Path) -> None:
    (log,) = formats.read(record(tmp_path, FOUR, 1200.0, metric_kind="elo"))
    assert verdicts(log)["made up, score"] == "beyond"


def test_a_record_from_a_paper_has_numbers_and_nothing_to_check_them_by(tmp_path: Path) -> None:
    path = record(tmp_path, FOUR)
    told = json.loads(path.read_text())
    del told["detailed_evaluation_results"]
    path.write_text(json.dumps(told))
    (log,) = formats.read(path)
    assert (len(log.samples), set(verdicts(log).values())) == (0, {"beyond"})


def test_samples_that_were_changed_after_the_record_are_refused(tmp_path: Path) -> None:
    path = record(tmp_path, FOUR)
    rows = [*FOUR[:2], FOUR[0], instance("e", 1.0, evaluation_id="another")]
    (tmp_path / "u.jsonl").write_bytes(json_lines(rows))
    assert codes(path) == [
        ("detailed_evaluation_results.checksum", "checksum"),
        ("line 3", "duplicate"),
        ("line 4, evaluation_id", "foreign"),
        ("detailed_evaluation_results.total_rows", "totals"),
        ("evaluation_results.0.score_details.uncertainty.num_samples", "totals"),
    ]


def test_each_result_of_a_record_has_a_score_of_its_own(tmp_path: Path) -> None:
    """One sample under two metrics counted as two attempts at it."""
    path = record(tmp_path, rows := [{**row, "evaluation_name": name} for name in ("made up", "F1") for row in FOUR])
    told = json.loads(path.read_text())
    del told["detailed_evaluation_results"]["total_rows"]
    told["evaluation_results"].append({"evaluation_name": "F1", "score_details": {"score": 0.5}})
    path.write_text(json.dumps(told))
    (log,) = formats.read(path)
    assert {name: verdict for name, verdict in verdicts(log).items() if name.endswith(", score")} == {
        "made up, score": "same", "F1, score": "same",
    }  # fmt: skip
    assert log.scores() == ("score, made up", "score, F1")
    kept = payload.read(payload.written(log.samples, log.format))
    assert len(rows) == 8
    assert [one for one in items(kept, "score, F1") if one] == [[1.0], [0.0], [1.0], [0.0]]
    again = formats.sample_in(json_lines(rows[4:5]).strip(), "every_eval_ever", log.samples[4])
    assert isinstance(again, formats.Sample)
    assert again.scores == {"score, F1": 1.0}


# ── lm-eval ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def lm_eval(folder: Path, **results: Any) -> Path:
    when = "2026-11-01T10-00-00.000001"
    for task, scores in {"made_x": (1.0, 0.0, 1.0, 1.0), "made_y": (0.0, 1.0)}.items():
        rows = [
            {"doc_id": n, "doc": {}, "target": "A", "filter": "none", "metrics": ["acc"], "acc": score, "doc_hash": "h"}
            for n, score in enumerate(scores)
        ]
        (folder / f"samples_{task}_{when}.jsonl").write_bytes(json_lines(rows))
    pooled = math.sqrt(((4 - 1) * 0.25 + (2 - 1) * 0.5) / (6 - 2) / 6)
    told = {
        "results": {
            "made": {"alias": "made", "acc,none": 4 / 6, "acc_stderr,none": pooled},
            "made_x": {"alias": " - made_x", "acc,none": 0.75, "acc_stderr,none": 0.25},
            "made_y": {"alias": " - made_y", "acc,none": 0.5, "acc_stderr,none": "N/A"},
        },
        "group_subtasks": {"made": ["made_x", "made_y"], "made_x": [], "made_y": []},
        "configs": {task: {"metric_list": [{"metric": "acc", "aggregation": "mean"}]} for task in ("made_x", "made_y")},
        "n-samples": {"made_x": {"original": 4, "effective": 4}, "made_y": {"original": 2, "effective": 2}},
        "config": {"model": "hf", "model_args": "pretrained=made/model", "bootstrap_iters": 100000},
        "model_name": "made/model",
        "date": 1761990000.0,
        **results,
    }
    path = folder / f"results_{when}.json"
    path.write_text(json.dumps(told))
    return path


def test_tasks_and_groups_of_the_harness_are_worked_out_from_their_documents(tmp_path: Path) -> None:
    (log,) = formats.read(lm_eval(tmp_path))
    assert verdicts(log) == {
        "made, acc,none": "same",
        "made, acc_stderr,none": "same",
        "made_x, acc,none": "same",
        "made_x, acc_stderr,none": "same",
        "made_y, acc,none": "same",
    }
    assert (log.task, log.model, len(log.samples)) == ("made_x, made_y", "made/model", 6)
    assert [path.name for path in formats.logs_in(tmp_path)] == ["results_2026-11-01T10-00-00.000001.json"]


def test_other_samples_under_the_same_results_are_another_log(tmp_path: Path) -> None:
    """Results say nothing of which samples they come from: known by them alone, whoever files first keeps out the
    others, and results that came without samples would keep out their own."""
    path = lm_eval(tmp_path)
    whole, samples = taking_in.digest_of_log(path), next(tmp_path.glob("samples_made_y*"))
    files = sorted([path, *tmp_path.glob("samples_*")], key=lambda one: one.name)
    lines = "".join(f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in files)
    assert whole == hashlib.sha256(lines.encode()).hexdigest()
    samples.write_bytes(samples.read_bytes().replace(b"1.0", b"0.0"))
    other = taking_in.digest_of_log(path)
    for one in tmp_path.glob("samples_*"):
        one.unlink()
    alone = taking_in.digest_of_log(path)
    assert alone == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len({whole, other, alone}) == 3


def test_lines_beside_a_document_of_their_name_are_a_log_unless_it_says_that_they_are_its_own(tmp_path: Path) -> None:
    for name in ("runs.json", "scan.report.json"):
        (tmp_path / name).write_text("{}")
        (tmp_path / f"{name}l").write_text("{}\n")
    record(tmp_path, FOUR)
    found = [path.name for path in formats.logs_in(tmp_path)]
    assert found == ["runs.json", "runs.jsonl", "scan.report.json", "scan.report.jsonl", "u.json"]


def test_a_task_whose_samples_were_not_kept_is_beyond_them(tmp_path: Path) -> None:
    path = lm_eval(tmp_path)
    next(tmp_path.glob("samples_made_y*")).unlink()
    found = verdicts(formats.read(path)[0])
    assert [found[f"{task}, acc,none"] for task in ("made", "made_x", "made_y")] == ["beyond", "same", "beyond"]


@pytest.mark.parametrize(
    ("groups", "circles"),
    [
        ({"made": ["made"] * 3}, ["made > made"]),  # read to a depth of 20, 94 bytes took hours
        ({"made": ["b", "b", "b"], "b": ["made_x", "made", "made"]}, ["made > b > made"]),
        ({"made": ["b"], "b": ["b", "made_x"], "c": ["d"], "d": ["c"]}, ["b > b", "c > d > c"]),
    ],
)
def test_groups_that_are_within_themselves_are_each_named(tmp_path: Path, groups: Any, circles: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        formats.read(lm_eval(tmp_path, group_subtasks=groups))
    assert [(one.seen, one.code) for one in refused.value.faults] == [(one, "circle") for one in circles]


def test_a_task_counts_once_in_a_group_however_many_groups_name_it(tmp_path: Path) -> None:
    # 40 groups, each twice within the one above: 2 to the power of 40 ways down
    levels = {f"g{n}": [f"g{n + 1}", f"g{n + 1}"] for n in range(40)}
    groups = {"made": ["g0", "made_x"], **levels, "g40": ["made_x", "made_y"]}
    (log,) = formats.read(lm_eval(tmp_path, group_subtasks=groups))
    assert verdicts(log)["made, acc,none"] == "same"


def test_more_names_in_groups_than_are_followed_are_refused(tmp_path: Path) -> None:
    path = lm_eval(tmp_path, group_subtasks={"made": [f"t{n}" for n in range(20_001)]})
    assert codes(path) == [("group_subtasks", "too_many")]


def test_more_numbers_than_are_worked_out_are_counted_first(tmp_path: Path) -> None:
    many = {"made_x": {f"acc{n},none": 1.0 for n in range(2_001)}}
    assert codes(lm_eval(tmp_path, results=many)) == [("results", "too_many")]
    results = [{"evaluation_name": f"t{n}", "score_details": {"score": 0.5}} for n in range(2_001)]
    path = record(tmp_path, [instance("a", 1.0)])
    path.write_text(json.dumps({**json.loads(path.read_text()), "evaluation_results": results}))
    assert codes(path) == [("results", "too_many")]


def test_a_metric_that_is_no_mean_and_a_count_that_is_wrong(tmp_path: Path) -> None:
    configs = {"made_x": {"metric_list": [{"metric": "acc", "aggregation": "perplexity"}]}, "made_y": {}}
    (log,) = formats.read(lm_eval(tmp_path, configs=configs))
    assert verdicts(log)["made_x, acc,none"] == "beyond"
    path = lm_eval(tmp_path, **{"n-samples": {"made_x": {"effective": 40}}})
    assert codes(path) == [("n-samples.made_x.effective", "totals")]


def test_a_task_named_like_a_path_reaches_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_bytes(json_lines([{"doc_id": 1}]))
    (log,) = formats.read(lm_eval(tmp_path, results={"../secret": {"acc,none": 1.0}}))
    assert (len(log.samples), verdicts(log)) == (0, {"../secret, acc,none": "beyond"})


def two_filters(folder: Path, *, lacks: int | None = None, **more: Any) -> Path:
    """Two documents, each read by two filters, filter by filter as the harness writes them; one line may be lacking."""
    rows = [
        {"doc_id": n, "arguments": [[f"question {n}", {}]], "target": "1", "filter": by, "exact_match": score}
        for by, scores in (("strict", (1.0, 0.0)), ("flexible", (1.0, 1.0)))
        for n, score in enumerate(scores)
    ]
    (folder / "samples_made_1.jsonl").write_bytes(json_lines([row for n, row in enumerate(rows) if n != lacks]))
    metrics = {"exact_match,strict": 0.5, "exact_match,flexible": 1.0, "exact_match_stderr,strict": 0.5}
    other = [{"doc_id": 0, "arguments": [["another", {}]], "target": "A", "filter": "none", "acc": 1.0}]
    (folder / "samples_other_1.jsonl").write_bytes(json_lines(other))
    filters = {
        "filter_list": [{"name": name, "filter": [{"function": "take_first"}]} for name in ("strict", "flexible")]
    }
    told = {"results": {"made": metrics, "other": {"acc,none": 1.0}}, "configs": {"made": filters, "other": {}}, **more}
    path = folder / "results_1.json"
    path.write_text(json.dumps(told))
    return path


def test_a_document_under_two_filters_is_one_sample_and_nothing_of_it_is_missing(tmp_path: Path) -> None:
    """A model that solved everything was never past a line: the other filter's line counted as a lost attempt."""
    (log,) = formats.read(two_filters(tmp_path, **{"n-samples": {"made": {"effective": 2}}}))
    assert set(verdicts(log).values()) == {"same"}
    assert [one.id for one in log.samples] == ["made/0", "made/1", "other/0"]
    kept = payload.read(payload.written(log.samples, log.format))
    assert kept.counts()["repeated"] == 0
    assert items(kept, "exact_match,flexible") == [[1.0], [1.0], []]
    assert items(kept, "exact_match,strict") == [[1.0], [0.0], []]
    assert items(kept, "acc,none") == [[], [], [1.0]]


def test_a_filter_that_says_nothing_of_a_document_is_missing(tmp_path: Path) -> None:
    """Else whoever leaves lines of failures out has a better model."""
    (log,) = formats.read(two_filters(tmp_path, lacks=1))
    assert items(payload.read(payload.written(log.samples, log.format)), "exact_match,strict") == [[1.0], [None], []]


def test_the_text_of_a_document_under_two_filters_is_its_lines(tmp_path: Path) -> None:
    (log,) = formats.read(two_filters(tmp_path))
    second, file = log.samples[1], tmp_path / "samples_made_1.jsonl"
    text = formats.text_of(file, second.digest)
    assert text == b"\n".join(file.read_bytes().splitlines()[1::2])
    again = formats.sample_in(text, "lm_eval", second)
    assert isinstance(again, formats.Sample)
    assert (again.scores, again.given, again.digest) == (second.scores, second.given, second.digest)
    one_line = file.read_bytes().splitlines()[0]  # what a run from before named by its line is found as it was
    assert formats.text_of(file, hashlib.sha256(one_line).digest()) == one_line


def test_a_filter_that_the_task_has_not_reads_no_sample_a_second_time(tmp_path: Path) -> None:
    """With a name of their own for a filter whoever wrote a log had its samples counted once more, as another score."""
    path, file = two_filters(tmp_path), tmp_path / "samples_other_1.jsonl"
    row = json.loads(file.read_bytes())
    file.write_bytes(json_lines([row, {**row, "filter": "mine"}]))
    assert codes(path) == [("other, line 2, filter", "filter")]
    told = json.loads(path.read_text())
    told["results"]["other"]["acc,mine"] = 1.0
    path.write_text(json.dumps(told))
    assert codes(path) == [("other, line 2, filter", "filter"), ("results.other.acc,mine", "filter")]
    told["configs"]["other"]["filter_list"] = [{"name": "none"}, {"name": "mine"}]
    path.write_text(json.dumps(told))
    assert items(payload.read(payload.written(formats.read(path)[0].samples, "lm_eval")), "acc,mine") == [[], [], [1.0]]


def test_a_line_twice_under_one_filter_is_named(tmp_path: Path) -> None:
    path, file = two_filters(tmp_path), tmp_path / "samples_made_1.jsonl"
    file.write_bytes(file.read_bytes() + file.read_bytes().splitlines()[0])
    assert codes(path) == [("made, line 5", "duplicate")]


def items(kept: payload.Kept, score: str) -> list[list[float | None]]:
    return list(indicators.by_item(kept.samples, score, apart=kept.apart).values())


# ── garak ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def attempt(item: str, *scores: float | None, status: int = 2) -> dict[str, Any]:
    return {
        "entry_type": "attempt",
        "uuid": item,
        "seq": 0,
        "status": status,
        "probe_classname": "made.Probe",
        "detector_results": {"made.Detector": list(scores)} if status == 2 else {},
        "outputs": [{"text": "No."} for _ in scores],
    }


def garak(folder: Path, *rows: Any, passed: int = 3) -> Path:
    path = folder / "garak.made.report.jsonl"
    told = {"entry_type": "eval", "probe": "made.Probe", "detector": "made.Detector", "passed": passed, "fails": 2}
    told |= {"nones": 1, "total_evaluated": 5, "total_processed": 6, "confidence_lower": 0.1, "confidence_upper": 0.8}
    told |= {"hit_at_k": {"1": {"score": 5 / 12}, "2": {"score": 2 / 3}}}
    lines = [
        {"entry_type": "start_run setup", "run.eval_threshold": 0.5, "plugins.target_name": "made/model"},
        {"entry_type": "init", "garak_version": "0.15.0", "start_time": "2026-11-01T10:00:00", "run": "r1"},
        *rows,
        told,
        {"entry_type": "completion", "end_time": "2026-11-01T10:01:00", "run": "r1"},
    ]
    path.write_bytes(json_lines(lines))
    return path


ATTEMPTS = (attempt("u1", status=1), attempt("u1", 1.0, 0.0), attempt("u2", 0.2, None), attempt("u3", 0.5, 0.4))


def test_what_passed_a_detector_is_counted_again_below_the_line_of_the_run(tmp_path: Path) -> None:
    """A score at the line is a hit; an answer that a detector could say nothing of is neither."""
    rows = [attempt("u1", status=1), attempt("u1", 1.0, 0.0), attempt("u2", 0.2, None), attempt("u3", 0.75, 0.4)]
    (log,) = formats.read(garak(tmp_path, *rows))
    found = {one.reported.name.rpartition(", ")[2]: (one.verdict, one.value) for one in recomputed(log)}
    assert found["passed"] == ("same", 3.0)
    assert found["fails"] == ("same", 2.0)
    assert found["nones"] == ("same", 1.0)
    assert found["total_processed"] == ("same", 6.0)
    assert found["hit@2"][0] == "differs"
    assert found["hit@2"][1] == 1.0  # of the two attempts with two scored answers, both were hit
    assert found["hit@1"][1] == pytest.approx((0.5 + 0 + 0.5) / 3)
    assert found["confidence_lower"][0] == "beyond"
    assert (log.model, log.status, log.written_by) == ("made/model", "success", "garak 0.15.0")


def test_a_report_that_says_more_passed_than_did_is_told_by_how_many(tmp_path: Path) -> None:
    (log,) = formats.read(garak(tmp_path, *ATTEMPTS, passed=5))
    passed = next(one for one in recomputed(log) if one.reported.name.endswith("passed"))
    assert (passed.verdict, passed.difference) == ("differs", 2.0)


def test_what_another_detector_was_asked_of_is_no_missing_attempt(tmp_path: Path) -> None:
    """And what this one could say nothing of is, also of whether it is a hit."""
    other = {**attempt("u2", 0.9), "detector_results": {"made.Other": [0.9]}}
    (log,) = formats.read(garak(tmp_path, attempt("u1", 1.0, None), other))
    kept = payload.read(payload.written(log.samples, log.format))
    assert items(kept, "made.Detector") == items(kept, "hit: made.Detector") == [[1.0, None], []]
    assert items(kept, "made.Other") == [[], [0.9]]


def test_an_attempt_twice_and_a_line_that_is_cut_are_named(tmp_path: Path) -> None:
    path = garak(tmp_path, attempt("u1", 1.0), attempt("u1", 0.0))
    path.write_bytes(path.read_bytes() + b'{"entry_type": "att')
    assert codes(path) == [("line 4", "duplicate"), ("line 7", "json")]


# ── METR ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(
    number: int, task: str, score: float | None, weights: tuple[float, float], alias: str = "Agent A"
) -> dict[str, Any]:
    return {
        "task_id": task,
        "task_family": task.partition("/")[0],
        "run_id": f"r{number}",
        "alias": alias,
        "model": "made/model",
        "score_binarized": score,
        "score_cont": score,
        "human_minutes": 4.0,
        "human_source": "baseline",
        "task_source": "HCAST",
        "equal_task_weight": weights[0],
        "invsqrt_task_weight": weights[1],
        "scaffold": "modular",
    }


def metr(folder: Path, rows: list[Any]) -> Path:
    path = folder / "runs.jsonl"
    path.write_bytes(json_lines(rows))
    return path


ROOT = 1 / math.sqrt(2)
TOTAL = 1 + 2 * ROOT
"""Two tasks of family x weigh 1/√2 each, the one of family y 1."""


def test_the_weights_of_runs_are_worked_out_from_tasks_and_families(tmp_path: Path) -> None:
    rows = [
        run(1, "x/1", 1.0, (1 / 6, ROOT / 2 / TOTAL)),
        run(2, "x/1", 0.0, (1 / 6, ROOT / 2 / TOTAL)),
        run(3, "x/2", 0.0, (1 / 3, ROOT / TOTAL)),
        run(4, "y/1", 1.0, (1 / 3, 1 / TOTAL)),
        run(5, "y/1", 1.0, (1.0, 1.0), alias="Agent B"),
    ]
    first, second = formats.read(metr(tmp_path, rows))
    assert set(verdicts(first).values()) == {"same"}
    assert [(one.id, one.epoch) for one in first.samples] == [("x/1", 1), ("x/1", 2), ("x/2", 1), ("y/1", 1)]
    assert first.settings == {"alias": "Agent A", "scaffolds": ["modular"]}
    assert len(second.samples) == 1
    rows[3]["invsqrt_task_weight"] = 0.9
    assert "differs" in verdicts(formats.read(metr(tmp_path, rows))[0]).values()


def test_runs_that_cannot_be_are_all_named(tmp_path: Path) -> None:
    rows = [run(1, "x/1", 1.5, (1, 1)), run(1, "x/1", 1.0, (1, 1)), {**run(2, "x/1", 1.0, (1, 1)), "human_minutes": 0}]
    assert codes(metr(tmp_path, rows)) == [
        ("line 1, score_binarized", "number"),
        ("line 1, score_cont", "number"),
        ("line 2, run_id", "duplicate"),
        ("line 3, human_minutes", "number"),
    ]


# ── numbers that no float holds ─────────────────────────────────────────────────────────────────────────────────────

HUGE = 10**400


def with_one_huge(found: Any) -> Iterator[Any]:
    """Copies of plain data, in each of which another one of its numbers is one that no float holds."""
    if isinstance(found, dict | list):
        for key, value in found.items() if isinstance(found, dict) else enumerate(found):
            for other in with_one_huge(value):
                copied = found.copy()
                copied[key] = other
                yield copied
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield HUGE


def of_inspect(folder: Path) -> Path:
    metrics = {"accuracy": 0.5, "stderr": 0.5}
    told = header(metrics, samples=[sample(n, value) for n, value in enumerate((1.0, 0.0))])
    (folder / "log.json").write_text(json.dumps(told))
    return folder / "log.json"


MADE: dict[str, Callable[[Path], Path]] = {
    "inspect": of_inspect,
    "every_eval_ever": lambda folder: record(folder, FOUR),
    "lm_eval": lm_eval,
    "garak": lambda folder: garak(folder, *ATTEMPTS),
    "metr": lambda folder: metr(folder, [run(n, f"x/{n}", 1.0, (0.5, 0.5)) for n in range(2)]),
}


@pytest.mark.parametrize("form", MADE)
def test_a_number_that_no_float_holds_is_a_fault_wherever_it_stands(tmp_path: Path, form: str) -> None:
    """An error that is no `BadInput` stops the whole folder in which such a log lies."""
    path = MADE[form](tmp_path)
    lined = path.suffix == ".jsonl"
    told = [json.loads(line) for line in path.read_text().splitlines()] if lined else json.loads(path.read_text())
    places = set()
    for other in with_one_huge(told):
        path.write_bytes(json_lines(other) if lined else json.dumps(other).encode())
        try:
            taking_in.acts_of(formats.read(path), "0" * 64, {})
        except BadInput as refused:
            places |= {one.where for one in refused.faults if "1.8e+308" in one.want}
    assert places >= NAMED[form]


def test_weights_that_add_up_to_what_no_float_holds_are_read(tmp_path: Path) -> None:
    """Whole numbers, each of which a float holds, and a fraction after them."""
    rows = [run(n, f"x/{n}", 1.0, (10**308 if n < 9 else 0.5, 1.0)) for n in range(10)]
    (log,) = formats.read(metr(tmp_path, rows))
    assert len(log.reported) == 2


def test_a_weight_without_end_is_a_fault(tmp_path: Path) -> None:
    """The mean by such weights was no number, which the file reports nowhere."""
    with pytest.raises(BadInput) as refused:
        formats.read(metr(tmp_path, [run(n, f"x/{n}", 1.0, (float("inf"), 1.0)) for n in range(2)]))
    assert [(one.where, one.want) for one in refused.value.faults] == [
        (f"line {n}, equal_task_weight", "a weight that is finite") for n in (1, 2)
    ]


NAMED = {
    "inspect": {"results.match.accuracy", "results.match.stderr"},
    "every_eval_ever": {
        f"made up, {name}"
        for name in ("score", "standard_error", "confidence_interval.lower", "confidence_interval.upper")
    },
    "lm_eval": {"results.made.acc,none", "results.made_x.acc_stderr,none"},
    "garak": {"line 1, eval_threshold", "line 7, passed", "line 7, hit_at_k.1", "line 7, confidence_lower"},
    "metr": {"line 1, human_minutes", "line 2, equal_task_weight", "line 2, invsqrt_task_weight"},
}


def test_one_log_with_a_number_that_no_float_holds_stops_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.eval").write_bytes(inspect_eval(header({"accuracy": HUGE}), [sample(1, 1.0)]))
    (tmp_path / "b.eval").write_bytes(inspect_eval(header({"accuracy": 1.0}), [sample(1, 1.0)]))
    assert cli(["evaluations", "look", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "same" in told.out
    assert "results.match.accuracy" in told.out + told.err
    assert "should not have" not in told.out + told.err


# ── none of them ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b'{"hello": 1}'),
        ("a.json", b"[1, 2]"),
        ("a.json", b"\xff\xfe"),
        ("a.jsonl", b'{"doc_id": 1, "acc": 1.0}'),
        ("a.jsonl", b'{"evaluation_id": "x", "sample_id": 1}'),
        ("a.csv", b"a,b\n1,2\n"),
    ],
)
def test_what_is_in_no_format_that_is_read_is_told_which_there_are(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert codes(path) == [(name, "format")]
