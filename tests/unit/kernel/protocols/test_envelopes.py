"""Approvals are signed: each fault of an envelope is named at the door, and what was let in wrongly does not count."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from commonweal.kernel.authorisations import read_signing_key
from commonweal.kernel.protocols import (
    approval_text,
    approvers,
    case,
    check_filing,
    complete_filing,
    filing_of,
    new_approver_key,
    signed_by,
    timeline,
    who_must_act,
)
from commonweal.kernel.protocols.envelopes import envelope_of, key_name
from commonweal.kernel.record import NoteSigner
from commonweal.kernel.record.entries import Act
from commonweal.kernel.values import BadInput, Conflict, Forbidden
from plays import book, sid, step

from .test_protocols_room import CASE, T0, House

LOG = "test.example/log"
ASK = {"n": 2, "of_roles": ["officer", "board"], "distinct_organisations": True, "signed": True}
STEP = sid("action.approve")


def playbook(**approval: Any) -> str:
    return book(
        step("start", "action.approve"),
        step("action.approve", "end.done", {"approval": {**ASK, **approval}}, on_failure="@end.refused"),
        step("end.done", ext={"outcome": "accepted"}),
        step("end.refused", ext={"outcome": "refused"}),
    )


def seed(name: str) -> NoteSigner:
    made = NoteSigner("x", name.encode().ljust(32, b"."))
    return NoteSigner(key_name(made.verifier.public), name.encode().ljust(32, b"."))


def house(**approval: Any) -> House:
    made = House()
    made.room.log = LOG
    made.adopt(playbook(**approval))
    for who in ("ana", "ben", "cho"):
        registered(made, who)
    made.owe(0)
    return made


def case_id(made: House) -> str:
    return CASE.replace("-1", "-4")


def registered(made: House, who: str, **more: Any) -> None:
    key = b64encode(seed(who).verifier.public).decode()
    body = {"party": f"party:{who}", "key": key, "roles": ["officer", "board"], "organisation": f"org-{who}", **more}
    made.file("approver.registered", body)


def filing(made: House, who: str, day: float = 1, **more: Any) -> dict[str, Any]:
    body = {
        "case": case_id(made), "step": STEP, "decision": "approve", "role": "officer", "organisation": f"org-{who}",
        "statement": "because", **more,
    }  # fmt: skip
    text = approval_text(LOG, case(made.tables, case_id(made)), body, T0 + timedelta(days=day))
    return {**body, "envelope": signed_by(text, seed(who))}


def check(made: House, body: Mapping[str, Any], by: str, day: float = 1) -> None:
    now = T0 + timedelta(days=day)
    check_filing(made.tables, "approval.given", body, by, ("officer", "board"), log=LOG, now=now)


def approve(made: House, who: str, day: float = 1, **more: Any) -> None:
    body = filing(made, who, day, **more)
    check(made, body, f"party:{who}", day)
    made.file("approval.given", body, day, by=f"party:{who}")


def test_two_people_of_two_organisations_approve_with_their_keys() -> None:
    made = house()
    approve(made, "ana")
    assert case(made.tables, case_id(made)).state == "open"
    approve(made, "ben", 2)
    found = case(made.tables, case_id(made))
    assert (found.state, found.outcome) == ("closed", "accepted")
    assert made.rebuilt() == made.dump()


def test_an_access_key_alone_does_not_count_unless_the_playbook_says_so() -> None:
    made = house()
    body = {name: value for name, value in filing(made, "ana").items() if name != "envelope"}
    with pytest.raises(Forbidden, match="approved with a signature"):
        check(made, body, "party:ana")
    check(made, {**body, "signed_by": "ed25519-0123456789abcdef"}, "party:ana")
    check(house(signed=False), body, "party:ana")


def test_a_playbook_from_before_signing_keeps_its_meaning() -> None:
    """The extension's version is part of the playbook, which a case keeps."""
    made = House()
    made.adopt(playbook().replace('"1.1.0"', '"1.0.0"').replace('"signed": true', '"refusals": 1'))
    made.owe()
    body = {"case": CASE, "step": STEP, "decision": "approve", "role": "officer", "organisation": "org-ana"}
    check(made, body, "party:ana")


def test_only_the_door_says_that_a_request_was_signed() -> None:
    act = Act("approval.given", {"case": "case:x", "signed_by": "ed25519-0000000000000000"}, "")
    with pytest.raises(BadInput, match="signed_by"):
        complete_filing(act, "")
    assert complete_filing(Act("approval.given", {}, ""), "k").body["signed_by"] == "k"


