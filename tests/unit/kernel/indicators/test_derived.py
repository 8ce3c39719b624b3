"""Derived series: kept up entry by entry, equal to computing them whole; never in a circle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.adoption import check_rule
from commonweal.instruments import rule_file
from commonweal.kernel.indicators import (
    Indicators,
    Observation,
    batch_act,
    catalogue,
    check_adoption,
    check_filing,
    derived_rules,
    newest,
    observed,
    read_derived,
    restated,
    series,
    values,
    vintages,
)
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.values import BadInput, RuleFault, add_months
from fakes import MemoryTables

BEGUN = datetime(2026, 1, 5, 12, tzinfo=UTC)
HEAD = """
version = "{version}"
citation = "a test"
every = "1mo"
in_force = {{ from = 2000-01-01 }}
title = {{ en = "a", zh = "甲" }}
text = {{ en = "a", zh = "甲" }}
"""
RATE = """
series = "x.rate"
unit = "percent"
expr = "100 percent * mean(a.out, 2mo) / mean(a.all, 2mo)"
[units]
"a.out" = "persons"
"a.all" = "persons"
"""
TOTAL = 'series = "x.total"\nby = "all"\nsubject = "area:us"\nexpr = "sum_by(a.out)"\n'
GAP = 'series = "x.gap"\nexpr = "x.rate - min(lag(x.rate, 1mo), 3mo)"\n'


BY_SEX = """
series = "x.by_sex"
by = ["subject", "sex"]
expr = "mean(b.out, 2mo) * last(b.weight, 6mo)"
[about]
"b.weight" = "area:us"
"""


def rule(rule_id: str, rest: str, version: str = "1") -> str:
    return f'id = "{rule_id}"\n' + HEAD.format(version=version) + rest


class House:
    """The room with its tables, followed entry by entry."""

    def __init__(self) -> None:
        self.tables, self.index, self.now = MemoryTables(), 0, BEGUN
        self.last: Entry | None = None

    def follow(self, kind: str, body: dict[str, object], act: Act | None = None) -> Entry:
        entry = Entry(self.index, kind, 1, self.now, "p", None, body, blob=lambda name: act.blobs[name] if act else b"")
        Indicators().follow(entry, self.tables)
        self.index += 1
        self.now += timedelta(hours=1)
        return entry

    def adopt(self, rule_id: str, rest: str, version: str = "1") -> Entry:
        text = rule(rule_id, rest, version)
        return self.follow("rule.adopted", {"rule_id": rule_id, "room": "indicators", "version": version, "text": text})

    def file(self, *rows: Observation) -> Entry:
        act = batch_act(rows, series_set="t", citation="a test", released_on=self.now.date())
        return self.follow(act.kind, dict(act.body), act)

    def annul(self, entry: Entry) -> Entry:
        return self.follow("record.annulled", {"kind": "observations.batch", "entry": entry.index})

    def known(self, *names: str) -> dict[tuple[str, str, str], tuple[object, ...]]:
        rows = newest(self.tables, names)
        return {(r["series"], r["subject"], r["event"]): (r["value"], r["low"], r["high"]) for r in rows}


def month(number: int) -> date:
    return add_months(date(2020, 1, 1), number)


def both(number: int, out: float, everyone: float = 100.0, subject: str = "area:us-ca") -> list[Observation]:
    return [
        Observation("a.out", subject, month(number), out),
        Observation("a.all", subject, month(number), everyone),
    ]


def test_a_ratio_of_moving_averages_follows_each_batch_and_only_what_changed_is_a_new_vintage() -> None:
    house = House()
    house.adopt("x.rate", RATE)
    house.file(*both(0, 4.0), *both(1, 6.0))
    entry = house.file(*both(2, 8.0))
    assert series(house.tables, "x.rate", "area:us-ca") == [("2020-02-01", 5.0), ("2020-03-01", 7.0)]
    assert [(row.series, row.value) for row in observed(entry, house.tables)][-1] == ("x.rate", 7.0)
    late = house.file(*both(1, 10.0))
    assert [row["value"] for row in vintages(house.tables, "x.rate", "area:us-ca", "2020-03-01")] == [7.0, 9.0]
    assert [row["value"] for row in vintages(house.tables, "x.rate", "area:us-ca", "2020-02-01")] == [5.0, 7.0]
    again = house.file(*both(1, 10.0))
    assert len(vintages(house.tables, "x.rate", "area:us-ca", "2020-02-01")) == 2, "said again, nothing is new"
    assert len(observed(again, house.tables)) == 2
    assert vintages(house.tables, "x.rate", "area:us-ca", "2020-03-01")[-1]["entry"] == late.index


def test_as_of_a_day_a_derived_value_rests_on_what_was_known_then() -> None:
    house = House()
    house.adopt("x.rate", RATE)
    house.file(*both(0, 4.0), *both(1, 6.0))
    before = house.now.date()
    house.now += timedelta(days=3)
    house.file(*both(1, 10.0))
    assert series(house.tables, "x.rate", "area:us-ca", before) == [("2020-02-01", 5.0)]
    assert series(house.tables, "x.rate", "area:us-ca") == [("2020-02-01", 7.0)]


def test_series_of_series_come_in_the_order_of_what_they_read_whatever_their_names() -> None:
    house = House()
    house.adopt("a.first", GAP)
    house.adopt("z.last", RATE)
    house.file(*[row for at, out in enumerate((4.0, 6.0, 4.0, 4.0, 9.0)) for row in both(at, out)])
    assert [rule.id for rule in derived_rules(house.tables)] == ["z.last", "a.first"]
    assert series(house.tables, "x.gap", "area:us-ca")[-1] == ("2020-05-01", 2.5)


def test_adopting_a_rule_computes_the_whole_of_it_and_another_version_says_only_what_differs() -> None:
    house = House()
    house.file(*both(0, 4.0), *both(0, 5.0, subject="area:us-ny"), *both(1, 4.0))
    entry = house.adopt("x.total", TOTAL)
    assert series(house.tables, "x.total", "area:us") == [("2020-01-01", 9.0), ("2020-02-01", 4.0)]
    assert len(restated(house.tables, entry.index)) == 2
    entry = house.adopt("x.total", TOTAL.replace("expr", "members = 2\nexpr"), "2")
    assert series(house.tables, "x.total", "area:us") == [("2020-01-01", 9.0)], "one of two is not enough now"
    assert [row["value"] for row in restated(house.tables, entry.index)] == [None]


def test_an_annulled_batch_takes_what_was_derived_from_it_along() -> None:
    house = House()
    house.adopt("x.total", TOTAL)
    house.file(*both(0, 4.0))
    wrong = house.file(*both(0, 40.0), *both(1, 50.0))
    house.annul(wrong)
    assert series(house.tables, "x.total", "area:us") == [("2020-01-01", 4.0)]
    assert [row["value"] for row in vintages(house.tables, "x.total", "area:us", "2020-02-01")] == [50.0, None]


def test_bounds_of_what_is_read_are_bounds_of_what_is_made() -> None:
    house = House()
    house.adopt("x.total", TOTAL)
    house.file(
        Observation("a.out", "area:us-ca", month(0), 4.0, 3.0, 6.0), Observation("a.out", "area:us-ny", month(0), 1.0)
    )
    (row,) = values(house.tables, "x.total", "area:us")
    assert (row["value"], row["low"], row["high"]) == (5.0, 4.0, 7.0)


def test_a_join_with_weights_sums_shares_times_scores_over_a_dimension() -> None:
    """Exposure of an area: its share of each occupation times that occupation's score, which is one for all areas."""
    house = House()
    house.adopt(
        "x.exposure",
        'series = "x.exposure"\nexpr = "sum_over(occupation, share * last(w.score, 2y)) "\n'.replace(
            "share * ", "a.share * "
        )
        + '[about]\n"w.score" = "area:us"\n',
    )
    house.file(
        *(
            Observation(f"w.score{{occupation={code}}}", "area:us", date(2019, 7, 1), score)
            for code, score in (("11", 0.5), ("47", 0.1))
        )
    )
    shares = {"area:us-ca": (0.6, 0.4), "area:us-wv": (0.2, 0.8)}
    for subject, (office, building) in shares.items():
        house.file(
            Observation("a.share{occupation=11}", subject, month(0), office),
            Observation("a.share{occupation=47}", subject, month(0), building),
        )
    assert house.known("x.exposure") == {
        ("x.exposure", "area:us-ca", "2020-01-01"): (pytest.approx(0.34), None, None),
        ("x.exposure", "area:us-wv", "2020-01-01"): (pytest.approx(0.18), None, None),
    }
    house.file(Observation("w.score{occupation=47}", "area:us", date(2019, 8, 1), 0.2))
    assert house.known("x.exposure")["x.exposure", "area:us-wv", "2020-01-01"][0] == pytest.approx(0.26)


