"""A package in force, walked by keyboard: who claims sees why the amount is what it is; the office decides and pays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.adaptive_safety_net.control import CONTROL
from net_house import CLAIM, Net

from .journeys import PREFIXES, WIDE, Walk
from .serving import opening


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    """One claim paid for May, with a sixth of the help cut; another that waits for want of a day."""
    found = Net.found(tmp_path_factory.mktemp("support") / "ministry")
    with found.authority:
        found.opened()
        found.month("2026-04")
        found.claim()
        found.run("2026-05")
        found.month("2026-05")
        found.at("2026-07-01T09:00:00Z")  # June is over, and the payment of 1 June can still be appealed
        yield found


@pytest.fixture(scope="module")
def opened(net: Net, browser: Any) -> Iterator[Callable[..., Any]]:
    with opening(net.authority, browser) as found:
        yield found


@pytest.mark.parametrize("language", PREFIXES)
def test_who_claims_appeals_and_the_office_decides_and_pays(
    net: Net, opened: Callable[..., Any], axe: str, language: str
) -> None:
    claimed(opened, axe, PREFIXES[language], net)
    appealed(net, opened, axe, PREFIXES[language])
    walk = Walk(opened(WIDE), axe, PREFIXES[language])
    walk.sign_in(net.authority.access.issue_key("party:second-desk", ("officer",), ("file", "read")))
    decided(net, walk, f"C-{language}")
    walk.begin("officer of the safety net", "Pay a month")
    walk.content()
    walk.enter("main a[href$='/wi-mi-2026/pay']")
    walk.write("#f-month", "2026-06")
    walk.enter("p.decision button")
    assert "USD" in walk.text()
    walk.enter("button[name='confirmed']")
    walk.recorded("adaptive_safety_net.payment_run")
    confirmed(net, opened, axe, PREFIXES[language])
    walk.go("/safety-net/programmes/wi-mi-2026/pay")
    walk.content()
    walk.enter("main a[href$='/wi-mi-2026/sample']")
    if not walk.page.locator("main li a[download]").count():  # a month is drawn once, by whichever language comes first
        for field, value in (("month", "2026-06"), ("drawn", "1")):
            walk.write(f"#f-{field}", value)
        walk.enter("p.decision button")
    sample = json.loads(walk.fetch("main li a[download]"))
    assert [one["claim"] for one in sample["drawn"]] == ["support_claim:c-1"]
    walk.finished("officer of the safety net")
    assert net.paid() == {"2026-05": 41_666, "2026-06": 41_666}


def confirmed(net: Net, opened: Callable[..., Any], axe: str, prefix: str) -> None:
    """Another officer finds the run on the page of claims, sees what it pays, and confirms it: then it is paid."""
    asked = CONTROL.rows(net.authority.reader)[-1]["entry"]
    walk = Walk(opened(WIDE), axe, prefix)
    walk.begun.append("Pay a month")
    walk.sign_in(net.authority.access.issue_key("party:cashier", ("officer",), ("file", "read")))
    walk.go("/safety-net/claims")
    walk.content()
    walk.enter(f"main a[href$='/safety-net/second/{asked}']")
    assert "2026-06" in walk.text()
    walk.answer(outcome="confirm")
    walk.recorded("adaptive_safety_net.seconded")


def claimed(opened: Callable[..., Any], axe: str, prefix: str, net: Net) -> None:
    """Without a key: the receipt and a return code; what is missing is asked for, so nothing is granted yet."""
    walk = Walk(opened(WIDE), axe, prefix)
    walk.begin("claimant", "claim help that is switched on")
    walk.content()
    walk.enter("a[href$='/forms/support']")
    walk.enter("button.big")
    walk.write("input[name='q.programme.search']", "WI-MI")
    walk.enter("button[value='find:programme']")
    walk.pick("input[name='q.programme.ids']", "programme:wi-mi-2026")
    walk.page.keyboard.press("Space")
    walk.write("input[name='q.area']", "Michigan")
    walk.enter("p.decision button")
    walk.write("input[name='q.person']", "Sam (fictitious)")
    walk.write("input[name='q.paid_to']", "DE89 3704 0044 0532 0130 00")
    walk.through()
    walk.enter("#send p.decision button")
    assert walk.page.inner_text(".return-code code")
    receipt = walk.receipt()
    assert receipt["kind"] == "adaptive_safety_net.support_claim"
    net.authority.follow()
    subject = net.authority.entry(receipt["index"]).subject
    assert subject is not None
    stands = net.standing(subject)
    assert (stands.state, stands.body["area"]) == ("waits", "area:us-mi")
    net.file("withdrawn", Caller(stands.author, ("reporter",)), claim=subject)


def appealed(net: Net, opened: Callable[..., Any], axe: str, prefix: str) -> None:
    """Each step of the amount stands on the page; the appeal is answered by somebody else before the next language."""
    walk = Walk(opened(WIDE), axe, prefix)
    walk.begun.append("claim help that is switched on")  # by whoever has no key: `claimed`
    walk.sign_in(net.authority.access.issue_key("party:worker-1", ("observer",), ("file", "read")))
    walk.begin("claimant", "see why my amount is what it is, and appeal")
    walk.go("/safety-net/claims/c-1")
    for told in ("4200.00 USD", "3200.00 USD", "500.00 USD", "83.3333", "416.66 USD", "19 U.S.C. 2318(a)(2)(A)"):
        assert told in walk.text()
    walk.content()
    walk.write("#f-words", "It is too little.")
    walk.enter("p.decision button")
    walk.recorded("adaptive_safety_net.appeal")
    walk.finished("claimant")
    body = {"claim": "support_claim:c-1", "outcome": "upheld", "words": "It is what the text gives."}
    net.file("appeal_decided", Caller(f"party:judge{prefix.replace('/', '-')}", ("officer",)), **body)


def decided(net: Net, walk: Walk, name: str) -> None:
    """What does not fit waits, and only a person says no."""
    net.file("support_claim", **{**CLAIM, "name": name, "area": "area:us-oh"})
    walk.begin("officer of the safety net", "Decide what waits")
    walk.content()
    walk.enter(f"main a[href$='/{name.lower()}/decide']")
    walk.answer(what="refuse", words="The work was lost in Ohio.")
    walk.recorded("adaptive_safety_net.decided")
    assert net.standing(f"support_claim:{name.lower()}").state == "not_eligible"
