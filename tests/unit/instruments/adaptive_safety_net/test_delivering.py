"""How help is delivered: delay and what waits month by month, errors from a sample with their interval."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import claim_pages, delivering, programmes, telling
from commonweal.kernel import indicators
from commonweal.kernel.record import lot_of
from commonweal.kernel.values import BadInput, Forbidden, instant
from net_house import CONFIRMS, JUDGE, OFFICER, WORKER, Net, somebody

PROGRAMME = "programme:wi-mi-2026"
GRANTED, PEOPLE = 5, 10
TERMS = files("commonweal.instruments.adaptive_safety_net").joinpath("rules", "payments.toml").read_text()


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """Ten claims of May: five are granted as they come, of five the day of the loss is missing."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened(budget="7000000.00")
        found.at("2026-05-11T09:00:00Z")
        for number in range(1, PEOPLE + 1):
            caller = Caller(f"party:worker-{number}", ("observer",))
            missing: dict[str, Any] = {"lost_on": None} if number > GRANTED else {}
            found.claim(caller, name=f"C-{number}", **missing)
        yield found


def told(net: Net, series: str) -> dict[str, float]:
    rows = indicators.values(net.authority.reader, series, PROGRAMME)
    return {row["event"][:7]: row["value"] for row in rows}


def rows(net: Net) -> list[list[str]]:
    view = claim_pages.programme_view(net.authority.reading("en", ""), {"slug": "wi-mi-2026"})
    return list(view["delivery"])


def test_delay_and_what_waits_are_told_when_a_month_is_over_and_of_few_nothing(net: Net) -> None:
    """Granted on 11 May, paid on 12 July: 62 days. In June five wait for May, and five others for a decision."""
    net.at("2026-07-01T09:00:00Z")
    assert told(net, delivering.MONEY) == {"2026-05": 0, "2026-06": 5}, "that nobody waits is told where many claim"
    assert told(net, delivering.DECISION) == {"2026-05": 5, "2026-06": 5}
    assert told(net, delivering.DELAY) == {}
    net.at("2026-07-12T09:00:00Z")
    net.run("2026-06")
    net.at("2026-08-01T09:00:00Z")
    assert told(net, delivering.DELAY) == {"2026-07": 62.0}
    assert told(net, delivering.MONEY)["2026-07"] == 0
    assert rows(net)[0] == ["2026-07", "62", "5", "0", "–"]


def test_a_late_look_says_of_each_month_how_it_stood_then(net: Net) -> None:
    net.at("2026-07-12T09:00:00Z")
    net.run("2026-06")
    before = {series: told(net, series) for series in (delivering.DELAY, delivering.MONEY)}
    net.at("2026-11-01T09:00:00Z")
    now = {series: told(net, series) for series in (delivering.DELAY, delivering.MONEY)}
    assert now[delivering.DELAY] == {"2026-07": 62.0}
    assert before[delivering.MONEY].items() <= now[delivering.MONEY].items()
    assert [now[delivering.MONEY][month] for month in ("2026-07", "2026-08", "2026-09", "2026-10")] == [0, 5, 5, 5]
    dump = net.authority.dump()
    net.authority.rebuild()
    assert net.authority.dump() == dump


@pytest.mark.parametrize("missing", [{}, {"lost_on": None}], ids=["granted as it comes", "waits"])
def test_whether_the_one_claim_of_a_month_waits_is_not_told(net: Net, missing: dict[str, Any]) -> None:
    """That there is one more everybody reads; before, five that wait stayed five where it was granted."""
    net.at("2026-06-10T09:00:00Z")
    net.claim(Caller("party:worker-11", ("observer",)), name="C-11", **missing)
    net.at("2026-07-01T09:00:00Z")
    assert told(net, delivering.DECISION) == {"2026-05": 5, "2026-06": 5}
    assert told(net, delivering.MONEY) == {"2026-05": 0, "2026-06": 5}


def test_a_decision_on_one_of_those_that_wait_is_not_told(net: Net) -> None:
    net.at("2026-06-10T09:00:00Z")
    facts = net.standing("support_claim:c-6").entry
    net.file("decided", claim="support_claim:c-6", outcome="not_eligible", words="No job was lost.", facts=facts)
    net.at("2026-07-01T09:00:00Z")
    assert told(net, delivering.DECISION) == {"2026-05": 5}


def test_claims_are_counted_once_enough_have_come_and_with_what_was_told_before(net: Net) -> None:
    net.at("2026-06-10T09:00:00Z")
    for number in range(PEOPLE + 1, PEOPLE + 6):
        net.claim(Caller(f"party:worker-{number}", ("observer",)), name=f"C-{number}", lost_on=None)
    net.at("2026-07-01T09:00:00Z")
    assert told(net, delivering.DECISION) == {"2026-05": 5, "2026-06": 10}


