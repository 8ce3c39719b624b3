"""The page on faults says what the tests do: each named test exists, and no file of faults is left untold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
# The faults that the record is asked to withstand, as rows of the table have to name them.
ASKED = (
    "unsynced writes lost", "torn and reordered writes", "at every step", "full disk", "read-only disk", "corrupt page",
    "clock jumps", "two writers", "replayed and reordered submissions", "forged proofs and keys", "stale views",
    "split views", "witness equivocation", "stolen api key", "expired envelope", "second use of a nonce",
    "one organisation signing twice",
)  # fmt: skip


def functions_in(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


def named() -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_the_page_names_exists() -> None:
    assert len(named()) > 30
    missing = [f"{file}::{test}" for file, test in named() if test not in functions_in(ROOT / file)]
    assert missing == []


def test_every_fault_that_was_asked_for_has_a_row_with_a_test() -> None:
    rows = [line.lower() for line in PAGE.splitlines() if line.startswith("| ") and "::test_" in line]
    assert [fault for fault in ASKED if not any(fault in row.split(" | ")[0] for row in rows)] == []


def test_no_file_of_faults_is_left_untold() -> None:
    told = {file for file, _ in named()}
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "faults").glob("test_*.py")}
    assert files - told == set()
