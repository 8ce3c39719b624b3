"""Money of a member: vested, taken out, brought in, claimed from a pool; who sees what of it; and the ledger agrees."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import books, confiding, statements, tables, views
from commonweal.instruments.portable_benefits.claims import quarters_before, reserve
from commonweal.instruments.portable_benefits.following import payer_account, pot_account
from commonweal.instruments.portable_benefits.programmes import in_force, newest
from commonweal.kernel import accounts, notices
from commonweal.kernel.values import BadInput, Forbidden

from .conftest import CITY, DRIVER, FOUR, FUND, LEAVE, MEMBER, SECOND, SEVERAL, SHOP, SWIFT, Fund, person, table

QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
SPANS = dict(
    zip(QUARTERS, (("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31")), strict=True)
)


def worked(
    fund: Fund, caller: Caller, *, programme: str = SEVERAL, earnings: str = "2000", hours: str = "0",
    quarters: tuple[str, ...] = QUARTERS,
) -> None:  # fmt: skip
    """A payer's files for whole quarters, each sent after it was over."""
    payer = caller.party.removeprefix("party:").upper()
    for quarter in quarters:
        first, last = (f"2025-{day}" for day in SPANS[quarter])
        row = f"PB-1,{first},{last},USD,{earnings},{hours},0"
        fund.send(table(row, programme=programme, payer=payer, period=quarter), caller)
    fund.settle(programme)


def held(fund: Fund, programme: str = SEVERAL, on: str = "2026-01-05") -> dict[str, tables.Held]:
    found = newest(fund.reader, programme)
    assert found is not None
    return tables.pots_of(fund.reader, found[0], MEMBER, date.fromisoformat(on))


def take_out(fund: Fund, pot: str, cents: int, reason: str, caller: Caller = DRIVER) -> int:
    return fund.file("taken_out", caller, programme=SEVERAL, member=MEMBER, pot=pot, cents=cents, reason=reason)


def agrees(fund: Fund) -> None:
    """The ledger holds for each account what the tables here say, reckoned anew, and what it holds adds up."""
    assert not list(accounts.reconciled(fund.reader))
    assert not list(accounts.apart(fund.reader, books.BOOKS))
    for programme, _ in in_force(fund.reader):
        owed: dict[str, int] = {}
        for row in fund.reader.select(tables.POSTED, {"programme": programme.id}):
            for name in (pot_account(programme, row["member"], row["pot"]), payer_account(programme, row["payer"])):
                owed[name] = owed.get(name, 0) + row["cents"]
        for row in fund.reader.select(tables.MOVE, {"programme": programme.id, "done": 1}):
            name = (
                payer_account(programme, row["payer"])
                if row["payer"]
                else pot_account(programme, row["member"], row["pot"])
            )
            owed[name] = owed.get(name, 0) + (row["cents"] if row["what"] == "brought_in" else -row["cents"])
            owed[name] += tables.not_due(fund.reader, row)  # the pot has it again
        assert {name: fund.held(name) for name in owed} == owed


def test_six_months_with_two_payers_vest_half_and_twelve_months_all(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, quarters=QUARTERS[:1])
    worked(fund, CITY, quarters=QUARTERS[1:2])
    pot = held(fund)["retirement"]
    assert pot.vested * 2 == pot.paid_in > 0, "three months with one and three with the other"
    worked(fund, CITY, quarters=QUARTERS[2:])
    assert held(fund)["retirement"].vested == held(fund)["retirement"].paid_in


def test_what_is_not_vested_or_for_another_purpose_is_not_taken_out(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, quarters=QUARTERS[:1])
    with pytest.raises(BadInput, match="vested"):
        take_out(fund, "retirement", 1, "retirement")
    with pytest.raises(BadInput, match="reason"):
        take_out(fund, "training", 1, "emergency")
    with pytest.raises(BadInput, match="pot"):
        take_out(fund, "pool", 1, "health")
    with pytest.raises(Forbidden):
        take_out(fund, "health", 1, "health", SWIFT)
    free = held(fund)["health"].free
    take_out(fund, "health", free, "health")
    with pytest.raises(BadInput, match="cents"):
        take_out(fund, "health", 1, "health")
    agrees(fund)


