"""Arguments with challenges, in cases whose answer can be said by hand."""

from __future__ import annotations

import numpy as np
import pytest

from commonweal.methods.arguments import (
    FAILED,
    HELD,
    INDEPENDENT,
    ON_ATTACK,
    ON_ELEMENT,
    ON_SUPPORT,
    OPEN,
    Argument,
    bounds,
    circles,
    grounded,
    minimal_cuts,
)

TOP, LEFT, RIGHT, COUNTER, ANSWER = range(5)


def case(*attacks: tuple[int, int, int], counter: int = HELD, answer: int = HELD) -> Argument:
    """A top claim on two pieces of evidence, a counter-evidence and an answer to it."""
    return Argument([HELD, HELD, HELD, counter, answer], [[TOP, LEFT], [TOP, RIGHT]], list(attacks))


def test_a_challenge_defeats_what_it_challenges_and_all_above() -> None:
    found = grounded(case((COUNTER, ON_ELEMENT, LEFT)))
    assert found.elements.tolist() == [FAILED, FAILED, HELD, HELD, HELD]
    assert found.chain(TOP)[:2] == [TOP, LEFT]


def test_a_challenge_to_a_relation_leaves_the_evidence_but_takes_the_claim() -> None:
    assert grounded(case((COUNTER, ON_SUPPORT, 0))).elements.tolist() == [FAILED, HELD, HELD, HELD, HELD]


@pytest.mark.parametrize("answered", [(ANSWER, ON_ELEMENT, COUNTER), (ANSWER, ON_ATTACK, 0)])
def test_an_answered_challenge_no_longer_counts(answered: tuple[int, int, int]) -> None:
    found = grounded(case((COUNTER, ON_ELEMENT, LEFT), answered))
    assert found.elements[TOP] == HELD
    assert found.attacks.tolist() == [FAILED, HELD]


def test_a_challenge_nobody_has_weighed_leaves_the_claim_open_and_so_do_two_that_only_defeat_each_other() -> None:
    assert grounded(case((COUNTER, ON_ELEMENT, LEFT), counter=OPEN)).elements[TOP] == OPEN
    mutual = case((COUNTER, ON_ELEMENT, LEFT), (ANSWER, ON_ELEMENT, COUNTER), (COUNTER, ON_ELEMENT, ANSWER))
    assert grounded(mutual).elements[TOP] == OPEN


def test_what_rests_on_itself_never_stands() -> None:
    circle = Argument([HELD, HELD], [[0, 1], [1, 0]])
    assert grounded(circle).elements.tolist() == [OPEN, OPEN]
    assert circles(2, circle.supports) == [[0, 1]]


def test_legs_of_which_one_is_enough_and_an_assumption_that_is_always_needed() -> None:
    rests = [[0, 1], [0, 2], [0, 3]]
    always = [False, False, True]
    for base, stands in (
        ([1, -1, 1, 1], HELD),
        ([1, -1, -1, 1], FAILED),
        ([1, 1, 1, -1], FAILED),
        ([1, 0, -1, 1], OPEN),
    ):
        assert grounded(Argument(base, rests, always=always, need=[1, -1, -1, -1])).elements[0] == stands
    cuts = minimal_cuts(Argument([1, 1, 1, 1], rests, always=always, need=[1, -1, -1, -1]), 0)
    assert cuts.sets == ((3,), (1, 2))
    assert cuts.complete is None


def test_evidence_that_answers_a_challenge_is_among_what_would_have_to_fail() -> None:
    answered = case((COUNTER, ON_ELEMENT, LEFT), (ANSWER, ON_ELEMENT, COUNTER))
    assert minimal_cuts(answered, TOP).sets == ((LEFT,), (RIGHT,), (ANSWER,))


def test_a_claim_that_does_not_stand_has_the_empty_cut() -> None:
    assert minimal_cuts(case((COUNTER, ON_ELEMENT, LEFT)), TOP).sets == ((),)


def test_more_cut_sets_than_asked_for_are_said_to_be_more() -> None:
    wide = Argument([HELD] * 31, [[0, one] for one in range(1, 31)])
    found = minimal_cuts(wide, 0, limit=10)
    assert (len(found.sets), found.complete, found.more) == (10, 0, True)
    assert minimal_cuts(wide, 0).complete is None


