"""What is known of a subject at an instant, since when, and why something is not known."""

from __future__ import annotations

import pytest

from commonweal.instruments.model_registration.facts import FACTS, model_facts, organisation_facts, run_facts
from commonweal.kernel.instrument import Interval
from commonweal.kernel.values import instant

MODEL = {"name": "M", "compute_flop": 2e25, "compute_confidence": "confident"}
RUN = {"name": "R", "organisation": "organisation:o", "status": "planned"}


def test_an_unknown_fact_has_no_value_and_says_why(house):
    house.file("model", "model:m", "2024-01-01", name="M")
    found = model_facts("model:m", house.tables, house.now)
    names = ("compute_flop", "placed_on_eu_market", "generates", "deployed", "organisation", "annual_revenue_usd")
    for name in names:
        assert found[name].value is None
        assert found[name].source


def test_a_subject_nobody_filed_has_no_facts(house):
    assert model_facts("model:none", house.tables, house.now) == {}
    assert run_facts("training_run:none", house.tables, house.now) == {}
    assert organisation_facts("organisation:none", house.tables, house.now) == {}


def test_compute_is_an_interval_known_since_it_was_filed(house):
    house.file("model", "model:m", "2024-01-01", **MODEL)
    house.file("model", "model:m", "2024-05-01", **MODEL, access="api")
    fact = model_facts("model:m", house.tables, house.now)["compute_flop"]
    assert isinstance(fact.value, Interval)
    assert fact.value.point == 2e25
    assert fact.known_on == instant("2024-01-01")


def test_facts_are_those_of_the_instant_asked_about(house):
    house.file("model", "model:m", "2024-01-01", name="M")
    house.file("model", "model:m", "2024-05-01", **MODEL, placed_on_eu_market=False)
    house.file("model", "model:m", "2024-09-01", **MODEL, placed_on_eu_market=True)
    seen = [
        model_facts("model:m", house.tables, instant(day)).get("placed_on_eu_market")
        for day in ("2023-12-31", "2024-01-01", "2024-05-01", "2024-12-31")
    ]
    assert [fact.value if fact else "absent" for fact in seen] == ["absent", None, False, True]


def test_deployment_follows_access(house):
    house.file("model", "model:a", "2024-01-01", **MODEL, access="api", publication_date="2023-12-01")
    house.file("model", "model:b", "2024-01-01", name="B", access="unreleased")
    offered, kept = (model_facts(subject, house.tables, house.now) for subject in ("model:a", "model:b"))
    assert (offered["deployed"].value, offered["deployed_on"].value) == (True, "2023-12-01")
    assert (kept["deployed"].value, kept["deployed_on"].value) == (False, None)


def test_revenue_and_seat_come_from_the_organisation(house):
    filed = {"countries": ["US", "GB"], "annual_revenue_usd": 6e8, "annual_revenue_year": 2023}
    house.file("organisation", "organisation:o", "2024-01-01", name="O", **filed)
    deployed = {"access": "api", "publication_date": "2024-01-20"}
    house.file("model", "model:m", "2024-02-01", **MODEL, organisation="organisation:o", **deployed)
    found = model_facts("model:m", house.tables, house.now)
    assert found["annual_revenue_usd"].value == 6e8
    assert found["developer_in_us"].value is True
    assert found["organisation"].value == "organisation:o"


@pytest.mark.parametrize("year", [2024, 2026, None])
def test_only_the_revenue_of_the_very_year_before_answers(house, year):
    """source: Cal. Bus. & Prof. Code § 22757.11: gross revenues in the preceding calendar year."""
    body = {"name": "O", "annual_revenue_usd": 6e8, "annual_revenue_year": year}
    house.file("organisation", "organisation:o", "2026-01-15", **body)
    deployed = {"access": "api", "publication_date": "2026-01-10"}
    house.file("model", "model:m", "2026-02-01", **MODEL, organisation="organisation:o", **deployed)
    for fact in (
        organisation_facts("organisation:o", house.tables, instant("2026-12-31"))["annual_revenue_usd"],
        model_facts("model:m", house.tables, instant("2027-01-02"))["annual_revenue_usd"],
    ):
        assert fact.value is None
        assert "2025 is asked for" in fact.source


def test_a_new_year_leaves_an_overdue_duty_overdue_until_its_figure_is_corrected(house):
    """source: § 22757.12(c)(2): the year before the deployment counts, whenever one asks."""
    from commonweal.kernel import obligations

    house.adopt_laws()
    lab = {"name": "O", "annual_revenue_usd": 9e8, "annual_revenue_year": 2025}
    house.file("organisation", "organisation:o", "2026-01-05", **lab)
    model = {"compute_flop": 3e26, "compute_confidence": "declared", "access": "api", "publication_date": "2026-01-06"}
    filed = {"name": "M", "organisation": "organisation:o", **model}
    house.file("model", "model:m", "2026-01-06", **filed)

    def states():
        wanted = [("model:m", "us_ca.sb53.risk_summary"), ("organisation:o", "us_ca.sb53.framework")]
        return [
            obligations.duties(house.tables, subject=about, rule=rule, private=True)[0]["state"]
            for about, rule in wanted
        ]

    house.tick("2026-01-08")
    assert states() == ["overdue", "owed"]
    house.file("model", "model:m", "2027-01-05", **filed, source="https://example.org/m")
    assert states() == ["overdue", "owed"]
    house.file("organisation", "organisation:o", "2027-02-01", **{**lab, "annual_revenue_year": 2026})
    assert states() == ["overdue", "owed"]
    house.file("organisation", "organisation:o", "2027-02-02", **{**lab, "annual_revenue_usd": 1e8})
    assert states()[0] == "not_owed"


