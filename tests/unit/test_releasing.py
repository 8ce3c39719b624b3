"""An officer releases withheld fields one by one, where policies leave it open; nobody else reads more by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import all_kinds
from commonweal.instruments import discover, policy_texts
from commonweal.kernel.disclosure import Audience, Policies, Ruling
from commonweal.kernel.disclosure.releasing import may_be_released
from commonweal.kernel.disclosure.ruling import TakenBack
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden, Text
from commonweal.sight import Sight, matrix
from held_office import DESK, JANE, LAB, START, VISITOR, Office, held_office

KIND = "disclosure.released"
WHY = "Reason-to-release"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with held_office(tmp_path / "office") as found:
        yield found


def release(
    office: Office, label: str, field: str, party: str = VISITOR.party, caller: Caller = DESK, **more: Any
) -> int:
    body = {"party": party, "entry": office.at[label], "field": field, "reason": WHY, **more}
    index = office.authority.act(Act(KIND, body, ""), caller).index
    office.authority.follow()
    return index


def codes(office: Office, label: str, field: str, **more: Any) -> list[tuple[str, str]]:
    size = office.authority.store.size()
    with pytest.raises(BadInput) as told:
        release(office, label, field, **more)
    assert office.authority.store.size() == size, "nothing is written"
    return [(fault.where, fault.code) for fault in told.value.faults]


def test_what_is_released_is_read_by_that_party_alone_and_the_reason_by_the_office(office: Office) -> None:
    act = release(office, "note", "text")
    answer = office.own(VISITOR.party)
    note = office.item(answer, "note")
    assert note.fields["text"] == "Note-of-desk"
    assert note.withheld == ()
    assert [(one.field, one.act, one.day) for one in note.released] == [("text", act, "2026-03-01")]
    told = json.dumps(answer.as_dict())
    assert WHY not in told
    said = next(item for item in answer.items if item.index == act)
    assert (said.fields["entry"], said.fields["field"]) == (office.at["note"], "text"), (
        "they are told what was released"
    )
    assert ("reason", "office") in said.withheld
    shown = Sight(office.authority, Caller(VISITOR.party, ("reporter",)), "test").entry(office.at["note"])
    assert shown.fields["text"] == "Note-of-desk", "on the page of the entry too"
    for other in (LAB, Caller(JANE, ("developer",)), None):
        assert "text" not in Sight(office.authority, other, "test").entry(office.at["note"]).fields
    assert set(Sight(office.authority, None, "test").entry(act).fields) == {"withdrawn"}, "whom and what is not public"
    Sight(office.authority, Caller(VISITOR.party, ("reporter",)), "test").logged()
    assert not list(office.authority.reads.found(party=VISITOR.party)), "who came by code is in no line"


def test_a_release_opens_one_field_of_one_entry_and_is_withdrawn_for_the_future(office: Office) -> None:
    release(office, "lent", "reasons", JANE)
    lent = office.item(office.own(JANE), "lent")
    assert lent.fields["reasons"] == "Reasons-of-desk"
    assert "interests" in {name for name, _ in lent.withheld}
    assert "note" in {name for name, _ in office.item(office.own(JANE), "joined").withheld}
    release(office, "lent", "reasons", JANE, withdrawn=True)
    lent = office.item(office.own(JANE), "lent")
    assert ("reasons", "office") in lent.withheld
    assert lent.released == ()
    release(office, "lent", "reasons", JANE)
    assert office.item(office.own(JANE), "lent").fields["reasons"] == "Reasons-of-desk", "again, in the same words"


def test_an_officer_who_answers_is_told_what_can_be_released(office: Office) -> None:
    answer = office.for_another(VISITOR.party)
    assert office.item(answer, "note").releasable == ("text",)
    assert office.item(answer, "mine").releasable == ()
    release(office, "note", "text")
    note = office.item(office.for_another(VISITOR.party), "note")
    assert (note.releasable, [one.field for one in note.released]) == ((), ["text"])
    assert all(item.releasable == () for item in office.own(VISITOR.party).items), "that is for who decides it"


def test_releases_that_cannot_be_are_refused_with_what_would_be_right(office: Office) -> None:
    assert codes(office, "note-lab", "text") == [("entry", "not_theirs")]
    assert codes(office, "note", "words") == [("field", "unknown_field")]
    assert codes(office, "mine", "what_happened") == [("field", "not_withheld")]
    assert codes(office, "question", "text") == [("field", "not_withheld")]
    assert codes(office, "joined", "note", party=JANE) == [("field", "forbidden")], "TLP:AMBER+STRICT goes no further"
    assert codes(office, "named", "reason", party=JANE) == [("field", "forbidden")], "TLP:RED is for named persons"
    assert codes(office, "note", "text", withdrawn=True) == [("field", "not_released")]
    assert codes(office, "lent", "reasons", party=JANE, caller=Caller(JANE, ("officer",))) == [("party", "oneself")]
    assert codes(office, "note", "text", reason="  ")[0][0] == "reason"
    assert codes(office, "note", "text", party="nobody")[0][0] == "party"
    office.at["beyond"] = 10_000
    assert codes(office, "beyond", "text") == [("entry", "not_theirs")]
    release(office, "note", "text")
    assert codes(office, "note", "text") == [("field", "released")]
    for caller in (LAB, VISITOR):
        with pytest.raises(Forbidden):
            release(office, "note", "text", caller=caller)


def test_two_officers_at_the_same_time_release_a_field_once(office: Office) -> None:
    body = {"party": VISITOR.party, "entry": office.at["note"], "field": "text", "reason": WHY}
    other = Caller("party:desk-two", ("officer",), "authority", "")
    first, second = office.authority.place_each([(Act(KIND, body, ""), DESK), (Act(KIND, body, ""), other)])
    assert isinstance(first, tuple)
    assert isinstance(second, BadInput)
    assert [fault.code for fault in second.faults] == ["released"]


def test_what_was_shredded_is_not_released(office: Office) -> None:
    """Who reported goes by itself after ninety days (rules/retention.toml of the mechanism)."""
    office.clock.set(START + timedelta(days=120))
    office.authority.tick()
    assert codes(office, "identity", "person") == [("entry", "erased")]


def test_a_release_on_record_opens_nothing_that_the_policies_close(office: Office) -> None:
    """No door lets such an act in; where a policy is tightened later, what was released before closes with it."""
    for label, field in (("named", "reason"), ("joined", "note")):
        body = {"party": JANE, "entry": office.at[label], "field": field, "reason": WHY, "withdrawn": False}
        office.authority.turn(Act(KIND, body, f"past the door: {label}"))
    office.authority.follow()
    answer = office.own(JANE)
    assert all(item.released == () for item in answer.items)
    told = json.dumps(answer.as_dict())
    assert "Reason-to-name" not in told
    assert "Note-on-jane" not in told


def test_the_matrix_of_roles_shows_what_a_release_can_open(office: Office) -> None:
    lines = {one.field: one for one in matrix(office.authority, office.authority.kinds["incident_reports.identity"])}
    assert not lines["contact"].decisions["released"].allowed
    assert not lines["person"].decisions["released"].allowed
    lines = {one.field: one for one in matrix(office.authority, office.authority.kinds["incident_reports.note"])}
    assert lines["text"].decisions["released"].why == ("released",)


def test_what_was_taken_back_since_is_open_by_no_release(office: Office) -> None:
    """It was taken back to protect somebody: also where it had been released before."""
    kind = office.authority.kinds["incident_reports.note"]
    ruling = Ruling(kind, office.authority.policies, {"text": TakenBack(Text(en="Why", zh="原因"), 3)})
    released = Audience.of("released", released=("text",))
    assert Ruling(kind, office.authority.policies).may_see(released, "text")
    assert not ruling.may_see(released, "text")
    assert not may_be_released(ruling, "text")
    assert ruling.may_see(Audience.of("officer"), "text")


def test_of_every_kind_the_marking_and_the_forbidding_policies_decide(tmp_path: Path) -> None:
    """TLP 2.0: what is for the organisation or the community can be shared further by who owns it; RED is for named
    recipients and AMBER+STRICT for the organisation alone. Who reported, and what a recorder holds, stay closed."""
    installed = discover()
    kinds = all_kinds(item.instrument for item in installed.values())
    policies = Policies(policy_texts(installed.values()), kinds)
    closed = {("incident_reports.identity", name) for name in ("person", "contact", "may_be_named_to")}
    closed |= {("incident_reports.recorder_segment", name) for name in ("content", "files")}
    for kind in kinds:
        for name in kind.schema.model_fields:
            expected = str(kind.marking(name)) in ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER")
            expected = expected and (kind.id, name) not in closed
            assert may_be_released(Ruling(kind, policies), name) == expected, (kind.id, name)
