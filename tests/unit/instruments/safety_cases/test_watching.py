"""What a case rests on is watched: each way in which it may fall is an entry on its day, and on no other."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.instruments.safety_cases.test_filed import SUBJECT, version

from case_office import evidence
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.safety_cases import INSTRUMENT, findings, watching
from commonweal.instruments.safety_cases.approving import APPROVAL
from commonweal.instruments.safety_cases.kinds import CASE, GUARANTEE, KINDS, SAID, TURNED, WEIGHED
from commonweal.kernel import indicators, registry, thresholds
from commonweal.kernel.disclosure import validate
from commonweal.kernel.instrument import Act
from commonweal.kernel.record import Entry
from commonweal.kernel.registry.subjects import SUBJECT as NEWEST
from commonweal.kernel.registry.subjects import VERSION
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings
from fakes import MemoryTables

AT = instant("2026-11-30T13:00:00Z")
RULE = {"subject": "model:m", "rule": "lab.escapes"}
FIGURES = {"name": "Leaks", "quantity": "leaks", "at_most": 1.0, "confidence": 0.9, "by_method": "m"}
SERIES = {"subject": "model:m", "series": "lab.score", "at_most": 0.5, "days_max": 10}


class Watched:
    """A house of entries that are followed one by one; `said` is what was filed of how the case stands."""

    def __init__(self) -> None:
        self.tables, self.registry, self.index, self.at = MemoryTables(), registry.Registry(KINDS), 2, AT
        self.said: list[str] = []

    def case(self, *conditions: dict[str, Any], **binding: Any) -> None:
        bound = {"element": "E", "entry": 1, "conditions": list(conditions), **binding}
        self.enter(CASE.id, SUBJECT, validate(CASE, version(bindings=[bound])))

    def enter(self, kind: str, subject: str | None, body: Any) -> int:
        self.index += 1
        entry = Entry(self.index, kind, 1, self.at, "party:lab", subject, body)
        self.registry.follow(entry, self.tables)
        follow = INSTRUMENT.follow
        assert follow is not None
        self._file([*watching.over(entry, self.tables, AT.tzinfo), *follow(entry, self.tables)])  # type: ignore[arg-type]
        return entry.index

    def _file(self, acts: list[Act]) -> None:
        for act in acts:
            self.said.append(str(act.body["state"]))
            self.enter(TURNED.id, act.subject, validate(TURNED, act.body))

    def later(self, days: int) -> None:
        """Time passes; the house asks whether anything is due, and says what time it is where it is."""
        self.at += timedelta(days=days)
        if watching.due(self.at, self.tables):
            self.enter(watching.TICK, None, {})

    def alarm(self) -> str | None:
        """The subject of the case that the newest turn opens."""
        entry = Entry(self.index, TURNED.id, 1, self.at, "house", SUBJECT, {"case": SUBJECT, "state": self.said[-1]})
        return watching.RESPONSES[0].match(entry, self.tables)


@pytest.fixture
def house() -> Watched:
    return Watched()


@pytest.mark.parametrize(("said_by", "opens"), [("developer", True), ("officer", True), ("other", False), (None, True)])
def test_a_fall_is_announced_where_somebody_may_rely_on_the_case(
    house: Watched, said_by: str | None, opens: bool
) -> None:
    """A rival's case that nobody had approved fell the day after, and whoever relies on the system was told."""
    body = version(bindings=[{"element": "E", "entry": 1, "expires": "2026-12-05"}], said_by=said_by)
    house.enter(CASE.id, SUBJECT, validate(CASE, body))
    house.later(5)
    assert house.said == ["stands", "defeated"], "everybody reads that"
    assert (house.alarm() == SUBJECT) == opens
    if said_by == "other":
        row = {"entry": 99, "safety_case": SUBJECT, "version": 3, "request": "r", "by": ["court"]}
        house.tables.put(APPROVAL, row)
        assert house.alarm() == SUBJECT, "it was approved once"


def test_evidence_that_expires_is_told_on_its_day_and_not_before_nor_again(house: Watched) -> None:
    house.case(expires="2026-12-05")
    house.later(4)
    assert house.said == ["stands"]
    house.later(1)
    house.later(1)
    assert house.said == ["stands", "defeated"]
    assert house.alarm() == SUBJECT


def test_evidence_that_counts_from_a_day_stands_from_then_on(house: Watched) -> None:
    house.case(since="2026-12-02")
    assert house.said == []
    house.later(2)
    assert house.said == ["stands"]


