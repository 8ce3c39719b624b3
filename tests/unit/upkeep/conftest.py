"""A small office with everything in its folder that examining, exporting and copying are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.authority import Act, Authority
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))


def organisation(name: str) -> Act:
    return Act("model_registration.organisation", {"name": name, "countries": ["FR"]}, key=name)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Three hundred organisations: more than one tile."""
    with Authority.create(tmp_path / "office", SETTINGS) as authority:
        authority.place_all([organisation(f"Laboratory {number}") for number in range(300)])
        authority.follow()
    return tmp_path / "office"
