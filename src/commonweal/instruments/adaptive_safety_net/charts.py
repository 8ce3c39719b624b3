"""Charts as Vega-Lite specifications, each with the table that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.kernel.instrument import Chart, Reading, Row
from commonweal.kernel.values import add_months

from .laus import area_name
from .months import in_law_from, line_of
from .words import SHOWN, month_name, word

INK, ALARM, OFF, BLANK, SOFT = "#b14a21", "#f3ddd0", "#dce8f0", "#d8d4ca", "#56616d"
LINE, SECOND = "#1b5e8c", "#8f6d0e"
GAP_SHOWN_MAX = 4.5
"""The drawing ends here: the spring of 2020 would flatten every other recession into a line."""
Span = tuple[str, str | None, str]


def _x(title: str | None = None) -> dict[str, Any]:
    return {"field": "event", "type": "temporal", "title": title, "axis": {"format": "%Y"}}


def _bands(spans: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "data": {"values": [{"event": start, "until": until} for start, until in spans]},
        "mark": {"type": "rect", "color": ALARM},
        "encoding": {"x": _x(), "x2": {"field": "until"}},
    }


def _level(value: float, words: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"y": value, "words": words}]},
        "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
        "encoding": {"y": {"field": "y", "type": "quantitative"}},
    }


def _curve(rows: Sequence[Row], title: str) -> dict[str, Any]:
    values = [{"event": row["event"], "value": round(row["value"], 3)} for row in rows if row["value"] is not None]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "color": LINE, "strokeWidth": 1.4},
        "encoding": {"x": _x(), "y": {"field": "value", "type": "quantitative", "title": title}},
    }


def gap(reading: Reading, rows: Sequence[Row], runs: Sequence[Row]) -> Chart:
    """The national gap, its line, and the runs in which it stands there; the table lists every run."""
    newest = rows[-1]["event"] if rows else ""
    level = next((row["quantities"]["line"] for row in rows if row["quantities"].get("line") is not None), None)
    bands = [(row["from"], row["until"] or newest) for row in runs if row["rates"] == "unrounded"]
    curve = _curve(rows, word(reading, "gap"))
    curve["mark"]["clip"] = True
    curve["encoding"]["y"]["scale"] = {"domain": [-0.5, GAP_SHOWN_MAX], "nice": False}
    layers = [_bands(bands), curve]
    if level is not None:
        layers.append(_level(level, word(reading, "line")))
    return Chart(
        title=word(reading, "gap_title"),
        spec={"height": 260, "layer": layers},
        columns=[word(reading, name) for name in ("from", "until", "months", "peak", "rate_kind")],
        rows=[
            [
                month_name(reading, row["from"]),
                month_name(reading, row["until"]),
                row["months"],
                row["peak"],
                word(reading, row["rates"]),
            ]
            for row in runs
        ],
        note=word(reading, "gap_note").format(limit=GAP_SHOWN_MAX),
    )


def strip(reading: Reading, histories: Mapping[str, Sequence[Span]], newest: str) -> Chart:
    """A strip a state over fifty years; the table lists every time the trigger was on."""
    end = _after(newest) if newest else ""
    values = [
        {
            "area": area_name(area, reading.language),
            "event": start,
            "until": until or end,
            "state": word(reading, SHOWN[state]),
        }
        for area, spans in histories.items()
        for start, until, state in spans
    ]
    order = [area_name(area, reading.language) for area in histories]
    names = [word(reading, name) for name in ("on", "off", "unknown")]
    bars = {
        "data": {"values": values},
        "mark": {"type": "bar", "height": {"band": 0.82}},
        "encoding": {
            "y": {
                "field": "area",
                "type": "nominal",
                "sort": order,
                "title": None,
                "axis": {"labelFontSize": 9, "ticks": False, "labelOverlap": False},
            },
            "x": _x(),
            "x2": {"field": "until"},
            "color": {
                "field": "state",
                "type": "nominal",
                "title": word(reading, "state"),
                "scale": {"domain": names, "range": [INK, OFF, BLANK]},
            },
        },
    }
    law = {
        "data": {"values": [{"event": in_law_from(reading.tables)}]},
        "mark": {"type": "rule", "color": SOFT, "strokeDash": [2, 2]},
        "encoding": {"x": _x()},
    }
    return Chart(
        title=word(reading, "strip_title"),
        spec={"height": {"step": 12}, "layer": [bars, law]},
        columns=[word(reading, name) for name in ("area", "from", "until", "months")],
        rows=[
            [
                area_name(area, reading.language),
                month_name(reading, start),
                month_name(reading, until),
                _months(start, until or end),
            ]
            for area, spans in histories.items()
            for start, until, state in spans
            if state == "firing"
        ],
        note=word(reading, "strip_note").format(since=month_name(reading, in_law_from(reading.tables))),
    )


def shares(reading: Reading, months: Sequence[Row]) -> Chart:
    """States at the rate of the trigger, by what the look-back makes of them; the table adds up years."""
    parts = (("met", "on_met"), ("look_back", "off_look_back"), ("look_back_unknown", "look_back_unknown"))
    values = [
        {"event": row["event"], "states": row[field], "part": word(reading, name), "order": at}
        for row in months[::3]
        for at, (name, field) in enumerate(parts)
    ]
    return Chart(
        title=word(reading, "share_title").format(line=line_of(reading.tables)),
        spec={
            "height": 220,
            "data": {"values": values},
            "mark": {"type": "area", "interpolate": "step"},
            "encoding": {
                "x": _x(),
                "y": {"field": "states", "type": "quantitative", "title": word(reading, "states"), "stack": "zero"},
                "color": {
                    "field": "part",
                    "type": "nominal",
                    "title": None,
                    "legend": {"orient": "top", "direction": "vertical"},
                    "scale": {"domain": [word(reading, name) for name, _ in parts], "range": [INK, SECOND, BLANK]},
                },
                "order": {"field": "order", "type": "quantitative"},
            },
        },
        columns=[
            word(reading, "year"),
            word(reading, "state_months").format(line=line_of(reading.tables)),
            *(word(reading, name) for name, _ in parts),
        ],
        rows=_by_year(months),
        note=word(reading, "share_note"),
    )


def area(reading: Reading, rows: Sequence[Row], spans: Sequence[Span], name: str) -> Chart:
    """One state's three-month rate, the line, and when its trigger was on."""
    newest = rows[-1]["event"]
    bands = [(start, until or _after(newest)) for start, until, state in spans if state == "firing"]
    level = next((row["quantities"]["line"] for row in rows if row["quantities"].get("line") is not None), None)
    layers = [_bands(bands), _curve(rows, word(reading, "rate"))]
    if level is not None:
        layers.append(_level(level, word(reading, "line")))
    return Chart(
        title=f"{name}: {word(reading, 'rate')}",
        spec={"height": 260, "layer": layers},
        columns=[word(reading, column) for column in ("month", "rate", "state")],
        rows=[
            [month_name(reading, row["event"]), row["value"], word(reading, SHOWN[row["state"]])] for row in rows[::-1]
        ],
        note=word(reading, "area_note"),
    )


def _after(event: str) -> str:
    return add_months(date.fromisoformat(event), 1).isoformat()


def _months(start: str, until: str) -> int:
    first, last = date.fromisoformat(start), date.fromisoformat(until)
    return (last.year - first.year) * 12 + last.month - first.month


def _by_year(months: Sequence[Row]) -> list[list[Any]]:
    years: dict[str, list[int]] = {}
    for row in months:
        total = years.setdefault(row["event"][:4], [0, 0, 0, 0])
        for at, name in enumerate(("high", "on_met", "off_look_back", "look_back_unknown")):
            total[at] += row[name]
    return [[year, *total] for year, total in years.items()]
