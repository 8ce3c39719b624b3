"""The pages of disruption and of the workbench: where, how severe, how sure; and a number changed over fifty years."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from commonweal.kernel import indicators
from commonweal.kernel.instrument import Chart, Column, Listing, Reading, Row, Text
from commonweal.kernel.thresholds import states
from commonweal.kernel.values import BadInput

from . import delivered, insured, replay_charts, replaying
from .kinds import STEWARDS
from .laus import EMPLOYED_SHARE, NATION, area_name
from .months import TOTAL_RATE, is_made_up, line_of, made_up_from, made_up_since, with_made_up
from .packages import RANGES, Design, benchmark, design_named, designs, wanted
from .words import SHOWN, word

EXPOSURE, POSTINGS = "us.occupational_exposure", "postings.index"
FIRST = "reform"
HEADINGS = ("package", "version", "people", "person_months", "cost_range", "at_most", "months_on", "months_unknown",
            "activations", "false_starts", "missed_months", "reached", "delay_months", "steepest_fall",
            "expired")  # fmt: skip
INK, SOFT, BLANK = "#b14a21", "#1b5e8c", "#d8d4ca"
TAILS = {
    "begins.after": Text(en="wait after the figures", zh="数据发布后的等待期"),
    "phase_out.over": Text(en="phases out over", zh="退出期"),
    "expiry.longest": Text(en="lasts at most", zh="最长期限"),
    "budget.usd_a_year": Text(en="ceiling a year, dollars", zh="年度上限（美元）"),
    "pays.share": Text(en="share of people", zh="领取者比例"),
    "pays.usd": Text(en="amount, dollars", zh="金额（美元）"),
    "pays.replaces": Text(en="share of the loss that is paid", zh="补偿损失的比例"),
    "pays.loss_usd": Text(en="loss a month, dollars", zh="每月损失（美元）"),
    "pays.cap_usd": Text(en="cap for a person, dollars", zh="每人上限（美元）"),
    "pays.months": Text(en="months paid", zh="给付月数"),
    "trigger.let.line": Text(en="line", zh="界线"),
    "trigger.let.line_off": Text(en="line to go off", zh="结束界线"),
    "trigger.let.optional": Text(en="line without a look-back", zh="无回溯的界线"),
    "trigger.let.look_back": Text(en="look-back", zh="回溯比"),
    "trigger.let.high": Text(en="line of the higher tier", zh="高档界线"),
    "trigger.let.second": Text(en="line of the second tier", zh="第二档界线"),
    "trigger.let.third": Text(en="line of the third tier", zh="第三档界线"),
    "trigger.let.full": Text(en="all of it from", zh="全额起点"),
    "trigger.for": Text(en="wait before it comes on", zh="触发前等待"),
    "trigger.keep_firing_for": Text(en="wait before it goes off", zh="结束前等待"),
    "trigger.fire_at_least": Text(en="stays on at least", zh="至少持续"),
    "trigger.rest_at_least": Text(en="stays off at least", zh="至少间隔"),
    "trigger.max_gap": Text(en="longest silence", zh="最长无数据期"),
}


# --- where, how severe, how sure --------------------------------------------------------------------------------------


def disruption_rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """A row an area, the highest rate first; an exposure that is the nation's says so."""
    nation, made_up = _newest(reading, NATION), made_up_since(reading.tables)
    rows = []
    for row in states(reading.tables, TOTAL_RATE):
        own = _newest(reading, row["subject"])
        exposure, whose = (own, "area") if own is not None else (nation, "nation")
        bounds = _bounds(reading, row["subject"] if own is not None else NATION)
        rows.append(
            {
                "area": area_name(row["subject"], reading.language),
                "href": f"/unemployment/{row['subject'].removeprefix('area:')}",
                "subject": row["subject"],
                "rate": row["value"],
                "of_year_before": row["quantities"].get("of_year_before"),
                "state": SHOWN[row["state"]],
                "month": row["event"][:7] if row["event"] else None,
                "known": row["known"][:10] if row["known"] else None,
                "employed": _newest(reading, row["subject"], EMPLOYED_SHARE),
                "postings": _newest(reading, row["subject"], POSTINGS),
                "exposure": exposure,
                "exposure_low": bounds and bounds[0],
                "exposure_high": bounds and bounds[1],
                "whose": "" if exposure is None else word(reading, whose),
                "made_up": is_made_up(made_up, row["subject"], row["event"]),
            }
        )
    return sorted(rows, key=lambda row: (-(row["rate"] or -1.0), row["subject"]))


def _newest(reading: Reading, subject: str, series: str = EXPOSURE) -> float | None:
    found = reading.series(series, subject)
    return round(found[-1][1], 3) if found else None


