"""Clocks of incidents start when the developer became aware, on the day that it was where the law applies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from commonweal import law
from commonweal.instruments.containment.kinds import Alert
from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import Finding, evaluate, explained, read_calendar, read_law

TEXTS = law.texts()
CALENDARS = {name: read_calendar(text) for name, text in TEXTS.items() if name.startswith("calendar.")}
INCIDENT = {
    "what": "incident", "developer": "organisation:x", "jurisdictions": "US-CA, EU", "harm": "health",
    "control_lost": True,
}  # fmt: skip
ALERT = {"name": "A-1", "what": "incident", "about": "model:x", "capability": "cyber"}
SYSTEMIC = {"systemic_risk_model": True, "signed_safety_chapter": True, "aware_at": "2026-12-04T10:00:00Z",
            "irreversible": True}  # fmt: skip
FILED = datetime(2026, 10, 7, 3, 0, tzinfo=UTC)


def asked(text: str, rule: str, **facts: Any) -> Finding:
    found = read_law(TEXTS[text])
    known = {name: Fact(value, FILED) for name, value in {**INCIDENT, **facts}.items()}
    findings = evaluate(found, known, FILED, subject="alert:x", noun="alert", calendars=CALENDARS)
    return next(item for item in findings if item.rule.id == f"{text}.{rule}")


def last_day(finding: Finding) -> str:
    assert finding.due is not None
    return finding.due.last_day.isoformat()


@pytest.mark.parametrize("aware_at", ["2026-10-07T02:30:00Z", "2026-10-06T19:30:00-07:00", "2026-10-07T10:30:00+08:00"])
def test_an_instant_falls_on_the_day_that_it_is_where_the_law_applies(aware_at: str) -> None:
    """02:30 UTC on 7 October is the evening of the 6th in Los Angeles and the 7th in Brussels, in whatever offset."""
    california = asked("us_ca.sb53_incidents", "critical", aware_at=aware_at, frontier_model=True)
    assert last_day(california) == "2026-10-21", "15 days from the 6th (Cal. Bus. & Prof. Code § 22757.13(c)(1))"
    union = asked(
        "eu.ai_act_incidents",
        "general",
        aware_at=aware_at,
        harm="health",
        high_risk_system=True,
        equivalent_reporting=False,
    )
    assert last_day(union) == "2026-10-22", "15 days from the 7th (Art. 73(2))"


def test_who_files_late_gains_no_time() -> None:
    """24 hours run from discovery, here nine hours before it was filed."""
    found = asked(
        "us_ca.sb53_incidents",
        "imminent",
        aware_at="2026-10-06T18:00:00Z",
        frontier_model=True,
        imminent_risk_to_life=True,
    )
    assert found.state == "owed"
    assert found.due is not None
    assert found.due.at == datetime(2026, 10, 7, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "rule", "fact"),
    [
        ("us_ca.sb53_incidents", "critical", "frontier_model"),
        ("us_ca.sb53_incidents", "imminent", "imminent_risk_to_life"),
        ("eu.ai_act_incidents", "general", "high_risk_system"),
        ("eu.gpai_code_incidents", "serious", "systemic_risk_model"),
        ("eu.gpai_code_incidents", "harm", "signed_safety_chapter"),
    ],
)
def test_what_a_law_is_about_is_asked_and_never_guessed(text: str, rule: str, fact: str) -> None:
    given: dict[str, Any] = {
        "aware_at": "2026-10-06T18:00:00Z", "harm": "health", "frontier_model": True, "high_risk_system": True,
        "systemic_risk_model": True, "signed_safety_chapter": True, "imminent_risk_to_life": True,
        "equivalent_reporting": False,
    }  # fmt: skip
    del given[fact]
    unknown = asked(text, rule, **given)
    assert (unknown.state, fact in unknown.missing) == ("unknown", True)
    assert asked(text, rule, **given, **{fact: False}).state == "not_owed"


def test_a_model_with_systemic_risk_is_reported_with_no_date_that_the_act_does_not_give() -> None:
    """Art. 55(1)(c): without undue delay, whatever the harm; whoever has not signed the code has no days from it."""
    found = asked("eu.gpai_code_incidents", "serious", harm="cybersecurity", systemic_risk_model=True)
    assert (found.state, found.due) == ("owed", None)
    assert (
        asked("eu.gpai_code_incidents", "serious", harm="none", weights_breached=False, systemic_risk_model=True).state
        == "not_owed"
    )
    unsigned = {**SYSTEMIC, "signed_safety_chapter": False}
    assert asked("eu.gpai_code_incidents", "cybersecurity", harm="cybersecurity", **unsigned).state == "not_owed"


@pytest.mark.parametrize(
    ("rule", "harm", "last"),
    [
        ("infrastructure", "infrastructure", "2026-12-08"),
        ("cybersecurity", "cybersecurity", "2026-12-09"),
        ("death", "death", "2026-12-14"),
        ("harm", "rights", "2026-12-21"),
    ],
)
def test_the_code_gives_its_signatories_days_by_harm(rule: str, harm: str, last: str) -> None:
    """Measure 9.3(1)-(4): 2, 5, 10 and 15 days after Friday 4 December 2026.

    By Reg. 1182/71, Art. 3: two days end on Sunday the 6th, roll to Monday and must hold two working days: Tuesday the
    8th. Five end on Wednesday the 9th, ten on Monday the 14th, fifteen on Saturday the 19th, so on Monday the 21st.
    """
    assert last_day(asked("eu.gpai_code_incidents", rule, harm=harm, **SYSTEMIC)) == last
    others = {"infrastructure", "cybersecurity", "death", "harm"} - {rule}
    whole = {**SYSTEMIC, "weights_breached": False}
    assert {asked("eu.gpai_code_incidents", one, harm=harm, **whole).state for one in others} == {"not_owed"}


def test_weights_carried_off_are_a_serious_breach_whatever_harm_is_named() -> None:
    """Measure 9.3(2) asks for no harm beside: exfiltration is one by itself; where nobody says, it is open."""
    for harm in ("economic", "none"):
        taken = asked("eu.gpai_code_incidents", "cybersecurity", harm=harm, **SYSTEMIC, weights_breached=True)
        assert last_day(taken) == "2026-12-09"
        left = asked("eu.gpai_code_incidents", "cybersecurity", harm=harm, **SYSTEMIC)
        assert (left.state, left.missing) == ("unknown", ("weights_breached",))


@pytest.mark.parametrize("aware_at", ["2026-10-07T02:30:00Z", "2026-10-06T19:30:00-07:00", "2026-10-07T10:30:00+08:00"])
def test_one_instant_is_recorded_in_one_way(aware_at: str) -> None:
    filed = Alert.model_validate({**ALERT, "aware_at": aware_at}).model_dump(mode="json")
    assert filed["aware_at"] == "2026-10-07T02:30:00Z"


def test_a_clock_whose_start_nobody_stated_says_so_first() -> None:
    """Filed at 20:00 of 6 October in Los Angeles: 15 days from the 6th, and the first reason is that it is presumed."""
    found = asked("us_ca.sb53_incidents", "critical", frontier_model=True)
    assert (found.state, last_day(found), found.doubts) == ("owed", "2026-10-21", ("aware_at",))
    assert found.due is not None
    first = found.due.steps[0]
    assert (first["code"], first["fact"], first["day"]) == ("start_presumed", "aware_at", "2026-10-06")
    assert explained([first])[0]["en"].startswith(
        "Not stated: when it became known. The clock is taken to start on Tuesday"
    )
    assert explained([first])[0]["zh"].startswith("未说明：知悉之时。")
    stated = asked("us_ca.sb53_incidents", "critical", frontier_model=True, aware_at="2026-10-06T18:00:00Z")
    assert stated.due is not None
    assert [step["code"] for step in stated.due.steps] == ["event", "days_counted", "ends"]