def test_nobody_takes_out_what_no_payer_paid(fund: Fund) -> None:
    """Files say what is due, and a file is soon written: what leaves the fund is bounded by what came to its bank."""
    fund.at("2026-01-05T09:00:00Z")
    fund.file("member", CITY, name="PB-2")
    row = "PB-{},2025-01-01,2025-03-31,USD,9000000,0,0"
    fund.send(table(row.format(1), programme=FOUR))
    fund.send(table(row.format(2), programme=FOUR, payer="CITY"), CITY)
    out = {"programme": FOUR, "member": MEMBER, "pot": "savings", "reason": "emergency"}
    with pytest.raises(BadInput, match="received"):
        fund.file("taken_out", DRIVER, **out, cents=1)
    fund.two("paid", programme=FOUR, payer="benefits_payer:city", cents=360_000_00, on="2026-01-05")
    with pytest.raises(BadInput, match="received"):
        fund.file("taken_out", DRIVER, **out, cents=1)
    fund.two("paid", programme=FOUR, payer="benefits_payer:swift", cents=90_000_00, on="2026-01-05")
    fund.file("taken_out", DRIVER, **out, cents=90_000_00)
    with pytest.raises(BadInput, match="received"):
        fund.file("taken_out", DRIVER, **out, cents=1)
    bank = accounts.account(fund.reader, "benefits.quarterly_four_percent.bank")
    assert bank is not None
    assert bank.floor == 0
    waits = fund.held("benefits.quarterly_four_percent.payable")
    assert (fund.held(bank.account), waits) == (450_000_00, 90_000_00), "it leaves the bank once the bank took it"
    agrees(fund)


