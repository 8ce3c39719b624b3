"""A playbook as a picture: its steps in layers from the start down, with how a case stands at each.

The drawing is our own SVG with classes of the stylesheet, so it follows light, dark and print as the page does. What
leads back up (a loop) or out of a deadline is dashed. Everything in it is text of the playbook, escaped.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from commonweal.kernel.protocols.playbooks import END, START, Playbook, Step

BOX_W, BOX_H, GAP_X, GAP_Y, EDGE = 200, 58, 30, 46, 14
LINE_UNITS_MAX, LINES_MAX = 25, 2
# How far down its line the words of a way stand: those that leave one step together do not cover each other.
_LABELS_AT = {"on_true": 0.3, "on_false": 0.45, "on_failure": 0.4, "deadline.escalate_to": 0.72, "at_most.then": 0.85}
Label = Callable[[str], str]


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


def layers(playbook: Playbook, edges: Sequence[Edge]) -> list[list[str]]:
    """The steps by how far they are from the start (by the longest way without going back), each layer in order."""
    following: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        following[edge.start].append(edge.end)
    back = _back_edges(playbook.start, following)
    rank = dict.fromkeys(playbook.steps, 0)
    waiting: dict[str, int] = defaultdict(int)
    forward = [edge for edge in edges if (edge.start, edge.end) not in back]
    for edge in forward:
        waiting[edge.end] += 1
    ready = deque(step for step in playbook.steps if not waiting[step])
    order: list[str] = []
    while ready:
        step = ready.popleft()
        order.append(step)
        for edge in forward:
            if edge.start == step:
                rank[edge.end] = max(rank[edge.end], rank[step] + 1)
                waiting[edge.end] -= 1
                if not waiting[edge.end]:
                    ready.append(edge.end)
    found: list[list[str]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for step in order:
        found[rank[step]].append(step)
    return _uncrossed([layer for layer in found if layer], forward)


def _back_edges(start: str, following: Mapping[str, list[str]]) -> set[tuple[str, str]]:
    """The edges that lead back to a step on the way to themselves, found depth first without recursion."""
    back: set[tuple[str, str]] = set()
    done: set[str] = set()
    for root in [start, *following]:
        if root in done:
            continue
        path, on_path = [(root, iter(following.get(root, ())))], {root}
        while path:
            step, rest = path[-1]
            after = next(rest, None)
            if after is None:
                path.pop()
                on_path.discard(step)
                done.add(step)
            elif after in on_path:
                back.add((step, after))
            elif after not in done:
                path.append((after, iter(following.get(after, ()))))
                on_path.add(after)
    return back


def _uncrossed(found: list[list[str]], edges: Sequence[Edge]) -> list[list[str]]:
    """Each layer ordered by where its steps are led to from: few lines cross."""
    place = {step: n - len(layer) / 2 for layer in found[:1] for n, step in enumerate(layer)}
    for layer in found[1:]:
        above = {
            step: [place[edge.start] for edge in edges if edge.end == step and edge.start in place] for step in layer
        }
        layer.sort(key=lambda step: sum(above[step]) / len(above[step]) if above[step] else 0.0)
        place |= {step: n - (len(layer) - 1) / 2 for n, step in enumerate(layer)}
    return found


def picture(playbook: Playbook, standing: Mapping[str, str], language: str, title: str, label: Label) -> str:
    """The SVG of a playbook. `standing` maps a step to `now`, `done` or `failed`; `label` says what a way is for."""
    edges = edges_of(playbook)
    found = layers(playbook, edges)
    width = max(len(layer) for layer in found) * (BOX_W + GAP_X) + GAP_X + 2 * EDGE
    height = len(found) * (BOX_H + GAP_Y) + GAP_Y // 2
    at: dict[str, tuple[float, float]] = {}
    for rank, layer in enumerate(found):
        left = (width - len(layer) * (BOX_W + GAP_X) + GAP_X) / 2
        for n, step in enumerate(layer):
            at[step] = (left + n * (BOX_W + GAP_X), GAP_Y / 2 + rank * (BOX_H + GAP_Y))
    lines = "".join(_edge(edge, at, width, label(edge.kind)) for edge in edges)
    boxes = "".join(_box(playbook.steps[step], at[step], standing.get(step, ""), language) for step in at)
    marker = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>'
    )
    return (
        f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="graph-t" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"><title id="graph-t">{escape(title)}</title>'
        f"{marker}{lines}{boxes}</svg>"
    )


def _edge(edge: Edge, at: Mapping[str, tuple[float, float]], width: float, words: str) -> str:
    (x1, y1), (x2, y2) = at[edge.start], at[edge.end]
    x1, x2 = x1 + BOX_W / 2, x2 + BOX_W / 2
    dashed = " dashed" if edge.dashed else ""
    if y2 > y1:
        top, low = y1 + BOX_H, y2
        path = f"M{x1:.0f} {top:.0f}C{x1:.0f} {top + 26:.0f} {x2:.0f} {low - 26:.0f} {x2:.0f} {low:.0f}"
        share = _LABELS_AT.get(edge.kind, 0.4)
        where = (x1 + (x2 - x1) * share, top + (low - top) * share if low - top < 80 else top + 10 + 30 * share)
    else:  # back up, along the right edge
        side = width - EDGE
        path = (
            f"M{x1 + BOX_W / 2:.0f} {y1 + BOX_H / 2:.0f}C{side:.0f} {y1 + BOX_H / 2:.0f} {side:.0f} "
            f"{y2 + BOX_H / 2:.0f} {x2 + BOX_W / 2:.0f} {y2 + BOX_H / 2:.0f}"
        )
        dashed = " dashed"
        where = (side - 40, (y1 + y2 + BOX_H) / 2)
    said = f'<text class="way" x="{where[0]:.0f}" y="{where[1] + 4:.0f}">{escape(words)}</text>' if words else ""
    return f'<path class="edge{dashed}" d="{path}" marker-end="url(#tip)"/>{said}'


def _box(step: Step, at: tuple[float, float], state: str, language: str) -> str:
    x, y = at
    shape = "end" if step.type in (START, END) else "ask" if step.type.endswith("condition") else "work"
    corner = {"end": BOX_H / 2, "ask": 0}.get(shape, 6)
    name = step.name.in_(language)
    rows = wrapped(name)
    first = y + BOX_H / 2 + 5 - (len(rows) - 1) * 8.5
    words = "".join(
        f'<text x="{x + BOX_W / 2:.0f}" y="{first + n * 17:.1f}">{escape(row)}</text>' for n, row in enumerate(rows)
    )
    mark = {"done": "✓", "failed": "✕", "now": "▶"}.get(state, "")
    marked = f'<text class="mark" x="{x + 14:.0f}" y="{y + 17:.0f}">{mark}</text>' if mark else ""
    return (
        f'<g class="step {shape} {state}"><title>{escape(name)}</title>'
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX_W}" height="{BOX_H}" rx="{corner:.0f}"/>{words}{marked}</g>'
    )


def wrapped(text: str) -> list[str]:
    """A name on at most two lines; wide characters count double, and what does not fit is cut with an ellipsis."""
    rows: list[str] = [""]
    for part in _parts(text):
        if rows[-1] and _units(rows[-1] + part) > LINE_UNITS_MAX:
            rows.append("")
        rows[-1] = (rows[-1] + part).lstrip()
    if len(rows) > LINES_MAX:
        last = rows[LINES_MAX - 1]
        while last and _units(last) >= LINE_UNITS_MAX:
            last = last[:-1]
        rows = [*rows[: LINES_MAX - 1], last.rstrip() + "…"]
    return [row.strip() for row in rows]


def _parts(text: str) -> list[str]:
    """Words with the space after them; characters of scripts that are written without spaces one by one."""
    parts: list[str] = []
    for ch in text:
        wide = unicodedata.east_asian_width(ch) in "WF"
        if (
            parts
            and not wide
            and not parts[-1].endswith(" ")
            and unicodedata.east_asian_width(parts[-1][-1]) not in "WF"
        ):
            parts[-1] += ch
        else:
            parts.append(ch)
    return parts


def _units(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)
