"""`weal file … --attach` and `weal attachment`, as a person types them."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest

import attaching_house as h
from commonweal.doors.cli import main

PDF_SHA256 = hashlib.sha256(h.PDF).hexdigest()
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("commonweal.authority.discover", h.installed)
    h.founded(tmp_path / "house").close()
    (tmp_path / "body.json").write_text('{"name": "one"}')
    (tmp_path / "report.pdf").write_bytes(h.PDF)
    (tmp_path / "seen.png").write_bytes(h.PNG)
    return tmp_path / "house"


def file(folder: Path, *attach: str, source: str = "body.json") -> int:
    beside = folder.parent
    given = [part for item in attach for part in ("--attach", item)]
    return main(["file", str(folder), h.KIND, str(beside / source), "--as", "party:lab", "--role", "developer", *given])


def test_filed_with_two_files_listed_and_fetched(folder: Path, capsys: Captured) -> None:
    beside = folder.parent
    assert file(folder, f"evidence={beside / 'report.pdf'}", f"picture={beside / 'seen.png'}") == 0
    index = str(json.loads(capsys.readouterr().out)["index"])
    assert main(["attachment", str(folder), index]) == 0
    listed = capsys.readouterr().out
    assert "report.pdf" in listed
    assert PDF_SHA256 in listed
    assert main(["attachment", str(folder), index, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(item["field"], item["name"]) for item in found] == [("evidence", "report.pdf"), ("picture", "seen.png")]
    target = beside / "fetched.pdf"
    assert main(["attachment", str(folder), index, PDF_SHA256[:10], "-o", str(target)]) == 0
    assert target.read_bytes() == h.PDF
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    capsys.readouterr()
    assert main(["attachment", str(folder), index, PDF_SHA256, "-o", str(target)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_on_standard_output_it_is_the_file_and_nothing_else(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert file(folder, f"evidence={folder.parent / 'report.pdf'}") == 0
    index = str(json.loads(capfdbinary.readouterr().out)["index"])
    assert main(["attachment", str(folder), index, PDF_SHA256]) == 0
    assert capfdbinary.readouterr().out == h.PDF


def test_another_party_is_shown_what_is_public_and_the_reading_is_logged(folder: Path, capsys: Captured) -> None:
    beside = folder.parent
    assert file(folder, f"evidence={beside / 'report.pdf'}", f"picture={beside / 'seen.png'}") == 0
    index = str(json.loads(capsys.readouterr().out)["index"])
    assert main(["attachment", str(folder), index, "--as", "party:other", "--role", "developer", "--json"]) == 0
    assert [item["name"] for item in json.loads(capsys.readouterr().out)] == ["seen.png"]
    assert main(["attachment", str(folder), index, PDF_SHA256, "--as", "party:other", "--role", "developer"]) == 1
    assert main(["attachment", str(folder), index, "--as", "party:lab", "--role", "developer"]) == 0
    with h.opened(folder) as house:
        reads = [line.read for line in house.reads.found(entries=[int(index)])]
    assert [(read.party, read.fields, read.door) for read in reads] == [("party:lab", ("evidence",), "weal attachment")]


@pytest.mark.parametrize(
    ("attach", "said"),
    [
        ("report.pdf", "this kind has several fields for attachments"),
        ("evidence=missing.pdf", "no file"),
        ("evidence=cut.json", "JSON from { to }, or from [ to ]"),
        ("evidence=page.html", "a file name that ends as what may be attached"),
        ("evidence=empty.txt", "a file that holds something"),
        ("picture=report.pdf", "one of .png, .jpg, .jpeg in this field"),
    ],
)
def test_what_cannot_be_attached_is_said_plainly_and_nothing_is_filed(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, attach: str, said: str
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("page.html").write_text("<html>")
    Path("empty.txt").write_text("")
    Path("cut.json").write_text('{"cut": [1')
    assert file(folder, attach) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    with h.opened(folder) as house:
        assert house.store.newest(h.KIND, "finding:one") is None


def test_a_kind_without_such_fields_and_a_list_of_entries_take_no_files(folder: Path, capsys: Captured) -> None:
    beside = folder.parent
    (beside / "list.json").write_text('[{"name": "one"}, {"name": "two"}]')
    assert file(folder, f"evidence={beside / 'report.pdf'}", source="list.json") == 1
    assert "when a list of entries is filed" in capsys.readouterr().err
    (beside / "hold.json").write_text("{}")
    kind = "retention.hold_placed"
    assert main(["file", str(folder), kind, str(beside / "hold.json"), "--attach", str(beside / "report.pdf")]) == 1
    assert "retention.hold_placed has no field for attachments" in capsys.readouterr().err
