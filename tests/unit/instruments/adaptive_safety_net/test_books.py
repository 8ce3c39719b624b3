"""What the safety net says that its accounts hold is held against the ledger: nobody moves money by hand unseen.

A reviewer's operator moved 90,000 of a fund to an account of nobody by one act, and `weal account reconcile` found that
all added up. (That the books hold after all that happens to payments, the tests of banks, of what is stopped and of
what is erased ask at their ends.)
"""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.instruments.adaptive_safety_net import INSTRUMENT
from commonweal.instruments.adaptive_safety_net.books import BOOKS
from commonweal.instruments.adaptive_safety_net.paying import OF
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, Difference, How, Transfer
from commonweal.kernel.values import BadInput
from net_house import Net


def test_what_was_moved_by_hand_out_of_a_fund_is_refused_or_named_and_set_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        act = accounts.transfers_act(OF, [by_hand])
        with pytest.raises(BadInput, match="moves them by acts of its own") as error:
            net.authority.act(act)
        (fault,) = error.value.faults
        assert (fault.code, fault.seen) == ("by_hand", f"safety_net.nobody, {fund}")
        with monkeypatch.context() as before:  # it was taken once
            before.setattr(accounts, "moved_by_hand", lambda *asked: [])
            net.authority.act(act)
        net.authority.follow()
        left = 10_000_000 - 41_666
        assert sorted(net.apart()) == [
            Difference("safety_net.nobody balance", 9_000_000, 0), Difference(f"{fund} balance", left - 9_000_000, left)
        ]  # fmt: skip
        back = by_hand._replace(id="by-hand/set-right", debit=nobody.account, credit=fund)
        for wrong in (back._replace(amount=9_000_001), back._replace(how=How.PEND)):
            with pytest.raises(BadInput, match="only what brings an account to what its books say"):
                net.authority.act(accounts.transfers_act(OF, [wrong]))
        net.authority.act(accounts.transfers_act(OF, [back]))
        net.authority.follow()
        assert net.apart() == []
