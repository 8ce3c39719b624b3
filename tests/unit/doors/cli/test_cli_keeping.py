"""`weal retention`, `weal hold` and `weal erase`, as an officer types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import retaining as r
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A replay, so that the commands go by the record's own time: past what its class is kept for."""
    made = Settings(Text(en="X", zh="X"), "x.example/ai", r.WHEN, replay=True)
    with Authority.create(tmp_path / "a", made, clock=ReplayClock(r.WHEN)) as house:
        r.file(house, "one")
        r.wait(house)
        r.file(house, "two")
        house.follow()
    return tmp_path / "a"


def erase(folder: Path, *more: str) -> int:
    return main(["erase", str(folder), "--subject", r.ONE, "--basis", r.ASKED, *more])


def test_looked_at_held_released_and_erased(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert erase(folder, "--dry-run") == 0
    told = capsys.readouterr().out
    assert "1 entries" in told
    assert "nothing stands in the way" in told
    assert main(["hold", "place", str(folder), "subject", r.ONE, "--basis", "court_order", "--ordered-by", "C"]) == 0
    number = capsys.readouterr().out.split()[1]
    assert erase(folder) == 1
    assert "hold" in capsys.readouterr().err
    assert erase(folder, "--dry-run") == 1
    capsys.readouterr()
    assert main(["hold", "list", str(folder), "--json"]) == 0
    assert [row["hold"] for row in json.loads(capsys.readouterr().out)] == [int(number)]
    assert main(["hold", "lift", str(folder), number, "--basis", "court_order", "--ordered-by", "C"]) == 0
    capsys.readouterr()
    assert b"SECRETOFone" in r.bytes_of(folder)
    assert erase(folder, "--class", r.CLASS) == 0
    assert "erased by entry" in capsys.readouterr().out
    assert b"SECRETOFone" not in r.bytes_of(folder)
    assert main(["hold", "place", str(folder), "subject", r.ONE, "--basis", "audit", "--ordered-by", "A"]) == 0
    assert "those are gone" in capsys.readouterr().err
    assert main(["verify", str(folder)]) == 0


def test_what_is_kept_is_listed_with_its_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retention", str(folder), "--subject", r.ONE, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["kept"]
    assert "authors" not in row, "who filed what it holds is told by each entry"
    assert (row["retention"], row["keep_until"]) == (r.CLASS, "2028-03-02T23:00:00Z")
    assert main(["retention", str(folder)]) == 0
    assert "2028-03-02T23:00:00Z" in capsys.readouterr().out


def test_what_may_not_go_yet_or_is_not_there_is_refused_in_words(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", str(folder), "--subject", "organisation:two", "--basis", r.ASKED]) == 1
    assert "kept until" in capsys.readouterr().err
    assert main(["erase", str(folder), "--subject", "organisation:none", "--basis", r.ASKED]) == 1
    assert "Nothing is sealed" in capsys.readouterr().err
    assert erase(folder, "--class", "logs") == 1
    assert erase(folder, "--class", r.CLASS, "--basis", "whim") != 0
    assert b"SECRETOFone" in r.bytes_of(folder)
