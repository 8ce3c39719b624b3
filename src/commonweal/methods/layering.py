"""Drawing a directed graph in layers: everything below what points to it, few crossings, nothing on top of another.

The four steps of K. Sugiyama, S. Tagawa and M. Toda, Methods for visual understanding of hierarchical system structures
(1981): edges that close a circle are turned; each node goes one layer below the lowest that points to it, and edges
over several layers get a bend in each; nodes of a layer are ordered by the mean place of their neighbours,
down and up, and the order with the fewest crossings is kept (P. Eades and N. Wormald 1994 on why the mean is good); and
each layer is moved as close to its neighbours' means as the sizes of its boxes allow. That last step is a least-squares
problem with an order to keep, so it is solved exactly by pooling adjacent violators (R. Barlow and others, Statistical
Inference under Order Restrictions, 1972), layer by layer, until it hardly moves.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ORDER_SWEEPS, PLACE_SWEEPS, SPAN_MAX = 12, 10, 60
"""An edge over more layers than `SPAN_MAX` is drawn straight: its bends would be most of the drawing."""
LANE = 8.0


@dataclass(frozen=True, eq=False)
class Layout:
    """Where everything goes: the centre (`x`, `y`) of each node, its `layer`, and the `bends` of each edge as it was
    given, from its start; `turned` (m): the edges that lead back up, since they close a circle; the `width` and
    `height` of it all from 0, and how many `crossings` there are."""

    x: Floats
    y: Floats
    layer: Ints
    bends: list[list[tuple[float, float]]]
    turned: NDArray[np.bool_]
    width: float
    height: float
    crossings: int


def layered(
    sizes: ArrayLike,
    edges: ArrayLike,
    *,
    gap: tuple[float, float] = (24.0, 56.0),
    lane: float = LANE,
    span_max: int = SPAN_MAX,
) -> Layout:
    """A layered drawing of boxes.

    `sizes` (n, 2): width and height of each node; `edges` (m, 2): from, to; `gap`: the least distance of boxes beside
    and below one another, in the same unit; `lane`: how much room an edge takes where it passes a layer, of which an
    edge over more than `span_max` takes none. The same graph gives the same drawing. A node's edge to itself is left
    out.
    """
    boxes = np.asarray(sizes, float).reshape(-1, 2)
    ends = np.asarray(edges, np.int64).reshape(-1, 2)
    turned = _turned(len(boxes), ends)
    down = np.where(turned[:, None], ends[:, ::-1], ends)
    layer = _layers(len(boxes), down)
    graph = _Split(boxes, down, layer, lane, span_max)
    crossings = graph.ordered()
    x = graph.placed(gap[0])
    y, height = _heights(boxes, layer, gap[1])
    bends = graph.bends(x, y, layer, ends)
    width = float((x[: len(boxes)] + boxes[:, 0] / 2).max(initial=0.0))
    reach = max((point[0] for way in bends for point in way), default=0.0)
    return Layout(x[: len(boxes)], y, layer, bends, turned, max(width, reach), height, crossings)


def _turned(count: int, ends: Ints) -> NDArray[np.bool_]:
    """The edges that close a circle: found by going through the graph from what nothing points to, in order."""
    following: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for number, (start, end) in enumerate(ends.tolist()):
        following[start].append((end, number))
    entered = np.zeros(len(ends), bool)
    state = [0] * count
    pointed = np.bincount(ends[:, 1], minlength=count) if len(ends) else np.zeros(count, np.int64)
    for root in [*np.flatnonzero(pointed == 0).tolist(), *range(count)]:
        if state[root]:
            continue
        state[root] = 1
        way = [(root, iter(following[root]))]
        while way:
            node, rest = way[-1]
            for target, number in rest:
                if state[target] == 1:
                    entered[number] = True
                elif not state[target]:
                    state[target] = 1
                    way.append((target, iter(following[target])))
                    break
            else:
                state[node] = 2
                way.pop()
    return entered


def _layers(count: int, down: Ints) -> Ints:
    """Each node one below the lowest that points to it."""
    following: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for start, end in down.tolist():
        if start != end:
            following[start].append(end)
            waits[end] += 1
    layer = [0] * count
    ready = [node for node in range(count) if not waits[node]]
    for node in ready:
        for target in following[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return np.array(layer, dtype=np.int64)


def _heights(boxes: Floats, layer: Ints, gap: float) -> tuple[Floats, float]:
    """The middle of each node's layer, and how high all layers are together."""
    if not len(boxes):
        return np.zeros(0), 0.0
    tall = np.zeros(int(layer.max()) + 1)
    np.maximum.at(tall, layer, boxes[:, 1])
    top = np.concatenate([[0.0], np.cumsum(tall + gap)])
    return (top[:-1] + tall / 2)[layer], float(top[-1] - gap)


def nearest(wishes: Sequence[float], weights: Sequence[float], steps: Sequence[float]) -> list[float]:
    """The places nearest to those wished for (weighted least squares) that stand in order, far enough apart.

    `steps`: how far from the first each is when all stand as close as they may.
    """
    sums, held, counts = list[float](), list[float](), list[int]()
    for wish, weight, step in zip(wishes, weights, steps, strict=True):
        total, mass, count = (wish - step) * weight, weight, 1
        while sums and sums[-1] * mass >= total * held[-1]:
            total, mass, count = total + sums.pop(), mass + held.pop(), count + counts.pop()
        sums.append(total)
        held.append(mass)
        counts.append(count)
    flat = [total / mass for total, mass, count in zip(sums, held, counts, strict=True) for _ in range(count)]
    return [mean + step for mean, step in zip(flat, steps, strict=True)]


