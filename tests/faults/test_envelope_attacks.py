"""Attacks on the authorisation envelope, each really made: after each, nothing was opened that should not have been."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import witnesses as other_people
from commonweal import attestations, authorising, keeping
from commonweal.authority import HOUSE, OPERATOR, Authority
from commonweal.instruments import rule_file
from commonweal.kernel import authorisations
from commonweal.kernel.authorisations import verification
from commonweal.kernel.authorisations.kinds import GRANTED
from commonweal.kernel.authorisations.policies import Approval, Filed, approvals, read_policy
from commonweal.kernel.authorisations.room import SIGNATURE
from commonweal.kernel.disclosure import Erased
from commonweal.kernel.disclosure.succession import proved_keyring
from commonweal.kernel.record import Act, Keyring, NoteVerifier, Policy, TlogProof
from commonweal.kernel.values import BadInput, Busy, Conflict, Forbidden, RecordFault, RuleFault, instant, stamp
from commonweal.settings import POLICY_FILE
from envelopes import AUDITOR, Envelope, policy_text, signer
from held_office import REPORT, VISITOR


@pytest.fixture
def envelope(tmp_path: Path) -> Iterator[Envelope]:
    found = Envelope.found(tmp_path / "office")
    yield found
    found.authority.close()


def adopt(envelope: Envelope, text: str) -> None:
    envelope.authority.adopt(rule_file(text))
    envelope.authority.follow()


def codes(error: pytest.ExceptionInfo[BadInput]) -> set[str]:
    return {fault.code for fault in error.value.faults}


def nothing_opened(envelope: Envelope) -> bool:
    return envelope.leaves() == [] and envelope.authority.faults() == []


# ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_expired_envelope_is_not_opened(envelope: Envelope) -> None:
    envelope.granted(days=7)
    envelope.later(days=7)
    with pytest.raises(Conflict, match="expired on"):
        envelope.open()
    assert nothing_opened(envelope)


def test_expired_request_takes_no_signature(envelope: Envelope) -> None:
    envelope.ask(days=7)
    envelope.sign("court")
    envelope.later(days=7)
    with pytest.raises(Conflict, match="expired on"):
        envelope.sign("ministry")
    assert envelope.leaves("authorisation.granted") == []


def test_after_the_expiry_what_was_opened_is_not_handed_out_again(envelope: Envelope) -> None:
    envelope.granted(days=7)
    envelope.open()
    envelope.later(days=7)
    with pytest.raises(Conflict, match="nothing is released after the expiry"):
        envelope.open()


def test_clock_jumps_back_do_not_revive_an_expired_envelope(envelope: Envelope) -> None:
    """The record's newest entry says what time it is at least: a clock set back cannot say otherwise."""
    envelope.granted(days=7)
    envelope.later(days=8)
    envelope.office.file("organisation", name="Late")  # an entry of the eighth day
    clock = envelope.office.clock
    clock._now -= timedelta(days=8)
    with pytest.raises(Conflict, match="expired on"):
        envelope.open()
    assert envelope.leaves() == []
    assert [fault["room"] for fault in envelope.authority.faults()] == ["clock"], "that the clock is wrong is said"


def test_clock_jumps_forward_ends_an_envelope_and_opens_none(envelope: Envelope) -> None:
    envelope.granted(days=7)
    envelope.office.clock._now += timedelta(days=365)
    with pytest.raises(Conflict, match="expired on"):
        envelope.open()
    assert nothing_opened(envelope)


def test_a_request_for_longer_than_the_policy_allows_is_refused(envelope: Envelope) -> None:
    with pytest.raises(BadInput) as error:
        envelope.ask(days=31)
    assert codes(error) == {"too_late"}


def test_a_policy_that_is_no_longer_in_force_takes_no_request(envelope: Envelope) -> None:
    envelope.later(days=365)
    with pytest.raises(BadInput) as error:
        envelope.ask()
    assert codes(error) == {"not_in_force"}


# ── once ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_nonce_that_was_used_asks_for_nothing_more(envelope: Envelope) -> None:
    envelope.granted()
    nonce = json.loads(envelope.text.split("\n")[1])["nonce"]
    with pytest.raises(BadInput) as error:
        envelope.ask(fields=("components",), nonce=nonce)
    assert codes(error) == {"nonce_used"}


