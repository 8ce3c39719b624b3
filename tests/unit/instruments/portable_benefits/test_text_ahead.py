"""An authority publishes next year's rates in autumn: until their day this year's are law, and what was decided stands.

Figures are those of the pool's text of 2025 beside made-up ones of 2026: 0.92 and 1.13 percent, at most 1,542.00 and
1,647.00 a week.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors import portal
from commonweal.instruments import discover, portable_benefits, rule_file
from commonweal.instruments.portable_benefits import claims, heirs, kinds, owing, statements, tables, views
from commonweal.instruments.portable_benefits.files import read
from commonweal.instruments.portable_benefits.programmes import PREFIX, ahead, law_on, newest
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

from .conftest import CITY, DRIVER, FUND, LEAVE, MEMBER, SEVERAL, SHOP, Fund, opened, table
from .test_money import worked
from .test_texts_in_force import text

HERE = Path(portable_benefits.__file__).parent
NEXT_YEAR = ("in_force_from = 2025-01-01", "in_force_from = 2026-01-01")
OF_2026 = text(
    "pooled_leave", "2026-01", NEXT_YEAR, ('rate = "0.0092"', 'rate = "0.0113"'),
    ('average_week = "1714"', 'average_week = "1830"'), ('week_at_most = "1542"', 'week_at_most = "1647"'),
)  # fmt: skip
STRICTER = text("pooled_leave", "2026-02", NEXT_YEAR, ('hours_at_least = "820"', 'hours_at_least = "900"'))
ROW = "PB-1,{first},{last},USD,1000.00,10,0"


@pytest.fixture
def fund(tmp_path: Path) -> Iterator[Fund]:
    """It is November 2025. Somebody worked 900 hours in the first half of the year, at 300,000.00 a quarter."""
    with opened(tmp_path / "fund") as found:
        found.at("2025-10-10T09:00:00Z")
        worked(found, SHOP, programme=LEAVE, earnings="300000", hours="450", quarters=("2025-Q1", "2025-Q2"))
        found.at("2025-11-20T09:00:00Z")
        yield found


def adopt(fund: Fund, written: str) -> None:
    fund.authority.adopt(rule_file(written))
    fund.authority.follow()


def claim(fund: Fund, begins: str, weeks: int = 1) -> dict[str, Any]:
    entry = fund.file("claim", DRIVER, programme=LEAVE, member=MEMBER, begins=begins, weeks=weeks)
    (row,) = fund.reader.select(tables.MOVE, {"entry": entry})
    return dict(row)


def said(fund: Fund, period: str, first: str, last: str) -> str:
    """A payer's file for a period; the version of the text by which it was taken."""
    row = ROW.format(first=first, last=last)
    entry, _ = fund.send(table(row, programme=LEAVE, payer="SHOP", period=period), SHOP)
    return str(fund.reader.get(tables.FILE, entry)["version"])


def due(fund: Fund, period: str) -> int:
    return sum(row["cents"] for row in fund.reader.select(tables.POSTED, {"programme": LEAVE, "period": period}))


def filled(fund: Fund) -> None:
    """Somebody else's premium is in the pool."""
    fund.file("member", CITY, name="PB-RICH")
    rich = "PB-RICH,2025-01-01,2025-03-31,USD,9000000,0,0"
    fund.send(table(rich, programme=LEAVE, payer="CITY"), CITY)
    fund.settle(LEAVE)


def faults(error: pytest.ExceptionInfo[BadInput]) -> dict[str, str]:
    return {one.where: one.want for one in error.value.faults}


# ── contributions ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_payers_file_this_quarter_by_this_years_rate_and_the_next_by_next_years(fund: Fund) -> None:
    """Nobody could file the fourth quarter, ever. 0.92 percent of 1,000.00 is 9.20, 1.13 percent 11.30."""
    adopt(fund, OF_2026)
    assert said(fund, "2025-Q4", "2025-11-17", "2025-11-20") == "2025-05"
    fund.at("2026-01-10T09:00:00Z")
    assert said(fund, "2025-Q4", "2025-11-17", "2025-12-31") == "2025-05", "the year's end, sent after it"
    assert said(fund, "2026-Q1", "2026-01-01", "2026-01-09") == "2026-01"
    assert [due(fund, period) for period in ("2025-Q4", "2026-Q1")] == [920, 1130]
    with pytest.raises(BadInput) as error:
        said(fund, "2024-Q4", "2024-12-01", "2024-12-31")
    assert faults(error)["period"] == "a quarter from 2025-Q1 on"


