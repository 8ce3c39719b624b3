"""docs/regimes.md and docs/incident_clocks.md say what the law texts say: tools/regimes.py writes their tables."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("regimes_tool", ROOT / "tools" / "regimes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_each_page_is_as_the_texts_are(tool: ModuleType) -> None:
    for path in tool.NAMED:
        page = path.read_text("utf-8")
        assert tool.written(path, page) == page, "run python tools/regimes.py"


def test_every_rule_and_every_way_of_deriving_stands_on_its_page(tool: ModuleType) -> None:
    for path in tool.NAMED:
        page = path.read_text("utf-8")
        assert {rule.id for law in tool.laws(path) for rule in law.rules if f"(`{rule.id}`)" not in page} == set()
    page = tool.REGIMES.read_text("utf-8")
    assert all(f"(`{relation}`)" in page for relation in tool.shipped_rules().relations)