@pytest.mark.parametrize(
    ("rest", "where", "want"),
    [
        (RATE.replace("a.all, 2mo", "a.all, 2w"), "expr, character 46", "whole number of periods"),
        (RATE.replace("percent *", "USD *"), "unit", "USD"),
        (RATE.replace('"a.all" = "persons"', '"a.all" = "USD"'), "unit", "percent*persons/USD"),
        (RATE.replace("100 percent *", "0 <"), "expr", "a number"),
        (TOTAL.replace('by = "all"', 'by = "subject"'), "subject", "only there"),
        (TOTAL.replace("sum_by(a.out)", "a.out"), "expr", "sums over subjects"),
        ('series = "No Name"\nexpr = "a.out"\n', "series", "a name like"),
        ('series = "x.y"\nexpr = "a.out"\nfor = "3mo"\n', "for", "a known key"),
        ('series = "x.y"\nexpr = "a.out"\n[about]\n"b.c" = "area:us"\n', "about.b.c", "a series of the expression"),
        ('series = "x.y"\nexpr = "a.out +"\n', "expr, character 8", "a number, a series"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_where_it_is_wrong(rest: str, where: str, want: str) -> None:
    with pytest.raises(RuleFault) as refused:
        read_derived(rule("x.y", rest))
    assert any(fault.where == where and want in fault.want for fault in refused.value.faults), refused.value


def test_a_text_with_a_series_and_an_expression_belongs_to_the_indicators() -> None:
    file = rule_file(rule("x.rate", RATE))
    assert (file.room, file.rule_id) == ("indicators", "x.rate")
    check_rule(file)
    with pytest.raises(RuleFault):
        check_rule(rule_file(rule("x.rate", RATE.replace("mean", "median"))))


def test_a_circle_is_refused_by_name_and_the_version_before_stays_in_force() -> None:
    house = House()
    house.adopt("x.one", 'series = "x.one"\nexpr = "a.out"\n')
    house.adopt("x.two", 'series = "x.two"\nexpr = "x.one * 2"\n')
    text = rule("x.one", 'series = "x.one"\nexpr = "x.two + 1"\n', "2")
    with pytest.raises(RuleFault, match=r"x.one → x.two → x.one"):
        check_adoption("x.one", text, house.tables)
    house.adopt("x.one", 'series = "x.one"\nexpr = "x.two + 1"\n', "2")
    house.file(*both(0, 4.0))
    assert series(house.tables, "x.two", "area:us-ca") == [("2020-01-01", 8.0)]


def test_one_name_is_observed_or_derived_by_one_rule() -> None:
    house = House()
    house.adopt("x.total", TOTAL)
    with pytest.raises(RuleFault, match=r"the rule x.total makes x.total"):
        check_adoption("y.total", rule("y.total", TOTAL), house.tables)
    filed = batch_act(
        [Observation("x.total", "area:us", month(0), 1.0)],
        series_set="t",
        citation="a test",
        released_on=date(2026, 1, 1),
    )
    with pytest.raises(BadInput, match=r"the rule x.total derives this series"):
        check_filing(filed, None, house.tables)
    house.file(Observation("x.total", "area:us", month(0), 1.0))
    assert series(house.tables, "x.total", "area:us") == []
    house.file(*both(0, 4.0))
    with pytest.raises(RuleFault, match="values are observed"):
        check_adoption("x.out", rule("x.out", 'series = "a.out"\nexpr = "2 * a.all"\n'), house.tables)
    assert [row["rule"] for row in catalogue(house.tables, "x.total")] == ["x.total"]


def test_a_unit_that_is_another_on_record_is_refused_with_both_named() -> None:
    house = House()
    house.file(Observation("a.out", "area:us", month(0), 1.0, unit="USD"))
    with pytest.raises(RuleFault) as refused:
        check_adoption("x.rate", rule("x.rate", RATE), house.tables)
    (fault,) = refused.value.faults
    assert (fault.seen, fault.want) == ("persons", "USD, the unit on record")


def test_a_rule_by_a_dimension_makes_one_series_of_each_of_its_values() -> None:
    """Rates by sex rest on figures by sex; a weight may be told by sex too, and then that one counts."""
    house = House()
    house.adopt("x.by_sex", BY_SEX)
    house.adopt("x.women", 'series = "x.women"\nexpr = "10 * x.by_sex{sex=\\"f\\"}"\n')
    house.file(
        Observation("b.weight", "area:us", month(0), 2.0),
        Observation("b.weight{sex=f}", "area:us", month(0), 3.0),
        *(Observation(f"b.out{{sex={sex}}}", "area:us-ca", month(at), value)
          for sex, told in (("f", (1.0, 3.0)), ("m", (5.0, 7.0))) for at, value in enumerate(told)),
        Observation("b.out", "area:us-ca", month(1), 99.0),
    )  # fmt: skip
    assert series(house.tables, "x.by_sex{sex=f}", "area:us-ca") == [("2020-02-01", 3.0 * (1 + 3) / 2)]
    assert series(house.tables, "x.by_sex{sex=m}", "area:us-ca") == [("2020-02-01", 2.0 * (5 + 7) / 2)]
    assert series(house.tables, "x.women", "area:us-ca") == [("2020-02-01", 60.0)], "a series of one of them"
    entry = house.file(Observation("b.out{sex=m}", "area:us-ca", month(2), 9.0))
    made = [(row.series, row.subject, row.value) for row in observed(entry, house.tables)]
    assert made[1:] == [("x.by_sex{sex=m}", "area:us-ca", 16.0)], "what is not touched is not told again"
    entry = house.file(Observation("b.weight{sex=m}", "area:us", month(0), 4.0))
    made = [(row.series, row.event, row.value) for row in observed(entry, house.tables)]
    assert made[1:] == [("x.by_sex{sex=m}", month(1), 24.0), ("x.by_sex{sex=m}", month(2), 32.0)]


def test_a_weight_of_the_same_dimension_is_taken_whole_with_its_bounds_or_without() -> None:
    """The plain weight has bounds and the one for women has none: nothing of the plain one may show through."""
    house = House()
    house.adopt("x.by_sex", BY_SEX)
    house.file(
        Observation("b.weight", "area:us", month(0), 2.0, 1.0, 9.0),
        Observation("b.weight{sex=f}", "area:us", month(0), 3.0),
        *(Observation(f"b.out{{sex={sex}}}", "area:us-ca", month(at), 1.0) for sex in "fm" for at in (0, 1)),
    )
    at = ("area:us-ca", "2020-02-01")
    known = house.known("x.by_sex{sex=f}", "x.by_sex{sex=m}")
    assert known["x.by_sex{sex=f}", *at] == (3.0, None, None)
    assert known["x.by_sex{sex=m}", *at] == (2.0, 1.0, 9.0)


def test_weights_about_somebody_else_leave_a_series_unknown() -> None:
    house = House()
    house.adopt("x.by_sex", BY_SEX)
    house.file(
        Observation("b.weight", "area:gb", month(0), 2.0), Observation("b.out{sex=f}", "area:us-ca", month(0), 1.0)
    )
    house.adopt("x.by_sex", BY_SEX, "2")
    assert house.known("x.by_sex{sex=f}") == {}


def test_circles_are_found_through_dimensions() -> None:
    house = House()
    house.adopt("x.by_sex", BY_SEX)
    with pytest.raises(RuleFault, match="depends on itself"):
        check_adoption(
            "x.back", rule("x.back", 'series = "b.out{sex=f}"\nexpr = "x.by_sex{sex=\\"m\\"}"\n'), house.tables
        )


cells = st.tuples(
    st.integers(0, 14),
    st.sampled_from(["area:us-ca", "area:us-ny", "area:us-wv"]),
    st.integers(0, 9),
    st.integers(0, 3),
)
steps = st.lists(st.one_of(st.lists(cells, min_size=1, max_size=6), st.just("annul"), st.just("adopt")), max_size=8)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_however_values_come_in_what_is_derived_equals_computing_it_whole(steps: list[object]) -> None:
    """Late, out of order, revised, annulled, adopted in between: nobody may have to rebuild to get the right number."""
    house, filed = House(), []
    house.adopt("x.rate", RATE)
    house.adopt("x.gap", GAP)
    house.adopt("x.by_sex", BY_SEX)
    for number, step in enumerate(steps):
        if step == "annul" and filed:
            house.annul(filed.pop())
        elif step == "adopt":
            house.adopt("x.total", TOTAL, str(number))
        elif isinstance(step, list):
            unique = {(at, subject): (value, wide) for at, subject, value, wide in step}
            rows = [
                row
                for (at, subject), (value, wide) in unique.items()
                for row in (
                    Observation("a.out", subject, month(at), float(value), value - float(wide), float(value)),
                    Observation("a.all", subject, month(at), 100.0),
                    Observation(f"b.out{{sex={'fm'[at % 2]}}}", subject, month(at - at % 2), float(value)),
                    Observation(f"b.weight{'{sex=f}' if wide > 1 else ''}", "area:us", month(at), float(wide)),
                )
            ]
            told = {(row.series, row.subject, row.event): row for row in rows}
            filed.append(house.file(*told.values()))
    house.adopt("x.total", TOTAL, "last")
    whole = House()
    read = ("a.out", "a.all", "b.out{sex=*}", "b.weight", "b.weight{sex=f}")
    left = [Observation(*at[:2], date.fromisoformat(at[2]), *cells) for at, cells in house.known(*read).items()]  # type: ignore[arg-type]
    if left:
        whole.file(*left)
    for name, rest in (("x.rate", RATE), ("x.gap", GAP), ("x.total", TOTAL), ("x.by_sex", BY_SEX)):
        whole.adopt(name, rest)
    names = ("x.rate", "x.gap", "x.total", "x.by_sex{sex=f}", "x.by_sex{sex=m}")
    assert house.known(*names) == whole.known(*names)


def test_a_value_of_a_day_is_read_in_the_hour_that_begins_it() -> None:
    house = House()
    text = rule("x.hour", 'series = "x.hour"\nexpr = "2 * a.out"\n').replace('"1mo"', '"1h"')
    house.follow("rule.adopted", {"rule_id": "x.hour", "room": "indicators", "version": "1", "text": text})
    house.file(Observation("a.out", "area:us-ca", date(2020, 1, 2), 3.0))
    assert series(house.tables, "x.hour", "area:us-ca") == [("2020-01-02T00:00:00Z", 6.0)]
