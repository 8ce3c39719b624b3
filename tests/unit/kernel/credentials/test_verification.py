"""A credential under attack: each way of cheating is named, and none makes it valid."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from attested import CERTIFICATE, LAB, LIST, ORIGIN, START, Office
from commonweal import attestations
from commonweal.kernel.credentials import (
    StatusList,
    evidence_of,
    proved_keys,
    status_token,
    type_address,
    verify_credential,
)
from commonweal.kernel.disclosure import IssuerKey, SdJwt, new_issuer_key
from commonweal.kernel.disclosure.commitments import b64
from commonweal.kernel.disclosure.signatures import open_signed, payload_of
from commonweal.kernel.record import Act, Cosigner, NoteSigner, Policy, TlogProof
from commonweal.kernel.values import BadInput

STRANGER = IssuerKey(new_issuer_key())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office.found(tmp_path_factory.mktemp("verifying"))
    with office.authority:
        office.register(compute_flop=1e24)
        yield office


@pytest.fixture
def held(office: Office) -> dict[str, Any]:
    return office.evidence()


def codes(standing: Any) -> set[str]:
    return {fault.code for fault in standing.faults}


def resigned(office: Office, held: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The same credential with other claims, signed by the issuer itself: an authority that cheats."""
    key = office.authority.keys.issuer_key()
    parts = SdJwt.parse(held["credential"])
    claims = dict(open_signed(parts.jwt, [key.jwk], "dc+sd-jwt", "credential").claims)
    change(claims)
    return {**held, "credential": str(SdJwt(key.sign("dc+sd-jwt", payload_of(claims)), parts.disclosures))}


def test_a_certificate_verifies_with_the_logs_key_alone(office: Office, held: dict[str, Any]) -> None:
    found = office.standing(held, required=["name", "compute_flop"])
    assert found.valid
    assert found.claims["name"] == "M"
    assert found.claims["compute_flop"] == 1e24
    assert found.subject == "model:m"
    assert found.type == type_address(office.authority.settings.issuer, CERTIFICATE)
    assert found.entry == held["entry"]
    assert json.loads(json.dumps(found.as_dict()))["valid"] is True


def test_chosen_claims_alone_verify_too(office: Office) -> None:
    found = office.standing(office.evidence("model:m", "name"))
    assert found.valid
    assert set(found.claims) == {"name"}
    missing = office.standing(office.evidence("model:m", "name"), required=["compute_flop"])
    assert not missing.valid
    assert [fault.where for fault in missing.faults] == ["compute_flop"]
    with pytest.raises(BadInput, match="no_such_claim"):
        office.evidence("model:m", "no_such_claim")


def test_the_key_of_another_issuer_is_refused(office: Office, held: dict[str, Any]) -> None:
    keys = {"keys": [STRANGER.jwk]}
    found = attestations.checked(held, office.authority.vkey, keys, status_token=office.token(), now=office.clock.now())
    assert found.state == "unverified"
    assert "unknown_key" in codes(found)


def test_keys_that_the_log_does_not_hold_prove_nothing(office: Office, held: dict[str, Any]) -> None:
    """A forger who brings keys, credential and proofs of a log of their own is refused by the log's key."""
    other_log = NoteSigner(ORIGIN, bytes(32)).vkey
    with pytest.raises(BadInput, match="no known key"):
        proved_keys(held["issuer_keys"], other_log)
    for bad in ([], [{}], [{"proof": "x", "disclosures": []}], [{"proof": held["proof"], "disclosures": []}]):
        with pytest.raises(BadInput):
            proved_keys(bad, office.authority.vkey)


def test_without_status_nothing_is_known(office: Office, held: dict[str, Any]) -> None:
    found = office.standing(held, status_token=None)
    assert found.state == "unverified"
    assert codes(found) == {"missing"}


