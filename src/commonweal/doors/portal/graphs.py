"""A playbook as a picture: its steps in layers from the start down, with how a case stands at each.

The drawing is our own SVG with classes of the stylesheet, so it follows light, dark and print as the page does. What
leads back up (a loop) or out of a deadline is dashed. Everything in it is text of the playbook, escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from commonweal.kernel.protocols.playbooks import END, START, Playbook, Step
from commonweal.methods.layering import Layout, layered
from commonweal.methods.lettering import units, wrapped

BOX_W, BOX_H, GAP_X, GAP_Y, EDGE, LANE = 212, 62, 26, 62, 14, 26
LINE_UNITS_MAX, LINES_MAX, LINE_H = 25, 3, 17
UNIT_W, WORDS_H = 6.4, 16
SHARES = (0.5, 0.32, 0.68, 0.2, 0.8)  # how far down its first stretch the words of a way may stand
PAGE_W = 1200  # a wider drawing is shown a little smaller, and scrolled
TURNED_W = 1500  # a wider one is printed on a page that lies on its side
Label = Callable[[str], str]
Area = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Edge:
    """From one step to another; `kind` is the property of the playbook that leads there."""

    start: str
    end: str
    kind: str

    @property
    def dashed(self) -> bool:
        return self.kind.startswith(("deadline", "at_most", "on_failure", "reversal"))


def edges_of(playbook: Playbook) -> list[Edge]:
    """Every way that a playbook can go, each once. What is begun inside a step is led to from that step."""
    found: dict[tuple[str, str], Edge] = {}
    for step in playbook.steps.values():
        for kind, end in (*step.branches(), *step.exits()):
            if end in playbook.steps:
                found.setdefault((step.id, end), Edge(step.id, end, kind))
        undone = step.extension.reversal_step
        if undone in playbook.steps:
            found.setdefault((step.id, undone), Edge(step.id, undone, "reversal_step"))
    return list(found.values())


def picture(playbook: Playbook, standing: Mapping[str, str], language: str, title: str, label: Label) -> str:
    """The SVG of a playbook. `standing` maps a step to `now`, `done` or `failed`; `label` says what a way is for."""
    edges = edges_of(playbook)
    steps = sorted(playbook.steps, key=lambda step: step != playbook.start)  # loops lead back to where it begins
    place = {step: number for number, step in enumerate(steps)}
    ends = [(place[edge.start], place[edge.end]) for edge in edges]
    found = layered([(BOX_W, BOX_H)] * len(steps), ends, gap=(GAP_X, GAP_Y), lane=LANE, span_max=len(steps))
    width, height = found.width + 2 * EDGE, found.height + GAP_Y
    taken: list[Area] = []
    ways = [_line(edge, _way(found, number, pair), bool(found.turned[number]), label(edge.kind), taken)
            for number, (edge, pair) in enumerate(zip(edges, ends, strict=True))]  # fmt: skip
    lines = "".join(line for line, _ in ways) + "".join(words for _, words in ways)  # no line runs over words
    boxes = "".join(
        _box(
            playbook.steps[step],
            (float(found.x[place[step]]) - BOX_W / 2 + EDGE, _top(int(found.layer[place[step]]))),
            standing.get(step, ""),
            language,
        )
        for step in playbook.steps
    )
    marker = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>'
    )
    look = "graph" + " broad" * (width > PAGE_W) + " turned" * (width > TURNED_W)
    return (
        f'<svg class="{look}" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-labelledby="graph-t" viewBox="0 0 {width:.0f} {height:.0f}" width="{_shown(width):.0f}">'
        f'<title id="graph-t">{escape(title)}</title>'
        f"{marker}{lines}{boxes}</svg>"
    )


def _shown(width: float) -> float:
    """How wide a drawing is shown: one that is wider than the page at three quarters of its size."""
    return width if width <= PAGE_W else max(PAGE_W, 0.75 * width)


def _top(rank: int) -> float:
    """Where the boxes of a layer begin."""
    return GAP_Y / 2 + rank * (BOX_H + GAP_Y)


def _way(found: Layout, number: int, pair: tuple[int, int]) -> list[tuple[float, int]]:
    """Where a way is in each layer that it touches, from the uppermost down."""
    start, end = pair
    xs = [float(found.x[start]), *(x for x, _ in found.bends[number]), float(found.x[end])]
    if found.layer[start] > found.layer[end]:
        xs, start = xs[::-1], end
    return [(x + EDGE, int(found.layer[start]) + down) for down, x in enumerate(xs)]


def _line(edge: Edge, way: Sequence[tuple[float, int]], back: bool, words: str, taken: list[Area]) -> tuple[str, str]:
    """A way from step to step through its own place in each layer between, and its words where there is room."""
    legs = [((x, _top(layer) + BOX_H), (other, _top(below))) for (x, layer), (other, below) in pairwise(way)]
    points = [point for leg in legs for point in leg]
    if back:
        points = points[::-1]
    path = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for n in range(0, len(points), 2):
        (x1, y1), (x2, y2) = points[n], points[n + 1]
        bend = (y2 - y1) / 2
        path += f"C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
        if n + 2 < len(points):
            path += f"L{points[n + 2][0]:.0f} {points[n + 2][1]:.0f}"
    dashed = " dashed" if edge.dashed or back else ""
    said = _words(points[:2], words, taken) if words else ""
    return f'<path class="edge{dashed}" d="{path}" marker-end="url(#tip)"/>', said


def _words(leg: Sequence[tuple[float, float]], words: str, taken: list[Area]) -> str:
    """The words of a way on its first stretch, where they cover none that stand already."""
    (x1, y1), (x2, y2) = leg
    half = units(words) * UNIT_W / 2
    places = []
    for share in SHARES:
        bent = 3 * share**2 - 2 * share**3  # a curve whose ends are upright
        places.append((x1 + (x2 - x1) * bent, y1 + (y2 - y1) * share))
    areas = [(x - half, y - WORDS_H / 2, x + half, y + WORDS_H / 2) for x, y in places]
    n = next((n for n, area in enumerate(areas) if not any(_meet(area, other) for other in taken)), 0)
    taken.append(areas[n])
    return f'<text class="way" x="{places[n][0]:.0f}" y="{places[n][1] + 4:.0f}">{escape(words)}</text>'


def _meet(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _box(step: Step, at: tuple[float, float], state: str, language: str) -> str:
    x, y = at
    shape = "end" if step.type in (START, END) else "ask" if step.type.endswith("condition") else "work"
    corner = {"end": BOX_H / 2, "ask": 0}.get(shape, 6)
    name = step.name.in_(language)
    rows = wrapped(name, LINE_UNITS_MAX, LINES_MAX)
    first = y + BOX_H / 2 + 5 - (len(rows) - 1) * LINE_H / 2
    words = "".join(
        f'<text x="{x + BOX_W / 2:.0f}" y="{first + n * LINE_H:.1f}">{escape(row)}</text>' for n, row in enumerate(rows)
    )
    mark = {"done": "✓", "failed": "✕", "now": "▶"}.get(state, "")
    marked = f'<text class="mark" x="{x + 10:.0f}" y="{y + 15:.0f}">{mark}</text>' if mark else ""
    return (
        f'<g class="step {shape} {state}"><title>{escape(name)}</title>'
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX_W}" height="{BOX_H}" rx="{corner:.0f}"/>{words}{marked}</g>'
    )
