"""The room: what an adopted rule, a batch, a revision and the clock make of the states, and what is filed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from commonweal.kernel.expressions import frames
from commonweal.kernel.indicators import Indicators, batch_act
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.thresholds import (
    KINDS,
    RULE,
    STATE,
    SWITCH,
    THRESHOLD_SWITCHED,
    Thresholds,
    _judge,
    board,
    history,
    rule_of,
    states,
    switches,
    track,
)
from fakes import MemoryTables

RULE_TEXT = """
id = "test.rule"
version = "1"
citation = "made for a test"
every = "1mo"
expr = "a.rate >= line"
clear = "a.rate < line - 1"
value = "rate"
for = "1mo"
max_gap = "2mo"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2001-01-01 }
[let]
line = "5"
rate = "a.rate"
"""
NATION = (
    RULE_TEXT.replace('"test.rule"', '"test.nation"')
    .replace('expr = "a.rate >= line"', 'by = "all"\nsubject = "area:us"\nmembers = 2\nexpr = "rate >= line"')
    .replace('clear = "a.rate < line - 1"', "")
    .replace('rate = "a.rate"', 'rate = "sum_by(a.rate)"')
    .replace('for = "1mo"', "")
)
X, Y = "area:x", "area:y"


class House:
    """Both rooms over one set of tables, with entries numbered as the record would."""

    def __init__(self) -> None:
        self.tables, self.rooms, self.index = MemoryTables(), (Indicators(), Thresholds()), 0

    def tell(self, act: Act, when: datetime) -> list[Act]:
        self.index += 1
        entry = Entry(
            self.index, act.kind, 1, when, "p", act.subject, act.body, act.key, act.causes, lambda name: act.blobs[name]
        )
        return [found for room in self.rooms for found in room.follow(entry, self.tables)]

    def adopt(
        self, text: str, rule_id: str = "test.rule", version: str = "1", when: datetime | None = None
    ) -> list[Act]:
        body = {"rule_id": rule_id, "room": "thresholds", "version": version, "text": text}
        return self.tell(Act("rule.adopted", body, "adopt"), when or datetime(2000, 1, 1, tzinfo=UTC))

    def observe(self, month: int, values: Mapping[str, float], days: int = 45) -> list[Act]:
        event = date(2000 + month // 12, month % 12 + 1, 1)
        released = event + timedelta(days=days)
        rows = [("a.rate", subject, event, value) for subject, value in values.items()]
        act = batch_act(rows, series_set="test", citation="test", released_on=released)
        return self.tell(act, datetime(released.year, released.month, released.day, tzinfo=UTC))

    def tick(self, when: datetime) -> list[Act]:
        return self.tell(Act("clock.tick", {"at": when.isoformat()}, "tick"), when)

    def state(self, subject: str = X, rule: str = "test.rule") -> str:
        return str(next(row["state"] for row in states(self.tables, rule) if row["subject"] == subject))


def moves(acts: list[Act]) -> list[tuple[str, str, str, str, str]]:
    return [
        (act.body["subject"], act.body["from_state"], act.body["to_state"], act.body["at"], act.body["cause"])
        for act in acts
    ]


def test_a_batch_moves_the_subjects_it_speaks_of_and_no_others() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    house.observe(0, {X: 4.0, Y: 4.0})
    assert moves(house.observe(1, {X: 6.0})) == [(X, "ok", "pending", "2000-02-01", "observation")]
    assert moves(house.observe(2, {X: 6.0})) == [(X, "pending", "firing", "2000-03-01", "observation")]
    assert house.state(Y) == "ok"


def test_every_switch_is_an_act_that_its_schema_takes_with_what_it_was_judged_on() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    (act,) = house.observe(0, {X: 4.0})
    THRESHOLD_SWITCHED.schema.model_validate(act.body)
    assert KINDS == (THRESHOLD_SWITCHED,)
    assert (act.subject, act.causes) == (X, (house.index,))
    assert act.body["value"] == 4.0
    assert act.body["quantities"] == {"line": 5.0, "rate": 4.0}
    assert act.key == "threshold/test.rule@1/area:x/2/2000-01-01/observation"


def test_what_happened_before_the_rule_was_law_is_marked_counterfactual() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    assert house.observe(0, {X: 4.0})[0].body["counterfactual"] is True
    house.observe(12, {X: 6.0})
    assert [row["counterfactual"] for row in switches(house.tables, "test.rule", X)][-1] == 0


def test_silence_is_a_state_of_its_own_and_a_switch() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    house.observe(0, {X: 6.0})
    last = datetime(2000, 2, 15, tzinfo=UTC)
    room = Thresholds()
    assert not room.due(datetime(2000, 4, 15, tzinfo=UTC), house.tables)
    assert house.tick(datetime(2000, 4, 15, tzinfo=UTC)) == [], "two months are not longer than two months"
    assert room.due(datetime(2000, 4, 15, 0, 0, 1, tzinfo=UTC), house.tables)
    assert moves(house.tick(last + timedelta(days=90))) == [(X, "pending", "unknown", "2000-04-15", "silence")]
    assert not room.due(datetime(2030, 1, 1, tzinfo=UTC), house.tables)
    assert house.tick(last + timedelta(days=400)) == []


def test_a_silence_that_was_recorded_at_the_very_end_of_the_wait_stands() -> None:
    """An earlier release let it fall then. Laid out again, the record says what it said, and says it once."""
    house = House()
    house.adopt(RULE_TEXT)
    house.observe(0, {X: 6.0})
    assert house.tick(datetime(2000, 4, 15, tzinfo=UTC)) == []
    body = {"rule": "test.rule", "rule_version": "1", "subject": X, "from_state": "pending", "to_state": "unknown"}
    body |= {"at": "2000-04-15", "cause": "silence", "value": 6.0, "quantities": {}, "counterfactual": True}
    recorded = Act(THRESHOLD_SWITCHED.id, body, "recorded", subject=X, causes=(house.index,))
    assert house.tell(recorded, datetime(2000, 4, 15, tzinfo=UTC)) == []
    assert house.state() == "unknown"
    (row,) = [row for row in switches(house.tables, "test.rule", X) if row["cause"] == "silence"]
    assert (row["entry"], row["filed"], row["from_state"]) == (house.index - 1, house.index, "pending")
    assert "silence" not in {move[4] for move in moves(house.observe(6, {X: 4.0}))}


def test_a_switch_that_was_recorded_over_an_earlier_reading_of_the_same_day_stands() -> None:
    """An earlier release took what was told last; what it filed for that is on the record, and is not taken back."""

    def told(event: datetime, value: float) -> list[Act]:
        act = batch_act([("a.rate", X, event, value)], series_set="t", citation="test", released_on=event.date())
        return house.tell(act, datetime(2001, 1, 2, tzinfo=UTC) + timedelta(days=event.day))

    house = House()
    house.adopt(RULE_TEXT.replace('"1mo"', '"1d"', 1).replace("2mo", "60d").replace('for = "1mo"', 'lateness = "2d"'))
    assert moves(told(datetime(2001, 1, 1, 20, tzinfo=UTC), 9.0)) == [
        (X, "unknown", "firing", "2001-01-01", "observation")
    ]
    assert told(datetime(2001, 1, 1, 8, tzinfo=UTC), 1.0) == [], "the latest reading of a day counts"
    body = {"rule": "test.rule", "rule_version": "1", "subject": X, "from_state": "firing", "to_state": "ok"}
    body |= {"at": "2001-01-01", "cause": "revision", "value": 1.0, "quantities": {"rate": 1.0}}
    recorded = Act(THRESHOLD_SWITCHED.id, body, "recorded", subject=X, causes=(house.index,))
    assert house.tell(recorded, datetime(2001, 1, 3, tzinfo=UTC)) == []
    assert house.state() == "ok"
    row = switches(house.tables, "test.rule", X)[-1]
    assert (row["cause"], row["entry"], row["filed"]) == ("revision", house.index - 1, house.index)
    assert moves(told(datetime(2001, 1, 2, 8, tzinfo=UTC), 9.0)) == [(X, "ok", "firing", "2001-01-02", "observation")]


def test_silence_falls_at_the_same_day_whether_or_not_the_clock_was_looked_at() -> None:
    """A replay without ticks and a live house with them must tell the same story."""
    stories = []
    for ticking in (True, False):
        house = House()
        house.adopt(RULE_TEXT)
        house.observe(0, {X: 4.0})
        if ticking:
            house.tick(datetime(2000, 5, 1, tzinfo=UTC))
        house.observe(6, {X: 4.0})
        stories.append([(row["at"], row["cause"], row["to_state"]) for row in switches(house.tables, "test.rule", X)])
    assert stories[0] == stories[1]
    assert ("2000-04-15", "silence", "unknown") in stories[0]


def test_a_revision_of_the_newest_month_is_judged_again_from_where_that_month_began() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    house.observe(0, {X: 6.0})
    assert house.state() == "pending"
    assert moves(house.observe(0, {X: 4.0}, days=50)) == [(X, "pending", "ok", "2000-01-01", "revision")]
    house.observe(1, {X: 6.0})
    assert house.state() == "pending"


def test_a_month_that_was_passed_is_never_judged_again() -> None:
    """The record says what was decided on what was known; late figures change later judgements only."""
    house = House()
    house.adopt(RULE_TEXT)
    house.observe(0, {X: 4.0})
    house.observe(1, {X: 4.0})
    assert house.observe(0, {X: 9.0}, days=80) == []
    assert [row["value"] for row in track(house.tables, "test.rule", X)] == [4.0, 4.0]


def test_a_national_sum_is_unknown_until_all_have_reported_and_then_judged_at_once() -> None:
    house = House()
    house.adopt(NATION, "test.nation")
    assert house.observe(0, {X: 3.0}) == []
    assert house.state("area:us", "test.nation") == "unknown"
    found = house.observe(0, {Y: 3.0}, days=46)
    assert moves(found) == [("area:us", "unknown", "firing", "2000-01-01", "revision")]


def test_a_rule_adopted_late_begins_from_what_is_known() -> None:
    house = House()
    for month, value in enumerate((6.0, 6.0)):
        house.observe(month, {X: value})
    found = house.adopt(RULE_TEXT.replace('for = "1mo"', ""), when=datetime(2000, 4, 1, tzinfo=UTC))
    assert moves(found) == [(X, "unknown", "firing", "2000-02-01", "adoption")]
    assert not Thresholds().due(datetime(2000, 5, 17, tzinfo=UTC), house.tables)
    assert Thresholds().due(datetime(2000, 5, 18, tzinfo=UTC), house.tables), "silence counts from the last figures"


def test_a_new_version_takes_over_where_the_old_one_left() -> None:
    """Between its lines a firing rule stays firing, and a new text does not make anybody start again."""
    house = House()
    house.adopt(RULE_TEXT.replace('for = "1mo"', ""))
    house.observe(0, {X: 6.0})
    house.observe(1, {X: 4.5})
    assert house.state() == "firing"
    assert (
        house.adopt(
            RULE_TEXT.replace('version = "1"', 'version = "2"'), version="2", when=datetime(2000, 3, 20, tzinfo=UTC)
        )
        == []
    )
    assert (house.state(), states(house.tables)[0]["version"]) == ("firing", "2")
    assert moves(house.observe(2, {X: 3.0})) == [(X, "firing", "ok", "2000-03-01", "observation")]


def test_a_text_that_cannot_be_used_is_kept_with_its_faults_and_the_old_one_stays() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    house.adopt(RULE_TEXT.replace("a.rate >= line", "a.rate >= limit"), version="1")
    house.adopt(RULE_TEXT, version="9")
    assert [bool(row["fault"]) for row in house.tables.select(RULE)] == [False, True, True]
    assert rule_of(house.tables, "test.rule").expr.text == "a.rate >= line"


def test_a_payload_that_cannot_be_read_moves_nothing() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    act = batch_act(
        [("a.rate", X, date(2000, 1, 1), 6.0)], series_set="t", citation="test", released_on=date(2000, 2, 1)
    )
    assert house.tell(Act(act.kind, act.body, act.key, blobs={"columns": b"x"}), datetime(2000, 2, 1, tzinfo=UTC)) == []
    assert house.tables.count(STATE) == 0


def test_a_filed_switch_is_linked_to_its_entry() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    (act,) = house.observe(0, {X: 4.0})
    house.tell(act, datetime(2000, 2, 15, tzinfo=UTC))
    assert [row["filed"] for row in house.tables.select(SWITCH)] == [house.index]


def test_the_board_and_the_history_say_what_stands() -> None:
    house = House()
    house.adopt(RULE_TEXT)
    for month, value in enumerate((4.0, 6.0, 6.0, 3.0)):
        house.observe(month, {X: value})
    assert history(house.tables, "test.rule", X) == [
        ("2000-01-01", "2000-02-01", "ok"),
        ("2000-02-01", "2000-03-01", "pending"),
        ("2000-03-01", "2000-04-01", "firing"),
        ("2000-04-01", None, "ok"),
    ]
    (line,) = board(house.tables)
    assert (line["rule"], line["ok"], line["firing"], line["switches"]) == ("test.rule", 1, 0, 4)


def test_one_batch_of_history_says_the_same_as_month_by_month() -> None:
    """A whole published file is filed as one act: every month in it is judged, in order."""
    values = [4.0, 6.0, 6.0, 4.5, 3.0, 6.0]
    slow, fast = House(), House()
    for house in (slow, fast):
        house.adopt(RULE_TEXT)
    for month, value in enumerate(values):
        slow.observe(month, {X: value})
    rows = [("a.rate", X, date(2000, month + 1, 1), value) for month, value in enumerate(values)]
    act = batch_act(rows, series_set="t", citation="test", released_on=date(2000, 8, 1))
    fast.tell(act, datetime(2000, 8, 1, tzinfo=UTC))
    assert history(slow.tables, "test.rule", X) == history(fast.tables, "test.rule", X)


def test_days_centuries_apart_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows of one small batch can span seventy thousand days; what is laid out for them stays bounded."""
    laid: list[int] = []
    judged = _judge.evaluate
    monkeypatch.setattr(_judge, "evaluate", lambda rule, frame: laid.append(len(frame)) or judged(rule, frame))
    monkeypatch.setattr(frames, "CELLS_MAX", 2)
    house = House()
    house.adopt(RULE_TEXT.replace('"1mo"', '"1d"').replace('"2mo"', '"60d"'))
    days = (date(1900, 1, 1), date(1950, 1, 1), date(2099, 12, 31))
    rows = [("a.rate", X, day, 6.0) for day in days]
    act = batch_act(rows, series_set="t", citation="test", released_on=date(2100, 1, 1))
    house.tell(act, datetime(2100, 1, 1, tzinfo=UTC))
    assert [row["event"] for row in track(house.tables, "test.rule", X)] == [day.isoformat() for day in days]
    assert sum(laid) == 3
    assert max(laid) <= 2, "no more is laid out at once than the bound"