def test_doubts_add_up_and_shared_evidence_is_doubted_once() -> None:
    """Bloomfield and Rushby 2022, section 3: the doubt in a claim is at most the sum of the doubts below."""
    tree = Argument([HELD] * 3, [[0, 1], [0, 2]])
    found = bounds(tree, [1, 0.9, 0.8], [1, 0.9, 0.8])
    assert (found.lower[0], found.upper[0]) == (pytest.approx(0.7), pytest.approx(0.8))
    assert bounds(tree, [1, 0.9, 0.8], [1, 0.9, 0.8], [INDEPENDENT, 0, 0]).lower[0] == pytest.approx(0.72)
    shared = Argument([HELD] * 4, [[0, 1], [0, 2], [1, 3], [2, 3]])
    found = bounds(shared, [1, 1, 1, 0.9], [1, 1, 1, 0.9], [INDEPENDENT, 0, 0, 0])
    assert found.lower[0] == pytest.approx(0.9)
    assert found.shared == (0,), "two claims on the same evidence are not independent, whatever is stated"


def test_evidence_of_one_thing_under_two_names_is_not_independent() -> None:
    """Two documents that are one entry of the record count as one: 1 - .2 * .2 = .96 was promised of one of .8."""
    either = Argument([HELD] * 3, [[0, 1], [0, 2]], need=[1, -1, -1])
    told = [1, 0.8, 0.8], [1, 1, 1], [INDEPENDENT, 0, 0]
    assert bounds(either, *told).lower[0] == pytest.approx(0.96)
    found = bounds(either, *told, things=[[], [0], [1, 0]])
    assert (found.lower[0], found.shared) == (pytest.approx(0.8), (0,))
    assert bounds(either, *told, things=[[], [0], [1]]).shared == ()


def test_independence_is_looked_for_in_an_argument_twenty_thousand_steps_deep() -> None:
    """Everything below each statement was walked for each: an hour's work on a page of a case that somebody made so."""
    deep = 20_000
    legs = [[one, one + 1] for one in range(deep - 1)] + [[one, deep + one] for one in range(deep)]
    low = [1.0] * deep + [1 - 1e-6] * deep
    found = bounds(Argument([HELD] * 2 * deep, legs), low, [1.0] * 2 * deep, [INDEPENDENT] * 2 * deep)
    assert found.shared == ()
    assert found.lower[0] == pytest.approx((1 - 1e-6) ** deep)


def test_a_cut_that_holds_what_helps_and_harms_is_found_though_a_part_of_it_is_none() -> None:
    """Either evidence is enough, and the first speaks for what challenges the second as well: were the first to
    fail alone, the second would stand again."""
    claim, challenger, both, other = range(4)
    rests = [[claim, both], [claim, other], [challenger, both]]
    argument = Argument([HELD] * 4, rests, [[challenger, ON_ELEMENT, other]], need=[1, -1, -1, -1])
    found = minimal_cuts(argument, claim, [False, False, True, True])
    assert (found.sets, found.complete, found.more, found.shared) == (((both, other),), None, False, (both,))
    short = minimal_cuts(argument, claim, [False, False, True, True], size_max=1)
    assert (short.sets, short.complete, short.more) == ((), 1, True), "it is said that larger ones may be missing"


def test_a_thousand_small_doubts_are_no_small_doubt() -> None:
    many = Argument([HELD] * 1001, [[0, one] for one in range(1, 1001)])
    assert bounds(many, [1.0, *[0.999] * 1000], [1.0] * 1001).lower[0] == pytest.approx(0, abs=1e-9)


def test_defeated_and_undecided_elements_promise_nothing() -> None:
    found = bounds(case((COUNTER, ON_ELEMENT, LEFT)), [1] * 5, [1] * 5)
    assert (found.lower[TOP], found.upper[TOP]) == (0, 0)
    found = bounds(case((COUNTER, ON_ELEMENT, LEFT), counter=OPEN), [1] * 5, [1] * 5)
    assert (found.lower[TOP], found.upper[TOP]) == (0, 1)


def test_an_argument_twenty_thousand_steps_deep_is_weighed_without_recursion() -> None:
    deep = 20_000
    chain = Argument(np.ones(deep), np.column_stack([np.arange(deep - 1), np.arange(1, deep)]))
    assert grounded(chain).elements.min() == HELD
    assert minimal_cuts(chain, 0).sets == ((deep - 1,),)
    assert circles(deep, [*chain.supports.tolist(), [deep - 1, 0]])[0][0] == 0


@pytest.mark.parametrize(
    ("supports", "attacks", "wrong"),
    [
        ([[0, 9]], [], "support"),
        ([], [[0, ON_ATTACK, 4]], "challenge"),
        ([], [[0, ON_SUPPORT, 0]], "challenge"),
        ([], [[0, 7, 0]], "challenge"),
    ],
)
def test_what_is_not_there_is_refused(supports: list[list[int]], attacks: list[list[int]], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Argument([HELD], supports, attacks)
    with pytest.raises(ValueError, match="bounds"):
        bounds(Argument([HELD]), [0.9], [0.1])