def _bounds(reading: Reading, subject: str) -> tuple[float, float] | None:
    """Between what the newest exposure of an area lies by the strictest and the widest reading; None where untold."""
    found = indicators.values(reading.tables, EXPOSURE, subject)
    newest = found[-1] if found else None
    return (round(newest["low"], 3), round(newest["high"], 3)) if newest and newest["low"] is not None else None


COLUMNS = (
    Column("area", Text(en="Area", zh="地区")),
    Column("rate", Text(en="Rate over three months, %", zh="三个月失业率（%）"), "number"),
    Column("of_year_before", Text(en="Ratio to a year before", zh="与上年同期之比"), "number"),
    Column("state", Text(en="Trigger for extended benefits", zh="延长失业保险金触发状态"), "state"),
    Column("month", Text(en="Newest month", zh="最新月份"), "date"),
    Column("known", Text(en="Known since", zh="获知日"), "date"),
    Column("employed", Text(en="Employed among all adults, %", zh="就业人口比（%）"), "number"),
    Column("postings", Text(en="Job postings (index)", zh="招聘职位（指数）"), "number"),
    Column("exposure", Text(en="Exposure, 0 to 1", zh="暴露度（0 至 1）"), "number"),
    Column("exposure_low", Text(en="Exposure, strictest reading", zh="暴露度（最严口径）"), "number"),
    Column("exposure_high", Text(en="Exposure, widest reading", zh="暴露度（最宽口径）"), "number"),
    Column("whose", Text(en="Exposure of", zh="暴露度所指")),
    Column("subject", Text(en="Identifier", zh="标识")),
)

DISRUPTION = Listing(
    id="disruption",
    title=Text(en="Disruption by state", zh="各州受冲击情况"),
    summary=Text(
        en="Unemployment over three months, how it stands to a year before, and how exposed work is to AI.",
        zh="三个月失业率、与上年同期之比，以及工作对语言模型的暴露度。",
    ),
    columns=lambda reading: with_made_up(reading.tables, COLUMNS),
    rows=disruption_rows,
)


def disruption_page(reading: Reading, query: Mapping[str, str]) -> dict[str, Any]:
    """The public page of disruption."""
    rows, filed = disruption_rows(reading, {}), insured.rows(reading, {})
    line = line_of(reading.tables)
    months = sorted(row["month"] for row in rows if row["month"])
    rising = [row for row in rows if (row["of_year_before"] or 0) > 1]
    return {
        "rows": [{**row, **_rounded(row)} for row in rows],
        "columns": [column for column in with_made_up(reading.tables, COLUMNS) if column.id not in _left_out(rows)],
        "newest": months[-1] if months else "",
        "made_up": made_up_from(reading.tables),
        "together": len(set(months)) == 1,
        "on": sum(row["state"] == "on" for row in rows),
        "known": sum(row["state"] != "unknown" for row in rows),
        "rising": len(rising),
        "unknown": sum(row["state"] == "unknown" for row in rows),
        "exposure": _newest(reading, NATION),
        "exposed": _bounds(reading, NATION),
        "line": line,
        "chart_": _rates(reading, rows, line) if rows else None,
        "delivery": [insured.cells(row) for row in filed or insured.as_shipped(reading.language)],
        "delivery_of": None if filed else delivered.note(),
        "delivery_url": delivered.source()["url"],
        "delivery_columns": [column.title.in_(reading.language) for column in insured.SHOWN],
    }


def _rounded(row: Row) -> dict[str, str]:
    """A rate and its ratio with as many decimals in every row."""
    places = {"rate": 1, "of_year_before": 2}
    return {name: f"{row[name]:.{many}f}" for name, many in places.items() if row[name] is not None}


def _left_out(rows: Sequence[Row]) -> set[str]:
    """The columns that the page leaves out: the identifier, and series that nobody filed."""
    optional = ("employed", "postings", "exposure_low", "exposure_high")
    unknown = {name for name in optional if all(row[name] is None for row in rows)}
    return {"subject", *unknown}


def _dated(rows: Sequence[Row]) -> list[str]:
    """What each area is called in one list: with its newest month, where that is not the same for all."""
    if len({row["month"] for row in rows}) == 1:
        return [row["area"] for row in rows]
    return [f"{row['area']} ({row['month'] or '–'})" for row in rows]


