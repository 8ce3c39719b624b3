"""Portable benefits in a real browser: statement, payer's file, fund, designs; in both languages, held against axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import discover
from commonweal.instruments.portable_benefits import files, tables
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from .serving import opening
from .test_pages import complaints, too_wide

WIDE, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
HEADING = "programme,payer,period,member,from,to,currency,earnings,hours,jobs"
SEVERAL, LEAVE = "portable_benefits.several_payers", "portable_benefits.pooled_leave"
DRIVER, SWIFT = Caller("party:driver", ("observer",)), Caller("party:swift", ("developer",))
MEMBER = "benefits_member:pb-1"


def row(programme: str, quarter: int, earnings: int) -> str:
    first, last = (("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"))[quarter - 1]
    return f"{programme},SWIFT,2025-Q{quarter},PB-1,2025-{first},2025-{last},USD,{earnings},300,90"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A driver for whom a platform paid in for two quarters, who claimed from the pool and took something out."""
    start = instant("2026-01-05T08:00:00Z")
    settings = Settings(Text(en="Fund", zh="基金"), "fund.example/log", start, replay=True)
    folder: Path = tmp_path_factory.mktemp("benefits") / "fund"
    installed = {name: item for name, item in discover().items() if name == "portable_benefits"}
    with Authority.create(folder, settings, clock=ReplayClock(start), installed=installed) as authority:
        authority.act(Act("portable_benefits.member", {"name": "PB-1", "fictitious": True}, ""), DRIVER)
        body = {"name": "SWIFT", "called": "Swift (fictitious)", "sort": "platform", "fictitious": True}
        authority.act(Act("portable_benefits.payer", body, ""), SWIFT)
        for programme in (SEVERAL, LEAVE):
            for quarter in (1, 2, 3):
                data = f"{HEADING}\n{row(programme, quarter, 4000 if programme == SEVERAL else 90_000)}".encode()
                authority.act(files.read(data, "file.csv").acts[0], SWIFT)
        authority.follow()
        claim = {"programme": LEAVE, "member": MEMBER, "begins": "2026-01-05", "weeks": 1}
        authority.act(Act("portable_benefits.claim", claim, ""), DRIVER)
        paid = {"programme": SEVERAL, "payer": "benefits_payer:swift", "cents": 40_000, "on": "2026-01-05"}
        authority.act(Act("portable_benefits.paid", paid, ""))
        authority.follow()
        assert authority.faults() == []
        yield authority


@pytest.fixture(scope="module")
def opened(office: Authority, browser: Any, axe: str) -> Iterator[Callable[..., Any]]:
    """`opened(address, caller, viewport)`: somebody is signed in. The portal is really served, so files go along."""
    with opening(office, browser, axe) as fresh:

        def signed_in(address: str, caller: Caller, viewport: dict[str, int] = WIDE) -> Any:
            page = fresh(viewport)
            page.goto(f"/sign-in?next={address}")
            page.fill("#f-key", office.access.issue_key(caller.party, caller.roles, ("file", "read")))
            page.press("#f-key", "Enter")
            page.wait_for_url(f"**{address}")
            return page

        yield signed_in


@pytest.mark.parametrize(
    ("path", "caller", "viewport"),
    [
        ("/benefits", DRIVER, WIDE), ("/benefits", DRIVER, PHONE), ("/benefits/do/take-out", DRIVER, PHONE),
        ("/benefits/payer", SWIFT, WIDE), ("/benefits/payer", SWIFT, PHONE),
        ("/benefits/fund", Caller("party:fund", ("officer",)), WIDE), ("/benefits/designs", DRIVER, WIDE),
    ],
)  # fmt: skip
def test_pages_are_sound_in_both_languages(
    opened: Callable[..., Any], axe: str, path: str, caller: Caller, viewport: dict[str, int]
) -> None:
    page = opened(path, caller, viewport)
    for prefix in ("", "/zh"):
        page.goto(f"{prefix}{path}")
        assert complaints(page, axe) == []
        assert too_wide(page) == []
        assert page.locator("main").inner_text().strip()


def test_a_driver_takes_money_out_and_a_payer_is_told_each_wrong_row_and_then_files(
    office: Authority, opened: Callable[..., Any], axe: str, tmp_path: Path
) -> None:
    page = opened("/benefits/do/take-out", DRIVER)
    page.select_option("#f-member", MEMBER)
    page.select_option("#f-pot", f"{SEVERAL}/health")
    page.fill("#f-cents", "12.50")
    page.select_option("#f-reason", "health")
    page.click("p.decision button")
    page.wait_for_url("**/benefits?**")
    assert "12.50" in page.locator("main").inner_text()

    page = opened("/zh/benefits/payer", SWIFT)
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text(f"{HEADING}\n{row(SEVERAL, 3, -1)}\n", "utf-8")
    right.write_text(f"{HEADING}\n{row(SEVERAL, 3, 4500)}\n", "utf-8")
    size = office.store.size()
    for path in (wrong, right):
        page.set_input_files("#f-file", str(path))
        for button in ("button[value='add:file']", "p.decision button"):
            with page.expect_navigation():
                page.click(button)
        if path is wrong:
            assert "不小于零" in page.locator("#faults").inner_text()
            assert complaints(page, axe) == []
            assert office.store.size() == size
            with page.expect_navigation():
                page.click("button[value^='remove:file']")
    page.click("button[name='confirmed']")
    page.wait_for_url("**/zh/benefits/payer?**")
    rows = office.reader.select(tables.FILE, {"programme": SEVERAL, "period": "2025-Q3"}, order=("entry",))
    assert [bool(one["replaced"]) for one in rows] == [True, False]
    assert rows[-1]["posted"] > 0
