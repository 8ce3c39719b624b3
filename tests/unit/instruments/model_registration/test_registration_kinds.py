"""Filings are refused whole with every fault named; what is confidential is not marked public."""

from __future__ import annotations

import math

import pytest

from commonweal.instruments.model_registration.kinds import KINDS, MODEL, NOTIFICATION, ORGANISATION, TRAINING_RUN
from commonweal.kernel.disclosure import validate
from commonweal.kernel.values import BadInput

RUN = {"name": "Run", "organisation": "organisation:x", "status": "running", "starts_on": "2025-05-01"}


def faults_of(kind, body) -> set[str]:
    with pytest.raises(BadInput) as error:
        validate(kind, body)
    return {fault.where for fault in error.value.faults}


@pytest.mark.parametrize("bad", [-1, 0, math.nan, math.inf, 1e33, "much", True and [1]])
def test_impossible_compute_is_refused_at_its_place(bad):
    assert faults_of(MODEL, {"name": "M", "compute_flop": bad}) == {"compute_flop"}


def test_ten_to_the_four_hundred_is_refused():
    assert faults_of(MODEL, {"name": "M", "compute_flop": 10**400}) == {"compute_flop"}


def test_every_fault_is_named_at_once():
    body = {
        "name": "",
        "parameters": 10,
        "parameters_active": 20,
        "publication_date": "2025-02-30",
        "hardware": {"name": "H", "utilisation": 1.5, "chips": -3},
        "placed_on_eu_market_on": "2025-09-01",
        "compute_confidence": "likely",
        "open_weights": True,
        "access": "api",
        "surprise": 1,
    }
    assert faults_of(MODEL, body) == {
        "name",
        "parameters_active",
        "publication_date",
        "hardware.utilisation",
        "hardware.chips",
        "placed_on_eu_market_on",
        "compute_confidence",
        "access",
        "surprise",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expected_end_on", "2025-04-30"),
        ("ended_on", "2025-06-01"),
        ("readings", [{"at": "2025-06-01", "flop_so_far": 1e24}, {"at": "2025-06-01T00:00:00Z", "flop_so_far": 2e24}]),
        (
            "readings",
            [{"at": "2025-07-01T00:00:00Z", "flop_so_far": 1e24}, {"at": "2025-06-01T00:00:00Z", "flop_so_far": 2e24}],
        ),
        (
            "readings",
            [{"at": "2025-06-01T00:00:00Z", "flop_so_far": 2e24}, {"at": "2025-07-01T00:00:00Z", "flop_so_far": 1e24}],
        ),
    ],
)
def test_a_run_that_contradicts_itself_is_refused(field, value):
    assert {where.split(".")[0] for where in faults_of(TRAINING_RUN, {**RUN, field: value})} == {field}


def test_a_planned_run_has_no_meter_readings():
    readings = [{"at": "2025-06-01T00:00:00Z", "flop_so_far": 1e24}]
    assert faults_of(TRAINING_RUN, {**RUN, "status": "planned", "readings": readings}) == {"readings"}


def test_a_revenue_year_needs_a_revenue():
    assert faults_of(ORGANISATION, {"name": "O", "annual_revenue_year": 2024}) == {"annual_revenue_year"}
    assert faults_of(ORGANISATION, {"name": "O", "annual_revenue_usd": -1}) == {"annual_revenue_usd"}


def test_a_notification_names_what_it_is_about():
    assert faults_of(NOTIFICATION, {"rule_id": "eu.ai_act.art52_1", "about": "GPT", "statement": "x"}) == {"about"}


def test_what_is_confidential_is_not_public():
    public = {kind.id: set(kind.public_fields()) for kind in KINDS}
    assert not public["model_registration.organisation"] & {"annual_revenue_usd", "contact"}
    assert not public["model_registration.model"] & {"data_description", "data_cleaning", "components"}
    assert not public["model_registration.training_run"] & {"site", "hardware"}
    assert "statement" not in public["model_registration.notification"]
    assert "reasons" not in public["model_registration.status"]


def test_absent_fields_stay_absent():
    """So that a later version shows as a difference only what was said."""
    assert set(validate(MODEL, {"name": "M"})) == {"name", "developed_with", "domains", "components"}
