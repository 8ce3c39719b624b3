"""What has vested is a share of what the fund received: another payer's word that nobody paid unlocks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.authority import Authority
from commonweal.instruments import discover, rule_file
from commonweal.instruments.portable_benefits import owing, tables
from commonweal.instruments.portable_benefits.kinds import ESTATE, TAKEN_OUT
from commonweal.instruments.portable_benefits.programmes import newest
from commonweal.kernel.values import BadInput

from .conftest import CITY, FUND, MEMBER, SECOND, SEVERAL, SWIFT, Fund, table
from .test_heirs import CHOICE, JUDGE, SPOUSE, decision
from .test_money import QUARTERS, agrees, held, take_out, worked

OUT = {"programme": SEVERAL, "member": MEMBER, "pot": "retirement", "reason": "retirement"}


def city_says(fund: Fund, earnings: int) -> None:
    row = f"PB-1,2025-04-01,2025-06-30,USD,{earnings},0,0"
    fund.send(table(row, payer="CITY", period="2025-Q2"), CITY)


@pytest.fixture
def promised(fund: Fund) -> Fund:
    """Of 950.00 that SWIFT paid half has vested; CITY says ten times as much and pays nothing."""
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, earnings="20000", quarters=QUARTERS[:2])
    assert (held(fund)["retirement"].received, held(fund)["retirement"].free) == (950_00, 475_00)
    city_says(fund, 50_000)
    return fund


def test_what_another_payer_says_and_did_not_pay_unlocks_nothing(promised: Fund) -> None:
    """A member took out 950.00 of which half had not vested, by a platform's file that nobody paid."""
    pot = held(promised)["retirement"]
    assert (pot.paid_in, pot.received, pot.vested, pot.free) == (1_950_00, 950_00, 475_00, 475_00)
    with pytest.raises(BadInput, match="vested"):
        take_out(promised, "retirement", 475_01, "retirement")
    take_out(promised, "retirement", 475_00, "retirement")
    assert held(promised)["retirement"].free == 0
    city_says(promised, 0)
    assert not promised.reader.select(tables.OWING, {}), "nobody has what had not vested"
    agrees(promised)


def test_what_one_payer_says_of_others_takes_nothing_of_what_another_paid(promised: Fund) -> None:
    """SWIFT says more of somebody else and pays none of it: its payments reach less far, CITY's reach as far."""
    told = {"programme": SEVERAL, "payer": "benefits_payer:city", "on": "2026-01-05"}
    take_out(promised, "retirement", 475_00, "retirement")
    owed = sum(row["cents"] for row in promised.reader.select(tables.OWED, {"payer": "benefits_payer:city"}))
    promised.two("paid", **told, cents=owed)
    assert held(promised)["retirement"].free == 500_00
    promised.file("member", CITY, name="PB-2")
    rows = "PB-1,2025-01-01,2025-03-31,USD,20000,0,0", "PB-2,2025-01-01,2025-03-31,USD,900000,0,0"
    promised.send(table(*rows))
    assert held(promised)["retirement"].received < 1_950_00
    assert held(promised)["retirement"].free == 500_00
    agrees(promised)


