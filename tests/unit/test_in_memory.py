"""Where the tests' own files lie: in memory where there is room, and nothing stays there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "in_memory.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("in_memory_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_command_has_a_folder_of_its_own_that_goes_with_it(tool: ModuleType, tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = (
        f"import pathlib, tempfile; pathlib.Path({str(told)!r}).write_text(tempfile.mkdtemp()); raise SystemExit(3)"
    )
    with tool.temporary(tmp_path) as environment:
        done = subprocess.run([sys.executable, "-c", script], env=dict(environment), check=False)
        assert Path(told.read_text()).parent == Path(environment["TMPDIR"])
        assert Path(environment["TMPDIR"]).parent == tmp_path
    assert done.returncode == 3
    assert sorted(tmp_path.iterdir()) == [told]


def test_what_a_killed_run_left_is_removed_and_a_running_one_is_left_alone(tool: ModuleType, tmp_path: Path) -> None:
    """Memory that nobody gives back would be missing until the machine starts anew."""
    left = tmp_path / f"{tool.PREFIX}killed"
    left.mkdir()
    (left / "lock").touch()
    (tmp_path / "others").mkdir()
    with tool.temporary(tmp_path) as first, tool.temporary(tmp_path) as second:
        assert first["TMPDIR"] != second["TMPDIR"]
        assert Path(first["TMPDIR"]).exists()
        assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["others"]


def test_a_machine_without_such_a_place_or_without_memory_has_no_room(tool: ModuleType, tmp_path: Path) -> None:
    """macOS has neither; a container's memory may be far less than its machine's."""
    assert not tool.has_room(tmp_path / "none")
    assert tool.available(tmp_path / "none") == 0
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal: 16000 kB\nMemAvailable:    9000 kB\n")
    assert tool.available(memory, tmp_path) == 9000 * 1024
    (tmp_path / "memory.current").write_text("100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert tool.available(memory, tmp_path) == 9000 * 1024
    (tmp_path / "memory.max").write_text("300000\n")
    assert tool.available(memory, tmp_path) == 200_000


def test_the_exit_status_is_the_commands_own(tool: ModuleType) -> None:
    """`make test` fails when a test does."""
    command = [sys.executable, str(TOOL), sys.executable, "-c", "raise SystemExit(5)"]
    assert subprocess.run(command, env=os.environ, check=False).returncode == 5
