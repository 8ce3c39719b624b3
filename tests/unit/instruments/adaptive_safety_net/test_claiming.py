"""A claim by the form that anybody finds: states by their names, what cannot be refused in words, a return code."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.instruments.adaptive_safety_net import laus
from commonweal.instruments.adaptive_safety_net.kinds import Claim
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput
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


def test_what_is_wrong_with_each_job_is_named_though_others_are_faulty_too(tmp_path: Path) -> None:
    """A claimant goes round once: a day that is none in one job hides nothing of the next."""
    jobs = [
        {"began": "2026-13-01", "monthly": "-1"},
        {"began": "2026-05-05", "ended": "2026-05-01", "monthly": "-2.50"},
    ]
    with Net.found(tmp_path / "office").authority as authority:
        body = {"name": "C-1", "programme": "support_programme:none", "currency": "usd", "jobs": jobs}
        with pytest.raises(BadInput) as refused:
            authority.act(Act("adaptive_safety_net.support_claim", body, ""), WORKER)
    assert {fault.where for fault in refused.value.faults} >= {
        "currency", "jobs.0.began", "jobs.0.monthly", "jobs.1.ended", "jobs.1.monthly",
    }  # fmt: skip
