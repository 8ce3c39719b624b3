"""The inbox: what waits for whom, deciding it once, and what is signed by the phone's own key."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.testclient import TestClient

from authenticators import Authenticator, b64
from commonweal import staffing
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments.model_registration import crossing_story
from commonweal.instruments.model_registration.crossing import DESK, PLAYBOOK, RUN
from commonweal.kernel import persons, protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, canonical, instant, stamp
from commonweal.settings import Settings

from .people import Device, fields_of, sign_in


class Office:
    """The demonstration's case as it waits for an approval, and browsers to decide it with."""

    def __init__(self, authority: Authority, approval: dict[str, Any]) -> None:
        self.authority, self.approval = authority, approval
        self.browsers: list[TestClient] = []

    def browser(self) -> TestClient:
        self.browsers.append(TestClient(app(self.authority), base_url="https://office.example", follow_redirects=False))
        return self.browsers[-1]

    def person(self, party: str, organisation: str = "authority", roles: tuple[str, ...] = ("officer",)) -> TestClient:
        browser = self.browser()
        key = self.authority.access.issue_key(party, roles, ("file", "read"), organisation=organisation)
        assert sign_in(browser, key).status_code == 303
        return browser

    def phone(
        self, party: str, organisation: str = "authority", roles: tuple[str, ...] = ("officer",)
    ) -> tuple[TestClient, Device]:
        browser, device = self.browser(), Device.new()
        ends = datetime.now(UTC) + timedelta(days=1)
        code = self.authority.access.invite(party, roles, ("file", "read"), ends, organisation=organisation)
        page = browser.get("/enrol")
        sent = browser.post("/enrol", data={**fields_of(page.text), "code": code, "public_key": device.public})
        assert sent.status_code == 303
        return browser, device

    @property
    def row(self) -> dict[str, Any]:
        self.authority.follow()
        return protocols.cases(self.authority.reader, subject=RUN, playbook=PLAYBOOK)[0]

    @property
    def path(self) -> str:
        return f"/inbox/{self.approval['case'].partition(':')[2]}/{self.approval['step']}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    start = instant("2025-03-01T00:00:00Z")
    clock = ReplayClock(start)
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    with Authority.create(tmp_path / "office", settings, clock=clock) as authority:
        for when, who, given in crossing_story():
            clock.set(when)
            authority.tick(when)
            act = given(authority.reader) if callable(given) else given
            if act.kind == "approval.given":
                made = Office(authority, dict(act.body))
                yield made
                for browser in made.browsers:
                    browser.close()
                return
            authority.act(act, Caller(*who))
            authority.follow()
    raise AssertionError("the story has no approval")


def form_of(page: str, decision: str = "approve", said: str = "") -> dict[str, str]:
    number = next(n for n in range(6) if "key" in fields_of(page, n))
    return {**fields_of(page, number), "decision": decision, "statement": said}


def signed(page: str, device: Device, form: dict[str, str], **changed: str) -> dict[str, str]:
    """What `sign.js` adds: the text of the envelope, and the phone's signature over it."""
    about = json.loads(unescape(attribute(page, "data-about")))
    statement = sha256(form["statement"].encode()).hexdigest() if form["statement"] else ""
    at = attribute(page, "data-now")[:19] + "Z"
    body = {**about, "decision": form["decision"], "role": form["role"], "statement": statement, "at": at,
            "nonce": "n" * 24, **changed}  # fmt: skip
    text = f"commonweal/approval/v1\n{canonical(body).decode()}\n"
    return {**form, "signed_text": text, "signature": device.signed(text)}


def attribute(page: str, name: str) -> str:
    found = re.search(f'{name}="([^"]*)"', page)
    assert found
    return found[1]


def test_what_waits_is_shown_to_whom_it_concerns_and_to_nobody_else(office: Office) -> None:
    browser = office.person("party:somebody")
    page = browser.get("/inbox").text
    assert office.path in page
    assert "to approve" in page
    assert office.path in browser.get("/zh/inbox").text
    stranger = office.person("party:lab", roles=("developer",))
    assert "Nothing waits for you." in stranger.get("/inbox").text
    assert stranger.get(office.path).status_code == 403
    assert office.browser().get(office.path).headers["location"].startswith("/sign-in?next=%2Finbox")
    checker = office.person(DESK[0])
    assert "another person decides" in checker.get(office.path).text


def test_before_deciding_one_reads_basis_deadline_and_who_has_decided(office: Office) -> None:
    page = office.person("party:somebody").get(office.path).text
    for words in ("Legal basis", "Why it is proportionate", "0 of 1 given", "Your decision", "Approve", "Refuse"):
        assert words in page, words


