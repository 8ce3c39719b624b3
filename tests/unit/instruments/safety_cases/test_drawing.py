"""The drawing shows every element once, on no other, and says what the outline says."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from commonweal.instruments.safety_cases.drawing import MARKS, Look, _Sheet, drawn
from commonweal.instruments.safety_cases.formats import ltac
from commonweal.instruments.safety_cases.model import Case, Challenge
from commonweal.instruments.safety_cases.outline import outlined
from commonweal.instruments.safety_cases.weighing import weighed
from commonweal.methods.arguments import HELD

SVG = "{http://www.w3.org/2000/svg}"


def grown(claims: int, each: int) -> Case:
    """A case of `claims` claims under four strategies, each with evidence, contexts and a challenge here and there."""
    lines = ["- Claim Top: The system is safe enough in its setting", "  - Context X: The setting as described"]
    for strategy in range(4):
        lines.append(f"  - Strategy S{strategy}: By part {strategy}")
        for claim in range(claims // 4):
            name = f"{strategy}.{claim}"
            lines.append(f"    - Claim G{name}: Part {name} does what it should, also where it is used wrongly")
            lines += [f"      - Assumption A{name}: Nobody changes part {name}"] if claim % 3 == 0 else []
            lines += [f"      - Evidence E{name}.{number}: Report {number}" for number in range(each)]
            lines += [f"      - Evidence B{name}: A case where it failed {{iscounter}}"] if claim % 5 == 4 else []
    return ltac.read({"case.ltac": "\n".join([*lines, ""]).encode()})


def overlapping(sheet: _Sheet) -> list[tuple[str, str]]:
    return [
        (one, other)
        for (one, a), (other, b) in combinations(sheet.area.items(), 2)
        if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
    ]


def test_more_than_two_hundred_elements_lie_beside_one_another_on_a_sheet_that_can_be_read() -> None:
    case = grown(60, 2)
    assert len(case.elements) > 200
    sheet = _Sheet(case)
    assert sheet.area.keys() == {element.id for element in case.elements}
    assert overlapping(sheet) == []
    ratio = sheet.layout.width / len(case.elements)
    assert ratio < 100, "less than half a box's width for each element: branches hang in columns"


def test_the_drawing_names_every_element_and_shows_how_it_stands_by_more_than_colour() -> None:
    case = grown(12, 1)
    found = weighed(case, unbound=HELD)
    status = {element.id: found.status(element.id) for element in case.elements}
    look = Look("A <case> & more", {"defeated": "defeated"}, status, {"G0.0"}, lambda name: f"#e-{name}")
    root = ElementTree.fromstring(drawn(case, look))
    assert root.findtext(f"{SVG}title") == "A <case> & more"
    assert len(root.findall(f"{SVG}g")) == len(case.elements)
    assert len(root.findall(f".//{SVG}a")) == len(case.elements)
    for group, element in zip(root.findall(f"{SVG}g"), case.elements, strict=True):
        classes = (group.get("class") or "").split()
        assert {element.kind, status[element.id]} <= set(classes)
        assert ("found" in classes) == (element.id == "G0.0")
        assert MARKS[status[element.id]] in [text.text for text in group.iter(f"{SVG}text")]


@pytest.mark.parametrize("hostile", ["</title><script>x</script>", '" onload="x', "\u202e<&>\x00\x0b", "好" * 200, ""])
def test_no_text_of_a_case_gets_out_of_its_place(hostile: str) -> None:
    case = Case.model_validate({"elements": [{"id": hostile or "G", "kind": "goal", "text": hostile}]})
    svg = drawn(case, Look(hostile, link=lambda name: f"#{name}", alone=True))
    assert {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()} <= {
        "svg", "title", "style", "defs", "marker", "path", "g", "a", "rect", "text",
    }  # fmt: skip


def test_lines_turn_between_layers_where_there_are_no_boxes() -> None:
    """A column beside a small box is taller than it: a line from that box goes straight down to the layer's end."""
    sheet = _Sheet(grown(16, 2))
    for number, (above, below, _) in enumerate(sheet.ties):
        points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)(?=[A-Z\" ])", sheet.line(number))]
        box, end = sheet.area[above], sheet.area[below]
        for name, (left, top, wide, high) in sheet.area.items():
            if name not in (above, below):
                inside = [(x, y) for x, y in points if left < x < left + wide and top < y < top + high]
                assert inside == [], f"{above} → {below} behind {name}"
        assert box[1] <= end[1] or points, "something is drawn"


def test_a_challenge_to_a_relation_ends_on_that_relation() -> None:
    case = grown(4, 1)
    more = Challenge(source="B9", between=("S0", "G0.0"))
    counter = case.elements[0].model_copy(update={"id": "B9", "kind": "counter_goal", "module": ""})
    svg = drawn(case.model_copy(update={"elements": (*case.elements, counter), "challenges": (more,)}), Look("x"))
    assert len(re.findall('class="line challenge"', svg)) == 1


def test_the_outline_unfolds_each_element_once_and_says_as_what_it_stands_there() -> None:
    text = (
        "- Claim Top: t\n  - Context X: x\n  - Claim A: a\n    - Claim C: c\n      - Evidence E: e\n"
        "  - Claim B: b\n    - Link C\n  - Evidence N: no {iscounter}\n"
    )
    lines = outlined(ltac.read({"case": text.encode()}))
    assert [(line.depth, line.element.id, line.as_what, line.again) for line in lines] == [
        (0, "Top", "top", False),
        (1, "X", "in_context_of", False),
        (1, "A", "supported_by", False),
        (2, "C", "supported_by", False),
        (3, "E", "supported_by", False),
        (1, "B", "supported_by", False),
        (2, "C", "supported_by", True),
        (1, "N", "challenged_by", False),
    ]
