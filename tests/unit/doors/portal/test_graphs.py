"""The picture of a playbook: every step once, every way, and nothing of its text taken for markup."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from commonweal.doors.portal.graphs import edges_of, picture
from commonweal.kernel.protocols.reading import read
from plays import APPROVED, book, step

SVG = "{http://www.w3.org/2000/svg}"
LOOP = (
    step("start", "action.one"),
    step("action.one", "action.two", {"at_most": {"visits": 2, "then": "@end.over"}}),
    step("action.two", "action.one"),
    step("end.over"),
)


@pytest.mark.parametrize("steps", [APPROVED, LOOP])
def test_each_step_has_a_box_below_whatever_leads_to_it(steps: tuple[dict, ...]) -> None:
    playbook = read(book(*steps))
    edges = edges_of(playbook)
    drawing = picture(playbook, {playbook.start: "done"}, "en", "T", lambda kind: kind)
    root = ElementTree.fromstring(drawing)
    boxes = [one for one in root.iter() if "step" in one.get("class", "").split()]
    assert len(boxes) == len(playbook.steps)
    tops = [float(box.findall(f"{SVG}rect")[0].get("y", "")) for box in boxes]
    top = dict(zip(playbook.steps, tops, strict=True))
    up = [edge for edge in edges if top[edge.end] <= top[edge.start]]
    assert len(up) == (1 if steps is LOOP else 0), "only a loop leads back up"
    assert sum("edge" in one.get("class", "").split() for one in root.iter()) == len(edges)


def test_names_are_text() -> None:
    document = json.loads(book(*APPROVED))
    first = next(iter(document["workflow"]))
    document["workflow"][first]["name"] = '<script>alert("x")</script>&'
    drawing = picture(read(json.dumps(document)), {}, "en", "</title><b>", str)
    assert "<script" not in drawing
    assert "<b>" not in drawing
