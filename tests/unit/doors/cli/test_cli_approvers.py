"""`weal approver` from a key to a decided case: what each person types, on the machine where they sit."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import sending_house
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.instruments import rule_file
from commonweal.instruments.model_registration import crossing_story
from commonweal.instruments.model_registration.crossing import OFFICER, PLAYBOOK, RUN
from commonweal.kernel import authorisations, protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings
from plays import book, sid, step


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


def test_who_signs_reads_what_the_step_is_called_and_what_follows(
    waiting: tuple[str, Mapping[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words are those of notification.json; away from the network they come from the playbook beside the text."""
    folder, body = waiting
    secret, file = tmp_path / "officer.key", tmp_path / "approval.txt"
    beside = tmp_path / "approval.txt.playbook.json"
    assert main(["approver", "key", "-o", str(secret)]) == 0
    about = ["--role", "officer", "--organisation", "authority", "-o", str(file)]
    assert main(["approver", "text", folder, "model-notif", "Accept", "approve", *about]) == 0
    assert f"approve 'Accept the notification' of {body['case']}, about {RUN}" in capsys.readouterr().err
    unsigned, sign = file.read_text("utf-8"), ["approver", "sign", str(file), "--key", str(secret)]
    assert main([*sign, "--step", "Refuse"]) == 1, "a text for another step than the one that is meant"
    assert "Accept the notification" in capsys.readouterr().err
    assert file.read_text("utf-8") == unsigned
    assert main([*sign, "--step", "accept the not"]) == 0
    said = capsys.readouterr().err
    assert f"You approve the step 'Accept the notification', {body['step']}" in said
    assert "If it is approved: Does the provider contest the presumption of systemic risk?" in said
    file.write_text(unsigned, "utf-8")
    assert main([*sign, "--language", "zh", "--step", "接受"]) == 0
    assert "'接受通知'" in capsys.readouterr().err
    file.write_text(unsigned, "utf-8")
    beside.write_text(beside.read_text("utf-8") + " ", "utf-8")
    assert main(sign) == 1, "a playbook whose digest the text does not name says nothing of it"
    assert "the playbook that the text is for" in capsys.readouterr().err
    beside.unlink()
    assert main(sign) == 0
    assert "put it beside as approval.txt.playbook.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("named", "refused"),
    [
        (("model-notification", "Accept the"), ""),
        (("case:model-notif", "接受"), ""),
        (("model-notification", "A"), ""),  # of several, the step at which the case stands
        (("model-notification", "Refuse"), "the case stands at: Accept the notification"),
        (("model-notification", "Await"), "several begin so: Await the notification"),
        (("no-such", "Accept"), "no-such"),
    ],
)
def test_case_and_step_are_named_as_people_name_them(
    waiting: tuple[str, Mapping[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    named: tuple[str, str],
    refused: str,
) -> None:
    folder, body = waiting
    file = tmp_path / "approval.txt"
    about = ["--role", "officer", "--organisation", "authority", "-o", str(file)]
    code = main(["approver", "text", folder, *named, "approve", *about])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    if refused:
        assert code == 1
        assert refused in said.err
        assert not file.exists()
    else:
        assert code == 0
        assert body["step"] in file.read_text("utf-8")


def test_an_approval_signed_with_a_key_that_was_revoked_does_not_count(
    waiting: tuple[str, Mapping[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One key may open the API and sign approvals: it is lost once, and who ends it thinks of one thing."""
    folder, body = waiting
    secret, file, public = tmp_path / "officer.key", tmp_path / "approval.txt", tmp_path / "officer.pub"
    assert main(["approver", "key", "-o", str(secret)]) == 0
    public.write_text(capsys.readouterr().out.strip())
    spare = tmp_path / "spare.key"
    assert main(["approver", "key", "-o", str(spare)]) == 0
    other = ["--public", capsys.readouterr().out.strip(), "--organisation", "authority", "--role", "officer"]
    own = ["--organisation", "authority", "--role", "officer"]
    assert main(["approver", "register", folder, OFFICER[0], "--public", public.read_text(), *own]) == 0
    assert main(["approver", "register", folder, OFFICER[0], *other]) == 0
    assert main(["key", "issue", folder, OFFICER[0], "--public-key", str(public), *own]) == 0
    with Authority.open(Path(folder)) as authority:
        (held,) = [key.id for key in authority.access.issued() if key.party == OFFICER[0]]
        (left,) = [row["key_id"] for row in protocols.approvers(authority.reader) if row["key_id"] != held]
    about = ["--role", "officer", "--organisation", "authority"]
    assert main(["approver", "text", folder, body["case"], body["step"], "approve", *about, "-o", str(file)]) == 0
    capsys.readouterr()
    assert main(["key", "revoke", folder, held]) == 0
    said = capsys.readouterr()
    assert "withdraws it" in said.out
    assert f"weal approver withdraw DIR {left}" in said.err
    assert main(["key", "revoke", folder, held]) == 0, "again is harmless"
    assert "withdraws it" not in capsys.readouterr().out
    assert main(["approver", "sign", str(file), "--key", str(secret)]) == 0
    assert main(["approver", "submit", folder, str(file)]) == 1
    assert "it approves nothing any more" in capsys.readouterr().err
    with Authority.open(Path(folder)) as authority:
        assert protocols.cases(authority.reader, subject=RUN, playbook=PLAYBOOK)[0]["state"] == "open"
    assert main(["key", "revoke", folder, left]) == 0, "a key that only approves is ended by the same words"
    assert main(["key", "revoke", folder, "ed25519-0000000000000000"]) == 1


def test_what_a_key_said_before_it_was_revoked_is_struck_from_a_step_that_is_not_decided(tmp_path: Path) -> None:
    secret, public = protocols.new_approver_key()
    two = {"approval": {"n": 2, "of_roles": ["officer"], "signed": True}}
    with Authority.create(tmp_path / "office", sending_house.SETTINGS, installed=sending_house.installed()) as made:
        made.adopt(rule_file(book(step("start", "action.a"), step("action.a", "end", two), step("end")), ".json"))
        made.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, ""))
        keyid = made.access.register_public_key("party:ana", public, ("officer",), organisation="office")
        body = {"party": "party:ana", "key": public, "roles": ["officer"], "organisation": "office"}
        made.act(Act("approver.registered", body, ""))
        made.follow()
        case = protocols.case(made.reader, protocols.cases(made.reader)[0]["case"])
        said = {"step": sid("action.a"), "decision": "approve", "role": "officer", "organisation": "office"}
        text = protocols.approval_text(made.settings.origin, case, said, made.house().now)
        envelope = protocols.signed_by(text, authorisations.read_signing_key(secret))
        made.act(Act("approval.given", protocols.filing_of(envelope), "", case.subject))
        made.follow()
        assert protocols.who_must_act(made.reader, case.id)[0]["given"] == 1
        made.access.revoke(keyid)  # and the process was killed before the record said so
        assert made.revoke_key(keyid) is not None
        assert protocols.who_must_act(made.reader, case.id)[0]["given"] == 0
        assert made.access.holder_of(keyid) is None
        was = made.dump()
        made.rebuild()
        assert made.dump() == was


SIGNED = {"approval": {"n": 2, "of_roles": ["officer"], "signed": True}}


def test_a_voice_by_a_signed_request_is_struck_with_its_key_though_nobody_registered_it(tmp_path: Path) -> None:
    """And where it helped to decide a step, that stands and everybody is told: from then on the key proves nothing."""
    wait = {"deadline": {"from_event": "step.entered", "duration": "P9D", "escalate_to": "@end"}}
    with Authority.create(tmp_path / "office", sending_house.SETTINGS, installed=sending_house.installed()) as made:
        text = book(step("start", "action.a"), step("action.a", "action.b", SIGNED),
                    step("action.b", "end", SIGNED | wait), step("end"))  # fmt: skip
        made.adopt(rule_file(text, ".json"))
        made.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, ""))
        made.follow()
        case = protocols.cases(made.reader)[0]["case"]
        keys = {}
        for who in ("ana", "ben"):
            public = protocols.new_approver_key()[1]
            keys[who] = made.access.register_public_key(f"party:{who}", public, ("officer",), organisation="office")

        def says(who: str, name: str, **more: str) -> None:
            body = {"case": case, "step": sid(name), "decision": "approve", "role": "officer", "organisation": "office"}
            body |= more
            made.act(Act("approval.given", body, ""), Caller(f"party:{who}", ("officer",), "office", keys[who]))
            made.follow()

        says("ana", "action.a")
        says("ben", "action.a")
        says("ana", "action.b")
        assert protocols.who_must_act(made.reader, case)[0]["given"] == 1
        made.access.revoke(keys["ana"])  # and the process was killed before the record said so
        receipt = made.revoke_key(keys["ana"])
        assert receipt is not None
        assert protocols.who_must_act(made.reader, case)[0]["given"] == 0, "what waits has lost the voice"
        told = protocols.timeline(made.reader, case)
        assert [item["step"] for item in told if item["what"] == "struck"] == [sid("action.b")]
        flagged = [item for item in told if item["what"] == "doubted"]
        assert [(item["step"], item["entry"]) for item in flagged] == [(sid("action.a"), receipt.index)]
        assert "stands until people decide otherwise" in flagged[0]["text"]["en"]
        assert protocols.doubted(made.reader, keys["ana"]) == [case]
        with pytest.raises(Forbidden, match="withdrawn in entry"):
            says("ana", "action.b", statement="Once more.")
        assert made.revoke_key(keys["ana"]) is None, "there is nothing left to do"
        was = made.dump()
        made.rebuild()
        assert made.dump() == was
