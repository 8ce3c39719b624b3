"""What a statement says and what the ledger posted follow from one outcome, also where the ledger refuses."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.doors.portal.people import sign_in

from commonweal.doors import portal
from commonweal.doors.cli import main
from commonweal.instruments.portable_benefits import books, tables
from commonweal.instruments.portable_benefits.statements import statement
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Transfer
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

from .conftest import CITY, DRIVER, FOUR, FUND, LEAVE, MEMBER, SHOP, SWIFT, Fund, table
from .test_money import agrees, held, worked

ROW = "PB-1,2025-01-01,2025-03-31,USD,{earnings},0,0"
SAVINGS, SWIFT_OWES = (
    "benefits.quarterly_four_percent.member.pb_1.savings",
    "benefits.quarterly_four_percent.payer.swift",
)
OUT = {"programme": FOUR, "member": MEMBER, "pot": "savings", "reason": "emergency"}


def close(fund: Fund, *names: str) -> None:
    fund.authority.act(Act(accounts.CLOSED.id, {"of": "benefits", "accounts": list(names)}, ""))
    fund.authority.follow()


def told(fund: Fund, programme: str = FOUR) -> dict[str, Any]:
    found = statement(fund.reader, MEMBER, fund.clock.now().date(), "en")["programmes"]
    return next(one for one in found if one["programme"] == programme)


def apart(fund: Fund) -> list[str]:
    return [one.what for one in accounts.apart(fund.reader, books.BOOKS)]


def test_what_the_ledger_did_not_take_is_on_no_statement_and_is_said_beside_it(fund: Fund) -> None:
    """An account was closed: the payer's file is on record, and nothing of it is anybody's."""
    fund.send(table(ROW.format(earnings="2000"), programme=FOUR))
    fund.settle(FOUR)
    close(fund, SAVINGS)
    fund.send(table(ROW.format(earnings="3000"), programme=FOUR))
    assert held(fund, FOUR)["savings"].paid_in == 80_00
    assert fund.held(SAVINGS) == 80_00
    assert told(fund)["unbooked"] == [
        "2025-Q1, SWIFT (fictitious), Benefits savings: 40.00 USD. Not booked: an account of the ledger is closed."
    ]
    with pytest.raises(BadInput, match="received"):
        fund.file("taken_out", DRIVER, **OUT, cents=80_01)
    fund.file("taken_out", DRIVER, **OUT, cents=80_00)
    (move,) = told(fund)["moves"]
    assert move["amount"] == "0.00"
    assert "Not booked" in move["said"]
    assert held(fund, FOUR)["savings"].free == 80_00
    assert apart(fund) == []
    agrees(fund)


def test_the_next_file_asks_again_for_what_was_not_booked(fund: Fund) -> None:
    """Whose account is closed gets nothing; whoever else is in the file gets theirs, and nothing is posted twice."""
    fund.file("member", CITY, name="PB-2")
    rows = [f"PB-{number},2025-01-01,2025-03-31,USD,2000,0,0" for number in (1, 2)]
    fund.send(table(rows[0], programme=FOUR))
    close(fund, SAVINGS)
    fund.send(table(rows[0].replace("2000", "2500"), rows[1], programme=FOUR))
    assert fund.held("benefits.quarterly_four_percent.member.pb_2.savings") == 80_00
    assert fund.held(SWIFT_OWES) == 160_00
    (row,) = fund.reader.select(tables.UNBOOKED, {})
    assert row["cents"] == 20_00
    fund.send(table(*rows, programme=FOUR))
    assert not fund.reader.select(tables.UNBOOKED, {}), "what it says now stands"
    assert apart(fund) == []
    agrees(fund)


def test_a_payment_that_the_ledger_did_not_take_covers_nothing_and_can_be_recorded_again(fund: Fund) -> None:
    fund.send(table(ROW.format(earnings="2000"), programme=FOUR))
    close(fund, SWIFT_OWES)
    body = {"programme": FOUR, "payer": "benefits_payer:swift", "cents": 80_00, "on": "2025-04-02", "reference": "B1"}
    fund.two("paid", **body)
    assert held(fund, FOUR)["savings"].received == 0
    fund.two("paid", **body)
    assert apart(fund) == []
    agrees(fund)


def test_a_claim_is_decided_by_what_the_ledger_made_of_it(fund: Fund) -> None:
    """What is on record as paid was posted: the decision comes after the ledger's answer."""
    fund.at("2026-04-06T09:00:00Z")
    worked(fund, SHOP, programme=LEAVE, earnings="90000", hours="300")
    close(fund, "benefits.pooled_leave.pool.pool")
    claim = {"programme": LEAVE, "member": MEMBER, "begins": "2026-02-02", "weeks": 1}
    index = fund.file("claim", DRIVER, **claim)
    every = map(fund.authority.entry, range(index, fund.authority.store.size()))
    (decided,) = (entry for entry in every if entry.kind == "portable_benefits.decided")
    assert decided.body["outcome"] == "not_booked"
    assert decided.body["claim"] == index
    (move,) = told(fund, LEAVE)["moves"]
    assert move["said"].startswith("Not paid: an account of the ledger is closed")
    assert not fund.reader.select(tables.POOL, {"paid": (">", 0)})
    assert apart(fund) == []


def test_reconcile_names_the_accounts_of_which_statements_say_otherwise(
    fund: Fund, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A transfer that the authority files by hand is on no statement."""
    fund.send(table(ROW.format(earnings="2000"), programme=FOUR), SWIFT)
    folder = str(fund.authority.folder)
    move = Transfer("by-hand", SAVINGS, SWIFT_OWES, 30_00, fund.clock.now().date().toordinal())
    with pytest.raises(BadInput, match=r"portable_benefits\.paid"):
        fund.authority.act(accounts.transfers_act("benefits", [move]))
    monkeypatch.setattr(accounts, "moved_by_hand", lambda *asked: [])  # it was taken once
    fund.authority.act(accounts.transfers_act("benefits", [move]))
    fund.authority.follow()
    assert sorted(apart(fund)) == [f"{SAVINGS} balance", f"{SWIFT_OWES} balance"]
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before
    fund.authority.close()
    assert main(["account", "reconcile", folder]) == 1
    said = capsys.readouterr()
    assert f"{SAVINGS} balance: 5000 is on the ledger, statements say 8000" in said.out
    assert "filed by hand" in said.err


def test_the_page_that_checks_the_ledger_says_that_a_transfer_was_filed_by_hand(
    fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said that all adds up, while the command found it: debits equal credits whoever filed them."""
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,2000,0,0", programme=FOUR))
    site = TestClient(portal.app(fund.authority), base_url="https://fund.example")
    sign_in(site, fund.authority.access.issue_key(FUND.party, FUND.roles, ("file", "read")))
    assert "All adds up" in site.get("/ledger/check").text
    by_hand = Transfer("hand", SAVINGS, SWIFT_OWES, 1, fund.clock.now().date().toordinal(), code="mistake")
    monkeypatch.setattr(accounts, "moved_by_hand", lambda *asked: [])  # from before it was refused
    fund.authority.act(accounts.transfers_act("benefits", [by_hand]))
    fund.authority.follow()
    page = site.get("/ledger/check").text
    assert "All adds up" not in page
    assert "a transfer was filed by hand, or one is missing" in page
