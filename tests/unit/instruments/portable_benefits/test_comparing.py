"""The comparison on made-up workers: the same seed gives the same people, and what it says follows from the designs."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from commonweal.instruments.portable_benefits.comparing import (
    DESIGNS,
    MANY,
    SEED,
    charts,
    compared,
    recorded,
    synthetic_note,
)
from commonweal.instruments.portable_benefits.due import Work
from commonweal.instruments.portable_benefits.programmes import span_of
from commonweal.instruments.portable_benefits.synthetic import ONE_PAYER, SEVERAL_PAYERS, Worker, population

KINDS = (*SEVERAL_PAYERS, *ONE_PAYER)


def test_a_seed_gives_the_same_people_however_many_are_drawn() -> None:
    assert list(islice(population(1), 20)) == list(islice(population(1), 50))[:20]
    assert list(islice(population(1), 20)) != list(islice(population(2), 20))


@pytest.mark.parametrize(
    ("payers", "kind"),
    [
        ((), ""),
        (("employer-1",), "one_job"),
        (("employer-1", "employer-2"), "two_jobs"),
        (("employer-1", "platform-1"), "job_and_platforms"),
        (("platform-1",), "one_platform"),
        (("platform-1", "platform-2"), "platforms"),
        (("self",), "self_employed"),
    ],
)
def test_a_worker_has_the_payers_that_had_work_in_the_year(payers: tuple[str, ...], kind: str) -> None:
    span = span_of("2025-Q1")
    assert span is not None
    assert Worker({"2025-Q1": [Work(payer, *span, 100, 100, 0) for payer in payers], "2025-Q2": []}).kind == kind


def test_who_is_compared_has_several_payers_and_who_has_one_is_counted_beside() -> None:
    report = compared(3, 60)
    drawn, several = Counter[str](), 0
    for worker in population(3):
        several += len({one.payer for works in worker.quarters.values() for one in works}) > 1
        drawn[worker.kind] += 1
        if several == 60:
            break
    for design in DESIGNS:
        rows = {row["group"]: row["workers"] for row in report["rows"] if row["design"] == design}
        assert rows == {kind: drawn[kind] for kind in KINDS}
        assert sum(rows[kind] for kind in SEVERAL_PAYERS) == report["workers"] == 60
        assert sum(rows[kind] for kind in ONE_PAYER) == report["beside"] > 0


def test_counting_over_all_payers_leaves_less_earned_without_contribution() -> None:
    """Where the line of 1,000 dollars counts all payers together, split work qualifies as well."""
    rows = {(row["design"], row["group"]): row for row in compared(3, 100)["rows"]}
    for group in KINDS:
        each, together = rows["quarterly_four_percent", group], rows["several_payers", group]
        assert together["reached"] >= each["reached"]
        assert together["without"] <= each["without"]
    assert all(row["public"] == 0 for (design, _), row in rows.items() if design != "several_payers")


def test_what_is_shipped_is_of_a_hundred_thousand_says_that_it_is_synthetic_and_is_drawn_in_both_languages() -> None:
    report = recorded()
    assert (report["synthetic"], report["seed"], report["workers"]) == (True, SEED, MANY) == (True, 27, 100_000)
    workers = {row["group"]: row["workers"] for row in report["rows"] if row["design"] == DESIGNS[0]}
    assert [sum(workers[kind] for kind in of) for of in (SEVERAL_PAYERS, ONE_PAYER)] == [MANY, report["beside"]]
    for language, word, together in (("en", "synthetic", "several payers, all"), ("zh", "合成", "多个缴费方（合计）")):
        note = synthetic_note(report, language)
        assert all(each in note for each in (word, "100,000", f"{report['beside']:,}"))
        drawn = charts(report, language)
        assert [len(one.rows) for one in drawn] == [len(DESIGNS) * (len(KINDS) + 1)] * 2
        assert [row[1:3] for row in drawn[0].rows[: len(DESIGNS)]] == [[together, MANY]] * len(DESIGNS)
