"""Figures worked by hand or published elsewhere, so that a change of formula is noticed."""

from __future__ import annotations

import math

import pytest

from commonweal.methods.compute import (
    Estimate,
    around,
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

DAY = 86_400.0


def test_chinchilla_by_6nd():
    """source: Hoffmann et al. 2022 give 5.76e23 FLOP for 70B parameters and 1.4T tokens; 6·70e9·1.4e12 = 5.88e23."""
    found = from_operations(70e9, 1.4e12, 1.25)
    assert found.point == pytest.approx(5.88e23)
    assert found.low < 5.76e23 < found.high


def test_llama_3_1_405b_by_6nd_and_by_hardware():
    """source: Llama 3 paper (arXiv:2407.21783): 405B × 15.6T tokens, 3.8e25 FLOP; model card: 30.84M H100 hours."""
    assert from_operations(405e9, 15.6e12, 1.25).point == pytest.approx(3.79e25, rel=0.01)
    found = from_hardware(1, 30.84e6, 989.4e12, Estimate(0.17, 0.34, 0.55))
    assert found.low < 3.8e25 < found.high


def test_the_ceiling_is_utilisation_one():
    """source: worked: 1 chip × 1 h × 1e12 FLOP/s = 3.6e15 FLOP."""
    assert ceiling(1, 1, 1e12) == pytest.approx(3.6e15)


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_impossible_quantities_are_refused(bad):
    with pytest.raises(ValueError, match="positive, finite"):
        from_operations(bad, 1e12, 1.25)
    with pytest.raises(ValueError, match="positive, finite"):
        ceiling(1, bad, 1e15)


def test_utilisation_above_one_is_refused():
    with pytest.raises(ValueError, match="utilisation"):
        from_hardware(1, 1, 1e15, Estimate(0.5, 0.9, 1.1))


def test_two_agreeing_methods_lean_to_the_sharper_one():
    together = combined([around(1e25, 10), around(3e25, 1.25)])
    assert together.agreement == "agree"
    assert together.estimate.point == pytest.approx(3e25, rel=0.05)


def test_two_methods_that_cannot_both_be_right_are_spanned_not_averaged():
    together = combined([around(1e24, 1.5), around(1e26, 1.5)])
    assert together.agreement == "disagree"
    assert together.apart == pytest.approx(100)
    assert (together.estimate.low, together.estimate.high) == (pytest.approx(1e24 / 1.5), pytest.approx(1.5e26))
    assert together.estimate.point == 1e26


def test_the_hard_bound_cuts_a_vague_claim():
    together = combined([around(2e25, 10)], bound=5e25)
    assert together.estimate.high == 5e25
    assert together.agreement == "single"


def test_a_bound_below_the_whole_claim_is_a_contradiction_and_does_not_lower_the_estimate():
    """Otherwise understating the hours would talk a model below a line."""
    together = combined([around(3e25, 2)], bound=1e24)
    assert together.agreement == "impossible"
    assert together.estimate.point == 3e25


def test_an_exact_figure_outweighs_a_vague_one():
    together = combined([around(1e25, 1), around(2e25, 5)])
    assert together.estimate.point == pytest.approx(1e25)
    assert together.estimate.high == pytest.approx(together.estimate.low)


def test_combining_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        combined([])


def test_probability_of_a_confident_published_value_against_the_european_line():
    """source: worked: median 2.1e25 within ×10 at 90 %: z = ln(2.1)/(ln 10/1.6449) = 0.530 → 70.2 %."""
    assert probability_above(around(2.1e25, 10), 1e25) == pytest.approx(0.702, abs=0.001)


def test_probability_is_a_step_for_an_exact_value_and_nothing_stands_above_a_bound():
    assert probability_above(around(1e25, 1), 1e25) == 1
    assert probability_above(around(1e25, 1), 1.1e25) == 0
    assert probability_above(around(1e25, 10), 3e25, bound=2e25) == 0


def test_a_continued_model_holds_both_readings():
    """source: worked: base 3 and own 4 (in 1e24, within a factor 1): the whole is between max 4 and sum 7."""
    whole = continued(around(3e24, 1), around(4e24, 1))
    assert (whole.low, whole.high) == (4e24, 7e24)
    assert whole.point == pytest.approx(math.sqrt(4 * 7) * 1e24)


STEADY = [(day * DAY, day * 1e23) for day in range(0, 50, 10)]


def test_a_steady_run_crosses_when_arithmetic_says():
    """source: worked: 1e23 FLOP a day reaches 1e25 on day 100."""
    when = crossing(STEADY, 1e25, 1.0, 6)
    assert when is not None
    assert when.state == "forecast"
    assert when.point_s / DAY == pytest.approx(100)
    assert when.earliest_s == pytest.approx(when.latest_s)


def test_an_uneven_run_has_an_interval():
    when = crossing([*STEADY, (50 * DAY, 4.5e24)], 1e25, 1.05, 6)
    assert when is not None
    assert when.earliest_s < when.point_s < when.latest_s


def test_a_line_already_passed_is_dated_between_readings():
    when = crossing(STEADY, 2.5e24, 1.0, 6)
    assert when is not None
    assert when.state == "crossed"
    assert (when.earliest_s, when.latest_s) == (20 * DAY, 30 * DAY)
    assert when.point_s == pytest.approx(25 * DAY)


def test_the_meters_own_error_leaves_a_crossing_in_doubt():
    """source: worked: 9.9e24 metered can be 1.04e25; 1.001e25 metered can be 9.5e24. Neither is sure of 1e25."""
    below = crossing([(0.0, 0.0), (100.0, 9.9e24)], 1e25, 1.05, 6)
    assert below is not None
    assert (below.state, below.earliest_s) == ("forecast", 0.0)
    assert below.point_s == pytest.approx(100 * 10 / 9.9)
    above = crossing([(0.0, 0.0), (100.0, 1.001e25)], 1e25, 1.05, 6)
    assert above is not None
    assert above.state == "forecast"
    assert above.point_s < 100 < above.latest_s
    sure = crossing([(0.0, 0.0), (100.0, 1.06e25)], 1e25, 1.05, 6)
    assert sure is not None
    assert sure.state == "crossed"


def test_a_single_reading_tells_no_rate():
    assert rate([(0.0, 0.0)], 1.1, 6) is None
    assert crossing([(0.0, 0.0)], 1e25, 1.1, 6) is None
    assert projected_total([(0.0, 0.0)], DAY, 1.1, 6) is None


def test_readings_that_fall_are_refused():
    with pytest.raises(ValueError, match="must rise"):
        rate([(0.0, 2.0), (1.0, 1.0)], 1.1, 6)


def test_the_total_at_the_planned_end():
    """source: worked: 4e24 after 40 days plus 60 days at 1e23 = 1e25."""
    total = projected_total(STEADY, 100 * DAY, 1.0, 6)
    assert total is not None
    assert total.point == pytest.approx(1e25)