def _rates(reading: Reading, rows: Sequence[Row], line: str) -> Chart:
    named = [word(reading, name) for name in ("on", "off", "unknown")]
    values = [{"area": name, "rate": row["rate"], "state": word(reading, row["state"])}
              for name, row in zip(_dated(rows), rows, strict=True)]  # fmt: skip
    bars: dict[str, Any] = {
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "y": {"field": "area", "type": "nominal", "sort": None, "title": None,
                  "axis": {"labelFontSize": 9, "ticks": False, "labelOverlap": False}},
            "x": {"field": "rate", "type": "quantitative", "title": word(reading, "rate")},
            "color": {"field": "state", "type": "nominal", "title": word(reading, "state"),
                      "scale": {"domain": named, "range": [INK, SOFT, BLANK]}},
        },
    }  # fmt: skip
    layers = [bars]
    if line != "–":
        layers.append(
            {
                "data": {"values": [{"x": float(line)}]},
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": INK},
                "encoding": {"x": {"field": "x", "type": "quantitative"}},
            }
        )
    return Chart(
        title=word(reading, "rates_title"),
        spec={"height": {"step": 12}, "layer": layers},
        columns=[word(reading, name) for name in ("area", "rate", "state")],
        rows=[[one["area"], one["rate"], one["state"]] for one in values],
        note=word(reading, "rates_note").format(line=line),
    )


# --- the workbench ----------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def report_of(design: str, change: str = "") -> dict[str, Any]:
    """What a design would have done, as written or with one change. Raises `BadInput`."""
    return replaying.report(design_named(design, [change] if change else []), replaying.history())


def workbench_page(reading: Reading, query: Mapping[str, str]) -> dict[str, Any]:
    """A design as written and with one number changed, over fifty years side by side."""
    name, known = query.get("design", FIRST), _known(query)
    design = designs()[known]
    parameter, value = query.get("parameter", ""), query.get("value", "").strip()
    fault, change = "", ""
    if name != known:
        fault = word(reading, "no_design").format(design=name, shown=design.title.in_(reading.language))
    elif parameter and value:
        change = f"{parameter}={value}"
        try:
            report_of(known, change)
        except BadInput:
            fault, change = _fault(reading, design, parameter, value), ""
    written = report_of(known, "")
    changed = report_of(known, change)
    found = [written, changed] if change else [written]
    names = [word(reading, "as_written"), word(reading, "as_changed")]
    return {
        "design": known,
        "designs": [(key, one.title.in_(reading.language)) for key, one in designs().items()],
        "office": bool(set(STEWARDS) & set(reading.roles)),
        "about": design.text.in_(reading.language),
        "groups": groups(reading, design),
        "parameter": parameter if parameter in design.parameters() else "",
        "value": value,
        "fault": fault,
        "change": change,
        "narrowed": bool(change) and parameter.partition(".")[2] in RANGES and _differs(design, parameter, value),
        "difference": changed["cost_usd"]["central"] - written["cost_usd"]["central"],
        "totals": [(names[at], one["cost_usd"], one["cost_usd_at_most"]) for at, one in enumerate(found)],
        "headings": headings(reading),
        "rows": _rows(reading, found, names),
        "chart_": _compared(reading, found, names) if change else replay_charts.by_year(written, reading.language),
        "notes": [note[reading.language] for note in changed["notes"]],
        "against": benchmark(),
        "span": (f"{written['from']}-01", f"{written['to']}-01"),
    }


def _differs(design: Design, parameter: str, value: str) -> bool:
    """Whether a value of a parameter is another than is written."""
    package, _, path = parameter.partition(".")
    one = next(one for one in design.packages if one.name == package)
    return one.varied(path, value) is not one


def workbench_table(reading: Reading, query: Mapping[str, str]) -> dict[str, Any]:
    """The package by package table as a file for a spreadsheet, in numbers of its own: dollars, people, months.

    Raises `NotFound`, `BadInput`.
    """
    changed = workbench_file(reading, query)
    found = [(word(reading, "as_written"), report_of(_known(query), ""))]
    found += [(word(reading, "as_changed"), changed["report"])] if changed["change"] else []
    rows = [
        {
            **{name: one[name] for name in _FILED}, "title": replay_charts.name_of(one, reading.language),
            "version": version, "change": changed["change"] if at else "",
            **{f"cost_usd_{name}": one["cost_usd"][name] for name in replaying.ESTIMATES},
            **{f"person_months_{name}": one["person_months"][name] for name in replaying.ESTIMATES},
        }
        for at, (version, report) in enumerate(found)
        for one in report["packages"]
    ]  # fmt: skip
    return {"rows": rows, "columns": [Column(name, Text(en=name, zh=name)) for name in rows[0]]}


