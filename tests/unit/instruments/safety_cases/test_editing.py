"""To change a word in an outline loses nothing that an outline has no place for."""

from __future__ import annotations

from commonweal.instruments.safety_cases.editing import edited
from commonweal.instruments.safety_cases.formats import gsn2x, ltac
from commonweal.instruments.safety_cases.model import Case, Cited, Comment, Element, Relation

GSN = b"""
G1: {text: Safe, supportedBy: [G2, G3], inContextOf: [C1]}
G2: {text: It lacks the skill, supportedBy: [Sn1], classes: [wide]}
G3: {text: It is watched, undeveloped: true}
C1: {text: Hosted}
Sn1: {text: Log}
CG1: {text: The log is old, challenges: "G2 -> Sn1", supportedBy: [CSn1]}
CSn1: {text: Its date}
"""


def case() -> Case:
    found = gsn2x.read({"case.gsn.yaml": GSN})
    elements = [one.model_copy(update={"name": "Main", "comments": (Comment(author="a", text="b"),)})
                if one.id == "G1" else one for one in found.elements]  # fmt: skip
    return found.model_copy(update={"elements": tuple(elements)})


def outline(of: Case) -> str:
    return ltac.write(of).only.decode()


def test_an_outline_that_was_not_changed_changes_nothing() -> None:
    now = edited(case(), outline(case()))
    assert now.by_id() == case().by_id()
    assert set(now.relations) == set(case().relations)
    assert now.challenges == case().challenges


def test_a_word_a_line_more_and_a_line_less_and_everything_else_stays() -> None:
    text = outline(case()).replace("It lacks the skill", "It lacks every skill")
    lines = [line for line in text.splitlines() if "It is watched" not in line]
    at = next(number for number, line in enumerate(lines) if "every skill" in line)
    depth = lines[at].index("-")
    lines.insert(at, " " * depth + "- Claim G4: It can be stopped {needssupport}")
    now = edited(case(), "\n".join([*lines, ""]))
    found = now.by_id()
    assert found["G2"].text == "It lacks every skill"
    assert found["G2"].more == case().by_id()["G2"].more
    assert found["G1"].name == "Main"
    assert found["G1"].comments == case().by_id()["G1"].comments
    assert "G3" not in found
    assert found["G4"].undeveloped
    assert {one.below for one in now.relations if one.above == "G1"} == {"G2", "G4", "C1"}
    assert now.challenges == case().challenges


def test_a_case_that_came_as_an_outline_is_what_was_typed() -> None:
    text = "- Claim Top: Safe\n  - Evidence E: Log\n"
    again = text.replace("Log", "Another log")
    assert edited(ltac.read({"c": text.encode()}), again) == ltac.read({"c": again.encode()})


def test_a_reference_that_an_outline_has_no_place_for_stays_and_bars_no_editing() -> None:
    """It became text of its element, or a line of its own that our own reader refused."""
    for reference in ("https://en.wikipedia.example/wiki/Fault_(technology)", "Report of May,\n  annex 2"):
        before = gsn2x.read({"case.gsn.yaml": b"G1: {text: Safe, supportedBy: [Sn1]}\nSn1: {text: Report}\n"})
        cited = [
            one.model_copy(update={"reference": reference if one.id == "Sn1" else None}) for one in before.elements
        ]
        before = before.model_copy(update={"elements": tuple(cited)})
        now = edited(before, outline(before).replace("Safe", "Safer")).by_id()
        assert (now["G1"].text, now["Sn1"].text, now["Sn1"].reference) == ("Safer", "Report", reference)


def test_an_away_element_in_several_lines_is_one_line_and_its_reference_is_named() -> None:
    away = Element(id="^G9", kind="goal", text="Kept\nsafe", reference="r", cites=Cited(element="G9", module="M"))
    top = Element(id="G1", kind="goal", text="Safe")
    out = ltac.write(Case(title="x", elements=(top, away), relations=(Relation(above="G1", below="^G9"),)))
    assert ltac.read(out.files).by_id()["^G9"].text == "Kept safe"
    assert "element ^G9, reference" in {one.where for one in out.lost}
