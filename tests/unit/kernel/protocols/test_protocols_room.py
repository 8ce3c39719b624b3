from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonweal.kernel.disclosure.kinds import PUBLIC
from commonweal.kernel.protocols import (
    KINDS,
    TABLES,
    Protocols,
    case,
    cases,
    check_filing,
    counts,
    playbooks,
    timeline,
    who_must_act,
    with_step,
)
from commonweal.kernel.protocols.playbooks import EXTENSION
from commonweal.kernel.protocols.variables import Variable
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import BadInput, Conflict, Forbidden, NotFound, Text, digest
from fakes import MemoryTables
from plays import APPROVED, AWAITING, book, sid, step

T0 = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMAS = {kind.id: kind.schema for kind in KINDS}


@dataclass(frozen=True)
class Answer:
    on: str
    playbook: str
    match: Callable[[Entry, Reader], str | None]


def owed(entry: Entry, reader: Reader) -> str | None:
    return entry.subject if entry.body.get("state") == "owed" else None


class House:
    """The room with a record in memory: acts that follow are recorded and followed in turn, as the authority does."""

    def __init__(self, *responses: Answer) -> None:
        self.room = Protocols(responses or [Answer("duty.changed", "playbook.test", owed)])
        self.tables = MemoryTables()
        self.entries: list[Entry] = []

    def file(
        self,
        kind: str,
        body: Mapping[str, Any],
        day: float = 0,
        subject: str | None = None,
        by: str = "party:authority",
    ) -> list[Act]:
        entry = Entry(len(self.entries), kind, 1, T0 + timedelta(days=day), by, subject, body)
        self.entries.append(entry)
        acts = self.room.follow(entry, self.tables)
        for act in acts:
            SCHEMAS[act.kind].model_validate(act.body)
            self.file(act.kind, act.body, day, act.subject)
        return acts

    def adopt(self, text: str, version: str = "1", rule_id: str = "playbook.test") -> None:
        body = {
            "rule_id": rule_id,
            "room": "protocols",
            "version": version,
            "text": text,
            "sha256": digest(text.encode()),
        }
        self.file("rule.adopted", {**body, "media_type": "application/json"})

    def owe(self, day: float = 0, subject: str = "model:x", **more: Any) -> list[Act]:
        body = {"state": "owed", "duty": "notification", "due": "2026-01-11T00:00:00Z", **more}
        return self.file("duty.changed", body, day, subject)

    def rebuilt(self) -> dict[str, list[dict[str, Any]]]:
        tables = MemoryTables()
        for entry in self.entries:
            self.room.follow(entry, tables)
        return {table.name: tables.select(table) for table in TABLES}

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        return {table.name: self.tables.select(table) for table in TABLES}


def house(text: str = "") -> House:
    made = House()
    made.adopt(text or book(*APPROVED))
    return made


CASE = "case:test-model-x-1"


def approve(made: House, by: str, organisation: str, day: float = 2, decision: str = "approve") -> list[Act]:
    body = {
        "case": CASE,
        "step": sid("action.approve"),
        "decision": decision,
        "role": "officer",
        "organisation": organisation,
        "statement": "because",
    }
    return made.file("approval.given", body, day, by=by)


def check_done(made: House, day: float = 1) -> list[Act]:
    return made.file("case.step_done", {"case": CASE, "step": sid("action.check")}, day, by="party:desk")


def test_a_response_opens_a_case_once_with_a_key_that_repeats() -> None:
    made = house()
    (act,) = made.owe()
    assert (act.kind, act.key, act.causes) == ("case.opened", f"case.opened:{CASE}", (1,))
    assert act.body["steps"] == [sid("action.check")]
    assert cases(made.tables)[0]["opened_index"] == 2
    assert made.owe(1) == [], "one open case for a playbook and subject"
    assert len(made.owe(1, "model:y")) == 1


