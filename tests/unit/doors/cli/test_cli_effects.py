"""`weal effects`: what is to leave the house, sent from the command line or told to have been sent by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonweal.doors.cli import main
from receivers import Receiver
from sending_house import made

pytest.importorskip("dbos")


def test_list_send_and_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "office")
    with Receiver() as receiver:
        made(tmp_path / "office", {"peer": ("webhook", receiver.url)}).close()
        assert main(["effects", "list", folder]) == 0
        said = capsys.readouterr()
        assert said.out.count("wanted") >= 3
        assert "press is not declared in authority.toml" in said.err
        assert main(["effects", "send", folder]) == 0
        assert capsys.readouterr().out == "1 delivered, 0 failed, 2 wanted; 0 under way.\n"
        assert main(["effects", "list", folder, "--json"]) == 0
        rows = {row["target"]: row for row in json.loads(capsys.readouterr().out)}
        assert "text" not in rows["peer"], "what is said is not shown to whoever looks over the shoulder"
        assert main(["effects", "done", folder, rows["press"]["effect"], "--note", "By telephone."]) == 0
        assert main(["effects", "done", folder, rows["press"]["effect"], "--note", "By fax."]) == 1
        assert main(["effects", "done", folder, "effect:" + "0" * 40, "--note", "?"]) == 1
    assert len(receiver.posts) == 1
