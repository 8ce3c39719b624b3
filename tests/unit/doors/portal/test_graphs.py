"""The picture of a playbook: every step once, every way, and nothing of its text taken for markup."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.doors.portal.graphs import edges_of, picture
from commonweal.doors.portal.layered import laid_out, nearest
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
    pairs = [(edge.start, edge.end) for edge in edges]
    rank = laid_out(list(playbook.steps), playbook.start, pairs, box=200, lane=26, gap=26).rank
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


NODES = [f"n{n}" for n in range(9)]
PAIRS = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda pair: pair[0] != pair[1]), max_size=20
)


@given(PAIRS)
def test_no_two_boxes_touch_and_no_line_runs_behind_a_box(pairs: list[tuple[str, str]]) -> None:
    """Whatever leads where: boxes of a layer stand apart, and a line passes each layer beside every box of it."""
    found = laid_out(NODES, NODES[0], pairs, box=200, lane=20, gap=10)
    for pair, xs in found.lines.items():
        first, end = (found.rank[node] for node in (pair[::-1] if pair in found.back else pair))
        assert end - first == len(xs) - 1 >= 1, "down by a layer at a time"
        for layer, x in enumerate(xs[1:-1], first + 1):
            beside = [abs(found.x[node] - x) for node in NODES if found.rank[node] == layer]
            assert all(distance >= 110 - 1e-6 for distance in beside)
    for one, other in combinations(NODES, 2):
        if found.rank[one] == found.rank[other]:
            assert abs(found.x[one] - found.x[other]) >= 210 - 1e-6
    assert all(100 - 1e-6 <= x <= found.width - 100 + 1e-6 for x in found.x.values())


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=6), st.data())
def test_places_are_the_nearest_that_stand_apart(wanted: list[int], data: st.DataObject) -> None:
    """Least squares under distances: no small move of any group of neighbours that keeps them apart comes nearer."""
    apart = data.draw(st.lists(st.integers(1, 20), min_size=len(wanted) - 1, max_size=len(wanted) - 1))
    found = nearest(wanted, apart)
    assert all(b - a >= d - 1e-9 for (a, b), d in zip(pairwise(found), apart, strict=True))

    def cost(places: list[float]) -> float:
        return sum((place - want) ** 2 for place, want in zip(places, wanted, strict=True))

    for low, high in combinations(range(len(wanted) + 1), 2):
        for step_ in (-0.01, 0.01):
            moved = [x + step_ if low <= n < high else x for n, x in enumerate(found)]
            if all(b - a >= d - 1e-9 for (a, b), d in zip(pairwise(moved), apart, strict=True)):
                assert cost(moved) >= cost(found) - 1e-9
