"""The People pages: what one administrator does alone, what takes two, and that every act is the same as elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal import staffing
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.api import Limits
from commonweal.doors.api import app as api
from commonweal.doors.portal import app
from commonweal.kernel import persons
from commonweal.kernel.values import Text
from commonweal.settings import Settings

from .people import fields_of, sign_in


class Office:
    """An authority with two administrators and an officer, and a browser for each."""

    def __init__(self, authority: Authority) -> None:
        self.authority, self.portal, self.numbers = authority, app(authority), dict[str, str]()
        self.keys: dict[str, str] = {}

    def joined(self, name: str, *roles: str) -> None:
        number = self.numbers[name] = f"person:{name}"
        body = {"person": number, "party": f"party:{name}", "name": name.title(), "organisation": "authority",
                "roles": list(roles)}  # fmt: skip
        staffing.record(self.authority, persons.JOINED.id, body)
        self.keys[name] = self.authority.access.issue_key(f"party:{name}", roles, ("file", "read"))

    def browser(self, name: str) -> TestClient:
        found = TestClient(self.portal, base_url="https://office.example", follow_redirects=False)
        assert sign_in(found, self.keys[name]).status_code == 303
        return found

    def roles(self, number: str) -> tuple[str, ...]:
        self.authority.follow()
        return staffing.member(self.authority, number).standing.roles


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("people") / "office"
    settings = Settings(Text(en="Office", zh="办公室"), "people.example/log", datetime.now(UTC))
    with Authority.create(folder, settings, installed={}) as authority:
        made = Office(authority)
        for name, role in (("li", "authority"), ("wu", "authority"), ("ann", "officer"), ("ben", "observer")):
            made.joined(name, role)
        yield made


def form_of(page: str) -> dict[str, str]:
    """The fields of the form that a page is about (checkboxes as they stand unchecked left out)."""
    number = next(n for n in range(6) if "key" in fields_of(page, n))
    found = fields_of(page, number)
    return {name: value for name, value in found.items() if name in ("token", "key", "person", "entry")}


def sent(browser: TestClient, path: str, **given: object) -> tuple[int, str]:
    """A form filled in, looked at once more and recorded: the status of the last answer, and its page or address."""
    page = browser.get(path)
    assert page.status_code == 200, page.text
    address = path.partition("?")[0]
    seen = browser.post(address, data={**form_of(page.text), **given})
    if seen.status_code != 200 or "confirmed" not in seen.text:
        return seen.status_code, unescape(seen.text)
    done = browser.post(address, data={**form_of(seen.text), **given, "confirmed": "yes"})
    return done.status_code, done.headers.get("location", unescape(done.text))


JANE = {"name": "Jane Doe", "party": "party:jane", "organisation": "authority", "roles": ["officer"], "since": "",
        "until": "2199-01-01", "note": ""}  # fmt: skip


def test_an_administrator_records_who_joins_and_is_shown_their_link_once(office: Office) -> None:
    li = office.browser("li")
    assert "Jane Doe" not in li.get("/people").text
    status, onward = sent(li, "/people/join", **JANE)
    assert status == 303, re.findall('class="notice error.*?</div>', onward, re.S)
    page = li.get(onward).text
    assert "Jane Doe" in page
    path = onward.partition("?")[0]
    number = "person:" + path.rpartition("/")[2]
    assert office.roles(number) == ("officer",)
    assert f"{path}/invite" in page
    assert f"{path}/recover" not in page
    form = form_of(li.get(f"{path}/invite").text)
    shown = li.post(f"{path}/invite", data=form)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    code = re.search(r"https://office\.example/enrol#([\w.\-]+)", shown.text)
    assert code
    assert code[1] not in li.get(path).text
    with pytest.raises(persons.HalfACode):  # li alone recorded her; wu gives the other half
        office.authority.access.accept(code[1])
    wu = Caller("party:wu", ("authority",), "authority")
    other = staffing.invite(
        office.authority, staffing.member(office.authority, number), datetime.now(UTC) + timedelta(days=1), wu
    )
    token = office.authority.access.accept(code[1], second=other)[1]
    holder = office.authority.access.caller_of(token)
    assert holder is not None
    assert (holder.party, holder.roles) == ("party:jane", ("officer",))
    refused = li.post(f"{path}/invite", data=form)
    assert refused.status_code == 409
    assert "enrol#" not in refused.text
    names = [(line.read.party, line.read.fields) for line in office.authority.reads.found(party="party:li", limit=50)]
    assert {("party:li", ("name",)), ("party:li", ("party",))} <= set(names)


def test_every_fault_is_named_at_its_question_and_nothing_is_recorded(office: Office) -> None:
    li, size = office.browser("li"), office.authority.store.size()
    status, page = sent(li, "/people/join", **{**JANE, "name": "", "roles": [], "until": "soon"})
    assert status == 422
    for address in ("#f-name", "#f-roles", "#f-until"):
        assert f'href="{address}"' in page
    status, page = sent(li, "/people/join", **{**JANE, "party": "party:x", "roles": ["officer", "auditor"]})
    assert status == 422
    assert "only one of officer, auditor" in page
    status, page = sent(li, "/people/join", **{**JANE, "party": "Li Wei!!", "organisation": "Authority!!", "roles": []})
    assert status == 422
    for address in ("#f-party", "#f-organisation", "#f-roles"):
        assert f'href="{address}"' in page, "what is missing hides nothing else that is wrong"
    assert "[a-z" not in page
    assert office.authority.store.size() == size


def test_who_works_here_already_is_said_by_name_and_since_when(office: Office) -> None:
    """Not by a number, nor by an instant as a program writes it."""
    for prefix, words in (
        ("", "Ann – somebody who does not work here yet; they do since"),
        ("/zh", "尚未在此任职的人员"),
    ):
        status, page = sent(office.browser("li"), f"{prefix}/people/join", **{**JANE, "party": "party:ann"})
        assert status == 422
        assert words in page
        assert not re.search(r"\d{4}-\d\d-\d\dT|person:ann", page.partition('<form class="stack')[0])


def test_roles_that_exclude_each_other_are_told_with_the_reason_on_a_chinese_page_too(office: Office) -> None:
    """Whoever reads only Chinese learns which two, why, and on what citation, and no English sentence."""
    status, page = sent(office.browser("li"), "/zh/people/join", **{**JANE, "roles": ["authority", "auditor"]})
    assert status == 422
    told = "管理员、审计人员：同一人只能担任其中之一，审计人员不得决定由谁对受审计事项作出决定（ISO 19011:2018, 4(e)）"
    assert told in page
    assert "only one of" not in page


def test_a_body_that_is_on_no_register_is_said_not_to_be(office: Office) -> None:
    """Before it is recorded and after: what it owes is shown to nobody, so a slip in its name is seen here."""
    li, given = office.browser("li"), {**JANE, "name": "Kim", "party": "party:kim", "organisation": "organisation:acme"}
    seen = li.post("/people/join", data={**form_of(li.get("/people/join").text), **given})
    assert "organisation:acme (not on the register)" in seen.text
    status, onward = sent(li, "/people/join", **given)
    assert status == 303
    assert "organisation:acme (not on the register)" in li.get("/people").text
    assert "organisation:acme（未登记）" in li.get("/zh" + onward).text
    assert "authority (not on the register)" not in li.get("/people").text


def test_an_administrator_is_appointed_by_two_and_never_by_one(office: Office) -> None:
    li, wu, given = office.browser("li"), office.browser("wu"), {**JANE, "name": "Cho", "party": "party:cho"}
    given["roles"] = ["authority", "officer"]
    page = li.get("/people/join")
    seen = li.post("/people/join", data={**form_of(page.text), **given})
    assert "appointed by two" in seen.text
    done = li.post("/people/join", data={**form_of(seen.text), **given, "confirmed": "yes"})
    assert done.headers["location"].startswith("/people?said=appointed")
    assert persons.person_of(office.authority.reader, "party:cho") is None
    mine, theirs = li.get("/people").text, wu.get("/people").text
    assert "Cho" in mine
    assert "confirm-appointment" not in mine
    assert "No reason was given." in theirs
    link = re.search(r'href="(/people/[^"]*/confirm-appointment\?entry=\d+)"', theirs)
    assert link
    status, page = sent(li, link[1])
    assert status == 403
    assert "another administrator confirms it" in page
    status, onward = sent(wu, link[1], note="agreed")
    assert status == 303
    assert office.roles("party:cho") == ("authority", "officer")
    assert "/invite" in wu.get(onward).text


def test_who_confirms_an_appointment_reads_under_which_party_and_why(office: Office) -> None:
    """The party is for good, so whoever is asked to confirm it reads it first, and the reason of who asked."""
    li, wu = office.browser("li"), office.browser("wu")
    given = {**JANE, "name": "Kim", "party": "party:kim", "roles": ["authority"], "note": "She follows Wu in May."}
    seen = li.post("/people/join", data={**form_of(li.get("/people/join").text), **given})
    li.post("/people/join", data={**form_of(seen.text), **given, "confirmed": "yes"})
    link = re.search(r'href="(/people/[^"]*/confirm-appointment\?entry=\d+)"[^<]*>Kim', wu.get("/people").text)
    assert link
    page = wu.get(link[1]).text
    assert "<code>party:kim</code>" in page
    assert "She follows Wu in May." in page
    assert "理由" in wu.get("/zh" + link[1]).text


def test_one_administrator_alone_makes_no_second_one_in_any_other_way(office: Office) -> None:
    """A lone administrator could else join a puppet, lend it a colleague's role, and be two with it."""
    li = office.browser("li")
    status, page = sent(li, "/people/wu/delegate", to="party:ben", roles="authority", until="2199-01-01")
    assert status == 403
    assert "lends it themselves" in page
    status, page = sent(li, "/people/li/move", organisation="authority", roles=["officer"])
    assert status == 403
    assert "nobody gives roles to themselves" in page


