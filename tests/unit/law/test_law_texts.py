"""The shared law as shipped: every text can be adopted, and its figures are the law's."""

from __future__ import annotations

from datetime import date

import holidays
import pytest

from commonweal.authority import all_kinds
from commonweal.instruments import discover
from commonweal.instruments.incident_reports.facts import LEGAL
from commonweal.kernel.obligations import Calendar, Law, Rule, check_adoption, read_text
from commonweal.kernel.obligations.laws import Condition, Group
from commonweal.kernel.values.jurisdictions import MEMBER_STATES
from commonweal.law import texts

TEXTS = texts()
READ = {name: read_text(name, text) for name, text in TEXTS.items()}
LAWS = {name: law for name, law in READ.items() if isinstance(law, Law)}
CALENDARS = {name: calendar for name, calendar in READ.items() if isinstance(calendar, Calendar)}


def rule(rule_id: str) -> Rule:
    return next(rule for law in LAWS.values() for rule in law.rules if rule.id == rule_id)


def lines(part: Condition | Group) -> dict[str, set[float]]:
    """The numbers that a rule compares facts with."""
    if isinstance(part, Condition):
        return {part.fact: {float(f"{part.value:.9g}")}} if part.op in (">", "<=") else {}
    found: dict[str, set[float]] = {}
    for inner in part.parts:
        for fact, values in lines(inner).items():
            found.setdefault(fact, set()).update(values)
    return found


def test_every_text_is_offered_under_its_own_id_calendars_first() -> None:
    assert list(TEXTS) == [
        "calendar.cn", "calendar.elapsed", "calendar.eu_1182_71", "calendar.eu_member_states", "calendar.gb_eng",
        "calendar.jp", "calendar.kr", "calendar.sg", "calendar.us_ca", "calendar.us_federal", "calendar.us_ny",
        "cn.algorithm_filing", "cn.cybersecurity_incidents", "cn.gbt_35273", "cn.government_information",
        "cn.pipl_access", "eu.access_to_documents", "eu.ai_act", "eu.ai_act_incidents", "eu.ai_act_testing",
        "eu.eudpr_access", "eu.gdpr_access", "eu.gpai_code", "eu.gpai_code_incidents",
        "us.benefit_appeals", "us.eo14110", "us.foia",
        "us_ca.sb53", "us_ca.sb53_incidents", "us_ny.raise", "us_ny.raise_incidents",
    ]  # fmt: skip


def test_every_law_finds_its_calendar() -> None:
    assert {law.calendar for law in LAWS.values()} <= set(CALENDARS)


THIRDS = {3.33333333e24, 3.33333333e22}


@pytest.mark.parametrize(
    ("rule_id", "figures", "since", "until"),
    [
        # Regulation (EU) 2024/1689, Art. 51(2), applying under Art. 113(b); guidelines C(2025) 5045, points 63 and 64
        (
            "eu.ai_act.art52_1",
            {
                "compute_flop": {1e25},
                "original_compute_flop": {1e25},
                "own_model_compute_flop": {1e25},
                "modification_share": {0.333333333},
                "modification_flop": THIRDS,
            },
            date(2025, 8, 2),
            None,
        ),
        # Commission guidelines of July 2025, indicative criterion
        ("eu.ai_act.art53_1", {"compute_flop": {1e23}}, date(2025, 8, 2), None),
        (
            "eu.ai_act.art53_1_modifier",
            {"compute_flop": {1e23}, "modification_share": {0.333333333}, "modification_flop": THIRDS},
            date(2025, 8, 2),
            None,
        ),
        # Cal. Bus. & Prof. Code § 22757.11
        (
            "us_ca.sb53.transparency_report",
            {"compute_flop": {1e26}, "modification_flop": {0}},
            date(2026, 1, 1),
            None,
        ),
        (
            "us_ca.sb53.risk_summary",
            {"compute_flop": {1e26}, "modification_flop": {0}, "annual_revenue_usd": {5e8}},
            date(2026, 1, 1),
            None,
        ),
        # N.Y. Gen. Bus. Law § 1420, in force from 1 January 2027 (L. 2026, ch. 96)
        (
            "us_ny.raise.transparency_report",
            {"compute_flop": {1e26}, "modification_flop": {0}},
            date(2027, 1, 1),
            None,
        ),
        (
            "us_ny.raise.framework",
            {"largest_compute_flop": {1e26}, "annual_revenue_usd": {5e8}},
            date(2027, 1, 1),
            None,
        ),
        # Provisions on Algorithm Recommendation: no figure at all
        ("cn.algorithm_filing.filing", {}, date(2022, 3, 1), None),
        # the code applies with the obligations that it serves, Art. 113(b)
        ("eu.gpai_code.framework", {}, date(2025, 8, 2), None),
        # Executive Order 14110, § 4.2(b)(i), until Executive Order 14148
        (
            "us.eo14110.sec4_2",
            {"compute_flop": {1e26, 1e23}, "biological_sequence_share": {0.5}},
            date(2023, 10, 30),
            date(2025, 1, 20),
        ),
    ],
)
def test_figures_and_dates_are_the_law_s(
    rule_id: str, figures: dict[str, set[float]], since: date, until: date | None
) -> None:
    found = rule(rule_id)
    assert lines(found.when) == figures
    assert (found.in_force_from, found.in_force_until) == (since, until)


