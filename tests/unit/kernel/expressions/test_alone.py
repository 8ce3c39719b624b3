"""What can hold on some series alone, however it is spelt: judged by meaning, against the same rule evaluated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.expressions import Frame, grid, holds_alone, parse
from commonweal.kernel.expressions.language import Expression

MONTHLY = grid("1mo")
OBSERVED = [{"a.rate": [3.0, 4.0], "a.people": [1e5, 5e6]}, {"a.rate": [8.0, 12.0], "a.people": [2e5, 6e6]}]
"""Two subjects at their calmest, and at their worst: rates of 3 and 4, and of 8 and 12 percent."""
ALONE = [
    "a.exposure >= 0.3",
    "a.exposure >= 0.3 or a.rate >= 6",
    "not (a.exposure < 0.3)",
    "a.exposure >= 0.3 and known(a.exposure)",
    "a.exposure >= 0.3 and not known(a.rate)",
    "not known(a.exposure) and a.people > 0",
    "once(a.exposure >= 0.3, 3mo)",
    "known(a.exposure) ? a.exposure >= 0.3 : a.rate >= 6",
    "count(a.exposure >= 0.3, 6mo) >= 2",
    "a.exposure >= 0.3 and known(a.rate)",
    "a.exposure >= 0.3 and a.people > 0",
    "a.exposure >= 0.3 and a.rate >= 0.1",
    "a.exposure >= 0.3 and a.rate >= 3.5",
    "a.exposure + 0 * a.rate >= 0.3",
    "a.exposure * a.people / a.people >= 0.3",
    "a.exposure * a.rate >= 2",
    "greatest(a.rate - 6, a.exposure) >= 0.5",
    "a.exposure >= 0.3 and a.rate - min(a.rate, 12mo) >= -1",
    "a.exposure >= 0.3 and not known(a.jobs) and a.people > 0",
    "sum_by(a.exposure) >= 0.3 and sum_by(a.people) > 0",
    "true",
]
TOGETHER = [
    "a.rate >= 6",
    "a.exposure >= 0.3 and a.rate >= 6",
    "a.exposure >= 0.3 and a.rate - min(a.rate, 12mo) >= 0.5",
    "not (a.exposure < 0.3 or a.rate < 6)",
    "a.rate >= (a.exposure >= 0.3 ? 5 : 6)",
    "since(a.exposure >= 0.3, a.rate >= 6, 6mo)",
    "a.exposure >= 0.3 and a.jobs < 80",
    "a.exposure >= 0.3 and a.rate >= 4.5",
]


def parsed(text: str) -> Expression:
    assert MONTHLY is not None
    return parse(text, MONTHLY, {}, "expr")


def holds(text: str) -> bool:
    return holds_alone(parsed(text), lambda series: series == "a.exposure", OBSERVED)


@pytest.mark.parametrize("text", ALONE)
def test_a_trigger_on_one_series_alone_is_found_however_it_is_spelt(text: str) -> None:
    """Also where something else is asked for that was never false for one of the subjects (3.5 percent, of 4 to 12)."""
    assert holds(text)


@pytest.mark.parametrize("text", TOGETHER)
def test_what_needs_something_that_can_be_false_as_well_is_let_through(text: str) -> None:
    assert not holds(text)


EXPOSED = st.sampled_from(["a.exposure", "(a.exposure * 2 - 0.1)", "mean(a.exposure, 3mo)", "abs(a.exposure)"])
HAPPENED = st.sampled_from(
    [
        "a.rate",
        "a.people",
        "0 * a.rate",
        "(a.rate - min(lag(a.rate, 1mo), 12mo))",
        "a.people / 1000",
        "mean(a.rate, 6mo)",
    ]
)
NUMBERS = st.sampled_from(["0", "0.3", "0.5", "3.5", "6", "100", "1000000"])


def joined(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} and {})".format, below, below),
        st.builds("({} or {})".format, below, below),
        st.builds("not {}".format, below),
        st.builds("once({}, 3mo)".format, below),
    )


PARTS = st.one_of(EXPOSED, HAPPENED, st.builds("({} + {})".format, EXPOSED, HAPPENED))
COMPARED = st.builds("({} {} {})".format, PARTS, st.sampled_from([">=", "<", ">"]), NUMBERS)
RULES = st.recursive(COMPARED, joined, max_leaves=5)


@given(RULES, st.integers(0, 2**32 - 1))
def test_where_it_is_let_through_no_course_of_exposure_fires_it_while_the_rest_stands_where_it_was_calm(
    text: str, seed: int
) -> None:
    """For each subject some way in which it was observed to stand holds out against any course of exposure at all."""
    rule = parsed(text)
    if "a.exposure" not in rule.series or holds(text):
        return
    rng = np.random.default_rng(seed)
    course = np.concatenate([rng.uniform(0, 1, (40, 2)), rng.choice([0.0, 0.3, 1.0, 1e6, np.nan], (40, 2))])
    fired = []
    for way in OBSERVED:
        rest = {name: np.broadcast_to(np.array(values), course.shape) for name, values in way.items()}
        fired.append((rule.evaluate(Frame(0, ("x", "y"), {"a.exposure": course, **rest})) == 1).any(axis=0))
    assert not np.all(fired, axis=0).any(), text
