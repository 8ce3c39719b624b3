"""Days of the fund are those of the place where it is, from when its record says where that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import heirs, tables
from commonweal.kernel import accounts
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, instant

from .conftest import DRIVER, MEMBER, SECOND, SEVERAL, THIRD, Fund, opened, table
from .test_heirs import CHILD, CHOICE

EVENING = instant("2025-12-31T20:00:00Z")
"""New Year's Eve by UTC, and four o'clock on New Year's Day in Shanghai."""
WORK = "PB-1,2025-10-01,2025-12-31,USD,6000.00,400,0"


def days(fund: Fund) -> set[str]:
    return {date.fromordinal(one.transfer.day).isoformat() for one in accounts.everything(fund.reader)}


def test_what_a_file_posts_counts_for_the_day_that_it_is_there(tmp_path: Path) -> None:
    with opened(tmp_path / "fund", EVENING, time_zone="Asia/Shanghai") as fund:
        fund.send(table(WORK, period="2025-Q4"))
        assert days(fund) == {"2026-01-01"}
        fund.at("2026-01-01T20:00:00Z")
        fund.two("paid", programme=SEVERAL, payer="benefits_payer:swift", cents=10_00, on="2026-01-02", reference="1")
        assert days(fund) == {"2026-01-01", "2026-01-02"}
        assert {row["on"] for row in fund.reader.select(tables.MOVE)} == {"2026-01-02"}


def test_a_record_that_said_nothing_of_its_place_keeps_the_days_it_had_and_goes_on_with_those_of_the_place(
    tmp_path: Path,
) -> None:
    """All days of earlier records are UTC's: another day for a posting would open periods that are closed."""
    with opened(tmp_path / "fund", EVENING) as fund:
        fund.send(table(WORK, period="2025-Q4"))
        settings = fund.authority.settings
    moved = replace(settings, imprint=replace(settings.imprint, time_zone="Asia/Shanghai"))
    moved.write(tmp_path / "fund")
    clock = ReplayClock(instant("2026-01-01T20:00:00Z"))
    with Authority.open(tmp_path / "fund", clock=clock) as authority:
        fund = Fund(authority, clock)
        assert days(fund) == {"2025-12-31"}
        fund.at("2026-01-01T20:00:00Z")  # the record says where it is
        size = authority.store.size()
        fund.at("2026-01-01T20:00:00Z")
        assert authority.store.size() == size, "once"
        fund.at("2026-01-02T20:00:00Z")
        fund.two("paid", programme=SEVERAL, payer="benefits_payer:swift", cents=10_00, on="2026-01-02", reference="1")
        assert days(fund) == {"2025-12-31", "2026-01-03"}
        with pytest.raises(BadInput, match="a day that is over, before 2026-01-03"):
            authority.act(Act(accounts.PERIOD.id, {"through": "2026-01-03"}, ""))
        dump = authority.dump()
        authority.rebuild()
        assert authority.dump() == dump
    settings.write(tmp_path / "fund")
    with Authority.open(tmp_path / "fund", clock=clock) as authority:
        authority.rebuild()
        assert days(Fund(authority, clock)) == {"2025-12-31", "2026-01-03"}, "whatever is configured by then"


def test_heirs_are_waited_for_as_many_days_of_the_place(tmp_path: Path) -> None:
    """A death recorded at eight on New Year's Eve by UTC is one of New Year's Day there, and so is the end."""
    with opened(tmp_path / "fund", EVENING, time_zone="Asia/Shanghai") as fund:
        fund.authority.adopt(rule_file(CHOICE.read_text("utf-8").replace("wait_days = 90", "wait_days = 10")))
        fund.send(table(WORK, period="2025-Q4"))
        fund.settle()
        told = {"member": MEMBER, "person": "A child", "relationship": "child", "words": "By law (fictitious)"}
        claim = fund.file("heir", CHILD, **told)
        fund.file("died", member=MEMBER, on="2025-12-30")
        body = {"member": MEMBER, "shares": [{"claim": claim, "share": "1"}], "refused": [], "words": "As proved."}
        fund.at("2026-01-10T15:00:00Z")  # 10 January, an hour before midnight there
        with pytest.raises(BadInput, match="2026-01-11 or later"):
            fund.file("estate", THIRD, **body)
        fund.at("2026-01-10T16:00:00Z")
        fund.two_of((THIRD, SECOND), "estate", **body)
        assert heirs.waiting(fund.reader, fund.authority.reading("en", DRIVER.party).today) == []