def test_the_notification_period_and_transition_of_the_ai_act() -> None:
    found = rule("eu.ai_act.art52_1")
    assert str(found.period) == "2 weeks"
    assert found.transitional is not None
    assert (found.transitional.before, found.transitional.due) == (date(2025, 8, 2), date(2027, 8, 2))


@pytest.mark.parametrize(
    ("rule_id", "period", "since", "silence", "stops", "extension"),
    [
        # Regulation (EC) No 1049/2001, Arts. 7, 8 and 19: extended once by fifteen working days; nothing stops it
        ("eu.access_to_documents.reply", "15 working days", date(2001, 12, 3), "", {}, ("15 working days", 1)),
        ("eu.access_to_documents.confirmatory_reply", "15 working days", date(2001, 12, 3), "deemed_refused", {},
         ("15 working days", 1)),
        # Regulation (EU) 2024/1689, Art. 60(4)(b), applying under Art. 113
        ("eu.ai_act_testing.approval", "30 days", date(2026, 8, 2), "deemed_approved", {}, None),
        ("eu.ai_act_testing.authorisation", "None", date(2026, 8, 2), "", {}, None),
        # 5 U.S.C. 552(a)(6)(A): one request for information, fees without a number; (B)(i): ten working days
        ("us.foia.determination", "20 working days", date(2008, 12, 31), "",
         {"information_requested": 1, "fees": 0}, ("10 working days", 0)),
        ("us.foia.appeal", "20 working days", date(2008, 12, 31), "", {}, None),
        # State Council Order No. 711, Art. 33
        ("cn.government_information.reply", "20 working days", date(2019, 5, 15), "",
         {"third_party": 0, "other_organ": 0}, ("20 working days", 0)),
    ],
)  # fmt: skip
def test_an_authority_s_own_clocks_are_the_law_s(  # noqa: PLR0917 one case a line
    rule_id: str, period: str, since: date, silence: str, stops: dict[str, int], extension: tuple[str, int] | None
) -> None:
    found = rule(rule_id)
    assert (str(found.period), found.in_force_from, found.on_silence, found.by_authority) == (
        period, since, silence, True,
    )  # fmt: skip
    stoppable, extendable = found.stoppable, found.extendable
    assert {code: stoppable.each.get(code, 0) for code in stoppable.reasons} == stops if stoppable else not stops
    assert (extendable and (str(extendable.max), extendable.times)) == extension


def test_every_fact_that_is_declared_is_asked_for() -> None:
    """A declared fact that no rule uses would send people looking for it in vain."""
    for law in LAWS.values():
        assert set(law.facts) == {fact for rule in law.rules for fact in rule.facts()}, law.id


def test_revenue_is_never_shown_and_what_a_report_says_of_an_incident_is_not_either() -> None:
    """Nor is anything of a request by which a person asks what is held about them, or of a claim."""
    for law in LAWS.values():
        of_persons = {noun for rule in law.rules for noun in rule.nouns} <= {"access_request", "support_claim"}
        for name, fact in law.facts.items():
            if of_persons:
                assert (fact.public, fact.only) == (False, ()), name
                continue
            incidents = law.id.endswith("_incidents")
            asked = {noun for rule in law.rules if name in rule.facts() for noun in rule.nouns}
            shown = (
                (False, ("alert",) if "alert" in asked else ())
                if incidents
                else (False, None)
                if "revenue" in name
                else (True, None)
            )
            assert (fact.public, fact.only) == shown, name


