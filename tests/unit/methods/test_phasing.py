"""How help follows what is called for: worked by hand, and laws over any history."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.methods import phasing
from commonweal.methods.series import Floats

shares = st.lists(st.sampled_from((0.0, 0.25, 0.5, 1.0)), min_size=1, max_size=40).map(
    lambda values: np.array(values).reshape(-1, 1)
)
gappy = st.lists(st.sampled_from((0.0, 0.25, 1.0, np.nan)), min_size=1, max_size=40).map(
    lambda values: np.array(values).reshape(-1, 1)
)


def column(*values: float) -> Floats:
    return np.array(values).reshape(-1, 1)


@settings(deadline=None, max_examples=200)
@given(shares, st.integers(1, 12))
def test_what_falls_slowly_is_never_less_than_called_for_and_never_falls_off_a_cliff(called: Floats, rows: int) -> None:
    found = phasing.falling_slowly(called, rows)
    assert (found >= called).all()
    assert (found <= 1).all()
    assert (np.diff(found, axis=0) >= -1 / rows - 1e-9).all()
    longer = phasing.falling_slowly(np.concatenate([called, np.zeros((rows, 1))]), rows)
    assert longer[-1, 0] == 0, "after as many rows as it may take, nothing is left"


@settings(deadline=None, max_examples=200)
@given(gappy, st.integers(1, 6))
def test_nothing_lasts_longer_than_it_may_and_a_new_run_needs_the_trigger_to_go_off(called: Floats, most: int) -> None:
    """Against the same said as a person would: count, and cut. What is not known goes on with what there was."""
    found, cut = phasing.no_longer_than(called, most)
    count, cuts = 0, 0
    for at, value in enumerate(called[:, 0]):
        count = 0 if value == 0 else count + 1 if value > 0 or count else 0
        cuts += count == most + 1
        assert np.array_equal(found[at, 0], value if count <= most else 0.0, equal_nan=True)
    assert cut == cuts


@settings(deadline=None, max_examples=100)
@given(gappy, st.integers(1, 6))
def test_figures_that_are_missing_renew_nothing(called: Floats, most: int) -> None:
    """Between two rows known to be off no more rows are on than it may last, also where a gap is held through."""
    found = phasing.held(phasing.no_longer_than(called, most)[0])[:, 0]
    on = 0
    for at, value in enumerate(called[:, 0]):
        on = 0 if value == 0 else on + int(found[at] > 0)
        assert on <= most


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=20), st.data())
def test_a_month_has_what_is_in_effect_on_its_first_day_or_what_comes_on_within_it(
    gaps: list[int], data: st.DataObject
) -> None:
    """Against the same said as a person would, also where decisions are late and several begin in one month."""
    months = [date(2000 + at // 12, at % 12 + 1, 1) for at in range(24)]
    begins = [date(2000, 1, 1) + timedelta(days=sum(gaps[: at + 1])) for at in range(len(gaps))]
    called = [data.draw(st.sampled_from((0.0, 0.25, 1.0, np.nan))) for _ in gaps]
    found, part = phasing.Calendar.of(begins, months).by_month(column(*called))
    for row, month in enumerate(months):
        after = months[row + 1] if row + 1 < len(months) else month + timedelta(days=31)
        before = [value for begin, value in zip(begins, called, strict=True) if begin <= month]
        want, whole = (before[-1] if before else np.nan), 1.0
        starts = [(begin, value) for begin, value in zip(begins, called, strict=True)
                  if month < begin < after and value > 0]  # fmt: skip
        if want == 0 and starts:
            want, whole = starts[0][1], (after - starts[0][0]).days / (after - month).days
        assert np.array_equal(found[row, 0], want, equal_nan=True)
        assert part[row, 0] == pytest.approx(whole)


@settings(deadline=None, max_examples=100)
@given(shares)
def test_the_most_there_was_of_the_help_is_forgotten_once_there_is_none(share: Floats) -> None:
    best = 0.0
    for at, value in enumerate(share[:, 0]):
        best = max(best, value) if value else 0.0
        assert phasing.at_best(share)[at, 0] == pytest.approx(best)


def test_whoever_enrols_is_entitled_for_so_long_and_no_longer() -> None:
    assert phasing.entitled(column(2, 0, 1, 0, 0), 3)[:, 0].tolist() == [2, 2, 3, 1, 1]


def test_a_ceiling_cuts_every_month_of_its_year_alike_and_is_forgotten_at_the_next() -> None:
    """Ten a month against a ceiling of 25: five eighths in each of four months; then a new year begins."""
    wanted = np.full((1, 6), 10.0)
    years = np.array([2001, 2001, 2001, 2001, 2002, 2002])
    found = phasing.within_ceilings(wanted, years, 25.0)
    assert found.tolist() == [[0.625, 0.625, 0.625, 0.625, 1.0, 1.0]]
    assert phasing.within_ceilings(np.zeros((1, 2)), years[:2], 25.0).tolist() == [[1.0, 1.0]]
