"""Agreement of judges is Krippendorff's own figure; its interval is what every draw of units together would give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from commonweal.methods.agreement import DISAGREED_LEAST, UNITS_LEAST, Answer, agreed, bca, masi, ordinal

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


def test_the_interval_of_a_mean_is_that_of_another_house() -> None:
    """scipy's BCa (Efron and Tibshirani 1993, section 14.3) of skewed values, within what the draws leave to chance."""
    values = np.exp(np.linspace(-2, 2, 40))
    drawn = np.random.default_rng(2).choice(values, size=(9999, 40)).mean(axis=1)
    found = bca(float(values.mean()), drawn, (values.sum() - values) / 39)
    by = bootstrap((values,), np.mean, n_resamples=9999, rng=np.random.default_rng(1)).confidence_interval
    assert found == (pytest.approx(by.low, abs=0.06), pytest.approx(by.high, abs=0.06))


def sampled(rng: np.random.Generator, units: int, shares: tuple[float, ...], right: float) -> list[dict[str, str]]:
    """Two judges who see the code of a unit with a chance of `right`, and else guess."""
    codes = [str(at) for at in range(len(shares))]
    truth = rng.choice(codes, size=units, p=shares)
    seen = [np.where(rng.random(units) < right, truth, rng.choice(codes, size=units)) for _ in range(2)]
    return [{"x": str(one), "y": str(other)} for one, other in zip(*seen, strict=True)]


def population(shares: tuple[float, ...], right: float) -> float:
    """Alpha of all there is, where two judges see and guess so: 1 - observed / expected disagreement."""
    guess = (1 - right) / len(shares)
    given = [right * share + guess for share in shares]
    same = [share * (right + guess) ** 2 + (1 - share) * guess**2 for share in shares]
    return (sum(same) - sum(one**2 for one in given)) / (1 - sum(one**2 for one in given))


@pytest.mark.parametrize(("shares", "right"), [((0.8, 0.1, 0.1), 0.8), ((0.6, 0.2, 0.2), 0.95), ((0.8, 0.2), 0.9)])
def test_an_interval_that_is_given_holds_as_often_as_it_says(shares: tuple[float, ...], right: float) -> None:
    """At the fewest units; of percentiles, at 10 units, one of these covered alpha in 47 samples of a hundred."""
    rng = np.random.default_rng(20_261_129)
    truth = population(shares, right)
    found = [agreed(sampled(rng, UNITS_LEAST, shares, right)).interval for _ in range(100)]
    given = [interval for interval in found if interval is not None]
    missed = [interval for interval in given if not interval[0] <= truth <= interval[1]]
    assert len(missed) <= 9, "with a chance of .05 each, more come in 3 of 100 tries"
    assert len(given) > 10


def test_few_units_have_no_interval_and_none_at_all_is_no_fault() -> None:
    few = [{"x": "a", "y": "ab"[at % 2]} for at in range(UNITS_LEAST - 1)]
    assert agreed(few).interval is None
    assert agreed([*few, {"x": "a", "y": "a"}]).interval is not None
    assert agreed([]).alpha is None
    assert agreed([]).units == 0


def test_where_hardly_anybody_disagrees_there_is_no_interval() -> None:
    """Drawn anew, what was never seen to differ never does: the interval would be a point."""
    units = [{"x": "ab"[at % 2], "y": "ab"[at % 2]} for at in range(2 * UNITS_LEAST)]
    differ = [{"x": "a", "y": "b"} for _ in range(DISAGREED_LEAST - 1)]
    found = agreed([*units, *differ])
    assert found.alpha == pytest.approx(0.925, abs=5e-3)
    assert found.interval is None
    assert agreed([*units, *differ, {"x": "b", "y": "a"}]).interval is not None
