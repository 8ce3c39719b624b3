"""The ledger in a real browser: by keyboard, on a phone and a desk, in both languages, held against axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, How, Transfer
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from .conftest import signed_in_at
from .test_pages import complaints, too_wide

SITE = "https://office.example"
WIDE, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
FIRST = date(2026, 1, 1).toordinal()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A fund that paid sixty members, one of them every day."""
    start = instant("2026-05-01T08:00:00Z")
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    folder: Path = tmp_path_factory.mktemp("ledger") / "office"
    members = [Account(f"wages.member.m{number:02}", "EUR", floor=0) for number in range(60)]
    with Authority.create(folder, settings, clock=ReplayClock(start)) as authority:
        authority.act_all(accounts.opening("wages", [Account("wages.fund", "EUR", "debit"), *members]))
        paid = [Transfer(f"2026-{at}", "wages.fund", members[at % 2 and at % 60].account, 125_000 + at, FIRST + at,
                         code="wage-insurance") for at in range(118)]  # fmt: skip
        held = Transfer("held", "wages.fund", members[7].account, 40_000, FIRST, How.PEND)
        authority.act(accounts.transfers_act("wages", [*paid, held]))
        authority.follow()
        yield authority


@pytest.fixture
def opened(office: Authority, browser: Any) -> Iterator[Callable[..., Any]]:
    """`opened(address, viewport)`: a page on which an officer is signed in."""
    with signed_in_at(office, browser, SITE) as fresh:

        def signed_in(address: str, viewport: dict[str, int] = WIDE) -> Any:
            page = fresh(viewport)
            page.goto(f"{SITE}/sign-in?next={address}")
            page.fill("#f-key", office.access.issue_key("party:moreau", ("officer",), ("file", "read")))
            page.press("#f-key", "Enter")
            page.wait_for_url(f"{SITE}{address}")
            return page

        yield signed_in


@pytest.mark.parametrize("prefix", ["", "/zh"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_is_readable_and_nothing_is_too_wide(
    opened: Callable[..., Any], axe: str, prefix: str, viewport: dict[str, int]
) -> None:
    for path in ("/ledger", "/ledger/wages.fund", "/ledger/check"):
        page = opened(prefix + path, viewport)
        assert [*complaints(page, axe), *too_wide(page)] == []


def test_an_officer_comes_by_keyboard_from_the_list_to_a_statement_and_on(opened: Callable[..., Any]) -> None:
    page = opened("/ledger")
    page.focus("#f-account")
    page.keyboard.type("wages.fund")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ledger?account=wages.fund**")
    page.focus("main table a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ledger/wages.fund")
    assert "Balance before: 0.00 EUR" in page.inner_text("main")
    page.focus("a[rel=next]")
    page.keyboard.press("Enter")
    page.wait_for_url("**after=100")
    # the first hundred: 100 × 1250.00 and 0.00 + 0.01 + … + 0.99
    assert "Balance before: 125,049.50 EUR" in page.inner_text("main")
    # all 118: 118 × 1250.00 and 0.00 + … + 1.17
    assert "147,569.03" in page.inner_text("main tbody tr:last-child")