def test_two_administrators_let_in_anew_who_lost_their_device(office: Office) -> None:
    li, wu = office.browser("li"), office.browser("wu")
    page = li.get("/people/ann").text
    assert "/people/ann/recover" in page
    assert "/people/ann/invite" not in page
    status, onward = sent(li, "/people/ann/recover", note="she called, and we met")
    assert status == 303
    assert "confirm-recovery" not in li.get(onward).text
    link = re.search(r'href="(/people/ann/confirm-recovery\?entry=\d+)"', wu.get("/people").text)
    assert link
    assert office.authority.access.caller_of(office.keys["ann"]) is not None
    status, onward = sent(wu, link[1], note="I met her too")
    assert status == 303
    assert office.authority.access.caller_of(office.keys["ann"]) is None
    assert "/people/ann/invite" in wu.get(onward).text


def test_a_recovery_confirmed_over_the_api_ends_with_an_invitation_that_works(office: Office) -> None:
    with TestClient(api(office.authority, limits=Limits(address_per_s=1e6, address_burst=1e6))) as client:

        def by(name: str) -> dict[str, str]:
            return {"Authorization": f"Bearer {office.keys[name]}"}

        until = (datetime.now(UTC) + persons.OPEN_MAX).strftime("%Y-%m-%dT%H:%M:%SZ")
        ask = {"person": "person:ben", "until": until}
        entry = client.post("/api/v1/filings/person.recovery_asked", json=ask, headers=by("li")).json()["index"]
        early = client.post("/api/v1/persons/party:ben/invitation", headers=by("wu"))
        assert early.status_code == 409
        assert client.post("/api/v1/persons/party:ben/invitation", headers=by("ben")).status_code == 403
        assert client.post("/api/v1/persons/party:nobody/invitation", headers=by("li")).status_code == 404
        done = {"person": "person:ben", "recovery": entry}
        assert client.post("/api/v1/filings/person.recovery_confirmed", json=done, headers=by("wu")).status_code == 201
        code = client.post("/api/v1/persons/party:ben/invitation", headers=by("wu"))
        assert code.status_code == 201, code.text
        assert code.headers["cache-control"] == "no-store"
        other = client.post("/api/v1/persons/party:ben/invitation", headers=by("li"))
        assert (code.json()["half"], other.json()["half"]) == (True, True)
    token = office.authority.access.accept(code.json()["code"], second=other.json()["code"])[1]
    assert office.authority.access.caller_of(office.keys["ben"]) is None
    holder = office.authority.access.caller_of(token)
    assert holder is not None
    assert holder.roles == ("observer",)