def test_no_case_opens_without_a_playbook_in_force() -> None:
    made = House()
    assert made.owe() == []
    assert counts(made.tables) == {"open": 0, "closed": 0, "failed": 0, "reversed": 0}


def test_a_playbook_with_faults_is_kept_with_its_faults_and_never_run() -> None:
    made = house()
    made.adopt(book(*APPROVED, workflow_start="@action.check"), "2")
    assert [bool(row["faults"]) for row in playbooks(made.tables)] == [True, False]
    made.adopt("{}", "3")
    (act,) = made.owe()
    assert act.body["playbook_version"] == "1"


def test_a_case_runs_to_its_end_and_says_each_move() -> None:
    made = house()
    made.owe()
    (moved,) = check_done(made)
    assert (moved.kind, moved.key) == ("case.advanced", f"case.advanced:{CASE}:3")
    approve(made, "party:a", "org-a")
    acts = approve(made, "party:b", "org-b", 3)
    assert [act.kind for act in acts] == ["case.advanced", "case.notice"]
    assert acts[0].body["state"] == "closed"
    assert acts[1].body["notice"] == {"en": "told", "zh": "told"}
    assert counts(made.tables)["closed"] == 1


def test_what_a_case_says_in_public_names_nobody_and_quotes_nobody() -> None:
    made = house()
    made.owe()
    check_done(made)
    acts = approve(made, "party:a-person", "org-a")
    assert "party:a-person" not in str([act.body for act in acts])
    assert "because" not in str([act.body for act in acts]) + str(timeline(made.tables, CASE))
    marked = {kind.id: kind for kind in KINDS}
    assert marked["approval.given"].marking("statement") is not PUBLIC
    assert marked["case.step_done"].marking("note") is not PUBLIC


def test_every_table_is_the_same_when_rebuilt_without_recording_anything() -> None:
    made = house(book(*AWAITING))
    made.owe()
    made.owe(0, "model:y")
    made.file("clock.tick", {"at": ""}, 11)
    made.file("x.filed", {"duty": "notification"}, 12, "model:x")
    made.adopt(book(*APPROVED), "2")
    made.file("case.step_done", {"case": CASE, "step": sid("action.chase")}, 13)
    assert counts(made.tables) == {"open": 1, "closed": 1, "failed": 0, "reversed": 0}
    assert made.rebuilt() == made.dump()


def test_following_an_entry_again_after_a_crash_gives_the_same_acts() -> None:
    made = house()
    first = made.room.follow(Entry(1, "duty.changed", 1, T0, "a", "model:x", {"state": "owed"}), made.tables)
    fresh = house()
    again = fresh.room.follow(Entry(1, "duty.changed", 1, T0, "a", "model:x", {"state": "owed"}), fresh.tables)
    assert first == again


def test_an_open_case_keeps_the_playbook_it_began_under() -> None:
    made = house()
    made.owe()
    made.adopt(book(*AWAITING), "2")
    assert case(made.tables, CASE).playbook.sha256 == digest(book(*APPROVED).encode())
    check_done(made)
    assert cases(made.tables)[0]["version"] == "1"
    made.owe(2, "model:y")
    assert cases(made.tables, subject="model:y")[0]["version"] == "2"


def test_time_is_due_when_a_deadline_is_and_a_tick_lets_it_pass() -> None:
    made = house(book(*AWAITING))
    made.owe()
    assert not made.room.due(T0 + timedelta(days=9), made.tables)
    assert made.room.due(T0 + timedelta(days=10), made.tables)
    (act,) = made.file("clock.tick", {"at": ""}, 10)
    assert [item["what"] for item in act.body["items"]] == ["escalated", "entered"]
    assert not made.room.due(T0 + timedelta(days=99), made.tables)