def test_payments_cover_the_oldest_period_first_and_its_people_alike(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    fund.file("member", CITY, name="PB-2")
    for quarter in ("2025-Q2", "2025-Q1"):
        first, last = (f"2025-{day}" for day in SPANS[quarter])
        rows = [f"PB-{number},{first},{last},USD,{1000 * number},0,0" for number in (1, 2)]
        fund.send(table(*rows, programme=FOUR, period=quarter))
    pay = {"programme": FOUR, "payer": "benefits_payer:swift", "on": "2026-01-05"}
    fund.two("paid", **pay, cents=120_00 + 30_00)
    assert held(fund, FOUR)["savings"].received == 40_00 + 10_00, "all of one quarter, a quarter of the next"
    fund.two("paid", **pay, cents=500_00)
    assert held(fund, FOUR)["savings"].received == 80_00, "what is paid beyond is nobody's yet"
    agrees(fund)


def test_nothing_is_taken_out_for_a_death_or_of_an_account_whose_holder_died(fund: Fund) -> None:
    """Neither by an officer nor with the key of whoever died: it is divided among heirs."""
    fund.two("brought_in", programme=SEVERAL, member=MEMBER, pot="health", cents=900, scheme="Old", on="2025-04-01")
    with pytest.raises(BadInput, match="reason"):
        take_out(fund, "health", 1, "death", FUND)
    fund.file("died", member=MEMBER, on="2025-04-01")
    for caller, reason in ((FUND, "death"), (DRIVER, "health"), (FUND, "health")):
        with pytest.raises(BadInput, match="divided"):
            take_out(fund, "health", 1, reason, caller)


def test_a_correction_after_money_was_taken_out_is_owed_back_until_the_next_contribution_is_there(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, earnings="5000", quarters=QUARTERS[:1])
    take_out(fund, "health", held(fund)["health"].free, "health")
    fund.goes_out()
    worked(fund, SWIFT, earnings="2000", quarters=QUARTERS[:1])
    now = held(fund)["health"]
    assert (now.balance, now.free, now.owing) == (0, 0, 45_00)
    assert fund.held("benefits.several_payers.owing.pb_1") == 45_00
    worked(fund, SWIFT, earnings="9000", quarters=QUARTERS[1:2])
    now = held(fund)["health"]
    assert (now.free, now.owing) == (now.balance, 0)
    assert now.balance > 0 == fund.held("benefits.several_payers.owing.pb_1")
    assert not list(accounts.apart(fund.reader, books.BOOKS))


@pytest.fixture
def corrected(fund: Fund) -> Fund:
    """Swift and City report one person each and pay for them; once Swift's has taken their health money out, Swift says
    that it was somebody else."""
    row = "PB-{},2025-01-01,2025-03-31,USD,3000.00,400,0"
    for number in (2, 3):
        fund.file("member", person(number), name=f"PB-{number}")
    fund.send(table(row.format(1)))
    fund.send(table(row.format(3), payer="CITY"), CITY)
    for payer in ("swift", "city"):
        told = {"programme": SEVERAL, "payer": f"benefits_payer:{payer}", "on": "2025-04-01", "reference": payer}
        fund.two("paid", **told, cents=500_00)
    take_out(fund, "health", 336_00, "health")
    fund.goes_out()
    fund.send(table(row.format(2)))
    return fund


def pots(fund: Fund, number: int) -> dict[str, tables.Held]:
    programme = newest(fund.reader, SEVERAL)
    assert programme is not None
    return tables.pots_of(fund.reader, programme[0], f"benefits_member:pb-{number}", fund.clock.now().date())


def test_what_was_taken_out_is_not_taken_out_again_by_whom_a_payer_names_instead(corrected: Fund) -> None:
    """Else the other payers' people would bear it: whoever came last would find nothing of what their page promises."""
    assert pots(corrected, 1)["health"].owing == 336_00, "it is to come back from whoever has it"
    theirs = sum(one.received for one in pots(corrected, 2).values())
    assert 500_00 - 336_00 - 4 <= theirs <= 500_00 - 336_00, "of what Swift paid so much is left, to the cent of a pot"
    assert pots(corrected, 3)["health"].free == 336_00, "the people of another payer are not touched"
    out = {"programme": SEVERAL, "pot": "health", "reason": "health"}
    with pytest.raises(BadInput, match="at most"):
        corrected.file("taken_out", person(2), **out, member="benefits_member:pb-2", cents=336_00)
    corrected.file("taken_out", person(3), **out, member="benefits_member:pb-3", cents=336_00)


def test_as_it_comes_back_or_another_payer_bears_it_payments_reach_as_far_as_before(corrected: Fund) -> None:
    row = corrected.reader.select(tables.OWING, {})[0]
    told = {"programme": SEVERAL, "member": MEMBER, "payment": row["payment"], "on": "2025-04-01", "reference": "back"}
    corrected.two("recovered", **told, cents=136_00)
    assert pots(corrected, 1)["health"].owing == 200_00
    corrected.send(table("PB-1,2025-01-01,2025-03-31,USD,3000.00,400,0", payer="SHOP"), SHOP)
    assert pots(corrected, 1)["health"].owing == 200_00, "what Shop says and did not pay bears nothing"
    told = {"programme": SEVERAL, "payer": "benefits_payer:shop", "on": "2025-04-01", "reference": "shop"}
    corrected.two("paid", **told, cents=500_00)
    assert (pots(corrected, 1)["health"].owing, pots(corrected, 1)["health"].free) == (0, 136_00)
    assert sum(one.received for one in pots(corrected, 2).values()) == 500_00
    assert not list(accounts.apart(corrected.reader, books.BOOKS))


def test_what_a_payer_says_later_of_others_takes_nothing_from_who_took_theirs_out(fund: Fund) -> None:
    """More people in a period, and no more money: it goes alike but for what is gone already. No debt arises."""
    fund.file("member", person(2), name="PB-2")
    row = "PB-{},2025-01-01,2025-03-31,USD,3000.00,0,0"
    fund.send(table(row.format(1), programme=FOUR))
    fund.settle(FOUR)
    out = {"programme": FOUR, "member": MEMBER, "pot": "savings", "reason": "emergency"}
    fund.file("taken_out", DRIVER, **out, cents=90_00)
    fund.send(table(row.format(1), row.format(2), programme=FOUR))
    found = newest(fund.reader, FOUR)
    assert found is not None
    first, second = (
        tables.pots_of(fund.reader, found[0], f"benefits_member:pb-{number}", fund.clock.now().date())["savings"]
        for number in (1, 2)
    )
    assert (first.received, first.free, first.owing) == (90_00, 0, 0)
    assert second.received == 30_00


def test_money_brought_in_is_theirs_at_once_and_moves_on_with_them(fund: Fund) -> None:
    fund.two("brought_in", programme=SEVERAL, member=MEMBER, pot="retirement", cents=50_000, scheme="Old fund",
              on="2025-04-01")  # fmt: skip
    assert held(fund)["retirement"].free == 50_000
    with pytest.raises(BadInput, match="another reference"):
        fund.two("brought_in", programme=SEVERAL, member=MEMBER, pot="retirement", cents=50_000, scheme="Old fund",
                  on="2025-04-01")  # fmt: skip
    out = {"programme": SEVERAL, "member": MEMBER, "pot": "retirement", "cents": 50_000}
    with pytest.raises(BadInput, match="scheme to which"):
        fund.file("taken_out", DRIVER, **out, reason="moved_to_another_scheme")
    fund.file("taken_out", DRIVER, **out, reason="moved_to_another_scheme", to="New fund")
    assert held(fund)["retirement"].balance == 0
    agrees(fund)


def test_a_reference_of_the_bank_is_one_receipt_whatever_else_is_said_of_it(fund: Fund) -> None:
    """Booked twice, it would be money at the bank that never came there."""
    paid = {"programme": SEVERAL, "payer": "benefits_payer:swift", "cents": 50_00, "on": "2025-04-01"}
    brought = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "cents": 70_00, "scheme": "Old fund"}
    fund.two("paid", **paid, reference="BANK REF-1")
    for other in (
        {"on": "2025-04-02"},
        {"cents": 50_01},
        {"payer": "benefits_payer:city"},
        {"reference": "bankref-1"},
        {"reference": "Bank/Ref 1"},
        {"programme": FOUR},
    ):
        with pytest.raises(BadInput, match="one receipt"):
            fund.two("paid", **{**paid, "reference": "BANK REF-1", **other})
    with pytest.raises(BadInput, match="one receipt"):
        fund.file("brought_in", **brought, on="2025-04-01", reference="BANK REF-1")
    fund.two("brought_in", **brought, on="2025-04-01", reference="BANK REF-2/1")
    fund.two("brought_in", **brought, on="2025-04-01", reference="BANK REF-2/2")
    waits = fund.file("brought_in", **brought, on="2025-04-01", reference="BANK REF-3")
    fund.two("paid", **{**paid, "cents": 60_00}, reference="BANK REF-3")
    with pytest.raises(BadInput, match="one receipt"):
        fund.file("seconded", SECOND, entry=waits)
    assert tables.at_the_bank(fund.reader, SEVERAL) == 50_00 + 60_00 + 2 * 70_00


