"""Backtests over a record and over a file: as known is what the live house did; as revised is what it would do now."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal import backtesting
from commonweal.authority import Authority
from commonweal.doors.cli.main import main
from commonweal.instruments import rule_file
from commonweal.kernel import thresholds
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.thresholds import read_rule
from commonweal.kernel.values import ReplayClock, Text, add_months, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "backtest.example/log", instant("2019-01-01T00:00:00Z"), replay=True)
RULE = """
id = "x.high"
version = "1"
citation = "a test"
every = "1mo"
expr = "rate >= line"
value = "rate"
line = "line"
max_gap = "3mo"
in_force = { from = 2000-01-01 }
title = { en = "a", zh = "甲" }
text = { en = "a", zh = "甲" }
[let]
line = "5"
rate = "mean(x.rate, 2mo)"
"""
US = "area:us"
# month, first value, revised value a month later
FIGURES = ((0, 4.0, 4.0), (1, 5.0, 5.0), (2, 6.0, 3.0), (3, 4.0, 4.0), (4, 5.0, 7.0))


def month(number: int) -> date:
    return add_months(date(2020, 1, 1), number)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An authority that lived through first values and their revisions under the rule."""
    where, clock = tmp_path / "a", ReplayClock(instant("2020-01-01T00:00:00Z"))
    with Authority.create(where, SETTINGS, clock=clock) as authority:
        authority.adopt(rule_file(RULE))
        before: list[Observation] = []
        for number, first, revised in FIGURES:
            day = add_months(month(number), 1).replace(day=8)
            clock.set(instant(f"{day}T13:30:00Z"))
            rows = [Observation("x.rate", US, month(number), first), *before]
            authority.act(batch_act(rows, series_set="t", citation="a test", released_on=day))
            authority.follow()
            before = [Observation("x.rate", US, month(number), revised)]
    return where


def test_as_known_says_what_the_live_house_said_at_each_moment(folder: Path) -> None:
    with Authority.open(folder) as authority:
        data = backtesting.of_authority(authority, read_rule(RULE), entries=True)
        found, live = data.as_known(RULE), thresholds.lived(authority.reader, read_rule(RULE))
        assert {name: len(track) for name, track in found.judged.items()} == {US: len(live.judged[US])}
        names = ("subject", "at", "from_state", "to_state", "cause", "value", "known")
        assert [[row[name] for name in names] for row in found.switches] == [
            [row[name] for name in names] for row in live.switches
        ]
        assert [one.state for one in found.judged[US]] == ["unknown", "ok", "firing", "ok", "ok"]
        assert [one.state for one in live.judged[US]][2] == "ok", "the live table holds each period as last judged"
        assert [one.state for one in data.as_revised(RULE).judged[US]] == ["unknown", "ok", "ok", "ok", "ok"]
        assert data.notes == [], "there are several vintages, and so nothing to warn of"


