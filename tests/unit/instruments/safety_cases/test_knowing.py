"""What a case rests on is looked up where the authority keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

import pytest

from commonweal.instruments.safety_cases import terms
from commonweal.instruments.safety_cases.knowing import OfTheRecord
from commonweal.kernel import indicators, registry, thresholds
from commonweal.kernel.instrument import Filing, Kind, Text
from commonweal.kernel.record import Entry
from commonweal.kernel.values import instant
from fakes import MemoryTables


class Log(Filing):
    name: str


KIND = Kind("evals.log", Log, Text(en="Log", zh="日志"), noun="log")


def entry(index: int, kind: str, body: dict[str, object], subject: str | None) -> Entry:
    return Entry(index, kind, 1, instant("2026-11-01T00:00:00Z"), "party:lab", subject, body)


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables()


def test_a_rule_is_known_by_its_state_and_unknown_where_it_fell_silent(tables: MemoryTables) -> None:
    blank = dict.fromkeys(thresholds.STATE.columns)
    for subject, state in (("model:m", "ok"), ("model:n", "firing"), ("model:o", "unknown")):
        tables.put(thresholds.STATE, {**blank, "rule": "leak.line", "subject": subject, "state": state})
    known = OfTheRecord(tables)
    found = [known.state("leak.line", f"model:{name}") for name in "mnop"]
    assert found == ["ok", "firing", None, None]


def test_the_newest_value_comes_with_its_interval(tables: MemoryTables) -> None:
    blank = dict.fromkeys(indicators.OBSERVATION.columns)
    rows = (("2026-10-01", 1, 0.3, None, None), ("2026-11-01", 2, 0.1, 0.05, 0.2), ("2026-09-01", 3, 0.9, None, None))
    for event, index, value, low, high in rows:
        row = {"series": "evals.cyber", "subject": "model:m", "event": event, "entry": index, "sequence": 0}
        rest = {"known": event, "filed": event, "released": event, "value": value, "low": low, "high": high}
        tables.put(indicators.OBSERVATION, {**blank, **row, **rest})
    known = OfTheRecord(tables)
    assert known.newest("evals.cyber", "model:m") == (date(2026, 11, 1), 0.05, 0.2)
    assert known.newest("evals.cyber", "model:n") is None


def test_an_entry_is_gone_once_a_newer_version_of_its_subject_counts(tables: MemoryTables) -> None:
    room = registry.Registry((KIND,))
    room.follow(entry(4, KIND.id, {"name": "a"}, "log:a"), tables)
    known = OfTheRecord(tables)
    assert known.lost(4, "log:a") is None
    room.follow(entry(9, KIND.id, {"name": "a"}, "log:a"), tables)
    assert known.lost(4, "log:a") == "gone"
    assert known.lost(4, None) is None, "of no subject no version is the newest"
    assert known.lost(4, "log:none") == "gone"


def test_an_entry_that_was_erased_or_was_not_there_when_it_was_named_is_told_as_such(tables: MemoryTables) -> None:
    room = registry.Registry((KIND,))
    room.follow(replace(entry(4, KIND.id, {}, "log:a"), erased=True), tables)
    known = OfTheRecord(tables, before=6)
    assert known.lost(4, None) == known.lost(4, "log:a") == "erased"
    assert [known.lost(at, None) for at in (5, 6, 9)] == [None, "absent", "absent"]


def test_from_when_on_evidence_is_said_to_expire_is_what_the_text_in_force_says(tables: MemoryTables) -> None:
    """Thirty days stood in code: they are the house's own choice, and another authority makes another."""
    assert OfTheRecord(tables).soon == timedelta(days=30)
    text = (files("commonweal.instruments.safety_cases") / "rules" / "evidence.toml").read_text("utf-8")
    changed = text.replace("expires_soon_days = 30", "expires_soon_days = 90")
    adopted = {"rule_id": terms.RULE, "version": "2", "room": "parameters", "media_type": "application/toml",
               "text": changed, "sha256": ""}  # fmt: skip
    room = registry.Registry((KIND,))
    room.follow(entry(5, registry.RULE_ADOPTED.id, adopted, f"rule:{terms.RULE}"), tables)
    assert OfTheRecord(tables).soon == timedelta(days=90)
