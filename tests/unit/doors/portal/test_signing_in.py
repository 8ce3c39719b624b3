"""Signing in at the portal: what opens a session, what ends it, and what strangers and other sites cannot do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app

from .people import Device, fields_of, sign_in


@pytest.fixture
def fresh(authority: Authority) -> Iterator[Callable[..., TestClient]]:
    """A browser of its own, over a portal that has seen no failures yet."""
    made: list[TestClient] = []

    def browser(base: str = "http://portal.example") -> TestClient:
        made.append(TestClient(app(authority), base_url=base, follow_redirects=False))
        return made[-1]

    yield browser
    for one in made:
        one.close()


@pytest.fixture
def key(authority: Authority) -> str:
    return str(authority.access.issue_key("party:jane", ("officer",), ("file", "read"), organisation="court"))


def test_a_pasted_key_opens_a_session_that_pages_show_and_signing_out_ends(fresh: Any, key: str) -> None:
    browser = fresh()
    answer = sign_in(browser, key)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie, "this test comes by HTTP"
    page = browser.get("/account")
    assert page.headers["cache-control"] == "private, no-store"
    assert "jane" in browser.get("/about").text
    kept = dict(browser.cookies)
    assert browser.post("/sign-out", data=fields_of(page.text)).status_code == 303
    assert browser.get("/account").status_code == 303
    browser.cookies.update(kept)
    assert browser.get("/account").status_code == 303, "a copied cookie is worth nothing after signing out"


def test_over_https_the_cookie_is_bound_to_the_host(fresh: Any, key: str) -> None:
    cookie = sign_in(fresh("https://portal.example"), key).headers["set-cookie"]
    assert cookie.startswith("__Host-weal=")
    assert "Secure" in cookie


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(fresh: Any, key: str) -> None:
    browser = fresh()
    answer = browser.get("/zh/account?said=ended")
    assert answer.headers["location"] == "/zh/sign-in?next=%2Fzh%2Faccount%3Fsaid%3Dended"
    page = browser.get(answer.headers["location"])
    assert fields_of(page.text)["next"] == "/zh/account?said=ended"
    assert sign_in(browser, key, next="/zh/account").headers["location"] == "/zh/account"


@pytest.mark.parametrize(
    "away", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y", "evil"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(fresh: Any, key: str, away: str) -> None:
    assert sign_in(fresh(), key, next=away).headers["location"] == "/inbox"


def test_a_wrong_key_opens_nothing_and_too_many_are_slowed_down(fresh: Any, key: str) -> None:
    browser = fresh()
    answers = [sign_in(browser, key + "x").status_code for _ in range(10)]
    assert set(answers) == {403}
    answer = sign_in(browser, key)
    assert answer.status_code == 429, "not even the right key, until the address has waited"
    assert int(answer.headers["retry-after"]) > 0
    assert "set-cookie" not in answer.headers


def test_behind_a_trusted_proxy_only_who_failed_is_slowed_down(
    authority: Authority, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "settings", replace(authority.settings, trusted_proxies=(ip_network("10.0.0.0/8"),)))
    portal = app(authority)

    def browser(peer: str) -> TestClient:
        return TestClient(portal, base_url="http://portal.example", follow_redirects=False, client=(peer, 5))

    with browser("10.0.0.5") as behind, browser("203.0.113.9") as direct:
        for number in range(10):
            behind.headers["X-Forwarded-For"] = f"192.0.2.{number}, 198.51.100.7"
            assert sign_in(behind, key + "x").status_code == 403
        assert sign_in(behind, key).status_code == 429, "the addresses written before it are nobody's word"
        behind.headers["X-Forwarded-For"] = "198.51.100.8"
        assert sign_in(behind, key).status_code == 303, "another visitor does not pay for the first"
        direct.headers["X-Forwarded-For"] = "198.51.100.7"
        assert sign_in(direct, key).status_code == 303, "who is no proxy speaks for nobody"


def test_forms_from_elsewhere_do_nothing(fresh: Any, key: str) -> None:
    browser = fresh()
    assert browser.post("/sign-in", data={"key": key}).status_code == 403
    page = fields_of(browser.get("/sign-in").text, 1)
    crossed = browser.post("/sign-in", data={**page, "key": key}, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    other = fields_of(fresh().get("/sign-in").text, 1)
    assert browser.post("/sign-in", data={**other, "key": key}).status_code == 403, "a token of another browser"
    sign_in(browser, key)
    assert browser.post("/sign-out", data={"token": "0" * 40}).status_code == 403
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"{}", "application/json", 422),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"f%d=1" % n for n in range(100)), "application/x-www-form-urlencoded", 422),
        (b"key=\xff\xfe", "application/x-www-form-urlencoded", 422),
    ],
)
def test_what_is_no_form_is_told_so(fresh: Any, body: bytes, media: str, status: int) -> None:
    answer = fresh().post("/sign-in", content=body, headers={"Content-Type": media})
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_an_invited_phone_makes_its_own_key_and_signs_in_with_it(fresh: Any, authority: Authority) -> None:
    code = invited(authority)
    browser, device = fresh(), Device.new()
    page = browser.get("/enrol")
    answer = browser.post("/enrol", data={**fields_of(page.text), "code": code, "public_key": device.public})
    assert answer.status_code == 303
    assert device.keyid in browser.get("/account").text
    again = browser.post("/enrol", data={**fields_of(page.text), "code": code, "public_key": Device.new().public})
    assert again.status_code == 403
    assert "Ask for a new one" in again.text

    other = fresh()
    form = fields_of(other.get("/sign-in").text, 0)
    text = f"commonweal/sign-in/v1\n{authority.settings.origin}\n{device.keyid}\n{form['challenge']}\n"
    form |= {"keyid": device.keyid, "signature": device.signed(text)}
    assert other.post("/sign-in", data={**form, "signature": device.signed(text + "x")}).status_code == 403
    assert other.post("/sign-in", data=form).status_code == 303
    assert other.post("/sign-in", data=form).status_code == 403, "a signed challenge counts once"
    assert fresh().post("/sign-in", data=form).status_code == 403, "and only in the browser that was shown it"


def test_without_scripts_an_invitation_gives_a_key_to_keep(fresh: Any, authority: Authority) -> None:
    browser = fresh()
    page = browser.get("/enrol")
    link = f"https://portal.example/enrol#{invited(authority)}"
    answer = browser.post("/enrol", data={**fields_of(page.text), "code": link, "keep": "1", "public_key": "junk"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = re.search(r"weal_[0-9a-f]{12}_[\w-]+", answer.text)
    assert token
    assert sign_in(fresh(), token[0]).status_code == 303


def test_a_key_that_cannot_be_read_leaves_the_invitation_good(fresh: Any, authority: Authority) -> None:
    browser, code = fresh(), invited(authority)
    page = browser.get("/enrol")
    answer = browser.post("/enrol", data={**fields_of(page.text), "code": code, "public_key": "not a key"})
    assert answer.status_code == 422
    assert authority.access.invitation_of(code) is not None


def test_sessions_are_listed_and_ended_from_another_device(fresh: Any, authority: Authority) -> None:
    key = authority.access.issue_key("party:two-devices", ("officer",), ("file",))
    here, there = fresh(), fresh()
    sign_in(here, key)
    sign_in(there, key)
    page = here.get("/account").text
    assert page.count("this one") == 1
    forms = [fields_of(page, number) for number in (1, 2)]
    own = re.search(r"this one.*?name=\"session\" value=\"([0-9a-f]+)\"", page, re.DOTALL)
    assert own
    other = next(form for form in forms if form["session"] != own[1])
    assert here.post("/account", data=other).status_code == 303
    assert there.get("/account").status_code == 303
    strange = here.post("/account", data={**other, "session": "0" * 16})
    assert strange.status_code == 422


def invited(authority: Authority) -> str:
    ends = datetime.now(UTC) + timedelta(days=1)
    return str(authority.access.invite("party:kim", ("officer",), ("file", "read"), ends, organisation="court"))
