"""Taxonomies are data that name every fault."""

from __future__ import annotations

from commonweal.instruments.incident_reports.agreeing import view
from commonweal.instruments.incident_reports.taxonomies import faults_of, taxonomies

from .conftest import Office


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


def test_officers_see_how_far_annotators_agree(office: Office) -> None:
    """Krippendorff's own example C (2011): four observers, nominal data, alpha .743."""
    observers = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    codes = dict(zip("12345", taxonomies()["mit_domain"].questions["domain"].codes, strict=False))
    for at in range(12):
        office.file("incident", name=f"I {at}", title="t")
        for who, told in enumerate(observers):
            if told[at] != ".":
                said = {"taxonomy": "mit_domain", "annotator": f"A {who}", "codes": {"domain": [codes[told[at]]]}}
                office.file("annotation", incident=f"incident:i-{at}", **said)
    (page,) = view(office.authority.reading(), {})["taxonomies"]
    row = next(row for row in page["rows"] if row[1] is not None)
    assert row[1] == 0.743
    assert row[4:] == (11, 40)
    assert row[2] < 0.743 < row[3]
    assert page["annotators"] == ["A 0", "A 1", "A 2", "A 3"]
    assert page["chart_"].rows[0][1:] == row[1:4]
