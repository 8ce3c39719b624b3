"""A withdrawal that was typed wrongly its member takes back by themselves, until it is in a file for the bank. A
reviewer's member typed two noughts too many, and had to wait until it was paid."""

from __future__ import annotations

import pytest

from commonweal.instruments.portable_benefits import doing, tables, views
from commonweal.kernel.values import BadInput, Forbidden

from .conftest import CITY, DRIVER, MEMBER, SECOND, SEVERAL, Fund
from .test_money import agrees, held, take_out
from .test_two_officers import IN, refused

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
