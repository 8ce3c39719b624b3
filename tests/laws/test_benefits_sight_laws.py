"""Whose money it is reads all of it, a payer its own, the fund totals, and nobody else anything: at every address.

Each amount of one member stands nowhere else, so a page that shows it to somebody else is caught.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from tests.unit.doors.portal.people import sign_in

from commonweal import letters
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors import api, portal
from commonweal.instruments import discover
from commonweal.instruments.portable_benefits import banking, files, totals
from commonweal.instruments.portable_benefits.kinds import MEMBER
from commonweal.kernel import accounts
from commonweal.kernel.record import Act, Stored
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

FOUR = "portable_benefits.quarterly_four_percent"
DRIVER, OTHER = Caller("party:zqdriver", ("observer",)), Caller("party:other", ("observer",))
SWIFT, CITY = Caller("party:swift", ("developer",)), Caller("party:city", ("developer",))
FUND = Caller("party:fund", ("officer",))
READERS: Mapping[str, Caller | None] = {
    "public": None, "another member": OTHER, "another payer": CITY, "the payer": SWIFT,
    "an officer": Caller("party:moreau", ("officer",)), "an auditor": Caller("party:auditor", ("auditor",)),
    "a peer": Caller("party:peer", ("peer",)),
}  # fmt: skip
# 4 percent of 7,777.25 are 311.09; brought in, taken out and elsewhere are chosen; what is left is 866.55.
IBAN = "GB29NWBK60161331926819"
OWN = (
    "311.09",
    "123.45",
    "678.91",
    "866.55",
    "zqscheme",
    "zqelsewhere",
    "zqdriver",
    "zqsomebody",
    "7777.25",
    "7,777.25",
    IBAN,
)
CENTS = (31109, 12345, 67891, 86655, 777725)
HEADING = "programme,payer,period,member,from,to,currency,earnings,hours,jobs"


def person(number: int) -> Caller:
    """Whose account a number is: each is another's."""
    return OTHER if number == 2 else Caller(f"party:other-{number}", ("observer",))


def shown(text: str) -> set[str]:
    """What of the driver's stands in a page; numbers of cents not where they are part of a hash."""
    whole = {str(cents) for cents in CENTS if re.search(rf"(?<![0-9a-zA-Z.]){cents}(?![0-9a-zA-Z.])", text)}
    return {one for one in OWN if one in text} | whole


