"""Charts as SVG: a Vega-Lite specification in, a cleaned drawing out that follows the page's colours.

vl-convert draws with a fixed palette; each of its colours is then replaced by a custom property of the stylesheet, so
one drawing serves light, dark and print. The drawing is rebuilt element by element from a list of what a chart may
hold, so nothing in a specification (which carries names from filings) can become script, style or a link. A chart is
drawn twice: for a wide page and for a phone.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import vl_convert

from commonweal.kernel.instrument import Chart

WIDTH_WIDE, WIDTH_NARROW = 800, 320
CACHE_CHARTS_MAX = 512
SHOWN, LAID_OUT = 12, 13.5
"""Text is laid out a little larger than it is shown: a reader's font may be wider than the one measured here."""
_VEGA_LITE = "v6.1"

PALETTE = {
    "#1d2733": "ink",
    "#56616d": "soft",
    "#d8d4ca": "grid",
    "#fffefb": "paper",
    "#1b5e8c": "1",
    "#b14a21": "2",
    "#4a7434": "3",
    "#74478a": "4",
    "#8f6d0e": "5",
    "#1f7f80": "6",
    "#96294f": "7",
    "#dce8f0": "band",
    "#f3ddd0": "alarm",
}
"""What the theme draws with, and the `--chart-…` property that each colour becomes."""

_USUAL = {
    "black": "ink",
    "#000": "ink",
    "#000000": "ink",
    "#333": "ink",
    "#555": "soft",
    "#666": "soft",
    "#777": "soft",
    "#888": "soft",
    "#999": "soft",
    "gray": "soft",
    "grey": "soft",
    "#aaa": "soft",
    "#bbb": "grid",
    "#ccc": "grid",
    "#ddd": "grid",
    "#eee": "grid",
    "lightgray": "grid",
    "white": "paper",
    "#fff": "paper",
    "#ffffff": "paper",
    "steelblue": "1",
    "#4c78a8": "1",
    "#1f77b4": "1",
    "firebrick": "2",
    "crimson": "2",
    "red": "2",
    "orange": "2",
    "#f58518": "2",
    "#d62728": "2",
    "#e45756": "2",
    "green": "3",
    "#54a24b": "3",
    "#2ca02c": "3",
}
_COLOURS = {**_USUAL, **PALETTE}
_CATEGORIES = [colour for colour, role in PALETTE.items() if role.isdigit()]

_THEME: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "#56616d",
        "titleColor": "#56616d",
        "titleFontWeight": "normal",
        "labelFontSize": LAID_OUT,
        "titleFontSize": LAID_OUT,
        "gridColor": "#d8d4ca",
        "domainColor": "#56616d",
        "tickColor": "#56616d",
        "labelLimit": 260,
    },
    "axisX": {"grid": False, "labelSeparation": 6},
    "axisTemporal": {"labelOverlap": "greedy", "labelSeparation": 8, "tickCount": 10},
    "legend": {
        "labelColor": "#1d2733",
        "titleColor": "#56616d",
        "titleFontWeight": "normal",
        "labelFontSize": LAID_OUT,
        "titleFontSize": LAID_OUT,
        "orient": "top",
        "labelLimit": 320,
        "titleLimit": 400,
        "symbolStrokeWidth": 2,
    },
    "header": {"labelColor": "#1d2733", "titleColor": "#56616d", "labelFontSize": LAID_OUT},
    "title": {"color": "#1d2733", "fontSize": 13, "anchor": "start"},
    "mark": {"color": "#1b5e8c"},
    "line": {"strokeWidth": 1.6},
    "rule": {"color": "#b14a21"},
    "text": {"color": "#1d2733", "fontSize": LAID_OUT},
    "range": {"category": _CATEGORIES, "ramp": ["#dce8f0", "#1b5e8c"], "heatmap": ["#dce8f0", "#1b5e8c"]},
}

