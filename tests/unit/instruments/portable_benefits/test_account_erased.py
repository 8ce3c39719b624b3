"""An account is not erased while money is in it, owed or on its way: nobody could reach it any more."""

from __future__ import annotations

import pytest
from tests.unit.kernel.accounts.test_bank import report

from commonweal.authority import OPERATOR
from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import erased
from commonweal.kernel import retention
from commonweal.kernel.values import instant
from retaining import text

from .conftest import DRIVER, MEMBER, SEVERAL, Fund
from .test_benefits_bank import account, answer, send

OUT = {"programme": SEVERAL, "member": MEMBER, "pot": "health"}


def why(fund: Fund, at: str = "") -> list[str]:
    """What stands in the way for good, until it is settled."""
    when = instant(at) if at else fund.clock.now()
    return [one.why for one in erased.unsettled(MEMBER, fund.reader, when) if one.stops == "always"]


def test_an_account_goes_once_its_money_has_left_and_can_come_back_no_more(fund: Fund) -> None:
    assert not list(erased.unsettled(MEMBER, fund.reader, fund.clock.now())), "nothing was ever in it"
    fund.two("brought_in", **OUT, cents=90_00, scheme="before", on="2025-04-01")
    assert why(fund) == [f"has 90.00 USD in the pot health of {SEVERAL}"]
    account(fund)
    fund.file("taken_out", DRIVER, **OUT, cents=90_00, reason="health")
    assert why(fund) == ["has a payment that the bank has not got yet"]
    message, _ = send(fund)
    assert why(fund) == ["has a payment of which the bank has not said that it is settled"]
    answer(fund, report(group="ACSC", message=message))
    assert why(fund) == ["has a payment that can come back until 2026-05-02"]
    assert why(fund, "2026-05-03T09:00:00Z") == []
    (alone,) = erased.unsettled(MEMBER, fund.reader, instant("2026-05-03T09:00:00Z"))
    assert alone.stops == "alone", "it takes two: money went through it"


def test_the_house_asks_before_it_erases_an_account(fund: Fund) -> None:
    """A text of this authority lets its accounts go: the instrument is asked all the same."""
    fund.two("brought_in", **OUT, cents=90_00, scheme="before", on="2025-04-01")
    fund.authority.adopt(rule_file(text("none", permanent="none")))
    with pytest.raises(retention.UnderWay, match=r"has 90\.00 USD"):
        fund.authority.erasures.erase(MEMBER, "permanent", "asked", OPERATOR)
