"""A withdrawal that was typed wrongly its member takes back by themselves, until it is in a file for the bank. A
reviewer's member typed two noughts too many, and had to wait until it was paid."""

from __future__ import annotations

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.portable_benefits import doing, tables, views
from commonweal.instruments.portable_benefits.control import CONTROL
from commonweal.kernel.disclosure.reads import REFUSAL
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden

from .conftest import CITY, DRIVER, FUND, MEMBER, SECOND, SEVERAL, THIRD, Fund
from .test_money import agrees, held, take_out
from .test_two_officers import IN, refused

ACCOUNT = "GB29NWBK60161331926819"
BACK = {"programme": SEVERAL, "member": MEMBER}


def test_a_member_takes_a_withdrawal_back_until_it_is_in_a_file(fund: Fund) -> None:
    fund.two("brought_in", **IN, on="2025-04-01")
    entry, other = (take_out(fund, "health", cents, "health") for cents in (80_000, 1_000))
    reading = fund.authority.reading("en", DRIVER.party)
    assert views.member_view(reading, {})["withdrawals"]
    (question,) = doing.doing_view(reading, {"doing": "take-back"})["asks"]
    assert [one.value for one in question.choices] == [str(other), str(entry)]
    with pytest.raises((BadInput, Forbidden)):
        fund.file("withdrawal_taken_back", CITY, **BACK, payment=entry)
    (act,) = doing.doing_deed(reading, {"doing": "take-back", "payment": str(entry)}).acts
    fund.authority.act(act, DRIVER)
    fund.authority.follow()
    assert (held(fund)["health"].free, held(fund)["health"].taken_out) == (89_000, 1_000)
    told = views.member_view(fund.authority.reading("en", DRIVER.party), {})["statements"][0]["programmes"][0]
    assert "800.00 USD did not go out and were put back, since you took the withdrawal back" in str(told["moves"])
    agrees(fund)
    assert "does not have" in refused(fund, "withdrawal_taken_back", DRIVER, **BACK, payment=entry)["payment"]
    fund.goes_out()
    assert "does not have" in refused(fund, "withdrawal_taken_back", DRIVER, **BACK, payment=other)["payment"]
    assert not views.member_view(fund.authority.reading("en", DRIVER.party), {})["withdrawals"]
    sent = fund.reader.select(tables.MOVE, {"what": "taken_out"})
    assert [tables.goes(fund.reader, row) for row in sent] == [0, 1_000]
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before


def test_what_an_officer_takes_back_for_a_member_waits_for_a_second(fund: Fund) -> None:
    fund.two("brought_in", **IN, on="2025-04-01")
    entry = take_out(fund, "health", 80_000, "health")
    asked = fund.file("withdrawal_taken_back", **BACK, payment=entry)
    assert held(fund)["health"].free == 10_000
    fund.file("seconded", SECOND, entry=asked)
    assert held(fund)["health"].free == 90_000
    agrees(fund)


def test_an_officer_finds_no_withdrawal_by_trying(fund: Fund) -> None:
    """Whatever entry an officer names waits for a second, and the page of it says no more than they typed."""
    fund.two("brought_in", **IN, on="2025-04-01")
    there, gone = (take_out(fund, "health", 80_00 + extra, "health") for extra in (0, 1))
    none = fund.file("payee", DRIVER, member=MEMBER, person="A member (fictitious)", paid_to=ACCOUNT)
    asked = {one: fund.file("withdrawal_taken_back", THIRD, **BACK, payment=one) for one in (there, gone, none)}
    fund.file("set_aside", SECOND, entry=asked[gone], words="w")
    fund.goes_out()
    asked[gone] = fund.file("withdrawal_taken_back", THIRD, **BACK, payment=gone)

    def says(reader: Caller, payment: int) -> str:
        reading = fund.authority.reading("en", reader.party)
        return str(CONTROL.view(reading, {"entry": str(asked[payment])})["facts"]).replace(str(payment), "…")

    assert len({says(THIRD, one) for one in asked}) == 1
    assert "80.00 USD" in says(SECOND, there)
    for one, want in ((none, "took money out"), (gone, "does not have")):
        assert want in refused(fund, "seconded", SECOND, entry=asked[one])["entry"]
    told = {line.read.entry for line in fund.authority.reads.lines(1) if REFUSAL in line.read.fields}
    assert {none, gone} <= told, "whose it is reads who had it told to them"


def test_what_is_sent_again_is_no_refusal_and_none_is_logged(fund: Fund) -> None:
    """Judged anew, money that is on record contradicts itself; its sender gets the first receipt, and is told nothing.
    A demonstration that was killed went on with a line of reads more."""
    act = Act("portable_benefits.brought_in", IN | {"on": "2025-04-01"}, "once")
    first = fund.authority.act(act, FUND).index
    fund.file("seconded", SECOND, entry=first)
    before = fund.authority.reads.head()
    assert fund.authority.act(act, FUND).index == first
    assert fund.authority.reads.head() == before
    refused(fund, "brought_in", FUND, **act.body)
    assert fund.authority.reads.head() != before, "who asks under another key is told, and it is logged"


def test_what_came_back_is_held_against_what_is_owed_as_a_second_officer_confirms_it(fund: Fund) -> None:
    """Fifteen tries told an officer to the cent what a member owes."""
    fund.two("brought_in", **IN, on="2025-04-01")
    payment = take_out(fund, "health", 80_00, "health")
    told = {**BACK, "payment": payment, "on": "2025-04-02"}
    asked = [fund.file("recovered", THIRD, **told, cents=cents, reference=f"T-{cents}") for cents in (1, 10**9)]
    for entry in asked:
        assert "something is to come back" in refused(fund, "seconded", SECOND, entry=entry)["entry"]
