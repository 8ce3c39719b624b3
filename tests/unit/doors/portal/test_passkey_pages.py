"""A passkey as the second factor: a key alone opens nothing, and no assertion counts twice or for another."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from authenticators import Authenticator, b64
from commonweal import staffing
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.kernel import persons, protocols
from commonweal.kernel.values import Text
from commonweal.settings import Settings

from .people import fields_of, sign_in

ORIGIN, RP = "https://office.example", "office.example"


class Office:
    def __init__(self, authority: Authority) -> None:
        self.authority, self.portal = authority, app(authority)

    def key(self, name: str) -> str:
        body = {"person": f"person:{name}", "party": f"party:{name}", "name": name, "organisation": "authority",
                "roles": ["officer"]}  # fmt: skip
        staffing.record(self.authority, persons.JOINED.id, body)
        return self.authority.access.issue_key(f"party:{name}", ("officer",), ("file", "read"))

    def browser(self) -> TestClient:
        return TestClient(self.portal, base_url=ORIGIN, follow_redirects=False)

    def with_passkey(self, name: str) -> tuple[str, TestClient, Authenticator]:
        key, browser, device = self.key(name), self.browser(), Authenticator(ORIGIN, RP)
        sign_in(browser, key)
        assert make(browser, device).headers["location"] == "/account/passkeys?said=made"
        return key, browser, device


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("passkeys") / "office"
    settings = Settings(Text(en="Office", zh="办公室"), "passkeys.example/log", datetime.now(UTC), public_url=ORIGIN)
    with Authority.create(folder, settings, installed={}) as authority:
        yield Office(authority)


@pytest.fixture(autouse=True)
def _no_failures_yet(office: Office) -> None:
    """A door of its own for each test: an address that failed ten times has to wait."""
    office.portal = app(office.authority)


def options(page: str) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]*)"', page)
    assert found
    return dict(json.loads(unescape(found[1])))


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def form_of(page: str) -> dict[str, str]:
    return next(form for n in range(9) if "challenge" in (form := fields_of(page, n)))


def make(browser: TestClient, device: Authenticator, **changed: Any) -> Any:
    page = browser.get("/account/passkeys").text
    client, attestation = device.made(raw(options(page)["challenge"]), **changed)
    more = {"client": b64(client), "attestation": b64(attestation), "label": "blue"}
    return browser.post("/account/passkeys", data={**form_of(page), **more})


def use(browser: TestClient, device: Authenticator, **changed: Any) -> Any:
    page = browser.get("/sign-in/passkey").text
    asked = options(page)
    sent = device.sent(raw(asked["challenge"]), **changed)
    return browser.post(
        "/sign-in/passkey", data={**form_of(page), "passkey": b64(device.credential), "assertion": sent}
    )


def test_who_has_a_passkey_signs_in_by_key_and_passkey(office: Office) -> None:
    key, browser, device = office.with_passkey("ann")
    page = browser.get("/account/passkeys").text
    assert "blue" in page
    second = office.browser()
    half = sign_in(second, key)
    assert half.headers["location"] == "/sign-in/passkey"
    assert second.get("/inbox").headers["location"].startswith("/sign-in"), "the key alone opens nothing"
    assert [one["id"] for one in options(second.get("/sign-in/passkey").text)["allowCredentials"]] == [
        b64(device.credential)
    ]
    assert use(second, device).headers["location"] == "/inbox"
    assert second.get("/inbox").status_code == 200
    forms = {one.form for one in office.authority.access.sessions("party:ann")}
    assert forms == {"key", "key+passkey"}
    assert second.get("/zh/account/passkeys").status_code == 200


def test_the_inbox_says_by_what_a_decision_is_signed(office: Office) -> None:
    """A passkey signs what is approved: to say that nothing does sends people after a device's key they do not need."""
    _, browser, _ = office.with_passkey("tia")
    for address in ("/inbox", "/account"):
        page = browser.get(address).text
        assert "What you approve or refuse is signed with your passkey." in page
        assert "without a signature" not in page


