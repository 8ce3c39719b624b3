"""`weal credential` and `weal present`: from a folder to a file that a stranger checks, and back to exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attested import CERTIFICATE, START, Office
from commonweal import attestations
from commonweal.authority import Authority
from commonweal.doors.cli import main

NOW = START.isoformat()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    office = Office.found(tmp_path / "office")
    with office.authority:
        office.register(compute_flop=1e24)
        (tmp_path / "status.jwt").write_text(office.token())
        (tmp_path / "jwks.json").write_text(json.dumps(attestations.metadata(office.authority)))
        (tmp_path / "vkey").write_text(office.authority.vkey)
    return tmp_path / "office"


@pytest.fixture
def vkey(folder: Path) -> str:
    return (folder.parent / "vkey").read_text()


def test_shown_then_verified_offline(folder: Path, vkey: str, capsys: pytest.CaptureFixture[str]) -> None:
    held = folder.parent / "held.json"
    status = str(folder.parent / "status.jwt")
    assert main(["credential", "show", str(folder), "model:m", "-o", str(held)]) == 0
    verify = ["credential", "verify", str(held), "--vkey", vkey, "--now", NOW]
    assert main([*verify, "--status", status]) == 0
    answer = capsys.readouterr().out
    assert answer.startswith("valid: model:m")
    assert "compute_flop: 1e+24" in answer
    assert main(verify) == 1, "without a status nothing is known"
    assert "status token" in capsys.readouterr().err
    assert main([*verify, "--status", status, "--require", "no_such", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faults"][0]["where"] == "no_such"


def test_the_token_alone_with_keys_and_proof_beside_it(folder: Path, vkey: str) -> None:
    beside = folder.parent
    held = beside / "held.json"
    main(["credential", "show", str(folder), "model:m", "--field", "name", "-o", str(held)])
    found = json.loads(held.read_text())
    (beside / "m.sd-jwt").write_text(found["credential"] + "\n")
    (beside / "m.tlog-proof").write_text(found["proof"])
    command = ["credential", "verify", str(beside / "m.sd-jwt"), "--vkey", vkey, "--now", NOW]
    command += ["--jwks", str(beside / "jwks.json"), "--status", str(beside / "status.jwt")]
    assert main([*command, "--proof", str(beside / "m.tlog-proof")]) == 0
    assert main(command) == 1, "the log was not asked"
    (beside / "m.sd-jwt").write_text(found["credential"].replace("~", "x~", 1))
    assert main([*command, "--proof", str(beside / "m.tlog-proof")]) == 1


def test_listed_requested_and_changed(folder: Path, vkey: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["credential", "change", str(folder), "model:m", "suspended", "--reason", "court_order"]) == 0
    assert main(["credential", str(folder), "--json"]) == 0
    said = capsys.readouterr().out
    assert '"state": "suspended"' in said
    assert main(["credential", "change", str(folder), "model:m", "suspended", "--reason", "court_order"]) == 1
    assert main(["credential", "change", str(folder), "model:m", "reinstated", "--reason", "remedied"]) == 0
    assert main(["credential", "request", str(folder), "model:m", CERTIFICATE, "--as", "party:stranger"]) == 1
    assert main(["credential", "request", str(folder), "model:m", CERTIFICATE, "--as", "party:lab"]) == 0
    capsys.readouterr()
    assert main(["credential", "list", str(folder)]) == 0
    answer = capsys.readouterr().out
    assert "revoked" in answer
    assert "valid" in answer


def test_what_cannot_be_read_is_answered_plainly(folder: Path, vkey: str, capsys: pytest.CaptureFixture[str]) -> None:
    beside = folder.parent
    (beside / "bad.json").write_text("{")
    (beside / "empty").write_text("")
    for command in (
        ["credential", "verify", str(beside / "none"), "--vkey", vkey],
        ["credential", "verify", str(beside / "bad.json"), "--vkey", vkey],
        ["credential", "verify", str(beside / "empty"), "--vkey", vkey, "--jwks", str(beside / "jwks.json")],
        ["credential", "verify", str(beside / "empty"), "--vkey", "rubbish", "--jwks", str(beside / "jwks.json")],
        ["credential", "check", "http://127.0.0.1:9/api/v1/credentials/model:m", "--vkey", vkey],
        ["credential", "check", "http://[bad/api/v1/", "--vkey", vkey],
        ["credential", "show", str(folder), "model:none"],
        ["present", str(folder), "99999"],
        ["present", str(folder), "1", "--field", "no_such"],
    ):
        assert main(command) == 1, command
        said = capsys.readouterr()
        assert said.err.strip(), command
        assert "should not have" not in said.err, command


def test_presented_then_verified(folder: Path, vkey: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder.parent / "shown.json"
    index = json.loads(_shown(folder, capsys))["number"]
    assert main(["present", str(folder), str(index), "--field", "name", "-o", str(file)]) == 0
    assert main(["verify", str(file), "--vkey", vkey]) == 0
    answer = capsys.readouterr().out
    assert "name = 'M'" in answer
    assert "compute_flop" not in answer
    assert main(["verify", str(file)]) == 1
    found = json.loads(file.read_text())
    found["sd_jwt"] = found["sd_jwt"].replace("~", "~WyJzIiwibmFtZSIsIngiXQ~", 1)
    file.write_text(json.dumps(found))
    assert main(["verify", str(file), "--vkey", vkey]) == 1
    assert "must stand in the leaf" in capsys.readouterr().err


def _shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["credential", "show", str(folder), "model:m"]) == 0
    return capsys.readouterr().out


def test_a_receipt_and_a_sigstore_bundle_of_an_entry(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same bundle each time it is asked for: the signature is recorded once. tests/peers has Sigstore read it."""
    assert main(["receipt", str(folder), "1"]) == 0
    assert json.loads(capsys.readouterr().out)["index"] == 1
    bundles = []
    for _ in range(2):
        assert main(["receipt", str(folder), "1", "--bundle"]) == 0
        bundles.append(json.loads(capsys.readouterr().out))
    assert bundles[0]["messageSignature"] == bundles[1]["messageSignature"]
    assert bundles[0]["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert main(["trusted-root", str(folder)]) == 0
    log_id = json.loads(capsys.readouterr().out)["tlogs"][0]["logId"]
    assert bundles[0]["verificationMaterial"]["tlogEntries"][0]["logId"] == log_id
    assert main(["receipt", str(folder), "99999", "--bundle"]) == 1
    assert "99999" in capsys.readouterr().err


def test_no_signature_is_recorded_where_its_bundle_cannot_be_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Authority.open(folder) as authority:
        before = authority.store.size()
    assert main(["receipt", str(folder), "1", "--bundle", "-o", str(tmp_path / "no" / "b.json")]) == 1
    assert str(tmp_path / "no" / "b.json") in capsys.readouterr().err
    with Authority.open(folder) as authority:
        assert authority.store.size() == before
