"""A claim by the form that anybody finds: states by their names, what cannot be refused in words, a return code."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.instruments.adaptive_safety_net import laus
from commonweal.instruments.adaptive_safety_net.kinds import Claim
from net_house import CLAIM, WORKER, Net


@pytest.mark.parametrize("told", ["Michigan", " michigan ", "MI", "mi", "密歇根州", "area:us-mi"])
def test_a_state_is_meant_by_its_name_or_its_letters(told: str) -> None:
    assert Claim(**{**CLAIM, "area": told}).area == "area:us-mi"


def test_what_is_no_state_is_refused_and_no_letters_are_shared() -> None:
    with pytest.raises(ValueError, match="area"):
        Claim(**{**CLAIM, "area": "Atlantis"})
    letters = [laus.area_of(subject.rpartition("-")[2]) for subject in laus.areas()]
    assert letters == list(laus.areas())


def test_the_office_opens_with_the_form_and_a_claim_by_names_is_granted(tmp_path: Path) -> None:
    """A form that asks for what the kind has not would keep the authority from opening."""
    net = Net.found(tmp_path / "ministry")
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim(WORKER, area="Michigan")
        assert net.standing().state == "eligible"
