"""Nobody is told before it was approved, and what is told in confidence is not read by everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import discover, rule_file
from commonweal.instruments.containment.standing import happenings
from commonweal.kernel import protocols, registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.story import at_step, read_story, tell

START = "2026-11-02T09:00:00Z"
ALERT, ALERTED = "alert:warned", "alert-2026-11"
DESK, READER, OFFICER, LIAISON = "desk", "evaluator", "officer", "liaison"


class House:
    """An authority with a model about which a warning was given, a recipient at home and one abroad."""

    def __init__(self, folder: Path) -> None:
        self.clock = ReplayClock(instant(START))
        settings = Settings(Text(en="Test", zh="测试"), "test.example/record", instant("2026-11-02"), replay=True)
        self.authority = Authority.create(folder, settings, clock=self.clock)
        self.calls = 0
        for name in ("Maker", "Home", "Abroad"):
            self.file("model_registration.organisation", name=name, fictitious=True)
        self.file("model_registration.model", name="Root", organisation="organisation:maker")
        self.alert()

    def file(self, kind: str, key: str = "", **body: Any) -> None:
        self.authority.act(Act(kind, body, key), Caller("party:authority", ("authority", "officer", "developer")))
        self.authority.follow()

    def alert(self, name: str = "Warned", what: str = "early_warning") -> None:
        self.file("containment.alert", name=name, what=what, about="model:root", capability="replication")

    def wait(self, until: str) -> None:
        self.clock.set(instant(until))
        self.authority.tick()
        self.authority.follow()

    def done(self, step: str, party: str = DESK, **given: Any) -> None:
        self.authority.act(at_step(self.authority, "done", step, given), Caller(f"party:{party}", ("officer",)))
        self.authority.follow()

    def decide(self, step: str, party: str = OFFICER, role: str = "officer", decision: str = "approve") -> None:
        given = {"role": role, "organisation": f"{role}-office", "decision": decision}
        caller = Caller(f"party:{party}", ("officer", role), given["organisation"], f"ed25519-{party:0>16}")
        self.authority.act(at_step(self.authority, "approve", step, given), caller)
        self.authority.follow()

    def read(self, credible: str = "true", imminent: str = "false") -> None:
        self.done("Read the warning", READER, variables={"__credible__": credible, "__imminent__": imminent})

    def call(self, measure: str, to: str, alert: str = ALERT) -> None:
        self.calls += 1
        self.file(
            "containment.call", f"call-{self.calls}", alert=alert, measure=measure, addressees=[f"organisation:{to}"]
        )

    def told(self) -> list[str]:
        entries = (self.authority.entry(number) for number in range(self.authority.store.size()))
        return [str(entry.body["addressee"]) for entry in entries if entry.kind == "containment.order"]

    def orders(self) -> list[tuple[str, str]]:
        """Of each order by what right it was given, and what stands in for an approval."""
        rows = registry.subjects(self.authority.reader, "order")
        return [(row["body"]["version"], row["body"].get("default_of", {}).get("en", "")) for row in rows]

    def stands_at(self) -> list[str]:
        case = self.case()
        return [case.playbook.steps[one.step].name["en"] for one in case.standing]

    def case(self) -> protocols.Case:
        (row,) = protocols.cases(self.authority.reader, subject=ALERT)
        return protocols.case(self.authority.reader, row["case"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "authority")
    with house.authority:
        yield house


def test_nobody_is_told_before_it_was_approved(house: House) -> None:
    """What was told cannot be taken back: the list first, and for abroad the second approval by two."""
    for measure, to in (("disclose_home", "home"), ("disclose_abroad", "abroad")):
        with pytest.raises(BadInput, match="stands at 'Read the warning'"):
            house.call(measure, to)
    house.read()
    house.done("Say who is told what")
    with pytest.raises(BadInput, match="stands at 'Approve who is told what'"):
        house.call("disclose_home", "home")
    house.decide("Approve who is told what")
    with pytest.raises(BadInput, match=r"'Tell recipients abroad'.* stands at 'Tell recipients at home'"):
        house.call("disclose_abroad", "abroad")
    assert house.told() == []
    house.call("disclose_home", "home")
    assert house.told() == ["organisation:home"]


def test_one_voice_of_two_tells_nobody_abroad(house: House) -> None:
    house.read()
    house.done("Say who is told what")
    house.decide("Approve who is told what")
    house.call("disclose_home", "home")
    house.wait("2026-11-05T09:00:00Z")  # three days for acknowledgements at home
    house.decide("Approve disclosure abroad")
    with pytest.raises(BadInput, match="stands at 'Approve disclosure abroad'"):
        house.call("disclose_abroad", "abroad")
    house.decide("Approve disclosure abroad", LIAISON, "liaison")
    house.call("disclose_abroad", "abroad")
    assert house.told() == ["organisation:home", "organisation:abroad"]


def test_where_harm_is_imminent_the_one_approval_lets_both_calls_through(house: House) -> None:
    house.read(imminent="true")
    house.done("Say who is told what")
    house.decide("Approve who is told what")
    house.call("disclose_abroad", "abroad")
    house.call("disclose_home", "home")
    assert house.told() == ["organisation:abroad", "organisation:home"]


def test_where_no_officer_decides_home_is_told_and_the_order_says_that_nobody_approved_it(house: House) -> None:
    """early_warning_disclosure: without a decision home is told by default, and nobody abroad however imminent."""
    house.read(imminent="true")
    house.done("Say who is told what")
    house.wait("2026-11-02T21:00:00Z")
    with pytest.raises(BadInput, match="stands at 'Tell recipients at home'"):
        house.call("disclose_abroad", "abroad")
    house.call("disclose_home", "home")
    assert house.orders() == [("unapproved", "Early-warning disclosure: Tell authorities at home without an approval")]
    (said,) = happenings(house.authority.reader, ALERT)
    assert said["what"] == "called_unapproved"


def test_an_earlier_approval_of_something_else_approves_no_call(house: House) -> None:
    """That the reading was confirmed is no approval of who is told what, on which nobody decided."""
    house.read(credible="false")
    house.decide("Confirm that it is not credible")
    house.file("containment.objection", alert=ALERT, reasons="it is")
    house.decide("Decide on the objection", "third")
    house.wait("2026-11-02T21:00:00Z")
    house.wait("2026-11-03T09:00:00Z")
    house.wait("2026-11-03T11:00:00Z")
    house.call("disclose_home", "home")
    assert [version for version, _ in house.orders()] == ["unapproved"]


def test_no_playbook_has_abroad_told_without_an_approval(house: House) -> None:
    """One that goes on to tell everyone when nobody decided, as ours did, is held to it at the door."""
    text = files("commonweal").joinpath("playbooks/early_warning_disclosure.json").read_text("utf-8")
    playbook = json.loads(text)
    (late,) = [step for step in playbook["workflow"].values() if step["name"].endswith("without an approval")]
    (asked,) = [name for name, step in playbook["workflow"].items() if step["name"] == "Is harm imminent?"]
    late["on_completion"] = asked
    playbook["modified"] = "2026-11-29T00:00:00.000Z"
    house.authority.adopt(rule_file(json.dumps(playbook), ".json"))
    house.alert("Second")
    given = {"of": "alert:second", "variables": {"__credible__": "true", "__imminent__": "true"}}
    house.done("Read the warning", READER, **given)
    house.wait("2026-11-02T21:00:00Z")
    house.wait("2026-11-03T09:00:00Z")
    with pytest.raises(BadInput, match=r"one that was approved: case:.*without an approval"):
        house.call("disclose_abroad", "abroad", "alert:second")
    house.call("disclose_home", "home", "alert:second")
    assert house.told() == ["organisation:home"]


def test_an_alert_of_something_else_has_nobody_told_of_an_early_warning(house: House) -> None:
    house.alert("Other", "incident")
    with pytest.raises(BadInput, match="early_warning"):
        house.call("disclose_abroad", "abroad", "alert:other")
    assert house.told() == []


def test_one_person_alone_does_not_bury_a_warning(house: House) -> None:
    house.read("false")
    assert house.stands_at() == ["Confirm that it is not credible"]
    house.decide("Confirm that it is not credible", decision="refuse")
    assert house.stands_at() == ["Say who is told what"]


def test_what_nobody_confirms_or_decides_in_time_is_passed_on(house: House) -> None:
    """Twelve hours to confirm; three days for an objection: silence never stops a warning."""
    house.read("false")
    house.wait("2026-11-02T21:00:00Z")
    assert house.stands_at() == ["Say who is told what"]


def test_an_objection_that_nobody_decides_is_taken_as_right(house: House) -> None:
    house.read("false")
    house.decide("Confirm that it is not credible")
    house.file("containment.objection", alert=ALERT, reasons="Look again.")
    house.wait("2026-11-05T09:00:00Z")
    assert house.stands_at() == ["Say who is told what"]


def test_an_objection_that_is_not_followed_ends_the_case_with_reasons(house: House) -> None:
    house.read("false")
    house.decide("Confirm that it is not credible")
    house.file("containment.objection", alert=ALERT, reasons="Look again.")
    house.decide("Decide on the objection", "second", decision="refuse")
    assert (house.case().state, house.case().outcome) == ("closed", "not_credible")


def test_everybody_reads_that_there_was_a_warning_but_not_about_which_model(tmp_path: Path) -> None:
    """Of the walk the public reads capability, who was told and when: no model, evidence, message or question."""
    installed = discover()["containment"]
    story = read_story(installed.folder / "story_early_warning.toml")
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", story.start, replay=True)
    clock = ReplayClock(story.start)
    secret = {
        "aurora", "Aurora", "Evidence is with the evaluators", "9 of 30 tasks", "30 tasks of copying",
        "Which mitigations are in place?", "A model crossed a warning threshold", "two were counted twice",
    }  # fmt: skip
    filed = " ".join(str(step.given) for step in story.steps)
    assert all(words in filed for words in secret), "the story says each of these to somebody"
    with Authority.create(tmp_path / "authority", settings, clock=clock) as authority:
        assert not [one for one in tell(authority, clock, story, installed) if one.problem]
        entries = [authority.entry(number) for number in range(authority.store.size())]
        warned = next(entry.index for entry in entries if entry.kind == "containment.alert")
        pages = ["/alerts", f"/alerts/{ALERTED}", "/containment/alerts.json", "/containment/orders.json", "/cases.json"]
        pages += [f"/cases/{row['case'].partition(':')[2]}" for row in protocols.cases(authority.reader)]
        pages += [f"/subjects/{entry.subject}" for entry in entries if entry.kind == "containment.order"]
        pages += [f"/record/{entry.index}" for entry in entries if entry.index >= warned]
        with TestClient(app(authority), base_url="http://portal.example") as client:
            seen = {address: client.get(address) for address in [*pages, *(f"/zh{page}" for page in pages[:2])]}
            model = client.get("/subjects/model:aurora-three-fictitious")
    assert {answer.status_code for answer in seen.values()} == {200}
    leaks = {(address, words) for address, answer in seen.items() for words in secret if words in answer.text}
    assert leaks == set()
    assert "autonomous replication" in seen[f"/alerts/{ALERTED}"].text
    assert "Grid Operator" in seen[f"/alerts/{ALERTED}"].text
    assert model.status_code == 200
    assert ALERTED not in model.text, "nor is the alert found from the model"
