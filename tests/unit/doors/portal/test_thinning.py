"""What is left out of a drawing is never a peak, a trough, or an end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commonweal.doors.portal.thinning import thinned

figures = st.lists(st.floats(-1e9, 1e9), max_size=300)


@given(figures, st.integers(4, 60))
def test_ends_highest_and_lowest_stay_in_order_and_within_bounds(values: list[float], most: int) -> None:
    rows = list(enumerate(values))
    kept = thinned(rows, lambda row: row[1], most)
    assert len(kept) <= max(most, 0)
    assert kept == sorted(kept)
    assert set(kept) <= set(rows)
    if rows:
        assert (kept[0], kept[-1]) == (rows[0], rows[-1])
        assert {min(values), max(values)} <= {value for _, value in kept}
