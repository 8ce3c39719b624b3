"""Filing by a form, and coming back: what a browser without scripts does, and what hostile hands send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app, forms
from commonweal.doors.portal.paces import network
from commonweal.forms import party_of
from commonweal.instruments import Installed, discover
from commonweal.kernel import registry
from commonweal.kernel.disclosure import read_leaf
from commonweal.kernel.instrument import Instrument
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.networks import Senders
from commonweal.pacing import Refused
from commonweal.settings import Settings
from fairs import FAIR, FORM

from .people import sign_in

SETTINGS = Settings(Text(en="Office", zh="办公室"), "office.example/log", datetime(2026, 1, 1, tzinfo=UTC))
SITE = "https://office.example"
UNLIKE = {"author": "", "payload_sha256": ""}


class Browser:
    """A browser without scripts: it sends the forms of the page that it stands on."""

    def __init__(self, client: TestClient) -> None:
        self.client, self.page, self.url, self.status = client, "", "", 0

    def go(self, path: str) -> Browser:
        return self._at(self.client.get(path))

    def send(self, action: str, **given: Any) -> Browser:
        """Send the form of this page whose action ends so, as it stands but for what is given (lists are repeated)."""
        form = next(
            found for found in re.findall(r"<form[^>]*>.*?</form>", self.page, re.DOTALL)
            if re.search(f'action="[^"]*{re.escape(action)}"', found)
        )  # fmt: skip
        target = re.search(r'action="([^"]*)"', form)
        assert target
        data = {**fields_in(form), **{name.replace("__", "."): value for name, value in given.items()}}
        return self._at(self.client.post(unescape(target[1]), data=data))

    def fill(self, **given: Any) -> Browser:
        """Fill in questions of this page (`a__b` stands for `a.b`) and go on."""
        return self.send(
            self.url.partition("?")[0], go="next", **{f"q__{name}": value for name, value in given.items()}
        )

    def _at(self, response: Any) -> Browser:
        for _ in range(5):
            if response.status_code != 303:
                break
            response = self.client.get(response.headers["location"])
        self.page, self.status = response.text, response.status_code
        self.url = str(response.url).removeprefix(SITE).partition("#")[0]
        return self

    @property
    def words(self) -> str:
        return unescape(re.sub(r"<[^>]+>", " ", self.page))


def fields_in(form: str) -> dict[str, Any]:
    """What a form would send as it stands, without the button that is pressed."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        held = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if held.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        found.setdefault(held["name"], []).append(held.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(text)]
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = [chosen[1] if chosen else ""]
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Installed]:
    folder = tmp_path_factory.mktemp("fairs")
    (folder / "forms").mkdir()
    (folder / "forms" / "fair.toml").write_text(FORM, "utf-8")
    fairs = Instrument("fairs", Text(en="Fairs", zh="集市"), Text(en="Fairs.", zh="集市。"), kinds=(FAIR,))
    return {**discover(), "fairs": Installed(fairs, folder)}


@pytest.fixture
def office(tmp_path: Path, installed: dict[str, Installed]) -> Iterator[Authority]:
    with Authority.create(tmp_path / "office", SETTINGS, installed=installed) as authority:
        yield authority


@pytest.fixture
def browser(office: Authority) -> Iterator[Browser]:
    with TestClient(app(office), base_url=SITE, follow_redirects=False) as client:
        yield Browser(client)


def began(browser: Browser, form: str = "fair") -> Browser:
    return browser.go(f"/forms/{form}").send(f"/forms/{form}")


def to_check(browser: Browser, what: str = "It rained.") -> Browser:
    began(browser).fill(sort="market").fill(what=what).fill()
    assert browser.url.endswith("/check"), browser.words
    return browser


def reported(browser: Browser) -> str:
    """File an incident report without a key; gives the return code."""
    began(browser, "incident").fill(category="concern").fill(reporter="public")
    browser.fill(title="A chatbot urged self-harm", what_happened="It told my child how.")
    while not browser.url.endswith("/check"):
        browser.fill()
    browser.send("/file")
    return code_on(browser)


def code_on(browser: Browser) -> str:
    found = re.search(r'class="return-code"><code>([^<]+)<', browser.page)
    assert found, browser.words
    return found[1]


def filings(office: Authority, noun: str = "fair") -> list[dict[str, Any]]:
    office.follow()
    return registry.subjects(office.reader, noun)


# ── the way through ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stranger_files_and_gets_a_receipt_with_a_return_code(office: Authority, browser: Browser) -> None:
    to_check(browser)
    assert "It rained." in browser.page
    browser.send("/file")
    code = code_on(browser)
    [row] = filings(office)
    assert row["author"] == party_of(code)
    assert row["body"]["what"] == "It rained."
    assert row["body"]["fictitious"] is True
    assert row["name"] in browser.page
    assert re.fullmatch(r"F-\d{4}-[0-9A-Z]{8}", row["name"])
    [kept] = re.findall(r'"(/forms/fair/[^"]*/receipt\.json)"', browser.page)
    assert browser.client.get(kept).json() == browser.client.get(f"/record/{row['entry']}.receipt.json").json()
    public = browser.client.get(f"/record/{row['entry']}.json").text
    assert not any(text in public for text in ("It rained", party_of(code), code))


