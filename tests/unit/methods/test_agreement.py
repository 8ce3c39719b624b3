"""Agreement of judges is Krippendorff's own figure; its interval is what every draw of units together would give."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from commonweal.methods.agreement import UNITS_LEAST, agreed

TWO = ("0100000010", "1110010000")
FOUR = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def judged(rows: tuple[str, ...]) -> list[dict[str, str]]:
    """For each unit the code by annotator; a point is a missing one."""
    return [{str(who): row[at] for who, row in enumerate(rows) if row[at] != "."} for at in range(len(rows[0]))]


@pytest.mark.parametrize(("rows", "alpha", "judgements"), [(TWO, 0.095, 20), (FOUR, 0.743, 40)])
def test_agreement_is_what_its_author_worked_out(rows: tuple[str, ...], alpha: float, judgements: int) -> None:
    """K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A and C, nominal data."""
    found = agreed(judged(rows))
    assert found.alpha == pytest.approx(alpha, abs=5e-4)
    assert found.judgements == judgements


def test_one_code_alone_says_nothing_of_agreement() -> None:
    assert agreed(judged(("111", "111"))).alpha is None
    assert agreed(judged(("12.", "..1"))).alpha is None


def test_the_interval_is_that_of_all_draws_there_are() -> None:
    """Five units can be drawn in 5^5 ways, each as likely: the percentiles over all of them, by the figure above."""
    units = judged(("12312", "12212"))
    every = [agreed([units[at] for at in draw]).alpha for draw in product(range(5), repeat=5)]
    low, high = np.quantile([alpha for alpha in every if alpha is not None], (0.025, 0.975))
    found = agreed(units)
    assert found.interval is not None
    assert found.interval == (pytest.approx(low, abs=0.05), pytest.approx(high, abs=0.05))
    assert found.interval[0] <= found.alpha <= found.interval[1]  # type: ignore[operator]


def test_few_units_have_no_interval_and_none_at_all_is_no_fault() -> None:
    assert agreed(judged(("1221", "1212"))).interval is None
    assert len(judged(("1221", "1212"))) < UNITS_LEAST
    assert agreed([]).alpha is None
    assert agreed([]).units == 0
