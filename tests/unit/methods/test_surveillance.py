"""Sequential surveillance against published tables, and against ways of computing it that share nothing with it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from scipy.integrate import quad
from scipy.optimize import brentq

from commonweal.methods.surveillance import (
    Plan,
    critical_value,
    events_to_signal,
    last_signal_at,
    llr,
    performance,
    signalled,
)

BY_EVENTS_MIN = {
    1: (2.85393700326128, 2.36663822744395, 1.7742178463146),
    2: (3.0469774628286, 2.68935364101625, 2.34967932492501, 2.00015758807598),
    5: (3.29718279728549, 3.01290868171239, 2.80395477091307, 2.62366847225542, 2.26759506082247, 1.93644717718729),
    10: (3.46795158033368, 3.23800870652229, 3.06424796686384, 2.92156132978567, 2.69058633468102, 2.4848340056375,
         2.2814406139523),
    20: (3.62812301587201, 3.4301407625587, 3.28821566346814, 3.17637032177521, 2.99779165442139, 2.84685765103372,
         2.71713745193818),
    50: (3.81990269391777, 3.65714243579444, 3.54482617261637, 3.4555214311217, 3.31795545593698, 3.21042821525469,
         3.11755331874543),
    200: (4.07482766406364, 3.94892970910266, 3.86276222895003, 3.79683534705039, 3.69651138482233, 3.61982463789605,
          3.55679903763937),
}  # fmt: skip
"""By limit, for at least 1, 2, 3, 4, 6, 8 and 10 events; alpha .05.
source: table TableCV.PoissonM of the R package Sequential 2.x (Silva and Kulldorff)."""
BY_DELAY = {
    3: (3.162106, 2.317139, 1.766485),
    5: (3.297183, 2.545178, 2.267595, 1.936447, 1.611553),
    10: (3.467952, 2.799333, 2.591675, 2.484834, 2.298373, 2.087405, 1.834621),
    20: (3.628123, 3.082511, 2.918988, 2.846635, 2.717137, 2.542045, 2.425671, 2.260811),
    60: (3.855755, 3.434748, 3.320749, 3.226113, 3.162908, 3.05147, 2.978063, 2.890933),
    100: (3.952321, 3.574091, 3.47261, 3.391376, 3.321971, 3.232345, 3.155596, 3.109251),
}
"""By limit, for a first look at 0, 1, 2, 3, 4, 6, 8 and 10 expected events; alpha .05, at least 1 event. Where no
critical value has just this alpha, the table rounds up, by as much as two in the last digit.
source: table TableCV.PoissonD of the R package Sequential 2.x (Silva and Kulldorff)."""


@pytest.mark.parametrize(
    ("limit", "printed"), [(1, "2.853937"), (10, "3.467952"), (20, "3.628123"), (50, "3.819903"), (0.1, "2.044069")]
)
def test_the_critical_values_of_kulldorff_to_all_printed_digits(limit, printed):
    """source: Kulldorff and others 2011, table 1."""
    assert f"{critical_value(Plan(limit), 0.05):.6f}" == printed


@pytest.mark.parametrize(("limit", "alpha", "printed"), [(10, 0.01, "5.260513"), (1000, 0.001, "8.577253")])
def test_critical_values_at_stricter_levels(limit, alpha, printed):
    """source: Kulldorff and others 2011, table 1."""
    assert f"{critical_value(Plan(limit), alpha):.6f}" == printed


@pytest.mark.parametrize("limit", BY_EVENTS_MIN)
def test_critical_values_with_a_least_number_of_events(limit):
    for events_min, published in zip((1, 2, 3, 4, 6, 8, 10), BY_EVENTS_MIN[limit], strict=False):
        assert critical_value(Plan(limit, events_min)) == pytest.approx(published, abs=1.5e-7)


@pytest.mark.parametrize("limit", BY_DELAY)
def test_critical_values_with_a_delayed_start(limit):
    for delay, published in zip((0, 1, 2, 3, 4, 6, 8, 10), BY_DELAY[limit], strict=False):
        assert critical_value(Plan(limit, delay=delay)) == pytest.approx(published, abs=2e-6)


def test_where_no_critical_value_has_the_level_the_next_stricter_one_is_taken():
    """source: worked. At one expected event, 4 events have LLR 4·ln 4 − 3 = 2.545177…: the level jumps there."""
    plan = Plan(5, delay=1)
    found = critical_value(plan)
    assert found == pytest.approx(4 * math.log(4) - 3, abs=1e-9)
    assert events_to_signal(plan, found, 1.0) == 5
    assert performance(plan, found).power == pytest.approx(0.045874, abs=1e-6)
    assert performance(plan, 4 * math.log(4) - 3 - 1e-6).power > 0.05


def test_power_and_times_as_published():
    """source: documentation of Performance.Poisson in the R package Sequential (T = 10, relative risk 2)."""
    assert performance(Plan(10), 3.467952, 2) == pytest.approx((0.6850634, 4.130985, 5.979353), abs=1e-6)


@pytest.mark.parametrize(
    ("limit", "critical", "risk", "time_to_signal", "length"),
    [(1, 2.853937, 1, 0.22, 0.96), (20, 3.628123, 1.5, 8.68, 14.91), (1000, 4.324917, 1.2, 196.27, 196.59)],
)
def test_mean_times_as_published(limit, critical, risk, time_to_signal, length):
    """source: Kulldorff and others 2011, table 3."""
    found = performance(Plan(limit), critical, risk)
    assert (found.time_to_signal, found.length) == pytest.approx((time_to_signal, length), abs=0.005)


def test_a_short_plan_worked_by_hand():
    """source: worked. To T = 0.1 one event signals until μ, two at any time: 1 − e^−T·(1 + T − μ) = alpha."""
    until = 1.1 - 0.95 * math.exp(0.1)
    critical = until - 1 - math.log(until)
    assert last_signal_at(critical, 2) > 0.1
    assert critical_value(Plan(0.1)) == pytest.approx(critical, abs=1e-8)


def silent_paths(untils, at):
    """The chance that up to `at` no n-th event came before `untils[n − 1]`, at one event a unit of time.

    The volume of what event times may be, by integrating polynomials: nothing here knows of states or steps.
    """
    volume, total = Polynomial([1.0]), 1.0
    for until in untils:
        if until >= at:
            break
        whole = volume.integ()
        volume = whole - whole(until)
        total += volume(at)
    return math.exp(-at) * total


@pytest.mark.parametrize(("limit", "events_min", "delay"), [(1, 1, 0), (4, 1, 0), (6, 3, 0), (5, 1, 2), (6, 2, 1.5)])
@pytest.mark.parametrize("risk", [1.0, 1.7])
def test_power_and_times_by_integrating_over_all_paths(limit, events_min, delay, risk):
    critical = 2.2

    def log_ratio(n, mu):
        return mu - n + n * math.log(n / mu)

    untils = []
    for n in range(1, 40):
        until = brentq(lambda mu, n=n: log_ratio(n, mu) - critical, 1e-12, n)
        untils.append(until if n >= events_min and until >= delay else 0.0)
    scaled = [risk * until for until in untils]

    found = performance(Plan(limit, events_min, delay), critical, risk)
    assert found.power == pytest.approx(1 - silent_paths(scaled, risk * limit), abs=1e-10)
    breaks = [delay, *(until for until in untils if delay < until < limit), limit]
    watched = delay + sum(
        quad(lambda at: silent_paths(scaled, risk * at), start, end)[0] for start, end in itertools.pairwise(breaks)
    )
    assert found.length == pytest.approx(watched, abs=1e-7)
    assert found.length == pytest.approx(found.power * found.time_to_signal + (1 - found.power) * limit, abs=1e-10)


def test_a_simulation_with_exponential_gaps_agrees():
    """20,000 paths to T = 12 at twice the rate, at least 3 events, first look at 1; four standard errors allowed."""
    plan, risk, paths = Plan(12, 3, 1.0), 2.0, 20_000
    critical = critical_value(plan)
    rng = np.random.default_rng(20_261_128)
    times = np.cumsum(rng.exponential(1 / risk, size=(paths, 80)), axis=1)
    counts = np.arange(1, 81)
    with np.errstate(divide="ignore"):
        excess = np.where(counts > times, times - counts + counts * np.log(counts / times), 0) >= critical
    signals = excess & (times > plan.delay) & (times <= plan.limit) & (counts >= plan.events_min)
    first = np.where(signals.any(axis=1), times[np.arange(paths), signals.argmax(axis=1)], np.inf)
    early = (times <= plan.delay).sum(axis=1)
    first[(early >= 3) & (early * np.log(np.maximum(early, 1)) + 1 - early >= critical)] = plan.delay

    found = performance(plan, critical, risk)
    hits = np.isfinite(first)
    assert hits.mean() == pytest.approx(found.power, abs=4 * math.sqrt(found.power * (1 - found.power) / paths))
    spread = first[hits].std() / math.sqrt(hits.sum())
    assert first[hits].mean() == pytest.approx(found.time_to_signal, abs=4 * spread)


def test_looking_less_often_never_raises_more_false_alarms():
    """A look a week instead of one with every event: the same bounds hold the level, with something to spare."""
    plan = Plan(10, 2)
    critical = critical_value(plan)
    rng = np.random.default_rng(5)
    weeks = np.arange(1, 21) / 2
    counts = np.cumsum(rng.poisson(0.5, size=(20, 20_000)), axis=0)
    share = signalled(plan, critical, counts, weeks[:, None])[-1].mean()
    assert 0.02 < share < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 20_000)


def test_the_log_likelihood_ratio_worked_by_hand():
    """source: worked. 5 where 2 were expected: (2 − 5) + 5·ln 2.5 = 1.581454; nothing for fewer than expected."""
    assert llr([5, 2, 1, 0, 3], [2, 2, 3, 0, 0]) == pytest.approx([1.581453659, 0, 0, 0, math.inf])
    assert llr(np.ones((2, 1)), np.full(3, 0.5)).shape == (2, 3)


def test_the_bounds_are_the_first_counts_whose_ratio_reaches_the_critical_value():
    plan = Plan(20, 3)
    critical = critical_value(plan)
    expected = np.linspace(0.01, 20, 400)
    by_search = [next(n for n in range(3, 99) if n > mu and llr(n, mu) >= critical) for mu in expected]
    assert events_to_signal(plan, critical, expected).tolist() == by_search


def test_nothing_signals_before_the_first_look_or_past_the_limit():
    plan = Plan(4, 1, 1.0)
    assert events_to_signal(plan, 2.0, [0, 0.99, 1, 4, 4.01]).tolist() == [math.inf, math.inf, 4, 9, math.inf]


def test_a_signal_stays_and_series_stand_side_by_side():
    """source: worked. With 2.853937 to T = 1, one event signals until 0.0217 are expected, two until 0.202."""
    events = np.array([[0, 1], [2, 1], [2, 1], [2, 5]])
    found = signalled(Plan(1), 2.853937, events, np.array([[0.01], [0.1], [0.9], [1.2]]))
    assert found.tolist() == [[False, True], [True, True], [True, True], [True, True]]
    with pytest.raises(ValueError, match="events must be cumulated"):
        signalled(Plan(1), 2.853937, [1, 0], [0.1, 0.2])
    with pytest.raises(ValueError, match="expected must be cumulated"):
        signalled(Plan(1), 2.853937, [1, 1], [0.2, 0.1])


def test_a_plan_says_all_that_is_wrong_with_it_at_once():
    with pytest.raises(ValueError, match=r"limit must be .* saw 0; events_min must be .* saw 0; delay must .* saw 2"):
        Plan(0, 0, 2)


def test_a_plan_that_ends_before_alpha_can_be_reached_is_refused():
    """source: worked. To T = 1 four events come with a chance of 0.0190 only."""
    with pytest.raises(ValueError, match=r"0\.019 at most, less than the alpha of 0\.05: set a larger limit"):
        critical_value(Plan(1, 4))


@pytest.mark.parametrize("alpha", [0, 1, -0.1, math.nan])
def test_an_impossible_level_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1"):
        critical_value(Plan(1), alpha)


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_an_impossible_risk_or_critical_value_is_refused(bad):
    with pytest.raises(ValueError, match="relative risk is a finite number above 0"):
        performance(Plan(1), 3.0, bad)
    with pytest.raises(ValueError, match="critical value is a finite number above 0"):
        performance(Plan(1), bad)
    with pytest.raises(ValueError, match="critical value is a finite number above 0"):
        last_signal_at(bad, 2)


def test_impossible_counts_are_refused():
    for events, expected in ((-1, 1), (math.nan, 1), (1, math.inf), (1, -0.5)):
        with pytest.raises(ValueError, match="finite numbers, not below 0"):
            llr(events, expected)
    with pytest.raises(ValueError, match="at least 1"):
        last_signal_at(3.0, [2, 0])
