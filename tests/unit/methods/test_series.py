"""Windows, rounding and three-valued logic, each against a plain statement of what it should be."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.methods import series

cells = st.one_of(st.just(math.nan), st.integers(-1000, 1000).map(lambda n: n / 8))
columns = st.lists(cells, min_size=1, max_size=12).map(lambda values: np.array(values).reshape(-1, 1))
truths = st.sampled_from([0.0, 1.0, math.nan])


@given(columns, st.integers(1, 6))
def test_windows_agree_with_looking_at_each_window(x: np.ndarray, periods: int) -> None:
    for row in range(len(x)):
        window = x[row - periods + 1 : row + 1, 0] if row >= periods - 1 else np.array([math.nan])
        for computed, plain in (
            (series.windowed_sum, np.sum),
            (series.windowed_mean, np.mean),
            (series.windowed_min, np.min),
            (series.windowed_max, np.max),
        ):
            assert computed(x, periods)[row, 0] == pytest.approx(plain(window), nan_ok=True)


@given(columns, st.integers(1, 5), st.integers(0, 11))
def test_a_window_has_the_same_bits_wherever_the_history_begins(x: np.ndarray, periods: int, cut: int) -> None:
    """The incremental engine sees only a window: its sums must not differ in the last bit from the whole history's."""
    cut = min(cut, len(x) - 1)
    whole, part = series.windowed_mean(x, periods)[-1, 0], series.windowed_mean(x[cut:], periods)[-1, 0]
    assert math.isnan(part) or part == whole


@given(st.integers(-(10**7), 10**7), st.integers(0, 3))
def test_rounding_is_half_away_from_zero_as_offices_round(thousandths: int, decimals: int) -> None:
    exact = Decimal(thousandths) / 1000
    wanted = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    assert series.rounded(np.array([thousandths / 1000]), decimals)[0] == pytest.approx(float(wanted), abs=1e-12)


def test_a_tie_in_decimal_is_a_tie_whatever_binary_makes_of_it() -> None:
    """1.005 is stored as slightly less than a tie; a statute's 'round to two places' still means 1.01."""
    assert series.rounded(np.array([1.005, 2.675, -0.125]), 2).tolist() == [1.01, 2.68, -0.13]


def test_reaching_a_line_in_decimals_is_reaching_it() -> None:
    assert series.compared(np.array([4.1 - 3.6]), ">=", np.array([0.5]))[0] == 1.0
    assert series.compared(np.array([1.1 * 3]), ">", np.array([3.3]))[0] == 0.0


@given(truths, truths)
def test_logic_is_kleenes(a: float, b: float) -> None:
    """What is not known may be true or false: the answer is known only where both possibilities agree."""
    worlds = [(x, y) for x in ([a] if not math.isnan(a) else [0, 1]) for y in ([b] if not math.isnan(b) else [0, 1])]
    for computed, plain in ((series.both, lambda x, y: x and y), (series.either, lambda x, y: x or y)):
        answers = {float(plain(x, y)) for x, y in worlds}
        wanted = answers.pop() if len(answers) == 1 else math.nan
        assert computed(np.array([a]), np.array([b]))[0] == pytest.approx(wanted, nan_ok=True)
    assert series.negated(np.array([a]))[0] == pytest.approx(1 - a, nan_ok=True)


@given(st.lists(st.booleans(), max_size=30))
def test_runs_cover_exactly_what_is_true(mask: list[bool]) -> None:
    covered = [
        any(first <= at <= last for first, last in series.runs(np.array(mask, dtype=bool))) for at in range(len(mask))
    ]
    assert covered == mask
