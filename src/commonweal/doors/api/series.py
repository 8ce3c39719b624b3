"""Series through the API: what there is, values as of a day, every vintage of one value; and metrics that are sent."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, date
from typing import Any

import msgspec
from starlette.responses import Response

from commonweal import observing
from commonweal.authority import Authority
from commonweal.kernel import indicators
from commonweal.kernel.values import BadInput, Fault, NotFound, TooLarge, read_json, shown

from .operations import JSON, Answer, Asked, Body, Operation, Param, json_answer
from .problems import Unsupported

PROTOBUF = "application/x-protobuf"
METRICS_BYTES_MAX = 4 << 20
_DAY = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "maxLength": 10}
_EVENT = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$", "maxLength": 20}
_SERIES = Param("series", "The full name, e.g. laus.unemployed{age=16-24,sex=f}", required=True)
_SUBJECT = Param("subject", "Whom or what it is about", {"type": "string", "maxLength": 130}, required=True)
_LIMIT = Param(
    "limit", "How many at most, the newest", {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000}
)
_THERE = ("series", "subject", "unit", "first", "last", "events", "revised", "rule")
_VINTAGE = ("released", "sequence", "known", "entry", "value", "low", "high", "source_ref")
_OBJECT = {"type": "object"}


class SeriesDoor:
    """What the indicators hold, to read; and the address at which metrics come in."""

    def __init__(self, authority: Authority, wake: Callable[[], None]) -> None:
        self._authority, self._wake = authority, wake

    def operations(self) -> list[Operation]:
        return [
            Operation("series", "GET", "/api/v1/series", "The series there are", self._catalogue, "series",
                      (Param("base", "Only series of this name, whatever their dimensions"),
                       Param("subject", "Only about this subject", {"type": "string", "maxLength": 130}),
                       Param("limit", "How many at most", {"type": "integer", "minimum": 1, "maximum": 1000,
                                                           "default": 100}),
                       Param("offset", "How many to pass over", {"type": "integer", "minimum": 0, "maximum": 10**9,
                                                                 "default": 0})),
                      (Answer("A row a series and subject", _OBJECT),)),
            Operation("series_values", "GET", "/api/v1/series/values", "The values of a series as known on a day",
                      self._values, "series",
                      (_SERIES, _SUBJECT, Param("as_of", "What was known by the end of this day", _DAY),
                       Param("since", "Only events from this day or instant on", _EVENT),
                       Param("until", "Only events up to this day", _DAY), _LIMIT),
                      (Answer("Values in order of event, and what must be said of them", _OBJECT),)),
            Operation("series_vintages", "GET", "/api/v1/series/vintages", "Every value ever known of one event",
                      self._vintages, "series", (_SERIES, _SUBJECT, Param("event", "The event", _EVENT, required=True)),
                      (Answer("Oldest release first", _OBJECT),)),
            Operation("metrics", "POST", "/v1/metrics", "Send metrics (OTLP/HTTP, protobuf or JSON, perhaps gzipped)",
                      self._metrics, "series", (), (Answer("An ExportMetricsServiceResponse", _OBJECT),),
                      Body(None, PROTOBUF), "observe", bytes_max=METRICS_BYTES_MAX, encodings=("gzip",)),
        ]  # fmt: skip

    def _catalogue(self, asked: Asked) -> Response:
        values = asked.values
        rows = indicators.catalogue(self._authority.reader, values["base"] or "", values["subject"] or "")
        page = rows[values["offset"] : values["offset"] + values["limit"]]
        return json_answer({"count": len(rows), "series": [{name: row[name] for name in _THERE} for row in page]})

    def _values(self, asked: Asked) -> Response:
        values = asked.values
        as_of = _day(values["as_of"], "as_of")
        _day((values["since"] or "")[:10], "since")
        _day(values["until"], "until")
        bounds = {"since": values["since"] or "", "until": values["until"] or ""}
        found = indicators.report(self._authority.reader, values["series"], values["subject"], as_of, **bounds)
        count = len(found["values"])
        return json_answer({**found, "count": count, "values": found["values"][-values["limit"] :]})

    def _vintages(self, asked: Asked) -> Response:
        reader, values = self._authority.reader, asked.values
        row = indicators.known_series(reader, values["series"], values["subject"])
        found = indicators.vintages(reader, row["series"], values["subject"], values["event"])
        if not found:
            there = f"there are {row['first']} to {row['last']}"
            raise NotFound(f"value of {row['series']}", values["event"], there)
        head = {"series": row["series"], "subject": values["subject"], "event": values["event"], "unit": row["unit"]}
        return json_answer({**head, "vintages": [{name: item[name] for name in _VINTAGE} for item in found]})

    def _metrics(self, asked: Asked) -> Response:
        caller = asked.asking.needs("observe")
        media = asked.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in (JSON, PROTOBUF):
            raise Unsupported(Fault("Content-Type", media[:80] or "(absent)", f"{PROTOBUF} or {JSON}"), "metrics")
        body = _unpacked(asked.body) if asked.request.headers.get("content-encoding", "") == "gzip" else asked.body
        source = observing.otlp_source(self._authority, caller.party)
        request = read_json(body, bytes_max=METRICS_BYTES_MAX) if media == JSON else _of_protobuf(body)
        if not isinstance(request, Mapping):
            raise BadInput(Fault("(whole)", shown(request), "an ExportMetricsServiceRequest", "type"), "metrics")
        points = indicators.otlp_points(request, source, self._authority.clock.now().astimezone(UTC))
        if points.observations:
            self._authority.place_all([indicators.otlp_act(points, source, body)], caller)
            self._wake()
        return _exported(media, points.rejected.total(), points.message)


def _day(text: str | None, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput(Fault(name, text or "", "a day of the calendar", "date"), "parameters") from error


def _unpacked(data: bytes) -> bytes:
    """A gzipped body, never more of it in memory than a plain one may have."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            found = file.read(METRICS_BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(Fault("(whole)", f"{len(data)} bytes", "a whole gzip stream", "gzip"), "metrics") from error
    if len(found) > METRICS_BYTES_MAX:
        want = f"at most {METRICS_BYTES_MAX} bytes unpacked"
        raise TooLarge(Fault("(whole)", f"more than {METRICS_BYTES_MAX} bytes", want, "too_large"), "metrics")
    return found


def _of_protobuf(body: bytes) -> Any:
    """The JSON form of a protobuf request."""
    try:
        from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped, unused-ignore]
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    except ImportError as error:
        want = f"{JSON}; protobuf needs the extra `otlp`: pip install 'commonweal[otlp]'"
        raise Unsupported(Fault("Content-Type", PROTOBUF, want, "media_type"), "metrics") from error
    message = ExportMetricsServiceRequest()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise BadInput(
            Fault("(whole)", f"{len(body)} bytes", "an OTLP request in protobuf", "protobuf"),
            "metrics",
        ) from error
    return MessageToDict(message)


def _exported(media: str, rejected: int, message: str) -> Response:
    """Full success is an empty message; else how many points were rejected, and why."""
    if media == JSON:
        part = {"rejectedDataPoints": str(rejected), "errorMessage": message}
        return Response(msgspec.json.encode({"partialSuccess": part} if message else {}), media_type=JSON)
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

    answer = ExportMetricsServiceResponse()
    if message:
        answer.partial_success.rejected_data_points = rejected
        answer.partial_success.error_message = message
    return Response(answer.SerializeToString(), media_type=PROTOBUF)