_FILED = ("package", "areas", "known", "recipients_peak", "counts", "months_on", "months_unknown", "activations",
          "activations_unknown", "false_starts", "missed_months", "recessions_reached", "recessions",
          "recessions_unknown", "delay_months", "steepest_fall", "expired", "months_at_ceiling",
          "cost_usd_at_most", "prices")  # fmt: skip


def workbench_file(reading: Reading, query: Mapping[str, str]) -> dict[str, Any]:
    """The same as a file. Raises `NotFound`, `BadInput`."""
    parameter, value = query.get("parameter", ""), query.get("value", "").strip()
    change = f"{parameter}={value}" if parameter and value else ""
    return {"change": change, "report": report_of(_known(query), change)}


def _known(query: Mapping[str, str]) -> str:
    """The design that is asked for, or the first where there is none of that name."""
    name = query.get("design", FIRST)
    return name if name in designs() else FIRST


def _compared(reading: Reading, found: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Chart:
    """The package that was changed, year by year: beside the whole design its change would hardly be seen."""
    pairs = zip(found[0]["packages"], found[1]["packages"], strict=True)
    other = {one["package"] for one, changed in pairs if one != changed}
    other = other or {one["package"] for one in found[0]["packages"]}
    only = [{**one, "years": [row for row in one["years"] if row["package"] in other]} for one in found]
    titles = [replay_charts.name_of(one, reading.language) for one in found[0]["packages"] if one["package"] in other]
    chart = replay_charts.compared(only, reading.language, names)
    return replace(chart, title=titles[0] if len(titles) == 1 else chart.title)


def _fault(reading: Reading, design: Design, parameter: str, value: str) -> str:
    if parameter not in design.parameters():
        return word(reading, "no_parameter").format(parameter=parameter)
    now = dict(_values(design))[parameter]
    told = wanted(parameter.partition(".")[2], reading.language)
    name = label(parameter, design, reading.language)
    return word(reading, "no_value").format(value=value, parameter=name, now=now, wanted=told)


def label(parameter: str, design: Design, language: str) -> str:
    """What a parameter of a design is called: its package, and what of it."""
    name, _, tail = parameter.partition(".")
    package = next(one for one in design.packages if one.name == name)
    said = TAILS[tail].in_(language) if tail in TAILS else tail
    return f"{package.data.title.text().in_(language)}{'：' if language == 'zh' else ': '}{said}"


def _values(design: Design) -> list[tuple[str, str]]:
    return [
        (path, package.value_of(path.partition(".")[2])) for package in design.packages for path in package.parameters()
    ]


def groups(reading: Reading, design: Design) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be changed of each package of a design, each with what it is called and its value."""
    values = dict(_values(design))
    return [
        (
            package.data.title.text().in_(reading.language),
            [(path, f"{label(path, design, reading.language)} = {values[path]}") for path in package.parameters()],
        )
        for package in design.packages
    ]


def headings(reading: Reading) -> list[str]:
    """Of the table of packages."""
    return [word(reading, f"w_{name}") for name in HEADINGS]


BETWEEN = "\u00a0– "
"""Between the bounds of a range: a line is broken behind the dash alone, or the widest table needs one more screen."""


def _rows(reading: Reading, found: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[list[Any]]:
    """Each package as written; below it as changed, where it is another."""
    rows = []
    for at, one in enumerate(found[0]["packages"]):
        rows.append(row_of(reading, one, names[0]))
        if len(found) > 1 and found[1]["packages"][at] != one:
            rows.append(row_of(reading, found[1]["packages"][at], names[1]))
    return rows


def row_of(reading: Reading, one: Mapping[str, Any], version: str) -> list[Any]:
    """A package of a report in that table."""
    head = [replay_charts.name_of(one, reading.language), version]
    most = f"{one['cost_usd_at_most'] / 1e9:,.1f}"
    if not one["known"]:
        unknown = word(reading, "unknown")
        return [*head, unknown, unknown, unknown, most, unknown, f"{one['months_unknown']:,}", *[unknown] * 7]
    people, counts = replaying.people_of(one), replaying.counts_of(one, reading.language)
    low, central, high = (one["cost_usd"][name] / 1e9 for name in replaying.ESTIMATES)
    return [
        *head,
        people["people"] or "–",
        people["person_months"].replace(" to ", BETWEEN) or "–",
        f"{central:,.1f} ({low:,.1f}{BETWEEN}{high:,.1f})",
        most,
        f"{one['months_on']:,}",
        f"{one['months_unknown']:,}",
        counts["activations"],
        f"{one['false_starts']:,}",
        "–" if one["missed_months"] is None else f"{one['missed_months']:,}",
        counts["reached"],
        counts["delay_months"],
        f"{one['steepest_fall']:.0%}",
        f"{one['expired']:,}",
    ]
