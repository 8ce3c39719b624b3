"""`weal fsck` and `weal log export`, as a person runs them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from tests.witnesses import founded, grow

from commonweal import keeping
from commonweal.doors.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with founded(tmp_path / "office") as authority:
        grow(authority, *(str(number) for number in range(20)))
    return tmp_path / "office"


def test_a_sound_record_is_said_to_be_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fsck", str(folder)]) == 0
    assert "is sound: 21 entries" in capsys.readouterr().out


def test_damage_is_named_with_what_helps_and_repaired_on_request(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(folder / "record.sqlite") as connection:
        connection.execute("DELETE FROM tile")
    connection.close()
    assert main(["fsck", str(folder)]) == 1
    told = capsys.readouterr().err
    assert "tile/0/000.p/21" in told
    assert "--repair" in told
    assert main(["fsck", str(folder), "--repair"]) == 0
    assert main(["verify", str(folder)]) == 0


def test_an_export_is_made_repeated_and_checked_by_a_stranger(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "public")
    assert main(["log", "export", str(folder), target]) == 0
    assert "holds 21 entries: 2 files written" in capsys.readouterr().out
    with founded(folder) as authority:
        grow(authority, "more")
        vkey = authority.vkey
    assert main(["log", "export", str(folder), target]) == 0
    capsys.readouterr()
    assert main(["fsck", "--export", target, "--vkey", vkey, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["size"] == 22
    assert main(["status", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["export"]["lag"] == 0
    (tmp_path / "public" / "tile" / "entries" / "000.p" / "22").write_bytes(b"")
    assert main(["fsck", "--export", target, "--vkey", vkey]) == 1


def test_a_target_with_another_log_is_refused_and_the_status_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with founded(tmp_path / "other", origin="log.example/other") as other:
        keeping.exporting(other, str(tmp_path / "public")).round()
    assert main(["log", "export", str(folder), str(tmp_path / "public")]) == 1
    assert "is not one of this log" in capsys.readouterr().err
    assert main(["status", str(folder)]) == 0
    assert "EXPORT FAILS" in capsys.readouterr().out


@pytest.mark.parametrize(
    "tokens", [["fsck"], ["fsck", "--export", "x"], ["fsck", "x", "--export", "y", "--vkey", "z"]], ids=" ".join
)
def test_what_cannot_be_meant_is_wrong_usage(tokens: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tokens) == 2
    assert "fsck" in capsys.readouterr().err


def test_without_a_target_anywhere_it_says_where_to_name_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "export", str(folder)]) == 1
    assert "`export` in authority.toml" in capsys.readouterr().err


def test_a_backup_inside_the_folder_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(folder), str(folder / "inside")]) != 0
    assert "a place outside the folder" in capsys.readouterr().err
    assert not (folder / "inside").exists()
