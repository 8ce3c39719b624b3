"""Laws of awareness: whatever a debtor says later of the law, no clock that counts from it begins later by that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commonweal.instruments.incident_reports.facts import facts_of
from commonweal.kernel.obligations import evaluate_rule, read_law
from commonweal.kernel.registry.subjects import VERSION
from commonweal.kernel.values import instant, stamp
from commonweal.law import texts
from fakes import MemoryTables

LAW = read_law(texts()["eu.ai_act_incidents"])
DEATH = next(rule for rule in LAW.rules if rule.id == "eu.ai_act_incidents.death")
REPORT, START = "report:r-1", instant("2026-11-01T09:00:00Z")
TOLD: dict[str, Any] = {
    "category": "serious_incident", "reporter": "provider", "organisation": "organisation:lab", "deaths": 1,
    "harms": ["death"], "jurisdictions": ["EU"], "high_risk_system": True, "equivalent_reporting": False,
}  # fmt: skip
of_the_law = st.fixed_dictionaries(
    {},
    optional={
        "high_risk_system": st.sampled_from([True, False, None]),
        "equivalent_reporting": st.sampled_from([True, False, None]),
        "jurisdictions": st.sampled_from([["EU"], ["other"], []]),
        "reporter": st.sampled_from(["provider", "deployer"]),
        "occurred": st.sampled_from(["2026-10-30", "2026-11-19", None]),
    },
)
aware = st.one_of(st.none(), st.integers(1, 400))
"""Hours before it was filed; None where that is left out."""
versions = st.lists(st.tuples(of_the_law, aware), max_size=5)


def began(said: list[tuple[dict[str, Any], int | None]]) -> tuple[str, str]:
    """What is owed by versions filed a day apart, and since when its clock runs."""
    tables = MemoryTables()
    for number, (body, hours) in enumerate(said):
        at = START + timedelta(days=number)
        knew = {} if hours is None else {"aware_at": stamp(at - timedelta(hours=hours))}
        row = {"subject": REPORT, "version": number + 1, "entry": number, "author": "party:lab", "erased": 0}
        tables.put(
            VERSION, {**dict.fromkeys(VERSION.columns), **row, "filed_on": stamp(at), "body": {**TOLD, **body, **knew}}
        )
    now = START + timedelta(days=len(said))
    found = evaluate_rule(LAW, DEATH, facts_of(REPORT, tables, now), now, subject=REPORT)
    return found.state, stamp(found.started_on) if found.started_on else ""


@given(versions, st.integers(1, 400))
def test_the_clock_of_a_death_begins_with_the_first_admission(
    before: list[tuple[dict[str, Any], int | None]], hours: int
) -> None:
    """Every version tells of the death, and the last of all that makes it owed: Art. 73(4) counts from awareness."""
    said = [*before, ({}, hours)]
    admitted = [START + timedelta(days=n, hours=-h) for n, (_, h) in enumerate(said) if h is not None]
    assert began(said) == ("owed", stamp(min(admitted)))


@given(versions, st.integers(1, 400), st.integers(1, 400))
def test_a_harm_that_was_denied_begins_with_what_tells_of_it(
    before: list[tuple[dict[str, Any], int | None]], known: int, hours: int
) -> None:
    """Who told of an injury alone had not told of the death: it has its own day, whatever else was said."""
    injury = {"harms": ["health"], "deaths": 0}
    said = [*(({**body, **injury}, when) for body, when in before), (injury, known), ({}, hours)]
    assert began(said) == ("owed", stamp(START + timedelta(days=len(before) + 1, hours=-hours)))
