"""Laws that the compute estimates must keep whatever the figures: they are what a duty is decided on."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from commonweal.methods.compute import (
    Estimate,
    around,
    capped,
    combined,
    crossing,
    probability_above,
    projected_total,
    rate,
)

points = st.floats(1e15, 1e29)
factors = st.floats(1.0, 50.0)
estimates = st.builds(around, points, factors)
lopsided = st.builds(lambda p, a, b: Estimate(p / a, p, p * b), points, factors, factors)


@given(st.lists(lopsided, min_size=1, max_size=5), st.randoms())
def test_the_order_of_the_methods_does_not_matter(found, random):
    shuffled = found[:]
    random.shuffle(shuffled)
    assert combined(shuffled) == combined(found)


@given(lopsided, st.integers(1, 5))
def test_repeating_a_method_adds_no_confidence(one, times):
    assert combined([one] * times).estimate == one


@given(st.lists(lopsided, min_size=1, max_size=5))
def test_the_point_stays_within_the_methods_points_and_the_interval_holds_it(found):
    together = combined(found).estimate
    low, high = min(i.point for i in found), max(i.point for i in found)
    assert low * (1 - 1e-9) <= together.point <= high * (1 + 1e-9)
    assert together.low <= together.point <= together.high


@given(points, factors, factors)
def test_moving_two_methods_apart_never_narrows_the_interval(point, factor, apart):
    """Disagreement is shown as width, never averaged away."""
    assume(factor > 1.001)
    near = combined([around(point, factor), around(point, factor)]).estimate
    far = combined([around(point, factor), around(point * apart, factor)]).estimate
    assert far.sigma_log >= near.sigma_log * (1 - 1e-9)


@given(st.lists(lopsided, min_size=2, max_size=5))
def test_methods_that_contradict_each_other_are_spanned(found):
    together = combined(found)
    assume(together.agreement == "disagree")
    assert together.estimate.low == min(i.low for i in found)
    assert together.estimate.high == max(i.high for i in found)


@given(st.lists(lopsided, min_size=1, max_size=4), points)
def test_nothing_stands_above_the_hard_bound_unless_the_inputs_contradict_it(found, bound):
    together = combined(found, bound)
    if together.agreement == "impossible":
        assert any(i.low > bound for i in found)
    else:
        assert together.estimate.high <= bound


@given(lopsided, points)
def test_capping_twice_is_capping_once(one, bound):
    assert capped(capped(one, bound), bound) == capped(one, bound)


@given(lopsided, points, points)
def test_a_higher_line_is_never_more_probable(one, a, b):
    low, high = sorted((a, b))
    assert probability_above(one, high) <= probability_above(one, low) + 1e-12


@given(lopsided)
def test_the_interval_ends_are_the_5_and_95_percent_quantiles(one):
    assume(one.low < one.point < one.high)
    assert probability_above(one, one.low) == pytest.approx(0.95)
    assert probability_above(one, one.point) == pytest.approx(0.5)
    assert probability_above(one, one.high) == pytest.approx(0.05)


steps = st.lists(st.tuples(st.integers(3600, 10**7), st.floats(1e18, 1e24)), min_size=1, max_size=8)


def _readings(found):
    at, done, readings = 0.0, 0.0, [(0.0, 0.0)]
    for seconds, flop in found:
        at, done = at + seconds, done + flop
        readings.append((at, done))
    return readings


@given(steps, st.floats(1.0, 2.0), st.integers(2, 8), st.floats(1e20, 1e27))
def test_a_forecast_brackets_its_point_and_a_crossing_lies_between_its_readings(found, meter, window, line):
    readings = _readings(found)
    when = crossing(readings, line, meter, window)
    assert when is not None
    assert when.earliest_s <= when.point_s * (1 + 1e-9)
    assert when.point_s <= when.latest_s * (1 + 1e-9)
    assert (when.state == "crossed") == (readings[-1][1] >= line)
    if when.state == "forecast":
        assert when.earliest_s >= readings[-1][0]


@given(steps, st.floats(1.0, 2.0), st.floats(0, 1e8))
def test_a_total_projected_further_ahead_is_never_smaller(found, meter, ahead):
    readings = _readings(found)
    end = readings[-1][0]
    now, later = projected_total(readings, end, meter, 6), projected_total(readings, end + ahead, meter, 6)
    assert now is not None
    assert later is not None
    assert later.low >= now.low
    assert later.high >= now.high
    speed = rate(readings, meter, 6)
    assert speed is not None
    assert math.isfinite(speed.high)