_ELEMENTS = {"svg", "g", "path", "rect", "line", "circle", "ellipse", "polygon", "polyline", "text", "tspan"}
_ELEMENTS |= {"defs", "clipPath", "linearGradient", "stop"}
_ATTRIBUTES = {
    *("d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "width", "height", "points"),
    *("transform", "viewBox", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"),
    *("stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "text-anchor"),
    *("font-size", "font-weight", "font-style", "dominant-baseline", "offset", "stop-color", "gradientUnits"),
    *("clip-path", "id"),
}
_TICKS = {"en": ("%H:%M", "%-d %b", "%b", "%Y"), "zh": ("%H:%M", "%-m月%-d日", "%-m月", "%Y年")}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart, drawn: `wide` and `narrow` are clean SVG elements; `digest` is a page-unique name for it."""

    wide: str
    narrow: str
    digest: str


def drawing(chart: Chart, language: str = "en") -> Drawing:
    """Draw a chart (from the cache when its specification, words and language were drawn before).

    Raises `ValueError` when the specification names data outside itself or cannot be drawn.
    """
    refuse_outside(chart.spec)
    return _drawn(json.dumps(chart.spec, sort_keys=True, default=str), chart.title, chart.note, language)


def refuse_outside(spec: Any) -> None:
    """Raise `ValueError` if a specification would fetch anything."""
    if any("url" in node and isinstance(node["url"], str) for node in _objects(spec)):
        raise ValueError("a chart holds its data; it may not name an address to fetch data from")


@functools.lru_cache(maxsize=CACHE_CHARTS_MAX)
def _drawn(spec_text: str, title: str, note: str, language: str) -> Drawing:
    spec = json.loads(spec_text)
    digest = "c" + hashlib.sha256(f"{spec_text}|{title}|{language}".encode()).hexdigest()[:12]
    wide, narrow = (
        _clean(_render(_sized(spec, width, language), language), f"{digest}{mark}", title, note)
        for width, mark in ((WIDTH_WIDE, "w"), (WIDTH_NARROW, "n"))
    )
    return Drawing(wide, narrow, digest)


def _render(spec: dict[str, Any], language: str) -> str:
    with _LOCK:
        return vl_convert.vegalite_to_svg(
            spec,
            config=_THEME,
            allowed_base_urls=[],
            show_warnings=False,
            time_format_locale="zh-CN" if language == "zh" else "en-GB",
        )


def _objects(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
        node = list(node.values())
    if isinstance(node, list | tuple):
        for item in node:
            yield from _objects(item)


def _sized(spec: dict[str, Any], width: int, language: str) -> dict[str, Any]:
    """The specification at a page width, in UTC, with fewer ticks and a lower legend where it is narrow."""
    spec = copy.deepcopy(spec)
    spec.pop("$schema", None)
    if spec.get("config"):
        spec["config"].pop("background", None)
    narrow = width == WIDTH_NARROW
    for node in _objects(spec):
        if node.get("type") == "temporal" and "field" in node:
            _in_utc(node)
        if isinstance(node.get("encoding"), dict):
            _dated(node["encoding"].get("x"), language)
        if narrow and isinstance(node.get("encoding"), dict):
            _fewer_ticks(node["encoding"])
        if narrow:
            _for_a_phone(node)
    if "mark" in spec or "layer" in spec:
        spec["width"] = width
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    elif isinstance(spec.get("spec"), dict) and ("facet" in spec or "repeat" in spec):
        spec["spec"]["width"] = width - 60
        _stacked(spec)
    else:
        for part in spec.get("vconcat", spec.get("hconcat", spec.get("concat", []))):
            part["width"] = width - 60
        _stacked(spec)
    return spec


def _for_a_phone(node: Any) -> None:
    """Legends one below the other, words that stand in the drawing cut where the drawing ends."""
    if "legend" in node and isinstance(node["legend"], dict):
        node["legend"] |= {"columns": 1, "labelLimit": WIDTH_NARROW - 30}
    axis = node.get("axis")
    if isinstance(axis, dict) and "labelLimit" in axis:
        axis["labelLimit"] = min(axis["labelLimit"], round(WIDTH_NARROW * 0.42))
    mark = node.get("mark")
    if isinstance(mark, dict) and mark.get("type") == "text":
        mark.setdefault("limit", round(WIDTH_NARROW * 0.7))


def _stacked(spec: dict[str, Any]) -> None:
    if "hconcat" in spec:
        spec["vconcat"] = spec.pop("hconcat")
    if "concat" in spec or "facet" in spec:
        spec["columns"] = 1


def _in_utc(channel: Any) -> None:
    """Dates are calendar days: drawn in UTC, so that no machine's time zone shifts them."""
    if isinstance(channel.get("timeUnit"), str):
        if not channel["timeUnit"].startswith("utc"):
            channel["timeUnit"] = "utc" + channel["timeUnit"]
    elif channel.get("scale", {}) is not None:
        channel.setdefault("scale", {}).setdefault("type", "utc")


def _dated(channel: Any, language: str) -> None:
    """Ticks say hour, day, month or year as the language writes them: the renderer's own are 12-hour and by weekday."""
    if not isinstance(channel, dict) or channel.get("type") != "temporal" or "timeUnit" in channel:
        return
    axis = channel.setdefault("axis", {})
    if not isinstance(axis, dict) or axis.keys() & {"format", "labelExpr"}:
        return
    hour, day, month, year = _TICKS[language]
    axis["labelExpr"] = (
        f"utchours(datum.value) || utcminutes(datum.value) ? utcFormat(datum.value, '{hour}')"
        f" : utcdate(datum.value) > 1 ? utcFormat(datum.value, '{day}')"
        f" : utcmonth(datum.value) ? utcFormat(datum.value, '{month}') : utcFormat(datum.value, '{year}')"
    )


def _fewer_ticks(encoding: dict[str, Any]) -> None:
    channel = encoding.get("x")
    if isinstance(channel, dict) and channel.get("type") in ("temporal", "quantitative") and "axis" not in channel:
        channel["axis"] = {"tickCount": 4}
        return
    axis = channel.get("axis") if isinstance(channel, dict) else None
    if isinstance(axis, dict) and "values" not in axis and not isinstance(axis.get("tickCount"), str):
        axis["tickCount"] = 4


def _clean(svg: str, prefix: str, title: str, note: str) -> str:
    """Rebuild the drawing from allowed elements and attributes, with a title and a description for readers."""
    root = ElementTree.fromstring(svg)
    view = root.get("viewBox", "0 0 100 100")
    width = view.split()[2]
    inner = "".join(_written(child, prefix) for child in root)
    described = f'<desc id="{prefix}-d">{escape(note)}</desc>' if note else ""
    refers = f"{prefix}-t {prefix}-d" if note else f"{prefix}-t"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{refers}" focusable="false" '
        f'viewBox="{view}" width="{width}"><title id="{prefix}-t">{escape(title)}</title>{described}{inner}</svg>'
    )


def _written(element: ElementTree.Element, prefix: str) -> str:
    name = element.tag.rpartition("}")[2]
    if name not in _ELEMENTS or element.get("display") == "none":
        return ""
    attributes = "".join(
        f" {key}={quoteattr(_value(key, value, prefix))}" for key, value in element.items() if key in _ATTRIBUTES
    )
    inner = escape(element.text or "") + "".join(
        _written(child, prefix) + escape(child.tail or "") for child in element
    )
    if name == "g" and not inner:
        return ""
    return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"


def _value(key: str, value: str, prefix: str) -> str:
    if key == "id":
        return f"{prefix}-{value}"
    if key in ("fill", "stroke", "stop-color"):
        role = _COLOURS.get(_hex(value))
        if role:
            return f"var(--chart-{role})"
    if key == "font-size":
        return f"{float(value.removesuffix('px')) * SHOWN / LAID_OUT:.3g}"
    if value.startswith("url("):
        return f"url(#{prefix}-{value[4:-1].strip(chr(34)).removeprefix('#')})"
    return value


def _hex(colour: str) -> str:
    """A colour as lower-case hex; `rgb(…)`, which Vega writes for scaled colours, included."""
    if colour.startswith("rgb("):
        parts = [int(float(part)) for part in colour[4:-1].split(",")]
        return "#" + "".join(f"{part:02x}" for part in parts)
    return colour.lower()
