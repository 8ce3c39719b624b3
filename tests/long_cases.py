"""An authority in which one case moves long, or cannot move, beside another that has a deadline of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commonweal.adoption import adoption
from commonweal.authority import HOUSE, Authority
from commonweal.exercises import replay_case
from commonweal.instruments import Installed, discover, rule_file
from commonweal.kernel import protocols
from commonweal.kernel.instrument import Instrument, Response, Text
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, instant
from commonweal.settings import Settings
from plays import book, step

T0 = instant("2026-01-01T00:00:00Z")
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", T0)
WORDS = Text(en="Case", zh="案件")
NOTE = [{"type": "record", "command": "noted"}]
YES = {"playbook_variables": {"__x__": {"type": "string", "value": "yes"}}}


def late(to: str, after: str = "P1D") -> dict[str, Any]:
    return {"deadline": {"from_event": "step.entered", "duration": after, "escalate_to": f"@{to}"}}


def looping(visits: int, loops: int = 1, per_visit: int = 1) -> str:
    """Desk work that, when late, leads to loops of notices one after another; nobody waits in them."""
    parts = [step("start", "action.wait"), step("action.wait", "end", late("while-condition.0")), step("end")]
    for n in range(loops):
        then = f"while-condition.{n + 1}" if n + 1 < loops else "end"
        bound = {"at_most": {"visits": visits, "then": f"@{then}"}}
        way = {"condition": "__x__:value = 'yes'", "on_true": f"@action.note{n}"}
        parts.append(step(f"while-condition.{n}", ext=bound, **way))
        parts.append(step(f"action.note{n}", f"end.{n}", commands=NOTE * per_visit))
        parts.append(step(f"end.{n}"))
    return book(*parts, **YES)


OTHER = book(
    step("start", "action.wait"), step("action.wait", "end", late("action.chase")),
    step("action.chase", "end", late("end", "P9D")), step("end"), id="@playbook.other", name="Other",
)  # fmt: skip
UNWRITABLE = book(
    step("start", "action.wait"), step("action.wait", "end", late("end.long")), step("end"),
    step("end.long", ext={"outcome": "x" * 81}),
)  # fmt: skip


class House:
    """An authority that opens a case under each of two playbooks for every organisation that is registered."""

    def __init__(self, folder: Path, text: str) -> None:
        self.clock = ReplayClock(T0)
        found = dict(discover())
        responses = tuple(
            Response(on="model_registration.organisation", playbook=name, match=lambda entry, reader: entry.subject)
            for name in ("playbook.test", "playbook.other")
        )
        found["test"] = Installed(Instrument("test", WORDS, WORDS, responses=responses), Path("/nonexistent"))
        self.authority = Authority.create(folder, SETTINGS, installed=found, clock=self.clock)
        self.authority.act(adoption(rule_file(text, ".json"), ""), HOUSE)  # as it was, before the linter asked for more
        self.authority.adopt(rule_file(OTHER, ".json"))
        self.authority.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, "lab"))
        self.authority.follow()

    def at(self, when: str) -> None:
        self.clock.set(instant(when))
        self.authority.tick()

    def of(self, playbook: str) -> dict[str, Any]:
        (row,) = protocols.cases(self.authority.reader, playbook=playbook)
        return row

    def entries(self, kind: str) -> list[Any]:
        size = self.authority.store.size()
        return [one for one in map(self.authority.entry, range(size)) if one.kind == kind]

    def check(self) -> None:
        """The record verifies, says the same of each case, and gives the same tables again."""
        assert self.authority.verify() == []
        for row in protocols.cases(self.authority.reader):
            assert replay_case(self.authority, row["case"]).differences == ()
        was = self.authority.dump()
        self.authority.rebuild()
        assert self.authority.dump() == was