def test_status_tokens_that_are_not_the_issuers_newest_word(office: Office, held: dict[str, Any]) -> None:
    """Another key's, another list's, one from the future, one past its end, one too short: each says nothing."""
    key, now = office.authority.keys.issuer_key(), office.clock.now()
    uri = held["status_list"]
    good: dict[str, Any] = {"now": now, "lives": timedelta(hours=1), "ttl_s": 60}
    whole = StatusList.of({}, 1 << 10)
    cases = {
        "unknown_key": status_token(STRANGER, uri, whole, **good),
        "other_list": status_token(key, uri + "1", whole, **good),
        "future": status_token(key, uri, whole, **{**good, "now": now + timedelta(minutes=10)}),
        "stale": status_token(key, uri, whole, **{**good, "now": now - timedelta(hours=2)}),
        "range": status_token(key, uri, StatusList.of({}, 4), **good),
        "unknown_status": status_token(key, uri, StatusList.of({held["number"]: 3}, 1 << 10), **good),
        "type": key.sign("jwt", b"{}"),
        "malformed": "not.a.token",
    }
    for code, token in cases.items():
        found = office.standing(held, status_token=token)
        assert found.state == "unverified", code
        assert code in codes(found)


def test_a_status_token_without_an_end_is_refused(office: Office, held: dict[str, Any]) -> None:
    """Else whoever once had the issuer's key, or an old token, would show a suspended credential as valid for ever."""
    key = office.authority.keys.issuer_key()
    claims = dict(open_signed(office.token(), [key.jwk], "statuslist+jwt", "token").claims)
    del claims["exp"]
    endless = key.sign("statuslist+jwt", payload_of(claims))
    for days in (0, 200):
        found = office.standing(held, status_token=endless, now=office.clock.now() + timedelta(days=days))
        assert found.state == "unverified"
        assert "status token exp" in {fault.where for fault in found.faults}


def test_a_status_token_that_gives_itself_years_is_stale_after_a_week(office: Office, held: dict[str, Any]) -> None:
    """`exp` is what the signer says, so the verifier sets an end of its own; it may set a nearer one."""
    key, now = office.authority.keys.issuer_key(), office.clock.now()
    long = status_token(key, held["status_list"], StatusList.of({}, 1 << 10), now=now, lives=timedelta(900), ttl_s=60)

    def after(time: timedelta, **more: Any) -> Any:
        return office.standing(held, status_token=long, now=now + time, **more)

    assert after(timedelta(days=7)).valid
    late = after(timedelta(days=7, seconds=1))
    assert (late.state, codes(late)) == ("unverified", {"stale"})
    assert "7 days" in late.faults[0].want
    assert after(timedelta(hours=1), status_age_max=timedelta(hours=1)).valid
    assert not after(timedelta(hours=1, seconds=1), status_age_max=timedelta(hours=1)).valid


def test_a_bomb_in_a_signed_token_is_refused(office: Office, held: dict[str, Any]) -> None:
    key, now = office.authority.keys.issuer_key(), int(office.clock.now().timestamp())
    bomb = {"bits": 1, "lst": b64(zlib.compress(bytes(32 << 20), 9))}
    claims = {"sub": held["status_list"], "iat": now, "exp": now + 60, "status_list": bomb}
    found = office.standing(held, status_token=key.sign("statuslist+jwt", payload_of(claims)))
    assert found.state == "unverified"
    assert codes(found) == {"too_large"}


def test_times_are_judged_by_the_instant_given(office: Office, held: dict[str, Any]) -> None:
    key, uri = office.authority.keys.issuer_key(), held["status_list"]

    def at(when: Any) -> Any:
        token = status_token(key, uri, StatusList.of({}, 1 << 10), now=when, lives=timedelta(1), ttl_s=60)
        return office.standing(held, status_token=token, now=when)

    issued, expires = office.standing(held).issued_at, office.standing(held).expires_at
    assert issued is not None
    assert expires is not None
    assert issued == START
    assert at(issued - timedelta(seconds=30)).valid, "clocks may differ by a minute"
    early = at(issued - timedelta(hours=1))
    assert (early.state, codes(early)) == ("not_yet_valid", {"future"})
    assert at(expires - timedelta(seconds=1)).valid
    late = at(expires)
    assert (late.state, codes(late)) == ("expired", {"expired"})
    assert expires.isoformat() == "2027-03-02T00:00:00+00:00", "worked: good through 1 March 2027, twelve months on"


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims.update(exp=claims["exp"] + 86_400),
        lambda claims: claims.update(sub="model:other"),
        lambda claims: claims.pop("exp"),
        lambda claims: claims["status"]["status_list"].update(idx=0),
        lambda claims: claims["_sd"].append(b64(b"x" * 32)),
        lambda claims: claims.update(iss="https://other.example"),
    ],
)
def test_what_the_issuer_signs_must_be_what_the_log_holds(
    office: Office, held: dict[str, Any], change: Callable[[dict[str, Any]], None]
) -> None:
    """The issuer's own signature is not enough: terms that were never logged are refused."""
    found = office.standing(resigned(office, held, change))
    assert found.state == "unverified"
    assert codes(found) & {"terms", "other_leaf", "issuer"}