def test_a_rule_that_fires_is_told_at_once(house: Watched) -> None:
    house.tables.put(thresholds.STATE, _state("ok"))
    house.case(RULE)
    house.tables.put(thresholds.STATE, _state("firing"))
    house.enter(thresholds.THRESHOLD_SWITCHED.id, "model:other", {"rule": RULE["rule"], "subject": "model:other"})
    assert house.said == ["stands"]
    house.enter(thresholds.THRESHOLD_SWITCHED.id, "model:m", {"rule": RULE["rule"], "subject": "model:m"})
    assert house.said == ["stands", "defeated"]


def test_a_value_turns_a_case_and_grows_too_old_by_itself(house: Watched) -> None:
    house.tables.put(indicators.OBSERVATION, _value(house.index + 1, "2026-11-29", 0.4))
    house.enter(indicators.OBSERVATIONS_BATCH.id, None, {})
    house.case(SERIES)
    house.tables.put(indicators.OBSERVATION, _value(house.index + 1, "2026-11-30", 0.6))
    house.enter(indicators.OBSERVATIONS_BATCH.id, None, {})
    house.tables.put(indicators.OBSERVATION, _value(house.index + 1, "2026-12-01", 0.3))
    house.enter(indicators.OBSERVATIONS_BATCH.id, None, {})
    assert house.said == ["stands", "defeated", "stands"]
    house.later(11)
    assert house.said[-1] == "stands"
    house.later(1)
    assert house.said[-1] == "open"  # nobody has measured it for more than ten days
    assert house.alarm() is None


def test_a_measurement_that_is_annulled_takes_along_what_rests_on_it(tmp_path: Path) -> None:
    """A case went on standing in public on what was measured before it was annulled, and no alarm came, ever."""
    clock = ReplayClock(instant("2026-11-10T08:00:00Z"))
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path / "o", settings, clock=clock) as office:
        house, desk = Caller("authority", ("authority",)), Caller("party:desk", ("officer",))

        def act(act: Act, by: Caller) -> int:
            entry = office.act(act, by).index
            office.follow()
            return entry

        def measured(value: float, on: date) -> int:
            told = [("lab.escapes", "model:evidence", on, value)]
            return act(
                indicators.batch_act(told, series_set="lab", citation="measured", released_on=clock.now().date()), house
            )

        shown = evidence(office)
        measured(0.9, date(2026, 11, 1))
        newest = measured(0.1, date(2026, 11, 5))
        rests = {"subject": "model:evidence", "series": "lab.escapes", "at_most": 0.5}
        argument = {
            "elements": [
                {"id": "G1", "kind": "goal", "text": "safe"},
                {"id": "Sn1", "kind": "solution", "text": "log"},
            ],
            "relations": [{"above": "G1", "below": "Sn1"}],
        }
        body = {"name": "R1", "system": "model:evidence", "setting": "Hosted", "claim": "Safe", "argument": argument,
                "bindings": [{"element": "Sn1", "entry": shown, "conditions": [rests]}]}  # fmt: skip
        act(Act(CASE.id, body, ""), Caller("party:lab", ("developer",)))
        assert watching.seen(office.reader, "safety_case:r1") == "stands"
        act(Act("record.annulled", {"entry": newest, "reason_code": "ordered", "citation": "Order 1"}, ""), desk)
        assert watching.seen(office.reader, "safety_case:r1") == "defeated"
        assert watching.alarm(office.reader, "safety_case:r1") is not None


def adopted(rule: str, room: str) -> dict[str, Any]:
    told = {"version": "2", "media_type": "application/toml", "text": "", "sha256": ""}
    return {"rule_id": rule, "room": room, **told}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (watching.ANNULLED, {"entry": 5, "kind": "observations.batch", "reason_code": "ordered"}),
        (indicators.OBSERVATIONS_BATCH.id, {}),
        (watching.ADOPTED, adopted("lab.derived", "indicators")),
    ],
)
def test_a_value_that_is_annulled_withdrawn_or_derived_otherwise_is_told(
    house: Watched, kind: str, body: dict[str, Any]
) -> None:
    """What is newest then came by an earlier entry: the claim went on standing in public, and no alarm was given."""
    house.tables.put(indicators.OBSERVATION, _value(3, "2026-11-29", 0.9))
    house.tables.put(indicators.OBSERVATION, _value(4, "2026-11-30", 0.1))
    house.case({**SERIES, "days_max": None})
    assert house.said == ["stands"]
    house.tables.put(indicators.OBSERVATION, {**_value(house.index + 1, "2026-11-30", 0.1), "value": None})
    house.enter(kind, None, body)
    assert house.said == ["stands", "defeated"]
    assert house.alarm() == SUBJECT
    house.enter(kind, None, body)
    assert house.said == ["stands", "defeated"], "nothing new"


