"""An account is not erased while money is in it, owed or on its way: nobody could reach it any more."""

from __future__ import annotations

import pytest
from tests.unit.kernel.accounts.test_bank import report

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR
from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import banking, books, erased, heirs, kinds
from commonweal.kernel import accounts, retention
from commonweal.kernel.record import Act
from commonweal.kernel.values import instant
from retaining import text

from .conftest import DRIVER, MEMBER, SECOND, SEVERAL, THIRD, Fund
from .test_benefits_bank import account, answer, send
from .test_heirs import CHILD, CHOICE, STRANGER, decision

ASKED = "data_subject_request"
SCHEDULES = CHOICE.parents[1] / "rules" / "retention.toml"

OUT = {"programme": SEVERAL, "member": MEMBER, "pot": "health"}


def why(fund: Fund, at: str = "") -> list[str]:
    """What stands in the way for good, until it is settled."""
    when = instant(at) if at else fund.clock.now()
    return [one.why for one in erased.unsettled(MEMBER, fund.reader, when) if one.stops == "always"]


def test_an_account_goes_once_its_money_has_left_and_can_come_back_no_more(fund: Fund) -> None:
    assert not list(erased.unsettled(MEMBER, fund.reader, fund.clock.now())), "nothing was ever in it"
    fund.two("brought_in", **OUT, cents=90_00, scheme="before", on="2025-04-01")
    assert why(fund) == ["has 90.00 USD in the pot health of Several payers, four pots"]
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


def by_two(fund: Fund, held: str) -> None:
    """Two persons of the office erase what is sealed of a class."""
    for name in ("ines", "bob"):
        post = {"person": f"person:{name}", "party": f"party:{name}", "name": name.title(), "organisation": "authority"}
        fund.authority.act(Act("person.joined", {**post, "roles": ["officer"]}, key=""))
    fund.authority.follow()
    first, second = (Caller(f"party:{name}", ("officer",)) for name in ("ines", "bob"))
    about = {"holder": MEMBER, "retention_class": held, "basis": ASKED, "reasons": "They asked (fictitious)."}
    asked = fund.authority.act(Act(retention.ERASURE_ASKED.id, about, key=""), first).index
    fund.authority.erasures.erase(MEMBER, held, ASKED, second, confirms=asked, reasons="So it is.")


def test_who_got_money_and_what_heirs_said_is_erased_once_all_is_settled_and_no_sum_changes(fund: Fund) -> None:
    """Also of those who do not inherit. Not before six years are over, and by two: money went through the account."""
    for terms in (SCHEDULES, CHOICE):
        fund.authority.adopt(rule_file(terms.read_text("utf-8")))
    fund.two("brought_in", **OUT, cents=90_00, scheme="before", on="2025-04-01")
    for caller in (CHILD, STRANGER):
        told = {"person": f"Name of {caller.party}", "relationship": "child", "words": "By will (fictitious)"}
        fund.file("heir", caller, member=MEMBER, **told)
    fund.file("died", member=MEMBER, on="2025-04-01")
    fund.at("2025-08-01T09:00:00Z")
    assert "has a claim of an heir that waits for a decision" in why(fund)
    fund.two_of((SECOND, THIRD), "estate", **decision(fund, "1"))
    (heir, _) = (row["entry"] for row in fund.reader.select(heirs.HEIRS, order=("entry",)))
    account(fund, CHILD, to=f"heir {heir}", person="A child (fictitious)")
    message, _ = send(fund)
    answer(fund, report(group="ACSC", message=message))

    with pytest.raises(retention.TooEarly):
        fund.authority.erasures.erase(MEMBER, kinds.HEIRS_KEPT, ASKED, OPERATOR)
    fund.at("2031-08-02T09:00:00Z")
    sums = {one.account: one.amount for one in books.held(fund.reader)}
    for held in (kinds.HEIRS_KEPT, kinds.PAYEES_KEPT):
        by_two(fund, held)
    assert not fund.reader.select(heirs.HEIRS)
    assert not fund.reader.select(banking.PAYEES)
    assert {one.account: one.amount for one in books.held(fund.reader)} == sums
    assert [*accounts.apart(fund.reader, books.BOOKS), *accounts.reconciled(fund.reader)] == []


def test_the_house_asks_before_it_erases_an_account(fund: Fund) -> None:
    """A text of this authority lets its accounts go: the instrument is asked all the same."""
    fund.two("brought_in", **OUT, cents=90_00, scheme="before", on="2025-04-01")
    fund.authority.adopt(rule_file(text("none", permanent="none")))
    with pytest.raises(retention.UnderWay, match=r"has 90\.00 USD"):
        fund.authority.erasures.erase(MEMBER, "permanent", "asked", OPERATOR)
