"""Who may come in: keys with scopes, signed requests that count once, and only so many a second."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors import portal
from commonweal.doors.api import Limits, app
from commonweal.kernel.protocols.passkeys import Passkey
from commonweal.pacing import Refused

from ..portal.people import sign_in
from .conftest import BASE, Client
from .test_api_filings import BOOKS, assert_problem

BODY = b'{"name": "A"}'
COVERED = ("@method", "@authority", "@path", "content-type", "content-digest")


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self._private


class Signer:
    """A party with a registered key."""

    def __init__(self, authority: Authority, party: str = "party:lab", scopes: tuple[str, ...] = ("file",)) -> None:
        self.private = Ed25519PrivateKey.generate()
        public = base64.b64encode(self.private.public_key().public_bytes_raw()).decode()
        self.keyid = authority.access.register_public_key(party, public, ("developer",), scopes)
        self._count = 0

    def headers(self, path: str = BOOKS, body: bytes = BODY, **more: Any) -> dict[str, str]:
        self._count += 1
        request = httpx.Request("POST", BASE + path, content=body, headers={"Content-Type": "application/json"})
        signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_OneKey(more.pop("private", self.private)))
        given = {"key_id": self.keyid, "nonce": f"nonce-{self._count}", "covered_component_ids": COVERED, "body": body}
        signer.sign(request, **{**given, **more})
        names = ("content-type", "content-digest", "signature", "signature-input")
        return {name: request.headers[name] for name in names if name in request.headers}


@pytest.fixture
def signer(authority: Authority) -> Signer:
    return Signer(authority)


def test_a_signed_request_files_for_its_party(public: Client, signer: Signer, authority: Authority) -> None:
    answer = public.post(BOOKS, content=BODY, headers=signer.headers())
    assert answer.status_code == 201, answer.text
    assert authority.entry(answer.json()["index"]).author == "party:lab"


def test_a_nonce_is_used_once(public: Client, signer: Signer, authority: Authority) -> None:
    headers = signer.headers()
    assert public.post(BOOKS, content=BODY, headers=headers).status_code == 201
    size = authority.store.size()
    assert_problem(public.post(BOOKS, content=BODY, headers=headers), 401, "Signature-Input")
    assert authority.store.size() == size


def _ago(seconds: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "wrong",
    [
        {"private": Ed25519PrivateKey.generate()},
        {"key_id": "ed25519-0000000000000000"},
        {"created": _ago(3600)},
        {"created": _ago(-3600)},
        {"expires": _ago(60)},
        {"covered_component_ids": ("@method", "content-digest")},
        {"covered_component_ids": ("@authority", "@path", "content-digest")},
        {"nonce": None},
    ],
    ids=["wrong key", "unknown key", "too old", "clock in the future", "expired", "no path", "no method", "no nonce"],
)
def test_a_signature_that_will_not_do_is_refused(
    public: Client, signer: Signer, unchanged: Callable[[], None], wrong: dict[str, Any]
) -> None:
    answer = public.post(BOOKS, content=BODY, headers=signer.headers(**wrong))
    assert answer.status_code == 401
    assert answer.json()["faults"]


def test_a_signature_covers_the_body_and_the_address(
    public: Client, signer: Signer, unchanged: Callable[[], None]
) -> None:
    assert public.post(BOOKS, content=b'{"name": "B"}', headers=signer.headers()).status_code == 401
    assert public.post("/api/v1/filings/lending.shelf", content=BODY, headers=signer.headers()).status_code == 401
    without = {name: value for name, value in signer.headers().items() if name != "content-digest"}
    assert public.post(BOOKS, content=BODY, headers=without).status_code == 401
    mangled = {**signer.headers(), "signature-input": "sig=(((", "signature": ":::"}
    assert public.post(BOOKS, content=BODY, headers=mangled).status_code == 401
    query = signer.headers(f"{BOOKS}?subject=book:x")
    assert public.post(f"{BOOKS}?subject=book:x", content=BODY, headers=query).status_code == 401


def test_a_forged_request_spends_nobodys_nonce(public: Client, signer: Signer) -> None:
    headers = signer.headers()
    assert public.post(BOOKS, content=b'{"name": "forged"}', headers=headers).status_code == 401
    assert public.post(BOOKS, content=BODY, headers=headers).status_code == 201


def test_without_a_key_nothing_is_filed(public: Client, authority: Authority, unchanged: Callable[[], None]) -> None:
    for headers in ({}, {"Authorization": "Bearer weal_x_y"}, {"Authorization": "Basic eDp5"}, {"Authorization": ""}):
        answer = public.post(BOOKS, json={"name": "A"}, headers=headers)
        assert_problem(answer, 401, "Authorization")
        assert "www-authenticate" in answer.headers
    token = authority.access.issue_key("party:lab", ("developer",))
    authority.access.revoke(token.split("_")[1])
    assert public.with_key(token).post(BOOKS, json={"name": "A"}).status_code == 401


def test_a_key_does_only_what_its_scopes_say(
    public: Client, authority: Authority, unchanged: Callable[[], None]
) -> None:
    reads = public.with_key(authority.access.issue_key("party:lab", ("developer",), ("read",)))
    assert_problem(reads.post(BOOKS, json={"name": "A"}), 403)
    assert_problem(reads.post("/api/v1/observations/lending/csv", content=b""), 403)
    no_role = public.with_key(authority.access.issue_key("party:lab", (), ("file",)))
    assert_problem(no_role.post(BOOKS, json={"name": "A"}), 403)


def test_a_key_may_come_only_so_often(authority: Authority) -> None:
    client = Client(app(authority, limits=Limits(key_burst_s=3)))
    often = client.with_key(authority.access.issue_key("party:lab", ("developer",), rate_per_s=1))
    answers = [often.get("/api/v1/health") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert_problem(answers[-1], 429)


def test_what_is_refused_has_a_pace_of_its_own(authority: Authority, unchanged: Callable[[], None]) -> None:
    """A refused filing is on no record: whoever asks by it, with however many keys, is slowed down."""
    authority.refused = Refused(per_s=0.01, burst=2)
    client = Client(app(authority))
    lab, other = (client.with_key(authority.access.issue_key("party:lab", ("developer",))) for _ in range(2))
    assert [key.post(BOOKS, json={"pages": 1}).status_code for key in (lab, other, lab, other)] == [422, 422, 429, 429]
    assert lab.get("/api/v1/health").status_code == 200, "reading goes on"
    office = client.with_key(authority.access.issue_key("party:moreau", ("officer", "developer")))
    assert [office.post(BOOKS, json={"pages": 1}).status_code for _ in range(4)] == [422] * 4, "they know of it anyway"


def test_an_address_may_come_only_so_often(authority: Authority) -> None:
    client = Client(app(authority, limits=Limits(address_per_s=0.01, address_burst=3)))
    assert [client.get("/api/v1/health").status_code for _ in range(4)] == [200, 200, 200, 429]
    key = client.with_key(authority.access.issue_key("party:lab"))
    assert key.get("/api/v1/health").status_code == 200, "a key has a limit of its own"


def test_behind_a_trusted_proxy_each_visitor_has_a_limit_of_their_own(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(address_per_s=0.01, address_burst=2)

    def statuses(asgi: Any, forwarded: list[str]) -> list[int]:
        client = Client(asgi)
        return [client.get("/api/v1/health", headers={"X-Forwarded-For": one}).status_code for one in forwarded]

    forged = [f"192.0.2.{n}, 198.51.100.7" for n in range(3)]
    assert statuses(app(authority, limits=limits), ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) == [200, 200, 429]
    monkeypatch.setattr(authority, "settings", replace(authority.settings, trusted_proxies=(ip_network("127.0.0.1"),)))
    behind = app(authority, limits=limits)
    assert statuses(behind, forged) == [200, 200, 429], "what the visitor wrote before it changes nothing"
    assert statuses(behind, ["198.51.100.8"]) == [200], "another visitor does not pay for the first"


def test_guessing_keys_is_slow(authority: Authority) -> None:
    client = Client(app(authority, limits=Limits(address_per_s=0.01, address_burst=20, failed_login_costs=10)))
    guesses = [client.with_key(f"weal_{n}_x").get("/api/v1/health").status_code for n in range(4)]
    assert guesses == [401, 401, 429, 429]


def test_two_authorization_headers_are_refused_whichever_is_good(public: Client, authority: Authority) -> None:
    """Something in front of this may have looked at the other one."""
    key = authority.access.issue_key("party:lab", ("developer",), ("file", "read"))
    good, bad = ("Authorization", f"Bearer {key}"), ("Authorization", "Bearer weal_x_y")
    for headers in ([good, bad], [bad, good], [good, good]):
        answer = public.post(BOOKS, content=BODY, headers=headers)
        assert_problem(answer, 400, "Authorization")
        assert key not in answer.text


def test_the_key_of_who_has_a_passkey_opens_nothing_where_nothing_asks_for_it(
    public: Client, signer: Signer, authority: Authority
) -> None:
    """Else whoever stole the key alone read and published with it; a key for programs signs nobody in."""
    access = authority.access
    own = access.issue_key("party:lab", ("developer",), ("file", "read"))
    assert public.get("/api/v1/entries", headers={"Authorization": f"Bearer {own}"}).status_code == 200
    access.add_passkey("party:lab", Passkey(b"credential-1", b"", "portal.example", "https://portal.example"), 0)
    program = access.issue_key("party:lab", ("developer",), ("file", "read", "program"))
    for token, status in ((own, 401), (program, 200)):
        answer = public.get("/api/v1/entries", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, answer.text
    assert_problem(public.post(BOOKS, content=BODY, headers=signer.headers()), 401, "Authorization")
    with TestClient(portal.app(authority), base_url="https://portal.example", follow_redirects=False) as browser:
        assert sign_in(browser, program).status_code == 403
        assert browser.get("/account").status_code == 303
