"""SD-JWT (RFC 9901): other people's vectors are read, hostile ones refused, and entries shown field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey

from attested import Office
from commonweal import attestations
from commonweal.kernel.disclosure import (
    Audience,
    IssuerKey,
    SdJwt,
    new_issuer_key,
    open_sd_jwt,
    opened_names,
    same_original,
    verify_presentation,
)
from commonweal.kernel.disclosure.commitments import b64, digest_of
from commonweal.kernel.disclosure.sdjwt import unfold
from commonweal.kernel.disclosure.signatures import keys_in, open_signed
from commonweal.kernel.values import BadInput, TooLarge

KEY = IssuerKey(new_issuer_key())
JWKS = {"keys": [KEY.jwk]}


def disclosed(*parts: Any) -> str:
    return b64(json.dumps(list(parts)).encode())


def test_the_disclosure_of_the_rfc(shared_data: Path) -> None:
    vectors = json.loads((shared_data / "trust" / "credentials" / "sd_jwt_disclosures.json").read_text())["pairs"]
    assert vectors
    for vector in vectors:
        assert digest_of(vector["disclosure"]) == vector["sha256_b64url"]
        _, name, value = vector["json"]
        assert unfold({"_sd": [vector["sha256_b64url"]]}, [vector["disclosure"]]) == {name: value}


def test_a_token_that_other_software_signed(shared_data: Path) -> None:
    """The whole token opens every field, its presentation only two; one changed disclosure refuses it."""
    given = json.loads((shared_data / "trust" / "credentials" / "own_sdjwt_es256.json").read_text())
    keys = {"keys": [given["jwk"]]}
    bare = SdJwt(SdJwt.parse(given["tok"]).jwt)
    whole = _opened_without_kid(given["tok"], keys)
    assert {name: whole[name] for name in ("reporter", "site", "narrative", "severity")} == {
        "reporter": "Alice", "site": "DC-4", "narrative": "model exfil attempt", "severity": 3,
    }  # fmt: skip
    assert "_sd" not in whole
    assert set(_opened_without_kid(given["pres"], keys)) == {"iss", "iat", "incident", "severity", "site"}
    assert set(_opened_without_kid(str(bare), keys)) == {"iss", "iat", "incident"}
    with pytest.raises(BadInput, match="signature"):
        _opened_without_kid(given["tok"], {"keys": [KEY.jwk]})
    with pytest.raises(BadInput, match="must stand in the signed payload"):
        _opened_without_kid(given["pres"] + disclosed("salt", "severity", 1) + "~", keys)


def _opened_without_kid(text: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The vector names no key and its type is the RFC's example."""
    return dict(open_sd_jwt(text, keys, "example+sd-jwt").claims)


def test_nested_objects_and_lists_are_opened_in_place() -> None:
    street = disclosed("s1", "street", "Long Road 1")
    address = disclosed("s2", "address", {"_sd": [digest_of(street)], "country": "XX"})
    second = disclosed("s3", "FR")
    payload = {"_sd": [digest_of(address), b64(b"d" * 32)], "_sd_alg": "sha-256",
               "nations": ["DE", {"...": digest_of(second)}, {"...": b64(b"e" * 32)}]}  # fmt: skip
    opened = unfold(payload, [street, address, second])
    assert opened == {"address": {"street": "Long Road 1", "country": "XX"}, "nations": ["DE", "FR"]}
    assert unfold(payload, []) == {"nations": ["DE"]}
    with pytest.raises(BadInput, match="must stand in the signed payload"):
        unfold(payload, [street])


def test_disclosures_within_disclosures_go_only_so_deep() -> None:
    """An issuer that chains thousands of them gets a refusal, not a crash."""
    chain, inner = [], {"end": True}
    for _ in range(5_000):
        chain.append(disclosed("s", "a", inner))
        inner = {"_sd": [digest_of(chain[-1])]}
    with pytest.raises(BadInput, match="at most 32"):
        unfold(inner, chain)