def test_two_requests_that_share_a_nonce_share_one_use(envelope: Envelope) -> None:
    """Were both in the record (two processes took them at once), the key of the use would still let one through."""
    envelope.granted()
    rows = authorisations.requests(envelope.authority.reader)
    twin = {**rows[0], "id": "0" * 64}
    assert authorisations.use_key(twin) == authorisations.use_key(rows[0])
    envelope.open()
    body = dict(envelope.authority.entry(envelope.leaves()[0]).body)
    with pytest.raises(Conflict, match="used already"):
        envelope.authority.act(Act("disclosure.made", body, "another key"), HOUSE)
    assert len(envelope.leaves()) == 1


def test_a_use_is_filed_by_nobody_and_by_the_house_only_as_it_was_authorised(envelope: Envelope) -> None:
    envelope.granted()
    other = Envelope(envelope.office, envelope.model)
    other.granted(fields=("components",))
    row = authorisations.find(envelope.authority.reader, envelope.id)
    judged = envelope.authority.authorisations.approvals(envelope.authority.reader, row)
    body = authorisations.use_of(row, judged, envelope.authority.kinds, "")
    for name, value in (("citation", "another"), ("entries", [0]), ("fields", []), ("approved_by", [])):
        with pytest.raises(BadInput) as error:
            envelope.authority.act(Act("disclosure.made", {**body, name: value}, authorisations.use_key(row)), HOUSE)
        assert codes(error) == {"use"}, name
    with pytest.raises(BadInput):
        envelope.authority.act(Act("disclosure.made", body, "my own key"), HOUSE)
    for caller in (AUDITOR, OPERATOR):
        with pytest.raises(Forbidden, match="nobody files it"):
            envelope.authority.act(Act("disclosure.made", body, authorisations.use_key(row)), caller)
    assert nothing_opened(envelope)


