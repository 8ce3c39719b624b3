"""The tool that holds legal calendars against the `holidays` library: nothing differs but what it states."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from commonweal.kernel.obligations import due_after
from commonweal.kernel.values import instant, period
from commonweal.law import texts


def tool() -> ModuleType:
    path = Path(__file__).parents[3] / "tools" / "calendars.py"
    spec = importlib.util.spec_from_file_location("calendars_tool", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found  # where a dataclass looks for its module
    spec.loader.exec_module(found)
    return found


TOOL = tool()


def test_every_calendar_has_its_source() -> None:
    names = {name.removeprefix("calendar.") for name in texts() if name.startswith("calendar.")}
    assert set(TOOL.SOURCES) == names


@pytest.mark.parametrize("name", sorted(TOOL.SOURCES))
def test_no_day_differs_from_the_library(name: str) -> None:
    assert TOOL.differences(name) == []


@pytest.mark.parametrize("name", TOOL.MADE)
def test_writing_a_calendar_again_changes_nothing(name: str) -> None:
    found = TOOL.listed(name)
    assert TOOL.expected(name, found.first.year, found.last.year) == found.days


def test_a_day_that_is_wrong_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        TOOL.path_of("jp").read_text("utf-8").replace('2026-02-11 = "foundation_day"\n', '2026-02-12 = "culture_day"\n')
    )
    (tmp_path / "jp.toml").write_text(text, "utf-8")
    monkeypatch.setattr(TOOL, "FOLDER", tmp_path)
    assert TOOL.differences("jp") == [
        "jp: 2026-02-12 (culture_day) is not in the library", "jp: 2026-02-11 (foundation_day) is missing",
    ]  # fmt: skip
    assert TOOL.main([]) == 1
    TOOL.write("jp")
    assert TOOL.differences("jp") == []


@pytest.mark.parametrize(
    ("name", "zone", "event", "length", "last_day"),
    [
        # Golden Week: 3 May 2026 is a Sunday, so Wednesday the 6th is a substitute holiday.
        ("jp", "Asia/Tokyo", "2026-04-24T03:00:00Z", "10 days", "2026-05-07"),
        # Chuseok: Thursday 24 to Saturday 26 September 2026.
        ("kr", "Asia/Seoul", "2026-09-10T03:00:00Z", "2 weeks", "2026-09-28"),
        # A Saturday is no reason to move on in Singapore, a Sunday is; National Day falls on one, so Monday is closed.
        ("sg", "Asia/Singapore", "2026-07-31T03:00:00Z", "8 days", "2026-08-08"),
        ("sg", "Asia/Singapore", "2026-07-31T03:00:00Z", "9 days", "2026-08-11"),
        # In England nothing moves on by itself; working days leave out Good Friday and Easter Monday.
        ("gb_eng", "Europe/London", "2026-04-01T09:00:00Z", "2 days", "2026-04-03"),
        ("gb_eng", "Europe/London", "2026-04-01T09:00:00Z", "2 working_days", "2026-04-07"),
    ],
)
def test_periods_end_as_each_law_has_it(name: str, zone: str, event: str, length: str, last_day: str) -> None:
    found = due_after(TOOL.listed(name), zone, instant(event), period(length))
    assert found.last_day == date.fromisoformat(last_day)