def test_an_assertion_counts_once_here_and_for_its_holder(office: Office) -> None:
    key, _, device = office.with_passkey("ben")
    _, _, other = office.with_passkey("cho")
    browser = office.browser()
    assert browser.get("/sign-in/passkey").status_code == 403, "nobody gave a key"
    sign_in(browser, key)
    assert "not one of yours" in use(browser, other).text
    for wrong in ({"origin": "https://evil.example"}, {"challenge": b64(b"x" * 32)}, {"type": "webauthn.create"}):
        answer = use(browser, device, **wrong)
        assert answer.status_code == 422
        assert browser.get("/inbox").status_code == 303
    assert use(browser, Authenticator(ORIGIN, RP, credential=device.credential)).status_code == 422, (
        "another's signature"
    )
    page = browser.get("/sign-in/passkey").text
    form = {**form_of(page), "passkey": b64(device.credential),
            "assertion": device.sent(raw(options(page)["challenge"]))}  # fmt: skip
    assert browser.post("/sign-in/passkey", data=form).status_code == 303
    assert browser.post("/sign-in/passkey", data=form).status_code == 403, "replayed in the same browser"
    again = office.browser()
    sign_in(again, key)
    assert again.post("/sign-in/passkey", data=form).status_code == 403, "replayed in another browser"


def test_a_counter_that_goes_back_is_a_copy_and_is_refused(office: Office) -> None:
    key, _, device = office.with_passkey("dan")
    for count, status in ((7, 303), (8, 303), (8, 403), (3, 403), (-1, 403)):
        browser = office.browser()
        sign_in(browser, key)
        device.count = count  # it goes on by one as it is used; 0 is what authenticators without a counter say
        answer = use(browser, device)
        assert answer.status_code == status
        assert ("may have been copied" in answer.text) == (status == 403)


def test_a_passkey_is_made_only_here_and_once_and_can_be_taken_away(office: Office) -> None:
    key, browser = office.key("eve"), office.browser()
    sign_in(browser, key)
    device = Authenticator(ORIGIN, RP)
    assert make(browser, device, origin="https://evil.example").status_code == 422
    assert make(browser, Authenticator("https://evil.example", "evil.example")).status_code == 422
    assert office.authority.access.passkeys("party:eve") == []
    assert make(browser, device).status_code == 303
    assert make(browser, device).status_code == 409
    name = office.authority.access.passkeys("party:eve")[0].id
    assert [row["key_id"] for row in protocols.approvers(office.authority.reader, party="party:eve")] == [name]
    page = browser.get("/account/passkeys").text
    form = next(form for n in range(9) if "passkey" in (form := fields_of(page, n)))
    office.with_passkey("fay")
    other = office.authority.access.passkeys("party:fay")[0].id
    assert browser.post("/account/passkeys/end", data={**form, "passkey": other}).status_code == 422
    assert browser.post("/account/passkeys/end", data=form).status_code == 303
    assert protocols.approvers(office.authority.reader, party="party:eve") == []
    assert sign_in(office.browser(), key).headers["location"] == "/inbox"


def test_an_invitation_opens_no_session_past_a_passkey_and_a_recovery_ends_it(office: Office) -> None:
    office.with_passkey("gus")
    found = staffing.member(office.authority, "person:gus")
    browser = office.browser()
    for keep in ("", "1"):
        code = staffing.invite(office.authority, found, datetime(2199, 1, 1, tzinfo=UTC))
        page = browser.get("/enrol").text
        browser.post("/enrol", data={**fields_of(page), "code": code, "keep": "1" if keep else ""})
        assert browser.get("/inbox").status_code == 303
    staffing.end_keys(office.authority, "party:gus")
    assert office.authority.access.passkeys("party:gus") == []
