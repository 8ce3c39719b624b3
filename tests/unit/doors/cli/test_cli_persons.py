"""`weal person`: what an office types when somebody comes, lends a role and goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonweal.doors.cli import main


def test_somebody_joins_lends_a_role_and_leaves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "office")
    assert main(["open", folder, "--origin", "people.example/log", "--name", "Office"]) == 0
    for party, role in (("party:jane", "officer"), ("party:li", "auditor")):
        named = ["--name", party[6:].title(), "--organisation", "authority", "--role", role]
        assert main(["person", "join", folder, party, *named, "--invite"]) == 0
    assert "/enrol#" in capsys.readouterr().out
    lend = [
        "person",
        "delegate",
        folder,
        "party:jane",
        "--to",
        "party:li",
        "--role",
        "officer",
        "--until",
        "2199-01-01",
    ]
    assert main(lend) == 0
    entry = next(word for word in capsys.readouterr().err.split() if word.rstrip(".").isdigit()).rstrip(".")
    assert main(["person", "list", folder, "--json"]) == 0
    assert [one["roles"] for one in json.loads(capsys.readouterr().out)] == [[], ["auditor", "officer"]]
    assert main(["person", "revoke", folder, entry]) == 0
    assert main(["person", "leave", folder, "party:jane"]) == 0
    capsys.readouterr()
    assert main(["person", "show", folder, "party:jane"]) == 0
    assert "holds nothing" in capsys.readouterr().out
    assert main(["person", "move", folder, "party:jane", "--organisation", "authority", "--role", "emperor"]) == 1
    said = capsys.readouterr().err
    assert "record that they joined" in said
    assert "'emperor'" in said
    assert main(["person", "revoke", folder, "3"]) == 1
    assert "no delegation '3'" in capsys.readouterr().err