def test_hours_with_several_payers_together_qualify_for_the_pool(fund: Fund) -> None:
    """500 + 340 hours are 840; a typical week is 6,500 * 2 / 26 = 500.00, of which 90 percent are 450.00."""
    fund.at("2026-07-01T09:00:00Z")
    worked(fund, SWIFT, programme=LEAVE, earnings="3250", hours="125")
    claim = {"programme": LEAVE, "member": MEMBER, "begins": "2026-04-06", "weeks": 1}
    fund.file("claim", DRIVER, **claim)
    worked(fund, SHOP, programme=LEAVE, earnings="3250", hours="85")
    fund.file("claim", DRIVER, **claim)
    page = views.fund_view(fund.authority.reading("en", "party:fund"), {})
    assert [one["pool"]["unpaid"] for one in page["programmes"] if one["pool"]] == [True]
    fund.file("member", CITY, name="PB-RICH")
    fund.send(table("PB-RICH,2025-01-01,2025-03-31,USD,900000,0,0", programme=LEAVE, payer="CITY"), CITY)
    fund.settle(LEAVE)
    fund.file("claim", DRIVER, **{**claim, "weeks": 10})
    with pytest.raises(BadInput, match="at most 2"):
        fund.file("claim", DRIVER, **{**claim, "weeks": 3, "begins": "2026-06-15"})
    fund.file("claim", DRIVER, **{**claim, "weeks": 2, "begins": "2026-06-15"})
    rows = fund.reader.select(tables.MOVE, {"member": MEMBER})
    told = [(row["body"]["outcome"], row["cents"], row["body"]["weeks"]) for row in rows]
    assert told == [("not_qualified", 0, 0), ("pool_empty", 0, 0), ("paid", 450_000, 10), ("paid", 90_000, 2)]
    found = newest(fund.reader, LEAVE)
    assert found is not None
    assert found[0].pays is not None
    counts = quarters_before(date(2026, 6, 1), found[0].pays)
    assert (len(counts), counts[0][0], counts[-1][1]) == (4, date(2025, 1, 1), date(2025, 12, 31))
    agrees(fund)


