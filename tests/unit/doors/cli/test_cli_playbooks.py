"""`weal playbook`: a CACAO file is checked, brought in, and taken out byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonweal.doors.cli import main
from plays import APPROVED, book, step


@pytest.fixture
def folder(tmp_path: Path) -> str:
    name = str(tmp_path / "office")
    assert main(["open", name, "--name", "Office", "--origin", "test.example/log"]) == 0
    return name


def test_lint_names_every_fault_and_asks_who_could_approve(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(book(*APPROVED), "utf-8")
    bad.write_text(book(*APPROVED, step("action.lost", "end.gone")), "utf-8")
    assert main(["playbook", "lint", str(good)]) == 0
    assert "6 steps, 1 approvals, no fault" in capsys.readouterr().out
    assert main(["playbook", "lint", str(bad)]) == 1
    said = capsys.readouterr().err
    assert "a step of this workflow" in said
    assert ".on_completion ('lost')" in said, "a step is named as people call it too"
    assert main(["playbook", "lint", folder, str(good)]) == 1
    assert "at most 0: so many organisations hold the role of officer" in capsys.readouterr().err
    for who in ("a", "b"):
        key = ["key", "issue", folder, f"party:{who}", "--role", "officer", "--organisation", f"org-{who}"]
        assert main(key) == 0
    assert main(["playbook", "lint", folder, str(good)]) == 0


def test_a_playbook_that_nobody_here_could_approve_is_put_in_force_only_when_told_to(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case under it would wait for an approval that nobody can give; `rule adopt` is the other way in."""
    path, broken = tmp_path / "good.json", tmp_path / "broken.json"
    path.write_text(book(*APPROVED), "utf-8")
    broken.write_text(book(*APPROVED, step("action.lost", "end.gone")), "utf-8")
    for command in (("playbook", "import"), ("rule", "adopt")):
        assert main([*command, folder, str(path)]) == 1
        said = capsys.readouterr().err
        assert "at most 0: so many organisations hold the role of officer" in said
        assert "`weal approver register`" in said
        assert main([*command, folder, str(broken), "--anyway"]) == 1
        assert "a step of this workflow" in capsys.readouterr().err
    assert main(["playbook", "list", folder, "--json"]) == 0
    assert "playbook.test" not in capsys.readouterr().out
    assert main(["playbook", "import", folder, str(path), "--anyway"]) == 0
    assert "note: nobody could approve yet" in capsys.readouterr().err


def test_lint_alone_says_what_it_was_not_held_against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a folder nobody is known who could approve; a role that nothing names may be a slip of the pen."""
    path = tmp_path / "good.json"
    path.write_text(book(*APPROVED), "utf-8")
    assert main(["playbook", "lint", str(path)]) == 0
    said = capsys.readouterr().err
    assert "whether anybody there can approve as officer was not looked at" in said
    assert "no instrument" not in said
    path.write_text(book(*APPROVED).replace('"officer"', '"archmage"'), "utf-8")
    assert main(["playbook", "lint", str(path)]) == 0
    assert "no instrument, policy or shipped playbook knows the role archmage" in capsys.readouterr().err


def test_a_playbook_that_awaits_what_nobody_files_is_refused_where_that_is_known(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "awaits.json"
    waits = {"await_event": {"kind": "containment.releas", "match": {"subject": "*"}}}
    path.write_text(book(step("start", "action.a"), step("action.a", "end", waits), step("end")), "utf-8")
    assert main(["playbook", "lint", str(path)]) == 0
    assert "no instrument files containment.releas" in capsys.readouterr().err
    for command in (("playbook", "lint"), ("playbook", "import"), ("rule", "adopt")):
        assert main([*command, folder, str(path)]) == 1
        assert "a kind that is filed here, e.g. containment.release" in capsys.readouterr().err


def test_a_playbook_comes_out_as_it_went_in(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps(json.loads(book(*APPROVED, x_theirs={"kept": [1, 2.50, None]})), indent=3) + "\n\n"
    source, copy = tmp_path / "theirs.json", tmp_path / "copy.json"
    source.write_text(text, "utf-8")
    assert main(["playbook", "import", folder, str(source), "--anyway"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "rule.adopted"
    assert main(["playbook", "list", folder, "--json"]) == 0
    (row,) = [row for row in json.loads(capsys.readouterr().out) if row["playbook"] == "playbook.test"]
    for name in ("playbook.test", "test", row["cacao_id"]):
        assert main(["playbook", "export", folder, name, "-o", str(copy)]) == 0
        assert copy.read_bytes() == source.read_bytes()
    assert main(["playbook", "export", folder, "playbook.none"]) == 1
    broken = tmp_path / "broken.json"
    broken.write_text(book(step("start", "action.gone")), "utf-8")
    assert main(["playbook", "import", folder, str(broken)]) == 1
    assert main(["playbook", "list", folder]) == 0


def test_published_examples_go_through_or_say_why(
    folder: str, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of thirteen one is for people; the others are broken, or call machines and name no people who would act."""
    codes = {}
    for path in sorted((shared_data / "cacao" / "examples").glob("*.json")):
        codes[path.name] = main(["playbook", "import", folder, str(path)])
    assert [name for name, code in codes.items() if code == 0] == ["manual-playbook.json"]
    copy = tmp_path / "copy.json"
    capsys.readouterr()
    assert main(["playbook", "export", folder, "playbook.example_manual", "-o", str(copy)]) == 0
    assert copy.read_bytes() == (shared_data / "cacao" / "examples" / "manual-playbook.json").read_bytes()


def test_people_are_invited_in_the_roles_that_playbooks_in_force_ask_for(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/exercises.md invites a coordinator: nobody could approve what only such a role may."""
    invite = [
        "key",
        "invite",
        folder,
        "party:ann",
        "--role",
        "officer",
        "--role",
        "archmage",
        "--organisation",
        "forum",
    ]
    assert main(invite) == 1
    assert "saw 'archmage'; a role that there is, the nearest first: approver, auditor" in capsys.readouterr().err
    asks = tmp_path / "asks.json"
    asks.write_text(book(*APPROVED).replace('"officer"', '"archmage"'), "utf-8")
    assert main(["playbook", "import", folder, str(asks), "--anyway"]) == 0
    assert main(invite) == 0


@pytest.mark.parametrize("text", ["[]", '"x"', "null"])
def test_json_that_is_no_object_is_refused_with_one_plain_fault(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Nothing of a list or a word can be named as a step, nor does anybody look for an id in it."""
    path = tmp_path / "odd.json"
    path.write_text(text, "utf-8")
    for command in (["lint", str(path)], ["lint", folder, str(path)], ["import", folder, str(path)]):
        assert main(["playbook", *command]) == 1
        said = capsys.readouterr().err
        assert "a CACAO object of type 'playbook'" in said
        assert "id: saw" not in said
