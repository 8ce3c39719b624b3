"""What a backtest says: time in states, near misses by their stated definition, and what another line would do."""

from __future__ import annotations

from datetime import date

import pytest

from commonweal.kernel.thresholds import (
    backtest_report,
    can_be_swept,
    frame,
    read_rule,
    replay,
    sweep,
    sweep_of,
    varied,
)
from commonweal.kernel.values import BadInput, add_months

RULE = """
id = "x.high"
version = "1"
citation = "a test"
every = "1mo"
expr = "rate >= line and other >= 1"
value = "rate"
line = "line"
for = "1mo"
max_gap = "3mo"
in_force = { from = 2000-01-01 }
title = { en = "a", zh = "甲" }
text = { en = "a", zh = "甲" }
[let]
rate = "a.rate"
other = "a.other"
line = "5"
"""
US = "area:us"


def replayed(text: str, rates: list[float | None], others: list[float] | None = None) -> object:
    rule = read_rule(text)
    days = [add_months(date(2020, 1, 1), at) for at in range(len(rates))]
    rows = [("a.rate", US, day, rate) for day, rate in zip(days, rates, strict=True) if rate is not None]
    rows += [("a.other", US, day, other) for day, other in zip(days, others or [1.0] * len(rates), strict=True)]
    return replay(rule, frame(rows, rule.grid))


def report(rates: list[float | None], others: list[float] | None = None, **bounds: str) -> dict[str, object]:
    return backtest_report(replayed(RULE, rates, others), **bounds)  # type: ignore[arg-type]


def test_time_in_each_state_switches_and_runs_are_counted() -> None:
    found = report([4, 5, 5, 6, 4, None, 4])
    assert found["states"] == {"unknown": 1, "ok": 3, "pending": 1, "firing": 2}
    assert found["runs"] == [{"subject": US, "from": "2020-03-01", "until": "2020-05-01", "periods": 2, "value_max": 6}]
    assert [(row["at"], row["to_state"]) for row in found["switches"]] == [  # type: ignore[attr-defined]
        ("2020-01-01", "ok"), ("2020-02-01", "pending"), ("2020-03-01", "firing"), ("2020-05-01", "ok"),
        ("2020-06-01", "unknown"), ("2020-07-01", "ok"),
    ]  # fmt: skip
    later = report([4, 5, 5, 6, 4, None, 4], since="2020-04-01", until="2020-05-31")
    assert later["states"] == {"unknown": 0, "ok": 1, "pending": 0, "firing": 1}, "what came before counts as history"


@pytest.mark.parametrize(
    ("rates", "others", "kinds"),
    [
        ([3, 4.8, 3], None, ["line"]),
        ([3, 4.7, 3], None, []),
        ([3, 5.2, 3], None, ["dwell"]),
        ([3, 5.2, 3], [0, 0, 0], ["condition"]),
        ([3, 4.8, 5, 5, 4.8, 3], None, []),
        ([3, 4.9, 3, 4.9, 4.8], None, ["line", "line"]),
    ],
)
def test_a_near_miss_came_close_and_neither_led_to_firing_nor_followed_it(
    rates: list[float | None], others: list[float] | None, kinds: list[str]
) -> None:
    near = report(rates, others)["near"]
    assert [miss["kind"] for miss in near["misses"]] == kinds  # type: ignore[index]
    assert "5%" in near["definition"]["en"]  # type: ignore[index]


def test_how_close_is_told_with_value_line_and_period() -> None:
    (miss,) = report([3, 4.8, 4.9, 3])["near"]["misses"]  # type: ignore[index]
    assert miss == {
        "subject": US, "kind": "line", "from": "2020-02-01", "to": "2020-03-01", "periods": 2, "closest": "2020-03-01",
        "value": 4.9, "line": 5.0, "distance": 0.1,
    }  # fmt: skip


def test_a_sweep_says_what_every_other_value_would_have_done_and_marks_the_rules_own() -> None:
    rates: list[float | None] = [4, 5, 5, 6, 6, 4]
    rows = sweep(RULE, "let.line", ["4", "5", "6", "7"], lambda text: replayed(text, rates))  # type: ignore[arg-type,return-value]
    assert [(row["value"], row["firing"], row["as_written"], row["differs"]) for row in rows] == [
        ("4", 5, False, 2), ("5", 3, True, 0), ("6", 1, False, 2), ("7", 0, False, 3),
    ]  # fmt: skip
    rows = sweep(RULE, "for", ["0mo", "1mo", "3mo"], lambda text: replayed(text, rates))  # type: ignore[arg-type,return-value]
    assert [row["firing"] for row in rows] == [4, 3, 1]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("let.line=4..5/0.5", ["4", "4.5", "5"]),
        ("for=0mo..2mo/1mo", ["0mo", "1mo", "2mo"]),
        ("let.line=4, 6.5", ["4", "6.5"]),
    ],
)
def test_a_sweep_is_written_as_from_to_and_step_or_one_by_one(text: str, values: list[str]) -> None:
    assert sweep_of(text)[1] == values


@pytest.mark.parametrize(
    "text", ["let.line", "let.line=", "let.line=5..4/1", "let.line=0..9/0", "x=0..1/0.0001", "for=0mo..1w/1d"]
)
def test_a_sweep_that_makes_no_values_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="--sweep"):
        sweep_of(text)


def test_only_what_is_a_plain_number_or_a_span_can_be_swept_and_the_rest_stays_letter_for_letter() -> None:
    assert can_be_swept(RULE) == ["let.line", "for", "max_gap"]
    assert varied(RULE, "let.line", "6.5") == RULE.replace('line = "5"', 'line = "6.5"')
    assert varied(RULE, "keep_firing_for", "2mo") == 'keep_firing_for = "2mo"\n' + RULE
    for path, value in (("let.rate", "5"), ("let.no", "5"), ("let.line", "x"), ("expr", "5"), ("for", "5")):
        with pytest.raises(BadInput, match=r"let\.line, for"):
            varied(RULE, path, value)
    with pytest.raises(BadInput, match="whole number of periods"):
        varied(RULE, "for", "2w")
