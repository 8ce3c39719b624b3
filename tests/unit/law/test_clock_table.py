"""A table of dated cases: what is filed, and the last day and the instant that the law gives, each worked by hand.

`tests/stories/clocks/*.toml` holds them; `source` cites the law and does the arithmetic. What is filed goes into a
record, the room of obligations follows it under the shipped law, and its own rows are read. Where it is not known
whether a duty is owed, `due` is the end that would hold.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from commonweal.kernel.obligations import Obligations, due_after, duties, law_of, read_calendar
from commonweal.kernel.values import instant, period
from commonweal.law import texts
from duty_house import FACT, FiledFacts, House

FOLDER = Path(__file__).parents[2] / "stories" / "clocks"
FILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
CASES = [(name, case) for name, file in FILES.items() for case in file.get("case", ())]
PERIODS = [case for file in FILES.values() for case in file.get("period", ())]
SCHEME = files("commonweal.instruments.incident_reports") / "rules" / "safe_harbour.toml"
TEXTS = {**texts(), "incident_reports.safe_harbour": SCHEME.read_text("utf-8")}
NOUNS = ("alert", "report", "application", "model")
KINDS = {"alert": "containment.alert", "report": "incident_reports.report", "application": "applications.application",
         "model": "model_registration.model"}  # fmt: skip
CASES_MIN = 60
KEYS = {"rule", "state", "last_day", "due", "missing", "late", "steps", "refused"}


class Table(House):
    """A record in which facts of every noun are filed as versions of their subject; a fact filed as "" is taken out."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self.room = Obligations([FiledFacts(name) for name in NOUNS])
        self.subject, self.kind, self.said = f"{noun}:x", KINDS[noun], {}

    def states(self, at: str, facts: Mapping[str, Any]) -> None:
        self.said = {name: value for name, value in {**self.said, **facts}.items() if value != ""}
        for name, value in self.said.items():
            row = self.tables.get(FACT, self.subject, name)
            if row is None or row["value"] != value:
                self.tables.put(FACT, {"subject": self.subject, "name": name, "value": value, "on": at})
        self.file(self.kind, at, self.subject, **self.said)

    def then(self, step: Mapping[str, Any]) -> None:
        at = step["at"]
        self.tick(at)
        if "facts" in step:
            self.states(at, step["facts"])
        elif "answers" in step:
            body = {"alert": self.subject, "organisation": "organisation:x", "rule": step["answers"]}
            self.file("containment.incident_report", at, None, **body)
        else:
            told = {name: step[name] for name in ("rule", "decision", "reason", "period") if name in step}
            self.file("duty.clock", at, None, about=self.subject, decided_by="authority", basis="Order 1", **told)


def laws_of(case: Mapping[str, Any]) -> list[str]:
    named = [item["rule"] for item in (*case["expect"], *case.get("then", ())) if "rule" in item]
    return list(dict.fromkeys(".".join(rule.split(".")[:2]) for rule in named))


def played(case: Mapping[str, Any], bases: Mapping[str, Any]) -> Table:
    table = Table(case.get("noun", "alert"))
    for name, text in TEXTS.items():
        if name.startswith("calendar.") or name in laws_of(case):
            table.adopt(name, "2001-01-01T00:00:00Z", text)
    facts = {**bases.get(case.get("base", ""), {}), **case["facts"]}
    filed = instant(case.get("filed") or facts["aware_at"]).isoformat()
    table.tick(filed)
    table.states(filed, facts)
    for step in case.get("then", ()):
        table.then(step)
    if "at" in case:
        table.tick(case["at"])
    return table


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{file}: {case['name']}" for file, case in CASES])
def test_the_law_gives_what_was_worked_out_by_hand(file: str, case: Mapping[str, Any]) -> None:
    table = played(case, FILES[file].get("base", {}))
    assert case["source"].strip()
    assert case["expect"]
    for wanted in case["expect"]:
        assert set(wanted) <= KEYS
        (row,) = duties(table.tables, subject=table.subject, rule=wanted["rule"], private=True)
        seen: dict[str, Any] = {
            "rule": row["rule"],
            "state": row["state"],
            "last_day": row["last_day"],
            "due": row["due"] or row["due_if_owed"],
            "missing": row["missing"],
            "late": None if row["late"] is None else bool(row["late"]),
            "steps": [step["code"] for step in row["why"]["steps"]],
            "refused": len((row["clock"] or {"refused": ()})["refused"]),
        }
        assert {name: seen[name] for name in wanted} == wanted, case["source"]
        _agrees(table, row, wanted)


def _agrees(table: Table, row: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """The two that a case gives by hand fit each other: a last day ends where the instant is, or holds it."""
    if "due" in wanted and "last_day" in wanted:
        zone = ZoneInfo(law_of(table.tables, row["sha256"]).time_zone)
        local = instant(wanted["due"]).astimezone(zone)
        before = local.date().toordinal() - (local.hour == local.minute == local.second == 0)
        assert date.fromordinal(before).isoformat() == wanted["last_day"]


@pytest.mark.parametrize("case", PERIODS, ids=[case["name"] for case in PERIODS])
def test_a_period_ends_where_it_was_worked_out_by_hand(case: Mapping[str, Any]) -> None:
    found = due_after(
        read_calendar(TEXTS[case["calendar"]]), case["zone"], instant(case["event"]), period(case["period"])
    )
    assert found.at == instant(case["due"]), case["source"]


def test_the_table_is_as_long_as_it_should_be_and_covers_every_law_of_incidents() -> None:
    assert len(CASES) + len(PERIODS) >= CASES_MIN
    told = {law for _, case in CASES for law in laws_of(case)}
    assert {name for name in TEXTS if name.endswith("_incidents")} <= told
