"""Cases go between the forms of others' software and the record, and approval is asked for, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.envelopes import policy_text

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.instruments import discover, rule_file
from commonweal.instruments.safety_cases.approving import ACTION
from commonweal.kernel import registry
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

GSN = "G1:\n  text: Safe\n  supportedBy: [Sn1]\nSn1:\n  text: Log\n"


def test_templates_and_files_are_read_and_written_without_a_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["safety-cases", "template"]) == 0
    assert "control" in capsys.readouterr().out
    assert main(["safety-cases", "template", "control", "--language", "zh"]) == 0
    outline = tmp_path / "control.ltac"
    outline.write_text(capsys.readouterr().out)
    for form, name in (("tea", "c.json"), ("commonweal", "own.json"), ("gsn2x", "c.gsn.yaml")):
        assert main(["safety-cases", "convert", str(outline), "--to", form, "-o", str(tmp_path / name)]) == 0
        assert main(["safety-cases", "convert", str(tmp_path / name), "--to", "ltac", "-o", str(tmp_path / "o")]) == 0
        assert "智能体" in (tmp_path / "o").read_text()
    (tmp_path / "bad.yaml").write_text("G1:\n  supportedBy: 7\n")
    bad = ["safety-cases", "convert", str(tmp_path / "bad.yaml"), "--to", "ltac", "-o", str(tmp_path / "o")]
    assert main(bad) == 1


def test_modules_are_written_to_a_folder_that_is_made_and_to_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (case / "a.gsn.yaml").write_text("module:\n  name: A\nG1:\n  text: Safe\n  supportedBy: [G2]\n")
    (case / "b.gsn.yaml").write_text("module:\n  name: B\n" + GSN.replace("G1", "G2"))
    convert = ["safety-cases", "convert", str(case), "--to", "gsn2x", "-o"]
    assert main([*convert, str(tmp_path / "new" / "out")]) == 0
    assert len(list((tmp_path / "new" / "out").iterdir())) == 2
    (tmp_path / "file").write_text("kept")
    capsys.readouterr()
    assert main([*convert, str(tmp_path / "file")]) == 1
    assert "is no folder" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "kept"


MODULES = {
    "index": "module:\n  name: A\n  uses: [{}]\nG1:\n  text: Safe\n  supportedBy: [G2]\n",
    "b": "module:\n  name: B\n" + GSN.replace("G1", "G2"),
    "other": "module:\n  name: C\n" + GSN,
}


def _modules(tmp_path: Path, used: str) -> Path:
    case = tmp_path / "case"
    case.mkdir(exist_ok=True)
    for name, text in MODULES.items():
        (case / f"{name}.gsn.yaml").write_text(text.format(used) if name == "index" else text)
    return case


@pytest.mark.parametrize("used", ["b.gsn.yaml", "./b.gsn.yaml", "index.gsn.yaml, b.gsn.yaml"])
@pytest.mark.parametrize("named", ["index.gsn.yaml", "."])
def test_a_case_of_modules_is_what_its_index_says_it_uses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], used: str, named: str
) -> None:
    case, put = _modules(tmp_path, used), tmp_path / "out"
    assert main(["safety-cases", "convert", str(case / named), "--to", "gsn2x", "-o", str(put)]) == 0
    assert sorted(one.name for one in put.iterdir()) == ["b.gsn.yaml", "index.gsn.yaml"]
    assert ("left out: other.gsn.yaml" in capsys.readouterr().err) == (named == ".")


@pytest.mark.parametrize(
    ("used", "told"),
    [
        ("none.gsn.yaml", "none.gsn.yaml"),
        ("../b.gsn.yaml", "a file beside index.gsn.yaml"),
        ("..", "a file beside index.gsn.yaml"),
        ("b" * 5000, "at most 255 bytes"),
    ],
    ids=["not there", "elsewhere", "no file", "too long"],
)
def test_what_an_index_names_that_is_not_beside_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], used: str, told: str
) -> None:
    case = _modules(tmp_path, used)
    bad = ["safety-cases", "convert", str(case / "index.gsn.yaml"), "--to", "gsn2x", "-o", str(tmp_path / "x")]
    assert main(bad) == 1
    assert told in capsys.readouterr().err


def test_modules_that_use_each_other_in_a_circle_are_read_as_they_lie_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A circle was left out beside another pair that uses nothing of it."""
    case = tmp_path / "case"
    case.mkdir()
    for name, used, goal in (("a", "b", "G1"), ("b", "a", "G2"), ("d", "e", "G3"), ("e", "", "G4")):
        uses = f"  uses: [{used}.gsn.yaml]\n" if used else ""
        text = f"module:\n  name: {name}\n{uses}{goal}:\n  text: Safe\n  undeveloped: true\n"
        (case / f"{name}.gsn.yaml").write_text(text)
    main(["safety-cases", "convert", str(case), "--to", "gsn2x", "-o", str(tmp_path / "out")])
    assert "left out" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("G1:\n  text: Safe\n  supportedBy: [G9, Sn8]\n", ("G1 → G9", "G1 → Sn8")),
        ("G1:\n  text: A\n  supportedBy: [G2]\nG2:\n  text: B\n  supportedBy: [G1]\n", ("G1 → G2 → G1",)),
    ],
    ids=["to nowhere", "in a circle"],
)
def test_a_case_that_could_not_be_filed_is_not_converted_and_every_fault_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str, named: tuple[str, ...]
) -> None:
    (tmp_path / "away.gsn.yaml").write_text(case)
    at = ["safety-cases", "convert", str(tmp_path / "away.gsn.yaml"), "--to", "ltac", "-o", str(tmp_path / "o.ltac")]
    assert main(at) == 1
    told = capsys.readouterr().err
    assert all(one in told for one in named), told
    assert "KeyError" not in told
    assert not (tmp_path / "o.ltac").exists()