def test_an_observation_of_a_day_to_come_freezes_no_rule() -> None:
    """Were it judged, every month up to 2199 would be in the past, and never be judged again."""
    house = House()
    house.adopt(RULE_TEXT)
    house.adopt(NATION, "test.nation")
    house.observe(0, {X: 4.0, Y: 4.0})
    rows = [("a.rate", subject, date(2199, 1, 1), 1.0) for subject in (X, Y)]
    act = batch_act(rows, series_set="test", citation="test", released_on=date(2199, 1, 1))
    assert house.tell(act, datetime(2000, 2, 20, tzinfo=UTC)) == []
    mixed = [("a.rate", X, date(2000, 2, 1), 6.0), ("a.rate", X, date(2150, 1, 1), 1.0)]
    act = batch_act(mixed, series_set="test", citation="test", released_on=date(2150, 1, 1))
    nation, state = moves(house.tell(act, datetime(2000, 3, 15, tzinfo=UTC)))
    assert nation == ("area:us", "firing", "unknown", "2000-02-01", "observation"), "one of two areas was not heard of"
    assert state == (X, "ok", "pending", "2000-02-01", "observation")
    assert (X, "pending", "firing", "2000-03-01", "observation") in moves(house.observe(2, {X: 6.0, Y: 4.0}))
    assert house.state("area:us", "test.nation") == "firing"