def test_no_week_is_paid_twice_nor_ahead_nor_with_work_nor_after_a_death(fund: Fund) -> None:
    fund.at("2026-06-01T09:00:00Z")
    worked(fund, SWIFT, programme=LEAVE, earnings="900000", hours="300")
    claim = {"programme": LEAVE, "member": MEMBER, "weeks": 2}

    def wrong(begins: str) -> list[str]:
        with pytest.raises(BadInput) as error:
            fund.file("claim", DRIVER, **claim, begins=begins)
        return [fault.code for fault in error.value.faults]

    assert wrong("2026-05-19") == ["ahead"], "its second week ends today"
    fund.send(table("PB-1,2025-12-29,2025-12-31,USD,90,8,0", programme=LEAVE, payer="CITY", period="2025-Q4"), CITY)
    assert wrong("2025-12-30") == ["worked"], "until 31 December, as the payer says"
    fund.file("claim", DRIVER, **claim, begins="2026-02-02")
    assert wrong("2026-02-02") == wrong("2026-02-15") == wrong("2026-01-20") == ["paid_before"]
    fund.file("claim", DRIVER, **claim, begins="2026-02-16")
    rows = fund.reader.select(tables.MOVE, {"what": "claim"}, order=("entry",))
    assert [row["done"] for row in rows] == [1, 1]
    fund.file("died", member=MEMBER, on="2026-05-30")
    assert wrong("2026-04-06") == ["died"]
    agrees(fund)


def test_the_pool_says_how_long_it_lasts_and_that_it_is_below_its_line(fund: Fund) -> None:
    test_hours_with_several_payers_together_qualify_for_the_pool(fund)
    found = newest(fund.reader, LEAVE)
    assert found is not None
    told = reserve(fund.reader, found[0], date(2026, 7, 10))
    assert told == (
        8_280_00 + 239_20 - 5_400_00,
        5_400_00,
        (5_400_00,),
        Fraction(8_280_00 + 239_20 - 5_400_00, 450_00),
        3,
    )
    assert told.sound
    page = views.fund_view(fund.authority.reading("zh", "party:fund"), {})
    assert page["members"] == 2
    (pool,) = (one["pool"] for one in page["programmes"] if one["pool"])
    assert pool["withheld"], "months, or what is held, would tell what the one who was paid got"
    assert "3119.20" not in str(pool)
    assert "driver" not in str(page).lower()


def test_a_payer_is_shown_its_own_and_a_member_all_of_theirs_and_nobody_another(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT)
    worked(fund, CITY, earnings="777")
    fund.two("paid", programme=SEVERAL, payer="benefits_payer:swift", cents=5000, on="2026-01-05")
    mine = views.member_view(fund.authority.reading("en", DRIVER.party), {})
    assert {line["payer"].split()[0] for line in mine["statements"][0]["programmes"][0]["contributions"]} == {
        "SWIFT", "CITY", "Public",
    }  # fmt: skip
    assert views.member_view(fund.authority.reading("en", CITY.party), {})["statements"] == []
    books = views.payer_view(fund.authority.reading("en", SWIFT.party), {})["payers"]
    assert [one["number"] for one in books] == ["SWIFT"]
    assert books[0]["books"][0]["paid"] == "370.00 USD", "50.00 more than it owed"
    assert views.payer_view(fund.authority.reading("en", DRIVER.party), {})["payers"] == []


def test_a_member_reads_what_each_payer_said_of_their_work(fund: Fund) -> None:
    """Whoever cannot see what was reported cannot see that half of it is missing."""
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,1234.57,61.5,3"))
    page = views.member_view(fund.authority.reading("en", DRIVER.party), {})
    (part,) = page["statements"][0]["programmes"]
    assert part["work_rows"] == [
        ["2025-Q1", "SWIFT (fictitious)", "2025-01-01", "2025-03-31", "1234.57", "61.50", "3", "2025-04-02"]
    ]


