"""Which crossings are open to a decision, told before anybody tries; why a month is none, and which would do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.cli import main
from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import crossings, opening_pages, packages, programmes
from commonweal.kernel.values import BadInput, NotFound
from net_house import JUDGE, OFFICER, Net

ON = {date(2026, at, 1): 6.0 for at in range(1, 13)}
SLUG = {"rule": "us.wage_insurance", "area": "us-mi", "month": "2026-02"}
TOLD = {
    **SLUG, "name": "WI-MI", "opens_on": "2026-04-20", "closes_on": "2028-04-19", "budget": "100000.00",
    "reasons": "Unemployment rose.", "fictitious": "yes",
}  # fmt: skip


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found


def why(net: Net, **changed: Any) -> str:
    with pytest.raises(BadInput) as refused:
        net.file("programme", **net.opening(**changed))
    return next(one.want for one in refused.value.faults if one.where == "crossed")


def test_a_crossing_is_open_until_somebody_decides_or_the_trigger_is_off(net: Net) -> None:
    assert crossings.open_to_a_decision(net.authority.reader, net.clock.now().date()) == []
    net.month("2026-01")
    net.month("2026-02")
    (one,) = crossings.open_to_a_decision(net.authority.reader, net.clock.now().date())
    assert (one.area, one.month, one.opens_from, one.silent) == ("area:us-mi", "2026-02", date(2026, 4, 17), False)
    page = opening_pages.overview(net.authority.reading(), {})
    assert [row["crossing"] for row in page["rows"]] == ["Michigan, February 2026"]
    net.at("2026-10-28T12:00:00Z")
    (one,) = crossings.open_to_a_decision(net.authority.reader, net.clock.now().date())
    assert one.silent, "no figures say that it is still on: nobody new would come under it"
    net.two("programme", **net.opening())
    assert crossings.open_to_a_decision(net.authority.reader, net.clock.now().date()) == []
    assert opening_pages.overview(net.authority.reading(), {})["nowhere"] == ["Wage insurance"]


def test_what_is_over_is_open_to_no_decision(net: Net) -> None:
    net.month("2026-01")
    net.month("2026-02")
    for number in range(3, 12):
        net.month(f"2026-{number:02}", {date(2026, number, 1): 3.0})
    assert crossings.open_to_a_decision(net.authority.reader, net.clock.now().date()) == []
    assert why(net, opens_on="2027-01-20", closes_on="2029-01-19").startswith("a trigger that is still on")


def test_a_refusal_says_the_true_reason_and_which_months_would_do(net: Net) -> None:
    assert why(net).endswith("None is open to a decision anywhere now: the next time that it comes on makes one.")
    net.month("2026-01")
    net.month("2026-02")
    assert why(net, crossed="2026-01").endswith("it did not with those of January 2026. There: 2026-02.")
    assert why(net, area="area:us-oh").endswith("Elsewhere: Michigan 2026-02.")
    net.at("2026-10-28T12:00:00Z")
    net.figures(date(2026, 3, 1), date(2026, 9, 1), ON)
    switches = net.authority.reader.select(programmes.CROSSING, {"rule": "us.wage_insurance"}, order=("entry",))
    again = next(row["at"][:7] for row in reversed(switches) if row["to_state"] == "firing")
    told = why(net, crossed=again, opens_on="2026-11-20", closes_on="2028-11-19")
    assert "it went on as it was since February 2026, for a silence or a revision begins nothing anew" in told
    assert told.endswith("There: 2026-02.")


def test_that_a_trigger_was_no_law_yet_is_said_as_that(net: Net) -> None:
    """It came on by figures of a day before its text was in force: the month is right, the law was not there."""
    net.month("2026-01")
    later = packages.texts_of("wage_insurance")[0].replace("from = 2026-01-01", "from = 2026-06-01")
    net.authority.adopt(rule_file(later.replace('version = "1"', 'version = "2"')))
    net.month("2026-02")
    assert crossings.open_to_a_decision(net.authority.reader, net.clock.now().date()) == []
    told = why(net)
    assert "us.wage_insurance is law from 1 June 2026 on, and February 2026 was known on 20 March 2026" in told
    assert told.endswith("anywhere now: the next time that it comes on makes one.")


def test_an_officer_switches_a_package_on_by_its_page(net: Net) -> None:
    """The form says before it is sent what the text allows, and what will be recorded."""
    net.month("2026-01")
    net.month("2026-02")
    reading = net.authority.reading()
    shown = opening_pages.open_view(reading, SLUG)
    assert shown["begins"]["name"] == "WI-MI-2026-02"
    assert shown["begins"]["opens_on"] == "2026-04-17"
    deed = opening_pages.open_deed(reading, TOLD)
    assert deed.confirm[0]["en"] == (
        "WI-MI is opened for Michigan: Wage insurance, version 7, from 20 April 2026 to 19 April 2028, with 100000.00 "
        "USD in the fund, once a second officer has confirmed it."
    )
    (asked,) = net.authority.act_all(deed.acts, OFFICER)
    net.authority.follow()
    assert deed.onward == "/safety-net/claims", "where it waits for a second officer"
    assert programmes.programme(net.authority.reader, "programme:wi-mi") is None
    net.file("seconded", JUDGE, entry=asked.index)
    assert programmes.programme(net.authority.reader, "programme:wi-mi") is not None
    with pytest.raises(NotFound, match="lists those that are"):
        opening_pages.open_view(reading, SLUG)


def test_what_is_mistyped_is_told_by_the_act_and_never_breaks_the_form(net: Net) -> None:
    net.month("2026-01")
    net.month("2026-02")
    wrong = {**TOLD, "name": "", "opens_on": "soon", "closes_on": "", "budget": "much"}
    deed = opening_pages.open_deed(net.authority.reading(), wrong)
    with pytest.raises(BadInput) as refused:
        net.authority.act_all(deed.acts, Caller("party:desk", ("officer",), "authority"))
    assert {one.where for one in refused.value.faults} >= {"name", "opens_on"}


def test_adopting_a_package_says_what_comes_next(net: Net, capsys: pytest.CaptureFixture[str]) -> None:
    net.month("2026-01")
    net.month("2026-02")
    folder = str(net.authority.folder)
    assert main(["safety-net", "adopt", folder, "wage_insurance"]) == 0
    assert "Open to a decision: Michigan 2026-02." in capsys.readouterr().out
    assert main(["safety-net", "adopt", folder, "fast_cash"]) == 0
    told = capsys.readouterr().out
    assert "none is open to a decision now" in told
    assert "/safety-net/crossings" in told
