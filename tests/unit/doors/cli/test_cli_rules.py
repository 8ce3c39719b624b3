"""`weal rule explain` and `weal rule check`, from a file, the package or an authority; what firing sets going."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from commonweal import law
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.indicators import batch_act
from commonweal.kernel.values import RuleFault, Text, instant
from commonweal.settings import Settings
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


SETTINGS = Settings(Text(en="Test", zh="测试"), "rules.example/log", instant("2026-01-01T00:00:00Z"))


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
    assert main(["playbook", "import", folder, str(play), "--anyway"]) == 0
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


def test_what_must_follow_what_is_judged_over_no_history_and_both_commands_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither sends to the other, and an empty report would look like one in which nothing ever was late."""
    rule, table, folder = tmp_path / "rule.toml", tmp_path / "values.csv", str(tmp_path / "office")
    kept = "\n".join(line for line in RULE.splitlines() if not line.startswith(("every", "max_gap", "expr", "then")))
    asked = '\nafter = { kind = "incident.report" }\nexpect = { kind = "case.opened" }\nwithin = "72h"\n'
    rule.write_text(kept + asked, "utf-8")
    table.write_text("series,subject,event,value\neval.score,model:a,2026-01-01,1\n", "utf-8")
    assert main(["open", folder, "--name", "Office", "--origin", "test.example/log"]) == 0
    for argv in (
        ("backtest", str(rule), "--data", folder),
        ("backtest", str(rule), "--data", folder, "--as-known"),
        ("backtest", str(rule), "--data", str(table)),
        ("rule", "run", str(rule), str(table)),
        ("rule", "run", str(rule), "--folder", folder),
    ):
        assert main([*argv]) == 1
        told = capsys.readouterr().err
        assert "after: saw 'incident.report'" in told
        assert "from the adoption of the rule on" in told
        assert "weal backtest" not in told


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


RATE = """
id = "test.rate"
version = "1"
citation = "Example Act, section 2"
series = "test.rate"
unit = "percent"
every = "1mo"
expr = "100 * test.out / test.all"
title = { en = "Rate", zh = "比率" }
text = { en = "A test.", zh = "测试。" }
in_force = { from = 2000-01-01 }
"""
GAP = (
    RATE.replace('"test.rate"', '"test.gap"')
    .replace("100 * test.out / test.all", "test.rate - lag(test.rate, 12mo)")
    .replace("Rate", "Gap")
)


def test_what_a_rule_reads_that_is_derived_is_explained_too_down_to_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Authority.create(tmp_path / "a", SETTINGS) as authority:
        for text in (RATE, GAP):
            authority.adopt(rule_file(text))
        authority.follow()
    rule = tmp_path / "rule.toml"
    rule.write_text(RULE.replace("eval.score >= 0.5", "test.gap >= 0.5").replace("1d", "1mo").replace("30d", "3mo"))
    code, told = said(capsys, "explain", str(tmp_path / "a"), str(rule), "--language", "en")
    assert code == 0
    assert "test.gap, in percent, is derived by test.gap, 1: Gap." in told
    assert "It is test.rate − " in told
    assert "It is (100 × test.out) ÷ test.all." in told
    assert "Source: Example Act, section 2." in told
    code, told = said(capsys, "explain", str(tmp_path / "a"), str(rule), "--json")
    assert list(json.loads(told)["derived"]) == ["test.gap", "test.rate"]
    code, told = said(capsys, "explain", str(tmp_path / "a"), "test.rate", "--language", "zh")
    assert (code, "由 test.rate（1）推导：比率" in told) == (0, True)
    code, told = said(capsys, "explain", str(rule), "--language", "en")
    assert "is derived by" not in told, "nothing in the package derives it"


def test_a_clear_condition_that_is_the_breach_is_refused_with_its_character(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = tmp_path / "rule.toml"
    lets = '[let]\nscore = "eval.score"\n'
    rule.write_text(RULE.replace('then = "test"', 'clear = "score >= 0.5"').replace("eval.score >=", "score >=") + lets)
    with Authority.create(tmp_path / "a", SETTINGS) as authority:
        authority.follow()
    for words in (("check", str(rule)), ("adopt", str(tmp_path / "a"), str(rule))):
        code, told = said(capsys, *words)
        assert code == 1
        assert "clear, character 7: saw 'score >= 0.5'" in told
        assert "both hold whenever it is breached" in told


def test_what_is_shown_must_be_named_in_let_and_the_refusal_says_how(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = tmp_path / "rule.toml"
    rule.write_text(RULE.replace('then = "test"', 'value = "eval.score"') + '[let]\nscore = "eval.score"\n')
    code, told = said(capsys, "check", str(rule))
    assert code == 1
    assert "value: saw 'eval.score'; the name of a number in [let]: score; an expression gets a name there" in told
    assert 'like shown = "eval.score"' in told


def test_a_law_whose_calendar_is_not_adopted_is_refused_by_check_as_by_adopt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its holidays would be missed: who is told that it can be adopted would find out only on adopting it."""
    folder, path, calendar = str(tmp_path / "office"), tmp_path / "law.toml", tmp_path / "sg.toml"
    text = law.texts()["us_ny.raise"]
    lines = [line for line in text.splitlines() if not line.startswith(("calendar =", "version ="))]
    path.write_text("\n".join(['calendar = "calendar.sg"', 'version = "of-a-test"', *lines]), "utf-8")
    calendar.write_text(law.texts()["calendar.sg"], "utf-8")
    assert main(["open", folder, "--name", "Office", "--origin", "test.example/log"]) == 0
    for command in ("check", "adopt"):
        code, told = said(capsys, command, folder, str(path))
        assert code == 1, command
        assert "a calendar that is adopted" in told, command
    assert said(capsys, "adopt", folder, str(calendar))[0] == 0
    assert said(capsys, "check", folder, str(path))[0] == 0


def test_who_asks_for_the_words_of_a_law_is_told_where_they_are_and_the_format_stands_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An author of laws reads documents, not the source; each key that a shipped law uses in a rule is given there."""
    path = tmp_path / "law.toml"
    path.write_text(law.texts()["us_ny.raise"], "utf-8")
    code, told = said(capsys, "explain", str(path))
    assert (code, "docs/duties.md" in told) == (1, True)
    page = (Path(__file__).parents[4] / "docs" / "duties.md").read_text("utf-8")
    form = tomllib.loads(page.split("```toml\n")[-1].split("```")[0])
    given = {key for rule in form["rule"] for key in rule} | set(form)
    for name, text in law.texts().items():
        if not name.startswith("calendar."):
            read = tomllib.loads(text)
            assert {*read, *(key for rule in read["rule"] for key in rule)} <= given | {"owed_to"}, name
