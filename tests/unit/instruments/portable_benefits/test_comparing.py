"""The comparison on made-up workers: the same seed gives the same people, and what it says follows from the designs."""

from __future__ import annotations

from itertools import islice

from commonweal.instruments.portable_benefits.comparing import (
    DESIGNS,
    MANY,
    SEED,
    charts,
    compared,
    recorded,
    synthetic_note,
)
from commonweal.instruments.portable_benefits.synthetic import GROUPS, population


def test_a_seed_gives_the_same_people_however_many_are_drawn() -> None:
    assert list(population(1, 20)) == list(islice(population(1, 50), 20))
    assert list(population(1, 20)) != list(population(2, 20))


def test_counting_over_all_payers_leaves_less_earned_without_contribution() -> None:
    """Where the line of 1,000 dollars counts all payers together, split work qualifies as well."""
    rows = {(row["design"], row["group"]): row for row in compared(3, 150)["rows"]}
    for group in GROUPS:
        each, together = rows["quarterly_four_percent", group], rows["several_payers", group]
        assert together["reached"] >= each["reached"]
        assert together["without"] <= each["without"]
    assert all(row["public"] == 0 for (design, _), row in rows.items() if design != "several_payers")


def test_what_is_shipped_is_of_a_hundred_thousand_says_that_it_is_synthetic_and_is_drawn_in_both_languages() -> None:
    report = recorded()
    assert (report["synthetic"], report["seed"], report["workers"]) == (True, SEED, MANY) == (True, 27, 100_000)
    assert sum(row["workers"] for row in report["rows"]) == MANY * len(DESIGNS)
    for language, word in (("en", "synthetic"), ("zh", "合成")):
        assert word in synthetic_note(report, language)
        assert [len(one.rows) for one in charts(report, language)] == [len(DESIGNS) * len(GROUPS)] * 2
