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
        ("a.b = 1", 5, "== compares"),
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


def test_words_for_time_over_truths_wait_for_what_is_not_known_but_no_longer() -> None:
    """One month below is enough to say *not always*, whatever the months not known would have said."""
    months = {"a.b": [3, 1, math.nan, 3, 3, 3]}
    same(judged("always(a.b > 2, 2mo)", months), [math.nan, 0, 0, math.nan, 1, 1])
    same(judged("once(a.b < 2, 2mo)", months), [math.nan, 1, 1, math.nan, 0, 0])
    same(judged("count(a.b > 2, 3mo) >= 3", months), [math.nan] * 5 + [1])
    same(judged("since(a.b > 0, a.b == 1, 3mo)", {"a.b": [1, 3, 3, 3, 1, 0]}), [1, 1, 1, 0, 1, 0])


def test_the_newest_known_value_counts_until_it_is_too_old() -> None:
    same(judged("last(a.b, 3mo) == 5", {"a.b": [5, math.nan, math.nan, math.nan]}), [1, 1, 1, math.nan])
    same(judged("known(a.b)", {"a.b": [5, math.nan]}), [1, 0])


def test_a_choice_and_the_smaller_of_two() -> None:
    same(judged("(a.b > 2 ? 10 : 20) == 10", {"a.b": [3, 1, math.nan]}), [1, 0, math.nan])
    same(judged("least(a.b, 2) + greatest(a.b, 2) == 7 && rate(a.b, 1mo) < 1e1", {"a.b": [1, 5]}), [0, 1])


def test_a_series_is_chosen_by_its_dimensions_in_any_order() -> None:
    values = {"a.b{age=16-24,sex=f}": [4.0], "a.b": [1.0]}
    same(judged('a.b{sex="f", age="16-24"} == 4 and a.b == 1', values), [1])
    assert judged("a.b{sex='m'} > 0", values) == pytest.approx([math.nan], nan_ok=True)


def test_weights_are_joined_over_a_dimension() -> None:
    """Exposure of two occupations: 100 workers at .5 and 300 at .1; the third has no score and counts for nothing."""
    values = {"j.n{occ=a}": [100.0], "j.n{occ=b}": [300.0], "j.n{occ=c}": [9.0]}
    values |= {"x.s{occ=a}": [0.5], "x.s{occ=b}": [0.1]}
    same(judged("sum_over(occ, j.n * x.s) == 80", values), [1])
    same(judged("sum_over(occ, j.n * x.s, 3) == 80", values), [math.nan])


UNITS = '[units]\n"a.b" = "persons"\n"a.c" = "persons"\n"a.r" = "percent"\n"a.f" = "FLOP"\n"a.h" = "hours"'


@pytest.mark.parametrize(
    ("expr", "character", "says"),
    [
        ("a.b + a.r > 1", 5, "persons against percent"),
        ("a.h > 1e25 FLOP", 5, "hours against FLOP"),
        ("a.b / a.c > 5 percent", 11, "1 against percent"),
        ("rate(a.b, 1mo) > 3 persons", 16, "persons/mo against persons"),
        ("(a.b > 1 ? a.b : a.r) > 1", 16, "persons against percent"),
        ("least(a.b, a.h) > 1", 1, "persons against hours"),
        ("a.other > 1", 1, "a series with a unit"),
    ],
)
def test_a_clash_of_units_is_refused_at_its_character(expr: str, character: int, says: str) -> None:
    found = faults(written(expr).replace("[let]", UNITS))
    assert says in found[f"expr, character {character}"]


def test_without_declared_units_no_rate_clashes_with_another() -> None:
    read_rule(written("rate(2, 1mo) + rate(rate(2, 1mo), 1mo) + rate(a.b, 1mo) > 3"))


def test_what_shares_a_unit_is_read() -> None:
    for expr in (
        "a.b + a.c > 5 persons",
        "100 percent * a.b / a.c >= 6.5 %",
        "100 * a.b / a.c >= 6.5",
        "a.f / a.h > 3 FLOP/hours",
        "rate(a.b, 2mo) > 3 persons/mo",
        "a.b * 2 > 1e3 persons and count(a.b > 3, 2mo) > 1",
    ):
        read_rule(written(expr).replace("[let]", UNITS))