def test_crash_between_leaf_and_release_leaves_one_leaf_and_the_release(
    envelope: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope.granted()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(authorising, "evidence", killed)
        with pytest.raises(KeyboardInterrupt):
            envelope.open()
    assert len(envelope.leaves()) == 1
    folder, clock = envelope.authority.folder, envelope.office.clock
    envelope.authority.close()
    envelope.office.authority = Authority.open(folder, clock=clock)
    assert envelope.open()["presentations"][0]["fields"] == {"data_description": "Forty secret corpora"}
    assert len(envelope.leaves()) == 1


# ── signatures ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_organisation_signing_twice_counts_once(envelope: Envelope) -> None:
    envelope.ask()
    envelope.sign("court", number=0)
    assert envelope.sign("court", number=1)["state"] == "requested"
    row = authorisations.find(envelope.authority.reader, envelope.id)
    assert [item["organisation"] for item in authorising.status(envelope.authority, row)["approved_by"]] == ["court"]
    with pytest.raises(Conflict, match="not granted: approved so far by court"):
        envelope.open()
    assert nothing_opened(envelope)


def test_one_key_listed_under_two_organisations_is_no_policy() -> None:
    shared = f'{{ vkey = "{signer("court").vkey}", from = 2026-01-01 }}'
    with pytest.raises(RuleFault) as error:
        authorisations.check_policy("authorisation.break_glass", policy_text(keys={"ministry": shared}))
    assert {fault.code for fault in error.value.faults} == {"shared_key"}


def test_a_forged_signature_of_a_known_key_refuses_all_that_came_with_it(envelope: Envelope) -> None:
    envelope.ask()
    good = authorisations.sign(envelope.text, signer("court"))
    name, value = authorisations.sign(envelope.text, signer("ministry")).rsplit(" ", 1)
    raw = bytearray(base64.b64decode(value))
    raw[-1] ^= 1
    with pytest.raises(BadInput) as error:
        envelope.submit(good, f"{name} {base64.b64encode(raw).decode()}")
    assert codes(error) == {"forged"}
    assert envelope.leaves("authorisation.signed") == []


def test_signatures_swapped_between_requests_are_refused(envelope: Envelope) -> None:
    envelope.ask()
    mine = authorisations.sign(envelope.text, signer("court"))
    envelope.ask(fields=("components",))
    with pytest.raises(BadInput) as error:
        envelope.submit(mine)
    assert codes(error) == {"forged"}


def test_a_threshold_reached_by_unknown_keys_is_not_reached(envelope: Envelope) -> None:
    envelope.ask()
    strangers = [authorisations.sign(envelope.text, signer(name)) for name in ("newspaper", "bank", "club")]
    with pytest.raises(BadInput) as error:
        envelope.submit(*strangers)
    assert codes(error) == {"unknown_key"}
    with_one = [*strangers, authorisations.sign(envelope.text, signer("court"))]
    assert envelope.submit(*with_one)["state"] == "requested"


def test_a_name_of_a_known_key_with_another_key_is_a_stranger(envelope: Envelope) -> None:
    from commonweal.kernel.record import NoteSigner

    envelope.ask()
    pretender = NoteSigner(signer("court").name, hashlib.sha256(b"thief").digest())
    with pytest.raises(BadInput) as error:
        envelope.submit(authorisations.sign(envelope.text, pretender))
    assert codes(error) == {"unknown_key"}


def test_a_request_edited_after_signing_is_another_request(envelope: Envelope) -> None:
    envelope.ask()
    line = authorisations.sign(envelope.text, signer("court"))
    edited = envelope.text.replace("data_description", "components")
    with pytest.raises(Exception, match="another text, with the digest"):
        authorising.submit(envelope.authority, authorisations.note_of(edited, [line]).encode(), AUDITOR)


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def revoking(envelope: Envelope, name: str, at: str) -> str:
    keys = f'{{ vkey = "{signer(name).vkey}", from = 2026-01-01, revoked = {at} }}'
    return policy_text(version="2", keys={name: keys})


def test_a_key_stolen_before_its_revocation_signs_nothing_after_it(envelope: Envelope) -> None:
    envelope.ask()
    envelope.sign("court")
    adopt(envelope, revoking(envelope, "ministry", stamp(envelope.office.clock.now())))
    with pytest.raises(BadInput, match="revoked from"):
        envelope.sign("ministry")
    assert envelope.leaves("authorisation.granted") == []


def test_a_grant_that_rests_on_a_stolen_key_is_not_used_once_the_theft_is_dated(envelope: Envelope) -> None:
    """A revocation that reaches back to the theft takes back what the thief approved and nobody has used yet."""
    theft = stamp(envelope.office.clock.now())
    envelope.granted()
    envelope.later(hours=5)
    adopt(envelope, revoking(envelope, "ministry", theft))
    with pytest.raises(Conflict, match="no longer make the quorum"):
        envelope.open()
    assert nothing_opened(envelope)


def test_a_later_and_stricter_quorum_holds_for_grants_that_were_not_used(envelope: Envelope) -> None:
    envelope.granted()
    strict = "group oversight all court ministry ombudsman\nquorum oversight"
    adopt(envelope, policy_text(version="2", quorum=strict))
    with pytest.raises(Conflict, match="no longer make the quorum"):
        envelope.open()


def test_a_later_and_laxer_quorum_does_not_grant_what_was_signed_under_a_stricter_one(tmp_path: Path) -> None:
    strict = "group oversight all court ministry ombudsman\nquorum oversight"
    envelope = Envelope.found(tmp_path / "office", policy_text(quorum=strict))
    envelope.ask()
    adopt(envelope, policy_text(version="2"))
    assert envelope.sign("court", "ministry")["state"] == "requested"
    assert envelope.sign("ombudsman")["state"] == "granted"
    envelope.authority.close()


def test_a_quorum_of_one_is_not_adopted_and_leaves_the_one_in_force(envelope: Envelope) -> None:
    """Whoever governs the text would else open everything with a key of their own, as "several organisations"."""
    envelope.ask()
    for quorum in ("quorum court", "group one any court ministry ombudsman\nquorum one"):
        with pytest.raises(RuleFault, match="no fewer than 2 organisations"):
            adopt(envelope, policy_text(version="2", quorum=quorum))
    assert envelope.sign("court")["state"] == "requested"
    assert nothing_opened(envelope)


NAMED = """citation = "Code of Criminal Procedure, section 161a; Directive (EU) 2019/1937, Art. 16(2)-(3)"
identities = true
"""


def with_identities(version: str) -> str:
    """A policy with a second basis: one that opens who reported."""
    basis = '[[basis]]\ncode = "prosecution"\ntitle = { en = "Prosecution", zh = "刑事追诉" }\n'
    return policy_text(version=version).replace("[[signer]]", f"{basis}{NAMED}[[signer]]", 1)


def who_reported(envelope: Envelope, code: str) -> dict[str, Any]:
    report = envelope.authority.act(Act("incident_reports.report", REPORT, "r"), VISITOR)
    body = {"report": report.subject, "person": "Wilma Whistle", "contact": "wilma@home.example"}
    strip = envelope.authority.act(Act("incident_reports.identity", body, "i"), VISITOR).index
    envelope.model = strip
    basis = {"code": code, "citation": "Order 7", "document_sha256": "a" * 64}
    return envelope.body(fields=("person", "contact"), basis=basis)


def test_who_reported_is_named_in_no_request_but_under_a_basis_that_says_so(envelope: Envelope) -> None:
    """The policy's organisations opened a reporter's name to a company under any order that they put a title to."""
    asked = who_reported(envelope, "court_order")
    with pytest.raises(BadInput, match="identities = true: none in"):
        authorising.request(envelope.authority, asked, AUDITOR)
    adopt(envelope, with_identities("2"))
    policy = read_policy(with_identities("2"))
    now = asked | {"policy": {"rule": policy.id, "sha256": policy.sha256}}
    with pytest.raises(BadInput, match="identities = true: prosecution") as error:
        authorising.request(envelope.authority, now, AUDITOR)
    assert codes(error) == {"identities"}
    _, envelope.text = authorising.request(
        envelope.authority, now | {"basis": {**now["basis"], "code": "prosecution"}}, AUDITOR
    )
    assert envelope.sign("court", "ministry")["state"] == "granted"
    adopt(envelope, policy_text(version="3"))
    with pytest.raises(Conflict, match="names what says who reported"):
        envelope.open()
    assert nothing_opened(envelope), "the text in force now takes back what was not used"


def test_a_basis_that_opens_who_reported_cites_the_law_by_which_it_does() -> None:
    with pytest.raises(RuleFault) as error:
        read_policy(with_identities("2").replace(NAMED, "identities = true\n"))
    assert [fault.where for fault in error.value.faults] == ["basis.1.citation"]


def test_an_expired_key_signs_nothing(tmp_path: Path) -> None:
    keys = f'{{ vkey = "{signer("court").vkey}", from = 2026-01-01, until = 2026-03-01 }}'
    envelope = Envelope.found(tmp_path / "office", policy_text(keys={"court": keys}))
    envelope.ask()
    with pytest.raises(BadInput, match="this key expired on 2026-03-01"):
        envelope.sign("court")
    envelope.authority.close()


def test_an_organisation_without_its_credential_is_not_heard(tmp_path: Path) -> None:
    """Standing is asked when it counts: one suspended organisation fewer, and the quorum is not there."""
    more = 'credential = { type = "model_registration.certificate", subject = "model:seal" }'
    envelope = Envelope.found(tmp_path / "office", policy_text(more=more))
    envelope.ask()
    assert envelope.sign("court", "ministry")["state"] == "requested"
    envelope.office.register("Seal")
    assert envelope.sign("ombudsman")["state"] == "granted"
    envelope.office.decide("model:seal", "suspended")
    with pytest.raises(Conflict, match="no longer make the quorum"):
        envelope.open()
    envelope.authority.close()


# ── another place ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_replay_on_another_authority_is_refused(envelope: Envelope, tmp_path: Path) -> None:
    """The same request, signed by the same organisations under the same policy: but of another log."""
    envelope.ask()
    body = json.loads(envelope.text.split("\n")[1])
    with pytest.raises(BadInput) as error:
        authorising.request(envelope.authority, body | {"log": "other.example/log", "nonce": "x" * 24}, AUDITOR)
    assert codes(error) == {"other_log"}
    leaf = body["leaves"][0] | {"log": "other.example/log"}
    with pytest.raises(BadInput) as error:
        authorising.request(envelope.authority, body | {"leaves": [leaf], "nonce": "x" * 24}, AUDITOR)
    assert codes(error) == {"other_log"}


def test_a_request_about_another_leaf_than_its_hash_says_is_refused(envelope: Envelope) -> None:
    leaf = envelope.body()["leaves"][0]
    for other in ({"hash": "0" * 64}, {"index": leaf["index"] - 1}, {"index": 10**6}, {"kind": "clock.tick"}):
        with pytest.raises(BadInput):
            envelope.ask(leaves=[leaf | other])


def test_asking_in_anothers_name_is_forbidden(envelope: Envelope) -> None:
    with pytest.raises(Forbidden, match="ask in your own name"):
        envelope.ask(requester="party:minister")


def test_an_erased_entry_is_gone_and_says_so(envelope: Envelope) -> None:
    envelope.granted()
    envelope.authority.keys.erase("model:m", "technical_documentation")
    with pytest.raises(Erased) as error:
        envelope.open()
    assert error.value.status == 410
    assert nothing_opened(envelope)


# ── witnesses ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_until_witnesses_cover_the_grant_nothing_is_opened(tmp_path: Path) -> None:
    envelope = Envelope.found(tmp_path / "office")
    envelope.authority.close()
    (tmp_path / "office" / POLICY_FILE).write_text(other_people.policy_text("w1", 1))
    envelope.office.authority = authority = Authority.open(tmp_path / "office", clock=envelope.office.clock)
    mine = other_people.witness_of(tmp_path / "w1.sqlite", 1, authority.witnesses.verifier)
    network = other_people.Network({other_people.url(1): mine})
    authority.witnesses.port = network
    authority.witnesses.ask()
    envelope.granted()
    with pytest.raises(Busy, match="no checkpoint that covers it has been published"):
        envelope.open()
    assert nothing_opened(envelope)
    assert authority.witnesses.ask()
    found = envelope.open()
    authority.witnesses.ask()
    (line,) = authorising.disclosed(authority)
    assert line["witnessed"]
    policy = Policy.parse(other_people.policy_text("w1", 1))
    verified = authorisations.verify_evidence(envelope.open(), authority.vkey, policy=policy)
    assert set(verified.witnessed) == {"w1"}
    stranger = Policy.parse(other_people.policy_text("w2", 2))
    with pytest.raises(BadInput) as error:
        authorisations.verify_evidence(found, authority.vkey, policy=stranger)
    assert codes(error) == {"not_witnessed"}
    network.close()
    authority.close()


def test_evidence_stands_after_the_log_changed_its_key(tmp_path: Path) -> None:
    """The grant was published under one key, all else is proved under the next: the court knows either of them."""
    envelope = Envelope.found(tmp_path / "office")
    authority = envelope.authority
    envelope.granted()
    old = authority.vkey
    before = envelope.open()
    keeping.change_log_key(authority, overlap=0)
    envelope.office.file("organisation", name="Later")
    after, document = envelope.open(), keeping.published_keys(authority)
    for known in (old, authority.vkey):
        ring = proved_keyring(document, known)
        for file in (before, after):
            assert authorisations.verify_evidence(file, ring).fields
    with pytest.raises(BadInput):
        authorisations.verify_evidence(after, old)
    keeping.change_log_key(authority, "compromised", void_from=1)
    ring = proved_keyring(keeping.published_keys(authority), authority.vkey)
    with pytest.raises(BadInput) as error:
        authorisations.verify_evidence(before, ring)
    assert codes(error) == {"not_in_log"}, "what only a stolen key signed proves nothing"
    assert authorisations.verify_evidence(envelope.open(), ring).fields, "fetched anew, it does"
    authority.close()


def test_evidence_with_witnesses_stands_after_the_log_changed_its_key(tmp_path: Path) -> None:
    envelope = Envelope.found(tmp_path / "office")
    envelope.authority.close()
    (tmp_path / "office" / POLICY_FILE).write_text(other_people.policy_text("w1", 1))
    envelope.office.authority = authority = Authority.open(tmp_path / "office", clock=envelope.office.clock)
    old = authority.vkey
    mine = other_people.witness_of(tmp_path / "w1.sqlite", 1, authority.witnesses.verifier)
    network = other_people.Network({other_people.url(1): mine})
    authority.witnesses.port = network
    authority.witnesses.ask()
    envelope.granted()
    assert authority.witnesses.ask()
    envelope.open()
    keeping.change_log_key(authority, overlap=0)
    mine.close()
    both = [NoteVerifier.from_vkey(old), NoteVerifier.from_vkey(authority.vkey)]
    network.witnesses[other_people.url(1)] = other_people.witness_of(tmp_path / "w1.sqlite", 1, *both)
    assert authority.witnesses.ask()
    policy = Policy.parse(other_people.policy_text("w1", 1))
    ring = proved_keyring(keeping.published_keys(authority), old, policy)
    assert ring == authority.store.keyring()
    assert set(authorisations.verify_evidence(envelope.open(), ring, policy=policy).witnessed) == {"w1"}
    network.close()
    authority.close()


# ── what a court sees ───────────────────────────────────────────────────────────────────────────────────────────────


def test_strangers_check_the_signatures_with_nothing_of_ours(envelope: Envelope) -> None:
    """The second way: the note's text, the keys out of the adopted policy text, and Ed25519."""
    envelope.granted()
    found = envelope.open()
    text, _, tail = found["note"].rpartition("\n\n")
    signed = (text + "\n").encode()
    assert signed == envelope.text.encode()
    lines = tail.strip().split("\n")
    assert len(lines) == 2
    for line, organisation in zip(lines, ("court", "ministry"), strict=True):
        dash, name, encoded = line.split(" ")
        raw = base64.b64decode(encoded)
        key = base64.b64decode(signer(organisation).vkey.split("+", 2)[2])
        assert (dash, name, key[0]) == ("—", signer(organisation).name, 1)
        assert raw[:4] == hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], signed)
        with pytest.raises(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], signed + b" ")


