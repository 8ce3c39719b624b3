"""Signing in with an identity provider: only its own tokens, for this client, this browser and now, and nobody new."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.testclient import TestClient

from commonweal import staffing
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.identity import Provider
from commonweal.kernel import persons
from commonweal.kernel.values import BadInput, Text
from commonweal.settings import Settings

from .people import fields_of, sign_in

SITE, ISSUER, CLIENT = "https://office.example", "https://login.example", "weal"
KEY, STRANGER = (RSAKey.generate_key(2048, {"kid": kid}, private=True) for kid in ("one", "stranger"))


@dataclass
class Login:
    """A small identity provider: it lets `subject` in, and lies as `claims`, `key` and `said` have it."""

    subject: str = "jane"
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    raw: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)

    def authorised(self, address: str) -> dict[str, str]:
        """What the browser brings back after it was sent to `address`."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/authorize"
        self.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (self.asked["client_id"], self.asked["response_type"], self.asked["scope"]) == (CLIENT, "code", "openid")
        assert self.asked["redirect_uri"] == f"{SITE}/sign-in/oidc/back"
        return {"code": "a-code", "state": self.asked["state"]}

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            found = {"issuer": ISSUER, **{name: f"{ISSUER}/{end}" for name, end in ends.items()}, **self.said}
            return httpx.Response(200, json=found)
        if request.url.path == "/keys":
            return httpx.Response(200, json=KeySet([KEY]).as_dict(private=False))
        given = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        digest = sha256(given["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.asked["code_challenge"]
        if given["code"] != "a-code" or not proven:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"id_token": self.raw or self.token(), "token_type": "Bearer"})

    def token(self) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300,
                  "nonce": self.asked["nonce"], **self.claims}  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


@dataclass
class Office:
    authority: Authority
    login: Login
    portal: Any = None

    def browser(self) -> TestClient:
        return TestClient(self.portal, base_url=SITE, follow_redirects=False)

    def person(self, name: str) -> TestClient:
        body = {"person": f"person:{name}", "party": f"party:{name}", "name": name, "organisation": "authority",
                "roles": ["officer"]}  # fmt: skip
        staffing.record(self.authority, persons.JOINED.id, body)
        browser = self.browser()
        sign_in(browser, self.authority.access.issue_key(f"party:{name}", ("officer",), ("file", "read")))
        return browser

    def linked(self, name: str) -> TestClient:
        browser, self.login.subject = self.person(name), name
        assert back(browser, self.sent(browser, "/account")).headers["location"] == "/account?said=linked"
        return browser

    def sent(self, browser: TestClient, page: str = "/sign-in") -> dict[str, str]:
        """Go to the provider from a page, and come back: the answer's parameters."""
        text = browser.get(page).text
        wish = {"wish": "link"} if page == "/account" else {}
        prefix = "/zh" if page.startswith("/zh") else ""
        gone = browser.post(f"{prefix}/sign-in/oidc", data={"token": fields_of(text, 0)["token"], **wish})
        link = re.search(r'<a href="(https://login\.example/[^"]*)"', gone.text)
        assert link, gone.text
        return self.login.authorised(unescape(link[1]))


def back(browser: TestClient, answer: dict[str, str]) -> Any:
    page = browser.get("/sign-in/oidc/back", params=answer)
    assert page.status_code == 200
    number = next(n for n in range(6) if "state" in fields_of(page.text, n))
    return browser.post("/sign-in/oidc/back", data=fields_of(page.text, number))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("oidc") / "office"
    settings = Settings(Text(en="Office", zh="办公室"), "oidc.example/log", datetime.now(UTC), public_url=SITE,
                        oidc=Provider(ISSUER, CLIENT))  # fmt: skip
    with Authority.create(folder, settings, installed={}) as authority:
        assert Settings.read(folder).oidc == settings.oidc
        yield Office(authority, Login())


@pytest.fixture
def office(house: Office) -> Office:
    """A door and a provider of its own for each test: an address that failed ten times has to wait."""
    house.login = Login()
    house.portal = app(house.authority, transport=httpx.MockTransport(house.login.answer))
    return house


def test_who_linked_an_account_signs_in_with_it_and_opens_what_they_hold(office: Office) -> None:
    own = office.linked("jane")
    assert "Unlink it" in own.get("/account").text
    browser = office.browser()
    done = back(browser, office.sent(browser))
    assert done.headers["location"] == "/inbox"
    assert browser.get("/inbox").status_code == 200
    assert {one.form for one in office.authority.access.sessions("party:jane")} == {"key", "oidc"}
    entry = office.authority.presentation(office.authority.store.size() - 1)
    assert entry.fields == {"person": "person:jane", "issuer": ISSUER}, "whose account it is stays sealed"
    staffing.record(office.authority, persons.LEFT.id, {"person": "person:jane"})
    assert browser.get("/inbox").status_code == 303
    assert back(browser, office.sent(browser)).status_code == 403


