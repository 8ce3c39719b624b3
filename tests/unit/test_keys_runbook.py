"""docs/keys.md is a runbook: its commands are run, in its order, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.engines import custody

PAGE = Path(__file__).resolve().parents[2] / "docs" / "keys.md"


def test_every_command_of_the_runbook_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "passphrase").write_text("correct horse\n")
    (tmp_path / "wrong").write_text("forgotten\n")
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.S) for line in block.splitlines()
    ]
    assert len(commands) == 15
    for command in commands:
        monkeypatch.setenv("COMMONWEAL_PASSPHRASE_FILE", "")
        custody.forget()
        words = shlex.split(command)[1:]
        if "VKEY" in words:
            with Authority.open(tmp_path / "successor") as successor:
                words[words.index("VKEY")] = successor.vkey
        assert main(words) == 0, command