def test_an_approval_is_recorded_once_however_often_the_form_is_sent(office: Office) -> None:
    browser = office.person("party:somebody")
    form = form_of(browser.get(office.path).text, said="Checked against the annex.")
    first = browser.post(office.path, data=form)
    size = office.authority.store.size()
    again = browser.post(office.path, data=form)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert office.authority.store.size() == size
    assert office.row["state"] == "closed"
    assert "Your approval is recorded." in browser.get(first.headers["location"]).text


def test_what_was_decided_meanwhile_is_told_plainly(office: Office) -> None:
    slow, quick = office.person("party:slow"), office.person("party:quick")
    form = form_of(slow.get(office.path).text)
    quick.post(office.path, data=form_of(quick.get(office.path).text, "refuse"))
    size = office.authority.store.size()
    answer = slow.post(office.path, data=form)
    assert answer.status_code == 409
    assert "It was decided meanwhile; nothing was recorded of this form." in answer.text
    assert office.authority.store.size() == size
    assert slow.get(office.path).status_code == 200, "and the page of the step leads on to the case"


def test_a_phone_signs_with_the_key_that_it_made_and_the_record_holds_the_envelope(office: Office) -> None:
    browser, device = office.phone("party:jane")
    page = browser.get(office.path).text
    assert attribute(page, "data-keyid") == device.keyid
    form = signed(page, device, form_of(page, said="Line one\nline two"))
    answer = browser.post(office.path, data=form)
    assert answer.status_code == 303, answer.text
    index = int(answer.headers["location"].rpartition("=")[2])
    entry = office.authority.entry(index)
    assert device.keyid in entry.body["envelope"]
    assert office.row["state"] == "closed"
    case = protocols.case(office.authority.reader, office.approval["case"])
    assert any(getattr(item, "index", None) == index for item in case.timeline)


def test_who_approves_nothing_is_offered_no_key_and_told_of_no_signature(office: Office) -> None:
    """A button that can only be refused, beside a claim that decisions are signed, misleads whoever comes first."""
    browser, _ = office.phone("party:rep", "acme", ("reporter",))
    page = browser.get("/inbox").text
    assert "Register it" not in page
    assert "signed" not in page.replace("signed in", "")
    assert browser.post("/inbox/key", data=fields_of(browser.get("/account").text)).status_code == 403


@pytest.mark.parametrize(
    "changed", [{"decision": "refuse"}, {"organisation": "court"}, {"statement": "0" * 64}, {"case": "case:other"}]
)
def test_what_was_signed_must_be_what_is_sent(office: Office, changed: dict[str, str]) -> None:
    browser, device = office.phone("party:jane")
    page = browser.get(office.path).text
    size = office.authority.store.size()
    answer = browser.post(office.path, data=signed(page, device, form_of(page), **changed))
    assert answer.status_code == 422
    assert "It was not recorded" in answer.text
    assert office.authority.store.size() == size


def test_another_devices_signature_counts_for_nothing(office: Office) -> None:
    browser, _ = office.phone("party:jane")
    page = browser.get(office.path).text
    answer = browser.post(office.path, data=signed(page, Device.new(), form_of(page)))
    assert answer.status_code == 422
    assert office.row["state"] == "open"


def test_a_key_that_was_given_up_opens_nothing(office: Office) -> None:
    browser, device = office.phone("party:jane")
    account = browser.get("/account").text
    forms = [fields_of(account, n) for n in range(3)]
    assert browser.post("/inbox/key/withdraw", data=forms[1]).status_code == 303
    assert browser.get("/inbox").status_code == 303
    assert protocols.approvers(office.authority.reader, party="party:jane") == []
    assert office.authority.access.public_key(device.keyid) is None


def test_a_form_of_another_person_or_page_is_refused(office: Office) -> None:
    mine, theirs = office.person("party:mine"), office.person("party:theirs")
    form = form_of(theirs.get(office.path).text)
    assert mine.post(office.path, data=form).status_code == 403
    assert mine.post(office.path, data={**form_of(mine.get(office.path).text), "key": "../x"}).status_code == 422
    assert office.row["state"] == "open"


def test_a_reading_key_decides_nothing(office: Office) -> None:
    browser = office.browser()
    key = office.authority.access.issue_key("party:reader", ("officer",), ("read",), organisation="authority")
    sign_in(browser, key)
    page = browser.get(office.path).text
    assert "may read, but not file" in page
    assert "Your decision" not in page


