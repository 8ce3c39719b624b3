"""A payer's row says that there was work from one day to another, and not on which: a quarter's is no proof against a
week of leave in it. Which rows are, the programme's text says; of a longer one its payer is asked, and its member told.
"""

from __future__ import annotations

import re

import pytest

from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import statements, tables, views
from commonweal.instruments.portable_benefits.programmes import newest
from commonweal.kernel.values import BadInput

from .conftest import DRIVER, LEAVE, MEMBER, SHOP, SWIFT, Fund, table
from .test_money import QUARTERS, agrees, worked
from .test_uploading import clerk

QUARTER = ("2025-10-01", "2025-12-31")


def claim(fund: Fund, begins: str = "2025-10-06", weeks: int = 1) -> int:
    return fund.file("claim", DRIVER, programme=LEAVE, member=MEMBER, begins=begins, weeks=weeks)


def says(fund: Fund, *spans: tuple[str, str]) -> None:
    """The shop's file for the fourth quarter."""
    rows = (f"PB-1,{first},{last},USD,21000,8,0" for first, last in spans)
    fund.send(table(*rows, programme=LEAVE, payer="SHOP", period="2025-Q4"), SHOP)


def owed(fund: Fund) -> list[tuple[str, int]]:
    return [(row["why"], row["cents"]) for row in fund.reader.select(tables.OWING, {}) if row["cents"]]


def text_of(fund: Fund, version: str, *, without: bool) -> str:
    found = newest(fund.reader, LEAVE)
    assert found is not None
    text = re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', found[1]["text"])
    return re.sub(r"(?m)^row_days_at_most.*\n", "", text) if without else text


@pytest.fixture
def paid(fund: Fund) -> Fund:
    """A week of October was paid and went out."""
    fund.at("2025-10-20T09:00:00Z")
    worked(fund, SHOP, programme=LEAVE, earnings="300000", hours="450", quarters=QUARTERS[:2])
    claim(fund)
    fund.goes_out(LEAVE)
    fund.at("2026-01-10T09:00:00Z")
    return fund


def test_the_ordinary_row_of_a_quarter_makes_no_leave_in_it_a_debt_and_refuses_none(paid: Fund) -> None:
    """A week of 1,542.00 was to be paid back whole, since the pay clerk sent one row a quarter."""
    says(paid, QUARTER)
    assert owed(paid) == []
    claim(paid, "2025-11-03")
    last = paid.reader.select(tables.MOVE, {"what": "claim"}, order=("entry",))[-1]
    assert (last["done"], last["body"]["outcome"], last["body"]["row_days"]) == (1, "paid", 7)
    agrees(paid)


@pytest.mark.parametrize(
    ("spans", "comes"),
    [
        ((("2025-10-08", "2025-10-08"),), 154_200),  # within the week
        ((("2025-10-01", "2025-10-07"),), 154_200),  # seven days, two of them in it
        ((("2025-10-01", "2025-10-08"),), 0),  # eight days: not in which week
        ((("2025-10-01", "2025-10-05"), ("2025-10-13", "2025-12-31")), 0),  # parted around it
        ((QUARTER,), 0),
    ],
)
def test_a_week_had_work_in_it_by_rows_no_longer_than_the_text_says(
    paid: Fund, spans: tuple[tuple[str, str], ...], comes: int
) -> None:
    says(paid, *spans)
    assert owed(paid) == ([("corrected", comes)] if comes else [])
    before = paid.authority.dump()
    paid.authority.rebuild()
    assert paid.authority.dump() == before


def test_a_row_within_a_week_disproves_it_also_where_the_text_asks_for_fewer_days(fund: Fund) -> None:
    text = text_of(fund, "days", without=False).replace("row_days_at_most = 7", "row_days_at_most = 1")
    fund.authority.adopt(rule_file(text))
    fund.at("2026-01-10T09:00:00Z")
    says(fund, ("2025-10-07", "2025-10-09"), ("2025-10-16", "2025-10-21"))
    with pytest.raises(BadInput, match="from 2025-10-07 to 2025-10-09"):
        claim(fund)
    claim(fund, "2025-10-13", 2)  # decided, for no hours; the row lies in both weeks, and within neither
    (row,) = fund.reader.select(tables.MOVE, {"what": "claim"})
    assert row["body"]["outcome"] == "not_qualified"