def test_the_proof_of_another_entry_is_refused(office: Office, held: dict[str, Any]) -> None:
    filing = attestations.proof_with_leaf(office.authority, held["number"])
    assert "other_leaf" in codes(office.standing({**held, "proof": filing}))
    assert codes(office.standing({**held, "proof": ""})) == {"missing"}
    bare = TlogProof.parse(held["proof"].encode())
    bare = TlogProof(bare.index, bare.hashes, bare.checkpoint)
    assert codes(office.standing({**held, "proof": bare.text()})) == {"not_in_log"}
    office.register("Second")
    second = office.evidence("model:second")
    assert "other_leaf" in codes(office.standing({**held, "proof": second["proof"]}))
    swapped = office.standing({**second, "credential": held["credential"]})
    assert swapped.state == "unverified"


def test_a_policy_asks_for_witnesses(office: Office, held: dict[str, Any]) -> None:
    """The log's own signature is not enough for whoever asks for a witness's; with its cosignature it is."""
    witness = Cosigner("w.example", bytes(32))
    policy = Policy.parse(f"log {office.authority.vkey}\nwitness w {witness.vkey}\nquorum w\n")
    found = office.standing(held, policy=policy)
    assert found.state == "unverified"
    assert [fault.code for fault in found.faults] == ["not_in_log"]
    assert "lacks the quorum" in found.faults[0].seen
    proof = TlogProof.parse(held["proof"].encode())
    text = proof.checkpoint.rpartition(b"\n\n")[0] + b"\n"
    cosigned = proof.checkpoint + witness.signature(text, 1_700_000_000).line.encode()
    witnessed = TlogProof(proof.index, proof.hashes, cosigned, proof.extra).text()
    assert office.standing({**held, "proof": witnessed}, policy=policy).valid


def test_hiding_the_terms_is_seen(office: Office, held: dict[str, Any]) -> None:
    parts = SdJwt.parse(held["credential"])
    bare = {**held, "credential": str(SdJwt(parts.jwt))}
    assert codes(office.standing(bare)) == {"terms"}


def test_every_fault_is_named_at_once(office: Office, held: dict[str, Any]) -> None:
    found = office.standing(
        resigned(office, held, lambda claims: claims.update(exp=1, vct="", iat="soon")), status_token=None,
        required=["nothing"],
    )  # fmt: skip
    where = {fault.where for fault in found.faults}
    assert {"credential iat", "credential vct", "credential exp", "nothing", "status token", "terms"} <= where


@pytest.mark.parametrize("text", ["", "~", "a.b.c~", "eyJ~", "\x00~", "ü~", "a" * 5_000_000 + "~"])
def test_rubbish_is_unverified_never_an_error(office: Office, held: dict[str, Any], text: str) -> None:
    found = office.standing({**held, "credential": text})
    assert found.state == "unverified"
    assert found.faults
    nothing = verify_credential(held["credential"], status_token=text, jwks={"keys": "x"}, now=START)
    assert nothing.state == "unverified"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"credential": 3}', b"\xff"])
def test_a_file_that_holds_no_credential_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        evidence_of(data)


# ── who may ask for what ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_model_from_a_public_table_gets_one_on_request(office: Office) -> None:
    authority = office.authority
    authority.act(Act("model_registration.model", {"name": "Tabled"}, ""))
    authority.follow()
    assert attestations.credentials.credentials(authority.reader, "model:tabled") == []
    body = {"credential": CERTIFICATE, "about": "model:tabled"}
    with pytest.raises(Exception, match="filed by another party"):
        authority.act(Act("credential.requested", body, "r1"), LAB)
    authority.act(Act("credential.requested", body, "r2"))
    authority.follow()
    assert office.standing(office.evidence("model:tabled")).valid


