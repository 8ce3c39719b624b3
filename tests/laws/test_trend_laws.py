"""Laws of rates and trends: what is only another way of writing the same counts changes no answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonweal.methods.trends import negative_binomial_trend, quasi_poisson_trend, rate_interval, rate_ratio

counts = st.integers(0, 500)
exposures = st.floats(0.01, 1e4)
levels = st.floats(0.5, 0.999)
series = st.lists(st.tuples(st.integers(0, 60), st.floats(0.5, 20), st.integers(0, 30)), min_size=3, max_size=9)


def logs(trend):
    with np.errstate(divide="ignore"):
        return np.log([trend.low, trend.ratio, trend.high])


@given(counts, exposures, levels)
def test_an_interval_holds_its_rate_and_widens_with_its_level(events, exposure, level):
    found, wider = rate_interval(events, exposure, level), rate_interval(events, exposure, (1 + level) / 2)
    assert found.low <= found.point <= found.high
    assert wider.low <= found.low
    assert wider.high >= found.high


@given(counts, exposures, counts, exposures)
def test_turning_a_ratio_over_turns_its_interval_over(now, exposure, before, exposure_before):
    assume(now or before)
    found, turned = (
        rate_ratio(now, exposure, before, exposure_before),
        rate_ratio(before, exposure_before, now, exposure),
    )
    assert found.low <= found.point <= found.high
    for part, other in zip(found, (turned.point, turned.high, turned.low), strict=True):
        assert part == (pytest.approx(1 / other, rel=1e-6) if other else np.inf)


@settings(max_examples=40)
@given(series, st.floats(0.1, 50), st.floats(-100, 100), st.randoms())
def test_other_units_another_origin_or_order_change_no_quasi_poisson_trend(series, factor, origin, random):
    y, exposure, at = (np.array(part) for part in zip(*series, strict=True))
    assume(np.ptp(at) > 0 and y.any())
    found = quasi_poisson_trend(y, exposure, at)
    assert found.low <= found.ratio <= found.high
    order = list(range(len(y)))
    random.shuffle(order)
    again = quasi_poisson_trend(y[order], exposure[order] * factor, at[order] + origin)
    assert logs(again) == pytest.approx(logs(found), abs=1e-5)
    assert -logs(quasi_poisson_trend(y, exposure, -at))[::-1] == pytest.approx(logs(found), abs=1e-5)


@settings(max_examples=6)
@given(series)
def test_a_negative_binomial_trend_turns_over_with_time(series):
    y, exposure, at = (np.array(part) for part in zip(*series, strict=True))
    assume(np.ptp(at) > 0 and y.any())
    found, backwards = negative_binomial_trend(y, exposure, at), negative_binomial_trend(y, exposure, -at)
    assert found.low <= found.ratio <= found.high
    assert -logs(backwards)[1] == pytest.approx(logs(found)[1], abs=1e-2)