@pytest.mark.parametrize(
    ("payload", "disclosures", "match"),
    [
        ({"_sd": []}, [disclosed("s", "a", 1)], "must stand in the signed payload"),
        ({"_sd": [digest_of(disclosed("s", "a", 1))], "a": 2}, [disclosed("s", "a", 1)], "does not stand there"),
        ({"_sd": [digest_of(disclosed("s", "_sd", 1))]}, [disclosed("s", "_sd", 1)], "does not stand there"),
        ({"_sd": [digest_of(disclosed("s", 1))]}, [disclosed("s", 1)], "3 parts"),
        ({"_sd": [digest_of(disclosed("s", "a", 1))] * 2}, [], "each digest once"),
        ({"_sd": "x"}, [], "a list of digests"),
        ({"_sd": [1]}, [], "each digest once, as text"),
        ({"_sd_alg": "md5"}, [], "sha-256"),
        ({"_sd": []}, ["!!"], "base64url of a JSON list"),
        ({"_sd": []}, [b64(b'["s","a"')], "base64url of a JSON list"),
        ({"_sd": [digest_of(disclosed("s", "a", 1))]}, [disclosed("s", "a", 1)] * 2, "each disclosure once"),
    ],
)
def test_hostile_disclosures_are_refused(payload: dict[str, Any], disclosures: list[str], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        unfold(payload, disclosures)


def signed(header: dict[str, Any], key: Any, payload: bytes = b'{"a":1}') -> str:
    return str(jws.serialize_compact(header, payload, key, algorithms=[header["alg"]]))


def test_alg_none_is_refused() -> None:
    header = b64(json.dumps({"alg": "none", "typ": "t"}).encode())
    for signature in ("", "AA"):
        with pytest.raises(BadInput, match=r"three parts|one of ES256"):
            open_signed(f"{header}.{b64(b'{}')}.{signature}", [KEY.jwk], "t", "token")


def test_a_public_key_is_never_used_as_a_secret() -> None:
    """The classic confusion: a token 'signed' with HMAC under the public key's bytes."""
    secret = OctKey.import_key(json.dumps(KEY.jwk))
    token = signed({"alg": "HS256", "typ": "t", "kid": KEY.kid}, secret)
    with pytest.raises(BadInput, match="one of ES256"):
        open_signed(token, [KEY.jwk], "t", "token")
    with pytest.raises(BadInput, match="private part"):
        keys_in({"keys": [secret.as_dict()]})


def test_a_key_is_only_used_for_its_own_algorithm() -> None:
    other = OKPKey.generate_key("Ed25519")
    token = signed({"alg": "EdDSA", "typ": "t", "kid": KEY.kid}, other)
    with pytest.raises(BadInput, match="issuer's EdDSA keys"):
        open_signed(token, [KEY.jwk], "t", "token")
    public = {**other.as_dict(private=False), "kid": KEY.kid}
    assert open_signed(token, [KEY.jwk, public], "t", "token").claims == {"a": 1}
    with pytest.raises(BadInput, match="private part"):
        keys_in({"keys": [other.as_dict(private=True)]})
    rsa = {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "r"}
    assert keys_in({"keys": [rsa, KEY.jwk]}) == (KEY.jwk,), "kinds not understood here are passed over"
    for keys in ([rsa], [], ["x"], "x", None):
        with pytest.raises(BadInput, match="public P-256 or Ed25519"):
            keys_in({"keys": keys})


def test_type_critical_headers_strangers_and_size_are_refused() -> None:
    token = KEY.sign("t", b'{"a":1}')
    assert open_signed(token, [KEY.jwk], "t", "token").payload == b'{"a":1}'
    for keys, typ, match in (
        ([KEY.jwk], "other", "other"),
        ([IssuerKey(new_issuer_key()).jwk], "t", "the name of one of"),
        ([{**IssuerKey(new_issuer_key()).jwk, "kid": KEY.kid}], "t", "signature of the key"),
        ([{**KEY.jwk, "use": "enc"}], "t", "the name of one of"),
    ):
        with pytest.raises(BadInput, match=match):
            open_signed(token, keys, typ, "token")
    with pytest.raises(BadInput, match="a JSON object"):
        open_signed(KEY.sign("t", b"[]"), [KEY.jwk], "t", "token")
    with pytest.raises(BadInput, match="once"):
        open_signed(KEY.sign("t", b'{"a":1,"a":2}'), [KEY.jwk], "t", "token")
    with pytest.raises(TooLarge):
        open_signed("a" * (5 << 20), [KEY.jwk], "t", "token")
    with pytest.raises(TooLarge):
        SdJwt.parse("a" * (5 << 20) + "~")
    critical = b64(json.dumps({"alg": "ES256", "typ": "t", "kid": KEY.kid, "crit": ["b64"]}).encode())
    with pytest.raises(BadInput, match="critical"):
        open_signed(f"{critical}.{token.split('.')[1]}.{token.split('.')[2]}", [KEY.jwk], "t", "token")


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "a.b.c~d", "a.b.c~~", "a.b.c~d~kb.jwt.x"])
def test_what_is_no_sd_jwt_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        open_sd_jwt(text, JWKS, "t")


