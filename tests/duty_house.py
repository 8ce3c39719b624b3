"""A record and the room of obligations that follows it, as the authority runs them: for tests of duties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import DUTY_CHANGED, TABLES, Obligations, duties
from commonweal.kernel.record.entries import AUTHORITY, Act, Entry
from commonweal.kernel.record.tables import Reader, Table, Tables
from commonweal.kernel.values import digest, instant, stamp
from commonweal.law import texts
from fakes import MemoryTables

TEXTS = texts()
NOTIFY = "eu.ai_act.art52_1"
FACT = Table(
    "test_fact", columns={"subject": "text", "name": "text", "value": "json", "on": "text"}, key=("subject", "name")
)


def facts_of(subject: str, reader: Reader, as_of: datetime) -> Mapping[str, Fact]:
    rows = reader.select(FACT, {"subject": subject})
    return {row["name"]: Fact(row["value"], instant(row["on"])) for row in rows}


@dataclass(frozen=True)
class FiledFacts:
    """Facts straight from what is filed; a filing about an organisation touches its models."""

    noun: str = "model"
    of: Any = field(default=facts_of)

    def touches(self, entry: Entry, reader: Reader) -> Iterable[str]:
        return tuple(entry.body.get("touches", ()))


class House:
    """A record of entries and the room that follows it, as the authority runs them: acts become entries."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.acts: list[Act] = []
        self.tables = MemoryTables()
        self.room = Obligations([FiledFacts()])

    def file(self, kind: str, at: str, subject: str | None = None, /, **body: Any) -> list[Mapping[str, Any]]:
        """File an entry, follow it and all that follows from it; gives the bodies of the duties that changed."""
        entry = Entry(len(self.entries), kind, 1, instant(at), "party:x", subject, body)
        self.entries.append(entry)
        acts = self.step(entry, self.tables)
        self.acts += acts
        for act in acts:
            DUTY_CHANGED.schema.model_validate(act.body)
            self.file_act(act, entry.time)
        return [act.body for act in acts]

    def step(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == "register.model":
            for name, value in entry.body.items():
                if name != "touches":
                    row = tables.get(FACT, str(entry.subject), name)
                    if row is None or row["value"] != value:
                        tables.put(
                            FACT, {"subject": entry.subject, "name": name, "value": value, "on": stamp(entry.time)}
                        )
        return list(self.room.follow(entry, tables))

    def file_act(self, act: Act, time: datetime) -> None:
        entry = Entry(
            len(self.entries), act.kind, 1, time, AUTHORITY, act.subject, dict(act.body), act.key, tuple(act.causes)
        )
        self.entries.append(entry)
        assert self.step(entry, self.tables) == []

    def adopt(
        self, rule_id: str, at: str, text: str | None = None, version: str = "2026-01"
    ) -> list[Mapping[str, Any]]:
        text = text or TEXTS[rule_id]
        return self.file(
            "rule.adopted", at, rule_id=rule_id, room="obligations", version=version,
            media_type="application/toml", text=text, sha256=digest(text.encode()),
        )  # fmt: skip

    def tick(self, at: str) -> list[Mapping[str, Any]]:
        """What the authority does as time passes: a tick if something is due, which must then be done with."""
        if not self.room.due(instant(at), self.tables):
            return []
        changed = self.file("clock.tick", at)
        assert not self.room.due(instant(at), self.tables)
        return changed

    def dump(self, tables: MemoryTables | None = None) -> dict[str, Any]:
        return {table.name: (tables or self.tables).select(table) for table in TABLES}

    def state(self, subject: str = "model:a", rule: str = NOTIFY) -> str:
        rows = duties(self.tables, subject=subject, rule=rule)
        return str(rows[0]["state"]) if rows else ""
