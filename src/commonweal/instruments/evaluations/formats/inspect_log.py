"""Inspect's logs: `.eval` (a zip with a member for each sample) and `.json`, of every version that is still met.

Source: UKGovernmentBEIS/inspect_ai, `log/_log.py` and `log/_recorders` (0.3.41 to 0.3.285, log version 1 and 2; samples
in one member or in chunks). Only what the reported numbers depend on is decoded; a transcript is hashed, not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from mmap import mmap
from typing import Annotated, Any, NamedTuple

import msgspec

from commonweal.kernel.values import BadInput, Fault, FaultCollector, shown

from ..clocks import ends_first
from .archive import Archive, Member
from .decoding import DECODE_ERRORS, as_float, decoded, digest_of, number, why, with_constants, without_constants
from .limits import SUMMED_UP, UNHASHED, WHOLE, How, Limits
from .log import Log, Reported, Sample, Total, check_reported, check_totals

HEADER, START, SAMPLES, SUMMARIES = "header.json", "_journal/start.json", "samples/", "summaries.json"
SHELL, METADATA = "/sample.json", "/metadata.json"
RESAMPLES_MAX = 1_000_000_000
UNNAMED = "88F74D2C"
"""What Inspect calls the score of a sample from before scores had names."""
MEAN = "mean"
NO_TRAITS: Mapping[str, Any] = {}
VERSIONS = 1, 2
_STATUSES = ("success", "error", "cancelled", "started")
_ONE_NUMBER = frozenset(["accuracy", "mean", "std", "var", "stderr", "bootstrap_stderr"])
_OF_GROUPS = "grouped"
_INTERVALS = frozenset(["ci", "ci_wilson"])


class _Provenance(msgspec.Struct, gc=False):
    author: str | None = None
    reason: str | None = None


class _Edit(msgspec.Struct, gc=False):
    provenance: _Provenance | None = None


class _Score(msgspec.Struct, gc=False):
    value: Any = None
    history: tuple[_Edit, ...] = ()


class _Turn(msgspec.Struct, gc=False):
    """A message as the model was given it; what Inspect numbers it with differs each time."""

    role: str = ""
    content: Any = None


class _Error(msgspec.Struct, gc=False):
    message: str = ""


class _Dataset(msgspec.Struct):
    name: str | None = None
    location: str | None = None
    samples: int | None = None
    sample_ids: list[int | str] | None = None


class _Spec(msgspec.Struct):
    task: str
    model: str
    created: str = ""
    run_id: str = ""
    eval_id: str = ""
    task_id: str = ""
    task_version: int | str = 0
    dataset: _Dataset = msgspec.field(default_factory=_Dataset)
    config: dict[str, Any] = {}
    packages: dict[str, str] = {}
    revision: dict[str, Any] | None = None
    solver: str | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    task_args: dict[str, Any] = {}
    model_generate_config: dict[str, Any] = {}
    model_args: dict[str, Any] = {}


class _Metric(msgspec.Struct):
    value: Any
    name: str = ""
    group: str | None = None
    params: dict[str, Any] = {}
    options: dict[str, Any] = {}

    def settings(self) -> dict[str, Any]:
        return self.params or self.options


class _Result(msgspec.Struct):
    name: str
    scorer: str = ""
    reducer: str | None = None
    scored_samples: int | None = None
    unscored_samples: int | None = None
    metrics: dict[str, _Metric] = {}


class _Results(msgspec.Struct):
    total_samples: int | None = None
    completed_samples: int | None = None
    scores: list[_Result] = []
    scorer: _Result | None = None
    metrics: dict[str, _Metric] = {}

    def results(self) -> list[_Result]:
        """The results of each score; of a log from before there could be several, the one."""
        if self.scorer is None or self.scores:
            return self.scores
        return [msgspec.structs.replace(self.scorer, metrics=self.metrics or self.scorer.metrics)]


class _Step(msgspec.Struct):
    solver: str = ""
    params: dict[str, Any] = {}


class _Plan(msgspec.Struct):
    steps: list[_Step] = []
    config: dict[str, Any] = {}


class _Stats(msgspec.Struct):
    started_at: str | None = None
    completed_at: str | None = None


class _Header(msgspec.Struct):
    eval: _Spec
    version: int = 1
    status: str = "started"
    plan: _Plan = msgspec.field(default_factory=_Plan)
    results: _Results | None = None
    stats: _Stats | None = None
    error: _Error | None = None
    invalidated: bool = False


class _Document(_Header):
    samples: list[msgspec.Raw] | None = None


_HEADERS = msgspec.json.Decoder(_Header)
_DOCUMENTS = msgspec.json.Decoder(_Document)


def read_eval(data: mmap | bytes, name: str, limits: Limits, how: How = WHOLE) -> Log:
    """The log in a `.eval` file. Raises `BadInput` naming every fault."""
    summaries = how is SUMMED_UP
    archive = Archive(data, name, limits, _is_told if summaries else _is_needed)
    try:
        members = {one.name: one for one in archive.members}
        header = _header_of(archive, members, name)
        reading = _Reading(header, name, limits)
        if summaries:
            reading.take_summaries(archive.unpacked(members[SUMMARIES]) if SUMMARIES in members else None)
            return reading.log()
        for digest, shell, metadata in _packed_samples(archive, members, reading.faults, limits, how is not UNHASHED):
            reading.take(shell, digest, metadata)
        return reading.log(len(archive.members) - len(members))
    finally:
        archive.close()


def read_json(data: bytes, name: str, limits: Limits) -> Log:
    """The log in a `.json` file. Raises `BadInput` naming every fault."""
    document, constants = _document_of(data, name)
    reading = _Reading(document, name, limits)
    for place, raw in enumerate(document.samples or [], 1):
        if len(raw) > limits.member_bytes_max:
            want = f"at most {limits.member_bytes_max} bytes"
            reading.faults.add(f"sample {place}", f"{len(raw)} bytes", want, "too_large")
            continue
        text = bytes(raw)
        reading.take((f"sample {place}", text), sha256(with_constants(text) if constants else text).digest(), None)
    return reading.log()


def texts_of_eval(data: mmap | bytes, name: str, limits: Limits) -> Iterator[bytes]:
    """What a `.eval` holds of each sample; of one in chunks, the list of its members. Raises `BadInput`."""
    archive = Archive(data, name, limits, _is_needed)
    try:
        members = {one.name: one for one in archive.members}
        for shell in archive.members:
            if shell.name.startswith(SAMPLES) and shell.name.endswith(".json"):
                if shell.name.count("/") == 1 or not (prefix := _prefix_of(shell.name, members)):
                    yield archive.unpacked(shell)
                elif shell.name == prefix + SHELL:
                    parts = [one for one in archive.members if one.name.startswith(prefix + "/")]
                    yield _contents(archive, parts)
    finally:
        archive.close()


def texts_of_json(data: bytes, name: str) -> Iterator[bytes]:
    """What a `.json` log holds of each sample, byte for byte. Raises `BadInput`."""
    document, constants = _document_of(data, name)
    for raw in document.samples or []:
        yield with_constants(bytes(raw)) if constants else bytes(raw)


def _document_of(whole: bytes, name: str) -> tuple[_Document, bool]:
    """A log in one JSON value, and whether constants that JSON lacks had to be written otherwise."""
    try:
        return _DOCUMENTS.decode(whole), False
    except DECODE_ERRORS as error:
        plain = b"" if isinstance(error, msgspec.ValidationError) else without_constants(whole)
        if not plain or plain == whole:
            raise BadInput(why(error, "(whole)"), name) from error
    try:
        return _DOCUMENTS.decode(plain), True
    except DECODE_ERRORS as error:
        raise BadInput(why(error, "(whole)"), name) from error


def _is_needed(name: str) -> bool:
    return name.startswith(SAMPLES) or name in (HEADER, START)


def _is_told(name: str) -> bool:
    return name in (HEADER, START, SUMMARIES)


def _header_of(archive: Archive, members: Mapping[str, Member], name: str) -> _Header:
    """What the log says of itself; of a run that never ended, what it said when it began."""
    member = members.get(HEADER) or members.get(START)
    if member is None:
        raise BadInput(Fault(HEADER, "(absent)", f"{HEADER}, or {START} of a run that did not end", "missing"), name)
    try:
        return decoded(archive.unpacked(member), _HEADERS)
    except DECODE_ERRORS as error:
        raise BadInput(why(error, member.name), name) from error


_Text = tuple[str, bytes]


def _packed_samples(
    archive: Archive, members: Mapping[str, Member], faults: FaultCollector, limits: Limits, digests: bool
) -> Iterator[tuple[bytes, _Text, _Text | None]]:
    """Of each sample its digest, the member that says what it is, and its metadata where these lie apart.

    A sample in chunks is several members under one name. Its digest is that of their names and digests, in order.
    """
    chunked: dict[str, list[Member]] = {}
    for one in archive.members:
        if not one.name.startswith(SAMPLES) or not one.name.endswith(".json"):
            continue
        if one.name.count("/") > 1 and (prefix := _prefix_of(one.name, members)):
            chunked.setdefault(prefix, []).append(one)
            continue
        if faults.count >= limits.faults_max:
            return
        try:
            text = archive.unpacked(one)
        except BadInput as error:
            faults.extend(error.faults)
            continue
        yield sha256(text).digest() if digests else b"", (one.name, text), None
    for prefix, parts in chunked.items():
        try:
            yield _chunked(archive, prefix, parts)
        except BadInput as error:
            faults.extend(error.faults)


def _prefix_of(name: str, members: Mapping[str, Member]) -> str:
    """The prefix of a member of a sample in chunks: an id may hold a slash itself, so its shell must be there."""
    at = name.find("/", len(SAMPLES))
    while at > 0:
        if name[:at] + SHELL in members:
            return name[:at]
        at = name.find("/", at + 1)
    return ""


def _chunked(archive: Archive, prefix: str, parts: Iterable[Member]) -> tuple[bytes, _Text, _Text | None]:
    parts = list(parts)
    kept = {one.name: archive.unpacked(one) for one in parts if one.name in (prefix + SHELL, prefix + METADATA)}
    metadata = kept.get(prefix + METADATA)
    shell = prefix + SHELL, kept[prefix + SHELL]
    digest = sha256(_contents(archive, parts)).digest()
    return digest, shell, (prefix + METADATA, metadata) if metadata is not None else None


def _contents(archive: Archive, parts: Iterable[Member]) -> bytes:
    """The members of a sample in chunks with the SHA-256 of each, a line each in order of name."""
    lines_ = [f"{one.name}\t{sha256(archive.unpacked(one)).hexdigest()}\n" for one in parts]
    return "".join(sorted(lines_)).encode()


class _Reading:
    """Samples as they come, and in the end the log that they make with what its header says."""

    def __init__(self, header: _Header, name: str, limits: Limits) -> None:
        self.faults = FaultCollector(name)
        self._header, self._limits = header, limits
        self._results = header.results.results() if header.results else []
        check_reported(sum(max(1, len(one.metrics)) for one in self._results), limits, name)
        self._traits = _traits_in(self._results)
        self._struct = _fields_struct(self._traits)
        self._metadata = msgspec.json.Decoder(self._struct)
        self._decoder = msgspec.json.Decoder(_sample_struct(self._struct))
        self._unnamed = self._results[0].scorer or self._results[0].name if len(self._results) == 1 else UNNAMED
        self._reducer = "" if header.eval.config.get("epochs_reducer") == [] else MEAN
        self._samples: list[Sample] = []
        self._seen: dict[tuple[str, int], str] = {}

    def take(self, text: _Text, digest: bytes, metadata: _Text | None) -> None:
        """Decode one sample."""
        where, data = text
        if len(self._samples) >= self._limits.samples_max or self.faults.count >= self._limits.faults_max:
            self._too_many(where)
            return
        try:
            one = decoded(data, self._decoder)
            traits = one.metadata if metadata is None else decoded(metadata[1], self._metadata)
        except DECODE_ERRORS as error:
            self.faults.extend([why(error, where)])
            return
        key = str(one.id), one.epoch
        if key in self._seen:
            want = f"one sample of that id and epoch: {self._seen[key]} is another"
            self.faults.add(where, f"{key[0]}, epoch {key[1]}", want, "duplicate")
            return
        self._seen[key] = where
        known = _said_of(self._traits, traits)
        self._samples.append(_sample_of(one, self._unnamed, digest, known, _told_by(one)))

    def take_summaries(self, data: bytes | None) -> None:
        """Decode what the log says of its samples, all at once."""
        if data is None:
            self.faults.add(SUMMARIES, "(absent)", "what the log says of its samples: read the whole of it", "missing")
            return
        summaries: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[_summary_struct(self._struct)])  # type: ignore[misc]
        try:
            found = decoded(data, summaries)
        except DECODE_ERRORS as error:
            self.faults.extend([why(error, SUMMARIES)])
            return
        for one in found:
            told = one.error or "", b"", b""
            self._samples.append(_sample_of(one, self._unnamed, b"", _said_of(self._traits, one.metadata), told))

    def _too_many(self, where: str) -> None:
        if self.faults.found and self.faults.found[-1].code == "more":
            return
        many = len(self._samples) >= self._limits.samples_max
        want = f"at most {self._limits.samples_max} samples" if many else "mend these first"
        self.faults.add("(further samples)", f"from {where}", want, "more")

    def log(self, same_names: int = 0) -> Log:
        """The whole log. Raises `BadInput` naming every fault of its header and samples."""
        header = self._header
        if same_names:
            self.faults.add("(directory)", f"{same_names} names twice", "each name once", "duplicate")
        if header.version not in VERSIONS:
            want = f"a version of the log that is read here: {', '.join(map(str, VERSIONS))}"
            self.faults.add("version", header.version, want, "version")
        if header.status not in _STATUSES:
            self.faults.add("status", header.status, "one of " + ", ".join(_STATUSES), "status")
        reported = list(self._reported())
        totals = tuple(self._totals()) if self._samples else ()
        if header.status == "success":
            check_totals(totals, self.faults)
        began, ended = ((header.stats and getattr(header.stats, name)) or "" for name in ("started_at", "completed_at"))
        if ends_first(ended, began):
            self.faults.add("stats.completed_at", ended, f"not before stats.started_at, {began}", "order")
        self.faults.done()
        spec = header.eval
        return Log(
            format="inspect",
            written_by=f"inspect_ai {spec.packages.get('inspect_ai', '(unknown)')}, log version {header.version}",
            run=spec.eval_id or spec.run_id or spec.task_id,
            task=spec.task,
            model=spec.model,
            status=header.status,
            began=spec.created,
            samples=self._samples,
            reported=reported,
            totals=totals,
            settings=self._settings(),
            completed=ended,
            data_set=self._items_there_are,
            epochs=self._epochs,
            part_taken=any(spec.config.get(one) is not None for one in ("limit", "sample_id")),
        )

    def _settings(self) -> dict[str, Any]:
        spec, header = self._header.eval, self._header
        told = {
            "dataset": msgspec.to_builtins(spec.dataset),
            "task_version": spec.task_version,
            "task_args": spec.task_args,
            "config": spec.config,
            "generation": spec.model_generate_config | header.plan.config,
            "solvers": [one.solver for one in header.plan.steps] or ([spec.solver] if spec.solver else []),
            "revision": spec.revision,
            "metadata": spec.metadata,
            "tags": spec.tags,
            "packages": spec.packages,
            "error": header.error.message if header.error else None,
        }
        return {name: value for name, value in told.items() if value not in (None, {}, [])}

    def _totals(self) -> Iterator[Total]:
        """Counts of the header that can be counted again.

        `total_samples` is what was planned: there are no more samples than that, and no more were planned than the data
        set has, for each epoch. The counts of scored and unscored samples of a score must add up to its items.
        """
        results, samples = self._header.results, self._samples
        if results is None:
            return
        if results.total_samples is not None and len(samples) > results.total_samples:
            yield Total("results.total_samples", results.total_samples, len(samples))
        elif results.total_samples is not None and self._most is not None and results.total_samples > self._most:
            yield Total("results.total_samples", results.total_samples, self._most)
        done = results.completed_samples
        most, least = len(samples), sum(not one.error for one in samples)
        if done is not None and not least <= done <= most:
            yield Total("results.completed_samples", done, least)
        items: dict[str, int] = {}
        for number_, one in enumerate(self._results):
            if one.scored_samples is None:
                continue
            name = one.scorer or one.name
            if name not in items:
                items[name] = len({sample.id for sample in samples if name in sample.scores})
            told = one.scored_samples + (one.unscored_samples or 0)
            reduced = one.reducer is not None or told <= items[name]
            counted = items[name] if reduced else sum(name in sample.scores for sample in samples)
            yield Total(f"results.scores.{number_}.scored_samples", told, counted)

    @property
    def _most(self) -> int | None:
        """How many samples can have been planned: those of the data set in each epoch, and no fewer than there are."""
        size, each = self._items_there_are, max([self._epochs, *(one.epoch for one in self._samples)])
        return max(size * each, len(self._samples)) if size else None

    @property
    def _items_there_are(self) -> int | None:
        """How many items the data set has; None where the log does not say."""
        told = self._header.eval.dataset
        sizes = [one for one in (told.samples, len(told.sample_ids or ())) if one]
        return max(sizes) if sizes else None

    @property
    def _epochs(self) -> int:
        """How often each item is to be tried, as the log says."""
        told = self._header.eval.config.get("epochs")
        return told if isinstance(told, int) else 1

    def _reported(self) -> Iterator[Reported]:
        several = len(self._results) > 1
        for one in self._results:
            scorer = one.scorer or one.name
            part = one.name if one.name != scorer else None
            for key, metric in one.metrics.items():
                where = ".".join([scorer, *([part] if part else []), *([one.reducer] if one.reducer else []), key])
                value = as_float(metric.value, f"results.{where}", self.faults)
                if value is None:
                    continue
                named = where if several else key
                over = _Over(named, value, scorer, one.reducer or self._reducer, part)
                try:
                    yield _one_reported(over, key, metric)
                except BadInput as error:
                    self.faults.extend(replace(fault, where=f"results.{where}.{fault.where}") for fault in error.faults)


def _said_of(traits: Mapping[str, str], found: Any) -> Mapping[str, Any]:
    """What the metadata of a sample say under these keys, each with the name of its field."""
    if not traits:
        return NO_TRAITS
    values = {key: getattr(found, field, None) for key, field in traits.items()}
    return {key: value for key, value in values.items() if value is not None}


_Told = tuple[str, bytes, bytes]
"""Of a sample its error, and the SHA-256 of what the model was given and of what was right."""


def _sample_of(one: Any, unnamed: str, digest: bytes, traits: Mapping[str, Any], told: _Told) -> Sample:
    """A decoded sample, or summary of one, as what is known of it here."""
    scores: dict[str, _Score] = one.scores or ({unnamed: one.score} if one.score else {})
    values: dict[str, Any] = {}
    edited: tuple[str, ...] = ()
    for name, score in scores.items():
        values[name] = number(score.value)
        if score.history:
            edited += (name,)
    invalidated = _invalidation(one.invalidation) if one.invalidation else ""
    return Sample(str(one.id), one.epoch, values, digest, traits, told[0], invalidated, edited, told[1], told[2])


def _told_by(one: Any) -> _Told:
    """What a whole sample tells beside its scores; the model was given its surroundings too."""
    asked = one.input
    if isinstance(asked, list):
        asked = [[turn.role, _plain(turn.content)] for turn in asked]
    given = digest_of([asked, one.choices, one.files, one.setup, one.sandbox]) if asked is not None else b""
    error = one.error.message or "error" if one.error else ""
    if isinstance(one.target, str):
        return error, given, _digest_of_text(one.target)
    return error, given, digest_of(one.target) if one.target is not None else b""


_digest_of_text = lru_cache(maxsize=1024)(digest_of)
"""Of many samples the target is one of a few letters."""


def _plain(content: Any) -> Any:
    """The content of a message without what Inspect or a provider keeps of it for itself."""
    if not isinstance(content, list):
        return content
    return [{key: value for key, value in part.items() if key not in ("id", "internal")} if isinstance(part, dict)
            else part for part in content]  # fmt: skip


def sample_in(text: bytes, told: Sample) -> Sample:
    """The sample that a member, or an element of a `.json` log, holds. Raises `DECODE_ERRORS`.

    Of a sample in chunks the text is the list of its members, which says nothing else: that raises `ValueError`. A
    score that has no name of its own goes by the one that was `told`.
    """
    if text.startswith(SAMPLES.encode()):
        raise ValueError("it lies in several parts, of which this is the list")
    fields = {name: f"trait_{place}" for place, name in enumerate(told.traits)}
    one = decoded(text, msgspec.json.Decoder(_sample_struct(_fields_struct(fields))) if fields else _SAMPLES)
    unnamed = next(iter(told.scores), UNNAMED)
    return _sample_of(one, unnamed, sha256(text).digest(), _said_of(fields, one.metadata), _told_by(one))


class _Over(NamedTuple):
    """A reported number, and over which scores it is."""

    name: str
    value: float
    score: str
    reducer: str
    part: str | None

    def of(
        self, metric: str, options: Mapping[str, Any], beyond: str = "", group: tuple[str, str] | None = None
    ) -> Reported:
        """It as a metric of these."""
        return Reported(self.name, self.value, self.score, metric, self.reducer, self.part, options, group, beyond)


def _options(settings: Any, where: str = "params") -> dict[str, Any]:
    """Those settings of Inspect's own metrics that a number depends on, and nothing else that stands there: a log does
    not say how it is worked out again. Raises `BadInput` naming every one that is none."""
    if not isinstance(settings, Mapping):
        raise BadInput(Fault(where, shown(settings), "names with their values", "fields"), where)
    found = {name: settings[name] for name in _SETTINGS if settings.get(name) is not None}
    wrong = [
        Fault(f"{where}.{name}", shown(value), want, "fields")
        for name, value in found.items()
        for fits, want in [_SETTINGS[name]]
        if not fits(value)
    ]
    if wrong:
        raise BadInput(wrong, where)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_SETTINGS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "cluster": (lambda value: isinstance(value, str), "the name of something that samples say of themselves"),
    "level": (lambda value: _is_number(value) and 0 < value < 1, "a level between 0 and 1"),
    "method": (lambda value: isinstance(value, str), "the name of a method"),
    "num_samples": (
        lambda value: _is_number(value) and value == int(value) and 1 <= value <= RESAMPLES_MAX,
        f"a whole number of resamples from 1 to {RESAMPLES_MAX}",
    ),
}


def _one_reported(over: _Over, key: str, metric: _Metric) -> Reported:
    """One number of a header as a metric over scores. Raises `BadInput` for settings that cannot be."""
    kind = (metric.group or metric.name or key).rpartition("/")[2]
    if kind == _OF_GROUPS:
        return _of_a_group(over, metric)
    if kind in _INTERVALS and metric.name in ("lower", "upper"):
        return over.of(kind, {**_options(metric.settings()), "bound": metric.name})
    if kind in _ONE_NUMBER:
        return over.of(kind, _options(metric.settings()))
    return over.of(kind, {}, f"a metric of its own: {kind}")


def _of_a_group(over: _Over, metric: _Metric) -> Reported:
    """A metric of the items of one group; or of all items, or of all groups, under the label that stands for these."""
    options = metric.settings()
    inner = options.get("metric")
    inner = inner if isinstance(inner, dict) else {}
    key, all_of = str(options.get("group_key", "")), options.get("all", "samples")
    kind = str(inner.get("name", "")).rpartition("/")[2]
    beyond = "" if kind in _ONE_NUMBER else f"a metric of its own: {kind or _OF_GROUPS}"
    within = {} if beyond else _options(inner.get("params") or {}, "params.metric.params")
    if options.get("name_template", "{group_name}") != "{group_name}":
        beyond = "groups under names of its own"
    if all_of and metric.name == options.get("all_label", "all"):
        return over.of(kind, within if all_of == "samples" else {**within, "of_groups": key}, beyond)
    return over.of(kind, within, beyond, (key, metric.name))


def _invalidation(found: _Provenance) -> str:
    """Why a sample was invalidated, in the words of who did so."""
    return found.reason or "invalidated"


# ── which fields of a sample are decoded ────────────────────────────────────────────────────────────────────────────


def _traits_in(results: Iterable[_Result]) -> dict[str, str]:
    """The keys of a sample's metadata that the reported numbers depend on, each with a name for its field."""
    keys: dict[str, None] = {}
    for one in results:
        for metric in one.metrics.values():
            for settings in (metric.settings(), metric.settings().get("metric")):
                if not isinstance(settings, dict):
                    continue
                within = settings.get("params") if isinstance(settings.get("params"), dict) else {}
                assert isinstance(within, dict)
                for value in (settings.get("cluster"), settings.get("group_key"), within.get("cluster")):
                    if isinstance(value, str):
                        keys[value] = None
    return {key: f"trait_{place}" for place, key in enumerate(keys)}


