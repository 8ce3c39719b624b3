"""`weal reads` says who read what, by party, entry and day; `weal held` what is held about somebody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.disclosure.reads import Read
from held_office import JANE, VISITOR, held_office


def test_reads_are_listed_by_party_entry_and_day(authority: Authority, tmp_path: Path, capsys: Any) -> None:
    one = Read("2026-03-01T09:00:00Z", "party:desk", ("officer",), "k1", "", 7, ("statement",), "api entry", "case 9")
    two = Read("2026-03-02T09:00:00Z", "party:other", ("officer",), "k2", "", 8, ("statement",), "api entry")
    authority.reads.append([one, two])
    folder = str(authority.folder)
    for asked, numbers in ([], [2, 1]), (["--party", "party:desk"], [1]), (["--entry", "8"], [2]), (
        ["--since", "2026-03-02"], [2]), (["--until", "2026-03-02"], [1]):  # fmt: skip
        assert main(["reads", folder, "--json", *asked]) in (0, None)
        assert [line["number"] for line in json.loads(capsys.readouterr().out)] == numbers, asked
    main(["reads", folder])
    assert "case 9" in capsys.readouterr().out


def test_what_is_held_about_somebody_is_answered_in_words_and_for_programs(tmp_path: Path, capsys: Any) -> None:
    with held_office(tmp_path / "office") as office:
        folder, index = str(office.authority.folder), office.at["joined"]
    assert main(["held", folder, "person:77", "--reason", "Letter of 3 March"]) in (0, None)
    said = capsys.readouterr().out
    for there in (
        JANE,
        "name = Jane Doe",
        f"Entry {index}:",
        "withheld: note:",
        "kept: for good (Regulation (EU) 2016/679, Art. 17(3)(a)",
        "C-579/21",
    ):
        assert there in said, there
    assert "Note-on-jane" not in said
    main(["held", folder, JANE, "--reason", "Letter of 3 March", "--language", "zh"])
    assert "未予显示" in capsys.readouterr().out
    main(["held", folder, VISITOR.party, "--reason", "Letter", "--json"])
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert "Words-of-mine" in json.dumps(entries)
    main(["reads", folder, "--json", "--entry", str(index)])
    lines = json.loads(capsys.readouterr().out)
    assert {(line["door"], line["purpose"], line["party"]) for line in lines} == {
        ("weal held", "Letter of 3 March", "party:authority")
    }


def test_what_cannot_be_answered_names_every_fault(tmp_path: Path, capsys: Any) -> None:
    with held_office(tmp_path / "office") as office:
        folder = str(office.authority.folder)
    assert main(["held", folder, "jane", "--reason", " "]) == 1
    said = capsys.readouterr().err
    assert "party:jane-doe" in said
    assert "why you answer for them" in said
    assert main(["held", folder, JANE, "--reason", "x", "--language", "fr"]) == 1
    assert "en, zh" in capsys.readouterr().err


def test_commands_that_tell_names_are_logged(tmp_path: Path, capsys: Any) -> None:
    with held_office(tmp_path / "office") as office:
        folder, index = str(office.authority.folder), office.at["joined"]
        body = {"party": JANE, "key": "A" * 43 + "=", "roles": ["officer"], "organisation": "authority"}
        key = office.file("key", "approver.registered", Caller(JANE, ("officer",), "authority"), **body)
    main(["person", "list", folder])
    main(["person", "show", folder, JANE])
    main(["approver", "list", folder])
    said = capsys.readouterr().out
    assert "Jane Doe" in said
    main(["reads", folder, "--json"])
    lines = [(line["door"], line["entry"], line["fields"]) for line in json.loads(capsys.readouterr().out)]
    assert lines == [
        ("weal approver list", key, ["party"]),
        ("weal person show", index, ["name", "party"]),
        ("weal person list", index, ["name", "party"]),
    ]


def test_a_withheld_field_is_released_by_command_and_withdrawn(tmp_path: Path, capsys: Any) -> None:
    with held_office(tmp_path / "office") as office:
        folder, note, far = str(office.authority.folder), office.at["note"], office.at["note-lab"]
    asked = ["held", folder, VISITOR.party, "--reason", "Letter"]
    main(asked)
    said = capsys.readouterr().out
    assert "can be released to them: text" in said
    assert "withheld: text" in said
    line = ["release", folder, VISITOR.party, str(note), "text", "--reason", "It is about them alone"]
    assert main(line) in (0, None)
    assert f"text of entry {note} is released to {VISITOR.party}" in capsys.readouterr().out
    main(asked)
    said = capsys.readouterr().out
    assert "text = Note-of-desk" in said
    assert "released to them: text, since 2026-03-01" in said
    assert main(line) == 1
    assert "not released to" in capsys.readouterr().err
    assert main(["release", folder, VISITOR.party, str(far), "text", "--reason", "x"]) == 1
    assert "among what is held about" in capsys.readouterr().err
    assert main([*line, "--withdraw"]) in (0, None)
    main([*asked, "--language", "zh"])
    said = capsys.readouterr().out
    assert "Note-of-desk" not in said
    assert "可向其开放：text" in said
