"""A day that the debtor itself states counts where the law counts the act; it is told as that, and counts apart."""

from __future__ import annotations

from typing import Any

import pytest

from commonweal.duty_feeds import Told, ics
from commonweal.kernel.obligations import duties, explained, on_time, read_law
from commonweal.kernel.values import instant
from commonweal.law import texts
from duty_house import CLAUSES, REPORT, UPDATE, A, House

# Ten days from 1 June end with Thursday 11 June; an update is due every four weeks.
LAW = CLAUSES.replace(
    'met_by = { kind = "register.report", subject = "about" }',
    'met_by = { kind = "register.report", subject = "about", on = "done_on" }',
)
LATE = "2026-07-20T09:00:00Z"


@pytest.fixture
def house() -> House:
    made = House()
    made.adopt("xx.law", "2025-12-01", LAW, version="1")
    made.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    made.tick("2026-06-12T00:00:00Z")
    return made


def report(house: House, at: str, rule: str = REPORT, **body: Any) -> dict[str, Any]:
    house.file("register.report", at, rule=rule, about=A, **body)
    return duties(house.tables, subject=A, rule=rule)[0]


def test_what_is_in_time_by_a_statement_received_later_says_so_and_counts_apart(house: House) -> None:
    row = report(house, LATE, done_on="2026-06-05")
    assert (row["state"], row["late"], row["met_on"]) == ("met", 0, "2026-06-05")
    assert (row["received_on"], row["stated"]) == ("2026-07-20", 1)
    assert explained(row["why"]["steps"])[0]["en"] == (
        "That it was done on Friday 2026-06-05 is stated by whoever owed it; this was received on Monday 2026-07-20."
    )
    assert [act.body["received_on"] for act in house.acts if act.body["state"] == "met"] == ["2026-07-20"]
    (line,) = on_time(house.tables, instant(LATE), rule=REPORT)
    assert [line[name] for name in ("in_time", "stated", "late", "dated", "days_before")] == [0, 1, 0, 0, None]
    told = Told("log.example/duties", "The office", "zh", instant("2026-07-21"))
    assert "2026-07-20" in ics(house.tables, told, {"rule": REPORT}).decode().replace("\r\n ", "")


def test_what_was_received_in_time_is_in_time_by_receipt_whatever_it_states(house: House) -> None:
    """Done on 5 June, received on the 10th: a day before the 11th."""
    row = report(house, "2026-06-10T09:00:00Z", done_on="2026-06-05")
    assert (row["met_on"], row["received_on"], row["stated"]) == ("2026-06-05", "2026-06-10", 0)
    (line,) = on_time(house.tables, instant(LATE), rule=REPORT)
    assert [line[name] for name in ("in_time", "stated", "days_before")] == [1, 0, 1]


def test_a_later_statement_does_not_take_the_receipt_away(house: House) -> None:
    report(house, "2026-06-10T09:00:00Z")
    row = report(house, LATE, done_on="2026-06-03")
    assert (row["met_on"], row["received_on"], row["stated"]) == ("2026-06-03", "2026-06-10", 0)


@pytest.mark.parametrize("at", ["2026-06-10T09:00:00Z", LATE])
def test_what_states_no_day_is_met_by_its_receipt(house: House, at: str) -> None:
    row = report(house, at)
    assert (row["met_on"], row["received_on"], row["stated"]) == (at[:10], None, 0)
    assert "stated" not in [step["code"] for step in row["why"]["steps"]]


def test_rounds_that_are_in_time_by_a_statement_alone_count_apart(house: House) -> None:
    """Reported on 10 June; four weeks are up on 8 July. Done, it says, on 1 July, which is told on the 20th."""
    report(house, "2026-06-10T09:00:00Z")
    row = report(house, LATE, UPDATE, done_on="2026-07-01")
    assert (row["rounds"]["met"], row["rounds"]["late"], row["rounds"]["stated"]) == (1, 0, 1)
    assert [row["rounds"]["kept"][0][name] for name in ("met_on", "received_on")] == ["2026-07-01", "2026-07-20"]
    assert [step["code"] for step in row["why"]["steps"][:2]] == ["again", "stated"]
    (line,) = on_time(house.tables, instant(LATE), rule=UPDATE)
    assert [line[name] for name in ("in_time", "stated", "late", "dated")] == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        ("eu.ai_act.art52_1", "receipt"),  # Art. 52(1): "notify the Commission"
        ("eu.gpai_code.framework", "act"),  # Measure 1.1: confirmed
        ("eu.gpai_code.framework.access", "receipt"),  # Measure 1.4: access for the AI Office
        ("eu.gpai_code.model_report", "receipt"),  # Measure 7.7: provided to the AI Office
        ("eu.gpai_code.framework_assessment", "act"),  # Measure 1.3: assessed
        ("us_ca.sb53.transparency_report", "act"),  # § 22757.12(c): published on its website
        ("us_ca.sb53.framework", "act"),  # § 22757.12(a): written, implemented, published
        ("us_ny.raise.transparency_report", "act"),  # § 1421(3): published on its website
        ("us_ny.raise.framework.review", "act"),  # § 1421(2)(a): reviewed
        ("us_ny.raise.internal_use_summary", "receipt"),  # § 1422(2)(a): transmitted to the office
        ("us_ny.raise.disclosure_statement", "receipt"),  # § 1428(1): on file with the office
        ("us_ny.raise.disclosure_statement.renewal", "receipt"),  # § 1428(2)
        ("cn.algorithm_filing.filing", "act"),  # Art. 24(1): entered in the CAC's own system, which is not this record
        ("us.eo14110.sec4_2", "receipt"),  # § 4.2(a)(i): provide the Federal Government
    ],
)
def test_the_shipped_texts_count_the_act_or_the_receipt_as_each_law_says(rule: str, counts: str) -> None:
    law = read_law(texts()[".".join(rule.split(".")[:2])])
    (found,) = [one for one in law.rules if one.id == rule]
    (how,) = found.met_by
    assert how.on == {"act": "done_on", "receipt": ""}[counts]
