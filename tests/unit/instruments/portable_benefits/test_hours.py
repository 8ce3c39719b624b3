"""A pool pays by hours that were paid for, or that two officers confirmed: not by what a payer only says, and least of
all the claimant's own firm. A reviewer's member registered a firm, said 900 hours of themselves and was paid."""

from __future__ import annotations

from typing import Any

from commonweal.instruments.portable_benefits import statements, tables
from commonweal.instruments.portable_benefits.programmes import newest
from commonweal.kernel.record import Row

from .conftest import CITY, DRIVER, LEAVE, MEMBER, SHOP, Fund, table
from .test_money import QUARTERS, SPANS, agrees, worked

CLAIM = {"programme": LEAVE, "member": MEMBER, "begins": "2026-04-06", "weeks": 1}
OWN = {"programme": LEAVE, "payer": "benefits_payer:own", "member": MEMBER, "words": "Tax assessment 2025."}


def claimed(fund: Fund) -> Row:
    entry = fund.file("claim", DRIVER, **CLAIM)
    row = fund.reader.get(tables.MOVE, entry)
    assert row is not None
    return row


def says(fund: Fund, caller: Any, payer: str, hours: str) -> None:
    for quarter in QUARTERS:
        first, last = (f"2025-{day}" for day in SPANS[quarter])
        row = f"PB-1,{first},{last},USD,6500,{hours},0"
        fund.send(table(row, programme=LEAVE, payer=payer, period=quarter), caller)


def rich(fund: Fund) -> None:
    """Somebody else's premiums fill the pool."""
    fund.file("member", CITY, name="PB-RICH")
    fund.send(table("PB-RICH,2025-01-01,2025-03-31,USD,900000,0,0", programme=LEAVE, payer="CITY"), CITY)
    fund.settle(LEAVE)


def test_hours_count_as_far_as_the_fund_received_what_is_due_for_them(fund: Fund) -> None:
    fund.at("2026-07-01T09:00:00Z")
    rich(fund)
    says(fund, SHOP, "SHOP", "250")
    row = claimed(fund)
    assert (row["done"], row["body"]["outcome"], row["body"]["hours"]) == (0, "not_qualified", 0)
    found = newest(fund.reader, LEAVE)
    assert found is not None
    assert "1000.00 hours do not count: the fund had not received" in statements.why(found[0], row["body"])["en"]
    told = statements.statement(fund.reader, MEMBER, fund.clock.now().date(), "en")
    (part,) = (one for one in told["programmes"] if one["programme"] == LEAVE)
    assert part["not_counted"][0].startswith("2025-Q4, SHOP (fictitious): of 250.00 hours 0.00 count")
    fund.settle(LEAVE)
    row = claimed(fund)
    assert (row["done"], row["body"]["hours"], row["body"]["hours_unpaid"]) == (1, 1000_00, 0)
    told = statements.statement(fund.reader, MEMBER, fund.clock.now().date(), "en")
    assert [one["not_counted"] for one in told["programmes"] if one["programme"] == LEAVE] == [[]]
    agrees(fund)


def test_what_ones_own_firm_says_counts_once_two_officers_confirmed_it_and_no_more_than_that(fund: Fund) -> None:
    fund.at("2026-07-01T09:00:00Z")
    rich(fund)
    fund.payer(DRIVER, "OWN", "self_employed")
    says(fund, DRIVER, "OWN", "250")
    fund.settle(LEAVE)
    row = claimed(fund)
    assert (row["body"]["outcome"], row["body"]["hours_own"], row["body"]["hours_unpaid"]) == (
        "not_qualified",
        1000_00,
        0,
    )
    told = {**OWN, "cents": 6_500_00, "hours_confirmed": 205_00}
    for period in QUARTERS:
        fund.two("work_confirmed", **told, period=period)
    row = claimed(fund)
    assert (row["done"], row["body"]["hours"], row["body"]["hours_own"]) == (1, 820_00, 180_00)
    fund.two("work_confirmed", **{**told, "hours_confirmed": 0, "cents": 0}, period="2025-Q4")
    assert [one["cents"] for one in fund.reader.select(tables.OWING)] == [row["cents"]], "it was not so"
    agrees(fund)


def test_of_what_two_officers_confirm_no_more_counts_than_the_payer_says_and_neither_is_told_what_that_is(
    fund: Fund,
) -> None:
    fund.at("2026-07-01T09:00:00Z")
    rich(fund)
    fund.payer(DRIVER, "OWN", "self_employed")
    says(fund, DRIVER, "OWN", "250")
    fund.settle(LEAVE)
    for period in (*QUARTERS, "2024-Q4"):
        fund.two("work_confirmed", **{**OWN, "cents": 10**9, "hours_confirmed": 10**6}, period=period)
    row = claimed(fund)
    assert (row["body"]["hours"], row["body"]["hours_own"]) == (1000_00, 0)
    agrees(fund)


def test_payments_that_reach_less_far_later_take_nothing_from_who_was_paid_rightly(fund: Fund) -> None:
    fund.at("2026-07-01T09:00:00Z")
    rich(fund)
    worked(fund, SHOP, programme=LEAVE, earnings="6500", hours="250")
    assert claimed(fund)["done"] == 1
    fund.file("member", SHOP, name="PB-2")
    rows = [f"PB-{at},2025-01-01,2025-03-31,USD,6500,250,0" for at in (1, 2)]
    fund.send(table(*rows, programme=LEAVE, payer="SHOP"), SHOP)
    assert fund.reader.select(tables.OWING) == []