def test_only_the_awaited_entry_about_the_subject_moves_a_case() -> None:
    made = house(book(*AWAITING))
    made.owe()
    assert made.file("x.filed", {"duty": "notification"}, 1, "model:other") == []
    assert made.file("x.filed", {"duty": "another"}, 1, "model:x") == []
    assert made.file("y.filed", {"duty": "notification"}, 1, "model:x") == []
    (act,) = made.file("x.filed", {"duty": "notification"}, 1, "model:x")
    assert act.body["outcome"] == "met"


def test_entries_about_cases_that_are_not_there_change_nothing() -> None:
    made = house()
    assert check_done(made) == []
    assert approve(made, "party:a", "org-a") == []


def test_who_must_act_says_who_what_and_by_when() -> None:
    made = house()
    made.owe()
    (desk,) = who_must_act(made.tables, CASE)
    assert (desk["kind"], desk["agent"]["en"], desk["instruction"]["en"]) == ("desk", "The desk", "do check")
    check_done(made)
    approve(made, "party:a", "org-a")
    (asked,) = who_must_act(made.tables, CASE)
    assert (asked["kind"], asked["roles"], asked["needed"], asked["given"]) == ("approval", ["officer"], 2, 1)


def test_the_timeline_tells_the_story_in_both_languages() -> None:
    made = house()
    made.owe()
    check_done(made)
    approve(made, "party:a", "org-a", decision="refuse")
    told = timeline(made.tables, CASE)
    assert [item["what"] for item in told] == [
        "entered", "entered", "completed", "entered", "approval", "completed", "entered", "closed",
    ]  # fmt: skip
    assert told[4]["text"] == {"en": "org-a (officer) refuses “approve”", "zh": "org-a（officer）拒绝“approve”"}
    assert told[4]["entry"] == 5
    assert all(item["at"] and item["text"]["zh"] for item in told)


def test_a_case_that_is_not_there_is_not_found() -> None:
    for ask in (timeline, who_must_act, case):
        with pytest.raises(NotFound):
            ask(MemoryTables(), "case:none")


def test_the_door_refuses_what_the_case_would_ignore() -> None:
    made = house()
    made.owe()
    reader = made.tables
    with pytest.raises(BadInput, match="one of 'check' \\(action--"):
        check_filing(reader, "case.step_done", {"case": CASE, "step": sid("action.tell")}, "party:a")
    check_filing(reader, "case.step_done", {"case": CASE, "step": sid("action.check")}, "party:a")
    check_done(made)
    body = {"case": CASE, "step": sid("action.approve"), "decision": "approve", "role": "officer", "organisation": "o"}
    with pytest.raises(Forbidden, match="does not hold"):
        check_filing(reader, "approval.given", body, "party:a", roles=["developer"])
    check_filing(reader, "approval.given", body, "party:a", roles=["officer"])
    for organisation in ("", "another"):
        with pytest.raises(Forbidden, match="organisation: party:a belongs to"):
            check_filing(reader, "approval.given", body, "party:a", ["officer"], organisation=organisation)
    check_filing(reader, "approval.given", body, "party:a", ["officer"], organisation="o")
    approve(made, "party:a", "org-a", decision="refuse")
    with pytest.raises(Conflict, match="closed"):
        check_filing(reader, "approval.given", body, "party:b")
    with pytest.raises(BadInput, match="reversal"):
        check_filing(reader, "case.reversed", {"case": CASE, "reason": "x"}, "party:b")
    with pytest.raises(NotFound):
        check_filing(reader, "case.reversed", {"case": "case:none", "reason": "x"}, "party:b")
    check_filing(reader, "model.filed", {}, "party:b")


SAID = {
    "__sure__": {"type": "bool"},
    "__size__": {"type": "integer"},
    "__how__": {"type": "string"},
    "__free__": {"type": "string"},
}
HOW = {"variables": {"__how__": {"name": {"en": "How bad", "zh": "程度"}, "values": {"bad": "bad", "worse": "worse"}}}}


