"""`weal person`: what an office types when somebody comes, lends a role and goes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.doors.cli.main import USAGE


def test_somebody_joins_lends_a_role_and_leaves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "office")
    assert main(["open", folder, "--origin", "people.example/log", "--name", "Office"]) == 0
    for party, role in (("party:jane", "officer"), ("party:li", "peer")):
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
    assert [one["roles"] for one in json.loads(capsys.readouterr().out)] == [[], ["peer", "officer"]]
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


def test_two_administrators_recover_somebody_each_with_their_own_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "office")
    assert main(["open", folder, "--origin", "people.example/log", "--name", "Office"]) == 0
    keys = {}
    for party, role in (("party:jane", "officer"), ("party:li", "authority"), ("party:wu", "authority")):
        named = ["--name", party[6:].title(), "--organisation", "authority", "--role", role]
        assert main(["person", "join", folder, party, *named]) == 0
        keys[party] = tmp_path / f"{party[6:]}.key"
        with Authority.open(Path(folder)) as office:
            keys[party].write_text(office.access.issue_key(party, (role,), ("file", "read")))
    capsys.readouterr()
    assert main(["person", "recover", folder, "party:jane", "--key-file", str(tmp_path / "none")]) == 1
    assert "a file that can be read" in capsys.readouterr().err
    assert main(["person", "recover", folder, "party:jane", "--key-file", str(keys["party:li"])]) == 0
    said = capsys.readouterr().err
    entry = next(word for word in said.split() if word.rstrip(".").isdigit()).rstrip(".")
    assert main(["person", "confirm", folder, entry, "--key-file", str(keys["party:li"])]) == 1
    said = capsys.readouterr()
    assert "another administrator confirms it" in said.err
    assert "/enrol#" not in said.out
    assert main(["person", "confirm", folder, entry, "--key-file", str(keys["party:wu"])]) == 0
    assert "/enrol#" in capsys.readouterr().out
    assert main(["person", "confirm", folder, "999", "--key-file", str(keys["party:wu"])]) == 1
    assert "no recovery or appointment '999'" in capsys.readouterr().err


def test_an_administrator_is_appointed_by_two_others_each_with_their_own_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "office")
    assert main(["open", folder, "--origin", "people.example/log", "--name", "Office"]) == 0
    keys = {}
    for party in ("party:li", "party:wu"):
        named = ["--name", party[6:].title(), "--organisation", "authority", "--role", "authority"]
        assert main(["person", "join", folder, party, *named]) == 0
        keys[party] = tmp_path / f"{party[6:]}.key"
        with Authority.open(Path(folder)) as office:
            keys[party].write_text(office.access.issue_key(party, ("authority",), ("file", "read")))
    capsys.readouterr()
    named = ["--name", "Jane", "--organisation", "authority", "--role", "authority", "--role", "auditor"]
    assert main(["person", "appoint", folder, "party:jane", *named, "--key-file", str(keys["party:li"])]) == 1
    assert "only one of authority, auditor" in capsys.readouterr().err
    named[-1] = "officer"
    assert main(["person", "appoint", folder, "party:jane", *named, "--key-file", str(keys["party:li"])]) == 0
    said = capsys.readouterr()
    entry = next(word for word in said.err.split() if word.rstrip(".").isdigit()).rstrip(".")
    assert main(["person", "list", folder, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["person", "confirm", folder, entry, "--key-file", str(keys["party:li"])]) == 1
    assert "another administrator confirms it" in capsys.readouterr().err
    assert main(["person", "confirm", folder, entry, "--key-file", str(keys["party:wu"])]) == 0
    confirmed = capsys.readouterr()
    assert "/enrol#" in confirmed.out
    assert "another administrator gives them the other" in confirmed.err
    for party, told in (("party:li", "gave the other already"), ("party:wu", "gave the other already")):
        assert main(["person", "invite", folder, "party:jane", "--key-file", str(keys[party])]) == 0
        assert told in capsys.readouterr().err, "nobody should look for a third administrator"
    assert main(["person", "show", folder, said.out.strip()]) == 0
    assert "authority, officer" in capsys.readouterr().out


def test_everything_that_is_wrong_with_somebody_who_joins_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A date that is none, an unknown role and a name that hides something: three rounds, if each were told alone."""
    folder = str(tmp_path / "office")
    assert main(["open", folder, "--origin", "people.example/log", "--name", "Office"]) == 0
    capsys.readouterr()
    named = ["--name", "A\u202eB", "--organisation", "authority", "--role", "oficer", "--until", "yesterday"]
    assert main(["person", "join", folder, "party:Jane Doe", *named]) == USAGE
    said = capsys.readouterr().err
    assert re.findall(r"^  - (\S+): ", said, re.MULTILINE) == ["--until", "party", "--role", "--name"]
    assert "saw 'oficer'; a role that there is, the nearest first: officer, " in said
    named[-1] = "2020-01-01"
    assert main(["person", "join", folder, "party:Jane Doe", *named]) == 1
    said = capsys.readouterr().err
    assert set(re.findall(r"^  - (\S+): ", said, re.MULTILINE)) == {"--until", "party", "--role", "--name"}
    assert main(["key", "issue", folder, "Jane Doe", "--role", "oficer"]) == 1
    assert set(re.findall(r"^  - (\S+): ", capsys.readouterr().err, re.MULTILINE)) == {"party", "--role"}