def test_who_was_recovered_is_told_by_whom_in_both_languages(office: Office) -> None:
    for name, role in (("mo", "officer"), ("li", "authority"), ("wu", "authority")):
        body = {"person": f"person:{name}", "party": f"party:{name}", "name": name, "organisation": "authority",
                "roles": [role]}  # fmt: skip
        staffing.record(office.authority, persons.JOINED.id, body)
    first, second = (Caller(f"party:{one}", ("authority",), "authority") for one in ("li", "wu"))
    ends = office.authority.house().now + timedelta(days=1)
    ask = {"person": "person:mo", "until": stamp(ends)}
    asked = office.authority.act(Act(persons.RECOVERY_ASKED.id, ask, ""), first).index
    office.authority.follow()
    confirm = {"person": "person:mo", "recovery": asked}
    staffing.record(office.authority, persons.RECOVERY_CONFIRMED.id, confirm, second)
    found = staffing.member(office.authority, "person:mo")
    until = datetime.now(UTC) + timedelta(days=1)
    code, other_half = (staffing.invite(office.authority, found, until, one) for one in (second, first))
    browser = office.browser()
    assert sign_in(browser, office.authority.access.accept(code, second=other_half)[1]).status_code == 303
    page = browser.get("/inbox").text
    assert f"li asked for it (entry {asked}) and wu confirmed it" in page, "who is to judge it is told names"
    assert "person:" not in page.partition("was recovered")[2][:300]
    assert f"li 提出申请（条目 {asked}）" in browser.get("/zh/inbox").text
    other = office.person("party:li", roles=("authority",))
    assert "was recovered" not in other.get("/inbox").text


def test_an_approval_signed_with_a_passkey_is_checked_by_whoever_has_the_record(office: Office) -> None:
    """The challenge is the SHA-256 of the approval's text; a stranger checks it with P-256 and SHA-256 alone."""
    browser = office.person("party:mo")
    key, other = (Authenticator("https://office.example", "office.example") for _ in range(2))
    assert passkey_made(browser, key).status_code == 303
    office.authority.follow()
    assert passkey_made(office.person("party:wu"), other).status_code == 303
    page = browser.get(office.path).text
    allowed = json.loads(unescape(attribute(page, "data-passkeys")))
    assert allowed["allowCredentials"] == [{"type": "public-key", "id": b64(key.credential)}]
    form, size = form_of(page, said="seen and agreed"), office.authority.store.size()
    for device, changed, status in (
        (key, {"origin": "https://evil.example"}, 422),
        (other, {}, 403),
        (Authenticator("https://office.example", "office.example", credential=key.credential, count=50), {}, 422),
    ):
        assert browser.post(office.path, data=by_passkey(page, form, device, **changed)).status_code == status
    refusing = by_passkey(page, {**form, "decision": "refuse"}, key)
    assert browser.post(office.path, data={**refusing, "decision": "approve"}).status_code == 422
    assert office.authority.store.size() == size
    sent = by_passkey(page, form, key)
    done = browser.post(office.path, data=sent)
    assert done.status_code == 303, done.text
    assert browser.post(office.path, data=sent).headers["location"] == done.headers["location"], "sent twice, one act"
    entry = office.authority.entry(int(done.headers["location"].rpartition("=")[2]))
    text, _, line = entry.body["envelope"].partition("\n\n")
    value = base64.b64decode(line.split(" ")[2])[4:]
    length = int.from_bytes(value[:2], "big")
    data, rest = value[2 : 2 + length], value[2 + length :]
    client, signature = rest[2 : 2 + int.from_bytes(rest[:2], "big")], rest[2 + int.from_bytes(rest[:2], "big") :]
    assert json.loads(client)["challenge"] == b64(sha256(text.encode() + b"\n").digest())
    key.private.public_key().verify(signature, data + sha256(client).digest(), ec.ECDSA(SHA256()))
    voices = [one for one in office.row["steps"] if one["step"] == office.approval["step"]]
    assert voices == [] or voices[0]["waiting_for"]["given"] == 1


def passkey_made(browser: TestClient, device: Authenticator) -> Any:
    page = browser.get("/account/passkeys").text
    challenge = json.loads(unescape(attribute(page, "data-options")))["challenge"]
    client, attestation = device.made(base64.urlsafe_b64decode(challenge + "=="))
    form = next(form for n in range(9) if "challenge" in (form := fields_of(page, n)))
    return browser.post("/account/passkeys", data={**form, "client": b64(client), "attestation": b64(attestation)})


def by_passkey(page: str, form: dict[str, str], device: Authenticator, **changed: str) -> dict[str, str]:
    """What `sign.js` adds where a passkey signs: the text, and an assertion whose challenge is its digest."""
    sent = signed(page, Device.new(), form)
    del sent["signature"]
    challenge = sha256(sent["signed_text"].encode()).digest()
    return {**sent, "passkey": b64(device.credential), "assertion": device.sent(challenge, **changed)}
