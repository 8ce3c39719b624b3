"""Rule files: every fault at once, nothing understood by half."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from commonweal.kernel.thresholds import Duration, Dwell, Grid, read_rule
from commonweal.kernel.values import RuleFault

GOOD = """
format = 1
id = "test.rule"
version = "2"
citation = "Act, section 1"
url = "https://example.org/act"
every = "1mo"
expr = "a.b >= line"
clear = "a.b < line - 1"
value = "line"
line = "line"
for = "2mo"
keep_firing_for = "1mo"
fire_at_least = "1y"
rest_at_least = "0d"
max_gap = "3mo"
on_missing = "hold"
then = "something"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2000-01-01, until = 2010-12-31 }
[let]
line = "5"
[labels]
kind = "test"
"""


def faults(text: str) -> dict[str, str]:
    with pytest.raises(RuleFault) as refused:
        read_rule(text)
    return {fault.where: fault.want for fault in refused.value.faults}


def test_a_rule_is_read_with_everything_it_says() -> None:
    rule = read_rule(GOOD)
    assert (rule.id, rule.version, rule.by, rule.then) == ("test.rule", "2", "subject", "something")
    assert rule.dwell == Dwell(2, 1, 12, 0, 3, "hold")
    assert rule.series == {"a.b"}
    assert rule.title["zh"] == "测试"
    assert [rule.in_force(date(year, 1, 1)) for year in (1999, 2000, 2010, 2011)] == [False, True, True, False]


def test_every_fault_is_named_at_once() -> None:
    bad = GOOD
    for old, new in (
        ('citation = "Act, section 1"', ""),
        ('for = "2mo"', 'for = "2w"'),
        ("until = 2010-12-31", "until = 1999-12-31"),
        ('on_missing = "hold"', 'on_missing = "ignore"'),
        ('then = "something"', 'than = "something"'),
        ('zh = "测试"', 'zh = ""'),
        ('max_gap = "3mo"', ""),
        ('value = "line"', 'value = "level"'),
        ('expr = "a.b >= line"', 'expr = "a.b => line"'),
    ):
        assert old in bad
        bad = bad.replace(old, new, 1)
    found = faults(bad)
    assert set(found) == {
        "citation",
        "for",
        "in_force.until",
        "on_missing",
        "than",
        "title",
        "max_gap",
        "value",
        "expr, character 5",
    }
    assert "how long silence may last" in found["max_gap"]


def test_a_newer_format_is_refused_rather_than_half_understood() -> None:
    assert "needs a newer release" in faults(GOOD.replace("format = 1", "format = 2"))["format"]


def test_what_is_not_toml_is_said_to_be_so() -> None:
    assert "must be TOML" in faults("id = ")["(whole)"]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('id = "test.rule"', 'id = "Test Rule"', "id"),
        ('every = "1mo"', 'every = "1y"', "every"),
        ("from = 2000-01-01", 'from = "yesterday"', "in_force.from"),
        ('line = "5"', "line = 5", "let.line"),
        ('line = "5"', 'not = "5"\nline = "5"', "let.not"),
        ('line = "5"', 'line = "other"\nother = "5"', "let.line, character 1"),
        ('then = "something"', 'by = "all"', "subject"),
        ('then = "something"', 'subject = "area:us"', "subject"),
        ('then = "something"', 'by = "all"\nsubject = "area:us"', "expr"),
        ('then = "something"', "members = -1", "members"),
        ('then = "something"', "url = 3", "url"),
        ('max_gap = "3mo"', 'max_gap = "0mo"', "max_gap"),
    ],
)
def test_each_of_these_is_refused_where_it_stands(old: str, new: str, where: str) -> None:
    text = GOOD.replace(old, new, 1)
    if 'url = "https' in text and new == "url = 3":
        text = text.replace('url = "https://example.org/act"\n', "", 1)
    assert where in faults(text)


def test_periods_begin_where_calendars_say() -> None:
    """Months from the first, weeks from Monday; every day lies in exactly the period that starts at or before it."""
    for every, day, start in (
        (Duration(1, "mo"), date(2024, 2, 29), date(2024, 2, 1)),
        (Duration(3, "mo"), date(2024, 2, 29), date(2024, 1, 1)),
        (Duration(1, "w"), date(2024, 2, 29), date(2024, 2, 26)),
        (Duration(1, "d"), date(2024, 2, 29), date(2024, 2, 29)),
    ):
        on = Grid(every)
        assert on.start(on.period(day)) == start
        assert on.start(on.period(day) + 1) > day


def test_a_wait_in_months_ends_on_the_same_day_of_the_month() -> None:
    assert Duration(1, "mo").after(datetime(2024, 1, 31, 14, tzinfo=UTC)) == datetime(2024, 2, 29, 14, tzinfo=UTC)
    assert Duration(13, "w").after(datetime(2024, 1, 1, tzinfo=UTC)) == datetime(2024, 4, 1, tzinfo=UTC)
