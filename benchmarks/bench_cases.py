"""cases.*: a safety case weighed (defeat propagated) and drawn, at 200, 2,000 and 20,000 elements.

`cases.propagate_*_ms`: the grounded labelling of an argument with challenges, from arrays to labels, beside the plain
way of it, which goes over all elements until nothing changes and has to find the same. `cases.layout_*_ms`: places and
bends of a layered drawing, beside Graphviz `dot` and fast-sugiyama where they are installed (at the sizes at which they
end within a minute or so: 20,000 nodes took fast-sugiyama 0.5.3 more than five).
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.figures import Figure, seconds
from commonweal.methods.arguments import FAILED, HELD, ON_ATTACK, ON_ELEMENT, OPEN, Argument, grounded
from commonweal.methods.layering import layered

SIZES = (200, 2_000, 20_000)
PEER_NODES_MAX, AGAIN = 2_000, 9
BOX = (196.0, 80.0)


def measure() -> list[Figure]:
    figures: list[Figure] = []
    for size in SIZES:
        print(f"  {size} elements", file=sys.stderr, flush=True)
        figures += [propagation(size), *layouts(size)]
    return figures


def made(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Supports and challenges of a case: three or four below each, every twentieth shared, every fiftieth challenged,
    half of the challenges answered."""
    random = np.random.default_rng(20261129)
    supports = [(int(random.integers(max(0, (one - 1) // 4 - 2), (one - 1) // 3 + 1)), one) for one in range(1, size)]
    supports = [(above, below) for above, below in supports if above < below]
    for _ in range(size // 20):
        below = int(random.integers(size // 2, size))
        supports.append((int(random.integers(0, below // 3 + 1)), below))
    attacks = [[size - 1 - number, ON_ELEMENT, size // 2 + number] for number in range(size // 50)]
    attacks += [[size - 1 - size // 50 - number, ON_ATTACK, number] for number in range(size // 100)]
    return np.array(supports), np.array(attacks)


def propagation(size: int) -> Figure:
    supports, attacks = made(size)
    base = np.full(size, HELD)
    best = min(seconds(lambda: grounded(Argument(base, supports, attacks))) for _ in range(AGAIN))
    found: list[list[int]] = []
    plainly = seconds(lambda: found.append(over_and_over(base.tolist(), supports.tolist(), attacks.tolist())))
    assert found[0] == grounded(Argument(base, supports, attacks)).elements.tolist(), "both find the same"
    against = "the same labels by going over all elements until nothing changes, plain Python"
    return Figure(f"cases.propagate_{size}_ms", best * 1e3, "ms", against, plainly * 1e3, "one queue in Python")


def over_and_over(base: list[int], supports: list[list[int]], attacks: list[list[int]]) -> list[int]:
    """The labels by the definition: every condition anew until none changes."""
    below: list[list[int]] = [[] for _ in base]
    on_element: list[list[int]] = [[] for _ in base]
    on_attack: list[list[int]] = [[] for _ in attacks]
    for above, one in supports:
        below[above].append(one)
    for number, (_, kind, target) in enumerate(attacks):
        (on_element if kind == ON_ELEMENT else on_attack)[target].append(number)
    labels, struck = [OPEN] * len(base), [OPEN] * len(attacks)
    changed = True
    while changed:
        changed = False
        for one in reversed(range(len(base))):
            label = min([base[one], *(labels[it] for it in below[one]), *(-struck[it] for it in on_element[one])])
            changed, labels[one] = changed or label != labels[one], label
        for number, (source, _, _) in enumerate(attacks):
            label = min([labels[source], *(-struck[it] for it in on_attack[number])])
            changed, struck[number] = changed or label != struck[number], label
    assert {*labels, *struck} <= {FAILED, OPEN, HELD}
    return labels


def layouts(size: int) -> list[Figure]:
    supports, _ = made(size)
    boxes = np.tile(BOX, (size, 1))
    ours = min(seconds(lambda: layered(boxes, supports)) for _ in range(2)) * 1e3
    name, limit = f"cases.layout_{size}_ms", "sorting by means and pooling, in Python"
    peers = {"Graphviz dot": _dot(supports), "fast-sugiyama": _fast_sugiyama(supports)}
    found = []
    for peer, draw in peers.items():
        if size > PEER_NODES_MAX:
            found.append(Figure(name, ours, "ms", f"{peer} (not tried at this size)", 0.0, limit))
        elif draw is None:
            found.append(Figure(name, ours, "ms", f"{peer} (not installed here)", 0.0, limit))
        else:
            found.append(Figure(name, ours, "ms", peer, seconds(draw) * 1e3, limit))
    return [figure for figure in found if figure.against_value] or found[:1]


def _dot(supports: np.ndarray) -> Callable[[], Any] | None:
    """Graphviz on the same graph, its own start included."""
    dot = shutil.which("dot")
    text = (
        "digraph{node[shape=box fixedsize=true width=2.7 height=1.1]" + "".join(f"{a}->{b};" for a, b in supports) + "}"
    )
    return (
        (lambda: subprocess.run([dot, "-Tplain"], input=text.encode(), capture_output=True, check=True))
        if dot
        else None
    )


def _fast_sugiyama(supports: np.ndarray) -> Callable[[], Any] | None:
    try:
        peer = importlib.import_module("fast_sugiyama")
    except ImportError:
        return None
    edges = [(int(above), int(below)) for above, below in supports]
    return lambda: peer.from_edges(edges)