def test_evidence_that_was_tampered_with_does_not_verify(envelope: Envelope) -> None:
    envelope.granted()
    found = envelope.open()
    other = Envelope(envelope.office, envelope.model)
    other.ask(fields=("components", "data_description"))
    other.sign("court", "ombudsman")
    wider = other.open()
    vkey = envelope.authority.vkey
    assert authorisations.verify_evidence(found, vkey)

    def tampered(**parts: Any) -> None:
        with pytest.raises((BadInput, RecordFault)):
            authorisations.verify_evidence(found | parts, vkey)

    for name in ("request", "policy", "grant", "use"):
        tampered(**{name: None})
        tampered(**{name: wider["use" if name == "policy" else name]})
        tampered(**{name: found[name] | {"disclosures": []}})
    tampered(signatures=found["signatures"][:1])
    tampered(signatures=wider["signatures"])
    tampered(note=wider["note"])
    tampered(note=found["note"].replace("Find who", "Find why"))
    tampered(presentations=[wider["presentations"][0] | {"proof": found["use"]["proof"]}])
    with pytest.raises(BadInput):
        authorisations.verify_evidence(found, signer("court").vkey)
    assert not authorisations.verify_evidence(found | {"presentations": []}, vkey).fields


def checking(envelope: Envelope, found: dict[str, Any]) -> tuple[Any, Any, Any]:
    """A check of evidence that has read the entries of the grant and the use."""
    vkey = envelope.authority.vkey
    ring = Keyring.of(NoteVerifier.from_vkey(vkey).name, vkey)
    one = verification._Checking(found, ring, None)
    grant = one._entry("grant", found["grant"], GRANTED.id)
    return one, grant, one._entry("use", found["use"], authorisations.DISCLOSED.id)