def test_a_rule_that_is_silent_since_another_text_was_adopted_is_told(house: Watched) -> None:
    house.tables.put(thresholds.STATE, _state("ok"))
    house.case(RULE)
    house.tables.put(thresholds.STATE, _state("unknown"))
    house.enter(watching.ADOPTED, None, adopted(RULE["rule"], "thresholds"))
    assert house.said == ["stands", "open"]


def test_what_was_found_elsewhere_carries_a_case_and_takes_it_along(house: Watched) -> None:
    house.case({"subject": "line_test:t", "found": ["below"]})
    for state in ("inconclusive", "below", "early_warning"):
        house.enter(findings.DECIDED, "line_test:t", {"test": "line_test:t", "state": state})
    assert house.said == ["stands", "defeated"]
    assert house.alarm() == SUBJECT


@pytest.mark.parametrize("asked", [True, False])
def test_a_below_of_weights_that_its_model_has_no_more_carries_nothing(house: Watched, asked: bool) -> None:
    """Nor does it refute anything; and that it is decided once more on its day is not word of other weights."""
    if not asked:
        for table in (VERSION, NEWEST):
            known = {"subject": "line_test:t", "version": 1, "entry": 1, "erased": 0}
            blank = dict.fromkeys(table.columns)
            house.tables.put(table, blank | {name: value for name, value in known.items() if name in blank})
    house.case(*([{"subject": "line_test:t", "found": ["below"]}] if asked else []))
    below = {"test": "line_test:t", "state": "below"}
    house.enter(findings.DECIDED, "line_test:t", below)
    house.enter(findings.WEIGHTS, "line_test:t", {"test": "line_test:t", "other_weights": True})
    house.enter(findings.DECIDED, "line_test:t", below)
    assert house.said == ["stands", "open"]
    assert house.alarm() is None
    house.enter(findings.WEIGHTS, "line_test:t", {"test": "line_test:t", "other_weights": False})
    assert house.said == ["stands", "open", "stands"]
    house.enter(findings.WEIGHTS, "line_test:t", {"test": "line_test:t", "other_weights": True})
    house.enter(findings.DECIDED, "line_test:t", {"test": "line_test:t", "state": "early_warning"})
    assert house.said[-1] == "defeated"


@pytest.mark.parametrize("state", ["early_warning", "crossed", "inconclusive"])
@pytest.mark.parametrize("other", [True, False])
@pytest.mark.parametrize("first", [findings.DECIDED, findings.WEIGHTS])
def test_what_is_said_of_weights_takes_the_place_of_a_below_alone(
    house: Watched, state: str, other: bool, first: str
) -> None:
    """A day may end with both: the test warned, and a case stood on "below" for good, or was left open by it."""
    for told in ({"state": "below"}, {"other_weights": not other}):
        kind = findings.DECIDED if "state" in told else findings.WEIGHTS
        house.enter(kind, "line_test:t", {"test": "line_test:t", **told})
    both = [(findings.DECIDED, {"state": state}), (findings.WEIGHTS, {"other_weights": other})]
    for kind, said in both if first == findings.DECIDED else both[::-1]:
        house.enter(kind, "line_test:t", {"test": "line_test:t", **said})
    assert findings.found(house.tables, "line_test:t") == state


@pytest.mark.parametrize(
    ("kind", "about", "told", "bad"),
    [
        (findings.DECIDED, "line_test:t", {"test": "line_test:t", "state": "below"}, {"state": "crossed"}),
        (
            findings.VERIFIED,
            "line_mitigation:m",
            {"mitigation": "line_mitigation:m", "in_place": True},
            {"in_place": False},
        ),
        (TURNED.id, "safety_case:other", {"case": "safety_case:other", "state": "stands"}, {"state": "defeated"}),
    ],
)
def test_what_was_found_of_its_subject_takes_evidence_along_unasked(
    house: Watched, kind: str, about: str, told: dict[str, Any], bad: dict[str, Any]
) -> None:
    """Else a case stands on a test that was crossed, or on a case that is publicly defeated."""
    for table in (VERSION, NEWEST):
        known = {"subject": about, "version": 1, "entry": 1, "erased": 0}
        blank = dict.fromkeys(table.columns)
        house.tables.put(table, blank | {name: value for name, value in known.items() if name in blank})
    house.case()
    assert house.said == [], "nothing was found of it yet"
    house.enter(kind, None, told)
    house.enter(kind, None, {**told, **bad})
    assert house.said == ["stands", "defeated"]
    assert house.alarm() == SUBJECT


