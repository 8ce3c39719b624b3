"""What the shipped laws ask on given facts: each expectation worked out from the clause that it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import Finding, evaluate, read_calendar, read_law
from commonweal.kernel.values import Interval, instant
from commonweal.law import texts

TEXTS = texts()
CALENDARS = {name: read_calendar(text) for name, text in TEXTS.items() if name.startswith("calendar.")}
MODEL: Mapping[str, Any] = {"placed_on_eu_market": True, "generates": "text,code", "organisation": "organisation:x"}
OWN: Mapping[str, Any] = {"modifies_anothers_model": False, "continues_own_model": False}
OTHERS: Mapping[str, Any] = {
    "modifies_anothers_model": True, "continues_own_model": False, "original_compute_known": True,
    "original_systemic_risk": False,
}  # fmt: skip


def ask(rule: str, facts: Mapping[str, Any], day: str = "2026-03-02", noun: str = "model") -> Finding:
    law = read_law(TEXTS[".".join(rule.split(".")[:2])])
    known = {name: Fact(value, instant("2026-03-02")) for name, value in facts.items() if value is not None}
    found = evaluate(law, known, instant(day), subject=f"{noun}:x", noun=noun, calendars=CALENDARS)
    return next(finding for finding in found if finding.rule.id == rule)


def last_day(finding: Finding) -> date | None:
    return finding.due.last_day if finding.due else None


# ── EU: modifiers ───────────────────────────────────────────────────────────────────────────────────────────────────


def modified(share: float | None, original: float | None, flop: float, **more: Any) -> dict[str, Any]:
    whole = None if original is None else original + flop
    return {
        **MODEL, **OTHERS, "modification_flop": flop, "modification_share": share, "original_compute_flop": original,
        "compute_flop": whole, "original_compute_known": original is not None, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "documentation", "notification"),
    [
        # C(2025) 5045, point 63: greater than a third of the original's training compute
        (modified(0.34, 3e24, 1.02e24), "owed", "not_owed"),
        (modified(1 / 3, 3e24, 1e24), "not_owed", "not_owed"),
        (modified(0.2, 3e24, 6e23), "not_owed", "not_owed"),
        # point 70: of a model with systemic risk, the result has it too and is notified
        (modified(0.5, 3e25, 1.5e25), "owed", "owed"),
        (modified(0.5, 3e24, 1.5e24, original_systemic_risk=True), "owed", "owed"),
        # Art. 51(2): the whole passes 10^25 though the original did not
        (modified(0.5, 8e24, 4e24), "owed", "owed"),
        # a copy or a quantised version: nothing trained
        (modified(0.0, 3e25, 0.0), "not_owed", "not_owed"),
        # point 64: the original's compute is not known; 10^25 / 3 with systemic risk, else 10^23 / 3
        (modified(None, None, 4e24, original_systemic_risk=True), "owed", "owed"),
        (modified(None, None, 3e24, original_systemic_risk=True), "not_owed", "not_owed"),
        (modified(None, None, 4e22), "owed", "unknown"),
        (modified(None, None, 3e22), "not_owed", "not_owed"),
        # neither compute nor classification of the original is on file
        (modified(None, None, 4e24, original_systemic_risk=None), "unknown", "unknown"),
        # nobody says what was trained
        (modified(None, 3e24, 1e24, modification_flop=None), "unknown", "not_owed"),
        # nobody says whose model it was
        ({**MODEL, "compute_flop": 4.5e25}, "unknown", "unknown"),
    ],
)
def test_a_modifier_becomes_a_provider_above_one_third(
    facts: Mapping[str, Any], documentation: str, notification: str
) -> None:
    assert ask("eu.ai_act.art53_1_modifier", facts).state == documentation
    assert ask("eu.ai_act.art52_1", facts).state == notification


def test_what_a_provider_does_to_its_own_model_needs_no_second_notification() -> None:
    """C(2025) 5045, point 23: one life of one model. Passing the line later is what is notified."""
    own = {**MODEL, "modifies_anothers_model": False, "continues_own_model": True, "compute_flop": 1.2e25}
    assert ask("eu.ai_act.art52_1", {**own, "own_model_compute_flop": 1.1e25}).state == "not_owed"
    assert ask("eu.ai_act.art52_1", {**own, "own_model_compute_flop": 9e24}).state == "owed"


def test_an_interval_on_both_sides_of_a_third_is_said() -> None:
    facts = modified(None, 3e24, 1.2e24, modification_share=Interval(0.2, 0.4, 0.6))
    found = ask("eu.ai_act.art53_1_modifier", facts)
    assert (found.state, found.straddles) == ("owed", ("modification_share",))


# ── EU: the code of practice ────────────────────────────────────────────────────────────────────────────────────────

SIGNED: Mapping[str, Any] = {
    "signed_safety_chapter": True, "notified_systemic_risk": True, "notified_systemic_risk_on": "2026-03-02",
    "placed_on_eu_market": True, "placed_on_eu_market_on": "2026-04-15", "organisation": "organisation:x",
}  # fmt: skip


def test_a_framework_is_confirmed_four_weeks_after_the_notification() -> None:
    """Measure 1.1; Monday 2 March 2026 is not counted, so Monday 30 March (Reg. 1182/71, Art. 3)."""
    assert last_day(ask("eu.gpai_code.framework", SIGNED)) == date(2026, 3, 30)
    assert ask("eu.gpai_code.framework", {**SIGNED, "signed_safety_chapter": False}).state == "not_owed"
    assert ask("eu.gpai_code.framework", {**SIGNED, "notified_systemic_risk": False}).state == "not_owed"
    unsaid = ask("eu.gpai_code.framework", {**SIGNED, "signed_safety_chapter": None})
    assert (unsaid.state, unsaid.missing) == ("unknown", ("signed_safety_chapter",))


def test_a_model_report_comes_with_the_model_and_an_assessment_a_year_later() -> None:
    """Measures 7.7 and 1.3: by the time of placing; every twelve months from it."""
    assert last_day(ask("eu.gpai_code.model_report", SIGNED, "2026-04-16")) == date(2026, 4, 15)
    assert last_day(ask("eu.gpai_code.framework_assessment", SIGNED, "2026-04-16")) == date(2027, 4, 15)


# ── New York ────────────────────────────────────────────────────────────────────────────────────────────────────────

FRONTIER: Mapping[str, Any] = {
    **OWN, "compute_flop": 3e26, "in_new_york": True, "deployed": True, "deployed_on": "2027-02-03",
    "organisation": "organisation:x",
}  # fmt: skip
LARGE: Mapping[str, Any] = {"largest_compute_flop": 3e26, "annual_revenue_usd": 7e8, "developer_in_new_york": True}


def test_new_york_asks_from_the_first_of_january_2027_only() -> None:
    """L. 2026, ch. 96: article 44-B takes effect on 1 January 2027, New York time."""
    rule = "us_ny.raise.transparency_report"
    assert ask(rule, FRONTIER, "2026-12-31T23:00:00Z").state == "not_in_force"
    found = ask(rule, FRONTIER, "2027-02-03T12:00:00Z")
    assert (found.state, last_day(found)) == ("owed", date(2027, 2, 3))
    assert ask(rule, {**FRONTIER, "deployed_on": "2026-11-20"}, "2027-02-03").state == "not_owed"
    assert ask(rule, {**FRONTIER, "in_new_york": None}, "2027-02-03").missing == ("in_new_york",)
    copied = {**FRONTIER, "modifies_anothers_model": True, "modification_flop": 0.0}
    assert ask(rule, copied, "2027-02-03").state == "not_owed", "who only passes it on has trained nothing (§ 1420)"


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        # § 1428(1): nobody large may act without one: from the day it applies
        ("us_ny.raise.disclosure_statement", date(2027, 1, 1)),
        # § 1422(2)(a): every three months; the first is counted from 1 January 2027 (a reading, see the note)
        ("us_ny.raise.internal_use_summary", date(2027, 4, 1)),
        # § 1421(1): ongoing, no date
        ("us_ny.raise.framework", None),
    ],
)
def test_new_york_asks_large_developers(rule: str, day: date | None) -> None:
    found = ask(rule, LARGE, "2027-01-02", "organisation")
    assert (found.state, last_day(found)) == ("owed", day)
    assert ask(rule, {**LARGE, "annual_revenue_usd": 5e8}, "2027-01-02", "organisation").state == "not_owed"
    assert ask(rule, {**LARGE, "annual_revenue_usd": None}, "2027-01-02", "organisation").state == "unknown"


# ── China ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SERVICE: Mapping[str, Any] = {
    "provided_in_china": True, "china_public_opinion": True, "generates": "text", "organisation": "organisation:x",
}  # fmt: skip


@pytest.mark.parametrize(
    ("begun", "last"),
    [
        # Fri 26, Sun 28 (worked), Mon 29, Tue 30 September; 1 to 8 October closed; 9, 10, Sat 11 (worked), 13, 14, 15
        ("2025-09-25", date(2025, 10, 15)),
        # Wed 23, Thu 24 September; 25 (Mid-Autumn) closed; 28, 29, 30; 1 to 7 October closed; 8, 9, Sat 10 (worked),
        # 12, 13
        ("2026-09-22", date(2026, 10, 13)),
        # ten plain working days
        ("2026-03-02", date(2026, 3, 16)),
    ],
)
def test_china_counts_ten_working_days_across_a_golden_week(begun: str, last: date) -> None:
    """Provisions on Algorithm Recommendation, Art. 24(1); State Council notices for 2025 and 2026."""
    found = ask("cn.algorithm_filing.filing", {**SERVICE, "provided_in_china_on": begun}, "2026-12-01")
    assert (found.state, last_day(found)) == ("owed", last)


def test_china_asks_by_attributes_not_by_compute() -> None:
    facts = {**SERVICE, "provided_in_china_on": "2026-03-02"}
    assert ask("cn.algorithm_filing.filing", {**facts, "china_public_opinion": False}).state == "not_owed"
    unsaid = ask("cn.algorithm_filing.filing", {**facts, "china_public_opinion": None})
    assert (unsaid.state, unsaid.missing) == ("unknown", ("china_public_opinion",))
    assert unsaid.due_if_owed is not None, "the cautious date is shown"
    assert unsaid.due_if_owed.last_day == date(2026, 3, 16)
    assert ask("cn.algorithm_filing.security_assessment", facts).state == "owed"


def test_china_s_changes_and_ends_have_their_own_clocks() -> None:
    """Art. 24(2): ten working days from the change; Art. 24(3): twenty from the end."""
    facts = {**SERVICE, "provided_in_china_on": "2025-01-06"}
    changed = ask(
        "cn.algorithm_filing.change", {**facts, "china_filing_changed": True, "china_filing_changed_on": "2026-03-02"}
    )
    assert last_day(changed) == date(2026, 3, 16)
    ended = ask(
        "cn.algorithm_filing.cancellation",
        {**facts, "china_service_ended": True, "china_service_ended_on": "2026-03-02"},
    )
    assert last_day(ended) == date(2026, 3, 30)
    assert ask("cn.algorithm_filing.cancellation", {"china_service_ended": False}).state == "not_owed"


def test_several_regimes_ask_for_one_model_each_by_its_own_clock() -> None:
    """One model of 3 × 10^26 FLOP, offered everywhere on the same Thursday."""
    day = "2027-03-04"
    facts = {
        **MODEL, **OWN, **SERVICE, "compute_flop": 3e26, "in_new_york": True, "deployed": True, "deployed_on": day,
        "placed_on_eu_market_on": day, "provided_in_china_on": day, "annual_revenue_usd": 7e8,
    }  # fmt: skip
    asked = {
        rule: ask(rule, facts, "2027-03-04T20:00:00Z")
        for rule in (
            "eu.ai_act.art52_1", "us_ca.sb53.transparency_report", "us_ny.raise.transparency_report",
            "cn.algorithm_filing.filing",
        )
    }  # fmt: skip
    assert {finding.state for finding in asked.values()} == {"owed"}
    assert [last_day(finding) for finding in asked.values()] == [
        date(2026, 3, 16),  # known on 2 March 2026, two weeks
        date(2027, 3, 4),
        date(2027, 3, 4),
        date(2027, 3, 18),  # holidays of 2027 are not listed yet; none falls here
    ]


def test_what_recurs_says_how_often_and_after_what() -> None:
    """Measures 1.3 and 1.4 of the code; N.Y. Gen. Bus. Law §§ 1421(2)(a), 1422(2)(a), 1428(2)."""
    rules = {rule.id: rule for name in ("eu.gpai_code", "us_ny.raise") for rule in read_law(TEXTS[name]).rules}
    follow_ups = {
        name: str(rule.every or rule.period)
        for name, rule in rules.items()
        if rule.parent and rule.start.event == "met"
    }
    assert follow_ups == {
        "eu.gpai_code.framework.access": "5 working days",
        "eu.gpai_code.framework_assessment.again": "12 months",
        "us_ny.raise.framework.review": "12 months",
        "us_ny.raise.internal_use_summary.again": "3 months",
        "us_ny.raise.disclosure_statement.renewal": "2 years",
    }