def test_asking_again_gives_a_new_one_and_ends_the_old(office: Office) -> None:
    office.register("Renewed")
    old = office.evidence("model:renewed")
    office.later(days=300)
    office.authority.act(
        Act("credential.requested", {"credential": CERTIFICATE, "about": "model:renewed"}, "again"), LAB
    )
    office.authority.follow()
    new = office.evidence("model:renewed")
    assert new["number"] > old["number"]
    assert office.standing(old).state == "revoked"
    assert office.standing(new).valid
    assert new["expires_at"] > old["expires_at"]


@pytest.mark.parametrize(
    ("kind", "body", "where"),
    [
        ("credential.requested", {"credential": "no.such", "about": "model:m"}, ["credential"]),
        ("credential.requested", {"credential": CERTIFICATE, "about": "model:none"}, ["about"]),
        ("credential.requested", {"credential": CERTIFICATE, "about": "organisation:lab"}, ["about"]),
        ("credential.suspended", {"credential": CERTIFICATE, "number": 1, "reason": "court_order"}, ["number"]),
        ("credential.reinstated", {"credential": CERTIFICATE, "number": None, "reason": "x"}, ["number", "reason"]),
        ("credential.suspended", {"credential": CERTIFICATE, "number": 0, "reason": "late", "cause": 1},
         ["cause", "number"]),
    ],
)  # fmt: skip
def test_bad_requests_and_changes_are_refused_whole(
    office: Office, kind: str, body: dict[str, Any], where: list[str]
) -> None:
    size = office.authority.store.size()
    with pytest.raises(BadInput) as caught:
        office.authority.act(Act(kind, body, "bad"))
    assert sorted(fault.where for fault in caught.value.faults) in (where, where[:1])
    assert office.authority.store.size() == size


def test_nobody_files_what_the_authority_itself_concludes(office: Office) -> None:
    for kind, body in (
        (f"{CERTIFICATE}_issued", {}),
        ("credential.key_published", {"kid": "x", "jwk": {}}),
        ("credential.expired", {"credential": CERTIFICATE, "number": 1, "reason": "x"}),
    ):
        with pytest.raises(Exception, match="nobody files it"):
            office.authority.act(Act(kind, body, "own"))


def test_an_officer_suspends_and_reinstates_one_by_hand(office: Office) -> None:
    office.register("Byhand")
    held = office.evidence("model:byhand")
    for to, state in (("suspended", "suspended"), ("reinstated", "valid"), ("revoked", "revoked")):
        body = {"credential": CERTIFICATE, "number": held["number"], "reason": "court_order", "legal_basis": "§ 1"}
        office.authority.act(Act(f"credential.{to}", body, f"hand:{to}"))
        office.authority.follow()
        assert office.standing(held).state == state
    with pytest.raises(BadInput, match="a credential that is valid"):
        office.authority.act(Act("credential.suspended", {**body, "number": held["number"]}, "hand:again"))


def test_one_that_ends_says_so_in_the_record(office: Office) -> None:
    office.register("Ending")
    held = office.evidence("model:ending")
    office.later(days=400)
    assert "credential.expired" in office.kinds()
    assert office.standing(held).state == "expired"
    row = attestations.held(office.authority, "model:ending")
    assert row["state"] == "expired"
    before = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == before


def test_lists_and_types_that_are_not_there(office: Office) -> None:
    for name in (f"{CERTIFICATE}.9", f"{CERTIFICATE}.x", "no.such.0", CERTIFICATE, ""):
        with pytest.raises(Exception, match="no status list"):
            attestations.status_list(office.authority, name)
    with pytest.raises(Exception, match="no credential type"):
        attestations.type_metadata(office.authority, "no.such")
    with pytest.raises(Exception, match="no credential of"):
        attestations.held(office.authority, "model:none")
    assert attestations.status_list(office.authority, LIST).ttl_s == 300
