"""An office that holds something about a reporter without a name, a laboratory, and somebody who works there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonweal import held
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.forms import REPORTER
from commonweal.instruments import discover
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings
from commonweal.sight import Sight

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
VISITOR = Caller("party:reporter-0000", (REPORTER,))
LAB, JANE = Caller("party:lab", ("developer",)), "party:jane"
DESK = Caller("party:desk", ("officer",), "authority", "")
REPORT = {
    "name": "NR-1", "category": "near_miss", "reporter": "public", "title": "Title-of-mine",
    "what_happened": "Words-of-mine", "deployer_named": "Deployer-of-mine",
}  # fmt: skip


class Office:
    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock
        self.at: dict[str, int] = {}

    def file(self, label: str, kind: str, caller: Caller | None = None, **body: Any) -> int:
        given = (caller,) if caller else ()
        self.at[label] = self.authority.act(Act(kind, body, label), *given).index
        self.authority.follow()
        return self.at[label]

    def own(self, party: str, **more: Any) -> held.Answer:
        seeing = Sight(self.authority, Caller(party), "test")
        found = held.own(self.authority, party, seeing, **more)
        seeing.logged()
        return found

    def for_another(self, party: str, caller: Caller = DESK, purpose: str = "Letter of 1 March") -> held.Answer:
        seeing = Sight(self.authority, caller, "test", purpose=purpose)
        found = held.for_another(self.authority, party, seeing)
        seeing.logged()
        return found

    def item(self, answer: held.Answer, label: str) -> held.Item:
        return next(item for item in answer.items if item.index == self.at[label])

    def labels(self, answer: held.Answer) -> set[str]:
        names = {index: label for label, index in self.at.items()}
        return {names.get(item.index, f"entry {item.index}: {item.kind}") for item in answer.items}


@contextmanager
def held_office(folder: Path) -> Iterator[Office]:
    """A report without a name and what officers filed about it; a report of a laboratory; somebody who works here."""
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", START, replay=True)
    clock = ReplayClock(START)
    installed = {"incident_reports": discover()["incident_reports"]}
    with Authority.create(folder, settings, clock=clock, installed=installed) as authority:
        found, kind = Office(authority, clock), "incident_reports."
        mine = {"report": "report:nr-1"}
        found.file("mine", kind + "report", VISITOR, **REPORT)
        found.file("identity", kind + "identity", VISITOR, **mine, contact="me@home.example")
        found.file("theirs", kind + "report", LAB, **{**REPORT, "name": "LAB-1", "title": "Title-of-lab",
                   "what_happened": "Words-of-lab", "deployer_named": JANE})  # fmt: skip
        found.file("question", kind + "question", DESK, **mine, text="Question-of-desk")
        found.file("note", kind + "note", DESK, about="report:nr-1", text="Note-of-desk")
        found.file("note-lab", kind + "note", DESK, about="report:lab-1", text="Note-on-lab")
        found.file("joined", "person.joined", person="person:77", party=JANE, name="Jane Doe", organisation="authority",
                   roles=["officer"], note="Note-on-jane")  # fmt: skip
        found.file("lent", kind + "assignment", DESK, about="report:nr-1", assignee=JANE, reasons="Reasons-of-desk")
        found.file(
            "named", "disclosure.named", party=JANE, about="entry:4", until="2026-06-01", reason="Reason-to-name"
        )
        authority.access.issue_key(JANE, ("officer",), label="her laptop")
        yield found