@pytest.mark.parametrize("name", ["case", "step", "decision", "role", "organisation", "statement"])
def test_what_was_signed_is_what_is_filed(name: str) -> None:
    made = house()
    body = filing(made, "ana")
    other = {"case": "case:other", "step": "x", "decision": "refuse", "role": "board", "organisation": "org-ben"}
    changed = {**body, name: other.get(name, "something else")}
    if name == "case":
        made.tables.put(next(t for t in _tables() if t.name == "protocols_case"),
                        {**made.tables.select(_case_table())[0], "case": "case:other"})  # fmt: skip
    with pytest.raises((BadInput, Forbidden), match="as filed"):
        check(made, changed, "party:ana")
    made.file("approval.given", changed if name != "case" else {**changed}, 1, by="party:ana")
    assert case(made.tables, case_id(made)).at(STEP).approvals == ()  # type: ignore[union-attr]


def _tables() -> Any:
    from commonweal.kernel.protocols import TABLES

    return TABLES


def _case_table() -> Any:
    return next(table for table in _tables() if table.name == "protocols_case")


def test_faults_of_an_envelope_are_named_together() -> None:
    made = house()
    body = filing(made, "ana", 1)
    forged = {**body, "envelope": body["envelope"].replace("approve", "refuse"), "role": "board"}
    with pytest.raises(BadInput) as error:
        check(made, forged, "party:ana", 40)
    assert {fault.code for fault in error.value.faults} == {"not_what_was_signed", "signature"}
    with pytest.raises(BadInput, match="between"):
        check(made, filing(made, "ana", 3), "party:ana", 1)


@pytest.mark.parametrize(
    "spoilt", ["", "\n\n— x AAAA\n", "no note", "commonweal/authorisation/v1\n{}\n\n— x AAAAAAAA\n"]
)
def test_what_is_no_envelope_is_refused(spoilt: str) -> None:
    made = house()
    body = {**filing(made, "ana"), "envelope": spoilt or "x" * 9000}
    with pytest.raises(BadInput):
        check(made, body, "party:ana")


def test_an_envelope_counts_once() -> None:
    made = house()
    body = filing(made, "ana")
    made.file("approval.given", body, 1, by="party:ana")
    with pytest.raises(Conflict, match="used in entry"):
        check(made, body, "party:ana")
    made.file("approval.given", body, 2, by="party:ana")
    assert len(case(made.tables, case_id(made)).at(STEP).approvals) == 1  # type: ignore[union-attr]


def test_an_approver_who_approves_twice_in_two_roles_or_for_two_organisations_has_one_voice() -> None:
    made = house()
    second = NoteSigner(key_name(seed("ana2").verifier.public), b"ana2".ljust(32, b"."))
    registered(made, "ana2", party="party:ana", organisation="org-other")
    approve(made, "ana")
    for more in ({}, {"role": "board"}):
        with pytest.raises(Conflict, match="each person decides once"):
            check(made, filing(made, "ana", 2, **more), "party:ana", 2)
    body = {**filing(made, "ana", 2), "organisation": "org-other"}
    text = approval_text(LOG, case(made.tables, case_id(made)), body, T0 + timedelta(days=2))
    body["envelope"] = signed_by(text, second)
    with pytest.raises(Conflict, match="each person decides once"):
        check(made, body, "party:ana", 2)
    made.file("approval.given", body, 2, by="party:ana")
    assert case(made.tables, case_id(made)).state == "open"


def test_a_withdrawn_approver_loses_the_voice_in_what_is_not_decided() -> None:
    made = house()
    approve(made, "ana")
    made.file("approver.withdrawn", {"key_id": seed("ana").name}, 2)
    with pytest.raises(Forbidden, match="withdrawn"):
        check(made, filing(made, "ana", 3), "party:ana", 3)
    approve(made, "ben", 3)
    assert case(made.tables, case_id(made)).state == "open", "one voice is left of two"
    assert [item["what"] for item in timeline(made.tables, case_id(made))][-2:] == ["struck", "approval"]
    approve(made, "cho", 4)
    assert case(made.tables, case_id(made)).state == "closed"
    made.file("approver.withdrawn", {"key_id": seed("cho").name}, 5)
    assert case(made.tables, case_id(made)).state == "closed", "what was decided stands"
    assert [row["party"] for row in approvers(made.tables)] == ["party:ben"]
    assert made.rebuilt() == made.dump()


def test_a_key_that_is_withdrawn_while_the_case_is_stopped_has_lost_its_voice_when_it_goes_on() -> None:
    """Stolen keys are withdrawn at once, whatever a case is doing: two voices are asked for, and one is left."""
    made = house()
    approve(made, "ana")
    made.file("case.stopped", {"case": case_id(made), "reason": "an inquiry"}, 1.1)
    made.file("approver.withdrawn", {"key_id": seed("ana").name, "reason": "stolen"}, 1.2)
    made.file("case.resumed", {"case": case_id(made), "reason": "it is over"}, 1.5)
    approve(made, "ben", 2)
    assert case(made.tables, case_id(made)).state == "open"
    approve(made, "cho", 2.5)
    assert case(made.tables, case_id(made)).state == "closed"


