"""garak's `report.jsonl`: attempts at probes, what each detector said of each answer, and counts of what passed.

Source: NVIDIA/garak, `garak/attempt.py`, `garak/evaluators/base.py` (0.9 to 0.15). A score from 0 to 1 at or above
the threshold of the run is a hit of the attack, so lower is better; garak counts what stayed below as passed.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from hashlib import sha256
from mmap import mmap
from typing import Any

import msgspec

from commonweal.kernel.values import FaultCollector

from .decoding import DECODE_ERRORS, as_float, decoded, digest_of, lines, number, why
from .limits import Limits
from .log import Log, Reported, Sample

SETUP, INIT, ATTEMPT, EVAL, COMPLETION = "start_run setup", "init", "attempt", "eval", "completion"
COMPLETE = 2
THRESHOLD = 0.5
HIT = "hit: "
"""Before the name of a detector, for whether its score is a hit."""
_COUNTS = {"passed": "below", "fails": "from", "nones": "none", "total_evaluated": "scored", "total": "scored",
           "total_processed": "any"}  # fmt: skip


class _Line(msgspec.Struct):
    entry_type: str
    uuid: str = ""
    seq: int = -1
    status: int | None = None
    probe_classname: str | None = None
    prompt: Any = None
    detector_results: dict[str, list[Any]] = {}
    probe: str = ""
    detector: str = ""
    passed: int | None = None
    fails: int | None = None
    nones: int | None = None
    total: int | None = None
    total_evaluated: int | None = None
    total_processed: int | None = None
    confidence_lower: Any = None
    confidence_upper: Any = None
    hit_at_k: dict[str, dict[str, Any]] = {}
    garak_version: str = ""
    start_time: str = ""
    end_time: str = ""
    run: str = ""


_LINES = msgspec.json.Decoder(_Line)
_SETUP = msgspec.json.Decoder(dict[str, Any])
_SETTINGS = ("target_type", "target_name", "model_type", "model_name", "probe_spec", "detector_spec", "generations",
             "eval_threshold", "seed", "probe_tags", "buff_spec")  # fmt: skip


def read(data: mmap | bytes, name: str, limits: Limits) -> Log:
    """The log in a report. Raises `BadInput` naming every fault."""
    reading = _Reading(FaultCollector(name))
    for line, text in lines(data, limits.member_bytes_max):
        if reading.faults.count >= limits.faults_max or len(reading.samples) >= limits.samples_max:
            want = f"at most {limits.samples_max} answers, and mend these first"
            reading.faults.add("(further lines)", f"from {line}", want, "more")
            break
        if isinstance(text, int):
            reading.faults.add(f"line {line}", f"{text} bytes", f"at most {limits.member_bytes_max} bytes", "too_large")
            continue
        try:
            one = decoded(text, _LINES)
            if one.entry_type == SETUP:
                reading.settings = decoded(text, _SETUP)
        except DECODE_ERRORS as error:
            reading.faults.extend([why(error, f"line {line}")])
            continue
        reading.take(line, one, text)
    log = reading.log(name)
    reading.faults.done()
    return log


def _answers(one: _Line, digest: bytes, threshold: float | None) -> Iterator[Sample]:
    """Each answer to an attempt as an epoch of it, with what every detector said, and whether that is a hit."""
    many = max((len(said) for said in one.detector_results.values()), default=0)
    given = digest_of(one.prompt) if one.prompt else b""
    for place in range(many):
        scores: dict[str, Any] = {}
        for detector, said in one.detector_results.items():
            score = number(said[place]) if place < len(said) else None
            scores[detector] = score
            if threshold is not None:  # where there is no score, whether it is a hit is missing as well
                scores[HIT + detector] = float(score >= threshold) if isinstance(score, int | float) else None
        yield Sample(one.uuid, place + 1, scores, digest, {"probe": one.probe_classname or ""}, given=given)


def sample_in(text: bytes, told: Sample) -> Sample:
    """The answer on a line of such a file; whether it is a hit depends on a threshold that stands elsewhere.

    Raises `DECODE_ERRORS`, and `ValueError` where the line has no such answer.
    """
    found = list(_answers(decoded(text, _LINES), sha256(text).digest(), None))
    if not 1 <= told.epoch <= len(found):
        raise ValueError(f"{len(found)} answers")
    return found[told.epoch - 1]


def is_derived(name: str, value: float | None, scores: Mapping[str, float], said: Container[str]) -> bool:
    """Whether a score may follow from those on the line of an answer: that one of them is a hit or is none, and neither
    where the line `said` nothing of that detector that is a number."""
    detector = name.removeprefix(HIT)
    if not name.startswith(HIT) or detector not in said:
        return False
    return value in (0.0, 1.0) if detector in scores else value is None


class _Reading:
    """A report as its lines come."""

    def __init__(self, faults: FaultCollector) -> None:
        self.faults = faults
        self.samples: list[Sample] = []
        self.settings: dict[str, Any] = {}
        self._evals: list[tuple[int, _Line]] = []
        self._threshold = THRESHOLD
        self._seen: dict[str, int] = {}
        self._began = _Line(INIT)
        self._ended: _Line | None = None

    def take(self, line: int, one: _Line, text: bytes) -> None:
        """One line; an attempt counts once it is complete, though garak writes it before as well."""
        if one.entry_type == ATTEMPT and one.status == COMPLETE:
            if one.uuid in self._seen:
                want = f"one complete attempt of that id: line {self._seen[one.uuid]} is another"
                self.faults.add(f"line {line}", one.uuid, want, "duplicate")
            else:
                self._seen[one.uuid] = line
                self.samples += _answers(one, sha256(text).digest(), self._threshold)
        elif one.entry_type == SETUP:
            told = self.settings.get("run.eval_threshold")
            said = (
                as_float(told, f"line {line}, eval_threshold", self.faults) if isinstance(told, int | float) else None
            )
            self._threshold = THRESHOLD if said is None else said
        elif one.entry_type == EVAL:
            self._evals.append((line, one))
        elif one.entry_type == INIT:
            self._began = one
        elif one.entry_type == COMPLETION:
            self._ended = one

    def log(self, name: str) -> Log:
        plugins = {
            key.rpartition(".")[2]: value
            for key, value in self.settings.items()
            if key.rpartition(".")[2] in _SETTINGS and value is not None
        }
        model = plugins.get("target_name") or plugins.get("model_name") or "(not said)"
        version = self._began.garak_version or self.settings.get("_config.version") or "(unknown)"
        return Log(
            format="garak",
            written_by=f"garak {version}",
            run=self._began.run or name,
            task=", ".join(dict.fromkeys(str(one.traits["probe"]) for one in self.samples)) or "(no attempt)",
            model=str(model),
            status="success" if self._ended else "started",
            began=self._began.start_time,
            samples=self.samples,
            reported=[one for line, said in self._evals for one in self._reported(f"line {line}", said)],
            settings=plugins,
            completed=self._ended.end_time if self._ended else "",
        )

    def _reported(self, where: str, line: _Line) -> Iterator[Reported]:
        detector = line.detector.removeprefix("detector.")
        name, group = f"{line.probe}, {detector}", ("probe", line.probe.removeprefix("probes."))
        for field, which in _COUNTS.items():
            count = getattr(line, field)
            if count is not None and (found := as_float(count, f"{where}, {field}", self.faults)) is not None:
                options = {"which": which, "line": self._threshold}
                yield Reported(f"{name}, {field}", found, detector, "answers", "", None, options, group)
        for k, said in line.hit_at_k.items():
            value = number(said.get("score"))
            if not isinstance(value, int | float) or not k.isdecimal():
                continue
            if (found := as_float(value, f"{where}, hit_at_k.{k}", self.faults)) is not None:
                yield Reported(f"{name}, hit@{k}", found, HIT + detector, "mean", f"pass_at_{k}", group=group)
        for field in ("confidence_lower", "confidence_upper"):
            value = number(getattr(line, field))
            if not isinstance(value, int | float):
                continue
            if (found := as_float(value, f"{where}, {field}", self.faults)) is not None:
                why_not = "an interval by random resamples, corrected for what detectors miss"
                yield Reported(f"{name}, {field}", found, detector, "ci", group=group, beyond=why_not)
