"""Charts: the timeline of an exercise, and how long the answers to an alert's orders took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from commonweal.kernel.instrument import Chart, Reading, Text
from commonweal.kernel.values import instant, stamp

from .called import Called, counted, name_of, what_of
from .words import HOW

BLUE, RED, INK = "#1b5e8c", "#b14a21", "#1d2733"
BARS_SHOWN = 300  # as many as a report holds
ORDERS_DRAWN = 40
COLOURS: Mapping[str, str] = {
    "overdue": "#96294f", "waited": BLUE, "none": "#74478a", "late": RED, "released": "#8f6d0e", "answered": "#4a7434",
}  # fmt: skip
DAYS_FROM_HOURS = 240
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


# ── the orders of an alert ──────────────────────────────────────────────────────────────────────────────────────────

_ANSWERS = Text(en="How long each answer took", zh="各项答复用时")
_UNITS: Mapping[str, Text] = {
    "hours": Text(en="Hours since the order", zh="自命令起的小时数"),
    "days": Text(en="Days since the order", zh="自命令起的天数"),
}
_TOLD = Text(
    en="{called} called on: {answered} answered in time, {late} late, {none} not at all; waited for: {waited}, "
    "of them overdue: {overdue}; released before an answer: {released}. Black marks: when the answer was due.",
    zh="共通知 {called} 项：按时答复 {answered}，逾期答复 {late}，未答复 {none}；等待中 {waited}，其中逾期 {overdue}；"
    "答复前已解除 {released}。黑色标记：应答复之时。",
)
_SHOWN = Text(en=" Drawn: the {shown} most pressing.", zh="图中仅绘最紧迫的 {shown} 项。")
_HEADS = (
    Text(en="Addressee", zh="被通知方"),
    Text(en="What", zh="事项"),
    Text(en="Ordered", zh="命令时间"),
    Text(en="Due", zh="应答复"),
    Text(en="Answered", zh="答复时间"),
    Text(en="State", zh="状态"),
)


def answers_chart(reading: Reading, found: Sequence[Called]) -> Chart:
    """A bar for each order: how long it took to be answered, with a mark where the answer was due.

    `found` is in order of what presses; when there are more than can be drawn, its first are. The note says in words
    what the picture shows.
    """
    language, seen = reading.language, found[:ORDERS_DRAWN]
    hours = [_hours(reading, one) for one in seen]
    unit = "days" if max(max(pair) for pair in hours) > DAYS_FROM_HOURS else "hours"
    rows = [_bar(reading, number, one, unit) for number, one in enumerate(seen, 1)]
    tally = counted(found)
    counts = {how: tally.get(how, 0) for how in HOW} | {"called": len(found)}
    note = _TOLD.in_(language).format(**{**counts, "waited": counts["waited"] + counts["overdue"]})
    if len(seen) < len(found):
        note += _SHOWN.in_(language).format(shown=len(seen))
    cells = [
        (name_of(reading, one.addressee), what_of(reading, one), one.ordered, one.due, one.answered, row["how"])
        for one, row in zip(seen, rows, strict=True)
    ]
    spec = _answers_spec(rows, [how for how in HOW if tally.get(how)], unit, language)
    return Chart(_ANSWERS.in_(language), spec, [head.in_(language) for head in _HEADS], cells, note)


def _hours(reading: Reading, one: Called) -> tuple[float, float]:
    """How long an order took, or takes so far, and how long its addressee had (0 where nothing says so), in hours."""
    begun = instant(one.ordered)
    until = instant(one.answered or one.left or stamp(max(reading.now, begun)))
    had = instant(one.due) - begun if one.due else timedelta()
    return (until - begun).total_seconds() / 3600, had.total_seconds() / 3600


def _bar(reading: Reading, number: int, one: Called, unit: str) -> dict[str, Any]:
    """One order as drawn; its label has two lines, and its number in the table, which tells it from the others."""
    took, had = (hours / (24 if unit == "days" else 1) for hours in _hours(reading, one))
    return {
        "order": f"{number}. {name_of(reading, one.addressee)}|{what_of(reading, one)}",
        "took": round(took, 2),
        "due": round(had, 2) if one.due else None,
        "how": HOW[one.how].in_(reading.language),
    }


def _answers_spec(rows: Sequence[Mapping[str, Any]], hows: Sequence[str], unit: str, language: str) -> dict[str, Any]:
    y = {
        "field": "order", "type": "nominal", "sort": [row["order"] for row in rows], "title": None,
        "axis": {"labelLimit": 280, "labelExpr": "split(datum.label, '|')"},
    }  # fmt: skip
    colour = {
        "field": "how", "type": "nominal", "title": None, "legend": {"orient": "bottom", "columns": 3},
        "scale": {"domain": [HOW[how].in_(language) for how in hows], "range": [COLOURS[how] for how in hows]},
    }  # fmt: skip
    x = {"field": "took", "type": "quantitative", "axis": {"title": _UNITS[unit].in_(language), "tickCount": 8}}
    return {
        "height": {"step": 38},
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", "height": {"band": 0.45}},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": [row for row in rows if row["due"] is not None]},
                "mark": {"type": "tick", "color": INK, "thickness": 3, "size": 26},
                "encoding": {"x": {"field": "due", "type": "quantitative"}, "y": y},
            },
        ],
    }
