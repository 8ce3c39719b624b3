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


def test_a_country_is_one_that_there_is():
    """ISO 3166-1 keeps ZZ for users' own meanings: no country has it."""
    assert faults_of(ORGANISATION, {"name": "Lab", "countries": ["FR", "ZZ"]}) == {"countries.1"}
    assert validate(ORGANISATION, {"name": "Lab", "countries": ["FR", "TW", "CN"]})["countries"] == ["FR", "TW", "CN"]


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


@pytest.mark.parametrize("field", ["parameters", "parameters_active", "training_tokens", "epochs", "compute_flop"])
@pytest.mark.parametrize("tiny", [5e-324, 1e-200])
def test_a_magnitude_that_nothing_real_has_is_refused_before_anything_is_reckoned_with_it(field, tiny):
    assert faults_of(MODEL, {"name": "M", field: tiny}) == {field}


@pytest.mark.parametrize("field", ["chips", "hours", "utilisation"])
def test_hardware_too_small_to_exist_is_refused(field):
    assert faults_of(MODEL, {"name": "M", "hardware": {"name": "H", field: 5e-324}}) == {f"hardware.{field}"}


@pytest.mark.parametrize("field", ["expected_total_flop", "base_model_flop"])
def test_a_run_of_next_to_nothing_is_refused(field):
    assert faults_of(TRAINING_RUN, RUN | {field: 5e-324}) == {field}


@pytest.mark.parametrize(("flop", "accepted"), [(0, True), (5e-324, False), (0.5, False), (1, True)])
def test_a_meter_reads_nothing_or_at_least_one_operation(flop, accepted):
    body = RUN | {"readings": [{"at": "2025-06-01T00:00:00Z", "flop_so_far": flop}]}
    if accepted:
        assert validate(TRAINING_RUN, body)["readings"]
    else:
        assert faults_of(TRAINING_RUN, body) == {"readings.0.flop_so_far"}


@pytest.mark.parametrize("day", ["0206-01-01", "0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_a_date_outside_the_calendar_is_refused_saying_which_years_are_meant(day):
    """A slip such as 0206 for 2026 was accepted once and stopped everything filed after it."""
    run = {"name": "R", "organisation": "organisation:x", "status": "planned", "starts_on": day}
    with pytest.raises(BadInput, match="a year from 1900 to 2200"):
        validate(TRAINING_RUN, run)
    fields = ("publication_date", "placed_on_eu_market_on")
    body = {"name": "M", "placed_on_eu_market": True} | dict.fromkeys(fields, day)
    assert faults_of(MODEL, body) == set(fields)
    readings = [{"at": f"{day}T12:00:00Z", "flop_so_far": 1e20}]
    assert faults_of(TRAINING_RUN, RUN | {"readings": readings}) == {"readings.0.at"}


def test_a_meter_is_not_read_before_the_run_starts():
    first = {"at": "2025-04-30T23:59:59Z", "flop_so_far": 1e20}
    assert faults_of(TRAINING_RUN, RUN | {"readings": [first]}) == {"readings"}
    assert validate(TRAINING_RUN, RUN | {"readings": [first | {"at": "2025-05-01T00:00:00+08:00"}]})["readings"]
