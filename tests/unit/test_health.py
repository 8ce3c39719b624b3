"""Ready is more than alive: each thing that keeps the service from its work is named, and answered with 503."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from commonweal import health, serve
from commonweal.authority import Act, Authority
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))
WELL = health.Health("", False, True, 0, 0.0, 1 << 40)


@pytest.mark.parametrize(
    ("found", "fails"),
    [
        (replace(WELL, halted="the record was rolled back"), "record_may_be_written"),
        (replace(WELL, closed=True), "record_may_be_written"),
        (replace(WELL, writable=False), "folder_is_writable"),
        (replace(WELL, lag_entries=1, behind_s=61.0), "record_is_followed"),
        (replace(WELL, free_bytes=health.FREE_BYTES_MIN - 1), "disk_has_room"),
    ],
)
def test_each_thing_alone_makes_it_not_ready(found: health.Health, fails: str) -> None:
    assert WELL.ready
    assert not found.ready
    assert [name for name, holds in found.checks.items() if not holds] == [fails]


def test_following_is_behind_by_the_age_of_the_oldest_entry_not_followed(tmp_path: Path) -> None:
    clock = ReplayClock(instant("2026-02-01T00:00:00Z"))
    with Authority.create(tmp_path / "office", SETTINGS, clock=clock) as authority:
        authority.follow()
        assert health.health(authority).behind_s == 0
        for name in ("One", "Two"):
            act = Act("model_registration.organisation", {"name": name, "countries": ["FR"]}, key=name)
            authority.place_all([act])
            clock.set(clock.now() + timedelta(seconds=50))
        found = health.health(authority)
        assert (found.lag_entries, found.behind_s, found.ready) == (2, 100.0, False)
        authority.follow()
        assert health.health(authority).ready


def test_a_service_that_is_not_ready_is_alive_and_says_what_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Authority.create(tmp_path / "office", SETTINGS, installed={}).close()
    with TestClient(serve.app(tmp_path / "office")) as client:
        assert client.get("/readyz").status_code == 200
        monkeypatch.setattr(health, "FREE_BYTES_MIN", 1 << 62)  # no disk is that large
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["disk_has_room"]) == (503, False)
        assert client.get("/healthz").status_code == 200
        assert client.post("/readyz").status_code == 405


@pytest.mark.parametrize(
    ("public_url", "said"),
    [("https://office.example", "max-age=31536000"), ("http://office.example", None), ("", None)],
)
def test_a_service_known_under_https_tells_browsers_to_come_by_https_only(
    tmp_path: Path, public_url: str, said: str | None
) -> None:
    """RFC 6797, section 7.2: it is not to be said over plain HTTP, where browsers would ignore it anyway."""
    settings = replace(SETTINGS, public_url=public_url)
    Authority.create(tmp_path / "office", settings, installed={}).close()
    with TestClient(serve.app(tmp_path / "office")) as client:
        for path in ("/", "/api/v1/entries", "/nowhere", "/healthz"):
            assert client.get(path).headers.get("strict-transport-security") == said, path
