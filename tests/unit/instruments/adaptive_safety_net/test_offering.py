"""Whoever claims need not know what a decision is called: the form says what is open, and where."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from commonweal.doors.portal import app
from commonweal.instruments.adaptive_safety_net import offering
from commonweal.instruments.adaptive_safety_net.kinds import Claim
from net_house import CLAIM, Net

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SITE = "https://portal.example"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found


def offered(net: Net, today: str) -> list[tuple[str, bool]]:
    found = offering.programmes_offered(net.authority.reader, date.fromisoformat(today))
    return [(one.words["en"], one.now) for one in found]


def test_each_programme_is_told_by_its_plain_name_its_state_and_how_it_stands(net: Net) -> None:
    net.opened()
    named = "Wage insurance, Michigan (WI-MI-2026)"
    assert offered(net, "2026-04-19") == [(f"{named}: opens on 20 April 2026", True)], "nobody finds out by trying"
    assert offered(net, "2026-04-20") == [(f"{named}: open until 19 April 2028", True)]
    late = f"{named}: closed on 19 April 2028 for new work or losses, can still be claimed until 18 July 2028"
    assert offered(net, "2028-07-18") == [(late, True)]
    assert offered(net, "2028-07-19") == [(f"{named}: closed", False)], "a search still finds it"


class Visitor:
    """Somebody at the form, without scripts."""

    def __init__(self, net: Net) -> None:
        self.client = TestClient(app(net.authority), base_url=SITE)
        self.client.__enter__()
        self.page = self._sent(self.client.get("/forms/support").text, {})

    def searches(self, what: str) -> list[str]:
        name, button = (re.search(one, self.page) for one in (r'name="([^"]+)[.]search"', r'value="(find:[^"]+)"'))
        assert name is not None
        assert button is not None
        self.page = self._sent(self.page, {f"{name[1]}.search": what, "go": button[1]})
        return self.offers()

    def offers(self) -> list[str]:
        return re.findall(r'<label for="[^"]+-o\d+">([^<]+)</label>', self.page)

    def _sent(self, page: str, fields: dict[str, str]) -> str:
        form = next(one for one in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.S) if "/forms/" in one)
        action = re.search(r'action="([^"]+)"', form)
        hidden: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        assert action is not None
        return self.client.post(action[1], data={**hidden, **fields}, headers={"origin": SITE}).text


def test_the_form_lists_what_is_open_and_finds_the_rest_by_the_state_in_either_language(net: Net) -> None:
    visitor = Visitor(net)
    assert visitor.offers() == []
    assert "None is open now" in visitor.page
    net.opened()
    visitor = Visitor(net)
    assert len(visitor.offers()) == 1, "it is there before anybody searches"
    assert visitor.offers()[0].startswith("Wage insurance, Michigan (WI-MI-2026): opens on 20 April 2026")
    for what in ("michigan", "密歇根", "wage", "wi-mi"):
        assert len(visitor.searches(what)) == 1, what
    assert visitor.searches("Illinois") == []
    assert "Nothing of that name is registered" in visitor.page


@pytest.mark.parametrize(
    ("typed", "taken"),
    [("4,200.50", "4200.50"), ("4,200", "4200"), ("1,004,200.5", "1004200.5"), ("4200.50", "4200.50")],
)
def test_an_amount_is_read_with_commas_between_its_thousands(typed: str, taken: str) -> None:
    assert Claim.model_validate({**CLAIM, "earned": typed}).earned == taken


@pytest.mark.parametrize("typed", ["4,20", "4,2000", "4200,50", "4.200,50", ",200", "1,200,5"])
def test_a_comma_that_parts_anything_else_is_nobodys_guess(typed: str) -> None:
    """Where a comma is the point of decimals, 4200,50 means 4200.50: it is asked, not taken for another sum."""
    with pytest.raises(ValidationError, match="with a point"):
        Claim.model_validate({**CLAIM, "earned": typed})
