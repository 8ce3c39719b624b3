"""A payer that is confirmed no more, or is another's: what counts of what it said, and who is told."""

from __future__ import annotations

import pytest

from commonweal.instruments.portable_benefits import statements, tables, views
from commonweal.kernel import notices
from commonweal.kernel.values import BadInput

from .conftest import FUND, MEMBER, SECOND, SEVERAL, SWIFT, Fund, table
from .test_money import QUARTERS, agrees, held, worked

PAYER = {"payer": "benefits_payer:swift"}


def posted(fund: Fund) -> set[str]:
    rows = fund.reader.select(tables.POSTED, {"programme": SEVERAL, "member": MEMBER})
    return {row["period"] for row in rows if row["cents"]}


def test_what_a_payer_said_before_it_was_confirmed_no_more_counts_and_after_that_nothing(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, hours="100")
    assert posted(fund) == set(QUARTERS)
    months = tables.served(fund.reader, MEMBER, fund.clock.now().date())
    fund.two("confirmation_ended", **PAYER, since="2025-08-01", words="Nobody was ever employed there since.")
    assert posted(fund) == {"2025-Q1", "2025-Q2"}, "a row that reaches beyond the day does not count"
    assert (months, tables.served(fund.reader, MEMBER, fund.clock.now().date())) == (12, 6)
    assert held(fund)["health"].balance
    agrees(fund)
    told = statements.statement(fund.reader, MEMBER, fund.clock.now().date(), "en")["programmes"][0]["not_counted"]
    assert [one.split(":")[0] for one in told] == ["2025-Q4, SWIFT (fictitious)", "2025-Q3, SWIFT (fictitious)"]
    office = views.fund_view(fund.authority.reading("en", FUND.party), {})["ended"]
    assert [row[0::3] for row in office] == [["SWIFT (fictitious)", "2025-Q3"], ["SWIFT (fictitious)", "2025-Q4"]]
    (letter,) = fund.reader.select(notices.LETTER)
    assert (letter["template"].split()[0], letter["party"]) == ("portable_benefits.confirmation_ended", SWIFT.party)
    page = views.payer_view(fund.authority.reading("en", SWIFT.party), {})["payers"]
    assert "2025-Q3, 2025-Q4" in page[0]["ended"]


def test_what_was_before_officers_enter_for_it_and_confirmed_anew_all_of_it_counts(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, hours="100")
    fund.two("confirmation_ended", **PAYER, since="2025-08-01", words="Not there any more.")
    part = table("PB-1,2025-07-01,2025-07-31,USD,700,30,0", period="2025-Q3")
    for caller, data in ((SWIFT, part), (FUND, table("PB-1,2025-07-01,2025-08-01,USD,700,30,0", period="2025-Q3"))):
        with pytest.raises(BadInput, match="that an officer of the fund confirmed"):
            fund.send(data, caller)
    entry, _ = fund.send(part, FUND)
    fund.file("seconded", SECOND, entry=entry)
    assert posted(fund) == {"2025-Q1", "2025-Q2", "2025-Q3"}
    assert tables.served(fund.reader, MEMBER, fund.clock.now().date()) == 7
    fund.file("confirmed", SECOND, **PAYER)
    assert posted(fund) == set(QUARTERS)
    agrees(fund)
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before