def test_a_quarter_in_which_a_text_begins_goes_by_the_law_of_its_first_day(fund: Fund) -> None:
    adopt(fund, OF_2026.replace("in_force_from = 2026-01-01", "in_force_from = 2025-11-15"))
    assert said(fund, "2025-Q4", "2025-11-17", "2025-11-20") == "2025-05"
    fund.at("2026-01-10T09:00:00Z")
    assert said(fund, "2026-Q1", "2026-01-01", "2026-01-09") == "2026-01"


def test_the_first_text_ever_is_asked_for_the_quarter_in_which_it_begins(fund: Fund) -> None:
    """There is no law before it; so it was, and a programme that begins within a quarter takes that quarter."""
    first = law_on(fund.reader, LEAVE, date(2024, 12, 31))
    assert first is not None
    assert first[0].version == "2025-05"


def test_this_years_text_can_be_mended_while_next_years_waits(fund: Fund) -> None:
    adopt(fund, OF_2026)
    adopt(fund, text("pooled_leave", "2025-06", ('rate = "0.0092"', 'rate = "0.0100"')))
    found = [law_on(fund.reader, LEAVE, date.fromisoformat(day)) for day in ("2025-12-31", "2026-01-01")]
    assert [one[0].version for one in found if one] == ["2025-06", "2026-01"], "next year's is not repealed by it"
    adopt(fund, OF_2026.replace('version = "2026-01"', 'version = "2026-01b"'))
    found = [law_on(fund.reader, LEAVE, date.fromisoformat(day)) for day in ("2025-12-31", "2026-01-01")]
    assert [one[0].version for one in found if one] == ["2025-06", "2026-01b"]


# ── leave ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_leave_is_paid_by_the_law_of_its_first_day(fund: Fund) -> None:
    """A week of October, claimed after the adoption, was paid at 1,647.00."""
    filled(fund)
    before = claim(fund, "2025-10-06")
    adopt(fund, OF_2026)
    assert [before["cents"], claim(fund, "2025-10-13")["cents"]] == [154_200, 154_200]
    fund.at("2026-02-01T09:00:00Z")
    assert claim(fund, "2025-12-25")["cents"] == 154_200, "of 2025, though four of its days are of 2026"
    assert claim(fund, "2026-01-01")["cents"] == 164_700


def test_leave_before_the_first_day_of_a_programme_is_none(fund: Fund) -> None:
    with pytest.raises(BadInput) as error:
        claim(fund, "2024-12-30")
    assert faults(error)["begins"] == "2025-01-01 or later: from that day on the programme is law"


@pytest.mark.parametrize("adopted", [False, True], ids=["no new text", "a stricter text"])
def test_leave_that_was_paid_rightly_stands_by_the_text_by_which_it_was_decided(fund: Fund, *, adopted: bool) -> None:
    """A payer's correction by ten hours made all of it a debt once next year's text asked for 900 hours."""
    paid = claim(fund, "2025-10-06")
    fund.goes_out(LEAVE)
    fund.at("2026-02-01T09:00:00Z")
    if adopted:
        adopt(fund, STRICTER)
    less = "PB-1,2025-01-01,2025-03-31,USD,300000,440,0"
    fund.send(table(less, programme=LEAVE, payer="SHOP", period="2025-Q1"), SHOP)
    assert (paid["cents"], fund.reader.select(tables.OWING, {})) == (154_200, [])


def test_a_statement_says_what_was_asked_for_a_claim_by_the_text_by_which_it_was_decided(fund: Fund) -> None:
    assert claim(fund, "2025-07-07")["body"]["outcome"] == "not_qualified"
    adopt(fund, STRICTER)
    told = statements.statement(fund.reader, MEMBER, date(2026, 2, 1), "en")["programmes"][0]["moves"]
    assert "820" in told[-1]["said"]


