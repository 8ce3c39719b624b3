"""The commands of docs/backup.md, run as they stand there, in their order."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main

RUNBOOK = Path(__file__).parents[3] / "docs" / "backup.md"


def test_the_runbook_holds(office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(office.parent)
    with Authority.open(office) as authority:
        vkey = authority.vkey
    kept = shutil.copytree(office, office.with_name("kept"))
    blocks = re.findall(r"^```sh\n(.*?)^```", RUNBOOK.read_text("utf-8"), re.S | re.M)
    commands = [shlex.split(line) for block in blocks for line in block.splitlines()]
    assert len(commands) >= 9
    for command in commands:
        assert command[0] == "weal"
        if command[1] == "restore" and office.exists():
            shutil.rmtree(office)
        if command[1] == "rehearse" and not office.exists():  # of an authority that lives, whose disk was not lost
            shutil.copytree(kept, office)
        assert main([vkey if token == "KEY" else token for token in command[1:]]) == 0, (
            command,
            capsys.readouterr().err,
        )