def test_what_was_decided_by_a_text_that_did_not_say_it_stays_so(fund: Fund) -> None:
    """By it each row counted against a week, however long: also once the authority adopts one that says it."""
    text = text_of(fund, "now", without=False)
    fund.authority.adopt(rule_file(text_of(fund, "before", without=True)))
    fund.at("2025-10-20T09:00:00Z")
    worked(fund, SHOP, programme=LEAVE, earnings="300000", hours="450", quarters=QUARTERS[:2])
    claim(fund)
    fund.goes_out(LEAVE)
    fund.authority.adopt(rule_file(text))
    fund.at("2026-01-10T09:00:00Z")
    claim(fund, "2025-11-03")
    says(fund, QUARTER)
    first, second = fund.reader.select(tables.MOVE, {"what": "claim"}, order=("entry",))
    assert ("row_days" in first["body"], second["body"]["row_days"]) == (False, 7)
    assert [(row["payment"], row["cents"]) for row in fund.reader.select(tables.OWING, {})] == [
        (first["entry"], 154_200)
    ]
    agrees(fund)


def test_the_member_reads_of_which_row_their_leave_lies_in_and_that_it_takes_nothing(paid: Fund) -> None:
    says(paid, QUARTER)
    for language, words in (("en", "not in which weeks"), ("zh", "未载明哪些周")):
        told = statements.statement(paid.reader, MEMBER, paid.clock.now().date(), language)
        (said,) = (move["said"] for part in told["programmes"] for move in part["moves"] if move["what"] in
                   ("Claim", "申领"))  # fmt: skip
        assert words in said
        assert "SHOP (fictitious)" in said
    says(paid, ("2025-10-01", "2025-10-05"), ("2025-10-13", "2025-12-31"))
    told = statements.statement(paid.reader, MEMBER, paid.clock.now().date(), "en")
    assert "not in which weeks" not in str(told)


def test_the_payer_is_asked_alike_whoever_took_leave(paid: Fund) -> None:
    """Who claimed, and when, is not for a payer to read: it is asked about its rows, also before it sends them."""

    def asked() -> list[str]:
        page = views.payer_view(paid.authority.reading("en", SHOP.party), {})
        assert "at most 7 days" in page["rules"][0].in_("en")
        return [str(one.in_("en")) for book in page["payers"][0]["books"] for one in book["asked"]]

    (before,) = asked()
    assert "2025-Q1, 2025-Q2" in before
    assert "(2 in all)" in before
    says(paid, ("2025-10-01", "2025-10-05"), ("2025-10-13", "2025-10-19"))
    assert asked() == [before], "rows of single weeks are what it is asked for"
    says(paid, QUARTER)
    assert ["2025-Q4" in one and "PB-1" not in one for one in asked()] == [True]
    rows = [f"PB-1,{first},{last},USD,1,1,0" for first, last in (("2025-10-01", "2025-10-05"), QUARTER)]
    with clerk(paid, SWIFT) as desk:
        data = table(rows[0], rows[1].replace("10-01", "10-06"), programme=LEAVE, payer="SWIFT", period="2025-Q4")
        status, said = desk.checks(data)
        assert status == 200
        assert [one for one in said if one.startswith("Rows ")] == [
            "Rows that span more than 7 days: 1. They count against nobody's leave (Paid leave from a pool). If "
            "somebody in them was away for whole weeks, part their rows around these weeks.",
            "Rows of at most 7 days: 1. A week of leave (Paid leave from a pool) of which a day lies in such a row is "
            "not paid, or is to be paid back.",
        ]
        page = desk.site.get("/benefits/payer").text
        assert "by a row of at most 7 days a week of leave is not paid" in page