def test_a_use_that_names_who_did_not_approve_is_no_evidence(envelope: Envelope) -> None:
    """An authority that signs such a leaf itself is caught by the signatures in the same file."""
    envelope.granted()
    found = envelope.open()
    request = json.loads(envelope.text.split("\n")[1])
    now = envelope.office.clock.now()
    given = tuple(Approval(name, "k", now, 1) for name in ("court", "ministry"))
    for said in ((), ("court", "ombudsman"), ("newspaper",)):
        one, _, use = checking(envelope, found)
        listed = [{"organisation": name} for name in said]
        one._said(replace(use, fields={**use.fields, "approved_by": listed}), envelope.id, request, given)
        assert [fault.where for fault in one._faults.found] == ["use.approved_by"], said
    one, _, use = checking(envelope, found)
    one._said(use, envelope.id, request, given)
    assert one._faults.count == 0


def test_a_signature_recorded_after_the_expiry_counts_for_nothing_in_evidence(envelope: Envelope) -> None:
    """Two organisations of the quorum signed in time, or only one of them and the other a second too late."""
    envelope.granted(days=7)
    found = envelope.open()
    text = envelope.text
    request = authorisations.read_text(text)
    policy = read_policy(policy_text())
    for late in (False, True):
        one, _, _ = checking(envelope, found)
        signed = [one._entry("signature", item, authorisations.SIGNED.id) for item in found["signatures"]]
        assert len(signed) == 2
        if late:
            signed[1] = replace(signed[1], time=instant(request["expires"]) + timedelta(seconds=1))
        given = one._approved(text, request, signed, policy)
        assert len(given) == (1 if late else 2)
        assert one._faults.count == int(late)


