"""Who reports without their key in a browser in which they are signed in: nothing joins the two."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.forms import new_code, party_of
from commonweal.kernel import registry
from commonweal.kernel.values import Text
from commonweal.settings import Settings
from commonweal.telemetry import Figures, Watched

from .people import sign_in
from .test_forms import SITE, Browser, began, code_on, reported

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SETTINGS = Settings(Text(en="Office", zh="办公室"), "keyless.example/log", datetime(2026, 1, 1, tzinfo=UTC))
ANNE = "party:anne"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with Authority.create(tmp_path_factory.mktemp("keyless") / "office", SETTINGS) as authority:
        yield authority


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def browser(office: Authority, figures: Figures) -> Iterator[Browser]:
    """Anne's, at work: signed in for the company that she reports."""
    key = office.access.issue_key(ANNE, ("developer",), ("file", "read"), organisation="organisation:ostara")
    with TestClient(Watched(app(office), figures), base_url=SITE, follow_redirects=False) as client:
        assert sign_in(client, str(key)).status_code == 303
        yield Browser(client)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [{"event": one.msg, **one.weal} for one in caplog.records if hasattr(one, "weal")]


def test_the_form_says_who_reads_it_and_offers_to_file_without_the_key(office: Authority, browser: Browser) -> None:
    """Before a word is written: a safety officer's key is the company's, and they may want to report the company."""
    browser.go("/forms/incident")
    assert "its people read here too" in browser.words
    assert "All else is for the authority and for you." not in browser.words
    browser.send("/forms/incident", keyless="1")
    assert "You need no key" in browser.words
    assert ANNE.removeprefix("party:") not in browser.words.split()
    reported(browser)
    office.follow()
    (report,) = registry.subjects(office.reader, "report")
    assert registry.filer(office.reader, report["subject"]) not in (None, ANNE)
    browser.go("/account")
    assert "/sign-in" in browser.url, "until they go on with their key, nobody is signed in here"
    browser.go("/forms/incident").send("/return/leave")
    assert browser.go("/account").url == "/account"


def test_what_the_service_says_of_its_work_joins_no_key_and_no_entry_to_who_reports(
    office: Authority, browser: Browser, figures: Figures, caplog: pytest.LogCaptureFixture
) -> None:
    """The journal and the collector are read by people who are no officers: they find no name behind a report."""
    stranger = Browser(TestClient(browser.client.app, base_url=SITE, follow_redirects=False))
    with caplog.at_level(logging.INFO, "commonweal"):
        code = reported(stranger)
        browser.go("/return")
        before = len(lines(caplog))
        traced = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        browser.client.headers.update(traced)
        browser.send("/return", code=code)
        subject = browser.url.partition("/return/")[2]
        browser.send("/answer", text="It was I.")
    assert "It is recorded and with the authority now." in browser.words
    told = lines(caplog)
    assert "incident_reports.report" not in {one.get("kind") for one in told}
    assert "incident_reports.answer" not in {one.get("kind") for one in told}
    for one in told[before:]:
        assert one["event"] == "request", one
        assert (one["caller"], one["route"]) == ("reporter", "(reporter)")
        assert not {"key", "trace", "span", "parent", "bytes_in", "bytes_out"} & set(one)
    assert {row[0][1] for row in figures.rows()} <= {"/sign-in", "/return", "/inbox", "(reporter)"}
    assert "traceresponse" not in browser.client.get(f"/return/{subject}").headers


def test_a_draft_that_was_begun_with_the_key_goes_on_without_it(
    office: Authority, browser: Browser, figures: Figures
) -> None:
    """Whoever finds on the second page that they report their own employer need not begin again."""
    began(browser, "incident").fill(category="concern").fill(reporter="public")
    assert "File this without my key" not in browser.page, "offered where somebody works there"
    browser.go(browser.url.rpartition("/")[0] + "/who-you-are").fill(reporter="employee")
    browser.fill(stage="initial")
    browser.fill(title="They hid a failed test", what_happened="I was told to.")
    before = browser.url.rpartition("/")[0]
    browser.send("/keyless")
    assert browser.url.endswith("/check")
    assert browser.url.rpartition("/")[0] != before
    assert "They hid a failed test" in browser.words, "nothing is written twice"
    assert "The next page shows your return code" in browser.words
    browser.send("/file")
    code = code_on(browser)
    office.follow()
    placed = office.store.placed(party_of(code), "form")
    assert placed is not None, "it is the report of nobody but who has the code"
    browser.go("/forms/incident").send("/return/leave")
    assert "They hid" not in browser.go(f"{before}/check").words, "nothing is left under the key"
    assert "/keyless" not in {row[0][1] for row in figures.rows()}


def test_signing_in_ends_what_was_done_without_a_key(browser: Browser, office: Authority) -> None:
    browser.go("/forms/incident").send("/forms/incident", keyless="1")
    key = office.access.issue_key("party:bob", ("developer",), ("file", "read"))
    assert sign_in(browser.client, str(key)).status_code == 303
    assert "bob" in browser.go("/account").words.split()


def test_a_neighbour_who_guesses_shuts_nobody_out(browser: Browser) -> None:
    """An onion service, a newsroom and a company stand each behind one address: only the guess is refused."""
    code = reported(browser.go("/forms/incident").send("/forms/incident", keyless="1"))
    seen = [browser.go("/return").send("/return", code=new_code()).status for _ in range(12)]
    assert (seen[0], seen[-1]) == (403, 429), "guessing is bounded"
    browser.go("/return").send("/return", code=code)
    assert browser.status == 200
    assert browser.url.startswith("/return/report:")
