"""An authority that takes reports of incidents, on a clock that is set."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority, HouseReading
from commonweal.instruments import RuleFile, discover
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.sight import Sight

DESK = Caller("party:desk", ("officer",))
SOURCES = ("filer_days", "filers_min", "occurred_within_days", "share_of_all")
"""What the plan of surveillance says of who files, and of how much is filed in all."""
START = "2026-03-02T09:00:00Z"  # a Monday


@dataclass
class Office:
    """An authority, with its clock."""

    authority: Authority
    clock: ReplayClock

    def at(self, when: str) -> None:
        self.clock.set(instant(when))

    def file(self, kind: str, **body: Any) -> int:
        """The index of what was recorded, once it is followed."""
        receipt = self.authority.act(Act(f"incident_reports.{kind}", body, ""))
        self.authority.follow()
        return receipt.index

    def over(self) -> None:
        """The day is over: it is nine o'clock of the next one, and what time alone makes happen has happened."""
        self.clock.set(self.clock.now() + timedelta(days=1))
        self.authority.tick()

    def reading(self, language: str = "en") -> HouseReading:
        """As an officer reads, with what is read noted."""
        self.sight = Sight(self.authority, DESK, "portal /test")
        return self.authority.reading(language, DESK.party, self.sight)

    def logged(self) -> dict[int, set[str]]:
        """By entry the fields that were read since, once it is written down, and that the desk read them."""
        known, _ = self.authority.reads.head()
        self.sight.logged()
        lines = list(self.authority.reads.lines(known + 1))
        assert {(one.read.party, one.read.door) for one in lines} <= {(DESK.party, "portal /test")}
        return {one.read.entry: set(one.read.fields) for one in lines}

    def annul(self, entry: int) -> None:
        """Say that an entry was filed in error, and follow that."""
        self.authority.act(Act("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, ""))
        self.authority.follow()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Office]:
    """An office that watches near misses since 1 January by a plan that asks for one event at least (T = 10), and does
    not ask who files nor how much is filed in all."""
    clock = ReplayClock(instant("2026-01-01T09:00:00Z"))
    settings = Settings(Text(en="Test", zh="测试"), "watching.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path / "w", settings, clock=clock) as authority:
        text = (discover()["incident_reports"].folder / "rules" / "surveillance.toml").read_text("utf-8")
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(SOURCES))
        text = text.replace("events_min = 4", "events_min = 1").replace('version = "', 'version = "one-')
        version = str(tomllib.loads(text)["version"])
        authority.adopt(RuleFile("incident_reports.surveillance", "parameters", version, "application/toml", text))
        authority.follow()
        clock.set(instant(START))
        yield Office(authority, clock)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = ReplayClock(instant(START))
    settings = Settings(Text(en="Test", zh="测试"), "incidents.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path / "a", settings, clock=clock) as authority:
        yield Office(authority, clock)
