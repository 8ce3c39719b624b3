"""Nobody has the weeks of one benefit twice, under two of its triggers.

A reviewer closed one trigger of extended benefits and opened the other: the same four weeks of June were paid under
both, and 13 and 15 weeks were left where the Act gives 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import claim_pages, owed, packages, programmes
from commonweal.instruments.adaptive_safety_net.banking import BANK, paying_of
from commonweal.kernel.accounts import Debtor
from commonweal.kernel.values import BadInput
from commonweal.sight import Sight
from net_house import CLAIM, CONFIRMS, JUDGE, PAYS, WORKER, Net

FIRST, SECOND = "support_claim:c-1", "support_claim:c-2"
DEBTOR = Debtor("Ministry (fictitious)", "DE89370400440532013000", "COBADEFFXXX")
TOLD: dict[str, Any] = {
    **CLAIM, "jobs": [], "working": "no", "earned": None, "lost_on": None, "weekly_benefit": "450.00",
    "exhausted_on": "2026-04-28", "paid_to": "021000021/12345", "born_on": "1980-01-01",
}  # fmt: skip


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """Extended benefits by one trigger, closed after a claim came under it, and by another, under which the same
    person claims too."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        for package in ("eb_total_rate", "eb_no_look_back"):
            for text in packages.texts_of(package):
                found.authority.adopt(rule_file(text))
        high = {date(2026, month, 1): 7.0 for month in range(1, 12)}
        for month in ("2026-01", "2026-02", "2026-03"):
            found.month(month, high)
        found.at("2026-05-04T09:00:00Z")
        opened(found, "EB-A", "eb_total_rate", "2026-05-04", None)
        found.file("support_claim", WORKER, **{**TOLD, "programme": "programme:eb-a"})
        found.at("2026-05-20T09:00:00Z")
        found.two("programme_closed", programme="programme:eb-a", reasons="The other trigger is on.")
        opened(found, "EB-B", "eb_no_look_back", "2026-05-20", "2026-10-01")
        found.file("support_claim", WORKER, **{**TOLD, "name": "C-2", "programme": "programme:eb-b"})
        yield found
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before


def opened(net: Net, name: str, package: str, on: str, until: str | None) -> None:
    where = {"rule": f"us.{package}", "to_state": "firing"}
    crossed = net.authority.reader.select(programmes.CROSSING, where, order=("entry",))[0]["at"][:7]
    version = packages.shipped()[package].data.version
    net.two("programme", **net.opening(
        name=name, package=f"us.{package}.package", crossed=crossed, opens_on=on, closes_on=until, version=version,
    ))  # fmt: skip


def grant(net: Net, **more: Any) -> None:
    body = {"claim": SECOND, "outcome": "eligible", "facts": net.standing(SECOND).entry, "words": "Moved from A."}
    net.file("decided", JUDGE, **body, **more)


def file_of(net: Net) -> dict[str, Any]:
    paying, on = paying_of(net.programme("programme:eb-a")), net.clock.now().date()
    return dict(BANK.file_act(net.authority.reader, paying, DEBTOR, on=on, made=net.clock.now()).body)


def weeks(net: Net, claim: str, programme: str) -> dict[str, int]:
    one, through = net.programme(programme), date(2026, 12, 1)
    called = programmes.shares(net.authority.reader, one, through)
    lines = owed.due(net.authority.reader, one, net.standing(claim), through, called)
    return {line.month.isoformat()[:7]: line.weeks for line in lines if line.weeks}


def test_of_one_person_no_week_is_due_twice_nor_more_than_the_text_gives(net: Net) -> None:
    with pytest.raises(BadInput, match=SECOND.replace("c-2", "c-1")):
        grant(net)
    with pytest.raises(BadInput, match="same_as"):
        grant(net, same_as=["support_claim:c-9"])
    grant(net, same_as=[FIRST])
    first, second = weeks(net, FIRST, "programme:eb-a"), weeks(net, SECOND, "programme:eb-b")
    assert sum(first.values()) == 13
    assert not set(first) & {month for month in second if first.get(month) == 4}, "whole months are drawn there"
    at_most = packages.shipped()["eb_no_look_back"].data.claims
    assert at_most is not None
    assert sum(first.values()) + sum(second.values()) <= (at_most.weeks_at_most or 0)
    net.at("2026-07-02T09:00:00Z")
    for name in ("eb-a", "eb-b"):
        net.two("payment_run", programme=f"programme:{name}", month="2026-06")
    assert (sum(net.paid(FIRST).values()), net.paid(SECOND)) == (7 * 450_00, {})
    net.file("support_claim", WORKER, **{**TOLD, "name": "C-2", "programme": "programme:eb-b", "area": "area:us-mi"})
    assert weeks(net, SECOND, "programme:eb-b") == second, "granted again by the house, what was said stands"


def test_what_was_paid_on_a_claim_that_was_refused_since_counts_too(net: Net) -> None:
    net.at("2026-06-02T09:00:00Z")
    net.two("payment_run", programme="programme:eb-a", month="2026-05")
    grant(net, same_as=[FIRST])
    net.at("2026-07-02T09:00:00Z")
    refused = {"claim": FIRST, "outcome": "not_eligible", "words": "She claims under the other."}
    net.file("seconded", CONFIRMS, entry=net.file("bank_file", PAYS, **file_of(net)))
    net.file("decided", JUDGE, **refused, facts=net.standing(FIRST).entry)
    assert weeks(net, FIRST, "programme:eb-a") == {}
    assert weeks(net, SECOND, "programme:eb-b") == {"2026-06": 4, "2026-07": 4, "2026-08": 4}, "3 of 15 went out in May"


def test_another_person_of_the_same_account_has_all_of_it(net: Net) -> None:
    reading = net.authority.reading("en", JUDGE.party, Sight(net.authority, JUDGE, "portal /test"))
    (ask,) = [one for one in claim_pages.decide_view(reading, {"slug": "c-2"})["asks"] if one.field == "same_as"]
    assert [one.value for one in ask.choices] == ["none", FIRST]
    given = {"slug": "c-2", "what": "grant", "words": "A couple.", "same_as": "none"}
    (act,) = claim_pages.decide_deed(reading, given).acts
    net.authority.act(act, JUDGE)
    net.authority.follow()
    assert weeks(net, SECOND, "programme:eb-b")["2026-06"] == 4