def test_a_condition_about_a_case_comes_to_an_end(house: Watched) -> None:
    """One that asks that its own case be defeated would turn it, and be turned, without end."""
    for state in ("defeated", "stands"):
        house.case({"subject": SUBJECT, "found": [state]})
    assert house.said == []


def test_a_draft_that_never_stood_raises_no_alarm(house: Watched) -> None:
    """A challenge to an argument on which nobody relies is work, and no alarm."""
    house.case({"subject": "line_test:t", "found": ["below"]})
    house.enter(findings.DECIDED, "line_test:t", {"test": "line_test:t", "state": "crossed"})
    assert house.said == ["defeated"]
    assert house.alarm() is None


def test_a_challenge_that_is_admitted_and_an_entry_that_is_annulled_are_told(house: Watched) -> None:
    house.case()
    said = house.enter(SAID.id, None, validate(SAID, {"case": SUBJECT, "element": "A", "text": "It does not follow"}))
    verdict = {"case": SUBJECT, "statement": said, "verdict": "admitted", "reasons": "Shown"}
    house.enter(WEIGHED.id, None, validate(WEIGHED, verdict))
    assert house.said == ["stands", "open", "defeated"]
    house.enter(WEIGHED.id, None, validate(WEIGHED, {**verdict, "verdict": "turned_away"}))
    house.enter(watching.ANNULLED, None, {"entry": 1, "kind": "a.kind", "reason_code": "filed_in_error"})
    assert house.said[3:] == ["stands", "open"], "its evidence is there no more, and nothing speaks against it"


def test_evidence_that_is_bound_by_its_entry_alone_is_none_with_a_newer_version_too(house: Watched) -> None:
    """Who left out of which subject it is kept a case that rests on what was replaced: "it failed" changed nothing."""
    figures = {**FIGURES, "source": 1}
    entry = house.enter(GUARANTEE.id, "guarantee:leaks", validate(GUARANTEE, figures))
    house.case(entry=entry)
    assert house.said == ["stands"]
    house.enter(GUARANTEE.id, "guarantee:leaks", validate(GUARANTEE, {**figures, "at_most": 9.0}))
    assert house.said == ["stands", "open"]
    assert house.alarm() is None, "nothing refutes it: it is open again, and what was approved is stale"


def test_a_guarantee_goes_with_what_it_rests_on(house: Watched) -> None:
    """Of a run that was filed in error nothing is left, nor of a guarantee of it, nor of a guarantee of that."""
    run = house.enter(GUARANTEE.id, "guarantee:other", validate(GUARANTEE, {**FIGURES, "source": 1}))
    first = house.enter(GUARANTEE.id, "guarantee:first", validate(GUARANTEE, {**FIGURES, "source": run}))
    bound = house.enter(GUARANTEE.id, "guarantee:bound", validate(GUARANTEE, {**FIGURES, "source": first}))
    house.case(entry=bound)
    assert house.said == ["stands"]
    house.enter(watching.ANNULLED, None, {"entry": run, "kind": GUARANTEE.id, "reason_code": "filed_in_error"})
    assert house.said == ["stands", "open"]


def test_a_guarantee_of_which_another_version_is_in_force_carries_none_that_rests_on_it(house: Watched) -> None:
    first = house.enter(GUARANTEE.id, "guarantee:first", validate(GUARANTEE, {**FIGURES, "source": 1}))
    bound = house.enter(GUARANTEE.id, "guarantee:bound", validate(GUARANTEE, {**FIGURES, "source": first}))
    house.case(entry=bound)
    house.enter(GUARANTEE.id, "guarantee:first", validate(GUARANTEE, {**FIGURES, "source": 1, "at_most": 9.0}))
    assert house.said == ["stands", "open"]


def _state(state: str) -> dict[str, Any]:
    empty = dict.fromkeys(thresholds.STATE.columns)
    return {**empty, "rule": RULE["rule"], "subject": RULE["subject"], "state": state}


def _value(entry: int, event: str, value: float) -> dict[str, Any]:
    empty = dict.fromkeys(indicators.OBSERVATION.columns)
    about = {"series": SERIES["series"], "subject": SERIES["subject"], "event": event, "known": event}
    return {**empty, **about, "value": value, "entry": entry}
