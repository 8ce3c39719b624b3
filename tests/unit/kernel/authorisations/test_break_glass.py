"""From a request to an opened field: the way that is right, and what stands in the record afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal import authorising, sight
from commonweal.acceptance import Caller
from commonweal.kernel import authorisations
from commonweal.kernel.disclosure import Policies, PolicyText, house_texts, verify_presentation
from commonweal.kernel.values import Conflict, Forbidden
from envelopes import AUDITOR, DOCUMENT, Envelope


@pytest.fixture
def envelope(tmp_path: Path) -> Iterator[Envelope]:
    found = Envelope.found(tmp_path / "office")
    yield found
    found.authority.close()


def test_a_quorum_opens_exactly_the_named_field_and_a_court_can_check_it(envelope: Envelope) -> None:
    envelope.ask()
    assert envelope.sign("court")["state"] == "requested"
    assert envelope.sign("ministry")["state"] == "granted"
    found = envelope.open()
    (shown,) = found["presentations"]
    assert shown["fields"] == {"data_description": "Forty secret corpora"}
    assert verify_presentation(shown["sd_jwt"], shown["proof"].encode(), found["vkey"]).fields == shown["fields"]
    verified = authorisations.verify_evidence(found, envelope.authority.vkey)
    assert [item.organisation for item in verified.approved_by] == ["court", "ministry"]
    assert verified.granted < verified.used
    assert verified.fields == {envelope.model: {"data_description": "Forty secret corpora"}}


def test_the_disclosure_leaf_says_what_why_and_who_but_never_what_was_read(envelope: Envelope) -> None:
    envelope.granted()
    envelope.open()
    (line,) = authorising.disclosed(envelope.authority)
    assert line["entries"] == [envelope.model]
    assert line["fields"] == ["data_description"]
    assert (line["basis_code"], line["citation"]) == ("court_order", "District Court, 3 O 17/26")
    assert line["document_sha256"] == DOCUMENT
    assert [item["organisation"] for item in line["approved_by"]] == ["court", "ministry"]
    assert "Forty" not in str(line)
    assert "requester" not in line
    assert "purpose" not in line


def test_the_same_party_fetches_the_same_again_without_a_second_leaf(envelope: Envelope) -> None:
    envelope.granted()
    first, second = envelope.open(), envelope.open()
    assert first["presentations"][0]["fields"] == second["presentations"][0]["fields"]
    assert len(envelope.leaves()) == 1


def test_nobody_else_opens_it_not_even_the_authority_itself(envelope: Envelope) -> None:
    envelope.granted()
    for other in (Caller("party:other", ("auditor",)), Caller("party:authority", ("authority", "officer"))):
        with pytest.raises(Forbidden, match="only the party that asked"):
            envelope.open(other)
    assert envelope.leaves() == []


def test_before_the_quorum_nothing_opens_and_the_answer_says_what_is_missing(envelope: Envelope) -> None:
    envelope.ask()
    envelope.sign("court")
    with pytest.raises(Conflict, match="approved so far by court; it needs 2 of"):
        envelope.open()
    assert envelope.leaves() == []


def test_rebuilding_the_tables_gives_the_same_state(envelope: Envelope) -> None:
    envelope.granted()
    envelope.open()
    before = envelope.authority.dump()
    envelope.authority.rebuild()
    assert envelope.authority.dump() == before
    assert envelope.open()["presentations"]


def test_what_was_authorised_and_used_opens_to_its_requester_until_it_expires(envelope: Envelope) -> None:
    """By the same policies as at every door: only the fields named, only to who asked, only after the public leaf."""

    def basis(party: str) -> dict[str, str]:
        who = sight.audience(envelope.authority, Caller(party), "party:somebody", None, envelope.model)
        shown = envelope.authority.presentation(envelope.model, who)
        why = sight.reasons(shown, who)
        return {name: str(one["basis"]) for name, one in why.items() if "basis" in one}

    envelope.granted()
    assert basis(AUDITOR.party) == {}
    envelope.open()
    assert basis(AUDITOR.party).keys() == {"data_description"}
    assert basis(AUDITOR.party)["data_description"].startswith("court_order: District Court, 3 O 17/26")
    assert basis("party:other") == {}
    envelope.later(days=8)
    assert basis(AUDITOR.party) == {}


def test_what_a_policy_forbids_stays_closed_whatever_was_authorised(
    envelope: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forbid wins at every door: nothing is recorded as disclosed, and nothing that was shows on an ordinary door."""
    office = envelope.authority
    never = PolicyText(
        "never.cedar",
        '@id("model_registration.never")\n@title("Never")\n@title_zh("从不")\n'
        'forbid (principal, action, resource == Field::"model_registration.model.data_description")\n'
        'when { context.basis like "court_order*" };',
        "model_registration",
    )
    envelope.granted()
    open_policies = office.policies
    monkeypatch.setattr(office, "policies", Policies([*house_texts(), never], office.kinds.values()))
    with pytest.raises(Forbidden, match="a policy in force keeps data_description closed"):
        envelope.open()
    assert envelope.leaves() == []
    monkeypatch.setattr(office, "policies", open_policies)
    assert "data_description" in envelope.open()["presentations"][0]["fields"]
    monkeypatch.setattr(office, "policies", Policies([*house_texts(), never], office.kinds.values()))
    who = sight.audience(office, AUDITOR, "party:somebody", None, envelope.model)
    assert "authorised" in who.roles
    assert "data_description" not in office.presentation(envelope.model, who).fields