def test_a_proof_of_the_grant_from_after_the_use_is_no_evidence(envelope: Envelope) -> None:
    """The proof in the use must be from a tree that the use is not part of: else nobody had seen the grant before."""
    envelope.granted()
    found = envelope.open()
    for at, wanted in ((0, []), (-1, ["grant_proof"])):
        one, grant, use = checking(envelope, found)
        size = tree_of_the_grant(envelope, found)
        use = replace(use, index=size + at, fields={**use.fields, "grant_proof": found["grant"]["proof"]})
        one._published_before(use, grant)
        assert [fault.where for fault in one._faults.found] == wanted


def tree_of_the_grant(envelope: Envelope, found: dict[str, Any]) -> int:
    """The size of the tree in which the evidence proves its grant."""
    proof = TlogProof.parse(found["grant"]["proof"].encode())
    log = NoteVerifier.from_vkey(envelope.authority.vkey)
    return proof.verify(proof.extra, [log], log.name).size


def test_a_key_that_only_one_of_two_policies_knows_does_not_count(envelope: Envelope) -> None:
    """What was asked for under one text and is judged under a later one needs the key in both."""
    envelope.ask()
    line = authorisations.sign(envelope.text, signer("ministry", 1))
    before = read_policy(policy_text())
    only_first = f'{{ vkey = "{signer("ministry", 0).vkey}", from = 2026-01-01 }}'
    after = read_policy(policy_text(version="2", keys={"ministry": only_first}))
    filed = [Filed(line, envelope.office.clock.now(), 9)]

    def counted(*policies: Any) -> list[str]:
        return [item.organisation for item in approvals(envelope.text, filed, policies, _all_good)]

    assert counted(before, before) == ["ministry"]
    assert counted(before, after) == counted(after, before) == []