def test_others_see_their_own_page_alone_and_lend_their_own_roles(office: Office) -> None:
    office.joined("dan", "officer")
    office.joined("eve", "observer")
    dan = office.browser("dan")
    assert dan.get("/people").status_code == 403
    assert dan.get("/people/eve").status_code == 403
    assert dan.get("/people/dan/move").status_code == 403
    assert "/people/dan" in dan.get("/account").text
    assert dan.get("/zh/people/dan").status_code == 200
    lent = {"roles": ["officer"], "until": "2199-01-01"}
    status, _page = sent(dan, "/people/dan/delegate", to="party:nobody", **lent)
    assert status == 422
    status, onward = sent(dan, "/people/dan/delegate", to="party:eve", **lent)
    assert status == 303
    assert office.roles("person:eve") == ("observer", "officer")
    revoke = re.search(r'href="(/people/dan/revoke\?entry=\d+)"', dan.get("/people/dan").text)
    assert revoke is None, "who lent all they hold opens nothing: an administrator takes it back"
    assert onward == "/sign-in?said=lent"
    assert "the roles are lent" in dan.get(onward).text
    refused = sign_in(TestClient(office.portal, base_url="https://office.example"), office.keys["dan"])
    assert refused.status_code == 403
    assert "You lent all that you hold until 1 January 2199" in unescape(refused.text), "a right key is called right"
    assert "unknown, wrong" not in refused.text
    wrong = sign_in(TestClient(office.portal, base_url="https://office.example"), office.keys["dan"] + "x")
    assert "unknown, wrong" in wrong.text, "whoever guesses learns nothing of it"