def test_a_rule_adopted_later_does_not_look_at_days_to_come_either() -> None:
    house = House()
    rows = [("a.rate", X, date(2000, 1, 1), 6.0), ("a.rate", X, date(2199, 1, 1), 1.0)]
    act = batch_act(rows, series_set="test", citation="test", released_on=date(2199, 1, 1))
    house.tell(act, datetime(2000, 2, 15, tzinfo=UTC))
    house.adopt(RULE_TEXT, when=datetime(2000, 2, 20, tzinfo=UTC))
    assert [row["event"] for row in states(house.tables)] == ["2000-01-01"]


def test_what_anybody_may_read_says_the_day_and_not_the_second() -> None:
    """The leaf of an entry gives its day; a page about it that gave the second would say more than was meant."""
    house = House()
    house.adopt(RULE_TEXT)
    act = batch_act(
        [("a.rate", X, date(2000, 1, 1), 6.0)], series_set="t", citation="test", released_on=date(2000, 2, 1)
    )
    house.tell(act, datetime(2000, 2, 15, 10, 11, 12, tzinfo=UTC))
    shown = [*states(house.tables), *switches(house.tables)]
    assert len(shown) == 2
    assert not [value for row in shown for value in row.values() if "10:11" in str(value)]
    assert {row["known"] for row in shown} == {"2000-02-15"}
    assert house.tables.select(STATE)[0]["silent_at"] == "2000-04-15T10:11:12Z", "inside, silence falls on time"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("days", [(15, 20), (20, 20)])
def test_a_value_that_a_later_release_had_overtaken_moves_nothing(
    order: tuple[int, int], days: tuple[int, int]
) -> None:
    """First 6, then revised to 4 (on a later day, or the same day with a higher sequence), filed in either order."""
    house = House()
    house.adopt(RULE_TEXT.replace('for = "1mo"', 'lateness = "3mo"'), when=datetime(2001, 12, 1, tzinfo=UTC))
    for number, which in enumerate(order):
        rows = [("a.rate", X, date(2002, 2, 1), (6.0, 4.0)[which])]
        act = batch_act(
            rows, series_set="test", citation="test", released_on=date(2002, 3, days[which]), sequence=which
        )
        house.tell(act, datetime(2002, 3, 21 + number, tzinfo=UTC))
    assert house.state() == "ok", "the series says 4, and the line is 5"
