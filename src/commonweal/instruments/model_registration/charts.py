"""Charts of this instrument: Vega-Lite specifications with the table that says the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Chart, Interval, Reading, Row
from commonweal.kernel.values import stamp

from .lines import Line
from .runs import Forecast
from .words import code, say

DECADES_LABELLED_MAX = 6
_RAISED = "['⁰','¹','²','³','⁴','⁵','⁶','⁷','⁸','⁹']"
_EXPONENT = "round(log(datum.value)/log(10))"
_POWER = f"'10' + {_RAISED}[floor({_EXPONENT}/10)] + {_RAISED}[{_EXPONENT}%10]"
_BELOW = "floor(log(datum.value)/log(10) + 1e-9)"
_SCIENTIFIC = (
    f"datum.value == 0 ? '0' : format(datum.value / pow(10, {_BELOW}), '.2~f') + ' × 10'"
    f" + (({_BELOW}) > 9 ? {_RAISED}[floor(({_BELOW})/10)] : '') + {_RAISED}[({_BELOW})%10]"
)
INK, SOFT, BLUE, RED, PAPER = "#1d2733", "#56616d", "#1b5e8c", "#b14a21", "#fffefb"
_CONFIDENCES = ("confident", "likely", "speculative", "declared", "unknown")
_PALETTE = [BLUE, "#8f6d0e", RED, "#4a7434", SOFT]


def _log(title: str, extent: Sequence[float], **more: Any) -> dict[str, Any]:
    """A logarithmic channel over positive figures, labelled at powers of ten."""
    low, high = math.floor(math.log10(min(extent))), math.ceil(math.log10(max(extent)))
    step = -(-(high - low + 1) // DECADES_LABELLED_MAX) or 1
    ticks = [10.0**power for power in range(low, high + 1, step)]
    axis = {"title": title, "values": ticks, "labelExpr": _POWER, "titlePadding": 12}
    scale = {"type": "log", "domain": [min(extent), max(extent)], "nice": True}
    return {"type": "quantitative", "scale": scale, "axis": axis, **more}


def _distinct(lines: Sequence[Line], language: str) -> list[dict[str, Any]]:
    """One mark for each height at which lines lie, named by the laws that draw it there."""
    found: dict[float, list[str]] = {}
    for line in lines:
        name = line.law.in_(language)
        if name not in found.setdefault(line.flop, []):
            found[line.flop].append(name)
    return [{"flop": flop, "law": " / ".join(names)} for flop, names in sorted(found.items())]


def scatter(reading: Reading, rows: Sequence[Row], lines: Sequence[Line]) -> Chart:
    """Compute against date of publication on a logarithmic scale, with intervals and the lines of law."""
    shown = [row for row in rows if row["compute_flop_point"] and row["publication_date"]]
    data = [
        {
            "name": row["name"],
            "date": row["publication_date"],
            "point": row["compute_flop_point"],
            "low": row["compute_flop_low"],
            "high": row["compute_flop_high"],
            "confidence": code(reading, row["confidence"] or "unknown"),
        }
        for row in shown
    ]
    flop, day = say(reading, "compute"), say(reading, "published")
    extent = _extent(data, lines)
    x = {"field": "date", "type": "temporal", "axis": {"title": day}}
    colour = {
        "field": "confidence",
        "type": "nominal",
        "scale": {"domain": [code(reading, item) for item in _CONFIDENCES], "range": _PALETTE},
        "legend": {
            "title": say(reading, "confidence"),
            "orient": "bottom",
            "columns": 2,
            "titleLimit": 280,
            "symbolOpacity": 1,
            "symbolType": "circle",
        },
    }
    spec = {
        "height": 380,
        "layer": [
            {
                "data": {"values": data},
                "mark": {"type": "rule", "opacity": 0.3, "clip": True},
                "encoding": {"x": x, "y": _log(flop, extent, field="low"), "y2": {"field": "high"}, "color": colour},
            },
            {
                "data": {"values": data},
                "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.9, "clip": True},
                "encoding": {"x": x, "y": _log(flop, extent, field="point"), "color": colour},
            },
            *_level_lines(lines, reading.language, flop, extent),
        ],
    }
    table = [
        (
            row["name"],
            row["publication_date"],
            row["compute_flop_low"],
            row["compute_flop_point"],
            row["compute_flop_high"],
        )
        for row in shown
    ]
    heads = (say(reading, "model"), day, say(reading, "low"), say(reading, "point"), say(reading, "high"))
    return Chart(say(reading, "scatter_title"), spec, heads, table, say(reading, "scatter_note"))


def _extent(data: Sequence[Mapping[str, Any]], lines: Sequence[Line]) -> list[float]:
    """The figures that an axis must hold: both ends of every interval, and every line."""
    found = [float(item[name]) for item in data for name in ("low", "high")] + [line.flop for line in lines]
    return found or [1e22, 1e26]


def _level_lines(lines: Sequence[Line], language: str, flop: str, extent: Sequence[float]) -> list[dict[str, Any]]:
    data, y = {"values": _distinct(lines, language)}, _log(flop, extent, field="flop")
    return [
        {"data": data, "mark": {"type": "rule", "strokeDash": [6, 4], "color": INK}, "encoding": {"y": y}},
        *_names(data, y),
    ]


def _names(data: Mapping[str, Any], y: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The laws' names over their lines, each first in the page's colour and broad, so that no mark runs into it."""
    usual = {"type": "text", "align": "left", "baseline": "bottom", "dy": -3, "fontSize": 11}
    encoding = {"y": y, "x": {"value": 4}, "text": {"field": "law"}}
    halo = {"color": PAPER, "stroke": PAPER, "strokeWidth": 3, "strokeJoin": "round"}
    return [{"data": data, "mark": usual | look, "encoding": encoding} for look in (halo, {"color": INK})]


