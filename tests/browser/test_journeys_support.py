"""A package in force, walked by keyboard: who claims sees why the amount is what it is; the office decides and pays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

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
        yield found


@pytest.fixture(scope="module")
def opened(net: Net, browser: Any, axe: str) -> Iterator[Callable[..., Any]]:
    with opening(net.authority, browser, axe) as found:
        yield found


@pytest.mark.parametrize("language", PREFIXES)
def test_who_claims_appeals_and_the_office_decides_and_pays(
    net: Net, opened: Callable[..., Any], axe: str, language: str
) -> None:
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
    walk.go("/safety-net/programmes/wi-mi-2026/pay")
    walk.content()
    for field, value in (("month", "2026-06"), ("seed", "12 July, by lot"), ("n", "1")):
        walk.write(f"#s-{field}", value)
    sample = json.loads(walk.fetch("form[method='get'] button"))
    assert [one["claim"] for one in sample["drawn"]] == ["support_claim:c-1"]
    walk.finished("officer of the safety net")
    assert net.paid() == {"2026-05": 41_666, "2026-06": 41_666}


def appealed(net: Net, opened: Callable[..., Any], axe: str, prefix: str) -> None:
    """Each step of the amount stands on the page; the appeal is answered by somebody else before the next language."""
    walk = Walk(opened(WIDE), axe, prefix)
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
    net.file("appeal_decided", **body)


def decided(net: Net, walk: Walk, name: str) -> None:
    """What does not fit waits, and only a person says no."""
    net.file("support_claim", **{**CLAIM, "name": name, "area": "area:us-oh"})
    walk.begin("officer of the safety net", "Decide what waits")
    walk.content()
    walk.enter(f"main a[href$='/{name.lower()}/decide']")
    walk.answer(what="refuse", words="The work was lost in Ohio.")
    walk.recorded("adaptive_safety_net.decided")
    assert net.standing(f"support_claim:{name.lower()}").state == "not_eligible"
