"""Forecasts of running runs, and since when a crossing was known."""

from __future__ import annotations

from datetime import date

import pytest

from commonweal.instruments.model_registration import crossing, runs
from commonweal.instruments.model_registration.estimates import shipped
from commonweal.kernel.record import Act
from commonweal.kernel.values import instant

STEADY = {
    "name": "R", "organisation": "organisation:o", "status": "running", "starts_on": "2025-01-01",
    "expected_end_on": "2025-12-31",
    "readings": [
        {"at": "2025-02-01T00:00:00Z", "flop_so_far": 3.1e24}, {"at": "2025-03-01T00:00:00Z", "flop_so_far": 5.9e24},
    ],
}  # fmt: skip


def test_a_steady_run_crosses_when_arithmetic_says():
    """source: worked: 1e23 FLOP a day from 1 January reaches 1e25 after 100 days, on 11 April."""
    found = runs.forecast(STEADY, 1e25, shipped())
    assert found.state == "forecast"
    assert found.point.date() == date(2025, 4, 11)
    assert found.earliest < found.point < found.latest
    assert found.within_plan


def test_a_crossing_after_the_expected_end_is_said_to_be_beyond_the_plan():
    found = runs.forecast({**STEADY, "expected_end_on": "2025-03-31"}, 1e25, shipped())
    assert not found.within_plan


def test_a_line_already_passed_is_dated_between_readings():
    found = runs.forecast(STEADY, 5e24, shipped())
    assert found.state == "crossed"
    assert instant("2025-02-01") < found.point < instant("2025-03-01")


def test_the_base_models_compute_counts():
    found = runs.forecast({**STEADY, "base_model_flop": 5e24}, 1e25, shipped())
    assert found.state == "crossed"


def test_a_base_model_above_the_line_puts_the_run_across_from_its_start():
    found = runs.forecast({**STEADY, "base_model_flop": 2e25}, 1e25, shipped())
    assert (found.state, found.earliest, found.latest) == ("crossed", instant("2025-01-01"), instant("2025-01-01"))
    unread = {**STEADY, "base_model_flop": 2e25, "readings": []}
    assert runs.forecast(unread, 1e25, shipped()).state == "crossed"


@pytest.mark.parametrize("status", ["planned", "finished", "abandoned"])
def test_only_a_running_run_has_a_forecast(status):
    assert runs.forecast({**STEADY, "status": status}, 1e25, shipped()) is None


def test_a_run_that_will_never_get_there_is_dated_within_the_calendar():
    slow = {**STEADY, "readings": [{"at": "2025-02-01T00:00:00Z", "flop_so_far": 1.0}]}
    assert runs.forecast(slow, 1e30, shipped()).latest.year <= 2199


def test_plan_and_meter_that_disagree_are_spanned():
    found = runs.total({**STEADY, "expected_total_flop": 1e24}, shipped())
    assert found.combined.agreement == "disagree"
    assert found.combined.estimate.low < 1e24
    assert found.combined.estimate.high > 3e25


def test_a_finished_run_is_what_its_meters_say():
    found = runs.total({**STEADY, "status": "finished", "expected_total_flop": 9e25}, shipped())
    assert found.combined.estimate.point == pytest.approx(5.9e24)


def test_the_crossing_is_known_from_the_filing_that_enlarged_the_run(house):
    house.file("organisation", crossing.LABORATORY, "2025-01-01", name="L")
    for when, _, act in crossing.crossing_story():
        if isinstance(act, Act) and act.kind.endswith("training_run"):
            house.file("training_run", crossing.RUN, when.isoformat(), **act.body)
    assert runs.known_to_cross(house.tables, crossing.RUN, 1e25) == instant("2025-09-15T09:00:00Z")
    assert runs.known_to_cross(house.tables, crossing.RUN, 1e26) is None


def test_the_story_crosses_in_autumn_2025_after_the_rules_apply():
    """source: worked: from 7.8e24 on 1 October to 1.01e25 on 1 November, 1e25 lies 29.7 days on, on 30 October."""
    filed = [act.body for _, _, act in crossing.crossing_story() if isinstance(act, Act)]
    bodies = [body for body in filed if body.get("readings")]
    found = runs.forecast(bodies[-1], 1e25, shipped())
    assert found.state == "crossed"
    assert found.point.date() == date(2025, 10, 30)
    enlarged = next(body for body in bodies if body["expected_total_flop"] == 1.5e25)
    before = runs.forecast(enlarged, 1e25, shipped())
    assert before.state == "forecast"
    assert before.within_plan
    assert date(2025, 10, 1) < before.earliest.date()
    assert before.latest.date() < date(2026, 1, 1)  # were the meter 5 % too high, at its slowest


def test_before_it_is_enlarged_the_run_is_expected_below_the_line_though_not_surely():
    bodies = [act.body for _, _, act in crossing.crossing_story() if isinstance(act, Act) and act.body.get("readings")]
    small = [body for body in bodies if body.get("expected_total_flop") == 8.0e24]
    totals = [runs.total(body, shipped()).combined.estimate for body in small]
    assert max(total.point for total in totals) < 1e25
    assert totals[-1].high > 1e25


def test_the_story_is_told_in_order_of_time():
    times = [when for when, _, _ in crossing.crossing_story()]
    assert times == sorted(times)
