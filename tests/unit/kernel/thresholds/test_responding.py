"""The response of a rule: a case for each subject with its dimensions, and no firing that none of them names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal import playbooks
from commonweal.authority import Act, Authority
from commonweal.exercises import replay_case
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.instrument import Entry
from commonweal.kernel.values import ReplayClock, Text, day_start
from commonweal.settings import Settings

RULE = """
format = 2
id = "test.sector"
version = "1"
citation = "made for a test"
every = "1d"
title = { en = "Load", zh = "负载" }
text = { en = "Load.", zh = "负载。" }
in_force = { from = 2000-01-01 }
by = ["subject", "sector"]
expr = "jobs.lost >= 80"
max_gap = "300d"
then = { playbook = "serious_incident_handling" }
"""
FIRST = date(2026, 3, 1)
SETTINGS = Settings(Text(en="Test", zh="测试"), "responding.example/log", day_start(FIRST), replay=True)


class House:
    """An authority with the playbook and a rule by sector, told one value after the other."""

    def __init__(self, folder: Path) -> None:
        self.clock = ReplayClock(day_start(FIRST))
        self.authority = Authority.create(folder, SETTINGS, clock=self.clock)
        self.authority.adopt(rule_file(playbooks.texts()["serious_incident_handling"], ".json"))
        self.authority.adopt(rule_file(RULE))
        self.authority.follow()

    def told(self, day: int, value: float, sector: str = "11") -> None:
        event = FIRST + timedelta(days=day)
        self.clock.set(day_start(event) + timedelta(hours=12))
        row = Observation(f"jobs.lost{{sector={sector}}}", "area:us", event, value)
        self.authority.act(batch_act([row], series_set="t", citation="test", released_on=event))
        self.authority.follow()

    def cases(self) -> list[dict[str, Any]]:
        rows = protocols.cases(self.authority.reader, subject="area:us")
        return sorted(rows, key=lambda row: int(row["cause"]))

    def joined(self, case: str) -> list[int]:
        """The entries that joined a case, as its timeline has them."""
        items = protocols.timeline(self.authority.reader, case)
        return [item["entry"] for item in items if item["what"] == "joined"]

    def switches(self) -> list[int]:
        """The entries of the switches that set the playbook going."""
        return [entry.index for entry in self.entries("threshold.switched") if entry.body.get("runs")]

    def entries(self, kind: str) -> list[Entry]:
        found = [self.authority.entry(index) for index in range(self.authority.store.size())]
        return [entry for entry in found if entry.kind == kind]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "a")
    with made.authority:
        yield made


def test_each_sector_has_a_case_of_its_own(house: House) -> None:
    house.told(1, 90.0, "11")
    house.told(1, 90.0, "22")
    assert [row["about"] for row in house.cases()] == ["area:us{sector=11}", "area:us{sector=22}"]
    assert [row["cause"] for row in house.cases()] == house.switches()
    opened = house.authority.entry(house.cases()[1]["opened_index"])
    assert (opened.body["subject"], opened.body["about"]) == ("area:us", "area:us{sector=22}")


def test_what_fires_again_joins_the_case_that_is_open_and_both_say_so(house: House) -> None:
    for day, value in ((1, 90.0), (2, 10.0), (3, 90.0)):
        house.told(day, value)
    first, again = house.switches()
    (case,) = house.cases()
    assert (case["cause"], house.joined(case["case"])) == (first, [again])
    (entry,) = [one for one in house.entries("case.advanced") if one.causes == (again,)]
    assert entry.body["case"] == case["case"]
    assert {"what": "joined", "entry": again} in entry.body["items"]


def test_a_case_that_a_rule_opened_is_replayed_to_what_the_record_says(house: House) -> None:
    for day, value in ((1, 90.0), (2, 10.0), (3, 90.0)):
        house.told(day, value)
    (case,) = house.cases()
    replayed = replay_case(house.authority, case["case"])
    assert replayed.differences == ()
    assert "joined" in [item["what"] for item in replayed.moves[-1].items]


def test_another_rule_with_the_same_playbook_joins_too(house: House) -> None:
    house.authority.adopt(rule_file(RULE.replace("test.sector", "test.other").replace("80", "70")))
    house.told(1, 90.0)
    (case,) = house.cases()
    assert [case["cause"], *house.joined(case["case"])] == house.switches()
    assert len(house.switches()) == 2


def test_a_case_that_is_stopped_is_joined_too(house: House) -> None:
    house.told(1, 90.0)
    (case,) = house.cases()
    house.authority.act(Act("case.stopped", {"case": case["case"], "reason": "a test"}, "stop"))
    for day, value in ((2, 10.0), (3, 90.0)):
        house.told(day, value)
    assert house.joined(case["case"]) == house.switches()[1:]


def test_once_the_case_has_ended_what_fires_opens_another(house: House) -> None:
    """It ends by its deadlines, whether or not anybody looked at the clock before it fires again."""
    house.authority.adopt(rule_file(playbooks.texts()["coordinated_pausing"], ".json"))
    other = RULE.replace("serious_incident_handling", "coordinated_pausing").replace('version = "1"', 'version = "2"')
    house.authority.adopt(rule_file(other))
    for day, value in ((1, 90.0), (2, 10.0), (280, 90.0)):
        house.told(day, value)
    ended, opened = house.cases()
    assert (ended["state"], house.joined(ended["case"])) == ("closed", [])
    assert (opened["state"], opened["cause"]) == ("open", house.switches()[1])


def test_a_folder_laid_out_again_says_the_same(house: House) -> None:
    for day, value, sector in ((1, 90.0, "11"), (1, 90.0, "22"), (2, 10.0, "11"), (3, 90.0, "11")):
        house.told(day, value, sector)
    before, size = house.authority.dump(), house.authority.store.size()
    house.authority.rebuild()
    house.authority.follow()
    assert (house.authority.dump(), house.authority.store.size()) == (before, size)
