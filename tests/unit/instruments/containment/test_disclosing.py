"""Nobody is told before it was approved, and what is told in confidence is not read by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel import protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.story import at_step

START = "2026-11-02T09:00:00Z"
ALERT = "alert:warned"
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


def test_an_alert_of_something_else_has_nobody_told_of_an_early_warning(house: House) -> None:
    house.alert("Other", "incident")
    with pytest.raises(BadInput, match="early_warning"):
        house.call("disclose_abroad", "abroad", "alert:other")
    assert house.told() == []
