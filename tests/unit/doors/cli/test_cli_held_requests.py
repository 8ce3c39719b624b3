"""`weal held request`: from a letter that came in to the answer with the file of what is held, and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.record import Act

JANE = Caller("party:jane", ("observer",))


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """An authority to which somebody reported something."""
    made = tmp_path / "office"
    assert main(["open", str(made), "--jurisdiction", "EU"]) == 0
    said = {"category": "concern", "reporter": "public", "title": "T", "what_happened": "Words of Jane."}
    with Authority.open(made) as authority:
        authority.act(Act("incident_reports.report", {"name": "R 1", **said}, ""), JANE)
    return str(made)


def weal(*args: str) -> int:
    return int(main(["held", "request", *args]))


def test_a_letter_is_registered_answered_and_the_file_is_what_the_answer_binds(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert weal("receive", folder, "AR 1", "--how", "letter", "--on", "2020-01-31", "--party", JANE.party) == 0
    assert weal("take-in", folder, "AR 1", "--under", "eu_gdpr", "--identity", "document", "--party", JANE.party) == 0
    capsys.readouterr()
    assert weal("list", folder, "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["last_day"]) == ("AR 1", "2020-03-02"), (
        "a month from 31 January: Saturday the 29th, so Monday"
    )
    file = tmp_path / "held.json"
    assert weal("answer", folder, "AR 1", "--outcome", "given", "-o", str(file)) == 0
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert digest in capsys.readouterr().out
    assert file.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    told = json.loads(file.read_text("utf-8"))
    assert told["about"] == JANE.party
    assert "incident_reports.report" in {entry["kind"] for entry in told["entries"]}
    assert weal("list", folder) == 0
    assert "AR 1" not in capsys.readouterr().out
    assert weal("show", folder, "AR 1", "--language", "zh") == 0
    assert digest in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("list", "--which", "some"), "open, ended, all"),
        (("show", "AR 9"), "no request"),
        (("show", "AR 9", "--language", "fr"), "en, zh"),
        (("receive", "AR 2", "--how", "pigeon"), "letter"),
        (("receive", "AR 2", "--how", "letter"), "who asks"),
        (("receive", "AR 2", "--how", "letter", "--on", "2199-01-01", "--party", "party:x"), "not after"),
        (("receive", "AR 2", "--how", "letter", "--on", "soon", "--party", "party:x"), "received_on"),
        (("extend", "AR 9", "--months", "2", "--reason", "number", "--words", "x"), "no request"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_recorded(
    folder: str, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    with Authority.open(Path(folder)) as authority:
        size = authority.store.size()
    assert weal(args[0], folder, *args[1:]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    with Authority.open(Path(folder)) as authority:
        assert authority.store.size() == size