SERIES = (delivering.DELAY, delivering.MONEY, delivering.DECISION)


@pytest.mark.parametrize("terms", [2, 1])
def test_a_month_is_told_by_what_stood_when_it_was_over_however_late_the_clock_ticks(
    tmp_path: Path, terms: int
) -> None:
    """Two of six claims that were paid in June are refused on 3 July, and what is here is stopped: told on 4 July,
    June's delay was of four, and none. By terms from before it is as it was."""
    found = []
    for ticks in (True, False):
        net = Net.found(tmp_path / f"ticks {ticks}")
        with net.authority:
            net.authority.adopt(rule_file(TERMS.replace("counts_by = 2", f"counts_by = {terms}")))
            net.opened()
            net.at("2026-05-04T09:00:00Z")
            for number in range(1, 7):
                net.claim(somebody(f"C-{number}"), name=f"C-{number}")
            net.at("2026-06-02T09:00:00Z")
            net.run("2026-05")
            if ticks:
                net.at("2026-07-01T00:10:00Z")
            net.clock.set(instant("2026-07-03T09:00:00Z"))
            for claim in ("support_claim:c-1", "support_claim:c-2"):
                facts = net.standing(claim).entry
                net.file("decided", JUDGE, claim=claim, outcome="not_eligible", facts=facts, words="Another job.")
            net.at("2026-07-04T00:10:00Z")
            found.append({series: told(net, series) for series in SERIES})
            dump = net.authority.dump()
            net.authority.rebuild()
            assert net.authority.dump() == dump
    assert found[0][delivering.DELAY] == {"2026-06": 29.0}
    assert (found[0] == found[1]) == (terms == 2)


def test_of_claims_that_one_guardian_holds_no_delivery_is_told_as_of_so_many_people(tmp_path: Path) -> None:
    """They know how long four of five waited, and the number of those that wait less their own is the fifth's."""
    net = Net.found(tmp_path / "ministry")
    with net.authority:
        net.authority.adopt(rule_file(TERMS))
        net.opened()
        net.at("2026-05-04T09:00:00Z")
        for number in range(1, 6):
            net.claim(somebody(f"C-{number}"), name=f"C-{number}")
        for number in range(1, 5):
            about = {"about": f"support_claim:c-{number}", "to": WORKER.party, "reason_code": "ordered"}
            net.file("seconded", CONFIRMS, entry=net.file("hand_over", **about, citation="Order 12/2026"))
        net.run("2026-05")
        net.at("2026-07-01T09:00:00Z")
        assert [told(net, series) for series in SERIES] == [{}, {}, {}]


def of_one(folder: Path) -> Net:
    """One claim, granted as it came on 11 May."""
    found = Net.found(folder / "ministry")
    found.opened()
    found.at("2026-05-11T09:00:00Z")
    found.claim()
    return found


def delivered(net: Net, month: date) -> delivering.Delivered:
    one, reader = net.programme(), net.authority.reader
    return delivering.delivered(reader, one, month, list(programmes.claims(reader, one.id)))


def test_delay_is_counted_from_the_grant_whatever_is_decided_after_the_payment(tmp_path: Path) -> None:
    """A claim that was filed anew and granted again after it was paid was told with a delay of less than nothing."""
    net = of_one(tmp_path)
    with net.authority:
        net.at("2026-06-10T09:00:00Z")
        net.run("2026-05")
        net.at("2026-06-20T09:00:00Z")
        net.claim(jobs=[{"began": "2026-05-01", "monthly": "3100.00", "weekly_hours": 40}])
        if net.standing().state == "waits":
            facts = net.standing().entry
            net.file("decided", JUDGE, claim="support_claim:c-1", facts=facts, outcome="eligible", words="Seen.")
        decision = net.standing().decision
        assert decision is not None
        assert decision["on"] == "2026-06-20"
        net.at("2026-07-01T09:00:00Z")
        assert delivered(net, date(2026, 6, 1)).delays == {net.standing().first: 30}


