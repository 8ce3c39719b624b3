"""Where the boxes and lines of a layered drawing stand (Sugiyama, Tagawa and Toda 1981).

Every node lies in a layer below whatever leads to it but by a loop; a line that passes layers has a place of its own in
each, so that it runs behind no box; layers are ordered so that few lines cross (barycentres), and nodes are moved as
near to their neighbours as that order and the boxes' widths allow (least squares, by pooling adjacent violators).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Pair = tuple[str, str]
Layers = list[list[Hashable]]
SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """`x` is the middle of each node, `rank` its layer; `lines` gives for each pair the x in each layer on its way.

    A line that leads back up is given from its end down to its start: `back` holds those pairs.
    """

    x: Mapping[str, float]
    rank: Mapping[str, int]
    lines: Mapping[Pair, list[float]]
    back: frozenset[Pair]
    width: float


def laid_out(nodes: Sequence[str], start: str, pairs: Iterable[Pair], *, box: float, lane: float, gap: float) -> Layout:
    """A layout of nodes of a width `box` and lines that take a `lane`, both `gap` apart, from `start` down."""
    edges = list(dict.fromkeys(pairs))
    back = back_edges(nodes, start, edges)
    down = [(end, first) if (first, end) in back else (first, end) for first, end in edges]
    rank = ranks(nodes, [pair for pair in down if pair[0] != pair[1]])
    layers: Layers = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for node in nodes:
        layers[rank[node]].append(node)
    chains: dict[Pair, list[Hashable]] = {}
    above: dict[Hashable, list[Hashable]] = defaultdict(list)
    below: dict[Hashable, list[Hashable]] = defaultdict(list)
    for pair, (first, end) in zip(edges, down, strict=True):
        passed: list[Hashable] = [(pair, layer) for layer in range(rank[first] + 1, rank[end])]
        for place in passed:
            layers[place[1]].append(place)  # type: ignore[index]
        chain = [first, *passed, end]
        chains[pair] = chain
        for one, other in pairwise(chain):
            below[one].append(other)
            above[other].append(one)
    layers = _ordered(layers, above, below)
    wide = {node: box if isinstance(node, str) else lane for layer in layers for node in layer}
    x = _placed(layers, above, below, wide, gap)
    left = min((x[node] - wide[node] / 2 for node in x), default=0.0)
    right = max((x[node] + wide[node] / 2 for node in x), default=0.0)
    moved = {node: value - left for node, value in x.items()}
    lines = {pair: [moved[node] for node in chain] for pair, chain in chains.items()}
    return Layout({node: moved[node] for node in nodes}, rank, lines, frozenset(back), right - left)


def ranks(nodes: Sequence[str], down: Sequence[Pair]) -> dict[str, int]:
    """The layer of each node: one more than the lowest that leads to it. `down` has no circle."""
    following: dict[str, list[str]] = defaultdict(list)
    waiting = dict.fromkeys(nodes, 0)
    for first, end in down:
        following[first].append(end)
        waiting[end] += 1
    rank = dict.fromkeys(nodes, 0)
    ready = deque(node for node in nodes if not waiting[node])
    while ready:
        node = ready.popleft()
        for end in following[node]:
            rank[end] = max(rank[end], rank[node] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return rank


def back_edges(nodes: Sequence[str], start: str, edges: Iterable[Pair]) -> set[Pair]:
    """The edges that lead back to a node on the way to themselves, found depth first without recursion."""
    following: dict[str, list[str]] = defaultdict(list)
    for first, end in edges:
        following[first].append(end)
    back: set[Pair] = set()
    done: set[str] = set()
    for root in [start, *nodes]:
        if root in done:
            continue
        path, on_path = [(root, iter(following[root]))], {root}
        while path:
            node, rest = path[-1]
            after = next(rest, None)
            if after is None:
                path.pop()
                on_path.discard(node)
                done.add(node)
            elif after in on_path:
                back.add((node, after))
            elif after not in done:
                path.append((after, iter(following[after])))
                on_path.add(after)
    return back


Neighbours = Mapping[Hashable, Sequence[Hashable]]


def _ordered(layers: Layers, above: Neighbours, below: Neighbours) -> Layers:
    """The layers ordered by where their neighbours stand, swept down and up: the order with the fewest crossings."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    found = [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        for layer, fixed in _swept(found, downward):
            place = {node: n for n, node in enumerate(fixed)}
            middles = _middles(layer, above if downward else below, place)
            layer.sort(key=middles.__getitem__)
        if (crossings := _crossings(found, below)) < fewest:
            best, fewest = [list(layer) for layer in found], crossings
    return best


def _swept(layers: Layers, downward: bool) -> list[tuple[list[Hashable], list[Hashable]]]:
    """Each layer with the one before it in the direction of a sweep."""
    pairs = list(zip(layers[1:], layers, strict=False))
    return pairs if downward else [(fixed, layer) for layer, fixed in reversed(pairs)]


def _middles(layer: Sequence[Hashable], neighbours: Neighbours, place: Mapping[Hashable, int]) -> dict[Hashable, float]:
    """The mean place of each node's neighbours; where it has none, its own."""
    found = {}
    for n, node in enumerate(layer):
        there = [place[one] for one in neighbours.get(node, ()) if one in place]
        found[node] = sum(there) / len(there) if there else float(n)
    return found


def _crossings(layers: Layers, below: Neighbours) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        place = {node: n for n, node in enumerate(lower)}
        ends = [place[end] for node in upper for end in sorted(below.get(node, ()), key=lambda one: place[one])]
        total += sum(one > other for n, one in enumerate(ends) for other in ends[n + 1 :])
    return total


def _placed(
    layers: Layers, above: Neighbours, below: Neighbours, wide: Mapping[Hashable, float], gap: float
) -> dict[Hashable, float]:
    """The middle of each node: near its neighbours, in the layer's order, and a gap from the next."""
    x: dict[Hashable, float] = {}
    for layer in layers:
        at = 0.0
        for node in layer:
            x[node] = at + wide[node] / 2
            at += wide[node] + gap
        for node in layer:
            x[node] -= (at - gap) / 2
    for sweep in range(2 * SWEEPS):
        downward = sweep % 2 == 0
        for layer in layers if downward else layers[::-1]:
            wanted = []
            for node in layer:
                near = [*above.get(node, ()), *below.get(node, ())]
                wanted.append(sum(x[one] for one in near) / len(near) if near else x[node])
            apart = [(wide[one] + wide[other]) / 2 + gap for one, other in pairwise(layer)]
            for node, value in zip(layer, nearest(wanted, apart), strict=True):
                x[node] = value
    return x


def nearest(wanted: Sequence[float], apart: Sequence[float]) -> list[float]:
    """The places nearest to those wanted (least squares) that stand in order, each at least `apart` from the next."""
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    pools: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        mean, count = value - offset, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    flat = [mean for mean, count in pools for _ in range(count)]
    return [value + offset for value, offset in zip(flat, offsets, strict=True)]
