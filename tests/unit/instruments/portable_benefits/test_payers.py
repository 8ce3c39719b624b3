"""A payer that is confirmed no more, or is another's: what counts of what it said, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.portable_benefits import files, office, statements, tables, uploading, views
from commonweal.instruments.portable_benefits.control import CONTROL
from commonweal.kernel import notices
from commonweal.kernel.values import BadInput, Forbidden
from commonweal.sight import Sight

from .conftest import CITY, FUND, MEMBER, SECOND, SEVERAL, SWIFT, Fund, table
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
    fund.two("confirmed", **PAYER)
    assert posted(fund) == set(QUARTERS)
    agrees(fund)
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before


NEW = Caller("party:swift-new", ("developer",))


def test_a_payer_that_is_taken_over_is_confirmed_anew_and_what_was_the_formers_does_not_go_along(fund: Fund) -> None:
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, hours="100", quarters=QUARTERS[:2])
    (file, _) = (row["entry"] for row in fund.reader.select(tables.FILE, {}, order=("entry",)))
    order = {"reason_code": "succession", "citation": "Commercial register, HRB 1 (fictitious)"}
    reading = fund.authority.reading("en", FUND.party)
    given = {"doing": "holder", "about": "SWIFT", "to": NEW.party, **order}
    (act,) = office.deed(reading, given).acts
    asked = fund.file("hand_over", **act.body)
    second = fund.authority.reading("en", SECOND.party, Sight(fund.authority, SECOND, "portal /test"))
    assert dict(CONTROL.view(second, {"entry": str(asked)})["facts"])["Of what"] == "SWIFT"
    fund.file("seconded", SECOND, entry=asked)
    assert posted(fund) == set(QUARTERS[:2]), "what was due is due"
    third = table("PB-1,2025-07-01,2025-09-30,USD,700,30,0", period="2025-Q3")
    with pytest.raises(Forbidden):
        fund.send(third, SWIFT)
    with pytest.raises(BadInput, match="that an officer of the fund confirmed"):
        fund.send(third, NEW)
    assert tables.unconfirmed(fund.reader) == [PAYER["payer"]]
    fund.file("confirmed", **PAYER)
    fund.send(third, NEW)
    (page,) = views.payer_view(fund.authority.reading("en", NEW.party), {})["payers"]
    (book,) = page["books"]
    assert ([row[0] for row in book["rows"]], book["formers"]) == (["2025-Q3"], 2)
    assert views.payer_view(fund.authority.reading("en", SWIFT.party), {})["payers"] == []
    sights = [Sight(fund.authority, one, "portal /test") for one in (SWIFT, NEW)]
    assert [sight.opens(file, "root") for sight in sights] == [True, False], "the former's file is not for the new one"
    data = table("PB-9,2025-01-01,2025-03-31,USD,1,1,0")
    fund.file("member", CITY, name="PB-9")
    said = uploading._beside_before(*told_by(fund, data, NEW))
    assert "former holder" in said[0]["en"]
    assert "PB-1" not in str(said)
    agrees(fund)
    letters = fund.reader.select(notices.LETTER)
    assert [(row["template"].split()[0], row["party"]) for row in letters] == [
        ("portable_benefits.handed_over", SWIFT.party)
    ]
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before


def told_by(fund: Fund, data: bytes, caller: Caller) -> Any:
    (act,) = files.read(data, "file.csv").acts
    return act.body, uploading._said([act]), fund.authority.reading("en", caller.party)


def test_a_payer_that_is_confirmed_no_more_does_not_get_rid_of_that_by_another_holder(fund: Fund) -> None:
    fund.two("confirmation_ended", **PAYER, since="2025-03-01", words="Not there.")
    with pytest.raises(BadInput, match="not found to be another"):
        fund.file("hand_over", about=PAYER["payer"], to=NEW.party, reason_code="succession")


def test_a_payer_that_paid_too_much_reads_that_it_is_in_credit_and_owes_no_negative_sum(fund: Fund) -> None:
    """“Still owed -274.87” is no sentence that anybody can act on."""
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,20000.00,0,0"))
    due = fund.held("benefits.several_payers.payer.swift")
    told = {"programme": SEVERAL, "payer": "benefits_payer:swift", "on": "2025-04-01", "reference": "B-1"}
    fund.two("paid", cents=due + 274_87, **told)
    reading = fund.authority.reading("en", SWIFT.party)
    (book,) = views.payer_view(reading, {})["payers"][0]["books"]
    assert (book["open"], book["credit"]) == ("0.00 USD", "274.87 USD")
    shown = views.fund_view(fund.authority.reading("en", FUND.party), {})["programmes"]
    (row,) = (row for one in shown for row in one["payers"] if row[0] == "SWIFT (fictitious)")
    assert row[-1] == "nothing", "of few people no sum is told"
