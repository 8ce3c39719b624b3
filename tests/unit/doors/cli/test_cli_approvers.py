"""`weal approver` from a key to a decided case: what each person types, on the machine where they sit."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.instruments.model_registration import crossing_story
from commonweal.instruments.model_registration.crossing import OFFICER, PLAYBOOK, RUN
from commonweal.kernel import protocols
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings


@pytest.fixture
def waiting(tmp_path: Path) -> tuple[str, Mapping[str, Any]]:
    """A folder whose case waits for one approval, and the approval that the story goes on with."""
    start = instant("2025-03-01T00:00:00Z")
    clock = ReplayClock(start)
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    with Authority.create(tmp_path / "office", settings, clock=clock) as authority:
        for when, who, given in crossing_story():
            clock.set(when)
            authority.tick(when)
            act = given(authority.reader) if callable(given) else given
            if act.kind == "approval.given":
                return str(tmp_path / "office"), act.body
            authority.act(act, Caller(*who))
            authority.follow()
    raise AssertionError("the story has no approval")


def test_an_approval_signed_away_from_the_network_decides(
    waiting: tuple[str, Mapping[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, body = waiting
    secret, file = tmp_path / "officer.key", tmp_path / "approval.txt"
    assert main(["approver", "key", "-o", str(secret)]) == 0
    assert os.stat(secret).st_mode & 0o077 == 0
    public = capsys.readouterr().out.strip()
    assert main(["approver", "key", "-o", str(secret)]) == 1, "a key is never written over another"
    register = ["approver", "register", folder, OFFICER[0], "--public", public, "--organisation", "authority"]
    assert main([*register, "--role", "officer"]) == 0
    assert main([*register, "--role", "officer"]) == 0, "the same again is the same entry"
    assert main([*register, "--role", "auditor"]) == 1
    said = capsys.readouterr()
    assert "was registered in entry" in said.err
    about = ["--role", "officer", "--organisation", "authority", "--statement", "Complete."]
    assert main(["approver", "text", folder, body["case"], body["step"], "approve", *about, "-o", str(file)]) == 0
    assert main(["approver", "sign", str(file), "--key", str(secret)]) == 0
    assert f"of the case {body['case']} in the log test.example/log" in capsys.readouterr().err
    assert main(["approver", "submit", folder, str(file)]) == 1, "without the words whose digest was signed"
    assert "envelope.statement" in capsys.readouterr().err
    assert main(["approver", "submit", folder, str(file), "--statement", "Complete."]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "approval.given"
    with Authority.open(Path(folder)) as authority:
        assert protocols.cases(authority.reader, subject=RUN, playbook=PLAYBOOK)[0]["state"] == "closed"
        (key,) = protocols.approvers(authority.reader)
    assert main(["approver", folder, "list"]) == 0
    assert key["key_id"] in capsys.readouterr().out
    assert main(["approver", "withdraw", folder, key["key_id"], "--reason", "left"]) == 0
    assert main(["approver", "withdraw", folder, key["key_id"]]) == 1
    capsys.readouterr()
    assert main(["approver", "list", folder, "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["withdrawn"] is not None
