"""The picture of a playbook: every step once, every way, and nothing of its text taken for markup."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from commonweal.doors.portal.graphs import edges_of, layers, picture, wrapped
from commonweal.kernel.protocols.reading import read
from plays import APPROVED, book, step

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
    found = layers(playbook, edges)
    rank = {name: n for n, layer in enumerate(found) for name in layer}
    assert set(rank) == set(playbook.steps)
    up = [edge for edge in edges if rank[edge.end] <= rank[edge.start]]
    assert len(up) == (1 if steps is LOOP else 0), "only a loop leads back up"
    drawing = picture(playbook, {playbook.start: "done"}, "en", "T", lambda kind: kind)
    root = ElementTree.fromstring(drawing)
    boxes = [one for one in root.iter() if "step" in one.get("class", "").split()]
    assert len(boxes) == len(playbook.steps)
    assert sum("edge" in one.get("class", "").split() for one in root.iter()) == len(edges)


def test_names_are_text() -> None:
    document = json.loads(book(*APPROVED))
    first = next(iter(document["workflow"]))
    document["workflow"][first]["name"] = '<script>alert("x")</script>&'
    drawing = picture(read(json.dumps(document)), {}, "en", "</title><b>", str)
    assert "<script" not in drawing
    assert "<b>" not in drawing


def test_long_names_stand_on_two_lines_in_either_script() -> None:
    assert wrapped("Ask for what is missing") == ["Ask for what is missing"]
    assert wrapped("Check that the notification is complete and true") == [
        "Check that the",
        "notification is complete…",
    ]
    assert all(len(row) <= 13 for row in wrapped("核查通知是否完整并且真实，然后请提供者补充所缺内容"))