def test_a_payers_page_adds_up_also_where_others_changed_its_share(fund: Fund) -> None:
    row = "PB-1,2025-01-01,2025-03-31,USD,{},390,0"
    fund.send(table(row.format(3000)))
    fund.send(table(row.format(1000), payer="CITY"), CITY)
    (book,) = views.payer_view(fund.authority.reading("en", SWIFT.party), {})["payers"][0]["books"]
    (file,) = book["files"]
    ((period, changed),) = book["by_others"]
    assert (period, changed) == ("2025-Q1", "-75.00 USD"), "a quarter of the health contribution is City's"
    due = sum(each["cents"] for each in fund.reader.select(tables.OWED, {"payer": "benefits_payer:swift"}))
    assert file["posted"] - file["back"] - 75_00 == due


def test_a_statement_leaves_as_a_letter_in_both_languages(fund: Fund) -> None:
    worked(fund, SWIFT, quarters=QUARTERS[:1])
    fund.file("statement", DRIVER, member=MEMBER)
    (letter,) = notices.letters(fund.reader, party=DRIVER.party)
    assert letter["titles"]["zh"] == "您的账户（PB-1）对账单"


def test_the_ledger_agrees_whatever_comes_in_which_order(fund: Fund) -> None:
    """Files for random members, sent again and corrected, with money taken out in between, from one seed."""
    chance = random.Random(7)
    fund.at("2026-01-05T09:00:00Z")
    for number in range(2, 5):
        fund.file("member", person(number), name=f"PB-{number}")
    for _ in range(25):
        payer, caller = chance.choice([("SWIFT", SWIFT), ("CITY", CITY), ("SHOP", SHOP)])
        quarter = chance.choice(QUARTERS)
        first, last = (f"2025-{day}" for day in SPANS[quarter])
        rows = [
            f"PB-{number},{first},{last},USD,{chance.randrange(400_000) / 100:.2f},{chance.randrange(400)},7"
            for number in range(1, 5) if chance.random() < 0.7
        ]  # fmt: skip
        rows = rows or [f"PB-1,{first},{last},USD,1,0,0"]
        fund.send(table(*rows, programme=chance.choice([SEVERAL, FOUR]), payer=payer, period=quarter), caller)
        if chance.random() < 0.5:
            fund.settle()
        free = held(fund)["health"].free
        if free and chance.random() < 0.3:
            take_out(fund, "health", chance.randint(1, free), "health")
    agrees(fund)
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before
    assert statements.statement(fund.reader, MEMBER, date(2026, 1, 5), "zh")["programmes"]


def test_the_lines_of_a_statement_add_up_to_each_pots_balance(fund: Fund) -> None:
    """A spreadsheet of them comes to what the page says, to the cent, also after something was taken out."""
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT)
    take_out(fund, "health", 12_34, "health")
    told = statements.statement(fund.reader, MEMBER, date(2026, 1, 5), "en")
    summed: dict[str, Decimal] = {}
    rows = [*statements.sheet(fund.reader, MEMBER, date(2026, 1, 5), "en")]
    for row in rows:
        summed[row["pot"]] = summed.get(row["pot"], Decimal(0)) + Decimal(row["amount"] or 0)
    (part,) = told["programmes"]
    assert summed == {pot["title"]: Decimal(pot["balance"]) for pot in part["pots"]}
    received = {row["pot"]: row["received"] for row in rows if row["received"]}
    assert received == {pot["title"]: pot["received"] for pot in part["pots"]}


def test_a_statement_does_not_say_that_what_is_only_due_was_paid_in(fund: Fund) -> None:
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,5000,100,0", programme=SEVERAL))
    on = fund.clock.now().date()
    rows = [*statements.sheet(fund.reader, MEMBER, on, "en")]
    assert {row["what"] for row in rows} == {"Due by files of payers", "Received from payers, in all"}
    assert {row["received"] for row in rows} == {"", "0.00"}
    (part,) = statements.statement(fund.reader, MEMBER, on, "en")["programmes"]
    assert not any("paid_in" in one for one in (*part["pots"], *part["years"]))


