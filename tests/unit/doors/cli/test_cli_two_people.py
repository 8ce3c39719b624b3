"""Whoever runs the machine is one of two people for money: by command a reviewer was both, under names of nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.instruments.portable_benefits.conftest import MEMBER, SEVERAL, opened

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.instruments.portable_benefits import tables

IN = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "cents": 70_00, "scheme": "Old", "on": "2025-04-01"}


def test_by_command_without_a_key_one_is_the_authority_where_money_moves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, key = tmp_path / "fund", tmp_path / "key"
    with opened(folder) as fund:
        key.write_text(fund.authority.access.issue_key("party:a", ("officer",), ("file", "read")))

    def files(kind: str, body: dict[str, Any], *options: str) -> tuple[int, str]:
        (tmp_path / "body.json").write_text(json.dumps(body))
        capsys.readouterr()
        code = main(["file", str(folder), f"portable_benefits.{kind}", str(tmp_path / "body.json"), *options])
        told = capsys.readouterr()
        return (json.loads(told.out)["index"] if code == 0 else -1), told.err

    officer = ("--as", "party:ghost", "--role", "officer")
    for kind, body in (
        ("brought_in", IN), ("seconded", {"entry": 1}), ("died", {"member": MEMBER, "on": "2025-04-01"}),
        ("hand_over", {"about": MEMBER, "to": "party:x", "reason_code": "succession"}),
    ):  # fmt: skip
        assert "the authority itself, one of two people and not both" in files(kind, body, *officer)[1]
    asked, _ = files("brought_in", IN)
    assert "another confirms" in files("seconded", {"entry": asked})[1], "not both"
    assert "the key says who files" in files("seconded", {"entry": asked}, "--key-file", str(key), *officer)[1]
    done, said = files("seconded", {"entry": asked}, "--key-file", str(key))
    assert done > asked, said
    with Authority.open(folder) as authority:
        authority.follow()
        assert authority.entry(done).author == "party:a"
        assert tables.at_the_bank(authority.reader, SEVERAL) == 70_00