def test_what_a_newer_text_pays_more_hides_nothing_that_was_too_much(fund: Fund) -> None:
    """340,000.00 less of earnings leave a typical week of 10,000.00: nothing less by the most of a week. With 10,000.00
    in both quarters it is 769.23, of which 90 percent are 692.31: 849.69 of 1,542.00 are too much, by either text."""
    claim(fund, "2025-10-06")
    fund.goes_out(LEAVE)
    generous = OF_2026.replace('low = "0.9"', 'low = "2"')
    fund.at("2026-02-01T09:00:00Z")
    adopt(fund, generous)
    for period, first, last in (("2025-Q1", "2025-01-01", "2025-03-31"), ("2025-Q2", "2025-04-01", "2025-06-30")):
        less = f"PB-1,{first},{last},USD,10000,450,0"
        fund.send(table(less, programme=LEAVE, payer="SHOP", period=period), SHOP)
    (owed,) = fund.reader.select(tables.OWING, {})
    assert (owed["why"], owed["cents"]) == ("corrected", 154_200 - 69_231)


# ── the office's own terms, and pots ────────────────────────────────────────────────────────────────────────────────


def chosen(name: str, since: str) -> str:
    written = (HERE / "choices" / f"{name}.toml").read_text("utf-8")
    return re.sub(r"(?m)^in_force_from = .*$", f"in_force_from = {since}", written)


def test_terms_that_an_office_chose_for_later_keep_nothing_yet(fund: Fund) -> None:
    """Half of each withdrawal was kept 21 months early."""
    adopt(fund, chosen("recovery", "2026-01-01"))
    adopt(fund, chosen("estates", "2026-01-01"))
    eve, day = date(2025, 12, 31), date(2026, 1, 1)
    assert [str(owing.share(fund.reader, each)) for each in (eve, day)] == ["0", "1/2"]
    assert [heirs.chosen(fund.reader, each) is None for each in (eve, day)] == [True, False]


def test_what_is_kept_of_a_withdrawal_goes_by_its_day(fund: Fund) -> None:
    """A claim of 1,542.00 of which 849.69 were too much, and another a year later: half of that is kept, once the terms
    are in force."""
    adopt(fund, chosen("recovery", "2026-01-01"))
    filled(fund)
    claim(fund, "2025-10-06")
    fund.goes_out(LEAVE)
    for period, first, last in (("2025-Q1", "2025-01-01", "2025-03-31"), ("2025-Q2", "2025-04-01", "2025-06-30")):
        less = f"PB-1,{first},{last},USD,10000,450,0"
        fund.send(table(less, programme=LEAVE, payer="SHOP", period=period), SHOP)
    early = claim(fund, "2025-10-13")
    assert (early["cents"], tables.kept_of(early)) == (69_231, [])
    fund.at("2026-01-02T09:00:00Z")
    late = claim(fund, "2025-10-20")
    assert sum(one.cents for one in tables.kept_of(late)) == 69_231 // 2


def test_money_leaves_a_pot_for_the_reasons_of_the_day(fund: Fund) -> None:
    worked(fund, SHOP, quarters=("2025-Q3",))
    loose = text(
        "several_payers", "2026-01", NEXT_YEAR, ('takes_out = ["training"', 'takes_out = ["hardship", "training"')
    )
    adopt(fund, loose)
    out = {"programme": SEVERAL, "member": MEMBER, "pot": "training", "cents": 100, "reason": "hardship"}
    with pytest.raises(BadInput) as error:
        fund.file("taken_out", DRIVER, **out)
    assert faults(error)["reason"].startswith("a reason for which this pot is paid: training")
    fund.at("2026-01-01T12:00:00Z")
    fund.file("taken_out", DRIVER, **out)


def test_nothing_is_brought_into_a_programme_or_a_pot_before_its_day(fund: Fund) -> None:
    other = text("several_payers", "1", NEXT_YEAR).replace(SEVERAL, f"{PREFIX}other")
    adopt(fund, re.sub(r'(title\]\nen = ")', r"\1Other ", re.sub(r'(title\]\nen = ".*"\nzh = ")', r"\1另一", other)))
    told = {"member": MEMBER, "pot": "health", "cents": 5, "scheme": "Old", "on": "2025-11-19"}
    with pytest.raises(BadInput) as error:
        fund.file("brought_in", programme=f"{PREFIX}other", **told)
    assert faults(error)["programme"] == "2026-01-01 or later: from that day on the programme is law"
    gifts = '[[pot]]\nid = "gifts"\ntitle = { en = "Gifts", zh = "赠款" }\ntakes_out = ["hardship"]\n\n[[pot]]'
    adopt(fund, text("several_payers", "2026-01", NEXT_YEAR).replace("[[pot]]", gifts, 1))
    with pytest.raises(BadInput) as error:
        fund.file("brought_in", programme=SEVERAL, **{**told, "pot": "gifts"})
    assert "gifts" not in faults(error)["pot"]
    fund.at("2026-01-01T12:00:00Z")
    fund.file("brought_in", programme=SEVERAL, **{**told, "pot": "gifts"})