def against_lines(
    reading: Reading, intervals: Sequence[tuple[str, Interval]], lines: Sequence[Line], bound: float | None
) -> Chart:
    """Each method's interval on one axis, with the lines of law upright."""
    data = [
        {"method": name, "low": item.low, "point": item.point, "high": item.high, "order": number}
        for number, (name, item) in enumerate(intervals)
    ]
    if bound is not None:
        data.append(
            {"method": say(reading, "upper_bound"), "low": bound, "point": bound, "high": bound, "order": len(data)}
        )
    flop, extent = say(reading, "compute"), _extent(data, lines)
    y = {
        "field": "method",
        "type": "nominal",
        "sort": {"field": "order"},
        "axis": {"title": None, "labelLimit": 190},
    }
    spec = {
        "height": {"step": 34},
        "layer": [
            {
                "data": {"values": data},
                "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.45, "color": BLUE},
                "encoding": {"y": y, "x": _log(flop, extent, field="low"), "x2": {"field": "high"}},
            },
            {
                "data": {"values": data},
                "mark": {"type": "point", "filled": True, "size": 60, "color": BLUE},
                "encoding": {"y": y, "x": _log(flop, extent, field="point")},
            },
            {
                "data": {"values": _distinct(lines, reading.language)},
                "mark": {"type": "rule", "strokeDash": [6, 4], "color": RED},
                "encoding": {"x": _log(flop, extent, field="flop")},
            },
        ],
    }
    table = [(row["method"], row["low"], row["point"], row["high"]) for row in data]
    table += [
        (f"{say(reading, 'law_lines')}: {row['law']}", None, row["flop"], None)
        for row in _distinct(lines, reading.language)
    ]
    heads = (say(reading, "method"), say(reading, "low"), say(reading, "point"), say(reading, "high"))
    return Chart(say(reading, "interval_title"), spec, heads, table, say(reading, "interval_note"))


def progress(
    reading: Reading,
    body: Mapping[str, Any],
    lines: Sequence[Line],
    end: tuple[str, Interval] | None,
    crossings: Sequence[tuple[Line, Forecast]],
) -> Chart:
    """Meter readings over time, going on at the metered rate, with the lines of law and the forecast crossings."""
    read = [{"at": item["at"], "flop": item["flop_so_far"]} for item in body.get("readings", ())]
    day, flop = say(reading, "day"), say(reading, "cumulative")
    x = {"field": "at", "type": "temporal", "axis": {"title": day}}
    y = {"type": "quantitative", "axis": {"title": flop, "labelExpr": _SCIENTIFIC, "titlePadding": 12}}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": read},
            "mark": {"type": "line", "point": {"filled": True, "size": 50}, "color": BLUE},
            "encoding": {"x": x, "y": {**y, "field": "flop"}},
        }
    ]
    if end is not None and read:
        last = read[-1]
        cone = [
            {"at": last["at"], "low": last["flop"], "point": last["flop"], "high": last["flop"]},
            {"at": end[0], "low": end[1].low, "point": end[1].point, "high": end[1].high},
        ]
        layers += [
            {
                "data": {"values": cone},
                "mark": {"type": "area", "opacity": 0.25, "color": BLUE},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": cone},
                "mark": {"type": "line", "strokeDash": [5, 4], "color": BLUE},
                "encoding": {"x": x, "y": {**y, "field": "point"}},
            },
        ]
    top = max([end[1].high if end else 0.0, *(float(item["flop"]) for item in read)], default=0.0)
    near = [line for line in lines if 0.05 * top <= line.flop <= 1.5 * top]
    data = {"values": _distinct(near, reading.language)}
    layers += [
        {
            "data": data,
            "mark": {"type": "rule", "strokeDash": [6, 4], "color": RED},
            "encoding": {"y": {**y, "field": "flop"}},
        },
        *_names(data, {**y, "field": "flop"}),
    ]
    table: list[tuple[Any, ...]] = [(item["at"], say(reading, "metered"), item["flop"]) for item in read]
    table += [(stamp(found.point), say(reading, found.state), line.flop) for line, found in crossings]
    heads = (day, say(reading, "state"), flop)
    return Chart(say(reading, "run_title"), {"height": 300, "layer": layers}, heads, table, say(reading, "run_note"))
