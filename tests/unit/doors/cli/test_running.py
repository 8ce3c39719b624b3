"""`weal rule run`: a file of events in, every change of state out, and a way back into a run that was stopped."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from commonweal.doors.cli.main import main
from streams import TEXT, record


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "rule.toml"
    path.write_text(TEXT, "utf-8")
    return path


def weal(*argv: object) -> int:
    return main(["rule", "run", *(str(item) for item in argv)])


def test_changes_are_printed_or_written_the_same(
    rule: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = record(tmp_path)
    assert weal(rule, events) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("subject,event,from_state,to_state,cause\nunit:0,2026-01-01T00:00:00Z,unknown,ok,")
    assert "set aside" in printed.err
    assert weal(rule, events, "--to", tmp_path / "edges.csv") == 0
    assert (tmp_path / "edges.csv").read_text("utf-8") == printed.out
    assert weal(rule, events, "--to", tmp_path / "edges.parquet", "--shards", 2, "--keep", tmp_path / "kept") == 0
    told = pl.read_parquet(tmp_path / "edges.parquet")
    assert len(told) == printed.out.count("\n") - 1
    capsys.readouterr()
    assert weal(rule, events, "--shards", 2, "--keep", tmp_path / "kept", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["edges"] == len(told)
    assert facts["resumed_at"] == facts["events"], "what was finished is read again, not run again"


def test_time_may_have_come_further_than_the_newest_event(
    rule: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert weal(rule, record(tmp_path), "--until", "2026-01-02", "--json") == 0
    assert json.loads(capsys.readouterr().out)["to"]["unknown"] >= 7, "by the next day all seven have fallen silent"


def test_what_cannot_be_done_is_said_before_anything_is_done(
    rule: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = record(tmp_path)
    for argv, said in (
        ((rule, events, "--to", tmp_path / "edges.xlsx"), ".parquet or .csv"),
        ((rule, events, "--to", tmp_path / "absent" / "edges.csv"), "absent"),
        ((tmp_path / "absent.toml", events), "absent.toml"),
        ((rule, tmp_path / "absent.parquet"), "absent.parquet"),
        ((rule, rule), "Parquet"),
        ((rule, events, "--shards", 0), "from 1 to"),
    ):
        assert weal(*argv) == 1
        assert said in capsys.readouterr().err
    assert weal(rule, events, "--until", "soon") == 2
    assert "--until" in capsys.readouterr().err
    rule.write_text(TEXT.replace("unit.load >= 80", "unit.load >="), "utf-8")
    assert weal(rule, events) == 1
    assert "character" in capsys.readouterr().err
