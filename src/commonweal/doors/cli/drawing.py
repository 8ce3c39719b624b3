"""A Vega-Lite specification drawn into a file, SVG or PNG by the file's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from commonweal.kernel.values import BadInput, Fault

FORMATS = (".svg", ".png")
WIDTH, HEIGHT = 900, 320
_VEGA_LITE = "v6.1"
_THEME = {
    "background": "white",
    "font": "sans-serif",
    "view": {"stroke": None},
    "axisX": {"grid": False},
    "axis": {"gridColor": "#d8d4ca", "labelColor": "#56616d", "titleColor": "#56616d", "titleFontWeight": "normal"},
    "legend": {"orient": "top"},
    "title": {"anchor": "start", "fontWeight": "normal"},
}
LINE, ALARM, BAND, SOFT = "#1b5e8c", "#b14a21", "#f3ddd0", "#dce8f0"


def check_plot(path: Path | None) -> None:
    """Refuse a file that cannot be drawn into, before anything is worked out for it."""
    if path is None:
        return
    if path.suffix.lower() not in FORMATS:
        raise BadInput(Fault("--plot", path.name, "a file named .svg or .png", "format"), "plot")
    if not path.parent.is_dir():
        raise BadInput(Fault("--plot", str(path), "a file in a folder that is there", "missing"), "plot")


def draw(spec: Mapping[str, Any], path: Path) -> None:
    """Write the drawing of a specification."""
    import vl_convert

    whole = {"width": WIDTH, "height": HEIGHT, **spec, "config": _THEME}
    if path.suffix.lower() == ".png":
        path.write_bytes(vl_convert.vegalite_to_png(whole, vl_version=_VEGA_LITE, scale=2.0))
    else:
        path.write_text(vl_convert.vegalite_to_svg(whole, vl_version=_VEGA_LITE), "utf-8")


def line_chart(rows: Sequence[Mapping[str, Any]], title: str, unit: str) -> dict[str, Any]:
    """A line of values over time, with the interval as a band where there is one."""
    known = [{"event": row["event"], "value": row["value"]} for row in rows]
    wide = [row for row in rows if row.get("low") is not None and row.get("high") is not None]
    x = {"field": "event", "type": "temporal", "title": None, "scale": {"type": "utc"}}
    y = {"field": "value", "type": "quantitative", "title": unit or "value", "scale": {"zero": False}}
    layers: list[dict[str, Any]] = []
    if wide:
        area = {"x": x, "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
        data = [{name: row[name] for name in ("event", "low", "high")} for row in wide]
        layers.append({"data": {"values": data}, "mark": {"type": "area", "color": SOFT}, "encoding": area})
    mark = {"type": "line", "color": LINE, "point": len(known) < 40}
    layers.append({"data": {"values": known}, "mark": mark, "encoding": {"x": x, "y": y}})
    return {"title": title, "layer": layers}
