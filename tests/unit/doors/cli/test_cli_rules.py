"""`weal rule explain` and `weal rule check`, from a file, the package or an authority; what firing sets going."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.indicators import batch_act
from commonweal.kernel.values import RuleFault
from plays import APPROVED, book

RULE = """
format = 2
id = "test.rule"
version = "1"
citation = "made for a test"
every = "1d"
max_gap = "30d"
expr = "eval.score >= 0.5"
then = "test"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2000-01-01 }
"""


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    code = main(["rule", *argv])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out + captured.err


def test_a_rule_of_the_package_a_file_and_an_adopted_one_are_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(capsys, "explain", "us.sahm_gap")
    assert code == 0
    assert "It is breached while gap is at least line." in text
    assert "满足以下条件时视为越限：gap不低于line。" in text
    assert "low12 := min[12mo](lag[1mo](mean3))" in text
    path = tmp_path / "rule.toml"
    path.write_text(RULE, "utf-8")
    code, text = said(capsys, "explain", str(path), "--language", "zh", "--no-mtl")
    assert (code, "breached :=" in text, "It fires" in text) == (0, False, False)
    assert json.loads(said(capsys, "explain", str(path), "--json")[1])["mtl"][0] == "breached := eval.score ≥ 0.5"
    assert "a threshold rule" in said(capsys, "explain", "eu.ai_act")[1]
    assert said(capsys, "explain", "no.such_rule")[0] == 1
    assert "en or zh" in said(capsys, "explain", "us.sahm_gap", "--language", "fr")[1]


def test_a_rule_that_fires_opens_the_case_it_names_and_one_that_names_none_agreed_on_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, path, play = str(tmp_path / "office"), tmp_path / "rule.toml", tmp_path / "play.json"
    path.write_text(RULE, "utf-8")
    play.write_text(book(*APPROVED), "utf-8")
    code, text = said(capsys, "check", str(path))
    assert (code, "a playbook that is agreed on" in text) == (1, True)
    assert main(["open", folder, "--name", "Office", "--origin", "test.example/log"]) == 0
    assert said(capsys, "check", folder, str(path))[0] == 1
    with Authority.open(Path(folder)) as authority, pytest.raises(RuleFault, match="agreed on"):
        authority.adopt(rule_file(RULE))
    assert main(["playbook", "import", folder, str(play)]) == 0
    assert "can be adopted" in said(capsys, "check", folder, str(path))[1]
    assert said(capsys, "adopt", folder, str(path))[0] == 0
    assert "It is breached while eval.score is at least 0.5" in said(capsys, "explain", folder, "test.rule")[1]
    with Authority.open(Path(folder)) as authority:
        rows = [("eval.score", "model:gpt-4", date(2026, 1, 1), 0.7)]
        authority.act(batch_act(rows, series_set="eval", citation="a test", released_on=date(2026, 1, 2)))
        authority.follow()
        (case,) = protocols.cases(authority.reader)
    assert (case["playbook"], case["subject"], case["state"]) == ("playbook.test", "model:gpt-4", "open")


def test_the_marks_of_what_a_rule_waits_for_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rule.toml"
    text = "\n".join(line for line in RULE.splitlines() if not line.startswith(("every", "max_gap", "expr", "then")))
    path.write_text(
        text
        + '\nafter = { rule = "us.sahm_gap", state = "firing" }\nexpect = { kind = "case.opened" }\nwithin = "72h"\n',
        "utf-8",
    )
    code, text = said(capsys, "check", str(path))
    assert code == 0
    assert "case.opened: causable" in text
    assert "threshold.switched: only observable" in text
    path.write_text(path.read_text("utf-8").replace('"case.opened"', '"observations.batch"'), "utf-8")
    assert "only says what was measured" in said(capsys, "check", str(path))[1]


def test_a_rule_that_states_another_unit_than_its_series_has_is_neither_checked_nor_adopted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One series has one unit: a line in percent says nothing of a series in FLOP."""
    folder, path = str(tmp_path / "office"), tmp_path / "rule.toml"
    assert main(["open", folder, "--name", "Office", "--origin", "test.example/log"]) == 0
    with Authority.open(Path(folder)) as authority:
        rows = [("eval.score", "model:gpt-4", date(2026, 1, 1), 0.7, None, None, "FLOP")]
        authority.act(batch_act(rows, series_set="eval", citation="a test", released_on=date(2026, 1, 2)))
        authority.follow()
    rule = RULE.replace('then = "test"\n', "")
    for unit, code, words in (("percent", 1, "FLOP, the unit on record"), ("FLOP", 0, "can be adopted")):
        path.write_text(f'{rule}[units]\n"eval.score" = "{unit}"\n', "utf-8")
        found, text = said(capsys, "check", folder, str(path))
        assert (found, words in text) == (code, True), text
        assert said(capsys, "adopt", folder, str(path))[0] == code
