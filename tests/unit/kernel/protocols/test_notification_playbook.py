"""The shipped notification playbook, run as the register would run it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from commonweal.kernel.protocols import Protocols, cases, lint, read_playbook, timeline, who_must_act
from commonweal.kernel.protocols.playbooks import EXTENSION
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import digest
from fakes import MemoryTables

FILE = files("commonweal") / "instruments" / "model_registration" / "playbooks" / "notification.json"
T0 = datetime(2025, 8, 4, tzinfo=UTC)
MODEL, RULE = "model:example-1", "eu.ai_act.art52_1"


@dataclass(frozen=True)
class Owed:
    on: str = "duty.changed"
    playbook: str = "playbook.model_notification"

    def match(self, entry: Entry, reader: Reader) -> str | None:
        return entry.subject if entry.body["state"] == "owed" else None


class Desk:
    """An authority's desk: files entries and sees where the case stands."""

    def __init__(self, law: str = "eu.ai_act", due: str | None = "2025-08-19T00:00:00Z") -> None:
        self.tables, self.room, self.next = MemoryTables(), Protocols([Owed()]), 0
        text = FILE.read_text("utf-8")
        body = {"rule_id": "playbook.model_notification", "room": "protocols", "version": "1", "text": text}
        self.file("rule.adopted", {**body, "sha256": digest(text.encode())}, 0)
        self.duty("owed", law=law, due=due)

    def file(self, kind: str, body: Mapping[str, Any], day: float, subject: str | None = None, by: str = "p:a") -> None:
        entry = Entry(self.next, kind, 1, T0 + timedelta(days=day), by, subject, body)
        self.next += 1
        acts: list[Act] = self.room.follow(entry, self.tables)
        for act in acts:
            self.file(act.kind, act.body, day, act.subject)

    def duty(self, state: str, day: float = 0, **more: Any) -> None:
        self.file("duty.changed", {"rule": RULE, "state": state, **more}, day, MODEL)

    def notify(self, day: float, about: str = MODEL, contests: bool = False) -> None:
        body = {"rule_id": RULE, "about": about, "statement": "…", "contests_presumption": contests}
        self.file("model_registration.notification", body, day)

    def tick(self, day: float) -> None:
        self.file("clock.tick", {"at": ""}, day)

    def act(self, day: float, outcome: str = "done") -> None:
        """Whoever must act, does."""
        case = cases(self.tables)[0]
        (asked,) = who_must_act(self.tables, case["case"])
        body = {"case": case["case"], "step": asked["step"]}
        if asked["kind"] == "approval":
            decision = "approve" if outcome == "done" else "refuse"
            said = {"role": asked["roles"][0], "organisation": "the-authority", "decision": decision}
            self.file("approval.given", {**body, **said}, day, by="p:officer")
        else:
            assert asked["kind"] == "desk", asked
            self.file("case.step_done", {**body, "outcome": outcome}, day)

    def at(self) -> str:
        """The step the case stands at, or its outcome."""
        row = cases(self.tables)[0]
        if row["state"] != "open":
            return str(row["outcome"])
        return " + ".join(item["name"]["en"] for item in who_must_act(self.tables, row["case"]))


def test_it_has_no_faults_for_the_roles_there_are() -> None:
    assert lint(read_playbook(FILE.read_text("utf-8")), roles=["officer", "authority"]) == []


def test_it_is_valid_under_the_published_cacao_schema(shared_data: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    folder = shared_data / "cacao" / "schemas"
    documents = [json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))]
    resources = [(item["$id"], referencing.Resource.from_contents(item)) for item in documents]
    registry = referencing.Registry().with_resources(resources)
    schema = json.loads((folder / "playbook.json").read_text("utf-8"))
    validator = jsonschema.Draft7Validator(schema, registry=registry)
    assert [error.message for error in validator.iter_errors(json.loads(FILE.read_text("utf-8")))] == []


def test_everything_people_read_is_in_both_languages() -> None:
    playbook = read_playbook(FILE.read_text("utf-8"))
    texts = [playbook.name, playbook.description, *playbook.agents.values()]
    for step in playbook.steps.values():
        texts += [step.name, step.description, *(command.text for command in step.commands)]
    for text in texts:
        assert not text["en"] or any("\u4e00" <= sign <= "\u9fff" for sign in text["zh"]), text


def test_its_identifiers_are_unique_and_of_version_4() -> None:
    document = json.loads(FILE.read_text("utf-8"))
    named = [document["id"], *document["workflow"], *document["agent_definitions"], EXTENSION]
    plain = [name.split("--")[1] for name in named]
    assert len(set(plain)) == len(plain)
    assert {uuid[14] for uuid in plain} == {"4"}