def test_who_filed_has_the_receipt_before_the_entry_is_published_and_others_have_it_then(
    tmp_path: Path, installed: dict[str, Installed]
) -> None:
    clock = ReplayClock(instant("2026-03-01T09:20:00Z"))
    hourly = replace(SETTINGS, published_every=60)
    with (
        Authority.create(tmp_path / "hourly", hourly, installed=installed, clock=clock) as authority,
        TestClient(app(authority), base_url=SITE, follow_redirects=False) as client,
        TestClient(app(authority), base_url=SITE, follow_redirects=False) as stranger,
    ):
        assert "every 60 minutes" in client.get("/forms/fair").text
        browser = Browser(client)
        to_check(browser)
        browser.send("/file")
        [row] = filings(authority)
        [kept] = re.findall(r'"(/forms/fair/[^"]*/receipt\.json)"', browser.page)
        assert "with the next batch" in browser.page
        assert client.get(kept).json()["index"] == row["entry"]
        entry = f"/record/{row['entry']}"
        assert [stranger.get(path).status_code for path in (kept, entry, f"{entry}.receipt.json")] == [404] * 3
        clock.set(instant("2026-03-01T10:00:00Z"))
        assert [stranger.get(path).status_code for path in (kept, entry, f"{entry}.receipt.json")] == [404, 200, 200]


def test_between_two_batches_the_page_of_a_subject_shows_the_version_that_is_published(tmp_path: Path) -> None:
    """It answered 500 to every stranger after a correction, and the link to the new entry called itself mistyped."""
    clock = ReplayClock(instant("2026-03-01T09:20:00Z"))
    with (
        Authority.create(tmp_path / "hourly", replace(SETTINGS, published_every=60), clock=clock) as authority,
        TestClient(app(authority), base_url=SITE, follow_redirects=False) as stranger,
    ):
        lab = Caller("party:lab", ("developer",))
        body = {"name": "Example Lab", "countries": ["DE"]}
        authority.act(Act("model_registration.organisation", body, "1"), lab)
        clock.set(instant("2026-03-01T10:00:00Z"))
        newest = authority.act(Act("model_registration.organisation", {**body, "countries": ["CN"]}, "2"), lab).index
        authority.follow()
        page = stranger.get("/subjects/organisation:example-lab")
        assert page.status_code == 200
        assert "Example Lab" in page.text
        later = [stranger.get(f"/record/{number}") for number in (newest, newest + 50)]
        assert [one.status_code for one in later] == [404, 404]
        for one in later:
            assert "next at" in one.text
            assert "11:00" in one.text, "alike for what is recorded and for what is not"


def test_the_page_of_a_fresh_publication_says_when_its_entry_is_public_and_no_number_before(tmp_path: Path) -> None:
    """Its link led nowhere for an hour, and whoever checked the source took it for false; and two such numbers told
    how many entries came in between."""
    clock = ReplayClock(instant("2026-03-01T09:20:00Z"))
    hourly = replace(SETTINGS, published_every=60)
    with (
        Authority.create(tmp_path / "hourly", hourly, clock=clock) as authority,
        TestClient(app(authority), base_url=SITE, follow_redirects=False) as stranger,
        TestClient(app(authority), base_url=SITE, follow_redirects=False) as officer,
    ):
        said = {"name": "I 1", "category": "concern", "title": "T", "published_on": "2026-03-01"}
        authority.act(
            Act("incident_reports.incident", {name: said[name] for name in ("name", "category", "title")}, "1")
        )
        index = authority.act(Act("incident_reports.publication", {**said, "incident": "incident:i-1"}, "2")).index
        authority.follow()
        sign_in(officer, authority.access.issue_key("party:o", ("officer",), ("file", "read")))
        link, page = f'href="/record/{index}"', "/incidents/i-1"
        assert link in officer.get(page).text
        fresh = stranger.get(page).text
        assert "in the public record from 1 March 2026 10:00 UTC" in fresh
        assert str(index) not in re.sub(r"<[^>]*>", " ", fresh.split("<main")[1].split("</main>")[0])
        assert "将于2026年3月1日 10:00 UTC列入公开记录" in stranger.get("/zh" + page).text
        clock.set(instant("2026-03-01T10:00:00Z"))
        assert link in stranger.get(page).text


def test_the_same_form_sent_twice_is_one_act_with_one_receipt(office: Authority, browser: Browser) -> None:
    to_check(browser)
    page, url = browser.page, browser.url
    code = code_on(browser.send("/file"))
    browser.page, browser.url = page, url
    assert code_on(browser.send("/file")) == code
    assert len(filings(office)) == 1