def test_a_withdrawal_that_was_taken_back_is_nought_and_not_less(fund: Fund) -> None:
    worked(fund, SWIFT, quarters=QUARTERS[:1])
    entry = take_out(fund, "health", 10_00, "health")
    fund.file("withdrawal_taken_back", DRIVER, programme=SEVERAL, member=MEMBER, payment=entry)
    rows = statements.sheet(fund.reader, MEMBER, fund.clock.now().date(), "en")
    assert [row["amount"] for row in rows if row["what"] == statements.WHAT["taken_out"]["en"]] == ["0.00"]


def test_an_account_that_an_officer_opened_is_its_holders_at_once(fund: Fund) -> None:
    """They take out of it and ask for letters with no hand-over; whoever opened it does not become its holder."""
    rider = Caller("party:rider", ("observer",))
    fund.file("member", name="PB-7", party=rider.party)
    row = "PB-7,2025-01-01,2025-03-31,USD,2000,0,0"
    fund.send(table(row, programme=SEVERAL))
    fund.settle()
    fund.file("taken_out", rider, programme=SEVERAL, member="benefits_member:pb-7", pot="health", cents=100,
              reason="health")  # fmt: skip
    fund.file("statement", rider, member="benefits_member:pb-7")
    (letter,) = notices.letters(fund.reader, party=rider.party)
    assert "PB-7" in letter["titles"]["en"]
    with pytest.raises(Forbidden):
        fund.file("statement", DRIVER, member="benefits_member:pb-7")
    with pytest.raises(BadInput, match="handed over by two officers"):
        fund.file("member", name="PB-7", party=DRIVER.party)
    assert tables.holder(fund.reader, "benefits_member:pb-7") == rider.party


def test_without_a_rule_about_small_numbers_no_total_of_people_is_told(fund: Fund, monkeypatch: Any) -> None:
    """A newer package on an older record puts no rule in force: what it may tell waits for one."""
    monkeypatch.setattr(confiding, "RULE", "portable_benefits.not_adopted")
    worked(fund, SWIFT, quarters=QUARTERS[:1])
    page = views.fund_view(fund.authority.reading("en", "party:fund"), {})
    assert {cell for one in page["programmes"] for pot in one["pots"] for cell in pot[1:]} == {"0.00 USD"}, "in March"
    fund.at("2025-05-02T09:00:00Z")
    page = views.fund_view(fund.authority.reading("en", "party:fund"), {})
    assert not page["enough"]
    shown = {cell for one in page["programmes"] for pot in one["pots"] for cell in pot[1:]}
    assert shown == {"withheld", "0.00 USD"}


def test_what_vested_stays_vested_until_an_officer_says_that_there_was_no_work(fund: Fund) -> None:
    """A payer's correction takes back what it pays in, and no month of service: half of the pot stays the person's."""
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, quarters=QUARTERS[:2])
    pot = held(fund)["retirement"]
    assert pot.vested * 2 == pot.paid_in > 0
    for label, last in (("b", "2025-04-07"), ("c", "2025-04-09")):
        row = f"PB-1,2025-04-01,{last},USD,2000,0,0,{label}"
        data = table(row, period="2025-Q2").replace(b",jobs\n", b",jobs,label\n")
        fund.send(data)
    assert held(fund)["retirement"] == pot
    body = {"member": MEMBER, "words": "There was no work in these months (fictitious)."}
    fund.file("not_served", **body, served_months=["2025-04"])
    assert held(fund)["retirement"] == pot, "what the payer's newest file bears out counts, and no officer learns which"
    fund.file("not_served", **body, served_months=["2025-05", "2025-06"])
    assert held(fund)["retirement"].vested == 0
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before


def test_what_was_paid_in_vests_by_the_text_under_which_its_period_stands(fund: Fund) -> None:
    """A later text with slower vesting takes nothing back."""
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, quarters=QUARTERS[:2])
    pot = held(fund)["retirement"]
    found = newest(fund.reader, SEVERAL)
    assert found is not None
    text = found[1]["text"].replace("{ months = 6, share", "{ months = 11, share").replace('"2026-11"', '"2026-12"')
    fund.authority.adopt(rule_file(text))
    fund.authority.follow()
    assert held(fund)["retirement"] == pot
