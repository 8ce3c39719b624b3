"""What is no return code counts like one that opens nothing: trying is dear, however badly one types."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.api import Limits
from commonweal.doors.api import app as api
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

START = instant("2026-10-01T08:20:00Z")


@pytest.mark.parametrize("code", ["no code at all", "0000-0000-0000-0000-0000-0000"])
def test_what_opens_nothing_counts_for_several_requests(tmp_path: Path, code: str) -> None:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START)
    limits = Limits(address_per_s=1e-6, address_burst=40.0, failed_login_costs=10.0)
    with Authority.create(tmp_path / "a", settings, clock=ReplayClock(START)) as authority:
        client = TestClient(api(authority, limits=limits))
        answers = [client.post("/api/v1/held", json={"code": code}).status_code for _ in range(5)]
        assert answers[0] in (403, 422)
        assert 429 in answers
