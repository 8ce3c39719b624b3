"""What a member is offered by the form for taking money out, and what it says to what cannot be taken."""

from __future__ import annotations

import pytest

from commonweal.instruments.portable_benefits import doing
from commonweal.kernel.values import BadInput

from .conftest import DRIVER, FOUR, MEMBER, SEVERAL, Fund, table

WORK = "PB-1,2025-01-01,2025-03-31,USD,10000.00,400,900"


def asked(fund: Fund, field: str) -> list[tuple[str, str]]:
    shown = doing.doing_view(fund.authority.reading("en", DRIVER.party), {"doing": "take-out"})
    (one,) = [one for one in shown["asks"] if one.field == field]  # type: ignore[attr-defined]
    return [(choice.value, choice.label["en"]) for choice in one.choices]


def test_only_pots_of_their_own_are_offered_with_what_is_free_and_no_reason_of_the_dead(fund: Fund) -> None:
    """A programme that they are not in has nothing to give, and an account of somebody who died is divided."""
    assert asked(fund, "pot") == []
    fund.send(table(WORK))
    fund.settle()
    offered = asked(fund, "pot")
    assert offered
    assert all(value.startswith(f"{SEVERAL}/") and "can be taken out" in words for value, words in offered)
    assert not any(FOUR in value for value, _ in offered)
    assert "death" not in dict(asked(fund, "reason"))


@pytest.mark.parametrize("typed", ["-5", "0", "0.00"])
def test_nothing_and_less_than_nothing_are_told_in_the_unit_that_was_typed(fund: Fund, typed: str) -> None:
    """Not as “at least 1”: the record counts in cents, and whoever types in dollars."""
    given = {"doing": "take-out", "member": MEMBER, "pot": f"{SEVERAL}/health", "cents": typed, "reason": "health"}
    with pytest.raises(BadInput) as refused:
        doing.doing_deed(fund.authority.reading("en", DRIVER.party), given)
    (fault,) = refused.value.faults
    assert fault.told == {
        "en": f"{typed} – more than nothing, in USD, such as 120.50", "zh": f"{typed}——须大于零，以USD计，例如 120.50"
    }  # fmt: skip


def test_who_asks_for_a_statement_as_a_letter_is_led_to_the_letter(fund: Fund) -> None:
    reading = fund.authority.reading("en", DRIVER.party)
    assert doing.doing_deed(reading, {"doing": "letter", "member": MEMBER}).onward == "/letters"
    assert doing.doing_deed(reading, {"doing": "open", "name": "PB-9"}).onward == "/benefits"
