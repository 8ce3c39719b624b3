"""Charts of red lines, each with the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from commonweal.kernel.instrument import Chart, Text
from commonweal.methods.looking_plans import Plan

INK, LINE, AMBER = "#b14a21", "#1b5e8c", "#8f6d0e"


class Seen(NamedTuple):
    """One arm as the chart draws it: the rates with what is missing at its worst, beside its warning and its line."""

    arm: str
    least: float
    most: float
    below: float
    warning: float
    line: float


def arms_chart(seen: Sequence[Seen], language: str) -> Chart:
    """Each arm's rate beside its early-warning threshold and its line."""
    values = [one._asdict() for one in seen]
    y = {"field": "arm", "type": "nominal", "title": None, "sort": None}

    def mark(field: str, colour: str) -> dict[str, Any]:
        return {
            "mark": {"type": "tick", "color": colour, "thickness": 3, "size": 26},
            "encoding": {"y": y, "x": {"field": field, "type": "quantitative"}},
        }

    x = {
        "field": "least",
        "type": "quantitative",
        "title": Text(en="rate of success", zh="成功率").in_(language),
        "scale": {"domain": [0, 1]},
    }
    layers = [
        {"mark": {"type": "bar", "size": 8, "color": LINE}, "encoding": {"y": y, "x": x, "x2": {"field": "most"}}},
        {"mark": {"type": "point", "filled": True, "size": 70, "color": LINE}, "encoding": {"y": y, "x": x}},
        mark("warning", AMBER),
        mark("line", INK),
    ]
    columns = [
        Text(en="Arm", zh="测试臂"),
        Text(en="Rate, missing as failed", zh="成功率（缺失计为失败）"),
        Text(en="Rate, missing and outstanding as solved", zh="成功率（缺失与未完成计为成功）"),
        Text(en="Below is shown under", zh="“低于”须证明小于"),
        Text(en="Early warning (ochre)", zh="早期预警（赭色）"),
        Text(en="Line (red)", zh="红线（红色）"),
    ]
    return Chart(
        title=Text(en="What each arm showed", zh="各测试臂的结果").in_(language),
        spec={"height": {"step": 40}, "data": {"values": values}, "layer": layers},
        columns=[one.in_(language) for one in columns],
        rows=[[one.arm, *(f"{value:.3f}" for value in one[1:])] for one in seen],
    )


def plan_chart(at_rate: Plan, at_line: Plan, rate: float, line: float, language: str) -> Chart:
    """How surely a plan of looks has stopped by each look: where the line is passed, and where it is not."""
    past, held = f"{rate:g}", f"{line:g}"
    rows = [
        {"items": look, "chance": float(chance), "rate": name}
        for plan, name in ((at_rate, past), (at_line, held))
        for look, chance in zip(plan.looks, plan.stopped, strict=True)
    ]
    shown = max(1, len(at_rate.looks) // 12)
    return Chart(
        title=Text(en="The chance that the line is shown to be passed", zh="证明越线的概率").in_(language),
        spec={
            "height": 260,
            "data": {"values": rows},
            "mark": {"type": "line", "interpolate": "step-after"},
            "encoding": {
                "x": {"field": "items", "type": "quantitative", "title": Text(en="items", zh="题目数").in_(language)},
                "y": {
                    "field": "chance",
                    "type": "quantitative",
                    "title": Text(en="chance by then", zh="至此的概率").in_(language),
                    "scale": {"domain": [0, 1]},
                },
                "color": {
                    "field": "rate",
                    "type": "nominal",
                    "title": Text(en="true rate", zh="真实成功率").in_(language),
                    "scale": {"domain": [past, held], "range": [LINE, INK]},
                },
                "strokeDash": {
                    "field": "rate",
                    "type": "nominal",
                    "legend": None,
                    "scale": {"domain": [past, held], "range": [[1, 0], [5, 3]]},
                },
            },
        },
        columns=[
            Text(en="Items", zh="题目数").in_(language),
            Text(en="Shown, true rate", zh="证明越线，真实成功率").in_(language) + f" {past}",
            Text(en="False alarm, true rate", zh="误报，真实成功率").in_(language) + f" {held}",
        ],
        rows=[
            [look, f"{100 * found:.1f} %", f"{100 * wrong:.1f} %"]
            for place, (look, found, wrong) in enumerate(
                zip(at_rate.looks, at_rate.stopped, at_line.stopped, strict=True)
            )
            if place % shown == shown - 1 or place == len(at_rate.looks) - 1
        ],
    )
