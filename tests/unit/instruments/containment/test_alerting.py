"""A warning threshold before a red line gives an alert, and the playbook for it begins with nobody present."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.indicators import batch_act
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, RuleFault, Text, instant
from commonweal.settings import Settings

RULE = """
format = 2
id = "test.replication_warning"
version = "1"
citation = "made for a test: warning at 6 of 30 tasks, red line at 24"
title = { en = "Replication: warning", zh = "自主复制：预警" }
text = { en = "On from six tasks.", zh = "达到六项任务时触发。" }
in_force = { from = 2026-01-01 }
every = "1d"
max_gap = "30d"
expr = "eval.replication >= line"
value = "tasks"
line = "line"
then = { causes = ["containment.alert"] }
[let]
line = "6"
tasks = "eval.replication"
[labels]
capability = "autonomous replication"
version = "law"
"""


class House:
    def __init__(self, folder: Path, rule: str = RULE) -> None:
        self.clock = ReplayClock(instant("2026-10-01T08:00:00Z"))
        settings = Settings(Text(en="Test", zh="测试"), "test.example/record", instant("2026-10-01"), replay=True)
        self.authority = Authority.create(folder, settings, clock=self.clock)
        maker = Caller("party:maker", ("developer",))
        self.authority.act(Act("model_registration.organisation", {"name": "Maker", "fictitious": True}, ""), maker)
        model = {"name": "Example", "organisation": "organisation:maker"}
        self.authority.act(Act("model_registration.model", model, ""), maker)
        self.authority.adopt(rule_file(rule))
        self.authority.follow()

    def measured(self, day: int, tasks: float, about: str = "model:example") -> None:
        self.clock.set(instant(f"2026-10-{day:02}T12:00:00Z"))
        self.authority.tick()
        rows = [("eval.replication", about, date(2026, 10, day), tasks)]
        self.authority.act(batch_act(rows, series_set="eval", citation="a test", released_on=date(2026, 10, day)))
        self.authority.follow()

    def alerts(self) -> list[dict[str, object]]:
        entries = (self.authority.entry(n) for n in range(self.authority.store.size()))
        return [dict(entry.body) for entry in entries if entry.kind == "containment.alert"]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "office")


def test_crossing_the_warning_threshold_opens_the_case_of_disclosure(house: House) -> None:
    house.measured(2, 5.0)
    assert house.alerts() == [], "five of thirty is below the warning threshold"
    house.measured(3, 9.0)
    (alert,) = house.alerts()
    told = {name: alert[name] for name in ("what", "about", "capability", "version", "result")}
    assert told == {
        "what": "early_warning",
        "about": "model:example",
        "capability": "autonomous replication",
        "version": "law",
        "result": "9 at 2026-10-03; line 6",
    }
    (case,) = protocols.cases(house.authority.reader)
    assert (case["playbook"], case["state"]) == ("playbook.early_warning_disclosure", "open")
    assert str(case["subject"]).startswith("alert:")


def test_one_alert_for_each_time_it_begins_to_fire_however_often_it_is_measured(house: House) -> None:
    house.measured(3, 9.0)
    house.measured(4, 10.0)
    assert len(house.alerts()) == 1, "still firing"
    house.measured(5, 2.0)
    house.measured(6, 7.0)
    assert len(house.alerts()) == 2, "off, and on again"
    assert len({str(alert["name"]) for alert in house.alerts()}) == 2


def test_what_comes_back_from_behind_silence_gives_no_second_alert(tmp_path: Path) -> None:
    house = House(tmp_path / "office", RULE.replace('max_gap = "30d"', 'max_gap = "5d"'))
    house.measured(3, 9.0)
    house.measured(20, 9.0)  # seventeen days of silence, longer than five
    states = [row["to_state"] for row in house_switches(house)]
    assert states == ["firing", "unknown", "firing"]
    assert len(house.alerts()) == 1


def house_switches(house: House) -> list[dict[str, object]]:
    entries = (house.authority.entry(n) for n in range(house.authority.store.size()))
    return [dict(entry.body) for entry in entries if entry.kind == "threshold.switched"]


def test_before_its_first_day_a_rule_shows_a_switch_and_gives_no_alert(tmp_path: Path) -> None:
    house = House(tmp_path / "office", RULE.replace("from = 2026-01-01", "from = 2027-01-01"))
    house.measured(3, 9.0)
    assert [row["to_state"] for row in house_switches(house)] == ["firing"]
    assert house.alerts() == []


def test_of_what_is_no_registered_model_no_alert_is_given(house: House) -> None:
    house.measured(3, 9.0, about="area:us")
    house.measured(4, 9.0, about="model:nobody-knows")
    assert house.alerts() == []
    assert {row["to_state"] for row in house_switches(house)} == {"firing"}


def test_a_rule_that_would_file_what_no_rule_files_is_refused(house: House) -> None:
    for kind in ("containment.order", "observations.batch"):
        text = RULE.replace("containment.alert", kind).replace('version = "1"', 'version = "2"')
        with pytest.raises(RuleFault, match=r"files of itself when a rule fires: containment\.alert"):
            house.authority.adopt(rule_file(text))
