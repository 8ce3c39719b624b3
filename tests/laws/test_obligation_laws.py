"""Laws of the three-valued evaluation: knowing more only ever refines an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import Condition, Finding, Group, Law, Rule, evaluate_rule
from commonweal.kernel.obligations.clauses import MetBy, Start
from commonweal.kernel.obligations.laws import FactName
from commonweal.kernel.values import Interval, Period, Text

T = Text(en="t", zh="文")
NUMBERS, FLAGS, WORDS = ("n1", "n2"), ("b1", "b2"), ("w1",)
START, NOW = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

numbers = st.sampled_from([0.0, 1.0, 2.0, 3.0])
conditions = st.one_of(
    st.builds(
        Condition,
        st.sampled_from(NUMBERS),
        st.sampled_from([">", ">=", "<", "<="]),
        numbers,
        st.sampled_from(["point", "low", "high", "interval"]),
    ),
    st.builds(Condition, st.sampled_from(FLAGS), st.just("is"), st.booleans()),
    st.builds(Condition, st.sampled_from(WORDS), st.just("has"), st.just(("x", "y"))),
)
groups = st.recursive(
    st.builds(Group, st.sampled_from(["all", "any"]), st.lists(conditions, min_size=1, max_size=3).map(tuple)),
    lambda inner: st.builds(
        Group,
        st.sampled_from(["all", "any"]),
        st.lists(st.one_of(conditions, inner), min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=6,
)
moments = st.one_of(
    st.none(), st.datetimes(datetime(2024, 1, 1), datetime(2026, 5, 31)).map(lambda at: at.replace(tzinfo=UTC))
)
intervals = st.lists(numbers, min_size=3, max_size=3).map(sorted).map(lambda three: Interval(*three))
values = {
    **dict.fromkeys(NUMBERS, st.one_of(numbers, intervals)),
    **dict.fromkeys(FLAGS, st.booleans()),
    **dict.fromkeys(WORDS, st.sampled_from(["x", "z", "z, y"])),
}
full = st.fixed_dictionaries({name: st.builds(Fact, value, moments) for name, value in values.items()})


def judged(when: Group, facts: Mapping[str, Fact], **changes: Any) -> Finding:
    rule = Rule(
        id="xx.law.r", version="1", title=T, text=T, column=T, citation="Art. 1", in_force_from=date(2024, 1, 1),
        in_force_until=None, starts=START, ends=None, nouns=("model",), duty="notification", owed_by=T, owed_to=T,
        party="", when=when, start=Start(), timing="period", period=Period(2, "weeks"), met_by=(MetBy("a.b"),),
        transitional=None, unknown="cautious", note=None,
    )  # fmt: skip
    law = Law(
        id="xx.law", version="1", digest="0" * 64, title=T, jurisdiction="XX", authority=T, time_zone="UTC",
        calendar="calendar.plain", citation="c", url="", verified=None, note=None,
        facts={name: FactName(T, True) for name in values}, rules=(rule,),
    )  # fmt: skip
    return evaluate_rule(law, rule, facts, NOW, **changes)


def without(facts: Mapping[str, Fact], forgotten: set[str]) -> dict[str, Fact]:
    return {name: Fact(None) if name in forgotten else fact for name, fact in facts.items()}


@given(groups, full, st.sets(st.sampled_from(sorted(values))))
def test_learning_a_fact_never_turns_an_answer_round(when: Group, facts: dict[str, Fact], forgotten: set[str]) -> None:
    """owed stays owed and not owed stays not owed; only unknown may become either."""
    before, after = judged(when, without(facts, forgotten)), judged(when, facts)
    assert before.state in ("unknown", after.state)


@given(groups, full, st.sets(st.sampled_from(sorted(values))))
def test_an_unknown_answer_names_facts_that_are_unknown(
    when: Group, facts: dict[str, Fact], forgotten: set[str]
) -> None:
    found = judged(when, without(facts, forgotten))
    assert bool(found.missing) == (found.state == "unknown")
    for name in set(found.missing) - forgotten:
        assert name in found.straddles  # known, but its interval holds the line


@given(groups, full)
def test_only_an_interval_that_holds_the_line_leaves_known_facts_unknown(when: Group, facts: dict[str, Fact]) -> None:
    if judged(when, facts).state == "unknown":
        assert any(isinstance(fact.value, Interval) for fact in facts.values())


@given(groups, full, st.sampled_from(NUMBERS), intervals, st.sampled_from(["low", "point", "high"]))
def test_a_narrower_interval_never_turns_an_interval_answer_round(
    when: Group, facts: dict[str, Fact], name: str, wide: Interval, end: str
) -> None:
    """For conditions that act on the whole interval; the point of an estimate may move, its interval only narrows."""
    when, point, known = _acting_on_interval(when), getattr(wide, end), facts[name].known_on
    before = judged(when, {**facts, name: Fact(wide, known)})
    after = judged(when, {**facts, name: Fact(Interval(point, point, point), known)})
    assert before.state in ("unknown", after.state)


def _acting_on_interval(part: Any) -> Any:
    if isinstance(part, Group):
        return Group(part.how, tuple(_acting_on_interval(item) for item in part.parts))
    return Condition(part.fact, part.op, part.value, "interval" if part.fact in NUMBERS else "point")


@given(groups, full)
def test_a_clock_starts_within_the_rule_and_not_after_now(when: Group, facts: dict[str, Fact]) -> None:
    found = judged(when, facts)
    if found.state == "owed":
        assert found.started_on is not None
        assert START <= found.started_on <= NOW
        assert found.due is not None
        assert found.due.at > found.started_on


@given(groups, full, moments)
def test_an_earlier_beginning_is_kept(when: Group, facts: dict[str, Fact], began: datetime | None) -> None:
    fresh, kept = judged(when, facts), judged(when, facts, began=began)
    if fresh.state == "owed" and began is not None:
        assert fresh.started_on is not None
        assert kept.started_on == min(fresh.started_on, began)


@given(groups, full)
def test_all_is_never_easier_to_meet_than_any(when: Group, facts: dict[str, Fact]) -> None:
    order = {"not_owed": 0, "unknown": 1, "owed": 2}
    every, some = judged(Group("all", when.parts), facts), judged(Group("any", when.parts), facts)
    assert order[every.state] <= order[some.state]
