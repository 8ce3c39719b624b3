"""A drawing in layers hides nothing and says which way things point, whatever the graph."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.methods.layering import LANE, Layout, layered, nearest

GAP = (10.0, 30.0)
Graph = tuple[list[tuple[float, float]], list[tuple[int, int]]]


@st.composite
def graphs(draw: st.DrawFn, *, falling: bool = False) -> Graph:
    sizes = draw(st.lists(st.tuples(st.integers(5, 90), st.integers(5, 60)), min_size=1, max_size=12))
    nodes = st.integers(0, len(sizes) - 1)
    edges = draw(st.lists(st.tuples(nodes, nodes), max_size=24))
    if falling:
        edges = [(min(pair), max(pair)) for pair in edges if pair[0] != pair[1]]
    return [(float(wide), float(tall)) for wide, tall in sizes], edges


def drawn(graph: Graph) -> Layout:
    return layered(*graph, gap=GAP)


@given(graphs())
def test_no_box_lies_on_another_and_all_are_on_the_sheet(graph: Graph) -> None:
    found, sizes = drawn(graph), np.array(graph[0])
    for one, other in combinations(range(len(sizes)), 2):
        beside = abs(found.x[one] - found.x[other]) - (sizes[one, 0] + sizes[other, 0]) / 2
        below = abs(found.y[one] - found.y[other]) - (sizes[one, 1] + sizes[other, 1]) / 2
        assert beside >= GAP[0] - 1e-6 or below >= GAP[1] - 1e-6
    assert (found.x - sizes[:, 0] / 2 >= -1e-6).all()
    assert (found.x + sizes[:, 0] / 2 <= found.width + 1e-6).all()
    assert (found.y - sizes[:, 1] / 2 >= -1e-6).all()
    assert (found.y + sizes[:, 1] / 2 <= found.height + 1e-6).all()


@given(graphs())
def test_no_line_runs_behind_a_box(graph: Graph) -> None:
    """In each layer that it passes an edge keeps its lane and the gap beside it free."""
    found, sizes = drawn(graph), np.array(graph[0])
    for way in found.bends:
        for x, y in way:
            beside = np.flatnonzero(found.y == y)
            free = np.abs(found.x[beside] - x) - sizes[beside, 0] / 2
            assert (free >= LANE / 2 + GAP[0] - 1e-6).all()


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=6), st.data())
def test_places_are_the_nearest_that_stand_apart(wishes: list[int], data: st.DataObject) -> None:
    """Least squares under distances: no small move of any group of neighbours that keeps them apart comes nearer."""
    apart = data.draw(st.lists(st.integers(1, 20), min_size=len(wishes) - 1, max_size=len(wishes) - 1))
    weights = data.draw(st.lists(st.sampled_from([0.5, 1.0, 4.0]), min_size=len(wishes), max_size=len(wishes)))
    found = nearest(wishes, weights, [sum(apart[:one]) for one in range(len(wishes))])
    assert all(b - a >= d - 1e-9 for (a, b), d in zip(pairwise(found), apart, strict=True))

    def cost(places: list[float]) -> float:
        return sum(mass * (place - wish) ** 2 for place, wish, mass in zip(places, wishes, weights, strict=True))

    for low, high in combinations(range(len(wishes) + 1), 2):
        for step in (-0.01, 0.01):
            moved = [x + step if low <= n < high else x for n, x in enumerate(found)]
            if all(b - a >= d - 1e-9 for (a, b), d in zip(pairwise(moved), apart, strict=True)):
                assert cost(moved) >= cost(found) - 1e-9


@given(graphs(falling=True))
def test_everything_is_below_all_that_points_to_it_as_near_as_may_be(graph: Graph) -> None:
    found = drawn(graph)
    for node in range(len(graph[0])):
        above = [found.layer[start] for start, end in graph[1] if end == node]
        assert found.layer[node] == max(above, default=-1) + 1


@given(graphs())
def test_an_edge_bends_once_in_each_layer_that_it_passes_and_only_goes_on(graph: Graph) -> None:
    found = drawn(graph)
    for (start, end), way in zip(graph[1], found.bends, strict=True):
        assert len(way) == max(0, abs(int(found.layer[start] - found.layer[end])) - 1)
        heights = [found.y[start], *(point[1] for point in way), found.y[end]]
        down = found.layer[start] <= found.layer[end]
        assert all((one < other) == down for one, other in pairwise(heights)) or start == end


@given(graphs(falling=True))
def test_the_crossings_are_those_that_can_be_seen(graph: Graph) -> None:
    found = drawn(graph)
    lines = []
    for (start, end), way in zip(graph[1], found.bends, strict=True):
        points = [(found.x[start], found.layer[start]), *((point[0], None) for point in way), (found.x[end], None)]
        lines += [
            (int(found.layer[start]) + step, one[0], other[0]) for step, (one, other) in enumerate(pairwise(points))
        ]
    seen = sum(
        layer == also and (upper - upper_too) * (lower - lower_too) < -1e-9
        for (layer, upper, lower), (also, upper_too, lower_too) in combinations(lines, 2)
    )
    assert seen == found.crossings


@given(st.lists(st.integers(0, 10**6), max_size=25))
def test_a_tree_has_no_crossings_and_stands_over_its_middle(picks: list[int]) -> None:
    edges = [(pick % (number + 1), number + 1) for number, pick in enumerate(picks)]
    found = layered([(40.0, 20.0)] * (len(edges) + 1), edges, gap=GAP)
    assert found.crossings == 0


def test_the_same_graph_gives_the_same_drawing_and_nothing_gives_nothing() -> None:
    one, other = (layered([(9, 9)] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)]) for _ in range(2))
    assert one.x.tolist() == other.x.tolist()
    assert one.x[0] == pytest.approx(one.x[3]), "a diamond stands upright"
    assert layered([], []).width == 0


def test_a_circle_is_drawn_too_with_one_edge_turned() -> None:
    found = layered([(9, 9)] * 3, [(0, 1), (1, 2), (2, 0)])
    assert found.layer.tolist() == [0, 1, 2]
    assert found.turned.tolist() == [False, False, True]
