"""From an invitation to a signed approval on a phone, in a real browser: WebCrypto, keyboard, axe, both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.model_registration import crossing_story
from commonweal.instruments.model_registration.crossing import PLAYBOOK, RUN
from commonweal.kernel import protocols
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from .conftest import arriving, signed_in_at
from .test_pages import complaints, too_wide

SITE = "https://office.example"  # keys are made by WebCrypto, which browsers give to secure pages only
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Authority, dict[str, Any]]]:
    """The demonstration's case as it waits for an approval."""
    start = instant("2025-03-01T00:00:00Z")
    clock = ReplayClock(start)
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    with Authority.create(tmp_path / "office", settings, clock=clock) as authority:
        for when, who, given in crossing_story():
            clock.set(when)
            authority.tick(when)
            act = given(authority.reader) if callable(given) else given
            if act.kind == "approval.given":
                yield authority, dict(act.body)
                return
            authority.act(act, Caller(*who))
            authority.follow()


@pytest.fixture
def phone(office: tuple[Authority, dict[str, Any]], browser: Any) -> Iterator[Callable[..., Any]]:
    """`phone(javascript)` opens a page of a phone whose site is the office's portal; cookies go both ways."""
    with signed_in_at(office[0], browser, SITE) as opened:
        yield lambda javascript=True: opened(PHONE, javascript)


def invited(authority: Authority) -> str:
    ends = datetime.now(UTC) + timedelta(days=1)
    return authority.access.invite("party:jane", ("officer",), ("file", "read"), ends, organisation="authority")


def test_an_invited_phone_decides_with_its_own_key_by_keyboard_alone(
    office: tuple[Authority, dict[str, Any]], phone: Callable[..., Any], axe: str
) -> None:
    authority, body = office
    page = phone()
    page.goto(f"{SITE}/enrol#{invited(authority)}")
    assert page.input_value("#f-code"), "the link fills the code in"
    assert "#" not in page.url, "and the code leaves the address"
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.focus("#f-code")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox?said=enrolled")
    assert [*complaints(page, axe), *too_wide(page)] == []
    step = f"/inbox/{body['case'].partition(':')[2]}/{body['step']}"
    page.focus(f"a[href='{step}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{step}")
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.focus("#f-statement")
    page.keyboard.type("Agreed: it was checked.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox?said=approve*")
    assert "Your approval is recorded." in page.inner_text("main")
    index = int(page.url.rpartition("=")[2])
    assert "commonweal/approval/v1" in authority.entry(index).body["envelope"]
    assert protocols.cases(authority.reader, subject=RUN, playbook=PLAYBOOK)[0]["state"] == "closed"


def test_the_same_phone_signs_in_again_with_its_key_and_it_cannot_be_read(
    office: tuple[Authority, dict[str, Any]], phone: Callable[..., Any], axe: str
) -> None:
    page = phone()
    page.goto(f"{SITE}/zh/enrol#{invited(office[0])}")
    page.click("button:has-text('在本设备上生成密钥')")
    page.wait_for_url("**/zh/inbox?said=enrolled")
    page.goto(f"{SITE}/zh/account")
    assert [*complaints(page, axe), *too_wide(page)] == []
    with arriving(page):
        page.click("button:has-text('退出登录')")
    page.goto(f"{SITE}/zh/sign-in?next=/zh/account")
    page.wait_for_selector(".device-sign-in:not([hidden])")
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.click("button:has-text('用本设备的密钥登录')")
    page.wait_for_url(f"{SITE}/zh/account")
    exported = page.evaluate(
        """() => new Promise((done) => { const o = indexedDB.open("weal", 1); o.onsuccess = () => {
            const asked = o.result.transaction("keys").objectStore("keys").get("device");
            asked.onsuccess = () => crypto.subtle.exportKey("pkcs8", asked.result.pair.privateKey)
                .then(() => done("readable"), () => done("not extractable")); }; })"""
    )
    assert exported == "not extractable"


def test_without_scripts_one_signs_in_and_is_told_what_counts(
    office: tuple[Authority, dict[str, Any]], phone: Callable[..., Any]
) -> None:
    authority, body = office
    key = authority.access.issue_key("party:kim", ("officer",), ("file", "read"), organisation="authority")
    page = phone(javascript=False)
    page.goto(f"{SITE}/inbox")
    page.fill("#f-key", key)
    with arriving(page):
        page.click("section:has(#f-key) button")
    with arriving(page):
        page.click(f"a[href='/inbox/{body['case'].partition(':')[2]}/{body['step']}']")
    assert "unsigned" in page.content() or "without a signature of yours" in page.inner_text("main")
    with arriving(page):
        page.click("button[value=refuse]")
    assert "Your refusal is recorded." in page.inner_text("main")


def test_a_passkey_is_made_asked_for_at_sign_in_and_signs_an_approval(
    office: tuple[Authority, dict[str, Any]], phone: Callable[..., Any], axe: str
) -> None:
    """By keyboard alone, with the authenticator that Chromium plays: PIN given, counter counting."""
    authority, body = office
    key = authority.access.issue_key("party:jane", ("officer",), ("file", "read"), organisation="authority")
    page = phone()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    added = device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
                     "isUserVerified": True}},
    )  # fmt: skip

    def signed_in_with_key() -> None:
        page.goto(f"{SITE}/sign-in")
        page.fill("#f-key", key)
        with arriving(page):
            page.press("#f-key", "Enter")

    signed_in_with_key()
    assert "Inbox" in page.inner_text("h1")
    page.goto(f"{SITE}/account/passkeys")
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.fill("#f-label", "blue")
    page.press("#f-label", "Enter")
    page.wait_for_selector("text=The passkey is kept")
    page.wait_for_load_state()
    assert [*complaints(page, axe), *too_wide(page)] == []
    held = device.send("WebAuthn.getCredentials", {"authenticatorId": added["authenticatorId"]})["credentials"]
    assert [one["rpId"] for one in held] == ["office.example"]
    page.context.clear_cookies()
    signed_in_with_key()
    page.wait_for_selector("button:has-text('Use the passkey')")
    page.wait_for_load_state()
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.focus("button:has-text('Use the passkey')")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Inbox')")
    page.goto(f"{SITE}/inbox/{body['case'].partition(':')[2]}/{body['step']}")
    assert [*complaints(page, axe), *too_wide(page)] == []
    page.focus("#f-statement")
    page.keyboard.type("Agreed.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox?said=approve*")
    envelope = authority.entry(int(page.url.rpartition("=")[2])).body["envelope"]
    assert envelope.rpartition("\n— ")[2].startswith("passkey-")
    assert protocols.cases(authority.reader, subject=RUN, playbook=PLAYBOOK)[0]["state"] == "closed"