def test_a_withdrawn_key_does_not_count_as_a_signed_request_either() -> None:
    """A device has one key for both ways of signing: what ended it for one ended it for the other."""
    made = house()
    body = {name: value for name, value in filing(made, "ana").items() if name != "envelope"}
    made.file("approver.withdrawn", {"key_id": seed("ana").name, "reason": "stolen"}, 0.5)
    with pytest.raises(Forbidden, match="was withdrawn"):
        check(made, {**body, "signed_by": seed("ana").name}, "party:ana")


def test_a_key_that_ended_or_is_of_another_party_approves_nothing() -> None:
    made = house()
    with pytest.raises(Forbidden, match="filed by whoever signed it"):
        check(made, filing(made, "ana"), "party:ben")
    check(made, filing(made, "ana"), "party:authority")
    registered(made, "dee", until="2026-01-02T00:00:00Z")
    with pytest.raises(Forbidden, match="good until"):
        check(made, filing(made, "dee", 2), "party:dee", 2)
    with pytest.raises(Forbidden, match="registered for"):
        check(made, filing(made, "ana", role="auditor"), "party:ana")
    with pytest.raises(BadInput, match="registered in this record"):
        check(made, {**filing(made, "eve")}, "party:eve")


def test_a_key_is_registered_once_and_by_whoever_may() -> None:
    made = house()
    body = {"party": "party:dee", "key": b64encode(bytes(32)).decode(), "roles": ["board"], "organisation": "org-d"}

    def register(by: str, roles: tuple[str, ...], organisation: str = "org-d", **more: Any) -> None:
        check_filing(made.tables, "approver.registered", {**body, **more}, by, roles, organisation=organisation)

    register("party:dee", ("approver", "board"))
    register("party:authority", ("authority",), "")
    for who in (("party:eve", ("board",)), ("party:dee", ("approver",)), ("party:dee", ("board",), "org-e")):
        with pytest.raises(Forbidden):
            register(*who)
    with pytest.raises(Conflict):
        register("party:dee", ("board",), key=b64encode(seed("ana").verifier.public).decode())
    with pytest.raises(BadInput, match="32 bytes"):
        register("party:dee", ("board",), key="A" * 44)


def test_an_envelope_is_byte_for_byte_what_its_page_says() -> None:
    """docs/protocols.md describes this very text."""
    made = house()
    body = filing(made, "ana")
    head, statement, blank, signature, end = body["envelope"].split("\n")
    assert (head, blank, end) == ("commonweal/approval/v1", "", "")
    assert statement.startswith('{"at":"2026-01-02T00:00:00Z","case":"case:test-model-x-4","decision":"approve","log":')
    assert signature.startswith(f"— {seed('ana').name} ")
    text = f"{head}\n{statement}\n"
    raw = seed("ana").signature(text.encode()).value
    assert envelope_of(text, seed("ana").verifier.public, raw) == body["envelope"]
    assert filing_of(body["envelope"], "because") == body


def test_a_key_made_here_signs() -> None:
    secret, public = new_approver_key()
    signer = read_signing_key(secret)
    assert b64encode(signer.verifier.public).decode() == public
    assert signer.name == key_name(signer.verifier.public)


def test_a_key_speaks_for_the_organisation_that_it_was_registered_for_and_no_other() -> None:
    """Signed by the right key, and all else is true; and what the door refuses counts for nothing in the record."""
    made = house()
    body = filing(made, "ana", organisation="org-other")
    with pytest.raises(Forbidden, match="speaks for 'org-ana', not for 'org-other'"):
        check(made, body, "party:ana")
    made.file("approval.given", body, 1, by="party:ana")
    approve(made, "ben", 2)
    assert case(made.tables, case_id(made)).state == "open", "one voice is there of two"


def test_a_key_is_good_up_to_its_end_and_not_at_it() -> None:
    made = house()
    ends = T0 + timedelta(days=3)
    registered(made, "dee", until=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
    check(made, filing(made, "dee", 3 - 1 / 86_400), "party:dee", 3 - 1 / 86_400)
    with pytest.raises(Forbidden, match="was good until"):
        check(made, filing(made, "dee", 3), "party:dee", 3)


def test_a_step_that_is_delayed_asks_for_no_approval_yet() -> None:
    made = House()
    alone = {"approval": {**ASK, "n": 1}}
    delayed = step("action.approve", "end", alone, delay=86_400_000)
    made.adopt(book(step("start", "action.approve"), delayed, step("end")))
    made.owe()
    body = {"case": CASE, "step": STEP, "decision": "approve", "role": "officer", "organisation": "org-ana"}
    with pytest.raises(BadInput, match="step"):
        check_filing(made.tables, "approval.given", body, "party:ana", ("officer",), now=T0)
    made.file("approval.given", {**body, "signed_by": "ed25519-0123456789abcdef"}, 0.5, by="party:ana")
    made.file("clock.tick", {"at": ""}, 1)
    (waiting,) = who_must_act(made.tables, CASE)
    assert (waiting["kind"], waiting["given"]) == ("approval", 0), "what came before it began is no voice"