def test_a_case_is_filed_versioned_shown_and_its_approval_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ReplayClock(instant("2026-11-01T08:00:00Z"))
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", clock.now(), replay=True)
    installed = {name: item for name, item in discover().items() if name in ("safety_cases", "model_registration")}
    with Authority.create(tmp_path / "o", settings, clock=clock, installed=installed) as authority:
        authority.adopt(rule_file(policy_text().replace('action = "disclose"', f'action = "{ACTION}"')))
    source, folder = tmp_path / "case.gsn.yaml", str(tmp_path / "o")
    said = ["--name", "Release 2", "--system", "M", "--setting", "Hosted"]
    for text in (GSN, GSN.replace("Log", "Another log")):
        source.write_text(text)
        assert main(["safety-cases", "file", folder, str(source), *said]) == 0
    capsys.readouterr()
    assert main(["safety-cases", "show", folder, "release-2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    with Authority.open(tmp_path / "o") as authority:
        authority.follow()
        row = registry.subject(authority.reader, "safety_case:release-2")
        assert row is not None
        assert row["body"]["claim"] == "Safe", "it is what the top claim says, where none is given"
    assert (told["state"], told["interval"], told["approvals"]) == ("open", [0.0, 1.0], [])
    assert main(["safety-cases", "show", folder, "release-2"]) == 0
    shown = capsys.readouterr().out
    assert "evidence that is no entry of the record" in shown, "in words, as on the page"
    assert "unbound" not in shown
    assert "What would have to fail for it to fall" in shown, "a title is as wide as it is, whatever is below it"
    assert "nothing more: it does not stand as it is" in shown, "no row is blank"
    unnamed = [one for one in said if one not in ("--system", "M")]
    assert main(["safety-cases", "file", folder, str(source), *unnamed]) == 2, "the record takes no case of no system"
    capsys.readouterr()
    assert main(["safety-cases", "write", folder, "release-2", "--to", "gsn2x", "-o", str(tmp_path / "w.yaml")]) == 0
    assert "Another log" in (tmp_path / "w.yaml").read_text()
    assert main(["safety-cases", "write", folder, "none", "--to", "tea", "-o", str(tmp_path / "w")]) == 1
    formula, proof = tmp_path / "f.cnf", tmp_path / "p.lrat"
    formula.write_text("p cnf 2 3\n1 0 -1 2\n0 -2 0\n")
    for text, ends in (("4 0 1 2 0\n", 1), ("4 0 1 2 3 0\n", 0)):
        proof.write_text(text)
        proving = ["safety-cases", "prove", folder, str(formula), str(proof), "--name", "P", "--shows", "No way there"]
        assert main(proving) == ends, "a step that does not follow is refused"
    about = ["--basis", "court_order", "--citation", "Act, section 7", "--document", str(source)]
    asked = tmp_path / "asked.txt"
    assert main(["safety-cases", "ask", folder, "release-2", *about, "--purpose", "Release", "-o", str(asked)]) == 0
    assert ACTION in asked.read_text()
