"""`weal access` from a key to an opened field: what each person types, on the machine where they sit."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main, out
from envelopes import Envelope, policy_text


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """An authority whose policy names keys that `weal access key` made, each in a file of its own."""
    keys, listed = {}, {}
    for name in ("court", "ministry"):
        keys[name] = tmp_path / f"{name}.key"
        assert main(["access", "key", f"{name}.example/judge", "-o", str(keys[name])]) == 0
        vkey = capsys.readouterr().out.strip()
        listed[name] = f'{{ vkey = "{vkey}", from = 2026-01-01 }}'
    envelope = Envelope.found(tmp_path / "office", policy_text(keys=listed))
    model, vkey = envelope.model, envelope.authority.vkey
    envelope.authority.close()
    (tmp_path / "order.pdf").write_bytes(b"the order")
    return {"folder": str(tmp_path / "office"), "model": model, "vkey": vkey, "keys": keys, "at": tmp_path}


def asked(office: dict[str, Any], *more: str) -> str:
    at = office["at"]
    command = ["access", "request", office["folder"], "--entry", str(office["model"]), "--field", "data_description",
               "--basis", "court_order", "--citation", "3 O 17/26", "--document", str(at / "order.pdf"),
               "--purpose", "Find out", "--as", "party:auditor", "-o", str(at / "request.txt"), *more]  # fmt: skip
    assert main(command) == 0
    return str(at / "request.txt")


def test_who_is_on_record_asks_in_the_role_that_they_hold(office: dict[str, Any]) -> None:
    """An officer who investigates could not ask by the documented command: it always acted as an auditor."""
    file = asked(office, "--role", "officer")
    assert Path(file).is_file()
    with Authority.open(Path(office["folder"])) as authority:
        kinds = [one.kind for one in authority.store.entries(0, authority.store.size())]
        assert kinds[-1] == "authorisation.requested"


def test_request_sign_submit_open_verify(office: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    file = asked(office)
    request = capsys.readouterr().out.strip()
    for name in ("court", "ministry"):
        assert main(["access", "sign", file, "--key", str(office["keys"][name]), "--yes"]) == 0
    words = capsys.readouterr().err
    assert "approve that party:auditor may, once, read these sealed fields" in words
    assert f"entry {office['model']} (model_registration.model): data_description" in words
    assert main(["access", "submit", office["folder"], file]) == 0
    assert capsys.readouterr().out.startswith("granted:")
    evidence = office["at"] / "evidence.json"
    assert main(["access", "open", office["folder"], request[:12], "--as", "party:auditor", "-o", str(evidence)]) == 0
    assert "asks no witnesses" in capsys.readouterr().err
    assert os.stat(evidence).st_mode & 0o077 == 0
    assert main(["access", "verify", str(evidence), "--vkey", office["vkey"]]) == 0
    said = capsys.readouterr().out
    assert "approved  court" in said
    assert "data_description = 'Forty secret corpora'" in said
    keys = office["at"] / "log-keys.json"
    keys.write_text('{"changes": []}')
    checked = ["access", "verify", str(evidence), "--vkey", office["vkey"], "--keys", str(keys)]
    assert main(checked) == 0
    keys.write_text('{"changes": [{}]}')
    assert main(checked) == 1
    capsys.readouterr()
    assert main(["access", "list", office["folder"], "--json"]) == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert line["state"] == "used"
    assert main(["access", "status", office["folder"], request]) == 0
    assert "disclosed as entry" in capsys.readouterr().out


def granted(office: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    file = asked(office)
    request = capsys.readouterr().out.strip()
    for name in ("court", "ministry"):
        assert main(["access", "sign", file, "--key", str(office["keys"][name]), "--yes"]) == 0
    assert main(["access", "submit", office["folder"], file]) == 0
    capsys.readouterr()
    return request


def size_of(office: dict[str, Any]) -> int:
    with Authority.open(Path(office["folder"])) as authority:
        return authority.store.size()


@pytest.mark.parametrize("where", ["nowhere/evidence.json", "."])
def test_where_no_file_can_be_written_nothing_is_disclosed(
    office: dict[str, Any], capsys: pytest.CaptureFixture[str], where: str
) -> None:
    """The public disclosure leaf cannot be taken back: what can be known to fail beforehand must fail beforehand."""
    request, path = granted(office, capsys), str(office["at"] / where)
    before = size_of(office)
    assert main(["access", "open", office["folder"], request, "--as", "party:auditor", "-o", path]) == 1
    said = capsys.readouterr().err
    assert path in said
    assert "stands" not in said
    assert size_of(office) == before


def test_a_disclosure_whose_file_fails_is_said_to_stand_and_can_be_fetched_again(
    office: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request, evidence = granted(office, capsys), office["at"] / "evidence.json"
    command = ["access", "open", office["folder"], request, "--as", "party:auditor", "-o", str(evidence)]

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(out.os, "fsync", full)
        assert main(command) == 1
    said = capsys.readouterr().err
    assert f"stands in the public record as entry {size_of(office) - 1}" in said
    assert f"weal access open DIR {request[:16]} --as party:auditor" in said
    assert not evidence.exists()
    assert not list(office["at"].glob(".*.new")), "no half of it lies about"
    assert main(command) == 0
    assert evidence.is_file()


def test_a_request_without_a_place_for_its_file_is_not_recorded(
    office: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    before = size_of(office)
    with pytest.raises(AssertionError):
        asked(office, "-o", str(office["at"] / "nowhere" / "request.txt"))
    assert size_of(office) == before


def test_signing_needs_neither_the_authority_nor_its_files(
    office: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    away = tmp_path_factory.mktemp("judge")
    (away / "request.txt").write_bytes(Path(asked(office)).read_bytes())
    (away / "key").write_bytes(office["keys"]["court"].read_bytes())
    there = Path(office["folder"])
    there.rename(there.with_name("gone"))
    assert main(["access", "sign", str(away / "request.txt"), "--key", str(away / "key"), "--yes"]) == 0
    assert "— court.example/judge " in (away / "request.txt").read_text("utf-8")
    assert "1 signature" in capsys.readouterr().err


def test_without_a_yes_nothing_is_signed(office: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    file = asked(office)
    before = Path(file).read_bytes()
    assert main(["access", "sign", file, "--key", str(office["keys"]["court"])]) == 1
    assert "Nothing was signed" in capsys.readouterr().err
    assert Path(file).read_bytes() == before


def test_a_request_that_was_edited_is_neither_signed_nor_taken(
    office: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(asked(office))
    assert main(["access", "sign", str(file), "--key", str(office["keys"]["court"]), "--yes"]) == 0
    file.write_text(file.read_text("utf-8").replace("data_description", "components"), "utf-8")
    assert main(["access", "submit", office["folder"], str(file)]) == 1
    assert "this file was changed" in capsys.readouterr().err, "it differs from the one recorded, and is told so"
    file.write_text(file.read_text("utf-8").replace('"action":', '"action" :'), "utf-8")
    assert main(["access", "sign", str(file), "--key", str(office["keys"]["court"]), "--yes"]) == 1
    assert "canonical" in capsys.readouterr().err


def test_a_key_is_never_written_over_nor_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "k"
    assert main(["access", "key", "court.example/k", "-o", str(file)]) == 0
    secret = file.read_text("utf-8").strip()
    assert os.stat(file).st_mode & 0o077 == 0
    assert main(["access", "key", "court.example/k", "-o", str(file)]) == 1
    file.write_text(secret[:-4] + "AAA=\n", "utf-8")
    (tmp_path / "r").write_text("commonweal/authorisation/v1\n{}\n", "utf-8")
    assert main(["access", "sign", str(tmp_path / "r"), "--key", str(file), "--yes"]) == 1
    seen = capsys.readouterr()
    assert secret[-40:-8] not in seen.out + seen.err


def test_verify_names_what_is_wrong(office: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    file = office["at"] / "other.json"
    file.write_text('{"format": "x"}', "utf-8")
    assert main(["access", "verify", str(file), "--vkey", office["vkey"]]) == 1
    assert "another format" in capsys.readouterr().err


def test_the_folder_may_come_first(office: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    asked(office)
    capsys.readouterr()
    assert main(["access", office["folder"]]) == 0
    assert "requested" in capsys.readouterr().out
    with Authority.open(Path(office["folder"])) as authority:
        assert authority.faults() == []
