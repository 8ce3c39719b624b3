"""Dated cases of clocks as data, and the record in which they are filed: for tests of the law's dates and reasons."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import Obligations
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.record.tables import Table as Told
from commonweal.kernel.values import instant, stamp
from commonweal.law import texts
from duty_house import FACT, FiledFacts, House

FOLDER = Path(__file__).parent / "stories" / "clocks"
FILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
CASES = [(name, case) for name, file in FILES.items() for case in file.get("case", ())]
PERIODS = [case for file in FILES.values() for case in file.get("period", ())]
SCHEME = files("commonweal.instruments.incident_reports") / "rules" / "safe_harbour.toml"
TEXTS = {**texts(), "incident_reports.safe_harbour": SCHEME.read_text("utf-8")}
NOUNS = ("alert", "report", "application", "model", "access_request")
KINDS = {"alert": "containment.alert", "report": "incident_reports.report", "application": "applications.application",
         "model": "model_registration.model", "access_request": "access_requests.access_request"}  # fmt: skip


SAME = "same"


VERSION = Told("test_version", columns={"subject": "text", "at": "text", "said": "json"}, key=("subject", "at"))
"""What each filing about a subject says, where it has several."""


def facts_of(subject: str, reader: Reader, as_of: datetime) -> dict[str, Fact]:
    """Facts as filed, each with what every version says of it; since when it was known is admitted once."""
    found = {row["name"]: Fact(row["value"], instant(row["on"])) for row in reader.select(FACT, {"subject": subject})}
    versions = [(instant(row["at"]), row["said"]) for row in reader.select(VERSION, {"subject": subject})]
    if len(versions) < 2:
        return found
    for name in set(found).intersection(*(said for _, said in versions)):
        history = tuple((at, said[name]) for at, said in versions)
        found[name] = replace(found[name], history=history)
        if name.endswith("aware_at"):
            at, value = min(history, key=lambda one: instant(one[1]))
            found[name] = replace(found[name], value=value, known_on=at, said=history)
    return found


@dataclass(frozen=True)
class Papers(FiledFacts):
    """Facts as filed; subjects are one matter with those that they are said to be the same as, and so on from these."""

    of: Any = field(default=facts_of)

    def matter(self, subject: str, reader: Reader) -> list[str]:
        found, ahead = {subject}, [subject]
        while ahead:
            row = reader.get(FACT, ahead.pop(), SAME)
            near = set(row["value"] if row else ()) - found
            found |= near
            ahead += near
        return sorted(found - {subject})


class Table(House):
    """A record in which facts of every noun are filed as versions of their subject; a fact filed as "" is taken out.

    `other` is a second paper of the same noun, where a case has one.
    """

    def __init__(self, noun: str) -> None:
        super().__init__()
        self.room = Obligations([Papers(name) for name in NOUNS])
        self.subject, self.other, self.kind, self.said = f"{noun}:x", f"{noun}:y", KINDS[noun], {}

    def states(self, at: str, facts: Mapping[str, Any]) -> None:
        self.said = {name: value for name, value in {**self.said, **facts}.items() if value != ""}
        self.tables.put(VERSION, {"subject": self.subject, "at": stamp(instant(at)), "said": self.said})
        for name, value in self.said.items():
            row = self.tables.get(FACT, self.subject, name)
            if row is None or row["value"] != value:
                self.tables.put(FACT, {"subject": self.subject, "name": name, "value": value, "on": at})
        self.file(self.kind, at, self.subject, **self.said)

    def came_before(self, at: str, facts: Mapping[str, Any]) -> None:
        self.tables.put_many(FACT, [{"subject": self.other, "name": name, "value": value, "on": at}
                                    for name, value in facts.items()])  # fmt: skip
        self.file(self.kind, at, self.other, **facts)

    def are_same(self, at: str, same: bool) -> None:
        for one, other in ((self.subject, self.other), (self.other, self.subject)):
            self.tables.put(FACT, {"subject": one, "name": SAME, "value": [other] if same else [], "on": at})
        self.file("incident_reports.triage", at, None, touches=[self.subject, self.other])

    def then(self, step: Mapping[str, Any]) -> None:
        at = step["at"]
        self.tick(at)
        if SAME in step:
            self.are_same(at, step[SAME])
        elif "facts" in step:
            self.states(at, step["facts"])
        elif "answers" in step:
            body = {"alert": self.subject, "organisation": "organisation:x", "rule": step["answers"]}
            self.file("containment.incident_report", at, None, **body)
        elif "files" in step:
            self.file(step["files"], at, None, request=self.subject, on=step.get("on"))
        else:
            told = {name: step[name] for name in ("rule", "decision", "reason", "period") if name in step}
            self.file("duty.clock", at, None, about=self.subject, decided_by="authority", basis="Order 1", **told)


def laws_of(case: Mapping[str, Any]) -> list[str]:
    """The laws that a case names."""
    named = [item["rule"] for item in (*case["expect"], *case.get("then", ())) if "rule" in item]
    return list(dict.fromkeys(".".join(rule.split(".")[:2]) for rule in named))


def played(file: str, case: Mapping[str, Any]) -> Table:
    """The record in which everything that a case says was filed, followed up to its end."""
    table = Table(case.get("noun", "alert"))
    for name, text in TEXTS.items():
        if name.startswith("calendar.") or name in laws_of(case):
            table.adopt(name, "2001-01-01T00:00:00Z", text)
    facts = {**FILES[file].get("base", {}).get(case.get("base", ""), {}), **case["facts"]}
    known = next((value for name, value in facts.items() if name.endswith("aware_at")), None)
    if before := case.get("before"):
        table.tick(before["at"])
        table.came_before(before["at"], {**facts, **before.get("facts", {})})
    filed = instant(case.get("filed") or known).isoformat()
    table.tick(filed)
    table.states(filed, facts)
    for step in case.get("then", ()):
        table.then(step)
    if "at" in case:
        table.tick(case["at"])
    return table
