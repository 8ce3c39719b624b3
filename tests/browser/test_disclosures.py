"""The page of disclosures, with something on it: in both languages, wide and narrow, by axe and by keyboard."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commonweal.doors.portal import app
from envelopes import Envelope, policy_text

from .conftest import SITE
from .test_pages import complaints, too_wide

PAGE = "/record/disclosures"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Envelope]:
    """Two disclosures, one of several fields of two entries."""
    envelope = Envelope.found(tmp_path_factory.mktemp("office"), policy_text())
    envelope.granted()
    envelope.open()
    envelope.ask(fields=("data_description", "components"), days=14)
    envelope.sign("ombudsman", "ministry")
    envelope.open()
    with envelope.authority:
        yield envelope


@pytest.fixture
def page_of(opened: Envelope, browser: Any) -> Iterator[Callable[..., Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    contexts = []
    with TestClient(app(opened.authority), base_url=SITE, raise_server_exceptions=False) as client:

        def answer(route: Any) -> None:
            found = client.get(route.request.url, follow_redirects=False)
            headers = {k: v for k, v in found.headers.items() if k not in ("content-encoding", "content-length")}
            route.fulfill(status=found.status_code, headers=headers, body=found.content)

        def page(width: int, path: str) -> Any:
            contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
            contexts[-1].route("**/*", answer)
            found = contexts[-1].new_page()
            assert found.goto(SITE + path).status == 200
            return found

        yield page
        for context in contexts:
            context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_the_page_passes_axe_fits_and_says_what_was_disclosed(
    page_of: Callable[..., Any], opened: Envelope, axe: str, prefix: str, width: int
) -> None:
    page = page_of(width, prefix + PAGE)
    assert [*complaints(page, axe), *too_wide(page)] == []
    text = page.inner_text("main")
    said = ("法院命令", "监察员", "地区法院") if prefix else ("Order of a court", "The ombudsman", "The court")
    for words in (*said, "District Court, 3 O 17/26", "data_description"):
        assert words in text, words
    assert "Forty" not in page.content()
    assert "party:auditor" not in page.content()


def test_it_is_reached_from_the_record_and_leads_to_leaves_and_receipts_by_keyboard(
    page_of: Callable[..., Any], opened: Envelope
) -> None:
    page = page_of(1280, "/record")
    page.focus(f"a[href='{PAGE}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAGE}")
    (newest, _) = sorted(opened.leaves(), reverse=True)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.getAttribute('href') || ''"))
    assert {f"/record/{newest}", f"/record/{opened.model}", f"/record/{newest}.tlog-proof"} <= set(seen)
    page.focus(f"a[href='/record/{newest}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/record/{newest}")
    assert "Sealed fields disclosed" in page.inner_text("h1")


def test_the_policy_is_among_the_texts_in_force_and_the_leaf_is_in_the_readers_language(
    page_of: Callable[..., Any], opened: Envelope, axe: str
) -> None:
    page = page_of(1280, "/texts")
    assert "Who must approve" in page.inner_text("main")
    page = page_of(1280, "/zh/regimes/authorisation.break_glass")
    assert "开启密封内容" in page.inner_text("main")
    assert complaints(page, axe) == []
    page = page_of(1280, f"/zh/record/{opened.leaves()[0]}")
    assert "法院命令" in page.inner_text("main")
    assert "\\u" not in page.inner_text("main")