def _fields_struct(traits: Mapping[str, str]) -> type[msgspec.Struct]:
    """A struct with just these keys of the metadata: what is not named is passed over without being built."""
    fields: list[tuple[str, Any, Any]] = [(field, Any, None) for field in traits.values()]
    names = {field: key for key, field in traits.items()}
    rename: Callable[[str], str] = lambda field: names[field]  # noqa: E731
    return msgspec.defstruct("Traits", fields, rename=rename)


def _sample_struct(metadata: type[msgspec.Struct]) -> Any:
    more: list[tuple[str, Any, Any]] = [("error", _Error | None, None), ("input", str | list[_Turn] | None, None)]
    more += [(name, Any, None) for name in ("choices", "target", "files", "setup", "sandbox")]
    return msgspec.defstruct("EvalSample", [*_fields(metadata), *more], gc=False)


def _summary_struct(metadata: type[msgspec.Struct]) -> Any:
    return msgspec.defstruct("EvalSampleSummary", [*_fields(metadata), ("error", str | None, None)], gc=False)


def _fields(metadata: type[msgspec.Struct]) -> list[tuple[str, Any] | tuple[str, Any, Any]]:
    return [
        ("id", int | str),
        ("epoch", Annotated[int, msgspec.Meta(ge=1)]),
        ("scores", dict[str, _Score] | None, None),
        ("score", _Score | None, None),
        ("invalidation", _Provenance | None, None),
        ("metadata", metadata | None, None),
    ]


_SAMPLES = msgspec.json.Decoder(_sample_struct(_fields_struct({})))