def test_the_law_of_incidents_serves_alerts_and_reports_alike() -> None:
    """What only a report can say (who the deployer is, whether the system was altered) is asked of reports alone."""
    for law in LAWS.values():
        for one in law.rules if law.id.endswith("_incidents") else ():
            alerts = ["containment.incident_report"] if "alert" in one.nouns else []
            assert one.nouns in (("alert", "report"), ("report",)), one.id
            kinds = [clause.kind for clause in one.met_by if clause.kind not in ("duty.done", "duty.stated")]
            assert list(dict.fromkeys(kinds)) in ([], [*alerts, "incident_reports.report"]), one.id


def test_what_meets_a_duty_is_filed_here_under_fields_that_it_has() -> None:
    """A law that waits for what nobody files would call everybody late."""
    kinds = {kind.id: kind for kind in all_kinds(item.instrument for item in discover().values())}
    for name, text in TEXTS.items():
        check_adoption(name, text, None, kinds)


def test_columns_are_told_apart() -> None:
    for language in ("en", "zh"):
        headings = [rule.column[language] for law in LAWS.values() for rule in law.rules]
        assert len(set(headings)) == len(headings)


def _weekdays(country: str, year: int, subdivision: str | None = None) -> set[date]:
    found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    return {day for day in found if day.weekday() < 5 and day.year == year}


@pytest.mark.parametrize("year", range(2020, 2036))
def test_tables_of_holidays_agree_with_the_library(year: int) -> None:
    """The texts pin what the library says, with the departures that each text states."""
    listed = {name: {day for day in found.days if day.year == year} for name, found in CALENDARS.items()}
    assert listed["calendar.us_ny"] <= _weekdays("US", year, "NY") | {date(year, 6, 20)}
    assert {day for day in (date(year, 2, 12), date(year, 11, 11)) if day.weekday() < 5} <= listed["calendar.us_ny"]
    assert listed["calendar.us_federal"] == _weekdays("US", year)
    assert listed["calendar.eu_1182_71"] == _weekdays("BE", year) - {date(year, 11, 11)}
    assert listed["calendar.us_ca"] <= _weekdays("US", year, "CA")
    fixed = (date(year, 1, 1), date(year, 7, 4), date(year, 12, 25))
    assert {day for day in fixed if day.weekday() < 5} <= listed["calendar.us_ca"]


def test_a_member_state_s_calendar_closes_no_day_that_is_open_in_another() -> None:
    """The two days that it has are holidays in all twenty-seven, and no third one is (Reg. 1182/71, Art. 2(1))."""
    for year in (2026, 2027):
        everywhere = set.intersection(*(_weekdays(country, year) for country in MEMBER_STATES))
        days = {day for day in CALENDARS["calendar.eu_member_states"].days if day.year == year}
        assert days == everywhere


@pytest.mark.parametrize("year", range(2022, 2027))
def test_china_s_holidays_and_the_weekends_worked_for_them_agree_with_the_library(year: int) -> None:
    found, library = CALENDARS["calendar.cn"], holidays.country_holidays("CN", years=year)
    assert {day for day in found.days if day.year == year} == _weekdays("CN", year)
    assert {day for day in found.open_days if day.year == year} == {
        day for day in library.weekend_workdays if day.year == year
    }


def test_china_s_notices_for_2025_and_2026_as_published() -> None:
    """Guobanfamingdian [2024] No. 12 and [2025] No. 7: weekends worked."""
    days = CALENDARS["calendar.cn"].open_days
    assert {day for day in days if day.year == 2025} == {
        date(2025, 1, 26), date(2025, 2, 8), date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11)
    }  # fmt: skip
    assert {day for day in days if day.year == 2026} == {
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)
    }  # fmt: skip


def test_a_law_of_incidents_says_of_which_facts_somebody_may_become_aware_later() -> None:
    """Left out, every fact would be one, and who flips what the system is would be in time by it. A harm or a grade is
    among them, what the system is and whom the law binds never."""
    laws = {name: law for name, law in LAWS.items() if name.endswith("_incidents")}
    assert laws
    for name, law in laws.items():
        assert law.happened, name
        assert not {*law.happened} & {*LEGAL, "jurisdictions", "developer", "organisation", "deployer_reports"}, name
        assert {"harm", "cn_grade"} & {*law.happened}, name
