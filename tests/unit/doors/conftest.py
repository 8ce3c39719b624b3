"""An authority with one small instrument, found by its folder, for the tests of the doors."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.imprint import Imprint
from commonweal.instruments import Installed
from commonweal.kernel.values import Text
from commonweal.settings import Settings

LENDING = Path(__file__).parent / "lending"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def lending() -> Mapping[str, Installed]:
    spec = importlib.util.spec_from_file_location("lending_for_tests", LENDING / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return {"lending": Installed(module.INSTRUMENT, LENDING)}


@pytest.fixture
def settings() -> Settings:
    imprint = Imprint(jurisdictions=("EU",))
    return Settings(Text(en="Test authority", zh="测试机关"), "log.example/test", CREATED, imprint=imprint)


@pytest.fixture
def authority(tmp_path: Path, lending: Mapping[str, Installed], settings: Settings) -> Iterator[Authority]:
    with Authority.create(tmp_path / "house", settings, installed=lending) as made:
        yield made
