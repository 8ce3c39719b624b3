"""EleutherAI's harness: `results_*.json`, and beside it a `samples_<task>_*.jsonl` for each task where it kept them.

Source: EleutherAI/lm-evaluation-harness 0.4, `lm_eval/loggers/evaluation_tracker.py` and `lm_eval/api/metrics.py`. A
line is one document under one filter; its scores are the fields that the results name as metrics. The lines of a
document are one sample, whose text they are together in the order of the file: it was asked once, and each filter read
the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from mmap import mmap
from typing import Any

import msgspec

from commonweal.kernel.values import BadInput, FaultCollector

from .decoding import DECODE_ERRORS, as_float, decoded, digest_of, lines, number, why
from .limits import Limits
from .log import Log, Reported, Sample, Score, Total, check_reported, check_totals

RESULTS, SAMPLES = "results_", "samples_"
STDERR, NONE = "_stderr", "none"
NOT_SAID = "N/A"


class _Count(msgspec.Struct):
    effective: int
    original: int = 0


class _Results(msgspec.Struct):
    results: dict[str, dict[str, Any]]
    group_subtasks: dict[str, list[str]] = {}
    configs: dict[str, dict[str, Any]] = {}
    config: dict[str, Any] = {}
    versions: dict[str, Any] = {}
    n_samples: dict[str, _Count] = msgspec.field(name="n-samples", default_factory=dict)
    n_shot: dict[str, Any] = msgspec.field(name="n-shot", default_factory=dict)
    model_name: str | None = None
    model_source: str | None = None
    date: float | None = None
    git_hash: str | None = None
    lm_eval_version: str | None = None
    start_time: float | None = None

    def filters(self, task: str) -> set[str]:
        """The filters of a task, as its configuration names them; without one there they are those of its results.

        A task whose configuration names none has one, which is called `none`.
        """
        if task not in self.configs:
            return {kept for metric, comma, kept in (key.partition(",") for key in self.results[task]) if comma}
        told = self.configs[task].get("filter_list")
        return {str(one["name"]) for one in told or () if isinstance(one, dict) and "name" in one} or {NONE}

    def aggregations(self, group: str) -> list[dict[str, Any]]:
        """How a group of tasks is taken together, as its configuration says."""
        told = self.configs.get(group, {}).get("aggregate_metric_list") or []
        return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


_RESULTS, _LINES = msgspec.json.Decoder(_Results), msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder()


def names_beside(data: bytes, name: str) -> dict[str, str]:
    """For each task the name that the file of its samples has. Raises `BadInput`."""
    when = (
        name.removeprefix(RESULTS).removesuffix(".json") if name.startswith(RESULTS) else name.rpartition("_")[2][:-5]
    )
    tasks = [task for task in _results(data, name).results if task.isprintable() and not set(task) & set("/\\")]
    return {task: f"{SAMPLES}{task}_{when}.jsonl" for task in tasks}


def read(data: bytes, name: str, limits: Limits, samples: Mapping[str, mmap | bytes]) -> Log:
    """The log in a file of results and the samples of its tasks. Raises `BadInput` naming every fault."""
    results, faults = _results(data, name), FaultCollector(name)
    check_reported(sum(len(_metric_names(task, results)) for task in results.results), limits, name)
    groups = _Groups(results.group_subtasks, limits, faults)
    taken: list[Sample] = []
    for task, lines_ in samples.items():
        taken += _samples(lines_, task, results, faults, limits)
    totals = list(_totals(results, samples, taken))
    check_totals(totals, faults)
    reported = [
        one
        for task in results.results
        for one in _reported(task, groups, results, samples, faults)
    ]  # fmt: skip
    faults.done()
    return Log(
        format="lm_eval",
        written_by=f"lm_eval {results.lm_eval_version or results.git_hash or '(unknown)'}",
        run=name.removesuffix(".json"),
        task=", ".join(task for task in results.results if task in results.configs) or ", ".join(results.results),
        model=results.model_name or str(results.config.get("model_args", "")) or str(results.config.get("model", "")),
        status="success",
        began=str(results.date) if results.date is not None else "",
        samples=taken,
        reported=reported,
        totals=totals,
        settings={
            "config": results.config,
            "versions": results.versions,
            "n_shot": results.n_shot,
            "source": results.model_source,
        },
    )


def _results(data: bytes, name: str) -> _Results:
    try:
        return decoded(data, _RESULTS)
    except DECODE_ERRORS as error:
        raise BadInput(why(error, "(whole)"), name) from error


def _metric_names(task: str, results: _Results) -> dict[str, tuple[str, str]]:
    """The metrics of a task, each as it is named, with its own name and filter; what is no metric is left out."""
    found = {}
    for key, value in results.results[task].items():
        metric, comma, kept = key.partition(",")
        if comma and value != NOT_SAID:
            found[key] = metric, kept
    return found


class _Document:
    """A document as its lines come, one for each filter."""

    __slots__ = ("_given", "_target", "_text", "lines", "scores")

    def __init__(self, scores: Mapping[str, Score]) -> None:
        self.scores, self.lines = dict(scores), dict[str, int]()
        self._text, self._given, self._target = sha256(), b"", b""

    def take(self, fields: Mapping[str, msgspec.Raw], text: bytes, line: int) -> str:
        """What a line says under its filter; the filter where a line was one of it before. Raises `DECODE_ERRORS`."""

        def of(name: str) -> Any:
            return decoded(bytes(fields[name]), _ANY) if name in fields else None

        kept = str(of("filter") or NONE)
        if kept in self.lines:
            return kept
        for name in self.scores:
            metric, _, by = name.rpartition(",")
            if by == kept and metric in fields:
                self.scores[name] = number(of(metric))
        asked, target = of("arguments") or of("doc"), of("target")
        self._given = self._given or (digest_of(asked) if asked else b"")
        self._target = self._target or (digest_of(target) if target is not None else b"")
        self._text.update(b"\n" + text if self.lines else text)
        self.lines[kept] = line
        return ""

    def digest(self) -> bytes:
        """The SHA-256 of its lines so far, as `text_of` gives them."""
        return self._text.digest()

    def sample(self, key: str, traits: Mapping[str, str]) -> Sample:
        return Sample(key, 1, self.scores, self.digest(), traits, given=self._given, target=self._target)


def _samples(
    data: mmap | bytes, task: str, results: _Results, faults: FaultCollector, limits: Limits
) -> Iterator[Sample]:
    """A sample a document, with each metric of its task; one that no line of it has a value for is not scored."""
    wanted = {name: None for name, (metric, _) in _metric_names(task, results).items() if not metric.endswith(STDERR)}
    found: dict[str, _Document] = {}
    filters = results.filters(task)
    for line, text in lines(data, limits.member_bytes_max):
        where = f"{task}, line {line}"
        if faults.count >= limits.faults_max or len(found) >= limits.samples_max:
            faults.add("(further lines)", f"from {where}", f"at most {limits.samples_max}, mend these first", "more")
            break
        if isinstance(text, int):
            faults.add(where, f"{text} bytes", f"at most {limits.member_bytes_max} bytes", "too_large")
            continue
        try:
            fields = decoded(text, _LINES)
            kept = str(decoded(bytes(fields["filter"]), _ANY) or NONE) if "filter" in fields else NONE
            if kept not in filters:
                faults.add(f"{where}, filter", kept, _filters_of(task, filters), "filter")
                continue
            key = f"{task}/{decoded(bytes(fields['doc_id']), _ANY)}"
            document = found.setdefault(key, _Document(wanted))
            again = document.take(fields, text, line)
        except KeyError as error:
            faults.add(where, "(absent)", f"a field {error}", "missing")
            continue
        except DECODE_ERRORS as error:
            faults.extend([why(error, where)])
            continue
        if again:
            seen, want = f"{key} ({again})", f"one line of that document and filter: line {document.lines[again]} is"
            faults.add(where, seen, f"{want} another", "duplicate")
    for key, document in found.items():
        yield document.sample(key, {"task": task})


def _filters_of(task: str, filters: set[str]) -> str:
    return f"a filter of {task}, which would else read its samples twice: {', '.join(sorted(filters))}"


def text_of(data: mmap, digest: bytes, limits: Limits) -> bytes | None:
    """The lines of that document of a file whose SHA-256 together is this; None where there is none."""
    found: dict[bytes, _Document] = {}
    for line, text in lines(data, limits.member_bytes_max):
        if (named := _named(text)) is not None:
            found.setdefault(named[0], _Document({})).take(named[1], bytes(text), line)
    wanted = next((one for one, document in found.items() if document.digest() == digest), None)
    if wanted is None:
        return None
    texts = (text for _, text in lines(data, limits.member_bytes_max) if (_named(text) or ("",))[0] == wanted)
    return b"\n".join(bytes(one) for one in texts)


def _named(text: bytes | int) -> tuple[bytes, dict[str, msgspec.Raw]] | None:
    """The document that a line is of, with its fields; None where it is no such line."""
    try:
        fields = decoded(text, _LINES) if isinstance(text, bytes) else {}
    except DECODE_ERRORS:
        return None
    return (bytes(fields["doc_id"]), fields) if "doc_id" in fields else None


def sample_in(text: bytes, told: Sample) -> Sample:
    """The document on these lines of such a file, under the scores that were `told` of it.

    Of which task it is, no line says. Runs that were recorded when a line was a sample name its filter too. Raises
    `DECODE_ERRORS`, `KeyError`, and `ValueError` for lines of several documents.
    """
    document, named = _Document(dict.fromkeys(told.scores)), set[str]()
    for line, one in enumerate(text.split(b"\n"), 1):
        fields: dict[str, msgspec.Raw] = decoded(one, _LINES)
        document.take(fields, one, line)
        named.add(str(decoded(bytes(fields["doc_id"]), _ANY)))
    if len(named) > 1:
        raise ValueError(f"lines of {len(named)} documents")
    key = named.pop()
    ends = (f"/{key}", *(f"/{key}/{kept}" for kept in document.lines if len(document.lines) == 1))
    return document.sample(told.id if told.id.endswith(ends) else key, {})


def _totals(results: _Results, have: Mapping[str, Any], samples: list[Sample]) -> Iterator[Total]:
    documents = Counter(one.traits["task"] for one in samples)
    for task, count in results.n_samples.items():
        if task in have:
            yield Total(f"n-samples.{task}.effective", count.effective, documents[task])


class _Groups:
    """Which tasks a group of tasks is made of, through the groups in it: each counts once, however it is reached."""

    def __init__(self, groups: Mapping[str, list[str]], limits: Limits, faults: FaultCollector) -> None:
        named = sum(len(within) for within in groups.values())
        if named > limits.grouped_max:
            faults.add("group_subtasks", f"{named} names", f"at most {limits.grouped_max}", "too_many")
            groups = {}
        self._within = {group: list(dict.fromkeys(within)) for group, within in groups.items()}
        self._name_circles(faults, limits.faults_max)

    def tasks(self, group: str) -> list[str]:
        """The tasks of a group in order; a task alone."""
        found, seen, left = list[str](), {group}, [group]
        while left:
            one = left.pop()
            within = self._within.get(one)
            if not within:
                found.append(one)
                continue
            new = [name for name in within if name not in seen]
            seen.update(new)
            left += reversed(new)
        return found

    def _name_circles(self, faults: FaultCollector, most: int) -> None:
        """A group that is within itself is none that can be taken together: each circle met is named, up to so many."""
        done, above = set[str](), faults.count
        for start in self._within:
            path, left = dict[str, None](), [iter([start])]
            while left and faults.count < above + most:
                if (one := next(left[-1], None)) is None:
                    left.pop()
                    if path:
                        done.add(path.popitem()[0])
                elif one in path:
                    circle = " > ".join([*list(path)[list(path).index(one) :][:20], one])
                    faults.add(f"group_subtasks.{one}", circle, "a group that is not within itself", "circle")
                elif one not in done:
                    path[one] = None
                    left.append(iter(self._within.get(one, ())))


def _reported(
    task: str, groups: _Groups, results: _Results, have: Mapping[str, Any], faults: FaultCollector
) -> Iterator[Reported]:
    """The metrics of a task, or of a group of tasks, whose documents are then taken together."""
    tasks = groups.tasks(task)
    lacking = [one for one in tasks if one not in have]
    filters = set[str]().union(*(results.filters(one) for one in tasks if one in results.results))
    for key, (metric, kept) in _metric_names(task, results).items():
        if filters and kept not in filters:
            faults.add(f"results.{task}.{key}", kept, _filters_of(task, filters), "filter")
            continue
        value = as_float(results.results[task][key], f"results.{task}.{key}", faults, f"a number, or {NOT_SAID}")
        if value is None:
            continue
        of = metric.removesuffix(STDERR)
        how = {_aggregation(one, of, results) for one in tasks}
        beyond = f"no samples of {', '.join(lacking)}" if lacking else ""
        if how - {"mean"}:
            beyond = f"aggregated by {', '.join(sorted(how))}"
        if any(one.get("weight_by_size") is False for one in results.aggregations(task)):
            beyond = "a mean of tasks, whatever their sizes"
        options = {"among": ("task", tasks)}
        name = "mean" if metric == of else "stderr" if tasks == [task] else "pooled_stderr"
        yield Reported(f"{task}, {key}", value, f"{of},{kept}", name, "", None, options, None, beyond)


def _aggregation(task: str, metric: str, results: _Results) -> str:
    """How a metric is made of its documents: the mean, unless the task's configuration names something else."""
    for one in results.configs.get(task, {}).get("metric_list") or []:
        if isinstance(one, dict) and one.get("metric") == metric and isinstance(one.get("aggregation"), str):
            return str(one["aggregation"])
    return "mean"
