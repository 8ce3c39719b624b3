"""Laws that the compute estimates must keep whatever the figures: they are what a duty is decided on."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from commonweal.methods.compute import (
    Estimate,
    around,
    capped,
    ceiling,
    combined,
    continued,
    crossing,
    from_hardware,
    from_operations,
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
    last_s, done = readings[-1]
    assert (when.state == "crossed") == (done * (1 / meter) >= line)
    assert (when.latest_s <= last_s) == (when.state == "crossed")
    assert (when.point_s <= last_s) == (done >= line)
    assert (when.earliest_s < last_s) <= (done * meter >= line)


@given(steps, st.floats(1.0, 2.0), st.floats(1.0, 1.5), st.floats(1e20, 1e27))
def test_a_meter_that_may_be_further_off_dates_a_crossing_no_more_closely(found, meter, worse, line):
    readings = _readings(found)
    close, wide = crossing(readings, line, meter, 6), crossing(readings, line, meter * worse, 6)
    assert wide.earliest_s <= close.earliest_s * (1 + 1e-9)
    assert wide.latest_s >= close.latest_s * (1 - 1e-9)


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


anything = st.floats(min_value=math.ulp(0.0), max_value=sys.float_info.max)
at_least_one = st.floats(min_value=1.0, max_value=sys.float_info.max)
anywhere = st.builds(lambda a, b, c: Estimate(*sorted((a, b, c))), anything, anything, anything)


def _sound(found: Estimate) -> None:
    assert 0 < found.low <= found.point <= found.high < math.inf


@given(anything, anything, anything, anything, at_least_one)
@example(5e-324, 1e-200, 1e-200, 5e-324, 3.0)
@example(1.7e308, 1.7e308, 1.7e308, 1.7e308, 1.7e308)
def test_whatever_positive_numbers_come_in_finite_ones_come_out(a, b, c, d, factor):
    """An estimate is made while the record is followed: a figure nobody foresaw must not stop everything behind it."""
    _sound(around(a, factor))
    _sound(from_operations(a, b, factor))
    _sound(from_hardware(a, b, c, Estimate(*sorted(min(x, 1.0) for x in (a, b, d)))))
    assert 0 < ceiling(a, b, c) < math.inf


@given(st.lists(anywhere, min_size=1, max_size=4), st.none() | anything, anything)
def test_combining_and_comparing_hold_over_the_whole_range_of_numbers(found, bound, line):
    together = combined(found, bound)
    _sound(together.estimate)
    assert 1 <= together.apart < math.inf
    _sound(continued(found[0], found[-1]))
    assert 0 <= probability_above(together.estimate, line, bound) <= 1


@given(
    st.lists(st.floats(-1e308, 1e308), min_size=1, max_size=5, unique=True),
    st.lists(st.just(0.0) | anything, min_size=5, max_size=5),
    anything,
    st.floats(-1e308, 1e308),
    at_least_one,
)
def test_metering_holds_over_the_whole_range_of_numbers(times, flops, line, end, meter):
    readings = list(zip(sorted(times), sorted(flops), strict=False))
    when = crossing(readings, line, meter, 6)
    assert when is None or all(math.isfinite(at) for at in (when.earliest_s, when.point_s, when.latest_s))
    if (total := projected_total(readings, end, meter, 6)) is not None:
        _sound(total)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_what_is_no_positive_number_is_refused_by_name(bad):
    with pytest.raises(ValueError, match="tokens must be a positive, finite number"):
        from_operations(1e9, bad, 2.0)
    with pytest.raises(ValueError, match="meter_factor"):
        rate([(0.0, 0.0), (1.0, 1.0)], bad, 6)
