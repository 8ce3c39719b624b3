"""What a law asks at an instant: owed, not owed, or unknown with the missing fact named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from commonweal.kernel.instrument import Fact
from commonweal.kernel.obligations import Finding, Law, evaluate, moment, read_calendar, read_law
from commonweal.kernel.values import Interval, instant, stamp
from pinned_laws import texts

TEXTS = texts()
CALENDARS = {name: read_calendar(text) for name, text in TEXTS.items() if name.startswith("calendar.")}
EU, CA, US = (read_law(TEXTS[name]) for name in ("eu.ai_act", "us_ca.sb53", "us.eo14110"))
BIG = Interval(8e24, 2e25, 5e25)


def fact(value: Any, known_on: str | None = "2026-01-05") -> Fact:
    return Fact(value, instant(known_on) if known_on else None)


def ask(law: Law, rule: str, facts: Mapping[str, Fact], as_of: str | date, noun: str = "model") -> Finding:
    at = moment(law, as_of) if isinstance(as_of, date) else instant(as_of)
    found = evaluate(law, facts, at, subject=f"{noun}:x", noun=noun, calendars=CALENDARS)
    return next(finding for finding in found if finding.rule.id == rule)


def test_notification_is_owed_two_weeks_after_it_is_known_to_be_met() -> None:
    """Art. 52(1): known on Monday 5 January 2026 in Brussels, so by the end of Monday 19 January."""
    facts = {"compute_flop": fact(BIG), "placed_on_eu_market": fact(True, "2026-01-02"), "organisation": fact("o:x")}
    found = ask(EU, "eu.ai_act.art52_1", facts, "2026-01-10")
    assert (found.state, found.party, found.missing) == ("owed", "o:x", ())
    assert found.due is not None
    assert (found.due.last_day, stamp(found.due.at)) == (date(2026, 1, 19), "2026-01-19T23:00:00Z")
    assert found.straddles == ("compute_flop",)  # 8e24 to 5e25 holds the line: said, not hidden
    assert not found.overdue(instant("2026-01-19T22:59:59Z"))
    assert found.overdue(instant("2026-01-19T23:00:00Z"))


def test_the_clock_starts_with_the_last_condition_known() -> None:
    facts = {"compute_flop": fact(BIG, "2026-01-05"), "placed_on_eu_market": fact(True, "2026-03-02")}
    found = ask(EU, "eu.ai_act.art52_1", facts, "2026-03-10")
    assert found.started_on == instant("2026-03-02")


def test_a_run_owes_when_it_becomes_known_that_it_will_pass_the_line() -> None:
    """The fact about a run is the total it will end with, so the clock runs before the line is passed."""
    facts = {"compute_flop": fact(Interval(1.1e25, 1.4e25, 2e25)), "placed_on_eu_market": fact(True)}
    assert ask(EU, "eu.ai_act.art52_1", facts, "2026-01-10", "training_run").state == "owed"


def test_exactly_the_line_is_not_above_it() -> None:
    facts = {"compute_flop": fact(1e25), "placed_on_eu_market": fact(True)}
    assert ask(EU, "eu.ai_act.art52_1", facts, "2026-01-10").state == "not_owed"


def test_unknown_names_the_missing_fact_and_the_cautious_date() -> None:
    found = ask(EU, "eu.ai_act.art52_1", {"compute_flop": fact(BIG)}, "2026-01-10")
    assert (found.state, found.missing, found.due) == ("unknown", ("placed_on_eu_market",), None)
    assert found.due_if_owed is not None
    assert found.due_if_owed.last_day == date(2026, 1, 19)


def test_an_unknown_fact_that_changes_nothing_is_not_missing() -> None:
    """Not placed on the market: not owed, whatever the compute."""
    found = ask(EU, "eu.ai_act.art52_1", {"placed_on_eu_market": fact(False)}, "2026-01-10")
    assert (found.state, found.missing) == ("not_owed", ())


def test_what_was_learned_later_is_unknown_earlier() -> None:
    facts = {"compute_flop": fact(BIG, "2026-05-01"), "placed_on_eu_market": fact(True)}
    assert ask(EU, "eu.ai_act.art52_1", facts, "2026-04-30").missing == ("compute_flop",)
    assert ask(EU, "eu.ai_act.art52_1", facts, "2026-05-01").state == "owed"


def test_conditions_met_before_the_law_applied_start_the_clock_when_it_does() -> None:
    """Known in 2024; Chapter V applies from Saturday 2 August 2025; two weeks on is a Saturday, so Monday the 18th."""
    facts = {"compute_flop": fact(BIG, "2024-05-01"), "placed_on_eu_market": fact(True, "2024-05-01")}
    found = ask(EU, "eu.ai_act.art52_1", facts, "2025-09-01")
    assert found.started_on == instant("2025-08-01T22:00:00Z")
    assert found.due is not None
    assert found.due.last_day == date(2025, 8, 18)
    assert "placed_on_eu_market_on" in found.doubts  # the transitional clause might give until 2027


def test_models_on_the_market_before_have_until_august_2027() -> None:
    """Art. 111(3)."""
    facts = {
        "compute_flop": fact(BIG, "2024-05-01"),
        "placed_on_eu_market": fact(True, "2024-05-01"),
        "placed_on_eu_market_on": fact("2025-08-01"),
    }
    found = ask(EU, "eu.ai_act.art52_1", facts, "2026-02-01")
    assert found.due is not None
    assert (found.state, found.due.last_day) == ("owed", date(2027, 8, 2))
    assert found.due.steps[0]["code"] == "transitional"
    later = {**facts, "placed_on_eu_market_on": fact("2025-08-02")}
    due = ask(EU, "eu.ai_act.art52_1", later, "2026-02-01").due
    assert due is not None
    assert due.last_day == date(2025, 8, 18)


@pytest.mark.parametrize(
    ("compute", "generates", "state"),
    [(2e23, "text,image", "owed"), (2e23, "action", "not_owed"), (9e22, "text", "not_owed"), (2e23, None, "unknown")],
)
def test_the_indicative_line_needs_a_modality(compute: float, generates: str | None, state: str) -> None:
    facts = {"compute_flop": fact(compute), "generates": fact(generates), "placed_on_eu_market": fact(True)}
    found = ask(EU, "eu.ai_act.art53_1", facts, "2026-02-01")
    assert found.state == state
    assert found.due is None  # documentation is kept, nothing is notified


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2023, 10, 29), "not_in_force"),
        (date(2023, 10, 30), "owed"),
        (date(2025, 1, 19), "owed"),
        (date(2025, 1, 20), "not_in_force"),
        (date(2026, 1, 1), "not_in_force"),
    ],
)
def test_the_executive_order_asked_only_while_it_stood(day: date, state: str) -> None:
    facts = {"compute_flop": fact(2e26, None), "developer_in_us": fact(True, None)}
    assert ask(US, "us.eo14110.sec4_2", facts, day).state == state


def test_biological_models_had_a_lower_line() -> None:
    facts = {"compute_flop": fact(2e23, None), "developer_in_us": fact(True, None)}
    unknown = ask(US, "us.eo14110.sec4_2", facts, date(2024, 6, 1))
    assert (unknown.state, unknown.missing) == ("unknown", ("biological_sequence_share",))
    mostly = {**facts, "biological_sequence_share": fact(0.8, None)}
    found = ask(US, "us.eo14110.sec4_2", mostly, date(2024, 6, 1))
    assert (found.state, found.due) == ("owed", None)  # ongoing: the order set no date


def test_california_asks_for_revenue_only_for_the_summary() -> None:
    facts = {"compute_flop": fact(2e26), "deployed": fact(True), "deployed_on": fact("2026-02-10")}
    report = ask(CA, "us_ca.sb53.transparency_report", facts, "2026-03-01")
    assert report.due is not None
    assert (report.state, report.due.last_day) == ("owed", date(2026, 2, 10))
    summary = ask(CA, "us_ca.sb53.risk_summary", facts, "2026-03-01")
    assert (summary.state, summary.missing) == ("unknown", ("annual_revenue_usd",))
    rich = ask(CA, "us_ca.sb53.risk_summary", {**facts, "annual_revenue_usd": fact(6e8)}, "2026-03-01")
    poor = ask(CA, "us_ca.sb53.risk_summary", {**facts, "annual_revenue_usd": fact(5e8)}, "2026-03-01")
    assert (rich.state, poor.state) == ("owed", "not_owed")


def test_a_figure_that_is_not_public_is_judged_but_not_shown() -> None:
    """Revenue is filed in confidence; the reasons go into a public entry."""
    facts = {"compute_flop": fact(2e26), "annual_revenue_usd": fact(6.123e8)}
    why = ask(CA, "us_ca.sb53.risk_summary", facts, "2026-03-01").why()
    conditions = {item["fact"]: item for item in why["conditions"]["all"]}
    assert conditions["annual_revenue_usd"]["truth"] == "yes"
    assert "seen" not in conditions["annual_revenue_usd"]
    assert conditions["compute_flop"]["seen"] == 2e26
    assert "6.123" not in repr(why)


def test_deployed_before_the_law_owes_no_report() -> None:
    facts = {"compute_flop": fact(2e26), "deployed": fact(True), "deployed_on": fact("2025-12-31")}
    assert ask(CA, "us_ca.sb53.transparency_report", facts, "2026-03-01").state == "not_owed"


@pytest.mark.parametrize("value", [True, "lots", float("nan"), float("inf")])
def test_a_fact_of_the_wrong_sort_is_unknown_not_an_error(value: Any) -> None:
    facts = {"compute_flop": Fact(value), "placed_on_eu_market": fact("yes")}
    found = ask(EU, "eu.ai_act.art52_1", facts, "2026-03-01")
    assert found.missing == ("compute_flop", "placed_on_eu_market")


@pytest.mark.parametrize(
    ("act_on", "state"), [("low", "not_owed"), ("point", "owed"), ("high", "owed"), ("interval", "unknown")]
)
def test_the_text_says_which_figure_of_an_interval_decides(act_on: str, state: str) -> None:
    law = read_law(TEXTS["eu.ai_act"].replace('act_on = "point"', f'act_on = "{act_on}"'))
    facts = {"compute_flop": fact(BIG), "placed_on_eu_market": fact(True)}
    assert ask(law, "eu.ai_act.art52_1", facts, "2026-03-01").state == state


def test_a_clock_that_began_never_starts_later() -> None:
    """A later filing of the same figures does not buy time."""
    from commonweal.kernel.obligations import evaluate_rule

    facts = {"compute_flop": fact(BIG, "2026-06-01"), "placed_on_eu_market": fact(True)}
    began = datetime(2026, 1, 5, tzinfo=UTC)
    found = evaluate_rule(EU, EU.rules[0], facts, instant("2026-06-02"), began=began, calendars=CALENDARS)
    assert found.started_on == began
