"""OTLP metrics as observations: what a point says, about whom, at which second; and what is rejected, by name.

Reads the JSON form of an ExportMetricsServiceRequest (opentelemetry-proto 1.x): 64-bit integers as texts or numbers,
enums as numbers, unknown keys passed over. Gauges, sums and the count and sum of histograms are taken; exponential
histograms and summaries are rejected by the metric's name.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.record.entries import Act
from commonweal.kernel.values import BadInput, Fault, digest, is_subject, shown

from ._batches import batch_act
from ._columns import Observation, day_of, series_name
from ._sources import OtlpSource

POINTS_MAX = 100_000
REASONS_SHOWN = 8
NO_RECORDED_VALUE = 1
NONE, DELTA, CUMULATIVE = 0, 1, 2
_TEMPORALITY = {
    "delta": DELTA,
    "cumulative": CUMULATIVE,
    "1": DELTA,
    "2": CUMULATIVE,
    "AGGREGATION_TEMPORALITY_DELTA": DELTA,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": CUMULATIVE,
}
_UNKEPT = {"exponentialHistogram": "exponential histograms are not read", "summary": "summaries are not read"}


Attributes = frozenset[tuple[str, str]]


@dataclass
class Gathered:
    """What was said of one series, subject and second: by each stream of points (its attributes), value by time.

    Streams that differ only in attributes which the source does not map are counted together where that has a meaning:
    sums and counts are added up. Of one stream, deltas are added up too; of totals and gauges the last counts.
    """

    metric: str
    unit: str
    temporality: int
    streams: dict[Attributes, dict[int, float]] = field(default_factory=dict)

    def value(self) -> float | None:
        """The value of the second; None for gauges of several streams, which cannot be added up."""
        if self.temporality == DELTA:
            return math.fsum(value for told in self.streams.values() for value in told.values())
        last = [told[max(told)] for told in self.streams.values()]
        return None if self.temporality == NONE and len(last) > 1 else math.fsum(last)

    def points(self) -> int:
        return sum(map(len, self.streams.values()))

    def apart(self) -> str:
        """The attributes in which its streams differ."""
        return ", ".join(sorted({key for key, _ in frozenset().union(*self.streams) - self._common()}))

    def _common(self) -> Attributes:
        first, *rest = self.streams
        return first.intersection(*rest)


@dataclass
class Points:
    """The points of a request: those taken, and how many were rejected for what."""

    taken: dict[tuple[str, str, datetime], Gathered] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    dropped: int = 0

    def settle(self) -> None:
        """Make observations of what was gathered."""
        for (series, subject, event), found in self.taken.items():
            value = found.value()
            if value is None or not math.isfinite(value):
                why = f"gauges that differ only in what the source does not map: {shown(found.apart())}"
                self.rejected[f"{found.metric}: {why if value is None else 'no finite sum'}"] += found.points()
                continue
            if found.temporality != DELTA:
                self.dropped += found.points() - len(found.streams)
            self.observations.append(Observation(series, subject, event, value, unit=found.unit))

    @property
    def message(self) -> str:
        """What the sender is told; empty where there is nothing to tell."""
        said = [f"{reason} ({count})" for reason, count in self.rejected.most_common(REASONS_SHOWN)]
        if (more := len(self.rejected) - REASONS_SHOWN) > 0:
            said.append(f"and {more} more reasons")
        if self.dropped:
            said.append(f"{self.dropped} points within a second of a later one: the last counts")
        return "; ".join(said)


def otlp_points(request: Mapping[str, Any], source: OtlpSource, now: datetime) -> Points:
    """The observations in a request, by the mapping of its source. Raises `BadInput` for what is no such request."""
    points = Points()
    count = 0
    for resource, metric in _metrics(request):
        name = metric.get("name")
        if not isinstance(name, str):
            raise BadInput(Fault("metrics.name", shown(name), "a text", "type"), "metrics")
        for kind, point in _data_points(metric):
            count += 1
            if count > POINTS_MAX:
                raise BadInput(Fault("metrics", f"over {POINTS_MAX} points", f"at most {POINTS_MAX}", "too_many"))
            reason = _take(points, source, (metric, kind, point), resource, now)
            if reason:
                points.rejected[f"{name[:80]}: {reason}"] += 1
    points.settle()
    return points


def otlp_act(points: Points, source: OtlpSource, raw: bytes) -> Act:
    """The act that files the points, keyed by the bytes they came in: sent again, they are there already."""
    rows = points.observations
    act = batch_act(
        rows,
        series_set=source.id,
        citation=source.citation,
        url=source.url,
        released_on=max(day_of(row.event) for row in rows),
        raw=raw,
    )
    return Act(act.kind, act.body, f"otlp/{source.id}/{digest(raw)[:32]}", blobs=act.blobs)


def _metrics(request: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, str], Mapping[str, Any]]]:
    for group in _list(request, "resourceMetrics"):
        resource = _attributes(_object(group, "resource"))
        for scope in _list(group, "scopeMetrics"):
            for metric in _list(scope, "metrics"):
                yield resource, metric


def _data_points(metric: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in ("gauge", "sum", "histogram", *_UNKEPT):
        if isinstance(data := metric.get(kind), Mapping):
            for point in _list(data, "dataPoints"):
                yield kind, point


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name) or {}
    if not isinstance(found, Mapping):
        raise BadInput(Fault(name, shown(found), "an object, as in OTLP", "type"), "metrics")
    return found


def _list(data: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = data.get(name) or []
    if not (isinstance(found, list) and all(isinstance(item, Mapping) for item in found)):
        raise BadInput(Fault(name, shown(found), "a list of objects, as in OTLP", "type"), "metrics")
    return found


def _attributes(holder: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in _list(holder, "attributes"):
        value = item.get("value")
        if isinstance(value, Mapping) and value:
            plain = next(iter(value.values()))
            if isinstance(plain, (str, int, float, bool)):
                found[str(item.get("key", ""))[:200]] = (
                    str(plain).lower() if isinstance(plain, bool) else str(plain)[:200]
                )
    return found


def _take(
    points: Points,
    source: OtlpSource,
    what: tuple[Mapping[str, Any], str, Mapping[str, Any]],
    resource: Mapping[str, str],
    now: datetime,
) -> str:
    """Take one point; gives why it is rejected, or an empty text."""
    metric, kind, point = what
    if kind in _UNKEPT:
        return _UNKEPT[kind]
    series = source.metrics.get(str(metric["name"]))
    if series is None:
        return "no adopted source maps this metric"
    told = _TEMPORALITY.get(str(metric[kind].get("aggregationTemporality", "")))
    if kind != "gauge" and told != _TEMPORALITY[source.temporality]:
        return f"its temporality is not {source.temporality}, as the source is adopted"
    if _whole(point.get("flags", 0)) & NO_RECORDED_VALUE:
        return "no recorded value"
    nanos = _whole(point.get("timeUnixNano", 0))
    if nanos <= 0 or nanos > 7 * 10**18:
        return "no time"
    event = datetime.fromtimestamp(nanos // 10**9, UTC)
    if event > now:
        return "its time is still to come"
    attributes = {**resource, **_attributes(point)}
    subject = source.subject or f"{source.subject_prefix}{attributes.get(source.subject_attribute, '')}".lower()
    if not is_subject(subject):
        return f"no subject: {shown(subject or '(absent)')} is no identifier"
    dims = ",".join(f"{name}={_dimension(attributes[key])}" for name, key in source.dims.items() if attributes.get(key))
    values = _values(kind, point, series)
    if not values:
        return "no finite value"
    for name, value in values.items():
        full = series_name(name, dims)
        if full is None:
            return f"its attributes make no name of a series: {shown(dims)}"
        unit = _text(metric.get("unit"))[:40] if not name.endswith("_count") or kind != "histogram" else ""
        of = Gathered(str(metric["name"])[:80], _printable(unit), told if kind != "gauge" and told else NONE)
        found = points.taken.setdefault((full, subject, event), of)
        found.streams.setdefault(frozenset(attributes.items()), {})[nanos] = value
    return ""


def _values(kind: str, point: Mapping[str, Any], series: str) -> dict[str, float]:
    """The values of a point by series; none where one is not a finite number."""
    if kind == "histogram":
        found = {f"{series}_count": _float(point.get("count"))}
        if "sum" in point:
            found[f"{series}_sum"] = _float(point["sum"])
    else:
        found = {series: _float(point.get("asDouble", point.get("asInt")))}
    return {} if any(not math.isfinite(value) for value in found.values()) else found


def _float(value: Any) -> float:
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _whole(value: Any) -> int:
    try:
        return int(value) if isinstance(value, (int, str)) and len(str(value)) < 25 else 0
    except ValueError:
        return 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _dimension(text: str) -> str:
    """An attribute as a dimension's value: what may not stand there becomes a hyphen."""
    return re.sub(r"[^A-Za-z0-9_.:+\-]", "-", text)[:64].lstrip("_.:+-") or "none"


def _printable(text: str) -> str:
    return text if text.isprintable() else ""
