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
from fakes import MemoryTables
from pinned_laws import texts

TEXTS = texts()
NOTIFY = "eu.ai_act.art52_1"
# A law with every clause; its calendar knows weekends only, its days are UTC's.
CLAUSES = """
id = "xx.law"
version = "1"
title = { en = "A law", zh = "一部法律" }
jurisdiction = "XX"
authority = { en = "the office", zh = "机关" }
time_zone = "UTC"
calendar = "calendar.plain"

[source]
citation = "Gazette 1"

[facts]
serious = { en = "serious", zh = "严重", public = true }
resolved_on = { en = "resolved on", zh = "解决日", public = true }

[[rule]]
id = "xx.law.report"
title = { en = "Report", zh = "报告" }
text = { en = "Tell us.", zh = "告知。" }
column = { en = "Report", zh = "报告" }
citation = "Art. 1"
noun = "model"
duty = "report"
owed_by = { en = "the provider", zh = "提供者" }
in_force = { from = 2025-01-01 }
period = "10 days"
met_by = { kind = "register.report", subject = "about" }
when = { all = [{ fact = "serious", op = "is", value = true }] }
relay = [
    { id = "national", to = { en = "the centre", zh = "中心" }, within = "30 minutes", citation = "Art. 4" },
    { id = "council", to = { en = "council", zh = "理事会" }, within = "1 hour", after = "national", citation = "4" },
]

[rule.stoppable]
by = ["authority", "officer"]
reasons = { information_requested = { en = "information was asked for", zh = "已要求补充资料" } }
max = "30 days"
times = 2
citation = "Art. 5"

[rule.extendable]
by = ["authority"]
reasons = { complex = { en = "it is complex", zh = "情况复杂" } }
max = "10 days"
citation = "Art. 6"

[[rule.follow_up]]
id = "update"
title = { en = "Update", zh = "更新" }
citation = "Art. 2"
every = "4 weeks"
until = { of = "final" }

[[rule.follow_up]]
id = "final"
title = { en = "Final report", zh = "最终报告" }
citation = "Art. 3"
start = { event = "fact", fact = "resolved_on" }
period = "60 days"

[[rule]]
id = "xx.law.decide"
title = { en = "Decide", zh = "决定" }
text = { en = "The office decides.", zh = "机关作出决定。" }
column = { en = "Decision", zh = "决定" }
citation = "Art. 7"
noun = "model"
duty = "decision"
owed_by = { en = "the office", zh = "机关" }
party = "authority"
in_force = { from = 2025-01-01 }
start = { event = "met", of = "xx.law.report" }
period = "10 working_days"
on_silence = "deemed_approved"
when = { all = [{ fact = "serious", op = "is", value = true }] }

[rule.stoppable]
by = ["authority"]
reasons = { information_requested = { en = "information was asked for", zh = "已要求补充资料" } }
citation = "Art. 8"
"""
REPORT, UPDATE, FINAL, DECIDE = "xx.law.report", "xx.law.report.update", "xx.law.report.final", "xx.law.decide"
NATIONAL, COUNCIL = "xx.law.report.national", "xx.law.report.council"
A = "model:a"
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
