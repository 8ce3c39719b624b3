"""What OTLP points come to: streams that only unmapped attributes tell apart, points within a second, bad bodies."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.indicators import OtlpSource, otlp_points
from commonweal.kernel.values import BadInput

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = 1_770_000_000 * 10**9


def source(temporality: Any = "delta", **dims: str) -> OtlpSource:
    return OtlpSource(
        id="o", party="p", citation="c", subject="unit:x", temporality=temporality, metrics={"req": "a.req"}, dims=dims
    )


def point(value: float, nanos: int = 0, **attributes: str) -> dict[str, Any]:
    named = [{"key": key, "value": {"stringValue": text}} for key, text in attributes.items()]
    return {"asDouble": value, "timeUnixNano": str(SECOND + nanos), "attributes": named}


def request(kind: str, points: list[dict[str, Any]], temporality: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = {"dataPoints": points} | ({"aggregationTemporality": temporality} if temporality else {})
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "req", kind: data}]}]}]}


def values(body: dict[str, Any], by: OtlpSource) -> dict[str, float]:
    return {row.series: row.value for row in otlp_points(body, by, NOW).observations}


def test_counts_that_differ_in_what_is_not_mapped_are_added_up() -> None:
    told = [point(90, method="GET"), point(5, method="POST")]
    assert values(request("sum", told, 1), source()) == {"a.req": 95.0}
    assert values(request("sum", told, 2), source("cumulative")) == {"a.req": 95.0}


def test_what_is_mapped_keeps_them_apart() -> None:
    told = [point(90, method="GET"), point(5, method="POST")]
    found = values(request("sum", told, 1), source(method="method"))
    assert found == {"a.req{method=GET}": 90.0, "a.req{method=POST}": 5.0}


def test_deltas_within_a_second_are_added_up_and_totals_are_not() -> None:
    told = [point(90), point(95, 5 * 10**8)]
    assert values(request("sum", told, 1), source()) == {"a.req": 185.0}
    totals = otlp_points(request("sum", told, 2), source("cumulative"), NOW)
    assert [row.value for row in totals.observations] == [95.0]
    assert totals.dropped == 1


def test_gauges_that_only_an_unmapped_attribute_tells_apart_are_rejected_by_name() -> None:
    found = otlp_points(request("gauge", [point(90, core="0"), point(5, core="1")]), source(), NOW)
    assert found.observations == []
    assert found.message == "req: gauges that differ only in what the source does not map: core (2)"


NAMES = [
    "resourceMetrics",
    "resource",
    "attributes",
    "scopeMetrics",
    "metrics",
    "name",
    "gauge",
    "sum",
    "histogram",
    "dataPoints",
    "timeUnixNano",
    "asInt",
    "asDouble",
    "key",
    "value",
    "flags",
    "unit",
    "count",
    "summary",
    "aggregationTemporality",
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


@settings(deadline=None, max_examples=150)
@given(JUNK, st.sampled_from(["resourceMetrics", "resource", "scopeMetrics", "metrics", "sum", "point", "attributes"]))
def test_a_body_of_another_shape_is_refused_with_its_place_or_rejected_in_part(junk: Any, where: str) -> None:
    body = request("sum", [point(1.0, method="GET")], 1)
    group = body["resourceMetrics"][0]
    metric = group["scopeMetrics"][0]["metrics"][0]
    places: dict[str, tuple[Any, Any]] = {
        "resourceMetrics": (body, "resourceMetrics"),
        "resource": (group, "resource"),
        "scopeMetrics": (group, "scopeMetrics"),
        "metrics": (group["scopeMetrics"][0], "metrics"),
        "sum": (metric, "sum"),
        "point": (metric["sum"]["dataPoints"], 0),
        "attributes": (metric["sum"]["dataPoints"][0], "attributes"),
    }
    holder, key = places[where]
    holder[key] = junk
    with suppress(BadInput):  # anything else is an error of ours
        otlp_points(body, source(), NOW)


@pytest.mark.parametrize("resource", [[1], "x", 5])
def test_a_resource_that_is_no_object_is_named(resource: Any) -> None:
    body = {"resourceMetrics": [{"resource": resource, "scopeMetrics": []}]}
    with pytest.raises(BadInput, match="resource"):
        otlp_points(body, source(), NOW)
