"""`weal case`: what there is and who must act, one case in words, and a case named as people name it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel import protocols
from long_cases import UNWRITABLE, House

BEGINNING = "coordinated-pausing-alert-exercise-alert-1-"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An exercise after one day: the pause was called and two developers have not answered."""
    folder = str(tmp_path_factory.mktemp("cases") / "exercise")
    assert main(["exercise", "begin", "late_answers", folder]) == 0
    assert main(["exercise", "step", folder, "--by", "P1D"]) == 0
    return folder


@pytest.fixture(scope="module")
def name(house: str) -> str:
    """The case of the alert; its number is that of the entry it was opened by."""
    with Authority.open(Path(house)) as authority:
        (row,) = protocols.cases(authority.reader, subject="alert:exercise-alert-1")
    assert row["case"].startswith(f"case:{BEGINNING}")
    return str(row["case"]).removeprefix("case:")


def said(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(["case", *argv]) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_the_list_says_what_waits_for_whom_and_by_when(
    house: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The playbook gives developers 48 hours from the call, and the round as a whole until a week has passed."""
    text = said(capsys, "list", house, "--open")
    assert f"case:{name}\n  Coordinated pausing, about alert:exercise-alert-1; opened on 2026-09-07; open" in text
    assert "Await the developer's answer: waits for a filing: containment.pause_acknowledged, by 2026-09-0" in text
    assert "协调暂停" in said(capsys, "list", house, "--language", "zh")
    assert said(capsys, "list", house, "--subject", "model:nobody") == "There are no such cases.\n"
    found = json.loads(said(capsys, "list", house, "--subject", "alert:exercise-alert-1", "--json"))
    assert [item["case"] for item in found] == [f"case:{name}"]
    assert [one["kind"] for one in found[0]["must_act"]] == ["event"]
    assert found[0]["must_act"][0]["until"] > "2026-09-08"


@pytest.mark.parametrize("form", ["{}", "case:{}", "coordinated-pausing", "case:coord"])
def test_a_case_is_named_with_or_without_its_prefix_and_by_its_beginning(
    house: str, name: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = form.format(name)
    shown = said(capsys, "show", house, asked)
    assert shown.startswith(f"case:{name}: Coordinated pausing, about alert:exercise-alert-1\n")
    assert "“Evaluate: confirm the result”: done" in shown
    assert "Who must act next" in shown
    assert "The record says the same." in said(capsys, "replay", house, asked)


def test_a_case_that_there_is_not_is_answered_with_those_near_it(
    house: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = name.rpartition("-")[2]
    for near in (f"cordinated-pausing-alert-1-{number}", f"case:exercise-alert-1-{number}"):
        assert f"near it: case:{name}" in said(capsys, "show", house, near, code=1)
    assert "several begin so" in said(capsys, "show", house, "pause-by", code=1)
    assert "the list of cases says which there are" in said(capsys, "replay", house, "zzz", code=1)
    assert json.loads(said(capsys, "show", house, name, "--json"))["timeline"][0]["what"] == "entered"


def test_an_authority_without_cases_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", str(tmp_path / "office"), "--origin", "a.example/log"]) == 0
    assert said(capsys, "list", str(tmp_path / "office")) == "There are no such cases.\n"


def test_a_case_that_could_not_move_says_why_here_and_in_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(tmp_path / "authority", UNWRITABLE)
    house.at("2026-01-03T00:00:00Z")
    house.authority.close()
    folder, why = str(tmp_path / "authority"), "text of at most 80 characters"
    for answer in (said(capsys, "list", folder), said(capsys, "show", folder, "test-")):
        assert f"tried again each day: items.2.outcome: {why}" in answer
    shown = json.loads(said(capsys, "show", folder, "test-", "--json"))
    assert why in shown["stuck"]["problem"]
    assert json.loads(said(capsys, "show", folder, "other-", "--json"))["stuck"] is None
    capsys.readouterr()
    main(["status", folder])
    assert why in capsys.readouterr().out