# ── presentations of entries ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office.found(tmp_path_factory.mktemp("presenting"))
    with office.authority:
        yield office


@pytest.fixture(scope="module")
def filed(office: Office) -> int:
    return office.file("model", name="Shown", parameters=7e10, compute_flop=1e24, data_description="scraped, secretly")


def test_only_what_was_chosen_is_shown_and_the_payload_is_the_leaf(office: Office, filed: int) -> None:
    found = attestations.presentation(office.authority, filed, fields=["name", "parameters"])
    shown = verify_presentation(found["sd_jwt"], found["proof"].encode(), office.authority.vkey, found["jwks"])
    assert shown.fields == {"name": "Shown", "parameters": 7e10}
    assert (shown.index, shown.kind) == (filed, "model_registration.model")
    signed = open_signed(SdJwt.parse(found["sd_jwt"]).jwt, [office.authority.keys.issuer_key().jwk],
                         "commonweal-entry+sd-jwt", "presentation")  # fmt: skip
    assert signed.payload == office.authority.store.entry(filed).leaf
    assert "secretly" not in json.dumps(found)


def test_each_recipient_sees_a_projection_of_the_same_original(office: Office, filed: int) -> None:
    """The public, a peer and the filer get different fields; each is provably of one entry, and they agree."""
    found = {
        who: attestations.presentation(office.authority, filed, Audience.of(who)) for who in ("public", "peer", "filer")
    }
    texts = {who: item["sd_jwt"] for who, item in found.items()}
    assert same_original(texts.values())
    other = attestations.presentation(office.authority, filed - 1)["sd_jwt"]
    assert not same_original([*texts.values(), other])
    seen = {
        who: verify_presentation(text, found[who]["proof"].encode(), office.authority.vkey).fields
        for who, text in texts.items()
    }
    assert "data_description" in seen["filer"]
    assert "data_description" not in seen["public"]
    assert seen["public"].items() <= seen["peer"].items() <= seen["filer"].items()


def test_fields_of_others_cannot_be_asked_for_nor_told_apart_from_none(office: Office, filed: int) -> None:
    with pytest.raises(BadInput) as caught:
        attestations.presentation(office.authority, filed, fields=["data_description", "no_such_field"])
    faults = caught.value.faults
    assert [fault.where for fault in faults] == ["data_description", "no_such_field"]
    assert faults[0].want == faults[1].want


def test_a_presentation_that_was_tampered_with_is_refused(office: Office, filed: int) -> None:
    found = attestations.presentation(office.authority, filed, fields=["name", "parameters"])
    proof, vkey = found["proof"].encode(), office.authority.vkey
    parts = SdJwt.parse(found["sd_jwt"])
    forged = disclosed("salt", "parameters", 1.0)
    with pytest.raises(BadInput, match="must stand in the leaf"):
        verify_presentation(str(SdJwt(parts.jwt, (*parts.disclosures, forged))), proof, vkey)
    named = opened_names(parts.disclosures)
    without = str(SdJwt(parts.jwt, (named["name"],)))
    assert verify_presentation(without, proof, vkey).fields == {"name": "Shown"}
    with pytest.raises(BadInput, match="parameters"):
        verify_presentation(without, proof, vkey, required=["name", "parameters"])
    other = attestations.presentation(office.authority, filed - 1)
    with pytest.raises(BadInput, match="proof"):
        verify_presentation(found["sd_jwt"], other["proof"].encode(), vkey)
    with pytest.raises(BadInput):
        verify_presentation(found["sd_jwt"], b"not a proof", vkey)
    stranger = ECKey.generate_key("P-256", {"kid": "x"}, private=True).as_dict(private=False)
    with pytest.raises(BadInput, match="kid"):
        verify_presentation(found["sd_jwt"], proof, vkey, {"keys": [stranger]})
