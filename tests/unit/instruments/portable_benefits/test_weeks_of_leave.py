"""How many weeks a pool pays in a year, whichever weeks are claimed first."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.instruments.portable_benefits import claims, tables
from commonweal.instruments.portable_benefits.kinds import CLAIM
from commonweal.instruments.portable_benefits.programmes import Programme, newest
from commonweal.kernel.record.memory import MemoryTables

from .conftest import CITY, DRIVER, LEAVE, MEMBER, SHOP, Fund, table

QUARTERS = [f"{year}-Q{quarter}" for year in (2025, 2026) for quarter in (1, 2, 3, 4)]
ENDS = {"1": ("01-01", "03-31"), "2": ("04-01", "06-30"), "3": ("07-01", "09-30"), "4": ("10-01", "12-31")}
MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_weeks_of_a_later_year_use_up_nothing_of_the_one_before(fund: Fund, order: tuple[int, int]) -> None:
    """A member who claimed this year's twelve weeks first got nothing for those of last year."""
    fund.at("2027-10-01T09:00:00Z")
    fund.file("member", CITY, name="PB-RICH")
    rich = "PB-RICH,2025-01-01,2025-03-31,USD,9000000,0,0"
    fund.send(table(rich, programme=LEAVE, payer="CITY"), CITY)
    for period in QUARTERS:
        if period != "2026-Q1":  # in which the first claim lies
            first, last = (f"{period[:4]}-{day}" for day in ENDS[period[-1]])
            fund.send(table(f"PB-1,{first},{last},USD,9000,300,0", programme=LEAVE, payer="SHOP", period=period), SHOP)
    fund.settle(LEAVE)
    told = ("2026-01-05", "2027-04-05")
    for at in order:
        entry = fund.file("claim", DRIVER, programme=LEAVE, member=MEMBER, begins=told[at], weeks=12)
        (move,) = fund.reader.select(tables.MOVE, {"entry": entry})
        assert (move["done"], move["body"]["outcome"], move["body"]["weeks"]) == (1, "paid", 12)


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    from .conftest import opened

    with opened(tmp_path_factory.mktemp("weeks") / "fund") as fund:
        found = newest(fund.reader, LEAVE)
        assert found is not None
        return found[0]


@pytest.mark.parametrize(
    ("typical", "weekly"), [(0, 0), (50_00, 50_00), (90_00, 90_00), (105_00, 100_00), (112_00, 100_80)]
)
def test_nobody_gets_less_a_week_than_the_least_or_all_they_earn(
    programme: Programme, typical: int, weekly: int
) -> None:
    """RCW 50A.15.020(6)(b): 100 dollars a week, or the full weekly wage where that is less; 90 percent beyond."""
    assert programme.pays is not None
    assert claims.weekly(programme.pays, Fraction(typical), programme) == weekly
    before = programme.pays.model_copy(update={"week_at_least": None})
    assert claims.weekly(before, Fraction(typical), programme) == typical * 9 // 10, "by a text that states none"


@given(best=st.integers(0, 13_000_000))
def test_a_week_of_leave_is_what_the_statute_gives(programme: Programme, best: int) -> None:
    """Held against the statute, as fractions: 90 percent up to half of 1,714, half beyond, from 100 to 1,542."""
    assert programme.pays is not None
    typical = Fraction(best, 26)
    wage = typical / 100
    gives = Fraction(9, 10) * wage if wage <= 857 else Fraction(9, 10) * 857 + (wage - 857) / 2
    gives = min(max(gives, min(wage, Fraction(100))), Fraction(1542))
    assert abs(Fraction(claims.weekly(programme.pays, typical, programme), 100) - gives) <= Fraction(1, 200)


