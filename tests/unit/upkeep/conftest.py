"""A small office with everything in its folder that examining, exporting and copying are about."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commonweal.authority import Act, Authority
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))


def organisation(name: str) -> Act:
    return Act("model_registration.organisation", {"name": name, "countries": ["FR"]}, key=name)


@pytest.fixture(scope="session")
def founded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred organisations: more than one tile."""
    folder = tmp_path_factory.mktemp("founded") / "office"
    with Authority.create(folder, SETTINGS) as authority:
        authority.place_all([organisation(f"Laboratory {number}") for number in range(300)])
        authority.follow()
    return folder


@pytest.fixture
def office(founded_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(founded_once, tmp_path / "office")