# ── what is shown, and old records ──────────────────────────────────────────────────────────────────────────────────


def test_pages_say_which_text_is_law_today_and_which_is_adopted_for_later(fund: Fund) -> None:
    adopt(fund, OF_2026)

    def shown() -> list[dict[str, Any]]:
        reading = fund.authority.reading("en", FUND.party)
        pages = views.designs_view(reading, {}), views.fund_view(reading, {})
        return [one["law"] for page in pages for one in page["programmes"] if one["title"] == "Paid leave from a pool"]

    law = {"version": "2025-05", "since": "2025-01-01", "holds": True, "ahead": [("2026-01", "2026-01-01")]}
    assert shown() == [law, law]
    (rate,) = (
        one["contributions"][0][1] for one in views.designs_view(fund.authority.reading("en"), {})["programmes"]
        if one["title"] == "Paid leave from a pool"
    )  # fmt: skip
    assert "0.92" in rate
    site = TestClient(portal.app(fund.authority), base_url="https://fund.example")
    for language, words in (
        ("", ("Version 2025-05 of its text is law today", "Version 2026-01 is adopted for later")),
        ("/zh", ("文本版本 2025-05 为今日生效文本", "文本版本 2026-01 已采用、尚待生效")),
    ):
        page = site.get(f"{language}/benefits/designs").text
        assert all(one in page for one in words)
    fund.at("2026-01-01T12:00:00Z")
    law = {"version": "2026-01", "since": "2026-01-01", "holds": True, "ahead": []}
    assert shown() == [law, law]
    assert [one.version for one in ahead(fund.reader, LEAVE, date(2025, 12, 31))] == ["2026-01"]


def test_what_was_filed_before_is_decided_as_it_was(fund: Fund) -> None:
    """On an old record a file, a claim and what was kept went by the text adopted last, and go on doing so."""
    adopt(fund, OF_2026.replace("in_force_from = 2026-01-01", "in_force_from = 2025-11-15"))
    adopt(fund, chosen("recovery", "2026-01-01"))
    item, folder = discover()["portable_benefits"], fund.authority.folder
    marked = {kinds.CONTRIBUTIONS.id, kinds.CLAIM.id, kinds.TAKEN_OUT.id}
    before = tuple(
        replace(one, version=one.version - 1, upcasters={at: up for at, up in one.upcasters.items()
                                                         if at < one.version - 1})
        if one.id in marked else one for one in item.instrument.kinds
    )  # fmt: skip
    old = {item.instrument.id: replace(item, instrument=replace(item.instrument, kinds=before))}
    (file,) = read(
        table(ROW.format(first="2025-11-17", last="2025-11-20"), programme=LEAVE, payer="SHOP", period="2025-Q4"),
        "file.csv",
    ).acts
    body = {"programme": LEAVE, "member": MEMBER, "begins": "2025-10-06", "weeks": 1}
    fund.authority.close()
    with Authority.open(folder, clock=fund.clock, installed=old) as authority:
        filed = authority.act(file, SHOP).index
        claimed = authority.act(Act(kinds.CLAIM.id, body, ""), DRIVER).index
    with Authority.open(folder, clock=fund.clock, installed={item.instrument.id: item}) as authority:
        authority.follow()
        row, stands = authority.reader.get(tables.MOVE, claimed), newest(authority.reader, LEAVE)
        assert authority.reader.get(tables.FILE, filed)["version"] == "2026-01"
        assert row["cents"] == 164_700
        assert stands is not None
        assert claims.stands_by(authority.reader, row) == stands[0], "no text was kept with it"
        laid_out = authority.dump()
        authority.rebuild()
        assert authority.dump() == laid_out


def test_what_is_filed_now_keeps_its_text_and_replays_the_same(fund: Fund) -> None:
    adopt(fund, OF_2026)
    row = claim(fund, "2025-10-06")
    law = law_on(fund.reader, LEAVE, date(2025, 10, 6))
    assert law is not None
    assert row["body"]["adopted"] == law[1]["adopted"]
    said(fund, "2025-Q4", "2025-11-17", "2025-11-20")
    laid_out = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == laid_out
