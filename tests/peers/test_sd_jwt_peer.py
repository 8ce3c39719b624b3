"""Other people's SD-JWT software reads what we sign, and refuses a tampered copy.

Required claims are always named: a verifier drops a disclosure that matches no digest without a word, so that without
them a tampered copy would be accepted, only poorer.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import runtimes
from attested import CERTIFICATE, Office
from commonweal import attestations
from commonweal.kernel.disclosure import IssuerKey, SdJwt, new_issuer_key, opened_names
from world import Tell

Case = dict[str, Any]


@pytest.fixture(scope="module")
def peer() -> list[str]:
    return runtimes.node("sd_jwt/check.mjs")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office.found(tmp_path_factory.mktemp("peer_office"))
    with office.authority:
        office.register(compute_flop=1e24)
        yield office


def judged(peer: list[str], cases: list[Case]) -> dict[str, Case]:
    return runtimes.answers(peer, cases=cases)


def tampered(token: str, name: str) -> str:
    """The same token with one disclosure saying something else."""
    parts = SdJwt.parse(token)
    named = opened_names(parts.disclosures)
    data = json.loads(base64.urlsafe_b64decode(named[name] + "=="))
    forged = base64.urlsafe_b64encode(json.dumps([data[0], data[1], "forged"]).encode()).rstrip(b"=").decode()
    return str(SdJwt(parts.jwt, tuple(forged if text == named[name] else text for text in parts.disclosures)))


def broken(token: str) -> str:
    """The same token with one character of its payload changed."""
    at = token.index(".") + 40
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def test_presentations_of_entries(peer: list[str], office: Office, tell: Tell) -> None:
    held = office.evidence()
    found = attestations.presentation(office.authority, held["number"], fields=["name", "compute_flop"])
    case = {"kind": "entry", "jwk": found["jwks"]["keys"][0], "required": ["name", "compute_flop"],
            "now": int(office.clock.now().timestamp())}  # fmt: skip
    stranger = IssuerKey(new_issuer_key()).jwk
    answers = judged(
        peer,
        [
            {**case, "name": "ours", "token": found["sd_jwt"]},
            {**case, "name": "tampered", "token": tampered(found["sd_jwt"], "compute_flop")},
            {**case, "name": "broken", "token": broken(found["sd_jwt"])},
            {**case, "name": "left out", "token": str(SdJwt(SdJwt.parse(found["sd_jwt"]).jwt))},
            {**case, "name": "other key", "token": found["sd_jwt"], "jwk": stranger},
        ],
    )
    assert answers["ours"]["ok"], answers["ours"]
    assert answers["ours"]["claims"]["name"] == "M"
    assert answers["ours"]["claims"]["compute_flop"] == 1e24
    assert "parameters" not in answers["ours"]["claims"]
    assert [name for name, answer in answers.items() if answer["ok"]] == ["ours"]
    refused = ["a disclosure changed", "the payload changed", "a required claim left out", "another key"]
    version = runtimes.npm_version("@sd-jwt/core")
    tell("npm @sd-jwt/core", version, "a presentation of two fields, its claims required", refused)


def test_credentials_and_their_status(peer: list[str], office: Office) -> None:
    """The SD-JWT VC verifier of others takes our credential with our status token, and obeys a suspension."""
    held, jwk = office.evidence(), office.authority.keys.issuer_key().jwk
    now = int(office.clock.now().timestamp())
    good = office.token()
    case = {"kind": "credential", "jwk": jwk, "now": now, "required": ["vct", "iss", "name", "compute_flop"]}
    office.decide("model:m", "suspended")
    suspended = office.token()
    office.decide("model:m", "active", "remedied")
    answers = judged(
        peer,
        [
            {**case, "name": "ours", "token": held["credential"], "status": good},
            {**case, "name": "reinstated", "token": held["credential"], "status": office.token()},
            {**case, "name": "suspended", "token": held["credential"], "status": suspended},
            {**case, "name": "tampered", "token": tampered(held["credential"], "name"), "status": good},
            {**case, "name": "broken", "token": broken(held["credential"]), "status": good},
            {**case, "name": "broken status", "token": held["credential"], "status": broken(good)},
            {**case, "name": "expired", "token": held["credential"], "status": good,
             "now": now + int(timedelta(days=400).total_seconds())},
        ],
    )  # fmt: skip
    assert answers["ours"]["ok"], answers["ours"]
    assert answers["ours"]["claims"]["name"] == "M"
    assert [name for name, answer in answers.items() if answer["ok"]] == ["ours", "reinstated"]


def test_type_metadata(peer: list[str], office: Office) -> None:
    """What a type says of itself has the form that wallets read."""
    document = attestations.type_metadata(office.authority, CERTIFICATE)
    answers = judged(
        peer,
        [
            {"kind": "type", "name": "ours", "document": document},
            {"kind": "type", "name": "nameless", "document": {**document, "vct": None}},
        ],
    )
    assert answers["ours"]["ok"], answers["ours"]
    assert not answers["nameless"]["ok"]
