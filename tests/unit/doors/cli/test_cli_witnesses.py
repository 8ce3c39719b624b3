"""`weal witness` and `weal verify --policy`: what they say, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.doors.cli import main
from commonweal.doors.portal import app as portal
from commonweal.kernel.record import NoteVerifier
from witnesses import Network, founded, grow, policy_text, url, witness_of


@pytest.fixture
def witnessed(tmp_path: Path) -> tuple[Path, Path]:
    """A folder whose first two entries two witnesses cosigned, and the receipt of the second."""
    folder, policy = tmp_path / "house", policy_text("q", 2, "group q all w1 w2")
    with founded(folder, policy) as authority:
        log = NoteVerifier.from_vkey(authority.vkey)
        network = Network({url(n): witness_of(tmp_path / f"w{n}.sqlite", n, log) for n in (1, 2)})
        authority.witnesses.port = network
        index = grow(authority, "a")
        (tmp_path / "early.json").write_text(json.dumps(authority.receipt(index).as_dict()))
        assert authority.witnesses.ask()
        (tmp_path / "receipt.json").write_text(json.dumps(authority.receipt(index).as_dict()))
        (tmp_path / "policy.txt").write_text(f"log {authority.vkey}\n" + policy)
        network.close()
    return folder, tmp_path


def test_a_receipt_is_held_against_a_policy_offline(
    witnessed: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, place = witnessed
    policy = str(place / "policy.txt")
    assert main(["verify", str(place / "receipt.json"), "--policy", policy]) == 0
    said = capsys.readouterr().out
    assert "witnessed by w1 on 2027-01-15T08:00:00Z" in said
    assert "witnessed by w2" in said
    assert main(["verify", str(place / "early.json"), "--policy", policy]) == 1
    assert "lacks the quorum" in capsys.readouterr().err
    (place / "other.txt").write_text(policy_text("none", 1))
    assert main(["verify", str(place / "receipt.json"), "--policy", str(place / "other.txt")]) == 1
    assert "--vkey" in capsys.readouterr().err
    (place / "other.txt").write_text("quorum x")
    assert main(["verify", str(place / "receipt.json"), "--policy", str(place / "other.txt")]) == 1
    assert "a newline at its end" in capsys.readouterr().err


def test_the_list_says_how_each_witness_stands(
    witnessed: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = witnessed
    assert main(["witness", "list", str(folder)]) == 0
    assert "0 are waiting" in capsys.readouterr().out
    assert main(["witness", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(item["name"], item["state"], item["lag"]) for item in found["witnesses"]] == [
        ("w1", "cosigned", 0),
        ("w2", "cosigned", 0),
    ]
    assert found["serves"] is None


def test_asking_witnesses_that_do_not_answer_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = policy_text("w1", 1).replace(url(1), "http://127.0.0.1:1")
    founded(tmp_path / "house", policy).close()
    assert main(["witness", "ask", str(tmp_path / "house"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["waiting"] > 0
    assert found["witnesses"][0]["state"] == "away"


def test_a_page_tells_who_vouches_for_the_log(witnessed: tuple[Path, Path]) -> None:
    folder, _ = witnessed
    with founded(folder) as authority:
        client = TestClient(portal(authority))
        page = client.get("/record/witnesses").text
        assert "w1" in page
        assert "Cosigned" in page
        assert "已见证" in client.get("/zh/record/witnesses").text
        assert client.get("/record/checkpoint").content == authority.witnesses.published()
