"""What can hold on some series alone: judged by meaning, each against the same rule evaluated."""

from __future__ import annotations

import numpy as np
import pytest

from commonweal.kernel.expressions import Frame, duration, grid, holds_alone, parse

MONTHLY = grid("1mo")
ALONE = [
    "a.exposure >= 0.3",
    "a.exposure >= 0.3 or a.rate >= 6",
    "not (a.exposure < 0.3)",
    "a.exposure >= 0.3 and known(a.exposure)",
    "a.exposure >= 0.3 and not known(a.rate)",
    "once(a.exposure >= 0.3, 3mo)",
    "known(a.exposure) ? a.exposure >= 0.3 : a.rate >= 6",
    "count(a.exposure >= 0.3, 6mo) >= 2",
    "true",
]
TOGETHER = [
    "a.rate >= 6",
    "a.exposure >= 0.3 and a.rate >= 6",
    "a.exposure * a.rate >= 2",
    "not (a.exposure < 0.3 or a.rate < 6)",
    "a.exposure >= 0.3 and known(a.rate)",
    "a.rate >= (a.exposure >= 0.3 ? 5 : 6)",
    "since(a.exposure >= 0.3, a.rate >= 6, 6mo)",
]


def holds(text: str) -> bool:
    assert MONTHLY is not None
    return holds_alone(parse(text, MONTHLY, {}, "expr").tree, lambda series: series == "a.exposure")


@pytest.mark.parametrize("text", ALONE)
def test_a_trigger_on_one_series_alone_is_found_however_it_is_spelt(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize("text", TOGETHER)
def test_what_needs_something_else_as_well_is_let_through(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize("text", ALONE + TOGETHER)
def test_the_answer_is_what_evaluating_with_everything_else_unknown_gives(text: str) -> None:
    """Twelve months of any exposure and no rate at all: true somewhere exactly where the tree says that it can be."""
    assert MONTHLY is not None
    assert duration("1mo") is not None
    values = np.array([[np.nan], *([level] for level in (0.0, 0.1, 0.5, 0.9, 1.0) * 3)])
    found = parse(text, MONTHLY, {}, "expr").evaluate(Frame(24_000, ("area:x",), {"a.exposure": values}))
    assert bool((found == 1).any()) == holds(text)
