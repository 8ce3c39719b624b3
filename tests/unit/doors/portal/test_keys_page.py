"""The page of keys: each with its range and why it ended, how to compare them, where the log comes from and goes on."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from pathlib import Path

import pytest

from commonweal import attestations, handover, keeping
from commonweal.doors.portal import app
from commonweal.kernel.record import NoteVerifier
from witnesses import founded, grow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

NEXT = "next.example/log"


@pytest.mark.parametrize(("prefix", "words"), [
    ("", ("Replaced as planned", "Stolen", "Counts now", "fetch such receipts anew")),
    ("/zh", ("按计划更换", "被盗", "现行", "请重新索取这类回执")),
])  # fmt: skip
def test_every_key_stands_there_with_its_range_and_its_end(tmp_path: Path, prefix: str, words: tuple[str, ...]) -> None:
    with founded(tmp_path / "office") as authority:
        keeping.change_log_key(authority, overlap=2)
        grow(authority, "a", "b", "c")
        keeping.change_log_key(authority, "compromised", void_from=4)
        issuer = attestations.change_issuer_key(authority)
        with TestClient(app(authority)) as client:
            text = client.get(f"{prefix}/record/keys").text
            assert f"{prefix}/record/keys" in client.get(f"{prefix}/record").text
        ring = authority.store.keyring()
    for key in ring.keys:
        assert key.vkey in text
    assert issuer in text
    assert [word for word in words if word not in text] == []
    digest = hashlib.sha256(ring.current.encode()).hexdigest()
    assert " ".join(digest[at : at + 4] for at in range(0, 64, 4)) in text
    assert "closed" not in text


def test_the_end_and_the_successor_are_said_on_every_page(tmp_path: Path) -> None:
    with founded(tmp_path / "old") as old, founded(tmp_path / "new", origin=NEXT) as new:
        handover.close_log(old, NEXT, new.vkey, "https://next.example")
        index = handover.accept(new, str(tmp_path / "old"), url="https://old.example")
        with TestClient(app(old)) as client:
            text = client.get("/record/keys").text
            assert "This log was closed at" in text
            assert "https://next.example" in text
            assert f"It goes on as {NEXT}." in client.get("/").text
            assert f"由 {NEXT} 接续" in client.get("/zh/").text
        with TestClient(app(new)) as client:
            text = client.get("/record/keys").text
            assert "This record is closed" not in client.get("/").text
    assert old.settings.origin in text
    assert f">{index}<" in re.sub(r"\s", "", text)
    assert re.search(r"/log/predecessors/[0-9a-f]{32}/checkpoint", text)


def test_the_saved_page_carries_every_key_with_its_range(tmp_path: Path) -> None:
    with founded(tmp_path / "office") as authority:
        keeping.change_log_key(authority, overlap=2)
        with TestClient(app(authority)) as client:
            text = client.get("/record/verify.html").text
        ring = authority.store.keyring()
    found = re.search(r'id="known">(.*?)</script>', text, re.S)
    assert found
    known = json.loads(found[1])
    assert known["logs"] == [key.vkey for key in ring.keys[::-1]]
    assert known["spans"][1] == {"start": 0, "stop": ring.keys[0].stop, "ended": "rotated"}
    assert known["closed"] is None


def test_sigstore_is_told_of_keys_that_ended_as_planned_and_of_none_that_was_stolen(tmp_path: Path) -> None:
    with founded(tmp_path / "office") as authority:
        grow(authority, "a")
        signed = attestations.sign_for_sigstore(authority, 0)
        keeping.change_log_key(authority, overlap=1)
        grow(authority, "b", "c", "d")
        rotated = attestations.trusted_root(authority)["tlogs"]
        assert ["end" in log["publicKey"]["validFor"] for log in rotated] == [True, False]
        bundle = attestations.bundle(authority, 0)
        entry = bundle["verificationMaterial"]["tlogEntries"][0]
        assert entry["logIndex"] == str(signed)
        assert entry["logId"] == rotated[1]["logId"], "made anew, it leads to the key in force"
        keeping.change_log_key(authority, "compromised")
        left = attestations.trusted_root(authority)["tlogs"]
        ring = authority.store.keyring()
    wanted = [NoteVerifier.from_vkey(key.vkey) for key in ring.keys if key.ended != "compromised"]
    assert len(left) == len(wanted) == 2
    assert rotated[1]["logId"] not in [log["logId"] for log in left]
