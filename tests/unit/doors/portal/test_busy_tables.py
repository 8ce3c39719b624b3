"""A page while others write the tables: filed is filed, and what cannot be done now says so and loses nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal import following
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.kernel.record import Act

from .test_forms import SITE, Browser, began, code_on, fields_in, filings, installed, office, to_check

__all__ = ["installed", "office"]


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The tables as another process holds them that writes for as long as this lasts."""
    connection = sqlite3.connect(folder / "projections.sqlite", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.fixture
def browser(office: Authority) -> Iterator[Browser]:
    """A browser before a service beside which another process follows."""
    with TestClient(app(office, wake=lambda: None), base_url=SITE, follow_redirects=False) as client:
        yield Browser(client)


def test_what_was_filed_is_answered_though_the_tables_are_written_elsewhere(
    office: Authority, browser: Browser
) -> None:
    """The last page of a form records first, and only then looks what came of it: that is no reason to say 503."""
    with held(office.folder):
        to_check(browser).send("/file")
        assert browser.status == 200, browser.words
        code_on(browser)
    assert [row["body"]["what"] for row in filings(office)] == ["It rained."]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", "Nothing is lost: what you sent before, such as earlier pages of a form, is kept."),
        ("/zh", "没有丢失任何内容"),
    ],
)
def test_a_page_that_cannot_wait_longer_says_when_to_come_again_and_keeps_the_draft(
    office: Authority, browser: Browser, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    """Whether a fair that is named is registered can only be told once all that was filed is laid out."""
    monkeypatch.setattr(following, "PATIENCE_S", 0.05)
    began(browser).fill(sort="market").fill(what="It rained.")
    url = browser.url
    page = {**fields_in(browser.page), "q.model.ids": "fair:no-such", "go": "next"}
    office.place_all([Act("fairs.fair", {"name": "Other", "sort": "market", "what": "It hailed."}, "other")])
    with held(office.folder):
        response = browser.client.post(f"{language}{url}", data=page)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert words in response.text
    assert "no-such" in browser.go(url).page, "what was typed is in the draft"
    browser.fill(model__ids="fair:no-such")
    assert browser.status == 422, "and answered once the tables are free"
    assert "no-such" in browser.page
