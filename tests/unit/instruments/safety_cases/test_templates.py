"""Templates are sound arguments with places left open, the same in both languages; and two versions are told apart."""

from __future__ import annotations

import pytest

from commonweal.instruments.safety_cases.checking import faults_in
from commonweal.instruments.safety_cases.comparing import compared
from commonweal.instruments.safety_cases.formats import ltac
from commonweal.instruments.safety_cases.model import Case
from commonweal.instruments.safety_cases.templates import TEMPLATES, sources, template
from commonweal.instruments.safety_cases.weighing import weighed
from commonweal.kernel.values import NotFound
from commonweal.methods.arguments import HELD


def shape(case: Case) -> tuple[object, ...]:
    return [(one.id, one.kind, one.abstract) for one in case.elements], case.relations, case.challenges


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_a_sound_argument_that_stands_only_once_it_is_filled_in(name: str) -> None:
    case = template(name, "en")
    assert faults_in(case) == []
    found = weighed(case, unbound=HELD)
    assert found.status("G1") == "open"
    filled = case.model_copy(
        update={"elements": tuple(one.model_copy(update={"abstract": False}) for one in case.elements)}
    )
    assert weighed(filled, unbound=HELD).status("G1") == "stands"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_says_the_same_in_both_languages_and_cites_what_it_follows(name: str) -> None:
    assert shape(template(name, "en")) == shape(template(name, "zh"))
    assert all(one.text and any("一" <= ch <= "鿿" for ch in one.text) for one in template(name, "zh").elements)
    for language in ("en", "zh"):
        assert any(mark in sources(name, language) for mark in ("arXiv:", "HC 1025"))


def test_a_template_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound):
        template("alchemy", "en")
    with pytest.raises(NotFound):
        template("control", "../en")


def test_versions_are_compared_by_what_they_say() -> None:
    before = ltac.read({"c": b"- Claim A: a\n  - Claim B: b\n  - Evidence E: e\n"})
    after = ltac.read(
        {"c": b"- Claim A: better\n  - Evidence E: e (x.pdf)\n    - Context C: c\n  - Evidence N: n {iscounter}\n"}
    )
    assert [(one.what, one.how, one.name, one.fields) for one in compared(before, after)] == [
        ("element", "removed", "B", ()),
        ("element", "changed", "A", (("text", "a", "better"),)),
        ("element", "changed", "E", (("reference", "", "x.pdf"),)),
        ("element", "added", "C", ()),
        ("element", "added", "N", ()),
        ("relation", "removed", "A → B", ()),
        ("relation", "added", "E → C (context)", ()),
        ("challenge", "added", "N ⇥ A", ()),
    ]
    assert compared(before, before.model_copy(update={"elements": before.elements[::-1]})) == []
