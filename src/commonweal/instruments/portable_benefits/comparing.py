"""Designs compared on made-up workers: whom each reaches, how much it pays in, and what becomes of split work.

`python -m commonweal.instruments.portable_benefits.comparing` draws workers until 100,000 with several payers each are
there, and writes `data/comparison.json`, which the page of designs shows. Those with one payer who are drawn on the way
are counted beside them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from commonweal.kernel.instrument import Chart, Text

from .due import due
from .programmes import PUBLIC_PURSE, Programme, read_programme, span_of
from .synthetic import ONE_PAYER, SEVERAL_PAYERS, Worker, population

HERE = Path(__file__).parent
DATA = HERE / "data" / "comparison.json"
DESIGNS = ("quarterly_four_percent", "several_payers", "pooled_leave")
SEED, MANY = 27, 100_000
COLOURS = ("#1b5e8c", "#b14a21", "#8f6d0e")
SEVERAL = "several"
SUMMED = ("workers", "reached", "cents", "public", "earnings", "without")
GROUP_WORDS: Mapping[str, Text] = {
    SEVERAL: Text(en="several payers, all", zh="多个缴费方（合计）"),
    "two_jobs": Text(en="two jobs", zh="两份工作"),
    "job_and_platforms": Text(en="a job and platforms", zh="一份工作加平台"),
    "platforms": Text(en="several platforms", zh="多个平台"),
    "one_job": Text(en="one payer: one job", zh="单一缴费方：一份工作"),
    "one_platform": Text(en="one payer: one platform", zh="单一缴费方：一个平台"),
    "self_employed": Text(en="one payer: self-employed", zh="单一缴费方：自雇"),
}
WORDS: Mapping[str, Text] = {
    "group": Text(en="Kind of work", zh="工作形态"),
    "design": Text(en="Design", zh="方案"),
    "workers": Text(en="Workers", zh="劳动者"),
    "share": Text(en="Reached, %", zh="覆盖率（%）"),
    "mean": Text(en="Paid in for a worker in a year, dollars", zh="每名劳动者年均缴入（美元）"),
    "lost": Text(en="Earnings on which nothing was paid in, %", zh="未产生缴费的收入（%）"),
    "note": Text(
        en="{many} made-up workers with several payers each, drawn from seed {seed}, and beside them {beside} with one "
        "payer. They are synthetic: no survey stands behind them, and only the differences between designs mean "
        "anything.",
        zh="{many} 名各有多个缴费方的虚构劳动者，由种子 {seed} 生成；另列 {beside} 名只有一个缴费方的虚构劳动者。"
        "数据为合成，不依据任何调查，仅方案间的差异有意义。",
    ),
}


@functools.cache
def shipped() -> Mapping[str, Programme]:
    """The designs that are compared, by short name."""
    return {name: read_programme((HERE / "rules" / f"{name}.toml").read_text("utf-8")) for name in DESIGNS}


def compared(seed: int, many: int) -> dict[str, Any]:
    """What each design does for each kind of worker: workers, reached, cents, cents from the public purse, earnings and
    those on which nothing was paid in. `workers` have several payers each, `beside` one, who were drawn before the last
    of them."""
    designs = shipped()
    rows = {
        (name, kind): {"design": name, "group": kind, **dict.fromkeys(SUMMED, 0)}
        for name in designs for kind in (*SEVERAL_PAYERS, *ONE_PAYER)
    }  # fmt: skip
    drawn, several, beside = population(seed), 0, 0
    while several < many:
        worker = next(drawn)
        several += worker.kind in SEVERAL_PAYERS
        beside += worker.kind in ONE_PAYER
        if worker.kind:
            for name, programme in designs.items():
                _count(rows[name, worker.kind], programme, worker)
    return {"synthetic": True, "seed": seed, "workers": several, "beside": beside, "rows": list(rows.values())}


def _count(row: dict[str, Any], programme: Programme, worker: Worker) -> None:
    cents = 0
    for quarter, works in worker.quarters.items():
        span = span_of(quarter)
        assert span is not None
        parts = due(programme, max(span[0], programme.in_force_from), works)
        paying = {payer for payer, _ in parts}
        cents += sum(parts.values())
        row["public"] += sum(part for (payer, _), part in parts.items() if payer == PUBLIC_PURSE)
        row["earnings"] += sum(one.earnings for one in works)
        row["without"] += sum(one.earnings for one in works if one.payer not in paying)
    row["workers"] += 1
    row["reached"] += cents > 0
    row["cents"] += cents


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def charts(report: Mapping[str, Any], language: str) -> list[Chart]:
    """How much each design pays in a year, and on how much of what was earned nothing is paid, by kind of work."""
    titles = {name: one.title.text().in_(language) for name, one in shipped().items()}
    found = report["rows"]
    together = [
        {"design": name, "group": SEVERAL,
         **{key: sum(row[key] for row in found if row["design"] == name and row["group"] in SEVERAL_PAYERS)
            for key in SUMMED}}
        for name in titles
    ]  # fmt: skip
    rows = [{**row, "title": titles[row["design"]], "kind": GROUP_WORDS[row["group"]].in_(language),
             "mean": round(row["cents"] / row["workers"] / 100), "lost": _percent(row["without"], row["earnings"])}
            for row in (*together, *found)]  # fmt: skip
    return [_chart(rows, name, titles, language) for name in ("mean", "lost")]


def _chart(rows: Sequence[Mapping[str, Any]], name: str, titles: Mapping[str, str], language: str) -> Chart:
    words = {key: one.in_(language) for key, one in WORDS.items()}
    kinds = [one.in_(language) for one in GROUP_WORDS.values()]
    spec = {
        "data": {"values": [{"design": row["title"], "group": row["kind"], "value": row[name]} for row in rows]},
        "mark": "bar",
        "encoding": {
            "y": {"field": "group", "type": "nominal", "title": None, "sort": kinds},
            "yOffset": {"field": "design", "sort": list(titles.values())},
            "x": {"field": "value", "type": "quantitative", "title": words[name]},
            "color": {"field": "design", "type": "nominal", "title": words["design"],
                      "scale": {"domain": list(titles.values()), "range": list(COLOURS)}},
        },
    }  # fmt: skip
    columns = [words["design"], words["group"], words["workers"], words["share"], words[name]]
    told = [[row["title"], row["kind"], row["workers"], _percent(row["reached"], row["workers"]), row[name]]
            for row in rows]  # fmt: skip
    return Chart(words[name], spec, columns, told)


def synthetic_note(report: Mapping[str, Any], language: str) -> str:
    """That the workers are made up, how many they are of several payers and of one, and from which seed."""
    many, beside = (f"{report[name]:,}" for name in ("workers", "beside"))
    return WORDS["note"].in_(language).format(many=many, beside=beside, seed=report["seed"])


def recorded() -> dict[str, Any]:
    """The comparison that is shipped."""
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


if __name__ == "__main__":
    DATA.write_text(json.dumps(compared(SEED, MANY), indent=1) + "\n", "utf-8")