rates = st.lists(st.one_of(st.none(), st.integers(2, 8)), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(rates)
def test_where_nothing_is_revised_and_nothing_late_both_ways_agree(rates: list[int | None]) -> None:
    """The replay in columns and the rooms that follow the record are two ways to one answer."""
    lines = [f"x.rate,{US},{month(at)},{rate}" for at, rate in enumerate(rates) if rate is not None]
    if not lines:
        return
    text = "\n".join(("series,subject,event,value", *lines)).encode()
    text_rule = RULE.replace('"3mo"', '"9mo"')
    data = backtesting.of_table(text, "t.csv", read_rule(text_rule))
    assert data.as_known(text_rule).judged == data.as_revised(text_rule).judged


def said(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    assert main([str(item) for item in argv]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_a_bulk_run_over_the_record_is_held_against_what_the_record_judged(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two-month means of the last values, by hand: none, 4.5, 4, 3.5, 4.5; at a line of 4 three of them fire."""
    facts = json.loads(said(capsys, "rule", "run", "x.high", "--folder", folder, "--json", "--keep", tmp_path / "kept"))
    assert facts["record"] == {"periods": 5, "alike": 5}
    assert facts["events"] == 9
    lower = tmp_path / "lower.toml"
    lower.write_text(RULE.replace('"5"', '"4"'), "utf-8")
    told = said(capsys, "rule", "run", lower, "--folder", folder, "--to", tmp_path / "edges.csv")
    assert "Of 5 periods that the record judged, 2 are in the state told here." in told
    assert f"{US}, 2020-02-01: ok on the record, firing here." in told
    lower.write_text(RULE.replace('"x.high"', '"x.other"'), "utf-8")
    told = said(capsys, "rule", "run", lower, "--folder", folder, "--to", tmp_path / "edges.csv")
    assert "nothing to compare with" in told
    lower.write_text(RULE.replace("x.rate", "x.absent"), "utf-8")
    for argv, why in (
        ((lower, "--folder", folder), "x.absent"),
        (("x.high",), "--folder of an authority"),
        (("x.high", lower, "--folder", folder), "both"),
        (("x.absent", "--folder", folder), "x.absent"),
    ):
        assert main(["rule", "run", *map(str, argv)]) == 1
        assert why in capsys.readouterr().err


def test_weal_backtest_tells_of_an_adopted_rule(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "backtest", "x.high", "--data", folder, "--as-known")
    assert "as known at each moment" in told
    assert "Switches: 3; times it fired: 1." in told
    picture = tmp_path / "sweep.svg"
    argv = ("backtest", "x.high", "--data", folder, "--sweep", "let.line=4..6/0.5", "--plot", picture, "--json")
    report = json.loads(said(capsys, *argv))
    assert [row["value"] for row in report["sweep"]["rows"] if row["as_written"]] == ["5"]
    assert picture.read_text().startswith("<svg")
    assert said(capsys, "backtest", "x.high", "--data", folder, "--csv").splitlines()[1].startswith(f"{US},2020-02-01")
    said(capsys, "backtest", "x.high", "--data", folder, "--as-known", "--plot", tmp_path / "states.png")
    assert main(["backtest", "x.no", "--data", str(folder)]) == 1
    assert main(["backtest", "x.high", "--data", str(folder), "--sweep", "let.rate=1,2"]) == 1
    asked = ["--from", "2024-01-01", "--to", "2023-01-01", "--near", "nan"]
    capsys.readouterr()
    assert main(["backtest", "x.high", "--data", str(folder), *asked]) == 1
    refused = capsys.readouterr().err
    assert "--to" in refused
    assert "--near" in refused


def test_what_was_on_before_the_first_day_asked_of_is_told_apart_from_what_switched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two subjects fire, one since before the report begins: one run more than there are switches to on."""
    early, late = (6, 6, 6, 6, 6), (2, 2, 2, 6, 6)
    rows = [f"x.rate,area:{name},{month(at)},{rate}" for name, rates in (("a", early), ("b", late))
            for at, rate in enumerate(rates)]  # fmt: skip
    (tmp_path / "t.csv").write_text("\n".join(("series,subject,event,value", *rows)))
    (tmp_path / "rule.toml").write_text(RULE.replace('"3mo"', '"9mo"'))
    argv = ("backtest", tmp_path / "rule.toml", "--data", tmp_path / "t.csv")
    whole, part = said(capsys, *argv), said(capsys, *argv, "--from", month(2))
    assert "times it fired: 2.\n" in whole
    assert f"Switches: 1; times it fired: 2, 1 of them on already before {month(2)}." in part


def test_weal_backtest_tells_of_a_file_and_says_what_it_cannot_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule, table = tmp_path / "r.toml", tmp_path / "t.csv"
    rule.write_text(RULE)
    table.write_text("series,subject,event,value\n" + "".join(f"x.rate,{US},{month(at)},{at}\n" for at in range(9)))
    told = said(capsys, "backtest", rule, "--data", table, "--as-known", "--lag", "35d", "--from", "2020-03-01")
    assert "2020-03-01 to 2020-09-01" in told
    assert "each value is taken as known at the end of its period + 35d" in told
    assert "One vintage only: each value is given once, and what was first published may differ." in told
    table.write_text("series,subject,event,value\nx.other,area:us,2020-01-01,1\n")
    assert main(["backtest", str(rule), "--data", str(table)]) == 1
    assert "values of what the rule reads: x.rate" in capsys.readouterr().err
    assert main(["backtest", str(rule), "--data", str(table), "--lag", "soon"]) == 1


def test_a_page_gets_the_sweep_of_an_adopted_rule_as_a_chart_in_both_languages(folder: Path) -> None:
    with Authority.open(folder) as authority:
        report = backtesting.sweep_of_adopted(authority, "x.high", "let.line=4,5,6")
    for language in ("en", "zh"):
        chart = backtesting.sweep_chart(report, language)
        assert len(chart.rows) == 3
        assert len(chart.columns) == len(chart.rows[0])
        assert chart.note
