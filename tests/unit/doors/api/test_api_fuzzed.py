"""The API under requests that its own description allows, and many that it does not: never an error of ours."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from commonweal.authority import Authority
from commonweal.doors.api import app
from commonweal.instruments import Installed
from commonweal.kernel.values import Text
from commonweal.settings import Settings

from .conftest import OPEN

SECONDS = 40.0

schemathesis.serializer.alias("application/x-protobuf", "application/octet-stream")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, lending: Mapping[str, Installed]) -> Iterator[Authority]:
    named = Settings(Text(en="Fuzzed", zh="模糊测试"), "log.example/fuzzed", datetime(2026, 1, 1, tzinfo=UTC))
    with Authority.create(tmp_path_factory.mktemp("fuzzed") / "house", named, installed=lending) as made:
        yield made


def test_no_request_makes_an_error_of_ours(house: Authority) -> None:
    """Every operation in turn, with a key and without, as far as the time allows; the order is always the same."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app(house, limits=OPEN))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 25
    token = house.access.issue_key("party:fuzz", ("developer", "observer", "officer"), rate_per_s=1e6)
    until = time.monotonic() + SECONDS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for operation in operations:
            _fuzz(operation, mode, {"Authorization": f"Bearer {token}"}, until)


def _fuzz(operation: Any, mode: GenerationMode, headers: dict[str, str], until: float) -> None:
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def once(case: schemathesis.Case) -> None:
        if time.monotonic() < until:
            case.call_and_validate(headers=headers, checks=CHECKS)

    try:
        once()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "a description that nothing satisfies is a wrong description"


def test_the_record_verifies_after_all_that(house: Authority) -> None:
    house.follow()
    assert house.verify() == []
    before = house.dump()
    house.rebuild()
    assert house.dump() == before