@pytest.fixture(scope="module")
def fund(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """Five members of two payers; one of them takes out, brings in and asks for a letter."""
    start = instant("2025-04-02T09:00:00Z")
    clock = ReplayClock(start)
    settings = Settings(Text(en="Fund", zh="基金"), "fund.example/log", start, replay=True)
    installed = {name: item for name, item in discover().items() if name == "portable_benefits"}
    folder: Path = tmp_path_factory.mktemp("sight") / "fund"
    with Authority.create(folder, settings, clock=clock, installed=installed) as authority:

        def file(kind: str, caller: Caller, **body: object) -> int:
            receipt = authority.act(Act(f"portable_benefits.{kind}", body, ""), caller)
            authority.follow()
            return receipt.index

        def two(kind: str, **body: object) -> None:
            file("seconded", Caller("party:second", ("officer",)), entry=file(kind, FUND, **body))

        file("member", DRIVER, name="PB-1")
        file("member", FUND, name="PB-6", party="party:zqsomebody")
        for number in range(2, 6):
            file("member", person(number), name=f"PB-{number}")
        for caller, name in ((SWIFT, "SWIFT"), (CITY, "CITY")):
            file("payer", caller, name=name, called=f"{name} (fictitious)", sort="platform")
            file("confirmed", FUND, payer=f"benefits_payer:{name.lower()}")
        for caller, name, earned in (
            (SWIFT, "SWIFT", {1: "7777.25", 2: "2000", 3: "3000"}),
            (CITY, "CITY", {3: "2500", 4: "1500", 5: "4000"}),
        ):
            rows = [f"{FOUR},{name},2025-Q1,PB-{n},2025-01-01,2025-03-31,USD,{earnings},0,0"
                    for n, earnings in earned.items()]  # fmt: skip
            authority.act(files.read("\n".join([HEADING, *rows]).encode(), "f.csv").acts[0], caller)
            authority.follow()
        member = {"programme": FOUR, "member": "benefits_member:pb-1", "pot": "savings"}
        two("brought_in", **member, cents=67891, scheme="zqscheme", on="2025-04-01")
        for number in range(2, 6):
            theirs = {**member, "member": f"benefits_member:pb-{number}"}
            two("brought_in", **theirs, cents=5_000, scheme="before", on="2025-04-01")
            file("taken_out", person(number), **theirs, cents=1_000, reason="health")
        file("taken_out", DRIVER, **member, cents=12345, reason="health")
        file("payee", DRIVER, member="benefits_member:pb-1", person="zqdriver", paid_to=IBAN)
        file("payee", DRIVER, member="benefits_member:pb-1", to="zqelsewhere", person="zqdriver", paid_to=IBAN)
        paying = banking.BANK.paying(authority.reader, FOUR)
        assert paying is not None
        debtor = accounts.Debtor("Fund", "DE89370400440532013000")
        act = banking.BANK.file_act(authority.reader, paying, debtor, on=date(2025, 4, 3), made=authority.clock.now())
        two("bank_file", **act.body)
        file("statement", DRIVER, member="benefits_member:pb-1")
        letters.issue(authority)
        clock.set(instant("2025-06-02T09:00:00Z"))
        authority.tick()
        assert authority.faults() == []
        yield authority


def clients(authority: Authority, caller: Caller | None) -> tuple[TestClient, TestClient]:
    """The portal and the API as one reader comes to them."""
    limits = api.Limits(address_per_s=1e6, address_burst=1e6)
    site = TestClient(portal.app(authority), base_url="https://fund.example")
    door = TestClient(api.app(authority, limits=limits))
    if caller is not None:
        key = authority.access.issue_key(caller.party, caller.roles, ("file", "read"), rate_per_s=1e6)
        door.headers["Authorization"] = f"Bearer {key}"
        sign_in(site, key)
    return site, door


def about_money(authority: Authority) -> list[Stored]:
    """Every entry of the instrument, of the ledger and of letters."""
    every = authority.store.entries(0, authority.store.size())
    return [one for one in every if one.kind.startswith(("portable_benefits.", "accounts.", "letter."))]


def at_the_portal(authority: Authority) -> Iterator[str]:
    found = about_money(authority)
    pages = [page.path for page in authority.instruments["portable_benefits"].pages if "{" not in page.path]
    yield from (*pages, "/account", "/desk", "/letters", "/held", "/reads", "/record")
    yield from ("/ledger", "/ledger?on=2025-05-01", "/ledger/check", "/benefits/audit.json?draw=0")
    yield "/ledger?account=benefits.quarterly_four_percent.member.pb_1"
    yield from (f"/ledger/{one.account}" for one in accounts.accounts(authority.reader))
    yield from (f"/record/{one.index}{form}" for one in found for form in ("", ".json", ".presentation.json"))
    yield from (f"/subjects/{subject}" for subject in sorted({one.subject for one in found if one.subject}))


def at_the_api(authority: Authority) -> Iterator[str]:
    found = about_money(authority)
    yield from ("/api/v1/entries", "/api/v1/subjects?noun=benefits_member", "/api/v1/letters")
    yield from (f"/api/v1/entries/{one.index}{form}" for one in found for form in ("", "/presentation"))
    yield from (f"/api/v1/subjects/{subject}" for subject in sorted({one.subject for one in found if one.subject}))


@pytest.mark.parametrize("reader", READERS)
def test_nobody_else_reads_what_is_one_members(fund: Authority, reader: str) -> None:
    site, door = clients(fund, READERS[reader])
    for address in at_the_portal(fund):
        assert not shown(site.get(address).text), address
    for address in at_the_api(fund):
        assert not shown(door.get(address).text), address


@pytest.mark.parametrize("reader", ["public", "the payer", "another member", "a peer"])
def test_nobody_else_reads_that_something_was_done_about_an_account(fund: Authority, reader: str) -> None:
    """Every employer has the numbers of its people: by them it must not see who took money out, claimed or died."""
    site, door = clients(fund, READERS[reader])
    done = [one for one in about_money(fund) if one.subject == "benefits_member:pb-1" and one.kind != MEMBER.id]
    assert {one.kind.partition(".")[2] for one in done} > {"taken_out", "payee", "statement", "brought_in"}
    for one in done:
        told = door.get(f"/api/v1/entries/{one.index}").text + site.get(f"/record/{one.index}").text
        assert "pb-1" not in told.lower(), one.kind
        assert one.kind not in told
    about = site.get("/record?subject=benefits_member:pb-1").text
    assert not [one.index for one in done if f'"/record/{one.index}"' in about]
    for kind in {one.kind for one in done}:
        assert "pb-1" not in door.get(f"/api/v1/entries?kind={kind}").text.lower()


def test_whose_it_is_reads_all_of_it(fund: Authority) -> None:
    """Otherwise the law above would hold of a fund that shows nobody anything."""
    site, _ = clients(fund, DRIVER)
    page = site.get("/benefits").text
    assert {"311.09", "123.45", "678.91", "866.55", "zqscheme"} <= shown(page)
    texts = "".join(site.get(f"/record/{index}").text for index in range(fund.store.size()))
    assert {"zqelsewhere", "12345", "311.09"} <= shown(texts), "their own filing, and the letter to them"


def test_the_fund_reads_totals_and_what_payers_owe(fund: Authority) -> None:
    """Sums over five members; a total is a line of its own, and nobody's account leads further."""
    site, _ = clients(fund, READERS["an officer"])
    ledger = site.get("/ledger").text
    assert "benefits.quarterly_four_percent.member.*.savings" in ledger
    assert "1,546.55" in ledger, "831.09 paid in, 878.91 brought in, 163.45 taken out, of five"
    assert "member.pb" not in ledger
    assert "511.09" in site.get("/benefits/fund").text
    months = site.get("/ledger/benefits.quarterly_four_percent.payer.swift").text
    assert "2025-04" in months
    assert "511.09" in months
    assert site.get("/ledger/benefits.quarterly_four_percent.member.pb_1.savings").status_code == 404


def test_everybody_reads_what_moved_in_quarters_that_are_over_and_nothing_of_few(fund: Authority) -> None:
    """Asked in August; the second quarter is over, and what one of five moved is part of a sum."""
    told = {cell.what: figure for cell, figure in totals.told(fund.reader, ["2025-Q2"]).items()}
    assert told["contribution"] == (6, 83_109)
    assert told["taken_out"] == (5, 16_345)
    assert totals.told(fund.reader, ["2025-Q1"]) == {}
    assert totals.quarters(date(2025, 8, 1))[:2] == ["2025-Q2", "2025-Q1"]
