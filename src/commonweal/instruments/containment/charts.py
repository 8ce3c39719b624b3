"""The timeline of an exercise as a chart: who was waited for, from when to when, and where the milestones lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel.instrument import Chart

BLUE, RED, INK = "#1b5e8c", "#b14a21", "#1d2733"
BARS_SHOWN = 300  # as many as a report holds
_WORDS: Mapping[str, tuple[str, str]] = {
    "hours": ("Hours since the start", "自开始起的小时数"),
    "title": ("Who was waited for, and how long", "等待何人、多久"),
    "note": (
        "A bar is the time a case stood at a step; red: its deadline passed. Upright lines: milestones.",
        "横条为案件停留在某一步骤的时间；红色者以逾期结束。竖线为节点。",
    ),
    "step": ("Step", "步骤"),
    "about": ("About", "关于"),
    "from": ("From (h)", "起（小时）"),
    "to": ("To (h)", "止（小时）"),
    "ended": ("Ended", "结束方式"),
    "in_time": ("in time", "按时"),
    "late": ("late", "逾期"),
}


def _say(word: str, language: str) -> str:
    return _WORDS[word][language == "zh"]


def timeline_spec(report: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A Vega-Lite specification of an exercise's timeline; `report` is its after-action report."""
    late, in_time = _say("late", language), _say("in_time", language)
    bars = [
        {
            "step": one["step"].get(language) or one["step"]["en"],
            "from": one["from"],
            "to": one["to"],
            "ended": late if one["ended"] == "late" else in_time,
        }
        for one in report["bars"][:BARS_SHOWN]
    ]
    marks = [
        {"at": one["hours"], "title": one["title"].get(language) or one["title"]["en"]}
        for one in report["milestones"]
        if one["hours"] is not None
    ]
    colour = {
        "field": "ended",
        "type": "nominal",
        "scale": {"domain": [in_time, late], "range": [BLUE, RED]},
        "legend": {"title": None, "orient": "bottom"},
    }
    steps = list(dict.fromkeys(bar["step"] for bar in bars))
    y = {
        "field": "step",
        "type": "nominal",
        "sort": steps,
        "axis": {"title": None, "labelLimit": 240},
    }
    x = {"field": "from", "type": "quantitative", "axis": {"title": _say("hours", language)}}
    return {
        "height": max(120, 20 * len(steps)),
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar", "height": {"band": 0.6}},
                "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": colour},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "rule", "color": INK, "strokeDash": [4, 4], "opacity": 0.6},
                "encoding": {"x": {"field": "at", "type": "quantitative"}},
            },
        ],
    }


def timeline_chart(report: Mapping[str, Any], language: str) -> Chart:
    """The same with its table."""
    heads = [_say(word, language) for word in ("step", "about", "from", "to", "ended")]
    rows = [
        (
            one["step"].get(language) or one["step"]["en"],
            one["subject"],
            one["from"],
            one["to"],
            _say("late" if one["ended"] == "late" else "in_time", language),
        )
        for one in report["bars"][:BARS_SHOWN]
    ]
    return Chart(_say("title", language), timeline_spec(report, language), heads, rows, _say("note", language))
