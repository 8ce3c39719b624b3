"""Hidden cells in tables of counts: rules, the attacker, a textbook table, and how many cells too many are hidden."""

from __future__ import annotations

import numpy as np
import pytest

from commonweal.methods import suppression
from commonweal.methods.concealment import DRAWN, Concealment, Terms, conceal
from commonweal.methods.suppression import Problem, attack, below_threshold, suppress, suppress_fewest, with_margins

# The usual example of the literature, investment by activity and region, as in M. Fischetti and J. J. Salazar-Gonzalez,
# Management Science 47 (2001), 1008-1027; what is expected of it is worked out by hand below.
TEXTBOOK = np.array([[20, 50, 10], [8, 19, 22], [17, 32, 12]])


def textbook(reach: int) -> Problem:
    table = with_margins(TEXTBOOK)
    primary = np.zeros(table.shape, dtype=bool)
    primary[1, 2] = True
    return Problem.of(table, primary, reach=reach)


def test_the_textbook_attacker_knows_the_cell_to_lie_between_5_and_30() -> None:
    """With (II, A), (II, C), (III, A), (III, C) hidden: x + c = 30, a + c' = 29, x + a = 25, c + c' = 34, so
    c = 30 - x with x >= 0 gives c <= 30, and c' = 34 - c <= 29 gives c >= 5."""
    hidden = np.zeros((4, 4), dtype=bool)
    hidden[1:3, [0, 2]] = True
    low, high = attack(textbook(5), hidden)
    assert (round(low[1, 2], 6), round(high[1, 2], 6)) == (5, 30)
    assert (round(low[1, 0], 6), round(high[1, 0], 6)) == (0, 25)


def test_a_lone_hidden_cell_is_worked_out_from_its_row() -> None:
    problem = textbook(5)
    low, high = attack(problem, problem.primary)
    assert low[1, 2] == high[1, 2] == 22
    assert suppression.unprotected(problem, problem.primary) == [6]


def test_the_textbook_table_needs_four_cells_and_gets_four() -> None:
    """No fewer can do: each row and column with a hidden cell needs a second one."""
    problem = textbook(5)
    hidden = suppress(problem)
    assert hidden[1, 2]
    assert hidden.sum() == suppress_fewest(problem).sum() == 4
    assert suppression.unprotected(problem, hidden) == []


def test_rules_of_sensitivity() -> None:
    """A cell of 100 with contributors 80, 15 and 5: the second knows the first to within 5/80 = 6.25 %."""
    total, largest, second = np.array([100.0]), np.array([80.0]), np.array([15.0])
    assert suppression.p_percent(total, largest, second, 10).all()
    assert not suppression.p_percent(total, largest, second, 6).any()
    assert suppression.dominated(total, largest, 75).all()
    assert not suppression.dominated(total, largest, 80).any()
    assert below_threshold(np.array([0, 1, 2, 3]), 3).tolist() == [False, True, True, False]


def test_a_group_that_everybody_knows_is_not_given_away_as_a_whole() -> None:
    """Five firms are known to be large; that all five use one supplier would tell of each. Zeros are hidden with it."""
    table = with_margins(np.array([[5, 0, 0], [4, 6, 7]]))
    public = (True, False)
    group, known = suppression.known_group(table, public), suppression.known_cells(table.shape, public)
    assert group[0].tolist() == [5, 5, 5, 5]
    assert known.tolist() == [[False] * 3 + [True], [False] * 3 + [True], [False] * 3 + [True]]
    primary = suppression.whole_group(table, group, 2) & ~known
    assert np.argwhere(primary).tolist() == [[0, 0]]
    problem = Problem.of(table, primary, reach=2, known=known, high=group)
    hidden = suppress(problem)
    low, high = attack(problem, hidden)
    assert low[0, 0] <= 3
    assert hidden[0].sum() >= 2
    assert not hidden[known].any()
    assert high[0, 0] == 5  # more than the group nobody can be made to believe


def test_where_everything_is_known_beforehand_nothing_can_be_protected() -> None:
    table = with_margins(np.array([[2]]))
    problem = Problem.of(table, below_threshold(table, 3), reach=2, low=table, high=table)
    assert suppress(problem).sum() == 4  # the bounds leave no distance, so there is nothing to add


def test_three_axes_are_audited_in_whole_numbers() -> None:
    """In three axes a programme without whole numbers believes in tables that do not exist."""
    rng = np.random.default_rng(5)
    for _ in range(4):
        table = with_margins(rng.poisson(4, size=(2, 3, 2)))
        problem = Problem.of(table, below_threshold(table, 3), reach=2)
        assert problem.whole
        assert suppression.unprotected(problem, suppress(problem)) == []


def test_on_small_random_tables_few_cells_too_many_are_hidden() -> None:
    """Against the exact model on 40 tables from 2 x 2 to 4 x 4: the heuristic stays within a tenth."""
    rng = np.random.default_rng(20260301)
    ours = fewest = 0
    for _ in range(40):
        shape = (int(rng.integers(2, 5)), int(rng.integers(2, 5)))
        table = with_margins(rng.poisson(float(rng.choice([1.5, 4, 10])), size=shape))
        problem = Problem.of(table, below_threshold(table, 3), reach=2)
        best = suppress_fewest(problem)
        assert suppression.unprotected(problem, best) == []
        ours, fewest = ours + int(suppress(problem).sum()), fewest + int(best.sum())
    assert fewest <= ours <= 1.1 * fewest
    print(f"hidden: {ours} by the heuristic, {fewest} at least")


def test_a_secret_choice_hides_some_more_cells_but_not_many() -> None:
    """On 30 tables of 4 x 4 with known rows: at most the fewest there can be, half as many more, and what was drawn."""
    rng, public = np.random.default_rng(20260302), (True, False)
    ours = fewest = cells = 0
    for number in range(30):
        asked = Concealment(with_margins(rng.poisson(6.0, size=(4, 4))), public, Terms(3, 2, 2))
        problem = Problem.of(asked.table, asked.sensitive(), reach=2, known=asked.known, high=asked.group)
        fewest += int(suppress_fewest(problem).sum())
        ours += int(conceal(asked.table, public, asked.terms, bytes([number]) * 32).sum())
        cells += asked.table.size
    print(f"hidden: {ours} by a secret seed, {fewest} at least, of {cells}")
    assert fewest <= ours <= 1.5 * fewest + DRAWN * cells


def test_what_is_no_table_is_refused() -> None:
    for bad in (np.array([[-1]]), np.zeros((2, 2, 2, 2)), np.zeros((0, 2)), np.ones((50, 50))):
        with pytest.raises(ValueError, match=r"at most|axes"):
            with_margins(bad.astype(int))
