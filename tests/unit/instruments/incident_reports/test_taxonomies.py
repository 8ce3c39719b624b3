"""Taxonomies are data that name every fault."""

from __future__ import annotations

import pytest

from commonweal.instruments.incident_reports.agreeing import view
from commonweal.instruments.incident_reports.taxonomies import faults_of, taxonomies
from commonweal.kernel.values import NotFound

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
    page = view(office.reading(), {})["one"]
    row = next(row for row in page["rows"] if row[1] is not None)
    assert row[1] == 0.743
    assert row[4:] == (11, 40, "Sets of codes")
    assert row[2:4] == (None, None), "of so few incidents no interval holds"
    assert page["annotators"] == ["A 0", "A 1", "A 2", "A 3"]
    assert page["chart_"].rows[0][1:] == row[1:4]


def test_a_level_next_to_another_disagrees_less_than_the_ends(office: Office) -> None:
    """Two annotators take an issue for none once, and harm for a near miss: neighbours, in six incidents."""
    levels = taxonomies()["cset_v1"].questions["ai_harm_level"].ordered
    assert levels[0] == "none"
    for at, (one, other) in enumerate([(0, 1), (1, 1), (2, 3), (3, 3), (0, 0), (2, 2)]):
        office.file("incident", name=f"I {at}", title="t")
        for who, level in (("A", one), ("B", other)):
            said = {"taxonomy": "cset_v1", "annotator": who, "codes": {"ai_harm_level": [levels[level]]}}
            office.file("annotation", incident=f"incident:i-{at}", **said)
    page = view(office.reading(), {})["one"]
    (row,) = [row for row in page["rows"] if row[1] is not None]
    assert row[6] == "Ordered codes"
    assert row[1] > 0.8, "as codes without an order alpha would be .58"


def test_only_what_is_shown_is_read_and_stands_in_the_log(office: Office) -> None:
    """One taxonomy at a time, and of each classification who made it and its codes; the public is shown neither."""
    office.file("incident", name="I 1", title="t")
    body = {"incident": "incident:i-1", "annotator": "A", "notes": "Not for this page"}
    domain = taxonomies()["mit_domain"].questions["domain"].codes
    shown = office.file("annotation", **body, taxonomy="mit_domain", codes={"domain": [next(iter(domain))]})
    office.file("annotation", **body, taxonomy="mit_causal", codes={"entity": ["AI"]})
    page = view(office.reading(), {"taxonomy": "mit_domain"})
    assert [one["annotators"] for one in [page["one"]]] == [["A"]]
    assert [address for _, address in page["others"]] == ["/incident-reports/agreement?taxonomy=mit_causal"]
    assert office.logged() == {shown: {"annotator", "codes"}}
    assert view(office.authority.reading(), {})["one"]["annotators"] == []
    with pytest.raises(NotFound, match="mit_causal, mit_domain"):
        view(office.reading(), {"taxonomy": "ghost"})