def test_filed_but_not_noted_it_is_found_again_and_not_filed_twice(
    office: Authority, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died between the act and the note of it in the draft; the same page is sent again, changed even."""
    to_check(browser)
    page, url = browser.page, browser.url
    with monkeypatch.context() as broken:
        broken.setattr(Authority, "follow", lambda *_: (_ for _ in ()).throw(RuntimeError("died")))
        assert browser.send("/file").status == 500
    draft = url.removesuffix("/check")
    browser.go(f"{draft}/what").fill(what="It hailed.")
    browser.go(f"{draft}/check").send("/file")
    [row] = filings(office)
    assert (row["body"]["what"], row["author"]) == ("It rained.", party_of(code_on(browser)))
    assert page


def test_no_two_buttons_of_a_page_have_one_name(browser: Browser) -> None:
    """What Enter presses comes first and is nobody's to find: who reads by names, as programs do, finds one of each."""
    began(browser)
    buttons = re.findall(r"<button([^>]*)>(.*?)</button>", browser.page, re.DOTALL)
    names = [re.sub(r"<[^>]+>", "", words).strip() for _, words in buttons]
    assert names.count("Save and go on") == 1
    entered, words = next(one for one in buttons if 'value="next"' in one[0])
    assert (words, 'aria-hidden="true"' in entered, 'tabindex="-1"' in entered) == ("", True, True)


def test_only_what_the_answers_call_for_is_asked(browser: Browser) -> None:
    began(browser).fill(sort="circus").fill(what="A lion.")
    assert browser.url.endswith("/animals")
    browser.fill(animals=["lion"])
    assert browser.status == 422
    assert "How bad was it? Answer this question." in browser.words
    assert re.search(r'value="lion" checked', browser.page), "what was answered is not lost"
    browser.fill(animals=["lion"], harm__degree="grave")
    assert browser.url.endswith("/more")


def test_every_control_without_scripts(office: Authority, browser: Browser) -> None:
    office.act(Act(FAIR.id, {"name": "Old Fair", "sort": "market", "what": "x"}, ""), Caller("party:o", ("officer",)))
    office.follow()
    began(browser).fill(sort="market")
    browser.fill(what="Rain.", occurred__year="2025", occurred__month="7", occurred__about="yes", insured="no")
    browser.send(browser.url, go="find:model", q__model__search="old")
    assert 'value="fair:old-fair"' in browser.page
    browser.send(browser.url, go="add:stalls", q__stalls__0__goods="Pears", q__model__ids="fair:old-fair")
    browser.send(browser.url, go="add:stalls", q__stalls__1__goods="Figs", q__stalls__1__metres="two")
    browser.send(browser.url, go="remove:stalls:2")
    known = {"known_at__day": "30", "known_at__month": "2", "known_at__year": "2025", "known_at__time": "9:30"}
    browser.fill(visitors="1,200", languages="French\nSwahili", **known)
    assert browser.status == 422
    assert "Write the day as a number that this month has." in browser.words
    assert "Stalls, number 2, Length: Write a number" in browser.words
    browser.fill(stalls__1__metres="2", known_at__day="3", known_at__zone="Asia/Tokyo")
    assert browser.url.endswith("/check"), browser.words
    for shown in ("1,200 people", "about July 2025", "Pears", "Old Fair", "Swahili"):
        assert shown in browser.words
    browser.send("/file")
    body = next(row["body"] for row in filings(office) if row["name"] != "Old Fair")
    assert body["occurred"] == "2025-07~"
    assert body["known_at"] == "2025-02-03T09:30:00+09:00"
    assert body["stalls"] == [{"goods": "Pears"}, {"goods": "Figs", "metres": 2.0}]
    assert (body["model"], body["visitors"], body["insured"]) == ("fair:old-fair", 1200, False)


def test_what_the_record_refuses_is_said_at_its_question(browser: Browser) -> None:
    to_check(browser)
    browser.go(browser.url.replace("/check", "/more")).fill(
        opened_on__day="1", opened_on__month="1", opened_on__year="2199"
    )
    assert browser.status == 422, "on the page that asks for it, before the last"
    assert "When did it open? This lies in the future." in browser.words
    assert 'href="#q-opened_on"' in browser.page
    assert browser.go(re.sub(r"/more$", "/check", browser.url)).send("/file").status == 422
    assert "/more?back=check#q-opened_on" in browser.page


def test_words_that_another_tab_changed_are_shown_before_they_are_filed(browser: Browser) -> None:
    """An entry is taken out of the record by nothing: nobody files what they were never shown."""
    to_check(browser)
    shown = (browser.page, browser.url)
    browser.go(browser.url.replace("/check", "/more")).fill(visitors="7")
    browser.page, browser.url = shown
    assert browser.send("/file").status == 409
    assert "was changed since this page was shown" in browser.words
    assert browser.send("/file").status == 200, "as it is shown now"


def test_what_two_answers_say_against_each_other_is_said_on_the_first_page_that_knows_both(browser: Browser) -> None:
    """Of one page, and of an earlier one: the link leads to the answer that is at fault, wherever it is asked."""
    began(browser, "incident").fill(category="serious_incident").fill(reporter="public")
    browser.fill(title="Wrong doses", what_happened="The model gave wrong doses.")
    assert browser.url.endswith("/when")
    browser.fill(occurred__year="2025", occurred__month="3", occurred_until__year="2025", occurred_until__month="2")
    assert (browser.status, browser.url.endswith("/when")) == (422, True)
    assert "Until when, if it went on? This lies before its beginning." in browser.words
    browser.fill(occurred_until__month="4")
    browser.go(re.sub(r"/[^/]+$", "/when", browser.url)).fill(
        occurred__day="29", occurred__month="6", occurred__time="2:30", occurred__zone="Europe/Berlin",
        occurred_until__day="29", occurred_until__month="6",
    )  # fmt: skip
    assert browser.status == 200, "it ended on the day on which it began: the hour is not known"
    while not browser.url.endswith("/people"):
        browser.fill()
    browser.fill(affected_min="5", affected_max="3", deaths="4")
    assert browser.status == 422
    assert "At most how many? This is less than the number given as the least." in browser.words
    browser.fill(affected_max="6", deaths="7")
    assert "How many died? This is more than the number given as the most." in browser.words
    browser.fill(deaths="6")
    assert browser.url.endswith("/warning")
    browser.go(re.sub(r"/[^/]+$", "/check", browser.url))
    assert "29 June 2025 2:30 Berlin (UTC+02:00)" in browser.words, "as far from UTC as it was then, and not today"


BAD: dict[str, list[dict[str, str]]] = {
    "text": [{"": "\u202e"}, {"": "x" * 5000}],
    "long_text": [{"": "\x07"}, {"": "x" * 30_000}],
    "lines": [{"": "x" * 9000}],
    "one": [{"": "nothing-of-it"}],
    "several": [{"": "nothing-of-it"}],
    "yes_no": [{"": "perhaps"}],
    "number": [{"": "many"}, {"": "1.5"}, {"": "-1"}, {"": "99999999999999"}, {"": "1e300"}],
    "reference": [{".ids": "model:nobody"}, {".ids": "gar bage"}],
    "day": [{".day": "31", ".month": "2", ".year": "2025"}, {".day": "1", ".month": "1", ".year": "2199"},
            {".year": "x"}],
    "instant": [{".day": "1", ".month": "1", ".year": "2025"}, {".day": "1", ".month": "1", ".year": "2199",
                ".time": "9:30", ".zone": "UTC"}, {".day": "1", ".month": "1", ".year": "2025", ".time": "25:00"}],
    "moment": [{".day": "1", ".year": "2025"}, {".year": "1"}, {".year": "2199"}, {".month": "13", ".year": "2025"}],
}  # fmt: skip
"""Answers of each control that no form can take."""
NAMES_KNOWN = re.compile(r"https?(://)?|U\+[0-9A-F]{4}|\bPDF\b|\bMiB\b|\.[a-z0-9]{2,5}\b")


def summary(browser: Browser) -> list[str]:
    found = re.search(r'class="notice error summary.*?</ul>', browser.page, re.DOTALL)
    items = re.findall(r"<li>(.*?)</li>", found[0]) if found else []
    return [unescape(re.sub(r"<[^>]+>", "", item)) for item in items]


def bad_answers(question: Any) -> Iterator[dict[str, str]]:
    for given in BAD.get(question.control, []):
        yield {f"{question.field}{part}".replace(".", "__"): value for part, value in given.items()}
    for column in question.columns:
        for given in BAD.get(column.control, []):
            yield {f"{question.field}__0__{column.field}": value for value in given.values()}


def test_no_fault_of_the_report_form_is_told_in_english_on_a_chinese_page(
    browser: Browser, office: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every question of the form is answered wrongly in every way, those asked of a provider in China among them."""
    monkeypatch.setattr("commonweal.doors.portal.forms.SAVED_BURST", 10_000)
    form = office.forms["incident"]
    browser.go("/zh/forms/incident").send("/forms/incident")
    given: dict[str, dict[str, Any]] = {
        "what-kind": {"category": "serious_incident"}, "who-you-are": {"reporter": "provider"},
        "what-happened": {"title": "剂量错误", "what_happened": "模型给出了错误剂量。"},
        "where": {"jurisdictions": ["EU", "US-CA", "CN"]}, "which-system": {"developer_named": "实验室"},
    }  # fmt: skip
    told: list[str] = []
    wrong: list[str] = []
    while not browser.url.endswith("/check"):
        url, page = browser.url, next(one for one in form.pages if one.id == browser.url.rpartition("/")[2])
        tried = [answers for question in page.questions for answers in bad_answers(question)]
        for answers in [dict.fromkeys(given.get(page.id, {}), ""), *tried] if page.id in given else tried:
            browser.go(url).fill(**{**given.get(page.id, {}), **answers})
            said = summary(browser)
            told += said
            if browser.status == 422 and not said:
                wrong.append(f"{answers}: nothing said")
            wrong += [line for line in said if re.search(r"[A-Za-z]{2,}", NAMES_KNOWN.sub("", line))]
            browser.go(url)
            cleared = dict.fromkeys(answers, "")
            browser.fill(**{**cleared, **given.get(page.id, {})})
        browser.go(url).fill(**given.get(page.id, {}))
        assert browser.url != url, (url, browser.words)
    assert not wrong
    assert len(told) > 40
    assert [line for line in told if "无法照此接受" in line] == [], "each says what would be right"


def test_the_language_changes_and_the_draft_stays(browser: Browser) -> None:
    began(browser).fill(sort="market")
    browser.send(browser.url, go="language:zh", q__what="半句话")
    assert browser.url.startswith("/zh/forms/fair/")
    assert "半句话" in browser.page
    assert "发生了什么？" in browser.page
    browser.fill(what="")
    assert "请回答此问题" in browser.words
    browser.fill(what="一句话").fill().send("/file")
    assert code_on(browser)


def test_what_is_typed_is_saved_on_the_way_and_an_older_save_does_not_undo_a_newer(browser: Browser) -> None:
    began(browser).fill(sort="market")
    url, form = browser.url, fields_in(browser.page)
    sent = {name: value for name, value in form.items() if name in ("token", "back")}
    assert browser.client.post(url, data={**sent, "go": "autosave", "at": "200", "q.what": "new"}).json() == {
        "saved": True
    }
    browser.client.post(url, data={**sent, "go": "autosave", "at": "100", "q.what": "old"})
    assert ">\nnew</textarea>" in browser.go(url).page


def test_who_is_signed_in_files_as_themselves_and_finds_it_again(office: Authority, browser: Browser) -> None:
    key = office.access.issue_key("party:kim", ("officer",), ("file", "read"))
    assert sign_in(browser.client, key).status_code == 303
    to_check(browser).send("/file")
    assert "return-code" not in browser.page
    [row] = filings(office)
    assert row["author"] == "party:kim"
    assert f"/return/{row['subject']}" in browser.go("/return").page
    assert "It rained." in browser.go(f"/return/{row['subject']}").page


def test_a_key_for_another_role_is_told_so(office: Authority, browser: Browser) -> None:
    key = office.access.issue_key("party:obs", ("observer",), ("file", "read"))
    assert sign_in(browser.client, key).status_code == 303
    assert browser.go("/forms/fair").status == 403


def test_how_to_reach_a_reporter_is_filed_beside_the_report_and_not_in_it(office: Authority, browser: Browser) -> None:
    began(browser, "incident").fill(category="concern").fill(reporter="public")
    browser.fill(title="It lied", what_happened="To me.")
    while not browser.url.endswith("/reach-you"):
        browser.fill()
    browser.fill(person="Kim")
    assert "How can we reach you? Answer this question." in browser.words, "a name alone reaches nobody"
    browser.fill(contact="kim@example.org", person="")
    page, url = browser.page, browser.url
    browser.send("/file")
    browser.page, browser.url = page, url
    code = code_on(browser.send("/file"))
    [row] = filings(office, "report")
    beside = [item for item in office.store.entries(0, office.store.size()) if item.kind == "incident_reports.identity"]
    assert [item.author for item in beside] == [party_of(code)]
    held = office.entry(beside[0].index).body
    assert (held["report"], held["contact"], "person" in held) == (row["subject"], "kim@example.org", False)
    assert "kim@example.org" not in str(row["body"])


def test_nobody_sees_by_the_log_whether_who_reports_left_a_contact(office: Authority, browser: Browser) -> None:
    """Where none is left, what is filed in its place stands in the log just like it."""
    filed, leaves = [], []
    for contact in ("kim@example.org", ""):
        began(browser, "incident").fill(category="concern").fill(reporter="public")
        browser.fill(title="It lied", what_happened="To me.")
        while not browser.url.endswith("/reach-you"):
            browser.fill()
        browser.fill(contact=contact)
        before = office.store.size()
        browser.send("/file")
        entries = office.store.entries(before, office.store.size())
        filed.append([item.kind for item in entries])
        leaves.append([{**read_leaf(item.leaf), **UNLIKE, "_sd": len(read_leaf(item.leaf)["_sd"])} for item in entries])
    assert [kinds[1] for kinds in filed] == ["incident_reports.identity", "incident_reports.unnamed"]
    assert leaves[0] == leaves[1]


# ── coming back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_with_the_code_questions_are_answered_and_the_report_grows(office: Authority, browser: Browser) -> None:
    code = reported(browser)
    [row] = filings(office, "report")
    question = Act("incident_reports.question", {"report": row["subject"], "text": "Which chatbot?"}, "")
    asked = office.act(question, Caller("party:desk", ("officer",))).index
    office.follow()
    other = Browser(TestClient(app(office), base_url=SITE, follow_redirects=False))
    other.go("/return").send("/return", code=code.lower().replace("-", " "))
    assert "1 question waits for your answer." in other.words
    assert "Which chatbot?" in other.page
    page, url = other.page, other.url
    other.send("/answer", text="The blue one.", question=str(asked))
    assert "It is recorded" in other.words
    other.page, other.url = page, url
    other.send("/answer", text="The blue one.", question=str(asked))
    answers = [item for item in office.store.entries(0, office.store.size()) if item.kind == "incident_reports.answer"]
    assert [item.author for item in answers] == [party_of(code)], "sent twice it is one act"
    assert "Nothing waits for you now." in other.go(url.partition("?")[0]).words
    other.send("/amend")
    assert other.url.endswith("/check")
    assert "It told my child how." in other.page
    check = other.url
    other.send("/file")
    assert (other.status, "Nothing was changed." in other.words) == (422, True), "else the desk reads the same twice"
    other.go(check)
    other.go(other.url.replace("/check", "/source") + "?back=check").fill(source="The Example Times")
    other.send("/file")
    assert "return-code" not in other.page
    versions = registry.versions(office.reader, row["subject"])
    assert [(one["author"], office.entry(one["entry"]).body.get("source")) for one in versions] == [
        (party_of(code), None), (party_of(code), "The Example Times"),
    ]  # fmt: skip
    other.go(f"/return/{row['subject']}").send("/withdraw", text="It was settled.")
    assert "You have taken this back." in other.words
    assert "/withdraw" not in other.page
    other.send("/return/leave").go(f"/return/{row['subject']}")
    assert other.url.startswith("/return?next=")


def test_an_instant_that_is_only_spelt_otherwise_is_no_change(office: Authority, browser: Browser) -> None:
    """Pages write an offset and cut fractions: a program's report got a second version that said the same."""
    body = {
        "name": "U 2", "category": "concern", "reporter": "user", "title": "It lied", "what_happened": "To me.",
        "occurred": "2026-02-25T01:15:00Z", "occurred_until": "2026-02-25T09:15:15.250+08:00~",
    }  # fmt: skip
    office.act(Act("incident_reports.report", body, ""), Caller("party:kim", ("developer",)))
    office.follow()
    sign_in(browser.client, office.access.issue_key("party:kim", ("developer",), ("file", "read")))
    browser.go("/return/report:u-2").send("/amend")
    assert browser.url.endswith("/check"), browser.words
    browser.send("/file")
    assert (browser.status, "Nothing was changed." in browser.words) == (422, True)


def test_a_slip_is_told_apart_from_a_code_that_opens_nothing(office: Authority, browser: Browser) -> None:
    from commonweal.forms import new_code

    browser.go("/return").send("/return", code="7KQ2-XXXX")
    assert (browser.status, "mistyped" in browser.words) == (422, True)
    browser.send("/return", code=new_code())
    assert (browser.status, "nothing was filed under it here" in browser.words) == (403, True)


def test_guessing_codes_is_bounded(browser: Browser) -> None:
    from commonweal.forms import new_code

    browser.go("/return")
    page = browser.page
    statuses = []
    for _ in range(14):
        browser.page = page
        statuses.append(browser.send("/return", code=new_code()).status)
    assert statuses[:10] == [403] * 10
    assert statuses[-1] == 429


def test_nobody_comes_back_to_what_another_filed(office: Authority, browser: Browser) -> None:
    reported(browser)
    [row] = filings(office, "report")
    other = Browser(TestClient(app(office), base_url=SITE, follow_redirects=False))
    assert other.go(f"/return/{row['subject']}").url.startswith("/return?next=")
    theirs = reported(other)
    other.go("/return").send("/return", code=theirs)
    assert other.go(f"/return/{row['subject']}").status == 404


# ── hostile hands ───────────────────────────────────────────────────────────────────────────────────────────────────

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_markup_is_shown_as_text_wherever_an_answer_is_shown(office: Authority, browser: Browser) -> None:
    to_check(browser, SCRIPT)
    assert "<script>alert" not in browser.page
    assert "onerror=alert(1)>" not in unescape(re.sub(r"<dd>.*?</dd>", "", browser.page, flags=re.DOTALL))
    browser.go(browser.url.replace("/check", "/what"))
    assert "<script>alert" not in browser.page
    assert "&lt;script&gt;" in browser.page


def test_markup_in_every_field_of_the_incident_form_stays_text(office: Authority, browser: Browser) -> None:
    """Every box is filled with markup: while it is wrong, when it is checked, and when its filer comes back."""
    began(browser, "incident").fill(category="serious_incident").fill(reporter="provider")
    seen = []
    for _ in range(40):
        if browser.url.endswith("/check"):
            break
        names = re.findall(r'<(?:input|textarea)[^>]*name="(q\.[^"]*)"[^>]*(?:type="text"|rows=)', browser.page)
        names += re.findall(r'<input[^>]*type="text"[^>]*name="(q\.[^"]*)"', browser.page)
        names += re.findall(r'<input[^>]*name="(q\.[^"]*)" type="text"', browser.page)
        browser.send(browser.url.partition("?")[0], go="next", **dict.fromkeys(names, SCRIPT))
        seen.append(browser.page)
        if browser.status == 422:
            odd = [name for name in names if re.search(r"year|month|day|time|affected|deaths|source_url", name)]
            browser.send(browser.url.partition("?")[0], go="next", **dict.fromkeys(odd, ""))
            seen.append(browser.page)
    assert browser.url.endswith("/check"), browser.words
    seen.append(browser.page)
    code = code_on(browser.send("/file"))
    browser.go("/return").send("/return", code=SCRIPT)
    seen.append(browser.page)
    browser.send("/return", code=code).send("/answer", text=SCRIPT, key="abc")
    seen.append(browser.page)
    assert sum("&lt;script&gt;alert(1)" in page for page in seen) > 5
    assert [page for page in seen if "<script>alert" in page or "<img src=x" in page] == []


def test_characters_that_turn_text_around_are_refused_at_their_question(browser: Browser) -> None:
    began(browser).fill(sort="market").fill(what="abc\u202edef")
    assert browser.status == 422
    assert "U+202E" in browser.words


def test_a_draft_of_another_browser_is_not_there(office: Authority, browser: Browser) -> None:
    began(browser).fill(sort="market")
    other = Browser(TestClient(app(office), base_url=SITE, follow_redirects=False))
    other.go("/forms/fair")
    token = fields_in(other.page)["token"]
    assert other.go(browser.url).status == 410
    sent = other.client.post(browser.url, data={"token": token, "go": "next", "q.what": "mine <b>"})
    assert sent.status_code == 410
    assert "mine &lt;b&gt;" in sent.text, "what was typed is given back"
    assert other.client.post(browser.url.replace("/what", "/discard"), data={"token": token}).status_code == 303
    assert browser.go(browser.url).status == 200


def test_on_one_browser_the_next_person_reads_no_draft_of_the_last(office: Authority, browser: Browser) -> None:
    key = office.access.issue_key("party:kim", ("officer",), ("file", "read"))
    began(browser).fill(sort="market")
    assert sign_in(browser.client, key).status_code == 303
    assert browser.go(browser.url).status == 410
    assert "You have begun already" not in browser.go("/forms/fair").words


@pytest.mark.parametrize("token", [None, "", "0" * 40, "é"])
def test_a_page_sent_without_its_token_changes_nothing(browser: Browser, token: str | None) -> None:
    began(browser).fill(sort="market")
    data = {"go": "next", "q.what": "x", **({} if token is None else {"token": token})}
    assert browser.client.post(browser.url, data=data).status_code == 403
    assert browser.client.post("/forms/fair", data=data).status_code == 403
    assert browser.client.post(browser.url.replace("/what", "/file"), data=data).status_code == 403


def test_a_page_from_another_site_is_refused(browser: Browser) -> None:
    began(browser).fill(sort="market")
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert browser.client.post(browser.url, data=fields_in(browser.page), headers=headers).status_code == 403


def test_too_much_is_refused_before_it_is_read(browser: Browser) -> None:
    began(browser).fill(sort="market")
    token = fields_in(browser.page)["token"][0]
    assert browser.client.post(browser.url, data={"token": token, "q.what": "x" * (1 << 20)}).status_code == 413
    many = {"token": token, **{f"q.stalls.{at}.goods": "x" for at in range(10_000)}}
    assert browser.client.post(browser.url, data=many).status_code == 422
    browser.fill(what="x" * 65_536)
    assert browser.status == 422
    assert "Use at most 400 characters." in browser.words
    assert "x" * 65_536 in browser.page, "what was typed is not lost"


def test_odd_names_and_values_are_no_server_error(browser: Browser) -> None:
    began(browser).fill(sort="market")
    form = {name: value for name, value in fields_in(browser.page).items() if name in ("token", "back")}
    odd = [
        {"go": "remove:stalls:99999999999999999999"}, {"go": "add:nothing"}, {"go": "find:"}, {"go": "language:xx"},
        {"q.occurred.year": "9" * 500}, {"q.occurred.year": "2025", "q.occurred.time": "9:3", "at": "x"},
        {"q.what": ["a", "b"], "q.insured": ["yes", "no"]}, {"at": "9" * 400}, {"q.": "x", "q.what.": "y"},
        {"go": "next", "back": "javascript:alert(1)"},
    ]  # fmt: skip
    statuses = [browser.client.post(browser.url, data={**form, **one}).status_code for one in odd]
    assert set(statuses) <= {303, 422}
    for path in ("/forms/nope", "/forms/fair/" + "0" * 16, "/forms/fair/x/receipt", "/forms/fair/x/y", "/return/x"):
        assert browser.go(path).status in (200, 404, 410)


def test_a_field_that_only_programs_fill_in_keeps_them_out_and_loses_nothing(
    office: Authority, browser: Browser
) -> None:
    to_check(browser)
    browser.send("/file", website="http://spam.example")
    assert browser.status == 422
    assert filings(office) == []
    browser.send("/file")
    assert len(filings(office)) == 1


def test_one_address_files_only_so_often(office: Authority, browser: Browser) -> None:
    for at in range(10):
        to_check(browser, f"Rain {at}").send("/file")
        assert browser.status == 200
    to_check(browser, "Rain again").send("/file")
    assert browser.status == 429
    assert "Rain again" in browser.words, "what was written stands there still"
    assert "this one has to wait" in browser.words
    assert len(filings(office)) == 10


def test_a_form_that_refuses_is_asked_no_faster_than_the_api_refuses(office: Authority, browser: Browser) -> None:
    """What is refused is on no record: by one draft anybody could ask, page after page, which of many names there are.

    The pace is that of the network, whatever draft or browser asks, and a program's refusals count with it.
    """
    office.refused = Refused(per_s=0.001, burst=2)
    to_check(browser)
    browser.go(browser.url.replace("/check", "/more"))
    page, url = browser.page, browser.url
    asked = []
    for at in range(4):
        browser.page, browser.url = page, url
        asked.append(browser.fill(model__ids=f"fair:none-{at}").url.rpartition("/")[2])
    assert asked == ["more", "more", "check", "check"], "who was told twice is told nothing, and may go on"
    assert "What you sent was refused many times in a short time." in browser.words
    assert "none-3 " not in browser.words.partition("What you sent")[0]
    browser.send("/file")
    assert (browser.status, filings(office)) == (429, [])
    other = Browser(TestClient(browser.client.app, base_url=SITE, follow_redirects=False))
    assert to_check(other).status == 200
    assert "refused many times" in other.words, "another browser of the same network"
    elsewhere = TestClient(browser.client.app, base_url=SITE, follow_redirects=False, client=("203.0.113.7", 1))
    assert to_check(Browser(elsewhere)).send("/file").status == 200


def test_who_is_told_of_the_record_anyway_is_told_what_is_wrong_as_often_as_they_ask(
    office: Authority, browser: Browser
) -> None:
    office.refused = Refused(per_s=0.001, burst=1)
    sign_in(browser.client, office.access.issue_key("party:moreau", ("officer",)))
    for _ in range(3):
        to_check(browser)
        browser.go(browser.url.replace("/check", "/more")).fill(model__ids="fair:none")
        assert browser.status == 422


def test_every_page_that_judges_what_somebody_files_counts_what_it_refuses() -> None:
    """A page that asks the authority itself would be an oracle without a pace."""
    asks = re.compile(r"authority\.(?:act|act_all|check)\((?!Act\(kind\.id, \{\"asked\": asked\})")
    found = {path.name: len(asks.findall(path.read_text("utf-8"))) for path in Path(forms.__file__).parent.glob("*.py")}
    assert {name: count for name, count in found.items() if count} == {"judging.py": 3, "forms.py": 1}, (
        "of a form, what is told page by page is counted when it is told"
    )


def test_behind_a_shared_address_a_neighbour_keeps_nobody_out(
    office: Authority, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody who comes by an onion service has the address of this machine."""
    shared = (ip_network("127.0.0.1"), ip_network("fd00::/8"))
    monkeypatch.setattr(office, "settings", replace(office.settings, shared_addresses=shared))
    other = Browser(TestClient(browser.client.app, base_url=SITE, follow_redirects=False, client=("127.0.0.1", 1)))
    for at in range(11):
        to_check(other, f"Rain {at}").send("/file")
        assert other.status == 200


def test_a_draft_that_is_deleted_is_gone(browser: Browser) -> None:
    began(browser).fill(sort="market")
    url = browser.url
    browser.send("/discard")
    assert "It is deleted from this site." in browser.words
    assert browser.go(url).status == 410


def test_a_browser_keeps_its_secret_only_while_it_has_a_draft(browser: Browser) -> None:
    """On a computer that others use, nothing shows later that somebody had a form open and deleted the draft."""

    def set_by(response: Any) -> str:
        return next((text for text in response.headers.get_list("set-cookie") if "weal-draft" in text), "")

    first = browser.client.get("/forms/fair")
    assert "Max-Age" not in set_by(first)
    assert all(flag in set_by(first) for flag in ("__Host-", "HttpOnly", "SameSite=strict", "Secure"))
    token = {"token": fields_in(first.text)["token"]}
    begun = browser.client.post("/forms/fair", data=token)
    assert f"Max-Age={60 * 86400}" in set_by(begun)
    draft = begun.headers["location"].rpartition("/")[0]
    assert "Max-Age=0" in set_by(browser.client.post(f"{draft}/discard", data=token))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("(unknown)", "(unknown)"),
    ],
)
def test_one_customer_of_ipv6_is_counted_once(address: str, counted: str) -> None:
    """A customer has a /64 at least (RFC 6177): with single addresses counted, everybody would have 2^64 tries."""
    settings = SimpleNamespace(senders=Senders(), shared_addresses=())
    view: Any = SimpleNamespace(comes_from=address, authority=SimpleNamespace(settings=settings))
    assert network(view) == counted


def test_what_a_form_shows_is_kept_by_nobody_on_the_way(browser: Browser) -> None:
    began(browser).fill(sort="market")
    for path in ("/forms/fair", browser.url, browser.url.replace("/what", "/check"), "/return"):
        assert "no-store" in browser.client.get(path).headers["cache-control"]
