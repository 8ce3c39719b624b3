"""Whatever a sound case says comes back from each format that has a place for it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.instruments.safety_cases.checking import faults_in
from commonweal.instruments.safety_cases.editing import edited
from commonweal.instruments.safety_cases.formats import gsn2x, ltac, own, tea
from commonweal.instruments.safety_cases.model import Case

plain = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp"))
words = st.one_of(
    st.sampled_from(
        ["a", "ends (so)", "ends {so}", "- Claim x: y", "# no comment", "a: b", "yes", "2026-01-01", "^up", "~"]
    ),
    st.text(plain, min_size=1, max_size=12).map(str.strip).filter(bool),
)
KINDS = {"goal": ("goal", "strategy", "solution"), "strategy": ("goal",), "solution": ()}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A tree of claims with some shared evidence, contexts and challenges under any of them."""
    elements: list[dict[str, Any]] = [{"id": "e0", "kind": "goal", "text": draw(words)}]
    relations: list[dict[str, Any]] = []
    challenges: list[dict[str, Any]] = []
    for number in range(1, draw(st.integers(1, 7))):
        parent = draw(st.sampled_from([one for one in elements if one["kind"] in ("goal", "strategy")]))
        name, what = f"e{number}", draw(st.sampled_from(["support", "support", "context", "challenge"]))
        if what == "support":
            kind = draw(st.sampled_from(KINDS[parent["kind"]]))
            relations.append({"above": parent["id"], "below": name})
        elif what == "context":
            kind = draw(st.sampled_from(["context", "assumption", "justification"]))
            relations.append({"above": parent["id"], "below": name, "kind": "in_context_of"})
        else:
            kind = "counter_solution"
            challenges.append({"source": name, "target": parent["id"]})
        elements.append({"id": name, "kind": kind, "text": draw(words)})
    evidence = [one["id"] for one in elements if one["kind"] == "solution"]
    goals = [one["id"] for one in elements if one["kind"] == "goal"]
    for name in evidence:
        above = draw(st.sampled_from(goals))
        if {"above": above, "below": name} not in relations:
            relations.append({"above": above, "below": name})
    parts = {"elements": elements, "relations": relations, "challenges": challenges}
    return Case.model_validate({"title": elements[0]["text"], **parts})


def argued(case: Case) -> tuple[object, ...]:
    """What a case says as an argument."""
    return (
        {(one.id, one.kind, one.text) for one in case.elements},
        {(one.above, one.below, one.kind) for one in case.relations},
        {(one.source, one.target, one.between) for one in case.challenges},
    )


@given(cases())
@settings(max_examples=60)
def test_our_own_form_gsn2x_and_ltac_say_the_same_argument(case: Case) -> None:
    assert faults_in(case) == []
    assert own.read(own.write(case).files) == case
    for form in (gsn2x, ltac):
        out = form.write(case)
        assert out.lost == ()
        back = form.read(out.files)
        assert argued(back) == argued(case)
        assert faults_in(back) == []


@given(cases())
@settings(max_examples=40)
def test_what_is_written_is_written_the_same_once_it_was_read(case: Case) -> None:
    for form in (own, gsn2x, ltac, tea):
        once = form.write(case)
        again = form.write(form.read(once.files))
        assert list(again.files.values()) == list(once.files.values())


signs = st.sampled_from(["(", ")", "()", "\n", "\r\n", "{", "}", ":", "^", " ", "- Claim x: y", "https://a.example/b"])
references = st.one_of(st.lists(st.one_of(signs, words), min_size=1, max_size=5).map("".join), st.none())


@given(cases(), st.lists(references, min_size=8, max_size=8))
@settings(max_examples=100)
def test_an_outline_carries_a_reference_or_says_that_it_does_not(case: Case, given_: list[str | None]) -> None:
    elements = [one.model_copy(update={"reference": ref}) for one, ref in zip(case.elements, given_, strict=False)]
    case = case.model_copy(update={"elements": tuple(elements)})
    out = ltac.write(case)
    back = ltac.read(out.files)
    assert argued(back) == argued(case)
    lost = {one.where for one in out.lost}
    for element, said in zip(case.elements, (back.by_id()[one.id] for one in case.elements), strict=True):
        kept = said.reference == element.reference
        assert kept != (f"element {element.id}, reference" in lost)
    now = edited(case, out.only.decode())
    assert (now.by_id(), set(now.relations)) == (case.by_id(), set(case.relations))
