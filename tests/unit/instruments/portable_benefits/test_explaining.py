"""A statement says why each contribution is what it is, when the rest vests, and what each year came to."""

from __future__ import annotations

from typing import Any

import pytest

from commonweal.instruments.portable_benefits import tables, views
from commonweal.instruments.portable_benefits.due import Work, due, parts
from commonweal.instruments.portable_benefits.programmes import newest
from commonweal.instruments.portable_benefits.statements import statement

from .conftest import CITY, DRIVER, FOUR, MEMBER, SEVERAL, Fund, table
from .test_money import take_out


def said(fund: Fund, programme: str = SEVERAL, language: str = "en") -> dict[str, Any]:
    parts = statement(fund.reader, MEMBER, fund.clock.now().date(), language)["programmes"]
    return next(part for part in parts if part["programme"] == programme)


def test_each_contribution_is_told_by_rule_with_its_figures_and_adds_up(fund: Fund) -> None:
    """300 dollars a quarter come in full at 390 hours: at 300 with both payers 230.77, of which 3,000 of 4,000 fall on
    SWIFT (173.08); four percent of 3,000.00 are 120.00 and 200 hours at 0.20 are 40.00."""
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,3000.00,200,10"))
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,1000.00,100,0", payer="CITY"), CITY)
    (swift,) = (line for line in said(fund)["contributions"] if line["payer"].startswith("SWIFT"))
    assert swift["why"] == (
        "Four percent of earnings: 4 % of 3000.00 = 120.00; By the hour: 200.00 hours × 0.20 = 40.00; "
        "By the job: 10 jobs × 0.05 = 0.50; Health contribution, shared: 300 × 300.00 of 390 hours for the period, of "
        "which this payer bears 3000.00 of 4000.00 = 173.08"
    )
    assert swift["amount"] == "333.58"
    (purse,) = (line for line in said(fund)["contributions"] if line["payer"].startswith("Public"))
    assert purse["why"] == "Public top-up: 25 % of 451.27, which payers pay in = 112.82"
    assert "3000.00 的 4 %" in said(fund, language="zh")["contributions"][0]["why"] + "".join(
        line["why"] for line in said(fund, language="zh")["contributions"]
    )


def test_the_person_reads_that_what_a_payer_owes_tells_it_what_the_others_said(fund: Fund) -> None:
    """3,000.00 and its share of 173.08 tell SWIFT that the others said 1,000 dollars; a rate tells nothing."""
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,3000.00,200,10"))
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,1000.00,100,0", payer="CITY"), CITY)
    assert "tells it what all the others said together" in said(fund)["shared"]
    assert "其余各方申报的合计" in said(fund, language="zh")["shared"]
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,3000.00,200,10", programme=FOUR))
    assert said(fund, FOUR)["shared"] == ""


def test_a_bound_of_a_rule_is_told(fund: Fund) -> None:
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,40000.00,400,0"))
    (purse,) = (line for line in said(fund)["contributions"] if line["payer"].startswith("Public"))
    assert purse["why"].endswith("= 150.00 (for one person and period at most 150)")


@pytest.mark.parametrize("which", [SEVERAL, FOUR])
def test_parts_come_to_what_is_due(fund: Fund, which: str) -> None:
    found = newest(fund.reader, which)
    assert found is not None
    span = found[0].span("2025-Q1")
    assert span is not None
    works = [Work("a", *span, 300_000, 200_00, 7), Work("b", *span, 123_456, 33_33, 0)]
    assert sum(one.cents for one in parts(found[0], works)) == sum(due(found[0], span[0], works).values())


def test_when_the_rest_vests_and_what_each_year_came_to(fund: Fund) -> None:
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,3000.00,200,10"))
    fund.settle()
    taken = take_out(fund, "health", 100_00, "health")
    told = said(fund)
    assert told["vesting"] == [
        "Retirement: of what payers paid in is yours: 50 % after 6 months of service, 100 % after 12 months of "
        "service. You have 3."
    ]
    (year,) = told["years"]
    sums = sum(row["cents"] for row in fund.reader.select(tables.POSTED))
    assert (year["year"], year["due"].replace(".", ""), year["taken_out"]) == ("2025", str(sums), "100.00")
    assert taken
    page = views.member_view(fund.authority.reading("zh", DRIVER.party), {})["statements"][0]["programmes"][0]
    assert page["year_rows"][0][0] == "2025"
    assert page["line_rows"][0][4]
