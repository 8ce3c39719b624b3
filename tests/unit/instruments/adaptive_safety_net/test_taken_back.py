"""A claim that was taken back by mistake stands as though it never had been: no month is lost by it.

A reviewer's officer typed the wrong number; two appeals that were allowed changed nothing, and two months were gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.instruments.adaptive_safety_net import claim_pages, kinds, packages
from commonweal.instruments.adaptive_safety_net.conversation import talk
from commonweal.instruments.adaptive_safety_net.programmes import Standing
from commonweal.kernel.values import BadInput
from commonweal.sight import Sight
from net_house import CLAIM as BODY
from net_house import JUDGE, OFFICER, WORKER, Caller, Net

CLAIM = "support_claim:c-1"
CLERK, CHIEF = (Caller(f"party:{name}", ("officer",), "authority") for name in ("clerk", "chief"))
BRINGS = {"2026-05": 41_666, "2026-06": 41_666, "2026-07": 41_666, "2026-08": 41_666}
"""Of each month 416.66 are due to whoever never took it back."""


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A claim of which May was paid, and which two officers took back on 10 June: they had the wrong number."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened()
        found.at("2026-05-11T09:00:00Z")
        found.claim()
        found.run("2026-05")
        found.at("2026-06-10T09:00:00Z")
        body = {"claim": CLAIM, "what": "withdrawn", "facts": found.standing().entry, "words": "She rang."}
        found.file("seconded", CHIEF, entry=found.file("written_down", CLERK, **body))
        found.at("2026-07-20T09:00:00Z")
        yield found
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before


def refused(net: Net, kind: str, caller: Caller, **body: Any) -> dict[str, str]:
    about = {} if kind == "seconded" else {"claim": CLAIM}
    with pytest.raises(BadInput) as error:
        net.file(kind, caller, **about, **body)
    return {fault.where: fault.want for fault in error.value.faults}


def taken_back(net: Net) -> int:
    (row,) = [row for row in net.standing().steps if row["kind"] == kinds.WITHDRAWN.id]
    return int(row["entry"])


@pytest.mark.parametrize("filed_again", [False, True])
def test_an_officer_who_did_not_take_it_back_says_that_it_stands_and_every_month_comes(
    net: Net, filed_again: bool
) -> None:
    entry, words = taken_back(net), "The number was another's."
    if filed_again:
        net.claim()
    for caller in (CLERK, CHIEF):
        assert "claim" in refused(net, "not_taken_back", caller, withdrawal=entry, words=words)
    assert str(entry) in refused(net, "not_taken_back", JUDGE, withdrawal=1, words=words)["withdrawal"]
    asked = net.file("not_taken_back", JUDGE, claim=CLAIM, withdrawal=entry, words=words)
    assert "entry" in refused(net, "seconded", CHIEF, entry=asked), "who took it back is none of the two"
    net.file("seconded", OFFICER, entry=asked)
    assert (net.standing().stage, net.standing().away) == ("eligible", ())
    assert any("no month is lost" in line["en"] for one in talk(net.authority.reader, CLAIM) for line in one.lines)
    net.run("2026-08")
    assert sum(net.paid().values()) == sum(BRINGS.values())
    assert "none" in refused(net, "not_taken_back", JUDGE, withdrawal=entry, words=words)["withdrawal"], "once"


def test_an_appeal_that_is_allowed_says_so_too_and_none_is_allowed_that_changes_nothing(net: Net) -> None:
    net.file("appeal", WORKER, claim=CLAIM, words="I never took it back.", good_cause="Nobody told me.")
    body = {"outcome": "allowed", "words": "Two officers had the wrong number."}
    entry = taken_back(net)
    assert str(entry) in refused(net, "appeal_decided", JUDGE, **body)["outcome"], "what would follow is asked for"
    assert set(refused(net, "appeal_decided", JUDGE, **body, not_taken_back=[1])) == {"not_taken_back"}
    upheld = {**body, "outcome": "upheld", "not_taken_back": [entry]}
    assert set(refused(net, "appeal_decided", JUDGE, **upheld)) == {"not_taken_back"}
    assert "claim" in refused(net, "appeal_decided", CHIEF, **body, not_taken_back=[entry])
    sight = Sight(net.authority, JUDGE, "portal /test")
    form = claim_pages.decide_view(net.authority.reading("en", JUDGE.party, sight), {"slug": "c-1"})
    assert [str(entry)] == [one.value for ask in form["asks"] if ask.field == "not_taken_back" for one in ask.choices]
    given = {"slug": "c-1", **body, "not_taken_back": str(entry)}
    (act,) = claim_pages.decide_deed(net.authority.reading("en", JUDGE.party, sight), given).acts
    net.authority.act(act, JUDGE)
    net.authority.follow()
    net.run("2026-08")
    assert sum(net.paid().values()) == sum(BRINGS.values())


def test_an_officer_finds_it_on_the_page_of_the_claim(net: Net) -> None:
    sight = Sight(net.authority, OFFICER, "portal /test")
    reading = net.authority.reading("en", OFFICER.party, sight)
    ask, *_ = claim_pages.decide_view(reading, {"slug": "c-1"})["asks"]
    (stands,) = [one for one in ask.choices if one.value.startswith("stands-")]
    assert "10 June 2026" in stands.label["en"]
    given = {"slug": "c-1", "what": stands.value, "words": "The number was another's."}
    (act,) = claim_pages.decide_deed(reading, given).acts
    asked = net.authority.act(act, OFFICER).index
    net.authority.follow()
    assert net.standing().stage == "withdrawn", "two officers wrote it down, so two say that it was a mistake"
    net.file("seconded", JUDGE, entry=asked)
    assert net.standing().stage == "eligible"


def step(entry: int, kind: str, **body: Any) -> dict[str, Any]:
    at = date(2026, 5, 1) + timedelta(days=11 * entry)
    told = {"at": f"{at}T09:00:00Z", "on": at.isoformat()}
    return {"entry": entry, "kind": kind, **told, "by": "party:x", "body": body}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["back", "mistake", "appealed"]), max_size=8), st.integers(0, 8), st.booleans())
def test_taken_back_and_found_a_mistake_is_as_though_it_never_had_been(
    told: list[str], where: int, again: bool
) -> None:
    """Whatever else was taken back and made again before or after, and however the mistake was found."""

    def lives(mistaken: bool) -> list[dict[str, Any]]:
        steps, entry = list[dict[str, Any]](), 0
        for at, what in enumerate([*told[:where], "", *told[where:]]):
            entry = 10 * at
            if what or mistaken:
                steps.append(step(entry, kinds.WITHDRAWN.id))
            if what == "back" or (not what and mistaken and again):
                steps.append(step(entry + 1, kinds.CLAIM.id))
            if what == "mistake" or (not what and mistaken):
                steps.append(step(entry + 2, kinds.NOT_TAKEN_BACK.id, withdrawal=entry))
            if what == "appealed":
                steps.append(step(entry + 2, kinds.APPEAL_DECIDED.id, outcome="allowed", not_taken_back=[entry]))
        return steps

    text, day = packages.shipped()["wage_insurance"].data, date(2026, 5, 11)
    with_it, without = (
        Standing(CLAIM, "C-1", dict(BODY), 0, 0, "party:x", "2026-05-11T09:00:00Z", day, day, tuple(lives(mistaken)))
        for mistaken in (True, False)
    )
    assert with_it.worker(text) == without.worker(text)
    assert with_it.withdrawn is without.withdrawn
