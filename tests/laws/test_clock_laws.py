"""Laws that every clock keeps, however it is stopped, resumed and extended; and that follow-ups keep in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.obligations import PLAIN, Calendar, Law, Rule, due_after, duties, read_law
from commonweal.kernel.obligations.calendars import EXACT
from commonweal.kernel.obligations.clauses import Allowance
from commonweal.kernel.obligations.clocks import Clocked, Decision, clocked, rounds
from commonweal.kernel.values import Period, Text
from commonweal.kernel.values.periods import UNITS
from duty_house import CLAUSES, DECIDE, FINAL, NATIONAL, REPORT, UPDATE, A, House

REASON = Text(en="a reason", zh="理由")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATE = datetime(2040, 1, 1, tzinfo=UTC)
holidays = st.sets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=30)
periods = st.builds(Period, st.integers(1, 40), st.sampled_from(UNITS))
zones = st.sampled_from(("UTC", "Europe/Brussels", "America/New_York", "Asia/Shanghai"))
instants = st.integers(0, 60 * 24 * 90).map(lambda minutes: START + timedelta(minutes=minutes))
kinds = st.tuples(
    st.sampled_from(["stop", "resume", "extend"]),
    instants,
    st.builds(Period, st.integers(1, 20), st.sampled_from(UNITS)),
)


def decision(n: int, kind: Any, on: datetime, length: Period) -> Decision:
    return Decision(n, kind, on, "r", "authority", "b", length if kind == "extend" else None)


decisions = st.lists(kinds, max_size=7).map(lambda found: [decision(n, *one) for n, one in enumerate(found)])


def words(length: Period, zone: str, longest: Period | None = None) -> tuple[Law, Rule]:
    law = read_law(CLAUSES)
    allowed = Allowance(("authority",), {"r": REASON}, longest, 0, "Art. 5")
    rule = replace(law.rules[0], period=length, stoppable=allowed, extendable=replace(allowed, max=Period(99, "years")))
    return replace(law, time_zone=zone), rule


def calendar_with(days: set[date]) -> Calendar:
    return replace(
        PLAIN, names={"x": REASON}, days=dict.fromkeys(days, "x"), first=date(2020, 1, 1), last=date(2200, 1, 1)
    )


def run(
    length: Period, zone: str, days: set[date], made: list[Decision], now: datetime = LATE, **more: Any
) -> tuple[datetime, Clocked]:
    """The end without decisions, and the clock with them."""
    law, rule = words(length, zone, **more)
    calendar = calendar_with(days)
    base = due_after(calendar, zone, START, length)
    return base.at, clocked(base, START, made, words=(law, rule), calendar=calendar, now=now)


@given(periods, zones, holidays, decisions)
def test_no_decision_brings_an_end_forward(length: Period, zone: str, days: set[date], made: list[Decision]) -> None:
    base, found = run(length, zone, days, made)
    assert found.due is None or found.due.at >= base


@given(periods, zones, holidays, decisions, instants)
def test_a_stopped_clock_never_ends(
    length: Period, zone: str, days: set[date], made: list[Decision], now: datetime
) -> None:
    _, found = run(length, zone, days, made, now)
    assert (found.due is None) == (found.stopped_on is not None)
    again = run(length, zone, days, made, LATE)[1]
    if made and now >= max(decision.on for decision in made):
        assert (again.due, again.stopped_on) == (found.due, found.stopped_on), "time alone moves no clock"


@given(periods, zones, holidays, decisions, st.randoms(use_true_random=False))
def test_decisions_are_told_apart_by_when_they_were_made_not_in_which_order_they_are_read(
    length: Period, zone: str, days: set[date], made: list[Decision], dice: Any
) -> None:
    mixed = list(made)
    dice.shuffle(mixed)
    assert run(length, zone, days, made) == run(length, zone, days, mixed)


@given(periods, zones, holidays, instants, st.integers(0, 40_000), st.integers(0, 40_000))
def test_a_longer_stop_never_ends_earlier(  # noqa: PLR0917 one strategy each
    length: Period, zone: str, days: set[date], on: datetime, minutes: int, more: int
) -> None:
    ends = [on + timedelta(minutes=minutes), on + timedelta(minutes=minutes + more)]
    found = [
        run(
            length, zone, days, [Decision(0, "stop", on, "r", "authority"), Decision(1, "resume", end, "", "authority")]
        )[1]
        for end in ends
    ]
    assert found[0].due is not None
    assert found[1].due is not None
    assert found[0].due.at <= found[1].due.at


@given(st.integers(1, 400), st.sampled_from(EXACT), zones, holidays, st.integers(0, 300), st.integers(0, 40_000))
def test_hours_stand_still_to_the_minute(  # noqa: PLR0917 one strategy each
    n: int, unit: Any, zone: str, days: set[date], after: int, minutes: int
) -> None:
    length = Period(n, unit)
    on = START + timedelta(seconds=min(after, n))
    until = on + timedelta(minutes=minutes)
    made = [Decision(0, "stop", on, "r", "authority"), Decision(1, "resume", until, "", "authority")]
    base, found = run(length, zone, days, made)
    assert found.due is not None
    assert found.due.at - base == timedelta(minutes=minutes)


@given(periods, zones, holidays, st.builds(Period, st.integers(1, 30), st.sampled_from(UNITS)))
def test_an_extension_ends_later(length: Period, zone: str, days: set[date], more: Period) -> None:
    base, found = run(length, zone, days, [Decision(0, "extend", START, "r", "authority", "", more)])
    assert found.due is not None
    assert found.due.at > base


@given(periods, zones, holidays, st.integers(1, 60))
def test_a_stop_with_a_longest_time_ends_by_itself(length: Period, zone: str, days: set[date], n: int) -> None:
    stop = [Decision(0, "stop", START, "r", "authority")]
    base, found = run(length, zone, days, stop, longest=Period(n, "days"))
    assert found.due is not None
    assert found.due.at >= base
    until = due_after(calendar_with(days), zone, START, Period(n, "days")).at
    resumed = [*stop, Decision(1, "resume", until, "", "authority")]
    assert run(length, zone, days, resumed)[1].due.at == found.due.at  # type: ignore[union-attr]


@given(
    periods, holidays, st.lists(instants, max_size=8), st.one_of(st.none(), instants), st.randoms(use_true_random=False)
)
def test_rounds_do_not_depend_on_the_order_of_answers(
    every: Period, days: set[date], answers: list[datetime], over: datetime | None, dice: Any
) -> None:
    told = [(at, at) for at in answers]
    mixed = [*told, *told]
    dice.shuffle(mixed)
    calendar = calendar_with(days)
    found = rounds(START, every, told, over, zone="UTC", calendar=calendar)
    assert found == rounds(START, every, mixed, over, zone="UTC", calendar=calendar)
    assert found.met == len(found.kept)
    assert (found.due is None) == found.over
    if found.due is not None and found.kept:
        assert found.due.at > max(answers)
    if over is None:
        assert not found.over


SAME = (
    ("register.report", {"rule": REPORT, "about": A}),
    ("register.report", {"rule": UPDATE, "about": A}),
    ("register.report", {"rule": FINAL, "about": A}),
    ("duty.done", {"rule": NATIONAL, "about": A}),
    ("duty.clock", {"rule": DECIDE, "about": A, "decision": "stop", "reason": "information_requested",
                    "decided_by": "authority", "basis": "Order 1"}),
    ("register.model", {"resolved_on": "2026-06-05"}),
)  # fmt: skip
SHOWN = ("rule", "state", "party", "started_on", "due", "last_day", "met_on", "late", "stopped_on", "rounds", "missing")


@settings(max_examples=40, deadline=None)
@given(st.permutations(SAME))
def test_what_is_filed_at_one_instant_comes_to_the_same_in_any_order(order: list[Any]) -> None:
    found = House()
    found.adopt("xx.law", "2025-01-01", CLAUSES, version="1")
    found.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    for kind, body in order:
        found.file(kind, "2026-06-05T12:00:00Z", A if kind == "register.model" else None, **body)
    found.tick("2026-08-20")
    rows = [[row[name] for name in SHOWN] for row in duties(found.tables, private=True)]
    usual = House()
    usual.adopt("xx.law", "2025-01-01", CLAUSES, version="1")
    usual.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    for kind, body in SAME:
        usual.file(kind, "2026-06-05T12:00:00Z", A if kind == "register.model" else None, **body)
    usual.tick("2026-08-20")
    assert rows == [[row[name] for name in SHOWN] for row in duties(usual.tables, private=True)]
