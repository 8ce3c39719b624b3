"""Go's x/mod/sumdb/note checks who signed a request, refuses an edited one, and signs one that we take."""

from __future__ import annotations

from pathlib import Path

import runtimes
from commonweal.kernel import authorisations
from envelopes import Envelope, policy_text, signer
from world import Tell


def test_go_notes_open_a_signed_request_and_sign_one_that_we_take(tmp_path: Path, tell: Tell) -> None:
    program = runtimes.go("envelope")
    skey, vkey = authorisations.new_signing_key("court.example/laptop")
    policy = policy_text(keys={"court": f'{{ vkey = "{vkey}", from = 2026-01-01 }}'})
    envelope = Envelope.found(tmp_path / "office", policy)
    envelope.ask()
    made = runtimes.answers(program, cases=[{"name": "sign", "skey": skey, "text": envelope.text}])["sign"]
    assert made["ok"], made
    _, lines = authorisations.open_file(made["note"].encode())
    envelope.submit(*lines)
    assert envelope.sign("ministry")["state"] == "granted"
    note = envelope.open()["note"]
    keys = {"vkeys": [vkey, signer("ministry").vkey]}
    cases = [
        {"name": "ours", "note": note, **keys},
        {"name": "the purpose edited", "note": note.replace("Find who", "Find how"), **keys},
        {"name": "the text alone", "note": envelope.text + "\n", **keys},
        {"name": "other people's keys", "note": note, "vkeys": [signer("ombudsman").vkey]},
    ]
    found = runtimes.answers(program, cases=cases)
    assert found["ours"]["signers"] == ["court.example/laptop", "ministry.example/key-0"]
    refused = [name for name, answer in found.items() if not answer["ok"]]
    assert refused == [case["name"] for case in cases[1:]]
    version = runtimes.go_package_version("golang-golang-x-mod-dev")
    tell("Go golang.org/x/mod/sumdb/note", version, "the signatures on a request, and one made by it", refused)
    envelope.authority.close()
