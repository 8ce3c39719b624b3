"""Laws of sequential surveillance that must hold whatever the plan: false alarms stay bounded, more harm shows more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonweal.methods.surveillance import (
    CRITICAL_LEAST,
    Plan,
    critical_value,
    events_to_signal,
    last_signal_at,
    llr,
    performance,
)


@st.composite
def plans(draw):
    limit = draw(st.floats(0.05, 40))
    return Plan(limit, draw(st.integers(1, 6)), draw(st.floats(0, 1)) * limit)


criticals = st.floats(0.01, 12)
risks = st.floats(0.1, 8)


@settings(max_examples=60)
@given(plans(), st.floats(0.001, 0.4))
def test_the_level_is_never_above_alpha_and_cannot_be_had_any_lower(plan, alpha):
    assume(performance(plan, CRITICAL_LEAST).power >= alpha)
    found = critical_value(plan, alpha)
    assert performance(plan, found).power <= alpha
    assert found < 1e-6 or performance(plan, found - 1e-7).power > alpha - 1e-12


@settings(max_examples=60)
@given(plans(), criticals, risks, st.floats(1.01, 3))
def test_more_harm_is_found_more_often_and_a_stricter_value_finds_less(plan, critical, risk, factor):
    found = performance(plan, critical, risk)
    assert performance(plan, critical, risk * factor).power >= found.power - 1e-12
    assert performance(plan, critical * factor, risk).power <= found.power + 1e-12


@settings(max_examples=60)
@given(plans(), criticals, risks)
def test_chances_and_times_stay_within_what_they_can_be(plan, critical, risk):
    found = performance(plan, critical, risk)
    assert 0 <= found.power <= 1
    assert plan.delay - 1e-9 <= found.length <= plan.limit + 1e-9
    if found.power > 1e-12:
        assert plan.delay - 1e-9 <= found.time_to_signal <= plan.limit + 1e-9


@given(plans(), criticals, st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_the_bound_rises_with_what_was_expected_and_is_the_first_to_reach_the_value(plan, critical, parts):
    mu = plan.delay + np.sort(parts) * (plan.limit - plan.delay)
    assume((mu > 1e-6).all())
    bound = events_to_signal(plan, critical, np.minimum(mu, plan.limit))
    assert (np.diff(bound) >= 0).all()
    assert (llr(bound, mu) >= critical - 1e-9).all()
    below = np.where(bound > plan.events_min, bound - 1, 0)
    assert (llr(below, mu) < critical + 1e-9).all()


@given(st.integers(1, 10_000), st.floats(1e-6, 100))
def test_a_number_of_events_signals_for_as_long_as_its_ratio_reaches_the_value(events, critical):
    until = last_signal_at(critical, events)
    assert 0 <= until < events
    if until > 0:
        assert llr(events, until) == pytest.approx(critical, rel=1e-6, abs=1e-9)