def test_filing_a_run_anew_does_not_move_the_date_it_would_have(house):
    """A reading more each month must not put off the day by which the notification would be due."""
    from commonweal.kernel import obligations

    house.adopt_laws()
    house.file("organisation", "organisation:o", "2026-01-05", name="O")
    run = {"name": "R", "organisation": "organisation:o", "status": "running", "starts_on": "2026-01-01"}
    plan = {"expected_end_on": "2026-12-01", "expected_total_flop": 2e25}
    seen = []
    for month in (3, 4, 5):
        readings = [{"at": f"2026-02-{day:02d}T00:00:00Z", "flop_so_far": 6e22 * day} for day in range(1, month)]
        house.file("training_run", "training_run:r", f"2026-{month:02d}-02", **run, **plan, readings=readings)
        row = obligations.duties(house.tables, subject="training_run:r", rule="eu.ai_act.art52_1")[0]
        seen.append((row["state"], row["due_if_owed"]))
    assert seen == [("unknown", seen[0][1])] * 3
    assert seen[0][1].startswith("2026-03-16")
    house.file("training_run", "training_run:r", "2026-06-02", **run, expected_total_flop=2e24)
    house.file("training_run", "training_run:r", "2026-07-02", **run, expected_total_flop=2e25)
    row = obligations.duties(house.tables, subject="training_run:r", rule="eu.ai_act.art52_1")[0]
    assert row["due_if_owed"].startswith("2026-07-16")


def test_a_planned_run_counts_with_what_it_expects_and_its_base(house):
    house.file("training_run", "training_run:r", "2025-01-01", **RUN, expected_total_flop=6e24, base_model_flop=6e24)
    fact = run_facts("training_run:r", house.tables, house.now)["compute_flop"]
    assert fact.value.point == 1.2e25
    assert fact.known_on == instant("2025-01-01")


def test_the_largest_model_of_an_organisation_is_unknown_while_a_smaller_answer_could_be_wrong(house):
    """Otherwise a developer whose largest model has no figure would be told that it owes nothing."""
    house.adopt_laws()
    house.file("organisation", "organisation:o", "2024-01-01", name="O")
    house.file("model", "model:small", "2024-02-01", **MODEL, organisation="organisation:o")
    largest = lambda: organisation_facts("organisation:o", house.tables, house.now)["largest_compute_flop"]  # noqa: E731
    assert largest().value.point == 2e25
    house.file("model", "model:silent", "2024-03-01", name="S", organisation="organisation:o")
    assert largest().value is None
    house.file(
        "model",
        "model:large",
        "2024-04-01",
        name="L",
        compute_flop=4e26,
        compute_confidence="likely",
        organisation="organisation:o",
    )
    assert largest().value.point == 4e26


def test_an_entry_about_an_organisation_touches_its_models_and_runs(house):
    entry = house.file("organisation", "organisation:o", "2024-01-01", name="O")
    house.file("model", "model:m", "2024-02-01", **MODEL, organisation="organisation:o")
    house.file("training_run", "training_run:r", "2024-02-01", **RUN)
    touched = {facts.noun: list(facts.touches(entry, house.tables)) for facts in FACTS}
    assert touched == {"model": ["model:m"], "training_run": ["training_run:r"], "organisation": []}


def test_a_model_touches_its_owner_and_what_is_derived_from_it(house):
    house.file("organisation", "organisation:o", "2024-01-01", name="O")
    entry = house.file("model", "model:m", "2024-02-01", **MODEL, organisation="organisation:o")
    house.file("model", "model:child", "2024-03-01", name="C", base_model="model:m")
    touched = {facts.noun: list(facts.touches(entry, house.tables)) for facts in FACTS}
    assert touched == {"model": ["model:child"], "training_run": [], "organisation": ["organisation:o"]}


def test_filing_the_revenue_later_decides_a_duty_that_was_unknown(house):
    """source: § 22757.12(c)(2): owed above $500M of the preceding calendar year's revenue."""
    house.adopt_laws()
    house.file("organisation", "organisation:o", "2026-01-05", name="O")
    model = {"compute_flop": 3e26, "compute_confidence": "declared", "access": "api", "publication_date": "2026-01-06"}
    house.file("model", "model:m", "2026-01-06", name="M", organisation="organisation:o", **model)
    from commonweal.kernel import obligations

    def state():
        rows = obligations.duties(house.tables, subject="model:m", rule="us_ca.sb53.risk_summary", private=True)
        return rows[0]["state"], rows[0]["missing"]

    assert state() == ("unknown", ["annual_revenue_usd"])
    house.file(
        "organisation", "organisation:o", "2026-01-07", name="O", annual_revenue_usd=4e8, annual_revenue_year=2025
    )
    assert state() == ("not_owed", [])


def test_a_notification_is_of_the_day_where_its_law_applies(house):
    """22:30 UTC on 4 June is half past midnight on the 5th in Brussels: the code's four weeks run from that Friday."""
    house.adopt_laws()
    house.file("model", "model:m", "2026-06-01", **MODEL)
    body = {"rule_id": "eu.ai_act.art52_1", "about": "model:m", "statement": "-"}
    house.follow("model_registration.notification", body, None, "2026-06-04T22:30:00Z")
    found = model_facts("model:m", house.tables, instant("2026-06-30"))["notified_systemic_risk_on"]
    assert found.value == "2026-06-05"