def test_nobody_is_made_a_person_by_signing_in_and_no_account_is_two_persons(office: Office) -> None:
    office.linked("ann")
    office.login.subject = "a stranger"
    browser, size = office.browser(), office.authority.store.size()
    refused = back(browser, office.sent(browser))
    assert refused.status_code == 403
    assert "linked to nobody here" in refused.text
    other = office.person("ben")
    size = office.authority.store.size()
    office.login.subject = "ann"
    assert back(other, office.sent(other, "/account")).status_code == 409
    assert office.authority.store.size() == size
    nobody = office.browser()
    sign_in(nobody, office.authority.access.issue_key("party:system", ("officer",), ("file", "read")))
    assert "Link it" not in nobody.get("/account").text


def test_who_began_in_chinese_comes_back_to_chinese_pages(office: Office) -> None:
    office.linked("mei")
    browser = office.browser()
    answer = office.sent(browser, "/zh/sign-in")
    onward = browser.get("/sign-in/oidc/back", params=answer).headers["location"]
    assert onward.startswith("/zh/sign-in/oidc/back?")
    page = browser.get(onward).text
    form = next(form for n in range(6) if "state" in (form := fields_of(page, n)))
    assert browser.post("/zh/sign-in/oidc/back", data=form).headers["location"] == "/zh/inbox"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": [CLIENT, "another"]}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"exp": NOW - 3600}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"iat": NOW - 86400}, "iat"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": f"{ISSUER}/"}, "iss"),
        ({"sub": ""}, "sub"),
    ],
)
def test_a_token_for_another_browser_client_time_or_by_another_is_refused(
    office: Office, claims: dict[str, Any], said: str
) -> None:
    browser, office.login.claims = office.browser(), claims
    refused = back(browser, office.sent(browser))
    assert refused.status_code == 403
    assert f"token does not count here: {said}" in unescape(refused.text)
    assert browser.get("/inbox").status_code == 303


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."


def test_an_unsigned_token_one_by_a_stranger_and_junk_are_refused(office: Office) -> None:
    shared = {"iss": ISSUER, "sub": "jane", "aud": CLIENT, "iat": NOW, "exp": NOW + 3600}
    for number in range(4):
        browser = office.browser()
        answer = office.sent(browser)
        office.login.key = STRANGER if number == 1 else KEY
        nonce = office.login.asked["nonce"]
        office.login.raw = ("", "", "junk", "a.b.c")[number] if number else unsigned({**shared, "nonce": nonce})
        refused = back(browser, answer)
        assert refused.status_code == 403
        assert "not signed with a key of theirs" in unescape(refused.text)


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(office: Office) -> None:
    office.linked("dan")
    browser, thief = office.browser(), office.browser()
    answer = office.sent(browser)
    assert "not to a question of this browser" in back(thief, answer).text
    assert "not to a question of this browser" in back(browser, {**answer, "state": "another"}).text
    assert back(browser, answer).headers["location"] == "/inbox"
    assert "used before" in back(browser, answer).text
    again = office.sent(browser)
    assert back(browser, {**again, "code": "another"}).status_code == 403
    assert browser.get("/sign-in/oidc/back", params={"error": "access_denied"}).status_code == 403


@pytest.mark.parametrize(
    "said", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://login.example/token"}, {"jwks_uri": 7}]
)
def test_a_provider_that_describes_another_or_unsafe_one_is_not_used(office: Office, said: dict[str, Any]) -> None:
    office.login.said = said
    browser = office.browser()
    page = browser.get("/sign-in").text
    refused = browser.post("/sign-in/oidc", data={"token": fields_of(page)["token"]})
    assert refused.status_code == 503
    assert "login.example/authorize" not in refused.text


def test_an_account_is_unlinked_and_linked_again_by_its_holder(office: Office) -> None:
    own = office.linked("eve")
    page = own.get("/account").text
    form = next(form for n in range(9) if "account" in (form := fields_of(page, n)))
    assert own.post("/account/oidc", data={**form, "account": "oidc-" + "0" * 64}).status_code == 422
    assert own.post("/account/oidc", data=form).headers["location"] == "/account?said=unlinked"
    browser = office.browser()
    assert back(browser, office.sent(browser)).status_code == 403
    assert back(own, office.sent(own, "/account")).headers["location"] == "/account?said=linked"
    assert back(browser, office.sent(browser)).headers["location"] == "/inbox"


def test_every_fault_of_the_table_oidc_is_named_and_no_secret_is_shown(tmp_path: Path) -> None:
    Settings(Text(en="Office", zh="办公室"), "oidc.example/log", datetime.now(UTC)).write(tmp_path)
    file, before = tmp_path / "authority.toml", (tmp_path / "authority.toml").read_text("utf-8")
    table = '\n[oidc]\nissuer = "http://login.example"\nclient_id = ""\nclient_secret = "hunter2"\nscope = "all"\n'
    file.write_text(before + table, "utf-8")
    with pytest.raises(BadInput) as refused:
        Settings.read(tmp_path)
    assert {fault.where for fault in refused.value.faults} == {
        "oidc.issuer", "oidc.client_id", "oidc.client_secret", "oidc.scope"}  # fmt: skip
    assert "hunter2" not in str(refused.value)
