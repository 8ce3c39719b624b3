"""A house in memory: registry, obligations and this instrument following entries, without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from commonweal import law
from commonweal.instruments.model_registration import INSTRUMENT
from commonweal.kernel import obligations, registry
from commonweal.kernel.disclosure import Policies, house_texts, validate
from commonweal.kernel.record import AUTHORITY, Act, Entry
from commonweal.kernel.values import digest, instant
from fakes import MemoryTables

KINDS = {kind.id: kind for kind in INSTRUMENT.kinds}


@dataclass
class House:
    """Files acts at given instants; reads like a page does."""

    tables: MemoryTables = field(default_factory=MemoryTables)
    now: datetime = field(default_factory=lambda: instant("2026-01-15T00:00:00Z"))
    language: str = "en"
    index: int = 0
    acts: list[Act] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._registry = registry.Registry(INSTRUMENT.kinds)
        self._obligations = obligations.Obligations(INSTRUMENT.facts)

    def follow(
        self, kind: str, body: Mapping[str, Any], subject: str | None, at: str, author: str = "party:x"
    ) -> Entry:
        entry = Entry(self.index, kind, 1, instant(at), author, subject, dict(body))
        self.index += 1
        self._registry.follow(entry, self.tables)
        self.acts += self._obligations.follow(entry, self.tables)
        assert INSTRUMENT.follow is not None
        INSTRUMENT.follow(entry, self.tables)
        return entry

    def file(self, kind: str, subject: str, at: str, **body: Any) -> Entry:
        full = f"model_registration.{kind}"
        return self.follow(full, validate(KINDS[full], body), subject, at)

    def adopt(self, rule_id: str, text: str, at: str, room: str = "obligations", version: str = "1") -> None:
        body = {
            "rule_id": rule_id, "room": room, "version": version, "media_type": "application/toml", "text": text,
            "sha256": digest(text.encode()),
        }  # fmt: skip
        self.follow("rule.adopted", body, None, at, AUTHORITY)

    def adopt_laws(self, at: str = "2019-01-01") -> None:
        for rule_id, text in sorted(law.texts().items()):
            self.adopt(rule_id, text, at)

    def tick(self, at: str) -> None:
        self.follow("clock.tick", {"at": at}, None, at, AUTHORITY)

    def public(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return Policies(house_texts(), INSTRUMENT.kinds).public_part(kind, body)

    def series(self, series: str, subject: str) -> list[tuple[str, float]]:
        return []

    def rule(self, rule_id: str, as_of: datetime | None = None) -> Mapping[str, Any]:
        row = registry.text_in_force(self.tables, rule_id, as_of)
        return registry.parsed(row["text"], row["media_type"])


@pytest.fixture
def house() -> House:
    return House()
