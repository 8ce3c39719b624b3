"""What is set off of months that are paid together, as whoever claims and the office read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.instruments.adaptive_safety_net import claim_pages
from commonweal.instruments.adaptive_safety_net.conversation import talk
from commonweal.sight import Sight
from net_house import JUDGE, WORKER, Net

ACCOUNT = "GB29NWBK60161331926819"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A claim of which May was paid, 416.66, and went out."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened_to_set_off_at_once()
        found.month("2026-04")
        found.claim(paid_to=ACCOUNT)
        found.run("2026-05")
        found.goes_out()
        yield found
        assert not found.apart()
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before


def page(net: Net, language: str = "en") -> dict[str, Any]:
    reading = net.authority.reading(language, WORKER.party, Sight(net.authority, WORKER, "portal /test"))
    return dict(claim_pages.claim_view(reading, {"slug": "c-1"}))


def earns(net: Net, monthly: str) -> None:
    net.claim(paid_to=ACCOUNT, jobs=[{"began": "2026-05-01", "monthly": monthly}])


def test_of_each_month_that_is_paid_in_one_run_half_comes_and_every_month_is_told(net: Net) -> None:
    """The pay is corrected to 3,800: 5/6 of half of 400 is 166.66 a month, and 250.00 too much was paid for May. A
    claimant was paid for the last month alone, and read of no other."""
    net.month("2026-05")
    earns(net, "3800.00")
    assert page(net)["overpaid"].startswith("250.00 USD more were paid than is due"), "June, not over, is not due yet"
    net.run("2026-08")
    assert net.paid() == {"2026-05": 41_666, "2026-08": 3 * 8_333}
    for language, lines in (
        ("en", ["Nothing of it is for May 2026", *(f"Of it for {name} 2026: 83.33 USD." for name in ("June", "July"))]),
        ("zh", ["不含2026年5月", *(f"其中2026年{name}月：83.33 USD。" for name in (6, 7))]),
    ):
        newest = page(net, language)["payments"][0]
        parts = newest["earlier"]
        assert [part["words"].startswith(line) for part, line in zip(parts, lines, strict=True)] == [True] * 3
        assert all(len(part["steps"]) >= 5 for part in parts), "each has its steps"
        told = [line[language] for one in talk(net.authority.reader, "support_claim:c-1") for line in one.lines]
        assert all(any(one.startswith(line) for one in told) for line in lines)
    newest = page(net)["payments"][0]
    may, june, _ = newest["earlier"]
    assert may["steps"][-1][0] == "416.66 USD were paid for it before: 250.00 USD too much."
    assert june["steps"][-1][0].startswith("250.00 USD were paid too much before; 83.33 of it are taken off now.")
    assert june["steps"][-1][1] == "83.33 USD"
    assert [step[:2] for step in newest["steps"][-2:]] == [
        ("83.34 USD were paid too much before; 83.33 of it are taken off now. No more than half of a month's "
         "amount is taken off.", "83.33 USD"),
        ("With 166.66 USD that is still due for earlier months.", "249.99 USD"),
    ]  # fmt: skip
    assert page(net)["overpaid"].startswith("0.01 USD more were paid than is due"), "one figure"


def test_what_one_month_lacks_is_not_kept_whole_for_what_another_had_too_much(net: Net) -> None:
    """June was paid while the pay was told as 4,000, and is due at 3,200; May is due at 3,800."""
    earns(net, "4000.00")
    net.run("2026-06")
    net.goes_out()
    assert net.paid()["2026-06"] == 8_333 - 4_166
    jobs = [
        {"began": "2026-05-01", "ended": "2026-05-31", "monthly": "3800.00"},
        {"began": "2026-06-01", "ended": "2026-06-30", "monthly": "3200.00"},
    ]
    net.at("2026-07-10T09:00:00Z")
    net.claim(paid_to=ACCOUNT, jobs=jobs)
    facts = net.standing().entry
    net.file("decided", JUDGE, claim="support_claim:c-1", outcome="eligible", facts=facts, words="Pay slips.")
    net.run("2026-07")
    assert net.paid()["2026-07"] == (41_666 - 41_666 // 2) - 4_167


def test_a_claim_that_ended_is_paid_what_is_owed_once_and_it_stays(net: Net) -> None:
    """Of May 208.33 too much is at the bank, June and July are owed, and the claim was taken back: half of each of
    these comes, and no later run stops it, or books it again."""
    net.month("2026-05")
    earns(net, "3700.00")
    net.at("2026-07-10T09:00:00Z")
    net.file("withdrawn", WORKER, claim="support_claim:c-1")
    for month in ("2026-07", "2026-08", "2026-09"):
        net.run(month)
    assert net.paid() == {"2026-05": 41_666, "2026-07": 20_834}
