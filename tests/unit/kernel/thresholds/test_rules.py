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
    assert "needs a newer release" in faults(GOOD.replace("format = 1", "format = 3"))["format"]


def test_what_is_not_toml_is_said_to_be_so() -> None:
    (said,) = faults("id = ").values()
    assert "must be TOML" in said


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


LEVELS = """
value = "line"
[[level]]
name = "half"
at = "5"
clear = "4"
scale = 0.5
for = "1mo"
[[level]]
name = "full"
at = "9"
scale = 1.0
"""


def with_levels(old: str = "", new: str = "") -> str:
    head, _, rest = GOOD.partition("[let]")
    head = "\n".join(line for line in head.splitlines() if not line.startswith(("value", "line")))
    value, _, tables = LEVELS.replace(old, new, 1).partition("[[level]]")
    return f"{head}\n{value}\n[let]{rest}\n[[level]]{tables}"


def test_levels_carry_their_scale_and_their_own_dwell() -> None:
    rule = read_rule(with_levels())
    half, full = rule.levels
    assert (half.name, half.scale, half.dwell.before_firing, half.on.text) == ("half", 0.5, 1, "value >= 5")
    assert half.off is not None
    assert (half.off.text, full.off, full.dwell.before_firing) == ("value < 4", None, 0)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('at = "9"', 'at = "3"', "level full"),
        ("scale = 1.0", "scale = 0.2", "level full.scale"),
        ("scale = 1.0", "scale = 2", "level 2.scale"),
        ('name = "full"', 'name = "half"', "level half"),
        ('at = "9"', 'below = "9"', "level full"),
        ('at = "9"', 'at = "a.b > 1"', "level 2.at"),
        ('at = "9"', 'at = "9 +"', "level 2.at, character 4"),
        ('for = "1mo"', 'for = "1d"', "level 1.for"),
        ('clear = "4"', 'clears = "4"', "level 1.clears"),
        ('value = "line"', "", "level"),
    ],
)
def test_a_level_that_cannot_be_is_refused_where_it_stands(old: str, new: str, where: str) -> None:
    assert where in faults(with_levels(old, new))


ANSWER = """
format = 2
id = "test.answer"
version = "1"
citation = "Act, section 2"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2000-01-01 }
after = { rule = "us.sahm_gap", state = "firing" }
expect = { kind = "case.opened", where = { playbook = "x" } }
within = "72h"
then = "coordinated_pausing"
"""


def test_a_rule_about_entries_needs_no_series() -> None:
    rule = read_rule(ANSWER)
    assert rule.response is not None
    assert str(rule.response.after) == "threshold.switched(rule=us.sahm_gap, to_state=firing)"
    assert (rule.response.same, str(rule.response.within), rule.series) == ("subject", "72h", frozenset())
    assert rule.plan.playbook == "coordinated_pausing"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('within = "72h"', "", "within"),
        ('within = "72h"', 'within = "0h"', "within"),
        ('within = "72h"', 'within = "72h"\nexpr = "a.b > 1"', "expr"),
        ('state = "firing"', 'state = "red"', "after.state"),
        ("expect = { kind", "expect = { kinds", "expect"),
        ('then = "coordinated_pausing"', 'then = "pause them all"', "then"),
        ('then = "coordinated_pausing"', "then = { book = 1 }", "then.book"),
        ('then = "coordinated_pausing"', 'then = { suppresses = ["x"] }', "then.suppresses"),
    ],
)
def test_what_must_follow_what_is_refused_where_it_is_wrong(old: str, new: str, where: str) -> None:
    assert where in faults(ANSWER.replace(old, new, 1))


@pytest.mark.parametrize(
    ("new", "where"),
    [
        ('by = ["sector"]', "by"),
        ('by = ["subject", "sector", "sector"]', "by"),
        ('lateness = "1d"', "lateness"),
        ('lateness = "2000mo"', "lateness"),
        ('act_on = "mean"', "act_on"),
    ],
)
def test_the_newer_keys_are_checked_too(new: str, where: str) -> None:
    assert where in faults(GOOD.replace('then = "something"', new, 1))
    rule = read_rule(
        GOOD.replace('then = "something"', 'by = ["subject", "b", "a"]\nlateness = "2mo"\nact_on = "upper"')
    )
    assert (rule.dims, rule.lateness, rule.act_on) == (("a", "b"), 2, "upper")
