"""Somebody who has several accounts is one person: to the rules, to whoever reads totals, and to themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.portable_benefits import books, tables, views
from commonweal.instruments.portable_benefits.checking import ACCOUNTS_MAX
from commonweal.kernel import accounts
from commonweal.kernel.values import BadInput

from .conftest import CITY, DRIVER, FOUR, FUND, LEAVE, MEMBER, SEVERAL, SHOP, SWIFT, Fund, person, table
from .test_money import QUARTERS, SPANS, held

OTHER = Caller("party:second-officer", ("officer",), "authority", "")
SECOND = "benefits_member:pb-2"
QUARTER = "2025-01-01,2025-03-31,USD"


@pytest.fixture
def two(fund: Fund) -> Fund:
    fund.at("2026-04-06T09:00:00Z")
    fund.file("member", DRIVER, name="PB-2")
    return fund


def owed(fund: Fund) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in fund.reader.select(tables.POSTED, {}):
        found[row["payer"]] = found.get(row["payer"], 0) + row["cents"]
    return found


def test_what_is_due_is_the_same_however_work_is_spread_over_accounts(two: Fund) -> None:
    """Neither does who has two accounts miss the line of 1,000.00, nor does the public purse pay its most twice."""
    two.send(table(f"PB-1,{QUARTER},9000,200,0"))
    two.send(table(f"PB-1,{QUARTER},9000,200,0", payer="CITY"), CITY)
    alone = owed(two)
    two.send(table(f"PB-2,{QUARTER},9000,200,0", payer="CITY"), CITY)
    assert owed(two) == alone
    both = {row["member"] for row in two.reader.select(tables.POSTED, {}) if row["cents"]}
    assert both == {MEMBER, SECOND}, "each payer's on the account that it named"
    assert [*accounts.apart(two.reader, books.BOOKS), *accounts.reconciled(two.reader)] == []


def test_service_counts_over_all_accounts_of_a_person(two: Fund) -> None:
    for number, quarter in ((1, QUARTERS[0]), (2, QUARTERS[1])):
        first, last = (f"2025-{day}" for day in SPANS[quarter])
        two.send(table(f"PB-{number},{first},{last},USD,2000,0,0", period=quarter))
    two.settle()
    pot = held(two)["retirement"]
    assert pot.vested * 2 == pot.paid_in > 0


def test_a_week_of_leave_is_paid_once_to_a_person(two: Fund) -> None:
    for at, quarter in enumerate(QUARTERS):
        first, last = (f"2025-{day}" for day in SPANS[quarter])
        row = f"PB-{1 + at % 2},{first},{last},USD,90000,300,0"
        two.send(table(row, programme=LEAVE, payer="SHOP", period=quarter), SHOP)
    two.settle(LEAVE)
    claim = {"programme": LEAVE, "begins": "2026-02-02", "weeks": 1}
    two.file("claim", DRIVER, **claim, member=MEMBER)
    (move,) = two.reader.select(tables.MOVE, {"what": "claim"})
    assert move["done"] == 1, "hours on both accounts qualify"
    with pytest.raises(BadInput, match="paid before"):
        two.file("claim", DRIVER, **claim, member=SECOND)


def test_two_people_in_three_accounts_are_told_of_as_two(two: Fund) -> None:
    """The same sums are told once a third person stands behind them."""
    two.file("member", person(3), name="PB-3")
    in_four = {"programme": FOUR, "pot": "savings", "cents": 50_00, "scheme": "before", "on": "2025-04-01"}

    def told() -> str:
        two.at(f"2026-{int(two.clock.now().strftime('%m')) + 1:02}-03T09:00:00Z")
        page = views.fund_view(two.authority.reading("en", FUND.party), {})
        (part,) = (one for one in page["programmes"] if one["id"] == FOUR)
        return str(part["pots"][0][2])

    for number in (1, 2, 3):
        two.two("brought_in", **in_four, member=f"benefits_member:pb-{number}", reference=f"{number}")
    assert told() == "withheld"
    two.file("member", person(4), name="PB-4")
    two.two("brought_in", **in_four, member="benefits_member:pb-4")
    assert told() == "200.00 USD"


def test_a_death_is_a_persons_and_shuts_all_their_accounts(two: Fund) -> None:
    out: dict[str, Any] = {"programme": SEVERAL, "member": SECOND, "pot": "health"}
    two.two("brought_in", **out, cents=90_00, scheme="before", on="2025-04-01")
    two.file("died", member=MEMBER, on="2026-04-01")
    with pytest.raises(BadInput, match="reason"):
        two.file("taken_out", DRIVER, **out, cents=1, reason="health")


def test_a_death_shuts_what_is_opened_or_handed_over_later_until_the_person_is_said_to_live(two: Fund) -> None:
    """The pool would else go on paying whoever has a dead person's key."""
    two.file("died", member=MEMBER, on="2026-04-01")
    with pytest.raises(BadInput, match="on record"):
        two.file("member", DRIVER, name="PB-9")
    two.file("member", FUND, name="PB-9", party=DRIVER.party)
    two.file("member", SHOP, name="PB-10")
    handed = {"to": DRIVER.party, "reason_code": "ordered"}
    two.two("hand_over", about="benefits_member:pb-10", **{**handed, "reason_code": "filed_for_another"})
    late = "PB-{},2026-04-02,2026-04-02,USD,10,0,0"
    for number in (1, 2, 9, 10):
        with pytest.raises(BadInput, match="open here"):
            two.send(table(late.format(number), period="2026-Q2"))
        claim = {"programme": LEAVE, "begins": "2026-02-02", "weeks": 1, "member": f"benefits_member:pb-{number}"}
        with pytest.raises(BadInput, match="did not die"):
            two.file("claim", DRIVER, **claim)
    two.two("hand_over", about=MEMBER, **{**handed, "to": SWIFT.party})
    assert set(tables.died_on(two.reader, [MEMBER, SECOND])) == {MEMBER, SECOND}, "no hand-over opens it again"
    two.file("alive", OTHER, member=SECOND, words="Another person of that name (fictitious).")
    assert not tables.died_on(two.reader, [MEMBER, *(f"benefits_member:pb-{number}" for number in (2, 9, 10))])
    two.file("member", DRIVER, name="PB-11")


def test_a_person_reads_what_they_have_in_all_accounts_and_opens_no_more_than_a_bound(two: Fund) -> None:
    for number in (1, 2):
        told = {"programme": SEVERAL, "member": f"benefits_member:pb-{number}", "pot": "health"}
        two.two("brought_in", **told, cents=10_00 * number, scheme="before", on="2025-04-01")
    page = views.member_view(two.authority.reading("en", DRIVER.party), {})
    assert page["together"] == [["Several payers, four pots", "Health", "30.00 USD", "0.00 USD", "30.00 USD"]]
    assert page["statements"][0]["on"] == date(2026, 4, 6).isoformat()
    for number in range(3, ACCOUNTS_MAX + 1):
        two.file("member", DRIVER, name=f"PB-{number}")
    with pytest.raises(BadInput, match="of one person"):
        two.file("member", DRIVER, name="PB-MORE")
    two.file("member", SWIFT, name="PB-MORE")
