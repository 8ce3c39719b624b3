"""The rule language: what it means, and that every mistake is named where it stands."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.thresholds import Frame, frame, read_rule
from commonweal.kernel.thresholds._backtest import evaluate
from commonweal.kernel.values import RuleFault

HEAD = """
id = "test.rule"
version = "1"
citation = "made for a test"
every = "1mo"
max_gap = "3mo"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2000-01-01 }
"""


def written(expr: str, *, lets: str = "", more: str = "") -> str:
    return f"{HEAD}\nexpr = {expr!r}\n{more}\n[let]\n{lets}"


def faults(text: str) -> dict[str, str]:
    with pytest.raises(RuleFault) as refused:
        read_rule(text)
    return {fault.where: f"{fault.seen} | {fault.want}" for fault in refused.value.faults}


def judged(expr: str, values: dict[str, list[float]], **given: str) -> list[float]:
    """What an expression says of one subject, month by month."""
    arrays = {name: np.array(cells, dtype=float).reshape(-1, 1) for name, cells in values.items()}
    rule = read_rule(written(expr, **given))
    return evaluate(rule, Frame(24000, ("area:us-ca",), arrays))[0][:, 0].tolist()


def same(found: list[float], wanted: list[float]) -> None:
    assert found == pytest.approx(wanted, nan_ok=True)


def test_arithmetic_binds_as_people_read_it() -> None:
    same(judged("1 + 2 * 3 - 4 / 2 == 5 and a.b == a.b", {"a.b": [1.0]}), [1.0])
    same(judged("-(a.b - 2) * -1 == a.b - 2", {"a.b": [7.0]}), [1.0])


def test_not_binds_tighter_than_and_and_tighter_than_or() -> None:
    same(judged("a.b > 1 or a.b > 5 and not a.b > 0", {"a.b": [2.0, 0.5]}), [1.0, 0.0])


def test_windows_need_all_their_months_and_say_not_known_until_then() -> None:
    same(
        judged("mean(a.b, 3mo) >= 2", {"a.b": [1, 2, 3, 1, math.nan, 9]}),
        [math.nan, math.nan, 1, 1, math.nan, math.nan],
    )
    same(judged("lag(a.b, 2mo) == 1", {"a.b": [1, 2, 1]}), [math.nan, math.nan, 1])
    same(judged("max(a.b, 2mo) - min(a.b, 2mo) > 3", {"a.b": [1, 5, 4]}), [math.nan, 1, 0])
    same(judged("sum(a.b, 1y) == 12", {"a.b": [1.0] * 12}), [math.nan] * 11 + [1])


def test_one_side_known_can_be_enough() -> None:
    """The look-back of two years is not known in the second year; one year's may already decide."""
    lets = 'high = "6.5"'
    expr = "a.b >= high and (a.b >= 1.1 * lag(a.b, 1mo) or a.b >= 1.1 * lag(a.b, 2mo))"
    same(judged(expr, {"a.b": [7, 8, 8, 3]}, lets=lets), [math.nan, 1, 1, 0])


def test_dividing_by_zero_is_not_known() -> None:
    same(judged("a.b / a.c > 1", {"a.b": [4, 4], "a.c": [0, 2]}), [math.nan, 1])


def test_a_sum_over_subjects_waits_for_all_of_them() -> None:
    text = written("total > 4", lets='total = "sum_by(a.b)"', more='by = "all"\nsubject = "area:us"\nmembers = 2')
    rows = [("a.b", "area:x", date(2000, 1, 1), 2.0), ("a.b", "area:y", date(2000, 1, 1), 3.0)]
    rows += [("a.b", "area:x", date(2000, 2, 1), 9.0)]
    rule = read_rule(text)
    same(evaluate(rule, frame(rows, rule.grid))[0][:, 0].tolist(), [1, math.nan])


def test_quantities_of_one_rule_are_never_taken_for_anothers() -> None:
    """Both call a number `line`; judged on one frame, each keeps its own."""
    shared = Frame(24000, ("area:us-ca",), {"a.b": np.array([[2.0]])})
    low, high = (read_rule(written("a.b > line", lets=f'line = "{line}"')) for line in (1, 3))
    assert [evaluate(rule, shared)[0][0, 0] for rule in (low, high, low)] == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("expr", "character", "says"),
    [
        ("a.b >", 6, "(end of text)"),
        ("a.b > 1 2", 9, "operator or the end"),
        ("a.b > $", 7, "number, name"),
        ("unknown > 1", 1, "quantity defined above"),
        ("median(a.b, 3mo) > 1", 1, "mean, sum, min"),
        ("mean(a.b) > 1", 9, "','"),
        ("mean(a.b, 3) > 1", 11, "duration like 3mo"),
        ("mean(a.b, 13w) > 1", 11, "whole number of periods of 1mo"),
        ("mean(a.b, 0mo) > 1", 11, "positive whole number"),
        ("lag(a.b, 101y) > 1", 10, "at most 1200"),
        ("(a.b > 1", 9, "')'"),
        ("a.b and a.b > 1", 5, "a truth here, not a number"),
        ("(a.b > 1) + 1 > 2", 11, "a number here, not a truth"),
        ("mean(a.b > 1, 3mo) > 1", 1, "a number here, not a truth"),
        ("not a.b", 1, "a truth here, not a number"),
        ("-(a.b > 1) > 0", 1, "a number here, not a truth"),
        ("a.b > sum_by(a.b)", 5, "both about all"),
        ("sum_by(sum_by(a.b)) > 1", 1, "sum_by over a series"),
        ("round(a.b, 9) > 1", 12, "decimals from 0 to 6"),
        ("round(a.b, 1.5) > 1", 12, "decimals from 0 to 6"),
        ("a.b > and", 7, "a number, a series"),
        ("a.b = 1", 5, "number, name"),
        ("A.b > 1", 1, "number, name"),
    ],
)
def test_a_mistake_is_named_by_its_character(expr: str, character: int, says: str) -> None:
    found = faults(written(expr))
    assert f"expr, character {character}" in found
    assert says in found[f"expr, character {character}"]


def test_what_is_seen_is_pointed_at_in_its_surroundings() -> None:
    assert "mean(a.b, ⟦3⟧) > 1" in faults(written("mean(a.b, 3) > 1"))["expr, character 11"]


def test_depth_and_length_are_bounded() -> None:
    assert "nesting" in next(iter(faults(written("(" * 60 + "a.b > 1" + ")" * 60)).values()))
    assert "at most 2000" in faults(written("a.b > 1" + " " * 3000))["expr"]


def test_a_rule_says_true_or_false_and_not_a_number() -> None:
    assert "true or false" in faults(written("a.b + 1"))["expr"]


@given(st.text(alphabet="ab.()<>=+-*/ 0123456789mowy,andortnmeliug_", max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Rule files come from outside: any text is either a rule or a named fault."""
    try:
        rule = read_rule(written(text.replace("\\", "")))
    except RuleFault:
        return
    assert rule.series
