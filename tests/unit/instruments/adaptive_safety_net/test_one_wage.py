"""Wage insurance makes up for one loss of pay once, under however many programmes of it somebody claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Act, Authority
from commonweal.instruments import discover
from commonweal.instruments.adaptive_safety_net import laus, owed, programmes
from commonweal.instruments.adaptive_safety_net.kinds import RUN
from commonweal.kernel.values import BadInput
from net_house import JUDGE, PAYS, START, Net, published, somebody

OHIO = "area:us-oh"
FIRST, SECOND = "support_claim:c-1", "support_claim:c-2"
MUCH = {
    "earned": "7000.00",
    "jobs": [{"began": "2026-05-01", "monthly": "3200.00", "weekly_hours": 40, "same_firm": "no"}],
}


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """The package is switched on in two states, and one person claims under both for the same job."""
    found = Net.found(tmp_path / "office", START)
    try:
        ohio(found, date(2024, 6, 1), date(2025, 12, 1))
        for month in ("2026-01", "2026-02"):
            found.month(month)
            first = date.fromisoformat(f"{month}-01")
            ohio(found, first, first)
        found.two("programme", **found.opening())
        found.two("programme", **found.opening(name="WI-OH-2026", area=OHIO))
        found.at("2026-05-04T09:00:00Z")
        yield found
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before
    finally:
        found.authority.close()


def ohio(net: Net, first: date, last: date) -> None:
    data = published(first, last).replace(b"LASST26", b"LASST39")
    net.authority.act_all(laus.parse(data, "figures").acts)
    net.authority.follow()


def claims_twice(net: Net, **told: Any) -> None:
    net.claim(**told)
    sams = {"person": "Sam (fictitious)", "programme": "programme:wi-oh-2026", "area": OHIO}
    net.claim(name="C-2", **{**sams, **told})


def grant(net: Net, claim: str = SECOND, **more: Any) -> None:
    body = {"claim": claim, "outcome": "eligible", "facts": net.standing(claim).entry, "words": "Looked at (made up)."}
    net.file("decided", JUDGE, **body, **more)


def due(net: Net, claim: str) -> dict[str, int]:
    stands, through = net.standing(claim), date(2028, 6, 1)
    one = net.programme(str(stands.body["programme"]))
    called = programmes.shares(net.authority.reader, one, through)
    lines = owed.due(net.authority.reader, one, stands, through, called)
    return {line.month.isoformat()[:7]: line.cents for line in lines if line.cents}


def test_the_same_months_of_the_same_job_are_paid_under_one_programme_of_two(net: Net) -> None:
    """Half the loss was paid under each: all of it, where the law has half (19 U.S.C. 2318(a)(2)(A))."""
    claims_twice(net)
    with pytest.raises(BadInput, match=f"same_as.*{FIRST}"):
        grant(net)
    grant(net, same_as=[FIRST])
    net.at("2026-06-02T09:00:00Z")
    for name in ("wi-mi-2026", "wi-oh-2026"):
        net.two("payment_run", programme=f"programme:{name}", month="2026-05")
    assert list(net.paid(FIRST)) == ["2026-05"]
    assert net.paid(SECOND) == {}
    (step,) = owed.due(
        net.authority.reader, net.programme("programme:wi-oh-2026"), net.standing(SECOND), date(2026, 5, 1), {}
    )[-1].steps
    assert step.words["en"] == "This month is paid by another claim to the same benefit."


def test_what_both_bring_is_bounded_as_one(net: Net) -> None:
    """Once ten thousand dollars were paid under the one, the other paid ten thousand more (19 U.S.C. 2318(a)(5))."""
    claims_twice(net, **MUCH)
    grant(net, same_as=[FIRST])
    assert sum(due(net, FIRST).values()) == 10_000_00
    assert due(net, SECOND) == {}


def test_a_run_from_before_both_were_bounded_as_one_pays_as_it_did(net: Net) -> None:
    """The second loss was claimed for first and paid in full; a run from before looked at earlier months of it alone,
    and paid as much for the first. What was paid stays paid, and is told as too much by the rule of now."""
    net.at("2027-08-04T09:00:00Z")
    later = {"lost_on": "2026-12-10", "jobs": [{"began": "2027-01-01", "monthly": "3200.00"}]}
    earlier = {"jobs": [{"began": "2026-05-01", "ended": "2026-12-10", "monthly": "3200.00"}]}
    net.claim(earned="7000.00", programme="programme:wi-oh-2026", area=OHIO, **later)
    grant(net, FIRST)
    net.two("payment_run", programme="programme:wi-oh-2026", month="2027-07")
    net.claim(name="C-2", person="Sam (fictitious)", earned="7000.00", **earlier)
    grant(net, same_as=[FIRST])
    assert due(net, SECOND) == {}
    item, folder = discover()["adaptive_safety_net"], net.authority.folder
    first = replace(RUN, version=1, upcasters={})
    kinds = tuple(first if one.id == RUN.id else one for one in item.instrument.kinds)
    old = {"adaptive_safety_net": replace(item, instrument=replace(item.instrument, kinds=kinds))}
    net.authority.close()
    with Authority.open(folder, clock=net.clock, installed=old) as authority:
        authority.act(Act(RUN.id, {"programme": "programme:wi-mi-2026", "month": "2027-07"}, ""), PAYS)
    net.authority = Authority.open(folder, clock=net.clock, installed={"adaptive_safety_net": item})
    net.authority.follow()
    assert [sum(net.paid(claim).values()) for claim in (FIRST, SECOND)] == [10_000_00, 10_000_00]
    reader, through = net.authority.reader, date(2027, 8, 1)
    over = [
        owed.overpaid(reader, net.programme(f"programme:{name}"), net.standing(claim), through)
        for name, claim in (("wi-oh-2026", FIRST), ("wi-mi-2026", SECOND))
    ]
    assert over == [0, 10_000_00]


def test_whose_claim_was_paid_for_a_month_keeps_it_though_the_other_was_filed_first(net: Net) -> None:
    """The first claim waited while the second was paid: once it was granted too, May was paid under both."""
    half = {"jobs": [{"began": "2026-05-01", "monthly": "3200.00", "weekly_hours": 30, "same_firm": "no"}]}
    claims_twice(net, **half)
    grant(net, same_as=[FIRST])
    net.at("2026-06-02T09:00:00Z")
    net.two("payment_run", programme="programme:wi-oh-2026", month="2026-05")
    grant(net, FIRST, same_as=[SECOND])
    net.two("payment_run", programme="programme:wi-mi-2026", month="2026-05")
    assert (net.paid(FIRST), list(net.paid(SECOND))) == ({}, ["2026-05"])
    assert "2026-06" in due(net, FIRST), "of what nobody was paid the claim that was filed first has it"
    assert list(due(net, SECOND)) == ["2026-05"]


def test_the_same_claim_filed_again_is_a_version_of_it_and_paid_once(net: Net) -> None:
    """Each time it is granted anew, by the same facts. Under another name it is refused, and where somebody else files
    it for them it waits for a person who sees the first."""
    for _ in range(5):
        net.claim()
    with pytest.raises(BadInput, match="one claim of a person under a programme"):
        net.claim(name="C-2", person="Sam (fictitious)")
    net.claim(somebody("C-2"), name="C-2", person="Sam (fictitious)")
    assert (net.standing(FIRST).state, net.standing(SECOND).state) == ("eligible", "waits")
    net.at("2026-06-02T09:00:00Z")
    net.two("payment_run", programme="programme:wi-mi-2026", month="2026-05")
    assert (net.paid(FIRST), net.paid(SECOND)) == ({"2026-05": 41_666}, {})


def test_another_person_of_the_same_name_has_all_of_it(net: Net) -> None:
    claims_twice(net)
    grant(net, same_as=[])
    assert due(net, SECOND) == due(net, FIRST)


THIRD = "support_claim:c-3"
SAMS, ANOTHER = "021000021/12345", "021000021/99999"


def paid_for_may(net: Net) -> None:
    net.at("2026-06-02T09:00:00Z")
    for name in ("wi-oh-2026", "wi-mi-2026"):
        net.two("payment_run", programme=f"programme:{name}", month="2026-05")


@pytest.mark.parametrize("same", [[FIRST, SECOND], [FIRST], [SECOND]])
def test_who_is_the_same_as_one_is_the_same_as_all_over_the_chain(net: Net, same: list[str]) -> None:
    """The third has the name of the second, and the second the account of the first. They were paid twice, and
    the officer who named all was refused."""
    net.claim(person="Samantha Lee (fictitious)", paid_to=SAMS)
    lee = {"person": "Sam Lee (fictitious)"}
    net.claim(name="C-2", **lee, paid_to=SAMS, programme="programme:wi-oh-2026", area=OHIO)
    net.claim(somebody("C-3"), name="C-3", **lee, paid_to=ANOTHER)
    grant(net, same_as=[FIRST])
    grant(net, THIRD, same_as=same)
    paid_for_may(net)
    assert [list(net.paid(claim)) for claim in (FIRST, SECOND, THIRD)] == [["2026-05"], [], []]
    assert (due(net, SECOND), due(net, THIRD)) == ({}, {})


def test_a_second_claim_under_the_same_programme_that_another_filed_is_held_against_the_first(net: Net) -> None:
    """Nobody files two, but somebody else may for them: half the loss was paid on each."""
    net.claim()
    net.claim(somebody("C-2"), name="C-2", person="Sam (fictitious)")
    with pytest.raises(BadInput, match=f"same_as.*{FIRST}"):
        grant(net)
    grant(net, same_as=[FIRST])
    paid_for_may(net)
    assert (list(net.paid(FIRST)), net.paid(SECOND)) == (["2026-05"], {})
    assert due(net, SECOND) == {}


def test_a_grant_that_names_another_claim_stops_what_is_here_on_that_and_not_due_any_more(net: Net) -> None:
    """Both were paid for May, the second first, before an officer saw that they are of one person."""
    claims_twice(net)
    grant(net, same_as=[])
    paid_for_may(net)
    assert [list(net.paid(claim)) for claim in (FIRST, SECOND)] == [["2026-05"], ["2026-05"]]
    grant(net, same_as=[FIRST])
    net.authority.follow()
    assert [list(net.paid(claim)) for claim in (FIRST, SECOND)] == [[], ["2026-05"]]
    assert not net.apart()
