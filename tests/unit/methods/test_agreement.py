"""Agreement of judges is Krippendorff's own figure; its interval is what every draw of units together would give."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from commonweal.methods.agreement import UNITS_LEAST, Answer, agreed, masi, ordinal

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


def test_of_codes_that_have_an_order_it_is_its_author_s_own_figure_too() -> None:
    """The same, section C, ordinal data: .815. How they are written does not matter, nor a code that nobody gave."""
    assert agreed(judged(FOUR), ordinal("12345")).alpha == pytest.approx(0.815, abs=5e-4)
    named = [{who: [f"level {code}"] for who, code in unit.items()} for unit in judged(FOUR)]
    levels = ordinal([f"level {code}" for code in "012345"])
    assert agreed(named, levels).alpha == pytest.approx(0.815, abs=5e-4)


def test_a_code_outside_the_order_is_as_far_from_any_as_the_ends_are_from_each_other() -> None:
    """1, 2, 3 given twice, once and once stand in the middle of judgements at 1, 2.5 and 3.5: squares 2.25, 6.25 and 1,
    of which the ends are the greatest; "unclear" (u) is 1 from each."""
    answers = [frozenset(code) for code in "123u"]
    apart = ordinal("123")(answers, np.array([2.0, 1.0, 1.0, 5.0]))
    assert apart.tolist() == [[0, 0.36, 1, 1], [0.36, 0, 0.16, 1], [1, 0.16, 0, 1], [1, 1, 1, 0]]


def test_sets_that_overlap_agree_in_part() -> None:
    """MASI by hand, Passonneau 2006, section 3: Jaccard times 1, 2/3, 1/3 or 0."""
    sets: list[Answer] = [frozenset("ab"), frozenset("a"), frozenset("bc"), frozenset("c")]
    found = masi(sets, np.ones(4))
    assert found[0] == pytest.approx([0, 1 - 1 / 2 * 2 / 3, 1 - 1 / 3 * 1 / 3, 1])
    assert (found == found.T).all()


def test_alpha_of_sets_is_as_worked_out_by_hand() -> None:
    """Two judges: a and a+b (2/3 apart), then c and c. Observed 2 · 2/3 of 4 = 1/3; expected, over 12 ordered pairs,
    (2 · 2/3 + 8) / 12 = 7/9; alpha = 1 - 3/7."""
    assert agreed([{"x": ["a"], "y": ["a", "b"]}, {"x": ["c"], "y": ["c"]}]).alpha == pytest.approx(4 / 7)


def test_who_agree_on_the_main_code_each_time_do_not_agree_less_than_chance_would() -> None:
    """Joined to one label each, three judges who differ in a second code alone had an alpha below 0."""
    units = [{"x": ["a"], "y": ["a", "b"], "z": ["a", "c"]}, {"x": ["d"], "y": ["d"], "z": ["d", "e"]}] * 5
    found = agreed(units)
    assert found.alpha is not None
    assert found.alpha > 0


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
