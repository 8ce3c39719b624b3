"""Clocks of incidents start when the developer became aware, on the day that it was where the law applies."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from commonweal import law
from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import Finding, evaluate, read_calendar, read_law

RULES = files("commonweal.instruments.containment") / "rules"
CALENDARS = {name: read_calendar(text) for name, text in law.texts().items() if name.startswith("calendar.")}
INCIDENT = {"what": "incident", "developer": "organisation:x", "jurisdictions": "US-CA, EU"}
FILED = datetime(2026, 10, 7, 3, 0, tzinfo=UTC)


def asked(text: str, rule: str, **facts: Any) -> Finding:
    found = read_law((RULES / f"{text}.toml").read_text("utf-8"))
    known = {name: Fact(value, FILED) for name, value in {**INCIDENT, **facts}.items()}
    findings = evaluate(found, known, FILED, subject="alert:x", noun="alert", calendars=CALENDARS)
    return next(item for item in findings if item.rule.id == f"containment.{text}.{rule}")


def last_day(finding: Finding) -> str:
    assert finding.due is not None
    return finding.due.last_day.isoformat()


@pytest.mark.parametrize("aware_at", ["2026-10-07T02:30:00Z", "2026-10-06T19:30:00-07:00", "2026-10-07T10:30:00+08:00"])
def test_an_instant_falls_on_the_day_that_it_is_where_the_law_applies(aware_at: str) -> None:
    """02:30 UTC on 7 October is the evening of the 6th in Los Angeles and the 7th in Brussels, in whatever offset."""
    california = asked("incidents_us_ca", "critical", aware_at=aware_at, frontier_model=True)
    assert last_day(california) == "2026-10-21", "15 days from the 6th (Cal. Bus. & Prof. Code § 22757.13(c)(1))"
    union = asked("incidents_eu", "general", aware_at=aware_at, harm="health", high_risk_system=True)
    assert last_day(union) == "2026-10-22", "15 days from the 7th (Art. 73(2))"


def test_who_files_late_gains_no_time() -> None:
    """24 hours run from discovery, here nine hours before it was filed."""
    found = asked(
        "incidents_us_ca", "imminent", aware_at="2026-10-06T18:00:00Z", frontier_model=True, imminent_risk_to_life=True
    )
    assert found.state == "owed"
    assert found.due is not None
    assert found.due.at == datetime(2026, 10, 7, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "rule", "fact"),
    [
        ("incidents_us_ca", "critical", "frontier_model"),
        ("incidents_us_ca", "imminent", "imminent_risk_to_life"),
        ("incidents_eu", "general", "high_risk_system"),
    ],
)
def test_what_a_law_is_about_is_asked_and_never_guessed(text: str, rule: str, fact: str) -> None:
    given = {"aware_at": "2026-10-06T18:00:00Z", "harm": "health", "frontier_model": True, "high_risk_system": True}
    del given["frontier_model" if fact == "frontier_model" else "high_risk_system"]
    unknown = asked(text, rule, **given)
    assert (unknown.state, fact in unknown.missing) == ("unknown", True)
    assert asked(text, rule, **given, **{fact: False}).state == "not_owed"
