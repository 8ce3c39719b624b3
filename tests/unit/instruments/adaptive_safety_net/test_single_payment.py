"""A payment that comes once: to whom it comes, and to whom not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import laus, owed, packages
from commonweal.kernel.values import add_months
from net_house import Net, published, somebody

CLAIM = "support_claim:c-1"


def of_the_nation(net: Net, first: date, last: date) -> None:
    head, *rows = published(first, last).decode().splitlines()
    every = [row.replace("LASST26", f"LASST{area.fips:>02}") for area in laus.areas().values() for row in rows]
    net.authority.act_all(laus.parse("\n".join([head, *every, ""]).encode(), "figures").acts)
    net.authority.follow()


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """Fast cash is open in the nation, and somebody was granted it; nothing is paid."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        for text in packages.texts_of("fast_cash"):
            found.authority.adopt(rule_file(text))
        of_the_nation(found, date(2024, 6, 1), date(2025, 12, 1))
        for month in (date(2026, 1, 1), date(2026, 2, 1)):
            found.at(f"{add_months(month, 1).isoformat()[:8]}20T12:00:00Z")
            of_the_nation(found, month, month)
        found.at("2026-04-20T12:00:00Z")
        told = {"name": "CASH", "package": "us.fast_cash.package", "area": "area:us", "closes_on": "2026-05-19"}
        found.two("programme", **found.opening(**told, crossed="2026-01"))
        told = {"name": "C-1", "programme": "programme:cash", "person": "Sam (fictitious)", "area": "area:us"}
        found.file("support_claim", somebody("C-1"), **told, fictitious=True, born_on="1980-01-01", currency="USD")
        yield found
        assert not found.apart()


def pays(net: Net) -> int:
    net.two("payment_run", programme="programme:cash", month=net.clock.now().date().isoformat()[:7])
    return sum(net.paid().values())


def taken_back(net: Net) -> None:
    net.file("withdrawn", somebody("C-1"), claim=CLAIM)


@pytest.mark.parametrize("day", ["2026-04-22", "2026-05-22"])
def test_who_took_the_claim_back_before_it_was_paid_gets_none(net: Net, day: str) -> None:
    """Somebody took it back two days before the run, and was paid 763 dollars."""
    net.at(f"{day}T12:00:00Z")
    taken_back(net)
    assert pays(net) == 0
    lines = owed.due(net.authority.reader, net.programme("programme:cash"), net.standing(), date(2026, 6, 1), {})
    assert [step.words["en"] for line in lines for step in line.steps] == [
        "The claim was taken back: nothing is due after that."
    ]


def test_what_was_paid_before_stays_and_who_claims_again_gets_it(net: Net) -> None:
    net.at("2026-04-22T12:00:00Z")
    taken_back(net)
    told = {"name": "C-1", "programme": "programme:cash", "person": "Sam (fictitious)", "area": "area:us"}
    net.file("support_claim", somebody("C-1"), **told, fictitious=True, born_on="1980-01-01", currency="USD")
    assert pays(net) == 76_300
    taken_back(net)
    assert sum(net.paid().values()) == 76_300
    assert owed.overpaid(net.authority.reader, net.programme("programme:cash"), net.standing(), date(2026, 4, 1)) == 0
