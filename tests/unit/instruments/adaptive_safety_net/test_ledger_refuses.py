"""What the ledger refuses was not paid: it stands at the desk, no bank file has it, and the next run makes it good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from commonweal.authority import OPERATOR
from commonweal.instruments.adaptive_safety_net import claim_pages, programmes
from commonweal.instruments.adaptive_safety_net.banking import BANK, paying_of
from commonweal.kernel import accounts
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput
from net_house import JUDGE, OFFICER, Net, somebody


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened()
        found.month("2026-04")
        found.claim(paid_to="DE89370400440532013000")
        yield found


def book(net: Net, act: Act) -> None:
    net.authority.act(act, OPERATOR)
    net.authority.follow()


def held(net: Net) -> list[str]:
    desk = claim_pages.desk_view(net.authority.reading("en", OFFICER.party), {})
    return [row["name"] for row in desk["rows"] if row["held"]]


def ready(net: Net) -> int:
    return sum(one.amount for one in BANK.ready(net.authority.reader, paying_of(net.programme())).payments.values())


def agree(net: Net) -> int:
    """What the record says was paid, which is what the claim's account holds, what the run paid and the bank gets."""
    paid = sum(net.paid().values())
    assert net.ledger().get(net.programme().account(net.standing().first), 0) == paid
    assert programmes.spent(net.authority.reader, net.programme()) == paid == ready(net)
    return paid


def test_no_period_is_closed_in_which_a_run_may_still_pay(net: Net) -> None:
    """A run pays on the day on which it is decided, which is over in no period that can be closed."""
    net.at("2026-06-01T09:00:00Z")
    with pytest.raises(BadInput, match="a day that is over"):
        book(net, Act("accounts.period_closed", {"through": "2026-06-01"}, ""))
    net.run("2026-05")
    assert agree(net) == 41_666
    assert held(net) == []


def test_of_a_closed_account_only_that_one_waits_and_it_is_asked_for_again(net: Net) -> None:
    net.run("2026-05")
    account = net.programme().account(net.standing().first)
    book(net, Act("accounts.closed", {"of": "safety_net", "accounts": [account], "reason": "By mistake."}, ""))
    net.claim(somebody("C-2"), name="C-2", person="Kim (fictitious)")
    net.month("2026-05")
    net.run("2026-06")
    assert net.paid() == {"2026-05": 41_666}
    assert net.paid("support_claim:c-2") == {"2026-06": 83_332}
    net.run("2026-06")
    assert held(net) == ["C-1"], "asked again, refused again"
    assert not list(accounts.reconciled(net.authority.reader))


def test_a_second_run_before_the_ledger_answered_asks_for_nothing_twice(net: Net) -> None:
    run = {"programme": net.programme().id, "month": "2026-05"}
    net.at("2026-06-01T09:00:00Z")
    for key in ("one", "two"):
        asked = net.authority.act(Act("adaptive_safety_net.payment_run", run, key), OFFICER).index
        net.authority.act(Act("adaptive_safety_net.seconded", {"entry": asked}, ""), JUDGE)
    net.authority.follow()
    assert agree(net) == 41_666
    assert [row["paid"] for row in programmes.runs(net.authority.reader, net.programme().id)] == [1, 0]
    assert date.fromisoformat(str(net.authority.reader.select(programmes.PAYMENT)[0]["day"])) == net.clock.now().date()
