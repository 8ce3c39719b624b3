"""Every Eval Ever: a JSON of results and, where it names one, the JSON Lines of single samples beside it.

Source: evaleval/every_eval_ever, `eval.schema.json` 0.2.2 and `instance_level_eval.schema.json` 0.2.2. A record taken
from a paper or a leaderboard has no samples; its numbers are kept as reported, and none of them is worked out again.
Of a record of several results each has a score of its own, since what one of them says of a sample the others do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from mmap import mmap
from pathlib import PurePosixPath
from typing import Any

import msgspec

from commonweal.kernel.values import BadInput, FaultCollector

from .decoding import DECODE_ERRORS, as_float, decoded, digest_of, lines, number, why
from .limits import Limits
from .log import Log, Reported, Sample, Total, check_reported, check_totals

PERCENT, SCORE = 100.0, "score"
_MEANS = frozenset(
    ["", "accuracy", "mean", "pass_rate", "exact_match", "pass_at_1", "pass@1", "win_rate", "resolve_rate"]
)
_DIGESTS = {"sha256": hashlib.sha256, "md5": hashlib.md5}


class _Named(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Model(msgspec.Struct):
    name: str = ""
    id: str = ""


class _StandardError(msgspec.Struct):
    value: Any
    method: str = ""


class _Interval(msgspec.Struct):
    lower: Any
    upper: Any
    confidence_level: float | None = None
    method: str = ""


class _Uncertainty(msgspec.Struct):
    standard_error: _StandardError | None = None
    confidence_interval: _Interval | None = None
    standard_deviation: Any = None
    num_samples: int | None = None
    num_bootstrap_samples: int | None = None


class _Details(msgspec.Struct):
    score: Any
    uncertainty: _Uncertainty | None = None


class _Metric(msgspec.Struct):
    metric_id: str = ""
    metric_name: str = ""
    metric_kind: str = ""
    metric_unit: str = ""
    lower_is_better: bool = False
    max_score: float | None = None


class _Result(msgspec.Struct):
    evaluation_name: str
    score_details: _Details
    metric_config: _Metric = msgspec.field(default_factory=_Metric)
    evaluation_result_id: str = ""
    generation_config: dict[str, Any] = {}
    source_data: Any = None

    def key(self) -> str:
        return self.evaluation_result_id or self.evaluation_name


class _Beside(msgspec.Struct):
    file_path: str
    checksum: str = ""
    hash_algorithm: str = "sha256"
    total_rows: int | None = None


class _Record(msgspec.Struct):
    schema_version: str
    evaluation_id: str
    model_info: _Model
    evaluation_results: list[_Result]
    source_metadata: dict[str, Any] = {}
    eval_library: _Named = msgspec.field(default_factory=_Named)
    evaluation_timestamp: str = ""
    retrieved_timestamp: str = ""
    detailed_evaluation_results: _Beside | None = None


class _Evaluation(msgspec.Struct):
    score: Any


class _Input(msgspec.Struct):
    raw: Any = None
    formatted: Any = None
    reference: Any = None
    choices: Any = None


class _Instance(msgspec.Struct):
    sample_id: int | str
    evaluation: _Evaluation
    evaluation_id: str = ""
    evaluation_name: str = ""
    evaluation_result_id: str = ""
    error: str | None = None
    input: _Input | None = None


_RECORDS, _INSTANCES = msgspec.json.Decoder(_Record), msgspec.json.Decoder(_Instance)


def beside(data: bytes, name: str) -> str:
    """The name of the file with the samples of a record; empty where there is none. Raises `BadInput`."""
    found = _record(data, name).detailed_evaluation_results
    return PurePosixPath(found.file_path.replace("\\", "/")).name if found else ""


def read(data: bytes, name: str, limits: Limits, samples: mmap | bytes | None) -> Log:
    """The log in a record and the file of its samples. Raises `BadInput` naming every fault."""
    record, faults = _record(data, name), FaultCollector(name)
    check_reported(len(record.evaluation_results), limits, name)
    taken: list[Sample] = []
    totals: list[Total] = []
    if samples is not None and record.detailed_evaluation_results is not None:
        _check_sum(samples, record.detailed_evaluation_results, faults)
        taken = list(_samples(samples, record, faults, limits))
        totals = list(_totals(record, taken))
        check_totals(totals, faults)
    reported = [one for result in record.evaluation_results for one in _reported(result, taken, faults)]
    faults.done()
    source = record.source_metadata
    return Log(
        format="every_eval_ever",
        written_by=f"{record.eval_library.name or '(unknown)'} {record.eval_library.version}".strip(),
        run=record.evaluation_id,
        task=", ".join(dict.fromkeys(one.evaluation_name for one in record.evaluation_results)),
        model=record.model_info.id or record.model_info.name,
        status="success",
        began=record.evaluation_timestamp,
        samples=taken,
        reported=reported,
        totals=totals,
        settings={
            "schema_version": record.schema_version,
            "source": source,
            "generation": {one.key(): one.generation_config for one in record.evaluation_results},
        },
    )


def _record(data: bytes, name: str) -> _Record:
    try:
        return decoded(data, _RECORDS)
    except DECODE_ERRORS as error:
        raise BadInput(why(error, "(whole)"), name) from error


def _check_sum(samples: mmap | bytes, told: _Beside, faults: FaultCollector) -> None:
    if told.checksum and told.hash_algorithm in _DIGESTS:
        found = _DIGESTS[told.hash_algorithm](samples).hexdigest()
        if found != told.checksum.lower().rpartition(":")[2]:
            faults.add("detailed_evaluation_results.checksum", told.checksum, f"{found}, as the file has", "checksum")


def _samples(data: mmap | bytes, record: _Record, faults: FaultCollector, limits: Limits) -> Iterator[Sample]:
    several = len({one.key() for one in record.evaluation_results}) > 1
    seen: dict[str, int] = {}
    for line, text in lines(data, limits.member_bytes_max):
        where = f"line {line}"
        if faults.count >= limits.faults_max or len(seen) >= limits.samples_max:
            faults.add("(further lines)", f"from {line}", f"at most {limits.samples_max}, and mend these first", "more")
            return
        if isinstance(text, int):
            faults.add(where, f"{text} bytes", f"at most {limits.member_bytes_max} bytes", "too_large")
            continue
        try:
            one = decoded(text, _INSTANCES)
        except DECODE_ERRORS as error:
            faults.extend([why(error, where)])
            continue
        evaluation = one.evaluation_result_id or one.evaluation_name
        key = f"{evaluation}/{one.sample_id}" if several else str(one.sample_id)
        if key in seen:
            faults.add(where, key, f"one sample of that id: line {seen[key]} has another", "duplicate")
            continue
        if one.evaluation_id and one.evaluation_id != record.evaluation_id:
            faults.add(f"{where}, evaluation_id", one.evaluation_id, record.evaluation_id, "foreign")
        seen[key] = line
        traits = {"evaluation_result_id": one.evaluation_result_id, "evaluation_name": one.evaluation_name}
        yield _sample(key, f"{SCORE}, {evaluation}" if several else SCORE, one, text, traits)


def _sample(key: str, score: str, one: _Instance, text: bytes, traits: Mapping[str, str]) -> Sample:
    scores, asked = {score: number(one.evaluation.score)}, one.input or _Input()
    given = asked.formatted or asked.raw
    return Sample(
        key,
        1,
        scores,
        hashlib.sha256(text).digest(),
        traits,
        one.error or "",
        given=digest_of([given, asked.choices]) if given else b"",
        target=digest_of(asked.reference) if asked.reference is not None else b"",
    )


def sample_in(text: bytes, told: Sample) -> Sample:
    """The sample on a line of such a file, under the names under which it was `told`: its id, or that with the result
    that it is of. Raises `DECODE_ERRORS`."""
    one = decoded(text, _INSTANCES)
    key = str(one.sample_id)
    key = told.id if told.id == f"{one.evaluation_result_id or one.evaluation_name}/{key}" else key
    return _sample(key, next(iter(told.scores), SCORE), one, text, {})


def _of(result: _Result, samples: list[Sample]) -> tuple[str, str]:
    """The trait by which the samples of a result are told: its id where some sample names it, else its name."""
    for one in samples:
        if result.evaluation_result_id and one.traits["evaluation_result_id"] == result.evaluation_result_id:
            return "evaluation_result_id", result.evaluation_result_id
    return "evaluation_name", result.evaluation_name


def _totals(record: _Record, samples: list[Sample]) -> Iterator[Total]:
    told = record.detailed_evaluation_results
    if told is not None and told.total_rows is not None:
        yield Total("detailed_evaluation_results.total_rows", told.total_rows, len(samples))
    for place, result in enumerate(record.evaluation_results):
        uncertainty = result.score_details.uncertainty
        if uncertainty is not None and uncertainty.num_samples is not None:
            trait, name = _of(result, samples)
            counted = sum(one.traits[trait] == name for one in samples)
            where = f"evaluation_results.{place}.score_details.uncertainty.num_samples"
            yield Total(where, uncertainty.num_samples, counted)


def _reported(result: _Result, samples: list[Sample], faults: FaultCollector) -> Iterator[Reported]:
    """The score of a result and what is said of its uncertainty."""
    metric, details = result.metric_config, result.score_details
    kind = (metric.metric_kind or metric.metric_id).rpartition(".")[2].lower()
    group = _of(result, samples)
    scale: Mapping[str, Any] = {"rounds": True, **({"times": PERCENT} if _in_percent(metric, samples) else {})}
    beyond = "" if kind in _MEANS else f"a metric of its own: {kind}"
    under = {name for one in samples if one.traits[group[0]] == group[1] for name in one.scores} or {SCORE}
    if len(under) > 1:
        beyond = "samples of several results under that name"
    told: list[tuple[str, Any, str, Mapping[str, Any], str]] = [("score", details.score, "mean", scale, beyond)]
    if spread := details.uncertainty:
        if spread.standard_error is not None:
            resampled = "bootstrap" in spread.standard_error.method.lower()
            drawn = {**scale, **({"num_samples": spread.num_bootstrap_samples or 1000} if resampled else {})}
            name = "bootstrap_stderr" if resampled else "stderr"
            told.append(("standard_error", spread.standard_error.value, name, drawn, beyond))
        if spread.standard_deviation is not None:
            told.append(("standard_deviation", spread.standard_deviation, "std", scale, beyond))
        if spread.confidence_interval is not None:
            how = spread.confidence_interval.method or "a method that is not said"
            for bound in ("lower", "upper"):
                value = getattr(spread.confidence_interval, bound)
                told.append((f"confidence_interval.{bound}", value, "ci", {}, f"an interval by {how}"))
    for name, value, what, options, why_not in told:
        found = as_float(value, f"{result.key()}, {name}", faults)
        if found is not None:
            yield Reported(f"{result.key()}, {name}", found, min(under), what, "", None, options, group, why_not)


def _in_percent(metric: _Metric, samples: list[Sample]) -> bool:
    """Whether a score is in hundredths while its samples are from 0 to 1."""
    if metric.metric_unit.lower() not in ("percent", "percentage", "%") and metric.max_score != PERCENT:
        return False
    values = [score for one in samples for score in one.scores.values()]
    return all(not isinstance(one, int | float) or not one > 1 for one in values)
