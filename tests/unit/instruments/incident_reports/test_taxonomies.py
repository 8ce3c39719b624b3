"""Taxonomies are data that name every fault, and agreement of annotators is Krippendorff's own figure."""

from __future__ import annotations

import pytest

from commonweal.instruments.incident_reports.taxonomies import agreement, faults_of, taxonomies

TWO = ("0100000010", "1110010000")
FOUR = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def judged(rows: tuple[str, ...]) -> list[dict[str, str]]:
    """For each unit the code by annotator; a point is a missing one."""
    return [{str(who): row[at] for who, row in enumerate(rows) if row[at] != "."} for at in range(len(rows[0]))]


@pytest.mark.parametrize(("rows", "alpha", "judgements"), [(TWO, 0.095, 20), (FOUR, 0.743, 40)])
def test_agreement_is_what_its_author_worked_out(rows: tuple[str, ...], alpha: float, judgements: int) -> None:
    """K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A and C, nominal data."""
    found = agreement("q", judged(rows))
    assert found.alpha == pytest.approx(alpha, abs=5e-4)
    assert found.judgements == judgements


def test_one_code_alone_says_nothing_of_agreement() -> None:
    assert agreement("q", judged(("111", "111"))).alpha is None
    assert agreement("q", judged(("12.", "..1"))).alpha is None


def test_every_code_has_words_in_both_languages() -> None:
    known = taxonomies()
    assert set(known) == {"cset_v1", "mit_causal", "mit_domain"}
    for taxonomy in known.values():
        assert taxonomy.citation
        for question in taxonomy.questions.values():
            assert all(words["en"] and words["zh"] for words in (question.title, *question.codes.values()))


def test_what_a_taxonomy_has_not_is_named() -> None:
    assert [fault.where for fault in faults_of("none", {})] == ["taxonomy"]
    codes = {"entity": ["AI", "Ghost"], "colour": ["red"]}
    assert [fault.where for fault in faults_of("mit_causal", codes)] == ["codes.entity", "codes.colour"]
