"""What the safety net says that its accounts hold is held against the ledger: nobody moves money by hand unseen.

A reviewer's operator moved 90,000 of a fund to an account of nobody by one act, and `weal account reconcile` found that
all added up. (That the books hold after all that happens to payments, the tests of banks, of what is stopped and of
what is erased ask at their ends.)
"""

from __future__ import annotations

from pathlib import Path

from commonweal.instruments.adaptive_safety_net import INSTRUMENT
from commonweal.instruments.adaptive_safety_net.books import BOOKS
from commonweal.instruments.adaptive_safety_net.paying import OF
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, Difference, Transfer
from net_house import Net


def test_what_was_moved_by_hand_out_of_a_fund_is_named(tmp_path: Path) -> None:
    assert INSTRUMENT.books is BOOKS, "which `weal account reconcile` asks"
    net = Net.found(tmp_path / "ministry")
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim()
        net.run("2026-05")
        assert net.apart() == []
        nobody, fund, day = Account("safety_net.nobody", "USD"), net.programme().fund, net.clock.now().toordinal()
        net.authority.act_all(accounts.opening(OF, [nobody]))
        by_hand = Transfer("by-hand/back", fund, nobody.account, 9_000_000, day)
        net.authority.act(accounts.transfers_act(OF, [by_hand]))
        net.authority.follow()
        left = 10_000_000 - 41_666
        assert sorted(net.apart()) == [
            Difference("safety_net.nobody balance", 9_000_000, 0), Difference(f"{fund} balance", left - 9_000_000, left)
        ]  # fmt: skip
