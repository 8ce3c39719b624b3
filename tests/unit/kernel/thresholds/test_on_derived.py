"""Thresholds on derived series, through a whole authority: judged as values follow, laid out again by a rebuild."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.kernel import indicators, thresholds
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.values import ReplayClock, Text, add_months, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "derived.example/log", instant("2020-01-01T00:00:00Z"), replay=True)
COMMON = """
version = "1"
citation = "a test"
every = "1mo"
by = "all"
subject = "area:us"
in_force = { from = 2000-01-01 }
title = { en = "a", zh = "甲" }
text = { en = "a", zh = "甲" }
"""
RATE = 'id = "x.rate"\nseries = "x.rate"\nexpr = "100 * sum_by(a.out) / sum_by(a.all)"' + COMMON
HIGH = 'id = "x.high"\nexpr = "x.rate >= 5"\nmax_gap = "3mo"' + COMMON.replace('by = "all"\nsubject = "area:us"\n', "")


def test_a_rule_over_a_derived_series_is_judged_when_its_inputs_come(tmp_path: Path) -> None:
    clock = ReplayClock(instant("2020-01-01T00:00:00Z"))
    with Authority.create(tmp_path / "a", SETTINGS, clock=clock) as authority:
        authority.adopt(rule_file(HIGH))
        states = []
        for number, out in enumerate((4.0, 6.0, 6.0, 3.0)):
            month = add_months(date(2020, 1, 1), number)
            clock.set(instant(f"{add_months(month, 1)}T12:00:00Z"))
            rows = [Observation("a.out", "area:us-ca", month, out), Observation("a.all", "area:us-ca", month, 100.0)]
            authority.act(batch_act(rows, series_set="t", citation="a test", released_on=add_months(month, 1)))
            if number == 1:
                authority.follow()
                assert thresholds.states(authority.reader, "x.high") == []
                authority.adopt(rule_file(RATE))
            authority.follow()
            states += [row["state"] for row in thresholds.states(authority.reader, "x.high")]
        assert states == ["firing", "firing", "ok"], "adopting the series makes it known, and the rule is judged on it"
        assert [value for _, value in indicators.series(authority.reader, "x.rate", "area:us")] == [4.0, 6.0, 6.0, 3.0]
        assert [row["to_state"] for row in thresholds.switches(authority.reader, "x.high")] == ["firing", "ok"]
        assert authority.faults() == []
        before = authority.dump()
        authority.rebuild()
        assert authority.dump() == before
