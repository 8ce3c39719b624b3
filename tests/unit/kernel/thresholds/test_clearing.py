"""A condition to stop that holds while the rule is breached is refused before it is adopted, with its character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.thresholds import check_enforceable, read_rule
from commonweal.kernel.values import RuleFault

RULE = """
format = 2
id = "test.clear"
version = "1"
citation = "made for a test"
title = {{ en = "Clear", zh = "解除" }}
text = {{ en = "A test.", zh = "测试。" }}
in_force = {{ from = 2026-01-01 }}
every = "1mo"
max_gap = "4mo"
value = "share"
expr = "{expr}"
clear = "{clear}"
[let]
line = "5"
share = "jobs.lost"
gap = "mean(jobs.lost, 3mo) - jobs.low"
{level}
"""


def checked(expr: str, clear: str, level: str = "") -> list[tuple[str, str]]:
    """The faults of a rule, where they stand and what would be right."""
    rule = read_rule(RULE.format(expr=expr, clear=clear, level=level))
    try:
        check_enforceable(rule, {}, [])
    except RuleFault as refused:
        return [(fault.where, fault.want) for fault in refused.faults]
    return []


@pytest.mark.parametrize(
    ("expr", "clear", "place", "both"),
    [
        ("share > 5", "share > 5", "clear, character 7", "both hold whenever it is breached"),
        ("share > line", "jobs.lost > 5", "clear, character 11", "both hold whenever it is breached"),
        ("share > 5", "share >= 5", "clear, character 7", "where jobs.lost = 6"),
        ("share > 5", "share < 7", "clear, character 7", "where jobs.lost = 6"),
        ("share >= line", "share <= line", "clear, character 7", "where jobs.lost = 5"),
        ("5 < share", "7 > share", "clear, character 3", "where jobs.lost = 6"),
        ("share > line + 1", "share - 1 < line + 2", "clear, character 11", "where jobs.lost = 7"),
        ("share > 8 or share < 2", "not (share > 9)", "clear, character 12", "where jobs.lost = 1"),
        ("share > jobs.low", "share < jobs.low + 1", "clear, character 7", "where jobs.lost − jobs.low = 0.5"),
    ],
)
def test_one_that_can_hold_together_with_the_breach_is_refused(expr: str, clear: str, place: str, both: str) -> None:
    ((where, want),) = checked(expr, clear)
    assert where == place
    assert both in want


@pytest.mark.parametrize(
    ("expr", "clear"),
    [
        ("share > 5", "share <= 5"),
        ("share > line", "share < line - 1"),
        ("share >= line", "share < line"),
        ("share > 8 or share < 2", "share >= 3 and share <= 7"),
        ("share > jobs.low", "share < jobs.low - 1"),
        ("share > 5", "jobs.low < 1"),
        ("gap > line", "share < 1"),
        ("share > 5", "always(share < 4, 3mo)"),
    ],
)
def test_one_that_holds_apart_or_speaks_of_another_figure_is_taken(expr: str, clear: str) -> None:
    assert checked(expr, clear) == []


@given(
    st.integers(-3, 3),
    st.integers(-3, 3),
    st.sampled_from([">", ">=", "<", "<="]),
    st.sampled_from([">", ">=", "<", "<="]),
)
def test_two_bounds_are_refused_exactly_where_their_half_lines_meet(
    one: int, other: int, breach: str, clear: str
) -> None:
    """Upwards and upwards, or downwards and downwards, always meet; else they do where the ends pass each other."""
    up = (">", ">=")
    if (breach in up) == (clear in up):
        meet = True
    else:
        low, high = (one, other) if breach in up else (other, one)
        meet = low < high or (low == high and breach.endswith("=") and clear.endswith("="))
    assert bool(checked(f"share {breach} {one}", f"share {clear} {other}")) == meet


def test_a_level_that_would_clear_while_it_is_reached_is_named() -> None:
    written = '[[level]]\nname = "half"\nat = "5"\nclear = "{}"\nscale = 0.5\n'
    ((where, want),) = checked("share > 5", "share < 4", written.format("6"))
    assert where == "level half.clear"
    assert "where jobs.lost = 5" in want
    assert checked("share > 5", "share < 4", written.format("5")) == []
