"""Where an argument rests on itself, and what it never comes to: faults of a graph, each named."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .graph import Ints, Rows, _ints, grouped


def circles(count: int, edges: ArrayLike) -> list[list[int]]:
    """One shortest circle of each knot of nodes that all reach one another, its lowest node first, in order of that.

    `edges` (m, 2): from, to; nodes from 0 to `count`. A node that points to itself is a circle of one. A knot can hold
    more circles than could be listed; whoever unties the one that is named asks again.
    """
    pairs = _ints(edges, 2)
    if not len(pairs):
        return []
    following = grouped(count, pairs[:, 0], pairs[:, 1])
    ends = {(int(start), int(end)) for start, end in pairs}
    lowest = [min(knot) for knot in knots(count, following) if len(knot) > 1 or (knot[0], knot[0]) in ends]
    return [_shortest(node, following) for node in sorted(lowest)]


def knots(count: int, following: Rows | Sequence[Sequence[int]]) -> list[list[int]]:
    """The strongly connected parts of a graph, each before all from which it is reached.

    `following`: of each node, those it points to. R. Tarjan, Depth-first search and linear graph algorithms (1972),
    without recursion: an argument may be thousands of steps deep.
    """
    number, low = [-1] * count, [0] * count
    open_nodes: list[int] = []
    found: list[list[int]] = []
    waiting = [False] * count
    reached = 0
    for root in range(count):
        way = [] if number[root] >= 0 else [(root, iter(following[root]))]
        while way:
            node, rest = way[-1]
            if number[node] < 0:
                number[node] = low[node] = reached
                reached += 1
                open_nodes.append(node)
                waiting[node] = True
            fresh = next((one for one in rest if number[one] < 0 or waiting[one]), None)
            if fresh is None:
                way.pop()
                if way:
                    low[way[-1][0]] = min(low[way[-1][0]], low[node])
                if low[node] == number[node]:
                    found.append(_closed(node, open_nodes, waiting))
            elif number[fresh] < 0:
                way.append((fresh, iter(following[fresh])))
            else:
                low[node] = min(low[node], number[fresh])
    return found


def _closed(root: int, open_nodes: list[int], waiting: list[bool]) -> list[int]:
    """The part that ends at a node: everything opened since."""
    part: list[int] = []
    while not part or part[-1] != root:
        part.append(open_nodes.pop())
        waiting[part[-1]] = False
    return part


def _shortest(start: int, following: Rows) -> list[int]:
    """The shortest way from a node back to itself."""
    came: dict[int, int] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for target in following[node]:
            if target == start:
                way = [node]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if target not in came:
                came[target] = node
                queue.append(target)
    raise AssertionError("a knot holds a way back to each of its nodes")


def unreached(count: int, edges: ArrayLike, starts: ArrayLike) -> Ints:
    """The nodes to which no way leads from any of `starts`, in order."""
    pairs = _ints(edges, 2)
    following = grouped(count, pairs[:, 0], pairs[:, 1])
    seen = np.zeros(count, bool)
    stack = _ints(starts).tolist()
    seen[stack] = True
    while stack:
        for target in following[stack.pop()]:
            if not seen[target]:
                seen[target] = True
                stack.append(target)
    return np.flatnonzero(~seen)
