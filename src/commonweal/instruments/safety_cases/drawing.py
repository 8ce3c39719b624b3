"""A case as a picture: GSN's shapes in layers, readable with hundreds of elements.

Claims go in layers from the top down. What gives context stands beside its element, and the ends of branches that
nothing else refers to hang under their element in a column, so that a wide case stays narrow. The shapes are those of
the GSN Community Standard 3: a box for a goal, slanted for a strategy, rounded ends for a solution, rounded corners for
a context, an ellipse with A or J for an assumption or a justification, a diamond under what is undeveloped; challenges
are dashed. How an element stands is a mark and a class, never a colour alone.

The drawing takes its colours from the stylesheet of the page it is in; a file of its own carries `STYLE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from xml.sax import saxutils

from commonweal.methods.layering import Layout, layered
from commonweal.methods.lettering import units, wrapped

from .model import CONTEXTUAL, Case, Element

BOX, SIDE, LINE, HEAD, PAD = 196.0, 150.0, 15.0, 17.0, 9.0
UNITS, SIDE_UNITS, LINES_MAX, SIDE_LINES_MAX = 29, 21, 7, 5
BESIDE, STACKED, EDGE, HANG_LEAST, SPINE = 18.0, 12.0, 16.0, 2, 22.0
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARKS = {"stands": "✓", "open": "?", "defeated": "✕"}
STYLE = (
    ".gsn{font-family:system-ui,sans-serif;font-size:12px}.gsn text{fill:#111;text-anchor:middle}"
    ".gsn .shape{fill:#fff;stroke:#444;stroke-width:1.3}.gsn .label{font-weight:700}.gsn .line{fill:none;stroke:#444;"
    "stroke-width:1.3}.gsn .challenge{stroke-dasharray:6 4}.gsn .tip{fill:#444}.gsn .hollow{fill:#fff;stroke:#444}"
    ".gsn .stands .shape{fill:#e8f5e9}.gsn .open .shape{fill:#fff8e1}.gsn .defeated .shape{fill:#ffebee;stroke:#b00020;"
    "stroke-width:2.4}.gsn .found .shape{stroke:#1a4fd6;stroke-width:3.5}.gsn .mark{font-size:14px;font-weight:700}"
)


@dataclass(frozen=True)
class Look:
    """What is shown beside the case itself: how each element stands, which were searched for, where each leads.

    `words`: a title for the whole, and what it says of each status (`stands`, `open`, `defeated`).
    """

    title: str
    words: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    found: Collection[str] = ()
    link: Callable[[str], str] | None = None
    alone: bool = False
    zoom: float = 1.0


def drawn(case: Case, look: Look) -> str:
    """The SVG of a checked case."""
    sheet = _Sheet(case)
    width, height = sheet.layout.width + 2 * EDGE, sheet.layout.height + 2 * EDGE
    lines = [sheet.line(number) for number in range(len(sheet.ties))] + sheet.side_lines() + sheet.spines()
    boxes = [_shape(element, sheet.area[element.id], look) for element in case.elements]
    style = f"<style>{STYLE}</style>" if look.alone else ""
    role = "img" if look.link is None else "group"  # a picture has no links in it
    tips = _tip("gsn-solid", "tip") + _tip("gsn-hollow", "hollow")
    return (
        f'<svg class="gsn" xmlns="http://www.w3.org/2000/svg" role="{role}" aria-labelledby="gsn-title" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width * look.zoom:.0f}">'
        f'<title id="gsn-title">{escape(look.title)}</title>{style}<defs>{tips}</defs>{"".join(lines + boxes)}</svg>'
    )


def _tip(name: str, look: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        f'orient="auto-start-reverse"><path class="{look}" d="M0 1 9 5 0 9z"/></marker>'
    )


def escape(text: str) -> str:
    """A text as it may stand in a drawing: characters that XML has no place for are left out."""
    return saxutils.escape(_NOT_IN_XML.sub("", text))


# ── where everything goes ───────────────────────────────────────────────────────────────────────────────────────────

Area = tuple[float, float, float, float]
"""Left, top, width, height."""


def _size(element: Element) -> tuple[float, float]:
    """How large an element is drawn, from its words."""
    side = element.kind in CONTEXTUAL
    lines = len(_rows(element))
    height = HEAD + lines * LINE + 2 * PAD + (8 if element.kind in ("assumption", "justification", "solution") else 0)
    return (SIDE if side else BOX), height + (18 if element.undeveloped else 0)


def _rows(element: Element) -> list[str]:
    side = element.kind in CONTEXTUAL
    text = " ".join((element.text or "").split())
    return wrapped(text, SIDE_UNITS if side else UNITS, SIDE_LINES_MAX if side else LINES_MAX) if text else []


@dataclass
class _Block:
    """What is moved as one: an element with what stands beside it, or a column of branches, each element with how far
    it is set in."""

    middle: list[tuple[Element, int]]
    left: list[Element] = field(default_factory=list)
    right: list[Element] = field(default_factory=list)
    hangs: bool = False

    @property
    def size(self) -> tuple[float, float]:
        sides = bool(self.left) + bool(self.right)
        wide = BOX + (2 * (SIDE + BESIDE) if sides else 0)
        if self.hangs:
            wide += SPINE * (1 + max(depth for _, depth in self.middle))
        column = [one for one, _ in self.middle]
        return wide, max(_stack(column), _stack(self.left), _stack(self.right))


def _stack(elements: list[Element]) -> float:
    return sum(_size(one)[1] for one in elements) + STACKED * max(0, len(elements) - 1)


class _Sheet:
    """Blocks, the ties between them, and the area of every element."""

    def __init__(self, case: Case) -> None:
        self.case, self.known = case, case.by_id()
        self.owner = self._owners()
        self.between = {(one.between[0], one.source): one.between for one in case.challenges if one.between}
        self.blocks, self.home = self._blocks()
        self.ties = self._ties()
        sizes = [block.size for block in self.blocks]
        ends = [(self.home[above], self.home[below]) for above, below, _ in self.ties]
        self.layout: Layout = layered(sizes, ends, gap=(26.0, 58.0))
        self.area: dict[str, Area] = {}
        tall: dict[int, float] = {}
        for layer, (_, height) in zip(self.layout.layer.tolist(), sizes, strict=True):
            tall[layer] = max(tall.get(layer, 0.0), height)
        middles = dict(zip(self.layout.layer.tolist(), self.layout.y.tolist(), strict=True))
        self.top = {layer: middles[layer] - height / 2 + EDGE for layer, height in tall.items()}
        self.bottom = {layer: self.top[layer] + height for layer, height in tall.items()}
        for number, block in enumerate(self.blocks):
            self._put(block, float(self.layout.x[number]) + EDGE, self.top[int(self.layout.layer[number])])

    def _owners(self) -> dict[str, str]:
        """Beside which element each context stands: the first that is in it, and not itself a context."""
        found: dict[str, str] = {}
        for relation in self.case.relations:
            if relation.kind == "in_context_of":
                found.setdefault(relation.below, relation.above)
        supporting = {one.above for one in self.case.relations if one.kind == "supported_by"}
        for name in list(found):
            seen = {name}
            while (above := found[name]) in found and self.known[above].kind in CONTEXTUAL and above not in seen:
                seen.add(above)
                found[name] = found[above]
        return {
            name: above
            for name, above in found.items()
            if self.known[name].kind in CONTEXTUAL and name not in supporting and above not in found
        }

    def _hanging(self) -> dict[str, list[tuple[str, int]]]:
        """Of each element the ends of branches that hang under it: what only it rests on, with at most what only that
        rests on, and how far each is set in. Fewer than `HANG_LEAST` stand beside one another."""
        above: dict[str, set[str]] = {}
        below: dict[str, list[str]] = {}
        busy = {*self.owner, *self.owner.values()}
        for relation in self.case.relations:
            if relation.below not in self.owner:
                above.setdefault(relation.below, set()).add(relation.above)
                below.setdefault(relation.above, []).append(relation.below)
        for challenge in self.case.challenges:
            busy |= {challenge.source, challenge.target or "", *(challenge.between or ())}
        alone = {name for name, parents in above.items() if len(parents) == 1 and name not in busy}
        ends = {name for name in alone if name not in below}
        branches = {name for name in alone if all(one in ends for one in below.get(name, ()))}
        found: dict[str, list[tuple[str, int]]] = {}
        for parent, names in below.items():
            hang = [name for name in names if name in branches]
            column = [step for name in hang for step in ((name, 0), *((one, 1) for one in below.get(name, ())))]
            if len(column) >= HANG_LEAST and parent not in branches:
                found[parent] = column
        return found

    def _blocks(self) -> tuple[list[_Block], dict[str, int]]:
        hanging = self._hanging()
        columns = {name for column in hanging.values() for name, _ in column}
        blocks, home = list[_Block](), dict[str, int]()
        for element in self.case.elements:
            if element.id in self.owner or element.id in columns or element.id in home:
                continue
            home[element.id] = len(blocks)
            blocks.append(_Block([(element, 0)]))
        for column in hanging.values():
            for name, _ in column:
                home[name] = len(blocks)
            blocks.append(_Block([(self.known[name], depth) for name, depth in column], hangs=True))
        for name, above in self.owner.items():
            block = blocks[home[above]]
            (block.left if self.known[name].kind == "context" else block.right).append(self.known[name])
            home[name] = home[above]
        return blocks, home

    def _ties(self) -> list[tuple[str, str, str]]:
        """Lines between blocks: above, below, as what. Of a column only the line that leads to it."""
        found: dict[tuple[int, int, str], tuple[str, str, str]] = {}
        for relation in self.case.relations:
            ends = self.home[relation.above], self.home[relation.below]
            if ends[0] != ends[1] and relation.below not in self.owner:
                key = (*ends, relation.kind) if self.blocks[ends[1]].hangs else (*ends, relation.above + relation.below)
                found.setdefault(key, (relation.above, relation.below, relation.kind))
        for number, challenge in enumerate(self.case.challenges):
            above = challenge.target or (challenge.between or ("",))[0]
            if self.home[above] != self.home[challenge.source]:
                found[-1, number, ""] = (above, challenge.source, "challenged_by")
        return list(found.values())

    def _put(self, block: _Block, x: float, y: float) -> None:
        """All of a block, its middle at `x`, its top at `y`."""
        left = x - block.size[0] / 2 + SPINE if block.hangs else x - BOX / 2
        top = y
        for element, depth in block.middle:
            height = _size(element)[1]
            self.area[element.id] = (left + depth * SPINE, top, BOX, height)
            top += height + STACKED
        for elements, start in ((block.left, x - BOX / 2 - BESIDE - SIDE), (block.right, x + BOX / 2 + BESIDE)):
            top = y
            for element in elements:
                height = _size(element)[1]
                self.area[element.id] = (start, top, SIDE, height)
                top += height + STACKED

    # ── lines ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def line(self, number: int) -> str:
        """A line between two blocks, through the places that were kept free for it."""
        above, below, as_what = self.ties[number]
        start, end = self.area[above], self.area[below]
        if self.blocks[self.home[below]].hangs:
            end = (end[0] - SPINE, end[1], 0.0, end[3])
        layers = [int(self.layout.layer[self.home[name]]) for name in (above, below)]
        down = layers[0] <= layers[1]
        first = (start[0] + start[2] / 2, start[1] + (start[3] if down else 0))
        last = (end[0] + end[2] / 2, end[1] + (0 if down else end[3]))
        out = (first[0], (self.bottom if down else self.top)[layers[0]])
        into = (last[0], (self.top if down else self.bottom)[layers[1]])
        way = [first, out, *self._through(number, layers[0], 1 if down else -1), into, last]
        if as_what == "challenged_by":
            return _path(self._challenged(above, below, way[::-1]), "challenge", "gsn-solid")
        tip = "" if self.blocks[self.home[below]].hangs else "gsn-solid" if as_what == "supported_by" else "gsn-hollow"
        return _path(way, "", tip)

    def _through(self, number: int, layer: int, step: int) -> list[tuple[float, float]]:
        """Where a line enters and leaves each layer that it passes: it turns between layers, where no boxes are."""
        found = []
        for x, _ in self.layout.bends[number]:
            layer += step
            ends = (self.top[layer], self.bottom[layer])[::step]
            found += [(x + EDGE, end) for end in ends]
        return found

    def _challenged(self, above: str, source: str, way: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """A challenge to a relation ends in the middle of that relation."""
        between = self.between.get((above, source))
        if between is None:
            return way
        (x, y, wide, high), (x2, y2, wide2, high2) = (self.area[name] for name in between)
        return [*way[:-1], ((x + wide / 2 + x2 + wide2 / 2) / 2, (y + high / 2 + y2 + high2 / 2) / 2)]

    def side_lines(self) -> list[str]:
        """From an element to what stands beside it, and from others to the same context."""
        found = []
        for relation in self.case.relations:
            if relation.below in self.owner:
                start, end = self.area[relation.above], self.area[relation.below]
                left = end[0] < start[0]
                one = (start[0] if left else start[0] + start[2], start[1] + start[3] / 2)
                other = (end[0] + end[2] if left else end[0], end[1] + end[3] / 2)
                found.append(_path([one, other], "beside", "gsn-hollow"))
        return found

    def spines(self) -> list[str]:
        """The lines at the left of a column, with a branch to each element in it."""
        found = []
        for block in self.blocks:
            if block.hangs:
                left, top = self.area[block.middle[0][0].id][:2]
                starts = [(left - SPINE, top)]
                for element, depth in block.middle:
                    x, y, _, height = self.area[element.id]
                    turn = (starts[depth][0], y + height / 2)
                    way = f"M{starts[depth][0]:.1f} {starts[depth][1]:.1f}V{turn[1]:.1f}H{x:.1f}"
                    found.append(f'<path class="line" d="{way}" marker-end="url(#gsn-solid)"/>')
                    starts = [*starts[: depth + 1], (x + SPINE / 2, y + height)]
        return found


def _path(points: list[tuple[float, float]], look: str, tip: str) -> str:
    """A smooth line that leaves and arrives upright, or straight where it goes sideways."""
    (x, y), *rest = points
    way = f"M{x:.1f} {y:.1f}"
    for nx, ny in rest:
        if abs(nx - x) + abs(ny - y) < 0.1:
            continue  # a last piece without length would leave the tip without a direction
        bend = (ny - y) / 2
        sideways = look == "beside" or ny == y or nx == x
        way += (
            f"L{nx:.1f} {ny:.1f}" if sideways else f"C{x:.1f} {y + bend:.1f} {nx:.1f} {ny - bend:.1f} {nx:.1f} {ny:.1f}"
        )
        x, y = nx, ny
    marked = f' marker-end="url(#{tip})"' if tip else ""
    return f'<path class="line {look}" d="{way}"{marked}/>'


# ── shapes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _shape(element: Element, area: Area, look: Look) -> str:
    x, y, wide, high = area
    body = high - (18 if element.undeveloped else 0)
    status = look.status.get(element.id, "")
    classes = " ".join(filter(None, ["element", element.kind, status, "found" if element.id in look.found else ""]))
    said = look.words.get(status, "")
    name = element.name or element.id
    title = ": ".join(filter(None, [name, " ".join((element.text or "").split())])) + (f" ({said})" if said else "")
    rows = _rows(element)
    first = y + body / 2 - (HEAD + len(rows) * LINE) / 2 + 12
    words = f'<text class="label" x="{x + wide / 2:.1f}" y="{first:.1f}">{escape(_cut(name, SIDE_UNITS))}</text>'
    for number, row in enumerate(rows):
        words += f'<text x="{x + wide / 2:.1f}" y="{first + HEAD + number * LINE - 2:.1f}">{escape(row)}</text>'
    mark = MARKS.get(status, "")
    marked = f'<text class="mark" x="{x + wide - 11:.1f}" y="{y + 15:.1f}">{mark}</text>' if mark else ""
    drawing = _outline(element, x, y, wide, body) + words + _letter(element, x, y, wide, body) + marked
    inner = f"<title>{escape(title)}</title>{drawing}"
    if look.link is not None:
        inner = f'<a href={saxutils.quoteattr(_NOT_IN_XML.sub("", look.link(element.id)))} tabindex="-1">{inner}</a>'
    return f'<g class="{classes}">{inner}</g>'


def _cut(name: str, most: int) -> str:
    """A name on one line."""
    if units(name) <= most:
        return name
    while units(name) >= most:
        name = name[:-1]
    return name + "…"


def _outline(element: Element, x: float, y: float, wide: float, high: float) -> str:
    kind = element.kind
    if kind == "strategy":
        shape = _polygon([(x + 14, y), (x + wide, y), (x + wide - 14, y + high), (x, y + high)])
    elif kind in ("assumption", "justification"):
        middle = f'cx="{x + wide / 2:.1f}" cy="{y + high / 2:.1f}"'
        shape = f'<ellipse class="shape" {middle} rx="{wide / 2 + 6:.1f}" ry="{high / 2 + 3:.1f}"/>'
    else:
        corner = min({"solution": high / 2, "counter_solution": high / 2, "context": 12}.get(kind, 0), 30)
        area = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
        shape = f'<rect class="shape" {area} rx="{corner:.1f}"/>'
    if element.undeveloped:
        middle_x, top = x + wide / 2, y + high
        shape += _polygon([(middle_x, top), (middle_x + 9, top + 9), (middle_x, top + 18), (middle_x - 9, top + 9)])
    if element.cites is not None or kind in ("module", "contract"):
        shape += f'<path class="line" d="M{x:.1f} {y + high - 5:.1f}H{x + wide:.1f}"/>'
    return shape


def _polygon(corners: list[tuple[float, float]]) -> str:
    return f'<polygon class="shape" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}"/>'


def _letter(element: Element, x: float, y: float, wide: float, high: float) -> str:
    letter = {"assumption": "A", "justification": "J"}.get(element.kind)
    if letter is None:
        return ""
    return f'<text class="label" x="{x + wide - 4:.1f}" y="{y + high:.1f}">{letter}</text>'