def test_what_waits_to_be_paid_is_reckoned_on_the_facts_as_they_were_corrected(tmp_path: Path) -> None:
    """An allowed appeal left more due, and the figure said that nothing was."""
    net = of_one(tmp_path)
    with net.authority:
        net.run("2026-05")
        net.file("appeal", WORKER, claim="support_claim:c-1", words="I earned more.")
        allowed = {"outcome": "allowed", "words": "The pay slips say so.", "earned": "4300.00"}
        net.file("appeal_decided", JUDGE, claim="support_claim:c-1", **allowed)
        net.at("2026-07-01T08:00:00Z")
        assert delivered(net, date(2026, 6, 1)).unpaid == {net.standing().first}
        net.run("2026-05")
        net.at("2026-08-01T08:00:00Z")
        net.run("2026-06")
        assert delivered(net, date(2026, 8, 1)).unpaid == {net.standing().first}, "of July"


def test_a_programme_of_which_nothing_waits_is_told_no_more_until_something_happens(net: Net) -> None:
    for number in range(1, PEOPLE + 1):
        caller = Caller(f"party:worker-{number}", ("observer",))
        net.file("withdrawn", caller, claim=f"support_claim:c-{number}")
    for number in range(GRANTED + 1, PEOPLE + 1):
        claim = f"support_claim:c-{number}"
        facts = net.standing(claim).entry
        net.file("decided", claim=claim, outcome="not_eligible", words="It was taken back.", facts=facts)
    net.two("programme_closed", programme=PROGRAMME, reasons="Nobody is left.")
    net.at("2026-06-01T09:00:00Z")
    net.at("2026-07-01T09:00:00Z")
    size = net.authority.store.size()
    net.at("2026-12-01T09:00:00Z")
    assert [one.kind for one in net.authority.store.entries(size, net.authority.store.size())].count(
        "observations.batch"
    ) == 0
    assert not net.authority.reader.select(delivering.WATCHED)


def drawn(net: Net, many: int, month: str = "2026-06") -> dict[str, Any]:
    net.file("sampled", OFFICER, programme=PROGRAMME, month=month, drawn=many)
    reading = net.authority.reading("en", JUDGE.party)
    return dict(delivering.sample_view(reading, {"slug": "wi-mi-2026", "month": month}))


def test_errors_are_those_of_a_sample_drawn_by_lot_with_their_interval(net: Net) -> None:
    """One wrong of five: 0.20. Beta(1, 5) leaves 2.5 percent below 0.0051, and Beta(2, 4) above 0.7164."""
    net.at("2026-07-12T09:00:00Z")
    net.run("2026-06")
    review = {"programme": PROGRAMME, "month": "2026-06", "seed": "my own", "drawn": 5, "wrong": 1}
    with pytest.raises(BadInput, match="sample was drawn"):
        net.file("reviewed", JUDGE, **review)
    for wrong in ({"many": 6}, {"many": 0}, {"many": 1, "month": "2026-05"}):
        with pytest.raises(BadInput, match="drawn"):
            drawn(net, **wrong)  # type: ignore[arg-type]
    sample = drawn(net, 5)
    assert sample["lot"] == lot_of(net.authority.entry(sample["draw"])), "known to nobody before it was on record"
    assert len({one["claim"] for one in sample["drawn"]}) == 5
    with pytest.raises(BadInput, match="could choose"):
        drawn(net, 4)
    review["seed"] = sample["lot"]
    for wrong, field in (({"drawn": 4}, "seed"), ({"wrong": 6}, "wrong"), ({"seed": "s"}, "seed")):
        with pytest.raises(BadInput, match=field):
            net.file("reviewed", JUDGE, **{**review, **wrong})
    with pytest.raises(BadInput, match="somebody else"):
        net.file("reviewed", OFFICER, **review)
    with pytest.raises(Forbidden):
        net.file("reviewed", WORKER, **review)
    net.file("reviewed", JUDGE, **review)
    (row,) = indicators.values(net.authority.reader, delivering.ERRORS, PROGRAMME)
    assert (round(row["low"], 4), row["value"], round(row["high"], 4)) == (0.0051, 0.2, 0.7164)
    with pytest.raises(BadInput, match="month"):
        net.file("reviewed", JUDGE, **{**review, "wrong": 0})
    assert rows(net)[0][-1] == "20.0% (0.5%–71.6%; 5)"


def test_a_sample_of_few_and_an_office_without_a_rule_tell_nothing(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    net.at("2026-07-12T09:00:00Z")
    net.run("2026-06")
    lot = drawn(net, 4)["lot"]
    net.file("reviewed", JUDGE, programme=PROGRAMME, month="2026-06", seed=lot, drawn=4, wrong=1)
    assert told(net, delivering.ERRORS) == {}
    monkeypatch.setattr(telling, "RULE", "adaptive_safety_net.not_adopted")
    net.at("2026-08-01T09:00:00Z")
    assert told(net, delivering.DELAY) == {}
