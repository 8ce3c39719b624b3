"""An office in the Union that is asked what it holds, on a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.forms import REPORTER
from commonweal.imprint import Imprint
from commonweal.instruments import discover
from commonweal.instruments.access_requests import tables
from commonweal.kernel import notices
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

DESK = Caller("party:desk", ("officer",), "authority", "")
VISITOR = Caller("party:reporter-0000", (REPORTER,))
JANE = Caller("party:jane", ("observer",))
KIND = "access_requests."
REQUEST = "access_request:ar-1"


class Office:
    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock

    def at(self, when: str) -> None:
        self.clock.set(instant(when))
        self.authority.tick()

    def file(self, kind: str, caller: Caller = DESK, **body: Any) -> int:
        about = {} if kind == "access_request" else {"request": REQUEST}
        receipt = self.authority.act(Act(KIND + kind, {**about, **body}, ""), caller)
        self.authority.follow()
        return receipt.index

    def asked(self, caller: Caller = VISITOR, **body: Any) -> int:
        return self.file("access_request", caller, **{"name": "AR-1", **body})

    def take_in(self, under: tuple[str, ...] = ("eu_gdpr",), identity: str = "code", **body: Any) -> int:
        return self.file("taken_in", under=list(under), identity=identity, **body)

    def clock_of(self, rule: str = "eu.gdpr_access.answer", request: str = REQUEST) -> dict[str, Any]:
        return next(row for row in tables.clocks(self.authority.reader, request) if row["rule"] == rule)

    def state(self, request: str = REQUEST) -> str:
        stands = tables.standing(self.authority.reader, request)
        assert stands is not None
        return stands.state

    def letters(self, party: str = VISITOR.party) -> list[str]:
        """The templates of the letters that were written to a party, in order."""
        rows = notices.letters(self.authority.reader, party=party)
        return [str(row["titles"]["en"]) for row in rows]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    start = instant("2026-11-02T09:00:00Z")
    clock = ReplayClock(start)
    imprint = Imprint(jurisdictions=("EU",))
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", start, replay=True, imprint=imprint)
    installed = {name: item for name, item in discover().items() if name in ("access_requests", "incident_reports")}
    with Authority.create(tmp_path / "office", settings, clock=clock, installed=installed) as authority:
        yield Office(authority, clock)