def _all_good(credential: str, subject: str) -> bool:
    return True


def test_tables_that_say_other_than_the_record_open_nothing(envelope: Envelope) -> None:
    """Somebody writes into the file of tables: what is opened rests on the entries."""
    envelope.granted()
    tables = envelope.authority._tables
    row = authorisations.signatures(envelope.authority.reader, envelope.id)[0]
    with tables.transaction() as writing:
        writing.put(SIGNATURE, {**row, "at": "2026-01-01T00:00:00Z"})
    with pytest.raises(RecordFault, match="is not the signature that the tables hold"):
        envelope.open()
    assert envelope.leaves() == []


def test_evidence_shows_no_field_that_was_not_authorised(envelope: Envelope) -> None:
    envelope.granted()
    found = envelope.open()
    more = attestations.presentation(
        envelope.authority, envelope.model, fields=("name",)
    )  # a public field: true, but not what was authorised
    with pytest.raises(BadInput) as error:
        authorisations.verify_evidence(
            found | {"presentations": [{"sd_jwt": more["sd_jwt"], "proof": more["proof"]}]}, envelope.authority.vkey
        )
    assert codes(error) == {"too_much"}


# ── other processes ─────────────────────────────────────────────────────────────────────────────────────────────────


def process(envelope: Envelope, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("opening_process.py")), str(envelope.authority.folder)]
    found = subprocess.Popen([*command, envelope.id, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert found.stdout
    assert found.stdout.readline() == "ready\n"
    return found


def test_two_processes_executing_at_once_record_one_use(envelope: Envelope) -> None:
    envelope.granted()
    both = [process(envelope) for _ in range(2)]
    for one in both:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[0].strip() for one in both]
    assert len(envelope.leaves()) == 1
    wanted = f"{envelope.leaves()[0]} {{'data_description': 'Forty secret corpora'}}"
    assert said == [wanted, wanted]


def test_killed_between_leaf_and_release_another_process_releases_without_a_second_leaf(envelope: Envelope) -> None:
    envelope.granted()
    assert process(envelope, "kill").communicate("go\n", timeout=60)[0] == ""
    assert len(envelope.leaves()) == 1
    said = process(envelope).communicate("go\n", timeout=60)[0]
    assert "Forty secret corpora" in said
    assert len(envelope.leaves()) == 1
