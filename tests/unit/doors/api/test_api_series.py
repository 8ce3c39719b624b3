"""Series through the API: as known on a day with its vintage note; metrics that come by OTLP, whole or in part."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from commonweal.authority import Authority
from commonweal.doors.api.series import METRICS_BYTES_MAX
from commonweal.instruments import rule_file
from commonweal.kernel import indicators
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.values import BadInput

from .conftest import Client

SERIES, US = "laus.unemployed{sex=f}", "area:us"
SOURCES = """
id = "sources.test"
version = "1"
[[otlp]]
id = "lab.telemetry"
party = "party:lab"
citation = "Example Lab, telemetry"
subject_attribute = "service.name"
subject_prefix = "deployment:"
[otlp.metrics]
"gen_ai.tokens" = "telemetry.tokens"
"queue.length" = "telemetry.queue"
"latency" = "telemetry.latency"
[otlp.dims]
model = "gen_ai.request.model"
"""
THEN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)


@pytest.fixture
def filed(authority: Authority) -> Authority:
    for day, value in ((date(2026, 1, 5), 5.0), (date(2026, 1, 6), 6.0)):
        row = Observation(SERIES, US, date(2026, 1, 1), value, value - 1, value + 1, "percent")
        authority.act(batch_act([row], series_set="t", citation="a test", released_on=day))
    authority.follow()
    return authority


@pytest.fixture
def sources(authority: Authority) -> Authority:
    authority.adopt(rule_file(SOURCES))
    authority.follow()
    return authority


def nanos(when: datetime) -> str:
    return str(int(when.timestamp()) * 10**9)


def point(value: float, when: datetime = THEN, **attributes: str) -> dict[str, Any]:
    held = [{"key": key.replace("_", "."), "value": {"stringValue": text}} for key, text in attributes.items()]
    return {"timeUnixNano": nanos(when), "asDouble": value, "attributes": held}


def request(*metrics: dict[str, Any], service: str = "chat-1") -> dict[str, Any]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": list(metrics)}]}]}


def gauge(name: str, *points: dict[str, Any], unit: str = "1") -> dict[str, Any]:
    return {"name": name, "unit": unit, "gauge": {"dataPoints": list(points)}}


def test_values_as_known_by_the_end_of_a_day_and_every_vintage(public: Client, filed: Authority) -> None:
    (row,) = public.get("/api/v1/series").json()["series"]
    assert (row["series"], row["unit"], row["events"], row["revised"]) == (SERIES, "percent", 1, 1)
    about = {"series": "laus.unemployed{sex=f}", "subject": US}
    found = public.get("/api/v1/series/values", params=about).json()
    assert [(item["value"], item["low"], item["high"]) for item in found["values"]] == [(6.0, 5.0, 7.0)]
    assert (found["unit"], found["citation"], found["vintage_note"]) == ("percent", "a test", None)
    early = public.get("/api/v1/series/values", params={**about, "as_of": "2026-01-01"}).json()
    assert (early["count"], early["as_of"]) == (0, "2026-01-01")
    vintages = public.get("/api/v1/series/vintages", params={**about, "event": "2026-01-01"}).json()["vintages"]
    assert [item["value"] for item in vintages] == [5.0, 6.0]
    assert "filed" not in vintages[0], "the instant of a filing is not for everybody"


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("values", {"series": "no.such", "subject": US}, 404),
        ("values", {"series": SERIES}, 422),
        ("values", {"series": SERIES, "subject": US, "as_of": "2026-02-30"}, 422),
        ("values", {"series": SERIES, "subject": US, "as_of": "2026-01-05T10:00:00Z"}, 422),
        ("vintages", {"series": SERIES, "subject": US, "event": "1999-01-01"}, 404),
    ],
)
def test_what_there_is_not_is_told_as_a_problem(
    public: Client, filed: Authority, path: str, params: dict[str, str], status: int
) -> None:
    answer = public.get(f"/api/v1/series/{path}", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_metrics_as_json_become_values_with_subject_dimensions_and_raw_bytes(lab: Client, sources: Authority) -> None:
    body = json.dumps(
        request(gauge("gen_ai.tokens", point(7, gen_ai_request_model="org/m 1"), unit="{token}"))
    ).encode()
    headers = {"Content-Type": "application/json"}
    answer = lab.post("/v1/metrics", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})
    sources.follow()
    assert indicators.catalogue(sources.reader)[0]["unit"] == "{token}"
    (row,) = indicators.values(sources.reader, "telemetry.tokens", "deployment:chat-1")
    assert (row["value"], row["event"]) == (7.0, indicators.event_text(THEN))
    assert sources.entry(row["entry"]).blob("raw") == body
    size = sources.store.size()
    assert lab.post("/v1/metrics", content=body, headers=headers).status_code == 200
    assert sources.store.size() == size, "a sender that tries again files nothing twice"


def test_metrics_as_gzipped_protobuf_are_taken_in_part_and_the_rest_is_named(lab: Client, sources: Authority) -> None:
    message = ExportMetricsServiceRequest()
    group = message.resource_metrics.add()
    group.resource.attributes.add(key="service.name").value.string_value = "chat-2"
    scope = group.scope_metrics.add()
    latency = scope.metrics.add(name="latency", unit="ms")
    latency.histogram.aggregation_temporality = 2
    latency.histogram.data_points.add(time_unix_nano=int(nanos(THEN)), count=3, sum=12.5)
    total = scope.metrics.add(name="gen_ai.tokens")
    total.sum.aggregation_temporality = 1
    total.sum.data_points.add(time_unix_nano=int(nanos(THEN)), as_int=3)
    wide = scope.metrics.add(name="latency")
    wide.exponential_histogram.data_points.add(time_unix_nano=int(nanos(THEN)), count=1)
    scope.metrics.add(name="unheard.of").gauge.data_points.add(time_unix_nano=int(nanos(THEN)), as_double=1)
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
    answer = lab.post("/v1/metrics", content=gzip.compress(message.SerializeToString()), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-protobuf")
    said = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    assert said.rejected_data_points == 3
    for part in ("exponential histograms are not read", "temporality is not cumulative", "unheard.of: no adopted"):
        assert part in said.error_message
    sources.follow()
    found = {row["series"]: row["last"] for row in indicators.catalogue(sources.reader)}
    assert set(found) == {"telemetry.latency_count", "telemetry.latency_sum"}
    assert indicators.unit_of(sources.reader, "telemetry.latency_sum") == "ms"


def test_points_that_cannot_be_are_rejected_each_for_its_reason(lab: Client, sources: Authority) -> None:
    ahead = THEN + timedelta(days=1)
    points = [
        point(1, ahead),
        {**point(1), "timeUnixNano": "0"},
        {**point(1), "asDouble": "NaN"},
        {**point(1), "flags": 1},
    ]
    answer = lab.post("/v1/metrics", json=request(gauge("queue.length", *points)))
    said = answer.json()["partialSuccess"]
    assert said["rejectedDataPoints"] == "4"
    for part in ("still to come", "no time", "no finite value", "no recorded value"):
        assert part in said["errorMessage"]
    assert "no identifier" in lab.post("/v1/metrics", json=request(gauge("queue.length", point(1)), service="")).text
    twice = [point(1), {**point(2), "timeUnixNano": str(int(nanos(THEN)) + 5)}]
    assert "the last counts" in lab.post("/v1/metrics", json=request(gauge("queue.length", *twice))).text
    sources.follow()
    (row,) = indicators.values(sources.reader, "telemetry.queue", "deployment:chat-1")
    assert row["value"] == 2.0


def test_a_request_without_points_is_a_success_and_files_nothing(lab: Client, sources: Authority) -> None:
    size = sources.store.size()
    assert lab.post("/v1/metrics", json={}).json() == {}
    assert sources.store.size() == size


def test_what_is_no_request_is_refused_whole(lab: Client, public: Client, officer: Client, sources: Authority) -> None:
    proto, plain = {"Content-Type": "application/x-protobuf"}, {"Content-Type": "application/json"}
    bomb = gzip.compress(b" " * (METRICS_BYTES_MAX + 1))
    packed = {**plain, "Content-Encoding": "gzip"}
    assert public.post("/v1/metrics", content=b"{}", headers=plain).status_code == 401
    assert officer.post("/v1/metrics", content=b"{}", headers=plain).status_code == 404, "no source of that party"
    assert lab.post("/v1/metrics", content=b"\xff\xff\xff", headers=proto).status_code == 422
    assert lab.post("/v1/metrics", content=b"[]", headers=plain).status_code == 422
    assert lab.post("/v1/metrics", json={"resourceMetrics": 1}).status_code == 422
    assert lab.post("/v1/metrics", content=b"a,b", headers={"Content-Type": "text/csv"}).status_code == 415
    assert lab.post("/v1/metrics", content=bomb, headers=packed).status_code == 413
    assert lab.post("/v1/metrics", content=bomb[:50], headers=packed).status_code == 422
    assert lab.post("/v1/metrics", content=b"{}", headers={**plain, "Content-Encoding": "br"}).status_code == 415


def test_sources_with_faults_are_refused_with_every_fault_named() -> None:
    wrong = SOURCES.replace("party:lab", "lab").replace('"telemetry.queue"', '"No Name"').replace("citation", "cite")
    with pytest.raises(BadInput) as refused:
        indicators.read_sources(wrong)
    assert {fault.where for fault in refused.value.faults} == {
        "otlp[0].party", "otlp[0].metrics.queue.length", "otlp[0].cite", "otlp[0].citation",
    }  # fmt: skip
