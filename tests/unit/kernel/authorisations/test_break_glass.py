"""From a request to an opened field: the way that is right, and what stands in the record afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal import authorising
from commonweal.acceptance import Caller
from commonweal.kernel import authorisations
from commonweal.kernel.disclosure import verify_presentation
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


def test_an_access_policy_can_ask_by_which_authorisation_a_field_may_be_seen(envelope: Envelope) -> None:
    def asked(party: str, field: str) -> object:
        return authorising.basis(envelope.authority, party, envelope.model, field)

    envelope.granted()
    assert asked(AUDITOR.party, "data_description") is None
    envelope.open()
    found = asked(AUDITOR.party, "data_description")
    assert isinstance(found, dict)
    assert found["code"] == "court_order"
    assert asked(AUDITOR.party, "components") is None
    assert asked("party:other", "data_description") is None
    envelope.later(days=8)
    assert asked(AUDITOR.party, "data_description") is None
