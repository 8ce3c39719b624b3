"""The room under rules that act by degrees, by dimension, within the day, after late figures and on missing answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commonweal.kernel.indicators import Indicators, batch_act
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.thresholds import (
    REQUEST,
    RULE,
    STATE,
    THRESHOLD_SWITCHED,
    Thresholds,
    board,
    late,
    requests,
    states,
    track,
)
from fakes import MemoryTables

HEAD = """
format = 2
id = "test.rule"
version = "1"
citation = "made for a test"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2000-01-01 }
"""
MONTHLY = f'{HEAD}every = "1mo"\nmax_gap = "2mo"\nexpr = "rate >= 5"\nvalue = "rate"\n'
X, Y = "area:x", "area:y"
START = datetime(2026, 3, 2, tzinfo=UTC)


class House:
    """Both rooms over one set of tables; entries are numbered as the record would."""

    def __init__(self, text: str) -> None:
        self.tables, self.rooms, self.index = MemoryTables(), (Indicators(), Thresholds()), 0
        body = {"rule_id": "test.rule", "room": "thresholds", "version": "1", "text": text}
        self.tell(Act("rule.adopted", body, "adopt"), datetime(2000, 1, 1, tzinfo=UTC))
        assert [row["fault"] for row in self.tables.select(RULE)] == [""]

    def tell(self, act: Act, when: datetime) -> list[Act]:
        self.index += 1
        entry = Entry(
            self.index, act.kind, 1, when, "p", act.subject, act.body, act.key, act.causes, lambda name: act.blobs[name]
        )
        acts = [found for room in self.rooms for found in room.follow(entry, self.tables)]
        for found in acts:
            THRESHOLD_SWITCHED.schema.model_validate(found.body)
        return acts

    def observe(self, when: datetime, *rows: Sequence[Any]) -> list[Act]:
        return self.tell(batch_act(rows, series_set="t", citation="test", released_on=when.date()), when)

    def entry(
        self, kind: str, when: datetime, subject: str = "case:a", causes: Sequence[int] = (), **body: Any
    ) -> list[Act]:
        return self.tell(Act(kind, body, f"{kind}/{self.index}", subject, tuple(causes)), when)

    def tick(self, when: datetime) -> list[Act]:
        return self.tell(Act("clock.tick", {"at": when.isoformat()}, "tick"), when)

    def state(self, subject: str = X) -> dict[str, Any]:
        return next(row for row in states(self.tables) if row["subject"] == subject)


def month(number: int) -> date:
    return date(2000 + number // 12, number % 12 + 1, 1)


def months(house: House, values: Sequence[float], first: int = 0, subject: str = X) -> list[Act]:
    acts = []
    for number, value in enumerate(values, first):
        when = datetime.combine(month(number) + timedelta(days=40), datetime.min.time(), UTC)
        acts += house.observe(when, ("a.rate", subject, month(number), value))
    return acts


def moved(acts: list[Act]) -> list[tuple[Any, ...]]:
    return [tuple(act.body.get(name) for name in ("to_state", "at", "level", "scale")) for act in acts]


LEVELS = """
[let]
rate = "a.rate"
[[level]]
name = "half"
at = "5"
clear = "4"
scale = 0.5
[[level]]
name = "full"
at = "9"
scale = 1.0
"""


def test_a_switch_says_how_far_and_how_much_of_the_response() -> None:
    """At 7, halfway between the lines at 5 and 9, three quarters of the response are due."""
    house = House(MONTHLY.replace('expr = "rate >= 5"', 'expr = "rate >= 5"\nclear = "rate < 4"') + LEVELS)
    acts = months(house, [3, 7, 8, 10, 6, 4.5, 3])
    assert moved(acts) == [
        ("ok", "2000-01-01", "", 0.0),
        ("firing", "2000-02-01", "half", 0.75),
        ("firing", "2000-04-01", "full", 1.0),
        ("firing", "2000-05-01", "half", 0.625),
        ("ok", "2000-07-01", "", 0.0),
    ]
    assert [row["scale"] for row in track(house.tables, "test.rule", X)] == [0.0, 0.75, 0.875, 1.0, 0.625, 0.5, 0.0]


def test_silence_of_a_firing_rule_is_an_alarm_of_its_own_and_keeps_level_and_share() -> None:
    house = House(MONTHLY + LEVELS)
    months(house, [10])
    (act,) = house.tick(datetime(2000, 9, 1, tzinfo=UTC))
    assert (act.body["to_state"], act.body["cause"], act.body["latched"]) == ("unknown", "silence", True)
    assert (act.body["level"], act.body["scale"]) == ("full", 1.0)
    assert house.state()["latched"] == 1
    (act,) = months(house, [8.5], first=9)
    assert moved([act]) == [("firing", "2000-10-01", "half", 0.9375)]


def test_a_rule_by_sector_keeps_a_state_for_each() -> None:
    text = MONTHLY + 'by = ["subject", "sector"]\n[let]\nrate = "a.rate{sex=\'f\'}"\n'
    house = House(text)
    rows = [(f"a.rate{{sector={sector},sex={sex}}}", X, month(0), value)
            for sector, sex, value in (("11", "f", 6.0), ("52", "f", 4.0), ("52", "m", 9.0))]  # fmt: skip
    acts = house.observe(datetime(2000, 2, 10, tzinfo=UTC), *rows, ("a.rate", X, month(0), 9.0))
    found = [(act.subject, act.body["subject"], act.body["to_state"]) for act in acts]
    assert found == [(X, "area:x{sector=11}", "firing"), (X, "area:x{sector=52}", "ok")]


def test_a_rule_by_sector_adopted_late_begins_from_what_is_known_of_each() -> None:
    house = House(HEAD + 'every = "1mo"\nmax_gap = "2mo"\nexpr = "a.none > 1"\n')
    house.observe(datetime(2000, 2, 10, tzinfo=UTC), ("a.rate{sector=11}", X, month(0), 6.0))
    text = (
        MONTHLY.replace('"rate >= 5"', '"a.rate >= 5"').replace('value = "rate"\n', "") + 'by = ["subject", "sector"]\n'
    )
    text = text.replace('version = "1"', 'version = "2"')
    body = {"rule_id": "test.rule", "room": "thresholds", "version": "2", "text": text}
    (act,) = house.tell(Act("rule.adopted", body, "again"), datetime(2000, 3, 1, tzinfo=UTC))
    assert (act.body["subject"], act.body["to_state"]) == ("area:x{sector=11}", "firing")


def test_within_the_day_events_are_instants_and_far_apart_ones_take_no_room() -> None:
    """A grid of seconds: seventy thousand periods lie between the two values."""
    house = House(f'{HEAD}every = "1s"\nmax_gap = "1d"\nfor = "2s"\nexpr = "mean(a.load, 2s) > 0.9"\n')
    at = START + timedelta(seconds=7)
    acts = house.observe(at + timedelta(seconds=5), *[("a.load", X, at + timedelta(seconds=s), 0.95) for s in range(4)])
    assert [act.body["at"] for act in acts] == ["2026-03-02T00:00:08Z", "2026-03-02T00:00:10Z"]
    assert [act.body["to_state"] for act in acts] == ["pending", "firing"]
    later = at + timedelta(hours=20)
    acts = house.observe(
        later + timedelta(seconds=5), *[("a.load", X, later + timedelta(seconds=s), 0.1) for s in range(2)]
    )
    assert [(act.body["to_state"], act.body["at"]) for act in acts] == [
        ("unknown", "2026-03-02T20:00:07Z"),  # a mean over two seconds needs both
        ("ok", "2026-03-02T20:00:08Z"),
    ]
    (act,) = house.tick(later + timedelta(days=2))
    assert act.body["at"] == "2026-03-03T20:00:12Z", "silence has its instant too"


def test_what_comes_late_but_within_the_lateness_is_judged_where_it_belongs() -> None:
    """The missing month breaks the run: the rule would not have fired, and says so as a revision."""
    house = House(MONTHLY.replace('"2mo"', '"6mo"') + 'for = "2mo"\nlateness = "3mo"\n[let]\nrate = "a.rate"\n')
    months(house, [6])
    assert moved(months(house, [6], first=2))[-1][:2] == ("firing", "2000-03-01")
    when = datetime(2000, 5, 1, tzinfo=UTC)
    (act,) = house.observe(when, ("a.rate", X, month(1), 3.0))
    assert (act.body["to_state"], act.body["at"], act.body["cause"]) == ("pending", "2000-03-01", "revision")
    assert [row["state"] for row in track(house.tables, "test.rule", X)] == ["pending", "ok", "pending"]


HIGH = '[[level]]\nname = "high"\nat = "7"\nscale = 1.0\n'


@pytest.mark.parametrize("waits", ["rule", "level"])
def test_judged_again_a_silence_still_stands_where_it_fell(waits: str) -> None:
    """Silence had fallen between the first two figures by when they came. Neither the rule's wait nor a level's
    outlasts it, though a late figure has the periods on both sides judged again, and once more."""
    wait = 'for = "2mo"\n'
    of_rule, of_level = (wait if waits == who else "" for who in ("rule", "level"))
    house = House(MONTHLY + f'{of_rule}lateness = "6mo"\n[let]\nrate = "a.rate"\n{HIGH}{of_level}')
    months(house, [8])
    house.tick(datetime(2000, 5, 1, tzinfo=UTC))
    for number in (1, 2, 3):
        house.observe(datetime(2000, 5, number, tzinfo=UTC), ("a.rate", X, month(number), 8.0))
    as_judged = ["pending", "pending", "pending", "firing"] if waits == "rule" else ["firing"] * 4
    assert [row["state"] for row in track(house.tables, "test.rule", X)] == as_judged
    levels = ["", "", "", "high"]
    assert [row["level"] for row in track(house.tables, "test.rule", X)] == levels
    for day, value in ((5, 7.5), (6, 9.0)):
        assert house.observe(datetime(2000, 5, day, tzinfo=UTC), ("a.rate", X, month(0), value)) == []
        rows = track(house.tables, "test.rule", X)
        assert ([row["state"] for row in rows], [row["level"] for row in rows]) == (as_judged, levels)
        assert rows[0]["value"] == value


def test_a_period_judged_again_that_is_not_known_stands_on_the_level_before_it() -> None:
    """And not on the one that the newest period came to."""
    text = MONTHLY.replace('"2mo"', '"6mo"') + f'lateness = "4mo"\n[let]\nrate = "mean(a.rate, 2mo)"\n{HIGH}'
    house = House(text)
    house.observe(START, *(("a.rate", X, month(number), 8.0) for number in (2, 3)))
    assert house.observe(START, ("a.rate", X, month(0), 8.0)) == []
    rows = [(row["state"], row["level"], row["scale"]) for row in track(house.tables, "test.rule", X)]
    assert rows == [("unknown", "", 0.0), ("unknown", "", 0.0), ("firing", "high", 1.0)]


def test_a_late_figure_that_changes_just_the_level_is_a_switch() -> None:
    """The missing month breaks the wait of the level: it would not be on it yet."""
    house = House(MONTHLY.replace('"2mo"', '"6mo"') + f'lateness = "3mo"\n[let]\nrate = "a.rate"\n{HIGH}for = "2mo"\n')
    house.observe(START, *(("a.rate", X, month(number), 8.0) for number in (0, 2)))
    assert (house.state()["state"], house.state()["level"]) == ("firing", "high")
    (act,) = house.observe(START, ("a.rate", X, month(1), 6.0))
    assert [act.body[name] for name in ("from_state", "to_state", "level", "cause")] == [
        "firing",
        "firing",
        "",
        "revision",
    ]
    assert house.state()["level"] == ""


def test_a_series_with_a_million_late_points_costs_one_count() -> None:
    """Bounded memory, one clear line; told in five batches, as a filing holds at most a million."""
    house = House(f'{HEAD}every = "1m"\nmax_gap = "1d"\nlateness = "10m"\nexpr = "a.load > 1"\n')
    house.observe(START + timedelta(hours=1), ("a.load", X, START, 0.5))
    room = Thresholds()
    size = len(str(house.tables.select(STATE)))
    first = START - timedelta(days=700)
    rows = [("a.load", X, first + timedelta(minutes=minute), 2.0) for minute in range(200_000)]
    told = batch_act(rows, series_set="t", citation="test", released_on=START.date())
    for _ in range(5):
        house.index += 1
        entry = Entry(
            house.index, told.kind, 1, START + timedelta(hours=2), "p", None, told.body, told.key, (), told.blobs.get
        )  # type: ignore[arg-type]
        assert room.follow(entry, house.tables) == []
    (row,) = late(house.tables)
    assert (row["count"], row["first"][:10], row["last"][:10]) == (1_000_000, "2024-04-01", "2024-08-17")
    assert len(str(house.tables.select(STATE))) == size, "nothing is kept of them"
    assert board(house.tables)[0]["late"] == 1_000_000


def test_a_clock_that_runs_backwards_makes_nobody_silent_and_judges_nothing_again() -> None:
    house = House(MONTHLY + '[let]\nrate = "a.rate"\n')
    months(house, [6, 6])
    before = house.state()
    assert house.tick(datetime(1999, 1, 1, tzinfo=UTC)) == []
    when = datetime(2000, 3, 20, tzinfo=UTC)
    house.observe(when, ("a.rate", X, month(2), 6.0))
    silent = house.tables.select(STATE)[0]["silent_at"]
    entry = batch_act([("a.rate", X, month(1), 1.0)], series_set="t", citation="t", released_on=date(2000, 2, 28))
    house.tell(entry, when - timedelta(days=15))
    assert house.tables.select(STATE)[0]["silent_at"] == silent, "known times never move backwards"
    assert (before["state"], house.state()["state"]) == ("firing", "firing")


PLAIN = MONTHLY + '[let]\nrate = "a.rate"\n'


def adopt(house: House, text: str, when: datetime, version: str = "2") -> list[Act]:
    text = text.replace('version = "1"', f'version = "{version}"')
    body = {"rule_id": "test.rule", "room": "thresholds", "version": version, "text": text}
    return house.tell(Act("rule.adopted", body, f"adopt/{version}"), when)


def test_a_new_version_does_not_judge_a_subject_that_has_fallen_silent() -> None:
    """Five years without a figure: a lower line must not set off a response to the last one."""
    house = House(PLAIN)
    months(house, [3, 3])
    lower = PLAIN.replace("rate >= 5", "rate >= 3").replace("max_gap", 'then = "pause"\nmax_gap')
    (silence,) = house.tick(datetime(2001, 3, 1, tzinfo=UTC))
    assert adopt(house, lower, datetime(2005, 3, 2, tzinfo=UTC)) == []
    assert house.tick(datetime(2005, 3, 3, tzinfo=UTC)) == []
    state = house.state()
    assert (state["state"], state["version"], state["since"]) == ("unknown", "2", silence.body["at"])
    assert moved(months(house, [3], first=64))[0][0] == "firing", "what is heard anew is judged"


def test_a_firing_rule_that_fell_silent_stays_latched_through_a_new_version() -> None:
    house = House(PLAIN.replace("max_gap", 'clear = "rate < 2"\nmax_gap'))
    months(house, [6])
    house.tick(datetime(2001, 3, 1, tzinfo=UTC))
    assert adopt(house, PLAIN.replace("max_gap", 'clear = "rate < 4"\nmax_gap'), datetime(2001, 4, 1, tzinfo=UTC)) == []
    assert (house.state()["state"], house.state()["latched"]) == ("unknown", 1)
    assert moved(months(house, [4.5], first=18))[0][0] == "firing", "neither breached nor clear: it goes on"


def test_a_rule_adopted_first_over_old_figures_begins_silent() -> None:
    house = House(HEAD + 'every = "1mo"\nmax_gap = "2mo"\nexpr = "a.none > 1"\n')
    months(house, [6, 6])
    assert adopt(house, PLAIN, datetime(2005, 1, 1, tzinfo=UTC)) == []
    assert (house.state()["state"], house.state()["latched"], house.state()["event"]) == ("unknown", 0, "2000-02-01")


def test_how_long_silence_may_last_is_what_the_new_version_says() -> None:
    """Shorter, it is silent now and says so; longer, it is not silent any more and is judged."""
    when = datetime(2000, 4, 20, tzinfo=UTC)
    shorter, longer = House(PLAIN), House(PLAIN.replace('"2mo"', '"1mo"'))
    for house in (shorter, longer):
        months(house, [6, 6])
    (act,) = adopt(shorter, PLAIN.replace('"2mo"', '"1mo"'), when)
    assert (act.body["to_state"], act.body["cause"], act.body["at"]) == ("unknown", "silence", "2000-04-12")
    assert longer.tick(when)[0].body["to_state"] == "unknown"
    (act,) = adopt(longer, PLAIN, when)
    assert (act.body["to_state"], act.body["cause"]) == ("firing", "adoption")


def test_other_words_on_the_same_grid_take_over_every_wait() -> None:
    """A line moved by a tenth: the rest after firing, and a wait that had begun, are not begun anew."""
    rest = PLAIN.replace("max_gap", 'rest_at_least = "12mo"\nmax_gap')
    house = House(rest)
    months(house, [6, 3])
    adopt(house, rest.replace("rate >= 5", "rate >= 5.1"), datetime(2000, 3, 12, tzinfo=UTC))
    assert moved(months(house, [6], first=2))[0][0] == "pending", "it has not rested for a year"
    wait = PLAIN.replace("max_gap", 'for = "2mo"\nmax_gap')
    house = House(wait)
    months(house, [6, 6])
    assert adopt(house, wait.replace("rate >= 5", "rate >= 5.1"), datetime(2000, 3, 20, tzinfo=UTC)) == []
    assert moved(months(house, [6], first=2))[0][:2] == ("firing", "2000-03-01")


def test_on_another_grid_the_state_goes_on_and_waits_begin_anew() -> None:
    wait = PLAIN.replace("max_gap", 'keep_firing_for = "3mo"\nmax_gap')
    house = House(wait)
    months(house, [6, 3, 3])
    quarterly = wait.replace('every = "1mo"', 'every = "3mo"').replace('"2mo"', '"6mo"')
    assert adopt(house, quarterly, datetime(2000, 4, 20, tzinfo=UTC)) == []
    assert house.state()["state"] == "firing"
    assert moved(months(house, [3], first=3))[0][:2] == ("ok", "2000-04-01")


def test_a_level_that_is_kept_keeps_its_wait() -> None:
    text = MONTHLY + LEVELS.replace("scale = 1.0", 'scale = 1.0\nfor = "2mo"')
    house = House(text)
    months(house, [10, 10])
    low = '[[level]]\nname = "low"\nat = "2"\nscale = 0.1\n[[level]]\nname = "half"'
    assert adopt(house, text.replace('[[level]]\nname = "half"', low), datetime(2000, 3, 20, tzinfo=UTC)) == []
    assert moved(months(house, [10], first=2))[0][2] == "full"


def test_news_that_came_under_a_clock_set_back_makes_nobody_silent_sooner() -> None:
    house = House(PLAIN)
    months(house, [6, 6])
    silent = house.tables.select(STATE)[0]["silent_at"]
    house.observe(datetime(2000, 3, 5, tzinfo=UTC), ("a.rate", X, month(2), 6.0))
    (row,) = house.tables.select(STATE)
    assert (row["event"], row["silent_at"]) == ("2000-03-01", silent)


def test_a_late_figure_about_a_subject_that_is_silent_leaves_it_silent() -> None:
    """What is behind the silence is judged again: it was firing, and with the late figure it was not yet."""
    house = House(MONTHLY.replace('"2mo"', '"6mo"') + 'for = "2mo"\nlateness = "3mo"\n[let]\nrate = "a.rate"\n')
    months(house, [6])
    months(house, [6], first=2)
    when = datetime(2001, 5, 1, tzinfo=UTC)
    house.tick(when)
    assert (house.state()["state"], house.state()["latched"]) == ("unknown", 1)
    assert house.observe(when, ("a.rate", X, month(1), 3.0)) == []
    assert (house.state()["state"], house.state()["latched"]) == ("unknown", 0)
    assert moved(months(house, [6], first=18))[0][0] == "pending", "silence broke the wait"


def test_acting_on_the_upper_bound_fires_where_the_estimate_does_not() -> None:
    """A training run of 8e24 FLOP, at most 1.2e25: the estimate stays below the line, its upper bound does not."""
    text = f'{HEAD}every = "1d"\nmax_gap = "90d"\nexpr = "run.flop >= 1e25 FLOP"\n[units]\n"run.flop" = "FLOP"\n'
    for side, state in (("lower", "ok"), ("point", "ok"), ("upper", "firing")):
        house = House(text.replace("[units]", f'act_on = "{side}"\n[units]'))
        (act,) = house.observe(START, ("run.flop", X, START.date(), 8e24, 6e24, 1.2e25))
        assert act.body["to_state"] == state


ANSWER = HEAD + 'after = { kind = "incident.report" }\nexpect = { kind = "incident.follow_up" }\nwithin = "72h"\n'
A, B = "case:a", "case:b"


def test_an_answer_in_time_closes_what_was_asked_and_silence_fires_at_the_deadline() -> None:
    house = House(ANSWER)
    assert moved(house.entry("incident.report", START))[0][:2] == ("pending", "2026-03-02T00:00:00Z")
    house.entry("incident.report", START + timedelta(hours=1), subject=B)
    assert moved(house.entry("incident.follow_up", START + timedelta(hours=72)))[0][0] == "ok"
    room = Thresholds()
    assert not room.due(START + timedelta(hours=73), house.tables), "the deadline itself is still in time"
    assert room.due(START + timedelta(hours=73, seconds=1), house.tables)
    (act,) = house.tick(START + timedelta(days=9))
    assert (act.subject, act.body["to_state"], act.body["cause"]) == (B, "firing", "deadline")
    assert act.body["at"] == "2026-03-05T01:00:00Z", "it fires from its deadline on, whenever the clock was looked at"
    assert moved(house.entry("incident.follow_up", START + timedelta(days=10), subject=B))[0][0] == "ok"
    assert [row["state"] for row in requests(house.tables, "test.rule")] == ["ok", "late"]


def test_requests_still_open_at_the_end_are_reported_open() -> None:
    house = House(ANSWER)
    house.entry("incident.report", START)
    house.entry("incident.report", START + timedelta(days=8), subject=B)
    house.tick(START + timedelta(days=9))
    found = [(row["subject"], row["state"], row["due"]) for row in requests(house.tables, "test.rule")]
    assert found == [(A, "firing", "2026-03-05"), (B, "pending", "2026-03-13")]
    assert {row["subject"]: row["state"] for row in states(house.tables)} == {A: "firing", B: "pending"}


def test_a_late_answer_first_fires_then_settles_in_one_entry() -> None:
    """Nobody looked at the clock in between; the record still says that the deadline was missed."""
    house = House(ANSWER)
    house.entry("incident.report", START)
    acts = house.entry("incident.follow_up", START + timedelta(days=30))
    assert [(act.body["to_state"], act.body["cause"]) for act in acts] == [("firing", "deadline"), ("ok", "entry")]


def test_what_belongs_together_may_be_a_cause_a_field_or_anything() -> None:
    for same, body, causes in (("cause", {}, (2,)), ("ticket", {"ticket": 7}, ()), ("all", {}, ())):
        house = House(f'{ANSWER}same = "{same}"\n')
        house.entry("incident.report", START, ticket=7)
        house.entry("incident.follow_up", START + timedelta(hours=1), subject="case:other", **{"ticket": 8})
        open_yet = requests(house.tables, "test.rule")[0]["state"] == "pending"
        house.entry("incident.follow_up", START + timedelta(hours=2), subject="case:other", causes=causes, **body)
        assert open_yet is (same != "all")
        assert requests(house.tables, "test.rule")[0]["state"] == "ok"


def test_what_was_annulled_neither_asks_nor_answers() -> None:
    house = House(ANSWER)
    house.entry("incident.report", START)
    house.entry("incident.follow_up", START + timedelta(hours=1))
    annulled = {"kind": "incident.follow_up", "entry": 3}
    acts = house.tell(Act("record.annulled", annulled, "annul"), START + timedelta(hours=2))
    assert moved(acts)[0][0] == "pending"
    house.tell(Act("record.annulled", {"kind": "incident.report", "entry": 2}, "annul2"), START + timedelta(hours=3))
    assert [row["state"] for row in house.tables.select(REQUEST)] == ["withdrawn"]


def annulled(house: House, kind: str, entry: int, hours: int) -> list[str]:
    act = Act("record.annulled", {"kind": kind, "entry": entry}, f"annul/{entry}")
    return [made.body["to_state"] for made in house.tell(act, START + timedelta(hours=hours))]


def test_what_was_asked_and_annulled_stays_withdrawn_whatever_becomes_of_its_answer() -> None:
    house = House(ANSWER)
    house.entry("incident.report", START)
    house.entry("incident.follow_up", START + timedelta(hours=1))
    assert annulled(house, "incident.report", 2, 2) == []
    assert annulled(house, "incident.follow_up", 3, 3) == []
    assert house.tick(START + timedelta(hours=80)) == []
    (row,) = requests(house.tables, "test.rule")
    assert (row["state"], row["answered"], row["answer"]) == ("withdrawn", None, None)


def test_a_second_answer_stands_in_for_one_that_was_annulled() -> None:
    """In time or late as it was itself; only when none is left is the request open again."""
    house = House(ANSWER)
    house.entry("incident.report", START)
    for hours in (1, 2, 80):
        house.entry("incident.follow_up", START + timedelta(hours=hours))
    assert annulled(house, "incident.follow_up", 3, 81) == []
    found = [(requests(house.tables, "test.rule")[0][name]) for name in ("state", "answer")]
    assert found == ["ok", 4]
    assert annulled(house, "incident.follow_up", 4, 82) == []
    assert [(requests(house.tables, "test.rule")[0][name]) for name in ("state", "answer")] == ["late", 5]
    assert annulled(house, "incident.follow_up", 5, 83) == ["firing"]


def test_an_answer_that_was_annulled_first_does_not_stand_in_for_another() -> None:
    house = House(ANSWER)
    house.entry("incident.report", START)
    for hours in (1, 2):
        house.entry("incident.follow_up", START + timedelta(hours=hours))
    assert annulled(house, "incident.follow_up", 4, 3) == []
    assert annulled(house, "incident.follow_up", 3, 4) == ["pending"]


def test_an_answer_annulled_after_its_deadline_leaves_the_request_overdue_at_once() -> None:
    house = House(ANSWER)
    house.entry("incident.report", START)
    house.entry("incident.follow_up", START + timedelta(hours=1))
    assert annulled(house, "incident.follow_up", 3, 73) == ["firing"]
    assert [row["state"] for row in requests(house.tables, "test.rule")] == ["firing"]


def test_an_answer_to_an_earlier_request_does_not_answer_a_later_one() -> None:
    house = House(ANSWER)
    house.entry("incident.report", START)
    house.entry("incident.follow_up", START + timedelta(hours=1))
    house.entry("incident.report", START + timedelta(hours=2))
    house.entry("incident.follow_up", START + timedelta(hours=3))
    assert annulled(house, "incident.follow_up", 5, 4) == ["pending"]
    assert [row["state"] for row in requests(house.tables, "test.rule")] == ["ok", "pending"]


def test_a_new_version_leaves_what_was_asked_and_answered_as_it_stands() -> None:
    house = House(ANSWER)
    house.entry("incident.report", START)
    house.entry("incident.follow_up", START + timedelta(hours=1))
    house.entry("incident.report", START + timedelta(hours=2), subject=B)
    taken = ("subject", "state", "since", "event", "known", "quantities")
    before = [[row[name] for name in taken] for row in states(house.tables)]
    assert adopt(house, ANSWER, START + timedelta(hours=3)) == []
    assert [[row[name] for name in taken] for row in states(house.tables)] == before
    assert {row["version"] for row in states(house.tables)} == {"2"}
    (act,) = house.entry("incident.report", START + timedelta(hours=4))
    assert (act.body["from_state"], act.body["to_state"]) == ("ok", "pending")


def test_a_rule_may_wait_for_what_another_rule_set_off() -> None:
    text = (
        HEAD + 'after = { rule = "us.sahm_gap", state = "firing" }\nexpect = { kind = "case.opened" }\nwithin = "3d"\n'
    )
    house = House(text)
    switched = {"rule": "us.sahm_gap", "subject": A, "from_state": "ok", "to_state": "firing", "at": "2026-03-01"}
    acts = house.entry("threshold.switched", START, **switched, cause="observation")
    assert moved(acts) == [("pending", "2026-03-02", None, None)]
    assert house.entry("threshold.switched", START, **{**switched, "to_state": "ok"}, cause="observation") == []