def test_whoever_checks_a_notification_does_not_accept_it_too() -> None:
    """One person alone cannot see a notification through."""
    playbook = read_playbook(FILE.read_text("utf-8"))
    check = next(step.id for step in playbook.steps.values() if step.name["en"].startswith("Check that"))
    decided = [step.extension.approval for step in playbook.steps.values() if step.extension.approval]
    assert len(decided) == 2
    assert all(check in approval.separate_from for approval in decided)


def test_a_notification_in_time_is_checked_approved_once_and_listed() -> None:
    desk = Desk()
    assert desk.at() == "Await the notification"
    desk.notify(10)
    assert desk.at() == "Check that the notification is complete"
    desk.act(11)
    assert desk.at() == "Accept the notification"
    desk.act(12)
    assert desk.at() == "listed"
    told = timeline(desk.tables, cases(desk.tables)[0]["case"])
    assert sum(item["what"] == "approval" for item in told) == 1
    assert [item["name"]["en"] for item in told if item["what"] == "notice"] == [
        "Acknowledge the notification",
        "Publish on the list",
    ]


def test_the_deadline_is_the_duty_s_own() -> None:
    assert cases(Desk().tables)[0]["next_deadline"] == "2025-08-19T00:00:00Z"


def test_a_provider_who_stays_silent_is_written_to_and_then_referred() -> None:
    desk = Desk()
    desk.tick(15)
    assert desk.at() == "Write to the provider: the notification is overdue"
    desk.act(16)
    assert desk.at() == "Await the late notification"
    desk.tick(60)
    assert desk.at() == "Refer for enforcement"
    desk.act(61)
    assert desk.at() == "referred"


def test_a_notification_that_crosses_with_the_letter_counts() -> None:
    desk = Desk()
    desk.tick(15)
    desk.notify(15.5)
    desk.act(16)
    assert desk.at() == "Check that the notification is complete"


def test_a_notification_about_another_model_does_not_count() -> None:
    desk = Desk()
    desk.notify(3, about="model:other")
    assert desk.at() == "Await the notification"


def test_what_is_missing_is_asked_for_and_the_supplement_checked() -> None:
    desk = Desk()
    desk.notify(1)
    desk.act(2, "failed")
    assert desk.at() == "Ask for what is missing"
    desk.act(3)
    desk.notify(4)
    assert desk.at() == "Check that the notification is complete"


def test_after_three_incomplete_notifications_the_case_is_referred() -> None:
    desk = Desk()
    desk.notify(1)
    for _ in range(3):
        assert desk.at() == "Check that the notification is complete"
        desk.act(2, "failed")
        desk.act(2)
        desk.notify(2)
    assert desk.at() == "Refer for enforcement"


def test_under_the_eu_act_a_contested_presumption_needs_a_decision_of_its_own() -> None:
    # Regulation (EU) 2024/1689, Art. 52(2) and (3)
    desk = Desk()
    desk.notify(1, contests=True)
    desk.act(2)
    desk.act(3)
    assert desk.at() == "Classification: do the provider's arguments fail?"
    desk.act(4, "refused")
    assert desk.at() == "not_listed"


def test_elsewhere_there_is_no_presumption_to_contest() -> None:
    desk = Desk(law="us_ca.sb53")
    desk.notify(1, contests=True)
    desk.act(2)
    desk.act(3)
    assert desk.at() == "listed"


def test_an_undecided_case_reminds_the_officers_and_is_referred_in_the_end() -> None:
    desk = Desk()
    desk.notify(1)
    desk.act(2)
    for day in (20, 40):
        desk.tick(day)
        assert desk.at() == "Accept the notification"
    desk.tick(60)
    assert desk.at() == "Refer for enforcement"


@pytest.mark.parametrize("state", ["lapsed", "not_owed"])
def test_nobody_is_written_to_about_a_duty_that_has_ended(state: str) -> None:
    desk = Desk()
    desk.duty(state, 5)
    assert desk.at() == "withdrawn"
    desk.tick(30)
    assert desk.at() == "withdrawn"


def test_a_listing_can_be_reversed() -> None:
    desk = Desk()
    desk.notify(1)
    desk.act(2)
    desk.act(3)
    desk.file("case.reversed", {"case": cases(desk.tables)[0]["case"], "reason": "…"}, 90)
    assert cases(desk.tables)[0]["state"] == "reversed"
    assert desk.at() == "struck"