class _Split:
    """The graph with a point in every layer that an edge passes: each of its edges joins two neighbouring layers."""

    def __init__(self, boxes: Floats, down: Ints, layer: Ints, lane: float, span_max: int) -> None:
        self.chains: list[list[int]] = []
        widths, layers, pairs = boxes[:, 0].tolist(), layer.tolist(), list[tuple[int, int]]()
        for start, end in down.tolist():
            span = layers[end] - layers[start]
            chain = list(range(len(widths), len(widths) + span - 1)) if 1 < span <= span_max else []
            widths += [lane] * len(chain)
            layers += [layers[start] + step for step in range(1, len(chain) + 1)]
            self.chains.append(chain)
            if span == 1 or chain:
                way = [start, *chain, end]
                pairs += pairwise(way)
        self.widths, self.layers = widths, layers
        self.above: list[list[int]] = [[] for _ in widths]
        self.below: list[list[int]] = [[] for _ in widths]
        for start, end in pairs:
            self.below[start].append(end)
            self.above[end].append(start)
        self.rows: list[list[int]] = [[] for _ in range(max(layers, default=-1) + 1)]
        for node in self._in_depth():
            self.rows[layers[node]].append(node)

    def _in_depth(self) -> list[int]:
        """Nodes as they are met going down each branch first: a tree is then free of crossings from the beginning."""
        seen, order = [False] * len(self.widths), list[int]()
        for root in sorted(range(len(self.widths)), key=lambda node: (len(self.above[node]) > 0, node)):
            stack = [root]
            while stack:
                node = stack.pop()
                if not seen[node]:
                    seen[node] = True
                    order.append(node)
                    stack += reversed(self.below[node])
        return order

    # ── order ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def ordered(self) -> int:
        """Order every layer, and say how many crossings are left."""
        best, fewest = [list(row) for row in self.rows], self._crossings()
        for sweep in range(ORDER_SWEEPS):
            if not fewest:
                break
            downward = sweep % 2 == 0
            rows = range(1, len(self.rows)) if downward else range(len(self.rows) - 2, -1, -1)
            place = self._place()
            for row in rows:
                self._by_mean(row, self.above if downward else self.below, place)
            if (found := self._crossings()) < fewest:
                best, fewest = [list(row) for row in self.rows], found
        self.rows = best
        return fewest

    def _place(self) -> list[int]:
        place = [0] * len(self.widths)
        for row in self.rows:
            for number, node in enumerate(row):
                place[node] = number
        return place

    def _by_mean(self, row: int, beside: list[list[int]], place: list[int]) -> None:
        """Order a layer by the mean place of neighbours; what has none keeps its place."""
        nodes = self.rows[row]
        if len(nodes) < 2:
            return
        means = [
            sum(place[one] for one in beside[node]) / len(beside[node]) if beside[node] else place[node]
            for node in nodes
        ]
        self.rows[row] = [nodes[one] for one in sorted(range(len(nodes)), key=means.__getitem__)]
        for number, node in enumerate(self.rows[row]):
            place[node] = number

    def _crossings(self) -> int:
        """Of edges between neighbouring layers, the pairs that cross: inversions of the lower ends."""
        place, total = self._place(), 0
        for row in self.rows:
            passed: list[int] = []
            for node in row:
                lower = sorted(place[one] for one in self.below[node])
                total += sum(len(passed) - bisect_right(passed, end) for end in lower)
                for end in lower:
                    insort(passed, end)
        return total

    # ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def placed(self, gap: float) -> Floats:
        """The centre of every node and bend, none closer to the next than `gap`, all from 0."""
        x = [0.0] * len(self.widths)
        steps = [self._steps(row, gap) for row in self.rows]
        for row, step in zip(self.rows, steps, strict=True):
            for node, offset in zip(row, step, strict=True):
                x[node] = offset - step[-1] / 2
        beside = [above + below for above, below in zip(self.above, self.below, strict=True)]
        for turn in range(PLACE_SWEEPS):
            for place in range(len(self.rows)) if turn % 2 == 0 else range(len(self.rows) - 1, -1, -1):
                self._pooled(place, steps[place], beside, x)
        left = min((x[node] - self.widths[node] / 2 for node in range(len(x))), default=0.0)
        return np.array(x) - left

    def _steps(self, row: list[int], gap: float) -> list[float]:
        """How far from the first node of a layer each centre is when they stand as close as they may."""
        found, at = list[float](), 0.0
        for number, node in enumerate(row):
            if number:
                at += (self.widths[row[number - 1]] + self.widths[node]) / 2 + gap
            found.append(at)
        return found

    def _pooled(self, row: int, steps: list[float], beside: list[list[int]], x: list[float]) -> None:
        """Move a layer as close to its neighbours' means as its order and distances allow: exact least squares."""
        nodes = self.rows[row]
        wishes, weights = list[float](), list[float]()
        for node in nodes:
            near = beside[node]
            wishes.append(sum(x[one] for one in near) / len(near) if near else x[node])
            weights.append(1.0 if near else 0.1)
        for node, place in zip(nodes, nearest(wishes, weights, steps), strict=True):
            x[node] = place

    def bends(self, x: Floats, y: Floats, layer: Ints, ends: Ints) -> list[list[tuple[float, float]]]:
        """Of each edge the points at which it passes layers, in the direction of the edge as it was given."""
        middle = np.zeros(len(self.rows))
        middle[layer] = y
        found = []
        for chain, (start, end) in zip(self.chains, ends.tolist(), strict=True):
            way = [(float(x[node]), float(middle[self.layers[node]])) for node in chain]
            found.append(way if layer[start] <= layer[end] else way[::-1])
        return found