@settings(deadline=None)
@given(asked=st.lists(st.tuples(st.integers(0, 150), st.integers(1, 20)), max_size=12))
def test_no_year_of_weeks_is_paid_for_more_than_twelve_and_none_is_refused_that_could_be(
    programme: Programme, asked: list[tuple[int, int]]
) -> None:
    """Held against the same counted week by week."""
    reader, paid = MemoryTables(), set[int]()
    for number, (first, weeks) in enumerate(asked):
        if not paid.isdisjoint(range(first, first + weeks)):
            continue  # no week is paid twice
        given = claims.weeks_left(reader, programme, MEMBER, MONDAY + timedelta(weeks=first), weeks)
        possible = 0
        while possible < weeks and _fits({*paid, *range(first, first + possible + 1)}):
            possible += 1
        assert given == possible
        paid |= set(range(first, first + given))
        reader.put(tables.MOVE, _paid(number, programme.id, first, given))


def _fits(weeks: set[int]) -> bool:
    return all(len({one for one in weeks if first <= one < first + 52}) <= 12 for first in weeks)


def _paid(number: int, programme: str, first: int, weeks: int) -> dict[str, object]:
    return {
        "entry": number, "programme": programme, "member": MEMBER, "payer": "", "pot": "leave", "cents": 1,
        "what": "claim", "on": (MONDAY + timedelta(weeks=first)).isoformat(), "receipt": "", "done": 1,
        "body": {"weeks": weeks},
    }  # fmt: skip


def earned(fund: Fund) -> None:
    """A user's member: 820.00 hours, and 31,000.03 in the two best quarters, a 26th of which is 1,192.3088…"""
    fund.at("2026-03-02T09:00:00Z")
    fund.file("member", CITY, name="PB-RICH")
    rich = "PB-RICH,2025-01-01,2025-03-31,USD,9000000,0,0"
    fund.send(table(rich, programme=LEAVE, payer="CITY"), CITY)
    for period, said in zip(QUARTERS[:3], ("4000.00,300", "9000.01,300", "22000.02,220"), strict=True):
        first, last = (f"2025-{day}" for day in ENDS[period[-1]])
        fund.send(table(f"PB-1,{first},{last},USD,{said},0", programme=LEAVE, payer="SHOP", period=period), SHOP)
    fund.settle(LEAVE)


def test_a_weeks_benefit_is_rounded_once(fund: Fund) -> None:
    """RCW 50A.15.020: 0.9 * 857 + 0.5 * (31,000.03 / 26 - 857) = 938.954…; by 1,192.31 it was a cent more."""
    earned(fund)
    claim = {"programme": LEAVE, "member": MEMBER, "weeks": 2}
    fund.file("claim", DRIVER, **claim, begins="2026-02-16")
    (row,) = fund.reader.select(tables.MOVE, {"what": "claim"})
    assert (row["body"]["typical"], row["body"]["weekly"], row["cents"]) == (1_192_31, 938_95, 1_877_90)


def test_a_claim_from_before_stays_what_it_was(fund: Fund) -> None:
    """Also where a payer's word changes, by which it is looked at again: no cent of it becomes a debt."""
    earned(fund)
    entry = fund.file("claim", DRIVER, programme=LEAVE, member=MEMBER, begins="2026-02-16", weeks=1)
    now = fund.authority.entry(entry)
    old = CLAIM.upcasters[3](dict(now.body))
    assert old["rounded_twice"]
    programme = newest(fund.reader, LEAVE)
    assert programme is not None
    said = claims.decided(fund.reader, programme[0], MEMBER, date(2026, 1, 12), 1, twice=True)
    assert (said["outcome"], said["weekly"], "rounded_once" in said) == ("paid", 938_96, False)
    row = {"member": MEMBER, "on": "2026-01-12", "cents": 938_96, "body": {**said, "hours": said["hours"] + 1}}
    assert claims.paid_too_much(fund.reader, programme[0], row) == 0
    once = {**row, "body": {**row["body"], "rounded_once": True}}
    assert claims.paid_too_much(fund.reader, programme[0], once) == 1
