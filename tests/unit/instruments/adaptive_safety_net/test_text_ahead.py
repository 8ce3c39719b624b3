"""A ministry adopts next year's text of a package in autumn: until its day, this year's is law and opens programmes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.doors import portal
from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import crossings, opening_pages, packages, programmes
from commonweal.kernel.values import BadInput
from net_house import MICHIGAN, Net

PACKAGE = "us.wage_insurance.package"
NEXT = packages.texts_of("wage_insurance")[1]
for old, new in (
    ('version = "7"', 'version = "8"'), ("from = 2026-01-01", "from = 2027-01-01"),
    ("cap_usd = 10000", "cap_usd = 12000"),
):  # fmt: skip
    assert old in NEXT
    NEXT = NEXT.replace(old, new)


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """The trigger of wage insurance is on, and next year's text is adopted."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.month("2026-01")
        found.month("2026-02")
        found.authority.adopt(rule_file(NEXT))
        found.authority.follow()
        yield found


def refused(net: Net, **body: object) -> dict[str, str]:
    with pytest.raises(BadInput) as error:
        net.file("programme", **net.opening(**body))
    return {fault.where: fault.want for fault in error.value.faults}


def test_this_years_text_opens_what_opens_this_year_and_stands(net: Net) -> None:
    """Neither could be opened: the older was not in force any more, the newer not yet law."""
    assert refused(net, version="8") == {"version": "the version that is law on 2026-04-20: 7"}
    net.two("programme", **net.opening(version="7"))
    one = net.programme()
    assert (one.text.version, one.text.pays.cap_usd) == ("7", 10000)
    net.at("2027-02-01T09:00:00Z")
    assert net.programme().text.version == "7", "what is open stands by the text on which it was opened"
    laid_out = net.authority.dump()
    net.authority.rebuild()
    assert net.authority.dump() == laid_out


@pytest.mark.parametrize(("opens", "version"), [("2026-12-31", "7"), ("2027-01-01", "8")])
def test_the_day_of_opening_says_by_which_text(net: Net, opens: str, version: str) -> None:
    other = {"7": "8", "8": "7"}[version]
    assert refused(net, opens_on=opens, version=other) == {"version": f"the version that is law on {opens}: {version}"}
    net.two("programme", **net.opening(opens_on=opens, version=version))
    assert net.programme().text.version == version


def test_a_day_on_which_no_text_is_law_opens_nothing(net: Net) -> None:
    assert refused(net, opens_on="2036-01-01", closes_on="2036-01-02", version="8")["opens_on"].startswith(
        "a day on which it is law: from 2027-01-01"
    )


def test_pages_say_which_text_is_law_today_and_which_is_adopted_for_later(net: Net) -> None:
    reading = net.authority.reading("en")
    told = opening_pages.overview(reading, {})["texts"]
    assert told == [["Wage insurance", "7", "8 from 1 January 2027 on"]]
    site = TestClient(portal.app(net.authority), base_url="https://ministry.example")
    for language, words in (("", "8 from 1 January 2027 on"), ("/zh", "8（自2027年1月1日起）")):
        page = site.get(f"{language}/safety-net/crossings").text
        assert words in page, language
    (one,) = crossings.open_to_a_decision(net.authority.reader, reading.today)
    assert (one.text.version, one.area) == ("7", MICHIGAN)
    about = {"rule": "us.wage_insurance", "area": "us-mi", "month": "2026-02"}
    view = opening_pages.open_view(reading, about)
    assert (view["version"], view["ahead"]) == ("7", "8 from 1 January 2027 on")
    for opens, version in (("2026-04-20", "7"), ("2027-01-04", "8")):
        (act,) = opening_pages.open_deed(reading, {**about, "name": "X", "opens_on": opens}).acts
        assert act.body["version"] == version
    net.at("2027-01-01T12:00:00Z")
    reading = net.authority.reading("en")
    assert opening_pages.overview(reading, {})["texts"] == [["Wage insurance", "8", "–"]]
    assert [one.text.version for one in crossings.open_to_a_decision(net.authority.reader, reading.today)] == ["8"]


def test_a_text_adopted_anew_for_this_year_takes_the_place_of_this_years(net: Net) -> None:
    """A mistake in this year's text is mended while next year's waits."""
    mended = packages.texts_of("wage_insurance")[1].replace('version = "7"', 'version = "7-mended"')
    mended = mended.replace("from = 2026-01-01\nuntil = 2035-12-31", "from = 2026-01-01\nuntil = 2026-12-31")
    net.authority.adopt(rule_file(mended))
    net.authority.follow()
    found = [programmes.adopted(net.authority.reader, PACKAGE, day) for day in (date(2026, 12, 31), date(2027, 1, 1))]
    assert [one.version for one in found if one] == ["7-mended", "8"]
