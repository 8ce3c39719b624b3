"""What everybody is told of a fund by quarters: nothing from which whoever knows several parts works out another's."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import totals

from .conftest import FOUR, Fund, opened, person, table

TERMS = files("commonweal.instruments.portable_benefits").joinpath("rules", "totals.toml").read_text()
BEFORE = TERMS.replace("counts_by = 2", "counts_by = 1")
"""Terms from before people were counted by who knows of their accounts when something is told."""
HOLDING, THIRD_PARTY = Caller("party:holding", ("developer",)), Caller("party:third-payer", ("developer",))
GUARDIAN, OTHER = Caller("party:guardian", ("observer",)), Caller("party:other", ("developer",))


def terms(fund: Fund, text: str) -> None:
    fund.authority.adopt(rule_file(text))
    fund.authority.follow()
    for number in range(2, 6):
        fund.file("member", person(number), name=f"PB-{number}")


def sends(fund: Fund, payer: str, caller: Caller, **earned: str) -> None:
    rows = [f"{name.replace('_', '-')},2025-01-01,2025-03-31,USD,{each},0,0" for name, each in earned.items()]
    fund.send(table(*rows, programme=FOUR, payer=payer), caller)


def told(fund: Fund) -> list[object]:
    """The amounts by quarter, once it is over."""
    fund.at("2025-07-02T09:00:00Z")
    return [row["amount"] for row in totals.rows(fund.authority.reading("en"), {})]


@pytest.mark.parametrize(
    ("text", "second", "shown"),
    [(TERMS, HOLDING, []), (TERMS, OTHER, ["442.72"]), (BEFORE, HOLDING, ["442.72"])],
    ids=["of one party", "of two", "by terms from before"],
)
def test_who_holds_two_payers_takes_off_what_both_paid(
    tmp_path: Path, text: str, second: Caller, shown: list[str]
) -> None:
    """98.72 less than nothing that is theirs was what a third payer paid for its only person, who so earned 2468.00."""
    with opened(tmp_path / "fund") as fund:
        terms(fund, text)
        for name, caller in (("A1", HOLDING), ("A2", second), ("C1", THIRD_PARTY)):
            fund.payer(caller, name)
        sends(fund, "A1", HOLDING, PB_1="2000.00", PB_2="2100.00")
        sends(fund, "A2", second, PB_3="2200.00", PB_4="2300.00")
        sends(fund, "C1", THIRD_PARTY, PB_5="2468.00")
        assert told(fund) == shown


@pytest.mark.parametrize("text", [TERMS, BEFORE], ids=["terms", "terms from before"])
@pytest.mark.parametrize("back", [False, True], ids=["held", "given back"])
def test_a_guardian_counts_as_one_with_their_wards_also_where_the_money_moved_before(
    tmp_path: Path, text: str, back: bool
) -> None:
    """The sum of three accounts less the two that they read was what the third was paid, to the cent."""
    with opened(tmp_path / "fund") as fund:
        terms(fund, text)
        fund.payer(HOLDING, "A1")
        sends(fund, "A1", HOLDING, PB_1="2000.00", PB_2="2100.00", PB_3="2468.00")
        for number in (1, 2):
            hand(fund, number, GUARDIAN)
        for number in (1, 2) if back else ():
            hand(fund, number, person(number))
        assert told(fund) == ([] if text == TERMS else ["262.72"])


def test_what_was_told_before_somebody_became_a_guardian_stays_told(tmp_path: Path) -> None:
    """Nobody takes back what is known: the README says so."""
    with opened(tmp_path / "fund") as fund:
        terms(fund, TERMS)
        fund.payer(HOLDING, "A1")
        sends(fund, "A1", HOLDING, PB_1="2000.00", PB_2="2100.00", PB_3="2468.00")
        assert told(fund) == ["262.72"]
        for number in (1, 2):
            hand(fund, number, GUARDIAN)
        assert told(fund) == ["262.72"]


def hand(fund: Fund, number: int, to: Caller) -> None:
    about = f"benefits_member:pb-{number}"
    fund.two("hand_over", about=about, to=to.party, reason_code="ordered", citation="Order 12/2026 (fictitious)")