def test_what_a_desk_reports_is_held_against_what_its_variable_may_be() -> None:
    """CACAO 2.0, 10.18: a variable has a type. A wrong word would send a case the wrong way, or nowhere."""
    made = House()
    asks = step("action.look", "end", out_args=list(SAID))
    more = {"playbook_variables": SAID, "playbook_extensions": {EXTENSION: HOW}}
    made.adopt(book(step("start", "action.look"), asks, step("end"), **more))
    made.owe()
    body = {"case": CASE, "step": sid("action.look")}
    wrong = {"__sure__": "yes", "__size__": "12 m", "__how__": "Bad", "__free__": "anything"}
    with pytest.raises(BadInput) as refused:
        check_filing(made.tables, "case.step_done", {**body, "variables": wrong}, "party:a")
    assert {fault.where: (fault.seen, fault.want) for fault in refused.value.faults} == {
        "variables.__sure__": ("yes", "true or false, since the playbook declares it as bool"),
        "variables.__size__": ("12 m", "a whole number, since the playbook declares it as integer"),
        "variables.__how__": ("Bad", "one of bad, worse"),
    }
    right = {"__sure__": "true", "__size__": "-12", "__how__": "worse", "__free__": "anything"}
    check_filing(made.tables, "case.step_done", {**body, "variables": right}, "party:a")


@pytest.mark.parametrize(
    ("type_", "right", "wrong"),
    [
        ("float", "-2.5e3", "2,5"),
        ("long", "12", "1.5"),
        ("dictionary", '{"a": 1}', "[1]"),
        ("hexstring", "0aFF", "0aF"),
        ("ipv4-addr", "192.0.2.0/24", "192.0.2.256"),
        ("ipv6-addr", "2001:db8::1", "192.0.2.1"),
        ("mac-addr", "00:00:5e:00:53:01", "00:00:5e"),
        ("md5-hash", "d41d8cd98f00b204e9800998ecf8427e", "d41d"),
        ("sha256-hash", "ab" * 32, "ab" * 16),
        ("uri", "https://example.org/", "example.org"),
        ("uuid", "6f1a3c52-7f0e-4d0c-9d59-2b1c6f9b1a11", "6f1a3c52"),
        ("string", "", None),
        ("x-own", "whatever", None),
    ],
)
def test_each_type_of_cacao_takes_what_it_says(type_: str, right: str, wrong: str | None) -> None:
    found = Variable(type_, Text(en="x", zh="x"), {})
    assert found.wanted(right) == ""
    assert wrong is None or type_ in found.wanted(wrong)


def test_a_step_is_reported_done_by_what_people_call_it() -> None:
    made = house()
    made.owe()
    reader = made.tables
    for named in ("check", "CHECK", "che", sid("action.check")):
        act = Act("case.step_done", {"case": CASE, "step": named}, "")
        assert with_step(act, reader).body["step"] == sid("action.check"), named
    unclear = with_step(Act("case.step_done", {"case": CASE, "step": "look"}, ""), reader)
    with pytest.raises(BadInput, match="saw 'look'; one of 'check' \\(action--"):
        check_filing(reader, "case.step_done", unclear.body, "party:a")


def test_a_response_may_name_the_playbook_by_its_cacao_id() -> None:
    made = House(Answer("duty.changed", sid("playbook.test"), owed))
    made.adopt(book(*APPROVED))
    assert len(made.owe()) == 1


def test_a_list_of_cases_does_not_read_their_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inbox and the board look at every open case; what happened in each may be long, and they show none of it."""
    made = house()
    made.owe()
    read: list[str] = []
    select = MemoryTables.select
    monkeypatch.setattr(
        MemoryTables,
        "select",
        lambda self, table, *given, **named: (
            read.extend(named.get("only") or table.columns) or select(self, table, *given, **named)
        ),
    )
    (row,) = cases(made.tables, state="open")
    assert "events" not in read
    assert {"case", "steps", "waiting_for", "next_deadline"} <= set(row)