def test_what_the_other_payer_pays_vests_as_well(promised: Fund) -> None:
    told = {"programme": SEVERAL, "payer": "benefits_payer:city", "on": "2026-01-05"}
    owed = sum(row["cents"] for row in promised.reader.select(tables.OWED, {"payer": "benefits_payer:city"}))
    promised.two("paid", **told, cents=owed // 2)
    pot = held(promised)["retirement"]
    assert pot.received == 950_00 + 500_00
    assert pot.free == pot.vested == pot.received // 2
    promised.settle()
    assert held(promised)["retirement"].free == 975_00


def test_what_was_taken_out_rightly_is_no_debt_where_payments_reach_less_far(promised: Fund) -> None:
    """SWIFT says more of another: less of what it paid is the member's, who keeps what had vested."""
    take_out(promised, "retirement", 475_00, "retirement")
    promised.file("member", CITY, name="PB-2")
    rows = ["PB-1,2025-01-01,2025-03-31,USD,20000,0,0", "PB-2,2025-01-01,2025-03-31,USD,900000,0,0"]
    promised.send(table(*rows))
    pot = held(promised)["retirement"]
    assert pot.received < 950_00
    assert (pot.vested, pot.free, pot.owing) == (475_00, 0, 0)
    assert not promised.reader.select(tables.OWING, {})
    agrees(promised)


@contextmanager
def before(fund: Fund) -> Iterator[Fund]:
    """The same record by kinds from before; afterwards by those of now."""
    item = discover()["portable_benefits"]
    first = {TAKEN_OUT.id: 2, ESTATE.id: 3}
    kinds = tuple(
        replace(one, version=first[one.id], upcasters=dict.fromkeys(range(1, first[one.id]), dict))
        if one.id in first else one
        for one in item.instrument.kinds
    )  # fmt: skip
    old = {item.instrument.id: replace(item, instrument=replace(item.instrument, kinds=kinds))}
    fund.authority.close()
    with Authority.open(fund.authority.folder, clock=fund.clock, installed=old) as authority:
        yield Fund(authority, fund.clock)


@contextmanager
def now(fund: Fund) -> Iterator[Fund]:
    fund.authority.close()
    installed = {"portable_benefits": discover()["portable_benefits"]}
    with Authority.open(fund.authority.folder, clock=fund.clock, installed=installed) as authority:
        yield Fund(authority, fund.clock)


def test_what_was_asked_for_before_is_decided_as_it_was(promised: Fund) -> None:
    """An officer enters it for the member, so that it is decided when it takes effect: the one by the rule of before
    leaves whole, the other does not; and nobody owes what left rightly."""
    with before(promised) as house:
        asked = house.asked("taken_out", FUND, **OUT, cents=950_00)
    with now(promised) as house:
        house.file("seconded", SECOND, entry=asked)
        (row,) = house.reader.select(tables.MOVE, {"what": "taken_out"})
        assert (row["done"], row["cents"]) == (1, 950_00)
        assert not house.reader.select(tables.OWING, {"why": owing.CORRECTED})
        pot = held(house)["retirement"]
        assert (pot.vested, pot.free) == (950_00, 0)
        agrees(house)
        laid = house.authority.dump()
        house.authority.rebuild()
        assert house.authority.dump() == laid


def test_what_is_asked_for_now_leaves_as_far_as_it_vested(promised: Fund) -> None:
    asked = promised.asked("taken_out", FUND, **OUT, cents=950_00)
    promised.file("seconded", SECOND, entry=asked)
    (row,) = promised.reader.select(tables.MOVE, {"what": "taken_out"})
    assert not row["done"]


@pytest.mark.parametrize(("by", "cents"), [("before", 950_00), ("now", 475_00)])
def test_an_estate_is_divided_by_the_rule_under_which_it_was_asked_for(fund: Fund, by: str, cents: int) -> None:
    """Of a pot that does not vest by death."""
    text = newest(fund.reader, SEVERAL)
    assert text is not None
    told = text[1]["text"].replace("vests_on_death = true", "vests_on_death = false")
    fund.authority.adopt(rule_file(told.replace(f'version = "{text[0].version}"', 'version = "later"')))
    fund.authority.adopt(rule_file(CHOICE.read_text("utf-8")))
    fund.at("2026-01-05T09:00:00Z")
    worked(fund, SWIFT, earnings="20000", quarters=QUARTERS[:2])
    city_says(fund, 50_000)
    fund.file("heir", SPOUSE, member=MEMBER, person="A spouse", relationship="spouse", words="By law (fictitious)")
    fund.file("died", member=MEMBER, on="2025-08-01")
    fund.at("2026-05-05T09:00:00Z")
    with (before if by == "before" else now)(fund) as house:
        asked = house.asked("estate", JUDGE, **decision(house, "1"))
    with now(fund) as house:
        house.file("seconded", SECOND, entry=asked)
        moves = house.reader.select(tables.MOVE, {"what": "taken_out", "pot": "retirement", "done": 1})
        assert sum(row["cents"] for row in moves) == cents
        laid = house.authority.dump()
        house.authority.rebuild()
        assert house.authority.dump() == laid


@given(
    parts=st.dictionaries(st.sampled_from(QUARTERS), st.integers(0, 1000), min_size=1),
    covers=st.dictionaries(st.sampled_from(QUARTERS), st.fractions(0, 1)),
    used=st.integers(0, 5000),
)
def test_what_is_reached_is_divided_over_periods_and_none_has_more_than_it_came_to(
    parts: dict[str, int], covers: dict[str, Fraction], used: int
) -> None:
    found = tables.reached_by_period(parts, covers, used)
    assert sum(found.values()) == tables.reached(parts, covers, used)
    assert all(0 <= found[period] <= cents for period, cents in parts.items())
