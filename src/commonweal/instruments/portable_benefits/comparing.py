"""Designs compared on made-up workers: whom each reaches, how much it pays in, and what becomes of split work.

`python -m commonweal.instruments.portable_benefits.comparing` draws the 100,000 workers and writes
`data/comparison.json`, which the page of designs shows.
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
from .synthetic import GROUPS, Worker, population

HERE = Path(__file__).parent
DATA = HERE / "data" / "comparison.json"
DESIGNS = ("quarterly_four_percent", "several_payers", "pooled_leave")
SEED, MANY = 27, 100_000
COLOURS = ("#1b5e8c", "#b14a21", "#8f6d0e")
GROUP_WORDS: Mapping[str, Text] = {
    "one_job": Text(en="one job", zh="一份工作"),
    "two_jobs": Text(en="two jobs", zh="两份工作"),
    "job_and_platforms": Text(en="a job and platforms", zh="一份工作加平台"),
    "platforms": Text(en="platforms only", zh="仅平台"),
    "self_employed": Text(en="self-employed", zh="自雇"),
}
WORDS: Mapping[str, Text] = {
    "group": Text(en="Kind of work", zh="工作形态"),
    "design": Text(en="Design", zh="方案"),
    "workers": Text(en="Workers", zh="劳动者"),
    "share": Text(en="Reached, %", zh="覆盖率（%）"),
    "mean": Text(en="Paid in for a worker in a year, dollars", zh="每名劳动者年均缴入（美元）"),
    "lost": Text(en="Earnings on which nothing was paid in, %", zh="未产生缴费的收入（%）"),
    "note": Text(
        en="{many} made-up workers, drawn from seed {seed}. They are synthetic: no survey stands behind them, and only "
        "the differences between designs mean anything.",
        zh="{many} 名虚构劳动者，由种子 {seed} 生成。数据为合成，不依据任何调查，仅方案间的差异有意义。",
    ),
}


@functools.cache
def shipped() -> Mapping[str, Programme]:
    """The designs that are compared, by short name."""
    return {name: read_programme((HERE / "rules" / f"{name}.toml").read_text("utf-8")) for name in DESIGNS}


def compared(seed: int, many: int) -> dict[str, Any]:
    """What each design does for each group: workers, reached, cents, cents from the public purse, earnings and those
    on which nothing was paid in."""
    designs = shipped()
    rows = {
        (name, group): {"design": name, "group": group, "workers": 0, "reached": 0, "cents": 0, "public": 0,
                        "earnings": 0, "without": 0}
        for name in designs for group in GROUPS
    }  # fmt: skip
    for worker in population(seed, many):
        for name, programme in designs.items():
            _count(rows[name, worker.group], programme, worker)
    return {"synthetic": True, "seed": seed, "workers": many, "rows": list(rows.values())}


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
    rows = [{**row, "title": titles[row["design"]], "kind": GROUP_WORDS[row["group"]].in_(language),
             "mean": round(row["cents"] / row["workers"] / 100), "lost": _percent(row["without"], row["earnings"])}
            for row in report["rows"]]  # fmt: skip
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
    """That the workers are made up, how many they are, and from which seed."""
    return WORDS["note"].in_(language).format(many=f"{report['workers']:,}", seed=report["seed"])


def recorded() -> dict[str, Any]:
    """The comparison that is shipped."""
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


if __name__ == "__main__":
    DATA.write_text(json.dumps(compared(SEED, MANY), indent=1) + "\n", "utf-8")
