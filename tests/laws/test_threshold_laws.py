"""Laws of thresholds: one answer live and in a backtest, from any restart; nothing fires without measurement."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.indicators import Indicators, batch_act
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.thresholds import Frame, ThresholdRule, Thresholds, backtest, read_rule, states, track
from fakes import MemoryTables

FIRST = date(2000, 1, 1)
SUBJECTS = ("area:x", "area:y", "area:z")
HEAD = """
id = "law.rule"
version = "1"
citation = "made for a test"
every = "1mo"
title = { en = "Law", zh = "定律" }
text = { en = "Law.", zh = "定律。" }
in_force = { from = 2000-01-01 }
value = "shown"
"""
EXPRESSIONS = (
    ("shown >= 3", "shown < 2", "a.p"),
    ("shown >= 2 and (shown >= 1.1 * lag(a.p, 2mo) or shown >= 1.1 * lag(a.p, 4mo))", "", "mean(a.p, 2mo)"),
    ("shown - min(lag(shown, 1mo), 3mo) >= 0.5", "", "round(100 * sum(a.p, 3mo) / sum(a.q, 3mo), 1)"),
    ("not shown < 2 or a.q > 4", "a.q < 1", "max(a.p, 3mo)"),
)

cells = st.one_of(st.just(math.nan), st.integers(0, 40).map(lambda n: n / 8))
spans = st.integers(0, 3)


@st.composite
def rules(draw: st.DrawFn) -> str:
    expr, clear, shown = draw(st.sampled_from(EXPRESSIONS))
    nation = draw(st.booleans())
    if nation:
        expr, clear, shown = (
            text.replace("a.p", "sum_by(a.p)").replace("a.q", "sum_by(a.q)") for text in (expr, clear, shown)
        )
    lines = [HEAD, f"expr = {expr!r}", f"clear = {clear!r}" if clear else ""]
    lines += ['by = "all"\nsubject = "area:all"\nmembers = 2'] if nation else []
    for name in ("for", "keep_firing_for", "fire_at_least", "rest_at_least"):
        lines.append(f'{name} = "{draw(spans)}mo"')
    lines.append(f'max_gap = "{draw(st.integers(1, 3))}mo"')
    lines.append(f'on_missing = "{draw(st.sampled_from(("unknown", "breach", "ok", "hold")))}"')
    return "\n".join([*lines, "[let]", f"shown = {shown!r}"])


@dataclass(frozen=True)
class Told:
    """A history: `values[series][month][subject]`, and how many days after its month each was released."""

    values: dict[str, list[list[float]]]
    released: list[date]

    def frame(self, subjects: Sequence[str]) -> Frame:
        return Frame(FIRST.year * 12, tuple(subjects), {name: np.array(rows) for name, rows in self.values.items()})


@st.composite
def histories(draw: st.DrawFn) -> Told:
    length = draw(st.integers(1, 14))
    row = st.lists(cells, min_size=len(SUBJECTS), max_size=len(SUBJECTS))
    values = {name: draw(st.lists(row, min_size=length, max_size=length)) for name in ("a.p", "a.q")}
    released, day = [], FIRST
    for month in range(length):
        day = max(day, _month(month)) + timedelta(days=draw(st.sampled_from((1, 20, 45, 120))))
        released.append(day)
    return Told(values, released)


def _month(month: int) -> date:
    return date(FIRST.year + month // 12, month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Live:
    """The incremental engine, fed as the authority feeds it."""

    def __init__(self, text: str, tables: MemoryTables | None = None) -> None:
        self.tables, self.index = tables or MemoryTables(), 0
        self.rooms = (Indicators(), Thresholds())
        body = {"rule_id": "law.rule", "room": "thresholds", "version": "1", "text": text}
        self.acts = self.tell(Act("rule.adopted", body, "adopt"), _midnight(FIRST))

    def tell(self, act: Act, when: datetime) -> list[Act]:
        self.index += 1
        entry = Entry(self.index, act.kind, 1, when, "p", None, act.body, act.key, (), lambda name: act.blobs[name])
        return [made for room in self.rooms for made in room.follow(entry, self.tables)]

    def month(self, told: Told, month: int) -> None:
        rows = [
            (name, subject, _month(month), value)
            for name, months in told.values.items()
            for subject, value in zip(SUBJECTS, months[month], strict=True)
            if not math.isnan(value)
        ]
        if rows:
            released = told.released[month]
            act = batch_act(rows, series_set="law", citation="a test", released_on=released)
            self.acts += self.tell(act, _midnight(released))

    def restart(self) -> None:
        """As after a crash: nothing is kept but what the tables hold, in the form the engine stores it."""
        kept = {
            name: {key: json.loads(json.dumps(row)) for key, row in rows.items()}
            for name, rows in self.tables._rows.items()
        }
        self.tables, self.rooms = MemoryTables(), (Indicators(), Thresholds())
        self.tables._rows = kept


def bulk(rule: ThresholdRule, told: Told) -> dict[tuple[str, str], str]:
    """`(subject, month) → state` of the backtest, where something was observed."""
    frame = told.frame(SUBJECTS)
    found = backtest(rule, frame, [_midnight(day) for day in told.released])
    heard = ~np.isnan(np.stack([frame.column(name) for name in sorted(rule.series)])).all(axis=0)
    if rule.by == "all":
        heard = heard.any(axis=1, keepdims=True)
    return {
        (subject, _month(month).isoformat()): found.named(subject)[month]
        for column, subject in enumerate(found.subjects)
        for month in range(len(frame))
        if heard[month, column]
    }


def tracked(live: Live, rule: ThresholdRule) -> dict[tuple[str, str], str]:
    subjects = [rule.subject] if rule.by == "all" else SUBJECTS
    return {
        (subject, row["event"]): row["state"] for subject in subjects for row in track(live.tables, rule.id, subject)
    }


@settings(deadline=None, max_examples=150)
@given(rules(), histories())
def test_live_and_backtest_give_one_answer(text: str, told: Told) -> None:
    rule = read_rule(text)
    live = Live(text)
    for month in range(len(told.released)):
        live.month(told, month)
    assert tracked(live, rule) == bulk(rule, told)


@settings(deadline=None, max_examples=60)
@given(rules(), histories(), st.data())
def test_a_restart_anywhere_changes_nothing(text: str, told: Told, data: st.DataObject) -> None:
    straight, broken = Live(text), Live(text)
    at = data.draw(st.integers(0, len(told.released) - 1))
    for month in range(len(told.released)):
        straight.month(told, month)
        broken.month(told, month)
        if month == at:
            broken.restart()
    assert [act.body for act in straight.acts] == [act.body for act in broken.acts]
    assert states(straight.tables) == states(broken.tables)


@settings(deadline=None, max_examples=60)
@given(rules(), histories(), st.integers(1, 4))
def test_filing_months_together_or_one_by_one_ends_in_the_same_states(text: str, told: Told, size: int) -> None:
    """How a source packs its releases is not about the world: with one release day, the states are the same."""
    same_day = Told(told.values, [told.released[-1]] * len(told.released))
    rule, alone, packed = read_rule(text), Live(text), Live(text)
    for month in range(len(told.released)):
        alone.month(same_day, month)
    for first in range(0, len(told.released), size):
        rows = [
            (name, subject, _month(month), months[month][column])
            for name, months in told.values.items()
            for month in range(first, min(first + size, len(told.released)))
            for column, subject in enumerate(SUBJECTS)
            if not math.isnan(months[month][column])
        ]
        if rows:
            act = batch_act(rows, series_set="law", citation="a test", released_on=same_day.released[-1])
            packed.tell(act, _midnight(same_day.released[-1]))
    assert tracked(alone, rule) == tracked(packed, rule)


@settings(deadline=None, max_examples=150)
@given(rules(), histories())
def test_dwell_hysteresis_and_measurement_hold_on_every_history(text: str, told: Told) -> None:
    rule = read_rule(text)
    frame = told.frame(SUBJECTS)
    found = backtest(rule, frame)
    for column in range(len(found.subjects)):
        codes, breached = found.states[:, column], found.breached[:, column]
        began = 0
        for month in range(1, len(codes)):
            if codes[month] == 3 and codes[month - 1] != 3 and not _was_latched(codes, month):
                began = month
                _fires_only_on_measured_breaches(rule, breached, month)
            if codes[month] == 1 and codes[month - 1] == 3:
                assert breached[month] != 1.0, "it may stop only where the rule is not breached"
                assert month - began >= rule.dwell.fire_at_least or _unclear(codes[: month + 1])


def _was_latched(codes: np.ndarray, month: int) -> bool:
    """Whether it was firing before an unknown spell just ended."""
    before = month - 1
    while before >= 0 and codes[before] == 0:
        before -= 1
    return before >= 0 and codes[before] == 3 and before < month - 1


def _unclear(codes: np.ndarray) -> bool:
    return bool((codes == 0).any())


def _fires_only_on_measured_breaches(rule: ThresholdRule, breached: np.ndarray, month: int) -> None:
    if rule.dwell.on_missing != "breach":
        assert breached[month] == 1.0
    if rule.dwell.on_missing == "unknown":
        window = breached[month - rule.dwell.before_firing : month + 1]
        assert not (window == 0.0).any()


@settings(deadline=None, max_examples=60)
@given(rules(), histories(), st.integers(1, 40))
def test_silence_never_fires(text: str, told: Told, months: int) -> None:
    """However near to firing it was, time alone can only make it unknown."""
    live = Live(text)
    for month in range(len(told.released)):
        live.month(told, month)
    when = _midnight(told.released[-1] + timedelta(days=31 * months))
    before = {row["subject"]: row["state"] for row in states(live.tables)}
    acts = live.tell(Act("clock.tick", {"at": when.isoformat()}, "tick"), when)
    assert {act.body["to_state"] for act in acts} <= {"unknown"}
    for row in states(live.tables):
        assert row["state"] in (before[row["subject"]], "unknown")
    assert not Thresholds().due(when, live.tables)
